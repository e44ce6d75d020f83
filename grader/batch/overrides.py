"""What people decided about single students, in `overrides.toml` of the folder of results.

It is only ever read:

    [[override]]
    student = "ada"
    check = "algebra.determinant.value"   # or question = "algebra"; the whole score without either
    points = 2
    reason = "right, but for a rounding of the data"
    by = "Justin"

    [[extension]]
    student = "alan"
    days = 2
    reason = "ill"
    by = "Justin"
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated

import msgspec

from grader.result import Adjustment, Report

__all__ = ["OVERRIDES_FILE", "Overrides", "OverridesError", "read_overrides"]

OVERRIDES_FILE = "overrides.toml"
_Text = Annotated[str, msgspec.Meta(min_length=1)]
_ENOUGH = 1e-9


class OverridesError(Exception):
    """The file cannot be used; the text says which entry, and why."""


class Override(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`points` takes the place of what was found for the check, the question, or all of it."""

    student: _Text
    points: Annotated[float, msgspec.Meta(ge=0)]
    reason: _Text
    by: _Text
    question: str | None = None
    check: str | None = None

    @property
    def what(self) -> str:
        return self.check or self.question or "score"


class Extension(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Days by which something is due later for one student."""

    student: _Text
    days: Annotated[float, msgspec.Meta(gt=0)]
    reason: _Text
    by: _Text


class Overrides(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    override: tuple[Override, ...] = ()
    extension: tuple[Extension, ...] = ()

    def adjustments(self, report: Report) -> tuple[Adjustment, ...]:
        """What they change about the report's score.

        Raises:
            OverridesError: a question or check is not in the report, or has fewer points.
        """
        own = [each for each in self.override if each.student == report.submission.id]
        return tuple(_adjustment(each, report) for each in own)

    def extra_days(self, student: str) -> float:
        return sum(each.days for each in self.extension if each.student == student)

    def strangers(self, students: Iterable[str]) -> list[str]:
        """The names that belong to none of these students."""
        known = set(students)
        named = [each.student for each in self.override] + [each.student for each in self.extension]
        return list(dict.fromkeys(name for name in named if name not in known))


def read_overrides(folder: Path) -> Overrides:
    """Those in `folder`; none when there is no file.

    Raises:
        OverridesError: it cannot be read, or two of them are about the same.
    """
    try:
        data = tomllib.loads((folder / OVERRIDES_FILE).read_text("utf-8-sig"))
        found = msgspec.convert(data, Overrides, strict=True)
    except FileNotFoundError:
        return Overrides()
    except OSError as error:
        raise OverridesError(f"{OVERRIDES_FILE} cannot be read ({error.strerror})") from None
    except UnicodeDecodeError:
        raise OverridesError(f"{OVERRIDES_FILE} cannot be read: it is no text in UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        raise OverridesError(f"{OVERRIDES_FILE}: not valid TOML: {error}") from None
    except msgspec.ValidationError as error:
        raise OverridesError(f"{OVERRIDES_FILE}: {_told(str(error))}") from None
    for problem in _problems(found):
        raise OverridesError(f"{OVERRIDES_FILE}: {problem}")
    return found


def _told(reason: str) -> str:
    """msgspec's reason, with its place as a person counts: `override[0]` is the first."""
    what, _, place = reason.partition(" - at `$.")
    table, _, rest = place.rstrip("`").partition("[")
    number = rest.partition("]")[0]
    where = f"{table} {int(number) + 1}" if number.isdigit() else table or "the top"
    return f"{where}{rest.partition(']')[2]}: {what[0].lower()}{what[1:]}"


def _problems(found: Overrides) -> Iterator[str]:
    for number, each in enumerate(found.override, 1):
        if each.check and each.question:
            yield f"override {number} names a check and a question; name one of them"
        before = [other for other in found.override[: number - 1] if other.student == each.student]
        if any(each.what in _within(other) or other.what in _within(each) for other in before):
            yield f"override {number} changes {each.what} of {each.student}, which another one changes"


def _within(each: Override) -> tuple[str, ...]:
    """What an override is about, and all that this is a part of."""
    return each.what, each.what.partition(".")[0], "score"


def _adjustment(each: Override, report: Report) -> Adjustment:
    found = _found(each, report)
    if found is None:
        raise OverridesError(f"{OVERRIDES_FILE}: the report of {each.student} has no {each.what}")
    score, most = found
    if each.points > most + _ENOUGH:
        raise OverridesError(
            f"{OVERRIDES_FILE}: {each.points:g} points for {each.what} of {each.student}, "
            f"which has at most {most:g}"
        )
    change = round(each.points - score, 6)
    return Adjustment(kind="override", what=each.what, points=change, reason=each.reason, by=each.by)


def _found(each: Override, report: Report) -> tuple[float, float] | None:
    """The score and the maximum of what it is about."""
    if each.what == "score":
        return report.score, report.max_score
    for question in report.questions:
        if question.id == each.question:
            return question.score, question.max_score
        for check in question.checks:
            if check.id == each.check:
                return check.score, check.max_score
    return None
