"""The question on image features: the student's own classifiers, trained on other rows."""

from __future__ import annotations

from grader.assignment1.linear.proxy import LinearQuestion
from grader.student.calls import Student

__all__ = ["FeaturesQuestion"]


class FeaturesQuestion:
    """`linear` is the SVM, or softmax in the editions that have no SVM."""

    def __init__(self, student: Student, question: str) -> None:
        self.student = student
        known = (*student.sites, *student.absent)
        self.linear = LinearQuestion(student, "svm" if "svm.train" in known else "softmax")
