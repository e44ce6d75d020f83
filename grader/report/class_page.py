"""The instructor's page of a class: whom to look at, what to teach again, every student's page."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from statistics import mean, median
from urllib.parse import quote

from grader.report.by_check import ByCheck
from grader.report.entries import OwnLine, own_lines
from grader.report.filling import filled
from grader.report.gradebook import standing
from grader.report.html import PAGE
from grader.report.ledger import Points, ledger, wrong
from grader.report.text import clean, plural, points
from grader.report.words import assignment, merged_order, place
from grader.result import Diagnosis, Report, Verdict, Where

__all__ = ["INDEX", "ClassPage"]

#: Its name in a folder of results.
INDEX = "index.html"
BINS = 10
TO_TEACH = 3


@dataclass(frozen=True)
class StudentLine:
    """A line of the table.

    `mistakes`: their names, and functions that are wrong without one. `flags`: what an instructor may want
    to look at, by the names of FLAGS.
    """

    id: str
    status: str
    reason: str = ""
    edition: str = ""
    total: Points | None = None
    counts: str = ""
    worths: dict[str, str] = field(default_factory=dict)
    late: int | None = None
    mistakes: tuple[str, ...] = ()
    flags: dict[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return clean(self.id, 80)

    @property
    def href(self) -> str:
        return f"./{quote(self.id, errors='surrogateescape')}/{PAGE}"

    @property
    def share(self) -> float | None:
        return self.total.score / self.total.max_score if self.total and self.total.max_score else None


@dataclass
class Made:
    """A mistake in the class, as the first who made it is told.

    `example`: whose lines, where, and the lines. `varies`: others are told something else.
    """

    name: str
    explanation: str
    advice: str
    students: list[str] = field(default_factory=list)
    lost: float = 0.0
    example: tuple[str, str, list[OwnLine]] | None = None
    varies: bool = False

    def add(self, student: str, found: Diagnosis, places: Iterable[Where]) -> None:
        self.students.append(student)
        self.lost += found.points
        self.varies |= clean(found.explanation, 300) != self.explanation
        for where in places:
            if self.example is None and where.end_line is None and (lines := list(own_lines(where))):
                self.example = (student, place(where), lines)


@dataclass(frozen=True)
class Bar:
    """A bar of the histogram; `share` of the highest."""

    low: int
    count: int
    share: float


FLAGS = {
    "refused": "could not be read",
    "fault": "the grader itself failed",
    "missing": "handed in nothing",
    "late": "late",
    "waiting": "answers to mark",
    "limits": "a limit was hit",
    "discrepancies": "saved numbers that another run does not show",
}


class ClassPage:
    """Takes one report after the other; of each stays its line, its verdicts and its part in the sums."""

    def __init__(self) -> None:
        self.title = ""
        self.titles: dict[str, str] = {}
        self.sequences: set[tuple[str, ...]] = set()
        self.students: list[StudentLine] = []
        self.made: dict[str, Made] = {}
        self.checks = ByCheck()

    def add(self, report: Report) -> None:
        """Take a report into account, as it counts."""
        self.title = self.title or assignment(report)
        self.titles |= {question.id: clean(question.title, 60) for question in report.questions}
        self.sequences.add(tuple(question.id for question in report.questions))
        student = of_report(report)
        self.students.append(student)
        if student.share is not None:
            self.checks.add(report, student.share)
        for found in report.diagnoses:
            known = Made(clean(found.mistake, 80), clean(found.explanation, 300), clean(found.help, 600))
            self.made.setdefault(found.mistake, known).add(student.id, found, made_at(report, found))

    def html(self, missing: Iterable[str], has_page: Callable[[str], bool]) -> str:
        """The page.

        Args:
            missing: students of whom there is nothing.
            has_page: whether there is a page to link to, by the student's id.
        """
        absent = [StudentLine(name, "missing", flags={"missing": ""}) for name in sorted(missing)]
        students = [*sorted(self.students, key=lambda each: (each.id.casefold(), each.id)), *absent]
        made = sorted(self.made.values(), key=lambda each: (-len(each.students), each.name))
        return filled(
            "class.html",
            styles=("page.css", "class.css"),
            script="class.js",
            title=self.title,
            header=self.header(),
            students=students,
            linked={each.id for each in students if has_page(each.id)},
            by_id={each.id: each for each in students},
            questions=[(id, self.titles[id]) for id in merged_order(self.sequences)],
            flags=list(flagged(students)),
            columns=columns(students),
            bars=self.histogram(),
            made=made,
            to_teach=[each for each in sorted(made, key=lambda each: -each.lost) if each.lost][:TO_TEACH],
            checks=self.checks.rows(),
            graded=sum(each.share is not None for each in students),
            plural=plural,
            points=points,
        )

    def shares(self) -> list[float]:
        return [share for each in self.students if (share := each.share) is not None]

    def header(self) -> list[str]:
        """`60 submissions · 58 graded · median 85 %, mean 81 %`."""
        shares = self.shares()
        parts = [plural(len(self.students), "submission"), f"{len(shares)} graded"]
        if shares:
            parts.append(f"median {median(shares) * 100:.0f} %, mean {mean(shares) * 100:.0f} %")
        return parts

    def histogram(self) -> list[Bar]:
        """How many reached which share of the maximum, lowest first."""
        counts = Counter(min(math.floor(share * BINS + 1e-9), BINS - 1) for share in self.shares())
        most = max(counts.values(), default=1)
        return (
            [Bar(100 * low // BINS, counts[low], counts[low] / most) for low in range(BINS)] if counts else []
        )


def of_report(report: Report) -> StudentLine:
    book, final = ledger(report), report.final
    status, reason = standing(report)
    counted = report.refused is None and bool(report.questions)
    worths = zip(report.questions, book.questions, strict=True)
    return StudentLine(
        id=report.submission.id,
        status=status,
        reason=clean(reason, 300),
        edition=clean(report.submission.edition or "", 30),
        total=book.total if counted else None,
        counts=points(final.score) if final is not None else "",
        worths={question.id: points(worth.score) for question, worth in worths if worth.max_score},
        late=final.late_days if final is not None else None,
        mistakes=tuple(dict.fromkeys([*(clean(d.mistake, 80) for d in report.diagnoses), *nameless(report)])),
        flags=dict(flags(report, status)),
    )


def nameless(report: Report) -> Iterator[str]:
    """The functions that lost points by something that has no name."""
    checks = (check for question in report.questions for check in question.checks)
    for check in checks:
        if wrong(check) and check.score < check.max_score and not check.mistakes:
            yield f"{clean(check.function or check.topic, 60)} (no name)"


def made_at(report: Report, found: Diagnosis) -> Iterator[Where]:
    """Where a mistake was made."""
    checks = [check for question in report.questions for check in question.checks]
    places = (found.where, *(check.where for check in checks if found.mistake in check.mistakes))
    return (where for where in places if where is not None)


def flags(report: Report, status: str) -> Iterator[tuple[str, str]]:
    """What of FLAGS holds, and how much of it."""
    if status in FLAGS:
        yield status, ""
    if report.final is not None and report.final.late_days:
        yield "late", str(report.final.late_days)
    if waiting := sum(answer.points is None for answer in report.manual):
        yield "waiting", str(waiting)
    checks = [check for question in report.questions for check in question.checks]
    if hit := sum(check.verdict is Verdict.TIMEOUT or "MemoryError" in check.error_type for check in checks):
        yield "limits", str(hit)
    if report.discrepancies:
        yield "discrepancies", str(len(report.discrepancies))


def flagged(students: Sequence[StudentLine]) -> Iterator[tuple[str, str, list[StudentLine]]]:
    """Each flag that somebody has, what it means, and who has it."""
    for flag, meaning in FLAGS.items():
        if having := [each for each in students if flag in each.flags]:
            yield flag, meaning, having


def columns(students: Sequence[StudentLine]) -> dict[str, bool]:
    """Which columns have something in them."""
    return {
        "edition": len({each.edition for each in students}) > 1,
        "counts": any(each.counts for each in students),
        **{flag: any(flag in each.flags for each in students) for flag in FLAGS},
    }
