"""`@check`: a check is a short function whose docstring is the line that people read.

    @check("zero_weights", of=["naive", "vectorized"])
    def zero_weights(loss, expect):
        \"\"\"The loss is 9.0 when W is zero.\"\"\"
        expect.close(loss(*problem).loss, 9.0, "loss at W = 0")

The first parameter is the part of the question that the check is `of` (or the whole question's proxy); the
others are taken by name from the `Setting`. Which questions have the check, the questions say; its id there
is `<question>.<of or about>.<statement>`.
"""

from __future__ import annotations

import functools
import inspect
import operator
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from grader.checking.expect import Expect

__all__ = ["Check", "CheckFunction", "NotRun", "Setting", "check"]


class NotRun(Exception):  # noqa: N818 - a decision, not a fault
    """Raised by a check that this run was asked not to do; the text says by what."""


@dataclass(frozen=True)
class Setting:
    """What a check may ask for beside its subject.

    `notes`: mistakes that are named but fail no check. `training`: the assignment's data that classes are
    trained on; None trains nothing. `thresholds`: the rubric's least validation accuracies, by question.
    `penalties`: the factor of reg·ΣW² in the course's own loss, by question.
    """

    seed: int = 231
    options: Mapping[str, Any] = field(default_factory=dict)
    notes: frozenset[str] = frozenset()
    training: Any = None
    thresholds: Mapping[str, float] = field(default_factory=dict)
    penalties: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class CheckFunction:
    """A check as written: one function, `of` one or several parts of a question, or `about` a part of it.

    A part `layers.relu_forward` of two words is a role of its own family, whatever question asks for it.
    """

    statement: str
    of: tuple[str, ...]
    about: str
    topic: str
    function: Callable[..., None]
    needs: tuple[CheckFunction, ...]
    # It trains the student's classes: a run that trains nothing does not do it, whatever it needs.
    trains: bool

    @property
    def title(self) -> str:
        """The docstring's first paragraph as a line of a report: no full stop, no leading capital."""
        title = " ".join((self.function.__doc__ or "").split("\n\n")[0].split()).rstrip(".")
        return title[0].lower() + title[1:] if title[1:2].islower() or title.startswith("A ") else title

    def checks(self, question: str) -> list[Check]:
        """The checks that it is in a question."""
        return [Check(question, of, self) for of in self.of or ("",)]


@dataclass(frozen=True)
class Check:
    """A check of one part of one question: `svm.naive.gradient`."""

    question: str
    of: str
    written: CheckFunction

    @property
    def id(self) -> str:
        return ".".join(filter(None, (self.question, self._part, self.statement)))

    @property
    def role(self) -> str:
        """What is judged: `svm.naive`, `layers.relu_forward`, or the question itself."""
        return self._part if "." in self._part else ".".join(filter(None, (self.question, self._part)))

    @property
    def statement(self) -> str:
        return self.written.statement

    @property
    def title(self) -> str:
        return self.written.title

    @property
    def topic(self) -> str:
        """The part in plain words, for people."""
        *family, last = (self._part or self.statement).split(".")
        return self.written.topic or (last if family else last.replace("_", " "))

    @property
    def needs(self) -> list[str]:
        """The ids of the checks that this one builds on: for the same part, else of the same question.

        Where those judge several parts of the question, the last counts: the vectorized one.
        """
        return [
            Check(self.question, self.of if self.of in of else of[-1], function).id
            for function in self.written.needs
            for of in [function.of or ("",)]
        ]

    @property
    def _part(self) -> str:
        return self.of or self.written.about

    def judge(self, subject: Any, setting: Setting, expect: Expect) -> None:
        """Call the function with the part of the question's proxy `subject` that it is of."""
        part = operator.attrgetter(self.of)(subject) if self.of else subject
        by_name = {"expect": expect, "setting": setting, "seed": setting.seed}
        self.written.function(part, *(by_name[name] for name in _wanted_by(self.written.function)))


@functools.cache  # a class asks the same few functions again and again
def _wanted_by(function: Callable[..., None]) -> tuple[str, ...]:
    """The names of a check function's parameters after the part that it judges."""
    return tuple(inspect.signature(function).parameters)[1:]


def check(
    statement: str,
    *,
    of: Iterable[str] = (),
    about: str = "",
    topic: str = "",
    needs: CheckFunction | Sequence[CheckFunction] = (),
    trains: bool = False,
) -> Callable[[Callable[..., None]], CheckFunction]:
    """Declare a check.

    Args:
        of: the parts of a question's proxy that are judged, each by itself.
        about: without `of`, the part of the question that is judged through the whole proxy.
        topic: what the part is called in reports, if not by its own name.
        needs: the check functions it builds on, so a typo fails at import.
    """
    needed = (needs,) if isinstance(needs, CheckFunction) else tuple(needs)

    def declare(function: Callable[..., None]) -> CheckFunction:
        if not function.__doc__:
            raise TypeError(
                f"the check {function.__name__} needs a docstring: it is the line that people read"
            )
        return CheckFunction(statement, tuple(of), about, topic, function, needed, trains)

    return declare
