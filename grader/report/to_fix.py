"""What a submission's author has to do, the dearest first: each mistake once, with all that it cost."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from grader.report.evidence import facts
from grader.report.ledger import Ledger, charged
from grader.result import CheckResult, QuestionResult, Report, Verdict

__all__ = ["ToFix", "missing_work", "to_fix"]


@dataclass
class ToFix:
    """One mistake, or what went wrong in one function, or what one question lacks.

    `checks` stand against the submission, the dearest first; `followers` only because of them. `lost`: the
    points of both.
    """

    questions: list[QuestionResult] = field(default_factory=list)
    checks: list[CheckResult] = field(default_factory=list)
    followers: list[CheckResult] = field(default_factory=list)
    lost: float = 0.0
    most: float = -1.0

    @property
    def first(self) -> CheckResult:
        """The check that tells best what is wrong."""
        return self.checks[0]

    @property
    def mistakes(self) -> tuple[str, ...]:
        """The catalogue's names of it."""
        return tuple(dict.fromkeys(mistake for check in self.checks for mistake in check.mistakes))

    @property
    def is_missing(self) -> bool:
        """Whether this is work that is not done yet, or was not counted, rather than wrong."""
        return not self.mistakes and self.first.verdict in (Verdict.MISSING, Verdict.SKIPPED)

    def add(self, question: QuestionResult, check: CheckResult, lost: float) -> None:
        """Count a check that stands against the submission by itself."""
        if question not in self.questions:
            self.questions.append(question)
        self.checks.insert(0 if lost > self.most else len(self.checks), check)
        self.most = max(self.most, lost)
        self.lost = round(self.lost + lost, 2)

    def absorb(self, other: ToFix) -> None:
        """Count what went wrong in the same line as well."""
        self.questions += [question for question in other.questions if question not in self.questions]
        self.checks += other.checks
        self.followers += other.followers
        self.lost = round(self.lost + other.lost, 2)

    def follow(self, check: CheckResult, lost: float) -> None:
        """Count a check that is not right, or was not made, because of this."""
        self.followers.append(check)
        self.lost = round(self.lost + lost, 2)


def to_fix(report: Report, book: Ledger) -> list[ToFix]:
    """What is wrong, the dearest first."""
    wrong = [each for each in gathered(report, book) if not each.is_missing]
    return sorted(one_a_line(wrong), key=lambda each: -each.lost)


def one_a_line(wrong: Sequence[ToFix]) -> list[ToFix]:
    """A failure without a name stands with a mistake that its function has in the same line.

    Without one, with the failure of another question that uses this line.
    """
    first = {where: each for each in reversed(wrong) if (where := line_of(each))}
    first |= {where: each for each in wrong if each.mistakes and (where := line_of(each))}
    left = []
    for each in wrong:
        owner = first.get(line_of(each), each)
        if owner is each or each.mistakes:
            left.append(each)
        else:
            owner.absorb(each)
    return left


def line_of(wrong: ToFix) -> object:
    """The function with its line, where that is known."""
    where = wrong.first.where
    known = where is not None and where.line is not None and where.end_line is None
    return (wrong.first.function, where.file, where.cell, where.line) if where is not None and known else None


def missing_work(report: Report, book: Ledger) -> list[ToFix]:
    """What is not there yet, or does not count without what is wrong elsewhere: one for each question."""
    return [each for each in gathered(report, book) if each.is_missing]


def gathered(report: Report, book: Ledger) -> list[ToFix]:
    """Everything that is to be done; each lost point is in one of them."""
    names = joined_mistakes(report)
    found: dict[object, ToFix] = {}
    of_check: dict[str, ToFix] = {}
    of_role: dict[str, ToFix] = {}
    rest = []
    for question, check, lost in rows(report, book):
        if charged(check):
            of_check[check.id] = found.setdefault(key(question, check, names), ToFix())
            of_check[check.id].add(question, check, lost)
            of_role.setdefault(check.role, of_check[check.id])
        elif check.verdict is not Verdict.PASSED or lost:
            rest.append((question, check, lost))
    by_id = {check.id: check for _, check, _ in rows(report, book)}
    join_causes(found, of_check)
    for question, check, lost in rest:
        cause = of_check.get(root(check, by_id, of_check))
        if cause is None and check.verdict is Verdict.SKIPPED and check.role:
            cause = of_role.get(check.role)  # it was not made because its function is wrong
        if cause is not None:
            of_role.setdefault(check.role, cause)
            cause.follow(check, lost)
        elif lost:
            found.setdefault(("missing", question.id), ToFix()).add(question, check, lost)
    return list(found.values())


def join_causes(found: dict[object, ToFix], of_check: dict[str, ToFix]) -> None:
    """What comes from a failure of another question stands with it, not above or below it."""
    for key, each in list(found.items()):
        cause = next((of_check[c.behind] for c in each.checks if c.behind in of_check), each)
        if cause is not each and not each.mistakes:
            cause.absorb(each)
            of_check.update({check.id: cause for check in each.checks})
            del found[key]


def rows(report: Report, book: Ledger) -> Iterator[tuple[QuestionResult, CheckResult, float]]:
    """Each check with its question and the points that it lost on the page."""
    for question, worth in zip(report.questions, book.checks, strict=True):
        for check, points in zip(question.checks, worth, strict=True):
            yield question, check, points.lost


def joined_mistakes(report: Report) -> dict[str, str]:
    """Each mistake → one of those that it was charged together with: they stand as one."""
    names: dict[str, str] = {}
    for question in report.questions:
        for check in filter(charged, question.checks):
            merged = {names.get(mistake, mistake) for mistake in check.mistakes}
            first = min(merged, default="")
            names = {mistake: first if name in merged else name for mistake, name in names.items()}
            names |= dict.fromkeys(check.mistakes, first)
    return names


def key(question: QuestionResult, check: CheckResult, names: Mapping[str, str]) -> object:
    """What makes two failures one thing to fix."""
    if check.mistakes:
        return "mistake", names[check.mistakes[0]], check.where if check.of_place else None
    if check.verdict is Verdict.MISSING:
        return "missing", question.id
    if check.verdict is Verdict.FAILED:
        return "failed", question.id, check.role or check.id
    at = check.where is not None and check.where.line is not None
    return (check.verdict, check.error_type, check.where) if at else facts(check)


def root(check: CheckResult, by_id: Mapping[str, CheckResult], known: Mapping[str, ToFix]) -> str:
    """The id of the charged check that this one goes back to; empty where there is none."""
    seen: set[str] = set()
    at: CheckResult | None = check
    while at is not None and at.id not in seen:
        if at.id in known:
            return at.id
        seen.add(at.id)
        at = by_id.get(at.follows_from or at.cause or at.waits_for or "")
    return ""
