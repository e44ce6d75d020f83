"""The pages of docs/mistakes and the list of checks: `python submissions/pages.py` writes them anew.

Their words are the catalogue's. The example and the pictures are those of the report on a planted sample.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib import resources
from pathlib import Path

import msgspec
from plant import CATALOGUES, Sample, plant, read_catalogue

from grader.assignment import Assignment
from grader.batch.plan import SandboxChoice
from grader.cli.assignments import ASSIGNMENTS, DEFAULT
from grader.diagnosis.catalogue import EXAMPLES, Catalogue, Mistake
from grader.grade import Job, grade_entry
from grader.intake.submission import single
from grader.report import pictures
from grader.report.entries import PageEntry
from grader.report.filling import own_file
from grader.report.outline import outline
from grader.result import Example, Report
from grader.sandbox.host import Limits
from grader.scoring import rubric

__all__ = ["DOCS", "checks_page", "folder_of", "outdated", "pages", "samples", "write"]

DOCS = Path(__file__).parents[1] / "docs" / "mistakes"
INDEX = "README.md"
#: From the folder of the mistakes.
CHECKS = Path("../reference/checks.md")
INTRODUCTION = (
    "# Mistakes\n\n"
    "What the grader can name, and what to do about each, with an example where numbers show it.\n"
    "`grader explain ID` says the same in a terminal. `python submissions/pages.py` makes these files.\n"
)
GAP = 20

#: Texts by the names of their files.
Files = Mapping[str, str]


def folder_of(docs: Path, assignment: Assignment) -> Path:
    """Where its pages are: two assignments may have a mistake of one name, each with its own words."""
    return docs if assignment is DEFAULT else docs / assignment.name


# --- what a mistake does ------------------------------------------------------------------------------------


def samples(assignment: Assignment) -> dict[str, Sample]:
    """For each mistake that is planted by itself the sample that its page shows.

    It answers the first of the mistake's questions that any does; a vectorized function, which is trained.
    """
    kind = "mistakes" if assignment is DEFAULT else f"{assignment.name}/mistakes"
    found: dict[str, list[Sample]] = {}
    for sample in read_catalogue(CATALOGUES[kind]).values():
        if len(sample.mistakes) == 1 and not sample.missing:
            found.setdefault(sample.mistakes[0], []).append(sample)
    return {
        mistake: min(planted, key=lambda one: _rank(one, assignment.catalogue[mistake].questions))
        for mistake, planted in found.items()
    }


def _rank(sample: Sample, questions: Sequence[str]) -> tuple[int, bool]:
    answered = [number for number, question in enumerate(questions) if question in sample.questions]
    return min(answered, default=len(questions)), sample.name.endswith("--naive")


def reported(assignment: Assignment) -> Iterator[tuple[str, Report]]:
    """Each of these mistakes with the report on its sample."""
    asked = rubric.load(assignment.name, assignment)
    graded = {question.id for question in asked.question}
    with SandboxChoice("auto", None, Limits()).build() as sandbox, tempfile.TemporaryDirectory() as folder:
        for mistake, sample in samples(assignment).items():
            plant(sample, Path(folder) / sample.name)
            questions = tuple(question for question in sample.questions if question in graded)
            job = Job(assignment, asked, questions=questions)
            yield mistake, grade_entry(single(Path(folder) / sample.name), job, sandbox)


def entry_of(mistake: str, report: Report) -> PageEntry | None:
    """What the author's page says of it."""
    return next((each for each in outline(report).entries if mistake in each.mistakes), None)


def example_of(mistake: str, report: Report) -> Example | None:
    entry = entry_of(mistake, report)
    return entry.example if entry is not None else None


def illustrated(mistake: str, report: Report) -> Files:
    """What a mistake's report gives: under "" the part of its page, and the pictures by their names.

    The curves, which tell what an example does not; an array where there is no example.
    """
    entry = entry_of(mistake, report)
    if entry is None:
        return {}
    parts = [] if entry.example is None else [_example(entry.example)]
    kinds = ("curves",) if parts else ("curves", "cells")
    files = {}
    for number, picture in enumerate(each for each in entry.pictures if each.kind in kinds):
        name = f"pictures/{mistake}{number or ''}.svg"
        panels = pictures.drawn(picture)
        files[name] = _in_one(panels)
        parts.append(f"![{'; '.join(map(_label, panels))}]({name})\n\n*{pictures.caption(picture)}*\n")
    return {"": "\n".join(["", *parts]) if parts else "", **files}


def _example(example: Example) -> str:
    """The small problem with the sample's values in a table, the wrong ones in bold."""
    head = [example.what, *example.columns]
    rows = [
        [row.label, *(f"**{text}**" if at in row.wrong else text for at, text in enumerate(row.values))]
        for row in example.rows
    ]
    table = [head, ["---", *["---:"] * len(example.columns)], *rows]
    given = ", ".join(f"`{part}`" for part in example.given)
    lines = [f"| {' | '.join(map(_cell, line))} |" for line in table]
    return "\n".join([f"**An example.** {given}:\n", *lines, ""])


def _label(panel: str) -> str:
    return str(re.findall(r'aria-label="([^"]*)"', panel)[0])


def _in_one(panels: Iterable[str]) -> str:
    """The panels beside one another, with the page's colours, as a file of its own."""
    parts, across, high = [], 0.0, 0.0
    for panel in panels:
        width, height = map(float, re.findall(r'viewBox="0 0 (\S+) (\S+)"', panel)[0])
        parts.append(str(panel).replace("<svg ", f'<svg x="{across:g}" height="{height:g}" ', 1))
        across, high = across + width + GAP, max(high, height)
    box = f'viewBox="-8 -8 {across - GAP + 16:g} {high + 16:g}" width="{across - GAP + 16:g}"'
    body = "".join(parts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="panels" {box}><style>{_style(body)}</style>'
        f'<rect class="paper" x="-8" y="-8" width="100%" height="100%"/>{body}</svg>\n'
    )


def _style(body: str) -> str:
    """What the page's style says of these panels, in light and dark."""
    style, classes = own_file("page.css"), set(re.findall(r'class="([^"]*)"', body))
    every = re.findall(r"\.panels (?:text|path|\.)[^{]*{[^}]*}", style)
    named = [(set(re.findall(r"\.(?!panels)([a-z-]+)", rule.partition("{")[0])), rule) for rule in every]
    rules = [rule for names, rule in named if not names or names & classes]
    rules += [".paper { fill: var(--paper) }", "svg { font-family: sans-serif }"]
    used = set(re.findall(r"var\((--\w+)\)", " ".join(rules)))
    of_page = re.findall(r"(--\w+): ([^;}]+)", style.partition("* {")[0])
    colours = [f"{name}: {value.strip()}" for name, value in of_page if name in used]
    light, dark = ("; ".join(part) for part in (colours[: len(used)], colours[len(used) :]))
    scheme = f":root {{ {light} }} @media (prefers-color-scheme: dark) {{ :root {{ {dark} }} }}"
    return " ".join([scheme, *rules])


# --- pages --------------------------------------------------------------------------------------------------


def pages(catalogue: Catalogue, given: Mapping[str, Files]) -> Iterator[tuple[str, str]]:
    """File names and their text: an index, one page for each mistake, and the pictures.

    Args:
        given: what `illustrated` gives, by mistake.
    """
    yield INDEX, _index(catalogue)
    for row in catalogue.rows.values():
        files = dict(given.get(row.id, {}))
        yield f"{row.id}.md", _words(catalogue, row) + files.pop("", "")
        yield from files.items()


def write(folder: Path, current: Files) -> None:
    """Write all files, and remove those of mistakes that are no longer in the catalogue."""
    (folder / "pictures").mkdir(parents=True, exist_ok=True)
    for file in (*folder.glob("*.md"), *folder.glob("pictures/*.svg")):
        if file.relative_to(folder).as_posix() not in current:
            file.unlink()
    for name, text in current.items():
        (folder / name).write_text(text, encoding="utf-8")


def write_examples(assignment: Assignment, reports: Mapping[str, Report]) -> None:
    """Write what `grader explain` shows: an example a line."""
    found = {mistake: example_of(mistake, report) for mistake, report in reports.items()}
    lines = [f'"{id}": {msgspec.json.encode(one).decode()}' for id, one in sorted(found.items()) if one]
    folder = Path(str(resources.files(f"grader.{assignment.name}.catalogue")))
    if lines:
        (folder / EXAMPLES).write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


def outdated(assignment: Assignment, mistake: str, report: Report) -> list[str]:
    """The files of a mistake that are not what the report on its sample gives."""
    folder, given = folder_of(DOCS, assignment), {mistake: illustrated(mistake, report)}
    made = dict(pages(assignment.catalogue, given))
    names = (f"{mistake}.md", *(name for name in given[mistake] if name))
    old = [name for name in names if (folder / name).read_text(encoding="utf-8") != made[name]]
    is_kept = assignment.catalogue.examples.get(mistake) == example_of(mistake, report)
    return old if is_kept else [*old, EXAMPLES]


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


def _words(catalogue: Catalogue, row: Mistake) -> str:
    """What the catalogue says of a mistake."""
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
        "This page is made from the code by `python submissions/pages.py`.\n"
    ]
    for assignment in assignments:
        parts.append(f"## {assignment.title}\n")
        for question in assignment.questions:
            rows = [f"| `{check.id}` | {_cell(check.title)} |" for check in question.of(*question.checks)]
            table = ["| check | what it says |", "|---|---|", *rows, ""]
            parts.append("\n".join([f"### {question.id}\n", *table]))
    return "\n".join(parts)


if __name__ == "__main__":
    (DOCS / CHECKS).write_text(checks_page(ASSIGNMENTS.values()), encoding="utf-8")
    for one in ASSIGNMENTS.values():
        reports = dict(reported(one))
        given = {mistake: illustrated(mistake, report) for mistake, report in reports.items()}
        write(folder_of(DOCS, one), dict(pages(one.catalogue, given)))
        write_examples(one, reports)
