"""The catalogue of mistakes and the search that names them."""

from __future__ import annotations

from grader.mistakes.linear import diagnose_layer_loss, diagnose_linear_loss
from grader.mistakes.outcome import Outcome

__all__ = ["Outcome", "diagnose_layer_loss", "diagnose_linear_loss"]
