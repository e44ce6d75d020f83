"""What a diagnosis says about a function."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from typing import Literal

from grader.diagnosis import statements
from grader.diagnosis.catalogue import Catalogue
from grader.diagnosis.search import EXACT, ROUNDED

__all__ = ["STRICTNESS", "Outcome"]

#: How closely a set of mistakes must fit, and how many it may then have.
STRICTNESS = ((EXACT, 3), (ROUNDED, 2))

Status = Literal["right", "explained", "partly", "ambiguous", "unexplained"]


@dataclass(frozen=True)
class Outcome:
    """What a function's results say about it. `partly`: mistakes are proved, and something else is wrong.

    mistakes: the proved ids, sorted; slots: for each the parts that it makes wrong (`data_loss`, …);
    explanations: for each a sentence of fact; remedies: what to do, where that is not the catalogue's;
    places: the parameters of a net where it is; residual: the largest relative difference between what the
    mistakes would give and what came back; convention: 1 (reg·ΣW²), 0.5 (½·reg·ΣW²) or None when unknown;
    candidates: sets of ids that fit equally well; statement: one true sentence about the function, and
    open: what it says of that which no mistake explains.
    """

    status: Status
    statement: str
    mistakes: tuple[str, ...] = ()
    slots: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    explanations: Mapping[str, str] = field(default_factory=dict)
    remedies: Mapping[str, str] = field(default_factory=dict)
    places: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    residual: float | None = None
    convention: float | None = None
    candidates: tuple[tuple[str, ...], ...] = ()
    open: str = ""

    @classmethod
    def ambiguous(cls, sets: Sequence[tuple[str, ...]]) -> Outcome:
        """Several sets of mistakes fit."""
        candidates = tuple(sorted(sets))
        return cls("ambiguous", statements.ambiguous(candidates), candidates=candidates)

    def sparing(self, passed: Set[str]) -> Outcome:
        """The outcome without what it says of parts that checks found right."""
        left = {m: tuple(part for part in parts if part not in passed) for m, parts in self.slots.items()}
        told = tuple(m for m in self.mistakes if left.get(m) or not self.slots.get(m))
        return replace(self, mistakes=told, slots={m: left[m] for m in told if m in left})

    def with_mistakes(
        self,
        catalogue: Catalogue,
        mistakes: Sequence[str],
        facts: Mapping[str, str] = {},
        places: Mapping[str, tuple[str, ...]] = {},
    ) -> Outcome:
        """With mistakes that were proved otherwise than by simulation, with facts and places of their own."""
        added = [mistake for mistake in mistakes if mistake not in self.mistakes]
        if not added:
            return self
        said = {**statements.explanations(catalogue, added, self.convention), **facts}
        slots = {mistake: catalogue.slots(mistake) for mistake in added}
        return replace(
            self,
            status=_WITH_MORE.get(self.status, self.status),
            mistakes=tuple(sorted({*self.mistakes, *added})),
            slots={**self.slots, **slots, **places},
            explanations={**self.explanations, **said},
            places={**self.places, **places},
            statement="; ".join(filter(None, [*said.values(), self.statement])),
            open=self.open or self.statement,
        )


_WITH_MORE: Mapping[Status, Status] = {"right": "explained", "unexplained": "partly"}
