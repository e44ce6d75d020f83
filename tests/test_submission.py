"""Finding submissions in a path, the assignment in a submission, and its roles; nothing is run."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.editions import identify, load
from grader.roles import Absent, FoundRole, definitions, find_roles
from grader.roots import find_root
from grader.submission import (
    Entry,
    SubmissionRefused,
    add_support,
    discover,
    inspect_submission,
    lay_over,
    open_submission,
    single,
)

SVM = b"def svm_loss_naive(W, X, y, reg):\n    pass\n\n\ndef svm_loss_vectorized(W, X, y, reg):\n    pass\n"
SOFTMAX = b"def softmax_loss_naive(W, X, y, reg):\n    pass\n"
LINEAR = b"""class LinearClassifier(object):
    def train(self, X, y):
        pass

    def predict(self, X):
        def scores(X):
            return X
        return scores(X)


class LinearSVM(LinearClassifier):
    def loss(self, X, y, reg):
        pass
"""
WORK = {
    "cs231n/classifiers/linear_svm.py": SVM,
    "cs231n/classifiers/softmax.py": SOFTMAX,
    "cs231n/classifiers/linear_classifier.py": LINEAR,
}


def write(folder: Path, files: dict[str, bytes]) -> Path:
    for name, data in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    return folder


def notebook(*cells: str) -> bytes:
    code = [{"cell_type": "code", "source": cell.splitlines(keepends=True), "outputs": []} for cell in cells]
    return json.dumps({"cells": code, "nbformat": 4}).encode()


def refusal(path: Path) -> str:
    with pytest.raises(SubmissionRefused) as refused:
        open_submission(single(path))
    return str(refused.value)


# --- discover


def test_a_batch_is_a_folder_with_one_submission_an_entry(tmp_path: Path) -> None:
    write(tmp_path, {f"bob/{path}": data for path, data in WORK.items()})
    write(tmp_path, {"ada.zip": b"", "eve.tar.gz": b"", "mallory.ipynb": b"", ".hidden": b""})
    assert [entry.id for entry in discover(tmp_path)] == ["ada", "bob", "eve", "mallory"]


@pytest.mark.parametrize("work", ["cs231n/classifiers/softmax.py", "svm.ipynb", "softmax.py"])
def test_a_folder_with_work_at_its_top_is_one_submission(tmp_path: Path, work: str) -> None:
    folder = write(tmp_path / "ada", {work: SOFTMAX, "more/other.py": b""})
    assert discover(folder) == [Entry("ada", folder)]


def test_ids_are_unique_whatever_the_file_system(tmp_path: Path) -> None:
    write(tmp_path, {"ada.zip": b"", "Ada.tar": b"", "ada/x.py": b"", "ada.ipynb": b""})
    ids = [entry.id for entry in discover(tmp_path)]
    assert len({identity.casefold() for identity in ids}) == 4
    assert ids == [entry.id for entry in discover(tmp_path)]


def test_several_paths_make_one_batch_with_unique_ids(tmp_path: Path) -> None:
    a = write(tmp_path / "a", {"ada/x.py": b"", "bob/x.py": b""})
    b = write(tmp_path / "b", {"ada/x.py": b""})
    assert [entry.id for entry in discover(a, b)] == ["ada", "bob", "ada-2"]


def test_no_submission_takes_the_name_of_a_file_of_the_results(tmp_path: Path) -> None:
    write(tmp_path, {"manual.csv.zip": b"", "GradeBook.csv/x.py": b"", "manual.csv-1/x.py": b""})
    ids = [entry.id for entry in discover(tmp_path)]
    assert ids == ["GradeBook.csv-1", "manual.csv-1", "manual.csv-1-2"]
    assert single(tmp_path / "manual.csv.zip").id == "manual.csv-1"


def test_the_folder_of_the_results_is_no_submission(tmp_path: Path) -> None:
    write(tmp_path, {"ada/x.py": b"", "out/ada/report.json": b"", "out/gradebook.csv": b""})
    (tmp_path / "dangling").symlink_to(tmp_path / "gone")
    out = tmp_path / "ada" / ".." / "out"
    assert [entry.id for entry in discover(tmp_path, output=out)] == ["ada", "dangling"]
    assert len(discover(tmp_path, output=tmp_path / "elsewhere")) == 3


def test_an_entry_with_an_undecodable_name_gets_a_printable_id(tmp_path: Path) -> None:
    try:
        os.mkdir(os.path.join(os.fsencode(tmp_path), b"caf\xe9\x1b[31m"))  # noqa: PTH102, PTH118 - bytes
    except OSError:
        pytest.skip("this file system takes no such name")
    (entry,) = discover(tmp_path)
    assert entry.id.isprintable()
    entry.id.encode()


def test_the_current_folder_is_named_by_its_own_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(write(tmp_path / "ada", WORK))
    assert single(Path()).id == "ada"


# --- the root


@pytest.mark.parametrize(
    "place",
    ["", "assignment1/", "winter1516_assignment1/assignment1/", "cs231n/assignment1/", "a/b c/Assingment1/"],
)
def test_the_assignment_is_found_wherever_it_is(tmp_path: Path, place: str) -> None:
    write(tmp_path, {place + path: data for path, data in WORK.items()} | {"README.md": b"x"})
    submission = open_submission(single(tmp_path))
    assert submission.root == (place.rstrip("/") or ".")
    assert set(WORK) <= set(submission.files)


@pytest.mark.parametrize(
    ("taken", "other", "fewer", "reason"),
    [
        ("work/deeper", "a_backup", list(WORK)[:1], "work/deeper/ was taken, which holds more of the work"),
        ("work/deeper", "work", [*WORK], "work/deeper/ was taken, which holds more notebooks"),
        ("work", "a/backup", [*WORK, "svm.ipynb"], "work/ was taken, which lies higher"),
        ("a", "b", [*WORK, "svm.ipynb"], "a/ was taken, which comes first by name"),
    ],
)
def test_of_several_copies_one_is_taken_and_said_why(
    tmp_path: Path, taken: str, other: str, fewer: list[str], reason: str
) -> None:
    files = WORK | {"svm.ipynb": notebook("x")}
    write(tmp_path, {f"{taken}/{path}": data for path, data in files.items()})
    write(tmp_path, {f"{other}/{path}": files[path] for path in fewer})
    submission = open_submission(single(tmp_path))
    assert submission.root == taken
    assert [(i.path, i.reason) for i in submission.ignored] == [
        (f"{other}/", f"a further copy of the assignment; {reason}")
    ]


def test_a_copy_below_the_root_is_left_out(tmp_path: Path) -> None:
    write(tmp_path, WORK | {f"old/{path}": b"# old\n" + data for path, data in WORK.items()})
    submission = open_submission(single(tmp_path))
    assert submission.root == "."
    assert not [path for path in submission.files if path.startswith("old/")]


def test_another_assignment_beside_it_is_not_taken(tmp_path: Path) -> None:
    nets = b"class TwoLayerNet: pass\nclass FullyConnectedNet: pass\n"
    layers = b"".join(b"def %s(): pass\n" % n for n in (b"affine_forward", b"relu_forward", b"softmax_loss"))
    second = {"assignment2/cs231n/classifiers/fc_net.py": nets, "assignment2/cs231n/layers.py": layers}
    write(tmp_path, second | {"assignment1/cs231n/classifiers/linear_svm.py": SVM})
    submission = open_submission(single(tmp_path))
    assert submission.root == "assignment1"
    assert ("assignment2/", "another assignment's work") in [(i.path, i.reason) for i in submission.ignored]


def test_questions_in_folders_of_their_own_belong_together(tmp_path: Path) -> None:
    write(tmp_path, {"q2/linear_svm.py": SVM, "q3/softmax.py": SOFTMAX})
    submission = open_submission(single(tmp_path))
    assert submission.root == "."
    roles = find_roles(submission.files, load("2019"))
    assert isinstance(roles["svm.naive"], FoundRole)
    assert isinstance(roles["softmax.naive"], FoundRole)


def test_checkpoints_environments_and_data_are_ignored_with_a_reason(tmp_path: Path) -> None:
    litter = {
        ".ipynb_checkpoints/svm-checkpoint.ipynb": notebook("1"),
        "env/lib/python3.11/site-packages/softmax.py": SOFTMAX,
        "cs231n/datasets/get_datasets.sh": b"",
        "__MACOSX/cs231n/classifiers/softmax.py": b"",
        ".git/config": b"",
        "plot.png": b"",
        "photo.png": b"",
    }
    submission = open_submission(single(write(tmp_path, WORK | litter)))
    assert set(submission.files) == set(WORK)
    assert {i.path: i.reason for i in submission.ignored} == {
        ".git/": "hidden",
        ".ipynb_checkpoints/": "Jupyter's automatic copies",
        "__MACOSX/": "files of the Mac's Finder",
        "cs231n/datasets/": "data",
        "env/lib/python3.11/": "an installed Python environment",
        "*.png": "not read for grading (2)",
    }


PARTS = st.sampled_from(["a", "b", "cs231n", "assignment1", "Assignment2", "classifiers", "x y", "hw3"])
NAMES = st.sampled_from([*(path.rpartition("/")[2] for path in WORK), "notes.py", "svm.ipynb"])
SOURCES = st.sampled_from([SVM, SOFTMAX, LINEAR, b"", b"def other(): pass\n", notebook("x = 1")])


@given(
    st.dictionaries(
        st.tuples(st.lists(PARTS, max_size=4), NAMES).map(lambda p: "/".join([*p[0], p[1]])),
        SOURCES,
        max_size=8,
    ),
    st.randoms(use_true_random=False),
)
def test_the_root_holds_what_was_found_and_does_not_depend_on_order(
    files: dict[str, bytes], random: object
) -> None:
    root = find_root(files)
    items = list(files.items())
    random.shuffle(items)  # type: ignore[attr-defined]
    assert find_root(dict(items)) == root
    if root is None:
        assert not any(b"svm_loss" in data or b"softmax_loss" in data for data in files.values())
    else:
        assert root.path == "." or any(path.startswith(root.path + "/") for path in files)
        assert root.path not in root.passed_over


# --- roles


def test_roles_are_found_with_file_and_line() -> None:
    roles = find_roles(WORK, load("2019"))
    found = roles["svm.vectorized"]
    assert isinstance(found, FoundRole)
    assert (found.file, found.name, found.line) == (
        "cs231n/classifiers/linear_svm.py",
        "svm_loss_vectorized",
        5,
    )


def test_an_inherited_method_is_found_in_its_base_class() -> None:
    roles = find_roles(WORK, load("2019"))
    found = roles["svm.predict"]
    assert isinstance(found, FoundRole)
    assert (found.name, found.method, found.line) == ("LinearSVM", "predict", 5)


def test_absent_roles_say_where_they_were_expected() -> None:
    roles = find_roles(WORK, load("2019"))
    assert roles["softmax.vectorized"] == Absent(
        "cs231n/classifiers/softmax.py does not define softmax_loss_vectorized"
    )
    expected = (
        "no file defines KNearestNeighbor.predict (expected in cs231n/classifiers/k_nearest_neighbor.py)"
    )
    assert roles["knn.predict"] == Absent(expected)
    assert roles["softmax.train"] == Absent(
        "cs231n/classifiers/linear_classifier.py does not define Softmax.train"
    )


def test_a_role_in_an_unusual_file_is_found_by_name() -> None:
    roles = find_roles({"all_classifiers.py": SVM + SOFTMAX}, load("2019"))
    assert {name for name, found in roles.items() if isinstance(found, FoundRole)} == {
        "svm.naive",
        "svm.vectorized",
        "softmax.naive",
    }


def test_the_courses_file_wins_over_others_and_those_are_named() -> None:
    files = WORK | {"a_test.py": SVM, "cs231n/classifiers/linear_svm_old.py": SVM}
    found = find_roles(files, load("2019"))["svm.naive"]
    assert isinstance(found, FoundRole)
    assert found.home == "cs231n/classifiers/linear_svm.py"
    assert found.also == ("a_test.py", "cs231n/classifiers/linear_svm_old.py")


def test_definitions_in_strings_and_comments_do_not_count() -> None:
    text = '"""\ndef svm_loss_naive(): pass\n"""\n'
    source = text + "# def svm_loss_naive(): pass\nx = 'def f(): \"'\n\ndef g():\n  pass\n"
    assert [(d.name, d.line) for d in definitions(source)] == [("g", 7)]


def test_the_last_of_two_definitions_counts() -> None:
    found = find_roles({"linear_svm.py": SVM + b"\n\n" + SVM}, load("2019"))["svm.naive"]
    assert isinstance(found, FoundRole)
    assert found.line == 9


def test_a_misindented_method_is_still_found() -> None:
    source = (
        b"class TwoLayerNet(object):\n  def __init__(self):\n    pass\n\n    def loss(self, X):\n      pass\n"
    )
    found = find_roles({"neural_net.py": source}, load("2019"))["two_layer_net.loss"]
    assert isinstance(found, FoundRole)
    assert found.line == 5


@pytest.mark.parametrize(
    "source",
    [
        b"print 'python 2'\n" + SVM,
        b"\xef\xbb\xbf" + SVM,
        SVM.replace(b"\n", b"\r\n"),
        b"# -*- coding: latin-1 -*-\n# caf\xe9\n" + SVM,
        b"(" * 100_000 + b"\n" + SVM,
        b"x = " + b"-" * 100_000 + b"1\n" + SVM,
        SVM + b"\0",
        b"def f(\n" * 200_000 + b"\n" + SVM,
        b"class C(\n def f(\n" * 80_000 + b"\n" + SVM,
        b"X: " * 600_000 + b"X[" * 300_000 + b"\n" + SVM,
        b"np.dot(X[" * 200_000 + b"\n" + SVM,
        b'"""' * 400_001 + b"\n" + SVM.replace(b"pass", b'"""') + SVM,
    ],
    ids=[
        "python-2",
        "bom",
        "crlf",
        "latin-1",
        "parentheses",
        "minus-signs",
        "nul",
        "defs",
        "classes",
        "one-line",
        "dots",
        "quotes",
    ],
)
def test_broken_and_old_sources_are_searched_all_the_same(source: bytes) -> None:
    assert isinstance(find_roles({"linear_svm.py": source}, load("2019"))["svm.vectorized"], FoundRole)


def test_a_lone_notebook_holds_roles_in_its_cells(tmp_path: Path) -> None:
    path = write(tmp_path, {"mine.ipynb": notebook("import numpy", SVM.decode())}) / "mine.ipynb"
    submission = open_submission(single(path))
    assert submission.id == "mine"
    found = find_roles(submission.files, load("2019"))["svm.vectorized"]
    assert isinstance(found, FoundRole)
    assert (found.file, found.kind, found.cell, found.line) == ("mine.ipynb", "notebook", 2, 5)


@pytest.mark.parametrize(
    "cells",
    [3, {"a": 1}, [3], [{"cell_type": "code", "source": 3}], [{"cell_type": "code", "source": [3]}], None],
)
def test_a_malformed_notebook_has_no_roles(cells: object) -> None:
    data = json.dumps({"cells": cells, "x": "def svm_loss_naive(W, X, y, reg):"}).encode()
    assert isinstance(find_roles({"a.ipynb": data}, load("2019"))["svm.naive"], Absent)


def test_a_notebook_of_the_old_format_is_searched() -> None:
    cell = {"cell_type": "code", "input": SVM.decode(), "outputs": []}
    data = json.dumps({"worksheets": [{"cells": [cell]}], "nbformat": 3}).encode()
    found = find_roles({"a.ipynb": data}, load("2019"))["svm.naive"]
    assert isinstance(found, FoundRole)
    assert found.cell == 1


def test_a_module_wins_over_a_notebook(tmp_path: Path) -> None:
    submission = open_submission(single(write(tmp_path, WORK | {"svm.ipynb": notebook(SVM.decode())})))
    found = find_roles(submission.files, load("2019"))["svm.naive"]
    assert isinstance(found, FoundRole)
    assert found.kind == "module"
    assert found.also == ("svm.ipynb",)


def test_a_git_lfs_pointer_is_no_work_and_says_so(tmp_path: Path) -> None:
    pointer = b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n"
    submission = open_submission(
        single(write(tmp_path, WORK | {"cs231n/classifiers/linear_svm.py": pointer}))
    )
    ignored = {item.path: item.reason for item in submission.ignored}
    missing = find_roles(submission.files, load("2019"), ignored)["svm.naive"]
    assert isinstance(missing, Absent)
    assert "Git LFS pointer" in missing.reason


# --- files laid over and under


def test_course_files_replace_everything_but_the_work(tmp_path: Path) -> None:
    mine = write(tmp_path / "ada", WORK | {"cs231n/gradient_check.py": b"cheat = 1\n", "mine.py": b"x = 1\n"})
    course = {"cs231n/gradient_check.py": b"honest = 1\n", "cs231n/vis_utils.py": b"v = 1\n"}
    theirs = write(tmp_path / "course", course | dict.fromkeys(WORK, b"starter = 1\n"))
    submission = lay_over(open_submission(single(mine)), load("2019"), theirs)
    assert submission.files == WORK | course | {"mine.py": b"x = 1\n"}
    assert submission.notes == ("the course's own were used for gradient_check.py, vis_utils.py",)


def test_course_files_reach_a_flat_folder_and_spare_moved_work(tmp_path: Path) -> None:
    mine = write(
        tmp_path / "ada", {"features.py": SVM, "softmax.py": SOFTMAX, "gradient_check.py": b"cheat = 1\n"}
    )
    theirs = write(
        tmp_path / "course", {"cs231n/gradient_check.py": b"honest = 1\n", "cs231n/features.py": b""}
    )
    files = lay_over(open_submission(single(mine)), load("2019"), theirs).files
    assert files["gradient_check.py"] == b"honest = 1\n"
    assert files["features.py"] == SVM


def test_an_empty_course_folder_is_refused(tmp_path: Path) -> None:
    submission = open_submission(single(write(tmp_path / "ada", WORK)))
    (tmp_path / "course").mkdir()
    with pytest.raises(SubmissionRefused, match="holds no module"):
        lay_over(submission, load("2019"), tmp_path / "course")


def test_support_fills_in_only_what_is_lacking(tmp_path: Path) -> None:
    own = {"cs231n/data_utils.py": b"mine = 1\n"}
    submission = add_support(open_submission(single(write(tmp_path, WORK | own))), load("2019"))
    assert submission.files["cs231n/data_utils.py"] == b"mine = 1\n"
    assert b"grad_check_sparse" in submission.files["cs231n/gradient_check.py"]
    assert "cs231n/layer_utils.py" not in submission.files
    assert submission.notes == (
        "the grader's own were used for features.py, gradient_check.py, vis_utils.py",
    )


def test_support_follows_a_renamed_package(tmp_path: Path) -> None:
    renamed = {path.replace("cs231n/", "metu/"): data for path, data in WORK.items()}
    submission = add_support(
        open_submission(single(write(tmp_path, renamed | {"metu/__init__.py": b"own = 1\n"}))), load("2019")
    )
    assert "metu/gradient_check.py" in submission.files
    assert submission.files["metu/__init__.py"] == b"own = 1\n"
    assert not any(path.startswith("cs231n/") for path in submission.files)


# --- inspection and refusals


def test_inspection_tells_what_was_found(tmp_path: Path) -> None:
    files = WORK | {"svm.ipynb": notebook("x"), "Softmax_final(2).ipynb": notebook("softmax_loss_naive(W)")}
    submission = open_submission(single(write(tmp_path / "ada", files)))
    found = inspect_submission(submission, identify(submission.files))
    assert (found.id, found.root, found.edition) == ("ada", ".", "2019")
    assert found.notebooks == {"svm": "svm.ipynb", "softmax": "Softmax_final(2).ipynb"}
    assert found.notes == ("nothing in the files tells the edition; 2019 was taken",)
    line = next(role for role in found.roles if role.role == "svm.predict")
    assert (line.question, line.name, line.line) == ("svm", "LinearSVM.predict", 5)


def test_missing_path(tmp_path: Path) -> None:
    with pytest.raises(SubmissionRefused, match=r"nowhere does not exist; check the spelling"):
        single(tmp_path / "nowhere")
    with pytest.raises(SubmissionRefused, match="does not exist"):
        discover(tmp_path / "nowhere")


def test_looping_and_dangling_links(tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    (tmp_path / "dangling").symlink_to(tmp_path / "gone")
    with pytest.raises(SubmissionRefused, match="leads to itself"):
        single(tmp_path / "loop")
    with pytest.raises(SubmissionRefused, match="the link leads nowhere"):
        single(tmp_path / "dangling")


def test_empty_folder(tmp_path: Path) -> None:
    assert refusal(tmp_path).endswith("is empty; hand in the assignment's folder")
    with pytest.raises(SubmissionRefused, match="is empty"):
        discover(tmp_path)


def test_folder_without_the_assignment(tmp_path: Path) -> None:
    write(tmp_path / "ada", {"essay.txt": b"x", "main.py": b"print(1)\n"})
    assert refusal(tmp_path / "ada").startswith("ada does not hold the assignment; expected a folder with")


@pytest.mark.parametrize(
    ("name", "data", "text"),
    [
        (
            "a.ipynb",
            b"\x89PNG\r\n\x1a\n\0\0",
            "a.ipynb cannot be graded (not a notebook: it does not hold JSON)",
        ),
        ("a.ipynb", b'{"cells": [', "a.ipynb is not a notebook, or cut off"),
        ("a.ipynb", b'{"x": 1}', "a.ipynb is not a notebook, or cut off"),
        ("a.ipynb", b"[" * 100_000, "a.ipynb cannot be graded (not a notebook: it does not hold JSON)"),
        ("a.ipynb", b'{"a":' * 100_000, "a.ipynb is not a notebook, or cut off"),
        ("a.ipynb", b'{"cells": [' + b"{}," * 5_000_000 + b"{}]}", "a.ipynb is not a notebook, or cut off"),
        ("a.ipynb", b"", "a.ipynb cannot be graded (not a notebook: it does not hold JSON)"),
        ("a.py", b"x = 1\n", "a.py does not hold the assignment"),
        ("a.docx", b"hello", "a.docx is no archive or notebook that can be read"),
        ("a.pdf", b"%PDF-1.4", "a.pdf is a PDF document"),
        ("a.rar", b"Rar!\x1a\x07\0", "a.rar is a RAR archive"),
    ],
)
def test_files_that_are_no_submission(tmp_path: Path, name: str, data: bytes, text: str) -> None:
    (tmp_path / name).write_bytes(data)
    assert refusal(tmp_path / name).startswith(text)


def test_a_pipe_is_refused_without_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.zip")
    assert refusal(tmp_path / "pipe.zip").startswith("pipe.zip is neither a file nor a folder")


def test_an_unreadable_path_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SubmissionRefused, match="is no path"):
        single(tmp_path / "a\0b")
    with pytest.raises(SubmissionRefused, match="cannot be read"):
        single(tmp_path / ("x" * 5000))
