"""The question on image features."""

from __future__ import annotations

from grader.assignment import Question
from grader.assignment1.features.attribution import explain_features
from grader.assignment1.features.proxy import FeaturesQuestion
from grader.assignment1.notebooks.attribution import explain_notebook
from grader.assignment1.notebooks.checks import runs, search, tuned_accuracy
from grader.assignment1.notebooks.proxy import Asked
from grader.assignment1.notebooks.targets import linear_on_features, net_on_features
from grader.assignment1.training.accuracy import linear_features_accuracy, net_features_accuracy

__all__ = ["FEATURES"]

FEATURES = Question(
    id="features",
    proxy=FeaturesQuestion,
    checks=(linear_features_accuracy, net_features_accuracy, runs, search, tuned_accuracy),
    notebook=Asked(
        references={"features.linear": linear_on_features, "features.net": net_on_features},
        models={"best_svm": "features.linear", "best_softmax": "features.linear", "best_net": "features.net"},
        saved={
            "best_softmax_features.npy": "features.linear",
            "best_two_layer_net_features.npy": "features.net",
        },
    ),
    explain=(explain_notebook, explain_features),
)
