"""What is said of a mend: where, what sort of thing, and that it is proved; never the solution itself."""

from __future__ import annotations

from grader.diagnosis.mending.choice import Chosen
from grader.intake.site import Site
from grader.result import Mend, MendedLine, MendLevel, Where

__all__ = ["mend_of", "told"]


#: Of two edits of a line neither need be what its author has in mind.
_TWICE = "more than one thing in this line is off, or one that is off altogether"


def mend_of(role: str, site: Site, chosen: Chosen, tried: int) -> Mend:
    """The report's entry, yet without words for its author."""
    file = site.defined_in or site.file or ""
    lines = tuple(
        MendedLine(
            kind=operator.id, hint=operator.hint, where=Where(file, line), missing=operator.tell == "topic"
        )
        for operator, line in zip(chosen.operators, chosen.lines, strict=True)
    )
    or_where = None if chosen.or_line is None else Where(file, chosen.or_line)
    return Mend(
        role=role, lines=lines, or_where=or_where, change=chosen.change, tried=tried, held=chosen.held
    )


def told(mend: Mend, label: str, level: MendLevel) -> str:
    """The sentence: `line 40: this runs over the wrong axis …; with that one change svm_loss is right …`."""
    if level == "nothing":
        return ""
    one = len(mend.lines) == 1
    proof = "with that one change" if one else f"with these {len(mend.lines)} changes"
    places = [_after(line) for line in mend.lines]
    if one and mend.or_where is not None and not mend.lines[0].missing:
        places = [" or ".join(_line(w) for w in sorted((mend.lines[0].where, mend.or_where), key=_order))]
    if level == "line":
        return f"look at {' and '.join(dict.fromkeys(places))}: {proof} there `{label}` is right"
    facts = [f"{place}: {line.hint}" for place, line in zip(places, mend.lines, strict=True)]
    if not one and len(set(facts)) > 1 and len(set(places)) == 1:
        facts = [f"{places[0]}: {_TWICE}"]
    if level == "change" and mend.change:
        facts.append(" ".join(line.strip() for line in mend.change))
    return f"{'; '.join(dict.fromkeys(facts))}; {proof} `{label}` is right, on other numbers too"


def _after(line: MendedLine) -> str:
    return f"after {_line(line.where)}" if line.missing else _line(line.where)


def _line(where: Where) -> str:
    """`line 40`, or `line 3 of code cell 5`."""
    return f"line {where.line}" + (f" of code cell {where.cell}" if where.cell is not None else "")


def _order(where: Where) -> tuple[int, int]:
    return where.cell or 0, where.line or 0
