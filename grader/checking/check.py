"""`@check` and `expect`: a check is a short function whose docstring is the line that people read.

    @check("zero_weights", of=["svm.naive", "svm.vectorized"])
    def zero_weights(svm_loss, expect):
        \"\"\"The loss is 9.0 when W is zero.\"\"\"
        expect.close(svm_loss(*problem).loss, 9.0, "loss at W = 0")

The first parameter is the proxy of the role (or question) that the check is `of`; the others are taken by
name from the `Setting`. A check id is `<of>.<statement>`.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from grader.assignment1 import proxies
from grader.assignment1.notebooks.proxy import NotebookQuestion
from grader.assignment1.proxies import BadResult
from grader.assignment1.training.data import TrainingData
from grader.checking.compare import Comparison, compare
from grader.result import CheckResult, Evidence, Verdict, Where
from grader.student.calls import Student, StudentError, StudentMissing, StudentTimeout

__all__ = [
    "NOTE",
    "RTOL",
    "Check",
    "CheckFunction",
    "Expect",
    "NotRun",
    "Setting",
    "check",
    "role_of",
    "run_check",
]

#: Largest relative error that passes. Correct float64 code agrees to 3e-16 and correct float32 code to
#: 1.1e-7; the closest of the known mistakes is 0.048 away (worst of 300 problems).
RTOL = 1e-5


#: Begins the message of a check that passed although it found something.
NOTE = "note: "


class NotRun(Exception):  # noqa: N818 - a decision, not a fault
    """Raised by a check that this run was told not to do; the text says by what."""


@dataclass(frozen=True)
class Setting:
    """What a check may ask for beside its subject.

    `notes`: mistakes that are told but fail no check. `training`: what classes are trained on; None trains
    nothing. `thresholds`: the rubric's least validation accuracies, by question.
    """

    seed: int = 231
    options: Mapping[str, Any] = field(default_factory=dict)
    notes: frozenset[str] = frozenset()
    training: TrainingData | None = None
    thresholds: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class CheckFunction:
    """A check as written: one function, for one or several roles."""

    statement: str
    of: tuple[str, ...]
    function: Callable[..., None]
    needs: tuple[CheckFunction, ...]
    # It trains the student's classes: a run that trains nothing does not do it, whatever it needs.
    trains: bool = False

    @property
    def title(self) -> str:
        """The docstring's first paragraph as a line of a report: no full stop, no leading capital."""
        title = " ".join((self.function.__doc__ or "").split("\n\n")[0].split()).rstrip(".")
        return title[0].lower() + title[1:] if title[1:2].islower() or title.startswith("A ") else title

    def checks(self) -> list[Check]:
        return [Check(f"{of}.{self.statement}", of, self) for of in self.of]


@dataclass(frozen=True)
class Check:
    """A check of one role: `svm.naive.gradient`."""

    id: str
    of: str
    written: CheckFunction

    @property
    def title(self) -> str:
        return self.written.title

    @property
    def question(self) -> str:
        return self.of.partition(".")[0]

    @property
    def needs(self) -> list[str]:
        """The ids of the checks that this one builds on: for the same role, else of the same question.

        Where those judge several roles of the question, the last counts: the vectorized one.
        """
        needed = []
        for function in self.written.needs:
            of = [of for of in function.of if of.partition(".")[0] == self.question]
            needed.append(f"{self.of if self.of in of else of[-1]}.{function.statement}")
        return needed


def check(
    statement: str,
    *,
    of: Iterable[str],
    needs: CheckFunction | Sequence[CheckFunction] = (),
    trains: bool = False,
) -> Callable[[Callable[..., None]], CheckFunction]:
    """Declare a check. `needs` is the check functions it builds on, so a typo fails at import."""
    needed = (needs,) if isinstance(needs, CheckFunction) else tuple(needs)

    def declare(function: Callable[..., None]) -> CheckFunction:
        if not function.__doc__:
            raise TypeError(
                f"the check {function.__name__} needs a docstring: it is the line that people read"
            )
        return CheckFunction(statement, tuple(of), function, needed, trains)

    return declare


class Expect:
    """Records evidence, held or not; the first that does not hold becomes the message.

    `mistake` names what the failure proves, for checks that see the cause; one of `notes` is only told.
    """

    def __init__(self, notes: frozenset[str] = frozenset()) -> None:
        self.notes = notes
        self.noted = ""
        self.evidence: list[Evidence] = []
        self.fact = ""
        self.help = ""
        self.where: Where | None = None
        self.mistakes: list[str] = []

    @property
    def failed(self) -> bool:
        return bool(self.fact)

    def close(
        self,
        measured: Any,
        expected: Any,
        what: str,
        *,
        tolerance: float = RTOL,
        help: str = "",
        mistake: str | None = None,
    ) -> bool:
        """`measured` equals `expected` (a number, or an array of the same shape) to a relative error."""
        a, b = np.asarray(measured, dtype=np.float64), np.asarray(expected, dtype=np.float64)
        found = compare(a, b, tolerance)
        finite = found.relative_error if np.isfinite(found.relative_error) else None
        self.evidence.append(Evidence(what, found.measured, found.expected, finite, tolerance))
        if found.relative_error <= tolerance:
            return True
        if a.ndim == 0:
            fact = f"{what} is {_number(found.measured)}, not {_number(found.expected)}"
        else:
            fact = _array_fact(what, found)
        self.fail(fact, help=help, mistake=mistake)
        return False

    def true(
        self,
        holds: bool,
        fact: str,
        *,
        what: str = "",
        measured: float | str | None = None,
        expected: float | str | None = None,
        help: str = "",
        mistake: str | None = None,
        where: Where | None = None,
    ) -> bool:
        """A statement that must hold; `fact` says what is the case when it does not, and `where` it shows."""
        if what:
            self.evidence.append(Evidence(what, _as_evidence(measured), _as_evidence(expected)))
        if not holds:
            self.fail(fact, help=help, mistake=mistake, where=where)
        return holds

    def fail(
        self, fact: str, *, help: str = "", mistake: str | None = None, where: Where | None = None
    ) -> None:
        """Record a failure, or a note."""
        if mistake in self.notes:
            self.noted = self.noted or fact
        elif not self.fact:
            self.fact, self.help, self.where = fact, help, where
        if mistake is not None and mistake not in self.mistakes:
            self.mistakes.append(mistake)


def _as_evidence(value: float | str | None) -> float | str | None:
    """Counts as floats, so that a stored report reads back as the same bytes."""
    return float(value) if isinstance(value, int) else value


def _number(value: float) -> str:
    return f"{value:.6g}"


def _array_fact(what: str, found: Comparison) -> str:
    place = ", ".join(map(str, found.index))
    fact = (
        f"{what}: {found.differing:.0%} of the entries differ; the most at [{place}]: "
        f"yours {_number(found.measured)}, expected {_number(found.expected)}"
    )
    return (
        f"{fact} (relative error {found.relative_error:.1e})" if np.isfinite(found.relative_error) else fact
    )


# Work with 1e308 or inf in it makes the comparison overflow, which the verdict tells and no warning needs to.
@np.errstate(all="ignore")
def run_check(check: Check, student: Student, setting: Setting, subjects: dict[str, Any]) -> CheckResult:
    """Run one check against a student. `subjects` keeps proxies, so that equal calls are made once.

    Raises:
        NotRun: this run was told not to do it.
        Exception: whatever is a fault of ours; everything that the student's code does becomes a verdict.
    """
    expect = Expect(setting.notes)
    verdict, fact, help_, where = Verdict.PASSED, "", "", None
    try:
        check.written.function(*_arguments(check, student, setting, subjects, expect))
    except BadResult as bad:
        expect.fail(bad.fact, help=bad.help)
    except StudentMissing as missing:
        verdict, fact = Verdict.MISSING, str(missing)
    except StudentTimeout as timeout:
        verdict, fact = Verdict.TIMEOUT, str(timeout)
    except StudentError as error:
        verdict, fact, where = Verdict.ERROR, error.fact, error.where
    if verdict is Verdict.PASSED and expect.failed:
        verdict, fact, help_, where = Verdict.FAILED, expect.fact, expect.help, expect.where
    elif verdict is Verdict.PASSED:
        fact = f"{NOTE}{expect.noted}" if expect.noted else ""
    if where is None and verdict is not Verdict.PASSED:
        where = _role_place(check, student)
    return CheckResult(
        id=check.id,
        title=check.title,
        verdict=verdict,
        message=fact,
        help=help_,
        evidence=tuple(expect.evidence),
        mistakes=tuple(expect.mistakes) if verdict in (Verdict.FAILED, Verdict.PASSED) else (),
        where=where,
    )


def _arguments(
    check: Check, student: Student, setting: Setting, subjects: dict[str, Any], expect: Expect
) -> list[Any]:
    subject = _subject(check, student, subjects)
    by_name = {"expect": expect, "setting": setting, "seed": setting.seed}
    names = list(inspect.signature(check.written.function).parameters)[1:]
    return [subject, *(by_name[name] for name in names)]


def _subject(check: Check, student: Student, subjects: dict[str, Any]) -> Any:
    question, *parts = check.of.split(".")
    if parts == ["notebook"]:
        return NotebookQuestion(student.notebooks, question)
    if question not in subjects:
        subjects[question] = proxies.subject(student, question)
    return functools.reduce(getattr, parts, subjects[question])


def role_of(of: str) -> str:
    """The role that a check is of: `layers.relu_backward` for `two_layer_net.layers.relu_backward`."""
    return ".".join(of.split(".")[-2:])


def _role_place(check: Check, student: Student) -> Where | None:
    site = student.sites.get(role_of(check.id.rpartition(".")[0]))
    return site.where if site else None
