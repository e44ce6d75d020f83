"""The checks of notebooks: what a failing run says, what is not run and why, accuracies of tuned models."""

from __future__ import annotations

import io
import pickle
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from running import MODULES, NAME, checked, host, notebook, runs

from grader.assignment1.data import stand_in
from grader.assignment1.editions import EDITIONS
from grader.assignment1.notebooks.course_data import CourseData, Images
from grader.assignment1.notebooks.saved_models import SavedUnreadable, predicted, read_model
from grader.assignment1.notebooks.targets import BELOW_COURSE, BELOW_REFERENCE, Targets, nearest_neighbours
from grader.checking.check import NotRun
from grader.result import CheckResult, Verdict
from grader.student.notebooks.runs import NotebookHost

MARKS = EDITIONS.load("2025").accuracies
MODEL = """
import numpy as np
class Model(object):
    def __init__(self, W):
        self.W = W
    def predict(self, X):
        return np.argmax(X.dot(self.W), axis=1)
"""


class SmallSet:
    """What a room asks of a `Dataset`, with few images of the stand-in."""

    def __init__(self, is_real: bool) -> None:
        X, y = stand_in.draw(231, stand_in.Stream.TRAIN, 1000)
        self.X_train, self.y_train, self.X_val, self.y_val = X[:900], y[:900], X[900:], y[900:]
        self.X_test, self.y_test = stand_in.draw(231, stand_in.Stream.TEST, 400)
        self.is_real = is_real
        self.given = Path()


@pytest.fixture(scope="module")
def quick() -> Iterator[NotebookHost]:
    with host("quick") as room:
        yield room


@pytest.fixture(scope="module")
def full() -> Iterator[NotebookHost]:
    with host("full", lambda: SmallSet(True)) as room:  # type: ignore[arg-type, return-value]
        yield room


def judged(room: NotebookHost | None, check: str, *cells: str, **files: bytes) -> CheckResult:
    handed_in = {**MODULES, NAME: notebook(*cells), **files}
    paths = {"svm": NAME} if cells else {}
    with runs(room, handed_in, MARKS, **paths) as made:
        return checked(check, made)


def test_a_notebook_that_runs_passes(quick):
    result = judged(quick, "svm.notebook.runs", "x = 1", "x")
    assert result.verdict is Verdict.PASSED
    assert (result.evidence[0].measured, result.evidence[0].expected) == (2, 2)


def test_a_failing_cell_is_named_with_its_line_and_whose_code(quick):
    result = judged(
        quick,
        "svm.notebook.runs",
        "from cs231n.classifiers.linear_classifier import LinearClassifier",
        "m = LinearClassifier()\nm.fail()",
        "m = 1",
    )
    assert result.verdict is Verdict.ERROR
    assert result.message == (
        "cell 2, line 2: TypeError: 'NoneType' object is not subscriptable "
        "(in cs231n/classifiers/linear_classifier.py:15); 2 of 3 cells ran to their end"
    )
    assert result.where is not None
    assert (result.where.file, result.where.line) == ("cs231n/classifiers/linear_classifier.py", 15)


def test_a_cell_of_its_own_is_where_the_notebook_is(quick):
    result = judged(quick, "svm.notebook.runs", "no_such_name")
    assert result.message.startswith("cell 1, line 1: NameError: name 'no_such_name' is not defined; ")
    assert result.where is not None
    assert (result.where.file, result.where.line, result.where.cell) == (NAME, 1, 1)


@pytest.mark.parametrize(
    ("cells", "says"),
    [
        (
            ("import numpy as np\nX = np.eye(3)\nbest_svm = None", "y = best_svm.predict(X)"),
            "`best_svm` is None, so what sets it is not done",
        ),
        (("solver = None", "print(solver.loss_history)"), "`solver` is None, so what sets it"),
        (("results = {}\nk = 1", "for a in results[k]:\n    print(a)"), "`results` is {}, so what sets it"),
    ],
)
def test_a_cell_that_waits_for_unfinished_work_is_missing(cells, says, quick):
    result = judged(quick, "svm.notebook.runs", *cells)
    assert result.verdict is Verdict.MISSING
    assert says in result.message


def test_every_cell_that_stops_is_named(quick):
    result = judged(quick, "svm.notebook.runs", "a", "x = 1", "b", "1 / 0")
    assert result.message == (
        "cell 1, line 1: NameError: name 'a' is not defined; cells 3, 4 stopped as well; "
        "1 of 4 cells ran to their end"
    )


def test_a_cells_own_none_excuses_nothing(quick):
    assert (
        judged(quick, "svm.notebook.runs", "x = None\n(1 + 'a') if x is None else x").verdict is Verdict.ERROR
    )


def test_a_cell_that_leaves_python_is_named(quick):
    result = judged(quick, "svm.notebook.runs", "import os\nos._exit(1)", "x = 1")
    assert result.message == ("cell 1: it left the Python process (os._exit); 0 of 2 cells ran to their end")


def test_a_library_that_is_not_here_is_no_fault_of_the_notebooks(quick):
    with pytest.raises(NotRun, match="cell 1 uses no_such_library, which is neither installed here nor"):
        judged(quick, "svm.notebook.runs", "from no_such_library import bar\nwith bar(3):\n    pass", "x = 1")


def test_a_notebook_that_looks_for_the_courses_data_finds_its_folder(quick):
    looks = "from pathlib import Path\nassert (Path.cwd() / 'cs231n/datasets/cifar-10-batches-py').is_dir()"
    assert judged(quick, "svm.notebook.runs", looks).verdict is Verdict.PASSED


def test_what_the_few_images_of_a_quick_run_may_cause_is_not_judged(quick):
    with pytest.raises(NotRun, match="--execute full"):
        judged(quick, "svm.notebook.runs", "import numpy as np\nnp.zeros((50, 2))[52]")
    with pytest.raises(NotRun, match="--execute full"):
        judged(
            quick,
            "svm.notebook.runs",
            "import numpy as np\nnp.zeros((50, 2))[np.arange(500), np.zeros(50, int)]",
        )
    result = judged(quick, "svm.notebook.runs", "[][1]")
    assert result.verdict is Verdict.ERROR


def test_a_quick_run_that_lacks_images_is_made_again_with_more(quick):
    sized = "num_dev = 500\nimport numpy as np\nnp.zeros(num_dev)[52]"
    assert judged(quick, "svm.notebook.runs", sized).verdict is Verdict.PASSED


def test_a_second_try_that_does_not_end_leaves_the_first(quick, monkeypatch):
    monkeypatch.setattr(quick, "cell_s", 0.5)
    sized = "import time, numpy as np\nnum_dev = 500\nx = np.zeros(num_dev)[52]\ntime.sleep(9)"
    with pytest.raises(NotRun, match="index 52 is out of bounds for axis 0 with size 50"):
        judged(quick, "svm.notebook.runs", sized)
    assert judged(quick, "svm.notebook.search", sized).message.startswith("`results` was never set")


def test_a_file_that_is_no_notebook_is_an_error_of_its_author(quick):
    with runs(quick, {NAME: b"{"}, svm=NAME) as made:
        result = checked("svm.notebook.runs", made)
    assert result.verdict is Verdict.ERROR
    assert result.message.startswith("svm.ipynb is ")


@pytest.mark.parametrize("check", ["svm.notebook.runs", "svm.notebook.tuned_accuracy"])
def test_what_is_not_run_says_why(check, quick):
    with pytest.raises(NotRun, match="no notebook was handed in"):
        judged(quick, check)
    with pytest.raises(NotRun, match="--execute never"):
        judged(None, check, "x = 1")


def test_no_accuracy_is_judged_after_a_quick_run(quick):
    with pytest.raises(NotRun, match="--execute full"):
        judged(quick, "svm.notebook.tuned_accuracy", MODEL, "best_svm = Model(np.zeros((3073, 10)))")


def weights_of(data: CourseData) -> np.ndarray:
    """Weights that recognize the held-out images by heart: least squares."""
    rows = data.held_out.X.reshape(len(data.held_out), -1).astype(np.float64)
    rows -= data.train.X[: len(data.train) * 9 // 10].reshape(-1, rows.shape[1]).mean(axis=0)
    wanted = 2.0 * (np.arange(10) == data.held_out.y[:, None]) - 1
    return np.linalg.lstsq(np.hstack([rows, np.ones((len(rows), 1))]), wanted, rcond=None)[0]


@pytest.mark.parametrize("form", ["W", "W.T"])
def test_the_judge_recomputes_the_tuned_accuracy(form, full):
    saved = io.BytesIO()
    np.save(saved, weights_of(full.material.data))
    transposed = (
        "class Model(Model):\n    def predict(self, X):\n        return np.argmax(self.W.dot(X), axis=0)"
    )
    result = judged(
        full,
        "svm.notebook.tuned_accuracy",
        MODEL,
        transposed if form == "W.T" else "pass",
        f"W = np.load('W.npy')\nbest_svm = Model({form})",
        **{"W.npy": saved.getvalue()},
    )
    assert result.verdict is Verdict.PASSED, result.message
    assert result.evidence[0].measured == 1.0
    assert result.evidence[0].expected == pytest.approx(MARKS["svm"] - BELOW_COURSE)


def test_a_model_that_learned_nothing_fails(full):
    result = judged(
        full, "svm.notebook.tuned_accuracy", MODEL, "best_svm = Model(np.zeros((3073, 10)))\nbest_val = 0.99"
    )
    assert result.verdict is Verdict.FAILED
    assert result.message.startswith("`best_svm` recognizes 10.0% of images that the notebook never had")


def test_a_model_that_was_never_set_is_missing(full):
    assert judged(full, "svm.notebook.tuned_accuracy", "best_svm = None").message == (
        "`best_svm` is None after the notebook ran"
    )
    result = judged(full, "svm.notebook.tuned_accuracy", "x = 1")
    assert (result.verdict, result.message) == (
        Verdict.MISSING,
        "`best_svm` was never set after the notebook ran",
    )


def test_a_model_that_cannot_predict_is_an_error(full):
    broken = "class Model(object):\n    W = None\n    def predict(self, X):\n        return X['no']"
    result = judged(full, "svm.notebook.tuned_accuracy", broken, "best_svm = Model()")
    assert result.verdict is Verdict.ERROR
    assert "`best_svm.predict` raised IndexError" in result.message


def test_a_notebook_never_has_the_held_out_images(full):
    data = full.material.data
    given = {image.tobytes() for image in data.train.X}
    batch = pickle.loads((data.folder / "test_batch").read_bytes(), encoding="latin1")  # noqa: S301 - our own
    given |= {row.reshape(3, 32, 32).transpose(1, 2, 0).tobytes() for row in batch["data"]}
    assert len(data.held_out) == 200
    assert not given & {image.tobytes() for image in data.held_out.X}
    assert len(batch["labels"]) == 400  # as many as the course's notebooks count on


def saved_model(params: object) -> bytes:
    file = io.BytesIO()
    np.save(file, params, allow_pickle=True)  # type: ignore[arg-type]
    return file.getvalue()


def test_a_saved_model_is_judged_without_running_anything():
    with host("quick", lambda: SmallSet(True)) as room:  # type: ignore[arg-type, return-value]
        photographs = room.material.photographs
        assert photographs is not None
        data = {"cs231n/saved/best_softmax.npy": saved_model({"W": np.zeros((3073, 10))})}
        with runs(room, data, MARKS) as made:
            result = checked("softmax.notebook.tuned_accuracy", made)
    assert result.verdict is Verdict.FAILED
    assert result.message.startswith("`cs231n/saved/best_softmax.npy` recognizes 10.0% of images")


class _Evil:
    def __reduce__(self):
        return (print, ("reached",))


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (saved_model({"W": _Evil()}), "refers to builtins.print"),
        (saved_model({"b": np.zeros(3)}), "holds no weight matrices"),
        (
            saved_model({"W1": np.zeros((4, 2)), "W2": np.zeros((2, 3)), "b1": np.zeros(2)}),
            "do not fit together",
        ),
        (saved_model(np.zeros(3)), "holds no weight matrices"),
        (b"not a file of numpy", "cannot be read"),
    ],
)
def test_a_saved_file_that_is_no_model_is_refused(content, says, quick):
    with pytest.raises(SavedUnreadable, match=says):
        read_model(quick.sandbox, {"cs231n/saved/m.npy": content}, "cs231n/saved/m.npy")


def test_a_saved_model_comes_back_as_arrays(quick):
    W = np.arange(6.0).reshape(3, 2)
    content = saved_model({"W1": W, "b1": np.zeros((1, 2)), "W2": W.T, "b2": np.zeros(3)})
    params = read_model(quick.sandbox, {"m.npy": content}, "m.npy")
    np.testing.assert_array_equal(params["W1"], W)
    assert params["b1"].shape == (2,)


def test_weights_for_neither_pixels_nor_features_are_refused():
    images = Images(np.zeros((2, 32, 32, 3), np.uint8), np.zeros(2, np.int64))
    with pytest.raises(SavedUnreadable, match="17 numbers"):
        predicted({"W": np.zeros((18, 10))}, images, images.X)


def test_the_mark_is_the_courses_on_real_images_and_the_references_on_others(full):
    assert Targets(full.material.data).least("svm", nearest_neighbours, {"svm": 0.5}) == 0.5 - BELOW_COURSE
    other = Targets(
        CourseData(Path(), full.material.data.train, 200, full.material.data.held_out, is_real=False)
    )
    reached = other.least("knn", nearest_neighbours, {}) + BELOW_REFERENCE
    assert 0.15 < reached < 0.6
    assert other.least("knn", nearest_neighbours, {"knn": 0.9}) == reached - BELOW_REFERENCE


def test_the_report_is_told_of_a_quick_run_and_of_what_was_passed_over(quick):
    files = {**MODULES, NAME: notebook("!ls"), "knn.ipynb": notebook("x = 1\n!ls")}
    with runs(quick, files, svm=NAME, knn="knn.ipynb") as made:
        assert made.notes == []
        first = made.run("svm")
        made.run("knn")
        assert first.worker is None  # one notebook at a time
        assert made.run("svm") is first
        assert made.notes == [
            "run on few images, with trainings cut short: svm.ipynb, knn.ipynb (--execute quick)",
            "svm.ipynb, knn.ipynb: the shell command `ls` was not run",
        ]
