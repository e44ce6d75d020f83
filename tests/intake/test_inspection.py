"""What `grader inspect` finds at a path, and how it and its neighbours look in a narrow terminal."""

import io
from pathlib import Path

import pytest
from command_line import SAMPLES, grader, refused
from rich.cells import cell_len
from rich.console import Console
from work_samples import SOFTMAX, WORK, notebook, write

from grader.assignment1.editions import EDITIONS
from grader.cli.inspection import inspect_path, print_found, print_places
from grader.grade import Refused
from grader.intake.inspection import Inspection


def shown(path: Path, width: int = 80) -> list[str]:
    out = io.StringIO()
    print_found(inspect_path(path, EDITIONS), Console(file=out, width=width))
    return out.getvalue().splitlines()


def test_of_several_submissions_each_has_a_line() -> None:
    result = grader("inspect", SAMPLES / "demo")
    assert result.returncode == 0
    lines = result.stdout.splitlines()
    names = {path.name for path in (SAMPLES / "demo").iterdir() if path.is_dir()}
    assert lines[0] == f"{len(names)} entries; each is graded as one submission"
    assert {line.split()[0] for line in lines[1:] if line[2] != " "} == names
    assert "  alan       edition 2019 · 17 of 17 roles · 0 notebooks" in lines
    (margaret,) = [line for line in lines if "margaret" in line]
    assert "– does not hold the assignment; expected" in margaret


def test_inspection_tells_what_was_found(tmp_path: Path) -> None:
    files = WORK | {
        "mine.py": SOFTMAX,
        "svm.ipynb": notebook("x"),
        "Softmax_final(2).ipynb": notebook("softmax_loss_naive(W)"),
    }
    (found,) = inspect_path(write(tmp_path / "ada", files), EDITIONS)
    assert isinstance(found, Inspection)
    assert (found.id, found.root, found.edition) == ("ada", ".", "2019")
    assert found.notebooks == {"svm": "svm.ipynb", "softmax": "Softmax_final(2).ipynb"}
    assert found.notes == (
        "nothing in the files tells the edition; 2019 was taken",
        "mine.py also defines softmax_loss_naive; cs231n/classifiers/softmax.py was graded",
    )
    line = next(role for role in found.roles if role.role == "svm.predict")
    assert (line.question, line.name, line.line) == ("svm", "LinearSVM.predict", 5)


def test_what_an_own_edition_calls_beside_the_roles_is_looked_for(tmp_path: Path) -> None:
    work = write(tmp_path / "ada", WORK | {"near.py": b"class Near:\n    def fit(self, X, y): pass\n"})

    def told(remember: str) -> list[str]:
        own = tmp_path / f"{remember.replace(':', '-')}.toml"
        own.write_text(f'extends = "2019"\nname = "own"\n[helpers]\nremember = "{remember}"\n')
        (found,) = inspect_path(work, EDITIONS, EDITIONS.load(str(own)))
        assert isinstance(found, Inspection)
        return [note for note in found.notes if "`remember`" in note]

    assert told("near.py:Near.fitt") == [
        "`remember` of [helpers] is not found: near.py does not define `fitt`"
    ]
    assert told("nearest.py:Near.fit") == ["`remember` of [helpers] is not found: there is no nearest.py"]
    assert told("near.py:Near.fit") == []


def test_it_takes_a_path_as_grade_does(tmp_path: Path) -> None:
    write(tmp_path / "ada", WORK)
    write(tmp_path / "tim" / "hw" / "assignment1", WORK)
    write(tmp_path, {"essay.txt": b"no code here"})
    ada, essay, tim = inspect_path(tmp_path, EDITIONS)
    assert isinstance(ada, Inspection)
    assert ada.root == "."
    assert isinstance(tim, Inspection)
    assert tim.root == "hw/assignment1"
    assert isinstance(essay, Refused)
    assert essay.id == "essay.txt"
    (alone,) = inspect_path(tmp_path / "ada", EDITIONS)
    assert alone == ada


def test_the_only_submission_among_other_files_is_shown_whole(tmp_path: Path) -> None:
    write(tmp_path / "assignment1", WORK)
    write(tmp_path, {"README.md": b"my homework"})
    text = "\n".join(shown(tmp_path))
    assert "2 entries" in text
    assert "  README.md    – is no archive or notebook that can be read" in text
    assert "cs231n/classifiers/linear_svm.py:1  svm_loss_naive" in text


def test_a_folder_of_other_files_is_refused(tmp_path: Path) -> None:
    write(tmp_path / "other", {"essay.txt": b"no code here", "main.py": b"print(1)"})
    assert refused(grader("inspect", tmp_path / "other")).startswith("other does not hold the assignment; ")


@pytest.mark.parametrize("width", [60, 80])
def test_no_name_breaks_within_a_word(width: int) -> None:
    lines = shown(SAMPLES / "correct" / "2021", width)
    assert max(map(cell_len, lines)) <= width
    assert all(line == line.rstrip() for line in lines)
    text = "\n".join(lines)
    assert "k_nearest_neighbor.py:" in text
    assert "KNearestNeighbor.compute_distances_" in text
    if width == 80:
        assert "cs231n/classifiers/k_nearest_neighbor.py:" in text
        assert "KNearestNeighbor.compute_distances_two_loops" in text


@pytest.mark.parametrize("width", [60, 80])
def test_a_path_of_images_stands_on_a_line_of_its_own(width: int) -> None:
    out = io.StringIO()
    path = "/home/ada/.cache/cs231n-grader/cifar-10/cifar-10-batches-py"
    print_places([("downloaded", False, path, "no such folder")], Console(file=out, width=width))
    head, *rest = out.getvalue().splitlines()
    assert head == "✗  downloaded  no such folder"
    assert [line.strip() for line in rest] == (
        [path] if width == 80 else [path.removesuffix("cifar-10-batches-py"), "cifar-10-batches-py"]
    )


def test_a_class_that_lies_too_deep_is_descended_into_as_for_grading(tmp_path: Path) -> None:
    for name in ("handed/ada", "handed/eve", "tim"):
        write(tmp_path / name, WORK)
    assert [found.id for found in inspect_path(tmp_path, EDITIONS)] == ["ada", "eve", "tim"]
