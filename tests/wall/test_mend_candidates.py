"""Candidates inside the wall: what is enumerated, that it is the same everywhere, and that nothing leaks."""

from __future__ import annotations

import ast
from typing import Any

import numpy as np
import pytest

from grader.assignment1 import ASSIGNMENT
from grader.assignment1.layout import LAYOUT
from grader.assignment1.linear.mendable import linear_losses
from grader.intake.site import Site
from grader.student.sandboxed import load_request
from grader.wall.mend_rows import build, expression, fitting, load_rules
from grader.wall.mending import RAISED, RAN, SLOW
from grader.wall.worker import Workbench

FILE = "cs231n/classifiers/linear_svm.py"
ROWS = [operator.row() for operator in ASSIGNMENT.operators]
NAMES = [operator.id for operator in ASSIGNMENT.operators]
WRONG = '''
import numpy as np

def svm_loss_vectorized(W, X, y, reg):
    """A text of its own."""
    num_train = X.shape[0]
    scores = X.dot(W)
    correct = scores[np.arange(num_train), y][:, np.newaxis]
    margins = np.maximum(0, scores - correct + 1)
    margins[np.arange(num_train), y] = 0
    loss = np.sum(margins) / num_train + reg * np.sum(W * W)
    mask = (margins > 0).astype(float)
    mask[np.arange(num_train), y] = -np.sum(mask, axis=1)
    dW = X.T.dot(mask) * num_train + 2 * reg * W
    return loss, dW
'''
SITE = Site(FILE, "svm_loss_vectorized", line=4)
SCENE = linear_losses("svm.vectorized", {"svm.vectorized": SITE})[0].scenes[0]


class Bench:
    """One submission in this process, opened for a mend."""

    def __init__(
        self, text: str = WRONG, name: str = "svm_loss_vectorized", role: str = "svm.vectorized"
    ) -> None:
        self.bench = Workbench()
        self.bench.handle(load_request({FILE: text.encode()}, LAYOUT))
        site = Site(FILE, name, line=4)
        scenes = [scene.message() for scene in linear_losses(role, {role: site})[0].scenes]
        functions = [{"name": name, "line": 4}]
        self.ask("open", file=FILE, functions=functions, roles=[name], rows=ROWS, scenes=scenes)
        self.opened = self.ask("survey")

    def ask(self, do: str, **asked: Any) -> dict[str, Any]:
        reply = self.bench.handle({"op": "mend", "do": do, **asked})
        assert reply["ok"], reply
        return reply["value"]

    def run(
        self, picks: list[list[int]], chain: list[list[int]] | None = None, scene: int = 0
    ) -> dict[str, Any]:
        numbers = np.array(picks, np.int32)
        return self.ask("run", chain=chain or [], picks=numbers, scene=scene, limit_s=0.2)

    def number(self, kind: str, line: int) -> list[int]:
        """The edits of a kind at a line."""
        row = NAMES.index(kind)
        return [
            i
            for i in range(len(self.opened["rows"]))
            if (self.opened["rows"][i], self.opened["at"][i]) == (row, line)
        ]


def test_the_same_edits_are_listed_in_the_same_order_every_time() -> None:
    one, other = Bench(), Bench()
    assert np.array_equal(one.opened["rows"], other.opened["rows"])
    assert np.array_equal(one.opened["at"], other.opened["at"])
    # Also after candidates ran and edits were made and taken back.
    picks = [[i] for i in range(0, len(one.opened["rows"]), 7)]
    first = one.run(picks)
    one.ask("listed", chain=[[3]])
    again, elsewhere = one.run(picks), other.run(picks)
    for name in ("status", "rows", "lines"):
        assert np.array_equal(first[name], again[name], equal_nan=True)
        assert np.array_equal(first[name], elsewhere[name], equal_nan=True)


def test_nothing_that_a_candidate_does_is_left_for_the_next() -> None:
    """Also where a name is bound to W or X and written into: the function still gives its own."""
    bench = Bench(WRONG.replace("dW = X.T", "dW = np.zeros_like(W)\n    dW += X.T"))
    base = bench.opened["bases"][0]
    binding = {NAMES.index(kind) for kind in ("name", "donor", "unwrap", "assign-augment", "other-target")}
    edits = [i for i, row in enumerate(bench.opened["rows"].tolist()) if row in binding]
    assert len(edits) > 200
    tried = bench.run([pick for i in edits for pick in ([i], [-1])])
    untouched = tried["rows"][1::2]
    assert np.array_equal(untouched, np.broadcast_to(base, untouched.shape), equal_nan=True)
    assert set(tried["status"][1::2]) == {RAN}


def test_an_edit_that_is_right_gives_what_is_right() -> None:
    bench = Bench()
    wanted = SCENE.row(0)
    candidates = bench.number("operator", 14)
    rows = bench.run([[i] for i in candidates])["rows"]
    right = [i for i, row in zip(candidates, rows, strict=True) if np.allclose(row, wanted)]
    assert len(right) == 1
    [told] = bench.ask("tell", chains=[[right]])["changes"]
    assert told == [
        "-    dW = X.T.dot(mask) * num_train + 2 * reg * W",
        "+    dW = X.T.dot(mask) / num_train + 2 * reg * W",
    ]


def test_an_installed_mend_stays_and_tells_its_lines() -> None:
    bench = Bench()
    candidates = bench.number("operator", 14)
    rows = bench.run([[i] for i in candidates])["rows"]
    [right] = [i for i, row in zip(candidates, rows, strict=True) if np.allclose(row, SCENE.row(0))]
    installed = bench.ask("install", chain=[[right]])
    assert installed == {"rows": [NAMES.index("operator")], "lines": [14], "dead": []}
    target = {"file": FILE, "name": "svm_loss_vectorized"}
    W, X = np.array([[1.0, 0.0], [0.0, 1.0]]), np.array([[2.0, 1.0], [0.0, 1.0]])
    call = {
        "op": "call",
        "target": target,
        "method": None,
        "args": (W, X, np.array([1, 1]), 0.0),
        "kwargs": {},
    }
    reply = bench.bench.handle({**call, "keep": False, "probe": None, "seed": 1})
    # The first example violates by 2, the second not at all: halves, not doubles.
    assert reply["value"][0] == 1.0
    assert np.array_equal(reply["value"][1], [[1.0, -1.0], [0.5, -0.5]])


@pytest.mark.parametrize(
    ("line", "status"),
    [("while True: pass", SLOW), ("raise SystemExit", RAISED), ("recurse = recurse_without_end", RAISED)],
)
def test_a_candidate_that_goes_astray_is_told_apart_and_the_next_runs(line: str, status: int) -> None:
    """The condition keeps the line from running; the edit that drops it does not."""
    text = WRONG.replace("    num_train", f"    if reg < 0:\n        {line}\n    num_train", 1)
    bench = Bench(text)
    [dropped] = bench.number("drop-condition", 6)
    tried = bench.run([[dropped], [-1]])
    assert list(tried["status"]) == [status, RAN]
    assert np.array_equal(tried["rows"][1], bench.opened["bases"][0])


def test_the_line_at_which_a_candidate_raises_is_told() -> None:
    bench = Bench(WRONG.replace("return loss", "raise ValueError\n    return loss"))
    assert bench.opened["raised"][0] == 15
    [deleted] = bench.number("delete", 9)
    assert bench.run([[deleted]])["lines"][0] == 10


@pytest.mark.parametrize(
    ("rule", "code", "made"),
    [
        ("a - b -> b - a", "x - y * 2", "y * 2 - x"),
        ("f(x) -> x", "np.sqrt(total)", "total"),
        ("f(a + b) -> f(a) + b", "np.sum(margins + 1, axis=1)", "np.sum(margins, axis=1) + 1"),
        ("a.dot(b) -> b.T.dot(a)", "X.dot(W)", "W.T.dot(X)"),
        ("a / b + c -> a / (b + c)", "p / q + r", "p / (q + r)"),
        ("a + b + c -> a", "p + q + r", "p"),
        ("f(g(x)) -> g(f(x))", "np.sqrt(np.sum(d))", "np.sum(np.sqrt(d))"),
    ],
)
def test_a_row_says_what_becomes_of_what(rule: str, code: str, made: str) -> None:
    [one] = next(iter(load_rules([{"change": [rule]}]).expressions.values()))
    binding = fitting(one.found, expression(code))
    assert binding is not None
    assert ast.unparse(build(one.put[0], binding)) == made


@pytest.mark.parametrize(
    ("rule", "code"),
    [
        ("a - b -> b - a", "x + y"),
        ("a.m() -> a", "np.sum()"),
        ("True -> False", "1"),
        ("a > b -> a >= b", "x > y > z"),
    ],
)
def test_a_row_leaves_alone_what_it_is_not_about(rule: str, code: str) -> None:
    [one] = next(iter(load_rules([{"change": [rule]}]).expressions.values()))
    assert fitting(one.found, expression(code)) is None


def test_a_number_that_is_given_a_name_misses_no_term() -> None:
    text = WRONG.replace("    scores =", "    delta = 1.0\n    scores =").replace("+ 1)", "+ delta)")
    bench = Bench(text.replace("dW = X", "dW = 0 * W\n    dW += 1\n    dW = X"))
    assert not bench.number("add-term", 7)
    assert bench.number("add-term", 16)
