"""The author's page in Markdown: what is to be done first, with the author's own lines.

Every text of a submission is escaped; nothing in it is markup, a link or an image.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from grader.report.entries import ALSO, DO, EITHER, FOLLOWS, OwnLine, PageEntry
from grader.report.outline import outline
from grader.report.text import clean, points
from grader.result import Report

__all__ = ["code_block", "literal", "markdown_page"]

_ENTITIES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
# What every Markdown lets a backslash escape; before other signs some would show it.
_MARKUP = re.compile(r"([\\`*_{}\[\]()#+\-.!|~$])")


def markdown_page(report: Report) -> str:
    """The page; its sentences are those of the terminal's."""
    told = outline(report)
    parts = [f"## {literal(' · '.join(told.header))}"]
    if told.refused:
        parts.append(f"**Not graded:** {literal(told.refused)}")
    for number, each in enumerate(told.entries, 1):
        parts += entry(each, number)
    parts += [f"… {literal(each.text)} **{each.cost}**" for each in told.missing]
    if told.standings:
        of_questions = [f"{literal(each.title)} {each.worth} {each.sign}" for each in told.standings]
        parts.append(" · ".join([*of_questions, literal(told.passed)]))
    parts += [f"Not checked: {literal('; '.join(map(str, told.idle)))}"] if told.idle else []
    parts += [f"Note: {literal(note)}" for note in told.notes]
    parts += what_counts(report)
    parts += [
        f"**A fault of the grader's, no points were taken:** {literal(clean(fault))}"
        for fault in report.faults
    ]
    return "\n\n".join(parts) + "\n"


def entry(wrong: PageEntry, number: int) -> list[str]:
    """One thing that is wrong: the paragraphs of its fact, its place, what to do, and what follows."""
    parts = [f"### {wrong.sign} {number}. {literal(wrong.title)} ({wrong.cost})"]
    if places := [*wrong.places, *wrong.mistakes]:
        parts.append(" · ".join(f"*{literal(each)}*" for each in places))
    parts += code_block(wrong.lines)
    parts += [literal(wrong.compared)] if wrong.compared else []
    parts += [f"**{ALSO}** {literal(fact)}" for fact in wrong.also]
    parts += [f"**{EITHER}** {literal(', '.join(wrong.perhaps))}"] if wrong.perhaps else []
    parts += [f"{f'**{DO}** ' if wrong.mistakes else ''}{literal(wrong.advice)}"] if wrong.advice else []
    parts += [f"{FOLLOWS} {literal(wrong.followers)}\\."] if wrong.followers else []
    return parts


def code_block(lines: Sequence[OwnLine]) -> list[str]:
    """The author's lines as they stand, their place marked; in a fence that nothing in them ends."""
    if not lines:
        return []
    width = max(len(str(line.number)) for line in lines)
    text = "\n".join(
        f"{'▸' if line.here else ' '} {line.number:>{width}} │ {line.code}".rstrip() for line in lines
    )
    longest = max(map(len, re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return [f"{fence}\n{text}\n{fence}"]


def what_counts(report: Report) -> Iterable[str]:
    """The points once people and late days have had their say."""
    if report.final is None:
        return
    yield f"**What counts: {points(report.final.score)} of {points(report.final.max_score)} points**"
    for each in report.adjustments:
        sign = "+" if each.points >= 0 else "−"
        yield f"{literal(clean(each.reason, 300))}: {sign}{points(abs(each.points))}"


def literal(text: str) -> str:
    """`text` such that Markdown shows it as it is: no markup, no HTML, no links."""
    escaped = _MARKUP.sub(r"\\\1", text.translate(_ENTITIES))
    return escaped.replace("://", "&#58;//").replace("@", "&#64;")
