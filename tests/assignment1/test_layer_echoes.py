"""A wrong layer is charged once; the nets that are made of it follow."""

import dataclasses
from typing import Any

import numpy as np
import pytest
from judged import ALL, explained

from grader.assignment1 import ASSIGNMENT
from grader.checking.check import Check, Setting
from grader.checking.finding import Finding
from grader.checking.run import Runner
from grader.diagnosis.explain import Explained
from grader.intake.site import Site
from grader.result import Verdict
from grader.student.in_process import InProcess
from reference import layers

NAMES = ("affine_forward", "affine_backward", "relu_forward", "relu_backward", "softmax_loss")


def made_of(use: dict[str, Any], own_fault: bool = False) -> type:
    """A net with any number of hidden layers, made of the layers in `use`."""

    class Net:
        def __init__(self, *sizes: Any, reg: float = 0.0, **settings: Any) -> None:
            self.params: dict[str, Any] = {}
            self.reg = reg

        def loss(self, X: Any, y: Any = None) -> Any:
            depth, out, caches = len(self.params) // 2, X, []
            for i in range(1, depth + 1):
                out, cache = use["affine_forward"](out, self.params[f"W{i}"], self.params[f"b{i}"])
                out, relu_cache = use["relu_forward"](out) if i < depth else (out, None)
                caches.append((cache, relu_cache))
            if y is None:
                return out
            loss, dout = use["softmax_loss"](out, y)
            grads = {}
            for i in range(depth, 0, -1):
                cache, relu_cache = caches[i - 1]
                dout = dout if i == depth else use["relu_backward"](dout, relu_cache)
                dout, grads[f"W{i}"], grads[f"b{i}"] = use["affine_backward"](dout, cache)
                loss += 0.5 * self.reg * np.sum(self.params[f"W{i}"] ** 2)
                grads[f"W{i}"] = grads[f"W{i}"] + (0 if own_fault else self.reg * self.params[f"W{i}"])
            return loss, grads

    return Net


def causes(question: str, own_fault: bool = False, not_run: bool = False, **replaced: Any) -> Explained:
    use = {name: replaced.get(name, getattr(layers, name)) for name in NAMES}
    sites = {f"layers.{name}": Site(None, name) for name in NAMES}
    sites[f"{question}.loss"] = Site(None, "Net", "loss")
    who = InProcess({**use, "Net": made_of(use, own_fault)}, sites)
    runner = Runner(ALL, ASSIGNMENT.proxy, who, Setting())
    wanted = [check for check in ALL.values() if check.question == question and check.role in sites]
    findings = [dataclasses.replace(one, not_run=not_run) for one in runner.run(c.id for c in wanted)]
    context = [check.id for check in ASSIGNMENT.question(question).context if check.role in sites]
    return explained(question, findings, who, [one.result for one in runner.run(context)])


def failed(found: Explained) -> dict[str, Finding]:
    wrong = [f for f in found.findings if f.result.verdict in (Verdict.FAILED, Verdict.ERROR)]
    return {f.result.id.partition(".")[2]: f for f in wrong}


def roles(found: Explained) -> dict[str, tuple[str, ...]]:
    return {diagnosis.mistake: diagnosis.roles for diagnosis in found.diagnoses}


def no_mask(dout: Any, x: Any) -> Any:
    return dout


def strange(dout: Any, x: Any) -> Any:
    return 1.01 * layers.relu_backward(dout, x)


def test_nothing_is_found_in_right_layers() -> None:
    for question in ("two_layer_net", "fully_connected"):
        found = causes(question)
        assert failed(found) == {}
        assert roles(found) == {}


def test_of_a_net_that_stops_on_an_absent_layer_nothing_is_seen() -> None:
    found = causes("two_layer_net", relu_forward=lambda x: (None, x), relu_backward=strange)
    stopped = {name: f.cause for name, f in failed(found).items() if name.startswith("loss.")}
    assert "loss.scores" in stopped
    assert set(stopped.values()) == {None}


def doubled(x: Any, w: Any, b: Any) -> Any:
    return 2 * layers.affine_forward(x, w, b)[0], (x, w, b)


@pytest.mark.parametrize("question", ["two_layer_net", "fully_connected"])
def test_a_wrong_layer_is_no_excuse_for_a_net_that_computes_nothing(
    question: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Empty(made_of({})):  # type: ignore[misc]
        def loss(self, X: Any, y: Any = None) -> Any:
            scores = np.ones((len(X), 10))
            return scores if y is None else (1.0, {name: np.cos(one) for name, one in self.params.items()})

    monkeypatch.setitem(globals(), "made_of", lambda *_: Empty)
    of_net = {name: f.cause for name, f in failed(causes(question, affine_forward=doubled)).items()}
    assert len([name for name in of_net if name.startswith("loss.")]) > 3
    assert set(of_net.values()) == {None}


def test_a_net_of_a_wrong_forward_layer_follows_in_all_that_it_gives() -> None:
    found = causes("two_layer_net", affine_forward=doubled)
    of_net = {name: f.cause for name, f in failed(found).items() if name.startswith("loss.")}
    assert set(of_net.values()) == {"two_layer_net.layers.affine_forward.output"}


def test_the_nets_gradients_follow_from_the_layer() -> None:
    found = causes("two_layer_net", relu_backward=no_mask)
    assert roles(found) == {"relu-mask-missing": ("layers.relu_backward",)}
    assert {name: f.cause for name, f in failed(found).items()} == {
        "layers.relu_backward.gradient": None,
        "loss.gradient_W1": "two_layer_net.layers.relu_backward.gradient",
        "loss.gradient_b1": "two_layer_net.layers.relu_backward.gradient",
    }


def unstable(x: Any, y: Any) -> Any:
    with np.errstate(all="ignore"):
        odds = np.exp(x)
        loss = np.mean(np.log(odds.sum(axis=1)) - x[np.arange(len(y)), y])
    return loss, layers.softmax_loss(x, y)[1]


def test_large_scores_are_no_excuse_for_a_net_that_raises(monkeypatch: pytest.MonkeyPatch) -> None:
    class Raising(made_of({name: getattr(layers, name) for name in NAMES})):  # type: ignore[misc]
        def loss(self, X: Any, y: Any = None) -> Any:
            return super().loss(X, y) if y is None else 1 / 0

    monkeypatch.setitem(globals(), "made_of", lambda *_: Raising)
    wrong = failed(causes("two_layer_net", softmax_loss=unstable))
    assert wrong["layers.softmax_loss.numeric_stability"].result.mistakes == ("softmax-not-shifted",)
    raised = {name: finding.cause for name, finding in wrong.items() if name.startswith("loss.")}
    assert "loss.gradient_W1" in raised
    assert set(raised.values()) == {None}


def test_a_layers_unknown_fault_is_followed_too() -> None:
    found = causes("two_layer_net", relu_backward=strange)
    assert roles(found) == {}
    assert failed(found)["loss.gradient_W1"].cause == "two_layer_net.layers.relu_backward.gradient"


def test_the_nets_own_mistake_is_told_from_the_layers() -> None:
    found = causes("two_layer_net", own_fault=True, relu_backward=no_mask)
    assert roles(found) == {
        "relu-mask-missing": ("layers.relu_backward",),
        "forgot-regularization-gradient": ("two_layer_net.loss",),
    }
    wrong = failed(found)
    assert wrong["loss.regularization_gradient"].result.mistakes == ("forgot-regularization-gradient",)
    assert wrong["loss.gradient_W1"].cause == "two_layer_net.layers.relu_backward.gradient"


def test_a_deep_net_names_the_layer_of_the_other_question() -> None:
    found = causes("fully_connected", relu_backward=no_mask)
    assert roles(found) == {"relu-mask-missing": ("layers.relu_backward",)}
    assert {f.result.mistakes for f in failed(found).values()} == {("relu-mask-missing",)}


def test_a_deep_net_pays_once_for_a_layers_unknown_fault() -> None:
    found = causes("fully_connected", relu_backward=strange)
    assert roles(found) == {}
    assert {name: f.cause for name, f in failed(found).items()} == {
        "loss.gradient_W": None,
        "loss.gradient_b": "fully_connected.loss.gradient_W",
    }


def test_a_layer_that_cannot_be_judged_explains_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    judge = Check.judge

    def broken(self: Check, *given: Any) -> None:
        if self.question == "two_layer_net":
            raise TypeError("a fault of ours")
        judge(self, *given)

    monkeypatch.setattr(Check, "judge", broken)
    wrong = failed(causes("fully_connected", relu_backward=no_mask))
    assert wrong.keys() >= {"loss.gradient_W"}
    assert not any("two_layer_net" in finding.result.help for finding in wrong.values())


@pytest.mark.parametrize("question", ["two_layer_net", "fully_connected"])
def test_what_was_not_run_stays_so_when_a_layer_is_wrong(question: str) -> None:
    found = causes(question, not_run=True, relu_backward=strange)
    assert len(failed(found)) > 1
    assert all(finding.not_run for finding in found.findings)
