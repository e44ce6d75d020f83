"""What a notebook's search for hyperparameters left: `results` and `best_val`; `k_to_accuracies`."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import msgspec

from grader.student.answers import BadResult, as_numbers, describe, numbers
from grader.student.calls import StudentMissing

__all__ = ["Search", "folds_left", "search_left"]


class Search(msgspec.Struct, frozen=True):
    """The validation accuracies that were tried, by their settings, and the one that was kept.

    `tried` is empty where `results` holds something else; `kept` is NaN where the notebook has no `best_val`;
    `ceiling` is the highest training accuracy.
    """

    tried: Mapping[str, float]
    kept: float
    ceiling: float

    @property
    def last(self) -> float:
        """The validation accuracy that was kept last."""
        return list(self.tried.values())[-1]

    @property
    def best(self) -> tuple[str, float]:
        """The settings with the highest validation accuracy, and that."""
        return max(self.tried.items(), key=lambda item: item[1])


def search_left(found: Mapping[str, Any]) -> Search:
    """The search of a linear classifier's notebook, of its values under `results` and `best_val`.

    Raises:
        StudentMissing: nothing was tried.
    """
    if "results" not in found:
        raise StudentMissing("`results` was never set")
    results = found["results"]
    if isinstance(results, dict) and not results:
        raise StudentMissing("`results` is empty: nothing was tried")
    rows = {_named(key): _pair(value) for key, value in results.items()} if isinstance(results, dict) else {}
    pairs = {key: pair for key, pair in rows.items() if pair is not None}
    # What is kept beside accuracies (models, losses) looks like them.
    pairs = pairs if len(pairs) == len(rows) else {}
    kept = numbers(found.get("best_val"))
    return Search(
        {key: validation for key, (_, validation) in pairs.items()},
        float(kept.reshape(-1)[0]) if kept is not None and kept.size == 1 else math.nan,
        max((training for training, _ in pairs.values()), default=math.nan),
    )


def _named(key: Any) -> str:
    """A key in a message; real ones have two or three numbers."""
    return "".join(sign for sign in str(key)[:80] if sign.isprintable())


def _pair(value: Any) -> tuple[float, float] | None:
    """(training, validation) accuracy; some keep the second only."""
    found = numbers(value)
    if found is None or found.size not in (1, 2):
        return None
    flat = found.reshape(-1).astype(float)
    return (math.nan if flat.size == 1 else float(flat[0])), float(flat[-1])


def folds_left(value: Any) -> dict[int, tuple[float, ...]]:
    """k → its accuracies, one a fold, of the k-NN notebook's `k_to_accuracies`.

    Raises:
        StudentMissing: nothing was tried.
        BadResult: something else than numbers is kept for a k.
    """
    if not isinstance(value, dict):
        raise BadResult(
            f"`k_to_accuracies` is {describe(value)}", "keep a list of accuracies, one a fold, for each k"
        )
    if not value:
        raise StudentMissing("`k_to_accuracies` is empty: no k was tried")
    found = {}
    for k, accuracies in value.items():
        kept = as_numbers(accuracies, f"`k_to_accuracies[{_named(k)}]`").reshape(-1)
        if not kept.size:
            raise StudentMissing(f"`k_to_accuracies[{_named(k)}]` is empty: no fold was tried")
        if type(k) is not int:
            raise BadResult(
                f"`k_to_accuracies` has the key {_named(k)}", "its keys are the ks, whole numbers"
            )
        found[k] = tuple(float(accuracy) for accuracy in kept)
    return found
