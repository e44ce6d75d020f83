"""The course's data at every level of the wall, and quick runs: smaller splits, shorter trainings."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from running import MODULES, close_all, quick_sizes, run

from grader.assignment1 import ASSIGNMENT
from grader.assignment1.notebooks.course_data import CourseData, quick_data
from grader.assignment1.notebooks.rewrite import QUICK, for_today, shrunk, sizes_within
from grader.sandbox import launch, view
from grader.sandbox.host import Limits, Sandbox, SandboxError
from grader.student.notebooks.execute import FAST_PRELOAD, Engine

LIMITS = Limits(memory_mb=2048, cpu_s=60, call_s=20, total_s=60)
READ = """
from cs231n.data_utils import load_CIFAR_batch
X, y = load_CIFAR_batch('{}/data_batch_1')
print(X.shape, X.dtype, len(y))
"""


@pytest.fixture(autouse=True)
def _workers_end():
    yield
    close_all()


@pytest.fixture(scope="module")
def data(tmp_path_factory) -> CourseData:
    return quick_data(tmp_path_factory.mktemp("data"))


@pytest.fixture(scope="module")
def engine(data: CourseData) -> Iterator[Engine]:
    with Sandbox(limits=LIMITS, preload=FAST_PRELOAD, shared=data.folder) as sandbox:
        yield Engine(sandbox)


@pytest.mark.parametrize("level", [*launch.AUTOMATIC, "none"])
def test_the_data_is_there_at_every_level(level, data):
    try:
        sandbox = Sandbox(level, limits=LIMITS, preload=FAST_PRELOAD, shared=data.folder)
    except SandboxError as reason:
        pytest.skip(str(reason))
    with sandbox:
        done = run(
            Engine(sandbox),
            READ.format("cs231n/datasets/cifar-10-batches-py"),
            sizes=quick_sizes("svm"),
        )
        assert done.finished, done.failures
        assert done.cells[0].text == f"({QUICK['batch']}, 32, 32, 3) uint8 {QUICK['batch']}\n"
        done.close()


@pytest.mark.parametrize(
    "folder", ["/content/drive/My Drive/x/cs231n/datasets/cifar-10-batches-py", "C:/data"]
)
def test_the_data_is_found_under_paths_of_other_machines(folder, engine):
    done = run(engine, READ.format(folder), sizes=quick_sizes("svm"))
    assert done.finished, done.failures


def test_the_files_are_those_of_python_2(engine):
    done = run(
        engine,
        "import pickle\nname = 'cs231n/datasets/cifar-10-batches-py/test_batch'\n"
        "print(sorted(pickle.load(open(name, 'rb'), encoding='bytes'))[1])",
        "print(sorted(pickle.load(open(name)))[1])",  # opened as text, and without an encoding
    )
    assert done.finished, done.failures
    assert [cell.text for cell in done.cells] == ["b'data'\n", "data\n"]


def test_the_data_cannot_be_changed(engine):
    name = "cs231n/datasets/cifar-10-batches-py/data_batch_1"
    done = run(
        engine,
        f"open({name!r}, 'rb').read(4)",
        f"first = open({name!r}, 'rb')\nprint(first.read(2))\nfirst.getbuffer()[0] = 0",
        f"print(open({name!r}, 'rb').read(2))",
    )
    assert done.cells[1].text == done.cells[2].text == "b'\\x80\\x02'\n"


def test_without_ipython_a_plain_shell_runs_the_cells(data, monkeypatch):
    allowed = [name for name in view.ALLOWED_PACKAGES if name != "IPython"]
    monkeypatch.setattr(view, "ALLOWED_PACKAGES", tuple(allowed))
    with Sandbox(limits=LIMITS, preload=FAST_PRELOAD, shared=data.folder) as sandbox:
        done = run(
            Engine(sandbox),
            "%matplotlib inline\n!ls\nx = 20",
            "print('x is', x)\nx + 1",
            "%time y = 3\nprint(y)\n1 / 0",
            "%%bash\nls",
        )
        assert [cell.text for cell in done.cells] == ["", "x is 20\n21\n", "3\n", ""]
        assert [(cell.number, cell.error.type, cell.error.line) for cell in done.failures] == [
            (3, "ZeroDivisionError", 3)
        ]
        assert any("IPython is not available" in note for note in done.notes)
        done.close()


TRAIN = """
import numpy as np
from cs231n.classifiers.linear_classifier import LinearClassifier
lengths = []
for i in range(5):
    lengths.append(len(LinearClassifier().train(np.ones((4, 3)), None, 1e-3, 1500)))
print(lengths)
"""


def test_trainings_of_a_quick_run_are_short(engine):
    done = run(engine, TRAIN, TRAIN, short=True)
    assert [cell.text for cell in done.cells] == ["[100, 100, 100, 2, 2]\n"] * 2
    assert done.shortened


def test_trainings_of_a_full_run_are_left_alone(engine):
    done = run(engine, TRAIN)
    assert done.cells[0].text == "[1500, 1500, 1500, 1500, 1500]\n"
    assert not done.shortened


SOLVER = """
class Solver(object):
    def __init__(self):
        self.num_epochs, self.batch_size, self.X_train = 20, 100, [0] * 3500
    def train(self):
        self.steps = self.num_epochs * (len(self.X_train) // self.batch_size)
solvers = []
for i in range(4):
    solvers.append(Solver())
    solvers[-1].train()
print([s.steps for s in solvers])
"""


def test_the_solvers_epochs_are_few(engine):
    done = run(engine, SOLVER, short=True)
    assert done.cells[0].text == "[70, 70, 70, 2]\n"


def test_draws_without_replacement_fit_what_is_there(engine):
    draw = "import numpy as np\nprint(len(np.random.choice(5, 9, replace=False)))"
    done = run(engine, draw, short=True)
    assert done.cells[0].text == "5\n"
    done = run(engine, draw)
    assert done.failures[0].error.type == "ValueError"


def test_colabs_folder_is_named():
    mended = for_today("x = 1\nFOLDERNAME = None\n# FOLDERNAME = None")
    assert "\nFOLDERNAME = 'cs231n/assignments/assignment1/'\n# FOLDERNAME = None" in mended


def test_splits_are_made_smaller_and_never_larger():
    source = "num_training = 49000\nnum_test=100\ndef f(num_validation: int = 1000, num_train=50):\n    pass"
    assert shrunk(source, quick_sizes("svm")) == (
        "num_training = 3500\nnum_test=100\ndef f(num_validation: int = 500, num_train=50):\n    pass"
    )
    assert shrunk("num_training = 5000", quick_sizes("knn")) == "num_training = 500"
    assert shrunk("X.reshape(10000, 3, 32, 32)", quick_sizes("svm")) == "X.reshape(-1, 3, 32, 32)"
    assert shrunk("X.reshape((49000, -1))", quick_sizes("svm")) == "X.reshape((3500, -1))"


def test_a_quick_run_has_the_images_that_its_splits_ask_for():
    sizes = quick_sizes("svm")
    assert sizes["training"] + sizes["validation"] <= 5 * QUICK["batch"]
    assert sizes["test"] <= QUICK["test"]
    # Some correct code takes as many rows as a row has entries.
    assert sizes["training"] > 3073


def test_the_courses_own_sizes_are_left_alone():
    assert sizes_within(50_000, 10_000) is None
    smaller = sizes_within(10_000, 1_000)
    assert smaller is not None
    assert smaller["training"] + smaller["validation"] == 10_000


def test_the_folder_holds_the_courses_files(data):
    names = {path.name for path in Path(data.folder).iterdir()}
    assert names == {*(f"data_batch_{i}" for i in range(1, 6)), "test_batch", "batches.meta"}


def test_steps_with_many_examples_are_fewer(engine):
    train = "print(len(LinearClassifier().train(np.ones((4, 3)), None, 1e-3, 1500, batch_size=1000)))"
    modules = {
        path: data.replace(b"verbose=False", b"verbose=False, batch_size=200")
        for path, data in MODULES.items()
    }
    imports = "import numpy as np\nfrom cs231n.classifiers.linear_classifier import LinearClassifier"
    done = run(engine, imports, train, short=True, files=modules)
    assert done.cells[1].text == "20\n"


@pytest.mark.parametrize(
    ("question", "text", "larger"),
    [
        ("svm", "index 54 is out of bounds for axis 0 with size 50", {"dev": 500}),
        ("knn", "index 313 is out of bounds for axis 0 with size 50", {"test": 500, "training": 500}),
        ("knn", "index 2900 is out of bounds for axis 0 with size 400", {"test": 50, "training": 5000}),
        (
            "knn",
            "operands could not be broadcast together with shapes (500,3072) (5000,3072)",
            {"training": 5000},
        ),
        ("knn", "index 3 is out of bounds for axis 0 with size 3", None),
        ("svm", "shapes (50,3073) and (3074,10) not aligned", None),
    ],
)
def test_a_second_try_has_what_the_first_one_lacked(question, text, larger):
    found = ASSIGNMENT.notebooks[question].larger(text)
    assert found is None if larger is None else found is not None and larger.items() <= found.items()
