"""What commands say, and how they refuse: one sentence, never a traceback."""

from __future__ import annotations

from collections.abc import Callable
from typing import NoReturn, TypeVar

import msgspec
import typer
from rich.console import Console

from grader.batch.executor import ExecutorError
from grader.batch.marks import MarksError
from grader.batch.overrides import OverridesError
from grader.batch.roster import RosterError
from grader.batch.store import OutputError
from grader.cli.assignments import datasets
from grader.cli.options import OptionError
from grader.cli.start import StartError
from grader.intake.editions import EditionError
from grader.intake.submission import SubmissionRefused
from grader.report.text import clean
from grader.sandbox.host import SandboxError
from grader.scoring.rubric import RubricError

__all__ = ["REFUSALS", "console", "or_refuse", "refuse", "remark", "say"]

Result = TypeVar("Result")

#: What is wrong with what was asked; each text is one sentence.
REFUSALS = (
    SubmissionRefused,
    OptionError,
    RubricError,
    EditionError,
    SandboxError,
    ExecutorError,
    MarksError,
    OutputError,
    OverridesError,
    RosterError,
    StartError,
    datasets.DataError,
    FileNotFoundError,
    msgspec.DecodeError,
)


def console(stderr: bool = False) -> Console:
    return Console(stderr=stderr, highlight=False)


def or_refuse(action: Callable[[], Result]) -> Result:
    """Do it; what was wrong with the command line becomes one sentence and exit status 2."""
    try:
        return action()
    except REFUSALS as error:
        refuse(str(error))


def remark(sentence: str) -> None:
    """One line on stderr, whatever a file name or an error holds."""
    typer.echo(clean(sentence), err=True)


def say(sentence: str) -> None:
    """What is wrong, in one line."""
    remark(f"grader: {sentence}")


def refuse(sentence: str) -> NoReturn:
    say(sentence)
    raise typer.Exit(2)
