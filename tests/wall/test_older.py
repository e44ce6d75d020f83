"""What ran in the Python, NumPy and SciPy of its year runs, with a note; what runs today is left alone."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from grader.assignment1.layout import LAYOUT
from grader.intake.site import Site
from grader.sandbox.host import Sandbox
from grader.student.calls import StudentError
from grader.student.sandboxed import Sandboxed

HEAD = "import math\nimport random\nimport numpy as np\nfrom scipy import stats\n\ndef f():\n"
#: A function's body, what it returned in its year, and words of the note on it.
OLD = {
    "element": ("a = np.zeros(2)\na[1] = np.array([3.])\nreturn a", [0, 3], "8: stored an array of one"),
    "element in place": ("a = np.zeros(2)\na[1] += np.ones((1, 1))\nreturn a", [0, 1], "x.item()"),
    "element of a matrix": ("a = np.zeros((2, 2))\na[1, 0] = np.full(1, 7.)\nreturn a[1]", [7, 0], "stored"),
    "elements of two": ("a = np.zeros(2)\na[0], a[1] = np.ones(1), 2\nreturn a", [1, 2], "stored"),
    "element of a loop": ("a = np.zeros(1)\nfor a[0] in [np.ones(1)]: pass\nreturn a", [1], "stored"),
    "float of an array": ("return float(np.array([2.5]))", 2.5, "used an array of one element"),
    "math of an array": ("return math.sqrt(np.array([[9.]]))", 3.0, "used an array of one element"),
    "format of an array": ("return '%d of %.1f' % (3, np.array([1.5]))", "3 of 1.5", "used an array"),
    "list of lists": (
        "s = np.arange(12.).reshape(4, 3)\nreturn s[[range(4), np.array([0, 1, 2, 0])]]",
        [0, 4, 8, 9],
        "8: took a list of lists as an index",
    ),
    "list of lists by name": (
        "s = np.arange(6).reshape(2, 3)\nat = [[0, 1], [2, 0]]\nreturn s[at]",
        [2, 3],
        "a[rows, columns]",
    ),
    "list of lists, stored": ("s = np.zeros((2, 2))\ns[[[0, 1], [1, 0]]] -= 1\nreturn s[0]", [0, -1], "took"),
    "mode": ("return stats.mode(np.array([4, 4, 5]))[0][0]", 4, "7: used the result of scipy.stats.mode"),
    "mode by name": ("m = stats.mode([1, 2, 2])\nreturn int(m.mode[0])", 2, "keepdims=True"),
    "mode unpacked": ("label, n = stats.mode([1, 2, 2])\nreturn label[0] + n[0]", 4, "keepdims=True"),
    "mode sorted": ("return sorted(stats.mode([9, 9, 1])[0])[0]", 9, "keepdims=True"),
    "mode of rows": ("return stats.mode(np.eye(3), axis=1)[0][:, 0]", [0, 0, 0], "keepdims=True"),
    "mode of all": ("return stats.mode(np.eye(3), axis=None)[0][0]", 0, "keepdims=True"),
    "sorted pair": ("return np.sort(stats.mode([9, 9, 1]))[0]", [9], "keepdims=True"),
    "itemfreq": ("return stats.itemfreq([2, 1, 2])[1]", [2, 2], "write np.unique(a, return_counts=True)"),
    "iteritems": ("return [v for k, v in {'a': 1}.iteritems()]", [1], "7: called .iteritems()"),
    "itervalues": ("return sum({'a': 1}.itervalues())", 1, "d.values()"),
    "has_key": ("return {'a': 1}.has_key('a')", True, "key in d"),
    "next": ("return (x for x in [5]).next()", 5, "next(it)"),
    "itemset": ("a = np.zeros(3)\na.itemset(1, 4)\nreturn a", [0, 4, 0], "a[index] = value"),
    "ptp": ("return np.array([3, 7]).ptp()", 4, "np.ptp(a)"),
    "xrange": ("return sum(xrange(4))", 6, "xrange, which Python 3 lacks, was supplied; write range"),
    "reduce": ("return reduce(lambda a, b: a * b, [2, 3])", 6, "from functools import reduce"),
    "map as a list": ("return map(abs, [-1, 2])[0]", 1, "write list(map(…))"),
    "keys as a list": ("return {'a': 1}.keys()[0]", "a", "write list(d.keys())"),
    "range that shrinks": ("m = range(3)\nm.remove(1)\nreturn m", [0, 2], "write list(range(…))"),
    "range that is shuffled": ("m = range(3)\nrandom.shuffle(m)\nreturn sorted(m)", [0, 1, 2], "list(range"),
    "range and a list": ("return range(2) + [5]", [0, 1, 5], "list(range(…))"),
    "length of a filter": ("return len(filter(None, [0, 1]))", 1, "list(filter(…))"),
    "array of a map": ("return np.array(map(float, ['1', '2']))", [1, 2], "list(map(…))"),
    "quotient of a range": ("n = 7\nreturn len(range(n / 2))", 3, "8: divided integers for a whole number"),
    "quotient of a slice": ("a = [1, 2, 3]\nreturn a[:len(a) / 2]", [1], "write a // b"),
    "quotient of a step": (
        "a, c = np.arange(12).reshape(4, 3), 2\nreturn a[c/2::c, c/2::c][0]",
        [4],
        "8: divided integers",
    ),
    "quotient by name": ("n = 7\nhalf = n / 2\nreturn [i for i in range(half)]", [0, 1, 2], "8: divided"),
    "print of a format": ("print ('%d') % 3\nreturn 1", 1, "write print(… % (…))"),
    "maxint": ("import sys\nreturn sys.maxint > 1", True, "write sys.maxsize"),
    "mode by another name": (
        "from scipy.stats import mode as vote\nreturn vote([1, 2, 2])[0][0]",
        2,
        "keepdims=True",
    ),
    "mode of rows, one by one": (
        "return [label[0] for label in stats.mode(np.eye(3), axis=1)[0]]",
        [0, 0, 0],
        "keepdims=True",
    ),
    "float of numpy": ("return np.float(2) + np.asscalar(np.ones(1))", 3, "np.asscalar, which NumPy"),
    "infinity of numpy": ("return np.Inf > np.NINF", True, "which NumPy no longer has; write np.inf"),
    "izip": ("import itertools\nreturn list(itertools.izip([1], [2]))[0]", (1, 2), "write zip"),
    "mapping": ("from collections import Mapping\nreturn isinstance({}, Mapping)", True, "collections.abc"),
    "breakpoint": ("import pdb\npdb.set_trace()\nreturn 1", 1, "8: passed over a breakpoint"),
    "folder of another machine": (
        "import os\nos.chdir('c:/Users/ada/assignment1')\nreturn 1",
        1,
        "8: passed over a change to a folder that is not here",
    ),
    "breakpoint of today": ("breakpoint()\nreturn 1", 1, "7: passed over a breakpoint"),
    "breakpoint of ipdb": ("import ipdb; ipdb.set_trace()\nreturn 1", 1, "7: passed over a breakpoint"),
    "debugger": ("import pdb\nd = pdb.Pdb()\nd.set_trace()\nreturn 1", 1, "9: passed over a breakpoint"),
    "imread": ("from scipy.misc import imread\nreturn 1", 1, "matplotlib.pyplot import imread"),
}
#: What is right today is what it returns, and nothing is noted.
TODAY = {
    "row": ("a = np.zeros((2, 2))\na[1] = np.array([3.])\nreturn a[1]", [3, 3]),
    "row in place": ("a = np.ones((2, 2))\na[1, :] *= np.array([3.])\nreturn a[1]", [3, 3]),
    "array in a dict": ("d = {}\nd['b'] = np.ones(1)\nd[1] = d['b']\nreturn d[1]", [1]),
    "array in a list": ("d = [0]\nd[0] = np.ones(1)\nreturn d[0].shape", (1,)),
    "array of objects": ("a = np.empty(1, object)\na[0] = np.ones(1)\nreturn a[0].shape", (1,)),
    "rows by a list": ("a = np.eye(3)\ni = 2\nreturn a[[i, 0]][0]", [0, 0, 1]),
    "labels by lists": ("y = np.array([4, 5, 6])\nreturn y[[[0, 1], [2, 0]]]", [[4, 5], [6, 4]]),
    "scalar mode": ("votes = []\nvotes.append(stats.mode([1, 2, 2])[0])\nreturn np.array(votes)", [2]),
    "mode with keepdims": ("return stats.mode([1, 2, 2], keepdims=True)[0][0]", 2),
    "rows of a mode": ("return stats.mode(np.eye(3), axis=1)[0][1]", 0),
    "quotient of a range by floats": ("return list(np.arange(3 / 2))", [0, 1]),
    "true quotient": ("n = 7\nhalf = n / 2\nreturn half", 3.5),
    "remainder": ("n = 7\nreturn n % 4", 3),
    "range and an array": ("return range(2) + np.ones(2)", [1, 2]),
    "array of a range": ("return np.array(range(3))", [0, 1, 2]),
    "numbers of a map": ("return np.fromiter(map(abs, [-1]), float)", [1]),
    "iterator that advances": ("m = map(abs, [-1, 2])\nnext(m)\nreturn np.sum(list(m))", 2),
    "own mode": ("def mode(a): return [a]\nreturn mode(3)[0]", 3),
    "own method": ("class A:\n    def next(self): return 4\nreturn A().next()", 4),
    "own name": ("reduce = max\nreturn reduce(1, 2)", 2),
    "text of an array": ("return '%s' % np.ones(1)", "[1.]"),
    "guarded name": ("try: xrange\nexcept NameError: xrange = range\nreturn list(xrange(2))", [0, 1]),
}


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(preload=["scipy.stats"]) as sandbox:
        yield sandbox


def called(sandbox: Sandbox, body: str, end: bytes = b"") -> tuple[object, list[str]]:
    """What `f` returns, and what was noted of it."""
    source = HEAD + "".join(f"    {line}\n" for line in body.splitlines())
    files = {"work.py": source.encode() + end}
    with Sandboxed(sandbox, LAYOUT, files, {"f": Site("work.py", "f")}) as student:
        return student.call("f").value, [note.removeprefix("work.py:") for note in student.notes]


@pytest.mark.parametrize("name", OLD)
def test_old_code_runs_and_is_noted(name: str, sandbox: Sandbox) -> None:
    body, expected, words = OLD[name]
    value, notes = called(sandbox, body)
    np.testing.assert_array_equal(value, expected)
    assert any(words in note for note in notes), notes


@pytest.mark.parametrize("body", ["return [1, 2][:3/2]", "return list(range(4/2))", "return {}.has_key(1)"])
def test_what_python_2_could_not_read_is_not_taken_for_it(body: str, sandbox: Sandbox) -> None:
    assert called(sandbox, f"n = 1\n{body}")[1]
    with pytest.raises(StudentError):
        called(sandbox, f"n = f'{{1}}'\n{body}")


def test_an_error_in_a_file_that_was_supplied_has_its_place_in_the_authors_own(sandbox: Sandbox) -> None:
    given = b"def twice(x):\n    first, second = x\n    return first + second\n"
    files = {"work.py": b"from given import twice\ndef f():\n    return twice(1)\n", "given.py": given}
    for supplied, place in ((["given.py"], ("work.py", 3)), ([], ("given.py", 2))):
        with Sandboxed(sandbox, LAYOUT, files, {"f": Site("work.py", "f")}, supplied=supplied) as student:
            with pytest.raises(StudentError) as raised:
                student.call("f")
            where = raised.value.where
            assert where is not None
            assert (where.file, where.line) == place


@pytest.mark.parametrize("name", TODAY)
def test_what_runs_today_is_left_alone(name: str, sandbox: Sandbox) -> None:
    body, expected = TODAY[name]
    value, notes = called(sandbox, body)
    np.testing.assert_array_equal(value, expected)
    assert notes == []


@pytest.mark.parametrize(
    ("body", "error", "line"),
    [
        ("a = np.zeros(2)\na[0] = np.ones(2)", "ValueError", 8),
        ("a = np.zeros((2, 2))\nb = 1\na[0] += np.ones(3)", "ValueError", 9),
        ("d = {}\nd.iterate()", "AttributeError", 8),
        ("return [].has_key(1)", "AttributeError", 7),
        ("return float(np.ones(2))", "TypeError", 7),
        ("return map(abs, [1])[3]", "IndexError", 7),
    ],
)
def test_an_error_is_that_of_the_line_as_it_was_written(
    body: str, error: str, line: int, sandbox: Sandbox
) -> None:
    with pytest.raises(StudentError) as raised:
        called(sandbox, body)
    assert raised.value.error_type == error
    assert raised.value.where is not None
    assert raised.value.where.line == line


@pytest.mark.parametrize("end", [b"\0", b"\0\0\r\n\0", b"\n\0\n"])
def test_nul_bytes_at_the_end_are_passed_over(end: bytes, sandbox: Sandbox) -> None:
    value, notes = called(sandbox, "return 1", end)
    assert value == 1
    assert "NUL bytes" in notes[0]


def test_a_nul_byte_within_is_still_an_error(sandbox: Sandbox) -> None:
    with pytest.raises(StudentError, match="null bytes"):
        called(sandbox, "return 1", b"x = \0 1\n")


def test_a_text_that_is_nested_too_deeply_to_be_looked_at_runs_as_it_stands(sandbox: Sandbox) -> None:
    assert called(sandbox, f"return {' + '.join(['1'] * 2000)}")[0] == 2000


@pytest.mark.parametrize(
    ("body", "counted"),
    [
        ("return np.vstack(X)", False),
        ("return np.array2string(X)", False),
        ("return np.apply_along_axis(lambda row: row.sum(), 1, X)", True),
        ("return sum(x.sum() for x in X)", True),
        ("return list(map(lambda x: x.sum(), X))", True),
    ],
)
def test_only_the_students_own_lines_count(body: str, counted: bool, sandbox: Sandbox) -> None:
    files = {"work.py": f"import numpy as np\ndef f(X):\n    {body}\n".encode()}
    with Sandboxed(sandbox, LAYOUT, files, {"f": Site("work.py", "f")}) as student:
        few, many = (student.call("f", np.ones((n, 3)), probe="count_lines").probed for n in (5, 50))
    assert (many - few > 40) == counted
