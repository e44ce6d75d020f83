"""The closing table of a batch: how the scores lie, what failed most often, which mistakes were made."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import mean, median

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderResult
from rich.text import Text

from grader.report.ledger import ledger, wrong
from grader.report.mends import mended_kinds
from grader.report.sheet import Sheet, fitted, styled
from grader.report.text import about, clean, plural
from grader.report.words import assignment, in_order
from grader.result import Report

__all__ = ["class_summary"]

BINS = 10
LONGEST_BAR = 24
MOST_CHECKS = 8
MOST_MISTAKES = 15
WIDEST_NAME = 26
MOST_NAMED = 10


def class_summary(reports: Iterable[Report]) -> ClassSummary:
    """What to print when a batch is done."""
    return ClassSummary(reports)


class ClassSummary:
    """A rich renderable, in the width of the console that prints it."""

    def __init__(self, reports: Iterable[Report]) -> None:
        self.reports = sorted(reports, key=lambda report: report.submission.id)
        self.graded = [report for report in self.reports if report.refused is None and report.questions]

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        sheet = Sheet(console, options.max_width)
        self.header(sheet)
        if self.graded:
            self.scores(sheet)
            self.failures(sheet)
            self.mistakes(sheet)
            self.mends(sheet)
        self.named(sheet, "not graded", [(r, r.refused) for r in self.reports if r.refused is not None])
        faults = [(r, r.faults[0]) for r in self.reports if r.faults]
        self.named(sheet, "faults of the grader's, no points were taken", faults)
        yield sheet

    def header(self, sheet: Sheet) -> None:
        title = next(filter(None, map(assignment, self.reports)), "")
        texts = [title, plural(len(self.reports), "submission"), f"{len(self.graded)} graded"]
        sheet.flow(0, [styled(text, "bold") for text in texts], " · ")

    def scores(self, sheet: Sheet) -> None:
        """A histogram of shares of the maximum, best first, empty ends left out."""
        totals = [ledger(report).total for report in self.graded]
        shares = [total.score / total.max_score for total in totals if total.max_score > 0]
        if not shares:
            return
        heading(sheet, "Scores", f"median {median(shares) * 100:.0f} %, mean {mean(shares) * 100:.0f} %")
        counts = Counter(min(int(share * BINS + 1e-9), BINS - 1) for share in shares)
        unit = LONGEST_BAR / max(counts.values())
        for low in range(max(counts), min(counts) - 1, -1):
            bar = "━" * max(round(counts[low] * unit), 1) if counts[low] else ""
            label = f"{low * 10:>3}–{(low + 1) * 10:>3} %"
            sheet.hang(styled(f"  {label}  ", "dim"), Text.assemble((bar, "blue"), f" {counts[low] or ''}"))

    def failures(self, sheet: Sheet) -> None:
        failed = tallies(self.graded)
        if not failed:
            return
        heading(sheet, "Checks most often failed", "echoes and unfinished work not counted")
        shown = failed[:MOST_CHECKS]
        width = min(max(cell_len(each.about) for each in shown), WIDEST_NAME)
        for each in shown:
            head = styled(f"  {fitted(each.about, width)}  ", "dim")
            sheet.hang(head, styled(each.title), styled(f"{each.failed} of {each.had}", "bold"))
        beyond(sheet, len(failed) - len(shown))

    def mistakes(self, sheet: Sheet) -> None:
        """How many students made each mistake, most first."""
        made = Counter(
            mistake
            for report in self.graded
            for mistake in {diagnosis.mistake for diagnosis in report.diagnoses}
        )
        if not made:
            return
        heading(sheet, "Mistakes", "students who made each")
        ranked = sorted(made.items(), key=lambda item: (-item[1], item[0]))
        for mistake, students in ranked[:MOST_MISTAKES]:
            name = styled(clean(mistake, 80), "bold magenta")
            sheet.hang(styled("  "), name, styled(f"{students} of {len(self.graded)}", "bold"))
        beyond(sheet, len(ranked) - MOST_MISTAKES)

    def mends(self, sheet: Sheet) -> None:
        """By which kinds of change functions without a named mistake are mended."""
        kinds = mended_kinds(self.graded)
        if not kinds:
            return
        heading(sheet, "Smallest changes that mend what has no name", "grader mends shows them")
        for kind in kinds[:MOST_MISTAKES]:
            sheet.hang(styled("  "), styled(kind.name), styled(str(len(kind.cases)), "bold"))
        beyond(sheet, len(kinds) - MOST_MISTAKES)

    def named(self, sheet: Sheet, what: str, cases: list[tuple[Report, str]]) -> None:
        """Submissions that need a person's attention, each with its reason."""
        if not cases:
            return
        heading(sheet, what.capitalize(), "")
        for report, reason in cases[:MOST_NAMED]:
            name = report.submission.id
            sheet.hang(styled(f"  {clean(name, 24)}  ", "bold"), styled(about(name, reason)))
        beyond(sheet, len(cases) - MOST_NAMED)


@dataclass
class Tally:
    """One check in a class."""

    about: str
    title: str
    had: int = 0
    failed: int = 0


def tallies(reports: Sequence[Report]) -> list[Tally]:
    """The checks that somebody got wrong, not as an echo: most often first, then in the course's order."""
    found: dict[str, dict[str, Tally]] = {}
    for report in reports:
        for question in report.questions:
            for check in question.checks:
                about = f"{clean(question.id, 40)} {clean(check.topic, 40)}"
                tally = found.setdefault(question.id, {}).setdefault(
                    check.id, Tally(about, clean(check.title, 200))
                )
                tally.had += 1
                tally.failed += wrong(check)
    failed = [tally for id in in_order(reports) for tally in found[id].values() if tally.failed]
    return sorted(failed, key=lambda tally: -tally.failed)


def heading(sheet: Sheet, title: str, remark: str) -> None:
    sheet.blank()
    sheet.hang(styled(""), Text.assemble((title, "bold"), ("  " + remark, "dim")))


def beyond(sheet: Sheet, count: int) -> None:
    if count > 0:
        sheet.add(styled(f"and {count} more", "dim"), 2)
