"""All checks, one module a topic. `ALL` holds each of them by its id, in the order of the report."""

from __future__ import annotations

from types import ModuleType

from grader.assignment1.knn import checks as knn
from grader.assignment1.layers import checks as layers
from grader.assignment1.linear import checks as linear_losses
from grader.assignment1.linear import softmax, svm
from grader.assignment1.nets import checks as nets
from grader.assignment1.nets import fully_connected, two_layer_net
from grader.assignment1.notebooks import checks as notebooks
from grader.assignment1.optim import checks as optim
from grader.assignment1.training import accuracy
from grader.assignment1.training import checks as training
from grader.checking.check import Check, CheckFunction

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
