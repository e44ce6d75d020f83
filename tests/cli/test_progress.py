"""What is told while a batch goes on: in a terminal a bar, elsewhere a line now and then."""

from __future__ import annotations

import io
import time
from pathlib import Path

import pytest
from rich.console import Console

from grader.cli import progress
from grader.cli.progress import BatchProgress, pace, saying
from grader.intake.submission import Entry
from grader.result import Report, SubmissionInfo


def report(name: str) -> Report:
    return Report(submission=SubmissionInfo(name, ".", None, None), score=0, max_score=0, questions=())


def shown(terminal: bool) -> str:
    out = io.StringIO()
    console = Console(file=out, force_terminal=terminal, width=120)
    with BatchProgress(console, 3) as told:
        for name in ("ada", "alan"):
            told.begun(Entry(name, Path(name)))
        told.at(Entry("ada", Path("ada")), "the loss [red] matches\x1b[31m")
        told._bar.refresh()
        told.done(Entry("ada", Path("ada")), report("ada"))
    return out.getvalue()


def test_a_terminal_shows_who_and_what_is_at_work() -> None:
    text = shown(terminal=True)
    assert "ada +1: the loss [red] matches" in text
    assert "1/3" in text
    assert "\x1b[31m" not in text


def test_a_pipe_gets_a_line_now_and_then(monkeypatch: pytest.MonkeyPatch) -> None:
    assert shown(terminal=False) == ""
    monkeypatch.setattr(progress, "_EVERY_S", 0.0)
    text = shown(terminal=False)
    assert text.startswith("1 of 3 graded · ")
    assert text.endswith(" left\n")


@pytest.mark.parametrize(
    ("speed", "left", "told"),
    [
        (None, 5, ""),
        (4, 60, "4.0/s · 15 s left"),
        (0.1, 60, "10.0 s each · 10 min left"),
        (0.01, 60, "100.0 s each · 1.7 h left"),
        (2, 0, "2.0/s"),
    ],
)
def test_the_pace_and_the_time_that_is_left(speed: float | None, left: float, told: str) -> None:
    assert pace(speed, left) == told


def test_what_takes_long_is_told_and_what_does_not_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    out = io.StringIO()
    monkeypatch.setattr(progress, "_PATIENCE_S", 0.01)
    with saying(Console(file=out), "preparing"):
        while not out.getvalue():
            time.sleep(0.01)
    assert out.getvalue() == "preparing\n"
    monkeypatch.setattr(progress, "_PATIENCE_S", 60)
    with saying(Console(file=out), "never"):
        pass
    assert out.getvalue() == "preparing\n"
