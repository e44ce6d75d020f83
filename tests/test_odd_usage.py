"""Commands given what no command can use: one sentence, the right exit status, no traceback."""

import sys
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
