"""The checks of training that a spy in the loss's place follows, on trainings right and wrong."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from judged import ALL, result_of

from grader.checking.check import Setting
from grader.intake.site import Site
from grader.result import CheckResult, Verdict
from grader.student.in_process import InProcess
from reference import linear

SPIED = ("sgd_step", "minibatches", "passes_reg", "loss_history")
Step = Callable[..., Any]


class Base:
    """The course's classifier; `step` makes one step and returns its loss."""

    step: Step

    def __init__(self) -> None:
        self.W: Any = None

    def loss(self, X_batch: Any, y_batch: Any, reg: float) -> Any:
        return linear.svm_loss_vectorized(self.W, X_batch, y_batch, reg)

    def predict(self, X: Any) -> Any:
        return np.argmax(X @ self.W, axis=1)

    def train(
        self,
        X: Any,
        y: Any,
        learning_rate: float = 1e-3,
        reg: float = 1e-5,
        num_iters: int = 100,
        batch_size: int = 200,
        verbose: bool = False,
    ) -> Any:
        self.W = 0.001 * np.random.randn(X.shape[1], y.max() + 1)
        return [self.step(X, y, learning_rate, reg, batch_size, it) for it in range(num_iters)]


def plain(self: Any, X: Any, y: Any, rate: float, reg: float, size: int, it: int) -> Any:
    rows = np.random.choice(len(X), size)
    loss, grad = self.loss(X[rows], y[rows], reg)
    self.W = self.W - rate * grad
    return loss


def verdicts(step: Step = plain, seed: int = 231, **methods: Any) -> dict[str, CheckResult]:
    cls = type("LinearSVM", (Base,), {"step": step, **methods})
    who = InProcess(
        {"LinearSVM": cls},
        {f"svm.{name}": Site(None, "LinearSVM", name) for name in ("train", "predict")},
    )
    subjects: dict[str, Any] = {}
    wanted = (*(f"train.{name}" for name in SPIED), "train.loss_decreases", "predict.argmax")
    return {name: result_of(ALL[f"svm.{name}"], who, Setting(seed), subjects) for name in wanted}


def broken(results: dict[str, CheckResult]) -> set[str]:
    return {name for name, result in results.items() if result.verdict is not Verdict.PASSED}


def with_names(self: Any, X: Any, y: Any, rate: float, reg: float, size: int, it: int) -> Any:
    rows = np.random.choice(len(X), size)
    loss, grad = self.loss(X[rows], reg=reg, y_batch=y[rows])
    self.W = self.W - rate * grad
    return loss


def through_the_class(self: Any, X: Any, y: Any, rate: float, reg: float, size: int, it: int) -> Any:
    rows = np.random.choice(len(X), size)
    loss, grad = type(self).loss(self, X[rows], y[rows], reg)
    self.W = self.W - rate * grad
    return loss


def with_a_list_of_labels(self: Any, X: Any, y: Any, rate: float, reg: float, size: int, it: int) -> Any:
    rows = np.random.choice(len(X), size)
    loss, grad = self.loss(X[rows], list(y[rows]), reg)
    self.W = self.W - rate * grad
    return loss


def in_float32(self: Any, X: Any, y: Any, rate: float, reg: float, size: int, it: int) -> Any:
    return plain(self, X.astype(np.float32), y, rate, reg, size, it)


def watching_all_of_x(self: Any, X: Any, y: Any, rate: float, reg: float, size: int, it: int) -> Any:
    loss = plain(self, X, y, rate, reg, size, it)
    self.loss(X, y, 0.0)
    return loss


def watching_before_the_step(self: Any, X: Any, y: Any, rate: float, reg: float, size: int, it: int) -> Any:
    self.loss(X[:20], y[:20], 0.0)
    return plain(self, X, y, rate, reg, size, it)


def watching_now_and_then(self: Any, X: Any, y: Any, rate: float, reg: float, size: int, it: int) -> Any:
    loss = plain(self, X, y, rate, reg, size, it)
    if it % 4 == 0:
        self.loss(X[:size] + 0.5, y[:size], 0.0)
    return loss


def asking_twice(self: Any, X: Any, y: Any, rate: float, reg: float, size: int, it: int) -> Any:
    rows = np.random.choice(len(X), size)
    loss = self.loss(X[rows], y[rows], reg)[0]
    self.W = self.W - rate * self.loss(X[rows], y[rows], reg)[1]
    return loss


def asking_afterwards(self: Any, X: Any, y: Any, rate: float, reg: float, size: int, it: int) -> Any:
    rows = np.random.choice(len(X), size)
    self.W = self.W - rate * self.loss(X[rows], y[rows], reg)[1]
    return self.loss(X[rows], y[rows], reg)[0]


@pytest.mark.parametrize(
    "step",
    [
        *(plain, with_names, through_the_class, with_a_list_of_labels, in_float32, watching_all_of_x),
        *(watching_before_the_step, watching_now_and_then, asking_twice, asking_afterwards),
    ],
)
def test_right_trainings_pass(step: Step) -> None:
    assert broken(verdicts(step)) == set()


@pytest.mark.parametrize("seed", range(10))
def test_plain_steps_have_no_momentum_whatever_rounding_adds(seed: int) -> None:
    assert broken(verdicts(seed=seed)) == set()


def test_steps_of_float32_weights_have_no_momentum() -> None:
    def step(self: Any, X: Any, y: Any, rate: float, reg: float, size: int, it: int) -> Any:
        self.W = self.W.astype(np.float32)
        loss = plain(self, X, y, rate, reg, size, it)
        self.W = self.W.astype(np.float32)
        return loss

    assert verdicts(step)["train.sgd_step"].verdict is Verdict.PASSED


def test_what_a_spy_left_on_the_class_changes_no_other_object() -> None:
    first, second = verdicts(through_the_class), verdicts(through_the_class)
    assert first == second
    assert first["train.loss_decreases"].verdict is Verdict.PASSED


@pytest.mark.parametrize("watch", [False, True])
def test_a_wrong_batch_size_is_told_with_its_number(watch: bool) -> None:
    def fixed(self: Any, X: Any, y: Any, rate: float, reg: float, size: int, it: int) -> Any:
        loss = plain(self, X, y, rate, reg, 10, it)
        if watch and it % 3 == 0:
            self.loss(X, y, reg)
        return loss

    result = verdicts(fixed)["train.minibatches"]
    assert result.message == "batches had 10 examples, not batch_size=16"
    assert result.mistakes == ("wrong-batch-size",)
    assert verdicts(fixed)["train.sgd_step"].verdict is Verdict.PASSED


@pytest.mark.parametrize(
    ("size", "mistakes"),
    [(16, ("batches-in-order",)), (8, ("wrong-batch-size", "batches-in-order"))],
)
def test_slices_are_used_up_only_where_they_have_the_right_size(size: int, mistakes: tuple[str, ...]) -> None:
    def sliced(self: Any, X: Any, y: Any, rate: float, reg: float, asked: int, it: int) -> Any:
        rows = slice(it * size, (it + 1) * size)
        loss, grad = self.loss(X[rows], y[rows], reg)
        self.W = self.W - rate * grad
        return loss

    result = verdicts(sliced)["train.minibatches"]
    assert result.mistakes == mistakes
    assert ("used up" in result.message) == (size == 16)


def test_batches_that_are_not_of_x_prove_no_other_mistake() -> None:
    def scaled(self: Any, X: Any, y: Any, rate: float, reg: float, size: int, it: int) -> Any:
        return plain(self, 0.0 * X, y, rate, reg, size, it)

    result = verdicts(scaled)["train.minibatches"]
    assert (result.verdict, result.mistakes) == (Verdict.FAILED, ())
    assert result.message == "a batch holds rows that are not rows of X"


def test_one_batch_for_all_steps_is_named() -> None:
    def same(self: Any, X: Any, y: Any, rate: float, reg: float, size: int, it: int) -> Any:
        return plain(self, X[:size], y[:size], rate, reg, size, it)

    def always(self: Any, X: Any, y: Any, rate: float, reg: float, size: int, it: int) -> Any:
        loss, grad = self.loss(X[:size], y[:size], reg)
        self.W = self.W - rate * grad
        return loss

    assert "same-batch-every-step" in verdicts(always)["train.minibatches"].mistakes
    assert "same-batch-every-step" not in verdicts(same)["train.minibatches"].mistakes


@pytest.mark.parametrize("times", [2, 20])
def test_all_steps_are_counted(times: int) -> None:
    def often(self: Any, *args: Any, **settings: Any) -> Any:
        return Base.train(self, *args, **{**settings, "num_iters": times * settings["num_iters"]})

    result = verdicts(train=often)["train.sgd_step"]
    assert result.message == f"{12 * times} steps were made for num_iters=12"


def test_a_training_that_never_moves_is_named() -> None:
    def still(self: Any, X: Any, y: Any, rate: float, reg: float, size: int, it: int) -> Any:
        return plain(self, X, y, 0.0, reg, size, it)

    results = verdicts(still)
    assert results["train.sgd_step"].mistakes == ("no-update",)
    assert results["train.minibatches"].verdict is Verdict.PASSED


def once(self: Any, X: Any, y: Any, **settings: Any) -> Any:
    return Base.train(self, X, y, **settings) if self.W is None else []


def only_once(self: Any, X: Any, y: Any, **settings: Any) -> Any:
    if self.W is not None:
        raise RuntimeError("trained already")
    return Base.train(self, X, y, **settings)


def test_a_second_training_makes_steps_too_unless_it_refuses() -> None:
    results = verdicts(train=once)
    assert results["train.sgd_step"].mistakes == ("second-training-does-nothing",)
    assert broken(verdicts(train=only_once)) == set()


def test_a_batch_that_is_not_drawn_is_missing() -> None:
    def stub(self: Any, X: Any, y: Any, rate: float, reg: float, size: int, it: int) -> Any:
        return self.loss(None, None, reg)[0]

    results = verdicts(stub)
    assert {results[f"train.{name}"].verdict for name in SPIED} == {Verdict.MISSING}


ODD_BATCHES = [
    lambda X: X[0, 0] * 1.0,
    lambda X: X[0],
    lambda X: X[np.newaxis],
    lambda X: X[:, :0],
    lambda X: X[:0],
    lambda X: X + 0j,
    lambda X: X * np.nan,
    lambda X: X * 1e300,
    lambda X: [[1.0], [1.0, 2.0]],
    lambda X: "X",
]


@pytest.mark.parametrize("batch", ODD_BATCHES)
def test_an_odd_batch_fails(batch: Any) -> None:
    def odd(self: Any, X: Any, y: Any, rate: float, reg: float, size: int, it: int) -> Any:
        loss, grad = self.loss(batch(X), y[:size], reg)
        self.W = self.W - rate * grad
        return loss

    assert verdicts(odd)["train.minibatches"].verdict is Verdict.FAILED


@pytest.mark.parametrize(
    "W", [np.zeros((6, 4)), np.array(3.0), np.zeros((5, 4)) + 0j, "W", None, [[1], [1, 2]]]
)
def test_odd_weights_fail(W: Any) -> None:
    def odd(self: Any, X: Any, y: Any, rate: float, reg: float, size: int, it: int) -> Any:
        loss = plain(self, X, y, rate, reg, size, it)
        self.W = W
        return loss

    def last(self: Any, *args: Any, **settings: Any) -> Any:
        losses = Base.train(self, *args, **settings)
        self.W = W
        return losses

    assert verdicts(train=last)["train.sgd_step"].verdict is Verdict.FAILED
    assert verdicts(odd)["train.sgd_step"].verdict in (Verdict.FAILED, Verdict.ERROR)


@pytest.mark.parametrize("reg", [np.zeros(2), np.array(0.83 + 1j), "0.83", None, [0.83, 0.83]])
def test_an_odd_reg_fails(reg: Any) -> None:
    def odd(self: Any, X: Any, y: Any, rate: float, given: float, size: int, it: int) -> Any:
        return plain(self, X, y, rate, reg, size, it)

    assert verdicts(odd)["train.passes_reg"].verdict is Verdict.FAILED
    assert verdicts(odd)["train.sgd_step"].verdict is Verdict.PASSED


@pytest.mark.parametrize(
    "history",
    [[None] * 12, ["1.75"] * 12, [{}] * 12, [[[1], [1, 2]]] * 12, {"a": 1}, "losses", 1.75, [2**63] * 12],
)
def test_an_odd_history_fails(history: Any) -> None:
    def train(self: Any, *args: Any, **settings: Any) -> Any:
        Base.train(self, *args, **settings)
        return history

    results = verdicts(train=train)
    assert broken(results) == {"train.loss_history"}
    assert results["train.loss_history"].verdict is Verdict.FAILED


@pytest.mark.parametrize("entry", [5, {}, {"args": 1}, {"args": (), "kwargs": {1: 2}, "watched": 3}])
def test_what_is_asked_in_the_loss_place_is_no_fault_of_ours(entry: Any) -> None:
    def meddling(self: Any, X: Any, y: Any, rate: float, reg: float, size: int, it: int) -> Any:
        loss = plain(self, X, y, rate, reg, size, it)
        self.loss.answer(entry)
        return loss

    assert verdicts(meddling)["train.sgd_step"].verdict is Verdict.FAILED


def test_a_second_result_of_train_is_told_as_that_and_not_as_two_losses() -> None:
    def train(self: Any, *args: Any, **kwargs: Any) -> Any:
        return Base.train(self, *args, **kwargs), [1.0, 2.0]

    found = verdicts(train=train)["train.loss_history"]
    assert found.message == "`train` returned 2 results, where it is the list of the losses alone"
