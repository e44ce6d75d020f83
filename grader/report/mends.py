"""What the mends of a class have in common: how often each kind was needed in each function, and examples."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from rich.console import Console, ConsoleOptions, RenderResult

from grader.report.sheet import Sheet, styled
from grader.report.text import clean, plural
from grader.report.words import place
from grader.result import Mend, Report

__all__ = ["MendedKind", "mend_table", "mended_kinds"]

MOST_EXAMPLES = 3


@dataclass
class MendedKind:
    """One kind of mend of one role: whose, and what each was."""

    role: str
    kinds: tuple[str, ...]
    hint: str
    cases: list[tuple[str, Mend]] = field(default_factory=list)

    @property
    def name(self) -> str:
        return f"{clean(self.role, 40)} · {clean(' + '.join(self.kinds), 80)}"


def mended_kinds(reports: Iterable[Report]) -> list[MendedKind]:
    """The kinds by role, the most frequent first."""
    found: dict[tuple[str, tuple[str, ...]], MendedKind] = {}
    for report in reports:
        for mend in report.mends:
            kinds = tuple(line.kind for line in mend.lines)
            hint = "; ".join(dict.fromkeys(line.hint for line in mend.lines))
            known = found.setdefault((mend.role, kinds), MendedKind(mend.role, kinds, hint))
            known.cases.append((report.submission.id, mend))
    return sorted(found.values(), key=lambda kind: (-len(kind.cases), kind.role, kind.kinds))


def mend_table(reports: Iterable[Report]) -> MendTable:
    """What to print of the mends of a class: candidates for the catalogue first."""
    return MendTable(list(reports))


class MendTable:
    """A rich renderable, in the width of the console that prints it."""

    def __init__(self, reports: list[Report]) -> None:
        self.reports = reports

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        sheet = Sheet(console, options.max_width)
        kinds = mended_kinds(self.reports)
        found = plural(sum(len(kind.cases) for kind in kinds), "function was mended", "functions were mended")
        sheet.flow(0, [styled(f"{found} in {plural(len(self.reports), 'submission')}", "bold")])
        for kind in kinds:
            self.kind(sheet, kind)
        yield sheet

    def kind(self, sheet: Sheet, kind: MendedKind) -> None:
        sheet.blank()
        sheet.hang(styled(""), styled(kind.name, "bold"), styled(str(len(kind.cases)), "bold"))
        sheet.hang(styled("  "), styled(clean(kind.hint)))
        for submission, mend in kind.cases[:MOST_EXAMPLES]:
            where = place(mend.lines[0].where)
            sheet.hang(styled("  "), styled(f"{clean(submission, 60)}  {where}", "cyan"))
            for line in mend.change:
                sheet.hang(
                    styled("    "),
                    styled(
                        clean(f"{line[:1]} {line[1:].strip()}", 200), "red" if line[:1] == "-" else "green"
                    ),
                )
