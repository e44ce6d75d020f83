"""The batches of SGD: random examples with their labels, anew in each step."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from grader.assignment1.linear.proxy import LinearQuestion
from grader.assignment1.nets.proxy import TwoLayerQuestion
from grader.assignment1.training.spied import StepBatch
from grader.assignment1.training.steps import BATCH, Data, spied_data, spied_training, train_spied
from grader.checking.check import check
from grader.checking.compare import RTOL
from grader.checking.expect import Expect
from grader.student.answers import BadResult
from grader.student.calls import StudentError

__all__ = ["minibatches"]

#: So few examples, and so many steps, that each is drawn sooner or later.
#: One more than a batch: who leaves one out can still draw without replacement.
FEW, MANY_STEPS = 17, 22


@check("minibatches", about="train", topic="training")
def minibatches(question: LinearQuestion, expect: Expect, seed: int) -> None:
    """Each step draws a fresh random batch of examples with their labels."""
    batches, data = spied_training(question, seed).batches, spied_data(seed)
    drawn = [_numbers_of(batch.X, len(data.X)) for batch in batches]
    if not _expect_to_last(expect, drawn, len(data.X)):
        return
    size = _expect_sizes(expect, batches)
    if not _expect_own_rows(expect, batches, drawn, data):
        return
    if size >= len(data.X):
        return  # then all steps have the same examples
    different = len({tuple(i) for i in drawn}) > 1
    expect.true(
        different,
        f"all {len(drawn)} steps used the same batch",
        help="draw new indices inside the loop",
        mistake="same-batch-every-step",
    )
    _expect_random(expect, drawn, data.X.shape, different)
    if not expect.failed:
        _expect_each(expect, question, seed)


def _expect_to_last(expect: Expect, drawn: list[NDArray[np.int64]], count: int) -> bool:
    """That the steps do not go through X once, row by row, and have no examples from then on."""
    left = [min(BATCH, max(0, count - BATCH * step)) for step in range(len(drawn))]
    ends = [len(i) for i in drawn] == left and any(size < BATCH for size in left)
    once = ends and np.array_equal(np.concatenate(drawn), np.arange(count))
    full = left.count(BATCH)
    fact = f"the batches are consecutive rows of X, which are used up after {full} steps of {len(drawn)}"
    return expect.true(not once, fact, help="draw the indices at random", mistake="batches-in-order")


def _expect_sizes(expect: Expect, batches: Sequence[StepBatch]) -> int:
    """As many examples and labels in a batch as were asked for; a size that is another, else the right."""
    size = next((len(batch.X) for batch in batches if len(batch.X) != BATCH), BATCH)
    expect.true(
        size == BATCH,
        f"batches had {size} examples, not batch_size={BATCH}",
        what="examples in a batch",
        measured=size,
        expected=BATCH,
        help="draw batch_size indices with np.random.choice(num_train, batch_size)",
        mistake="wrong-batch-size",
    )
    shapes = [batch.labels_shape for batch in batches if len(batch.labels_shape) > 1]
    expect.true(
        not shapes,
        f"the labels of a batch have the shape {shapes[0] if shapes else ()}, where (N,) is asked",
        help="y_batch = y[indices] has the shape (batch_size,) already",
        mistake="labels-reshaped",
    )
    return size


def _expect_own_rows(
    expect: Expect, batches: Sequence[StepBatch], drawn: list[NDArray[np.int64]], data: Data
) -> bool:
    """Rows of X with their own labels; whether they are rows of X."""
    pairs = list(zip(drawn, batches, strict=True))
    whole = all(np.allclose(data.X[i], batch.X, rtol=RTOL) for i, batch in pairs)
    if not expect.true(whole, "a batch holds rows that are not rows of X", help="take X[indices] as it is"):
        return False
    expect.true(
        all(batch.y.shape == i.shape and np.array_equal(data.y[i], batch.y) for i, batch in pairs),
        "the labels of a batch are not those of its examples",
        help="use the same indices for X and y",
        mistake="batch-labels-mismatched",
    )
    return True


def _expect_each(expect: Expect, question: LinearQuestion | TwoLayerQuestion, seed: int) -> None:
    """Of few examples every one is drawn in the end: that one is not, is one chance in 10^8."""
    site, kept = question.student.site(question.training.role), question.student.kept
    # Two classifiers that inherit one `train` draw alike.
    key = ("never drawn", site.file, site.line, site.name if site.line is None else "", seed)
    if key not in kept:
        kept[key] = _never_drawn(question, seed)
    never = kept[key]
    which = {0: "the first", FEW - 1: "the last"}
    names = " and ".join(which.get(number, f"number {number}") for number in never[:3])
    expect.true(
        not never,
        f"{names} of {FEW} examples is never drawn, in {MANY_STEPS} batches of {BATCH}",
        help="np.random.choice(num_train, batch_size) draws from all; the end of randint is not drawn itself",
        mistake="example-never-drawn" if len(never) < FEW // 2 else None,
    )


def _never_drawn(question: LinearQuestion | TwoLayerQuestion, seed: int) -> list[int]:
    """The numbers of few examples that no batch of many holds."""
    try:
        batches = train_spied(question, seed, spied_data(seed, FEW), MANY_STEPS).batches
    except (StudentError, BadResult):
        return []  # what it does with few examples is not asked here
    return sorted(set(range(FEW)) - {int(n) for batch in batches for n in _numbers_of(batch.X, FEW)})


def _numbers_of(rows: NDArray[np.float64], count: int) -> NDArray[np.int64]:
    """The numbers that rows of `spied_data` bear, from 0 to `count` - 1; any where they bear none."""
    borne = np.where(np.abs(rows[:, 0]) < count, rows[:, 0], 0.0)
    return np.rint(borne).astype(np.int64) % count


def _expect_random(
    expect: Expect, drawn: list[NDArray[np.int64]], shape: tuple[int, ...], different: bool
) -> None:
    """Twelve batches of 16 out of 64 reach most examples, and are not runs of neighbours."""
    count, features = shape
    neighbours = all(np.array_equal(np.diff(i) % count, np.ones(len(i) - 1)) for i in drawn if len(i) > 1)
    fact = "the batches are consecutive rows of X, not random ones"
    advice = "draw the indices at random"
    expect.true(not (neighbours and different), fact, help=advice, mistake="batches-in-order")
    reached = {int(n) for i in drawn for n in i}
    sizes = {features: "there are features", len(drawn[0]) if drawn else 0: "a batch has"}
    size = sizes.get(len(reached)) if reached == set(range(len(reached))) else None
    first, why = ("the first ", f", as many as {size}") if size else ("", "")
    fact = f"{len(drawn)} batches reached only {first}{len(reached)} of {count} examples{why}"
    expect.true(
        len(reached) > count // 2 or not different,
        fact,
        help="draw from all of X: np.random.choice(num_train, batch_size)",
        mistake="batch-drawn-from-too-few" if size else None,
    )
