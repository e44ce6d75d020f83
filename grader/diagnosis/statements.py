"""True sentences about a function, in lower case and without blame."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from grader.diagnosis.catalogue import Catalogue, Slot
from grader.diagnosis.parts import Piece

__all__ = ["about", "ambiguous", "and_the_rest", "apart", "explanations", "remedy", "right"]

_PENALTY = {1.0: "reg·ΣW²", 0.5: "½·reg·ΣW²", None: "reg·ΣW²"}
_DERIVATIVE = {1.0: "2·reg·W", 0.5: "reg·W", None: "the derivative of the L2 term"}


def explanations(
    catalogue: Catalogue,
    mistakes: Sequence[str],
    convention: float | None,
    residual: float | None = None,
    coefficients: Mapping[str, float] | None = None,
    derivative: float | None = None,
) -> dict[str, str]:
    """For each mistake its fact; behind the last one that the rest is right, where a `residual` shows it.

    `derivative`: the convention of the gradient, where it is not the loss's.
    """
    words = {
        "penalty": _PENALTY[convention],
        "derivative": _DERIVATIVE[derivative or convention],
        "loss_factor": f"{(coefficients or {}).get('loss', float('nan')):.6g}",
        "gradient_factor": f"{(coefficients or {}).get('gradient', float('nan')):.6g}",
    }
    facts = {mistake: catalogue[mistake].fact.format(**words) for mistake in mistakes}
    return facts if residual is None else and_the_rest(facts)


#: How remedies name both ways to write the term and its derivative.
_PENALTIES = "reg·ΣW² (½·reg·ΣW² where dW has reg·W)"
_DERIVATIVES = "2·reg·W (reg·W for ½·reg·ΣW²)"


def remedy(text: str, convention: float | None) -> str:
    """What to do, with the term as the function itself writes it where that is known."""
    if convention is None:
        return text
    text = text.replace(_PENALTIES, _PENALTY[convention])
    return text.replace(_DERIVATIVES, _DERIVATIVE[convention])


#: W and dW, and W under a sum, as they stand in the catalogue's sentences.
_WEIGHTS = re.compile(r"(?<![A-Za-zΣ])(d?)W(?![A-Za-z0-9])")
_SUMMED_WEIGHTS = re.compile(r"Σ(\|?)W(?![A-Za-z0-9])")


def about(text: str, loss: str | None, gradient: str | None) -> str:
    """A sentence about W, about W1 or W2 of a net: under a sum that of the loss, else the gradient's."""
    text = _SUMMED_WEIGHTS.sub(lambda found: f"Σ{found[1]}{loss or 'W'}", text)
    return _WEIGHTS.sub(lambda found: f"{found[1]}{gradient or 'W'}", text)


def and_the_rest(facts: Mapping[str, str]) -> dict[str, str]:
    """The facts of mistakes whose results are a function's; the last one tells that the rest is right."""
    count = len(facts)
    rest = "the rest is right" if count == 1 else f"beside these {count} mistakes the rest is right"
    return {
        mistake: fact if at < count else f"{fact}; {rest}"
        for at, (mistake, fact) in enumerate(facts.items(), 1)
    }


def right(convention: float | None) -> str:
    """The sentence for a right function."""
    return f"loss and gradient are right, with {_PENALTY[convention]} in the loss"


def ambiguous(candidates: Sequence[Sequence[str]]) -> str:
    """The sentence for several sets that fit."""
    return "these explain the results equally well: " + "; or ".join(" with ".join(one) for one in candidates)


def apart(known: Mapping[Slot, Piece]) -> str:
    """What is right and what is wrong, where not all of it is explained."""
    right = [_PARTS[slot] for slot, piece in known.items() if piece.is_right]
    wrong = [_PARTS[slot] for slot, piece in known.items() if piece.labels is None]
    told = [f"right: {', '.join(right)}"] if right else []
    told += [f"wrong: {', '.join(wrong)}"] if wrong else []
    # At W = 0, or of large scores, what is right here may be wrong.
    return f"on random numbers, {'; '.join(told)}" if told else ""


_PARTS: Mapping[Slot, str] = {
    "data_loss": "the loss at reg = 0",
    "regularization_loss": "what reg adds to the loss",
    "data_gradient": "the gradient at reg = 0",
    "regularization_gradient": "what reg adds to the gradient",
}
