"""The end of a terminal report: the total, what took the points, and what is beside the points."""

from __future__ import annotations

from collections import Counter
from itertools import groupby

from rich.text import Text

from grader.report import by_people
from grader.report.ledger import Ledger, unexplained
from grader.report.sheet import Sheet, styled
from grader.report.text import clean, plural, points
from grader.report.words import REASONS, place
from grader.result import Diagnosis, Report, Verdict

__all__ = ["asides", "by_hand", "faults", "total", "what_counts"]

ROLES_SHOWN = PLACES_SHOWN = 4
WIDEST_ID = 45


def total(sheet: Sheet, report: Report, book: Ledger) -> None:
    """The total, and every lost point under the mistake or the reason that took it."""
    sheet.blank()
    sheet.rule()
    sheet.hang(Text(), styled("Total", "bold"), styled(str(book.total), "bold"))
    if report.diagnoses:
        sheet.add(styled(explains(report)))
        width = max(len(clean(diagnosis.mistake, 80)) for diagnosis in report.diagnoses)
        for diagnosis in sorted(report.diagnoses, key=lambda diagnosis: -diagnosis.points):
            mistake(sheet, diagnosis, min(width, WIDEST_ID))
            sheet.flow(4, [styled(each, "cyan") for each in places(report, diagnosis)[:PLACES_SHOWN]])
    others(sheet, report)
    if all(check.verdict is Verdict.PASSED for question in report.questions for check in question.checks):
        sheet.add(styled("every check passed", "green"))
    if report.diagnoses:
        sheet.add(styled(f"more: grader explain {topic_to_explain(report.diagnoses)}", "dim"), 2)


def mistake(sheet: Sheet, diagnosis: Diagnosis, width: int) -> None:
    """`forgot-something  question.role, question.other  −3`."""
    cost = styled(f"−{points(diagnosis.points)}", "bold") if diagnosis.points else styled("no cost", "dim")
    roles = ", ".join(clean(role, 60) for role in diagnosis.roles[:ROLES_SHOWN])
    more = f" and {len(diagnosis.roles) - ROLES_SHOWN} more" if len(diagnosis.roles) > ROLES_SHOWN else ""
    body = Text.assemble(
        (f"{clean(diagnosis.mistake, 80):<{width}}", "bold magenta"), ("  " + roles + more, "dim")
    )
    sheet.hang(styled("  "), body, cost)


def places(report: Report, diagnosis: Diagnosis) -> list[str]:
    """Where the mistake was made, in each of its roles."""
    checks = [check for question in report.questions for check in question.checks]
    made = [check.where for check in checks if diagnosis.mistake in check.mistakes]
    return list(dict.fromkeys(place(where) for where in (diagnosis.where, *made) if where))


def others(sheet: Sheet, report: Report) -> None:
    lost, checks = unexplained(report)
    if lost >= 0.01:
        reasons = Counter(check.verdict for check in checks)
        counts = ", ".join(f"{count} {REASONS[verdict]}" for verdict, count in reasons.items())
        label = "other checks" if report.diagnoses else "checks"
        sheet.hang(styled("  "), styled(f"{label}: {counts}"), styled(f"−{points(lost)}", "bold"))


def explains(report: Report) -> str:
    """`1 mistake explains 2 failed checks and 1 not checked:`."""
    checks = [
        check
        for question in report.questions
        for check in question.checks
        if check.verdict is not Verdict.PASSED and (check.mistakes or check.follows_from)
    ]
    count = len({mistake for check in checks for mistake in check.mistakes})
    if not count:
        return "noted:"
    skipped = sum(check.verdict is Verdict.SKIPPED for check in checks)
    what = plural(len(checks) - skipped, "failed check") + (f" and {skipped} not checked" if skipped else "")
    return f"{plural(count, 'mistake')} {'explains' if count == 1 else 'explain'} {what}:"


def topic_to_explain(diagnoses: tuple[Diagnosis, ...]) -> str:
    ids = {diagnosis.mistake for diagnosis in diagnoses}
    return clean(ids.pop(), 80) if len(ids) == 1 else "MISTAKE"


def asides(sheet: Sheet, report: Report) -> None:
    """Undecided mistakes, answers to mark by hand, notes, and faults of the grader's own."""
    for roles, group in groupby(report.candidates, key=lambda candidate: candidate.roles):
        undecided(sheet, roles, list(group))
    if report.manual:
        by_hand(sheet, report)
    if report.final is not None:
        what_counts(sheet, report)
    if report.limits:
        sheet.blank()
        for limit in report.limits:
            sheet.hang(styled("limit  ", "yellow"), styled(clean(limit)))
    if report.notes:
        sheet.blank()
        for note in report.notes:
            sheet.hang(styled("note  ", "dim"), styled(clean(note), "dim"))
    faults(sheet, report)


def faults(sheet: Sheet, report: Report) -> None:
    for fault in report.faults:
        sheet.blank()
        sheet.add(styled("a fault of the grader's, no points were taken:", "bold yellow"))
        sheet.add(styled(clean(fault)), 2)


def undecided(sheet: Sheet, roles: tuple[str, ...], group: list[Diagnosis]) -> None:
    where = ", ".join(clean(role, 60) for role in roles)
    sheet.blank()
    sheet.add(styled(f"{where}: one of these explains it, the results do not tell which:"))
    for candidate in group:
        line = Text.assemble(
            (clean(candidate.mistake, 80), "magenta"), ("  " + clean(candidate.explanation, 200), "dim")
        )
        sheet.hang(styled("  "), line)


def what_counts(sheet: Sheet, report: Report) -> None:
    """The points once people and late days have had their say, and what each of these changed."""
    sheet.blank()
    sheet.hang(Text(), styled("What counts", "bold"), styled(by_people.what_counts(report), "bold"))
    for told, change in by_people.changes(report):
        sheet.hang(styled("  "), styled(told), styled(change, "bold"))


def by_hand(sheet: Sheet, report: Report) -> None:
    sheet.blank()
    sheet.add(styled(f"beside the automatic points: {by_people.marked(report)}"))
    for comment in by_people.comments(report):
        sheet.hang(styled("  "), styled(comment))
