"""Rubrics: TOML -> typed questions, points and policies, with errors that name the line and the key."""

from __future__ import annotations

import difflib
import importlib.resources
import re
import tomllib
from collections.abc import Collection, Iterator
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Literal, get_args, get_origin, get_type_hints

import msgspec

from grader.assignment import Assignment
from grader.intake.editions import Editions
from grader.result import MendLevel, Visibility
from grader.scoring.toml_lines import place

__all__ = [
    "ByHand",
    "CheckRow",
    "Late",
    "QuestionRow",
    "Rubric",
    "RubricError",
    "Thresholds",
    "available",
    "load",
    "text_of",
]

Points = Annotated[float, msgspec.Meta(ge=0)]
Share = Annotated[float, msgspec.Meta(ge=0, le=1)]
Days = Annotated[int, msgspec.Meta(ge=0)]
SCHEMA = "grader.rubric/1"


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

    def questions(self, edition: str, available: tuple[str, ...]) -> list[QuestionRow]:
        """The rows that count for an edition having these questions, in the rubric's order."""
        return [
            row
            for row in self.question
            if row.id in available and (not row.editions or edition in row.editions)
        ]


def available() -> list[str]:
    """Names of the rubrics that come with the grader."""
    return sorted(
        item.name.removesuffix(".toml") for item in _folder().iterdir() if item.name.endswith(".toml")
    )


def text_of(name: str) -> str:
    """The TOML of a rubric that comes with the grader."""
    text: str = (_folder() / f"{name}.toml").read_text("utf-8")
    return text


def load(name_or_file: str, assignment: Assignment) -> Rubric:
    """The rubric of that name, or in that file.

    Raises:
        RubricError: not found, not TOML, of another form, or naming a check, mistake or question that does
            not exist.
    """
    path = Path(name_or_file)
    if name_or_file in available():
        where, text = f"{name_or_file}.toml", text_of(name_or_file)
    elif path.suffix == ".toml" or path.is_file():
        where, text = str(path), _read(path)
    else:
        raise RubricError(
            f"there is no rubric {name_or_file!r}; use a .toml file or one of: {', '.join(available())}"
        )
    rubric = _parse(text, where, assignment)
    _verify(rubric, assignment, text, where)
    return rubric


def _folder() -> Any:
    """The rubrics' folder: inside the package when installed, beside it in a checkout."""
    packaged = importlib.resources.files("grader") / "rubrics"
    return packaged if packaged.is_dir() else Path(__file__).parents[2] / "rubrics"


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except OSError as error:
        raise RubricError(f"the rubric {path} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise RubricError(f"the rubric {path} cannot be read: it is no text in UTF-8") from None


def _parse(text: str, where: str, assignment: Assignment) -> Rubric:
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise RubricError(f"{where}: not valid TOML: {error}") from None
    data.setdefault("notes", list(assignment.notes))
    try:
        return msgspec.convert(data, Rubric, strict=True)
    except msgspec.ValidationError as error:
        reason, _, key = str(error).partition(" - at `$")
        key = _spelled_out(key.strip("`").lstrip("."), data)
        raise RubricError(f"{place(text, where, key)}{_phrase(reason, key, data)}") from None


def _verify(rubric: Rubric, assignment: Assignment, text: str, where: str) -> None:
    known = assignment.checks
    for i, question in enumerate(rubric.question):
        key = f"question[{i}]"
        for j, row in enumerate(question.checks):
            if f"{question.id}.{row.id}" not in known:
                at = place(text, where, f"{key}.checks[{j}].id")
                meant = _nearest(f"{question.id}.{row.id}", known)
                raise RubricError(
                    f'{at}there is no check "{question.id}.{row.id}" at {key}.checks[{j}].id{meant}'
                )
        ids = [row.id for row in question.checks]
        if repeated := next((name for name in ids if ids.count(name) > 1), None):
            raise RubricError(
                f'{place(text, where, key)}the check "{repeated}" appears twice at {key}.checks'
            )
        total = sum(row.points for row in question.checks)
        if question.points is not None and abs(total - question.points) > 1e-9:
            at = place(text, where, f"{key}.points")
            raise RubricError(f"{at}the checks add up to {total:g}, not {question.points:g} at {key}.points")

    for key, what, name, names in _named(rubric, assignment):
        if name not in names:
            at = place(text, where, f"{key}.{name}")
            hint = _nearest(name, names) or "; grader explain lists all of them"
            raise RubricError(f'{at}there is no {what} "{name}" at {key}{hint}')


def _named(rubric: Rubric, assignment: Assignment) -> Iterator[tuple[str, str, str, Collection[str]]]:
    """What the rubric names by id, beside its checks: key, what it is, the id, all ids that there are."""
    mistakes, accuracies = assignment.catalogue.rows, _accuracies(assignment.editions)
    yield from (("deductions", "mistake", name, mistakes) for name in rubric.deductions)
    yield from (("notes", "mistake", name, mistakes) for name in rubric.notes)
    yield from (("thresholds", "question", name, accuracies) for name in rubric.thresholds)


def _accuracies(editions: Editions) -> list[str]:
    """What an edition names an accuracy for: a question, or one of its models (`features.net`)."""
    return list(dict.fromkeys(name for year in editions.names for name in editions.load(year).accuracies))


def _nearest(name: str, names: Collection[str]) -> str:
    """The id that may have been meant, or all where they are few."""
    like = difflib.get_close_matches(name, names, n=1)
    if like:
        return f'; did you mean "{like[0]}"?'
    return f"; use one of: {', '.join(names)}" if len(names) < 10 else ""


_WANTED = {
    "float": "a number ≥ 0",
    "str": "a text in quotes",
    "array": "a list",
    "object": "a table",
    "int": "a whole number ≥ 0",
    "datetime": "a date, a time and a zone, such as 2025-04-22T23:59:00-07:00",
}


def _phrase(reason: str, key: str, data: Any) -> str:
    """msgspec's reason in an instructor's words: `points must be a number ≥ 0, got "five" at …`."""
    name = re.sub(r"\[\d+\]$", "", key.rpartition(".")[2]) or "the rubric"
    got = _quoted(_value_at(data, key))
    if reason.startswith("Invalid enum value"):
        allowed = " or ".join(map(_quoted, get_args(_type_at(key))))
        return f"{name} must be {allowed}, got {got}" + (f" at {key}" if key != name else "")
    if "<= 1" in reason:
        return f"{name} must be a number from 0 to 1, got {got} at {key}"
    if match := re.search(r"Expected `(\w+)", reason):
        return f"{name} must be {_WANTED.get(match[1], match[1])}, got {got} at {key}"
    missing = re.search(r"missing required field `(\w+)`", reason)
    if missing:
        return f"{missing[1]} is missing at {key or 'the top'}"
    if unknown := re.search(r"unknown field `(.+?)`", reason):
        return f"{unknown[1]} is no known key at {key or 'the top'}"
    return f"{reason} at {key or 'the top'}, got {got}"


def _spelled_out(key: str, data: Any) -> str:
    """`key` with the entry's own name where msgspec says of a table only `[...]`."""
    table, unnamed, rest = key.partition("[...]")
    if not unnamed:
        return key
    of = get_args(get_type_hints(Rubric, include_extras=True)[table])[-1]
    for name, value in data[table].items():
        try:
            msgspec.convert(value, of, strict=True)
        except msgspec.ValidationError:
            return f"{table}.{name}{rest}"
    return table


def _type_at(key: str) -> Any:
    """What the rubric's classes want at a key such as `question[1].checks[0].visibility`."""
    hint: Any = Rubric
    for name in re.findall(r"[A-Za-z_]\w*", key):
        hint = get_type_hints(hint)[name]
        while get_origin(hint) not in (None, Literal):  # X of a tuple of them, or of X or None
            hint = get_args(hint)[0]
    return hint


def _value_at(data: Any, key: str) -> Any:
    for name, index in re.findall(r"([A-Za-z_][\w-]*)|\[(\d+)\]", key):
        try:
            data = data[int(index)] if index else data[name]
        except (KeyError, IndexError, TypeError):
            return None
    return data


def _quoted(value: Any) -> str:
    if isinstance(value, str):
        return f'"{value}"'
    return str(value).lower() if isinstance(value, bool) else str(value)
