"""Work that is small to hand in and takes hours or gigabytes to read, made where a test needs it."""

from __future__ import annotations

import gzip
import io
import json
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

__all__ = ["MONSTERS"]

_STUB = b"def svm_loss_naive(W, X, y, reg):\n    return 0.0, W * 0\n"
_FILE = "cs231n/classifiers/linear_svm.py"


def _tar(path: Path, members: list[tuple[str, bytes]], kind: int = tarfile.PAX_FORMAT) -> None:
    with tarfile.open(path, "w:gz", format=kind) as archive:
        for name, data in members:
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))


def many_digits(folder: Path) -> None:
    """A pax header whose length has two million digits."""
    block = tarfile.TarInfo("pax")
    block.type, digits = tarfile.XHDTYPE, b"1" * 2_000_000
    block.size = len(digits)
    padding = b"\0" * (-len(digits) % 512)
    plain = io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w") as archive:
        member = tarfile.TarInfo(_FILE)
        member.size = len(_STUB)
        archive.addfile(member, io.BytesIO(_STUB))
    (folder / "digits.tar.gz").write_bytes(
        gzip.compress(block.tobuf(tarfile.USTAR_FORMAT) + digits + padding + plain.getvalue())
    )


def long_names(folder: Path) -> None:
    """GNU's long names, of a megabyte each."""
    members = [(f"{number}{'n' * 1_000_000}", b"") for number in range(400)]
    _tar(folder / "names.tar.gz", [*members, (_FILE, _STUB)], tarfile.GNU_FORMAT)


def many_folders(folder: Path) -> None:
    with zipfile.ZipFile(folder / "folders.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(95_000):
            archive.writestr(f"{number}/", b"")
        archive.writestr(_FILE, _STUB)


def big_modules(folder: Path) -> None:
    """200 modules of 2 MB."""
    text = b"x = [" + b"1, " * 700_000 + b"]\n"
    with zipfile.ZipFile(folder / "modules.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(_FILE, _STUB)
        for number in range(200):
            archive.writestr(f"cs231n/classifiers/part{number}.py", text)


def quotation_marks(folder: Path) -> None:
    file = folder / "quotes" / _FILE
    file.parent.mkdir(parents=True)
    file.write_bytes(_STUB)
    file.with_name("softmax.py").write_bytes(b'"' * 1_000_000)


def _notebook(folder: Path, name: str, cells: list[dict[str, object]]) -> None:
    (folder / name).mkdir()
    (folder / name / "svm.ipynb").write_text(
        json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 4})
    )
    (folder / name / "cs231n" / "classifiers").mkdir(parents=True)
    (folder / name / _FILE).write_bytes(_STUB)


def output_keys(folder: Path) -> None:
    data = {f"k{number}": "" for number in range(2_000_000)}
    output = {"output_type": "display_data", "data": data, "metadata": {}}
    code = {"cell_type": "code", "source": "1", "metadata": {}, "outputs": [output], "execution_count": 1}
    _notebook(folder, "keys", [code])


def spaces(folder: Path) -> None:
    """Cells that a converter of Markdown takes minutes for."""
    cell = {"cell_type": "markdown", "source": "a" + " " * 49_000 + "b", "metadata": {}}
    _notebook(folder, "spaces", [cell] * 3)


#: The name of the submission that each writes into a class.
MONSTERS: dict[str, Callable[[Path], None]] = {
    "digits": many_digits,
    "names": long_names,
    "folders": many_folders,
    "modules": big_modules,
    "quotes": quotation_marks,
    "keys": output_keys,
    "spaces": spaces,
}
