"""What is raised when a call of a student's function gives no result, and what the worker tells of it."""

from __future__ import annotations

from typing import Any, Literal

from grader.result import Where

__all__ = [
    "LIBRARIES",
    "NotJudged",
    "Stub",
    "StudentError",
    "StudentMissing",
    "StudentTimeout",
    "reported_place",
]

#: What work that is not done gives back: None, or zeros whatever it is given.
Stub = Literal["nothing", "zeros"]

#: What people's own environments may have; anything else that is not here was not handed in.
LIBRARIES = frozenset(
    [
        *("cupy", "cv2", "dask", "imageio", "jax", "keras", "mxnet", "numba", "numexpr", "pandas", "seaborn"),
        *("skimage", "sklearn", "statsmodels", "sympy", "tensorflow", "theano", "torch", "torchvision"),
    ]
)


class StudentError(Exception):
    """The student's code raised, or left: `fact` says it in the student's words."""

    def __init__(
        self, fact: str, where: Where | None = None, kind: str = "raised", error_type: str = ""
    ) -> None:
        super().__init__(fact)
        self.fact = fact
        self.where = where
        self.kind = kind
        self.error_type = error_type


class StudentMissing(Exception):  # noqa: N818 - work not done is no error
    """The role is absent or still the starter's stub. `stub`: what it gave, where it gave something."""

    def __init__(self, fact: str, stub: Stub | None = None) -> None:
        super().__init__(fact)
        self.stub = stub


class NotJudged(StudentMissing):
    """Nothing can be said of it, because nobody asks for it."""


class StudentTimeout(Exception):  # noqa: N818 - a verdict of its own
    """The code did not finish within its limit."""


def reported_place(reply: dict[str, Any]) -> Where | None:
    """The line that a reply of the worker names, if it names one."""
    file, line = reply.get("file"), reply.get("line")
    return Where(file, line if type(line) is int else None) if type(file) is str else None
