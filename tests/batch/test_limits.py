"""Who runs into a limit is told by report, console and the batch's end; a budget is for all calls."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from command_line import SAMPLES, checked, grader

SLEEPY = "import time\n\n\ndef {name}(W, X, y, reg):\n    time.sleep({seconds})\n    return 1.0, W\n"
ASKED = (
    "--no-train",
    "--question",
    "svm",
    "--question",
    "softmax",
    "--jobs",
    "1",
    "--seed",
    "5",
    "--no-mend",
)


def lay_out(folder: Path, seconds: float) -> None:
    """Right work, and the same with losses that sleep in every call."""
    for name in ("ada", "eve"):
        shutil.copytree(SAMPLES / "correct" / "2019" / "cs231n", folder / name / "cs231n")
    classifiers = folder / "eve" / "cs231n" / "classifiers"
    for kind in ("svm", "softmax"):
        module = classifiers / {"svm": "linear_svm.py", "softmax": "softmax.py"}[kind]
        each = (SLEEPY.format(name=f"{kind}_loss_{way}", seconds=seconds) for way in ("naive", "vectorized"))
        module.write_text("\n".join(each))


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("class")
    lay_out(folder / "in", 0.4)
    done = grader("grade", folder / "in", "-o", folder / "out", "--total", "3", *ASKED)
    assert done.returncode == 0, done.stderr
    (folder / "console.txt").write_text(done.stdout)
    return folder


def test_all_calls_of_a_submission_share_one_budget(results: Path) -> None:
    eve = json.loads((results / "out" / "eve" / "report.json").read_text())
    assert any("within the 3 s that a submission has in all" in limit for limit in eve["limits"])
    assert json.loads((results / "out" / "ada" / "report.json").read_text())["limits"] == []
    verdicts = {
        c["verdict"] for q in eve["questions"] for c in q["checks"] if c["id"].startswith("softmax.n")
    }
    assert verdicts == {"timeout", "skipped"}


def test_the_end_of_the_batch_names_who_ran_into_a_limit(results: Path) -> None:
    for text in ((results / "console.txt").read_text(), (results / "out" / "class.txt").read_text()):
        told = text[text.index("Ran into a limit") :]
        assert "eve" in told
        assert "3 s that a submission has in all" in " ".join(told.split())


def test_a_single_call_is_bounded_by_itself(tmp_path: Path) -> None:
    lay_out(tmp_path, 1.0)
    limits = checked(tmp_path / "eve", "--timeout", "0.5", *ASKED[:5])["limits"]
    losses = [limit for limit in limits if "_loss_" in limit]
    assert len(losses) == 4
    assert all("did not finish within 0.5 s" in limit for limit in losses)
