"""Point to the student's line, by reading the syntax tree; say nothing when unsure."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence

from grader.diagnosis.source import Function, read
from grader.intake.site import Site

__all__ = ["Locate", "function_of", "line_of"]

#: The statement of a function where a mistake (by id) is made, or where what is missing belongs; None when
#: unsure. Given beside it: the parameters of a net in whose gradients the mistake is.
Locate = Callable[[Function, str, Sequence[str]], ast.stmt | None]


def function_of(site: Site, text: str) -> Function | None:
    """The function or method of a site in the text of its file."""
    return read(text, site.label, site.line)


def line_of(
    mistake: str, site: Site, text: str, locate: Locate, parameters: Sequence[str] = ()
) -> int | None:
    """The line (from 1) of the mistake in a site's function; None when the text leaves it open."""
    function = function_of(site, text)
    statement = locate(function, mistake, parameters) if function is not None else None
    return statement.lineno if statement is not None else None
