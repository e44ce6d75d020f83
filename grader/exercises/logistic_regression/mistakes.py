"""Name the mistake of a logistic regression, by descents that make it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from grader.checking.compare import agree
from grader.exercises.calling import Array
from grader.exercises.logistic_regression.problems import LogisticProblem
from reference.exercises.logistic_regression import sigmoid

__all__ = ["name_steps"]


@dataclass(frozen=True, kw_only=True)
class _Rule:
    """w + k·(pull/N − C·w), and what of it is otherwise.

    `penalty`: the factor of C·w, by N; `spared`: the weight without a penalty; `mean`: whether the pull is
    divided by N; `weight`: of an example, from y and w·x.
    """

    penalty: Callable[[int], float] = lambda N: 1.0
    spared: int | None = None
    mean: bool = True
    sign: float = 1.0
    weight: Callable[[Array, Array], Array] = lambda y, z: y * (1 - sigmoid(y * z))
    in_turn: bool = False

    def moved(self, w: Array, problem: LogisticProblem) -> Array:
        X, y = problem.X, problem.y
        pull = X.T @ self.weight(y, X @ w) / (len(y) if self.mean else 1)
        shrink = self.penalty(len(y)) * problem.C * w
        if self.spared is not None:
            shrink[self.spared] = 0.0
        return w + self.sign * problem.k * pull - problem.k * shrink

    def after(self, problem: LogisticProblem, steps: int) -> Array:
        w = np.zeros(problem.X.shape[1])
        for _ in range(steps):
            if not self.in_turn:
                w = self.moved(w, problem)
                continue
            w = w.copy()
            for j in range(len(w)):
                w[j] = self.moved(w, problem)[j]
        return w


def name_steps(problems: Sequence[LogisticProblem], made: Sequence[Array], steps: int) -> str | None:
    """The mistake that gives these weights after so many steps on each problem; None when none is known."""
    with np.errstate(all="ignore"):
        found = {
            mistake
            for mistake, rules in _RULES.items()
            if any(
                all(agree(w, rule.after(p, steps)) for p, w in zip(problems, made, strict=True))
                for rule in rules
            )
        }
        if not found and (spared := _spared(problems, made, steps)):
            return spared
    return found.pop() if len(found) == 1 else None


def _spared(problems: Sequence[LogisticProblem], made: Sequence[Array], steps: int) -> str | None:
    """Where one weight, whichever, has no penalty."""

    def candidates(problem: LogisticProblem) -> Iterator[Array]:
        return (_Rule(spared=j).after(problem, steps) for j in range(problem.X.shape[1]))

    spares = all(any(agree(w, one) for one in candidates(p)) for p, w in zip(problems, made, strict=True))
    return "penalty-misses-a-weight" if spares else None


def _product(y: Array, z: Array) -> Array:
    """`y * (X * w)` of matrices is one number, the same for all examples."""
    return y * (1 - sigmoid(np.full(len(y), float(y @ z))))


_RULES: dict[str, tuple[_Rule, ...]] = {
    "penalty-divided-by-n": (_Rule(penalty=lambda N: 1 / N),),
    "penalty-missing": (_Rule(penalty=lambda N: 0.0),),
    "penalty-added": (_Rule(penalty=lambda N: -1.0),),
    "weights-updated-in-turn": (_Rule(in_turn=True),),
    "pull-not-divided-by-n": (_Rule(mean=False),),
    "step-reversed": (_Rule(sign=-1.0), _Rule(sign=-1.0, penalty=lambda N: -1.0)),
    "sigma-not-subtracted": (_Rule(weight=lambda y, z: y * sigmoid(y * z)),),
    "margin-without-label": (_Rule(weight=lambda y, z: y * (1 - sigmoid(z))),),
    "matrix-product-for-elementwise": (_Rule(weight=_product),),
}
