"""A tiny example on a page: what is given, then a table with the submission's values above the right ones."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len
from rich.text import Text

from grader.report.sheet import Sheet, styled
from grader.result import Example, ExampleRow

__all__ = ["tiny_example"]

GAP = 2


def tiny_example(sheet: Sheet, example: Example, indent: int) -> None:
    """Write what is legible already, `indent` cells from the left."""
    *first, last = example.given or ("",)
    sheet.flow(indent, [styled(f"{part},") for part in first] + [styled(f"{last}:")], " ")
    if len(example.columns) == 1 and all(row.kind != "given" for row in example.rows):
        values = ", ".join(f"{row.label} {row.values[0]}" for row in example.rows if row.values)
        sheet.add(styled(f"{example.what or example.columns[0]}: {values}"), indent)
        return
    labels = max(cell_len(row.label) for row in example.rows)
    widths = [
        max(cell_len(text) for text in column)
        for column in zip(example.columns, *(row.values for row in example.rows), strict=False)
    ]
    if indent + labels + sum(widths) + GAP * len(widths) > sheet.width:
        in_words(sheet, example, indent)
        return
    what = styled(example.what, "dim")
    head = line("", example.columns, labels, widths)
    beside = Text.assemble(head, " " * 2 * GAP, what) if what else head
    if indent + beside.cell_len > sheet.width:
        sheet.add(what, indent)
        beside = head
    sheet.add(beside, indent)
    for row in example.rows:
        sheet.add(line(row.label, row.values, labels, widths, row.wrong), indent)


def line(
    label: str, values: Sequence[str], labels: int, widths: Sequence[int], wrong: Sequence[int] = ()
) -> Text:
    """A row of the table, its values flush right."""
    text = styled(f"{label:<{labels}}")
    for number, (value, width) in enumerate(zip(values, widths, strict=False)):
        text.append(" " * (GAP + width - cell_len(value)))
        text.append(value, "bold red" if number in wrong else "")
    return text


def in_words(sheet: Sheet, example: Example, indent: int) -> None:
    """Each row by itself, where the table is wider than the page."""
    if example.what:
        sheet.add(styled(example.what, "dim"), indent)
    for row in (ExampleRow("", example.columns), *example.rows):
        values = [styled(value) for value in row.values if value]
        sheet.flow(indent, [styled(row.label), *values] if row.label else values)
