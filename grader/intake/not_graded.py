"""What was handed in and is not graded, so that nothing is left out silently: a sentence a file."""

from __future__ import annotations

import difflib
import posixpath
from collections.abc import Collection, Iterator, Mapping

from grader.intake.editions import Edition
from grader.intake.landmarks import Landmarks
from grader.intake.roles import definitions, source_text
from grader.intake.site import Absent, Site

__all__ = ["not_graded"]

_MOST_NAMED = 6
#: `compute_L2_distances_two_loops` and `cross_entropoy_loss_naive` are above it.
_LIKE = 0.6


def not_graded(
    roles: Mapping[str, Site | Absent],
    cells: Collection[str],
    files: Mapping[str, bytes],
    edition: Edition,
    landmarks: Landmarks,
) -> Iterator[str]:
    """The modules that define what another one was graded for, that lack it, or that another year asks for.

    Args:
        cells: the modules that were made of a notebook's cells, of which the choices tell.
    """
    found = {role: site for role, site in roles.items() if isinstance(site, Site) and site.file not in cells}
    yield from _doubles(found.values(), cells)
    yield from _elsewhere(found, files, edition)
    yield from _of_other_years(files, edition, landmarks)
    yield from _variants(
        {role for role in roles if not isinstance(roles[role], Site)}, files, edition, landmarks
    )


def _doubles(sites: Collection[Site], cells: Collection[str]) -> Iterator[str]:
    groups: dict[tuple[str, str], dict[str, None]] = {}
    for site in sites:
        for other in site.also:
            if other not in cells:
                groups.setdefault((other, str(site.file)), {})[site.name] = None
    for (other, taken), names in groups.items():
        yield f"{other} also defines {_named(names)}; {taken} was graded"


def _elsewhere(found: Mapping[str, Site], files: Mapping[str, bytes], edition: Edition) -> Iterator[str]:
    """The files that bear the course's name and do not define what was found in another one."""
    groups: dict[tuple[str, str], dict[str, None]] = {}
    for role, site in found.items():
        base = posixpath.basename(edition.roles[role].file)
        same = [path for path in sorted(files) if posixpath.basename(path) == base]
        if same and site.file not in same and not set(same) & set(site.also):
            groups.setdefault((same[0], str(site.file)), {})[site.name] = None
    for (path, taken), names in groups.items():
        yield f"{path} does not define {_named(names)}; {taken} was graded"


def _of_other_years(files: Mapping[str, bytes], edition: Edition, landmarks: Landmarks) -> Iterator[str]:
    """The modules of nothing but work that this edition does not ask for."""
    asked = {site.name for site in (*edition.roles.values(), *edition.helpers.values())}
    given = {posixpath.basename(path) for path in edition.support}
    for path in sorted(files):
        if not path.endswith(".py") or posixpath.basename(path) in given:
            continue
        if not any(name.encode() in files[path] for name in landmarks.names):
            continue
        found = definitions(source_text(files[path]))
        names = dict.fromkeys(name for each in found if each.done and (name := each.owner or each.name))
        if not asked & set(names) and (others := [name for name in names if name in landmarks.names]):
            yield f"{path} was not graded: the edition {edition.name} does not ask for {_named(others)}"


def _variants(
    absent: Collection[str], files: Mapping[str, bytes], edition: Edition, landmarks: Landmarks
) -> Iterator[str]:
    """The files that define something like what is absent, as another course's variant does."""
    lacking = {site.method or site.name for role, site in edition.roles.items() if role in absent}
    lacking |= {site.name for role, site in edition.roles.items() if role in absent}
    places = {posixpath.basename(edition.roles[role].file) for role in absent}
    taken = {name for site in edition.roles.values() for name in (site.name, site.method)} | {
        *landmarks.names
    }
    for path in sorted(files):
        if posixpath.basename(path) not in places:
            continue
        found = dict.fromkeys(each.name for each in definitions(source_text(files[path])))
        if alike := [name for name in found if name not in taken and _is_like(name, lacking)]:
            yield f"{path} defines {_named(alike)}: a variant of the assignment? see --edition FILE"


def _is_like(name: str, others: Collection[str]) -> bool:
    """Whether a class bears almost the name of another class, or a function that of another function."""
    same_kind = [other for other in others if other[:1].isupper() == name[:1].isupper()]
    return bool(difflib.get_close_matches(name, same_kind, n=1, cutoff=_LIKE))


def _named(names: Collection[str]) -> str:
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    return ", ".join(list(names)[:_MOST_NAMED]) + more
