"""What of a net's predictions and trainings only follows from its loss."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from grader.assignment1.nets.prediction import prediction, right_scores
from grader.assignment1.nets.proxy import TwoLayerQuestion
from grader.diagnosis.attribution import WITHOUT_RIGHT_RESULT, WRONG, Attributed, Attribution, Case
from grader.result import Verdict
from grader.student.answers import BadResult
from grader.student.calls import StudentError, StudentMissing, StudentTimeout

__all__ = ["explain_prediction", "explain_training"]


def explain_prediction(case: Case) -> Attribution:
    """A prediction that is right from right scores, or the best of the net's own, follows from the scores."""
    results = {result.id: result for result in case.results}
    labels, scores = (results.get(f"{case.question}.{name}") for name in ("predict.argmax", "loss.scores"))
    if labels is None or labels.verdict not in WITHOUT_RIGHT_RESULT:
        return Attribution()
    if scores is None or scores.verdict not in (*WRONG, Verdict.MISSING) or not _takes_the_best(case.subject):
        return Attribution()
    verdict = Verdict.FAILED if labels.verdict is Verdict.MISSING else None
    return Attribution(checks={labels.id: Attributed(verdict=verdict, mistakes=(), cause=scores.id)})


def explain_training(case: Case) -> Attribution:
    """A training that runs only with bias gradients of the right shape follows from their own."""
    results = {result.id: result for result in case.results}
    step, spied = results.get(f"{case.question}.train.sgd_step"), case.subject.spied
    shaped = [one.id for one in case.results if "bias-gradient-shape" in one.mistakes]
    if step is None or spied is None or "shapes" not in spied.mended or not shaped:
        return Attribution()
    if step.verdict is not Verdict.PASSED:
        return Attribution()
    fact = "`train` stops on the bias gradients of the net's own loss; with right ones it does as it should"
    said = Attributed(verdict=Verdict.FAILED, message=fact, cause=shaped[0])
    return Attribution(checks={step.id: said})


def _takes_the_best(net: TwoLayerQuestion) -> bool:
    problem = prediction(net.student.seed)
    right = right_scores(problem)
    if _is_best(lambda: net.predict_from(problem, right), lambda: right):
        return True
    return _is_best(lambda: net.predict(problem), lambda: net.scores(problem))


def _is_best(predict: Callable[[], Any], scores: Callable[[], Any]) -> bool:
    """Whether the labels are those of the highest scores; not where either cannot be had."""
    try:
        return bool(np.array_equal(predict(), np.argmax(scores(), axis=1)))
    except (StudentTimeout, StudentMissing, StudentError, BadResult):
        return False
