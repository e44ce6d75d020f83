"""The assignments that come with the grader. A new one is a package of its own and one line here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from grader.assignment import Assignment
from grader.assignment1 import ASSIGNMENT as ASSIGNMENT1
from grader.assignment1 import data as datasets
from grader.exercises import ASSIGNMENT as EXERCISES
from grader.intake.handed_in import Caps, SubmissionRefused
from grader.intake.roots import find_root
from grader.intake.submission import Entry, is_submission
from grader.intake.unpack import read_handed_in, read_parts
from grader.result import Report
from grader.sandbox.bounded import Overrun, bounded

__all__ = ["ASSIGNMENTS", "DEFAULT", "datasets", "of_report", "recognised"]

#: By the name that a command calls them. The first is taken where nothing tells.
ASSIGNMENTS: Mapping[str, Assignment] = {one.name: one for one in (ASSIGNMENT1, EXERCISES)}
DEFAULT = next(iter(ASSIGNMENTS.values()))
#: A class that holds nothing readable in so many entries does not say what it is.
_MOST_READ = 20


def of_report(report: Report | None) -> Assignment:
    """The assignment that a stored report is of; the default where it does not tell."""
    return ASSIGNMENTS.get(report.environment.get("assignment", ""), DEFAULT) if report else DEFAULT


def recognised(paths: Iterable[Path], entries: Sequence[Entry]) -> Assignment:
    """The assignment whose work lies there: the default, unless there is another's and none of it.

    By how the folders look; only where that does not tell are entries read, up to the first that does.
    """
    places = [*paths, *(entry.path for entry in entries)]
    for one in ASSIGNMENTS.values():
        if any(is_submission(place, one.editions.landmarks) for place in places):
            return one
    for entry in entries[:_MOST_READ]:
        if (found := _found_in(entry)) is not None:
            return ASSIGNMENTS[found]
    return DEFAULT


def _found_in(entry: Entry) -> str | None:
    try:
        return bounded(lambda: _whose(entry))
    except (SubmissionRefused, Overrun):
        return None


def _whose(entry: Entry) -> str | None:
    """The first assignment of which there is work. Of all but the default something must be unmistakable."""
    caps = Caps()
    found = read_parts(entry.parts, caps) if entry.parts else read_handed_in(entry.path, caps)
    for name, one in ASSIGNMENTS.items():
        if find_root(found.files, one.editions.landmarks) is not None and (
            one is DEFAULT or one.editions.identify(found.files).evidence
        ):
            return name
    return None
