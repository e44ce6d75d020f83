"""What is installed: the wheel that pip makes, and the one that the grader makes of itself."""

from __future__ import annotations

import io
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from command_line import ROOT
from needs import require_packages

from grader.cli.places.wheel import own_wheel


def test_its_own_wheel_is_whole_and_the_same_each_time() -> None:
    name, data = own_wheel()
    assert (name, data) == own_wheel()
    with zipfile.ZipFile(io.BytesIO(data)) as wheel:
        names = set(wheel.namelist())
        (record,) = (wheel.read(each).decode() for each in names if each.endswith("RECORD"))
    assert {line.split(",")[0] for line in record.split()} == names
    data_files = (
        "rubrics/assignment1.toml",
        "assignment1/editions/2019.toml",
        "report/templates/student.html",
    )
    assert {f"grader/{each}" for each in data_files} | {"reference/linear.py"} <= names


@pytest.mark.slow
def test_its_own_wheel_holds_what_pips_holds(tmp_path: Path) -> None:
    require_packages()
    asked = ["wheel", "--quiet", "--no-deps", "--wheel-dir", str(tmp_path), str(ROOT)]
    subprocess.run([sys.executable, "-m", "pip", *asked], check=True)
    (file,) = tmp_path.glob("*.whl")
    name, data = own_wheel()
    with zipfile.ZipFile(file) as theirs, zipfile.ZipFile(io.BytesIO(data)) as ours:
        assert file.name == name
        assert set(theirs.namelist()) == set(ours.namelist())
        packaged = [each for each in ours.namelist() if ".dist-info/" not in each]
        assert [each for each in packaged if theirs.read(each) != ours.read(each)] == []
