"""LaTeX in a text as MathML, which browsers show by themselves; nothing else comes of it."""

from __future__ import annotations

import re
from collections.abc import Callable

__all__ = ["with_formulas"]

#: Code, in which a dollar is a dollar, or a formula by itself or in a line, with no number before a dollar.
FORMULA = re.compile(
    r"```.*?```|~~~.*?~~~|(?P<ticks>`+)[^`].*?(?P=ticks)"
    r"|(?<!\\)\$\$(?P<display>[^$]+)\$\$"
    r"|(?<![\\$\w])\$(?P<inline>[^\s$](?:[^$\n]*[^\s$\\])?)\$(?![\w$])",
    re.DOTALL,
)
#: Longer ones, and more of them, stay as they were written.
LONGEST, MOST = 1000, 300
TABLES = {"mtable", "mtr", "mtd"}
SCRIPTS = {"msub", "msup", "msubsup", "munder", "mover", "munderover", "mmultiscripts", "mprescripts"}
TAGS = TABLES | SCRIPTS | {"math", "mrow", "mi", "mn", "mo", "mtext", "mspace", "mfrac", "msqrt", "mroot"}
ATTRIBUTES = {"math": {"display"}, "mo": {"stretchy", "fence", "form"}, "mi": {"mathvariant"}}


def with_formulas(text: str, placed: Callable[[str], str]) -> str:
    """The Markdown with what `placed` gives for the MathML of each formula that can be read."""
    left = MOST

    def shown(found: re.Match[str]) -> str:
        nonlocal left
        formula = found["display"] or found["inline"]
        if not formula or len(formula) > LONGEST or not left:
            return found[0]
        left -= 1
        made = mathml(formula, "block" if found["display"] else "inline")
        return placed(made) if made else found[0]

    return FORMULA.sub(shown, text)


def mathml(formula: str, display: str) -> str:
    """Nothing but MathML's own tags with harmless attributes; empty where the formula cannot be read."""
    import nh3  # slow to import, like all that makes the page
    from latex2mathml.converter import convert

    try:
        made = convert(formula, display=display)
    except Exception:  # noqa: BLE001 - it has many ways to refuse what it does not know
        return ""
    return nh3.clean(made, tags=TAGS, attributes=ATTRIBUTES, link_rel=None)
