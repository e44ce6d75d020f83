"""The checks of layers, and the naming of their mistakes."""

from typing import Any

import numpy as np
import pytest
from judged import ALL, explained, result_of

from grader.checking.check import Setting
from grader.checking.finding import Finding
from grader.diagnosis.explain import Explained
from grader.intake.site import Site
from grader.result import CheckResult, Verdict
from grader.student.in_process import InProcess
from reference import layers

NAMES = ("affine_forward", "affine_backward", "relu_forward", "relu_backward", "svm_loss", "softmax_loss")
PREFIX = "two_layer_net.layers."


def student(**replaced: Any) -> InProcess:
    live = {name: replaced.get(name, getattr(layers, name)) for name in NAMES}
    return InProcess(live, {f"layers.{name}": Site(None, name) for name in NAMES})


def verdicts(who: InProcess) -> dict[str, CheckResult]:
    subjects: dict[str, Any] = {}
    wanted = [c for c in ALL.values() if c.id.startswith(PREFIX)]
    return {c.id.removeprefix(PREFIX): result_of(c, who, Setting(), subjects) for c in wanted}


def broken(results: dict[str, CheckResult]) -> set[str]:
    return {name for name, result in results.items() if result.verdict is not Verdict.PASSED}


def causes(who: InProcess) -> Explained:
    findings = [Finding(result) for result in verdicts(who).values()]
    return explained("two_layer_net", findings, who)


def accusations(who: InProcess) -> dict[str, tuple[str, ...]]:
    return {diagnosis.mistake: diagnosis.roles for diagnosis in causes(who).diagnoses}


def test_the_reference_passes_every_check() -> None:
    assert broken(verdicts(student())) == set()


def test_a_cache_of_ones_own_reaches_the_backward_pass() -> None:
    def forward(x: Any, w: Any, b: Any) -> Any:
        rows = x.reshape(len(x), -1)
        return rows @ w + b, {"rows": rows, "shape": list(x.shape), "w": w}

    def backward(dout: Any, cache: Any) -> Any:
        dx = (dout @ cache["w"].T).reshape(cache["shape"])
        return [dx, cache["rows"].T @ dout, dout.sum(axis=0)]

    assert broken(verdicts(student(affine_forward=forward, affine_backward=backward))) == set()


def test_a_backward_pass_that_changes_its_gradient_passes() -> None:
    def backward(dout: Any, x: Any) -> Any:
        dout[x <= 0] = 0
        return dout

    assert broken(verdicts(student(relu_backward=backward))) == set()


def test_a_backward_pass_is_judged_when_the_forward_pass_is_missing() -> None:
    results = verdicts(student(affine_forward=lambda x, w, b: (None, (x, w, b))))
    assert results["affine_forward.output"].verdict is Verdict.MISSING
    assert broken(results) == {"affine_forward.output", "affine_forward.inputs_unchanged"}
    assert results["affine_forward.inputs_unchanged"].verdict is Verdict.MISSING


@pytest.mark.parametrize(
    ("change", "check"),
    [
        (lambda dx, dw, db: (dx.reshape(len(dx), -1), dw, db), "affine_backward.gradient_x"),
        (lambda dx, dw, db: (dx, 2 * dw, db), "affine_backward.gradient_w"),
        (lambda dx, dw, db: (dx, dw, db + 1), "affine_backward.gradient_b"),
    ],
)
def test_each_gradient_of_an_affine_layer_is_judged_alone(change: Any, check: str) -> None:
    who = student(affine_backward=lambda dout, cache: change(*layers.affine_backward(dout, cache)))
    assert broken(verdicts(who)) == {check}
    assert accusations(who) == {}


def bias(change: Any) -> Any:
    def backward(dout: Any, cache: Any) -> Any:
        dx, dw, db = layers.affine_backward(dout, cache)
        return dx, dw, change(db, len(dout))

    return backward


@pytest.mark.parametrize(
    ("change", "mistakes"),
    [
        (lambda db, n: db[np.newaxis], {"bias-gradient-shape"}),
        (lambda db, n: db / n, {"bias-gradient-divided-by-n-twice"}),
        (lambda db, n: db * n, {"bias-gradient-not-divided-by-n"}),
        (lambda db, n: (db / n)[np.newaxis], {"bias-gradient-shape", "bias-gradient-divided-by-n-twice"}),
        (lambda db, n: db[:, np.newaxis], {"bias-gradient-shape"}),
        (lambda db, n: db.sum(), {"bias-gradient-shape"}),
        (lambda db, n: float(db.sum()) / n, {"bias-gradient-shape", "bias-gradient-divided-by-n-twice"}),
        (lambda db, n: db[:3], set()),
        (lambda db, n: 2 * db.sum(), set()),
    ],
)
def test_mistakes_of_a_bias_are_named(change: Any, mistakes: set[str]) -> None:
    who = student(affine_backward=bias(change))
    assert broken(verdicts(who)) == {"affine_backward.gradient_b"}
    assert set(accusations(who)) == mistakes


@pytest.mark.parametrize(
    ("replaced", "mistake", "role"),
    [
        ({"relu_forward": lambda x: (x, x)}, "relu-missing-in-forward", "layers.relu_forward"),
        ({"relu_backward": lambda dout, x: dout}, "relu-mask-missing", "layers.relu_backward"),
        (
            {"relu_backward": lambda dout, x: dout * (dout > 0)},
            "relu-mask-from-gradient",
            "layers.relu_backward",
        ),
    ],
)
def test_mistakes_of_a_relu_are_named(replaced: Any, mistake: str, role: str) -> None:
    assert accusations(student(**replaced)) == {mistake: (role,)}


def altered(name: str, change: Any) -> Any:
    def loss(x: Any, y: Any) -> Any:
        value, dx = getattr(layers, name)(x, y)
        return change(value, dx, x, y)

    return loss


@pytest.mark.parametrize(
    ("name", "change", "mistakes"),
    [
        ("svm_loss", lambda value, dx, x, y: (value + 1, dx), {"correct-class-counted-in-loss"}),
        ("svm_loss", lambda value, dx, x, y: (value, len(x) * dx), {"gradient-not-divided-by-n"}),
        ("softmax_loss", lambda value, dx, x, y: (value * len(x), dx), {"loss-not-divided-by-n"}),
        ("softmax_loss", lambda value, dx, x, y: (value, -dx), {"gradient-sign-flipped"}),
        ("softmax_loss", lambda value, dx, x, y: (value, dx + np.eye(*dx.shape)), set()),
    ],
)
def test_mistakes_of_a_loss_are_named(name: str, change: Any, mistakes: set[str]) -> None:
    who = student(**{name: altered(name, change)})
    assert broken(verdicts(who))
    assert accusations(who) == dict.fromkeys(mistakes, (f"layers.{name}",))


@pytest.mark.parametrize(
    ("shift", "mistake"),
    [
        (lambda x: 0.0, "softmax-not-shifted"),
        (lambda x: x.max(), "softmax-shifted-by-batch-maximum"),
        (lambda x: x.mean(axis=1, keepdims=True), "softmax-shifted-by-something-else"),
        (lambda x: x[:, :1], "softmax-shifted-by-something-else"),
    ],
)
def test_overflow_is_named(shift: Any, mistake: str) -> None:
    def loss(x: Any, y: Any) -> Any:
        with np.errstate(all="ignore"):
            p = np.exp(x - shift(x))
            p = p / p.sum(axis=1, keepdims=True)
            n = np.arange(len(y))
            value = -np.log(p[n, y]).mean()
        p[n, y] -= 1
        return value, p / len(y)

    who = student(softmax_loss=loss)
    assert broken(verdicts(who)) == {"softmax_loss.numeric_stability"}
    assert accusations(who) == {mistake: ("layers.softmax_loss",)}


@pytest.mark.parametrize("name", NAMES)
def test_a_stub_is_missing_never_wrong(name: str) -> None:
    stubs = {"affine_backward": (None, None, None), "relu_backward": None}
    who = student(
        **{name: lambda *args: stubs.get(name, (None, args[0]) if "forward" in name else (None, None))}
    )
    own = {n: r.verdict for n, r in verdicts(who).items() if n.startswith(name)}
    assert set(own.values()) == {Verdict.MISSING}
    assert accusations(who) == {}
