"""The checks of nets and the naming of their mistakes, on nets with known ones."""

import itertools
from typing import Any

import numpy as np
import pytest
from judged import ALL, explained, result_of
from planted_nets import PLANTS, Planted, planted

from grader.assignment1.nets.mistakes import diagnose_net
from grader.assignment1.nets.proxy import TwoLayerQuestion
from grader.checking.check import Setting
from grader.checking.finding import Finding
from grader.diagnosis.explain import Explained
from grader.intake.site import Site
from grader.result import CheckResult, Verdict
from grader.student.calls import Student
from grader.student.in_process import InProcess
from reference import nets as reference

METHODS = {"init": "__init__", "loss": "loss", "train": "train", "predict": "predict"}


def student(cls: type) -> InProcess:
    sites = {f"two_layer_net.{role}": Site(None, "TwoLayerNet", method) for role, method in METHODS.items()}
    return InProcess({"TwoLayerNet": cls}, sites)


def verdicts(
    who: Student, question: str = "two_layer_net", parts: str = "loss init predict"
) -> dict[str, CheckResult]:
    subjects: dict[str, Any] = {}
    roles = [f"{question}.{part}" for part in parts.split()]
    wanted = [c for c in ALL.values() if c.role in roles]
    return {c.id: result_of(c, who, Setting(), subjects) for c in wanted}


def broken(results: dict[str, CheckResult]) -> set[str]:
    wrong = {name for name, result in results.items() if result.verdict is not Verdict.PASSED}
    return {name.partition(".")[2] for name in wrong}


def causes(cls: type) -> Explained:
    who = student(cls)
    findings = [Finding(result) for result in verdicts(who, parts="loss").values()]
    return explained("two_layer_net", findings, who)


def named(found: Explained) -> set[str]:
    return {diagnosis.mistake for diagnosis in found.diagnoses}


def test_the_right_net_passes_every_check() -> None:
    assert broken(verdicts(student(Planted))) == set()


def test_a_net_that_needs_more_hidden_units_than_classes_passes() -> None:
    class Net(Planted):
        def loss(self, X: Any, y: Any = None, reg: float = 0.0) -> Any:
            if y is not None:
                np.zeros((len(X), len(self.params["b1"])))[np.arange(len(X)), y] = 1
            return super().loss(X, y, reg)

    assert broken(verdicts(student(Net))) == set()


@pytest.mark.parametrize("settings", [{"l2": 0.5}, {"dtype": np.float32}], ids=["half", "float32"])
def test_other_right_nets_pass(settings: dict[str, Any]) -> None:
    assert broken(verdicts(student(planted(**settings)))) == set()
    assert named(causes(planted(**settings))) == set()


@pytest.mark.parametrize(
    ("mistake", "checks"),
    [
        ("relu-mask-missing", {"loss.gradient_W1", "loss.gradient_b1"}),
        ("hidden-gradient-from-preactivation", {"loss.gradient_W2"}),
        ("bias-gradient-shape", {"loss.gradient_b1", "loss.gradient_b2"}),
        ("forgot-regularization-gradient", {"loss.regularization_gradient"}),
        ("biases-regularized", {"loss.loss", "loss.regularization_gradient"}),
    ],
)
def test_a_mistake_breaks_exactly_its_checks(mistake: str, checks: set[str]) -> None:
    assert broken(verdicts(student(planted(mistake)))) == checks


@pytest.mark.parametrize("mistake", PLANTS)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_each_mistake_is_named(mistake: str, dtype: Any) -> None:
    found = causes(planted(mistake, dtype=dtype))
    assert named(found) == {mistake}
    failed = [f.result for f in found.findings if f.result.verdict is Verdict.FAILED]
    assert failed
    assert all(result.mistakes == (mistake,) for result in failed)


#: Two values for one setting, or a mistake that hides the other.
EXCLUSIVE = [
    {"relu-missing-in-forward", "hidden-gradient-from-preactivation"},
    {"relu-missing-in-forward", "relu-mask-missing"},
    {"relu-missing-in-forward", "relu-mask-from-gradient"},
    # Planted together they are −(P − 2·Y): the indicator subtracted twice, with the wrong sign.
    {"gradient-sign-flipped", "softmax-indicator-missing"},
    # Without the sign the hidden gradient's own mask would pass the other half.
    {"gradient-sign-flipped", "relu-mask-from-gradient"},
    # A factor of N here and one of 1/N there: the biases are right.
    {"gradient-not-divided-by-n", "bias-gradient-divided-by-n-twice"},
    {"gradient-not-divided-by-n", "bias-gradient-not-divided-by-n"},
    *({"biases-regularized", m} for m in PLANTS if "l2" in " ".join(PLANTS[m])),
    # The table's bias rows have no regularization part.
    *(
        {"biases-regularized", m}
        for m in ("bias-gradient-not-divided-by-n", "bias-gradient-divided-by-n-twice")
    ),
]


def pairs() -> list[tuple[str, str]]:
    def compatible(a: str, b: str) -> bool:
        regularizations = [m for m in (a, b) if "l2" in " ".join(PLANTS[m])]
        overlapping = set(PLANTS[a]) & set(PLANTS[b]) or len(regularizations) == 2
        return not overlapping and {a, b} not in EXCLUSIVE

    return [pair for pair in itertools.combinations(PLANTS, 2) if compatible(*pair)]


def test_two_mistakes_at_once_are_named_or_left_open_but_never_mistaken() -> None:
    right = 0
    for pair in pairs():
        who = student(planted(*pair))
        outcome = diagnose_net(_Asked(TwoLayerQuestion(who, "two_layer_net")))
        known = set(outcome.mistakes)
        assert known == set(pair) or (outcome.status != "explained" and known < set(pair)), pair
        right += outcome.status == "explained"
    assert right >= 0.9 * len(pairs())


class _Asked:
    def __init__(self, net: TwoLayerQuestion) -> None:
        self.scores = net.scores
        self.net = net

    def loss(self, problem: Any, reg: float) -> Any:
        return self.net.loss(problem, reg).raw


def changed(change: Any) -> type[Planted]:
    """The right net whose loss and gradients (loss, grads, params, reg) go through `change`."""

    class Net(Planted):
        def loss(self, X: Any, y: Any = None, reg: float = 0.0) -> Any:
            result = super().loss(X, y, reg)
            return result if y is None else change(*result, self.params, reg)

    return Net


@pytest.mark.parametrize(("wrong", "right"), [("W1", "W2"), ("W2", "W1")])
def test_the_one_matrix_that_is_not_regularized_is_named(wrong: str, right: str) -> None:
    def gradient(loss: Any, grads: Any, params: Any, reg: float) -> Any:
        return loss, {**grads, wrong: grads[wrong] - 2 * reg * params[wrong]}

    def term(loss: Any, grads: Any, params: Any, reg: float) -> Any:
        return loss - reg * np.sum(params[wrong] ** 2), grads

    [found] = causes(changed(gradient)).diagnoses
    assert found.mistake == "forgot-regularization-gradient"
    assert found.explanation.startswith(f"d{wrong} lacks 2·reg·{wrong}; d{right} is right; ")
    assert f"belongs in d{wrong}, too: 2·reg·{wrong}." in found.help
    [found] = causes(changed(term)).diagnoses
    assert found.mistake == "forgot-regularization-loss"
    assert found.explanation.startswith(f"the loss lacks reg·Σ{wrong}², while d{wrong} has its derivative; ")
    assert f"the term of {right} is right" in found.explanation
    assert found.help.startswith(f"Add reg·Σ{wrong}² to the loss")


def test_each_matrix_may_lack_something_else() -> None:
    def change(loss: Any, grads: Any, params: Any, reg: float) -> Any:
        return loss - reg * np.sum(params["W1"] ** 2), {**grads, "W2": grads["W2"] - 2 * reg * params["W2"]}

    [found] = causes(changed(change)).diagnoses
    assert found.mistake == "forgot-regularization"
    assert found.explanation.startswith("the loss lacks reg·ΣW1², and dW2 its derivative; the rest is right")


@pytest.mark.parametrize("name", ["b1", "b2"])
@pytest.mark.parametrize(
    "sums", [{}, {"axis": 1}, {"axis": 0, "keepdims": True}, {"axis": (), "keepdims": True}], ids=str
)
def test_a_bias_gradient_of_another_shape_is_one_mistake(name: str, sums: dict[str, Any]) -> None:
    class Net(Planted):
        def loss(self, X: Any, y: Any = None, reg: float = 0.0) -> Any:
            result = super().loss(X, y, reg)
            if y is None:
                return result
            scores = self.loss(X)
            probs = np.exp(scores - scores.max(axis=1, keepdims=True))
            ds = (probs / probs.sum(axis=1, keepdims=True) - np.eye(probs.shape[1])[y]) / len(X)
            dz = (ds @ self.params["W2"].T) * (X @ self.params["W1"] + self.params["b1"] > 0)
            return result[0], {**result[1], name: np.sum({"b1": dz, "b2": ds}[name], **sums)}

    found = causes(Net)
    assert named(found) == {"bias-gradient-shape"}
    failed = [f.result for f in found.findings if f.result.verdict is not Verdict.PASSED]
    assert [(result.id, result.mistakes) for result in failed] == [
        (f"two_layer_net.loss.gradient_{name}", ("bias-gradient-shape",))
    ]


def test_an_unknown_fault_is_not_named() -> None:
    def strange(loss: Any, grads: Any, params: Any, reg: float) -> Any:
        grads["W1"][0, 0] += 0.01
        return loss, grads

    found = causes(changed(strange))
    assert named(found) == set()
    assert [f.result.id for f in found.findings if f.result.verdict is Verdict.FAILED] == [
        "two_layer_net.loss.gradient_W1"
    ]


def test_weights_that_are_not_scaled_are_named() -> None:
    result = verdicts(student(planted(scaled=False)))["two_layer_net.init.scale"]
    assert result.verdict is Verdict.FAILED
    assert result.mistakes == ("weights-not-scaled-at-init",)


def test_a_bias_that_starts_with_another_shape_but_adds_alike_passes() -> None:
    class Rows(Planted):
        def __init__(self, *args: Any, **settings: Any) -> None:
            super().__init__(*args, **settings)
            self.params["b1"], self.params["b2"] = self.params["b1"][np.newaxis], 0

    class Columns(Planted):
        def __init__(self, *args: Any, **settings: Any) -> None:
            super().__init__(*args, **settings)
            self.params["b1"] = self.params["b1"][:, np.newaxis]

    assert broken(verdicts(student(Rows))) == set()
    assert "init.shapes" in broken(verdicts(student(Columns)))


@pytest.mark.parametrize(
    "answer", [lambda y: None, lambda y: (None, {}) if y is not None else None, lambda y: (0.0, {})]
)
def test_a_stub_is_missing_never_wrong(answer: Any) -> None:
    class Stub(Planted):
        def loss(self, X: Any, y: Any = None, reg: float = 0.0) -> Any:
            return answer(y) if y is not None else None

    results = verdicts(student(Stub), parts="loss")
    waiting = {"two_layer_net.loss.numeric_stability"}
    assert {r.verdict for name, r in results.items() if name not in waiting} == {Verdict.MISSING}


@pytest.mark.parametrize(("axis", "mistake"), [(0, "predict-wrong-axis"), (1, "predict-argmin")])
def test_mistakes_of_prediction_are_named(axis: int, mistake: str) -> None:
    class Net(Planted):
        def predict(self, X: Any) -> Any:
            return np.argmax(self.loss(X), axis=0) if axis == 0 else np.argmin(self.loss(X), axis=1)

    assert verdicts(student(Net))["two_layer_net.predict.argmax"].mistakes == (mistake,)


def forward(relu: bool = True, first: str = "after", second: str = "after", last: bool = False) -> type:
    """A net that computes its predictions itself, with each bias added before or after its product."""

    class Net(Planted):
        def predict(self, X: Any) -> Any:
            p, use = self.params, {"after": (0, 1), "inside": (1, 0), "nowhere": (0, 0)}
            (in1, out1), (in2, out2) = use[first], use[second]
            hidden = X @ (p["W1"] + in1 * p["b1"]) + out1 * p["b1"]
            hidden = np.maximum(0, hidden) if relu else hidden
            scores = hidden @ (p["W2"] + in2 * p["b2"]) + out2 * p["b2"]
            return np.argmax(np.maximum(0, scores) if last else scores, axis=1)

    return Net


@pytest.mark.parametrize(
    ("how", "mistake"),
    [
        ({}, None),
        ({"relu": False}, "relu-missing-in-forward"),
        ({"last": True}, "relu-on-scores"),
        ({"first": "inside"}, "bias-inside-the-product"),
        ({"second": "inside"}, "bias-inside-the-product"),
        ({"first": "nowhere"}, "bias-missing-in-forward"),
        ({"second": "nowhere"}, "bias-missing-in-forward"),
        ({"first": "nowhere", "second": "nowhere"}, "bias-missing-in-forward"),
    ],
)
def test_every_part_of_a_predictions_forward_pass_counts(how: dict[str, Any], mistake: str | None) -> None:
    result = verdicts(student(forward(**how)), parts="predict")["two_layer_net.predict.argmax"]
    assert result.verdict is (Verdict.FAILED if mistake else Verdict.PASSED)
    assert result.mistakes == ((mistake,) if mistake else ())


def whole(cls: type) -> dict[str, Finding]:
    who = student(cls)
    findings = [Finding(result) for result in verdicts(who, parts="loss predict").values()]
    return {one.result.id: one for one in explained("two_layer_net", findings, who).findings}


class WithoutScores(Planted):
    def loss(self, X: Any, y: Any = None, reg: float = 0.0) -> Any:
        return None if y is None else super().loss(X, y, reg)


@pytest.mark.parametrize(
    "cls", [WithoutScores, planted("relu-on-scores"), planted("relu-missing-in-forward")]
)
def test_a_prediction_from_wrong_or_absent_scores_follows_from_these(cls: type) -> None:
    labels = whole(cls)["two_layer_net.predict.argmax"]
    assert labels.result.verdict in (Verdict.FAILED, Verdict.ERROR)
    assert labels.result.mistakes == ()
    assert labels.cause == "two_layer_net.loss.scores"


def test_the_mistakes_of_a_net_without_scores_are_named_all_the_same() -> None:
    class Net(WithoutScores):
        regularized = ("W1", "b1", "W2", "b2")

    assert named(causes(Net)) == {"biases-regularized"}


def test_regularized_biases_of_another_shape_are_two_mistakes() -> None:
    def gradients(loss: Any, grads: Any, params: Any, reg: float) -> Any:
        wrong = {name: grads[name][np.newaxis] + 2 * reg * params[name] for name in ("b1", "b2")}
        return loss, {**grads, **wrong}

    found = causes(changed(gradients))
    assert named(found) == {"bias-gradient-shape", "biases-regularized-in-gradient"}
    by_statement = {one.result.statement: one.result.mistakes for one in found.findings}
    assert by_statement["regularization_gradient"] == ("biases-regularized-in-gradient",)
    assert by_statement["gradient_b1"] == ("bias-gradient-shape",)


@pytest.mark.parametrize("own", [None, 1.0])
def test_where_the_loss_has_no_term_the_gradients_is_the_courses(own: float | None) -> None:
    who, name = student(planted(loss_l2=0.0, gradient_l2=0.5)), "two_layer_net.loss.regularization_gradient"
    setting = Setting(penalties={"two_layer_net": own} if own else {})
    assert (result_of(ALL[name], who, setting, {}).verdict is Verdict.PASSED) == (own is None)


def test_absent_bias_gradients_are_told_at_the_biases() -> None:
    net = changed(lambda loss, grads, params, reg: (loss, {name: grads[name] for name in ("W1", "W2")}))
    assert broken(verdicts(student(net))) == {"loss.gradient_b1", "loss.gradient_b2"}


def test_a_wrong_prediction_beside_absent_scores_follows_from_nothing() -> None:
    class Net(WithoutScores):
        def predict(self, X: Any) -> Any:
            return forward(relu=False).predict(self, X)

    assert whole(Net)["two_layer_net.predict.argmax"].cause is None


# --- training -------------------------------------------------------------------------------------------


def trainer(step: Any) -> type[Planted]:
    """A net that trains as the starter does, with `step(params, grads, learning_rate, memory)`."""

    class Net(Planted):
        def train(
            self,
            X: Any,
            y: Any,
            X_val: Any,
            y_val: Any,
            learning_rate: float = 1e-3,
            learning_rate_decay: float = 0.95,
            reg: float = 5e-6,
            num_iters: int = 100,
            batch_size: int = 200,
            verbose: bool = False,
        ) -> Any:
            history, memory = [], {}
            for it in range(num_iters):
                rows = np.random.choice(len(X), batch_size)
                loss, grads = self.loss(X[rows], y=y[rows], reg=reg)
                history.append(loss)
                step(self.params, grads, learning_rate, memory)
                if it % (len(X) // batch_size) == 0:
                    history_of = (self.predict(X_val) == y_val).mean()
                    assert history_of >= 0
                    learning_rate *= learning_rate_decay
            return {"loss_history": history, "train_acc_history": [], "val_acc_history": []}

    return Net


def plain(params: Any, grads: Any, learning_rate: float, memory: Any) -> None:
    for name in params:
        params[name] -= learning_rate * grads[name]


def momentum(params: Any, grads: Any, learning_rate: float, memory: Any) -> None:
    for name in params:
        memory[name] = 0.9 * memory.get(name, 0.0) - learning_rate * grads[name]
        params[name] += memory[name]


def growing_momentum(params: Any, grads: Any, learning_rate: float, memory: Any) -> None:
    """Its factor grows where the learning rate falls."""
    factor = memory.setdefault("factor", {}).setdefault(learning_rate, 0.5 + 0.1 * len(memory["factor"]))
    for name in params:
        memory[name] = factor * memory.get(name, 0.0) - learning_rate * grads[name]
        params[name] += memory[name]


def ascent(params: Any, grads: Any, learning_rate: float, memory: Any) -> None:
    plain(params, grads, -learning_rate, memory)


def without_biases(params: Any, grads: Any, learning_rate: float, memory: Any) -> None:
    for name in ("W1", "W2"):
        params[name] -= learning_rate * grads[name]


@pytest.mark.parametrize(
    ("step", "verdict", "mistakes"),
    [
        (plain, Verdict.PASSED, ()),
        (momentum, Verdict.PASSED, ()),
        (growing_momentum, Verdict.PASSED, ()),
        (ascent, Verdict.FAILED, ("gradient-ascent",)),
        (without_biases, Verdict.FAILED, ("parameters-not-updated",)),
        (lambda *args: None, Verdict.FAILED, ("no-update",)),
    ],
    ids=["plain", "momentum", "growing momentum", "ascent", "weights only", "no update"],
)
def test_each_step_is_followed(step: Any, verdict: Verdict, mistakes: tuple[str, ...]) -> None:
    results = verdicts(student(trainer(step)), parts="train")
    assert results["two_layer_net.train.sgd_step"].verdict is verdict
    assert results["two_layer_net.train.sgd_step"].mistakes == mistakes
    assert broken(results) <= {"train.sgd_step"}


def test_a_nets_momentum_is_noted() -> None:
    results = verdicts(student(trainer(momentum)), parts="train")
    assert results["two_layer_net.train.sgd_step"].message.startswith("note: the update has momentum 0.9")


def test_a_momentum_that_grows_from_epoch_to_epoch_is_noted_with_both_ends() -> None:
    results = verdicts(student(trainer(growing_momentum)), parts="train")
    note = "note: the update has momentum 0.6 to 0.8, where plain SGD is asked"
    assert results["two_layer_net.train.sgd_step"].message == note


def validation_loss(net: Any, X_val: Any, y_val: Any) -> Any:
    return net.loss(X_val, y=y_val, reg=0.0)[0]


def validation_scores(net: Any, X_val: Any, y_val: Any) -> Any:
    return (np.argmax(net.loss(X_val), axis=1) == y_val).mean()


@pytest.mark.parametrize("every", [1, 4])
@pytest.mark.parametrize("ask", [validation_loss, validation_scores])
@pytest.mark.parametrize("through_the_class", [False, True])
def test_a_training_that_asks_for_more_losses_passes(ask: Any, every: int, through_the_class: bool) -> None:
    class Net(trainer(plain)):  # type: ignore[misc]
        def train(self, X: Any, y: Any, X_val: Any, y_val: Any, **settings: Any) -> Any:
            history, rate = [], settings["learning_rate"]
            for it in range(settings["num_iters"]):
                rows = np.random.choice(len(X), settings["batch_size"])
                if through_the_class:
                    loss, grads = type(self).loss(self, X[rows], y[rows], settings["reg"])
                else:
                    loss, grads = self.loss(X[rows], reg=settings["reg"], y=list(y[rows]))
                history.append(loss)
                plain(self.params, grads, rate, {})
                if it % 4 == 3:
                    rate *= settings["learning_rate_decay"]
                if it % every == 0:
                    assert np.isfinite(ask(self, X_val, y_val))
            return {"loss_history": history}

    assert broken(verdicts(student(Net), parts="train")) == set()


def test_a_training_without_batches_is_missing() -> None:
    class Net(Planted):
        def train(self, X: Any, y: Any, X_val: Any, y_val: Any, **settings: Any) -> Any:
            loss, _ = self.loss(None, y=None, reg=settings["reg"])
            return {"loss_history": [loss]}

    results = verdicts(student(Net), parts="train")
    assert {result.verdict for result in results.values()} == {Verdict.MISSING}


# --- nets of any depth ----------------------------------------------------------------------------------


class Deep:
    """`FullyConnectedNet`, made of the reference."""

    forgotten: tuple[str, ...] = ()

    def __init__(
        self,
        hidden_dims: list[int],
        input_dim: int = 3072,
        num_classes: int = 10,
        dropout_keep_ratio: float = 1,
        normalization: str | None = None,
        reg: float = 0.0,
        weight_scale: float = 1e-2,
        dtype: Any = np.float32,
        seed: int | None = None,
    ) -> None:
        self.reg, self.dtype = reg, dtype
        rng = np.random.RandomState(0)
        params = reference.initialize([input_dim, *hidden_dims, num_classes], weight_scale, rng)
        self.params = {name: value.astype(dtype) for name, value in params.items()}

    def loss(self, X: Any, y: Any = None) -> Any:
        X = X.astype(self.dtype)
        if y is None:
            return reference.fully_connected_scores(self.params, X)
        loss, grads = reference.fully_connected_loss(self.params, X, y, self.reg)
        for name in self.forgotten:
            if name in grads:
                grads[name] = grads[name] - self.reg * self.params[name]
        return loss, grads


def deep(cls: type) -> InProcess:
    sites = {f"fully_connected.{role}": Site(None, "Net", METHODS[role]) for role in ("init", "loss")}
    return InProcess({"Net": cls}, sites)


def deep_causes(cls: type) -> Explained:
    who = deep(cls)
    findings = [Finding(result) for result in verdicts(who, "fully_connected").values()]
    return explained("fully_connected", findings, who)


def test_the_reference_of_any_depth_passes() -> None:
    assert broken(verdicts(deep(Deep), "fully_connected")) == set()


class Normalizing(Deep):
    """With batch normalization unless it is told not to, and parameters of it."""

    def __init__(self, hidden_dims: list[int], normalization: str | None = "batchnorm", **more: Any) -> None:
        super().__init__(hidden_dims, **more)
        self.normalization = normalization
        if normalization:
            self.params |= {"gamma1": np.ones(hidden_dims[0]), "beta1": np.zeros(hidden_dims[0])}

    def loss(self, X: Any, y: Any = None) -> Any:
        if self.normalization:
            X = X * self.params["gamma1"].mean()
        return super().loss(X, y)


def test_normalization_that_is_on_by_default_is_left_off_and_noted() -> None:
    who = deep(Normalizing)
    assert broken(verdicts(who, "fully_connected")) == set()
    assert any("has batchnorm by default" in note for note in who.notes)


def test_a_mistake_in_a_deep_net_is_named() -> None:
    found = deep_causes(type("Net", (Deep,), {"forgotten": tuple(f"W{i}" for i in range(1, 7))}))
    assert named(found) == {"forgot-regularization-gradient"}


def test_a_fault_that_only_deep_nets_show_fails_without_a_name() -> None:
    found = deep_causes(type("Net", (Deep,), {"forgotten": ("W4",)}))
    assert named(found) == set()
    failed = [f.result.id for f in found.findings if f.result.verdict is Verdict.FAILED]
    assert failed == ["fully_connected.loss.regularization_gradient"]
