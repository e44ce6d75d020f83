"""What the SVM's and the softmax loss have in common: value, gradient, regularization, vectorization."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from grader.assignment1.linear.problems import (
    COURSE_SHAPE,
    OTHER_SHAPE,
    REG,
    STRONG_REG,
    LinearProblem,
    linear,
    with_reg,
)
from grader.assignment1.linear.proxy import LinearQuestion, LossFunction, LossResult
from grader.assignment1.problems import frozen
from grader.assignment1.vectorized import (
    WITNESSED,
    expect_no_hidden_loop,
    expect_no_loop,
    processor_s,
    sizes,
)
from grader.checking.check import Setting, check
from grader.checking.compare import RTOL, agree, compare
from grader.checking.expect import Expect
from grader.diagnosis.table import CONVENTIONS
from grader.student.answers import BadResult, is_zero
from grader.student.calls import StepCount, StudentMissing
from reference import linear as reference

__all__ = [
    "LOSSES",
    "convention",
    "expected",
    "gradient",
    "loss_matches",
    "nearest_or_own",
    "regularization_gradient",
]

LOSSES = ["naive", "vectorized"]


class Answer(NamedTuple):
    loss: float
    gradient: NDArray[np.floating[Any]]


@functools.lru_cache(maxsize=512)
def expected(kind: str, problem: LinearProblem, l2: float = 1.0) -> Answer:
    """The reference's loss and dW; computed once per problem for a whole class."""
    function = reference.svm_loss_vectorized if kind == "svm" else reference.softmax_loss_vectorized
    loss, dW = function(problem.W, problem.X, problem.y, problem.reg, l2=l2)
    return Answer(float(loss), dW)


def convention(loss_function: LossFunction, seed: int) -> float | None:
    """The factor k of the function's own term k·reg·ΣW²; None when it adds neither."""
    problem = linear(seed)
    strong = with_reg(problem, STRONG_REG)
    rise = loss_function(*strong).loss - loss_function(*problem).loss
    unit = STRONG_REG * float(np.sum(problem.W**2))
    return next((k for k in CONVENTIONS if abs(rise / unit - k) <= RTOL * k), None)


def nearest_or_own(candidates: Mapping[float, float], value: float, own: float | None) -> float:
    """Of the right losses by convention the one nearest to `value`; the course's `own` where it is none."""
    nearest = min(candidates.values(), key=lambda right: abs(right - value))
    is_right = abs(nearest - value) <= RTOL * abs(nearest)
    return nearest if is_right else candidates.get(own or 0.0, nearest)


def require_gradient(loss_function: LossFunction, seed: int) -> None:
    """Raise StudentMissing when dW is zero with and without regularization."""
    problem = linear(seed)
    both = (loss_function(*problem).raw_gradient, loss_function(*with_reg(problem, STRONG_REG)).raw_gradient)
    if all(is_zero(dW) for dW in both):
        label = loss_function.site.label
        raise StudentMissing(
            f"dW of `{label}` is zero everywhere: the gradient is not implemented yet", "zeros"
        )


@check("loss", of=LOSSES)
def loss_matches(loss_function: LossFunction, expect: Expect, seed: int, setting: Setting) -> None:
    """The loss matches the reference."""
    for shape in (COURSE_SHAPE, OTHER_SHAPE):
        problem = linear(seed, shape)
        sizes = (
            "" if shape is COURSE_SHAPE else " with {2} classes, {0} examples, {1} features".format(*shape)
        )
        data = loss_function(*problem).loss
        # Once is enough: a state that shows on one shape shows on the other.
        again = loss_function.again(*problem).loss if shape is COURSE_SHAPE else data
        if not np.array_equal(again, data, equal_nan=True):
            expect.close(
                again,
                data,
                "the loss when the same call is made again",
                help="compute from the arguments only; set every accumulator to zero inside the function",
                mistake="result-depends-on-hidden-state",
            )
        expect.close(data, expected(loss_function.kind, problem).loss, f"the loss at reg = 0{sizes}")
        strong = with_reg(problem, REG)
        whole = loss_function(*strong).loss
        candidates = {k: expected(loss_function.kind, strong, k).loss for k in CONVENTIONS}
        nearest = nearest_or_own(candidates, whole, setting.penalties.get(loss_function.kind))
        advice = "the L2 term is reg * np.sum(W * W) (or half of it, if the gradient agrees)"
        expect.close(whole, nearest, f"the loss at reg = {REG:g}{sizes}", help=advice)


@check("gradient", of=LOSSES)
def gradient(loss_function: LossFunction, expect: Expect, seed: int) -> None:
    """The gradient of the data loss matches the reference."""
    require_gradient(loss_function, seed)
    problem = linear(seed)
    dW = loss_function(*problem).gradient
    expect.close(dW, expected(loss_function.kind, problem).gradient, "dW at reg = 0")


@check("regularization_gradient", of=LOSSES)
def regularization_gradient(loss_function: LossFunction, expect: Expect, seed: int) -> None:
    """The gradient includes the regularization term."""
    problem = linear(seed)
    strong = with_reg(problem, STRONG_REG)
    require_gradient(loss_function, seed)
    plain, regularized = loss_function(*problem).gradient, loss_function(*strong).gradient
    # What reg adds to dW; the data part cancels, so its mistakes do not show here.
    added = regularized - plain
    own = convention(loss_function, seed)
    right = [2 * k * STRONG_REG * problem.W for k in CONVENTIONS if own in (None, k)]
    nearest = min(right, key=lambda term: compare(added, term, RTOL).relative_error)
    term = "reg·W" if own == 0.5 else "2·reg·W"
    expect.close(
        added,
        nearest,
        f"what reg = {STRONG_REG:g} adds to dW",
        help=f"the derivative of the loss's own regularization term is {term}",
    )


@check("inputs_unchanged", of=LOSSES)
def inputs_unchanged(loss_function: LossFunction, expect: Expect, seed: int) -> None:
    """W, X and y are left as they were."""
    changed = loss_function(*with_reg(linear(seed), REG)).changed
    names = " and ".join(changed)
    expect.true(
        not changed,
        f"{names} changed during the call",
        help=f"work on a copy: {names} belongs to the caller",
        mistake="inputs-modified",
    )


@check("no_python_loops", of=["vectorized"])
def no_python_loops(loss_function: LossFunction, expect: Expect, seed: int) -> None:
    """No Python loop runs over the examples."""
    few, many = sizes(np.random.default_rng([seed, 72]))
    steps = [_counted(loss_function, expect, seed, count) for count in (few, many)]
    advice = "replace the loop over examples by operations on whole arrays"
    if expect_no_loop(expect, "examples", (few, many), steps, advice) and not expect.failed:

        def take(count: int) -> StepCount:
            return _counted(loss_function, expect, seed, count, slim=True)

        student, reference_s = loss_function.student, _reference_s(loss_function.kind, seed)
        expect_no_hidden_loop(expect, student, loss_function.role, "examples", take, reference_s)


def _counted(
    loss_function: LossFunction, expect: Expect, seed: int, count: int, *, slim: bool = False
) -> StepCount:
    """The steps for so many examples; what is right for fewer must be so for these as well."""
    usual, problem = linear(seed), _many(seed, count, slim=slim)
    result, steps = loss_function.counted(*problem)
    for what in ("loss", "gradient"):
        if _agrees(loss_function(*usual), expected(loss_function.kind, usual), what):
            right = getattr(expected(loss_function.kind, problem), what)
            expect.close(getattr(result, what), right, f"the {what} for {count} examples")
    return steps


def _agrees(result: LossResult, right: Answer, what: str) -> bool:
    try:
        return agree(np.asarray(getattr(result, what)), np.asarray(getattr(right, what)))
    except (BadResult, StudentMissing):
        return False


@functools.lru_cache(maxsize=64)
def _many(seed: int, count: int, *, slim: bool = False) -> LinearProblem:
    """Many examples, of few features and classes where they shall be `slim`, with reg = 0."""
    rng = np.random.default_rng([seed, 73, count])
    features, classes = (3, 4) if slim else (int(rng.integers(5, 10)), int(rng.integers(8, 12)))
    W, X = rng.standard_normal((features, classes)), rng.standard_normal((count, features))
    y = rng.permutation(count) % classes
    return LinearProblem(frozen(W), frozen(X), frozen(y), 0.0, f"{count} examples")


@functools.lru_cache(maxsize=8)
def _reference_s(kind: str, seed: int) -> list[float]:
    """Seconds on the processor that the reference takes for few and for many examples."""
    function = reference.svm_loss_vectorized if kind == "svm" else reference.softmax_loss_vectorized
    return [processor_s(functools.partial(function, *_many(seed, count, slim=True))) for count in WITNESSED]


@check("loss", about="agreement")
def agreement_loss(question: LinearQuestion, expect: Expect, seed: int) -> None:
    """The naive and the vectorized loss agree."""
    for problem in _comparable(question, seed):
        naive, vectorized = question.naive(*problem).loss, question.vectorized(*problem).loss
        expect.close(vectorized, naive, f"vectorized against naive loss at reg = {problem.reg:g}")


@check("gradient", about="agreement")
def agreement_gradient(question: LinearQuestion, expect: Expect, seed: int) -> None:
    """The naive and the vectorized gradient agree."""
    for side in (question.naive, question.vectorized):
        require_gradient(side, seed)
    for problem in _comparable(question, seed):
        naive, vectorized = question.naive(*problem).gradient, question.vectorized(*problem).gradient
        expect.close(vectorized, naive, f"vectorized against naive dW at reg = {problem.reg:g}")


def _comparable(question: LinearQuestion, seed: int) -> list[LinearProblem]:
    """At reg = 0, and at reg > 0 unless the two follow different conventions, each of them right."""
    problem = linear(seed)
    own: list[Any] = [convention(side, seed) for side in (question.naive, question.vectorized)]
    differ = None not in own and own[0] != own[1]
    return [problem] if differ else [problem, with_reg(problem, REG)]
