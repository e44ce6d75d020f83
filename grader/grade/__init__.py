"""Grade one submission: find its roles, run the checks, name the mistakes, charge them, report."""

from grader.grade.entry import Refused, grade_entry, open_entry
from grader.grade.job import Announce, Job, describe_environment, tuned_marks
from grader.grade.questions import grade_student
from grader.grade.reports import fault_report

__all__ = [
    "Announce",
    "Job",
    "Refused",
    "describe_environment",
    "fault_report",
    "grade_entry",
    "grade_student",
    "open_entry",
    "tuned_marks",
]
