"""What a student's code returns may overflow our own arithmetic; no warning of ours says so."""

import warnings
from typing import Any

import numpy as np
import pytest
from judged import ALL, explained, found, subject
from planted_nets import Planted
from test_linear_losses import NAMES
from test_nets import METHODS

from grader.checking.check import Setting
from grader.intake.site import Site
from grader.result import Verdict
from grader.student.in_process import InProcess
from reference import linear

HUGE = [np.inf, -np.inf, np.nan, 1e308]


def judged(question: str, prefix: str, who: InProcess) -> list[Verdict]:
    """The verdicts of a question's checks, explained, with numpy's errors set as they are at the start."""
    subjects: dict[str, Any] = {question: subject(who, question)}
    findings = []
    with np.errstate(all="warn"), warnings.catch_warnings():
        warnings.simplefilter("error")
        for check in ALL.values():
            if check.id.startswith(prefix):
                findings.append(found(check, who, Setting(), subjects))
        explained(question, findings, who)
    return [finding.result.verdict for finding in findings]


@pytest.mark.parametrize("factor", HUGE)
@pytest.mark.parametrize("part", [0, 1])
def test_losses_that_overflow(factor: float, part: int) -> None:
    def loss(*args: Any) -> Any:
        answer = list(linear.svm_loss_vectorized(*args))
        with np.errstate(all="ignore"):
            answer[part] = answer[part] * factor
        return tuple(answer)

    name = NAMES["svm.naive"]
    verdicts = judged("svm", "svm.naive.", InProcess({name: loss}, {"svm.naive": Site(None, name)}))
    assert Verdict.FAILED in verdicts
    assert Verdict.ERROR not in verdicts


@pytest.mark.parametrize("factor", HUGE)
@pytest.mark.parametrize("part", ["loss", "gradients"])
def test_nets_that_overflow(factor: float, part: str) -> None:
    class TwoLayerNet(Planted):
        def loss(self, X: Any, y: Any = None, reg: float = 0.0) -> Any:
            result = super().loss(X, y, reg)
            if y is None:
                return result
            with np.errstate(all="ignore"):
                loss, grads = result
                if part == "loss":
                    return loss * factor, grads
                return loss, {name: gradient * factor for name, gradient in grads.items()}

    sites = {f"two_layer_net.{role}": Site(None, "TwoLayerNet", method) for role, method in METHODS.items()}
    verdicts = judged("two_layer_net", "two_layer_net.loss.", InProcess({"TwoLayerNet": TwoLayerNet}, sites))
    assert Verdict.FAILED in verdicts
    assert Verdict.ERROR not in verdicts
