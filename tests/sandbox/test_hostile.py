"""Hostile submissions in a batch beside right ones: no point gained, nobody harmed, the author told."""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import tomllib
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from confine import MODES
from needs import needs_libseccomp
from offered import STATUS

ROOT = Path(__file__).resolve().parents[2]
HOSTILE = ROOT / "submissions" / "hostile"
EXPECTED: dict[str, dict[str, Any]] = tomllib.loads((HOSTILE / "expected.toml").read_text())
#: Before and after the others in every order of names.
NEIGHBOURS = ("0-right", "n-right", "zz-right")
OPTIONS = [
    "--fresh",
    "--timeout",
    "3",
    # Waited for in full by one that stays under the limit of every call.
    "--total",
    "30",
    "--memory",
    "256",
    "--no-train",
    # Reports of two folders are compared.
    "--seed",
    "231",
    "--question",
    "svm",
    "--question",
    "softmax",
]
NO_MEND = "--no-mend"
#: Those whose end could depend on who runs the grader: users, capabilities, namespaces.
SENSITIVE = (
    *("abort", "exit-in-a-call", "fill-the-disk", "fork-bomb", "fork-past-python"),
    *("kill-past-python", "leave-for-the-next", "locked-folder", "memory-bomb", "namespaces-and-mounts"),
    *("network-past-python", "ptrace", "raise-limits-past-python", "read-files"),
    *("segfault", "shared-memory", "write-outside", "wrong-but-harmless"),
)
STRONG = any(STATUS[level].available for level in ("bwrap", "namespaces", "landlock"))
pytestmark = pytest.mark.skipif(not STRONG, reason="this machine has no wall for other people's code")


@dataclass(frozen=True)
class Batch:
    """A graded batch: the folder of its submissions, and the reports by name."""

    folder: Path
    reports: dict[str, dict[str, Any]]
    stdout: str


def grade(folder: Path, output: Path, *options: str, confined: tuple[str, ...] = ()) -> Batch:
    """Grade every entry of `folder`, by the command itself."""
    command = [sys.executable, "-m", "grader.cli", "grade", str(folder), "-o", str(output)]
    command = [*confined, *command, *OPTIONS, *options]
    # In an empty folder, to see that nothing is left there.
    cwd = output.parent / "cwd"
    cwd.mkdir(exist_ok=True)
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, capture_output=True, text=True, cwd=cwd, env=environment, check=False)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
    assert list(cwd.iterdir()) == []
    reports = {path.parent.name: json.loads(path.read_text()) for path in output.glob("*/report.json")}
    return Batch(folder, reports, done.stdout)


def lay_out(folder: Path, names: list[str]) -> None:
    for name in names:
        shutil.copytree(HOSTILE / name, folder / name)
    for name in NEIGHBOURS:
        classifiers = folder / name / "cs231n" / "classifiers"
        classifiers.mkdir(parents=True)
        for module in ("linear_svm.py", "softmax.py", "linear_classifier.py"):
            shutil.copy(ROOT / "submissions/correct/2019/cs231n/classifiers" / module, classifiers)


def stable(report: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in report.items() if key not in ("environment", "duration_s")}


def messages(report: dict[str, Any], question: str = "svm") -> list[str]:
    checks = [check for entry in report["questions"] if entry["id"] == question for check in entry["checks"]]
    return [check["message"] or "" for check in checks]


@pytest.fixture(scope="module")
def neighbours(tmp_path_factory: pytest.TempPathFactory) -> Batch:
    """The right work, graded by itself."""
    folder = tmp_path_factory.mktemp("neighbours")
    lay_out(folder / "in", [])
    return grade(folder / "in", folder / "out", NO_MEND)


@pytest.fixture(scope="module")
def batch(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Batch]:
    folder = tmp_path_factory.mktemp("hostile")
    lay_out(folder / "in", list(EXPECTED))
    before = traces()
    yield grade(folder / "in", folder / "out", NO_MEND)
    assert traces() == before, "something was left on the machine"


def traces() -> list[Path]:
    """What the hostile set would leave if it could."""
    places = [
        Path(place) for place in ("/", "/tmp", "/var/tmp", "/dev/shm", "/root", "/home", "/usr/lib", "/etc")
    ]
    names = ("left-by-a-submission", "answer-for-the-next.txt", "report.json", "unpickled")
    found = []
    for path in (place / name for place in places for name in names):
        try:
            found += [path] if path.exists() else []
        except PermissionError:
            continue
    return found


def test_every_folder_is_expected() -> None:
    assert {path.name for path in HOSTILE.iterdir() if path.is_dir()} == set(EXPECTED)


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_no_point_is_gained(batch: Batch, name: str) -> None:
    worth = EXPECTED[name].get("most", batch.reports["wrong-but-harmless"]["score"])
    assert batch.reports[name]["score"] <= worth


def test_what_names_a_library_that_is_not_here_stays_in_the_maximum(batch: Batch) -> None:
    found, right = batch.reports["library-not-here"], batch.reports[NEIGHBOURS[0]]
    assert found["questions"][0]["max_score"] == right["questions"][0]["max_score"]


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_its_author_is_told_what_happened(batch: Batch, name: str) -> None:
    told = messages(batch.reports[name])
    assert any(text in message for text in EXPECTED[name]["says"] for message in told), told
    assert not any("Traceback" in message or "grader/" in message for message in told)


@pytest.mark.parametrize("name", NEIGHBOURS)
def test_neighbours_are_unharmed(batch: Batch, neighbours: Batch, name: str) -> None:
    assert stable(batch.reports[name]) == stable(neighbours.reports[name])
    assert neighbours.reports[name]["score"] > 30


def test_other_roles_are_graded_after_one_hangs(tmp_path: Path) -> None:
    lay_out(tmp_path / "in", [])
    file = tmp_path / "in" / NEIGHBOURS[0] / "cs231n/classifiers/linear_svm.py"
    text = file.read_text()
    file.write_text(text.replace("    dW = np.zeros", "    while True:\n        pass\n    dW = np.zeros", 1))
    assert file.read_text() != text
    report = grade(tmp_path / "in", tmp_path / "out").reports[NEIGHBOURS[0]]
    svm, softmax = (entry for entry in report["questions"] if entry["id"] in ("svm", "softmax"))
    assert softmax["score"] == softmax["max_score"]
    verdicts = {check["id"]: check["verdict"] for check in svm["checks"]}
    assert verdicts["svm.naive.zero_weights"] == "timeout"
    assert verdicts["svm.vectorized.gradient"] == "passed"


def test_seeking_mends_in_it_harms_nobody_and_changes_no_verdict(batch: Batch, tmp_path: Path) -> None:
    lay_out(tmp_path / "in", list(SENSITIVE))
    before = traces()
    found = grade(tmp_path / "in", tmp_path / "out")
    assert traces() == before
    for name, report in found.reports.items():
        assert verdicts(report) == verdicts(batch.reports[name]), name


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
@pytest.mark.skipif(not STATUS["landlock"].available, reason="needs Landlock")
@needs_libseccomp
@pytest.mark.parametrize("mode", MODES)
def test_verdicts_are_the_same_for_others(batch: Batch, mode: str) -> None:
    # Not below pytest's own folder, which is closed to others.
    with tempfile.TemporaryDirectory(prefix="hostile-") as place:
        folder = Path(place)
        folder.chmod(0o777)
        lay_out(folder / "in", list(SENSITIVE))
        confine = (sys.executable, str(Path(__file__).with_name("confine.py")), mode)
        there = grade(folder / "in", folder / "out", NO_MEND, confined=confine)
    assert set(there.reports) == {*SENSITIVE, *NEIGHBOURS}
    for name, report in there.reports.items():
        assert verdicts(report) == verdicts(batch.reports[name]), name


def verdicts(report: dict[str, Any]) -> list[tuple[str, str, float]]:
    checks = [check for entry in report["questions"] for check in entry["checks"]]
    return [(check["id"], check["verdict"], check["score"]) for check in checks]


def hostile_archives(folder: Path) -> dict[str, str]:
    """Archives and notebooks that attack whoever opens them; what is said of each."""
    folder.mkdir()
    member = b"def svm_loss_naive(W, X, y, reg):\n    return 1.0, W\n"
    inside = "cs231n/classifiers/linear_svm.py"
    with zipfile.ZipFile(folder / "zip-slip.zip", "w") as file:
        file.writestr(inside, member)
        file.writestr("../../left-by-a-submission", "out")
        file.writestr("/tmp/left-by-a-submission", "out")
    with zipfile.ZipFile(folder / "zip-bomb.zip", "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr(inside, b"#" * (1 << 30))
    with tarfile.open(folder / "links.tar.gz", "w:gz") as file:
        for name, target in (
            (inside, "/etc/passwd"),
            ("cs231n/classifiers/softmax.py", "../../../../../etc/shadow"),
        ):
            link = tarfile.TarInfo(name)
            link.type, link.linkname = tarfile.SYMTYPE, target
            file.addfile(link)
    with tarfile.open(folder / "devices.tar", "w") as file:
        for kind in (tarfile.CHRTYPE, tarfile.FIFOTYPE):
            device = tarfile.TarInfo(inside)
            device.type, device.devmajor, device.devminor = kind, 1, 5
            file.addfile(device)
    with tarfile.open(folder / "odd-names.tar", "w") as file:
        for name in (inside, "cs231n/\x1b[31mred\n.py", "a" * 250, "cs231n/-rf *", "cs231n/\u202egnp.py"):
            info = tarfile.TarInfo(name)
            info.size = len(member)
            file.addfile(info, io.BytesIO(member))
    output = {"output_type": "stream", "name": "stdout", "text": "x" * (100 << 20)}
    cell = {"cell_type": "code", "metadata": {}, "source": "1", "outputs": [output], "execution_count": 1}
    (folder / "giant-output.ipynb").write_text(
        json.dumps({"nbformat": 4, "nbformat_minor": 4, "metadata": {}, "cells": [cell]})
    )
    (folder / "malformed.ipynb").write_text(
        '{"cells": [{"cell_type": {}, "source": 7}, null, []], "nbformat": "x"}'
    )
    (folder / "nested.ipynb").write_text("[" * 100_000)
    return dict.fromkeys(path.name for path in folder.iterdir())  # type: ignore[arg-type]


def test_hostile_archives_and_notebooks_harm_nobody(neighbours: Batch, tmp_path: Path) -> None:
    names = hostile_archives(tmp_path / "in")
    lay_out(tmp_path / "in", [])
    before = traces()
    found = grade(tmp_path / "in", tmp_path / "out")
    assert traces() == before
    assert len(found.reports) == len(names) + len(NEIGHBOURS)
    for name in NEIGHBOURS:
        assert stable(found.reports[name]) == stable(neighbours.reports[name])
    for name, report in found.reports.items():
        if name not in NEIGHBOURS:
            assert report["score"] <= 2.5, name
            assert "root:" not in json.dumps(report)
