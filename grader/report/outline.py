"""What the page of a submission's author holds, in order and in its own words, whatever it is shown on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from grader.report.entries import PageEntry, cost, entry
from grader.report.ledger import Ledger, ledger
from grader.report.text import clean, plural, points
from grader.report.to_fix import ToFix, missing_work, to_fix
from grader.report.words import SIGNS, assignment
from grader.result import CheckResult, Picture, QuestionResult, Report, SkipReason, Verdict

__all__ = ["Missing", "Outline", "Standing", "outline"]

NAMES_SHOWN = 4
ABSENT = {Verdict.MISSING, Verdict.SKIPPED}
REASONS = ("not run: ", "not checked: ", "not counted: ")


@dataclass(frozen=True)
class Missing:
    """Work of one question that is not there yet: `Title · not written yet: one, other`."""

    text: str
    lost: float
    checks: tuple[CheckResult, ...]

    @property
    def cost(self) -> str:
        return cost(self.lost)


@dataclass(frozen=True)
class Standing:
    """How a question stands: `✓` has all its points, `…` lacks work only."""

    title: str
    worth: str
    sign: str


@dataclass(frozen=True)
class Idle:
    """How many checks were not run, and why."""

    count: int
    reason: str

    def __str__(self) -> str:
        return f"{plural(self.count, 'check')}: {self.reason}"


@dataclass(frozen=True)
class Outline:
    """`header`: title, name, points, and how much is to be fixed. `idle`: what was not checked, and why.

    `notes`: what its author should act on. `step`: what to do now. `explain`: how to read more of a name, and
    whether there are others.
    """

    header: tuple[str, ...]
    refused: str
    entries: tuple[PageEntry, ...]
    missing: tuple[Missing, ...]
    standings: tuple[Standing, ...]
    passed: str
    idle: tuple[Idle, ...]
    notes: tuple[str, ...]
    step: str
    explain: str


def outline(report: Report) -> Outline:
    book = ledger(report)
    wrong, missing = to_fix(report, book), missing_work(report, book)
    checks = [check for question in report.questions for check in question.checks]
    right = sum(check.verdict is Verdict.PASSED for check in checks)
    return Outline(
        header=tuple(header(report, book, wrong)),
        refused=clean(report.refused or ""),
        entries=tuple(each_picture_once([entry(report, each) for each in wrong])),
        missing=tuple(Missing(lacking(each), each.lost, tuple(each.checks)) for each in missing),
        standings=standings(report, book),
        passed=f"{right} of {plural(len(checks), 'check')} passed",
        idle=idle(report),
        notes=notes(report, wrong),
        step=step(len(wrong), bool(missing)),
        explain=explain(wrong),
    )


def each_picture_once(entries: Sequence[PageEntry]) -> Iterator[PageEntry]:
    """The entries; what several mistakes made together is drawn beside the first of them."""
    seen: list[Picture] = []
    for each in entries:
        yield replace(each, pictures=tuple(picture for picture in each.pictures if picture not in seen))
        seen += each.pictures


def header(report: Report, book: Ledger, wrong: Sequence[ToFix]) -> list[str]:
    """`Title · name · 47 of 50 points · 1 mistake to fix`."""
    parts = [assignment(report), clean(report.submission.id, 80)]
    if book.total.max_score:
        parts.append(f"{points(book.total.score)} of {points(book.total.max_score)} points")
    if wrong:
        parts.append(f"{plural(len(wrong), 'mistake')} to fix")
    return parts


def lacking(missing: ToFix) -> str:
    """The functions that a question lacks, those that are begun before those that are nowhere; where all
    checks tell the same, what they tell."""
    title = clean(missing.questions[0].title, 80)
    absent = [check for check in missing.checks if check.verdict is Verdict.MISSING]
    if not absent:
        return f"{title} · not counted: {strip(missing.first.message)}"
    told = {check.message for check in absent}
    if len(told) == 1:
        return f"{title} · {clean(told.pop(), 300)}"
    functions = [check for check in absent if check.function]
    if not functions:
        return f"{title} · not written yet: {_listed(check.topic for check in absent)}"
    begun = {check.function for check in functions if check.where is not None}
    nothing = all(check.verdict in ABSENT for check in missing.questions[0].checks)
    if nothing and len({check.where is None for check in functions}) == 1 and len(functions) > 1:
        return f"{title} · {'nothing written yet' if begun else 'nothing of it found'}"
    told_of = {
        "not written yet": [check.function for check in functions if check.function in begun],
        "not found": [check.function for check in functions if check.function not in begun],
    }
    return " · ".join([title, *(f"{what}: {_listed(names)}" for what, names in told_of.items() if names)])


def _listed(all_names: Iterable[str]) -> str:
    names = list(dict.fromkeys(clean(name, 60) for name in all_names))
    more = f" and {len(names) - NAMES_SHOWN} more" if len(names) > NAMES_SHOWN else ""
    return ", ".join(names[:NAMES_SHOWN]) + more


def standings(report: Report, book: Ledger) -> tuple[Standing, ...]:
    """Every question that something could be had for."""
    worths = zip(report.questions, book.questions, strict=True)
    return tuple(
        Standing(clean(question.title, 80), str(worth), sign(question, worth.lost))
        for question, worth in worths
        if str(worth)
    )


def sign(question: QuestionResult, lost: float) -> str:
    verdicts = {check.verdict for check in question.checks if check.score < check.max_score}
    if verdicts and verdicts <= ABSENT:
        return SIGNS[Verdict.MISSING]
    return SIGNS[Verdict.FAILED if lost else Verdict.PASSED]


def idle(report: Report) -> tuple[Idle, ...]:
    """The checks that were not run, by reason."""
    checks = {check.id: check for question in report.questions for check in question.checks}

    def idled(check: CheckResult) -> CheckResult | None:
        """The check that was not run, and for whose sake this one was not made."""
        while check.reason is SkipReason.NEEDS and check.waits_for in checks:
            check = checks[check.waits_for]
        return check if check.reason is SkipReason.NOT_RUN else None

    reasons = Counter(strip(first.message) for check in checks.values() if (first := idled(check)))
    return tuple(Idle(count, reason) for reason, count in reasons.items())


def strip(message: str) -> str:
    for prefix in REASONS:
        message = message.removeprefix(prefix)
    return clean(message, 200)


def notes(report: Report, wrong: Sequence[ToFix]) -> tuple[str, ...]:
    others = f" (and {len(report.to_do) - 1} more)" if len(report.to_do) > 1 else ""
    told = [clean(note, 200) + others for note in report.to_do[:1]]
    if free := noted(report, wrong):
        told.append(f"not right, but without cost: {', '.join(free)}")
    return tuple(told)


def noted(report: Report, wrong: Sequence[ToFix]) -> list[str]:
    """Mistakes that broke nothing that is worth points."""
    told = {mistake for each in wrong for mistake in each.mistakes}
    names = dict.fromkeys(diagnosis.mistake for diagnosis in report.diagnoses)
    return [clean(name, 80) for name in names if name not in told]


def step(wrong: int, missing: bool) -> str:
    """`fix 1 and 2, write what is missing, then  grader check`."""
    todo = [f"fix { ({1: '1', 2: '1 and 2'}.get(wrong, f'1 to {wrong}')) }"] if wrong else []
    todo += ["write what is missing"] if missing else []
    return ", ".join([*todo, "then  grader check"]) if todo else "nothing to fix"


def explain(wrong: Sequence[ToFix]) -> str:
    """`grader explain NAME`, where there is a name."""
    names = [clean(mistake, 80) for each in wrong for mistake in each.mistakes]
    others = " (or another name above)" if len(names) > 1 else ""
    return f"grader explain {names[0]}{others}" if names else ""
