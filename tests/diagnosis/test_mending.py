"""The search for the smallest change: each kind of slip is found at its line, by its own kind of edit."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from mend_slips import MARGIN, OWN, SLIPS, Slip

from grader.assignment1 import ASSIGNMENT
from grader.assignment1.layout import LAYOUT
from grader.diagnosis.mending.mend import Mended, mend_role
from grader.diagnosis.mending.scenes import Mendable, Output, Scene, Steps
from grader.intake.site import Site
from grader.result import Verdict
from grader.student.sandboxed import load_request
from grader.wall.worker import Workbench

FILE = "cs231n/slips.py"
SITE = Site(FILE, "f", line=3)
HEAD = "import numpy as np\n\ndef f(W, X, y, reg):\n"


@pytest.fixture(autouse=True)
def own_modules() -> Iterator[None]:
    """What a submission imports is forgotten behind a test."""
    path, known = list(sys.meta_path), set(sys.modules)
    yield
    sys.meta_path[:] = path
    for name in set(sys.modules) - known:
        del sys.modules[name]


class Here:
    """A student whose worker is this process."""

    def __init__(self, text: str) -> None:
        sys.modules.pop("cs231n.slips", None)
        self.bench = Workbench()
        self.bench.handle(load_request({FILE: text.encode()}, LAYOUT))

    def request(self, message: dict[str, Any], *settings: Any) -> dict[str, Any]:
        return self.bench.handle(message)

    def close(self) -> None:
        sys.modules.pop("cs231n.slips", None)


def written(body: str) -> str:
    return HEAD + textwrap.indent(body, "    ") + "\n"


def given(seed: int, sizes: tuple[int, int, int]) -> tuple[Any, ...]:
    rng = np.random.default_rng(seed)
    n, d, c = sizes
    y = np.arange(n) % c
    return rng.standard_normal((d, c)), rng.standard_normal((n, d)), rng.permutation(y), 0.3


def scene(right: str, seed: int) -> Scene:
    """One call, and what comes of the code that is right."""
    made: dict[str, Any] = {}
    exec(written(right), made)
    arguments = given(seed, (5, 3, 4))
    value = made["f"](*arguments)
    parts = value if isinstance(value, tuple) else (value,)
    steps = Steps()
    steps.call(SITE, *arguments)
    outputs = [
        Output(f"result {i}", 0, (i,) if isinstance(value, tuple) else (), np.shape(part))
        for i, part in enumerate(parts)
    ]
    return Scene(steps.written, outputs, [parts])


def mended(right: str, wrong: str, budget_s: float = 3.0) -> Mended:
    mendable = Mendable("tests.f", (SITE,), [scene(right, seed) for seed in (1, 2)])
    student: Any = Here(written(wrong))
    student.another = lambda: Here(written(wrong))

    def verify(again: Any) -> dict[str, Verdict]:
        scenes = [scene(right, seed) for seed in (3, 4)]
        return {
            "tests.f.result": Verdict.PASSED if all(_holds(again, one) for one in scenes) else Verdict.FAILED
        }

    before = {"tests.f.result": Verdict.FAILED}
    return mend_role(student, [mendable], ASSIGNMENT.operators, ["f"], verify, before, budget_s)


def _holds(student: Here, one: Scene) -> bool:
    call = {**one.steps[0], "keep": False, "probe": None, "seed": 1}
    value = student.request(call)["value"]
    parts = value if isinstance(value, tuple) else (value,)
    return all(np.allclose(a, b) for a, b in zip(parts, one.expected[0], strict=True))


@pytest.mark.parametrize("slip", SLIPS, ids=lambda slip: slip.kind)
def test_each_kind_of_slip_is_found_at_its_line_and_by_its_kind(slip: Slip) -> None:
    came_to = mended(slip.right, slip.wrong)
    assert came_to.chosen is not None, came_to.reason
    assert [operator.id for operator in came_to.chosen.operators] == [slip.kind]
    assert came_to.chosen.lines == (slip.line + 3,)


def test_a_name_that_is_nowhere_defined_is_told_where_it_is_used() -> None:
    right = "t = []\nfor x in X:\n    t.append(np.max(x))\nreturn np.sum(t)"
    came_to = mended(right, right.replace("t = []\n", ""))
    assert came_to.chosen is not None
    assert [operator.id for operator in came_to.chosen.operators] == ["define"]
    assert came_to.chosen.lines == (5,)


TWO = """\
s = X.dot(W)
total = np.sum(s) + np.sum(W)
grad = X.T.dot(s) / X.shape[0]
return total, grad"""


def test_independent_slips_are_mended_together() -> None:
    wrong = TWO.replace("np.sum(s) + ", "np.sum(s) - ").replace(" / X.shape[0]", "")
    came_to = mended(TWO, wrong)
    assert came_to.chosen is not None
    assert set(came_to.chosen.lines) == {5, 6}


def test_two_slips_of_one_line_are_mended_together() -> None:
    came_to = mended(TWO, TWO.replace("X.T.dot(s) / X.shape[0]", "X.T.dot(W) * X.shape[0]"))
    assert came_to.chosen is not None
    assert came_to.chosen.lines == (6, 6)


def test_a_line_that_only_silences_another_is_not_told_to_be_missing() -> None:
    """With `p[np.arange(5), y] -= n` put in before it, n is 0, and the line that is wrong does nothing."""
    came_to = mended(OWN, OWN.replace("p[np.arange(5), y] -= n", "p[:, y] -= n * 7"))
    assert came_to.chosen is not None
    assert came_to.chosen.lines == (8, 8)


def test_what_no_few_edits_make_right_is_not_told() -> None:
    came_to = mended(TWO, "return reg, W", budget_s=0.5)
    assert came_to.chosen is None
    assert came_to.reason == "no few edits make it right"


def test_a_function_that_is_right_is_left_alone() -> None:
    came_to = mended(TWO, TWO)
    assert (came_to.chosen, came_to.tried) == (None, 0)


def test_two_searches_come_to_the_same() -> None:
    wrong = MARGIN.replace("axis=1", "axis=0")
    assert mended(MARGIN, wrong) == mended(MARGIN, wrong)


def test_a_candidate_that_fresh_problems_refute_is_not_told() -> None:
    """Right on the scenes, as they have no example of class 3 that is negative; `verify` has."""
    student: Any = Here(written("return np.abs(np.sum(X)) + 1"))
    student.another = lambda: Here(written("return np.abs(np.sum(X)) + 1"))
    steps = Steps()
    W, X, y, reg = given(1, (5, 3, 4))
    X = np.abs(X)
    steps.call(SITE, W, X, y, reg)
    one = Scene(steps.written, [Output("result", 0, (), ())], [[np.sum(X)]])
    mendable = Mendable("tests.f", (SITE,), [one, one])
    seen: list[float] = []

    def verify(again: Any) -> dict[str, Verdict]:
        call = {**steps.written[0], "args": (W, -X, y, reg), "keep": False, "probe": None, "seed": 1}
        seen.append(again.request(call)["value"])
        right = bool(np.isclose(seen[-1], np.sum(-X)))
        return {"tests.f.result": Verdict.PASSED if right else Verdict.FAILED}

    came_to = mend_role(
        student, [mendable], ASSIGNMENT.operators, ["f"], verify, {"tests.f.result": Verdict.FAILED}, 0.2
    )
    assert seen
    assert came_to.chosen is None
    assert came_to.reason == "no candidate holds on fresh problems"


def test_a_mend_that_leaves_a_line_unreachable_is_not_told() -> None:
    """`reg > 0` may become `reg < 0`, which is the smallest change: it only silences the line."""
    right = "t = np.sum(X)\nif reg > 0:\n    t = t * 1\nreturn t"
    came_to = mended(right, right.replace("t * 1", "t * 2"))
    assert came_to.chosen is not None
    assert came_to.chosen.lines == (6,)
