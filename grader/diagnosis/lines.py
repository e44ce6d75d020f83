"""Point to the student's line, by reading the syntax tree; say nothing when unsure."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence

import msgspec

from grader.diagnosis.source import Function, read
from grader.intake.site import Site
from grader.result import Where

__all__ = ["Locate", "function_of", "nowhere", "place_of", "span_of"]

#: The statement of a function where a mistake (by id) is made, or where what is missing belongs; None when
#: unsure. Given beside it: the parameters of a net in whose gradients the mistake is.
Locate = Callable[[Function, str, Sequence[str]], ast.stmt | None]


def nowhere(function: Function, mistake: str, parameters: Sequence[str]) -> None:
    """Of an assignment that knows no lines."""


def function_of(site: Site, text: str) -> Function | None:
    """The function or method of a site in the text of its file."""
    return read(text, site.label, site.line)


def place_of(
    mistake: str, site: Site, text: str, locate: Locate, parameters: Sequence[str] = ()
) -> Where | None:
    """The line of the mistake in a site's function; all its lines when the text leaves it open."""
    function = function_of(site, text)
    statement = locate(function, mistake, parameters) if function is not None else None
    if statement is None or site.where is None:
        return span_of(site, text)
    return msgspec.structs.replace(site.where, line=statement.lineno)


def span_of(site: Site, text: str) -> Where | None:
    """The lines of a site's function: what is known of a mistake without a line of its own."""
    function = function_of(site, text)
    if function is None or site.where is None:
        return site.where
    first, last = function.span
    return msgspec.structs.replace(site.where, line=first, end_line=last if last > first else None)
