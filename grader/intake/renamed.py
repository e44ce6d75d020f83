"""Modules under the course's names where the work stands in files with names of their own.

What imports a module by the course's name gets what is graded.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Collection, Mapping

from grader.intake.editions import Edition
from grader.intake.site import Absent, Site

__all__ = ["under_course_names"]

_TEXT = (
    "globals().update({{n: v for n, v in vars(__import__({!r}, fromlist=['*'])).items() if n[:2] != '__'}})\n"
)


def under_course_names(
    files: Mapping[str, bytes],
    roles: Mapping[str, Site | Absent],
    edition: Edition,
    made: Collection[str] = (),
) -> dict[str, bytes]:
    """`files`, where a file with the course's name and none of its roles stands for the one that has them.

    Not where the roles of a file stand in several, in one that itself imports that name, or in one of those
    `made` of a notebook's cells. Copies with the name of what is graded, mostly stubs, are left out.
    """
    found: dict[str, set[str]] = {}
    copies: set[str] = set()
    for role, site in roles.items():
        if isinstance(site, Site) and site.file is not None:
            found.setdefault(edition.roles[role].file, set()).add(site.file)
            name = posixpath.basename(site.file)
            copies |= {path for path in site.also if posixpath.basename(path) == name}
    graded = {path for paths in found.values() for path in paths}
    result = {path: data for path, data in files.items() if path not in copies - graded}
    for asked, [path, *more] in found.items():
        base, own = posixpath.basename(asked), posixpath.basename(path).removesuffix(".py")
        places = [other for other in files if posixpath.basename(other) == base]
        if more or f"{own}.py" == base or "." in own or path in made:
            continue
        if graded.intersection(places) or _imports(files[path], base):
            continue
        module = ".".join([*posixpath.dirname(asked).split("/"), own])
        result |= dict.fromkeys(places or [asked], _TEXT.format(module).encode())
    return result


def _imports(source: bytes, base: str) -> bool:
    stem = re.escape(posixpath.splitext(base)[0]).encode()
    return re.search(rb"(?m)^[ \t]*(?:from|import)\b.*\b" + stem + rb"\b", source) is not None
