"""What people and late days changed about the points, in the same sentences on every page."""

from __future__ import annotations

from collections.abc import Sequence

from grader.report.text import clean, plural, points
from grader.result import ManualAnswer, Report

__all__ = ["changes", "comments", "marked", "what_counts"]


def marked(report: Report) -> str:
    """`4 of 5 points for 1 answer marked by hand, 2 answers to be marked by hand (3 points)`; or empty.

    The most that they give is told where the rubric says it.
    """
    given = [answer for answer in report.manual if answer.points is not None]
    waiting = [answer for answer in report.manual if answer.points is None]
    parts = []
    if given:
        of = f" of {points(_most(given))}" if _most(given) else ""
        got = points(sum(answer.points or 0 for answer in given))
        parts.append(f"{got}{of} points for {plural(len(given), 'answer')} marked by hand")
    if waiting:
        worth = f" ({points(_most(waiting))} points)" if _most(waiting) else ""
        parts.append(f"{plural(len(waiting), 'answer')} to be marked by hand{worth}")
    return ", ".join(parts)


def _most(answers: Sequence[ManualAnswer]) -> float:
    """The points that the rubric gives for these answers; 0 where it names none."""
    return sum(answer.max_score or 0 for answer in answers)


def comments(report: Report) -> list[str]:
    """`question (1.5): what the marker says`."""
    return [
        f"{clean(answer.question, 40)}"
        f"{f' ({points(answer.points)})' if answer.points is not None else ''}: {clean(answer.comment)}"
        for answer in report.manual
        if answer.comment
    ]


def what_counts(report: Report) -> str:
    """`75/82`, once people and late days have had their say; empty where they have none."""
    return f"{points(report.final.score)}/{points(report.final.max_score)}" if report.final else ""


def changes(report: Report) -> list[tuple[str, str]]:
    """What was changed, why and by whom; and by how much."""
    told = []
    for each in report.adjustments:
        by = f" ({clean(each.by, 60)})" if each.by else ""
        change = f"{'+' if each.points >= 0 else '−'}{points(abs(each.points))}"
        told.append((f"{clean(each.what, 60)}: {clean(each.reason, 300)}{by}", change))
    return told
