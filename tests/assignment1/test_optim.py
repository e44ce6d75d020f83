"""The checks of the update rules."""

from typing import Any

import numpy as np
import pytest
from judged import ALL, result_of

from grader.checking.check import Setting
from grader.intake.site import Site
from grader.result import CheckResult, Verdict
from grader.student.in_process import InProcess
from grader.wall.wire import write_frame
from reference import optim

RULES = ("sgd_momentum", "rmsprop", "adam")
PREFIX = "fully_connected.optim."


def verdicts(**replaced: Any) -> dict[str, CheckResult]:
    live = {name: replaced.get(name, getattr(optim, name)) for name in RULES}
    who = InProcess(live, {f"optim.{name}": Site(None, name) for name in RULES})
    wanted = [c for c in ALL.values() if c.id.startswith(PREFIX)]
    return {c.id.removeprefix(PREFIX): result_of(c, who, Setting(), {}) for c in wanted}


def broken(results: dict[str, CheckResult]) -> set[str]:
    return {name for name, result in results.items() if result.verdict is not Verdict.PASSED}


def test_the_reference_passes() -> None:
    assert len(verdicts()) == 6
    assert broken(verdicts()) == set()


def rmsprop(w: Any, dw: Any, config: Any = None, inside: bool = True) -> Any:
    """The course's form: the configuration is changed in place."""
    config = {} if config is None else config
    for name, value in {"learning_rate": 1e-2, "decay_rate": 0.99, "epsilon": 1e-8}.items():
        config.setdefault(name, value)
    config.setdefault("cache", np.zeros_like(w))
    config["cache"] = config["decay_rate"] * config["cache"] + (1 - config["decay_rate"]) * dw**2
    epsilon = config["epsilon"] if inside else 0.0
    with np.errstate(all="ignore"):
        return w - config["learning_rate"] * dw / np.sqrt(config["cache"] + epsilon), config


def test_epsilon_inside_the_root_passes_and_none_at_all_does_not() -> None:
    assert broken(verdicts(rmsprop=rmsprop)) == set()
    without = verdicts(rmsprop=lambda w, dw, config=None: rmsprop(w, dw, config, inside=False))
    assert broken(without) == {"rmsprop.update_from_nothing"}


def changed(name: str, change: Any) -> Any:
    def rule(w: Any, dw: Any, config: Any = None) -> Any:
        return change(w, dw, dict(config or {}), getattr(optim, name))

    return rule


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("sgd_momentum", lambda w, dw, c, f: (f(w, dw, c)[0], c)),  # the velocity is not kept
        ("sgd_momentum", lambda w, dw, c, f: f(w, -dw, c)),
        ("sgd_momentum", lambda w, dw, c, f: f(w, dw, {**c, "momentum": 0.9})),  # the default instead
        ("rmsprop", lambda w, dw, c, f: f(w, dw, {**c, "decay_rate": 0.99})),
        ("adam", lambda w, dw, c, f: f(w, dw, {**c, "t": 0})),  # never counts
        ("adam", lambda w, dw, c, f: f(w, dw, {**c, "t": c.get("t", 0) - 1} if c.get("t") else c)),
    ],
)
def test_a_fault_of_a_rule_breaks_its_checks_only(name: str, change: Any) -> None:
    found = broken(verdicts(**{name: changed(name, change)}))
    assert found
    assert found <= {f"{name}.update", f"{name}.update_from_nothing"}


def test_a_later_step_is_judged_too() -> None:
    def forgets(w: Any, dw: Any, config: Any = None) -> Any:
        config = dict(config or {})
        if config.get("seen"):
            config["velocity"] = np.zeros_like(w)
        next_w, config = optim.sgd_momentum(w, dw, config)
        return next_w, {**config, "seen": True}

    result = verdicts(sgd_momentum=forgets)["sgd_momentum.update"]
    assert result.verdict is Verdict.FAILED
    assert "after step 2" in result.message


@pytest.mark.parametrize("stub", [lambda w, dw, config=None: None, lambda w, dw, config=None: (None, {})])
def test_a_stub_is_missing_never_wrong(stub: Any) -> None:
    results = verdicts(adam=stub)
    assert {name: results[name].verdict for name in broken(results)} == dict.fromkeys(
        ["adam.update", "adam.update_from_nothing"], Verdict.MISSING
    )


def test_weights_of_another_shape_are_told() -> None:
    result = verdicts(adam=lambda w, dw, config=None: (w.ravel(), config or {}))["adam.update"]
    assert result.message == "next_w has shape (20,), not (4, 5)"


def test_a_configuration_that_cannot_be_given_back_is_no_fault_of_ours() -> None:
    class Bounded(InProcess):
        def request(self, message: Any, timeout: float | None = None, answer: Any = None) -> Any:
            write_frame({**message, "id": "0"}, lambda piece: None)
            return super().request(message, timeout)

    def hoard(w: Any, dw: Any, config: Any = None) -> Any:
        return w, {number: np.ones(1) for number in range(511)}

    who = Bounded({"sgd_momentum": hoard}, {"optim.sgd_momentum": Site(None, "sgd_momentum")})
    result = result_of(ALL[f"{PREFIX}sgd_momentum.update"], who, Setting(), {})
    assert result.verdict is Verdict.ERROR
    assert "more than 512 arrays at once" in result.message
