"""A training whose loss the judge answers: its record, and the calls that made the steps.

The record is kept on this side of the wall. What a step may follow is told when the step before it was made,
and not before: who has the right weights has made the steps.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from grader.student.answers import BadResult, as_array, describe, numbers, same
from grader.student.calls import StudentMissing

__all__ = ["AnsweredLoss", "SpiedTraining", "SpyCall", "StepBatch", "batch_of", "steps_among"]

Array = NDArray[Any]

#: Rows kept in float32 are still rows of X.
_SAME_ROW = 1e-6
#: More rows of a batch than this need not be looked at.
_MOST_ROWS = 64
#: Of one training, that are kept; further calls are answered and counted.
_MOST_CALLS, _MOST_BYTES = 512, 16 << 20


class ScaledLoss(NamedTuple):
    """What the loss was answered: a number, and what its gradient was multiplied by."""

    loss: float
    scale: float


class AnsweredLoss:
    """Answers the calls of a loss while a training runs, and keeps them.

    As a loss does, it gives other answers when the weights were changed; what these will be, the seed says.
    """

    def __init__(self, seed: int, reply: Callable[[ScaledLoss], Any]) -> None:
        """`reply`: what the student's code gets."""
        self._seed, self._reply = seed, reply
        self._kept: list[tuple[Any, ScaledLoss]] = []
        self._count = self._bytes = self._states = 0
        self._weights: Any = None
        self._answer = ScaledLoss(0.0, 0.0)
        #: The first losses that were answered, of one state of the weights after the other.
        self.losses: list[float] = []

    def __call__(self, question: Any) -> Any:
        weights = question.get("watched") if isinstance(question, dict) else None
        if not self._states or not same(weights, self._weights):
            rng = np.random.default_rng([self._seed, 68, self._states])
            self._answer, self._weights = ScaledLoss(1 + rng.random(), 0.5 + rng.random()), weights
            self._states += 1
            self.losses += [self._answer.loss] if self._states <= _MOST_CALLS else []
        self._count += 1
        self._bytes += _size(question)
        if self._bytes <= _MOST_BYTES and len(self._kept) < _MOST_CALLS:
            self._kept.append((question, self._answer))
        return self._reply(self._answer)

    @property
    def record(self) -> Record:
        """What was asked so far.

        Raises:
            BadResult: the student's code asked in the loss's place.
        """
        calls = [_call(question, answered) for question, answered in self._kept]
        return Record(calls, self._count - len(calls))


def _size(value: Any) -> int:
    """The bytes that a value takes here, about."""
    if isinstance(value, dict):
        return 64 + sum(map(_size, value)) + sum(map(_size, value.values()))
    if isinstance(value, (list, tuple)):
        return 64 + sum(map(_size, value))
    return 64 + (value.nbytes if isinstance(value, np.ndarray) else len(value) if type(value) is str else 0)


@dataclass(frozen=True)
class StepBatch:
    """What one step passed to the loss: X (n, D), y (n,), reg, and the weights at that moment.

    `labels_shape`: of y as it came, one axis of length 1 too many included.
    """

    X: Array
    y: Array
    reg: Any
    W: Array
    labels_shape: tuple[int, ...]
    answered: ScaledLoss


@dataclass(frozen=True)
class SpiedTraining:
    """A training whose loss the judge answered: the batch of every step, and the weights at the end.

    `losses` are those that were answered, of one state of the weights after the other. `unseen` counts the
    calls after those that were kept; `mended` says what of the student's was put right for it to run.
    """

    batches: list[StepBatch]
    final_weights: Array
    returned: Any
    losses: list[float]
    unseen: int = 0
    mended: tuple[str, ...] = ()

    @property
    def weights(self) -> list[Array]:
        """W before the first step, …, before the last step, and at the end."""
        return [batch.W for batch in self.batches] + [self.final_weights]

    @property
    def moves(self) -> list[Array]:
        """What each step added to the weights, for one unit of the gradient that it was given."""
        pairs = itertools.pairwise(self.weights)
        return [(after - before) / scale for (before, after), scale in zip(pairs, self.scales, strict=True)]

    @property
    def scales(self) -> NDArray[np.float64]:
        """Of every step, what the gradient was multiplied by in the answer."""
        return np.array([batch.answered.scale for batch in self.batches])


@dataclass(frozen=True)
class SpyCall:
    """One call of the loss: X, y and reg as they were given (those that were), and the watched attributes."""

    given: Mapping[str, Any]
    watched: Mapping[str, Any]
    answered: ScaledLoss

    @property
    def labelled(self) -> bool:
        return self.given.get("X") is not None and self.given.get("y") is not None


@dataclass(frozen=True)
class Record:
    """Every call that was kept, and how many more there were."""

    calls: list[SpyCall]
    unseen: int

    def labelled(self) -> list[SpyCall]:
        """The calls that ask for a loss; one without labels asks for scores, and makes no step.

        Raises:
            StudentMissing: there are only calls that give None.
            BadResult: there is no call, or none with labels.
        """
        self.require_batches()
        found = [call for call in self.calls if call.labelled]
        if not found:
            fact = "`train` never called self.loss" + (" with labels" if self.calls else "")
            raise BadResult(fact, "each step calls self.loss(X_batch, y_batch, reg)")
        return found

    def require_batches(self) -> None:
        """Raise StudentMissing when no batch is drawn, as in the starter code."""
        nothing = [name for call in self.calls for name in ("X", "y") if call.given.get(name, 0) is None]
        if "X" in nothing or (nothing and not any(call.labelled for call in self.calls)):
            raise StudentMissing(
                "`train` passes None as the batch: sampling is not implemented yet", "nothing"
            )


def _changed() -> BadResult:
    return BadResult(
        "`train` changed what self.loss is", "`train` only calls self.loss(X_batch, y_batch, reg)"
    )


def _call(call: Any, answered: ScaledLoss) -> SpyCall:
    kinds = {"args": (tuple, list), "kwargs": (dict,), "watched": (dict,)}
    if not isinstance(call, dict) or not all(isinstance(call.get(key), kind) for key, kind in kinds.items()):
        raise _changed()
    given = dict(zip(("X", "y", "reg"), call["args"], strict=False))
    for name, value in call["kwargs"].items():
        given.setdefault({"x": "X", "y": "y"}.get(str(name)[:1].lower(), "reg"), value)
    return SpyCall(given, call["watched"], answered)


def batch_of(call: SpyCall, features: int, W: Array, *, transposed: bool = False) -> StepBatch:
    """The batch of a call with labels, whose X must be (n, features); W are the weights at that moment.

    Args:
        transposed: the call has X as (features, n).

    Raises:
        BadResult: X or y are of another kind.
    """
    X, y = numbers(call.given["X"]), numbers(call.given["y"])
    X = X.T if X is not None and transposed else X
    if X is None or X.ndim != 2 or X.shape[1] != features:
        raise BadResult(
            f"`train` called self.loss with {describe(call.given['X'])} as the batch",
            "X_batch holds batch_size of the examples of X, whole and in the same orientation",
        )
    shape = y.shape if y is not None else ()
    if y is not None and len(shape) == 2 and 1 in shape:
        y = y.ravel()
    if y is None or y.ndim != 1:
        raise BadResult(
            f"`train` called self.loss with {describe(call.given['y'])} as the labels",
            "y_batch holds one label for each example of the batch",
        )
    return StepBatch(as_array(X, X.shape, "X_batch"), y, call.given.get("reg"), W, shape, call.answered)


def steps_among(
    batches: Sequence[StepBatch], X: Array, final_weights: Array, steps: int, size: int
) -> list[StepBatch]:
    """The batches of the steps that were made, among all on which a loss was computed.

    A loss may also be asked of validation data, or of all of X. A step takes one batch: of the calls
    between two changes of the weights the one with `size` rows of X (N, D), where there is one.
    """
    fitting = [batch for batch in batches if len(batch.X) == size and _drawn(batch, X)]
    for candidates in (fitting, batches):
        if len(candidates) == steps:
            return list(candidates)
    groups = _between_changes(batches)
    if len(groups) == 1:
        kept = fitting or list(batches)
        return kept[:: len(kept) // steps] if len(kept) % steps == 0 else kept
    if np.array_equal(groups[-1][-1].W, final_weights):
        groups.pop()  # asked after the last change
    usual = Counter(count for group in groups for count in {len(batch.X) for batch in group})

    def rank(batch: StepBatch) -> tuple[bool, bool, int]:
        drawn = _drawn(batch, X)
        return drawn and len(batch.X) == size, drawn and len(batch.X) < len(X), usual[len(batch.X)]

    # Of equals the last: a loss on the old batch may be asked first, after the change.
    return [max(reversed(group), key=rank) for group in groups]


def _between_changes(batches: Sequence[StepBatch]) -> list[list[StepBatch]]:
    groups = [[batches[0]]]
    for before, batch in itertools.pairwise(batches):
        if np.array_equal(before.W, batch.W):
            groups[-1].append(batch)
        else:
            groups.append([batch])
    return groups


def _drawn(batch: StepBatch, X: Array) -> bool:
    """Whether every row of the batch is one of X."""
    rows = batch.X[:_MOST_ROWS, np.newaxis]
    # Nearly always they are those very rows, which is told several times as fast.
    is_exact = _each_is_one(rows == X)
    return is_exact or _each_is_one(np.isclose(rows, X, rtol=_SAME_ROW, atol=_SAME_ROW))


def _each_is_one(same: NDArray[np.bool_]) -> bool:
    """Whether each row (first axis) is the same as some row of X (second) in all its entries."""
    return bool(np.all(np.any(np.all(same, axis=2), axis=1)))
