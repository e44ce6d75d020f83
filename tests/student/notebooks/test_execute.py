"""Cells behind the wall: one namespace, their errors and prints, time, and what they leave."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from running import close_all, run

from grader.sandbox.host import Limits, Sandbox
from grader.student.notebooks.cell_replies import Held
from grader.student.notebooks.execute import FAST_PRELOAD, Engine


@pytest.fixture(autouse=True)
def _workers_end():
    yield
    close_all()


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    limits = Limits(memory_mb=2048, cpu_s=60, call_s=20, total_s=60)
    with Sandbox(limits=limits, preload=FAST_PRELOAD) as sandbox:
        yield Engine(sandbox)


def test_cells_share_a_namespace_and_print(engine):
    done = run(engine, "x = 20", "print('x is', x)\nx + 1", "import sys; print('careful', file=sys.stderr)")
    assert done.finished
    assert [cell.text for cell in done.cells] == ["", "x is 20\n21\n", "careful\n"]


def test_goes_on_after_a_failing_cell(engine):
    done = run(engine, "a = 1", "b = a\nb = c", "print(a)")
    assert [cell.number for cell in done.failures] == [2]
    error = done.failures[0].error
    assert (error.type, error.line, error.file, error.cell) == ("NameError", 2, None, 2)
    assert error.text == "name 'c' is not defined"
    assert done.cells[2].text == "1\n"
    assert not done.finished


def test_says_which_module_and_line_failed(engine):
    done = run(
        engine,
        "from cs231n.classifiers.linear_classifier import LinearClassifier\nm = LinearClassifier()",
        "# the model\nm.fail()",
    )
    error = done.failures[0].error
    assert error.line == 2
    assert error.file == "cs231n/classifiers/linear_classifier.py"
    assert error.at == 15


def test_says_which_other_cell_failed(engine):
    done = run(engine, "def f():\n    return missing", "f()")
    error = done.failures[0].error
    assert (error.line, error.file, error.cell, error.at) == (1, None, 1, 2)


def test_a_syntax_error_has_its_line(engine):
    done = run(engine, "x = 1\ny = = 2")
    assert (done.failures[0].error.type, done.failures[0].error.line) == ("SyntaxError", 2)


def test_magics_and_colab_are_passed_over(engine):
    done = run(
        engine,
        "%matplotlib inline\n%load_ext autoreload\n%autoreload 2\n%no_such_magic\n!rm -rf /\n!echo `date`",
        "from google.colab import drive\ndrive.mount('/content/drive')\n"
        "FOLDERNAME = None\nassert FOLDERNAME is not None\n%cd /content/drive/My\\ Drive/$FOLDERNAME",
        "%%bash\nls",
        "files = !ls\nprint(len(files))",
        "%time y = 3\nprint(y)",
    )
    assert done.finished, [cell.error for cell in done.failures]
    assert "the shell command `rm -rf /` was not run" in done.notes
    assert "the shell command `echo 'date'` was not run" in done.notes
    assert any("%no_such_magic" in note for note in done.notes)
    assert not any("matplotlib" in note or "autoreload" in note for note in done.notes)
    assert done.cells[3].text == "0\n"


def test_what_a_kernel_offers_is_offered(engine):
    done = run(
        engine,
        "exit()\nprint('on')",
        "%prun -s cumulative y = 3\nprint(y)",
        "%%prun -q\nfor i in range(3):\n    z = i\nprint(z)",
        "%pylab inline",
        "print(arange(2))\nfrom IPython.display import clear_output\nclear_output()",
        "help(len)",
        "%timeit -n1 -r1 pass",
    )
    assert done.finished, [cell.error for cell in done.failures]
    assert [cell.text for cell in done.cells[:3]] == ["on\n", "3\n", "2\n"]
    assert done.cells[4].text == "[0 1]\n"
    assert "Return the number of items" in done.cells[5].text
    assert "±" in done.cells[6].text
    assert "`exit()` was passed over" in done.notes


def test_capture_keeps_what_is_printed_from_the_cell(engine):
    done = run(engine, "%%capture kept\nprint('hidden')", "print(repr(kept.stdout))")
    assert [cell.text for cell in done.cells] == ["", "'hidden\\n'\n"]


def test_input_gets_the_end_of_the_file(engine):
    done = run(engine, "input('name? ')", "x = 1")
    assert done.failures[0].error.type == "EOFError"
    assert len(done.cells) == 2


def test_plots_are_drawn_nowhere_and_closed(engine):
    done = run(
        engine,
        "import matplotlib.pyplot as plt\nplt.figure(); plt.plot([1, 2]); plt.show()\nplt.figure()",
        "print(len(plt.get_fignums()))",
    )
    assert done.finished
    assert done.cells[0].figures == 2
    assert done.cells[1].text == "0\n"


def test_rich_output_does_not_break_a_cell(engine):
    done = run(
        engine, "from IPython.display import HTML, display\ndisplay(HTML('<b>x</b>'))\nHTML('<i>y</i>')"
    )
    assert done.finished, done.failures


def test_python_2_is_converted(engine):
    done = run(
        engine,
        "d = {'a': 7}\nfor k, v in d.iteritems():\n    print k, v / 2",
        "print range(3), 'half', 7 / 2\nraise ValueError, 'line 2'",
        python2=True,
    )
    assert done.cells[0].text == "a 3\n"
    assert done.cells[1].text == "[0, 1, 2] half 3\n"
    assert (done.failures[0].error.text, done.failures[0].error.line) == ("line 2", 2)
    assert "the notebook was converted from Python 2" in done.notes


def test_python_2_is_recognized_without_being_told(engine):
    done = run(engine, "n = 3 / 2", "print 'n', n")
    assert done.cells[1].text == "n 1\n"


def test_a_division_stays_true_in_python_3(engine):
    done = run(engine, "print(7 / 2)")
    assert done.cells[0].text == "3.5\n"


@pytest.mark.parametrize(
    "stop",
    [
        "import pdb; pdb.set_trace()",
        "from IPython.core.debugger import set_trace; set_trace()",
        "from IPython.core.debugger import Tracer; Tracer()()",
        "import ipdb; ipdb.set_trace()",
        "breakpoint()",
    ],
)
def test_a_breakpoint_is_passed_over_and_noted_with_its_line(engine, stop):
    done = run(engine, "x = 1", f"x = 2\n{stop}\nprint(x)")
    assert done.finished, [cell.error for cell in done.failures]
    assert done.cells[1].text == "2\n"
    assert "cell 2, line 2: passed over a breakpoint" in "".join(done.notes)


def test_cells_of_earlier_years_run_and_say_what_was_supplied(engine):
    done = run(
        engine,
        "import numpy as np\nfrom scipy import stats\na = np.zeros(2)\na[0] = np.ones(1)",
        "print({'b': a[0]}.has_key('b'), stats.mode([1, 2, 2])[0][0])",
        "from scipy.misc import imread",
    )
    assert done.finished, [cell.error for cell in done.failures]
    assert done.cells[1].text == "True 2\n"
    for words in (
        "cell 1, line 4: stored",
        "cell 2, line 1: called .has_key",
        "line 1: imported scipy.misc.imread",
    ):
        assert words in "".join(done.notes)


def test_an_endless_cell_is_interrupted_and_the_next_runs(engine):
    done = run(engine, "kept = 5\nwhile True:\n    pass", "print(kept)", cell_s=1.0)
    error = done.failures[0].error
    assert error.timed_out
    assert error.line in (2, 3)
    assert done.cells[1].text == "5\n"


def test_a_cell_that_swallows_the_interruption_is_killed(engine):
    stubborn = (
        "import time\nwhile True:\n    try:\n        time.sleep(60)\n    except BaseException:\n        pass"
    )
    done = run(engine, "x = 1", stubborn, "print(x)", cell_s=0.5)
    assert [cell.number for cell in done.cells] == [1, 2]
    assert done.failures[0].error.timed_out
    assert "did not finish within" in done.stopped


def test_a_cell_that_leaves_is_named(engine):
    done = run(engine, "x = 1", "import os; os._exit(0)", "print(x)")
    assert [cell.number for cell in done.cells] == [1, 2]
    assert done.failures[0].error.text == done.stopped == "left the Python process (os._exit)"


def test_sys_exit_ends_one_cell_only(engine):
    done = run(engine, "import sys; sys.exit(3)", "print('on')")
    assert done.failures[0].error.type == "SystemExit"
    assert done.cells[1].text == "on\n"


def test_a_nested_shell_that_keeps_the_interruption_to_itself_ends_at_the_limit(engine):
    done = run(engine, "while True:\n    get_ipython().run_cell('x = 1')", cell_s=1.0)
    assert done.failures[0].error.timed_out


def test_nested_shells_and_loops_obey_the_wall(engine):
    done = run(
        engine,
        "import asyncio\nasync def f():\n    return 3\nprint(await f())",
        "get_ipython().run_cell('1 / 0')\nprint('on')",
    )
    assert done.cells[0].text == "3\n"
    assert done.cells[1].text == "on\n"


def test_endless_printing_is_cut(engine):
    done = run(engine, "for i in range(100_000):\n    print('x' * 99)", "print('on')")
    assert len(done.cells[0].text) == 20_000
    assert done.cells[0].cut == 9_980_000
    assert done.cells[1].text == "on\n"


def test_what_a_cell_claims_of_itself_changes_nothing(engine):
    """A cell that rebinds the shell's innards hurts only its own run."""
    done = run(engine, "get_ipython().run_cell = lambda *a, **k: None", "1 / 0")
    assert not done.finished


@pytest.mark.parametrize("seconds", ["10 ** 400", "-1.0", "float('nan')", "'long'"])
def test_a_forged_time_is_not_taken(engine, seconds):
    forging = (
        "import sys\nsys.modules['wall.wire']._encode_scalar = lambda value: value\n"
        "notebook = sys.modules['wall.notebook'].RunningNotebook\n"
        f"notebook.run = lambda *_, **__: {{'text': '', 'seconds': {seconds}}}"
    )
    done = run(engine, forging, "x = 1")
    assert done.finished
    assert done.cells[1].seconds == 0.0


def test_values_come_back_plain_and_models_stay(engine):
    done = run(
        engine,
        "import numpy as np\n"
        "results = {(1e-7, np.float64(2.5e4)): (np.float64(0.1), 0.2)}\n"
        "history = [np.float32(1.0), 2]\nhistogram = np.arange(3)\nbest = np.float64(0.25)",
        "from cs231n.classifiers.linear_classifier import LinearClassifier\n"
        "best_svm = LinearClassifier()\nbest_svm.train(np.ones((4, 3)), None)",
    )
    found = done.fetch("results", "history", "histogram", "best", "best_svm", "not_there")
    assert found["results"] == {(1e-7, 2.5e4): (0.1, 0.2)}
    assert found["history"] == [1.0, 2]
    assert found["best"] == 0.25
    np.testing.assert_array_equal(found["histogram"], [0, 1, 2])
    assert isinstance(found["best_svm"], Held)
    assert found["best_svm"].type == "LinearClassifier"
    assert "not_there" not in found
    reply = done.call(found["best_svm"], "predict", np.eye(3))
    np.testing.assert_array_equal(reply["value"], [0, 0, 0])


def test_files_are_written_to_the_runs_own_folder(engine):
    done = run(
        engine,
        "import numpy as np\n"
        "with open('/content/drive/My Drive/cs231n/notes.txt', 'w') as f:\n    f.write('seen')\n"
        "print(open('/content/drive/My Drive/cs231n/notes.txt').read())",
        "print(len(open('drive/My Drive/hw1/cs231n/data_utils.py').read()) > 100)",
        "import cs231n.data_utils as d, os\n"
        "place = os.path.join(os.path.dirname(d.__file__), '..', 'cs231n', 'saved', 'W.npy')\n"
        "np.save(place, np.ones(2))\nprint(os.path.exists(place), np.load(place).sum())",
    )
    assert done.finished, [cell.error for cell in done.failures]
    assert [cell.text for cell in done.cells] == ["seen\n", "True\n", "True 2.0\n"]


def test_programs_are_not_run_and_do_not_stop_a_cell(engine):
    done = run(
        engine,
        "import os, subprocess\nsubprocess.run(['bash', 'get_datasets.sh'], check=True)\n"
        "print(os.system('ls'), subprocess.check_output('ls', shell=True))",
    )
    assert done.finished, done.failures
    assert done.cells[0].text == "0 b''\n"
    assert "the command `bash get_datasets.sh` was not run" in done.notes


PLOT = "import matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.figure()\nplt.imshow([[1, 2], [3, 4]])"


def test_what_plots_look_like_is_kept_if_it_is_asked_for(engine):
    done = run(engine, PLOT, "plt.plot([3])", "x = 1", pictures=True)
    assert [len(cell.pictures) for cell in done.cells] == [2, 1, 0]
    assert all(data.startswith(b"\x89PNG") for cell in done.cells for data in cell.pictures)
    assert not any(cell.pictures for cell in run(engine, PLOT).cells)


def test_a_plot_that_cannot_be_drawn_is_not_shown(engine):
    broken = (
        "class Broken(plt.Line2D):\n    def draw(self, renderer):\n        raise SystemExit\n"
        "plt.gca().add_artist(Broken([0], [1]))"
    )
    done = run(engine, PLOT, broken, "x = 1", pictures=True)
    assert done.finished
    assert [len(cell.pictures) for cell in done.cells] == [2, 0, 0]


def test_a_syntax_error_of_the_submissions_own_may_name_any_line(engine):
    done = run(engine, "raise SyntaxError('no', (__name__, 10**30, 1, 'x'))", "x = 1")
    assert [(cell.number, cell.error and cell.error.type) for cell in done.cells] == [
        (1, "SyntaxError"),
        (2, None),
    ]
