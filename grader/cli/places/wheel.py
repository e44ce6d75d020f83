"""A wheel of the very grader that runs, made of its own files, with neither pip nor network nor sources.

The form is that of the binary distribution format (https://packaging.python.org/specifications).
"""

from __future__ import annotations

import base64
import hashlib
import importlib.metadata
import io
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import grader
import reference
from grader.scoring import rubric

__all__ = ["own_wheel"]

DISTRIBUTION = "cs231n-grader"
_WHEEL = "Wheel-Version: 1.0\nGenerator: {name} {version}\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
#: The earliest time that a zip can hold, so that equal files give an equal wheel.
_LONG_AGO = (1980, 1, 1, 0, 0, 0)


def own_wheel() -> tuple[str, bytes]:
    """The wheel's file name and its content.

    Raises:
        importlib.metadata.PackageNotFoundError: this grader was never installed, not even as editable.
    """
    told = importlib.metadata.distribution(DISTRIBUTION)
    name = DISTRIBUTION.replace("-", "_")
    info = f"{name}-{told.version}.dist-info"
    files = dict(_package_files())
    files |= {f"grader/rubrics/{each}.toml": rubric.text_of(each).encode() for each in rubric.available()}
    files |= {
        f"{info}/METADATA": (told.read_text("METADATA") or "").encode(),
        f"{info}/WHEEL": _WHEEL.format(name=DISTRIBUTION, version=told.version).encode(),
        f"{info}/entry_points.txt": (told.read_text("entry_points.txt") or "").encode(),
    }
    if licence := told.read_text("licenses/LICENSE"):
        files[f"{info}/licenses/LICENSE"] = licence.encode()
    files[f"{info}/RECORD"] = _record(files, f"{info}/RECORD").encode()
    return f"{name}-{told.version}-py3-none-any.whl", _zipped(files)


def _package_files() -> Iterator[tuple[str, bytes]]:
    for package in (grader, reference):
        folder = Path(str(package.__file__)).parent
        for file in sorted(folder.rglob("*")):
            if file.is_file() and "__pycache__" not in file.parts:
                yield f"{package.__name__}/{file.relative_to(folder).as_posix()}", file.read_bytes()


def _record(files: Mapping[str, bytes], own: str) -> str:
    """A line for each file: name, hash, size; of the record itself only the name."""
    lines = []
    for name, data in files.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
        lines.append(f"{name},sha256={digest},{len(data)}")
    return "\n".join([*lines, f"{own},,"]) + "\n"


def _zipped(files: Mapping[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name, _LONG_AGO), data, zipfile.ZIP_DEFLATED)
    return out.getvalue()
