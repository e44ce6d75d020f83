"""Every check of a class with what each student got in it, as strips of colour that stay small."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from grader.report.ledger import wrong
from grader.report.text import clean
from grader.report.words import merged_order
from grader.result import CheckResult, Report, Verdict

__all__ = ["ByCheck"]

#: The letter of a verdict, and the class of its colour; nothing where a check was not made.
KINDS = {"p": "right", "w": "wrong", "f": "follows", "m": "open"}
NOTHING = " "


@dataclass(frozen=True)
class Strip:
    """A check in a class of which `had` had it. `runs`: colour → a path over the students, best first."""

    question: str
    about: str
    title: str
    had: int
    wrong: int
    missing: int
    runs: dict[str, str]


class ByCheck:
    """Keeps a letter for each check of each student."""

    def __init__(self) -> None:
        self.abouts: dict[str, tuple[str, str, str]] = {}
        self.sequences: dict[tuple[str, ...], tuple[str, ...]] = {}
        self.letters: list[tuple[float, tuple[str, ...], str]] = []

    def add(self, report: Report, share: float) -> None:
        """Take in a report of that share of the maximum."""
        found = [(question.title, check) for question in report.questions for check in question.checks]
        for title, check in found:
            if check.id not in self.abouts:
                about = (clean(title, 60), clean(check.topic, 60), clean(check.title, 200))
                self.abouts[check.id] = about
        ids = tuple(check.id for _, check in found)
        ids = self.sequences.setdefault(ids, ids)
        self.letters.append((share, ids, "".join(letter(check) for _, check in found)))

    def rows(self) -> list[Strip]:
        """The checks in the order of a report; those that nobody had are left out."""
        students = sorted(self.letters, key=lambda each: -each[0])
        got = [dict(zip(ids, letters, strict=True)) for _, ids, letters in students]
        order = merged_order(set(self.sequences))
        strips = (self.strip(id, [letters.get(id, NOTHING) for letters in got]) for id in order)
        return [strip for strip in strips if strip.had]

    def strip(self, id: str, letters: Sequence[str]) -> Strip:
        had = sum(each != NOTHING for each in letters)
        return Strip(*self.abouts[id], had, letters.count("w"), letters.count("m"), dict(runs(letters)))


def letter(check: CheckResult) -> str:
    if check.verdict is Verdict.PASSED:
        return "p"
    if check.verdict is Verdict.SKIPPED:
        return NOTHING
    return "w" if wrong(check) else "m" if check.verdict is Verdict.MISSING else "f"


def runs(letters: Sequence[str]) -> Iterator[tuple[str, str]]:
    """For each colour a path: `M3 .5h2` is two students from the fourth."""
    paths: dict[str, str] = {}
    at = 0
    for each, group in groupby(letters):
        length = len(list(group))
        if each in KINDS:
            paths[KINDS[each]] = paths.get(KINDS[each], "") + f"M{at} .5h{length}"
        at += length
    yield from paths.items()
