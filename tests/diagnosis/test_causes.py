"""Which failed checks are echoes of which: of findings made up here, without a submission."""

from types import SimpleNamespace
from typing import Any

import pytest
from judged import ALL, case_of, made_up

from grader.assignment1 import ASSIGNMENT
from grader.assignment1.features.attribution import explain_features
from grader.assignment1.knn.attribution import explain_neighbours
from grader.checking.finding import Finding
from grader.diagnosis.attribution import Attributed, Attribution
from grader.diagnosis.by_text import explain_by_text
from grader.intake.site import Site
from grader.result import QuestionResult, Verdict, Where
from grader.student.in_process import InProcess

P, F, M, E, T = Verdict.PASSED, Verdict.FAILED, Verdict.MISSING, Verdict.ERROR, Verdict.TIMEOUT
KNN = "cs231n/classifiers/k_nearest_neighbor.py"


def finding(name: str, verdict: Verdict, *mistakes: str, line: int | None = None, **more: Any) -> Finding:
    where = Where(KNN, line) if line is not None else None
    return Finding(made_up(name, verdict, mistakes=mistakes, where=where), **more)


WAYS = ("knn.two_loops.distances", "knn.one_loop.distances", "knn.no_loops.distances")


def cause_of_disagreement(*verdicts: Verdict) -> str | None:
    ways = [finding(name, verdict) for name, verdict in zip(WAYS, verdicts, strict=True)]
    name = "knn.agreement.distances"
    found = explain_neighbours(case_of("knn", [*ways, finding(name, F)], SimpleNamespace(sites={})))
    return found.checks.get(name, Attributed()).cause


def test_wrong_distances_are_charged_where_they_are() -> None:
    assert cause_of_disagreement(P, F, P) == "knn.one_loop.distances"


@pytest.mark.parametrize("verdict", [E, T, M])
def test_a_file_that_does_not_load_excuses_nothing(verdict: Verdict) -> None:
    assert cause_of_disagreement(verdict, verdict, verdict) is None


def test_what_was_not_run_stays_so_when_a_cause_is_found() -> None:
    before = finding("svm.naive.loss", F, not_run=True, waits_for="knn.b")
    after = Attributed(verdict=P, cause="svm.naive.gradient").to(before)
    assert (after.not_run, after.waits_for, after.result.verdict) == (True, "knn.b", P)
    assert after.cause == "svm.naive.gradient"


def test_of_one_check_the_later_explainer_stands_field_by_field() -> None:
    first = Attribution(checks={"svm.naive.loss": Attributed(message="first", help="do this")})
    both = first + Attribution(checks={"svm.naive.loss": Attributed(message="second")})
    result = both.checks["svm.naive.loss"].to(finding("svm.naive.loss", F)).result
    assert (result.message, result.help, result.verdict) == ("second", "do this", F)


def accuracy_of(question: str, *findings: Finding) -> Attributed:
    """What the question's explainer says of its low accuracy beside these findings."""
    id = f"{question}.validation_accuracy"
    case = case_of(question, [*findings, finding(id, F)], SimpleNamespace(sites={}))
    return ASSIGNMENT.question(question).explain[-1](case).checks.get(id, Attributed())


@pytest.mark.parametrize("name", ["svm.vectorized.gradient", "svm.train.sgd_step", "svm.predict.argmax"])
def test_a_low_accuracy_follows_from_what_training_uses(name: str) -> None:
    assert accuracy_of("svm", finding(name, F)).cause == name


@pytest.mark.parametrize(
    "name",
    [
        "svm.notebook.runs",
        "svm.notebook.tuned_accuracy",
        "svm.naive.gradient",
        "svm.agreement.loss",
        "svm.vectorized.no_python_loops",
        "svm.vectorized.inputs_unchanged",
        "two_layer_net.layers.svm_loss.gradient",
        "knn.two_loops.distances",
    ],
)
def test_a_low_accuracy_does_not_follow_from_the_rest(name: str) -> None:
    for verdict in (F, E):
        assert accuracy_of(ALL[name].question, finding(name, verdict)) == Attributed()


def test_a_low_accuracy_does_not_follow_from_what_itself_is_an_echo() -> None:
    echo = finding("knn.predict.labels", F, cause="knn.two_loops.distances")
    assert accuracy_of("knn", echo).cause is None


def test_a_low_accuracy_has_the_mistakes_that_change_what_is_learned() -> None:
    said = accuracy_of(
        "svm",
        finding("svm.vectorized.gradient", F, "forgot-regularization-gradient"),
        finding("svm.vectorized.no_python_loops", F, "not-vectorized"),
    )
    assert said.mistakes == ("forgot-regularization-gradient",)


def cause_on_features(check: str, linear: str = "svm") -> str | None:
    wrong, low = made_up(check, F), "features.linear.validation_accuracy"
    case = case_of(
        "features",
        [finding(low, F, not_run=True)],
        SimpleNamespace(sites={}),
        subject=SimpleNamespace(linear=SimpleNamespace(kind=linear)),
        earlier=[QuestionResult(ALL[check].question, "", 0.0, 1.0, (wrong,))],
    )
    return explain_features(case).checks.get(low, Attributed()).cause


def test_features_follow_from_the_classifier_that_was_trained_on_them() -> None:
    assert cause_on_features("svm.vectorized.loss") == "svm.vectorized.loss"
    assert cause_on_features("softmax.vectorized.loss", "softmax") == "softmax.vectorized.loss"
    assert cause_on_features("softmax.vectorized.loss") is None
    assert cause_on_features("svm.notebook.runs") is None
    assert cause_on_features("svm.naive.loss") is None


@pytest.mark.parametrize(
    ("error_type", "message", "absent", "named"),
    [
        ("NameError", "name 'random' is not defined", [], True),
        ("NameError", "name 'random' is not defined", ["mine.more"], False),
        ("AttributeError", "'KNearestNeighbor' object has no attribute 'compute_distance'", [], True),
        ("AttributeError", "'KNearestNeighbor' object has no attribute 'X_train'", [], False),
        ("AttributeError", "'KNearestNeighbor' object has no attribute 'dim'", [], False),
        ("AttributeError", "'list' object has no attribute 'compute_distance'", [], False),
    ],
)
def test_what_python_itself_calls_unknown_is_named(
    error_type: str, message: str, absent: list[str], named: bool
) -> None:
    """Also where all names of another module were imported, so that the text alone proves nothing."""
    text = "from x import *\nclass KNearestNeighbor:\n  def train(self, X):\n    self.X_train = X\n"
    text += "  def predict(self, X):\n    return self.compute_distance(random)\n"
    text += "  def more(self):\n    self.number, self.dim = self.X_train.shape\n"
    student = InProcess({}, {"knn.predict": Site(KNN, "KNearestNeighbor", "predict", 5)})
    student.absent_modules |= set(absent)
    raised = made_up("knn.predict.labels", E, error_type=error_type, message=message, where=Where(KNN, 6))
    found = explain_by_text(case_of("knn", [Finding(raised)], student, source={KNN: text}.get))
    assert found.checks.get("knn.predict.labels", Attributed()).mistakes == (
        ("undefined-name",) if named else None
    )


def test_what_is_asked_of_the_starters_none_is_told_of_its_name() -> None:
    text = "class K:\n  def predict(self, X):\n    scores = None\n    n = scores.shape[0]\n    return n\n"
    student = InProcess({}, {"knn.predict": Site(KNN, "K", "predict", 2)})
    message = "`K.predict` raised AttributeError: 'NoneType' object has no attribute 'shape'"
    raised = made_up(
        "knn.predict.labels", E, error_type="AttributeError", message=message, where=Where(KNN, 4)
    )
    found = explain_by_text(case_of("knn", [Finding(raised)], student, source={KNN: text}.get))
    said = found.checks["knn.predict.labels"]
    assert said.mistakes == ("placeholder-none-used",)
    assert (said.message or "").startswith("`scores` is still None here, as line 3 set it")
    [told] = found.diagnoses
    assert told.explanation == ASSIGNMENT.catalogue["placeholder-none-used"].fact, "true of whoever made it"
