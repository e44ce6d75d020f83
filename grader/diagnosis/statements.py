"""True sentences about a function, in lower case and without blame."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import numpy as np

from grader.diagnosis.catalogue import Catalogue
from grader.diagnosis.expressions import Array
from grader.diagnosis.observe import Observation
from grader.diagnosis.problems import LossProblem
from grader.diagnosis.table import Table

__all__ = ["about", "agreement_of", "ambiguous", "explanations", "least_squares", "right"]

_PENALTY = {1.0: "reg·ΣW²", 0.5: "½·reg·ΣW²", None: "reg·ΣW²"}
_DERIVATIVE = {1.0: "2·reg·W", 0.5: "reg·W", None: "the derivative of the L2 term"}


def explanations(
    catalogue: Catalogue,
    mistakes: Sequence[str],
    convention: float | None,
    residual: float | None = None,
    coefficients: Mapping[str, float] | None = None,
) -> dict[str, str]:
    """For each mistake its fact, and how well the rest agrees."""
    words = {
        "penalty": _PENALTY[convention],
        "derivative": _DERIVATIVE[convention],
        "loss_factor": f"{(coefficients or {}).get('loss', float('nan')):.6g}",
        "gradient_factor": f"{(coefficients or {}).get('gradient', float('nan')):.6g}",
    }
    agreement = "" if residual is None else f"; {agreement_of(len(mistakes), residual)}"
    return {mistake: catalogue[mistake].fact.format(**words) + agreement for mistake in mistakes}


#: W and dW, and W under a sum, as they stand in the catalogue's sentences.
_WEIGHTS = re.compile(r"(?<![A-Za-zΣ])(d?)W(?![A-Za-z0-9])")
_SUMMED_WEIGHTS = re.compile(r"Σ(\|?)W(?![A-Za-z0-9])")


def about(text: str, loss: str | None, gradient: str | None) -> str:
    """A sentence about W, about W1 or W2 of a net: under a sum that of the loss, else the gradient's."""
    text = _SUMMED_WEIGHTS.sub(lambda found: f"Σ{found[1]}{loss or 'W'}", text)
    return _WEIGHTS.sub(lambda found: f"{found[1]}{gradient or 'W'}", text)


def agreement_of(count: int, residual: float) -> str:
    """How well the results agree with what the mistakes, `count` of them, would give."""
    rest = "the rest agrees" if count == 1 else f"with all {count} mistakes the results agree"
    return f"{rest} exactly" if residual == 0 else f"{rest} to {residual:.0e}"


def right(convention: float | None) -> str:
    """The sentence for a right function."""
    return f"loss and gradient are right, with {_PENALTY[convention]} in the loss"


def ambiguous(candidates: Sequence[Sequence[str]]) -> str:
    """The sentence for several sets that fit."""
    return "these explain the results equally well: " + "; or ".join(" with ".join(one) for one in candidates)


def least_squares(table: Table, seen: Observation) -> str:
    """What is known of results that no catalogued mistake explains."""
    facts = list(seen.remarks)
    calls = [(table.basis.problems[number], reg) for number, reg in table.basis.calls]
    if seen.losses is not None:
        facts.append(_loss_fact(table, calls, seen.losses))
    if seen.gradients is not None:
        facts.append(_gradient_fact(table, calls, seen.gradients))
    return "; ".join(facts)


_Calls = Sequence[tuple[LossProblem, float]]


def _right_data(table: Table, of_gradient: bool) -> Array:
    return table.parts["data_gradient" if of_gradient else "data_loss"].values(0)


def _loss_fact(table: Table, calls: _Calls, losses: Array) -> str:
    data = _right_data(table, of_gradient=False)
    penalty = np.array([0.0 if p.W is None else reg * (p.W**2).sum() for p, reg in calls])
    return "your loss = " + _combination(losses, {"data loss": data, "reg·ΣW²": penalty})


def _gradient_fact(table: Table, calls: _Calls, gradients: Array) -> str:
    data = _right_data(table, of_gradient=True)
    weights = [np.zeros(p.gradient_shape) if p.W is None else reg * p.W for p, reg in calls]
    terms = {"data part": data, "reg·W": np.concatenate([np.ravel(one) for one in weights])}
    worst = _worst(table, calls, gradients, data)
    return f"your gradient = {_combination(gradients, terms)}; at reg = 0 {worst}"


def _worst(table: Table, calls: _Calls, gradients: Array, data: Array) -> str:
    """Where the gradient misses the right one most at reg = 0, where there is one right answer."""
    ends = np.cumsum(table.call_sizes(of_gradient=True))[:-1]
    worst, fact = 0.0, "it is right"
    pieces = zip(calls, np.split(gradients, ends), np.split(data, ends), strict=True)
    for (problem, reg), found, expected in pieces:
        error = np.abs(found - expected).max() / np.abs(expected).max()
        if reg == 0 and error > max(worst, 1e-5):
            at = int(np.abs(found - expected).argmax())
            row, column = np.unravel_index(at, problem.gradient_shape)
            name = "dx" if problem.W is None else "dW"
            worst = error
            fact = f"{name}[{row}, {column}] is {found[at]:.6f}, expected {expected[at]:.6f}"
    return fact


def _combination(found: Array, terms: Mapping[str, Array]) -> str:
    """The best multiples of the terms, and the share of the whole that they leave."""
    present = {name: term for name, term in terms.items() if np.any(term)}
    columns = np.stack(list(present.values()), axis=1)
    factors = np.linalg.lstsq(columns, found, rcond=None)[0]
    rest = float(np.linalg.norm(found - columns @ factors) / (np.linalg.norm(found) + 1e-12))
    named = " + ".join(f"{factor:.2f}·{name}" for factor, name in zip(factors, present, strict=True))
    named = (
        named.replace("+ -", "− ").replace("-", "−", 1)
        if named.startswith("-")
        else named.replace("+ -", "− ")
    )
    return named if rest < 1e-5 else f"{named} + something else ({rest:.0%} of it)"
