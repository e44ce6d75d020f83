"""Commands given what no command can use: one sentence, the right exit status, no traceback."""

import csv
import shutil
import sys
import zipfile
from pathlib import Path

import pytest
from command_line import LINEAR, SAMPLES, grader, refused

ADA = SAMPLES / "demo" / "ada"


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    """An interpreter of an environment with nothing installed."""
    python = tmp_path / "bare" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.symlink_to(Path(sys.executable).resolve())
    (tmp_path / "bare" / "pyvenv.cfg").write_text("home = /usr/bin\n")
    return python


@pytest.mark.parametrize(
    ("python", "sentence"),
    [
        ("nowhere/python", "there is no Python interpreter nowhere/python; check the path"),
        ("no-such-python", "there is no Python interpreter no-such-python; check the path"),
        (".", ". is a folder; name the Python interpreter in it"),
        ("/dev/null", "/dev/null cannot be run (Permission denied)"),
        ("/bin/ls", "/bin/ls does not answer as a Python interpreter"),
    ],
)
def test_an_interpreter_that_is_none(tmp_path: Path, python: str, sentence: str) -> None:
    commands = [
        ("check", ADA, *LINEAR),
        ("grade", ADA, "-o", "out"),
        ("grade", ADA, ADA, "-o", "out", "--sandbox", "none"),
        ("doctor",),
    ]
    for command in commands:
        assert refused(grader(*command, "--python", python, cwd=tmp_path)) == sentence


def test_an_interpreter_without_numpy(tmp_path: Path, bare: Path) -> None:
    told = refused(grader("doctor", "--python", bare.relative_to(tmp_path), cwd=tmp_path))
    assert told.startswith("bare/bin/python (Python 3.")
    assert told.endswith(" has no numpy; install it there")


def test_an_interpreter_is_found_from_here_and_on_the_path(tmp_path: Path) -> None:
    (tmp_path / "venv").symlink_to(Path(sys.executable).parent.parent)
    assert grader("doctor", "--python", "venv/bin/python", cwd=tmp_path).returncode == 0
    here = str(Path(sys.executable).parent)
    assert grader("doctor", "--python", Path(sys.executable).name, PATH=here).returncode == 0


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[deductions]\nsquared-hings = 1\n", 'there is no mistake "squared-hings" at deductions'),
        ('policy = "charge-all"\n', 'policy must be "charge-mistakes" or "charge-checks", got "charge-all"'),
        ("no toml\n", "not valid TOML"),
    ],
)
def test_a_rubric_that_is_none(tmp_path: Path, text: str, sentence: str) -> None:
    head = 'schema = "grader.rubric/1"\ntitle = "Mine"\nquestion = []\n'
    (tmp_path / "mine.toml").write_text(head + text)
    for command in (("check", ADA), ("grade", ADA, "-o", "out")):
        told = refused(grader(*command, "--rubric", "mine.toml", cwd=tmp_path))
        assert told.startswith("mine.toml:")
        assert sentence in told


def truncated(path: Path) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("cs231n/classifiers/softmax.py", "x = 1\n" * 1000)
    path.write_bytes(path.read_bytes()[:60])
    return path


def status_of(gradebook: Path) -> dict[str, str]:
    with gradebook.open(newline="") as file:
        return {row["submission"]: row["status"] for row in csv.DictReader(file)}


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_what_was_named_and_cannot_be_read_is_status_2_and_costs_no_other_report(
    tmp_path: Path, jobs: str
) -> None:
    archive = truncated(tmp_path / "eve.zip")
    quick = ("--question", "svm", "--no-train", "--jobs", jobs)
    named = grader("grade", ADA, archive, "-o", tmp_path / "named", *quick)
    assert named.returncode == 2
    assert named.stderr.splitlines()[-1].startswith("grader: eve.zip is damaged or cut off; ")
    assert status_of(tmp_path / "named" / "gradebook.csv") == {"ada": "graded", "eve": "refused"}

    shutil.copytree(ADA, tmp_path / "class" / "ada")
    archive.rename(tmp_path / "class" / "eve.zip")
    entry = grader("grade", tmp_path / "class", "-o", tmp_path / "out", *quick)
    assert entry.returncode == 0, entry.stderr
    assert status_of(tmp_path / "out" / "gradebook.csv") == {"ada": "graded", "eve": "refused"}


@pytest.mark.parametrize("kind", ["truncated", "empty", "other"])
def test_a_lone_path_that_cannot_be_graded_is_told_in_one_sentence(tmp_path: Path, kind: str) -> None:
    if kind == "truncated":
        truncated(tmp_path / kind)
    else:
        (tmp_path / kind / "cs231n").mkdir(parents=True)
    if kind == "empty":
        (tmp_path / kind / "cs231n").rmdir()
    for command in ("check", "inspect"):
        assert refused(grader(command, kind, cwd=tmp_path)).startswith(f"{kind} ")
    assert refused(grader("grade", kind, "-o", "out", "--no-train", cwd=tmp_path)).startswith(f"{kind} ")
