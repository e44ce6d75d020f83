"""The catalogue in the terminal: all mistakes as a table, or one as a page."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.padding import Padding
from rich.text import Text

from grader.diagnosis.catalogue import Catalogue, Mistake
from grader.report.sheet import Sheet
from grader.report.tiny_example import tiny_example
from grader.result import Example

__all__ = ["render_page", "render_table", "render_unknown"]


def render_table(catalogues: Iterable[Catalogue], question: str | None = None) -> RenderableType:
    """Every mistake's id and title, in the groups of the catalogues; of one question if given."""
    parts: list[RenderableType] = []
    for title, rows in (section for catalogue in catalogues for section in catalogue.sections.items()):
        chosen = [row for row in rows if question is None or question in row.questions]
        if chosen:
            parts.append(Text(f"\n{title}", style="bold"))
        for row in chosen:
            # Below one another: ids are long, and copied whole.
            parts += [Text(row.id, style="cyan"), Padding(Text(row.title), (0, 0, 0, 4))]
    return Group(*parts, Text("\none of them as a page: grader explain MISTAKE"))


def render_page(catalogue: Catalogue, row: Mistake) -> RenderableType:
    """One mistake: what it does, how it shows, formula, what to do, where the course has it, an example."""
    parts: list[RenderableType] = [
        Text(row.title, style="bold"),
        Text(
            f"{row.id} · {', '.join(row.questions)} · makes wrong: {catalogue.shown_slots(row.id)}\n",
            style="dim",
        ),
    ]
    for heading, text in (
        ("formula", row.formula),
        ("how it shows", row.symptom),
        ("what to do", row.remedy),
        ("in the course", row.course),
    ):
        # Plain text: formulas have brackets, which would be read as markup.
        parts += [Text(heading, style="bold"), Padding(Text(text), (0, 0, 1, 2))]
    if example := catalogue.examples.get(row.id):
        parts += [Text("an example", style="bold"), _Shown(example)]
    return Group(*parts)


@dataclass(frozen=True)
class _Shown:
    """An example as wide as the console."""

    example: Example

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        sheet = Sheet(console, options.max_width)
        tiny_example(sheet, self.example, 2)
        yield sheet


def render_unknown(catalogues: Iterable[Catalogue], mistake_id: str) -> Text:
    """What to say when there is no such mistake."""
    like = list(dict.fromkeys(id for catalogue in catalogues for id in catalogue.closest(mistake_id)))
    hint = f"did you mean {' or '.join(like)}?" if like else "grader explain lists all of them"
    return Text(f"there is no mistake called {mistake_id}; {hint}")
