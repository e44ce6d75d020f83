"""No value that a student's function returns makes a check raise: that would be a fault of ours."""

from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from judged import ALL, explained, found
from odd_values import odd_values, replaced
from planted_nets import Planted
from test_knn import ROLES as KNN_ROLES
from test_knn import Right as Neighbours
from test_linear_losses import NAMES as LOSSES
from test_nets import METHODS, Deep, plain, trainer
from test_training import Base as Linear
from test_training import plain as linear_step

from grader.checking.check import NotRun, Setting
from grader.intake.site import Site
from grader.student.answers import BadResult, as_labels, as_numbers, as_scalar, is_zero
from grader.student.calls import Student, StudentMissing
from grader.student.in_process import InProcess
from reference import layers, linear, optim

PLACES = st.integers(0, 6)
EXAMPLES = settings(
    deadline=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
NET_SITES = {f"two_layer_net.{role}": Site(None, "TwoLayerNet", method) for role, method in METHODS.items()}


def judge(question: str, who: Student, prefix: str = "") -> None:
    """Run the question's checks and explain what failed; nothing but NotRun may be raised."""
    subjects: dict[str, Any] = {}
    findings = []
    for check in ALL.values():
        if check.question == question and check.id.startswith(prefix) and ".notebook." not in check.id:
            try:
                findings.append(found(check, who, Setting(), subjects))
            except NotRun:
                continue
    assert findings
    explained(question, findings, who)


def odd(function: Any, value: Any, place: int) -> Any:
    def answer(*args: Any, **kwargs: Any) -> Any:
        return replaced(function(*args, **kwargs), value, place)

    return answer


@pytest.mark.parametrize("question", ["svm", "softmax"])
@pytest.mark.parametrize("role", ["naive", "vectorized"])
@EXAMPLES
@given(value=odd_values, place=PLACES)
def test_linear_losses(question: str, role: str, value: Any, place: int) -> None:
    live = {name: getattr(linear, name) for name in LOSSES.values()}
    name = LOSSES[f"{question}.{role}"]
    live[name] = odd(live[name], value, place)
    sites = {of: Site(None, name) for of, name in LOSSES.items() if of.startswith(question)}
    judge(question, InProcess(live, sites), f"{question}.{role}.")


@pytest.mark.parametrize("part", ["X", "y", "reg", "W", "final W", "history", "predict", "record"])
@EXAMPLES
@given(value=odd_values, place=PLACES)
def test_linear_training(part: str, value: Any, place: int) -> None:
    def step(self: Any, X: Any, y: Any, rate: float, reg: float, size: int, it: int) -> Any:
        if part in ("X", "y", "reg"):
            rows = np.arange(size)
            batch = {"X": X[rows], "y": y[rows], "reg": reg, part: value}
            return self.loss(batch["X"], batch["y"], batch["reg"])[0]
        loss = linear_step(self, X, y, rate, reg, size, it)
        if part == "W" and it % 2:
            self.W = value
        if part == "record":
            self.loss.answer(value)
        return loss

    def train(self: Any, *args: Any, **options: Any) -> Any:
        losses = Linear.train(self, *args, **options)
        self.W = value if part == "final W" else self.W
        return replaced(losses, value, place) if part == "history" else losses

    def predict(self: Any, X: Any) -> Any:
        labels = Linear.predict(self, X)
        return replaced(list(labels), value, place) if part == "predict" else labels

    cls = type("LinearSVM", (Linear,), {"step": step, "train": train, "predict": predict})
    sites = {f"svm.{name}": Site(None, "LinearSVM", name) for name in ("train", "predict")}
    who = InProcess({"LinearSVM": cls}, sites)
    judge("svm", who, "svm.train.")
    judge("svm", who, "svm.predict.")


@pytest.mark.parametrize("role", KNN_ROLES)
@EXAMPLES
@given(value=odd_values, place=PLACES)
def test_neighbours(role: str, value: Any, place: int) -> None:
    method = KNN_ROLES[role]
    cls = type("KNearestNeighbor", (Neighbours,), {method: odd(getattr(Neighbours, method), value, place)})
    sites = {name: Site(None, "KNearestNeighbor", method) for name, method in KNN_ROLES.items()}
    judge("knn", InProcess({"KNearestNeighbor": cls}, sites))


@pytest.mark.parametrize(
    "part", ["scores", "loss", "predict", "params", "history", "trained params", "batch"]
)
@EXAMPLES
@given(value=odd_values, place=PLACES)
def test_two_layer_net(part: str, value: Any, place: int) -> None:
    right = trainer(plain)

    class TwoLayerNet(right):  # type: ignore[misc, valid-type]
        def __init__(self, *args: Any, **options: Any) -> None:
            super().__init__(*args, **options)
            if part == "params":
                self.params = replaced(self.params, value, place)

        def loss(self, X: Any, y: Any = None, reg: float = 0.0) -> Any:
            answer = super().loss(X, y, reg)
            return replaced(answer, value, place) if part == ("scores" if y is None else "loss") else answer

        def predict(self, X: Any) -> Any:
            labels = list(np.argmax(Planted.loss(self, X), axis=1))
            return replaced(labels, value, place) if part == "predict" else labels

        def train(self, X: Any, y: Any, *args: Any, **options: Any) -> Any:
            if part == "batch":
                self.loss(X[:16], y=value, reg=0.0)
                self.loss(value, y=y[:16], reg=value)
            result = super().train(X, y, *args, **options)
            if part == "trained params":
                self.params = replaced(self.params, value, place)
            return replaced(result, value, place) if part == "history" else result

    judge("two_layer_net", InProcess({"TwoLayerNet": TwoLayerNet}, NET_SITES), "two_layer_net.")


LAYERS = ("affine_forward", "affine_backward", "relu_forward", "relu_backward", "svm_loss", "softmax_loss")


@pytest.mark.parametrize("name", LAYERS)
@EXAMPLES
@given(value=odd_values, place=PLACES)
def test_layers(name: str, value: Any, place: int) -> None:
    live = {layer: getattr(layers, layer) for layer in LAYERS}
    live[name] = odd(live[name], value, place)
    sites = {f"layers.{layer}": Site(None, layer) for layer in LAYERS}
    judge("two_layer_net", InProcess(live, sites), "two_layer_net.layers.")


@pytest.mark.parametrize("part", ["scores", "loss", "params"])
@settings(EXAMPLES, max_examples=20)
@given(value=odd_values, place=PLACES)
def test_deep_nets(part: str, value: Any, place: int) -> None:
    class Net(Deep):
        def __init__(self, *args: Any, **options: Any) -> None:
            super().__init__(*args, **options)
            if part == "params":
                self.params = replaced(self.params, value, place)

        def loss(self, X: Any, y: Any = None) -> Any:
            answer = super().loss(X, y)
            return replaced(answer, value, place) if part == ("scores" if y is None else "loss") else answer

    live = {layer: odd(getattr(layers, layer), value, place) for layer in LAYERS}
    sites = {f"layers.{layer}": Site(None, layer) for layer in LAYERS}
    sites |= {f"fully_connected.{role}": Site(None, "Net", METHODS[role]) for role in ("init", "loss")}
    judge("fully_connected", InProcess({"Net": Net, **live}, sites))


@pytest.mark.parametrize("name", ["sgd_momentum", "rmsprop", "adam"])
@EXAMPLES
@given(value=odd_values, place=PLACES)
def test_update_rules(name: str, value: Any, place: int) -> None:
    who = InProcess({name: odd(getattr(optim, name), value, place)}, {f"optim.{name}": Site(None, name)})
    judge("fully_connected", who, f"fully_connected.optim.{name}.")


@given(value=odd_values, count=st.sampled_from([None, 0, 4]))
def test_what_came_back_is_right_or_a_finding(value: Any, count: int | None) -> None:
    assert is_zero(value) in (True, False)
    for read in (as_scalar, as_numbers, lambda value, what: as_labels(value, count, what)):
        try:
            found = np.asarray(read(value, "it"))
        except (BadResult, StudentMissing):
            continue
        assert found.dtype.kind in "biuf"


def test_labels_in_a_list_are_labels() -> None:
    for value in (
        [1, 2, 0],
        (1, 2.0, False),
        [np.array([1]), np.array([[2]]), 0],
        np.array([1, 2, 0], np.int8),
    ):
        assert as_labels(value, 3).tolist() == [1, 2, 0]
    for wrong in ([[[1], [1, 2]], 2], [1, "a"], [1, np.nan, 2], "abc", {0: 1}, [1, 2]):
        with pytest.raises(BadResult):
            as_labels(wrong, 3)
    for stub in (None, [0, 0, 0], np.zeros(3), []):
        with pytest.raises(StudentMissing):
            as_labels(stub, 3)
