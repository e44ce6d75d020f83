"""The roles of Assignment 1 that can be mended, and the lines of its course that may be missing."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import resources

from grader.assignment1.knn.mendable import neighbours
from grader.assignment1.layers.mendable import layers
from grader.assignment1.linear.mendable import linear_losses
from grader.assignment1.nets.mendable import net_losses, net_predictions
from grader.assignment1.optim.mendable import update_rules
from grader.assignment1.training.mendable import trainings
from grader.diagnosis.mending.scenes import Mendable
from grader.intake.site import Site

__all__ = ["OPERATORS", "mendables"]

OPERATORS = resources.files("grader.assignment1") / "mends.toml"

_BY_FAMILY = {
    "knn": [neighbours],
    "svm": [linear_losses, trainings],
    "softmax": [linear_losses, trainings],
    "two_layer_net": [net_losses, net_predictions, trainings],
    "fully_connected": [net_losses],
    "layers": [layers],
    "optim": [update_rules],
}


def mendables(role: str, sites: Mapping[str, Site]) -> list[Mendable]:
    """The ways to mend a role that was found; none for one that cannot be."""
    if role not in sites or sites[role].file is None:
        return []
    return [way for make in _BY_FAMILY.get(role.partition(".")[0], ()) for way in make(role, sites)]
