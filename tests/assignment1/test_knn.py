"""The checks of k-NN, on classifiers with one known fault each."""

from collections import Counter
from typing import Any

import numpy as np
import pytest
from judged import ALL, explained, result_of

from grader.assignment1.knn.problems import neighbours
from grader.checking.check import Setting
from grader.checking.finding import Finding
from grader.intake.site import Site
from grader.result import CheckResult, Verdict
from grader.student.in_process import InProcess
from reference import knn

METHODS = {
    "two_loops": "compute_distances_two_loops",
    "one_loop": "compute_distances_one_loop",
    "no_loops": "compute_distances_no_loops",
    "predict_labels": "predict_labels",
    "predict": "predict",
}
ROLES = {f"knn.{role}": method for role, method in METHODS.items()}
NOTES = frozenset(["squared-distances", "negative-under-root"])


class Right:
    """A classifier of the course's form, made of the reference."""

    def train(self, X: Any, y: Any) -> None:
        self.X_train, self.y_train = X, y

    def compute_distances_two_loops(self, X: Any) -> Any:
        return knn.distances_two_loops(X, self.X_train)

    def compute_distances_one_loop(self, X: Any) -> Any:
        return knn.distances_one_loop(X, self.X_train)

    def compute_distances_no_loops(self, X: Any) -> Any:
        return knn.distances_no_loops(X, self.X_train)

    def predict_labels(self, dists: Any, k: int = 1) -> Any:
        return knn.predict_labels(np.asarray(dists), self.y_train, k).astype(float)

    def predict(self, X: Any, k: int = 1, num_loops: int = 0) -> Any:
        ways = ["compute_distances_no_loops", "compute_distances_one_loop", "compute_distances_two_loops"]
        return self.predict_labels(getattr(self, ways[num_loops])(X), k=k)


def altered(**methods: Any) -> type[Right]:
    """`Right` with some methods replaced."""
    return type("KNearestNeighbor", (Right,), methods)


def classifier(cls: type) -> InProcess:
    sites = {role: Site(None, "KNearestNeighbor", method) for role, method in ROLES.items()}
    return InProcess({"KNearestNeighbor": cls}, sites)


def verdicts(cls: type, notes: frozenset[str] = NOTES) -> dict[str, CheckResult]:
    student, subjects = classifier(cls), {}
    wanted = [c for c in ALL.values() if c.role in ROLES or c.id == "knn.agreement.distances"]
    return {c.id: result_of(c, student, Setting(notes=notes), subjects) for c in wanted}


def broken(results: dict[str, CheckResult]) -> set[str]:
    return {name for name, result in results.items() if result.verdict is not Verdict.PASSED}


def named(results: dict[str, CheckResult]) -> set[str]:
    return {mistake for result in results.values() for mistake in result.mistakes}


def squared(way: str) -> Any:
    return lambda self, X: getattr(knn, way)(X, self.X_train) ** 2


def unclipped(self: Any, X: Any) -> Any:
    with np.errstate(invalid="ignore"):
        return np.sqrt((X**2).sum(1)[:, None] - 2 * X @ self.X_train.T + (self.X_train**2).sum(1))


def test_the_reference_passes_every_check() -> None:
    results = verdicts(Right)
    assert broken(results) == set()
    assert named(results) == set()


@pytest.mark.parametrize("dtype", [np.float32, np.matrix], ids=["float32", "matrix"])
@pytest.mark.filterwarnings("ignore:.*matrix:PendingDeprecationWarning")
def test_other_right_forms_of_distances_pass(dtype: Any) -> None:
    def no_loops(self: Any, X: Any) -> Any:
        right = knn.distances_no_loops(X, self.X_train)
        return np.asmatrix(right) if dtype is np.matrix else right.astype(dtype)

    assert broken(verdicts(altered(compute_distances_no_loops=no_loops))) == set()


def test_squared_distances_everywhere_are_a_note_unless_the_rubric_says_otherwise() -> None:
    cls = altered(
        compute_distances_two_loops=squared("distances_two_loops"),
        compute_distances_one_loop=squared("distances_one_loop"),
        compute_distances_no_loops=squared("distances_no_loops"),
    )
    results = verdicts(cls)
    assert broken(results) == set()
    assert results["knn.one_loop.distances"].mistakes == ("squared-distances",)
    assert results["knn.one_loop.distances"].message
    strict = broken(verdicts(cls, notes=frozenset()))
    assert strict == {f"knn.{way}.distances" for way in ("two_loops", "one_loop", "no_loops")}


def test_a_mix_of_squared_and_plain_distances_does_not_agree() -> None:
    cls = altered(compute_distances_one_loop=squared("distances_one_loop"))
    results = verdicts(cls)
    assert broken(results) == {"knn.agreement.distances"}
    assert {name: r.message for name, r in results.items() if r.message} == {
        "knn.one_loop.distances": "note: the distances are the squares of the Euclidean ones",
        "knn.agreement.distances": "squares come from compute_distances_one_loop, distances from the others",
    }
    assert causes_of(cls)["knn.agreement.distances"].result.mistakes == ("squared-distances",)
    assert broken(verdicts(cls, notes=frozenset())) == {"knn.one_loop.distances", "knn.agreement.distances"}


def test_distances_that_are_no_squares_either_do_not_agree() -> None:
    cls = altered(compute_distances_one_loop=lambda self, X: knn.distances_one_loop(X, self.X_train) + 1)
    assert broken(verdicts(cls)) == {"knn.one_loop.distances", "knn.agreement.distances"}


def test_nan_for_identical_points_is_a_note() -> None:
    results = verdicts(altered(compute_distances_no_loops=unclipped))
    assert broken(results) == set()
    assert named(results) == {"negative-under-root"}
    strict = verdicts(altered(compute_distances_no_loops=unclipped), notes=frozenset())
    assert broken(strict) == {"knn.no_loops.identical_points"}


def test_transposed_distances_are_named() -> None:
    def turned(self: Any, X: Any) -> Any:
        return knn.distances_no_loops(self.X_train, X)

    results = verdicts(altered(compute_distances_no_loops=turned))
    assert results["knn.no_loops.distances"].mistakes == ("distances-not-symmetric-in-shape",)
    assert named(results) == {"distances-not-symmetric-in-shape"}


def test_a_hidden_loop_is_counted() -> None:
    for way in (knn.distances_two_loops, knn.distances_one_loop):
        results = verdicts(altered(compute_distances_no_loops=lambda self, X, way=way: way(X, self.X_train)))
        assert broken(results) == {"knn.no_loops.no_python_loops"}
        assert named(results) == {"not-vectorized"}


def farthest(self: Any, dists: Any, k: int = 1) -> Any:
    return knn.predict_labels(-dists, self.y_train, k)


def across(self: Any, dists: Any, k: int = 1) -> Any:
    columns = [self.y_train[np.argsort(dists[:, i])[:k]] for i in range(len(dists))]
    return np.array([np.bincount(labels).argmax() for labels in columns])


def first_seen(self: Any, dists: Any, k: int = 1) -> Any:
    return np.array([Counter(row).most_common(1)[0][0] for row in self.y_train[knn.nearest(dists, k)]])


def largest(self: Any, dists: Any, k: int = 1) -> Any:
    return np.array(
        [max(set(row), key=lambda x: (list(row).count(x), x)) for row in self.y_train[knn.nearest(dists, k)]]
    )


@pytest.mark.parametrize(
    ("vote", "check", "mistake"),
    [
        (farthest, "knn.predict_labels.votes", "farthest-neighbours"),
        (across, "knn.predict_labels.votes", "neighbours-across-wrong-axis"),
        (first_seen, "knn.predict_labels.ties", "vote-tie-not-smallest-label"),
        (largest, "knn.predict_labels.ties", "vote-tie-not-smallest-label"),
    ],
)
def test_mistakes_of_the_vote_are_named(vote: Any, check: str, mistake: str) -> None:
    results = verdicts(altered(predict_labels=vote))
    assert results[check].mistakes == (mistake,)
    assert named(results) == {mistake}


def test_where_one_neighbour_is_right_the_vote_is_spoken_of() -> None:
    def without_the_last(self: Any, dists: Any, k: int = 1) -> Any:
        return knn.predict_labels(dists, self.y_train, 1 if k == 1 else k + 3)

    help = verdicts(altered(predict_labels=without_the_last))["knn.predict_labels.votes"].help
    assert help.startswith("the neighbours are right")


def test_an_unknown_vote_is_wrong_but_not_named() -> None:
    results = verdicts(altered(predict_labels=lambda self, dists, k=1: self.y_train[: len(dists)]))
    assert results["knn.predict_labels.votes"].verdict is Verdict.FAILED
    assert results["knn.predict_labels.votes"].mistakes == ()


def test_labels_that_are_alike_by_chance_in_one_problem_have_no_name() -> None:
    """As the votes along the wrong axis are where few examples stand in any order."""

    def of_the_first(self: Any, dists: Any, k: int = 1) -> Any:
        return np.full(len(dists), np.bincount(self.y_train[:k]).argmax())

    results = verdicts(altered(predict_labels=of_the_first))
    assert results["knn.predict_labels.votes"].verdict is Verdict.FAILED
    assert results["knn.predict_labels.votes"].mistakes == ()


@pytest.mark.parametrize(
    "stub", [lambda self, X: np.zeros((len(X), len(self.X_train))), lambda self, X: None]
)
def test_a_stub_is_missing_never_wrong(stub: Any) -> None:
    results = verdicts(altered(compute_distances_one_loop=stub))
    assert results["knn.one_loop.distances"].verdict is Verdict.MISSING
    assert results["knn.agreement.distances"].verdict is Verdict.MISSING


def test_labels_of_zero_for_everything_are_missing() -> None:
    results = verdicts(altered(predict_labels=lambda self, dists, k=1: np.zeros(len(dists))))
    assert results["knn.predict_labels.votes"].verdict is Verdict.MISSING


def test_the_label_with_the_fewest_votes_is_wrong_not_missing() -> None:
    def fewest(self: Any, dists: Any, k: int = 1) -> Any:
        return np.array([np.bincount(self.y_train[np.argsort(row)[:k]]).argmin() for row in dists])

    assert verdicts(altered(predict_labels=fewest))["knn.predict_labels.votes"].verdict is Verdict.FAILED


@pytest.mark.parametrize("weight", [lambda near: near, lambda near: 1 / near, lambda near: np.exp(-near)])
def test_votes_that_are_weighted_are_wrong(weight: Any) -> None:
    def weighted(self: Any, dists: Any, k: int = 1) -> Any:
        voters = [(self.y_train[np.argsort(row)[:k]], weight(np.sort(row)[:k])) for row in dists]
        return np.array([np.bincount(labels, weights=votes).argmax() for labels, votes in voters])

    assert verdicts(altered(predict_labels=weighted))["knn.predict_labels.votes"].verdict is Verdict.FAILED


def causes_of(cls: type) -> dict[str, Finding]:
    findings, who = [Finding(result) for result in verdicts(cls).values()], classifier(cls)
    return {f.result.id: f for f in explained("knn", findings, who).findings}


def test_a_prediction_beside_absent_distances_follows_from_these() -> None:
    found = causes_of(
        altered(compute_distances_no_loops=lambda self, X: np.zeros((len(X), len(self.X_train))))
    )
    assert found["knn.no_loops.distances"].result.verdict is Verdict.MISSING
    assert found["knn.predict.labels"].cause == "knn.no_loops.distances"


def test_a_wrong_vote_is_behind_wrong_labels() -> None:
    assert (
        causes_of(altered(predict_labels=farthest))["knn.predict.labels"].cause == "knn.predict_labels.votes"
    )


def test_a_prediction_that_is_wrong_itself_follows_from_nothing() -> None:
    def predict(self: Any, X: Any, k: int = 1, num_loops: int = 0) -> Any:
        return Right.predict(self, X, k, num_loops) % 3

    found = causes_of(altered(predict=predict, compute_distances_one_loop=lambda self, X: X @ self.X_train.T))
    assert found["knn.predict.labels"].cause is None


def stops(self: Any, *args: Any, **settings: Any) -> Any:
    raise ValueError("no")


def test_a_prediction_that_stops_in_a_way_follows_from_it_unless_it_stops_itself() -> None:
    cls = altered(compute_distances_no_loops=stops)
    assert causes_of(cls)["knn.predict.labels"].cause == "knn.no_loops.distances"
    assert causes_of(type("Both", (cls,), {"predict": stops}))["knn.predict.labels"].cause is None


def test_a_class_that_does_not_train_excuses_nothing() -> None:
    found = causes_of(altered(train=stops))
    assert {one.result.verdict for one in found.values()} == {Verdict.ERROR}
    assert {one.cause for one in found.values()} == {None}


def test_a_vote_that_stops_on_wrong_distances_follows_from_them() -> None:
    found = causes_of(altered(compute_distances_one_loop=lambda self, X: np.zeros((3, 0)) + X[0, 0]))
    assert found["knn.predict.labels"].cause == "knn.one_loop.distances"


def test_a_prediction_of_label_0_is_no_stub_when_every_part_is_written() -> None:
    def to_label_0(self: Any, X: Any) -> Any:
        return 1.0 + (self.y_train != 0) + np.zeros((len(X), 1))

    found = causes_of(altered(compute_distances_no_loops=to_label_0))["knn.predict.labels"]
    assert (found.result.verdict, found.cause) == (Verdict.FAILED, "knn.no_loops.distances")
    zeros = altered(predict_labels=lambda self, dists, k=1: np.zeros(len(dists)))
    found = causes_of(zeros)["knn.predict.labels"]
    assert (found.result.verdict, found.cause) == (Verdict.MISSING, None)


def test_a_prediction_by_a_vote_that_is_not_written_is_missing() -> None:
    live = {"KNearestNeighbor": altered(predict_labels=lambda self, dists, k=1: np.zeros(len(dists)))}
    written = {role: Site(None, "KNearestNeighbor", m, done=m == "predict") for role, m in ROLES.items()}
    found = result_of(ALL["knn.predict.labels"], InProcess(live, written), Setting(), {})
    assert found.verdict is Verdict.MISSING


@pytest.mark.filterwarnings("ignore:.*matrix:PendingDeprecationWarning")
def test_a_matrix_on_which_the_vote_stops_is_charged_where_it_is_made() -> None:
    def no_loops(self: Any, X: Any) -> Any:
        return np.asmatrix(knn.distances_no_loops(X, self.X_train))

    def predict_labels(self: Any, dists: Any, k: int = 1) -> Any:
        closest = [self.y_train[np.argsort(row)[:k]] for row in dists]
        return np.array([np.bincount(labels).argmax() for labels in closest], dtype=float)

    found = causes_of(altered(compute_distances_no_loops=no_loops, predict_labels=predict_labels))
    assert found["knn.no_loops.distances"].result.verdict is Verdict.FAILED
    assert found["knn.no_loops.distances"].result.mistakes == ("distances-are-a-matrix",)
    assert found["knn.predict.labels"].cause == "knn.no_loops.distances"
    assert found["knn.one_loop.distances"].result.verdict is Verdict.PASSED


def test_what_is_built_from_a_wrong_part_follows_from_it() -> None:
    cls = altered(
        compute_distances_no_loops=lambda self, X: (
            knn.distances_no_loops(X, self.X_train) + X[:, :1] ** 2 + np.arange(len(self.X_train)) * 40
        )
    )
    findings, student = [Finding(result) for result in verdicts(cls).values()], classifier(cls)
    causes = explained("knn", findings, student)
    guilty = {f.result.id: f.cause for f in causes.findings if f.cause}
    assert guilty == dict.fromkeys(
        ["knn.agreement.distances", "knn.predict.labels"], "knn.no_loops.distances"
    )


@pytest.mark.parametrize("shape", [(7, 23, 11), (15, 23, 6), (40, 31, 3)])
@pytest.mark.parametrize("seed", [0, 1, 77])
def test_points_are_found_for_any_seed_and_no_vote_among_them_is_tied(
    seed: int, shape: tuple[int, int, int]
) -> None:
    problem = neighbours(seed, shape)
    assert problem.X.shape == (shape[0], shape[2])
    distances = knn.distances_two_loops(problem.X, problem.X_train)
    for k in (1, 5):
        nearest = problem.y_train[np.argsort(distances, axis=1)[:, :k]]
        votes = [sorted(np.bincount(row, minlength=4)) for row in nearest]
        assert all(row[-1] > row[-2] for row in votes)
        ordered = np.sort(distances, axis=1)
        assert np.all(ordered[:, k] - ordered[:, k - 1] > 2)


def ones(self: Any, X: Any) -> Any:
    return np.ones((len(X), len(self.X_train)))


def test_equal_nonsense_without_loops_earns_nothing() -> None:
    found = causes_of(altered(**{METHODS[way]: ones for way in ("two_loops", "one_loop", "no_loops")}))
    for unearned in ("knn.no_loops.no_python_loops", "knn.agreement.distances"):
        assert found[unearned].result.verdict is Verdict.SKIPPED
        assert "the distances are not right" in found[unearned].result.message


def test_a_mistake_that_is_known_leaves_what_is_right_beside_it() -> None:
    def manhattan(self: Any, X: Any) -> Any:
        return np.abs(X[:, None] - self.X_train).sum(axis=2)

    found = causes_of(altered(**{METHODS[way]: manhattan for way in ("two_loops", "one_loop", "no_loops")}))
    for earned in ("knn.no_loops.no_python_loops", "knn.agreement.distances"):
        assert found[earned].result.verdict is Verdict.PASSED
