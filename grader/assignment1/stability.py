"""Scores on which exponentials overflow unless each example's largest score is subtracted first."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from grader.checking.compare import compare
from grader.checking.expect import Expect
from grader.student.calls import StudentError

__all__ = ["SHIFT", "FarScores", "Measured", "expect_stable", "far_scores"]

Array = NDArray[np.float64]

#: Added to all scores this overflows an exponential that is not shifted, and changes no right result.
SHIFT = 1000.0
#: e to this is infinite, and e to minus this not 0 yet: the correct class's probability has a logarithm.
_BELOW = 725.0
#: Overflow gives NaN or a probability of 0 or 1; float32 scores near 2000 are rounded to 1e-4, no fault.
STABLE_RTOL = 1e-2
#: What Python's own numbers raise where NumPy's become infinite.
OVERFLOWS = ("OverflowError", "ZeroDivisionError", "FloatingPointError")
#: What `math.log` raises of 0, where the loss of these scores is right to ask for.
_NO_LOGARITHM = "ValueError"

_ROWS = "subtract each example's largest score before exp: scores -= scores.max(axis=1, keepdims=True)"
_OWN = "subtract each example's own largest score, not the largest of the batch"


Judged = Literal["all", "gradient", "either"]


@dataclass(frozen=True)
class FarScores:
    """What to add to moderate scores (N, C), and the mistake of what then is not finite.

    `judged`: of the loss and the gradient both, the gradient alone where right work may take the logarithm of
    0, or either, where right work may divide by a probability that is nearly 0, or lose it in float32.
    """

    what: str
    offsets: Array
    mistake: str
    advice: str
    judged: Judged = "all"

    def holds(self, loss: bool, gradient: bool) -> bool:
        """Whether it is well that the loss, and the gradient, are finite or not."""
        return {"all": loss and gradient, "gradient": gradient, "either": loss or gradient}[self.judged]


def far_scores(y: NDArray[np.int64], classes: int) -> Iterator[FarScores]:
    """From what overflows without any shift to what needs each example's own largest score."""
    same = np.full((len(y), classes), SHIFT)
    yield FarScores(f"with {SHIFT:+g} added to all scores", same, "softmax-not-shifted", _ROWS)
    apart, other = "with scores of one example far apart", "softmax-shifted-by-something-else"
    high = _with_top(y, np.where(np.arange(classes) % 2, -SHIFT, -2 * SHIFT)) - SHIFT
    yield FarScores(f"{apart}, its own class highest, all far below 0", high, other, _ROWS, "gradient")
    low = _with_top((y + 2) % classes, np.full(classes, -_BELOW)) + SHIFT
    yield FarScores(f"{apart}, its own class {_BELOW:g} lower", low, other, _ROWS, "either")
    spread = np.linspace(-2 * SHIFT, 2 * SHIFT, len(y))[:, np.newaxis] + np.zeros(classes)
    what = "with scores far apart between the examples"
    yield FarScores(what, spread, "softmax-shifted-by-batch-maximum", _OWN)


def _with_top(top: NDArray[np.int64], others: Array) -> Array:
    """Rows whose highest entry, 0, is at `top`; the next class is 3 lower, and the rest far lower."""
    pattern = np.concatenate([[0.0, -3.0], others[2:]])
    return np.stack([np.roll(pattern, number) for number in top])


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
        measured = list(ask())
    except StudentError as error:
        has_no_logarithm = error.error_type == _NO_LOGARITHM and trial.judged == "all"
        if error.error_type not in OVERFLOWS and not has_no_logarithm:
            raise
        expect.fail(error.fact, help=trial.advice, mistake=trial.mistake, where=error.where)
        return
    losses, gradients = ([one for one in measured if one.is_loss is of_loss] for of_loss in (True, False))
    holds = trial.holds(all(map(_is_finite, losses)), all(map(_is_finite, gradients)))
    if trial.judged == "either":
        holds = all(map(_is_finite, losses)) or all(map(_is_near, gradients))
        fact = f"neither the loss nor the gradient is right {trial.what}"
        expect.true(holds, fact, help=trial.advice, mistake=trial.mistake)
        return
    for one in measured:
        if trial.judged == "all" or not one.is_loss:
            proved = trial.mistake if trial.judged == "gradient" or not holds else None
            _expect_right(expect, one, trial, proved)


def _expect_right(expect: Expect, one: Measured, trial: FarScores, mistake: str | None) -> None:
    what, advice = f"{one.name} {trial.what}", trial.advice
    if one.right is None:
        expect.true(_is_finite(one), f"{what} is not finite", help=advice, mistake=mistake)
    else:
        expect.close(one.value, one.right, what, tolerance=STABLE_RTOL, help=advice, mistake=mistake)


def _is_finite(one: Measured) -> bool:
    return bool(np.all(np.isfinite(one.value)))


def _is_near(one: Measured) -> bool:
    """Finite, and right where that is known."""
    known = one.right is not None
    return _is_finite(one) and not (known and compare(one.value, one.right, 0.0).relative_error > STABLE_RTOL)
