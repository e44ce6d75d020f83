"""Ask a submission the small problems of a failed check, until its answer is not the right one.

No verdict hangs on it: what raises, gives no numbers, or answers otherwise the next time, has no example.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from grader.checking.check import Setting
from grader.diagnosis.examples.digits import alike, short
from grader.diagnosis.examples.facts import different, right_and_wrong
from grader.diagnosis.examples.posed import Posed, Poser
from grader.result import CheckResult, Example, ExampleRow, QuestionResult, Verdict
from grader.student.answers import BadResult, numbers
from grader.student.calls import StudentError, StudentMissing, StudentTimeout

__all__ = ["NO_ANSWER", "example_of", "with_examples"]

Floats = NDArray[np.float64]
#: What a call that gives no answer raises.
NO_ANSWER = (StudentError, StudentMissing, StudentTimeout, BadResult)


@np.errstate(all="ignore")  # as the checks do
def with_examples(
    question: QuestionResult, posers: Sequence[Poser], subject: Any, setting: Setting
) -> QuestionResult:
    """The question with an example at each failed check that stands by itself, where one is found."""

    def shown(check: CheckResult) -> CheckResult:
        # Whether a repeated mistake follows from the first is a rubric's policy, and no other report.
        follows = check.follows_from is not None and not check.mistakes
        if check.verdict is not Verdict.FAILED or follows:
            return check
        found = (example_of(posed) for poser in posers for posed in _posed(poser, subject, check, setting))
        return msgspec.structs.replace(check, example=next(filter(None, found), None))

    return msgspec.structs.replace(question, checks=tuple(map(shown, question.checks)))


def _posed(poser: Poser, subject: Any, check: CheckResult, setting: Setting) -> Iterator[Posed]:
    with contextlib.suppress(*NO_ANSWER):
        yield from poser(subject, check, setting)


def example_of(posed: Posed) -> Example | None:
    """The problem with the submission's answer, if that is wrong, and the same when asked again."""
    yours = _answer(posed)
    if yours is None:
        return None
    rights = [np.asarray(right, dtype=np.float64) for right in posed.right]
    if rights[0].size == 1 == yours.size:
        yours = yours.reshape(rights[0].shape)
    fits = yours.shape == rights[0].shape
    if fits and any(not different(yours, right).any() for right in rights):
        return None
    again = _answer(posed)
    if again is None or not np.array_equal(again.reshape(-1), yours.reshape(-1), equal_nan=True):
        return None
    return _worked_out(posed, yours, rights[0]) if fits else _of_shapes(posed, yours, rights[0])


def _answer(posed: Posed) -> Floats | None:
    with contextlib.suppress(*NO_ANSWER):
        found = numbers(posed.ask())
        return None if found is None else found.astype(np.float64)
    return None


def _of_shapes(posed: Posed, yours: Floats, right: Floats) -> Example:
    rows = (
        ExampleRow("yours", (str(yours.shape),), "yours", (0,)),
        ExampleRow("expected", (str(right.shape),), "expected"),
    )
    column = f"shape of {posed.about}"
    return Example(about=posed.about, given=tuple(posed.given), columns=(column,), rows=rows)


def _worked_out(posed: Posed, yours: Floats, right: Floats) -> Example:
    """The table with the first wrong row, and what is right and wrong in all of them."""
    length = len(right) if right.ndim > 1 else 1
    yours, right = yours.reshape(length, -1), right.reshape(length, -1)
    wrong = different(yours, right)
    row = int(np.argmax(np.any(wrong, axis=1)))
    fine, bad = right_and_wrong(yours, right, posed)
    texts = alike([yours[row], right[row]], wrong[row])
    before = ("",) * len(posed.columns) if posed.result else ()
    after = ("",) * len(posed.result)
    marks = tuple(len(before) + int(column) for column in np.flatnonzero(wrong[row]))
    return Example(
        about=posed.about,
        given=tuple(posed.given),
        what="" if posed.result else ", ".join([posed.about, *posed.rows[row : row + 1]]),
        columns=(*posed.columns, *posed.result),
        rows=(
            *(
                ExampleRow(label, (*short(np.asarray(values, np.float64)), *after))
                for label, values in posed.beside.items()
            ),
            ExampleRow("yours", (*before, *texts[0]), "yours", marks),
            ExampleRow("expected", (*before, *texts[1]), "expected"),
        ),
        right=fine,
        wrong=bad,
    )
