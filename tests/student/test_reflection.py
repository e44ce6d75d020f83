"""Which texts could get at the process that runs them."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.student.reflection import could_reach_its_process, loadable

ROOT = Path(__file__).resolve().parents[2]
REACHES = (
    "import sys\nsys.modules['wall.counting'].steps = None",
    "import sys as s",
    "from sys import modules",
    "held = [sys]",
    "look(sys)",
    "s = sys\n",
    "s = sys",
    "builtins.vars(sys)",
    "exec(text)",
    "import numpy as np, gc",
    "from ctypes import CDLL",
    "import _thread",
    "np.vectorize.__init__.__globals__",
    "np.lib.stride_tricks.sys.modules",
    "np.ctypeslib.load_library",
    "f.__code__ = g.__code__",
    "map.__mro__[1]",
    "__import__('gc')",
    "getattr(f, '__glob' + 'als__')",
    "\uff47etattr(f, name)",
    "os.sys.modules",
    "operator.attrgetter('mod' 'ules')(os.sys)",
    "string.Formatter().get_field('0.mod' 'ules', (os,), {})",
    "from unittest import mock",
    "import pydoc",
    "import numpy as np, code",
    "pickle.loads(data)",
    "from pickle import loads",
    "import pickle as p\np.loads(data)",
    "pickle.load(io.BytesIO(data))",
    "timeit.timeit('import g' 'c')",
    "from timeit import *",
    "pdb.run(text)",
    "from typing import List, sys",
    "import distutils, cgitb",
    "error.__traceback__.tb_frame",
    "rows = np.empty(len(X), dtype=object)",
    "rows = np.empty(len(X), object)",
    "X.astype('O')",
    "# -*- coding: latin-1 -*-\nimport inspect",
    "# -*- coding: unicode_escape -*-\nimport s\\x79s",
    "#!/usr/bin/python\n# coding=utf-7\n",
)
DOES_NOT = (
    "from __future__ import print_function\nimport sys\nsys.path.append('..')\nprint(sys.version_info)",
    "class LinearClassifier(object):\n    pass",
    "class Solver(object):\n    def __init__(self):\n        self.update = getattr(optim, self.update)",
    "# -*- coding: utf-8 -*-\n\n# coding: what is left",
    "# all kinds of types and codes, see the module",
    "# the net is made of modules; all of modules.py",
    "x = np.lib.stride_tricks.as_strided(x, shape=shape, strides=strides)",
    "import _pickle as pickle",
    "from timeit import default_timer\nfrom pdb import set_trace\nimport pdb\npdb.set_trace()",
    "import timeit\nbegan = timeit.default_timer()",
    "from past.builtins import xrange\nfrom builtins import range",
    "import collections, heapq, operator, timeit\nlabel = max(votes, key=operator.itemgetter(1))",
    "with open(name, 'rb') as f:\n    data = pickle.load(f, encoding='latin1')",
    "from numpy.core.fromnumeric import shape\nfrom numpy.lib.function_base import average",
    "import os, sys",
    "import time, sys\nprint('done', file=sys.stdout)",
    "pattern = re.compile('a')",
    "model.eval()",
    "caches = [None] * layers",
    "setattr(self, name, value)",
    "# what sys errors there are",
    "import  sys\nif sys.platform == 'win32': least = sys.float_info.epsilon",
    "weights = getattr(self, 'W1')",
    "class Net(object, Model):\n    pass",
    "class Net(Model, object):\n    pass",
)


@pytest.mark.parametrize("source", REACHES)
def test_what_reaches_its_process_is_found(source: str) -> None:
    assert could_reach_its_process(source.encode())


@pytest.mark.parametrize("source", DOES_NOT)
def test_what_scripts_do_is_none(source: str) -> None:
    assert not could_reach_its_process(source.encode())


@pytest.mark.parametrize(
    "start",
    ["(object", "dtype=", ", object", "sys", "=sys", "from sys", "import", "exec", "[", "coding:"],
)
def test_a_million_spaces_take_no_time_that_grows_with_their_square(start: str) -> None:
    assert not could_reach_its_process(f"{start}{' ' * 1_000_000}x".encode())


def test_no_right_work_does() -> None:
    files = [*(ROOT / "submissions" / "correct").rglob("*.py"), *(ROOT / "reference").rglob("*.py")]
    assert [str(file) for file in files if could_reach_its_process(file.read_bytes())] == []


def test_only_what_graded_files_could_import_counts() -> None:
    files = {
        "cs231n/__init__.py": b"",
        "cs231n/svm.py": b"from cs231n import (\n  shapes as s)\n",
        "cs231n/shapes.py": b"import numpy as np; from . import \\\n deep\n",
        "cs231n/deep.py": b"import numpy\n",
        "cs231n/setup.py": b"from distutils.core import setup\n",
        "essay.md": b"deep",
    }
    assert loadable(files, {"cs231n/svm.py"}) == files.keys() - {"cs231n/setup.py", "essay.md"}
    asked = {"cs231n/svm.py": "import ｓｅｔｕｐ\n".encode()}
    assert "cs231n/setup.py" in loadable(files | asked, {"cs231n/svm.py"})
