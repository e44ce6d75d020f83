"""Rubrics: TOML -> typed questions, points and policies, with errors that name the line and the key."""

from __future__ import annotations

import importlib.resources
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec

from grader.assignment import Assignment
from grader.intake.editions import Editions
from grader.intake.toml_file import Keys, TomlFile, nearest
from grader.result import MendLevel, Visibility

__all__ = [
    "ByHand",
    "CheckRow",
    "Late",
    "QuestionRow",
    "Rubric",
    "RubricError",
    "available",
    "load",
    "text_of",
]

Points = Annotated[float, msgspec.Meta(ge=0)]
Share = Annotated[float, msgspec.Meta(ge=0, le=1)]
Days = Annotated[int, msgspec.Meta(ge=0)]


class RubricError(Exception):
    """A rubric that cannot be used; the text says where and why."""


class CheckRow(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`id` is the check's id without its question. `visibility` is the question's where it names none."""

    id: str
    points: Points
    visibility: Visibility | None = None


class QuestionRow(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One question of the assignment. `points`, when given, must be the sum of its checks'."""

    id: str
    title: str
    checks: tuple[CheckRow, ...]
    points: Points | None = None
    # Editions in which the question counts; all that have it when empty.
    editions: tuple[str, ...] = ()
    visibility: Visibility = "shown"

    @property
    def visibilities(self) -> dict[str, Visibility]:
        """When authors may see each check, by its id with the question."""
        return {f"{self.id}.{check.id}": check.visibility or self.visibility for check in self.checks}


class Thresholds(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The least accuracies on real images: after the course's own settings, and of the tuned model."""

    validation_accuracy: Share | None = None
    tuned_accuracy: Share | None = None


class ByHand(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A question whose answers people mark: those of a notebook, or one that no notebook holds.

    `points` has the most for each of its answers, in their order.
    """

    question: str
    points: tuple[Points, ...]
    title: str = ""


class Late(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What being late costs: `penalty` is the share of the score for each day beyond the free ones.

    After `most_days` nothing counts.
    """

    due: Annotated[datetime, msgspec.Meta(tz=True)]
    grace_minutes: Points = 0
    free_days: Days = 0
    penalty: Share = 0
    most_days: Days | None = None


class Rubric(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`policy` is how failures cost points; `deductions` gives a mistake a cost other than the default."""

    schema: Literal["grader.rubric/1"]
    title: str
    question: tuple[QuestionRow, ...]
    policy: Literal["charge-mistakes", "charge-checks"] = "charge-mistakes"
    deductions: dict[str, Points] = {}
    # Mistakes that cost no points: their checks pass and a note is made. If not given, the assignment's.
    notes: tuple[str, ...] = ()
    thresholds: dict[str, Thresholds] = {}
    # How far authors are told the smallest change that makes a function right.
    mends: MendLevel = "kind"
    by_hand: tuple[ByHand, ...] = ()
    late: Late | None = None

    @property
    def validation_accuracies(self) -> dict[str, float]:
        """The least accuracy after the course's own settings, by question, where the rubric names one."""
        named = {q: row.validation_accuracy for q, row in self.thresholds.items()}
        return {q: least for q, least in named.items() if least is not None}

    @property
    def tuned_accuracies(self) -> dict[str, float]:
        """The least accuracy of tuned models, by model, where the rubric names one."""
        named = {q: row.tuned_accuracy for q, row in self.thresholds.items()}
        return {q: least for q, least in named.items() if least is not None}

    def questions(self, edition: Sequence[str], available: tuple[str, ...]) -> list[QuestionRow]:
        """The rows that count for an edition having these questions, in the rubric's order.

        Args:
            edition: its names; of several that rows of a question name, the first decides.
        """
        return [row for row in self.question if row.id in available and self._counts(row, edition)]

    def _counts(self, row: QuestionRow, edition: Sequence[str]) -> bool:
        named = {name for each in self.question if each.id == row.id for name in each.editions}
        called = next((name for name in edition if name in named), None)
        return not row.editions or called in row.editions


def available() -> list[str]:
    """Names of the rubrics that come with the grader."""
    return sorted(
        item.name.removesuffix(".toml") for item in _folder().iterdir() if item.name.endswith(".toml")
    )


def text_of(name: str) -> str:
    """The TOML of a rubric that comes with the grader."""
    text: str = (_folder() / f"{name}.toml").read_text("utf-8")
    return text


def load(name_or_file: str, assignment: Assignment, editions: Collection[str] | None = ()) -> Rubric:
    """The rubric of that name, or in that file.

    Args:
        editions: names of editions that it may speak of beside the assignment's; of any, where None.

    Raises:
        RubricError: not found, not TOML, of another form, or naming a check, mistake, question or edition
            that does not exist.
    """
    path = Path(name_or_file)
    if name_or_file in available():
        file = TomlFile(f"{name_or_file}.toml", text_of(name_or_file), RubricError)
    elif path.suffix == ".toml" or path.is_file():
        file = TomlFile.read(path, "the rubric", RubricError)
    else:
        hint = nearest(name_or_file, available()).replace("use one of", "use a .toml file or one of")
        raise RubricError(f"there is no rubric {name_or_file!r}{hint}")
    rubric = _parse(file, assignment)
    known = None if editions is None else [*assignment.editions.names, *editions]
    _verify(rubric, assignment, file, known)
    return rubric


def _folder() -> Any:
    """The rubrics' folder: inside the package when installed, beside it in a checkout."""
    packaged = importlib.resources.files("grader") / "rubrics"
    return packaged if packaged.is_dir() else Path(__file__).parents[2] / "rubrics"


def _parse(file: TomlFile, assignment: Assignment) -> Rubric:
    data = file.data()
    if "extends" in data and "schema" not in data:
        file.refuse("this is an edition's file, not a rubric", ("extends",), "")
    data.setdefault("notes", list(assignment.notes))
    return file.made(Rubric, data)


def _verify(rubric: Rubric, assignment: Assignment, file: TomlFile, editions: Collection[str] | None) -> None:
    questions = [question.id for question in assignment.questions]
    for i, question in enumerate(rubric.question):
        file.require("question", question.id, questions, ("question", i, "id"))
        if any(_alike(question, other) for other in rubric.question[:i]):
            told = (
                f'the question "{question.id}" appears twice; name the `editions` of each, if both are meant'
            )
            file.refuse(told, ("question", i, "id"), f"question[{i}]")
        unknown = [name for name in question.editions if editions is not None and name not in editions]
        for name in unknown:
            told = f'there is no edition "{name}"; use one of: {", ".join(editions or ())}'
            file.refuse(told, ("question", i, "editions", name), f"question[{i}].editions")
        _verify_checks(question, assignment, file, ("question", i))
    for key, what, name, names in _named(rubric, assignment):
        if name not in names:
            hint = nearest(name, names) or "; grader explain lists all of them"
            file.refuse(f'there is no {what} "{name}"{hint}', (key, name), key)


def _alike(one: QuestionRow, other: QuestionRow) -> bool:
    """Whether both rows would count for the same work."""
    apart = one.editions and other.editions and not {*one.editions} & {*other.editions}
    return one.id == other.id and not apart


def _verify_checks(question: QuestionRow, assignment: Assignment, file: TomlFile, keys: Keys) -> None:
    known = [id for id, check in assignment.checks.items() if check.question == question.id]
    for j, row in enumerate(question.checks):
        file.require("check", f"{question.id}.{row.id}", known, (*keys, "checks", j, "id"))
    ids = [row.id for row in question.checks]
    if repeated := next((name for name in ids if ids.count(name) > 1), None):
        file.refuse(f'the check "{repeated}" appears twice', (*keys, "checks"))
    total = sum(row.points for row in question.checks)
    if question.points is not None and abs(total - question.points) > 1e-9:
        file.refuse(f"the checks add up to {total:g}, not {question.points:g}", (*keys, "points"))


def _named(rubric: Rubric, assignment: Assignment) -> Iterator[tuple[str, str, str, Collection[str]]]:
    """What the rubric names by id, beside its checks: key, what it is, the id, all ids that there are."""
    mistakes, accuracies = assignment.catalogue.rows, _accuracies(assignment.editions)
    yield from (("deductions", "mistake", name, mistakes) for name in rubric.deductions)
    yield from (("notes", "mistake", name, mistakes) for name in rubric.notes)
    yield from (("thresholds", "question", name, accuracies) for name in rubric.thresholds)


def _accuracies(editions: Editions) -> list[str]:
    """What an edition names an accuracy for: a question, or one of its models (`features.net`)."""
    return list(dict.fromkeys(name for year in editions.names for name in editions.load(year).accuracies))
