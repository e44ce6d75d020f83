"""The closing table of a batch: how the scores lie, what failed most often, which mistakes were made."""

from __future__ import annotations

import copy
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
from grader.report.words import assignment, merged_order
from grader.result import Report, Verdict

__all__ = ["ClassSummary", "class_summary"]

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

    def __init__(self, reports: Iterable[Report] = ()) -> None:
        self.whole = False
        self.count = self.graded = self.timed_out = 0
        self.shares: list[float] = []
        self.made: Counter[str] = Counter()
        self.mended: Counter[str] = Counter()
        self.editions: Counter[str] = Counter()
        self.title = ""
        self.sequences: set[tuple[str, ...]] = set()
        self.checks: dict[str, dict[str, Tally]] = {}
        self.refused: list[tuple[str, str]] = []
        self.faulty: list[tuple[str, str]] = []
        self.limited: list[tuple[str, str]] = []
        for report in reports:
            self.add(report)

    def add(self, report: Report) -> None:
        """Take a report into account; nothing of it is kept but counts and what needs attention."""
        name = report.submission.id
        self.count += 1
        self.title = self.title or assignment(report)
        if report.refused is not None:
            self.refused.append((name, report.refused))
        if report.faults:
            self.faulty.append((name, report.faults[0]))
        if report.limits:
            self.limited.append((name, report.limits[0]))
        if report.refused is None and report.questions:
            self.add_graded(report)

    def add_graded(self, report: Report) -> None:
        self.graded += 1
        self.sequences.add(tuple(question.id for question in report.questions))
        self.editions[report.submission.edition or "unknown"] += 1
        total = ledger(report).total
        if total.max_score > 0:
            self.shares.append(total.score / total.max_score)
        self.mended.update(kind.name for kind in mended_kinds([report]))
        self.made.update({diagnosis.mistake for diagnosis in report.diagnoses})
        checks = [(question.id, check) for question in report.questions for check in question.checks]
        self.timed_out += any(check.verdict is Verdict.TIMEOUT for _, check in checks)
        for question, check in checks:
            of_question = self.checks.setdefault(question, {})
            if check.id not in of_question:
                about = f"{clean(question, 40)} {clean(check.topic, 40)}"
                of_question[check.id] = Tally(about, clean(check.title, 200))
            of_question[check.id].had += 1
            of_question[check.id].failed += wrong(check)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        sheet = Sheet(console, options.max_width)
        self.header(sheet)
        if self.graded:
            self.scores(sheet)
            self.failures(sheet)
            self.mistakes(sheet)
            self.mends(sheet)
        self.named(sheet, "not graded", self.refused)
        self.named(sheet, "ran into a limit", self.limited)
        self.named(sheet, "faults of the grader's, no points were taken", self.faulty)
        yield sheet

    def header(self, sheet: Sheet) -> None:
        texts = [self.title, plural(self.count, "submission"), f"{self.graded} graded"]
        sheet.flow(0, [styled(text, "bold") for text in texts], " · ")
        told = [f"edition {clean(edition, 30)}: {count}" for edition, count in sorted(self.editions.items())]
        told += [f"time limit hit by {self.timed_out}"] if self.timed_out else []
        if self.whole:
            sheet.flow(0, [styled(text, "dim") for text in told], " · ")

    def scores(self, sheet: Sheet) -> None:
        """A histogram of shares of the maximum, best first, empty ends left out."""
        if not self.shares:
            return
        middle = f"median {median(self.shares) * 100:.0f} %, mean {mean(self.shares) * 100:.0f} %"
        heading(sheet, "Scores", middle)
        counts = Counter(min(int(share * BINS + 1e-9), BINS - 1) for share in self.shares)
        unit = LONGEST_BAR / max(counts.values())
        for low in range(max(counts), min(counts) - 1, -1):
            bar = "━" * max(round(counts[low] * unit), 1) if counts[low] else ""
            label = f"{low * 10:>3}–{(low + 1) * 10:>3} %"
            sheet.hang(styled(f"  {label}  ", "dim"), Text.assemble((bar, "blue"), f" {counts[low] or ''}"))

    def failures(self, sheet: Sheet) -> None:
        """The checks that somebody got wrong, not as an echo: most often first, then as in the course."""
        in_order = [
            tally for id in merged_order(self.sequences) for tally in self.checks[id].values() if tally.failed
        ]
        failed = sorted(in_order, key=lambda tally: -tally.failed)
        if not failed:
            return
        heading(sheet, "Checks most often failed", "echoes and unfinished work not counted")
        shown = failed[: self.most(MOST_CHECKS)]
        width = min(max(cell_len(each.about) for each in shown), WIDEST_NAME)
        for each in shown:
            head = styled(f"  {fitted(each.about, width)}  ", "dim")
            sheet.hang(head, styled(each.title), styled(f"{each.failed} of {each.had}", "bold"))
        beyond(sheet, len(failed) - len(shown))

    def mistakes(self, sheet: Sheet) -> None:
        """How many students made each mistake, most first."""
        if not self.made:
            return
        heading(sheet, "Mistakes", "students who made each")
        ranked = sorted(self.made.items(), key=lambda item: (-item[1], item[0]))
        shown = ranked[: self.most(MOST_MISTAKES)]
        for mistake, students in shown:
            name = styled(clean(mistake, 80), "bold magenta")
            sheet.hang(styled("  "), name, styled(f"{students} of {self.graded}", "bold"))
        beyond(sheet, len(ranked) - len(shown))

    def mends(self, sheet: Sheet) -> None:
        """By which kinds of change functions without a named mistake are mended."""
        if not self.mended:
            return
        heading(sheet, "Smallest changes that mend what has no name", "grader mends shows them")
        ranked = sorted(self.mended.items(), key=lambda item: (-item[1], item[0]))
        for name, count in ranked[:MOST_MISTAKES]:
            sheet.hang(styled("  "), styled(name), styled(str(count), "bold"))
        beyond(sheet, len(ranked) - MOST_MISTAKES)

    def named(self, sheet: Sheet, what: str, cases: Sequence[tuple[str, str]]) -> None:
        """Submissions that need a person's attention, each with its reason."""
        if not cases:
            return
        heading(sheet, what.capitalize(), "")
        shown = sorted(cases)[: self.most(MOST_NAMED)]
        for name, reason in shown:
            sheet.hang(styled(f"  {clean(name, 24)}  ", "bold"), styled(about(name, reason)))
        beyond(sheet, len(cases) - len(shown))

    def in_full(self) -> ClassSummary:
        """The same without a list cut short, for a file."""
        whole = copy.copy(self)
        whole.whole = True
        return whole

    def most(self, limit: int) -> int | None:
        """How many lines a terminal gets of a list; all when the whole is wanted."""
        return None if self.whole else limit


@dataclass
class Tally:
    """One check in a class."""

    about: str
    title: str
    had: int = 0
    failed: int = 0


def heading(sheet: Sheet, title: str, remark: str) -> None:
    sheet.blank()
    sheet.hang(styled(""), Text.assemble((title, "bold"), ("  " + remark, "dim")))


def beyond(sheet: Sheet, count: int) -> None:
    if count > 0:
        sheet.add(styled(f"and {count} more", "dim"), 2)
