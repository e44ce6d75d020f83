"""What failed checks of k-NN follow from: `predict` and the agreement show their parts' mistakes again."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from grader.assignment1.catalogue import CATALOGUE
from grader.assignment1.knn.problems import neighbours
from grader.assignment1.knn.proxy import WAYS, NeighbourQuestion
from grader.diagnosis.attribution import (
    WITHOUT_RIGHT_RESULT,
    WRONG,
    Attributed,
    Attribution,
    Case,
    stops_alike,
)
from grader.result import CheckResult, SkipReason, Verdict
from grader.student.answers import BadResult
from grader.student.calls import StudentError, StudentMissing, StudentTimeout
from reference import knn as reference

__all__ = ["explain_neighbours", "withhold_unearned"]

_WAYS = ("knn.no_loops.distances", "knn.one_loop.distances", "knn.two_loops.distances")
_VECTORIZED = "knn.no_loops.no_python_loops"
_AGREEMENT, _PREDICT, _VOTES = "knn.agreement.distances", "knn.predict.labels", "knn.predict_labels.votes"
_STOPPED = (Verdict.ERROR, Verdict.TIMEOUT, Verdict.MISSING)
_K = 5
_SQUARED = "squared-distances"


def explain_neighbours(case: Case) -> Attribution:
    """Let what is built from several roles follow from the role that is wrong."""
    results = {result.id: result for result in case.results}
    ways = [results[way] for way in _WAYS if way in results]
    found: dict[str, Attributed] = {}
    agreement, labels = results.get(_AGREEMENT), results.get(_PREDICT)
    if agreement is not None and agreement.verdict in WRONG:
        cause, squared = _shown_in(agreement, ways), any(_SQUARED in way.mistakes for way in ways)
        named = Attributed(mistakes=(_SQUARED,)) if squared else Attributed()
        found[_AGREEMENT] = Attributed(cause=cause) if cause else named
    if labels is not None and labels.verdict in WITHOUT_RIGHT_RESULT:
        found |= _behind(labels, ways, results.get(_VOTES), case.subject)
    return Attribution(checks=found)


def withhold_unearned(case: Case) -> Attribution:
    """Distances that are wrong, and that nothing explains, earn nothing for being equal or without loops."""
    results = {result.id: result for result in case.results}
    ways = [results[way] for way in _WAYS if way in results]
    unearned = [way for way in ways if way.verdict is Verdict.MISSING or _is_unexplained(way)]
    rests_on = {_VECTORIZED: [way for way in ways if way.id == _WAYS[0]], _AGREEMENT: ways}
    fact = "not counted: the distances are not right"
    withheld = Attributed(verdict=Verdict.SKIPPED, message=fact, mistakes=(), reason=SkipReason.NEEDS)
    return Attribution(
        checks={
            id: withheld
            for id, behind in rests_on.items()
            if id in results
            and results[id].verdict is Verdict.PASSED
            and behind
            and all(way in unearned for way in behind)
        }
    )


def _is_unexplained(way: CheckResult) -> bool:
    return way.verdict in WRONG and not way.mistakes


def _shown_in(agreement: CheckResult, ways: Sequence[CheckResult]) -> str | None:
    """The way that stops as the agreement does, or whose distances are wrong, or that stops elsewhere.

    Where no way even runs (a file that cannot be imported), nothing was shown to work.
    """
    if all(way.verdict in _STOPPED for way in ways):
        return None
    same = [way for way in ways if stops_alike(way, agreement)]
    failed = [way for way in ways if way.verdict is Verdict.FAILED]
    wrong = same or failed or [way for way in ways if way.verdict in WRONG]
    return wrong[0].id if wrong else None


def _behind(
    labels: CheckResult, ways: Sequence[CheckResult], votes: CheckResult | None, question: NeighbourQuestion
) -> dict[str, Attributed]:
    """What `predict` follows from: given right distances, or right votes as well, it is right itself."""
    verdict = Verdict.FAILED if labels.verdict is Verdict.MISSING else None
    if votes is not None and votes.verdict is Verdict.MISSING and verdict:
        return {}
    if _is_right(question, with_votes=False):
        broken = [way for way in ways if way.verdict is not Verdict.PASSED]
        matrices = {} if broken else _matrices(ways, question)
        causes = [way.id for way in broken] or list(matrices)
        return {**matrices, labels.id: Attributed(verdict=verdict, cause=causes[0])} if causes else {}
    if votes is not None and votes.verdict in WRONG and _is_right(question, with_votes=True):
        return {labels.id: Attributed(verdict=verdict, cause=votes.id)}
    return {}


def _is_right(question: NeighbourQuestion, with_votes: bool) -> bool:
    """Whether `predict` gives the right labels from right distances, whichever way of those there are."""
    problem = neighbours(question.student.seed)
    distances = reference.distances_two_loops(problem.X, problem.X_train)
    expected = reference.predict_labels(distances, problem.y_train, _K)
    try:
        for num_loops in (
            number for number, way in enumerate(WAYS) if f"knn.{way}" in question.student.sites
        ):
            votes = expected if with_votes else None
            given = question.predict.from_parts(problem, _K, num_loops, distances, votes)
            if not np.array_equal(given, expected):
                return False
    except (StudentError, StudentMissing, StudentTimeout, BadResult):
        return False
    return True


def _matrices(ways: Sequence[CheckResult], question: NeighbourQuestion) -> dict[str, Attributed]:
    """The ways whose right distances are an np.matrix, which is charged there."""
    mistake = "distances-are-a-matrix"
    named = Attributed(
        verdict=Verdict.FAILED,
        message=CATALOGUE[mistake].fact,
        help=CATALOGUE[mistake].remedy,
        mistakes=(mistake,),
    )
    problem, by_role = neighbours(question.student.seed), {way.role: way for way in question.ways.values()}
    return {way.id: named for way in ways if by_role[way.role].gives_matrix(problem)}
