"""The SVM and softmax losses of one student, seen in the (D, C) orientation."""

from __future__ import annotations

import functools
import itertools
from typing import Any

import numpy as np
from numpy.typing import NDArray

from grader.assignment1.linear.problems import checked
from grader.assignment1.linear.training import LinearTraining
from grader.assignment1.training.spied import SpiedTraining
from grader.intake.site import Site
from grader.student.answers import BadResult, as_array, as_scalar, describe, is_zero, not_done
from grader.student.calls import RANDOM_NUMBERS, Reply, StepCount, Student, StudentError, StudentMissing

__all__ = ["LinearQuestion", "LossFunction", "LossResult"]

Array = NDArray[Any]


class LossResult:
    """What one call returned. `loss` and `gradient` validate on access, so one does not hide the other."""

    def __init__(
        self, value: Any, shape: tuple[int, int], transposed: bool, changed: tuple[str, ...]
    ) -> None:
        self.raw = value
        self.shape = shape
        self.transposed = transposed
        self.changed = changed  # which of W, X, y were modified in place

    def __iter__(self) -> Any:
        return iter((self.loss, self.gradient))

    @property
    def loss(self) -> float:
        return as_scalar(self._pair()[0], "the loss")

    @property
    def gradient(self) -> NDArray[np.float64]:
        """dW as (D, C) float64."""
        gradient = self._pair()[1]
        if gradient is None:
            raise StudentMissing("dW is None: the gradient is not implemented yet", "nothing")
        asked = self.shape[::-1] if self.transposed else self.shape
        array = as_array(gradient, asked, "dW")
        return array.T if self.transposed else array

    @property
    def raw_pair(self) -> tuple[Any, Any]:
        """Both results as they were returned, matrices turned to (D, C) where the edition has (C, D)."""
        first, second = (
            part.T if self.transposed and isinstance(part, np.ndarray) and part.ndim == 2 else part
            for part in self._pair()
        )
        return first, second

    @property
    def raw_gradient(self) -> Any:
        """dW as it was returned, turned to (D, C); not validated."""
        return self.raw_pair[1]

    @functools.cached_property  # every check asks it of the same answer
    def is_stub(self) -> bool:
        """Nothing was computed: None, or a zero loss with a zero (or no) gradient."""
        if self.raw is None:
            return True
        if not isinstance(self.raw, (tuple, list)) or len(self.raw) != 2:
            return False
        return is_zero(self.raw)

    def _pair(self) -> Any:
        if not isinstance(self.raw, (tuple, list)) or len(self.raw) != 2:
            raise BadResult(f"it returned {describe(self.raw)}", "return the pair (loss, dW)")
        return self.raw


class LossFunction:
    """`f(W, X, y, reg) -> LossResult`, asking the worker only once for equal arguments."""

    def __init__(self, student: Student, kind: str, name: str) -> None:
        self.student = student
        self.kind = kind
        self.role = f"{kind}.{name}"
        self._answers: dict[tuple[Any, ...], LossResult] = {}
        self._calls = 0

    @property
    def site(self) -> Site:
        return self.student.site(self.role)

    def __call__(self, W: Array, X: Array, y: Array, reg: float) -> LossResult:
        """Call with W (D, C), X (N, D), y (N,).

        Raises:
            StudentError, StudentTimeout; StudentMissing when absent or a stub.
        """
        self.require_work()
        return self._ask(W, X, y, reg)

    def value(self, W: Array, X: Array, y: Array, reg: float) -> tuple[Any, Any]:
        """(loss, dW) for the diagnosis, asked anew each time: unvalidated, dW in (D, C)."""
        return self.again(W, X, y, reg).raw_pair

    def again(self, W: Array, X: Array, y: Array, reg: float) -> LossResult:
        """The answer of a new call, also for arguments that were asked before; other random numbers."""
        self._calls += 1
        seed = RANDOM_NUMBERS + self._calls
        reply = self.student.call(self.role, *self._oriented(W, X, y), reg, seed=seed)
        return self._result(reply, W)

    def counted(self, W: Array, X: Array, y: Array, reg: float) -> tuple[LossResult, StepCount]:
        """The answer of a new call, and the steps that it took."""
        self.require_work()
        reply, steps = self.student.counted(self.role, *self._oriented(W, X, y), reg)
        return self._result(reply, W), steps

    def require_work(self) -> None:
        """Raise StudentMissing when a generic problem gets no answer at all."""
        if self._generic is not None and self._generic.is_stub:
            raise not_done(self.site.label, self._generic.raw)

    @functools.cached_property
    def _generic(self) -> LossResult | None:
        """The answer on a generic problem; None where the function raises."""
        rng = np.random.default_rng(0)
        W, X = rng.standard_normal((21, 10)), rng.standard_normal((12, 21))
        try:
            found = self._ask(W, X, rng.integers(0, 10, 12), 0.5)
        except StudentError:
            return None
        if not found.is_stub:
            self._foresee()
        return found

    def _foresee(self) -> None:
        """Have all that the checks will ask of it answered at once, with the seeds of those calls."""
        seeds = itertools.count(RANDOM_NUMBERS + self._calls + 1)
        problems = checked(self.kind, self.student.seed)
        arguments = [(*self._oriented(one.W, one.X, one.y), one.reg) for one in problems]
        self.student.foresee(self.role, list(zip(arguments, seeds, strict=False)))

    def _result(self, reply: Reply, W: Array) -> LossResult:
        changed = tuple("WXy"[i] for i in reply.changed if i < 3)
        return LossResult(reply.value, W.shape, self.site.transposed, changed)

    def _ask(self, W: Array, X: Array, y: Array, reg: float) -> LossResult:
        key = tuple(map(_exact, (W, X, y, reg)))
        if key not in self._answers:
            self._answers[key] = self.again(W, X, y, reg)
        return self._answers[key]

    def _oriented(self, W: Array, X: Array, y: Array) -> tuple[Array, Array, Array]:
        if self.site.transposed:
            return np.ascontiguousarray(W.T), np.ascontiguousarray(X.T), y
        return W, X, y


def _exact(argument: Any) -> tuple[Any, ...]:
    array = np.asarray(argument)
    return array.shape, array.dtype.str, array.tobytes()


class LinearQuestion:
    """The question `svm` or `softmax`: both losses and the classifier that trains with them.

    Kept for all checks of the question, so that answers are shared; `spied` is their one spied training.
    """

    def __init__(self, student: Student, question: str) -> None:
        self.student = student
        self.kind = question
        self.naive = LossFunction(student, question, "naive")
        self.vectorized = LossFunction(student, question, "vectorized")
        self.training = LinearTraining(student, question)
        self.spied: SpiedTraining | None = None
