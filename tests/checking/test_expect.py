"""What `expect` records and says of a comparison."""

from __future__ import annotations

import numpy as np
import pytest

from grader.checking.expect import Expect
from grader.report.evidence import comparison
from grader.result import CheckResult, Verdict


@pytest.mark.parametrize("worst", [1.0, 50.0, 400.0])
def test_the_relative_error_is_told_beside_the_numbers_and_not_in_the_fact(worst: float) -> None:
    expected = np.array([[100.0, 2.0], [3.0, worst]])
    measured = expected - np.array([[0.0, 0.0], [0.0, 1.5]])
    expect = Expect()
    expect.close(measured, expected, "dW")
    (evidence,) = expect.evidence
    check = CheckResult(id="svm.naive.gradient", title="", verdict=Verdict.FAILED, evidence=(evidence,))
    assert f"rel. error: {evidence.relative_error:.1e}" in comparison(check, evidence)
    assert "error" not in expect.fact


def test_a_number_that_is_none_has_no_relative_error() -> None:
    expect = Expect()
    expect.close(np.array([1.0, np.nan]), np.array([1.0, 2.0]), "dW")
    assert expect.evidence[0].relative_error is None
    assert expect.fact == "dW: 50% of the entries differ; the most at [1]: yours nan, expected 2"
