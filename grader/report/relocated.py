"""A report in the places of a submission's notebooks, where it was made of modules that hold their cells."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from grader.result import CheckResult, Diagnosis, QuestionResult, Report, Where, placed

__all__ = ["relocated"]


def relocated(
    report: Report, place: Callable[[Where | None], Where | None], text: Callable[[str], str]
) -> Report:
    """The report with every place, and every text that may name a file, led through these functions."""

    def check(found: CheckResult) -> CheckResult:
        message, help_ = text(found.message), text(found.help)
        return msgspec.structs.replace(found, message=message, help=help_, where=place(found.where))

    def question(found: QuestionResult) -> QuestionResult:
        return msgspec.structs.replace(found, checks=tuple(map(check, found.checks)))

    def diagnosis(found: Diagnosis) -> Diagnosis:
        explanation, help_ = text(found.explanation), text(found.help)
        return msgspec.structs.replace(found, explanation=explanation, help=help_, where=place(found.where))

    return msgspec.structs.replace(
        report,
        questions=tuple(map(question, report.questions)),
        diagnoses=tuple(map(diagnosis, report.diagnoses)),
        candidates=tuple(map(diagnosis, report.candidates)),
        mends=tuple(placed(mend, place) for mend in report.mends),
        notes=tuple(dict.fromkeys(map(text, report.notes))),
        to_do=tuple(dict.fromkeys(map(text, report.to_do))),
        discrepancies=tuple(map(text, report.discrepancies)),
        faults=tuple(map(text, report.faults)),
    )
