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
from grader.intake.site import Site
from grader.result import QuestionResult, Verdict, Where

P, F, M, E, T = Verdict.PASSED, Verdict.FAILED, Verdict.MISSING, Verdict.ERROR, Verdict.TIMEOUT
KNN = "cs231n/classifiers/k_nearest_neighbor.py"
#: Where each method of the made-up file begins.
LINES = {"predict": 10, "two_loops": 20, "one_loop": 30, "no_loops": 40, "predict_labels": 60}
WAYS = ("two_loops.distances", "one_loop.distances", "no_loops.distances")
WHOLE = ("knn.agreement.distances", "knn.predict.labels")


def finding(name: str, verdict: Verdict, *mistakes: str, line: int | None = None, **more: Any) -> Finding:
    where = Where(KNN, line) if line is not None else None
    return Finding(made_up(name, verdict, mistakes=mistakes, where=where), **more)


def causes_in_knn(*findings: Finding) -> dict[str, str]:
    sites = {f"knn.{role}": Site(KNN, "KNearestNeighbor", role, line) for role, line in LINES.items()}
    found = explain_neighbours(case_of("knn", findings, SimpleNamespace(sites=sites)))
    return {id: said.cause for id, said in found.checks.items() if said.cause is not None}


def parts(two: Verdict, one: Verdict, none: Verdict, votes: Verdict) -> list[Finding]:
    names = (*WAYS, "predict_labels.votes")
    return [finding(f"knn.{n}", v, line=1) for n, v in zip(names, (two, one, none, votes), strict=True)]


def test_wrong_distances_are_charged_where_they_are() -> None:
    found = causes_in_knn(*parts(P, F, P, P), *(finding(name, F) for name in WHOLE))
    assert found == dict.fromkeys(WHOLE, "knn.one_loop.distances")


@pytest.mark.parametrize("verdict", [E, T, M])
def test_a_file_that_does_not_load_excuses_nothing(verdict: Verdict) -> None:
    for whole in (E, T, F):
        found = [finding(name, whole, line=1) for name in WHOLE]
        assert causes_in_knn(*parts(verdict, verdict, verdict, verdict), *found) == {}


def test_an_exception_follows_from_the_role_in_whose_lines_it_is_raised() -> None:
    wrong = parts(P, P, E, P)
    assert causes_in_knn(*wrong, finding("knn.predict.labels", E, line=45)) == {
        "knn.predict.labels": "knn.no_loops.distances"
    }
    assert causes_in_knn(*wrong, finding("knn.predict.labels", E, line=12)) == {}
    assert causes_in_knn(*wrong, finding("knn.predict.labels", E, line=35)) == {}
    assert causes_in_knn(*wrong, finding("knn.predict.labels", T)) == {}


def test_labels_that_are_wrong_do_not_follow_from_a_part_that_stops() -> None:
    assert causes_in_knn(*parts(P, P, E, P), finding("knn.predict.labels", F)) == {}


def test_a_vote_that_stops_on_wrong_distances_follows_from_them() -> None:
    wrong = parts(P, F, P, P)
    assert causes_in_knn(*wrong, finding("knn.predict.labels", E, line=65)) == {
        "knn.predict.labels": "knn.one_loop.distances"
    }
    # What raises itself cannot have handed distances on.
    assert causes_in_knn(*parts(P, E, P, P), finding("knn.predict.labels", E, line=65)) == {}


def test_a_prediction_of_label_0_is_no_stub_when_every_part_is_written() -> None:
    name = "knn.predict.labels"
    assert causes_in_knn(*parts(P, P, F, P), finding(name, M)) == {name: "knn.no_loops.distances"}
    assert causes_in_knn(*parts(P, P, F, M), finding(name, M)) == {}
    assert causes_in_knn(*parts(P, P, P, P), finding(name, M)) == {}


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
