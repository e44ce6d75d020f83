"""The question on image features."""

from __future__ import annotations

from grader.assignment import Question
from grader.assignment1.features.attribution import explain_features
from grader.assignment1.features.proxy import FeaturesQuestion
from grader.assignment1.notebooks.checks import runs, search, tuned_accuracy
from grader.assignment1.training.accuracy import linear_features_accuracy, net_features_accuracy

__all__ = ["FEATURES"]

FEATURES = Question(
    id="features",
    proxy=FeaturesQuestion,
    checks=(linear_features_accuracy, net_features_accuracy, runs, search, tuned_accuracy),
    explain=(explain_features,),
)
