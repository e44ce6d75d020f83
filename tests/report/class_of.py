"""A class of any size, for the pages and tables of classes."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

import msgspec
from report_samples import SAMPLES

from grader.result import Report

__all__ = ["class_of"]


def class_of(size: int) -> Iterator[Report]:
    """Reports with the names, situations and verdicts of a class, the same each time."""
    random = Random(size)
    names = list(SAMPLES)
    for number in range(size):
        report = SAMPLES[random.choice(names)]()
        info = msgspec.structs.replace(report.submission, id=f"student-{number:04}@example.edu")
        yield msgspec.structs.replace(report, submission=info)
