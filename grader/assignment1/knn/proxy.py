"""One student's k-nearest-neighbour classifier: three ways to the distances, the vote, and both together."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from grader.assignment1.knn.problems import NeighbourProblem
from grader.intake.site import Site
from grader.student.answers import as_array, as_labels, is_zero, not_done
from grader.student.calls import ROOM, StepCount, Student, StudentError
from grader.wall.wire import ObjectRef

__all__ = ["WAYS", "DistanceFunction", "LabelFunction", "NeighbourQuestion", "Prediction"]

Array = NDArray[Any]
Floats = NDArray[np.float64]


#: By `num_loops`.
WAYS = ("no_loops", "one_loop", "two_loops")


class _Role:
    """One method of the student's class, called on an object of its own that remembers the training set."""

    def __init__(self, student: Student, role: str) -> None:
        self.student = student
        self.role = role

    @property
    def site(self) -> Site:
        return self.student.site(self.role)

    @property
    def done(self) -> bool:
        """Whether it computes something, which a stub does not."""
        return self.site.done

    def trained(self, X_train: Array, y_train: Array) -> ObjectRef:
        """A new object that was given the training set."""
        model = self.student.call(self.role, keep=True).value
        given = self.student.sites.get("remember")
        method = given.method if given is not None else None
        self.student.call(self.role, X_train, y_train, on=model, method=method or "train")
        return model  # type: ignore[no-any-return]

    def require_work(self, value: Any, zeros: str) -> None:
        """Raise StudentMissing for what a stub returns: nothing, or `zeros` where nothing is computed."""
        if value is None or (is_zero(value) and not self.done):
            raise not_done(self.site.label, value, zeros)


def _room(problem: NeighbourProblem) -> int:
    """Bytes for distances of whatever type, and again as much."""
    return ROOM + 32 * len(problem.X) * len(problem.X_train)


class DistanceFunction(_Role):
    """`compute_distances_…(X)`: distances (num_test, num_train), asked for only once per problem."""

    def __init__(self, student: Student, role: str) -> None:
        super().__init__(student, role)
        self._answers: dict[str, Any] = {}

    def __call__(self, problem: NeighbourProblem) -> Floats:
        """The distances of X from X_train.

        Raises:
            StudentError, StudentTimeout; StudentMissing when absent or a stub; BadResult of another shape.
        """
        shape = (len(problem.X), len(problem.X_train))
        return as_array(self.raw(problem), shape, "the array of distances")

    def raw(self, problem: NeighbourProblem) -> Any:
        """What came back, not validated.

        Raises:
            StudentMissing: nothing, or zeros of a stub.
        """
        if problem.name not in self._answers:
            model = self.trained(problem.X_train, problem.y_train)
            reply = self.student.call(self.role, problem.X, on=model, room=_room(problem))
            self._answers[problem.name] = reply.value
        self.require_work(self._answers[problem.name], "zeros")
        return self._answers[problem.name]

    def gives_matrix(self, problem: NeighbourProblem) -> bool:
        """Whether the distances come as an np.matrix, which alone has an `A1`."""
        model = self.trained(problem.X_train, problem.y_train)
        try:
            given = self.student.call(self.role, problem.X, on=model, keep=True).value
            self.student.get(self.role, given, "A1")
        except StudentError:
            return False
        return True

    def counted(self, problem: NeighbourProblem) -> tuple[Array, StepCount]:
        """The distances of a new call, and the steps that it took.

        Raises:
            StudentMissing: nothing, or zeros of a stub. BadResult: no array of num_test × num_train numbers.
        """
        model = self.trained(problem.X_train, problem.y_train)
        reply, steps = self.student.counted(self.role, problem.X, on=model, room=_room(problem))
        self.require_work(reply.value, "zeros")
        shape = (len(problem.X), len(problem.X_train))
        return as_array(reply.value, shape, "the array of distances"), steps


class LabelFunction(_Role):
    """`predict_labels(dists, k)`: the labels (num_test,) that the neighbours vote for."""

    def __call__(self, distances: Array, y_train: Array, k: int) -> Array:
        """The labels of the rows of `distances` (num_test, num_train).

        Raises:
            StudentError, StudentTimeout, BadResult; StudentMissing when absent, or a stub: all labels 0.
        """
        value = self._raw(distances, y_train, k)
        if is_zero(value) and self._knows_other_labels():
            return as_array(value, (len(distances),), f"what `{self.site.label}` returns")
        return _labels(self, value, len(distances))

    def _raw(self, distances: Array, y_train: Array, k: int) -> Any:
        model = self.trained(np.zeros((len(y_train), 1)), y_train)
        return self.student.call(self.role, distances, on=model, k=k).value

    def _knows_other_labels(self) -> bool:
        """Whether it predicts another label than 0 where that has no vote, or is not the only one."""
        distances = np.array([[1.0, 2.0, 3.0]])
        return any(not is_zero(self._raw(distances, np.array(y), 3)) for y in ([0, 0, 1], [2, 2, 1]))


class Prediction(_Role):
    """`predict(X, k, num_loops)`: distances and vote together."""

    @property
    def done(self) -> bool:
        """Whether the vote is written, too: the starter holds the rest."""
        votes = self.student.sites.get("knn.predict_labels")
        return super().done and (votes is None or votes.done)

    def __call__(self, problem: NeighbourProblem, k: int, num_loops: int) -> Array:
        """The labels (num_test,) of problem.X."""
        return self._predicted(self.trained(problem.X_train, problem.y_train), problem, k, num_loops)

    def from_parts(
        self, problem: NeighbourProblem, k: int, num_loops: int, distances: Array, votes: Array | None
    ) -> Array:
        """The same where every way gives these distances, and `predict_labels`, if not None, these votes."""
        model = self.trained(problem.X_train, problem.y_train)
        parts = {f"knn.{way}": distances for way in WAYS} | {"knn.predict_labels": votes}
        for role, reply in parts.items():
            site = self.student.sites.get(role)
            if site is not None and reply is not None:
                self.student.spy(self.role, model, str(site.method), reply)
        return self._predicted(model, problem, k, num_loops)

    def _predicted(self, model: ObjectRef, problem: NeighbourProblem, k: int, num_loops: int) -> Array:
        value = self.student.call(self.role, problem.X, on=model, k=k, num_loops=num_loops).value
        return _labels(self, value, len(problem.X))


def _labels(role: _Role, value: Any, count: int) -> Array:
    role.require_work(value, "label 0 for every example")
    return as_labels(value, count, role.site.label, role.done)


class NeighbourQuestion:
    """The question `knn`. Kept for all of its checks, so that answers are shared."""

    def __init__(self, student: Student, question: str) -> None:
        self.student = student
        self.two_loops = DistanceFunction(student, f"{question}.two_loops")
        self.one_loop = DistanceFunction(student, f"{question}.one_loop")
        self.no_loops = DistanceFunction(student, f"{question}.no_loops")
        self.predict_labels = LabelFunction(student, f"{question}.predict_labels")
        self.predict = Prediction(student, f"{question}.predict")

    @property
    def ways(self) -> dict[str, DistanceFunction]:
        return {"two_loops": self.two_loops, "one_loop": self.one_loop, "no_loops": self.no_loops}
