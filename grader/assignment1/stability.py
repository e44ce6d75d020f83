"""Scores on which exponentials overflow unless each example's largest score is subtracted first."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from grader.checking.expect import Expect
from grader.student.calls import StudentError

__all__ = ["OVERFLOWS", "SHIFT", "STABLE_RTOL", "FarScores", "Measured", "expect_stable", "far_scores"]

Array = NDArray[np.float64]

#: Added to all scores this overflows an exponential that is not shifted, and changes no right result.
SHIFT = 1000.0
#: e to this is infinite, and e to minus this not 0 yet: the correct class's probability has a logarithm.
_BELOW = 725.0
#: Overflow gives NaN or a probability of 0 or 1; float32 scores near 2000 are rounded to 1e-4, no fault.
STABLE_RTOL = 1e-2
#: What Python's own numbers raise where NumPy's become infinite.
OVERFLOWS = ("OverflowError", "ZeroDivisionError", "FloatingPointError")

_ROWS = "subtract each example's largest score before exp: scores -= scores.max(axis=1, keepdims=True)"
_OWN = "subtract each example's own largest score, not the largest of the batch"


@dataclass(frozen=True)
class FarScores:
    """What to add to moderate scores (N, C), with which labels, and the mistake of what then is not finite.

    `judges_loss`: false where probabilities are 0, of which right work may take the logarithm.
    `only`: the one class whose gradient is judged.
    """

    what: str
    y: NDArray[np.int64]
    offsets: Array
    mistake: str
    advice: str
    judges_loss: bool = True
    only: int | None = None

    @property
    def columns(self) -> slice:
        """The classes whose gradients are judged."""
        return slice(None) if self.only is None else slice(self.only, self.only + 1)


def far_scores(y: NDArray[np.int64], classes: int) -> Iterator[FarScores]:
    """From what overflows without any shift to what needs each example's own largest score."""
    count = len(y)
    same = np.full((count, classes), SHIFT)
    yield FarScores(f"with {SHIFT:+g} added to all scores", y, same, "softmax-not-shifted", _ROWS)
    apart, other = "with scores of one example far apart", "softmax-shifted-by-something-else"
    what, high = (
        f"{apart}, its own class highest, and all far below 0",
        _apart(y, classes, -SHIFT) - 2 * SHIFT,
    )
    yield FarScores(what, y, high, other, _ROWS, judges_loss=False)
    # The last class is everybody's own, and its gradient may be 0 times the inverse of a probability.
    last, top = np.full(count, classes - 1), np.ones(count, dtype=np.int64)
    what, low = f"{apart}, its own class {_BELOW:g} lower", _apart(top, classes, -_BELOW)
    yield FarScores(what, last, low, other, _ROWS, judges_loss=False, only=1)
    spread = np.linspace(-2 * SHIFT, 2 * SHIFT, count)[:, np.newaxis] + np.zeros(classes)
    what = "with scores far apart between the examples"
    yield FarScores(what, y, spread, "softmax-shifted-by-batch-maximum", _OWN)


def _apart(top: NDArray[np.int64], classes: int, least: float) -> Array:
    """Rows whose highest offset, 0 + SHIFT, is at `top`; the next class is 3 lower, the others far lower."""
    pattern = np.full(classes, least)
    pattern[0], pattern[1], pattern[2:-2:2] = 0.0, -3.0, 2 * least
    offsets: Array = SHIFT + np.stack([np.roll(pattern, number) for number in top])
    return offsets


@dataclass(frozen=True)
class Measured:
    """The loss or a gradient of far scores; `right` is None where only infinity and NaN are a fault."""

    name: str
    value: Any
    right: Any = None
    is_loss: bool = False


def expect_stable(expect: Expect, trial: FarScores, ask: Callable[[], Iterable[Measured]]) -> None:
    """What `ask` measures is right, or at least finite; what is not proves the trial's mistake.

    A right loss is what a check of its own says, so a wrong one that is finite proves nothing here.
    """
    try:
        measured = [one for one in ask() if trial.judges_loss or not one.is_loss]
    except StudentError as error:
        if error.error_type not in OVERFLOWS:
            raise
        expect.fail(error.fact, help=trial.advice, mistake=trial.mistake, where=error.where)
        return
    finite = all(np.all(np.isfinite(one.value)) for one in measured)
    proved = None if finite and trial.judges_loss else trial.mistake
    for one in measured:
        what = f"{one.name} {trial.what}"
        if one.right is None:
            holds = bool(np.all(np.isfinite(one.value)))
            expect.true(holds, f"{what} is not finite", help=trial.advice, mistake=proved)
        else:
            expect.close(one.value, one.right, what, tolerance=STABLE_RTOL, help=trial.advice, mistake=proved)
