"""All that counts beside what the checks found: marks by hand, overrides and late days."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import msgspec

from grader.batch.known import Known
from grader.batch.lateness import late_days, penalty
from grader.batch.marks import MarksError, MarkSheet, marked, read_sheet, unmatched
from grader.batch.overrides import OVERRIDES_FILE, Overrides, read_overrides
from grader.result import Final, ManualAnswer, Report
from grader.scoring.rubric import ByHand, Late

__all__ = ["Rulings", "read_rulings"]


@dataclass(frozen=True)
class Rulings:
    """What people and the rubric say about the reports of one folder. `times`: when each was handed in."""

    sheet: MarkSheet = field(default_factory=MarkSheet)
    overrides: Overrides = field(default_factory=Overrides)
    by_hand: Sequence[ByHand] = ()
    late: Late | None = None
    times: Mapping[str, datetime] = field(default_factory=dict)

    def asked(self, report: Report) -> Report:
        """The report with every answer that people mark and the most that each is worth, as yet unmarked."""
        return msgspec.structs.replace(report, manual=tuple(_asked(report.manual, self.by_hand)))

    def applied(self, report: Report) -> Report:
        """The report as it counts. What was found stays as it is.

        Raises:
            OverridesError: an override does not fit the report.
        """
        report = marked(self.asked(report), self.sheet)
        adjustments = self.overrides.adjustments(report)
        score = report.score + sum(each.points for each in adjustments)
        score += sum(answer.points or 0 for answer in report.manual)
        most = report.max_score + sum(answer.max_score or 0 for answer in report.manual)
        days = self._late_days(report.submission.id)
        if self.late is not None and days and (lost := penalty(self.late, days, score)):
            adjustments, score = (*adjustments, lost), score + lost.points
        final = Final(round(score, 6), round(most, 6), days)
        plain = not adjustments and days is None and not any(a.points is not None for a in report.manual)
        return msgspec.structs.replace(report, adjustments=adjustments, final=None if plain else final)

    def unused(self, reports: Sequence[Report]) -> list[str]:
        """A sentence for each kind of entry that belongs to none of the reports."""
        told = [unmatched(reports, self.sheet)]
        if names := self.overrides.strangers(report.submission.id for report in reports):
            told.append(f"{OVERRIDES_FILE} names who is not here ({', '.join(names[:5])})")
        return [sentence for sentence in told if sentence]

    def _late_days(self, student: str) -> int | None:
        if self.late is None or student not in self.times:
            return None
        return late_days(self.late, self.times[student], self.overrides.extra_days(student))


def read_rulings(folder: Path, known: Known) -> Rulings:
    """Those of the folder of results.

    Raises:
        MarksError, OverridesError: what people wrote cannot be used; the text says where and why.
    """
    rubric, sheet = known.rubric, read_sheet(folder)
    by_hand, late = (rubric.by_hand, rubric.late) if rubric is not None else ((), None)
    _check_bounds(sheet, by_hand)
    return Rulings(sheet, read_overrides(folder), by_hand, late, known.times)


def _check_bounds(sheet: MarkSheet, by_hand: Sequence[ByHand]) -> None:
    most = {(row.question, i): points for row in by_hand for i, points in enumerate(row.points, 1)}
    for line in sheet.lines:
        student, question, number = line.key
        limit = most.get((question, number))
        if line.points is not None and limit is not None and not 0 <= line.points <= limit:
            whose = f"{student}, {question} {number}"
            raise MarksError(f"{line.where}: {whose} has {line.points:g} points, not from 0 to {limit:g}")


def _asked(answers: Sequence[ManualAnswer], by_hand: Sequence[ByHand]) -> list[ManualAnswer]:
    """The answers in their order, each question's followed by those that are only marked by hand."""
    asked = {row.question: row for row in by_hand}
    found: list[ManualAnswer] = []
    for question in dict.fromkeys([*(answer.question for answer in answers), *asked]):
        own = [answer for answer in answers if answer.question == question]
        row = asked.get(question)
        most: Sequence[float | None] = row.points if row is not None else ()
        title = row.title if row is not None else ""
        own += [ManualAnswer(question=question, prompt=title, answer="")] * max(0, len(most) - len(own))
        most = [*most, *[None] * (len(own) - len(most))]
        found += [
            msgspec.structs.replace(answer, max_score=limit) for answer, limit in zip(own, most, strict=True)
        ]
    return found
