"""The search for the fewest edits after which a function is right: one, then several.

Effort is counted in candidates, each at what one costs by its size, never by the clock: equal work gives
equal results on every machine.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from grader.diagnosis.mending.measures import Judged, conventions_of, judge
from grader.diagnosis.mending.operators import Operator
from grader.diagnosis.mending.scenes import Floats, Mendable
from grader.diagnosis.mending.singles import NOTHING, Singles, idle_lines, touched, untried
from grader.diagnosis.mending.workshop import RAISED, RAN, Chain, NoMend, Tried, Workshop

__all__ = ["Candidate", "Search"]

_MOST_CROSSED, _MOST_SOLVERS, _MOST_PARTLY = 4000, 150, 60
_MOST_EDITS_AT_ONCE = 4
#: A first edit has to bring the results nearer than this to be followed by a second.
_LEAST_GAIN = 0.02


@dataclass(frozen=True)
class Candidate:
    """A chain of edits: the operator and line of each. `exact`: right to the last digits."""

    chain: Chain
    operators: tuple[int, ...]
    lines: tuple[int, ...]
    exact: bool


class Search:
    """The search of one role in one way. `tried` counts candidates; `spent` is their effort in seconds."""

    def __init__(
        self, workshop: Workshop, mendable: Mendable, operators: Sequence[Operator], budget_s: float
    ) -> None:
        """`budget_s`: effort for several edits at once; single ones are always tried."""
        self.workshop, self.mendable, self.operators = workshop, mendable, operators
        self.budget_s = budget_s
        self.tried, self.spent, self.several_from_s = 0, 0.0, 0.0
        self.scene = mendable.scenes[0]
        self.conventions = list(map(conventions_of, mendable.scenes, workshop.opened.bases))

    def candidates(self) -> Iterator[list[Candidate]]:
        """The right candidates with the fewest edits; of single ones those of the plainest kinds first.

        Raises:
            NoMend: the function is right in these scenes, or cannot be run.
        """
        if all(self._judge(b[None], n).right.all() for n, b in enumerate(self.workshop.opened.bases)):
            raise NoMend("it is right in these scenes")
        found, singles = False, None
        for singles, new in self._tiers():
            confirmed = self._meant(self._right_ones(singles, new), singles)
            if confirmed:
                found = True
                yield confirmed
        if found or singles is None:
            return
        self.several_from_s = self.spent
        for stage in (self._crossed, self._best_first, self._same_line):
            confirmed = self._meant(stage(singles), singles)
            if confirmed:
                yield confirmed
                return

    def _judge(self, rows: Floats, number: int = 0) -> Judged:
        """By the convention under which a candidate does best."""
        scene = self.mendable.scenes[number]
        each = [judge(scene, rows, c) for c in self.conventions[number]]
        worth = np.stack([j.right.sum(1) - j.far.sum(1) / 100 for j in each])
        best = worth.argmax(axis=0)
        pick = np.arange(len(rows))
        chosen = (np.stack([getattr(j, n) for j in each])[best, pick] for n in ("right", "exact", "far"))
        return Judged(*chosen)

    def _run(self, chain: Chain, picks: NDArray[np.int32], number: int = 0) -> Tried:
        self.tried += len(picks) if number == 0 else 0
        self.spent += len(picks) * self.workshop.opened.effort
        return self.workshop.run(chain, picks, number)

    def _tiers(self) -> Iterator[tuple[Singles, NDArray[np.int32]]]:
        """What is known of the single edits when the next plainest have been tried, and which those are.

        Edits of what does not run are not tried, nor, once the plainest show it, those of lines without a
        part in what is wrong. Lines that may be missing behind them still are, and moves across the edge of
        a loop.
        """
        opened = self.workshop.opened
        plain = np.array([self._plainness(row) for row in opened.edits.rows])
        kept = np.array([_outlasts(self.operators[row]) for row in opened.edits.rows], np.bool_)
        left, idle = opened.live.copy(), None
        base = self._judge(opened.bases[0][None])
        known = untried(opened, base)
        for plainness in sorted({*plain.tolist()}):
            new = np.flatnonzero(left & (plain == plainness)).astype(np.int32)
            known.enter(new, got := self._run((), new[:, None]), self._judge(got.rows))
            yield known, new
            if idle is None:
                idle = np.array(sorted(idle_lines(known, new)), np.int32)
                left &= kept | ~np.isin(opened.edits.at, idle)

    def _meant(self, chains: Sequence[Chain], singles: Singles) -> list[Candidate]:
        """Those that are right in all scenes, and not only by going around what is wrong."""
        return [one for one in self._confirmed(chains) if not self._goes_around(one, singles)]

    def _goes_around(self, candidate: Candidate, singles: Singles) -> bool:
        """Whether a line that is put in leaves without effect one of the student's that had one.

        That was meant to have it: what is wrong is there, and nothing is missing.
        """
        operators, opened = self.operators, singles.opened
        put_in = any(operators[o].tell == "topic" for o in candidate.operators)
        if not put_in or len(candidate.chain) > 1 or opened.statuses[0] == RAISED:
            return False
        deleting = np.array([operators[row].structure == "delete" for row in opened.edits.rows])
        acting = np.flatnonzero(deleting & (singles.changed | (singles.tried.status == RAISED)))
        picks = np.array([(*candidate.chain[0], k) for k in (-1, *acting)], np.int32)
        tried = self._run((), picks)
        same = np.isclose(tried.rows[1:], tried.rows[0], 1e-9, 1e-12, equal_nan=True).all(axis=1)
        return bool(np.any(same & (tried.status[1:] == RAN)))

    def _right_ones(self, singles: Singles, among: NDArray[np.int32]) -> list[Chain]:
        good = singles.judged.right[among].all(axis=1) & (singles.tried.status[among] == RAN)
        return [((int(i),),) for i in among[good]]

    def _plainness(self, row: int) -> int:
        return self.operators[row].plainness

    def _order(self, singles: Singles) -> list[int]:
        """Edits that change something, those that gain most first, then the plainest."""
        plain = [self._plainness(row) for row in singles.opened.edits.rows]
        order = np.lexsort(np.stack([np.array(plain, np.float64), -np.round(singles.gain, 6)]))
        return [int(i) for i in order if singles.changed[i]]

    def _crossed(self, singles: Singles) -> list[Chain]:
        """Independent edits together: each sets another output right."""
        right, base = singles.judged.right, singles.base.right[0]
        solvers = [i for i in self._order(singles) if (right[i] & ~base).any()][:_MOST_SOLVERS]
        sets = list(_covers(right, base, solvers))
        sets += [
            [a, b]
            for k, a in enumerate(solvers)
            for b in solvers[k + 1 :]
            if (right[a] | right[b] | base).all()
        ]
        sets = sets[:_MOST_CROSSED]
        picks = np.full((len(sets), _MOST_EDITS_AT_ONCE), -1, np.int32)
        for i, chosen in enumerate(sets):
            picks[i, : len(chosen)] = chosen
        good = self._all_right((), picks)
        fewest = min((len(sets[i]) for i in good), default=0)
        return [(tuple(sets[i]),) for i in good if len(sets[i]) == fewest]

    def _all_right(self, chain: Chain, picks: NDArray[np.int32]) -> list[int]:
        tried = self._run(chain, picks)
        return [
            int(i) for i in np.flatnonzero(self._judge(tried.rows).right.all(axis=1) & (tried.status == RAN))
        ]

    def _best_first(self, singles: Singles) -> list[Chain]:
        """A second edit at another line, beside each that brings the results nearer."""
        by_line = touched(singles)
        seconds = self._unique(singles, singles.tried.status == RAN, self._order(singles))
        for first in self._unique(singles, singles.gain > _LEAST_GAIN, self._order(singles)):
            lines = self._second_lines(singles, first, by_line)
            beside = [
                k
                for k in seconds
                if k != first and (lines is None or int(singles.opened.edits.at[k]) in lines)
            ]
            picks = np.array([(first, k) for k in beside[: self._left(0.6)]], np.int32).reshape(-1, 2)
            hits = self._all_right((), picks)
            if hits or not len(picks):
                return [(tuple(picks[i].tolist()),) for i in hits]
        return []

    def _same_line(self, singles: Singles) -> list[Chain]:
        """Two edits of one line, none of which puts another in; lines whose edits matter come first."""
        best: dict[int, float] = {}
        for i in np.flatnonzero(singles.changed):
            line = int(singles.opened.edits.at[i])
            best[line] = max(best.get(line, NOTHING), float(singles.gain[i]))
        put_in = np.array([bool(operator.insert) for operator in self.operators])
        kept = (singles.gain > -2) & ~put_in[singles.opened.edits.rows]
        firsts = self._unique(singles, kept, self._order(singles))
        for line in sorted(best, key=lambda line: (-best[line], line)):
            for first in [i for i in firsts if singles.opened.edits.at[i] == line]:
                edits = self.workshop.listed(((first,),))
                picks = np.flatnonzero(~put_in[edits.rows]).astype(np.int32)[: self._left(1.0), None]
                hits = self._all_right(((first,),), picks)
                if hits or not len(picks):
                    return [((first,), (int(picks[k, 0]),)) for k in hits]
        return []

    def _left(self, share: float) -> int:
        """How many candidates that share of the budget still allows."""
        spent = self.spent - self.several_from_s
        return max(0, int((self.budget_s * share - spent) / self.workshop.opened.effort))

    def _unique(self, singles: Singles, kept: NDArray[np.bool_], order: Sequence[int]) -> list[int]:
        """Of edits with equal results the first in the order."""
        unique: dict[bytes, int] = {}
        rounded = np.round(singles.tried.rows, 9)
        for i in order:
            raised = singles.tried.status[i] == RAISED
            if kept[i]:
                unique.setdefault(bytes(str(i), "ascii") if raised else rounded[i].tobytes(), i)
        return list(unique.values())

    def _second_lines(
        self, singles: Singles, first: int, by_line: dict[int, NDArray[np.bool_]]
    ) -> set[int] | None:
        """The lines that can change what is still wrong; None for any, where that was not seen."""
        if np.isnan(singles.opened.bases[0]).all():
            return None
        wrong = ~singles.judged.right[first]
        return {line for line, moved in by_line.items() if (moved & wrong).any()}

    def _confirmed(self, chains: Sequence[Chain]) -> list[Candidate]:
        """Those that are right in the other scenes as well."""
        kept = dict.fromkeys(chains, True)
        for number in range(1, len(self.mendable.scenes)):
            rights = self._rights(list(kept), number)
            kept = {chain: exact and kept[chain] for chain, (right, exact) in rights.items() if right}
        return [self._described(chain, exact) for chain, exact in kept.items()]

    def _rights(self, chains: Sequence[Chain], number: int) -> dict[Chain, tuple[bool, bool]]:
        """Whether each is right in another scene, and exactly."""
        found: dict[Chain, tuple[bool, bool]] = {}
        for before, group in itertools.groupby(sorted(chains, key=lambda c: c[:-1]), key=lambda c: c[:-1]):
            members = list(group)
            width = max(len(chain[-1]) for chain in members)
            picks = np.full((len(members), width), -1, np.int32)
            for i, chain in enumerate(members):
                picks[i, : len(chain[-1])] = chain[-1]
            tried = self._run(before, picks, number)
            judged, ran = self._judge(tried.rows, number), tried.status == RAN
            right = (judged.right.all(axis=1) & ran).tolist()
            exact = np.atleast_1d(judged.exact.all(axis=1)).tolist()
            found |= {c: (bool(right[i]), bool(exact[i])) for i, c in enumerate(members)}
        return {chain: found[chain] for chain in chains}

    def _described(self, chain: Chain, exact: bool) -> Candidate:
        listed = [
            self.workshop.opened.edits if not level else self.workshop.listed(chain[:level])
            for level in range(len(chain))
        ]
        pairs = [(edits, k) for edits, level in zip(listed, chain, strict=True) for k in level]
        rows, lines = (tuple(int(getattr(e, name)[k]) for e, k in pairs) for name in ("rows", "at"))
        return Candidate(chain, rows, lines, exact)


def _outlasts(operator: Operator) -> bool:
    """Whether it is tried also at lines whose other edits are of no use."""
    return operator.tell == "topic" or operator.structure in ("move-in", "move-out")


def _covers(right: NDArray[np.bool_], base: NDArray[np.bool_], solvers: Sequence[int]) -> Iterator[list[int]]:
    """Three or four edits: for each wrong output the best that set it right and spoil nothing."""
    safe = [i for i in solvers if not (base & ~right[i]).any()]

    def extend(chosen: list[int], good: NDArray[np.bool_]) -> Iterator[list[int]]:
        if good.all():
            yield from [chosen] if len(chosen) > 2 else []
        elif len(chosen) < _MOST_EDITS_AT_ONCE:
            first = int(np.flatnonzero(~good)[0])
            for i in [i for i in safe if right[i, first] and i not in chosen][:4]:
                yield from extend([*chosen, i], good | right[i])

    yield from extend([], base)
