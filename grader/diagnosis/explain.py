"""From failed checks to the mistakes that explain them: which checks each mistake breaks, and where it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from grader.assignment1.knn.attribution import explain_neighbours
from grader.assignment1.linear.attribution import explain_linear_losses
from grader.assignment1.nets.attribution import explain_nets
from grader.assignment1.training.attribution import attribute_accuracy, attribute_features
from grader.checking.check import Setting
from grader.diagnosis.causes import Causes, Source, add_proved_by_checks, merged
from grader.diagnosis.imports import explain_imports
from grader.diagnosis.text import explain_by_text, point_to_lines
from grader.result import QuestionResult
from grader.scoring.charging import Finding
from grader.student.calls import Student

__all__ = ["Causes", "explain_failures", "merged"]

_EXPLAIN: Mapping[str, Callable[[str, Causes, Any], None]] = {
    "svm": explain_linear_losses,
    "softmax": explain_linear_losses,
    "knn": explain_neighbours,
    "two_layer_net": explain_nets,
    "fully_connected": explain_nets,
}


@np.errstate(all="ignore")  # as the checks do
def explain_failures(
    question: str,
    findings: Sequence[Finding],
    subject: Any,
    student: Student,
    source: Source,
    earlier: Sequence[QuestionResult] = (),
    setting: Setting | None = None,
) -> Causes:
    """Name the mistakes behind one question's failed checks.

    Args:
        subject: the question's proxy.
        source: the text of a file of the submission, None if it has none.
        earlier: the questions graded before, whose classes this one may use.
        setting: that of the checks.
    """
    causes = Causes(list(findings), setting=setting or Setting())
    # What the text proves comes first: what is built on a function that returns nothing follows from it.
    explain_by_text(causes, student, source)
    if question in _EXPLAIN:
        _EXPLAIN[question](question, causes, subject)
    explain_imports(causes, student, source)
    attribute_accuracy(causes)
    if question == "features":
        attribute_features(causes, earlier, subject.linear.kind)
    add_proved_by_checks(causes, student)
    causes.diagnoses = merged(causes.diagnoses)
    point_to_lines(causes, student, source)
    causes.candidates = merged(causes.candidates)
    return causes
