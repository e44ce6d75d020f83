"""What an assignment has to say of its notebooks before they can be run."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

from grader.student.layout import Layout

__all__ = ["Material", "QuestionNotebook", "Sizes"]

#: How many images each split has at most.
Sizes = Mapping[str, int]


class QuestionNotebook(Protocol):
    """What a question asks of its notebook."""

    @property
    def sizes(self) -> Sizes:
        """The splits of a quick run."""

    def larger(self, lacking: str) -> Sizes | None:
        """Those of a second quick run, if the error `lacking` may come of the first one's few images."""

    def subject(self, runs: Any, question: str) -> Any:
        """The notebook as checks see it, from the submission's `NotebookRuns`."""


class Material(Protocol):
    """The data that notebooks find, and how their text is changed before they are run."""

    @property
    def layout(self) -> Layout:
        """Where the course has its modules and data."""

    @property
    def folder(self) -> Path:
        """The data; made when first asked for."""

    @property
    def most(self) -> Sizes | None:
        """The splits that the data allow a full run; None if all that the course has."""

    def rewritten(self, text: str, sizes: Sizes | None) -> str:
        """The text of a cell or module as it is run, line for line; with splits of these sizes."""

    def close(self) -> None:
        """Remove what was made."""
