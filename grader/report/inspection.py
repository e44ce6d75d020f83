"""What `grader inspect` and `grader doctor` show in the terminal."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Console
from rich.table import Table
from rich.text import Text

from grader.report.text import clean
from grader.report.words import place
from grader.result import Where
from grader.submission import Inspection, RoleLine

__all__ = ["print_inspection", "print_levels", "print_places"]


def print_inspection(found: Inspection, console: Console) -> None:
    """Edition with its evidence, root, every role with its place, notebooks, what was ignored and why."""
    console.print(Text(f"{clean(found.id)} · edition {found.edition_title}", style="bold"))
    facts = Table.grid(padding=(0, 2))
    facts.add_row("assignment", _plain("at the top" if found.root == "." else found.root))
    facts.add_row("because", _plain("; ".join(found.evidence) or "you named the edition"))
    facts.add_row("sha256", found.sha256[:16])
    console.print(facts)
    console.print(_roles(found.roles))
    for question, notebook in found.notebooks.items():
        console.print(_plain(f"notebook for {question}: {notebook}"))
    for item in found.ignored:
        console.print(_plain(f"ignored {item.path}: {item.reason}"), style="dim")
    for note in found.notes:
        console.print(_plain(f"note: {note}"))


def _roles(lines: Iterable[RoleLine]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("role", "found", "where"):
        table.add_column(heading, overflow="fold")
    for line in lines:
        if line.file is None:
            table.add_row(_plain(line.role), "–", _plain(line.reason or ""), style="dim")
        else:
            table.add_row(
                _plain(line.role),
                _plain(line.name or ""),
                _plain(place(Where(line.file, line.line, line.cell))),
            )
    return table


def _plain(text: str) -> Text:
    return Text(clean(text))


def print_levels(levels: Iterable[tuple[str, bool, str]], console: Console) -> None:
    """A line for each way to keep submissions apart: its name, whether this machine has it, what it means."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("sandbox", "", "what it means here"):
        table.add_column(heading)
    for name, available, detail in levels:
        sign = Text("✓", style="green") if available else Text("✗", style="red")
        table.add_row(name, sign, _plain(detail))
    console.print(table)


def print_places(places: Iterable[tuple[str, bool, str, str]], console: Console) -> None:
    """A line for each place where images may be: what it is, whether they are there, the path, a remark."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("images", "", "where", ""):
        table.add_column(heading, overflow="fold")
    for what, found, path, note in places:
        sign = Text("✓", style="green") if found else Text("–", style="dim")
        table.add_row(what, sign, _plain(path), _plain(note))
    console.print(table)
