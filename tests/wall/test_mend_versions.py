"""Many candidates in one program: each computes what it computes when it is compiled by itself."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from grader.assignment1 import ASSIGNMENT
from grader.wall.mend_edit import Edit, apply, clash, restore
from grader.wall.mend_edits import edits_of
from grader.wall.mend_rows import load_rules
from grader.wall.mend_scope import Scope, kinds
from grader.wall.mend_versions import Places, compiled, programs

TEXT = """
def f(X, W, y, reg):
    loss, n = 0.0, X.shape[0]
    D = np.zeros_like(W)
    for i in range(n):
        s = X[i].dot(W)
        for j in range(3):
            if j != y[i]:
                D[:, j] += X[i] * s[j]
                loss += s[j] - s[y[i]]
    loss /= n
    return loss + reg * np.sum(W), D
"""
FILE = "work.py"


def function_of(text: str) -> ast.FunctionDef:
    [tree] = ast.parse(text).body
    assert isinstance(tree, ast.FunctionDef)
    return tree


def given() -> list[Any]:
    rng = np.random.default_rng(3)
    return [rng.standard_normal((4, 2)), rng.standard_normal((2, 3)), np.array([0, 2, 1, 1]), 0.3]


def edits(tree: ast.FunctionDef) -> list[Edit]:
    names = ("X", "W", "y", "reg")
    held = kinds(dict(zip(names, given(), strict=True)) | {"s": np.ones(3), "D": np.ones((2, 3)), "n": 4})
    rules = load_rules([operator.row() for operator in ASSIGNMENT.operators])
    return list(edits_of(tree, Scope(tree, held, []), rules, 0))


def outcome(code: Any, choices: dict[str, int]) -> str:
    """What the function that the code defines gives, as text; the error where it raises one."""
    names: dict[str, Any] = {"np": np, **choices}
    with np.errstate(all="ignore"):
        try:
            exec(code, names)
            return repr(names["f"](*given()))
        except NameError:  # a name that only another version assigns is local in this one as well
            return "a name without a value"
        except Exception as error:  # noqa: BLE001 - a candidate's own
            return repr(error)


def by_itself(tree: ast.FunctionDef, chosen: Sequence[Edit]) -> str | None:
    undo = apply(chosen)
    try:
        return outcome(compiled(tree, FILE), {})
    except (SyntaxError, TypeError, ValueError):
        return None
    finally:
        restore(undo)


def together(tree: ast.FunctionDef, candidates: list[tuple[int, list[Edit]]]) -> dict[int, str]:
    return {
        number: outcome(program.codes[0], dict(choices))
        for program in programs([tree], [Places(tree)], FILE, candidates)
        for number, choices in program.candidates
    }


@pytest.mark.filterwarnings("ignore")
def test_each_single_edit_gives_what_it_gives_by_itself() -> None:
    tree = function_of(TEXT)
    every = [(i, [edit]) for i, edit in enumerate(edits(tree))]
    before = ast.unparse(tree)
    found = together(tree, every)
    assert ast.unparse(tree) == before
    assert {i: found.get(i) for i, _ in every} == {i: by_itself(tree, chosen) for i, chosen in every}


@pytest.mark.filterwarnings("ignore")
def test_each_pair_gives_what_it_gives_by_itself() -> None:
    tree = function_of(TEXT)
    every = edits(tree)
    rng = np.random.default_rng(5)
    drawn = [[every[int(k)] for k in rng.integers(len(every), size=2)] for _ in range(1500)]
    pairs = [(i, pair) for i, pair in enumerate(drawn) if not clash(pair[:1], pair[1])]
    found = together(tree, pairs)
    assert {i: found.get(i) for i, _ in pairs} == {i: by_itself(tree, chosen) for i, chosen in pairs}


def test_most_edits_share_a_program() -> None:
    tree = function_of(TEXT)
    every = [(i, [edit]) for i, edit in enumerate(edits(tree))]
    made = list(programs([tree], [Places(tree)], FILE, every))
    assert len(made) < len(every) / 4


def test_what_would_make_a_name_local_in_all_versions_is_compiled_by_itself() -> None:
    tree = function_of("def f(x):\n    g = x\n    return g + h\n")
    [assigned, _] = tree.body
    assert isinstance(assigned, ast.Assign)
    other = Edit(0, 2, [(assigned, "targets", [ast.Name("h", ast.Store(), lineno=2, col_offset=4)])], 0)
    number = Edit(0, 2, [(assigned, "value", ast.Constant(3, lineno=2, col_offset=8))], 0)
    made = list(programs([tree], [Places(tree)], FILE, [(0, [other]), (1, [number])]))
    assert [[number for number, _ in program.candidates] for program in made] == [[0], [1]]


def test_only_what_runs_is_told_to_be_run() -> None:
    tree = function_of("def f(x):\n    if x:\n        y = 1\n    else:\n        y = 2\n    return y\n")
    [branch, _] = tree.body
    assert isinstance(branch, ast.If)
    places = Places(tree)

    def sets(stmt: ast.AST) -> Edit:
        return Edit(0, 0, [(stmt, "value", ast.Constant(7))], 0)

    taken, other = sets(branch.body[0]), sets(branch.orelse[0])
    condition = Edit(0, 0, [(branch, "test", ast.Constant(True))], 0)
    assert [places.are_run(edit, {2, 3, 6}) for edit in (taken, other, condition)] == [True, False, True]
