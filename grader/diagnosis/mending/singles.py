"""Single edits: what became of them, which bring a function nearer, and which lines have a part in it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from grader.diagnosis.mending.measures import Judged
from grader.diagnosis.mending.scenes import Floats
from grader.diagnosis.mending.workshop import RAISED, RAN, Opened, Tried

__all__ = ["NOTHING", "Singles", "idle_lines", "touched", "untried"]

#: The gain where nothing can be gained.
NOTHING = -9.0
#: After so many edits of a line that change something, none of them to any use, more of it are not tried.
_ENOUGH = 4
#: Of the distance: what is moved less stays as it was.
_MOVED = 1e-12


@dataclass(frozen=True)
class Singles:
    """All single edits, what became of those that were tried, and what the unchanged function is worth.

    An edit that was not tried stands there with what the function gives as it is.
    """

    opened: Opened
    tried: Tried
    judged: Judged
    base: Judged
    gain: Floats
    changed: NDArray[np.bool_]

    def enter(self, new: NDArray[np.int32], got: Tried, judged: Judged) -> None:
        """Enter what became of some of them."""
        opened, parts = self.opened, ("right", "exact", "far")
        for name in ("status", "rows", "lines"):
            getattr(self.tried, name)[new] = getattr(got, name)
        for name in parts:
            getattr(self.judged, name)[new] = getattr(judged, name)
        self.gain[new] = _gains(got, judged, self.base, opened.statuses[0], opened.raised[0])
        same = (got.rows == opened.bases[0]) | (np.isnan(got.rows) & np.isnan(opened.bases[0]))
        self.changed[new] = (got.status == RAN) & ~same.all(axis=1)
        if opened.statuses[0] == RAISED:
            self.changed[new] |= self.gain[new] > 0


def untried(opened: Opened, base: Judged) -> Singles:
    """None tried yet."""
    count = len(opened.edits.rows)
    tried = Tried(
        np.full(count, opened.statuses[0], np.uint8),
        np.tile(opened.bases[0], (count, 1)),
        np.full(count, opened.raised[0], np.int32),
    )
    judged = Judged(
        np.repeat(base.right, count, axis=0),
        np.repeat(base.exact, count, axis=0),
        np.repeat(base.far, count, axis=0),
    )
    gain = _gains(tried, judged, base, opened.statuses[0], opened.raised[0])
    return Singles(opened, tried, judged, base, gain, np.zeros(count, np.bool_))


def idle_lines(singles: Singles, tried: NDArray[np.int32]) -> set[int]:
    """The lines without a part in what is wrong, by enough edits of them that were tried.

    Of a function that raises: all raise where it does. Else each that changed something left alone what is
    wrong, or spoilt what is right and set nothing right. Unknown where a result
    has another shape than is asked: nothing is nearer to it then.
    """
    opened = singles.opened
    if opened.statuses[0] == RAN and np.isnan(opened.bases[0]).any():
        return set()
    lines, acted = opened.edits.at[tried], _of_use(singles)[tried]
    if opened.statuses[0] == RAISED:
        counted = lines != opened.raised[0]
    else:
        counted = (singles.changed & (singles.tried.status == RAN))[tried]
    counts, useful = Counter(lines[counted].tolist()), set(lines[acted].tolist())
    return {line for line, count in counts.items() if count >= _ENOUGH} - useful


def _of_use(singles: Singles) -> NDArray[np.bool_]:
    if singles.opened.statuses[0] == RAISED:
        elsewhere: NDArray[np.bool_] = singles.tried.lines != singles.opened.raised[0]
        return elsewhere
    right, wrong = singles.judged.right, ~singles.base.right[0]
    moved = np.abs(singles.judged.far - singles.base.far[0]) > _MOVED
    spoils = (~right & ~wrong).any(axis=1)
    of_use: NDArray[np.bool_] = (right & wrong).any(axis=1) | ((moved & wrong).any(axis=1) & ~spoils)
    useful: NDArray[np.bool_] = of_use & singles.changed & (singles.tried.status == RAN)
    return useful


def _gains(tried: Tried, judged: Judged, base: Judged, status: int, raised: int) -> Floats:
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
        line = int(singles.opened.edits.at[i])
        moved = (singles.judged.right[i] != singles.base.right[0]) | (
            np.abs(singles.judged.far[i] - singles.base.far[0]) > _MOVED
        )
        touched[line] = touched.get(line, np.zeros_like(moved)) | moved
    return touched
