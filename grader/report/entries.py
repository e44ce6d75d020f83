"""What is to be fixed as every page of the author tells it: fact, own lines, what to do, what follows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import msgspec

from grader.report.evidence import broken, helps
from grader.report.text import clean, number, plural, points, sentence
from grader.report.to_fix import ToFix
from grader.report.words import SIGNS, place
from grader.result import CheckResult, Evidence, Example, Picture, Report, Verdict, Where

__all__ = ["ALSO", "DO", "EITHER", "FOLLOWS", "OwnLine", "PageEntry", "cost", "entry", "own_lines"]

DO, ALSO = "Do:", "Also:"
BY_HAND = "Compute these numbers by hand, then print yours."
EITHER = "Either of these, the results do not tell which:"
FOLLOWS = "Because of it also:"
PLACES = 4
FACTS = 2
CELL = 40
NAMES = 3


@dataclass(frozen=True)
class OwnLine:
    """A line of the submission; `here`: the one that the entry is about."""

    number: int
    code: str
    here: bool


@dataclass(frozen=True)
class PageEntry:
    """One thing that is wrong, in sentences that are clean, with no markup of any page in them.

    `title` is `Question · function: what is wrong with its result`, the question where there are several.
    `places` are all where it was made. `mistakes` are the names for `grader explain`; `perhaps` those of
    which one explains it. `compared` is the first value that differs, `also` the facts of its other names, or
    what else is wrong in the function where it has none. `example` is a small problem, and `values` which of
    its values are right and which wrong. `hint` is what else is known where it has no name, `advice` what to
    do.
    `pictures`: what to look at. `checks`: what stands against the work.
    """

    sign: str
    title: str
    lost: float
    places: tuple[str, ...]
    mistakes: tuple[str, ...]
    lines: tuple[OwnLine, ...]
    compared: str
    also: tuple[str, ...]
    example: Example | None
    values: str
    pictures: tuple[Picture, ...]
    perhaps: tuple[str, ...]
    hint: str
    advice: str
    followers: str
    checks: tuple[CheckResult, ...]

    @property
    def cost(self) -> str:
        return cost(self.lost)


def entry(report: Report, wrong: ToFix) -> PageEntry:
    """The entry of one thing to fix."""
    first, names = wrong.first, tuple(clean(mistake, 80) for mistake in wrong.mistakes)
    tellers = (teller(wrong), *wrong.checks)
    example = next((check.example for check in tellers if check.example is not None), None)
    asked = wrong.checks if names else [first]
    told = list(dict.fromkeys(text for check in asked for text in helps(check, report)))
    known = clean(" ".join(map(sentence, told[: max(1, len(names))])))
    return PageEntry(
        sign=SIGNS[first.verdict if first.verdict is not Verdict.MISSING else Verdict.FAILED],
        title=title(report, wrong),
        lost=wrong.lost,
        places=places(wrong),
        mistakes=names,
        lines=tuple(own_lines(first.where, first.error_type)) if first.where else (),
        compared=compared(first),
        also=(*other_facts(report, wrong), *also(wrong))[:FACTS],
        example=legible(example) if example is not None else None,
        values=values(example) if example is not None else "",
        pictures=tuple(pictures(wrong, example)),
        perhaps=perhaps(report, wrong),
        hint="" if names else sentence(clean(next((c.hint for c in wrong.checks if c.hint), ""))),
        advice=known or (BY_HAND if example is not None else ""),
        followers=followers(wrong),
        checks=tuple(wrong.checks),
    )


def cost(lost: float) -> str:
    return f"−{points(lost)}" if lost else "no cost"


def title(report: Report, wrong: ToFix) -> str:
    """`Title · function: what is wrong with its result`; without the title of a report's only question."""
    questions = ", ".join(clean(question.title, 60) for question in wrong.questions)
    first = teller(wrong)
    name, fact = clean(named(wrong), 60), clean(said(first), 300)
    is_of_file = first.where is not None and fact.startswith(f"`{first.where.file}`")
    about = f"{name}: " if name and not (is_of_file or fact.lstrip("`").startswith(name)) else ""
    return f"{about}{fact}" if len(report.questions) == 1 else f"{questions} · {about}{fact}"


def teller(wrong: ToFix) -> CheckResult:
    """The check whose fact is the title: of those of the mistake that of the function where it was made."""
    first, name = wrong.first, named(wrong)
    own = (
        check
        for check in (*wrong.checks, *wrong.followers)
        if check.function == name != first.function
        and check.mistakes == first.mistakes != ()
        and check.verdict is first.verdict
    )
    return min(own, key=lambda check: check.statement != first.statement, default=first)


def named(wrong: ToFix) -> str:
    """The function of the title: where it is the mistake's line that is shown, the one around it."""
    first = wrong.first
    inner = first.where.function if first.where is not None else ""
    judged = {check.function for check in (*wrong.checks, *wrong.followers)}
    return inner if inner and inner in judged else first.function


def said(check: CheckResult) -> str:
    """The fact; with an example, which has the numbers, only what they are."""
    if check.example is not None and check.example.about and not check.mistakes:
        return f"{check.example.about} is wrong"
    return check.message or check.title


def places(wrong: ToFix) -> tuple[str, ...]:
    """Where it was made: the first place, then the others, with the name of another function."""
    first, title = wrong.first, named(wrong)
    found: dict[str, str] = {}
    for check in (*wrong.checks, *repeated(wrong)):
        if check.where is not None and not check.behind:
            found.setdefault(another_place(check.where, first.where), check.where.function or check.function)
    return tuple(
        f"{at} ({clean(function, 60)})" if function not in ("", title) else at
        for at, function in list(found.items())[:PLACES]
    )


def another_place(where: Where, first: Where | None) -> str:
    """The place; a line of the first one's file by its number alone: `:71`."""
    both = (where, first) if first is not None and where != first else ()
    lines = all(each.line is not None and each.cell is None and each.end_line is None for each in both)
    return f":{where.line}" if both and lines and where.file == both[1].file else place(where)


def repeated(wrong: ToFix) -> list[CheckResult]:
    """The checks that follow because the same mistake was made again, in another place."""
    own = {check.where for check in wrong.checks}
    return [
        check
        for check in wrong.followers
        if set(check.mistakes) & set(wrong.mistakes) and check.where is not None and check.where not in own
    ]


def compared(check: CheckResult) -> str:
    """The first value that differs, unless the fact has it."""
    for evidence in broken(check)[:1]:
        if not says(check, evidence):
            yours, expected = number(evidence.measured), number(evidence.expected)
            return f"{clean(evidence.what, 120)}: yours {yours}, expected {expected}"
    return ""


def says(check: CheckResult, evidence: Evidence) -> bool:
    """Whether the fact has these values already."""
    return check.message.startswith(evidence.what) or number(evidence.measured) in check.message


def also(wrong: ToFix) -> tuple[str, ...]:
    """What else is wrong in the function: the results with an example in one sentence, then other facts; of a
    mistake only what has no name."""
    rest = [
        check
        for check in wrong.checks
        if said(check) != said(wrong.first) and not (check.behind or (wrong.mistakes and check.mistakes))
    ]
    results = dict.fromkeys(check.example.about for check in rest if check.example and not check.mistakes)
    facts = dict.fromkeys(said(check) for check in rest if not check.example or check.mistakes)
    named = " and ".join(list(results)[:NAMES]) + (" and more" if len(results) > NAMES else "")
    wrong_too = [f"{named} {'is' if len(results) == 1 else 'are'} wrong"] if results else []
    return tuple(clean(fact, 200) for fact in (*wrong_too, *facts))[:FACTS]


def other_facts(report: Report, wrong: ToFix) -> tuple[str, ...]:
    """What the first check's other mistakes are: the title tells one of them."""
    role, others = wrong.first.role, wrong.first.mistakes[1:]
    facts = [each.explanation for each in report.diagnoses if role in each.roles and each.mistake in others]
    return tuple(clean(fact, 200) for fact in dict.fromkeys(facts) if fact not in said(wrong.first))


def values(example: Example) -> str:
    """`Right: one. Wrong: others, where your value is …`"""
    told = [f"Right: {example.right}."] if example.right else []
    told += [f"Wrong: {example.wrong}."] if example.wrong else []
    return clean(" ".join(told), 300)


def own_lines(where: Where, error_type: str = "") -> Iterator[OwnLine]:
    """The line with those around it, or a range's.

    The indentation that all share is left away, and empty lines are, of a range also those that only remark.
    Tabs are to be seen where they are the error.
    """
    if where.excerpt is None:
        return
    one = where.end_line is None
    texts = [
        (at, text.replace("\t", "→   ") if error_type == "TabError" else text.expandtabs(4))
        for at, text in enumerate(where.excerpt.lines, where.excerpt.first)
        if text.strip()
    ]
    shared = min((indent(text) for _, text in texts), default=0)
    for at, text in texts:
        if one or not text.lstrip().startswith("#"):
            yield OwnLine(at, " " * (indent(text) - shared) + clean(text, 200), one and at == where.line)


def indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def legible(example: Example) -> Example:
    """The example with texts of a size and kind that a page can show."""
    rows = tuple(
        msgspec.structs.replace(row, label=clean(row.label, CELL), values=tuple(short(row.values)))
        for row in example.rows
    )
    given = tuple(clean(part, 120) for part in example.given)
    columns, what = tuple(short(example.columns)), clean(example.what, 80)
    return msgspec.structs.replace(example, given=given, columns=columns, rows=rows, what=what)


def short(texts: Iterable[str]) -> Iterator[str]:
    return (clean(text, CELL) for text in texts)


def pictures(wrong: ToFix, example: Example | None) -> Iterator[Picture]:
    """Curves and bars; else an array: an example's numbers say the same, and can be computed."""
    drawn = [picture for check in (*wrong.checks, *wrong.followers) for picture in check.pictures]
    curves: dict[str, Picture] = {}
    for picture in drawn:
        if picture.kind != "cells":
            curves.setdefault(picture.what, picture)
    if not (example and curves):
        yield from [picture for picture in drawn if picture.kind == "cells"][:1]
    yield from curves.values()


def perhaps(report: Report, wrong: ToFix) -> tuple[str, ...]:
    """Mistakes of which one explains it, where the results do not tell which."""
    roles = {check.role for check in wrong.checks if not check.mistakes}
    fit = [each for each in report.candidates if roles & set(each.roles)]
    return tuple(dict.fromkeys(clean(each.mistake, 80) for each in fit))


def followers(wrong: ToFix) -> str:
    """`2 checks fail (train, predict), 1 check was not made`: what only follows from it."""
    again = repeated(wrong)
    behind = [check for check in wrong.checks if check.behind]
    following = [*behind, *(check for check in wrong.followers if check not in again)]
    failed = [check for check in following if check.verdict is not Verdict.SKIPPED]
    skipped = len(following) - len(failed)
    told = []
    if failed:
        told.append(f"{plural(len(failed), 'check fails', 'checks fail')}{functions(wrong, failed)}")
    if skipped:
        told.append(plural(skipped, "check was not made", "checks were not made"))
    return ", ".join(told)


def functions(wrong: ToFix, checks: list[CheckResult]) -> str:
    own = {check.function for check in wrong.checks if not check.behind}
    names = list(dict.fromkeys(clean(c.function, 60) for c in checks if c.function not in (*own, "")))
    return f" ({', '.join(names[:NAMES])}{', …' if len(names) > NAMES else ''})" if names else ""
