"""What a run left behind: the comparisons that it printed, and the search for hyperparameters."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from running import MODULES, NAME, checked, host, notebook, runs

from grader.assignment1.notebooks.comparisons import comparisons
from grader.assignment1.notebooks.votes import images_as_distances
from grader.checking.check import NotRun
from grader.intake.notebooks.cells import Cell
from grader.intake.notebooks.statements import statements_of
from grader.result import CheckResult, Verdict, Where
from grader.student.notebooks.cell_replies import CellRun
from grader.student.notebooks.runs import NotebookHost


@pytest.fixture(scope="module")
def quick() -> Iterator[NotebookHost]:
    with host("quick") as room:
        yield room


def judged(room: NotebookHost, check: str, *cells: str) -> CheckResult:
    handed_in = {**MODULES, NAME: notebook(*cells)}
    with runs(room, handed_in, **{check.partition(".")[0]: NAME}) as made:
        return checked(check, made)


def entries(*errors: float) -> str:
    return "\n".join(f"numerical: 1.5 analytic: 1.5, relative error: {error:e}" for error in errors)


COURSE = "grad_check_sparse(f, W, grad); print(rel_error(a, b))"


def held(text: str, source: str = COURSE) -> list[bool]:
    return [found.holds for found in comparisons([CellRun(3, text)], [Cell(5, 3, "code", source)])]


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        # Kinks: a third of the entries is off, and the others agree.
        (entries(1e-12, 6e-4, 2e-11, 2e-1, 2e-12, 1e-12), [True, True]),
        # Only the second half has regularization, and its gradient was forgotten.
        (entries(1e-12, 2e-12, 3e-12, 4e-4, 2e-4, 7e-3), [True, False]),
        # A softmax, whose term is small beside the data's.
        (entries(2e-5, 1.5e-6, 3e-5, 7e-5, 4e-4), [False]),
        # A toy problem whose right gradient is 0.
        (entries(float("nan"), float("nan"), float("nan")), []),
        ("W1 max relative error: 3.6e-09\nb1 max relative error: 7.1e-01", [True, False]),
        ("dx error:  5.0e-11\nnext_w error: nan", [True, False]),
        ("W2 relative error: 2.1e-04", [True]),
        # A kink in one of two models.
        ("reg = 0\nW1 relative error: 1.0\nreg = 3.14\nW1 relative error: 2e-7", [True]),
        ("reg = 0\nW1 relative error: 1.0\nreg = 3.14\nW1 relative error: 0.5", [False]),
        ("One loop difference was: 0.000000\nNo loop difference was: 8120.5", [True, False]),
        ("Loss difference: 0.000000\nGradient difference: 12.1", [True, False]),
        ("Difference between your scores and correct scores:\n3.68e-08", [True]),
        # True for one form of L2 only, so it is not judged.
        ("Difference between your loss and correct loss:\n0.018", []),
        ("train error: 0.61\nerror rate: 0.4\nL1 diff: 3000", []),
        ("", []),
    ],
)
def test_the_courses_own_comparisons_are_judged(text, holds):
    assert held(text) == holds


@given(st.text(max_size=400))
def test_any_print_is_read(text):
    assert len(held(text)) <= 200
    assert len(held("dx error: 1.5\n" + text)) >= 1


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("numericalanalytic", 0),
        ("numerical: ", 0),
        ("difference: ", 0),
        ("difference: 1.5 ", 62),
        ("difference: 1.5\n", 200),
    ],
)
def test_a_long_line_is_read_in_passing(line, found):
    assert len(held(line * 1200)) == found


def test_what_other_cells_print_is_not_judged():
    assert held("difference: 3.5\n" + entries(1, 1, 1), "print('difference: %f' % 3.5)") == []
    assert held("difference: 3.5", "print('difference: %f' % (loss_naive - loss_vectorized))") == [False]


def test_a_comparison_that_fails_names_its_cell(quick):
    own = "def rel_error(a, b):\n    return abs(a - b)"
    zero, half = "print('difference:', rel_error(1, 1))", "print('dW error:', rel_error(1, 0.5))"
    result = judged(quick, "svm.notebook.comparisons", own, zero, half)
    assert result.verdict is Verdict.FAILED
    assert result.message == "cell 3: dw error is 5.0e-01; rounding explains 1e-02 at most"
    assert result.where == Where(NAME, None, 3)
    assert [item.measured for item in result.evidence] == [0.5]


def test_a_notebook_without_comparisons_is_not_judged(quick):
    with pytest.raises(NotRun, match="none of the course's comparisons"):
        judged(quick, "svm.notebook.comparisons", "x = 1")


SEARCH = """
import numpy as np
from cs231n.classifiers.linear_classifier import LinearClassifier
class Model(LinearClassifier):
    def train(self, X, y, shift):
        self.shift = shift
    def predict(self, X):
        return (X[:, 0].astype(int) + self.shift) % 10
X_val = np.arange(100.0).reshape(100, 1)
y_val = np.arange(100) % 10
results, best_val, best_svm = {}, -1, None
"""
LOOP = """
for shift in (1, 0, 2):
    model = Model()
    model.train(X_val, y_val, shift)
    accuracy = np.mean(model.predict(X_val) == y_val)
    results[shift] = (accuracy / 2, accuracy)
    if accuracy > best_val:
        best_val = accuracy
        best_svm = model
"""


def test_a_search_that_keeps_the_best_passes(quick):
    result = judged(quick, "svm.notebook.search", SEARCH, LOOP)
    assert result.verdict is Verdict.PASSED, result.message
    assert [item.measured for item in result.evidence] == [1.0, 1.0]


def test_an_object_that_is_trained_on_is_not_the_best(quick):
    shared = "model = Model()\n" + LOOP.replace("    model = Model()\n", "")
    result = judged(quick, "svm.notebook.search", SEARCH, shared)
    assert result.verdict is Verdict.FAILED
    assert result.message == (
        "`best_svm` recognizes 0.0% of `X_val`, as the last model that was tried; the best, with 100.0%, "
        "was not kept"
    )
    assert "new object" in result.help
    assert result.where == Where(NAME, 9, 2)


def test_a_model_that_was_trained_again_with_the_best_settings_may_reach_less(quick):
    again = "best_svm = Model()\nbest_svm.shift = 0\nX_val = np.where(np.arange(100) < 20, 3.0, X_val.T).T"
    assert judged(quick, "svm.notebook.search", SEARCH, LOOP, again).verdict is Verdict.PASSED


def test_rounded_results_are_no_other_than_the_best(quick):
    rounded = "results = {1: (0.5, 0.28), 2: (0.4, 0.2)}; best_val = 0.278"
    assert judged(quick, "svm.notebook.search", SEARCH, LOOP, rounded).verdict is Verdict.PASSED


def test_a_search_that_keeps_something_else_fails(quick):
    result = judged(quick, "svm.notebook.search", SEARCH, LOOP.replace("accuracy > best_val", "True"))
    assert result.verdict is Verdict.FAILED
    assert result.message == "`best_val` is 0, while 0 reached 1 on the validation images"
    assert [picture.kind for picture in result.pictures] == ["bars"]
    never = LOOP.replace("        best_val = accuracy\n", "")
    assert judged(quick, "svm.notebook.search", SEARCH, never).message.startswith("`best_val` is -1, while")


@pytest.mark.parametrize(("shift", "reached"), [(0, "0.4"), (2, "results[2][1]")])
def test_what_a_model_reaches_that_a_quick_run_trains_once_more_is_not_judged(shift, reached, quick):
    again = f"best_svm = Model()\nbest_svm.shift = {shift}\nbest_val = {reached}"
    assert judged(quick, "svm.notebook.search", SEARCH, LOOP, again).verdict is Verdict.PASSED


@pytest.mark.parametrize(
    "beside", ["results[3] = 'good'", "results[0] = (0.5, 1.0, Model())", "results[0] = (0.5, 1.0, 7.2)"]
)
def test_what_is_kept_beside_accuracies_is_not_judged(beside, quick):
    assert judged(quick, "svm.notebook.search", SEARCH, LOOP, beside).verdict is Verdict.PASSED


def test_a_finer_search_may_begin_with_empty_results(quick):
    assert judged(quick, "svm.notebook.search", SEARCH, LOOP, "del results[0]").verdict is Verdict.PASSED


@pytest.mark.parametrize(
    ("check", "cell", "says"),
    [
        ("svm", SEARCH, "`results` is empty: nothing was tried"),
        ("softmax", "x = 1", "`results` was never set"),
        ("knn", "k_to_accuracies = {}", "`k_to_accuracies` is empty: no k was tried"),
        ("knn", "k_to_accuracies = {5: []}", "`k_to_accuracies[5]` is empty: no fold was tried"),
        ("features", "best_svm = None", "`best_svm` is None after the notebook ran"),
        ("two_layer_net", "import os; os._exit(0)", "nothing can be asked of the notebook: its run left the"),
    ],
)
def test_a_search_that_was_not_made_is_missing(check, cell, says, quick):
    result = judged(quick, f"{check}.notebook.search", cell)
    assert result.verdict is Verdict.MISSING
    assert result.message.startswith(says)


def test_a_search_that_was_stopped_is_not_judged(quick):
    with pytest.raises(NotRun, match="cell 2, which searches, did not run to its end"):
        judged(quick, "svm.notebook.search", "import numpy", "results = {}\nresults[1] = LinearSVM()")
    with pytest.raises(NotRun, match="cell 2, which searches"):
        judged(quick, "two_layer_net.notebook.search", "import os; os._exit(0)", "best_net = 1")


VOTES = """
for i in range(5):
    fold = X_train_folds[i]
    dists = knn.compute_distances_no_loops(fold)
    pred = knn.predict_labels({}, k=3)
"""


@pytest.mark.parametrize(
    ("given", "are_images"),
    [
        ("dists", False),
        ("knn.compute_distances_one_loop(fold)", False),
        ("cdist(fold, knn.X_train)", False),
        ("given_elsewhere", False),
        ("fold", True),
        ("X_train_folds[i]", True),
        ("np.vstack(X_train_folds[:1])", True),
    ],
)
def test_images_that_are_given_as_distances_are_seen(given, are_images):
    found = images_as_distances(statements_of([Cell(9, 4, "code", VOTES.format(given))]))
    assert found == ((4, 5) if are_images else None)


@pytest.mark.parametrize(
    ("folds", "says"),
    [
        ("{1: [0.2, 0.3], 5: np.array([0.25, 0.3])}", ""),
        ("{1: [20.5, 30], 5: [28, 31]}", ""),
        ("{1: [0.2, 0.3], 5: [0.3]}", "`k_to_accuracies[5]` holds 1 accuracies, others 2"),
        ("{5: [0.2, 137]}", "`k_to_accuracies[5]` holds 137, which is no accuracy"),
        ("[0.2, 0.3]", "`k_to_accuracies` is a list of 2 values"),
        ("{1: [1.0, 1.0], 5: [0.3, 0.4]}", "with k = 1 every image of each fold is recognized"),
        ("{'5': [0.3]}", "`k_to_accuracies` has the key 5"),
    ],
)
def test_cross_validation_leaves_every_fold_out_once(folds, says, quick):
    result = judged(
        quick, "knn.notebook.search", "import numpy as np\nnum_folds = 10", f"k_to_accuracies = {folds}"
    )
    assert result.verdict is (Verdict.FAILED if says else Verdict.PASSED)
    assert result.message.startswith(says)


LEAK = """k_to_accuracies = {1: []}
for fold in range(5):
    knn = Classifier()
    knn.train(fold, fold)
    for k in k_to_accuracies:
        k_to_accuracies[k].append(1.0)
"""


def test_a_fold_that_is_trained_on_is_told_where_the_classifier_gets_its_images(quick):
    classifier = "class Classifier:\n    def train(self, X, y):\n        pass"
    result = judged(quick, "knn.notebook.search", classifier, LEAK, "print(k_to_accuracies[1])")
    assert result.message.startswith("with k = 1 every image of each fold is recognized")
    assert result.where is not None
    assert (result.where.cell, result.where.line) == (2, 4)


def test_an_accuracy_that_is_none_is_told_where_it_is_kept(quick):
    result = judged(
        quick,
        "knn.notebook.search",
        "Classifier = list",
        LEAK.replace("knn.train(fold, fold)", "").replace("1.0", "-1"),
    )
    assert result.where is not None
    assert (result.where.cell, result.where.line) == (2, 6)
