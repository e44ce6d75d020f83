"""Single edits: what became of them, which bring a function nearer, and which lines have a part in it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from grader.diagnosis.mending.measures import Judged
from grader.diagnosis.mending.scenes import Floats
from grader.diagnosis.mending.workshop import RAISED, RAN, Edits, Opened, Tried

__all__ = ["NOTHING", "Singles", "gains", "idle_lines", "touched", "untried"]

#: The gain where nothing can be gained.
NOTHING = -9.0
#: After so many edits of a line that change something, none of them to any use, more of it are not tried.
_ENOUGH = 4
#: Of the distance: what is moved less stays as it was.
_MOVED = 1e-12


@dataclass(frozen=True)
class Singles:
    """All single edits, what became of them, and what the unchanged function is worth."""

    edits: Edits
    tried: Tried
    judged: Judged
    base: Judged
    base_row: Floats
    gain: Floats
    changed: NDArray[np.bool_]


def untried(opened: Opened) -> Tried:
    """As if every edit gave what the function gives as it is."""
    count = len(opened.edits.rows)
    return Tried(
        np.full(count, opened.statuses[0], np.uint8),
        np.tile(opened.bases[0], (count, 1)),
        np.full(count, opened.raised[0], np.int32),
    )


def idle_lines(singles: Singles) -> set[int]:
    """The lines without a part in what is wrong: enough edits of them changed something, and each left alone
    what is wrong, or spoilt what is right and set nothing right."""
    right, wrong = singles.judged.right, ~singles.base.right[0]
    moved = np.abs(singles.judged.far - singles.base.far[0]) > _MOVED
    spoils = (~right & ~wrong).any(axis=1)
    of_use = (right & wrong).any(axis=1) | ((moved & wrong).any(axis=1) & ~spoils)
    changed = np.flatnonzero(singles.changed & (singles.tried.status == RAN))
    counts = Counter(singles.edits.at[changed].tolist())
    useful = set(singles.edits.at[changed[of_use[changed]]].tolist())
    return {line for line, count in counts.items() if count >= _ENOUGH} - useful


def gains(tried: Tried, judged: Judged, base: Judged, status: int, raised: int) -> Floats:
    """How much nearer than the unchanged function: outputs set right, less twice those spoilt, and distance.

    Where that raises, to run at all or to raise further down is nearer.
    """
    gained = (judged.right & ~base.right).sum(1) - 2 * (~judged.right & base.right).sum(1)
    nearer: Floats = gained + np.clip(base.far - judged.far, -1, 1).sum(1) / 2
    ran = tried.status == RAN
    if status != RAISED:
        return np.where(ran, nearer, NOTHING)
    further = np.where((tried.status == RAISED) & (tried.lines > raised), 0.1, NOTHING)
    return np.where(ran, nearer + 0.2, further)


def touched(singles: Singles) -> dict[int, NDArray[np.bool_]]:
    """Which outputs the edits of each line change: where a mutant changes nothing, no mend can be."""
    touched: dict[int, NDArray[np.bool_]] = {}
    for i in np.flatnonzero(singles.changed):
        line = int(singles.edits.at[i])
        moved = (singles.judged.right[i] != singles.base.right[0]) | (
            np.abs(singles.judged.far[i] - singles.base.far[0]) > _MOVED
        )
        touched[line] = touched.get(line, np.zeros_like(moved)) | moved
    return touched
