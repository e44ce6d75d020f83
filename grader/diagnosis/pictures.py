"""Pictures of what a submission does, drawn when all verdicts are known: none hangs on them."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from typing import Any

import msgspec
import numpy as np

from grader.checking.check import Setting
from grader.diagnosis.examples.search import NO_ANSWER
from grader.result import CheckResult, Picture, QuestionResult, SkipReason, Verdict

__all__ = ["Drawer", "with_pictures"]

#: From a question's proxy, a check and its setting: a picture; None where the check is not its matter.
Drawer = Callable[[Any, CheckResult, Setting], Picture | None]


@np.errstate(all="ignore")  # as the checks do
def with_pictures(
    question: QuestionResult, drawers: Sequence[Drawer], subject: Any, setting: Setting
) -> QuestionResult:
    """The question with pictures at the checks that failed, or wait for one that did."""

    def shown(check: CheckResult) -> CheckResult:
        asked = check.verdict is Verdict.FAILED or check.reason is SkipReason.NEEDS
        drawn = [_drawn(drawer, subject, check, setting) for drawer in drawers if asked]
        return msgspec.structs.replace(check, pictures=(*check.pictures, *filter(None, drawn)))

    return msgspec.structs.replace(question, checks=tuple(map(shown, question.checks)))


def _drawn(drawer: Drawer, subject: Any, check: CheckResult, setting: Setting) -> Picture | None:
    with contextlib.suppress(*NO_ANSWER):
        return drawer(subject, check, setting)
    return None
