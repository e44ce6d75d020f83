"""Trainings that pretend: none of them gets what it was not asked to guess."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from test_training import Base, broken, plain, verdicts

from grader.assignment1 import ASSIGNMENT
from grader.grade import Job, grade_entry
from grader.intake.submission import single
from grader.result import Verdict
from grader.sandbox.host import Sandbox
from grader.scoring import rubric

CORRECT = Path(__file__).parents[2] / "submissions" / "correct" / "2019" / "cs231n" / "classifiers"


def steps_of(settings: dict[str, Any]) -> int:
    return int(settings["num_iters"])


def made_up_losses(self: Any, X: Any, y: Any, **settings: Any) -> Any:
    """Never asks for a loss, and returns a list that falls."""
    self.W = 0.001 * np.random.randn(X.shape[1], y.max() + 1)
    return list(np.linspace(9, 0.001, steps_of(settings)))


def closed_form(self: Any, X: Any, y: Any, **settings: Any) -> Any:
    """Solves least squares, which tells the classes apart as well as SGD does."""
    self.W = np.linalg.lstsq(X, 2.0 * np.eye(y.max() + 1)[y], rcond=None)[0]
    return list(np.linspace(9, 0.001, steps_of(settings)))


def many_calls_and_a_closed_form(self: Any, X: Any, y: Any, **settings: Any) -> Any:
    """Asks for as many losses as steps, and pays no regard to the answers."""
    closed_form(self, X, y, **settings)
    losses = []
    for _ in range(steps_of(settings)):
        rows = np.random.choice(len(X), settings["batch_size"])
        losses.append(self.loss(X[rows], y[rows], settings["reg"])[0])
        self.W = self.W * 0.99
    return losses


def answers_guessed(self: Any, X: Any, y: Any, **settings: Any) -> Any:
    """Asks once, and takes that answer for those to all the other steps, which it never asks for."""
    self.W = 0.001 * np.random.randn(X.shape[1], y.max() + 1)
    rows = np.random.choice(len(X), settings["batch_size"])
    loss, gradient = self.loss(X[rows], y[rows], settings["reg"])
    for _ in range(steps_of(settings)):
        self.W = self.W - settings["learning_rate"] * gradient
    return [loss] * steps_of(settings)


def table_of_weights(self: Any, X: Any, y: Any, **settings: Any) -> Any:
    """Shows weights from a table with every call, on steps whose gradient it thinks to know."""
    table = [np.full((X.shape[1], y.max() + 1), float(step)) for step in range(steps_of(settings) + 1)]
    losses = []
    for weights in table[:-1]:
        self.W = weights
        rows = np.random.choice(len(X), settings["batch_size"])
        losses.append(self.loss(X[rows], y[rows], settings["reg"])[0])
    self.W = table[-1]
    return losses


def own_loss_in_its_place(self: Any, X: Any, y: Any, **settings: Any) -> Any:
    """Puts a loss of its own where the judge answers, and trains with that."""
    self.loss = lambda X, y, reg: (1.75, np.ones((X.shape[1], 4)))
    return Base.train(self, X, y, **settings)


def without_a_spy(self: Any, X: Any, y: Any, **settings: Any) -> Any:
    """Deletes what stands in for the loss, and everything else of the object."""
    self.__dict__.clear()
    self.W = None
    return made_up_losses(self, X, y, **settings)


def record_made_up(self: Any, X: Any, y: Any, **settings: Any) -> Any:
    """Tells the judge of steps that it never made, from weights that it never had."""
    W = self.W = 0.001 * np.random.randn(X.shape[1], y.max() + 1)
    tell, losses = getattr(self.loss, "answer", None), []
    for _ in range(steps_of(settings)):
        rows = np.random.choice(len(X), settings["batch_size"])
        if tell:
            told = {"args": (X[rows], y[rows], settings["reg"]), "kwargs": {}, "watched": {"W": W}}
            losses.append(tell(told)[0])
        W = W - settings["learning_rate"]
    return losses


def all_answers_first(self: Any, X: Any, y: Any, **settings: Any) -> Any:
    """Gathers every answer before the first step."""
    self.W = 0.001 * np.random.randn(X.shape[1], y.max() + 1)
    losses, gradients = [], []
    for _ in range(steps_of(settings)):
        rows = np.random.choice(len(X), settings["batch_size"])
        loss, gradient = self.loss(X[rows], y[rows], settings["reg"])
        losses.append(loss)
        gradients.append(gradient)
    self.W = self.W - settings["learning_rate"] * sum(gradients)
    return losses


def aside_of_the_gradient(self: Any, X: Any, y: Any, **settings: Any) -> Any:
    """After the first step goes aside as well, where it is as far along the gradient as it should be."""
    self.W = 0.001 * np.random.randn(X.shape[1], y.max() + 1)
    losses = []
    for step in range(steps_of(settings)):
        rows = np.random.choice(len(X), settings["batch_size"])
        loss, gradient = self.loss(X[rows], y[rows], settings["reg"])
        losses.append(loss)
        aside = np.random.randn(*gradient.shape)
        aside -= np.vdot(aside, gradient) / np.vdot(gradient, gradient) * gradient
        self.W = self.W - settings["learning_rate"] * gradient + (aside if step else 0)
    return losses


def test_steps_lie_along_the_gradient() -> None:
    found = verdicts(train=aside_of_the_gradient)
    assert "step 2" in found["train.sgd_step"].message


@pytest.mark.parametrize(
    "train",
    [
        *(made_up_losses, closed_form, many_calls_and_a_closed_form, answers_guessed, table_of_weights),
        *(own_loss_in_its_place, without_a_spy, record_made_up, all_answers_first),
    ],
)
def test_a_training_that_did_not_happen_makes_no_steps(train: Any) -> None:
    found = verdicts(train=train)
    assert "train.sgd_step" in broken(found)
    assert found["train.sgd_step"].verdict in (Verdict.FAILED, Verdict.ERROR, Verdict.MISSING)
    if train is not many_calls_and_a_closed_form:
        assert broken(found) & {"train.minibatches", "train.loss_history", "train.loss_decreases"}


def test_least_squares_are_no_steps_of_sgd() -> None:
    def train(self: Any, X: Any, y: Any, **settings: Any) -> Any:
        if len(X) == 400:
            return closed_form(self, X, y, **settings)
        return Base.train(self, X, y, **settings)

    assert broken(verdicts(train=train)) == {"train.loss_decreases"}


def test_a_falling_list_does_not_make_the_loss_fall() -> None:
    def train(self: Any, X: Any, y: Any, **settings: Any) -> Any:
        return (made_up_losses if len(X) == 400 else Base.train)(self, X, y, **settings)

    assert broken(verdicts(train=train)) == {"train.loss_decreases"}


def test_examples_that_were_not_given_are_no_batches() -> None:
    def step(self: Any, X: Any, y: Any, rate: float, reg: float, size: int, it: int) -> Any:
        return plain(self, np.zeros_like(X), y, rate, reg, size, it)

    assert "train.minibatches" in broken(verdicts(step))


@pytest.mark.parametrize("loop", ["for it in range(num_iters):", "for it in range(1):"])
def test_a_training_that_moves_nothing_is_not_excused_from_what_it_leads_to(
    tmp_path: Path, loop: str
) -> None:
    classifiers = tmp_path / "cs231n" / "classifiers"
    classifiers.mkdir(parents=True)
    for name in ("linear_svm.py", "softmax.py"):
        shutil.copy(CORRECT / name, classifiers)
    text = (CORRECT / "linear_classifier.py").read_text()
    idle = text.replace("self.W -= learning_rate * grad", "pass").replace("for it in range(num_iters):", loop)
    (classifiers / "linear_classifier.py").write_text(idle)
    job = Job(ASSIGNMENT, rubric.load("assignment1", ASSIGNMENT), questions=("svm",))
    with Sandbox() as wall:
        [question] = grade_entry(single(tmp_path), job, wall).questions
    checks = {check.id: check for check in question.checks}
    assert checks["svm.train.sgd_step"].mistakes == ("no-update",)
    assert [checks[f"svm.{name}"].score for name in ("train.loss_decreases", "validation_accuracy")] == [0, 0]
