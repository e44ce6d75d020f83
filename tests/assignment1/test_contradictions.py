"""Nothing that is said of work contradicts a check that it passed."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from judged import ALL, case_of, subject
from planted_losses import PLANTED, compatible, plant
from planted_nets import PLANTS, planted
from test_nets import student as net_student

from grader.assignment1 import ASSIGNMENT
from grader.checking.check import Setting
from grader.checking.run import run_check
from grader.diagnosis.explain import Explained, explain_failures
from grader.intake.site import Site
from grader.result import Verdict
from grader.student.calls import Student
from grader.student.in_process import InProcess
from reference import linear

#: What a sentence that accuses a part of a loss speaks of, by the check that finds this part right.
SPOKEN = {
    "loss": re.compile(r"(?<!derivative of )\b(the|the data|running) loss\b(?!'s| is right)"),
    "gradient": re.compile(r"at reg = 0, dW|columns? of dW|dW (is|gets|has|uses|counts)"),
    "regularization_gradient": re.compile(r"dW (adds|lacks|subtracts|multiplies)"),
}
#: These are about the two sides together: each is told with what it does not fit.
RELATIONS = {"regularization-factors-swapped", "forgot-regularization-loss", "loss-ignores-reg-argument"}


def explained(who: Student, question: str, roles: tuple[str, ...]) -> Explained:
    work = subject(who, question)
    wanted = [check for check in ALL.values() if check.role in roles]
    findings = [run_check(check, work, who, Setting()) for check in wanted]
    case = case_of(question, findings, who, subject=work)
    return explain_failures(case, ASSIGNMENT.question(question).explain)


def assert_no_contradiction(found: Explained) -> None:
    results = [finding.result for finding in found.findings]
    for diagnosis in found.diagnoses:
        for role in diagnosis.roles:
            own = [one for one in results if one.role == role]
            named = [one for one in own if diagnosis.mistake in one.mistakes]
            assert any(one.verdict is not Verdict.PASSED for one in named), (diagnosis, "no check has it")
            if diagnosis.mistake in RELATIONS:
                continue
            passed = {one.statement for one in own if one.verdict is Verdict.PASSED}
            said = diagnosis.explanation
            against = [part for part, spoken in SPOKEN.items() if part in passed and spoken.search(said)]
            assert against == [], (diagnosis.mistake, diagnosis.explanation)


def judged(kind: str, loss: Any) -> Explained:
    name = f"{kind}_loss_naive"
    live = {name: loss, f"{kind}_loss_vectorized": getattr(linear, f"{kind}_loss_vectorized")}
    sites = {f"{kind}.{part}": Site(None, f"{kind}_loss_{part}") for part in ("naive", "vectorized")}
    return explained(
        InProcess(live, sites), kind, (f"{kind}.naive", f"{kind}.vectorized", f"{kind}.agreement")
    )


@given(data=st.data(), kind=st.sampled_from(["svm", "softmax"]))
@settings(max_examples=60, deadline=None)
def test_planted_mistakes_and_pairs_of_them(data: Any, kind: str) -> None:
    first, second = (data.draw(st.sampled_from(sorted(PLANTED[kind]))) for _ in range(2))
    both = (first, second) if first != second and compatible(kind, first, second) else (first,)
    assert_no_contradiction(judged(kind, plant(kind, *(PLANTED[kind][one] for one in both))))


#: What reg adds: terms of the loss and of the gradient, also such as no convention knows.
PENALTIES = {"none": 0.0, "half": 0.5, "one": 1.0, "two": 2.0, "odd": 0.3}
DECAYS = {"none": 0.0, "quarter": 0.5, "half": 1.0, "one": 2.0, "two": 4.0, "odd": 0.7}


@pytest.mark.parametrize("penalty", PENALTIES)
@pytest.mark.parametrize("decay", DECAYS)
@pytest.mark.parametrize("strength", ["reg", "1"])
def test_terms_that_do_not_fit(penalty: str, decay: str, strength: str) -> None:
    def loss(W: Any, X: Any, y: Any, reg: float) -> Any:
        value, dW = linear.svm_loss_naive(W, X, y, 0.0)
        term = PENALTIES[penalty] * (reg if strength == "reg" else 1.0) * np.sum(W * W)
        return value + term, dW + DECAYS[decay] * reg * W

    assert_no_contradiction(judged("svm", loss))


@pytest.mark.parametrize("mistake", PLANTS)
@pytest.mark.parametrize("odd", [False, True])
def test_nets(mistake: str, odd: bool) -> None:
    made = planted(mistake)

    class Net(made):  # type: ignore[misc,valid-type]
        def loss(self, X: Any, y: Any = None, reg: float = 0.0) -> Any:
            result = super().loss(X, y, reg)
            return (result[0] + np.sin(result[0]), result[1]) if odd and y is not None else result

    who = net_student(Net)
    assert_no_contradiction(explained(who, "two_layer_net", ("two_layer_net.loss",)))
