"""What an error is called, and what is said of it in its author's words."""

from types import SimpleNamespace

import pytest
from judged import case_of, made_up

from grader.assignment1 import ASSIGNMENT
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
    roles = {found.result.role: Site(FILE, "svm_loss_vectorized", line=1) for found in findings}
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
            ["`scores` has the shape (12, 10)", "`correct` has the shape (12,)", "makes a column (12, 1)"],
        ),
        (
            "scores -= best",
            "ValueError: operands could not be broadcast together with shapes (12,10) (12,) (12,10) ",
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
            ["axis 1 is asked of an array that has only axis 0"],
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
            "dscores[np.arange(N), y] -= 1",
            "IndexError: shape mismatch: indexing arrays could not be broadcast together with shapes "
            "(5,) (4,) ",
            "shapes-do-not-fit",
            ["Two indices have the shapes (5,) and (4,)"],
        ),
        (
            "both = np.array([a, b])",
            "ValueError: setting an array element with a sequence. The requested array has an inhomogeneous "
            "shape after 1 dimensions. The detected shape was (2,) + inhomogeneous part.",
            "shapes-do-not-fit",
            ["unlike lengths"],
        ),
        (
            "dW = grads['W1']",
            "IndexError: only integers, slices (`:`) and integer or boolean arrays are valid indices",
            "index-not-whole",
            ["What `['W1']` is asked of is an array"],
        ),
        (
            "half = X[N / 2]",
            "IndexError: only integers, slices (`:`) and integer or boolean arrays are valid indices",
            "index-not-whole",
            ["no text and no fraction"],
        ),
        (
            "best = rows[i, j]",
            "TypeError: list indices must be integers or slices, not tuple",
            "index-not-whole",
            ["A list is indexed with a whole number, not with tuple"],
        ),
        (
            "last = rows[-5]",
            "IndexError: list index out of range",
            "index-out-of-range",
            ["An index lies outside of a list"],
        ),
        (
            "N = scores.shape[0]",
            "AttributeError: 'NoneType' object has no attribute 'shape'",
            "no-such-attribute",
            ["What `.shape` is asked of is None here"],
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


@pytest.mark.parametrize(
    "line",
    [
        "loss = np.sum(np.maximum(scores, correct)) / N - a",
        "margins = np.where(scores > correct, scores, correct)",
        "x = first - second; y = third - fourth",
        "x = clipped(scores, correct)",
    ],
)
def test_sides_are_named_only_where_no_other_operation_can_be_meant(line: str) -> None:
    error = "ValueError: operands could not be broadcast together with shapes (12,10) (12,) "
    said = explained(line, stopped(VECTORIZED, error)).checks[VECTORIZED]
    assert (said.help or "").startswith("one side has the shape (12, 10), the other has the shape (12,): ")


@pytest.mark.parametrize(
    ("line", "sides"),
    [
        ("loss = np.sum(np.maximum(scores, correct)) / 5", ("scores", "correct")),
        ("loss = (scores - correct).sum() / N", ("scores", "correct")),
        ("m = np.maximum(scores + 1, correct)", ("scores + 1", "correct")),
        ("h = X.dot(W).reshape(N, C) + b", ("X.dot(W).reshape(N, C)", "b")),
        ("p = np.exp(s) / np.sum(np.exp(s), axis=1)", ("np.exp(s)", "np.sum(np.exp(s), axis=1)")),
        ("if (a > b).any():\n        c = d - e\n        f = c - d", ("a", "b")),
        ("margins -= scores - correct + 1", ("scores", "correct")),
    ],
)
def test_the_only_operation_that_can_be_meant_has_its_sides_named(line: str, sides: tuple[str, str]) -> None:
    error = "ValueError: operands could not be broadcast together with shapes (12,10) (12,) "
    said = explained(line, stopped(VECTORIZED, error)).checks[VECTORIZED]
    told = f"`{sides[0]}` has the shape (12, 10), `{sides[1]}` has the shape (12,): "
    assert (said.help or "").startswith(told)


@pytest.mark.parametrize(
    "words",
    [
        "operands could not be broadcast together with shapes (1 2) (3) ",
        "operands could not be broadcast together with shapes (,) (3,) ",
        f"shapes (3,) and ({'9' * 1500},) not aligned",
        f"index 5 is out of bounds for axis 0 with size {'9' * 1500}",
        f"axis {'9' * 1500} is out of bounds for array of dimension 1",
        "index - is out of bounds for axis 0 with size 3",
        "list indices must be integers or slices, not {0}",
    ],
)
def test_what_a_person_raises_with_words_of_numpys_is_no_fault_of_ours(words: str) -> None:
    made = explained("raise ValueError(words)", stopped(VECTORIZED, f"ValueError: {words}"))
    assert all(check.help is None or "999" not in check.help for check in made.checks.values())


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


def test_equal_words_at_two_lines_are_two_mistakes_told_in_general() -> None:
    error = "IndexError: list index out of range"
    found = explained("x = rows[9]", stopped(NAIVE, error, 2), stopped(VECTORIZED, error, 3))
    assert [diagnosis.where for diagnosis in found.diagnoses] == [Where(FILE, 2), Where(FILE, 3)]
    assert all(found.checks[check].of_place for check in (NAIVE, VECTORIZED))
    row = ASSIGNMENT.catalogue["index-out-of-range"]
    assert {(said.explanation, said.help) for said in found.diagnoses} == {(row.fact, row.remedy)}


def test_a_function_that_cannot_be_called_is_told_by_its_own_parameters() -> None:
    error = "TypeError: svm_loss_vectorized() missing 1 required positional argument: 'delta'"
    said = explained("pass", stopped(VECTORIZED, error, 1)).checks[VECTORIZED]
    assert said.mistakes == ("wrong-arguments",)
    assert (said.help or "").startswith("It is called with the parameters that the starter's `def` has")


def test_an_error_that_no_line_of_the_function_raised_has_no_name() -> None:
    for error in ("TypeError: other() missing 1 required positional argument: 'y'", "KeyError: 'W1'"):
        assert explained("pass", stopped(VECTORIZED, error, 1)).checks == {}
