"""All that an assignment package must offer: an `Assignment`, and one `Question` for each of its questions.

The engine knows no course. It is handed an `Assignment` by the faces in `cli/`.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from types import ModuleType
from typing import Any, Literal, Protocol

from grader.checking.check import Check, CheckFunction
from grader.diagnosis import by_text, raised, static
from grader.diagnosis.attribution import Explainer
from grader.diagnosis.catalogue import Catalogue
from grader.diagnosis.examples.posed import Poser
from grader.diagnosis.lines import Locate, nowhere
from grader.diagnosis.mending.operators import Operator
from grader.diagnosis.mending.scenes import Ways
from grader.diagnosis.named import named_in
from grader.diagnosis.pictures import Drawer
from grader.intake.editions import Editions
from grader.student.calls import Student
from grader.student.layout import Layout
from grader.student.notebooks.course import Material, QuestionNotebook
from grader.student.notebooks.runs import NotebookRuns

__all__ = ["Assignment", "DataHandle", "Question", "declared_in", "questions_of"]


def declared_in(*modules: ModuleType) -> tuple[CheckFunction, ...]:
    """The checks of these modules, in the order in which they were written."""
    found = [one for module in modules for one in vars(module).values() if isinstance(one, CheckFunction)]
    return tuple(dict.fromkeys(found))


class DataHandle(Protocol):
    """What students' classes are trained on. Small, and so cheap to hand to another process."""

    @property
    def description(self) -> str:
        """The data in a few words, for a report."""

    @property
    def key(self) -> str:
        """A name that changes with the data."""

    @property
    def given(self) -> Path | None:
        """The folder that workers may read; None where they need none. Raises what is wrong with the data."""

    @property
    def dataset(self) -> Any:
        """What notebooks run on."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Question:
    """Whatever differs by question.

    Args:
        proxy: makes the student's work as the checks see it, from the student and the question's id.
        checks: in the order of the report.
        notebook: what is asked of its notebook.
        explain: what names the mistakes behind failed checks, in turn.
        context: checks of other questions, run without points to explain a failure of this one.
        returns: what the course's functions call the results that they return, by role.
        mend: the ways to mend its roles, where nothing names what is wrong.
        examples: what poses small problems, worked out by hand, for a check that failed.
        pictures: what draws what the work does, for a check that failed or waits for one that did.
        notes: mistakes that cost points only where a rubric says so.
    """

    id: str
    proxy: Callable[[Student, str], Any]
    checks: tuple[CheckFunction, ...]
    notebook: QuestionNotebook | None = None
    explain: tuple[Explainer, ...] = ()
    context: tuple[Check, ...] = ()
    mend: tuple[Ways, ...] = ()
    examples: tuple[Poser, ...] = ()
    pictures: tuple[Drawer, ...] = ()
    returns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def of(self, *functions: CheckFunction) -> list[Check]:
        """These functions as checks of this question."""
        return [check for function in functions for check in function.checks(self.id)]


def questions_of(package: str) -> tuple[Question, ...]:
    """The questions that the folders of a package declare, each in its `question.py`."""
    return tuple(dict.fromkeys(_questions(package)))


def _questions(package: str) -> Iterator[Question]:
    for folder in sorted(resources.files(package).iterdir(), key=lambda folder: folder.name):
        if (folder / "question.py").is_file():
            declared = importlib.import_module(f"{package}.{folder.name}.question")
            yield from (one for one in vars(declared).values() if isinstance(one, Question))


@dataclass(frozen=True, kw_only=True, eq=False)
class Assignment:
    """One assignment: its package and name, its title on every page, and its questions.

    The order of the questions is an edition's and a rubric's. What has a default, an assignment may lack.

    Args:
        name: what commands call it, and the name of its rubric.
        locate: finds the statement of a mistake in a function.
        modules: the modules that the course's code imports.
        editions: its years.
        layout: where the course has its modules and data, where it has a package.
        operators: the kinds of edit by which a function may be mended.
        material: what notebooks find, for a `quick` or a `full` run, from what gives the images.
        training: opens the data to train on, by `--data`, a seed, and the folder in which it may lie, too.
        starter: a folder with what students start from, for `grader start`.
    """

    package: str
    name: str
    title: str
    questions: tuple[Question, ...]
    catalogue: Catalogue
    editions: Editions
    layout: Layout = field(default_factory=Layout)
    modules: frozenset[str] = frozenset()
    locate: Locate = nowhere
    material: Callable[[Literal["quick", "full"], Callable[[], Any] | None], Material] | None = None
    training: Callable[[str, int, Path | None], DataHandle] | None = None
    operators: Sequence[Operator] = ()
    starter: Traversable | None = None

    def __post_init__(self) -> None:
        """
        Raises:
            LookupError: a check needs one that is not there. ValueError: code names a mistake that is not.
        """
        for check in self.checks.values():
            if absent := [needed for needed in check.needs if needed not in self.checks]:
                raise LookupError(f"{check.id} needs {absent[0]}, which is no check")
        self.catalogue.require(*named_in(by_text, raised, static), *self.notes)

    def __reduce__(self) -> Any:
        """By name, as functions are: another process imports the package itself."""
        return _imported, (self.package,)

    @cached_property
    def checks(self) -> Mapping[str, Check]:
        """All checks by id."""
        return {check.id: check for question in self.questions for check in question.of(*question.checks)}

    @property
    def notes(self) -> tuple[str, ...]:
        """Mistakes that cost points only where a rubric says so."""
        return tuple(note for question in self.questions for note in question.notes)

    def question(self, id: str) -> Question:
        """
        Raises:
            StopIteration: no such question.
        """
        return next(question for question in self.questions if question.id == id)

    def proxy(self, student: Student, question: str, runs: NotebookRuns | None = None) -> Any:
        """A question's work as the checks see it; its notebook, among the `runs`, is the part `notebook`."""
        asked = self.question(question)
        work = asked.proxy(student, question)
        if asked.notebook is not None:
            work.notebook = asked.notebook.subject(runs or NotebookRuns(None, {}, {}, {}), question)
        return work

    @property
    def notebooks(self) -> Mapping[str, QuestionNotebook]:
        """What each question asks of its notebook."""
        return {q.id: q.notebook for q in self.questions if q.notebook is not None}


def _imported(package: str) -> Assignment:
    assignment: Assignment = importlib.import_module(package).ASSIGNMENT
    return assignment
