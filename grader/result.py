"""The frozen outcome of grading. Checks and the grade produce it; renderers read nothing else.

`Report` encodes to the JSON of schema `grader.report/1` with `msgspec.json.encode`.
"""

from __future__ import annotations

import enum
from collections.abc import Callable
from typing import Any, Literal

import msgspec

SCHEMA = "grader.report/1"

__all__ = [
    "SCHEMA",
    "Adjustment",
    "CheckResult",
    "Diagnosis",
    "Evidence",
    "Example",
    "ExampleRow",
    "Excerpt",
    "Final",
    "ManualAnswer",
    "Mend",
    "MendLevel",
    "MendedLine",
    "Picture",
    "QuestionResult",
    "Report",
    "SkipReason",
    "SubmissionInfo",
    "Verdict",
    "Visibility",
    "Where",
    "decode_report",
    "encode_report",
    "placed",
]


class Verdict(enum.StrEnum):
    """What a check found."""

    PASSED = "passed"
    FAILED = "failed"
    MISSING = "missing"  # not implemented: absent, a starter stub
    ERROR = "error"  # the student's code raised
    TIMEOUT = "timeout"
    SKIPPED = "skipped"  # a check it builds on failed, or this run was told not to do it


class SkipReason(enum.StrEnum):
    """Why a check was skipped."""

    NEEDS = "needs"  # what it builds on is not right
    NOT_RUN = "not-run"  # this run was told not to do it
    FAULT = "fault"  # the grader itself failed


#: When a submission's author may see a check: always, once the deadline has passed, or never.
Visibility = Literal["shown", "after-deadline", "hidden"]


class Evidence(msgspec.Struct, frozen=True):
    """One comparison: what was measured against what was expected, held or not."""

    what: str
    measured: float | str | None = None
    expected: float | str | None = None
    relative_error: float | None = None
    tolerance: float | None = None


class ExampleRow(msgspec.Struct, frozen=True):
    """A row of an example's table: what it is, and a text for each column, empty where there is none.

    `kind`: whether it was given, is the submission's answer, or the right one. `wrong`: the numbers of the
    columns in which the submission's value is not right.
    """

    label: str
    values: tuple[str, ...]
    kind: Literal["given", "yours", "expected"] = "given"
    wrong: tuple[int, ...] = ()


class Example(msgspec.Struct, frozen=True, kw_only=True):
    """The smallest problem found on which a function is not right, small enough for pen and paper.

    `about`: the result that is wrong (`dW`, `the loss`). `given`: the arguments as they are written in Python
    (`X = [[1, 2]]`), in parts that stay together.
    `what`: the result that the table shows (`dW, row of feature 0`), empty where a column names it.
    `right` and `wrong` tell which of its values are: words that go on after "Right: " and "Wrong: ", either
    may be empty.
    """

    given: tuple[str, ...]
    columns: tuple[str, ...]
    rows: tuple[ExampleRow, ...]
    what: str = ""
    right: str = ""
    wrong: str = ""
    about: str = ""


class Picture(msgspec.Struct, frozen=True, kw_only=True):
    """Small arrays to look at, the submission's beside the right ones; None is what is no finite number.

    `kind`: strips of cells, one a row; curves over steps; or bars, one for each of `labels`, with what a
    guess reaches as `expected`. Rounded and cut, they decide nothing.
    """

    kind: Literal["cells", "curves", "bars"]
    what: str
    yours: tuple[tuple[float | None, ...], ...]
    expected: tuple[tuple[float | None, ...], ...]
    labels: tuple[str, ...] = ()


class Excerpt(msgspec.Struct, frozen=True):
    """A few lines as their author wrote them; `first` is the number of the first, as in `Where.line`."""

    first: int
    lines: tuple[str, ...]


class Where(msgspec.Struct, frozen=True):
    """A place in the submission; `file` is relative to the submission's assignment root.

    In a notebook, `cell` counts its code cells from 1 and `line` the lines of that cell. `end_line` is the
    last of several lines, where it is not known which of them it is. `excerpt`: the line with its neighbours,
    or the first of several. `function`: the name of the function around the line, where it is known.
    """

    file: str
    line: int | None = None
    cell: int | None = None
    end_line: int | None = None
    excerpt: Excerpt | None = None
    function: str = ""


class CheckResult(msgspec.Struct, frozen=True, kw_only=True):
    """One check's verdict and points.

    `message` is fact (always true); `help` says what to do about it. `mistakes` are proved ids.
    `follows_from` names the check at which the cause of this failure was charged. `role` is what is judged
    (`svm.naive`), `statement` what is said of it, `topic` the role in plain words. `error_type`: what the
    student's code raised. `reason`: why it was skipped; `waits_for`: the check without which it was not made.
    `cause`: the failed check, perhaps of another role, that this failure follows from. `function`: the
    name of the function or method that is judged. `visibility`: whether its author may see it; what is meant
    for authors is made of a report without the others, see `scoring.students_view`. `example`: a small
    problem on which it fails. `pictures`: of what it compared, and of what follows. `unseen`: its mistake
    leaves nothing to be seen of what the function computes, so that it costs the check's own points. `hint`:
    what else is known of a failure without a name, a fact like `message`. `of_place`: its mistake is only the
    kind of what went wrong at `where`, and `help` is about that place; at another it is another thing to fix.
    `behind`: the failed check of another question that this failure comes from, though it costs here as well.
    """

    id: str
    title: str
    verdict: Verdict
    score: float = 0.0
    max_score: float = 0.0
    message: str = ""
    help: str = ""
    evidence: tuple[Evidence, ...] = ()
    mistakes: tuple[str, ...] = ()
    follows_from: str | None = None
    where: Where | None = None
    role: str = ""
    statement: str = ""
    topic: str = ""
    error_type: str = ""
    reason: SkipReason | None = None
    waits_for: str | None = None
    cause: str | None = None
    function: str = ""
    visibility: Visibility = "shown"
    example: Example | None = None
    pictures: tuple[Picture, ...] = ()
    unseen: bool = False
    hint: str = ""
    of_place: bool = False
    behind: str | None = None


class QuestionResult(msgspec.Struct, frozen=True):
    """A question's checks. `number` is the one that its edition gives it."""

    id: str
    title: str
    score: float
    max_score: float
    checks: tuple[CheckResult, ...]
    number: int | None = None


class Diagnosis(msgspec.Struct, frozen=True, kw_only=True):
    """A catalogued mistake found in `roles`. `exact`: the simulated mistake equals the student's output.

    `residual` is the largest relative difference of that comparison; None when the proof is not by values.
    """

    mistake: str
    roles: tuple[str, ...]
    exact: bool = True
    residual: float | None = None
    explanation: str = ""
    help: str = ""
    where: Where | None = None
    points: float = 0.0  # what it cost, all questions together


#: How far a mend is told: not at all, its line, what sort of thing it is, or the change itself.
MendLevel = Literal["nothing", "line", "kind", "change"]


class MendedLine(msgspec.Struct, frozen=True, kw_only=True):
    """One edit of a mend: its kind (an id of `diagnosis/mending/operators.toml`), a hint, and where.

    `missing`: the line is not there yet; its place is behind `where`.
    """

    kind: str
    hint: str
    where: Where
    missing: bool = False


class Mend(msgspec.Struct, frozen=True, kw_only=True):
    """The smallest change to the student's own function with which it is right.

    `text` is what its author is told. `or_where`: where a change as good would be. `change`: the lines with
    - and +, where that may be told.
    `tried`: how many changes were. `held`: the checks that pass with it, on problems drawn for the purpose.
    """

    role: str
    lines: tuple[MendedLine, ...]
    text: str = ""
    or_where: Where | None = None
    change: tuple[str, ...] = ()
    tried: int = 0
    held: tuple[str, ...] = ()


def placed(mend: Mend, place: Callable[[Where | None], Where | None]) -> Mend:
    """The mend with every place of it led through that function."""
    lines = tuple(msgspec.structs.replace(line, where=place(line.where) or line.where) for line in mend.lines)
    return msgspec.structs.replace(mend, lines=lines, or_where=place(mend.or_where))


class ManualAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A free-text answer for the instructor to mark. `points` is None until marked.

    `max_score` is the most that the rubric gives for it; None where it names none.
    """

    question: str
    prompt: str
    answer: str
    points: float | None = None
    comment: str = ""
    max_score: float | None = None


class Adjustment(msgspec.Struct, frozen=True, kw_only=True):
    """A change of the score that no check made: a person's override, or what being late costs.

    `what` is a question's id, a check's, or `score` for the whole; `points` is added to it.
    """

    kind: Literal["override", "late"]
    what: str
    points: float
    reason: str
    by: str = ""


class Final(msgspec.Struct, frozen=True):
    """What counts once all is in: the automatic score, points given by hand, overrides and late days."""

    score: float
    max_score: float
    late_days: int | None = None  # beyond the due time, free ones included; None where no time is known


class SubmissionInfo(msgspec.Struct, frozen=True):
    """`path` is the assignment root relative to what was handed in ("." when they are the same).

    `builds_on`: the editions that a course's own `edition` extends, the nearest first.
    """

    id: str
    path: str
    edition: str | None
    sha256: str | None
    builds_on: tuple[str, ...] = ()

    @property
    def edition_names(self) -> tuple[str, ...]:
        """By what a rubric may call the edition."""
        return (self.edition, *self.builds_on) if self.edition is not None else ()


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """The outcome for one submission. `assignment` is what pages call it: the rubric's title.

    `refused` says why nothing could be graded (an unreadable archive, no assignment inside).
    `faults` are failures of the harness itself; they never cost a student points.
    `limits` are those of time, memory and output that the work ran into, in words.
    `final` is what counts when people or late days have a say; None where `score` says it all.
    `notes` tell what the grader did to make the work run (old imports, a copy that was ignored, …);
    `to_do` are those of them that its author should act on, `discrepancies` those that tell of numbers saved
    in a notebook which another run does not show.
    """

    schema: str = SCHEMA
    submission: SubmissionInfo
    score: float
    max_score: float
    questions: tuple[QuestionResult, ...]
    diagnoses: tuple[Diagnosis, ...] = ()
    candidates: tuple[Diagnosis, ...] = ()
    mends: tuple[Mend, ...] = ()
    manual: tuple[ManualAnswer, ...] = ()
    adjustments: tuple[Adjustment, ...] = ()
    final: Final | None = None
    notes: tuple[str, ...] = ()
    to_do: tuple[str, ...] = ()
    discrepancies: tuple[str, ...] = ()
    refused: str | None = None
    faults: tuple[str, ...] = ()
    limits: tuple[str, ...] = ()
    environment: dict[str, Any] = {}
    duration_s: float = 0.0
    assignment: str = ""


def encode_report(report: Report) -> bytes:
    """The report as indented JSON, one trailing newline."""
    return msgspec.json.format(msgspec.json.encode(report), indent=2) + b"\n"


def decode_report(data: bytes) -> Report:
    """Read a stored report.

    Raises:
        msgspec.DecodeError: not JSON, or not of schema `grader.report/1`.
    """
    report = msgspec.json.decode(data, type=Report)
    if report.schema != SCHEMA:
        raise msgspec.ValidationError(f"this report is of schema {report.schema!r}, not {SCHEMA!r}")
    return report
