"""The options that `check` and `grade` share, declared once: how to grade, and at which wall."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Annotated, Any, cast, get_args, get_type_hints

import typer

from grader.assignment import Assignment, DataHandle
from grader.batch.plan import SandboxChoice
from grader.batch.seed import MOST_SEED, kept_seed
from grader.checking.check import Setting
from grader.cli.assignments import ASSIGNMENTS, recognised
from grader.diagnosis.mending.submission import MendPlan
from grader.grade import Job
from grader.intake.editions import Edition
from grader.intake.landmarks import Landmarks
from grader.intake.submission import Entry
from grader.intake.toml_file import nearest
from grader.sandbox.host import Limits, require_level
from grader.sandbox.kernels import KernelSandbox
from grader.sandbox.launch import LEVELS
from grader.scoring import rubric
from grader.scoring.rubric import Rubric
from grader.student.notebooks.execute import EngineName
from grader.student.notebooks.runs import Execute

__all__ = [
    "AssignmentName",
    "EditionName",
    "OptionError",
    "Options",
    "Python",
    "assignment_named",
    "edition_named",
    "shares_options",
]

#: Known to everybody: who checks the same work gets the same page.
PUBLIC_SEED = 231

AssignmentName = Annotated[
    str,
    typer.Option(
        "--assignment", help=f"auto (found in the work), {', '.join(ASSIGNMENTS)}.", metavar="auto|NAME"
    ),
]
EditionName = Annotated[
    str, typer.Option("--edition", help="The course's year, or a TOML file.", metavar="auto|NAME|FILE")
]
Python = Annotated[
    Path | None, typer.Option("--python", help="The interpreter that runs the submissions.", metavar="PATH")
]


class OptionError(Exception):
    """An option's value means nothing; the text says what is allowed."""


@dataclass(frozen=True, kw_only=True)
class Options:
    """What was asked for on the command line; each field is one option."""

    assignment: AssignmentName = "auto"
    question: Annotated[
        list[str], typer.Option("--question", help="Only this question (repeatable), e.g. svm.")
    ] = field(default_factory=list)
    rubric: Annotated[
        str | None,
        typer.Option(
            "--rubric",
            help="A rubric's name, or a TOML file. By default that of the assignment.",
            metavar="NAME|FILE",
        ),
    ] = None
    edition: EditionName = "auto"
    sandbox: Annotated[
        str, typer.Option("--sandbox", help=f"auto, {', '.join(LEVELS)}.", metavar="LEVEL")
    ] = "auto"
    course_files: Annotated[
        Path | None,
        typer.Option(
            "--course-files",
            help="The course's own support files, laid over every submission.",
            metavar="DIR",
        ),
    ] = None
    python: Python = None
    timeout: Annotated[float, typer.Option("--timeout", help="Seconds a single call may take.", min=0.1)] = (
        10.0
    )
    total: Annotated[
        float,
        typer.Option(
            "--total", help="Seconds that all calls of a submission may take, but trainings.", min=1
        ),
    ] = 60.0
    training_total: Annotated[
        float, typer.Option("--training-total", help="Seconds that all its trainings may take.", min=1)
    ] = 600.0
    memory: Annotated[int, typer.Option("--memory", help="Megabytes a submission may use.", min=64)] = 1024
    seed: Annotated[
        int | None,
        typer.Option(
            "--seed",
            help="Seed of the problems and of the held-out images. By default `check` takes the public "
            f"{PUBLIC_SEED}, and `grade` the secret one of its results.",
            min=0,
            max=MOST_SEED,
            show_default=False,
        ),
    ] = None
    data: Annotated[
        str,
        typer.Option(
            "--data", help="Images to train on: auto, synthetic, or CIFAR-10's folder.", metavar="DATA"
        ),
    ] = "auto"
    no_train: Annotated[
        bool, typer.Option("--no-train", help="Train nothing: seconds instead of half a minute.")
    ] = False
    execute: Annotated[
        str,
        typer.Option(
            "--execute", help="Run the notebooks: quick, full or never.", metavar="quick|full|never"
        ),
    ] = "never"
    engine: Annotated[
        str,
        typer.Option(
            "--engine",
            help="How notebooks are run: IPython's shell in the warm sandbox, or a real Jupyter kernel "
            "(slower, needs bubblewrap and ipykernel).",
            metavar="fast|faithful",
        ),
    ] = "fast"

    no_mend: Annotated[
        bool,
        typer.Option("--no-mend", help="Do not seek the smallest change that makes a failed function right."),
    ] = False
    mend_budget: Annotated[
        float,
        typer.Option(
            "--mend-budget",
            help="Effort for changes of several lines at once, in seconds of a processor, a function.",
            min=0.0,
        ),
    ] = 0.4

    def of(self, paths: Iterable[Path], entries: Sequence[Entry]) -> Assignment:
        """The assignment that was asked for, else the one that is found there.

        Raises:
            OptionError: there is no such assignment.
        """
        return assignment_named(self.assignment) or recognised(paths, entries)

    def job(self, assignment: Assignment, beside: Path | None = None, output: Path | None = None) -> Job:
        """What every submission is graded by.

        `beside`: the folder in which the data may lie, too. `output`: the folder that keeps a secret seed.

        Raises:
            OptionError, RubricError, EditionError, DataError, OutputError, SandboxError: one sentence about a
                value that cannot be used.
        """
        require_level(self.sandbox)
        edition = edition_named(self.edition, assignment)
        own = edition.names if edition is not None else ()
        loaded = rubric.load(self.rubric or assignment.name, assignment, own)
        known = list(dict.fromkeys(row.id for row in loaded.question))
        for name in self.question:
            if name not in known:
                raise OptionError(f"there is no question {name!r}{nearest(name, known)}")
        if self.course_files is not None and not self.course_files.is_dir():
            raise OptionError(f"--course-files {self.course_files} is no folder")
        running = self._running(assignment)
        secret = kept_seed(output) if output is not None and self.seed is None else None
        seed = next(one for one in (self.seed, secret, PUBLIC_SEED) if one is not None)
        setting = Setting(seed, options=running, training=self._training(assignment, seed, beside))
        return Job(
            *(assignment, loaded, edition, tuple(self.question), setting, self.course_files, self.python),
            mend=self._mend(loaded, output is not None),
            secret=secret is not None,
        )

    def landmarks(self, assignment: Assignment) -> Landmarks:
        """How submissions of the edition lie. Raises EditionError."""
        return assignment.editions.landmarks_of(edition_named(self.edition, assignment))

    def sandbox_choice(self, job: Job, level: str | None = None) -> SandboxChoice:
        """The wall to grade behind; `level` in place of the one asked for."""
        together = self.total + (0 if self.no_train else self.training_total)
        limits = Limits(
            memory_mb=self.memory,
            call_s=self.timeout,
            calls_s=self.total,
            trainings_s=self.training_total,
            cpu_s=together,
            total_s=together,
        )
        return SandboxChoice(
            level or self.sandbox,
            self.python,
            limits,
            job.setting.training or _opened(job.assignment, "auto", job.setting.seed, None),
            job.setting.training is not None,
            self._execute,
            self._engine,
        )

    def _mend(self, loaded: Rubric, for_instructor: bool) -> MendPlan | None:
        """How mends are sought and told; an instructor reads the change itself, whatever authors may."""
        if self.no_mend or (loaded.mends == "nothing" and not for_instructor):
            return None
        return MendPlan(loaded.mends, for_instructor, self.mend_budget)

    def _running(self, assignment: Assignment) -> dict[str, str]:
        """How notebooks are run, as reports say it and as results depend on it."""
        if self._execute != "never" and assignment.material is None:
            raise OptionError(f"--execute: {assignment.title} runs no notebook; leave it out")
        if self._engine == "fast":
            return {"execute": self._execute}
        if self._execute == "never":
            raise OptionError("--engine faithful runs no notebook by itself; add --execute quick or full")
        KernelSandbox(self.python).start().close()  # what it lacks is said before anything is graded
        return {"execute": self._execute, "engine": self._engine}

    def _training(self, assignment: Assignment, seed: int, beside: Path | None) -> DataHandle | None:
        training = None if self.no_train else _opened(assignment, self.data, seed, beside)
        if training is not None:
            training.given  # noqa: B018 - data that cannot be read is said before anything is graded
        return training

    @property
    def _execute(self) -> Execute:
        if self.execute not in get_args(Execute):
            raise OptionError(f"--execute {self.execute!r} is none of {', '.join(get_args(Execute))}")
        return cast(Execute, self.execute)

    @property
    def _engine(self) -> EngineName:
        if self.engine not in get_args(EngineName):
            raise OptionError(f"--engine {self.engine!r} is none of {', '.join(get_args(EngineName))}")
        return cast(EngineName, self.engine)


def _opened(assignment: Assignment, data: str, seed: int, beside: Path | None) -> DataHandle | None:
    return None if assignment.training is None else assignment.training(data, seed, beside)


def assignment_named(name: str) -> Assignment | None:
    """None for `auto`. Raises OptionError."""
    if name not in ("auto", *ASSIGNMENTS):
        raise OptionError(f"there is no assignment {name!r}; use one of: auto, {', '.join(ASSIGNMENTS)}")
    return ASSIGNMENTS.get(name)


def edition_named(name: str, assignment: Assignment) -> Edition | None:
    """None for `auto`. Raises EditionError."""
    return None if name == "auto" else assignment.editions.load(name)


def shares_options(command: Callable[..., None]) -> Callable[..., None]:
    """The command with every option of `Options` beside its own; it receives them as `options`."""
    hints = get_type_hints(Options, include_extras=True)
    own = inspect.signature(command, eval_str=True)
    parameters = [parameter for name, parameter in own.parameters.items() if name != "options"]
    shared = [
        inspect.Parameter(
            each.name,
            inspect.Parameter.KEYWORD_ONLY,
            annotation=hints[each.name],
            default=each.default_factory() if callable(each.default_factory) else each.default,
        )
        for each in fields(Options)
    ]

    @functools.wraps(command)
    def run(**given: Any) -> None:
        options = Options(**{each.name: given.pop(each.name) for each in fields(Options)})
        command(**given, options=options)

    run.__signature__ = own.replace(parameters=[*parameters, *shared])  # type: ignore[attr-defined]
    run.__annotations__ = {p.name: p.annotation for p in [*parameters, *shared]}
    return run
