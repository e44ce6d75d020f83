"""The checks of the SVM and softmax losses, on functions with one known fault each."""

import functools
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from judged import ALL, explained, result_of

from grader.assignment1 import ASSIGNMENT
from grader.checking.check import Setting
from grader.checking.finding import Finding
from grader.checking.run import Runner
from grader.intake.site import Site
from grader.result import CheckResult, Verdict
from grader.student.in_process import InProcess
from reference import linear

Loss = Callable[..., Any]
NAMES = {
    "svm.naive": "svm_loss_naive",
    "svm.vectorized": "svm_loss_vectorized",
    "softmax.naive": "softmax_loss_naive",
    "softmax.vectorized": "softmax_loss_vectorized",
}


def verdicts(transposed: bool = False, **replaced: Loss) -> dict[str, CheckResult]:
    """All results for the reference with some functions replaced."""
    live = {name: replaced.get(name, getattr(linear, name)) for name in NAMES.values()}
    sites = {role: Site(None, name, transposed=transposed) for role, name in NAMES.items()}
    student, subjects = InProcess(live, sites), {}
    compared = ("svm.agreement", "softmax.agreement")
    wanted = [c for c in ALL.values() if c.role in (*NAMES, *compared)]
    return {c.id: result_of(c, student, Setting(), subjects) for c in wanted}


def broken(results: dict[str, CheckResult]) -> set[str]:
    return {name for name, result in results.items() if result.verdict is not Verdict.PASSED}


def altered(change: Callable[..., Any], name: str = "svm_loss_naive") -> Loss:
    """The reference with its result changed by `change(loss, dW, W, X, y, reg)`."""

    def loss(W: Any, X: Any, y: Any, reg: float) -> Any:
        return change(*getattr(linear, name)(W, X, y, reg), W, X, y, reg)

    return loss


def test_the_reference_passes_every_check() -> None:
    assert broken(verdicts()) == set()


def test_both_conventions_pass_also_within_one_file() -> None:
    half = {name: functools.partial(getattr(linear, name), l2=0.5) for name in NAMES.values()}
    assert broken(verdicts(**half)) == set()
    assert broken(verdicts(svm_loss_naive=half["svm_loss_naive"])) == set()


def test_the_orientation_of_2015_passes() -> None:
    def turned(f: Loss) -> Loss:
        def loss(W: Any, X: Any, y: Any, reg: float) -> Any:
            value, dW = f(W.T, X.T, y, reg)
            return value, dW.T

        return loss

    assert broken(verdicts(True, **{n: turned(getattr(linear, n)) for n in NAMES.values()})) == set()


@pytest.mark.parametrize(
    "result",
    [
        lambda loss, dW: (np.float32(loss), dW.astype(np.float32)),
        lambda loss, dW: (np.array(loss), np.asmatrix(dW)),
        lambda loss, dW: [np.asmatrix(loss), dW],
    ],
    ids=["float32", "matrix", "list"],
)
@pytest.mark.filterwarnings("ignore:.*matrix:PendingDeprecationWarning")
def test_other_right_forms_of_a_result_pass(result: Callable[..., Any]) -> None:
    assert broken(verdicts(svm_loss_naive=altered(lambda loss, dW, *_: result(loss, dW)))) == set()


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (
            lambda loss, dW, W, X, y, reg: (loss, dW - 2 * reg * W),
            {"svm.naive.regularization_gradient", "svm.agreement.gradient"},
        ),
        (
            lambda loss, dW, W, X, y, reg: (loss + 1, dW),
            {"svm.naive.zero_weights", "svm.naive.loss", "svm.agreement.loss"},
        ),
        (
            lambda loss, dW, W, X, y, reg: (loss, dW + 1e-3 * (np.arange(dW.size) == 7).reshape(dW.shape)),
            {"svm.naive.gradient", "svm.agreement.gradient"},
        ),
        (
            lambda loss, dW, W, X, y, reg: (loss, dW.T),
            {"svm.naive.gradient", "svm.naive.regularization_gradient", "svm.agreement.gradient"},
        ),
        (
            lambda loss, dW, W, X, y, reg: (loss, np.full_like(dW, np.nan)),
            {"svm.naive.gradient", "svm.naive.regularization_gradient", "svm.agreement.gradient"},
        ),
    ],
    ids=["no-reg-gradient", "own-class", "one-entry", "transposed", "nan"],
)
def test_a_fault_breaks_exactly_its_checks(change: Callable[..., Any], expected: set[str]) -> None:
    results = verdicts(svm_loss_naive=altered(change))
    assert broken(results) == expected
    assert all(results[name].verdict is Verdict.FAILED and results[name].message for name in expected)


@pytest.mark.parametrize("size", [3e-5, 3e-6])
def test_the_tolerance_lies_between_a_small_bug_and_float32(size: float) -> None:
    """A relative error of 3e-5 fails, one of 3e-6 passes."""
    results = verdicts(svm_loss_naive=altered(lambda loss, dW, *_: (loss * (1 + size), dW)))
    assert ("svm.naive.loss" in broken(results)) == (size > 1e-5)


@pytest.mark.parametrize(
    "stub",
    [
        lambda W, X, y, reg: None,
        lambda W, X, y, reg: (0.0, np.zeros_like(W)),
        lambda W, X, y, reg: (0.0, None),
    ],
)
def test_a_stub_is_missing_never_wrong(stub: Loss) -> None:
    results = verdicts(softmax_loss_vectorized=stub)
    own = {
        name: r.verdict
        for name, r in results.items()
        if name.startswith(("softmax.vectorized", "softmax.agr"))
    }
    assert set(own.values()) == {Verdict.MISSING}
    assert broken(results) == set(own)


def test_not_implemented_error_is_missing() -> None:
    def stub(*args: Any) -> None:
        raise NotImplementedError

    assert verdicts(svm_loss_naive=stub)["svm.naive.loss"].verdict is Verdict.MISSING


def test_a_zero_gradient_beside_a_right_loss_is_missing() -> None:
    results = verdicts(svm_loss_naive=altered(lambda loss, dW, *_: (loss, 0 * dW)))
    assert results["svm.naive.loss"].verdict is Verdict.PASSED
    assert results["svm.naive.gradient"].verdict is Verdict.MISSING


def test_an_exception_is_told_in_the_students_words() -> None:
    def fails(W: Any, X: Any, y: Any, reg: float) -> Any:
        raise IndexError("index 30 is out of bounds")

    result = verdicts(svm_loss_naive=fails)["svm.naive.loss"]
    assert result.verdict is Verdict.ERROR
    assert result.message == "`svm_loss_naive` raised IndexError: index 30 is out of bounds"


def test_changing_an_input_is_seen() -> None:
    def careless(W: Any, X: Any, y: Any, reg: float) -> Any:
        result = linear.svm_loss_vectorized(W, X, y, reg)
        X -= 1
        return result

    results = verdicts(svm_loss_vectorized=careless)
    assert broken(results) == {"svm.vectorized.inputs_unchanged"}
    assert results["svm.vectorized.inputs_unchanged"].mistakes == ("inputs-modified",)


def test_loops_over_examples_are_counted_and_loops_over_classes_are_not() -> None:
    def over_classes(W: Any, X: Any, y: Any, reg: float) -> Any:
        for _ in range(W.shape[1]):
            pass
        return linear.svm_loss_vectorized(W, X, y, reg)

    assert broken(verdicts(svm_loss_vectorized=linear.svm_loss_naive)) == {"svm.vectorized.no_python_loops"}
    assert broken(verdicts(svm_loss_vectorized=over_classes)) == set()


def test_loops_over_pairs_of_labels_that_occur_are_not_counted() -> None:
    def pairwise(W: Any, X: Any, y: Any, reg: float) -> Any:
        loss, dW = linear.svm_loss_vectorized(W, X, y, reg)
        violated = X @ W - np.take_along_axis(X @ W, y[:, None], axis=1) + 1 > 0
        for j in range(W.shape[1]):
            for label in np.unique(y[violated[:, j]]):
                assert label < W.shape[1]
                assert label >= 0
        return loss, dW

    assert broken(verdicts(svm_loss_vectorized=pairwise)) == set()


def softmax(shift: Callable[[Any], Any]) -> Loss:
    def loss(W: Any, X: Any, y: Any, reg: float) -> Any:
        with np.errstate(all="ignore"):
            scores = X @ W
            p = np.exp(scores - shift(scores))
            p = p / p.sum(axis=1, keepdims=True)
            n = np.arange(len(y))
            value = -np.log(p[n, y]).mean() + reg * np.sum(W * W)
            p[n, y] -= 1
            return value, X.T @ p / len(y) + 2 * reg * W

    return loss


@pytest.mark.parametrize(
    ("shift", "mistakes"),
    [
        (lambda s: s.max(axis=1, keepdims=True), None),
        (lambda s: 0.0, ("softmax-not-shifted",)),
        (lambda s: s.max(), ("softmax-shifted-by-batch-maximum",)),
        (lambda s: s.mean(axis=1, keepdims=True), ("softmax-shifted-by-something-else",)),
        (lambda s: s.mean(), ("softmax-shifted-by-something-else",)),
        (lambda s: s.min(axis=1, keepdims=True), ("softmax-shifted-by-something-else",)),
        (lambda s: np.median(s, axis=1, keepdims=True), ("softmax-shifted-by-something-else",)),
    ],
)
def test_numeric_stability(shift: Callable[[Any], Any], mistakes: tuple[str, ...] | None) -> None:
    results = verdicts(softmax_loss_naive=softmax(shift))
    assert broken(results) == ({"softmax.naive.numeric_stability"} if mistakes else set())
    assert not mistakes or results["softmax.naive.numeric_stability"].mistakes == mistakes


def test_no_logarithm_of_python_is_told_as_numpys_infinity_is() -> None:
    def loss(W: Any, X: Any, y: Any, reg: float) -> Any:
        value, dW = linear.softmax_loss_naive(W, X, y, reg)
        scores = X @ W - (X @ W).max()
        for i in range(len(y)):
            math.log(sum(math.exp(score) for score in scores[i]))
        return value, dW

    results = verdicts(softmax_loss_naive=loss)
    assert broken(results) == {"softmax.naive.numeric_stability"}
    result = results["softmax.naive.numeric_stability"]
    assert (result.verdict, result.mistakes) == (Verdict.FAILED, ("softmax-shifted-by-batch-maximum",))


def causes(**replaced: Loss) -> dict[str, Finding]:
    """The findings of softmax, explained, for the reference with some functions replaced."""
    live = {name: replaced.get(name, getattr(linear, name)) for name in NAMES.values()}
    who = InProcess(live, {role: Site(None, name) for role, name in NAMES.items()})
    wanted = [
        c.id for c in ALL.values() if c.question == "softmax" and c.role in (*NAMES, "softmax.agreement")
    ]
    findings = Runner(ALL, ASSIGNMENT.proxy, who, Setting()).run(wanted)
    return {one.result.id: one for one in explained("softmax", findings, who).findings}


def test_what_large_scores_do_explains_no_other_check() -> None:
    unshifted = softmax(lambda s: 0.0)

    def loss(W: Any, X: Any, y: Any, reg: float) -> Any:
        value, dW = unshifted(W, X, y, reg)
        return value - reg * np.sum(W * W), dW

    found = causes(softmax_loss_vectorized=loss)
    assert found["softmax.vectorized.loss"].result.mistakes == ("forgot-regularization-loss",)
    stability = found["softmax.vectorized.numeric_stability"].result
    assert (stability.verdict, stability.reason) == (Verdict.FAILED, None)
    assert stability.mistakes == ("softmax-not-shifted",)


def test_a_disagreement_follows_from_the_side_that_fails_the_same() -> None:
    def scaled(loss: Any, dW: Any, W: Any, X: Any, y: Any, reg: float) -> Any:
        return loss, dW - 0.3 * X.T @ np.ones((len(y), W.shape[1])) / len(y)

    def half(loss: Any, dW: Any, W: Any, X: Any, y: Any, reg: float) -> Any:
        return loss, dW - reg * W

    odd, lacking = altered(scaled, "softmax_loss_naive"), altered(half, "softmax_loss_vectorized")
    name = "softmax.agreement.gradient"
    assert (
        causes(softmax_loss_naive=odd, softmax_loss_vectorized=lacking)[name].cause
        == "softmax.naive.gradient"
    )
    alone = causes(softmax_loss_vectorized=lacking)[name]
    assert (alone.cause, alone.result.mistakes) == ("softmax.vectorized.regularization_gradient", ())


def test_a_gradient_that_is_not_written_has_no_mistake() -> None:
    def without(loss: Any, dW: Any, *_: Any) -> Any:
        return loss, np.zeros_like(dW)

    found = causes(softmax_loss_naive=altered(without, "softmax_loss_naive"))
    absent = [one for one in found.values() if one.result.verdict is Verdict.MISSING]
    assert "softmax.naive.gradient" in {one.result.id for one in absent}
    assert {one.result.mistakes for one in absent} == {()}


def test_an_infinite_loss_is_wrong_and_nothing_more() -> None:
    result = verdicts(svm_loss_naive=altered(lambda loss, dW, *_: (np.inf, dW)))["svm.naive.loss"]
    assert result.verdict is Verdict.FAILED
    assert result.mistakes == ()


def test_a_guess_without_a_gradient_earns_nothing_for_being_without_loops() -> None:
    found = causes(softmax_loss_vectorized=lambda W, X, y, reg: (np.log(W.shape[1]), np.zeros_like(W)))
    assert found["softmax.vectorized.zero_weights"].result.verdict is Verdict.PASSED
    assert found["softmax.vectorized.gradient"].result.verdict is Verdict.MISSING
    assert found["softmax.vectorized.no_python_loops"].result.verdict is Verdict.SKIPPED
