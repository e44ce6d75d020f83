"""Steps are counted whoever makes them, and whatever is tried to hide them; vectorized work makes none."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from grader.assignment1.layout import LAYOUT
from grader.intake.site import Site
from grader.sandbox.host import Sandbox
from grader.student.calls import StudentError
from grader.student.sandboxed import Sandboxed

HEAD = """
import builtins, functools, itertools, operator, sys, threading, types
import numpy as np

def one(row):
    return row.sum()

def loop(X):
    total = 0.0
    for row in X:
        total += row.sum()
    return total

"""

#: Each hides a loop over the examples: from whoever traces lines, or behind what iterates in C.
HIDDEN = {
    "plain": "def f(X):\n    return loop(X)",
    "while": "def f(X):\n    i = 0\n    while i < len(X): i += 1\n    return i",
    "comprehension": "def f(X):\n    return [row.sum() for row in X]",
    "filtered comprehension": "def f(X):\n    return [row for row in X if row.sum() > 1e9]",
    "generator": "def f(X):\n    return sum(row.sum() for row in X)",
    "recursion": "def f(X):\n    return X[0].sum() + f(X[1:]) if len(X) else 0.0",
    "f_trace": """
def f(X):
    frame = sys._getframe()
    frame.f_trace = None
    total = 0.0
    for row in X:
        total += row.sum()
    return total""",
    "f_trace_lines": """
def f(X):
    frame = sys._getframe()
    frame.f_trace_lines = False
    total = loop(X)
    frame.f_trace_lines = True
    return total""",
    "forged module": """
def f(X):
    forged = types.ModuleType("wall.probes")
    forged.loop, forged.sys = loop, sys
    try:
        sys.settrace(None)
    except Exception:
        pass
    return loop(X)""",
    "_thread": """
def f(X):
    import _thread
    done, lock = [], _thread.allocate_lock()
    lock.acquire()
    def run():
        done.append(loop(X))
        lock.release()
    _thread.start_new_thread(run, ())
    lock.acquire()
    return done[0]""",
    "thread from import": """
import queue
asked, answered = queue.Queue(), queue.Queue()
def serve():
    while True:
        answered.put(loop(asked.get()))
threading.Thread(target=serve, daemon=True).start()
def f(X):
    asked.put(X)
    return answered.get()""",
    "map": "def f(X):\n    return sum(map(np.sum, X))",
    "map of a method": "def f(X):\n    return sum(map(operator.methodcaller('sum'), X))",
    "map by another name": "each = getattr(builtins, 'm' + 'ap')\ndef f(X):\n    return sum(each(np.sum, X))",
    "filter": "def f(X):\n    return len(list(filter(np.any, X)))",
    "starmap": "def f(X):\n    return sum(itertools.starmap(operator.add, X[:, :2]))",
    "reduce": "def f(X):\n    return functools.reduce(operator.add, X)",
    "accumulate": "def f(X):\n    return list(itertools.accumulate(X, operator.add))[-1]",
    "vectorize": "def f(X):\n    return np.vectorize(one, signature='(n)->()')(X)",
    "vectorize of C": "import math\ndef f(X):\n    return np.vectorize(math.exp)(X[:, 0])",
    "frompyfunc": "import math\ndef f(X):\n    return np.frompyfunc(math.exp, 1, 1)(X[:, 0]).astype(float)",
    "apply_along_axis": "def f(X):\n    return np.apply_along_axis(np.sum, 1, X)",
    "fromiter": "def f(X):\n    return np.fromiter((row.sum() for row in X), float)",
    "key to sort by": "def f(X):\n    return sorted(X, key=np.sum)[0].sum()",
    "key of a method": "def f(X):\n    rows = list(X)\n    rows.sort(key=np.sum)\n    return rows[0].sum()",
    "key behind two stars": "def f(X):\n    return sorted(X, **{'key': np.sum})[0].sum()",
    "key behind two stars of another call": """
def f(X):
    return functools.partial(sorted, **dict([("key", operator.methodcaller("sum"))]))(X)[0].sum()""",
    "the seed is set": """
def seed(*_):
    seen.append(loop(np.ones((sizes[0], 3))))
seen, sizes, np.random.seed = [], [0], seed
def f(X):
    sizes[0] = len(X)
    return seen[-1] if seen else loop(X)""",
    "groupby": "def f(X):\n    return float(len(list(itertools.groupby(X, np.sum))))",
    "filterfalse": "def f(X):\n    return float(len(list(itertools.filterfalse(np.isnan, X[:, 0]))))",
    "iter with a last item": """
def f(X):
    rows = iter([1.0] * len(X) + [2.0])
    return float(len(list(iter(functools.partial(next, rows), 2.0))))""",
    "exempted globals": """
space = {"__name__": "numpy", "__file__": np.__file__, "loop": loop, "__builtins__": builtins}
g = types.FunctionType(loop.__code__, space)
def f(X):
    return g(X)""",
    "a library's file name": """
h = types.FunctionType(loop.__code__.replace(co_filename=np.__file__), globals())
def f(X):
    return h(X)""",
    "rebound builtins": """
builtins.next = lambda *a: 0
builtins.iter = lambda *a: ()
builtins.len = len
def f(X):
    return loop(X)""",
    "frames that reach the probe": """
def f(X):
    frame = sys._getframe()
    while frame:
        held = [*frame.f_locals.values(), *frame.f_globals.values()]
        for value in [v for v in held if type(v).__module__.startswith("wall")]:
            for field in ("count", "steps", "made"):
                try:
                    setattr(value, field, 0)
                except Exception:
                    pass
        frame = frame.f_back
    return loop(X)""",
    "decorator": "@np.vectorize\ndef g(x):\n    return x * 2\ndef f(X):\n    return g(X[:, 0])",
    "operator of a class": """
class Row:
    def __add__(self, other):
        return self
def f(X):
    return float(len(np.add(np.array([Row()] * len(X), dtype=object), 1)))""",
}

#: Code that is built while it runs: it cannot be counted, and that is on record.
BUILT = {
    "exec": "def f(X):\n    space = {}\n    exec('def g(X):\\n  return [r.sum() for r in X]', space)\n"
    "    return space['g'](X)",
    "eval": "def f(X):\n    return eval('[row.sum() for row in X]')",
    "at import": "exec(compile('def g(X):\\n  return [r.sum() for r in X]', np.__file__, 'exec'))\n"
    "def f(X):\n    return g(X)",
    "new code": "bare = loop.__code__.replace(co_consts=tuple(\n"
    "    c if not callable(c) else (lambda: 1) for c in loop.__code__.co_consts))\n"
    "loop.__code__ = bare\ndef f(X):\n    return loop(X)",
    "timeit": """
import timeit
def f(X):
    return timeit.timeit("[r.sum() for r in X]", globals={"X": X}, number=1)""",
    "marshal": """
import marshal
def f(X):
    code = marshal.loads(marshal.dumps(compile("[r for r in X]", "x", "eval")))
    return float(len(eval(code, {"X": X})))""",
    "a module that it wrote": """
import tempfile
folder = tempfile.mkdtemp()
with open(folder + "/written.py", "w") as file:
    file.write("def g(X):\\n  return [r.sum() for r in X]")
sys.path.insert(0, folder)
import written
def f(X):
    return sum(written.g(X))""",
    "a module that it wrote, by way of the library": """
import os, tempfile
folder = tempfile.mkdtemp()
with open(folder + "/written2.py", "w") as file:
    file.write("def g(X):\\n  return [r.sum() for r in X]")
library = os.path.dirname(os.__file__)
sys.path.insert(0, library + "/.." * library.count("/") + folder)
import written2
def f(X):
    return sum(written2.g(X))""",
    "what runs imported modules": """
import importlib._bootstrap
space = {}
run = importlib._bootstrap._call_with_frames_removed
run(exec, "def g(X):\\n  return [r.sum() for r in X]", space)
def f(X):
    return sum(space["g"](X))""",
    "a loader of its own": """
import importlib.abc, importlib.util
class Loader(importlib.abc.SourceLoader):
    def get_filename(self, name):
        return np.__file__
    def get_data(self, path):
        return b"def g(X):\\n  return [r.sum() for r in X]"
spec = importlib.util.spec_from_loader("its_own", Loader())
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
def f(X):
    return sum(module.g(X))""",
    "too deep": "DEEP = " + "+".join(["1"] * 2000) + "\ndef f(X):\n    return [row.sum() for row in X]",
}

#: Ways of right work: loops over classes, features or nothing, conversions, NumPy's own.
VECTORIZED = {
    "matrix": "def f(X):\n    return np.maximum(0, X @ X.T[:, :3]).sum()",
    "fancy": "def f(X):\n    return X[range(len(X)), np.zeros(len(X), int)].sum()",
    "list of numbers": "def f(X):\n    return X[list(range(X.shape[0])), [0] * len(X)].sum()",
    "add.at": """
def f(X):
    out = np.zeros(3)
    np.add.at(out, np.arange(len(X)) % 3, X[:, 0])
    return out""",
    "over classes": "def f(X):\n    return np.stack([X[:, c] * 2 for c in range(X.shape[1])]).sum()",
    "einsum": "def f(X):\n    return np.einsum('ij,ij->i', X, X).sum()",
    "one_hot": "def f(X):\n    return np.eye(4)[np.arange(len(X)) % 4].sum()",
    "mask": "def f(X):\n    M = X.copy()\n    M[M < 0.5] = 0\n    return np.where(M > 0, 1, 0).sum()",
    "named tuple": """
from collections import namedtuple
def f(X):
    return namedtuple("P", "a b")(X.sum(), 1).a""",
    "dataclass": """
import dataclasses
@dataclasses.dataclass
class P:
    a: float = 0.0
def f(X):
    return P(X.sum()).a""",
    "converted": "def f(X):\n    return sum(map(int, X[:, 0])) + len(X.tolist())",
    "scipy": "import scipy.special\ndef f(X):\n    return scipy.special.logsumexp(X, axis=1).sum()",
    "scipy.stats": "import scipy.stats\ndef f(X):\n    return np.ravel(scipy.stats.mode(X[:, 0])[0])[0]",
    "sorted": "def f(X):\n    return np.sort(X, axis=0)[::-1].cumsum()",
    "keys": "def f(X):\n    return sorted({1: 'a', 2: 'b'}, key=lambda k: 0) and X.sum()",
    "a type that is called key": "def f(X):\n    return dict(key=np.float64)['key'](X.sum())",
    "unpacked": "def f(X):\n    pair = [iter([]).__next__]\n    return iter(*pair, 0) and X.sum()",
    "mappings": "def f(X):\n    return dict(**{'key': 1, 'b': np.sum}, **dict(key2=np.sum))['b'](X)",
    "a mapping's key": "def f(X):\n    return dict(**{'key': np.sum})['key'](X)",
    "what is called key": "def f(X):\n    return dict(key=np.sum)['key'](X)",
    "linalg": "def f(X):\n    return np.linalg.norm(X, axis=1).sum()",
}


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as found:
        yield found


def steps(sandbox: Sandbox, body: str) -> tuple[int, bool]:
    """How many steps more are made for 60 examples than for 10, and whether any are uncounted."""
    files = {"work.py": (HEAD + body).encode()}
    with Sandboxed(sandbox, LAYOUT, files, {"f": Site("work.py", "f")}) as student:
        student.call("f", np.ones((2, 3)))
        counted = [student.counted("f", np.ones((n, 3)))[1] for n in (10, 60)]
    return counted[1].made - counted[0].made, any(one.uncounted for one in counted)


@pytest.mark.parametrize("name", HIDDEN)
def test_a_loop_is_counted_wherever_it_hides(sandbox: Sandbox, name: str) -> None:
    more, uncounted = steps(sandbox, HIDDEN[name])
    assert more >= 50 or uncounted


@pytest.mark.parametrize("name", BUILT)
def test_code_that_is_built_is_on_record(sandbox: Sandbox, name: str) -> None:
    assert steps(sandbox, BUILT[name])[1]


@pytest.mark.parametrize("name", VECTORIZED)
def test_vectorized_work_makes_no_step_more(sandbox: Sandbox, name: str) -> None:
    assert steps(sandbox, VECTORIZED[name]) == (0, False)


def test_what_answers_in_the_place_of_the_count_is_an_error(sandbox: Sandbox) -> None:
    counter = "sys.modules['wall.probes'].StepCounter"
    body = f"def f(X):\n    {counter}.result = lambda *a: 'none'\n    return 1.0"
    files = {"work.py": (HEAD + body).encode()}
    with (
        Sandboxed(sandbox, LAYOUT, files, {"f": Site("work.py", "f")}) as student,
        pytest.raises(StudentError, match="counts its steps"),
    ):
        student.counted("f", np.ones((3, 3)))


def test_the_processor_is_told_from_outside(sandbox: Sandbox) -> None:
    body = "def f(X):\n    return sum(i * i for i in range(len(X) * 1000))"
    files = {"work.py": (HEAD + body).encode()}
    with Sandboxed(sandbox, LAYOUT, files, {"f": Site("work.py", "f")}) as student:
        student.call("f", np.ones((1, 3)))
        few, many = (student.counted("f", np.ones((n, 3)))[1].cpu_s for n in (1, 200))
    assert few is not None
    assert many is not None
    assert many > 4 * few
