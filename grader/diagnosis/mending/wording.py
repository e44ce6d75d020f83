"""What is said of a mend: where, what sort of thing, and that it is proved; never the solution itself."""

from __future__ import annotations

from collections.abc import Sequence

from grader.diagnosis.mending.choice import Chosen
from grader.intake.site import Site
from grader.result import Mend, MendedLine, MendLevel, Where

__all__ = ["mend_of", "told"]


def mend_of(role: str, site: Site, chosen: Chosen, tried: int, level: MendLevel) -> Mend:
    """The report's entry; the change itself only where the level allows it."""
    file = site.defined_in or site.file or ""
    lines = tuple(
        MendedLine(kind=operator.id, hint=operator.hint if level != "line" else "", where=Where(file, line))
        for operator, line in zip(chosen.operators, chosen.lines, strict=True)
    )
    return Mend(
        role=role,
        lines=lines,
        or_where=None if chosen.or_line is None else Where(file, chosen.or_line),
        change=chosen.change if level == "change" else (),
        tried=tried,
        held=chosen.held,
        text=told(site.label, chosen, level),
    )


def told(label: str, chosen: Chosen, level: MendLevel) -> str:
    """The sentence: `line 40: this sum runs over the wrong axis; with that one change svm_loss is right`."""
    proof = "with that one change" if len(chosen.lines) == 1 else f"with these {len(chosen.lines)} changes"
    places = [_place(chosen, i) for i in range(len(chosen.lines))]
    if level == "line":
        where = " and ".join(dict.fromkeys(places))
        return f"look at {where}: {proof} there `{label}` is right"
    facts = [f"{place}: {operator.hint}" for place, operator in zip(places, chosen.operators, strict=True)]
    return f"{'; '.join(dict.fromkeys(facts))}; {proof} `{label}` is right on problems it had not met"


def _place(chosen: Chosen, number: int) -> str:
    line, missing = chosen.lines[number], chosen.operators[number].tell == "topic"
    if missing:
        return f"after line {line}"
    if chosen.or_line is not None and len(chosen.lines) == 1:
        return _either([line, chosen.or_line])
    return f"line {line}"


def _either(lines: Sequence[int]) -> str:
    first, second = sorted(lines)
    return f"line {first} or {second}"
