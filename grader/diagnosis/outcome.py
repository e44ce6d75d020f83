"""What a diagnosis says about a function."""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass, field, replace
from typing import Literal

__all__ = ["Outcome", "Status"]

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

    def sparing(self, passed: Set[str]) -> Outcome:
        """The outcome without what it says of parts that checks found right."""
        left = {m: tuple(part for part in parts if part not in passed) for m, parts in self.slots.items()}
        told = tuple(m for m in self.mistakes if left.get(m) or not self.slots.get(m))
        return replace(self, mistakes=told, slots={m: left[m] for m in told if m in left})
