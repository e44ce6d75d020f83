"""Plant the sample submissions that are edits of correct work: one mistake each, or another style.

`python submissions/plant.py FOLDER` writes them all under FOLDER, to be looked at; tests plant them, too.
"""

from __future__ import annotations

import functools
import re
import sys
import tomllib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

__all__ = ["CATALOGUES", "Edit", "PlantError", "Sample", "edited", "plant", "plant_all", "read_catalogue"]

_HERE = Path(__file__).parent
#: Where samples are described, by the name of the folder that they are planted in.
CATALOGUES = {
    file.relative_to(_HERE).with_suffix("").as_posix(): file
    for pattern in ("mistakes.toml", "variants.toml", "*/mistakes.toml", "*/variants.toml")
    for file in sorted(_HERE.glob(pattern))
}


class PlantError(ValueError):
    """An edit does not fit the text that it is for. The message is one sentence."""


@dataclass(frozen=True)
class Edit:
    """In a text, each `was` becomes `now`; it must stand there exactly `times`."""

    was: str
    now: str
    times: int = 1


@dataclass(frozen=True, kw_only=True)
class Sample:
    """Files of a folder of `correct`, edits of each, and what the grader should say: see mistakes.toml."""

    name: str
    base: str
    files: Sequence[str]
    edits: Mapping[str, Sequence[Edit]]
    questions: Sequence[str]
    mistakes: Sequence[str] = ()
    roles: Sequence[str] = ()
    echoes: Sequence[str] = ()
    missing: Sequence[str] = ()
    note: bool = False
    correct: Path = _HERE / "correct"


@functools.cache
def read_catalogue(path: Path) -> Mapping[str, Sample]:
    """The samples of a catalogue by name.

    Raises:
        TypeError, KeyError: an entry has a key that no sample has, or lacks one that all have.
    """
    tables = tomllib.loads(path.read_text(encoding="utf-8"))
    return {name: _sample(path.parent / "correct", name, table) for name, table in tables.items()}


def _sample(correct: Path, name: str, table: dict[str, Any]) -> Sample:
    edits = defaultdict(list)
    for edit in table.pop("edits"):
        edits[edit.pop("file")].append(Edit(**edit))
    return Sample(correct=correct, name=name, edits=edits, **table)


def plant(sample: Sample, folder: Path) -> None:
    """Write the sample's files into the folder, which is made.

    Raises:
        PlantError: an edit does not fit, or is for a file that the sample does not have.
    """
    for file in sample.edits:
        if file not in sample.files:
            raise PlantError(f"{sample.name}: {file} is edited, but is none of its files")
    for file in sample.files:
        # As bytes, since reading text would change line endings.
        text = (sample.correct / sample.base / file).read_bytes().decode()
        target = folder / file
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(edited(text, sample.edits.get(file, ()), f"{sample.name}: {file}").encode())


def edited(text: str, edits: Iterable[Edit], name: str) -> str:
    """The text with the edits made, each where `was` stands in the text as given: in any order.

    Args:
        name: what is edited, for messages.

    Raises:
        PlantError: `was` stands there another number of times than it must, or two edits overlap.
    """
    spans = sorted((*span, edit.now) for edit in edits for span in _spans(text, edit, name))
    made, done = "", 0
    for start, end, now in spans:
        if start < done:
            raise PlantError(f"{name}: two edits overlap in {text[start:end]!r}")
        made += text[done:start] + now
        done = end
    return made + text[done:]


def _spans(text: str, edit: Edit, name: str) -> list[tuple[int, int]]:
    spans = [match.span() for match in re.finditer(re.escape(edit.was), text)]
    if len(spans) != edit.times:
        raise PlantError(f"{name}: {edit.was!r} stands there {len(spans)}×, not {edit.times}×")
    return spans


def plant_all(folder: Path) -> None:
    """Plant every sample of every catalogue, as `folder/mistakes/NAME` and `folder/variants/NAME`."""
    for kind, catalogue in CATALOGUES.items():
        for name, sample in read_catalogue(catalogue).items():
            plant(sample, folder / kind / name)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python submissions/plant.py FOLDER")
    try:
        plant_all(Path(sys.argv[1]))
    except PlantError as error:
        sys.exit(str(error))
