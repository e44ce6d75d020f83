"""What an error is called, and what is said of it in its author's words."""

from types import SimpleNamespace

import pytest
from judged import case_of, made_up

from grader.checking.finding import Finding
from grader.diagnosis.attribution import Attribution
from grader.diagnosis.raised import explain_raised
from grader.intake.site import Site
from grader.result import Verdict, Where

FILE = "cs231n/classifiers/linear_svm.py"
NAIVE, VECTORIZED, BOTH = "svm.naive.loss", "svm.vectorized.loss", "svm.agreement.loss"


def stopped(check: str, error: str, line: int = 2) -> Finding:
    kind = error.partition(":")[0]
    message = f"`svm_loss_vectorized` raised {error}"
    result = made_up(check, Verdict.ERROR, message=message, where=Where(FILE, line), error_type=kind)
    return Finding(result)


def explained(line: str, *findings: Finding) -> Attribution:
    roles = {found.result.role: Site(FILE, "svm_loss_vectorized") for found in findings}
    roles.pop("svm.agreement", None)
    text = f"def svm_loss_vectorized(W, X, y, reg):\n    {line}\n"
    return explain_raised(case_of("svm", findings, SimpleNamespace(sites=roles), source={FILE: text}.get))


@pytest.mark.parametrize(
    ("line", "error", "mistake", "words"),
    [
        (
            "margins = scores - correct + 1",
            "ValueError: operands could not be broadcast together with shapes (12,10) (12,) ",
            "shapes-do-not-fit",
            ["has the shape (12, 10)", "the other has the shape (12,)", "makes a column (12, 1)"],
        ),
        (
            "scores -= best",
            "ValueError: operands could not be broadcast together with shapes (12,10) (12,) ",
            "shapes-do-not-fit",
            ["`scores` has the shape (12, 10)", "`best` has the shape (12,)", "`best[:, np.newaxis]`"],
        ),
        (
            "dW = X.dot(mask)",
            "ValueError: shapes (12,21) and (12,10) not aligned: 21 (dim 1) != 12 (dim 0)",
            "shapes-do-not-fit",
            ["`X` has the shape (12, 21)", "`mask` has the shape (12, 10)", "first one transposed"],
        ),
        (
            "best = np.max(row, axis=1)",
            "AxisError: axis 1 is out of bounds for array of dimension 1",
            "axis-not-there",
            ["axis 1 is asked of an array of 1 axis", "only axis 0"],
        ),
        (
            "dW[y[i], i] -= X[i]",
            "IndexError: index 30 is out of bounds for axis 0 with size 30",
            "index-out-of-range",
            ["30 is asked, and axis 0 has 30 entries, 0 to 29"],
        ),
        (
            "p[rows, labels] -= 1",
            "IndexError: arrays used as indices must be of integer (or boolean) type",
            "index-not-whole",
            ["`.astype(int)`"],
        ),
        (
            "h = np.maximun(0, z)",
            "AttributeError: module 'numpy' has no attribute 'maximun'",
            "no-such-attribute",
            ["module 'numpy' has no `maximun`"],
        ),
    ],
)
def test_an_error_has_a_name_and_the_line_its_words(
    line: str, error: str, mistake: str, words: list[str]
) -> None:
    found = explained(line, stopped(VECTORIZED, error))
    said = found.checks[VECTORIZED]
    assert said.mistakes == (mistake,)
    assert all(word in (said.help or "") for word in words), said.help
    assert [diagnosis.where for diagnosis in found.diagnoses] == [Where(FILE, 2)]


def test_the_role_that_raises_is_accused_and_a_comparison_only_shows_it() -> None:
    error = "IndexError: index 30 is out of bounds for axis 0 with size 30"
    found = explained("x = X[30]", stopped(VECTORIZED, error), stopped(BOTH, error))
    assert [diagnosis.roles for diagnosis in found.diagnoses] == [("svm.vectorized",)]
    assert found.checks[BOTH].borrowed
    assert not found.checks[VECTORIZED].borrowed


def test_what_is_known_already_or_has_no_line_or_no_name_keeps_what_was_said() -> None:
    known = Finding(made_up(NAIVE, Verdict.ERROR, message="IndexError", mistakes=("undefined-name",)))
    nowhere = Finding(made_up(NAIVE, Verdict.ERROR, message="`f` raised KeyError: 'w'"))
    other = stopped(VECTORIZED, "RuntimeError: no")
    for finding in (known, nowhere, other):
        assert explained("pass", finding).checks == {}
