"""Which failed checks are echoes of which: of findings made up here, without a submission."""

from types import SimpleNamespace
from typing import Any

import pytest

from grader.assignment1.knn.attribution import explain_neighbours
from grader.assignment1.training.attribution import attribute_accuracy, attribute_features
from grader.diagnosis.causes import replaced
from grader.diagnosis.explain import Causes
from grader.intake.site import Site
from grader.result import CheckResult, QuestionResult, Verdict, Where
from grader.scoring.charging import Finding

P, F, M, E, T = Verdict.PASSED, Verdict.FAILED, Verdict.MISSING, Verdict.ERROR, Verdict.TIMEOUT
KNN = "cs231n/classifiers/k_nearest_neighbor.py"
#: Where each method of the made-up file begins.
LINES = {"predict": 10, "two_loops": 20, "one_loop": 30, "no_loops": 40, "predict_labels": 60}
WAYS = ("two_loops.distances", "one_loop.distances", "no_loops.distances")
WHOLE = ("knn.agreement.distances", "knn.predict.labels")


def finding(name: str, verdict: Verdict, *mistakes: str, line: int | None = None, **more: Any) -> Finding:
    where = Where(KNN, line) if line is not None else None
    result = CheckResult(id=name, title=name, verdict=verdict, mistakes=mistakes, where=where)
    return Finding(result, **more)


def guilty_in_knn(*findings: Finding) -> dict[str, str]:
    sites = {f"knn.{role}": Site(KNN, "KNearestNeighbor", role, line) for role, line in LINES.items()}
    causes = Causes(list(findings))
    explain_neighbours("knn", causes, SimpleNamespace(student=SimpleNamespace(sites=sites)))
    return {f.result.id: f.guilty for f in causes.findings if f.guilty is not None}


def parts(two: Verdict, one: Verdict, none: Verdict, votes: Verdict) -> list[Finding]:
    names = (*WAYS, "predict_labels.votes")
    return [finding(f"knn.{n}", v, line=1) for n, v in zip(names, (two, one, none, votes), strict=True)]


def test_wrong_distances_are_charged_where_they_are() -> None:
    found = guilty_in_knn(*parts(P, F, P, P), *(finding(name, F) for name in WHOLE))
    assert found == dict.fromkeys(WHOLE, "knn.one_loop.distances")


@pytest.mark.parametrize("verdict", [E, T, M])
def test_a_file_that_does_not_load_excuses_nothing(verdict: Verdict) -> None:
    for whole in (E, T, F):
        found = [finding(name, whole, line=1) for name in WHOLE]
        assert guilty_in_knn(*parts(verdict, verdict, verdict, verdict), *found) == {}


def test_an_exception_follows_from_the_role_in_whose_lines_it_is_raised() -> None:
    wrong = parts(P, P, E, P)
    assert guilty_in_knn(*wrong, finding("knn.predict.labels", E, line=45)) == {
        "knn.predict.labels": "knn.no_loops.distances"
    }
    assert guilty_in_knn(*wrong, finding("knn.predict.labels", E, line=12)) == {}
    assert guilty_in_knn(*wrong, finding("knn.predict.labels", E, line=35)) == {}
    assert guilty_in_knn(*wrong, finding("knn.predict.labels", T)) == {}


def test_labels_that_are_wrong_do_not_follow_from_a_part_that_stops() -> None:
    assert guilty_in_knn(*parts(P, P, E, P), finding("knn.predict.labels", F)) == {}


def test_a_vote_that_stops_on_wrong_distances_follows_from_them() -> None:
    wrong = parts(P, F, P, P)
    assert guilty_in_knn(*wrong, finding("knn.predict.labels", E, line=65)) == {
        "knn.predict.labels": "knn.one_loop.distances"
    }
    # What raises itself cannot have handed distances on.
    assert guilty_in_knn(*parts(P, E, P, P), finding("knn.predict.labels", E, line=65)) == {}


def test_a_prediction_of_label_0_is_no_stub_when_every_part_is_written() -> None:
    name = "knn.predict.labels"
    assert guilty_in_knn(*parts(P, P, F, P), finding(name, M)) == {name: "knn.no_loops.distances"}
    assert guilty_in_knn(*parts(P, P, F, M), finding(name, M)) == {}
    assert guilty_in_knn(*parts(P, P, P, P), finding(name, M)) == {}


def test_what_was_not_run_stays_so_when_a_cause_is_found() -> None:
    changed = replaced(finding("knn.a", F, not_run=True, waits_for="knn.b"), finding("knn.a", P).result)
    assert (changed.not_run, changed.waits_for, changed.result.verdict) == (True, "knn.b", P)


def guilty_of_accuracy(*findings: Finding) -> str | None:
    causes = Causes([*findings, finding("svm.validation_accuracy", F)])
    attribute_accuracy(causes)
    return causes.findings[-1].guilty


@pytest.mark.parametrize("name", ["svm.vectorized.gradient", "svm.train.sgd_step", "svm.predict.argmax"])
def test_a_low_accuracy_follows_from_what_training_uses(name: str) -> None:
    assert guilty_of_accuracy(finding(name, F)) == name


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
    assert guilty_of_accuracy(finding(name, F)) is None
    assert guilty_of_accuracy(finding(name, E)) is None


def test_a_low_accuracy_does_not_follow_from_what_itself_is_an_echo() -> None:
    assert guilty_of_accuracy(finding("knn.predict.labels", F, guilty="knn.two_loops.distances")) is None


def test_a_low_accuracy_has_the_mistakes_that_change_what_is_learned() -> None:
    found = [
        finding("svm.vectorized.gradient", F, "forgot-regularization-gradient"),
        finding("svm.vectorized.no_python_loops", F, "not-vectorized"),
        finding("svm.validation_accuracy", F),
    ]
    causes = Causes(found)
    attribute_accuracy(causes)
    assert causes.findings[-1].result.mistakes == ("forgot-regularization-gradient",)


def guilty_on_features(check: str, linear: str = "svm") -> str | None:
    of = check.partition(".")[0]
    wrong = CheckResult(id=check, title=check, verdict=F)
    causes = Causes([finding("features.linear.validation_accuracy", F, not_run=True)])
    attribute_features(causes, [QuestionResult(of, of, 0.0, 1.0, (wrong,))], linear)
    assert causes.findings[0].not_run
    return causes.findings[0].guilty


def test_features_follow_from_the_classifier_that_was_trained_on_them() -> None:
    assert guilty_on_features("svm.vectorized.loss") == "svm.vectorized.loss"
    assert guilty_on_features("softmax.vectorized.loss", "softmax") == "softmax.vectorized.loss"
    assert guilty_on_features("softmax.vectorized.loss") is None
    assert guilty_on_features("svm.notebook.runs") is None
    assert guilty_on_features("svm.naive.loss") is None
