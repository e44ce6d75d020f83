"""What notebooks find when they are run, and what their models are judged by; made when first needed."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import Literal

from grader.assignment1.data.dataset import Dataset
from grader.assignment1.layout import LAYOUT
from grader.assignment1.notebooks.course_data import CourseData, full_data, judging_data, quick_data
from grader.assignment1.notebooks.rewrite import for_today, shrunk, sizes_within
from grader.assignment1.notebooks.targets import Targets
from grader.student.notebooks.course import Sizes

__all__ = ["CourseMaterial"]


class CourseMaterial:
    """The images, and the text of cells and modules as it is run."""

    layout = LAYOUT

    def __init__(
        self, execute: Literal["quick", "full"], dataset: Callable[[], Dataset] | None = None
    ) -> None:
        """
        Args:
            dataset: where a full run finds its images; a quick run draws its own.
        """
        self.execute, self._dataset = execute, dataset
        self._home: tempfile.TemporaryDirectory[str] | None = None

    @cached_property
    def data(self) -> CourseData:
        self._home = tempfile.TemporaryDirectory(prefix="grader-data-")
        folder = Path(self._home.name)
        if self.execute == "full" and self._dataset is not None:
            return full_data(folder, self._dataset())
        return quick_data(folder)

    @property
    def folder(self) -> Path:
        return self.data.folder

    @cached_property
    def photographs(self) -> CourseData | None:
        """Official images, to judge models that a submission brings along; None where there are none."""
        data = judging_data(self._dataset()) if self._dataset is not None else None
        return data if data is not None and data.is_real else None

    @cached_property
    def targets(self) -> Targets:
        """The marks for models trained on `data`."""
        return Targets(self.data)

    @property
    def most(self) -> Sizes | None:
        return sizes_within(len(self.data.train), self.data.tests)

    def rewritten(self, text: str, sizes: Sizes | None) -> str:
        text = for_today(text)
        return text if sizes is None else shrunk(text, sizes)

    def close(self) -> None:
        """Remove the images from the disk."""
        if self._home is not None:
            self._home.cleanup()
