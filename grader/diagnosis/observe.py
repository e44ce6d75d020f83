"""Call a student's loss on the problems and keep what came back, whatever it was."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from grader.diagnosis.expressions import Array
from grader.diagnosis.problems import LossProblem

__all__ = ["Failure", "Observation", "StudentLoss", "finite_at", "observe"]

# (W, X, y, reg) -> (loss, dW), or (x, y) -> (loss, dx) for a layer's.
StudentLoss = Callable[..., Any]


@dataclass(frozen=True)
class Failure:
    """The function raised, or returned something that is no loss with a gradient."""

    what: str
    mistakes: tuple[str, ...] = ()


@dataclass
class Observation:
    """What the calls returned.

    losses: (calls,), None when it is no number; gradients: all numbers of all calls, None when a shape is
    wrong; remarks: true sentences about what could not be used.
    """

    losses: Array | None
    gradients: Array | None
    mistakes: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)


class _UnusableError(ValueError):
    """What came back is no loss with a gradient."""


class _NothingReturnedError(ValueError):
    """None came back."""


@dataclass(frozen=True)
class _Reply:
    loss: Array
    gradient: Array
    swapped: bool = False


def observe(
    loss: StudentLoss,
    problems: Sequence[LossProblem],
    calls: Sequence[tuple[int, float]],
    fatal: tuple[type[BaseException], ...] = (),
) -> Observation | Failure:
    """Make every call once and the first one twice. Exceptions of the types `fatal` are the caller's."""
    touched: set[str] = set()
    replies: list[_Reply] = []
    try:
        replies = [_call(loss, problems[number], reg, touched) for number, reg in calls]
        again = _call(loss, problems[calls[0][0]], calls[0][1], touched)
    except fatal:
        raise
    except _NothingReturnedError:
        return Failure("the function returns nothing", ("returns-nothing",))
    except _UnusableError as error:
        return Failure(str(error))
    except Exception as error:  # noqa: BLE001 - that the student's code raises here is what we ask
        shape = problems[calls[len(replies) % len(calls)][0]].scores.shape
        return Failure(
            f"on {shape[0]} examples and {shape[1]} classes it raises {type(error).__name__}: {error}"
        )
    seen = _collect(replies, [problems[number].gradient_shape for number, _ in calls])
    if any(reply.swapped for reply in replies):
        seen.mistakes.append("results-swapped")
    if touched:
        seen.mistakes.append("inputs-modified")
        seen.remarks.append(f"it changes its input {' and '.join(sorted(touched))}")
    if not _same(again, replies[0]):
        seen.mistakes.append("result-depends-on-hidden-state")
        seen.remarks.append("two calls with equal inputs give different results")
    return seen


def _arguments(problem: LossProblem, reg: float) -> dict[str, Any]:
    if problem.W is None:
        return {"x": problem.scores.copy(), "y": problem.y.copy()}
    assert problem.X is not None
    return {"W": problem.W.copy(), "X": problem.X.copy(), "y": problem.y.copy(), "reg": reg}


def _call(loss: StudentLoss, problem: LossProblem, reg: float, touched: set[str]) -> _Reply:
    given, kept = _arguments(problem, reg), _arguments(problem, reg)
    with np.errstate(all="ignore"):
        result = loss(*given.values())
    touched |= {name for name, value in kept.items() if not np.array_equal(value, given[name])}
    if result is None:
        raise _NothingReturnedError
    try:
        value, gradient = result
    except (TypeError, ValueError):
        raise _UnusableError(f"it returns {type(result).__name__}, not a loss and a gradient") from None
    if gradient is None:
        gradient = np.zeros(problem.gradient_shape)
    found = _numbers(value, "loss"), _numbers(gradient, "gradient")
    swapped = found[0].ndim == 2 and found[0].size > 1 == found[1].size
    return _Reply(*(found[::-1] if swapped else found), swapped)


def _numbers(value: Any, what: str) -> Array:
    try:
        return np.asarray(value, dtype=np.float64)
    except (TypeError, ValueError):
        raise _UnusableError(f"its {what} is {type(value).__name__}, not numbers") from None


def _collect(replies: list[_Reply], shapes: list[tuple[int, int]]) -> Observation:
    seen = Observation(None, None)
    if all(reply.loss.size == 1 for reply in replies):
        seen.losses = _finite(np.array([float(reply.loss.ravel()[0]) for reply in replies]), "loss", seen)
    else:
        seen.remarks.append(f"its loss has shape {replies[0].loss.shape}, not one number")
    found = [reply.gradient.shape for reply in replies]
    if found == shapes:
        gradients = [reply.gradient for reply in replies]
    elif found == [shape[::-1] for shape in shapes]:
        gradients = [reply.gradient.T for reply in replies]
        seen.mistakes.append("gradient-transposed")
    else:
        seen.remarks.append(f"its gradient has shape {found[0]}, where {shapes[0]} is asked")
        return seen
    seen.gradients = _finite(np.concatenate([gradient.ravel() for gradient in gradients]), "gradient", seen)
    return seen


def _finite(values: Array, what: str, seen: Observation) -> Array | None:
    share = 1.0 - np.isfinite(values).mean()
    if share == 0:
        return values
    seen.remarks.append(f"{share:.0%} of its {what} is nan or infinite on ordinary inputs")
    return None


def _same(a: _Reply, b: _Reply) -> bool:
    # Threads may add in another order: equal to rounding is equal.
    return all(
        x.shape == y.shape and np.allclose(x, y, rtol=1e-9, atol=1e-12, equal_nan=True)
        for x, y in ((a.loss, b.loss), (a.gradient, b.gradient))
    )


def finite_at(
    loss: StudentLoss, problem: LossProblem, fatal: tuple[type[BaseException], ...] = ()
) -> tuple[bool, bool] | None:
    """Whether the loss, and the gradient, are finite on one problem at reg = 0; None when the call fails."""
    try:
        reply = _call(loss, problem, 0.0, set())
    except fatal:
        raise
    except Exception as error:  # noqa: BLE001 - a failure is an answer here
        # Python's own numbers overflow with an exception.
        return (False, False) if getattr(error, "error_type", "") == "OverflowError" else None
    return bool(np.isfinite(reply.loss).all()), bool(np.isfinite(reply.gradient).all())
