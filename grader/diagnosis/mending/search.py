"""The search for the fewest edits after which a function is right: one, then several.

Effort is counted in candidates, each at what one costs by its size, never by the clock: equal work gives
equal results on every machine.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from grader.diagnosis.mending.measures import Judged, conventions_of, judge
from grader.diagnosis.mending.operators import Operator
from grader.diagnosis.mending.scenes import Floats, Mendable
from grader.diagnosis.mending.workshop import RAISED, RAN, Chain, Edits, NoMend, Tried, Workshop

__all__ = ["Candidate", "Found", "search"]

_MOST_CROSSED, _MOST_SOLVERS, _MOST_PARTLY = 4000, 150, 60
_MOST_EDITS_AT_ONCE = 4
#: A first edit has to bring the results nearer than this to be followed by a second.
_LEAST_GAIN = 0.02
#: Where nothing can be gained.
_NOTHING = -9.0


@dataclass(frozen=True)
class Candidate:
    """A chain of edits: the operator and line of each. `exact`: right to the last digits."""

    chain: Chain
    operators: tuple[int, ...]
    lines: tuple[int, ...]
    exact: bool


@dataclass
class Found:
    """What the search came to. `tried` counts candidates; `spent` is their effort in seconds."""

    candidates: list[Candidate] = field(default_factory=list)
    tried: int = 0
    spent: float = 0.0


@dataclass(frozen=True)
class _Singles:
    """All single edits, what became of them, and what the unchanged function is worth."""

    edits: Edits
    tried: Tried
    judged: Judged
    base: Judged
    base_row: Floats
    gain: Floats
    changed: NDArray[np.bool_]


def search(workshop: Workshop, mendable: Mendable, operators: Sequence[Operator], budget_s: float) -> Found:
    """The right candidates with the fewest edits.

    Args:
        budget_s: effort for several edits at once; single ones are always tried.

    Raises:
        NoMend: the function is right in these scenes, or cannot be run.
    """
    return _Search(workshop, mendable, operators, budget_s).run()


class _Search:
    def __init__(
        self, workshop: Workshop, mendable: Mendable, operators: Sequence[Operator], budget_s: float
    ) -> None:
        self.workshop, self.mendable, self.operators = workshop, mendable, operators
        self.budget_s = budget_s
        self.found, self.several_from_s = Found(), 0.0
        self.scene = mendable.scenes[0]
        self.conventions = list(map(conventions_of, mendable.scenes, workshop.opened.bases))

    def run(self) -> Found:
        if all(self._judge(b[None], n).right.all() for n, b in enumerate(self.workshop.opened.bases)):
            raise NoMend("it is right in these scenes")
        singles = self._singles()
        for stage in (self._single, self._crossed, self._best_first, self._same_line):
            self.found.candidates = self._confirmed(stage(singles))
            if self.found.candidates:
                break
        return self.found

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
        self.found.tried += len(picks) if number == 0 else 0
        self.found.spent += len(picks) * self.workshop.opened.effort
        return self.workshop.run(chain, picks, number)

    def _singles(self) -> _Singles:
        opened = self.workshop.opened
        tried = self._each()
        self.several_from_s = self.found.spent
        judged, base = self._judge(tried.rows), self._judge(opened.bases[0][None])
        gain = _gains(tried, judged, base, opened.statuses[0], opened.raised[0])
        same = (tried.rows == opened.bases[0]) | (np.isnan(tried.rows) & np.isnan(opened.bases[0]))
        changed = (tried.status == RAN) & ~same.all(axis=1)
        if opened.statuses[0] == RAISED:
            changed |= gain > 0
        return _Singles(opened.edits, tried, judged, base, opened.bases[0], gain, changed)

    def _each(self) -> Tried:
        """What every single edit gives; those of what does not run give what the function gives as it is."""
        opened, count = self.workshop.opened, len(self.workshop.opened.edits.rows)
        status = np.full(count, opened.statuses[0], np.uint8)
        rows, lines = np.tile(opened.bases[0], (count, 1)), np.full(count, opened.raised[0], np.int32)
        live = np.flatnonzero(opened.live).astype(np.int32)
        tried = self._run((), live[:, None])
        status[live], rows[live], lines[live] = tried.status, tried.rows, tried.lines
        return Tried(status, rows, lines)

    def _single(self, singles: _Singles) -> list[Chain]:
        good = np.flatnonzero(singles.judged.right.all(axis=1) & (singles.tried.status == RAN))
        return [((int(i),),) for i in good]

    def _plainness(self, row: int) -> int:
        return self.operators[row].plainness

    def _order(self, singles: _Singles) -> list[int]:
        """Edits that change something, those that gain most first, then the plainest."""
        plain = [self._plainness(row) for row in singles.edits.rows]
        order = np.lexsort(np.stack([np.array(plain, np.float64), -np.round(singles.gain, 6)]))
        return [int(i) for i in order if singles.changed[i]]

    def _crossed(self, singles: _Singles) -> list[Chain]:
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

    def _best_first(self, singles: _Singles) -> list[Chain]:
        """A second edit at another line, beside each that brings the results nearer."""
        touched = _touched(singles)
        seconds = self._unique(singles, singles.tried.status == RAN, self._order(singles))
        for first in self._unique(singles, singles.gain > _LEAST_GAIN, self._order(singles)):
            lines = self._second_lines(singles, first, touched)
            beside = [
                k for k in seconds if k != first and (lines is None or int(singles.edits.at[k]) in lines)
            ]
            picks = np.array([(first, k) for k in beside[: self._left(0.6)]], np.int32).reshape(-1, 2)
            hits = self._all_right((), picks)
            if hits or not len(picks):
                return [(tuple(picks[i].tolist()),) for i in hits]
        return []

    def _same_line(self, singles: _Singles) -> list[Chain]:
        """Two edits of one line, where lines whose edits matter come first."""
        best: dict[int, float] = {}
        for i in np.flatnonzero(singles.changed):
            line = int(singles.edits.at[i])
            best[line] = max(best.get(line, _NOTHING), float(singles.gain[i]))
        firsts = self._unique(singles, singles.gain > -2, self._order(singles))
        for line in sorted(best, key=lambda line: (-best[line], line)):
            for first in [i for i in firsts if singles.edits.at[i] == line]:
                edits = self.workshop.listed(((first,),))
                picks = np.arange(len(edits.rows), dtype=np.int32)[: self._left(1.0), None]
                hits = self._all_right(((first,),), picks)
                if hits or not len(picks):
                    return [((first,), (k,)) for k in hits]
        return []

    def _left(self, share: float) -> int:
        """How many candidates that share of the budget still allows."""
        spent = self.found.spent - self.several_from_s
        return max(0, int((self.budget_s * share - spent) / self.workshop.opened.effort))

    def _unique(self, singles: _Singles, kept: NDArray[np.bool_], order: Sequence[int]) -> list[int]:
        """Of edits with equal results the first in the order."""
        unique: dict[bytes, int] = {}
        for i in order:
            raised = singles.tried.status[i] == RAISED
            key = bytes(str(i), "ascii") if raised else np.round(singles.tried.rows[i], 9).tobytes()
            if kept[i]:
                unique.setdefault(key, i)
        return list(unique.values())

    def _second_lines(
        self, singles: _Singles, first: int, touched: dict[int, NDArray[np.bool_]]
    ) -> set[int] | None:
        """The lines that can change what is still wrong; None for any, where that was not seen."""
        if np.isnan(singles.base_row).all():
            return None
        wrong = ~singles.judged.right[first]
        return {line for line, moved in touched.items() if (moved & wrong).any()}

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


def _gains(tried: Tried, judged: Judged, base: Judged, status: int, raised: int) -> Floats:
    """How much nearer than the unchanged function: outputs set right, less twice those spoilt, and distance.

    Where that raises, to run at all or to raise further down is nearer.
    """
    gained = (judged.right & ~base.right).sum(1) - 2 * (~judged.right & base.right).sum(1)
    nearer: Floats = gained + np.clip(base.far - judged.far, -1, 1).sum(1) / 2
    ran = tried.status == RAN
    if status != RAISED:
        return np.where(ran, nearer, _NOTHING)
    further = np.where((tried.status == RAISED) & (tried.lines > raised), 0.1, _NOTHING)
    return np.where(ran, nearer + 0.2, further)


def _touched(singles: _Singles) -> dict[int, NDArray[np.bool_]]:
    """Which outputs the edits of each line change: where a mutant changes nothing, no mend can be."""
    touched: dict[int, NDArray[np.bool_]] = {}
    for i in np.flatnonzero(singles.changed):
        line = int(singles.edits.at[i])
        moved = (singles.judged.right[i] != singles.base.right[0]) | (
            np.abs(singles.judged.far[i] - singles.base.far[0]) > 1e-12
        )
        touched[line] = touched.get(line, np.zeros_like(moved)) | moved
    return touched


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
