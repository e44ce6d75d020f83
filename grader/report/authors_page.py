"""The page of a submission's author: what is to be done first, what is right in one line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.text import Text

from grader.report.ledger import Ledger, ledger
from grader.report.sheet import Sheet, styled
from grader.report.summary import by_hand, faults, what_counts
from grader.report.text import clean, plural, points
from grader.report.to_fix import ToFix, missing_work, to_fix
from grader.report.words import assignment
from grader.report.wrong_work import wrong_work
from grader.result import QuestionResult, Report, SkipReason, Verdict

__all__ = ["authors_page"]

NAMES_SHOWN = 4
REASONS = ("not run: ", "not checked: ", "not counted: ")


def authors_page(report: Report, console: Console) -> Sheet:
    """The page in the width of `console`."""
    sheet, book = Sheet(console), ledger(report)
    wrong, missing = to_fix(report, book), missing_work(report, book)
    header(sheet, report, book, wrong)
    if report.refused is not None:
        sheet.blank()
        sheet.hang(styled("not graded  ", "bold red"), styled(clean(report.refused)))
    for number, each in enumerate(wrong, 1):
        sheet.blank()
        wrong_work(sheet, report, each, number)
    not_there_yet(sheet, missing)
    if report.questions:
        sheet.blank()
        tally(sheet, report, book)
        if wrong or missing:
            sheet.blank()
        what_next(sheet, report, wrong, missing)
    beside_the_points(sheet, report)
    return sheet


def header(sheet: Sheet, report: Report, book: Ledger, wrong: Sequence[ToFix]) -> None:
    """`Title · name · 47 of 50 points · 1 mistake to fix`."""
    parts = [assignment(report), clean(report.submission.id, 80)]
    if book.total.max_score:
        parts.append(f"{points(book.total.score)} of {points(book.total.max_score)} points")
    if wrong:
        parts.append(f"{plural(len(wrong), 'mistake')} to fix")
    sheet.flow(0, [styled(part, "bold") for part in parts], " · ")


def not_there_yet(sheet: Sheet, missing: Iterable[ToFix]) -> None:
    """Work that is not done, a line for each question: `… Title · not written yet: one, other  −2`."""
    for number, each in enumerate(missing):
        if not number:
            sheet.blank()
        sheet.hang(styled("…    ", "yellow"), styled(lacking(each)), cost(each.lost))


def lacking(missing: ToFix) -> str:
    """The functions that a question lacks; where all checks tell the same, what they tell."""
    title = clean(missing.questions[0].title, 80)
    absent = [check for check in missing.checks if check.verdict is Verdict.MISSING]
    if not absent:
        return f"{title} · not counted: {strip(missing.first.message)}"
    told = {check.message for check in absent}
    if len(told) == 1:
        return f"{title} · {clean(told.pop(), 300)}"
    functions = [check.function for check in absent if check.function] or [check.topic for check in absent]
    names = list(dict.fromkeys(clean(name, 60) for name in functions))
    more = f" and {len(names) - NAMES_SHOWN} more" if len(names) > NAMES_SHOWN else ""
    return f"{title} · not written yet: {', '.join(names[:NAMES_SHOWN])}{more}"


def cost(lost: float) -> Text:
    return styled(f"−{points(lost)}", "bold") if lost else styled("no cost", "dim")


# --- what is right, and what is left ----------------------------------------------------------------------


def tally(sheet: Sheet, report: Report, book: Ledger) -> None:
    """Every question with its points in one line, and what was not checked."""
    worths = zip(report.questions, book.questions, strict=True)
    of_questions = [of_question(question, str(worth), worth.lost) for question, worth in worths]
    checks = [check for question in report.questions for check in question.checks]
    right = sum(check.verdict is Verdict.PASSED for check in checks)
    count = styled(f"{right} of {plural(len(checks), 'check')} passed")
    sheet.flow(0, [*(each for each in of_questions if each), count], " · ")
    idle = Counter(strip(check.message) for check in checks if check.reason is SkipReason.NOT_RUN)
    left = [f"{plural(count, 'check')}: {reason}" for reason, count in idle.items()]
    if left:
        sheet.beside("not checked  ", left)


def of_question(question: QuestionResult, worth: str, lost: float) -> Text:
    """`Title 15.5/18.5 ✗`; empty for a question that nothing could be had for."""
    if not worth:
        return Text()
    verdicts = {check.verdict for check in question.checks if check.score < check.max_score}
    sign, style = ("✓", "green") if not lost else ("✗", "bold red")
    if verdicts and verdicts <= {Verdict.MISSING, Verdict.SKIPPED}:
        sign, style = "…", "yellow"
    return Text.assemble(f"{clean(question.title, 80)} {worth} ", (sign, style))


def strip(message: str) -> str:
    for prefix in REASONS:
        message = message.removeprefix(prefix)
    return clean(message, 200)


def what_next(sheet: Sheet, report: Report, wrong: Sequence[ToFix], missing: Sequence[ToFix]) -> None:
    """What to do now, and where to read more."""
    for note in report.to_do[:1]:
        others = f" (and {len(report.to_do) - 1} more)" if len(report.to_do) > 1 else ""
        sheet.hang(styled("note  ", "dim"), styled(clean(note, 200) + others))
    if free := noted(report, wrong):
        sheet.hang(styled("note  ", "dim"), styled(f"not right, but without cost: {', '.join(free)}"))
    sheet.beside("next  ", [step(len(wrong), bool(missing)), "in full: grader check -v"])
    names = [clean(mistake, 80) for each in wrong for mistake in each.mistakes]
    others = " (or another name above)" if len(names) > 1 else ""
    if names:
        sheet.hang(styled("more  ", "dim"), styled(f"grader explain {names[0]}{others}"))


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


def beside_the_points(sheet: Sheet, report: Report) -> None:
    """Points given by hand, late days, and faults of the grader's own."""
    if any(answer.points is not None or answer.comment for answer in report.manual):
        by_hand(sheet, report)
    if report.final is not None:
        what_counts(sheet, report, report.final)
    faults(sheet, report)
