"""Which of a submission's notebooks belongs to which question: by name, else by what it works with."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping

from grader.intake.editions import Edition, NotebookSite

__all__ = ["find_notebooks"]


def find_notebooks(files: Mapping[str, bytes], edition: Edition) -> dict[str, str]:
    """Question → path of its notebook. One notebook may serve several questions when it bears no name."""
    paths = sorted(
        (path for path in files if path.lower().endswith(".ipynb")), key=lambda path: (path.count("/"), path)
    )
    found: dict[str, str] = {}
    for question, site in edition.notebooks.items():
        path = _by_name(paths, site) or _by_content(question, paths, files, edition)
        if path is not None:
            found[question] = path
    return found


def _by_name(paths: list[str], site: NotebookSite) -> str | None:
    """The first path with the standard name."""
    return next((p for p in paths if posixpath.basename(p).lower() == site.file.lower()), None)


def _by_content(question: str, paths: list[str], files: Mapping[str, bytes], edition: Edition) -> str | None:
    """The notebook with most marks of the question, unless its name is another question's."""
    marks = re.compile(edition.notebooks[question].marks.encode())
    scores: dict[str, tuple[bool, int]] = {}
    for path in paths:
        named = _named_questions(path, edition)
        hits = len(marks.findall(files[path]))
        if hits and (question in named or not named):
            scores[path] = (question in named, hits)
    return max(scores, key=lambda path: scores[path]) if scores else None


def _named_questions(path: str, edition: Edition) -> set[str]:
    """The questions whose notebook's name is part of this one's: `loss.ipynb` of `Loss_final(2).ipynb`."""
    name = posixpath.basename(path).lower()
    return {
        question
        for question, site in edition.notebooks.items()
        if site.file.lower().removesuffix(".ipynb") in name
    }
