"""What a test of one check tells where it does not pass: the entry of the author's page, once."""

from __future__ import annotations

import io

from rich.console import Console

from grader.report.entries import PageEntry
from grader.report.evidence import described
from grader.report.outline import outline
from grader.report.sheet import Sheet
from grader.report.text import clean
from grader.report.wrong_work import wrong_work
from grader.result import CheckResult, Report, Verdict

__all__ = ["failure_texts"]

_WIDTH = 80


def failure_texts(report: Report) -> dict[str, str]:
    """The id of every check that is wrong or missing → what to say of it.

    The check that tells best what is wrong has the whole entry; those beside it and behind it name that one.
    """
    checks = [check for question in report.questions for check in question.checks]
    texts = {}
    for number, entry in enumerate(outline(report).entries, 1):
        first, *others = entry.checks
        texts[first.id] = _whole(entry, number)
        texts |= {check.id: _beside(check, first) for check in others}
    by_id = {check.id: check for check in checks}
    for check in checks:
        if check.verdict not in (Verdict.PASSED, Verdict.SKIPPED) and check.id not in texts:
            cause = by_id.get(check.follows_from or "")
            texts[check.id] = "\n".join(described(check, report)) if cause is None else _beside(check, cause)
    return texts


def _whole(entry: PageEntry, number: int) -> str:
    out = io.StringIO()
    console = Console(file=out, width=_WIDTH, force_jupyter=False, no_color=True)
    sheet = Sheet(console, _WIDTH)
    wrong_work(sheet, entry, number)
    console.print(sheet, end="")
    return out.getvalue().rstrip("\n")


def _beside(check: CheckResult, cause: CheckResult) -> str:
    told = clean(cause.message or cause.title)
    return f"{clean(check.message or check.title)}\nfor the same reason as {cause.id}: {told}"
