"""The faithful engine, a real kernel: the same interface, and the same results as the fast one."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from running import close_all, run

from grader.editions import load
from grader.notebook.course_data import CourseData, quick_data
from grader.notebook.execute import FAST_PRELOAD, FaithfulEngine, FastEngine, Held, Plan
from grader.notebook.read import read_notebook
from grader.notebook.rewrite import quick_sizes
from grader.sandbox.host import Limits, Sandbox, SandboxError
from grader.sandbox.kernels import KernelRoom
from grader.submission import add_support, open_submission, single

SAMPLES = Path(__file__).parents[2] / "submissions" / "correct"
LIMITS = Limits(memory_mb=3072, cpu_s=120, call_s=60, total_s=180)
#: What differs between two runs of the same code.
TIMES = re.compile(r"\d+\.\d+ ?s(econds)?|(?:took|computed in|seconds|faster)[^\n]*")

pytestmark = pytest.mark.skipif(shutil.which("bwrap") is None, reason="needs bubblewrap")


@pytest.fixture(scope="module")
def data(tmp_path_factory) -> CourseData:
    return quick_data(tmp_path_factory.mktemp("data"))


@pytest.fixture(scope="module")
def faithful(data: CourseData) -> FaithfulEngine:
    return FaithfulEngine(KernelRoom(limits=LIMITS, shared=data.folder))


@pytest.fixture(scope="module")
def fast(data: CourseData) -> Iterator[FastEngine]:
    with Sandbox(limits=LIMITS, preload=FAST_PRELOAD, shared=data.folder) as sandbox:
        yield FastEngine(sandbox)


@pytest.fixture(autouse=True)
def _rooms_end():
    yield
    close_all()


def test_a_kernel_runs_cells_and_goes_on_after_errors(faithful):
    done = run(
        faithful,
        "x = 20",
        "print('x is', x)\nx + 1",
        "# one\nmissing",
        "from cs231n.classifiers.linear_classifier import LinearClassifier\nm = LinearClassifier()\nm.fail()",
        "while True: pass",
        "print(x)",
        cell_s=2.0,
    )
    assert [cell.text for cell in done.cells] == ["", "x is 20\n21\n", "", "", "", "20\n"]
    errors = {cell.number: cell.error for cell in done.failures}
    assert (errors[3].type, errors[3].line, errors[3].cell) == ("NameError", 2, 3)
    assert (errors[4].file, errors[4].at) == ("cs231n/classifiers/linear_classifier.py", 15)
    assert errors[5].timed_out
    found = done.fetch("x", "m", "not_there")
    assert found["x"] == 20
    assert isinstance(found["m"], Held)
    assert done.call(found["m"], "fail")["type"] == "TypeError"


def test_a_kernel_draws_pictures_inline(faithful):
    plot = "%matplotlib inline\nimport matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.show()"
    done = run(faithful, plot)
    assert done.finished, done.failures
    assert done.cells[0].figures == 1


def test_a_kernel_that_is_left_is_told(faithful):
    done = run(faithful, "import os; os._exit(0)", "x = 1")
    assert done.stopped
    assert len(done.cells) == 1


def test_a_kernels_room_has_no_network_and_none_of_our_files(faithful):
    done = run(
        faithful,
        "import socket\nsocket.create_connection(('1.1.1.1', 53), timeout=2)",
        "import os\nprint('grader' in os.listdir('/packages'), 'reference' in os.listdir('/packages'))\n"
        "print(os.path.lexists('/etc/passwd'), os.getuid())",
        "os.open('/packages/numpy/__init__.py', os.O_RDWR)",
    )
    assert [cell.error.type for cell in done.failures] == ["OSError", "PermissionError"]
    assert done.cells[1].text == "False False\nFalse 65534\n"


def test_without_bubblewrap_it_is_refused(monkeypatch):
    monkeypatch.setenv("PATH", "/nonexistent")
    with pytest.raises(SandboxError, match="install bubblewrap"):
        KernelRoom()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("year", "question"), [("2021", "svm"), ("2025", "softmax"), ("2016", "two_layer_net")]
)
def test_both_engines_leave_the_same(year, question, fast, faithful):
    edition = load(year)
    submission = add_support(open_submission(single(SAMPLES / year)), edition)
    path = edition.notebooks[question].file
    plan = Plan(
        path,
        read_notebook(submission.files[path]),
        submission.files,
        sizes=quick_sizes(question),
        short=True,
    )
    runs = [engine.run(plan) for engine in (fast, faithful)]
    texts = [[TIMES.sub("", cell.text) for cell in done.cells] for done in runs]
    left = [done.fetch("results", "best_val", "loss_hist", "stats", "mean_image") for done in runs]
    for done in runs:
        done.close()
        assert done.finished, done.failures
    assert texts[0] == texts[1]
    assert left[0].keys() == left[1].keys()
    for name, value in left[0].items():
        np.testing.assert_equal(left[1][name], value)
