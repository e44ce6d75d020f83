"""One thing that is wrong, for its author, on a page for a terminal."""

from __future__ import annotations

from rich.text import Text

from grader.report.entries import ALSO, DO, EITHER, FOLLOWS, PageEntry
from grader.report.sheet import Sheet, styled
from grader.report.tiny_example import tiny_example

__all__ = ["wrong_work"]

#: As wide as `✗ 1  `: all that is said of one thing stands below its first word.
ENTRY = 5
#: So few lines of a range are read at a glance.
RANGE = 7


def wrong_work(sheet: Sheet, wrong: PageEntry, position: int) -> None:
    """Write one numbered entry."""
    head = Text.assemble((wrong.sign, "bold red"), (f" {position:<{ENTRY - 2}}", "bold"))
    sheet.hang(head, styled(wrong.title, "bold"), styled(wrong.cost, "bold" if wrong.lost else "dim"))
    names = [styled(mistake, "magenta") for mistake in wrong.mistakes]
    sheet.flow(ENTRY, [*(styled(each, "cyan") for each in wrong.places), *names])
    own_lines(sheet, wrong)
    numbers(sheet, wrong)
    labelled(sheet, f"{EITHER} ", styled(", ".join(wrong.perhaps), "magenta"))
    labelled(sheet, "", styled(wrong.hint))
    labelled(sheet, f"{DO} ", styled(wrong.advice))
    if wrong.followers:
        sheet.add(styled(f"{FOLLOWS} {wrong.followers}.", "dim"), ENTRY)


def labelled(sheet: Sheet, label: str, text: Text) -> None:
    if text:
        sheet.add(Text.assemble((label, "bold"), text), ENTRY)


def numbers(sheet: Sheet, wrong: PageEntry) -> None:
    """The example, or else the first value that differs, beside a name only if one line holds it.

    Where there is no name, which values are right, and what else is wrong.
    """
    line = styled(wrong.compared)
    if wrong.example is not None:
        tiny_example(sheet, wrong.example, ENTRY)
        labelled(sheet, "", styled("" if wrong.mistakes else wrong.values))
    elif line and (not wrong.mistakes or ENTRY + line.cell_len <= sheet.width):
        sheet.add(line, ENTRY)
    for fact in wrong.also:
        labelled(sheet, f"{ALSO} ", styled(fact))


def own_lines(sheet: Sheet, wrong: PageEntry) -> None:
    """The own lines, their place marked; above an example the one line alone.

    All of a short range, unless a name and an example tell enough.
    """
    if any(line.here for line in wrong.lines):
        lines = [line for line in wrong.lines if line.here or wrong.example is None]
    else:
        told = wrong.example is not None and wrong.mistakes
        lines = [] if told or len(wrong.lines) > RANGE else list(wrong.lines)
    width = max((len(str(line.number)) for line in lines), default=0)
    for line in lines:
        mark = ("▸ " if line.here else "  ", "bold red")
        head = Text.assemble(" " * ENTRY, mark, (f"{line.number:>{width}} │ ", "dim"))
        if line.here:
            sheet.hang(head, styled(line.code, "bold"))
        else:
            sheet.cut(head, styled(line.code, "dim"))
