"""What an assignment package offers holds together, and travels to other processes by its name."""

from __future__ import annotations

import dataclasses
import pickle

import pytest

from grader.assignment import Question, declared_in
from grader.assignment1 import ASSIGNMENT
from grader.assignment1.linear import softmax


def test_every_folder_with_a_question_is_found() -> None:
    found = {question.id for question in ASSIGNMENT.questions}
    assert found == {"knn", "svm", "softmax", "two_layer_net", "features", "fully_connected"}


def test_another_process_gets_the_assignment_by_its_name() -> None:
    assert pickle.loads(pickle.dumps(ASSIGNMENT)) is ASSIGNMENT  # noqa: S301 - our own bytes


def test_a_need_that_no_question_has_is_said_when_the_assignment_is_made() -> None:
    # Large scores are checked after the loss and the gradient, which this question lacks.
    alone = Question(id="alone", proxy=ASSIGNMENT.question("svm").proxy, checks=(softmax.numeric_stability,))
    with pytest.raises(LookupError, match=r"alone\.naive\.numeric_stability needs alone\.naive\.loss"):
        dataclasses.replace(ASSIGNMENT, questions=(alone,))


def test_a_note_that_is_no_mistake_is_said_when_the_assignment_is_made() -> None:
    odd = Question(id="odd", proxy=ASSIGNMENT.question("svm").proxy, checks=(), notes=("no-such-mistake",))
    with pytest.raises(ValueError, match="no-such-mistake is not in the catalogue"):
        dataclasses.replace(ASSIGNMENT, questions=(odd,))


def test_a_check_is_of_the_parts_that_its_question_gives_it() -> None:
    shared = {check.id for check in ASSIGNMENT.question("svm").of(*declared_in(softmax))}
    assert "svm.vectorized.numeric_stability" in shared
    layer = ASSIGNMENT.checks["two_layer_net.layers.relu_forward.output"]
    assert (layer.role, layer.topic) == ("layers.relu_forward", "relu_forward")
    step = ASSIGNMENT.checks["svm.train.sgd_step"]
    assert (step.role, step.statement, step.topic) == ("svm.train", "sgd_step", "training")
    assert ASSIGNMENT.checks["svm.validation_accuracy"].role == "svm"
