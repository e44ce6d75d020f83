"""What a softmax loss with biases, and a training by it, must fulfil."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from grader.checking.check import NotRun, Setting, check
from grader.checking.expect import Expect
from grader.exercises.calling import Array
from grader.exercises.softmax.mistakes import convention, named
from grader.exercises.softmax.problems import REG, of_spiral, problems
from grader.exercises.softmax.proxy import Loss, Spiral, Training
from grader.exercises.softmax.steps import first_step
from grader.student.answers import describe
from reference.exercises import spiral as reference

__all__: list[str] = []  # `declared_in` finds the checks

#: The notes' reg, and their step.
NOTES_REG, STEP = 1e-3, 1.0
#: Iterations and least accuracy. The notes say 0.49 and, after 10,000 iterations, 0.98; of 20 seeds the
#: reference's least are 0.50 and 0.95.
LINEAR, HIDDEN = (200, 0.45), (3000, 0.92)


@check("loss", of=["loss"])
def loss(function: Loss, expect: Expect, seed: int) -> None:
    """The loss matches the reference, also with regularization."""
    for problem in problems(seed, function.hidden)[:2]:
        plain, strong = function(problem), function(problem.with_reg(REG))
        if not expect.close(plain.loss, problem.right(0.5)[0], "the loss at reg = 0"):
            break
        l2 = convention(strong, plain) or 0.5
        right = strong.problem.right(l2)[0]
        if not expect.close(strong.loss, right, f"the loss at reg = {REG}"):
            break
    _name(function, expect, seed, "loss")


@check("gradient_W", of=["loss"])
def gradient_w(function: Loss, expect: Expect, seed: int) -> None:
    """The gradients of the weights match the reference at reg = 0."""
    _expect_gradients(function, expect, seed, "W")
    _name(function, expect, seed, "weights")


@check("gradient_b", of=["loss"])
def gradient_b(function: Loss, expect: Expect, seed: int) -> None:
    """The gradients of the biases match the reference, in their shape."""
    for problem in problems(seed, function.hidden)[:1]:
        answer = function(problem)
        for name in function.names:
            if name.startswith("b") and (form := answer.bias_form(name)) != "right":
                found = f"d{name} is {describe(answer.raw[name])}"
                expect.fail(f"{found}, not of shape {problem.params[name].shape}", help=_SUM, mistake=form)
    if not expect.failed or expect.mistakes == ["bias-gradient-shape"]:
        _expect_gradients(function, expect, seed, "b")
    _name(function, expect, seed, "biases")


@check("regularization", of=["loss"], needs=[gradient_w, gradient_b])
def regularization(function: Loss, expect: Expect, seed: int) -> None:
    """What reg adds to the gradients is the derivative of what it adds to the loss."""
    for problem in problems(seed, function.hidden)[:2]:
        answer = function(problem.with_reg(REG))
        right = answer.problem.right(convention(answer, function(problem)) or 0.5)[1]
        for name in function.names:
            expect.close(answer.gradient(name), right[name], f"d{name} at reg = {REG}")
    _name(function, expect, seed, "regularization")


@check("step", of=["train"], topic="training", needs=[gradient_w, gradient_b])
def step(train: Training, expect: Expect, seed: int) -> None:
    """The first step goes against the gradient, in every parameter."""
    found = first_step(train, seed)
    wrong = [name for name in found.rises if not found.is_near(name, -1.0)]
    expect.true(
        not wrong,
        f"after one step {', '.join(wrong)} {'is' if len(wrong) == 1 else 'are'} not where "
        "−step times the gradient leads",
        help="subtract step times its gradient from each parameter, and return what was updated",
        mistake=found.mistake,
    )


@check("accuracy", about="train", topic="training", needs=[loss, step], trains=True)
def accuracy(spiral: Spiral, expect: Expect, setting: Setting) -> None:
    """The trained classifier is as good on the notes' spiral as theirs."""
    if setting.training is None:
        raise NotRun("nothing is trained (--no-train)")
    iterations, least = HIDDEN if spiral.loss.hidden else LINEAR
    X, y = of_spiral(setting.seed)
    with np.errstate(all="ignore"):
        params = spiral.train(X, y, NOTES_REG, STEP, iterations)
        share = _share(params, X, y)
    expect.true(
        share >= least,
        f"{share:.0%} of the points are classified right after {iterations} iterations, not {least:.0%}",
        what="accuracy",
        measured=share,
        expected=least,
    )


_SUM = "sum over the examples, `np.sum(dscores, axis=0, keepdims=True)`"


def _share(params: Sequence[Array], X: Array, y: Array) -> float:
    if not all(np.isfinite(value).all() for value in params):
        return 0.0
    return float(np.mean(reference.predict(params, X) == y))


def _expect_gradients(function: Loss, expect: Expect, seed: int, kind: str) -> None:
    for problem in problems(seed, function.hidden)[:2]:
        answer, right = function(problem), problem.right(0.5)[1]
        for name in function.names:
            if name.startswith(kind):
                expect.close(answer.gradient(name), right[name], f"d{name} at reg = 0")


def _name(function: Loss, expect: Expect, seed: int, part: str) -> None:
    """Name the mistakes of a part that failed."""
    if expect.failed:
        for mistake in named(function, seed)[part]:
            expect.fail(expect.fact, mistake=mistake)
