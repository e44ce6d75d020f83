"""What a text shows of scores that overflow: they may be shifted, but not by their largest."""

from __future__ import annotations

import dataclasses

from grader.assignment1.catalogue import CATALOGUE
from grader.assignment1.lines.shifts import Kind, Shift, exponential, shift_of
from grader.diagnosis.attribution import Attributed, Attribution, Case
from grader.diagnosis.lines import function_of
from grader.diagnosis.outcome import Outcome
from grader.result import Verdict

__all__ = ["explain_shifts", "with_shift"]

#: What overflowing scores are told as, and what it is when the text shows a shift.
_OVERFLOWING = CATALOGUE.require("softmax-not-shifted", "softmax-shifted-by-something-else")
#: Shown by what is added to all scores alike, which a shift by the largest takes away again.
_NOT_SHIFTED = _OVERFLOWING[0]
_NAMES: dict[Kind, str] = {
    "largest": "softmax-divided-by-zero",
    "sign flipped": "softmax-shift-sign-flipped",
    "something else": "softmax-shifted-by-something-else",
}
CATALOGUE.require(*_NAMES.values())


def explain_shifts(case: Case) -> Attribution:
    """Name the shift in checks that found an overflow themselves."""
    found: dict[str, Attributed] = {}
    for result in case.results:
        mistakes = [mistake for mistake in result.mistakes if mistake in _OVERFLOWING]
        shift = _shift(case, result.role) if mistakes else None
        if shift is not None and (shift.kind != "largest" or _NOT_SHIFTED not in mistakes):
            name = _NAMES[shift.kind]
            named = tuple(name if mistake in mistakes else mistake for mistake in result.mistakes)
            found[result.id] = Attributed(
                # Right for all scores that a training meets before it fails: noted, and no fault.
                verdict=Verdict.PASSED if shift.kind == "largest" else None,
                mistakes=tuple(dict.fromkeys(named)),
                message=_fact(shift),
                help=CATALOGUE[name].remedy,
            )
    return Attribution(checks=found)


def with_shift(case: Case, role: str, outcome: Outcome) -> Outcome:
    """The outcome of a search with the name of the shift that the text shows."""
    overflowing = [mistake for mistake in outcome.mistakes if mistake in _OVERFLOWING]
    shift = _shift(case, role) if overflowing else None
    if shift is None:
        return outcome
    left = tuple(mistake for mistake in outcome.mistakes if mistake not in overflowing)
    if shift.kind == "largest":
        return dataclasses.replace(outcome, mistakes=left)  # it is the mistake in the loss that overflows
    name = _NAMES[shift.kind]
    return dataclasses.replace(outcome, mistakes=left).with_mistakes(CATALOGUE, (name,), {name: _fact(shift)})


def _shift(case: Case, role: str) -> Shift | None:
    """The shift in the text of a role, of a function that it calls, or of the loss layer of its net."""
    for name in (role, "layers.softmax_loss"):
        site = case.student.sites.get(name)
        text = case.source(site.where.file) if site is not None and site.where is not None else None
        function = function_of(site, text) if site is not None and text is not None else None
        parts = [function, *function.helpers()] if function is not None else []
        if reading := [part for part in parts if exponential(part) is not None]:
            return next(filter(None, map(shift_of, reading)), None)
    return None


def _fact(shift: Shift) -> str:
    if shift.kind == "largest":
        return CATALOGUE["softmax-divided-by-zero"].fact
    if shift.kind == "sign flipped":
        return f"`{shift.by}` is added to the scores before the exponential, where it is to be subtracted"
    return f"the scores are shifted by `{shift.by}`, not by each example's largest"
