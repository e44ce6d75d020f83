"""Calls that are answered at once: nobody can tell them from calls that come one by one."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from grader.assignment1.layout import LAYOUT
from grader.intake.site import Site
from grader.sandbox.host import Limits, Sandbox
from grader.student.calls import StudentError, StudentTimeout
from grader.student.sandboxed import Sandboxed

WORK = """
import os, time
import numpy as np

made = 0

def f(x):
    global made
    made += 1
    what = int(x[0])
    if what == 7:
        os._exit(3)
    if what == 8:
        raise ValueError("eight")
    if what == 9:
        time.sleep(60)
    if what == 6:
        time.sleep(1.5)
    x[0] = -1
    return made, what, float(np.random.rand()), os.getpid()
"""


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(limits=Limits(call_s=4)) as found:
        yield found


class Watched(Sandboxed):
    """Keeps which operations crossed the wall."""

    operations: list[str]

    def request(self, message: dict[str, Any], *settings: Any) -> dict[str, Any]:
        waiting = len(self._foreseen)
        reply = super().request(message, *settings)
        if len(self._foreseen) >= waiting:
            self.operations.append(message["op"])
        return reply


def asked(sandbox: Sandbox, kinds: list[int], *, at_once: bool) -> tuple[list[Any], list[str]]:
    """What came of a call for each kind, and the operations that crossed the wall."""
    problems = [np.array([kind, 0.0]) for kind in kinds]
    with Watched(sandbox, LAYOUT, {"work.py": WORK.encode()}, {"f": Site("work.py", "f", line=6)}) as student:
        student.operations = []
        if at_once:
            student.foresee("f", [((x,), 1 + i) for i, x in enumerate(problems)])
        found: list[Any] = []
        for i, x in enumerate(problems):
            try:
                reply = student.call("f", x, seed=1 + i)
                found.append((reply.value[:3], reply.changed))
            except (StudentError, StudentTimeout) as error:
                found.append((type(error), str(error), getattr(error, "where", None)))
        return [*found, student.limits, student.notes], student.operations


@pytest.mark.parametrize("kinds", [[1, 2, 1], [1, 8, 2], [1, 2, 7, 3], [1, 9, 2]])
def test_they_are_told_as_if_each_came_alone(sandbox: Sandbox, kinds: list[int]) -> None:
    alone, at_once = (asked(sandbox, kinds, at_once=way) for way in (False, True))
    assert at_once[0] == alone[0]


def test_they_cross_the_wall_once(sandbox: Sandbox) -> None:
    assert asked(sandbox, [1, 8, 2], at_once=True)[1] == ["all"]


def test_each_has_the_time_of_one_call(sandbox: Sandbox) -> None:
    *found, limits, _ = asked(sandbox, [6, 6, 6], at_once=True)[0]
    assert [value[1] for value, _ in found] == [6, 6, 6]
    assert not limits


class Counting(Sandboxed):
    """Counts what is asked at once, also where no answer comes."""

    at_once = 0

    def request(self, message: dict[str, Any], *settings: Any) -> dict[str, Any]:
        self.at_once += message["op"] == "all"
        return super().request(message, *settings)


def test_what_hangs_is_asked_at_once_one_time_and_that_is_charged(sandbox: Sandbox) -> None:
    with Counting(sandbox, LAYOUT, {"work.py": WORK.encode()}, {"f": Site("work.py", "f")}) as student:
        for _ in range(3):
            student.foresee("f", [((np.array([9.0]),), 1)])
        assert student.at_once == 1
        assert student._calls.spent_s >= sandbox.limits.call_s


def test_what_is_noted_is_kept_though_the_answers_are_dropped(sandbox: Sandbox) -> None:
    work = b"import numpy as np\n\ndef f(x):\n    return float(np.float(x[0]))\n"
    with Sandboxed(sandbox, LAYOUT, {"work.py": work}, {"f": Site("work.py", "f")}) as student:
        student.foresee("f", [((np.array([1.0]),), 1), ((np.array([2.0]),), 2)])
        student.call("f", np.array([3.0]), seed=7)
        assert any("np.float" in note for note in student.notes)


def test_after_anything_else_they_are_asked_again(sandbox: Sandbox) -> None:
    one, other = np.array([1.0]), np.array([2.0])
    with Sandboxed(sandbox, LAYOUT, {"work.py": WORK.encode()}, {"f": Site("work.py", "f")}) as student:
        student.foresee("f", [((one,), 1), ((one,), 2)])
        call = functools.partial(student.call, "f")
        assert [call(x, seed=2).value[0] for x in (other, one)] == [3, 4]


def test_a_forged_number_of_answers_counts_for_nothing(sandbox: Sandbox) -> None:
    bench = "sys.modules['wall.worker'].Workbench"
    work = f"import sys\n\ndef f(x):\n    {bench}.do_all = lambda *a: {{'value': [{{}}]}}\n    return 1.0"
    with Sandboxed(sandbox, LAYOUT, {"work.py": work.encode()}, {"f": Site("work.py", "f")}) as student:
        x = np.array([1.0])
        student.call("f", x)
        student.foresee("f", [((x,), 1), ((x,), 2)])
        assert student.call("f", x, seed=1).value == 1.0
