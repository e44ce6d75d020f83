"""The catalogue and the checks as Markdown: `python -m grader.cli.pages docs/mistakes` writes them anew."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from grader.assignment import Assignment
from grader.cli.assignments import ASSIGNMENTS, DEFAULT
from grader.diagnosis.catalogue import Catalogue, Mistake

__all__ = ["CHECKS", "checks_page", "folder_of", "pages", "write"]

INDEX = "README.md"
#: From the folder of the mistakes.
CHECKS = Path("../reference/checks.md")
INTRODUCTION = (
    "# Mistakes\n\n"
    "What the grader can name, and what to do about each. `grader explain ID` shows the same page.\n"
    "These files are made from the catalogue by `python -m grader.cli.pages docs/mistakes`.\n"
)


def folder_of(docs: Path, assignment: Assignment) -> Path:
    """Where its pages are: two assignments may have a mistake of one name, each with its own words."""
    return docs if assignment is DEFAULT else docs / assignment.name


def pages(catalogue: Catalogue) -> Iterator[tuple[str, str]]:
    """File names and their text: an index, and one page for each mistake."""
    yield INDEX, _index(catalogue)
    for row in catalogue.rows.values():
        yield f"{row.id}.md", _page(catalogue, row)


def write(catalogue: Catalogue, folder: Path) -> None:
    """Write all pages, and remove those of mistakes that are no longer in the catalogue."""
    folder.mkdir(parents=True, exist_ok=True)
    current = dict(pages(catalogue))
    for file in folder.glob("*.md"):
        if file.name not in current:
            file.unlink()
    for name, text in current.items():
        (folder / name).write_text(text, encoding="utf-8")


def _index(catalogue: Catalogue) -> str:
    parts = [INTRODUCTION]
    for title, rows in catalogue.sections.items():
        lines = [
            f"| [`{row.id}`]({row.id}.md) | {_cell(row.title)} | {', '.join(row.questions)} |" for row in rows
        ]
        parts.append(
            "\n".join([f"## {title}\n", "| mistake | what it is | questions |", "|---|---|---|", *lines, ""])
        )
    return "\n".join(parts)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _page(catalogue: Catalogue, row: Mistake) -> str:
    wrong = catalogue.shown_slots(row.id)
    return (
        f"# {row.title}\n\n`{row.id}` · {', '.join(row.questions)} · makes wrong: {wrong}\n\n"
        f"**Formula.** {row.formula}\n\n"
        f"**How it shows.** {row.symptom}\n\n"
        f"**What to do.** {row.remedy}\n\n"
        f"**In the course.** {row.course}\n"
    )


def checks_page(assignments: Iterable[Assignment]) -> str:
    """Every check with its id and the line that people read, by assignment and question."""
    parts = [
        "# Checks\n\n"
        "A rubric names a check by its id without the question: `naive.loss` in the question `svm`.\n"
        "This page is made from the code by `python -m grader.cli.pages docs/mistakes`.\n"
    ]
    for assignment in assignments:
        parts.append(f"## {assignment.title}\n")
        for question in assignment.questions:
            rows = [f"| `{check.id}` | {_cell(check.title)} |" for check in question.of(*question.checks)]
            table = ["| check | what it says |", "|---|---|", *rows, ""]
            parts.append("\n".join([f"### {question.id}\n", *table]))
    return "\n".join(parts)


if __name__ == "__main__":
    (Path(sys.argv[1]) / CHECKS).write_text(checks_page(ASSIGNMENTS.values()), encoding="utf-8")
    for one in ASSIGNMENTS.values():
        write(one.catalogue, folder_of(Path(sys.argv[1]), one))
