"""All checks, one module a topic. `ALL` holds each of them by its id, in the order of the report."""

from __future__ import annotations

from types import ModuleType

from grader.check import Check, CheckFunction
from grader.checks import (
    accuracy,
    fully_connected,
    knn,
    layers,
    linear_losses,
    nets,
    notebooks,
    optim,
    softmax,
    svm,
    training,
    two_layer_net,
)

__all__ = ["ALL"]


def _collect(*modules: ModuleType) -> dict[str, Check]:
    written = [
        item for module in modules for item in vars(module).values() if isinstance(item, CheckFunction)
    ]
    found = {check.id: check for function in dict.fromkeys(written) for check in function.checks()}
    for check in found.values():
        if absent := [needed for needed in check.needs if needed not in found]:
            raise LookupError(f"{check.id} needs {absent[0]}, which is no check")
    return found


ALL = _collect(
    *(knn, svm, softmax, linear_losses, training),
    *(layers, nets, two_layer_net, fully_connected, optim),
    *(accuracy, notebooks),
)
