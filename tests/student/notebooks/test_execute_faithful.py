"""The faithful engine, a real kernel: the same interface, and the same results as the fast one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from needs import needs_bubblewrap
from running import MATERIAL, close_all, quick_sizes, run

from grader.assignment1.editions import EDITIONS
from grader.assignment1.notebooks.course_data import CourseData, quick_data
from grader.intake.submission import open_submission, single
from grader.intake.work import read_work
from grader.sandbox.host import Limits, Sandbox, SandboxError
from grader.sandbox.kernels import KernelSandbox
from grader.student.notebooks.cell_replies import Held
from grader.student.notebooks.execute import FAST_PRELOAD, Engine, Plan

SAMPLES = Path(__file__).parents[3] / "submissions" / "correct"
LIMITS = Limits(memory_mb=3072, cpu_s=120, call_s=60, total_s=180)
#: What differs between two runs of the same code.
TIMES = re.compile(r"\d+\.\d+ ?s(econds)?|(?:took|computed in|seconds|faster)[^\n]*")

#: Names of moments.
CLOCKS = re.compile(r"^t[io]c$|time$")

pytestmark = needs_bubblewrap


@pytest.fixture(scope="module")
def data(tmp_path_factory) -> CourseData:
    return quick_data(tmp_path_factory.mktemp("data"))


@pytest.fixture(scope="module")
def faithful(data: CourseData) -> Engine:
    return Engine(KernelSandbox(limits=LIMITS, shared=data.folder))


@pytest.fixture(scope="module")
def fast(data: CourseData) -> Iterator[Engine]:
    with Sandbox(limits=LIMITS, preload=FAST_PRELOAD, shared=data.folder) as sandbox:
        yield Engine(sandbox)


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
        cell_s=5.0,
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
    network, files = (cell.error for cell in done.failures)
    assert network.type == "OSError"
    # Of an ordinary user's own files the second; whoever else is refused before it comes to that.
    assert "Permission denied" in files.text or "Read-only file system" in files.text
    assert done.cells[1].text == "False False\nFalse 65534\n"


def test_without_bubblewrap_it_is_refused(monkeypatch):
    monkeypatch.setenv("PATH", "/nonexistent")
    with pytest.raises(SandboxError, match="install bubblewrap"):
        KernelSandbox()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("year", "question"),
    [
        *(("2021", "svm"), ("2025", "softmax"), ("2016", "two_layer_net"), ("2015", "knn")),
        *(("2019", "features"), ("2025", "fully_connected")),
    ],
)
def test_both_engines_leave_the_same(year, question, fast, faithful):
    work = read_work(open_submission(single(SAMPLES / year), EDITIONS.landmarks), EDITIONS)
    plan = Plan(
        work.notebooks[question],
        work.files,
        MATERIAL,
        sizes=quick_sizes(question),
        short=True,
    )
    runs = [engine.run(plan) for engine in (fast, faithful)]
    texts = [[TIMES.sub("", cell.text) for cell in done.cells] for done in runs]
    names = sorted(set(re.findall(r"\b[A-Za-z_]\w*", "\n".join(plan.sources()))))
    left = [done.fetch(*names) for done in runs]
    for done in runs:
        done.close()
        assert done.finished, done.failures
    assert texts[0] == texts[1]
    figures = [[cell.figures for cell in done.cells] for done in runs]
    assert figures[0] == figures[1]
    assert left[0].keys() == left[1].keys()
    for name, value in left[0].items():
        if isinstance(value, Held):
            assert left[1][name].type == value.type
        elif not CLOCKS.search(name):
            np.testing.assert_equal(left[1][name], value)


def test_both_engines_show_the_same(fast, faithful):
    cells = [
        *("x = 20\nx", "x + 1;", "'a'\n'b'", "None", "x\ny = 6", "if True:\n    x", "for i in range(2): i"),
        *("!ls", "files = !ls\nprint(files)", "%%bash\nls", "%no_such", "%%html\n<b>x</b>", "%pip install x"),
        *("%%capture kept\nprint('hidden')", "print(repr(kept.stdout))", "exit()", "", "   ", "# nothing"),
        "from IPython.display import HTML, clear_output, display\ndisplay(HTML('<b>x</b>'))\nHTML('y')",
        *("display(3, 'a', [1, 2])", "clear_output()\nprint('after')", "print('x' * 30_000)"),
        *(
            "1 / 0",
            "def f():\n    return missing\nf()",
            "x = = 2",
            "  x = 1\n y = 2",
            "raise KeyboardInterrupt",
        ),
        *("import sys\nsys.exit(3)", "assert False, 'why'", "del y\ny", "print(__name__)"),
        "%matplotlib inline\nimport matplotlib.pyplot as plt\nplt.plot([1, 2]);",
        *("plt.figure(); plt.plot([1]); plt.figure(); plt.plot([2]); plt.show()", "print(plt.get_fignums())"),
        *("import numpy as np\nnp.arange(2000)", "np.random.rand(2)"),
        "class Odd:\n    def __repr__(self): raise ValueError('bad')\nOdd()",
        *("import asyncio\nasync def g():\n    return 5\nawait g()", "get_ipython().run_cell('print(7)');"),
        "from cs231n.classifiers.linear_classifier import LinearClassifier\nLinearClassifier().fail()",
    ]
    runs = [run(engine, *cells, cell_s=20) for engine in (fast, faithful)]
    for one, other in zip(runs[0].cells, runs[1].cells, strict=True):
        assert (one.text, one.figures, one.error) == (other.text, other.figures, other.error), one.number
    assert len(runs[0].cells) == len(cells)
    assert set(runs[0].notes) == set(runs[1].notes)
