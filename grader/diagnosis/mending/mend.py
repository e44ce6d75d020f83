"""Mend one role: search, choose, and put to the proof."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from grader.diagnosis.mending.choice import Chosen, Verdicts, Verify, choose
from grader.diagnosis.mending.operators import Operator
from grader.diagnosis.mending.scenes import Mendable
from grader.diagnosis.mending.search import Search
from grader.diagnosis.mending.workshop import RAISED, Hopeless, NoMend, TooSlow, Workshop
from grader.sandbox.host import WorkerFailure
from grader.student.sandboxed import Sandboxed

__all__ = ["Mended", "mend_role"]


@dataclass(frozen=True)
class Mended:
    """What mending a role came to. `tried` counts candidates, `spent_s` their effort.

    `hopeless`: nothing else of the same work should be tried.
    """

    chosen: Chosen | None
    tried: int
    spent_s: float
    reason: str = ""
    hopeless: bool = False


def mend_role(
    student: Sandboxed,
    mendables: Sequence[Mendable],
    operators: Sequence[Operator],
    roles: Sequence[str],
    verify: Verify,
    before: Verdicts,
    budget_s: float,
) -> Mended:
    """The first of the ways to mend a role that leads to a mend.

    Args:
        mendables: ways to try it, with other problems or other functions to be edited.
        roles: names of functions that are roles themselves.
        before: the verdicts of the role's checks as they are.
        budget_s: effort for several edits at once.
    """
    tried, spent, raised = 0, 0.0, 0
    reason, hopeless = "nothing is known of how to mend it", False
    for mendable in mendables:
        opened = functools.partial(Workshop, student.another, mendable, operators, roles)
        try:
            with opened(raised) as workshop:
                if workshop.opened.statuses[0] == RAISED:
                    raised = workshop.opened.raised[0]
                search = Search(workshop, mendable, operators, budget_s)
                try:
                    chosen = _first_that_holds(search, verify, before, opened)
                finally:
                    tried, spent = tried + search.tried, spent + search.spent
                if chosen is not None:
                    return Mended(chosen, tried, spent)
                reason = "no few edits make it right"
                if RAISED not in workshop.opened.statuses or workshop.opened.lacks_name:
                    break  # other sizes would show nothing else
        except (NoMend, WorkerFailure) as why:
            reason, hopeless = str(why), isinstance(why, Hopeless)
            if hopeless or isinstance(why, TooSlow):
                break
    return Mended(None, tried, spent, reason, hopeless)


def _first_that_holds(
    search: Search, verify: Verify, before: Verdicts, reopen: Callable[[], Workshop]
) -> Chosen | None:
    """The plainest mend with which all checks of the role pass, else that with which most do.

    Raises:
        NoMend: what was found does not hold on fresh problems, or the best are at odds.
    """
    best, refuted = None, False
    for candidates in search.candidates():
        chosen = choose(
            search.workshop, search.mendable, search.operators, candidates, verify, before, reopen
        )
        refuted |= chosen is None
        best = max(best, chosen, key=lambda one: (len(one.held), one.exact) if one else (-1, False))
        if best is not None and best.exact and len(best.held) == len(before):
            return best
    if best is None and refuted:
        raise NoMend("no candidate holds on fresh problems")
    return best
