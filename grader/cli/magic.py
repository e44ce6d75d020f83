"""The self-check inside of Jupyter: `%load_ext grader`, then `%grade svm`; or `grader.check("svm")`."""

from __future__ import annotations

import io
import platform
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from rich.console import Console
from rich.terminal_theme import TerminalTheme

import grader
from grader.assignment import Assignment
from grader.checking.check import Setting
from grader.cli.assignments import ASSIGNMENTS, DEFAULT
from grader.grade import Job, grade_student
from grader.intake.editions import Edition, EditionError
from grader.intake.excerpts import quoting
from grader.intake.toml_file import nearest
from grader.report import print_report, render_console
from grader.report.relocated import relocated
from grader.result import QuestionResult, Report, SkipReason, SubmissionInfo
from grader.scoring import rubric
from grader.student.live import Live, LiveStudent, add_given, as_they_were, find_live

__all__ = ["SelfCheck", "register", "self_check"]

NOTICE = "a self-check in your own kernel: hints for you, not the sandboxed grading"
#: As wide as an output is beside the file browser on a small screen.
_WIDTH = 76
#: Black, red, green, yellow, blue, magenta, cyan, white: to be read on a light and on a dark page.
_COLOURS = [(90, 90, 90), (205, 49, 49), (19, 138, 70), (166, 117, 0)]
_COLOURS += [(36, 114, 200), (168, 60, 168), (10, 130, 150), (130, 130, 130)]
_THEME = TerminalTheme((255, 255, 255), (0, 0, 0), _COLOURS)
_PAGE = (
    '<pre style="white-space:pre;overflow-x:auto;line-height:1.35;'
    "font-family:Menlo,Consolas,'DejaVu Sans Mono',monospace\">{code}</pre>"
)


class SelfCheck:
    """The report of a self-check; Jupyter shows it as HTML or text. `report` is the report itself."""

    def __init__(self, report: Report) -> None:
        self.report = report

    def __repr__(self) -> str:
        return f"{NOTICE}\n\n{render_console(self.report, _WIDTH)}"

    def _repr_html_(self) -> str:
        kind: dict[str, Any] = {"force_terminal": True, "force_jupyter": False, "color_system": "standard"}
        console = Console(file=io.StringIO(), record=True, width=_WIDTH, **kind)
        console.print(NOTICE, style="bold", highlight=False)
        console.print()
        print_report(self.report, console)
        return console.export_html(theme=_THEME, code_format=_PAGE, inline_styles=True)


def self_check(
    *questions: str,
    edition: str | None = None,
    seed: int = 231,
    namespace: Mapping[str, Any] | None = None,
    cell_numbers: Mapping[str, int] | None = None,
) -> SelfCheck:
    """Check the functions that live in this notebook (or in the caller's module).

    Args:
        questions: `svm`, `softmax`, …; without any, all whose functions can be found.
        edition: the course's year; by default read from the functions themselves.
        namespace: where the functions are looked up; by default the notebook's names.
        cell_numbers: which cell a code's file name stands for; by default as IPython knows it.

    Raises:
        ValueError: there is no such question or edition.
    """
    start = time.perf_counter()
    shell = _shell()
    names = namespace if namespace is not None else shell.user_ns if shell else _callers_names()
    numbers = cell_numbers if cell_numbers is not None else _cell_numbers(shell)
    assignment, chosen, live = _found(questions, edition, names, numbers)
    job = _job(assignment, questions, chosen, live, seed)
    add_given(live, chosen, assignment.editions)
    student = LiveStudent(live, seed)
    with as_they_were(live):
        graded = grade_student(student, chosen, job, live.files)
    report = graded.report(_info(chosen), (*live.notes, *student.notes))
    quoted = quoting(live.files)
    report = relocated(report, lambda where: live.cells.place(quoted(where)), live.cells.text)
    return SelfCheck(
        msgspec.structs.replace(
            report,
            questions=tuple(map(_without_not_run, report.questions)),
            to_do=(*report.to_do, *_not_found(live, chosen, job.questions)),
            environment=_environment(seed),
            duration_s=round(time.perf_counter() - start, 3),
        )
    )


def _info(edition: Edition) -> SubmissionInfo:
    return SubmissionInfo("self-check", ".", edition.name, None)


def _without_not_run(question: QuestionResult) -> QuestionResult:
    """The question without checks that only grading runs: trainings, and the notebook as a whole."""
    run = [check for check in question.checks if check.reason not in (SkipReason.NOT_RUN, SkipReason.FAULT)]
    return msgspec.structs.replace(question, checks=tuple(run))


def _not_found(live: Live, edition: Edition, questions: Sequence[str]) -> Sequence[str]:
    """Why functions of the questions are nowhere: each reason once."""
    reasons = (why for role, why in live.absent.items() if edition.question_of(role) in questions)
    return tuple(dict.fromkeys(reasons))


def _found(
    questions: tuple[str, ...], edition: str | None, names: Mapping[str, Any], numbers: Mapping[str, int]
) -> tuple[Assignment, Edition, Live]:
    """The assignment of the first question, else the first of which something lives; its edition and that."""
    asked = [one for one in ASSIGNMENTS.values() if any(q.id in questions[:1] for q in one.questions)]
    for one in asked or (() if questions else ASSIGNMENTS.values()):
        chosen, live = _living(one, edition, names, numbers)
        if live.sites:
            return one, chosen, live
    one = (asked or [DEFAULT])[0]
    return one, *_living(one, edition, names, numbers)


def _living(
    assignment: Assignment, edition: str | None, names: Mapping[str, Any], numbers: Mapping[str, int]
) -> tuple[Edition, Live]:
    """The edition asked for, or the one that the live functions' own texts show; and what lives of it."""
    editions = assignment.editions
    if edition is not None:
        try:
            chosen = editions.load(edition)
        except EditionError as error:
            raise ValueError(str(error)) from None
        return chosen, find_live(names, chosen, numbers)
    package = editions.landmarks.package
    modules = Path().glob(f"{package}/**/*.py") if package else ()
    beside = {path.as_posix(): path.read_bytes() for path in modules}
    chosen = editions.identify(beside).edition
    live = find_live(names, chosen, numbers)
    shown = editions.identify(live.files)
    if not beside and shown.evidence and shown.edition.name != chosen.name:
        return shown.edition, find_live(names, shown.edition, numbers)
    return chosen, live


def _job(assignment: Assignment, questions: tuple[str, ...], edition: Edition, live: Live, seed: int) -> Job:
    loaded = rubric.load(assignment.name, assignment)
    known = [row.id for row in loaded.questions(edition.names, edition.questions)]
    for name in questions:
        if name not in known:
            raise ValueError(f"there is no question {name!r}{nearest(name, known)}")
    asked = questions or tuple(q for q in known if any(edition.question_of(r) == q for r in live.sites))
    if not asked:
        raise ValueError("no function of the assignment was found: run its cells or imports first")
    return Job(assignment, loaded, edition, asked, Setting(seed, notes=frozenset(loaded.notes)))


def _environment(seed: int) -> dict[str, Any]:
    return {
        "grader": grader.__version__,
        "python": platform.python_version(),
        "numpy": np.__version__,
        "sandbox": "none, your own kernel",
        "seed": seed,
    }


def _shell() -> Any:
    """IPython's shell, if this is one."""
    module = sys.modules.get("IPython")
    return module.get_ipython() if module is not None else None


def _callers_names() -> Mapping[str, Any]:
    """The names of the first module outside of this package that leads here."""
    frame = sys._getframe(1)
    while frame.f_back is not None and str(frame.f_globals.get("__name__", "")).partition(".")[0] == "grader":
        frame = frame.f_back
    return {**frame.f_globals, **frame.f_locals}


def _cell_numbers(shell: Any) -> dict[str, int]:
    """File name of a cell's code → number of the run, as IPython's compiler keeps it."""
    known = getattr(getattr(shell, "compile", None), "_filename_map", None)
    return dict(known) if isinstance(known, dict) else {}


def _ran(shell: Any, cell: str) -> bool:
    """Run it as a cell, within the one that is run; whether nothing was raised.

    Its first line stands for that of the magic, and its number is that of the cell, so that places are
    counted as the notebook shows them.
    """
    outer, following = shell.displayhook.exec_result, shell.execution_count
    shell.execution_count = getattr(outer, "execution_count", None) or following
    try:
        return bool(shell.run_cell(cell).success)
    finally:
        shell.displayhook.exec_result, shell.execution_count = outer, following


def register(shell: Any) -> None:
    """Add `%grade` and `%%grade` to an IPython shell."""

    def grade(line: str, cell: str | None = None) -> SelfCheck | None:
        """Check the functions in this notebook: `%grade svm`, or `%grade` for all that can be found.

        `%%grade svm` at the top of a cell runs the cell first; what it raises is shown as ever, and nothing
        is checked then.
        """
        if cell is not None and not _ran(shell, f"# %%grade {line}\n{cell}"):
            return None
        try:
            return self_check(*line.replace(",", " ").split())
        except ValueError as error:
            print(f"%grade: {error}")
            return None

    shell.register_magic_function(grade, "line_cell", "grade")
