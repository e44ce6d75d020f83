"""Whether a loop of Python's runs over the examples: by the steps that the student's code counts, and beside
them by a witness from outside, the kernel's account of the time that the same call takes on the processor.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

import numpy as np

from grader.checking.expect import Expect
from grader.student.calls import StepCount, Student

__all__ = ["WITNESSED", "expect_no_loop", "processor_s", "sizes", "tell_contradiction"]

#: Numbers of examples for the witness: sixteen times as many.
WITNESSED = (400, 6400)
#: How many times the reference's time an example more may take; NumPy's slowest ways take 6 times as much.
TIMES = 15.0
#: Seconds that are too few to tell from chance.
LEAST_S = 0.004


def sizes(rng: np.random.Generator) -> tuple[int, int]:
    """Few examples and twice as many: more than there are classes, or pairs of them, or weights."""
    few = int(rng.integers(400, 500))
    return few, 2 * few


def expect_no_loop(
    expect: Expect, kind: str, numbers: tuple[int, int], steps: Sequence[StepCount], help: str
) -> bool:
    """The steps do not grow with the number of examples of this kind, and all are counted.

    Nor are there as many as examples, wherever else these would come from.
    """
    few, many = (one.made for one in steps)
    uncounted = any(one.uncounted for one in steps)
    expect.true(
        not uncounted,
        "code is built while it runs (by exec, eval or compile), and its steps cannot be counted",
        help="write the work down as it is",
    )
    grown = (many - few) / (numbers[1] - numbers[0])
    fact = f"{few} steps of Python were made for {numbers[0]} {kind} and {many} for {numbers[1]}"
    return (
        expect.true(
            grown < 0.5 and few < numbers[0],
            f"{fact}: a loop runs over them",
            what=f"steps of Python per additional {kind.removesuffix('s')}",
            measured=round(grown, 3),
            expected=0.0,
            help=help,
            mistake="not-vectorized",
        )
        and not uncounted
    )


def processor_s(work: Callable[[], object]) -> float:
    """The least time on the processor, of three, that something takes here."""
    seconds = []
    for _ in range(3):
        began = time.process_time()
        work()
        seconds.append(time.process_time() - began)
    return min(seconds)


def tell_contradiction(
    student: Student, role: str, steps: Sequence[StepCount], reference_s: Sequence[float]
) -> None:
    """Note where no step more is counted, but the time grows as that of a loop does."""
    spent = [one.cpu_s for one in steps if one.cpu_s is not None]
    if len(spent) < len(steps):
        return
    grown, right = spent[-1] - spent[0], max(reference_s[-1] - reference_s[0], 1e-5)
    if grown > max(LEAST_S, TIMES * right):
        student.note(
            f"`{student.site(role).label}` makes no more steps for {WITNESSED[1]} examples than for "
            f"{WITNESSED[0]}, but takes {1000 * grown:.0f} ms more, {grown / right:.0f} times what the "
            "reference does: a person may look what it does for each example, or for each pair of them"
        )
