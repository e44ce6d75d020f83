"""Which of several right mends is told, and where: the plainest that its role's own checks confirm."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from grader.diagnosis.mending.operators import Operator
from grader.diagnosis.mending.scenes import Mendable
from grader.diagnosis.mending.search import Candidate
from grader.diagnosis.mending.workshop import NoMend, Workshop
from grader.result import Verdict
from grader.student.sandboxed import Sandboxed

__all__ = ["Chosen", "Verdicts", "Verify", "choose"]

#: The verdict of each check of a role.
Verdicts = Mapping[str, Verdict]
#: Runs the checks of the role on fresh problems with a submission.
Verify = Callable[[Sandboxed], Verdicts]

#: So many are described, and so many put to the test.
_MOST_TOLD, _MOST_TESTED, _MOST_OF_A_SORT = 60, 8, 2
_LATE = 3


@dataclass(frozen=True)
class Chosen:
    """The mend that is told. `lines` has one for each edit; `or_line` is where a mend as good would be.

    `change` is the text of it, as the worker tells; `held` the checks that pass with it on fresh problems;
    `exact`: right to the last digits.
    """

    operators: tuple[Operator, ...]
    lines: tuple[int, ...]
    or_line: int | None
    change: tuple[str, ...]
    held: tuple[str, ...]
    exact: bool


@dataclass(frozen=True)
class _Ranked:
    candidate: Candidate
    rank: tuple[bool, int, int, bool, int]
    change: tuple[str, ...]


def choose(
    workshop: Workshop,
    mendable: Mendable,
    operators: Sequence[Operator],
    candidates: Sequence[Candidate],
    verify: Verify,
    before: Verdicts,
    reopen: Callable[[], Workshop],
) -> Chosen | None:
    """The plainest candidate that holds on fresh problems; None where none does.

    Args:
        before: the verdicts of the role's checks without a mend.
        reopen: a workshop in a fresh worker.

    Raises:
        NoMend: the best are at odds about line and kind.
    """
    ranked = _ranked(workshop, operators, candidates, mendable)
    held = _held(ranked, mendable, verify, before, reopen)
    if not held:
        return None
    best = max(held, key=lambda number: (len(held[number]), -number))
    chosen = ranked[best]
    equal = [one.candidate for one in ranked if one.rank == chosen.rank]
    kinds = {tuple(operators[o].id for o in one.operators) for one in equal}
    others = sorted({line for one in equal for line in one.lines} - set(chosen.candidate.lines))
    if len(others) > 1 and len(kinds) > 1:
        raise NoMend("the plainest are at odds about the line and the kind")
    return Chosen(
        tuple(operators[o] for o in chosen.candidate.operators),
        chosen.candidate.lines,
        others[0] if others else None,
        chosen.change,
        held[best],
        chosen.candidate.exact,
    )


def _held(
    ranked: Sequence[_Ranked],
    mendable: Mendable,
    verify: Verify,
    before: Verdicts,
    reopen: Callable[[], Workshop],
) -> dict[int, tuple[str, ...]]:
    """The checks that pass with each that holds; none is tried after one with which all pass."""
    held: dict[int, tuple[str, ...]] = {}
    for number in _to_be_tested(ranked):
        passed = _tested(ranked[number].candidate, mendable, verify, before, reopen)
        if passed is not None:
            held[number] = passed
            if len(passed) == len(before):
                break
    return held


def _to_be_tested(ranked: Sequence[_Ranked]) -> list[int]:
    """The first few of the ranking, and few of one sort at one line."""
    chosen: list[int] = []
    counts: Counter[tuple[tuple[int, ...], tuple[int, ...]]] = Counter()
    for number, one in enumerate(ranked):
        sort = (one.candidate.operators, one.candidate.lines)
        counts[sort] += 1
        if counts[sort] <= _MOST_OF_A_SORT:
            chosen.append(number)
    return chosen[:_MOST_TESTED]


def _ranked(
    workshop: Workshop, operators: Sequence[Operator], candidates: Sequence[Candidate], mendable: Mendable
) -> list[_Ranked]:
    """Exact ones first, then fewest edits, then the plainest, then those in the role's own function, then
    the smallest."""

    def plainness(candidate: Candidate) -> int:
        return sum(operators[o].plainness for o in candidate.operators)

    kept = sorted(candidates, key=lambda c: (not c.exact, len(c.lines), plainness(c), c.chain))[:_MOST_TOLD]
    told = workshop.tell([candidate.chain for candidate in kept])
    ranked = [
        _Ranked(
            c,
            (not c.exact, len(c.lines), _plain(plainness(c), change), _elsewhere(c, mendable), size),
            tuple(change),
        )
        for c, (change, size) in zip(kept, told, strict=True)
    ]
    # Of places where a line may be missing the last: there all is computed that it may need.
    return sorted(
        ranked,
        key=lambda one: (
            one.rank,
            [
                -line if operators[o].tell == "topic" else line
                for o, line in zip(one.candidate.operators, one.candidate.lines, strict=True)
            ],
            one.candidate.chain,
        ),
    )


def _elsewhere(candidate: Candidate, mendable: Mendable) -> bool:
    """Whether it is in another function that the role has beside its own, as a backward pass its forward."""
    own, *others = [site.line or 0 for site in mendable.functions]
    begun = [max((b for b in (own, *others) if b <= line), default=own) for line in candidate.lines]
    return any(begin != own for begin in begun)


def _plain(plainness: int, change: Sequence[str]) -> int:
    """What is done to a result as it is returned only makes good for what went wrong before."""
    late = plainness > 0 and any(line[1:].strip().startswith("return") for line in change)
    return plainness + (_LATE if late else 0)


def _tested(
    candidate: Candidate,
    mendable: Mendable,
    verify: Verify,
    before: Verdicts,
    reopen: Callable[[], Workshop],
) -> tuple[str, ...] | None:
    """The checks that pass with the candidate in a fresh worker; None when it does not hold there."""
    with reopen() as workshop:
        rows, lines, dead = workshop.install(candidate.chain)
        if tuple(rows) != candidate.operators or tuple(lines) != candidate.lines:
            return None  # another worker tells another story
        if set(dead) - set(candidate.lines):
            return None
        after = verify(workshop.student)
    passed = tuple(check for check, verdict in after.items() if verdict is Verdict.PASSED)
    asked = [
        c for c, v in before.items() if v is Verdict.PASSED or c.rpartition(".")[2] not in mendable.aside
    ]
    return passed if all(check in passed for check in asked) else None
