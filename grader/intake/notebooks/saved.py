"""What a handed-in notebook shows: its saved outputs, the order of its cells' runs, the numbers it printed.

For the instructor to look at, never a verdict: seeds, data and machines differ.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Literal

import msgspec

from grader.intake.notebooks.cells import Cell
from grader.intake.notebooks.read import Notebook

__all__ = [
    "Discrepancy",
    "compare",
    "describe_discrepancies",
    "describe_order",
    "discrepancy_notes",
    "figures",
    "saved_notes",
]

_LINES = 400
_SHOWN = 4


def describe_order(cells: Sequence[Cell]) -> list[str]:
    """What the saved state tells: cells that were never run, run out of order, or ended by an error."""
    cells = [cell for cell in cells if cell.source.strip()]
    run = [cell for cell in cells if cell.count is not None]
    if not run:
        return ["no cell was run"] if cells else []
    found = []
    never = [cell.number for cell in cells if cell.count is None]
    if never:
        found.append(f"{_cells(never)} never run")
    late = _out_of_order(run)
    if late:
        found.append(
            f"{_cells(late)} run before {'cells that stand' if len(late) > 1 else 'a cell that stands'} above"
        )
    found += [f"cell {cell.number} ended with {cell.error}" for cell in cells if cell.error][:_SHOWN]
    return found


def _out_of_order(run: Sequence[Cell]) -> list[int]:
    """The cells whose last run came before that of a cell above them."""
    late, latest = [], 0
    for cell in run:
        count = cell.count or 0
        if count < latest:
            late.append(cell.number)
        latest = max(latest, count)
    return late


def _cells(numbers: Sequence[int]) -> str:
    shown = ", ".join(map(str, numbers[:6])) + (" …" if len(numbers) > 6 else "")
    return f"cell {shown} was" if len(numbers) == 1 else f"{len(numbers)} cells ({shown}) were"


def saved_notes(notebooks: Iterable[Notebook]) -> list[str]:
    """A line for each of these notebooks that cannot be read, or was not run from top to bottom."""
    notes = []
    for notebook in notebooks:
        if notebook.unreadable:
            notes.append(f"{notebook.path} {notebook.unreadable}")
        elif order := describe_order(notebook.code):
            notes.append(f"{notebook.path} as saved: {'; '.join(order)}")
    return notes


Kind = Literal["accuracy", "error", "loss"]


class Figure(msgspec.Struct, frozen=True):
    """A number that a cell printed, and the words before it, without their numbers."""

    kind: Kind
    label: str
    value: float


class Discrepancy(msgspec.Struct, frozen=True):
    """A number that a cell printed when it was saved, and another when it was run again."""

    cell: int
    kind: Kind
    label: str
    saved: float
    rerun: float


_NUMBER = re.compile(
    r"(?<![\w.])[-+]?(?:\d++(?:\.\d*+)?|\.\d++)(?:[eE][-+]?\d{1,4}+)?(?!\.?\w)%?|\b[-+]?(?:nan|inf)\b"
)
#: A number on a line of its own belongs to the words above it, if these end in a colon.
_ALONE = re.compile(r"[ \t]*" + _NUMBER.pattern.join(("(?:", ")")) + r"[ \t]*")
_PROGRESS = re.compile(r"iteration|epoch|\bit\b", re.I)
_TIME = re.compile(r"\b(?:took|seconds?|computed in|time|elapsed|faster)\b", re.I)
#: Numbers behind these are what was tried, not what came of it.
_SETTING = re.compile(r"(?:rate|lr|reg\w*|strength|hidden\w*|batch\w*|size|decay|errno)\W*$", re.I)
_KINDS: tuple[tuple[Kind, re.Pattern[str]], ...] = (
    ("error", re.compile(r"(?:relative |rel\.? ?|max )?(?:error|err|diff\w*)\b", re.I)),
    ("accuracy", re.compile(r"\bacc\w*|_acc\b|\baccuracy", re.I)),
    ("loss", re.compile(r"loss", re.I)),
)


def figures(text: str, *, progress: bool = True) -> list[Figure]:
    """The losses, relative errors, differences and accuracies in a printed text, in order.

    `progress`: also those in the lines that a training prints as it goes on.
    """
    found: list[Figure] = []
    above = ""
    for line in text.splitlines()[:_LINES]:
        text = f"{above} {line}" if above and _ALONE.fullmatch(line) else line
        above = line[:200] if line.rstrip().endswith(":") else ""
        if progress or not _PROGRESS.search(text):
            found += _in_line(text[:1000])
    return found


def _in_line(line: str) -> Iterator[Figure]:
    start = 0
    for match in _NUMBER.finditer(line):
        words = line[start : match.start()]
        kind = _kind(words)
        if kind is not None and not _TIME.search(words) and not _SETTING.search(words):
            percent = match[0].endswith("%")
            value = float(match[0].rstrip("%"))
            yield Figure(kind, _label(words), value / 100 if percent else value)
        start = match.end()


def _kind(words: str) -> Kind | None:
    """What the number behind these words is: by the last of them that says so."""
    ends = [(match.end(), kind) for kind, pattern in _KINDS for match in pattern.finditer(words)]
    return max(ends)[1] if ends else None


def _label(words: str) -> str:
    return " ".join(re.sub(r"[^\w\s]+", " ", words).lower().split())[-60:]


def compare(saved: Iterable[Cell], rerun: Mapping[int, str], *, shortened: bool = False) -> list[Discrepancy]:
    """The printed numbers that a re-run does not bear out.

    Args:
        rerun: what each code cell printed, by its number.
        shortened: the re-run trained less, or on fewer images: its accuracies and trainings say nothing.
    """
    found: list[Discrepancy] = []
    for cell in saved:
        again = _by_label(rerun.get(cell.number, ""), shortened)
        for key, value in _by_label(cell.printed, shortened).items():
            kind, label = key
            if key in again and _differ(kind, value, again[key]) and not (shortened and kind == "accuracy"):
                found.append(Discrepancy(cell.number, kind, label, value, again[key]))
    return found


def _by_label(text: str, shortened: bool) -> dict[tuple[Kind, str], float]:
    """The last number of each kind and label: where a training ended, what a loop came to."""
    return {(found.kind, found.label): found.value for found in figures(text, progress=not shortened)}


def _differ(kind: Kind, a: float, b: float) -> bool:
    """Whether they differ by more than chance: seeds move a loss by percents, kinks an error by powers."""
    if a != a or b != b or abs(a) == float("inf") or abs(b) == float("inf"):
        return (a == a and abs(a) != float("inf")) != (b == b and abs(b) != float("inf"))
    small, large = sorted((abs(a), abs(b)))
    if kind == "accuracy":
        return large - small > (0.05 if large <= 1 else 5)
    if kind == "loss":
        return large - small > 0.25 * large and large > 1e-3
    return large > 1e-2 and small < 1e-5


def describe_discrepancies(path: str, found: Sequence[Discrepancy]) -> list[str]:
    """One line for a notebook's discrepancies, the widest first."""
    if not found:
        return []
    first = sorted(found, key=lambda d: -abs(d.saved - d.rerun) / (abs(d.saved) + abs(d.rerun) or 1))[:_SHOWN]
    shown = [f"cell {d.cell}: {d.label} {d.saved:g} saved, {d.rerun:g} run again" for d in first]
    more = [f"and {len(found) - len(first)} more"] if len(found) > len(first) else []
    return [f"{path}: printed numbers that another run does not show: {'; '.join([*shown, *more])}"]


def discrepancy_notes(notebook: Notebook, printed: Mapping[int, str], *, shortened: bool) -> list[str]:
    """What to tell of a notebook that was run again.

    Args:
        printed: what each code cell printed now, by its number.
    """
    return describe_discrepancies(notebook.path, compare(notebook.code, printed, shortened=shortened))
