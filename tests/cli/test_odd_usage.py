"""Commands given what no command can use: one sentence, the right exit status, no traceback."""

import csv
import os
import shutil
import sys
import zipfile
from pathlib import Path

import pytest
from command_line import LINEAR, SAMPLES, grader, refused, run_here

from grader import __version__

Capsys = pytest.CaptureFixture[str]

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
def test_an_interpreter_that_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capsys, python: str, sentence: str
) -> None:
    monkeypatch.chdir(tmp_path)
    commands = [
        ("check", ADA, *LINEAR),
        ("grade", ADA, "-o", "out", *LINEAR),
        ("grade", ADA, ADA, "-o", "out", "--sandbox", "none", *LINEAR),
        ("doctor",),
    ]
    for command in commands:
        assert refused(run_here(capsys, *command, "--python", python)) == sentence


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
def test_a_rubric_that_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capsys, text: str, sentence: str
) -> None:
    monkeypatch.chdir(tmp_path)
    head = 'schema = "grader.rubric/1"\ntitle = "Mine"\nquestion = []\n'
    (tmp_path / "mine.toml").write_text(head + text)
    for command in (("check", ADA), ("grade", ADA, "-o", "out")):
        told = refused(run_here(capsys, *command, "--rubric", "mine.toml"))
        assert told.startswith("mine.toml:")
        assert sentence in told


ESCAPES = "a\x1b[31mb\nc\udce9"


@pytest.mark.parametrize("path", ["nowhere", "x" * 5000, "loop", "dangling", ESCAPES])
@pytest.mark.parametrize("command", ["check", "inspect", "grade", "report"])
def test_a_path_that_leads_nowhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capsys, command: str, path: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "dangling").symlink_to("gone")
    told = refused(run_here(capsys, command, path, *(["-o", "out"] if command == "grade" else [])))
    assert told.isprintable()
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("args", "sentence"),
    [
        (["explain", ESCAPES], "there is no mistake called "),
        (["report", ".", "--format", ESCAPES], "there is no format "),
        (["report", "."], ". holds no report.json; "),
        (["check", "--question", ESCAPES], "there is no question "),
        (["check", "--execute", ESCAPES], "--execute "),
        (["check", "--rubric", ESCAPES], "there is no rubric "),
        (["check", "--rubric", "nowhere.toml"], "the rubric nowhere.toml cannot be read: No such file"),
        (["check", "--rubric", "binary.toml"], "the rubric binary.toml cannot be read: it is no text"),
        (["check", "--edition", ESCAPES], "there is no edition "),
        (["check", "--edition", "course"], "there is no edition 'course'; use one of 2015, "),
        (["inspect", "--edition", "1999"], "there is no edition '1999'; use one of 2015, "),
        (["inspect", "--edition", "number.toml"], "number.toml:1: name must be a text in quotes, "),
        (
            ["inspect", "--edition", "role.toml"],
            "role.toml:3: svm.naive must read ",
        ),
        (["inspect", "--edition", "parent.toml"], "parent.toml:1: there is no edition '1999'; use "),
        (["inspect", "--edition", "own.toml"], 'own.toml:1: `extends = "own.toml"` leads to no edition; '),
        (
            ["inspect", "--edition", "binary.toml"],
            "the edition file binary.toml cannot be read: it is no text",
        ),
        (["check", "--course-files", "nowhere"], "--course-files nowhere is no folder"),
        (["check", "--data", "nowhere"], "there is no nowhere; "),
        (["check", "--data", "number.toml"], "number.toml is neither a folder "),
        (["check", "--sandbox", ESCAPES], "there is no level "),
    ],
)
def test_a_value_that_means_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capsys, args: list[str], sentence: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "softmax.py").write_text("def softmax_loss_naive(W, X, y, reg):\n    pass\n")
    (tmp_path / "number.toml").write_text("name = 3\n")
    (tmp_path / "binary.toml").write_bytes(b"\xff\xfe\0")
    (tmp_path / "parent.toml").write_text('extends = "1999"\n')
    (tmp_path / "own.toml").write_text('extends = "own.toml"\n')
    (tmp_path / "role.toml").write_text('extends = "2019"\n[roles]\n"svm.naive" = "nowhere"\n')
    told = refused(run_here(capsys, *args))
    assert told.startswith(sentence)
    assert told.isprintable()


def test_the_version_is_told(capsys: Capsys) -> None:
    assert run_here(capsys, "--version") == (0, f"grader {__version__}\n", "")


def test_a_class_of_odd_names_is_graded_and_nothing_of_them_reaches_the_terminal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capsys
) -> None:
    names = [
        b"a\x1b[31mb",
        b"new\nline",
        b"latin-\xe9",
        b"x" * 250,
        b"[red]",
        b"::error::",
        b" lead",
        b"=1+1",
    ]
    for name in names:
        folder = os.fsencode(tmp_path) + b"/class/" + name
        shutil.copytree(ADA, os.fsdecode(folder))
    (tmp_path / "class" / "loop").symlink_to("loop")
    os.mkfifo(tmp_path / "class" / "pipe")
    done = grader(
        "grade", "class", "-o", "out", "--question", "knn", "--no-train", "--jobs", "1", cwd=tmp_path
    )
    assert done.returncode == 0, done.stderr
    statuses = list(status_of(tmp_path / "out" / "gradebook.csv").values())
    assert sorted(statuses) == ["graded"] * len(names) + ["refused"] * 2
    monkeypatch.chdir(tmp_path)
    pages = [done, run_here(capsys, "inspect", "class")]
    pages += [run_here(capsys, "report", "out", "--format", name) for name in ("console", "github")]
    for page in pages:
        assert page.returncode == 0
        assert all(line.isprintable() for line in (page.stdout + page.stderr).splitlines())


def test_results_that_are_broken_or_in_the_way_are_told(tmp_path: Path, capsys: Capsys) -> None:
    out = tmp_path / "out"
    asked = ("--question", "knn", "--no-train", "--jobs", "1")
    grade = ("grade", ADA, SAMPLES / "demo" / "alan", "-o", out, *asked)
    (out / "ada" / "report.json").mkdir(parents=True)
    stopped = grader(*grade)
    assert stopped.returncode == 3
    assert "grader: the grader itself failed on ada: the report could not be written to " in stopped.stderr
    assert status_of(out / "gradebook.csv") == {"ada": "fault", "alan": "graded"}

    (out / "ada" / "report.json").rmdir()
    (out / "ada" / "report.json").write_text("broken")
    told = refused(run_here(capsys, "report", out))
    assert told.startswith(f"{out}/ada/report.json is no report of this grader: ")
    assert grader(*grade).returncode == 0
    assert status_of(out / "gradebook.csv") == {"ada": "graded", "alan": "graded"}

    (out / "gradebook.csv").unlink()
    (out / "gradebook.csv").mkdir()
    assert refused(grader(*grade)).startswith(f"{out}/gradebook.csv cannot be written ")
    (out / "manual.csv").mkdir()
    assert refused(run_here(capsys, *grade)) == "manual.csv cannot be read (Is a directory)"


def truncated(path: Path) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("cs231n/classifiers/softmax.py", "x = 1\n" * 1000)
    path.write_bytes(path.read_bytes()[:60])
    return path


def status_of(gradebook: Path) -> dict[str, str]:
    with gradebook.open(newline="", encoding="utf-8-sig") as file:
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
def test_a_lone_path_that_cannot_be_graded_is_told_in_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capsys, kind: str
) -> None:
    monkeypatch.chdir(tmp_path)
    if kind == "truncated":
        truncated(tmp_path / kind)
    else:
        (tmp_path / kind / "cs231n").mkdir(parents=True)
    if kind == "empty":
        (tmp_path / kind / "cs231n").rmdir()
    for command in ("check", "inspect"):
        assert refused(run_here(capsys, command, kind)).startswith(f"{kind} ")
    assert refused(run_here(capsys, "grade", kind, "-o", "out", "--no-train")).startswith(f"{kind} ")
