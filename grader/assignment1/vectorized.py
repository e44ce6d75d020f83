"""Whether a loop of Python's runs over the examples: by the steps that the student's code counts, and beside
them by a witness from outside, the kernel's account of the time that the same call takes on the processor.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence

import numpy as np

from grader.checking.expect import Expect
from grader.student.calls import StepCount, Student

__all__ = ["WITNESSED", "expect_no_hidden_loop", "expect_no_loop", "processor_s", "sizes"]

UNTIL_LOOKED_AT = "it earns nothing until a person has looked"

#: Numbers of examples for the witness: sixteen times as many.
WITNESSED = (400, 6400)
#: How many times the reference's time an example more may take; NumPy's slowest ways take 6 times as much.
TIMES = 15.0
#: Where the code could have changed the count itself, which right work has no use for.
TIMES_IF_IT_REACHES = 6.0
#: Seconds that are too few to tell from chance.
LEAST_S = 0.004
#: From where it is no matter of how NumPy is used: 8 µs an example. `np.vstack` loops itself, in 2.
FAR_TIMES, FAR_S = 100.0, 0.05
HELP = "write it with operations on whole arrays; where it is, your course's staff can grant the points"


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


def expect_no_hidden_loop(
    expect: Expect,
    student: Student,
    role: str,
    kind: str,
    take: Callable[[int], StepCount],
    reference_s: Sequence[float],
) -> None:
    """No step more is counted; nor does the time on the processor grow as that of a loop does.

    Where it grows by a little too much, that is only noted. What grows as far as no operation on whole arrays
    does, in every one of three takes and in proportion to the examples, fails. So does what takes a little
    too long in every take where the code could have changed the count.

    Args:
        kind: what the examples are called.
        take: the call with so many examples; each number is taken once, so that nothing kept is of use.
        reference_s: seconds that the reference takes for `WITNESSED`.
    """
    steps = [take(count) for count in WITNESSED]
    if not expect_no_loop(expect, kind, WITNESSED, steps, HELP):
        return
    few_s, many_s = (one.cpu_s for one in steps)
    if few_s is None or many_s is None:
        return
    asked = len(expect.evidence)
    _expect_time_of_no_loop(
        expect, student, f"`{student.site(role).label}`", kind, take, (few_s, many_s), reference_s
    )
    if not expect.failed:
        del expect.evidence[asked:]  # whether more was asked hangs on chance


def _expect_time_of_no_loop(
    expect: Expect,
    student: Student,
    label: str,
    kind: str,
    take: Callable[[int], StepCount],
    spent_s: tuple[float, float],
    reference_s: Sequence[float],
) -> None:
    (few_s, many_s), right = spent_s, max(reference_s[-1] - reference_s[0], 1e-5)
    far_s = max(FAR_S, FAR_TIMES * right)
    more = "far more of the processor's time"  # without figures, which are others in every run
    said = f"makes no more steps for {WITNESSED[1]} {kind} than for {WITNESSED[0]}, but takes {more}"
    if many_s - few_s > far_s and _is_far_again(take, far_s):
        expect.fail(f"it {said}, as a loop over them does: {UNTIL_LOOKED_AT}", help=HELP)
    elif _is_slow_and_reaches(student, take, few_s + many_s, sum(reference_s)):
        why = "than the reference, and its code could change the count of its steps"
        expect.fail(f"it takes {more} {why}: {UNTIL_LOOKED_AT}", help=HELP)
    elif many_s - few_s > (most_s := max(LEAST_S, TIMES * right)) and _is_slow_again(take, most_s, (6, 7)):
        for_each = "a person may look what it does for each example, or for each pair of them"
        student.note(f"{label} {said}, and more than the reference: {for_each}")
    elif few_s > far_s:
        also = f"than the reference, for {WITNESSED[0]} {kind} already: a person may look what it does there"
        student.note(f"{label} takes {more} {also}")


def _is_slow_and_reaches(
    student: Student, take: Callable[[int], StepCount], spent_s: float, right_s: float
) -> bool:
    """Whether both calls take too long and code could have hidden why."""
    most_s = max(LEAST_S, TIMES_IF_IT_REACHES * right_s)
    return spent_s > most_s and student.could_reach_its_process() and _is_slow_again(take, most_s, (4, 5))


def _is_slow_again(take: Callable[[int], StepCount], most_s: float, more: tuple[int, int]) -> bool:
    """Whether others, and a few `more`, take longer in each of two takes: what is only chance does not."""
    again = (take(WITNESSED[1] + i).cpu_s for i in more)
    return all(one is not None and one > most_s for one in again)


def _is_far_again(take: Callable[[int], StepCount], far_s: float) -> bool:
    """Whether other examples take as long, and no operation on all pairs of them does."""
    few, many = WITNESSED
    middle = 4 * few
    again = [_grown_s(take, few + i, many + i) for i in (1, 2)]
    # The less of two takes, because what else the machine does only adds.
    first = min(_grown_s(take, few + i, middle + i) for i in (3, 4))
    second = min(_grown_s(take, middle + i, many + 2 + i) for i in (1, 6))
    # Of what grows in proportion the second takes 4 times as long, of pairs 16 times.
    return second <= 8 * first and all(one > far_s for one in again)


def _grown_s(take: Callable[[int], StepCount], few: int, many: int) -> float:
    """Seconds of the processor that more examples take; NaN, which exceeds nothing, where nobody can tell."""
    spent = [take(count).cpu_s for count in (few, many)]
    return math.nan if spent[0] is None or spent[1] is None else spent[1] - spent[0]
