"""Planting samples: an edit that does not fit is refused; the folders to read are what planting gives."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import plant
import pytest
from plant import Edit, PlantError, Sample, edited

SAMPLES = Path(__file__).parents[1] / "submissions"
SOFTMAX = "cs231n/classifiers/softmax.py"


def sample(edits: Mapping[str, Sequence[Edit]]) -> Sample:
    return Sample(name="ada", base="2019", files=[SOFTMAX], edits=edits, questions=["softmax"])


def files_of(folder: Path) -> dict[Path, bytes]:
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*.py")}


def test_what_stands_there_as_often_as_said_is_replaced() -> None:
    assert (
        edited("a = 1\na = 1\nb = 2\n", [Edit("a = 1", "a = 3", 2), Edit("b = 2\n", "")], "it")
        == "a = 3\na = 3\n"
    )


def test_no_edit_sees_what_another_wrote() -> None:
    swap = [Edit("x", "y"), Edit("y", "x")]
    assert edited("x - y", swap, "it") == edited("x - y", swap[::-1], "it") == "y - x"


@pytest.mark.parametrize(
    ("edits", "sentence"),
    [
        ([Edit("c", "")], "it: 'c' stands there 0×, not 1×"),
        ([Edit("a", "")], "it: 'a' stands there 2×, not 1×"),
        ([Edit("b", "", 2)], "it: 'b' stands there 1×, not 2×"),
        ([Edit("a a b", ""), Edit("b", "")], "it: two edits overlap in 'b'"),
    ],
)
def test_an_edit_that_does_not_fit_is_refused(edits: Sequence[Edit], sentence: str) -> None:
    with pytest.raises(PlantError) as caught:
        edited("a a b", edits, "it")
    assert str(caught.value) == sentence


def test_the_sentence_names_the_sample_and_the_file(tmp_path: Path) -> None:
    with pytest.raises(PlantError, match=rf"^ada: {SOFTMAX}: 'margin' stands there 0×, not 1×$"):
        plant.plant(sample({SOFTMAX: [Edit("margin", "")]}), tmp_path)


def test_a_file_that_is_not_handed_in_is_not_edited(tmp_path: Path) -> None:
    with pytest.raises(PlantError, match=r"^ada: svm\.py is edited, but is none of its files$"):
        plant.plant(sample({"svm.py": [Edit("a", "b")]}), tmp_path)


def test_only_the_files_named_are_handed_in(tmp_path: Path) -> None:
    plant.plant(sample({}), tmp_path)
    assert files_of(tmp_path) == {Path(SOFTMAX): (SAMPLES / "correct/2019" / SOFTMAX).read_bytes()}


def test_an_entry_with_an_unknown_key_is_refused(tmp_path: Path) -> None:
    catalogue = tmp_path / "mistakes.toml"
    catalogue.write_text('[ada]\nbase = "2019"\nfiles = []\nquestions = []\nedits = []\nrole = []\n')
    with pytest.raises(TypeError, match="'role'"):
        plant.read_catalogue(catalogue)


@pytest.mark.parametrize(
    "name", sorted(path.name for path in (SAMPLES / "mistakes").iterdir() if path.is_dir())
)
def test_a_folder_to_read_is_what_planting_gives(planted_samples: Path, name: str) -> None:
    assert files_of(SAMPLES / "mistakes" / name) == files_of(planted_samples / "mistakes" / name) != {}


def test_the_command_plants_every_sample(tmp_path: Path, planted_samples: Path) -> None:
    subprocess.run([sys.executable, SAMPLES / "plant.py", tmp_path], check=True)
    assert files_of(tmp_path) == files_of(planted_samples)


def test_the_command_stops_with_the_sentence(tmp_path: Path) -> None:
    shutil.copy(SAMPLES / "plant.py", tmp_path)
    (tmp_path / "mistakes.toml").write_text(
        '[ada]\nbase = "2019"\nfiles = []\nquestions = []\nedits = [{file = "svm.py", was = "", now = ""}]\n'
    )
    command = [sys.executable, tmp_path / "plant.py", tmp_path / "out"]
    told = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (told.returncode, told.stderr) == (1, "ada: svm.py is edited, but is none of its files\n")
