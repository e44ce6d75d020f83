"""`grader check --watch`: for each save a new page below the last, as a check of everything gives it."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from command_line import SAMPLES, grader

from grader.cli import watch

QUICK = ("--question", "svm", "--question", "softmax", "--question", "knn")
LINEAR = "cs231n/classifiers/linear_svm.py"


class Terminal:
    """A `grader check --watch` at work."""

    def __init__(self, work: Path, *args: str) -> None:
        command = [sys.executable, "-m", "grader.cli", "check", str(work), "--watch", *args]
        environment = {**os.environ, "COLUMNS": "80", "PYTHONUNBUFFERED": "1"}
        out = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
        self.process = subprocess.Popen(command, text=True, env=environment, **out)

    def page(self) -> list[str]:
        """The lines up to the one which says that it waits."""
        lines: list[str] = []
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if line.startswith("watching "):
                return lines
            lines.append(line.rstrip("\n"))
        raise AssertionError("\n".join(lines))

    def end(self) -> tuple[int, str]:
        self.process.send_signal(signal.SIGINT)
        told, _ = self.process.communicate(timeout=60)
        return self.process.returncode, told


@pytest.fixture
def work(tmp_path: Path) -> Path:
    return shutil.copytree(SAMPLES / "demo" / "alan", tmp_path / "alan")


@pytest.fixture
def terminal(work: Path) -> Iterator[Terminal]:
    started = Terminal(work, *QUICK)
    yield started
    started.process.kill()
    started.process.communicate()


def page_of(work: Path) -> list[str]:
    return grader("check", work, *QUICK, "--no-train").stdout.splitlines()


def test_each_save_gives_the_page_that_a_whole_check_gives(work: Path, terminal: Terminal) -> None:
    assert terminal.page() == page_of(work)
    source = work / LINEAR
    text = source.read_text()
    right = text.replace("    dW /= num_train\n", "    dW /= num_train\n    dW += 2 * reg * W\n")
    assert right != text
    source.write_text(right)
    heading, *page = terminal.page()
    assert "linear_svm.py changed" in heading
    assert page == page_of(work)
    source.write_text(text + "\n(")
    assert terminal.page()[1:] == page_of(work)
    assert terminal.end() == (0, "no longer watching\n")


def test_a_file_that_is_none_of_the_work_says_nothing(work: Path, terminal: Terminal) -> None:
    terminal.page()
    (work / "notes.py").write_text("x = 1\n")
    (work / LINEAR).write_text((work / LINEAR).read_text() + "\n# looked at again\n")
    assert "linear_svm.py" in terminal.page()[0]
    assert terminal.end()[0] == 0


@pytest.mark.parametrize(
    ("name", "is_work"),
    [
        ("svm.ipynb", True),
        ("a/softmax.py", True),
        ("ada.zip", True),
        ("ada.tgz", True),
        ("ada.tar.xz", True),
        ("ADA.ZIP", True),
        ("notes.txt", False),
        (".ipynb_checkpoints/svm.ipynb", False),
    ],
)
def test_whatever_can_be_handed_in_is_watched(name: str, is_work: bool) -> None:
    assert watch._is_work(None, name) is is_work
