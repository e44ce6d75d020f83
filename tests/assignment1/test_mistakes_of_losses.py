"""Every catalogued mistake of a loss, planted in plain loops, is named exactly; correct functions are not."""

from __future__ import annotations

import time
from functools import cache
from itertools import combinations

import numpy as np
import pytest
from correct_losses import CORRECT, svm_half
from hypothesis import given, settings
from hypothesis import strategies as st
from planted_losses import PLANTED, compatible, plant

from grader.assignment1.catalogue import CATALOGUE
from grader.assignment1.linear.mistakes import diagnose_layer_loss, diagnose_linear_loss

SINGLES = [(kind, mistake) for kind, planted in PLANTED.items() for mistake in planted]


@pytest.mark.parametrize(("kind", "mistake"), SINGLES)
def test_a_planted_mistake_is_named_and_no_other(kind, mistake):
    outcome = diagnose_linear_loss(kind, plant(kind, PLANTED[kind][mistake]))
    assert (outcome.status, outcome.mistakes, outcome.candidates) == ("explained", (mistake,), ())
    assert outcome.residual is None or outcome.residual < 1e-12
    assert set(outcome.slots[mistake]) <= set(CATALOGUE.slots(mistake)) | {
        "regularization_gradient"  # a constant of one's own is in the gradient as well
    }
    assert outcome.explanations[mistake]
    assert outcome.explanations[mistake] in outcome.statement
    assert "{" not in outcome.statement


def test_every_mistake_that_is_simulated_is_planted():
    simulated = {row.id for row in CATALOGUE.rows.values() if row.deviations or row.replaces}
    assert simulated <= {mistake for _, mistake in SINGLES}


@pytest.mark.parametrize(("kind", "mistake"), SINGLES)
@pytest.mark.slow
def test_another_seed_names_the_same(kind, mistake):
    outcome = diagnose_linear_loss(kind, plant(kind, PLANTED[kind][mistake]), seed=1)
    assert outcome.mistakes == (mistake,)


@pytest.mark.parametrize(
    ("kind", "loss"), [pytest.param(k, f, id=f"{k}-{f.__name__}") for k in CORRECT for f in CORRECT[k]]
)
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_a_correct_function_is_right(kind, loss, seed):
    outcome = diagnose_linear_loss(kind, loss, seed=seed)
    assert (outcome.status, outcome.mistakes, outcome.candidates) == ("right", (), ())


def test_the_convention_is_the_functions_own():
    assert diagnose_linear_loss("svm", plant("svm")).convention == 1.0
    assert diagnose_linear_loss("svm", svm_half).convention == 0.5


# --- two mistakes ---------------------------------------------------------------------------------------


@cache
def _pairs(kind):
    return [pair for pair in combinations(PLANTED[kind], 2) if compatible(kind, *pair)]


def _together(*mistakes):
    """The ids that stand for a set of mistakes: a pair may have a name of its own."""
    ids = {part for mistake in mistakes for part in (CATALOGUE[mistake].replaces or (mistake,))}
    for row in sorted(
        (row for row in CATALOGUE.rows.values() if row.replaces), key=lambda row: -len(row.replaces)
    ):
        if set(row.replaces) <= ids:
            ids = ids - set(row.replaces) | {row.id}
    return tuple(sorted(ids))


@given(data=st.data(), kind=st.sampled_from(["svm", "softmax"]), seed=st.integers(0, 3))
@settings(max_examples=120, deadline=None)
def test_two_mistakes_are_named_exactly_or_admitted_as_ambiguous(data, kind, seed):
    pair = data.draw(st.sampled_from(_pairs(kind)))
    outcome = diagnose_linear_loss(kind, plant(kind, *(PLANTED[kind][one] for one in pair)), seed=seed)
    expected = _together(*pair)
    if outcome.status == "explained":
        assert outcome.mistakes == expected
    elif outcome.status == "partly":
        assert set(outcome.mistakes) < {*pair, *expected}
    elif outcome.status == "ambiguous":
        assert expected in outcome.candidates
        assert not outcome.mistakes
    else:
        assert outcome.status == "unexplained"
        assert outcome.mistakes == ()


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["svm", "softmax"])
def test_of_pairs_at_least_95_percent_are_named(kind):
    pairs = _pairs(kind)[::10]
    named = 0
    for pair in pairs:
        outcome = diagnose_linear_loss(kind, plant(kind, *(PLANTED[kind][one] for one in pair)))
        named += outcome.mistakes == _together(*pair)
        known = set() if outcome.status == "explained" else set(pair)
        assert set(outcome.mistakes) < known or outcome.mistakes in ((), _together(*pair)), pair
    assert len(pairs) > 400
    assert named / len(pairs) >= 0.95


def test_three_mistakes():
    edits = [PLANTED["svm"][one] for one in ("gradient-not-divided-by-n", "correct-class-counted-in-loss")]
    outcome = diagnose_linear_loss(
        "svm", plant("svm", *edits, PLANTED["svm"]["forgot-regularization-gradient"])
    )
    assert outcome.mistakes == (
        "correct-class-counted-in-loss",
        "forgot-regularization-gradient",
        "gradient-not-divided-by-n",
    )


# --- conventions, constants, precision ------------------------------------------------------------------


def _svm_with(penalty, decay):
    """A correct data part with L2 terms of one's own."""

    def loss(W, X, y, reg):
        value, dW = svm_half(W, X, y, 0.0)
        return value + penalty(W, reg), dW + decay(W, reg)

    return loss


def squares(W):
    return np.sum(W * W)


# Loss, gradient (without and with the usual factors) and what is wrong with the two together.
TERMS = [
    (lambda W, r: r * squares(W), lambda W, r: r * W, ["regularization-gradient-half"]),
    (lambda W, r: r / 2 * squares(W), lambda W, r: 2 * r * W, ["regularization-gradient-double"]),
    # Without a term in the loss the convention is unknown: both gradients are the derivative of one.
    (lambda W, r: 0, lambda W, r: r * W, ["forgot-regularization-loss"]),
    (lambda W, r: 0, lambda W, r: 2 * r * W, ["forgot-regularization-loss"]),
    # Any constant, and no half or double beside it.
    (lambda W, r: r * squares(W), lambda W, r: r * np.sum(W), ["regularization-gradient-sum-of-w"]),
    (lambda W, r: r * squares(W), lambda W, r: 0.7 * r * np.sum(W), ["regularization-gradient-sum-of-w"]),
    (lambda W, r: r / 2 * squares(W), lambda W, r: 2 * r * abs(W), ["regularization-gradient-of-abs-w"]),
    (lambda W, r: r * squares(W), lambda W, r: 3 * r * np.sign(W), ["regularization-gradient-of-abs-w"]),
    (lambda W, r: 0.03 * squares(W), lambda W, r: 0.06 * W, ["loss-ignores-reg-argument"]),
    (lambda W, r: 0.03 * squares(W), lambda W, r: 2 * r * W, ["loss-ignores-reg-argument"]),
    (lambda W, r: squares(W), lambda W, r: 2 * r * W, ["regularization-loss-without-strength"]),
    (lambda W, r: 2 * r * squares(W), lambda W, r: r * W, ["regularization-factors-swapped"]),
    (lambda W, r: 2 * r * squares(W), lambda W, r: 2 * r * W, ["regularization-loss-wrong-factor"]),
    # A loss that is right is not accused, although two halves of another convention would explain both.
    (lambda W, r: r * squares(W), lambda W, r: r / 2 * W, ["regularization-gradient-quarter"]),
    (
        lambda W, r: 3 * r * squares(W),
        lambda W, r: 6 * r * W,
        ["regularization-gradient-wrong-factor", "regularization-loss-wrong-factor"],
    ),
]


@pytest.mark.parametrize(("penalty", "decay", "mistakes"), TERMS)
def test_the_terms_are_judged_together(penalty, decay, mistakes):
    outcome = diagnose_linear_loss("svm", _svm_with(penalty, decay))
    assert (outcome.status, outcome.mistakes) == ("explained", tuple(mistakes))


@pytest.mark.parametrize("kind", ["svm", "softmax"])
def test_float32_arithmetic_is_allowed_for(kind):
    wrong = plant(kind, PLANTED[kind]["regularization-gradient-half"])

    def in_float32(W, X, y, reg):
        return wrong(W.astype(np.float32), X.astype(np.float32), y, np.float32(reg))

    outcome = diagnose_linear_loss(kind, in_float32)
    assert outcome.mistakes == ("regularization-gradient-half",)
    assert outcome.residual is not None
    assert 1e-9 < outcome.residual < 1e-5


def test_a_difference_just_above_the_tolerance_is_seen():
    def nearly(W, X, y, reg):
        loss, dW = svm_half(W, X, y, reg)
        return loss, dW * (1 + 3e-5)

    outcome = diagnose_linear_loss("svm", nearly)
    assert outcome.status == "partly"
    assert "wrong: the gradient at reg = 0" in outcome.open


# --- what is no explanation ------------------------------------------------------------------------------


def test_an_unknown_mistake_is_told_by_what_is_right_and_what_is_wrong():
    def odd(W, X, y, reg):
        loss, dW = svm_half(W, X, y, reg)
        return loss, dW + np.sin(W)

    outcome = diagnose_linear_loss("svm", odd)
    assert (outcome.status, outcome.mistakes, outcome.candidates) == ("unexplained", (), ())
    assert outcome.statement == (
        "on random numbers, right: the loss at reg = 0, what reg adds to the loss, what reg adds to the "
        "gradient; wrong: the gradient at reg = 0"
    )


@pytest.mark.parametrize("kind", ["svm", "softmax"])
@pytest.mark.parametrize(
    ("mistake", "odd_loss"),
    [
        ("gradient-not-divided-by-n", True),
        ("regularization-gradient-divided-by-n", True),
        ("regularization-gradient-sum-of-w", True),
        ("loss-not-divided-by-n", False),
        ("regularization-loss-divided-by-n", False),
    ],
)
def test_a_known_mistake_is_named_beside_an_unknown_one(kind, mistake, odd_loss):
    planted = plant(kind, PLANTED[kind][mistake])

    def loss(W, X, y, reg):
        value, dW = planted(W, X, y, reg)
        return (value + np.sin(value), dW) if odd_loss else (value, dW * np.cos(X.sum()) + np.sin(W))

    outcome = diagnose_linear_loss(kind, loss)
    assert (outcome.status, outcome.mistakes) == ("partly", (mistake,))
    assert "wrong: the loss at reg = 0" in outcome.open or not odd_loss


@pytest.mark.parametrize("kind", ["svm", "softmax"])
def test_the_parts_of_one_side_are_told_apart(kind):
    planted = plant(kind, PLANTED[kind]["regularization-gradient-divided-by-n"])

    def loss(W, X, y, reg):
        value, dW = planted(W, X, y, reg)
        return value, dW + np.sin(X.sum(axis=0))[:, None]

    outcome = diagnose_linear_loss(kind, loss)
    assert (outcome.status, outcome.mistakes) == ("partly", ("regularization-gradient-divided-by-n",))
    assert outcome.open.endswith("wrong: the gradient at reg = 0")


def test_of_a_part_that_passed_nothing_is_said():
    # A gradient that fits ½·reg·ΣW², beside a loss with a factor of neither convention.
    loss = _svm_with(lambda W, r: 2 * r * squares(W), lambda W, r: r * W)
    outcome = diagnose_linear_loss("svm", loss, passed={"regularization_gradient"})
    assert outcome.mistakes == ("regularization-factors-swapped",)
    assert outcome.slots["regularization-factors-swapped"] == ("regularization_loss",)
    # Without reg in the loss's term, reg·W is the derivative of one of the conventions.
    loss = _svm_with(lambda W, r: squares(W), lambda W, r: r * W)
    assert diagnose_linear_loss("svm", loss).mistakes == ("regularization-loss-without-strength",)


def test_two_stories_accuse_of_neither():
    # Squared margins with half the gradient: either of two factors of 2 may be missing.
    edits = PLANTED["svm"]["squared-hinge"], PLANTED["svm"]["gradient-halved"]
    outcome = diagnose_linear_loss("svm", plant("svm", *edits))
    assert (outcome.status, outcome.mistakes) == ("ambiguous", ())
    assert ("gradient-halved", "squared-hinge") in outcome.candidates
    assert "equally well" in outcome.statement


def test_what_the_function_raises_is_told():
    def broken(W, X, y, reg):
        raise ZeroDivisionError("by zero")

    outcome = diagnose_linear_loss("svm", broken)
    assert outcome.status == "unexplained"
    assert "raises ZeroDivisionError: by zero" in outcome.statement


def test_what_runs_only_when_sizes_agree_need_not_be_right_then():
    planted = plant("svm", PLANTED["svm"]["regularization-gradient-divided-by-n"])

    def loss(W, X, y, reg):
        value, dW = planted(W, X, y, reg)
        return value, dW + np.sin(X.sum(axis=0))

    outcome = diagnose_linear_loss("svm", loss)
    assert (outcome.status, outcome.open.endswith("wrong: the gradient at reg = 0")) == ("partly", True)
    sizes = outcome.explanations["works-only-when-sizes-agree"]
    assert sizes.startswith("the function runs only when two of the numbers")


def test_exceptions_of_the_callers_own_pass():
    class TooSlowError(Exception):
        pass

    def slow(W, X, y, reg):
        raise TooSlowError

    with pytest.raises(TooSlowError):
        diagnose_linear_loss("softmax", slow, fatal=(TooSlowError,))


@pytest.mark.parametrize(
    ("result", "fact"),
    [
        ((1.0, np.zeros((2, 2))), "its gradient has shape (2, 2)"),
        ((np.zeros(3), np.zeros((5, 7))), "its loss has shape (3,), not one number"),
        ((1.0, 2.0, 3.0), "not a loss and a gradient"),
        ((1.0, "dW"), "its gradient is str, not numbers"),
    ],
)
def test_results_of_a_wrong_form_are_told(result, fact):
    outcome = diagnose_linear_loss("svm", lambda W, X, y, reg: result)
    assert (outcome.status, outcome.mistakes) == ("unexplained", ())
    assert fact in outcome.statement


def test_nan_is_told():
    outcome = diagnose_linear_loss("softmax", lambda W, X, y, reg: (np.nan, np.cos(W)))
    assert outcome.status == "unexplained"
    assert "100% of its loss is nan or infinite" in outcome.statement


def test_a_right_function_that_works_with_ten_classes_only():
    def ten(W, X, y, reg):
        assert W.shape[1] == 10
        return svm_half(W, X, y, reg)

    outcome = diagnose_linear_loss("svm", ten)
    assert outcome.mistakes == ("hard-coded-number-of-classes",)
    assert outcome.convention == 0.5


def test_a_gradient_of_none_is_not_implemented():
    outcome = diagnose_linear_loss("svm", lambda W, X, y, reg: (svm_half(W, X, y, reg)[0], None))
    assert outcome.mistakes == ("gradient-not-implemented",)


# --- layers ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["svm", "softmax"])
def test_a_right_layer(kind):
    assert diagnose_layer_loss(kind, _right_layer(kind)).status == "right"


def _right_layer(kind):
    def loss(x, y):
        linear = CORRECT[kind][1]
        value, dx = linear(x, np.eye(len(y)), y, 0.0)
        return value, dx

    return loss


def _shows_in_a_layer(mistake):
    """Without reg and W no mistake about them shows, and X is the identity: as many features as examples."""
    slots = CATALOGUE.slots(mistake)
    about_others = any(word in mistake for word in ("features", "reg", "transposed", "forgot"))
    deviations = CATALOGUE[mistake].deviations
    of_inputs = any(deviation.inputs for deviation in deviations)
    return bool(deviations) and slots[0].startswith("data") and not about_others and not of_inputs


@pytest.mark.parametrize(
    ("kind", "mistake"), [(kind, mistake) for kind, mistake in SINGLES if _shows_in_a_layer(mistake)]
)
def test_a_planted_mistake_of_a_layer(kind, mistake):
    planted = plant(kind, PLANTED[kind][mistake])
    outcome = diagnose_layer_loss(kind, lambda x, y: planted(x, np.eye(len(y)), y, 0.0))
    nothing = {
        "data-gradient-missing": "gradient-not-implemented",
        "data-loss-missing": "loss-not-implemented",
    }
    assert (outcome.status, outcome.mistakes) == ("explained", (nothing.get(mistake, mistake),))


# --- cost ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["svm", "softmax"])
def test_a_diagnosis_costs_little(kind):
    wrong = plant(kind, PLANTED[kind]["forgot-regularization-gradient"])
    diagnose_linear_loss(kind, wrong)
    start = time.process_time()
    diagnose_linear_loss(kind, wrong)
    assert time.process_time() - start < 0.1
