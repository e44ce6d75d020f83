"""Annotations on file and line for GitHub Actions, and the page that its job summary shows."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Sequence

from grader.report.evidence import described, facts
from grader.report.ledger import charged, ledger
from grader.report.markdown import literal, markdown_page
from grader.report.text import clean, plural, points
from grader.report.words import REASONS, SIGNS, assignment, heading
from grader.result import CheckResult, QuestionResult, Report, Verdict

__all__ = ["job_summary", "render_github", "render_github_batch"]


def render_github(report: Report, base: str = ".", owner: str = "") -> str:
    """Workflow commands, a line each: an error for every failure that is no echo, and notices.

    Args:
        base: where the submission lies, relative to the repository; annotations need it to find the file.
        owner: whose work it is, for the titles; of one submission alone it goes without saying.
    """
    lines = [*errors(report, base, owner), *notices(report, owner)]
    return "".join(line + "\n" for line in lines)


def render_github_batch(reports: Sequence[Report]) -> str:
    """The annotations of all reports, each with the name of its submission when there are several."""
    several = len(reports) > 1
    return "".join(
        render_github(report, owner=clean(report.submission.id, 120) if several else "") for report in reports
    )


def errors(report: Report, base: str, owner: str) -> Iterator[str]:
    if report.refused is not None:
        yield command(
            "error",
            {"title": named(owner, f"{assignment(report)}: not graded")},
            clean(report.refused),
        )
    alike: dict[tuple[object, ...], list[tuple[QuestionResult, CheckResult]]] = {}
    for question in report.questions:
        for check in filter(charged, question.checks):
            # One typo can stop ten checks; GitHub shows ten annotations at most.
            alike.setdefault((question.id, *facts(check)), []).append((question, check))
    for (question, check), *more in alike.values():
        lines = described(check, report)
        lines += [f"the same stopped {plural(len(more), 'more check')}"] if more else []
        named_title = {"title": named(owner, title(question, check))}
        yield command("error", at(check, report, base) | named_title, "\n".join(lines))
    for fault in report.faults:
        text = f"a fault of the grader's, no points were taken: {clean(fault)}"
        yield command("warning", {"title": named(owner, assignment(report))}, text)


def notices(report: Report, owner: str) -> Iterator[str]:
    if report.refused is None:
        yield command("notice", {"title": named(owner, assignment(report))}, score_line(report))
    if report.notes:
        text = "\n".join(clean(note) for note in report.notes)
        yield command("notice", {"title": named(owner, "Notes")}, text)


def named(owner: str, title: str) -> str:
    return f"{owner} · {title}" if owner else title


def at(check: CheckResult, report: Report, base: str) -> dict[str, str]:
    """The `file`, `line` and `endLine` properties, with the file's path from the root of the repository."""
    if check.where is None:
        return {}
    path = clean(posixpath.normpath(posixpath.join(base, report.submission.path, check.where.file)), 500)
    # A line of a cell is no line of the notebook's file.
    if check.where.line is None or check.where.cell is not None:
        return {"file": path}
    end = {} if check.where.end_line is None else {"endLine": str(check.where.end_line)}
    return {"file": path, "line": str(check.where.line), **end}


def title(question: QuestionResult, check: CheckResult) -> str:
    return f"{clean(question.id, 40)} {clean(check.topic, 40)}: {clean(check.title, 200)}"


def command(name: str, properties: dict[str, str], message: str) -> str:
    """`::name key=value,…::message`, escaped as the runner unescapes it."""
    listed = ",".join(f"{key}={escaped(value, ':,')}" for key, value in properties.items())
    return f"::{name} {listed}::{escaped(message)}"


def escaped(text: str, also: str = "") -> str:
    for char in "%\r\n" + also:  # the percent sign first, as it begins the escapes of the others
        text = text.replace(char, f"%{ord(char):02X}")
    return text


def score_line(report: Report) -> str:
    total = ledger(report).total
    return f"{points(total.score)} of {points(total.max_score)} automatic points"


def job_summary(report: Report) -> str:
    """The author's page and every check, in Markdown, for the file that GITHUB_STEP_SUMMARY names."""
    parts = [markdown_page(report).rstrip("\n")]
    if report.questions:
        parts.append("<details><summary>Every check</summary>")
        parts += [question_summary(report, index) for index in range(len(report.questions))]
        parts.append("</details>")
    if report.notes:
        parts.append("\n".join(f"- {literal(clean(note))}" for note in report.notes))
    return "\n\n".join(parts) + "\n"


def question_summary(report: Report, index: int) -> str:
    """A table of one question's checks."""
    question, book = report.questions[index], ledger(report)
    name = f"{heading(question)} · {book.questions[index]}"
    rows = [f"### {literal(name)}", "", "| | about | check | points |", "|---|---|---|---:|"]
    for check, worth in zip(question.checks, book.checks[index], strict=True):
        remark = "" if check.verdict in (Verdict.PASSED, Verdict.FAILED) else f" ({REASONS[check.verdict]})"
        remark = " (same mistake)" if check.follows_from and check.verdict is not Verdict.SKIPPED else remark
        cells = (SIGNS[check.verdict], clean(check.topic, 40), clean(check.title, 200) + remark, str(worth))
        rows.append("| " + " | ".join(literal(cell) for cell in cells) + " |")
    return "\n".join(rows)
