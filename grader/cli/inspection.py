"""What `grader inspect`, `grader doctor` and `grader data status` show in the terminal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from rich.console import Console
from rich.text import Text

from grader.batch.gathering import gather
from grader.grade import Refused
from grader.intake.editions import Edition, Editions
from grader.intake.inspection import Inspection, RoleLine, inspected
from grader.intake.submission import Entry, SubmissionRefused, single
from grader.report.sheet import Sheet, fitted, styled
from grader.report.text import about, clean, plural
from grader.report.words import place
from grader.result import Where
from grader.sandbox.bounded import Overrun, bounded

__all__ = ["inspect_path", "print_found", "print_levels", "print_places"]

WIDEST_NAME = 26


def inspect_path(
    path: Path, editions: Editions, edition: Edition | None = None
) -> list[Inspection | Refused]:
    """What `grader grade` would grade at `path`: one submission, or those that a folder holds.

    Raises:
        SubmissionRefused: there is nothing to grade.
    """

    def read(entry: Entry) -> Inspection | Refused:
        try:
            return bounded(lambda: inspected(entry, editions, edition))
        except (SubmissionRefused, Overrun) as refusal:
            return Refused(entry.id, entry.path, str(refusal))

    found = [read(entry) for entry in gather([path], editions.landmarks_of(edition)).entries]
    if any(isinstance(each, Inspection) for each in found):
        return found
    alone = read(single(path))
    if isinstance(alone, Refused):
        raise SubmissionRefused(alone.reason)
    return [alone]


def print_found(found: Sequence[Inspection | Refused], console: Console) -> None:
    """What one submission holds; of several a line each, and the whole of it where only one is readable."""
    sheet = Sheet(console)
    readable = [each for each in found if isinstance(each, Inspection)]
    if len(found) > 1:
        overview(sheet, found)
    if len(found) > 1 and len(readable) == 1:
        sheet.blank()
    if len(readable) == 1:
        inspection(sheet, readable[0])
    console.print(sheet, end="")


def inspection(sheet: Sheet, found: Inspection) -> None:
    """Edition with its evidence, root, every role with its place, notebooks, what was ignored and why."""
    sheet.add(styled(f"{clean(found.id)} · edition {clean(found.edition_title)}", "bold"))
    fact(sheet, "assignment", "at the top" if found.root == "." else found.root)
    taken = next((note for note in found.notes if "tells the edition" in note), "you named the edition")
    fact(sheet, "because", "; ".join(found.evidence) or taken)
    fact(sheet, "sha256", found.sha256[:16])
    sheet.blank()
    widest = max((len(line.role) for line in found.roles), default=0)
    for line in found.roles:
        role(sheet, line, widest)
    sheet.blank()
    for question, notebook in found.notebooks.items():
        fact(sheet, "notebook", f"{notebook}, for {question}")
    for item in found.ignored:
        fact(sheet, "ignored", f"{item.path}: {item.reason}", "dim")
    for note in found.notes:
        fact(sheet, "note", note)


def fact(sheet: Sheet, label: str, text: str, style: str = "") -> None:
    sheet.hang(styled(f"{label:<10}  ", "dim"), styled(clean(text), style))


def role(sheet: Sheet, line: RoleLine, widest: int) -> None:
    """The role, its place and its name there; or why it is absent."""
    head = styled(f"{clean(line.role):<{widest}}  ")
    if line.file is None:
        sheet.hang(head, styled(f"– {clean(line.reason or '')}", "dim"))
        return
    found = place(Where(line.file, line.line, line.cell))
    sheet.hang(head, Text.assemble((found, "cyan"), "  ", (clean(line.name or ""), "dim")))


def overview(sheet: Sheet, found: Sequence[Inspection | Refused]) -> None:
    """A line for each submission of a folder: its edition, and how much of the work is there."""
    sheet.add(styled(f"{len(found)} entries; each is graded as one submission", "bold"))
    widest = min(max(len(clean(each.id)) for each in found), WIDEST_NAME)
    for each in found:
        head = styled(f"  {fitted(clean(each.id), widest)}  ")
        if isinstance(each, Inspection):
            sheet.hang(head, styled(in_short(each)))
        else:
            sheet.hang(head, styled(f"– {about(each.id, each.reason)}", "dim"))


def in_short(found: Inspection) -> str:
    there = sum(line.file is not None for line in found.roles)
    parts = [f"edition {found.edition}", f"{there} of {plural(len(found.roles), 'role')}"]
    parts.append(plural(len(set(found.notebooks.values())), "notebook"))
    return clean(" · ".join([*parts, *([] if found.root == "." else [f"in {found.root}"])]))


def print_levels(levels: Iterable[tuple[str, bool, str]], console: Console) -> None:
    """A line for each way to keep submissions apart: its name, whether this machine has it, what it means."""
    sheet = Sheet(console)
    for name, available, detail in levels:
        head = Text.assemble(sign(available), f"  {name:<10}  ")
        sheet.hang(head, styled(clean(detail)))
    console.print(sheet, end="")


def print_places(places: Iterable[tuple[str, bool, str, str]], console: Console) -> None:
    """A line for each place where images may be, and its path below: what it is, whether they are there."""
    sheet = Sheet(console)
    for what, found, path, note in places:
        sheet.hang(Text.assemble(sign(found), "  "), Text.assemble(what, ("  " + clean(note), "dim")))
        sheet.add(styled(clean(path), "cyan"), 3)
    console.print(sheet, end="")


def sign(good: bool) -> Text:
    return styled("✓", "green") if good else styled("✗", "red")
