"""A net with one hidden layer, on the notes' spiral."""

from __future__ import annotations

from grader.assignment import Question, declared_in
from grader.exercises.softmax import checks
from grader.exercises.softmax.proxy import TwoLayerSpiral

__all__ = ["TWO_LAYER_SPIRAL"]

TWO_LAYER_SPIRAL = Question(id="two_layer_spiral", proxy=TwoLayerSpiral, checks=declared_in(checks))
