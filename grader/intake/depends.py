"""Which questions a change of files can touch: those whose work lies in them, or imports them."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping

from grader.intake.work import Work

__all__ = ["changed_files", "touched"]

#: Statements that import, names in parentheses over several lines among them.
_IMPORTS = re.compile(
    rb"^[ \t]*(?:from[ \t]+[\w.]+[ \t]+import[ \t]*\([^)]*\)|(?:from|import)[ \t][^\n]*)", re.M
)


def changed_files(before: Work, after: Work) -> set[str]:
    """The paths of files, and of what notebooks define, that are not as they were."""
    paths = before.files.keys() | after.files.keys()
    return {path for path in paths if before.files.get(path) != after.files.get(path)}


def touched(before: Work, after: Work, *, runs_notebooks: bool) -> tuple[str, ...]:
    """The questions that have to be checked again, in the edition's order.

    Args:
        runs_notebooks: notebooks are run, which may use everything.
    """
    changed = changed_files(before, after)
    everywhere = runs_notebooks or any(posixpath.basename(path) == "__init__.py" for path in changed)
    if changed and (everywhere or before.edition != after.edition):
        return after.edition.questions
    return tuple(
        question
        for question in after.edition.questions
        if changed & (_files_of(question, before) | _files_of(question, after))
    )


def _files_of(question: str, work: Work) -> set[str]:
    """The files of the question's own functions, those that these import in turn, and its notebook."""
    sites = [site for role, site in work.sites.items() if work.edition.question_of(role) == question]
    found = {path for site in sites for path in (site.file, site.defined_in) if path is not None}
    by_stem: dict[str, set[str]] = {}
    for path in work.files:
        by_stem.setdefault(posixpath.basename(path).removesuffix(".py"), set()).add(path)
    new = found
    while new:
        imported = {path for source in new for path in _imported(work.files.get(source, b""), by_stem)}
        new = imported - found
        found = found | new
    return found | ({work.notebooks[question].path} if question in work.notebooks else set())


def _imported(source: bytes, by_stem: Mapping[str, set[str]]) -> Iterator[str]:
    for statement in _IMPORTS.findall(source):
        for word in re.findall(rb"\w+", statement):
            yield from by_stem.get(word.decode("ascii", "replace"), ())
