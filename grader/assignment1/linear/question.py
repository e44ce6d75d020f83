"""Questions 2 and 3: the linear SVM and softmax."""

from __future__ import annotations

from collections.abc import Mapping
from types import ModuleType

from grader.assignment import Question, declared_in
from grader.assignment1.linear import checks, softmax, svm
from grader.assignment1.linear.attribution import explain_linear_losses, withhold_unearned
from grader.assignment1.linear.curves import linear_descent, loss_curve
from grader.assignment1.linear.examples import linear_examples, prediction_examples
from grader.assignment1.linear.mendable import linear_losses
from grader.assignment1.linear.proxy import LinearQuestion
from grader.assignment1.notebooks import checks as notebook
from grader.assignment1.notebooks.attribution import explain_notebook
from grader.assignment1.notebooks.proxy import Asked
from grader.assignment1.notebooks.targets import linear_classifier
from grader.assignment1.shifted import explain_shifts
from grader.assignment1.sizes import explain_loss_sizes, explain_training_sizes
from grader.assignment1.training import checks as training
from grader.assignment1.training import minibatches, prediction, steps
from grader.assignment1.training.accuracy import linear_accuracy
from grader.assignment1.training.attribution import accuracy_follows_from, unmoved
from grader.assignment1.training.mendable import trainings
from reference import linear
from reference.training import LinearLoss

__all__ = ["SOFTMAX", "SVM", "trained_roles"]


def trained_roles(question: str) -> list[str]:
    """The roles whose code runs when the class is trained and predicts."""
    return [f"{question}.{part}" for part in ("vectorized", "train", "predict")]


def _question(id: str, own: ModuleType, loss: LinearLoss, saved: Mapping[str, str]) -> Question:
    return Question(
        id=id,
        proxy=LinearQuestion,
        checks=(
            *declared_in(own, checks, steps, minibatches, training, prediction),
            linear_accuracy,
            *declared_in(notebook),
        ),
        notebook=Asked(
            references={id: linear_classifier(loss)},
            models={f"best_{id}": id},
            saved=saved,
            search="results",
        ),
        explain=(
            explain_loss_sizes,
            explain_training_sizes,
            explain_linear_losses,
            withhold_unearned,
            explain_shifts,
            explain_notebook,
            unmoved,
            accuracy_follows_from(*trained_roles(id)),
        ),
        mend=(linear_losses, trainings),
        examples=(linear_examples, prediction_examples),
        pictures=(linear_descent, loss_curve),
        returns={
            f"{id}.naive": ("loss", "dW"),
            f"{id}.vectorized": ("loss", "dW"),
            f"{id}.predict": ("y_pred",),
        },
    )


SVM = _question("svm", svm, linear.svm_loss_vectorized, {})
SOFTMAX = _question("softmax", softmax, linear.softmax_loss_vectorized, {"best_softmax.npy": "softmax"})
