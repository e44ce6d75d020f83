"""Finding submissions in a path, and the assignment in a submission; what cannot be graded is refused."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from work_samples import LINEAR, SOFTMAX, SVM, WORK, notebook, refusal, write

from grader.assignment1.editions import EDITIONS
from grader.intake.roles import find_roles
from grader.intake.roots import find_root
from grader.intake.site import Site
from grader.intake.submission import (
    Entry,
    SubmissionRefused,
    discover,
    left_out,
    open_submission,
    single,
)

# --- discover


def found_at(*paths: Path, output: Path | None = None) -> list[Entry]:
    return discover(*paths, landmarks=EDITIONS.landmarks, output=output)


def test_a_batch_is_a_folder_with_one_submission_an_entry(tmp_path: Path) -> None:
    write(tmp_path, {f"bob/{path}": data for path, data in WORK.items()})
    write(tmp_path, {"ada.zip": b"", "eve.tar.gz": b"", "mallory.ipynb": b"", ".hidden": b""})
    assert [entry.id for entry in found_at(tmp_path)] == [
        "ada",
        "bob",
        "eve",
        "mallory",
    ]


@pytest.mark.parametrize("work", ["cs231n/classifiers/softmax.py", "svm.ipynb", "softmax.py"])
def test_a_folder_with_work_at_its_top_is_one_submission(tmp_path: Path, work: str) -> None:
    folder = write(tmp_path / "ada", {work: SOFTMAX, "more/other.py": b""})
    assert found_at(folder) == [Entry("ada", folder)]


def test_folders_that_each_hold_another_part_are_one_submission(tmp_path: Path) -> None:
    parts = {"Q1/linear_svm.py": SVM, "Q2/code/softmax.py": SOFTMAX, "assignment1/softmax.py": SOFTMAX}
    folder = write(tmp_path / "ada", parts)
    assert found_at(folder) == [Entry("ada", folder)]
    write(folder, {"svm1.ipynb": b"{}"})
    assert found_at(folder) == [Entry("ada", folder)]
    write(folder, {"eve/linear_svm.py": SVM, "eve/softmax.py": SOFTMAX})
    assert len(found_at(folder)) == 5


def test_ids_are_unique_whatever_the_file_system(tmp_path: Path) -> None:
    write(tmp_path, {"ada.zip": b"", "Ada.tar": b"", "ada/x.py": b"", "ada.ipynb": b""})
    ids = [entry.id for entry in found_at(tmp_path)]
    assert len({identity.casefold() for identity in ids}) == 4
    assert ids == [entry.id for entry in found_at(tmp_path)]


def test_several_paths_make_one_batch_with_unique_ids(tmp_path: Path) -> None:
    a = write(tmp_path / "a", {"ada/x.py": b"", "bob/x.py": b""})
    b = write(tmp_path / "b", {"ada/x.py": b""})
    assert [entry.id for entry in found_at(a, b)] == ["ada", "bob", "ada-2"]


def test_no_submission_takes_the_name_of_a_file_of_the_results(tmp_path: Path) -> None:
    write(tmp_path, {"manual.csv.zip": b"", "GradeBook.csv/x.py": b"", "manual.csv-1/x.py": b""})
    ids = [entry.id for entry in found_at(tmp_path)]
    assert ids == ["GradeBook.csv-1", "manual.csv-1", "manual.csv-1-2"]
    assert single(tmp_path / "manual.csv.zip").id == "manual.csv-1"


def test_the_folder_of_the_results_is_no_submission(tmp_path: Path) -> None:
    write(tmp_path, {"ada/x.py": b"", "out/ada/report.json": b"", "out/gradebook.csv": b""})
    (tmp_path / "dangling").symlink_to(tmp_path / "gone")
    out = tmp_path / "ada" / ".." / "out"
    assert [entry.id for entry in found_at(tmp_path, output=out)] == [
        "ada",
        "dangling",
    ]
    assert len(found_at(tmp_path, output=tmp_path / "elsewhere")) == 3


def test_an_entry_with_an_undecodable_name_gets_a_printable_id(tmp_path: Path) -> None:
    try:
        os.mkdir(os.path.join(os.fsencode(tmp_path), b"caf\xe9\x1b[31m"))  # noqa: PTH102, PTH118 - bytes
    except OSError:
        pytest.skip("this file system takes no such name")
    (entry,) = found_at(tmp_path)
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
    submission = open_submission(single(tmp_path), EDITIONS.landmarks)
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
    submission = open_submission(single(tmp_path), EDITIONS.landmarks)
    assert submission.root == taken
    assert [(i.path, i.reason) for i in submission.ignored] == [
        (f"{other}/", f"a further copy of the assignment; {reason}")
    ]


def test_a_copy_below_the_root_is_left_out(tmp_path: Path) -> None:
    write(tmp_path, WORK | {f"old/{path}": b"# old\n" + data for path, data in WORK.items()})
    submission = open_submission(single(tmp_path), EDITIONS.landmarks)
    assert submission.root == "."
    assert not [path for path in submission.files if path.startswith("old/")]


def test_another_assignment_beside_it_is_not_taken(tmp_path: Path) -> None:
    nets = b"class TwoLayerNet: pass\nclass FullyConnectedNet: pass\n"
    layers = b"".join(b"def %s(): pass\n" % n for n in (b"affine_forward", b"relu_forward", b"softmax_loss"))
    second = {"assignment2/cs231n/classifiers/fc_net.py": nets, "assignment2/cs231n/layers.py": layers}
    write(tmp_path, second | {"assignment1/cs231n/classifiers/linear_svm.py": SVM})
    submission = open_submission(single(tmp_path), EDITIONS.landmarks)
    assert submission.root == "assignment1"
    assert ("assignment2/", "another assignment's work") in [(i.path, i.reason) for i in submission.ignored]


def test_a_folder_2_beside_a_whole_1_is_the_second_assignment(tmp_path: Path) -> None:
    write(tmp_path, {"1/cs231n/classifiers/linear_svm.py": SVM, "1/cs231n/classifiers/softmax.py": SOFTMAX})
    write(
        tmp_path, {"2/cs231n/classifiers/fc_net.py": b"class TwoLayerNet:\n  def loss(self): return 1 + 1\n"}
    )
    write(tmp_path, {"1/cs231n/classifiers/neural_net.py": b"class TwoLayerNet:\n  def loss(self): pass\n"})
    for path, text in {"softmax.py": SOFTMAX, "linear_svm.py": SVM}.items():
        write(tmp_path, {f"1/cs231n/classifiers/{path}": text.replace(b"pass", b"return X + W")})
    assert open_submission(single(tmp_path), EDITIONS.landmarks).root == "1"


def test_a_folder_that_the_work_imports_from_is_part_of_it(tmp_path: Path) -> None:
    net = b"from utils.layers import *\nclass TwoLayerNet:\n  def loss(self): return svm_loss(self)\n"
    own = b"def svm_loss(W, X): return W + X\n"
    write(tmp_path, {"classifiers/fc_net.py": net, "classifiers/linear_svm.py": own, "utils/layers.py": own})
    files = open_submission(single(tmp_path), EDITIONS.landmarks).files
    assert "utils/layers.py" in files
    write(tmp_path, {"classifiers/fc_net.py": net.replace(b"utils.", b"others.")})
    assert "utils/layers.py" not in open_submission(single(tmp_path), EDITIONS.landmarks).files


def test_notebooks_in_another_folder_than_the_modules_are_told_or_the_work(tmp_path: Path) -> None:
    write(tmp_path, {"first/svm.ipynb": notebook("x = 1"), "second/linear_svm.py": SVM})
    (note,) = left_out(open_submission(single(tmp_path), EDITIONS.landmarks))
    assert note == (
        "first/ was not considered: notebooks with the assignment's names, outside of second/, where the "
        "modules are"
    )
    (tmp_path / "second").rename(tmp_path / "assignment2")
    assert open_submission(single(tmp_path), EDITIONS.landmarks).root == "first"


def test_notebooks_above_the_work_do_not_take_it_away(tmp_path: Path) -> None:
    work = {f"assignment1/assignment1/{path}": data for path, data in WORK.items()}
    write(tmp_path, {"assignment1/svm.ipynb": notebook("x = 1"), **work})
    submission = open_submission(single(tmp_path), EDITIONS.landmarks)
    assert submission.root == "assignment1/assignment1"
    assert set(WORK) <= set(submission.files)


@pytest.mark.parametrize("place", ["a/next_year", "done/next_year"])
def test_what_a_starter_computes_does_not_make_it_the_work(tmp_path: Path, place: str) -> None:
    own = {"neural_net.py": b"class TwoLayerNet:\n  def loss(self): pass\n"}
    for name, text in {"linear_svm.py": SVM, "softmax.py": SOFTMAX}.items():
        own[name] = text.replace(b"pass", b"return X + W")
    given = b"  def __init__(self):\n    self.a = self.b * 2\n  def save(self):\n    return self.a * 2\n"
    starter = {
        "fc_net.py": b"class TwoLayerNet:\n" + given + b"class FullyConnectedNet:\n" + given,
        "k_nearest_neighbor.py": b"class KNearestNeighbor:\n  def predict(self):\n    return self.a * 2\n"
        b"  def predict_labels(self): pass\n",
        "optim.py": b"def adam(): pass\ndef rmsprop(): pass\n",
        "softmax.py": SOFTMAX,
    }
    write(tmp_path, {f"done/cs231n/classifiers/{name}": text for name, text in own.items()})
    write(
        tmp_path, {"done/cs231n/classifiers/neural_net.py": b"class TwoLayerNet:\n  def loss(self): pass\n"}
    )
    write(tmp_path, {f"{place}/cs231n/classifiers/{name}": text for name, text in starter.items()})
    submission = open_submission(single(tmp_path), EDITIONS.landmarks)
    assert submission.root == "done"
    assert not [path for path in submission.files if path.endswith("optim.py")]


def test_a_notebook_under_a_modules_name_is_read_as_one(tmp_path: Path) -> None:
    write(tmp_path, {"softmax.py ": notebook(SOFTMAX.decode()), "linear_svm.py": SVM})
    submission = open_submission(single(tmp_path), EDITIONS.landmarks)
    assert sorted(submission.files) == ["linear_svm.py", "softmax.py.ipynb"]
    assert submission.notes == ("softmax.py holds a notebook, not Python, and was read as one",)


def test_no_file_silently_takes_the_place_of_another(tmp_path: Path) -> None:
    stray = {"linear_svm.py ": b"stray = 1\n", "softmax.py.ipynb": notebook(SOFTMAX.decode())}
    write(tmp_path, {"linear_svm.py": SVM, "softmax.py": notebook(SOFTMAX.decode()), **stray})
    submission = open_submission(single(tmp_path), EDITIONS.landmarks)
    assert submission.files["linear_svm.py"] == SVM
    assert sorted(one.path for one in submission.ignored) == ["linear_svm.py ", "softmax.py.ipynb"]


def test_questions_in_folders_of_their_own_belong_together(tmp_path: Path) -> None:
    write(tmp_path, {"q2/linear_svm.py": SVM, "q3/softmax.py": SOFTMAX})
    submission = open_submission(single(tmp_path), EDITIONS.landmarks)
    assert submission.root == "."
    roles = find_roles(submission.files, EDITIONS.load("2019"))
    assert isinstance(roles["svm.naive"], Site)
    assert isinstance(roles["softmax.naive"], Site)


DONE = SVM.replace(b"pass", b"return X.dot(W).sum(), X.T.dot(X.dot(W))")


def test_what_is_done_in_loose_folders_counts_and_not_the_starter_beside_them(tmp_path: Path) -> None:
    softmax = SOFTMAX.replace(b"pass", b"return np.sum(X)")
    write(tmp_path, {f"assignment1/{path}": data for path, data in WORK.items()})
    write(tmp_path, {"my svm/linear_svm.py": DONE, "softmax/softmax.py": softmax})
    submission = open_submission(single(tmp_path), EDITIONS.landmarks)
    assert submission.root == "."
    assert not [item for item in submission.ignored if item.path.endswith("/")]
    roles = find_roles(submission.files, EDITIONS.load("2019"))
    files = {role: roles[role].file for role in ("svm.naive", "softmax.naive", "svm.train")}  # type: ignore[union-attr]
    assert files == {
        "svm.naive": "my svm/linear_svm.py",
        "softmax.naive": "softmax/softmax.py",
        "svm.train": "assignment1/cs231n/classifiers/linear_classifier.py",
    }


def test_a_later_assignment_beside_it_is_told_for_what_it_is(tmp_path: Path) -> None:
    net = b"class TwoLayerNet:\n  def loss(self, X):\n    return X.sum()\n"
    layers = b"".join(b"def %s(x): return x + 1\n" % n for n in (b"affine_forward", b"relu_forward"))
    later = {"fc/fc_net.py": net, "fc/layers.py": layers + b"def svm_loss(x): return x + 1\n"}
    write(tmp_path, later | {"first/linear_svm.py": DONE, "first/neural_net.py": net})
    submission = open_submission(single(tmp_path), EDITIONS.landmarks)
    assert submission.root == "first"
    (note,) = left_out(submission)
    assert note == (
        "fc/ was not considered: it also defines TwoLayerNet; first/ was taken, which holds more of the work"
    )
    assert EDITIONS.identify(submission.files).edition.name == "2016"


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
    submission = open_submission(single(write(tmp_path, WORK | litter)), EDITIONS.landmarks)
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
    root = find_root(files, EDITIONS.landmarks)
    items = list(files.items())
    random.shuffle(items)  # type: ignore[attr-defined]
    assert find_root(dict(items), EDITIONS.landmarks) == root
    if root is None:
        assert not any(b"svm_loss" in data or b"softmax_loss" in data for data in files.values())
    else:
        assert root.path == "." or any(path.startswith(root.path + "/") for path in files)
        assert root.path not in root.passed_over


# --- refusals


def test_missing_path(tmp_path: Path) -> None:
    with pytest.raises(SubmissionRefused, match=r"nowhere does not exist; check the spelling"):
        single(tmp_path / "nowhere")
    with pytest.raises(SubmissionRefused, match="does not exist"):
        found_at(tmp_path / "nowhere")


def test_looping_and_dangling_links(tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    (tmp_path / "dangling").symlink_to(tmp_path / "gone")
    with pytest.raises(SubmissionRefused, match="leads to itself"):
        single(tmp_path / "loop")
    with pytest.raises(SubmissionRefused, match="the link leads nowhere"):
        single(tmp_path / "dangling")


def test_an_entry_that_is_a_link_is_not_read_unless_a_person_named_it(tmp_path: Path) -> None:
    write(tmp_path / "ada", WORK)
    write(tmp_path / "class" / "bob", WORK)
    (tmp_path / "class" / "eve").symlink_to(tmp_path / "ada")
    (tmp_path / "class" / "mallory").symlink_to("bob")
    found = {entry.id: entry for entry in found_at(tmp_path / "class")}
    assert open_submission(found["bob"], EDITIONS.landmarks).files
    for name in ("eve", "mallory"):
        with pytest.raises(SubmissionRefused, match=f"{name} is a link, which may lead to another's work"):
            open_submission(found[name], EDITIONS.landmarks)
    named = single(tmp_path / "class" / "eve")
    assert open_submission(named, EDITIONS.landmarks).id == "eve"


def test_empty_folder(tmp_path: Path) -> None:
    assert refusal(tmp_path).endswith("is empty; hand in the assignment's folder")
    with pytest.raises(SubmissionRefused, match="is empty"):
        found_at(tmp_path)


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
