"""Pages of HTML from templates: whole in one file, asking for nothing from elsewhere, everything escaped.

A page's policy allows the style and the script that are ours, by their hashes, and nothing else: markup that
came through all the same could neither run, nor load, nor restyle.
"""

from __future__ import annotations

import base64
import functools
import hashlib
from collections.abc import Sequence
from importlib import resources
from typing import Any

from markupsafe import Markup, escape

from grader.report.text import printable

__all__ = ["block", "environment", "filled"]

NOTHING_ELSE = "default-src 'none'; img-src data:; base-uri 'none'; form-action 'none'"


def filled(
    template: str,
    styles: Sequence[str] = ("page.css",),
    script: str = "",
    further_style: str = "",
    **values: object,
) -> str:
    """The page of that template.

    Args:
        styles: the names of files of ours that the page is styled by.
        script: the one that it runs; none when empty.
        further_style: rules of ours that are in no file.
    """
    style, code = "".join(map(own_file, styles)) + further_style, own_file(script) if script else ""
    policy = f"{NOTHING_ELSE}; style-src '{hash_of(style)}'"
    policy += f"; script-src '{hash_of(code)}'" if code else ""
    whole = {"policy": Markup(policy), "style": Markup(style), "script": Markup(code), **values}
    page: str = environment().get_template(template).render(whole)
    return page


def block(template: str, macro: str, *values: object) -> Markup:
    """A part of a page: what a macro of that template makes of the values."""
    made: Markup = getattr(environment().get_template(template).module, macro)(*values)
    return made


@functools.cache
def environment() -> Any:
    from jinja2 import Environment, PackageLoader, StrictUndefined  # slow to import; other formats go without

    made = Environment(
        loader=PackageLoader(__package__),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=visible,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.filters["coded"] = coded
    return made


def coded(text: str) -> Markup:
    """The text with what stands in backticks as code."""
    parts = [escape(visible(part)) for part in text.split("`")]
    if len(parts) % 2 == 0:
        return escape(visible(text))
    parts[1::2] = [Markup('<code dir="ltr">{}</code>').format(part) for part in parts[1::2]]
    return Markup("").join(parts)


@functools.cache
def own_file(name: str) -> str:
    """A style or script of ours, which holds no `</`."""
    return resources.files(__package__).joinpath("templates", name).read_text("utf-8")


def hash_of(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def visible(value: Any) -> Any:
    """Text without characters that move or reorder its surroundings."""
    if isinstance(value, str) and not isinstance(value, Markup) and not value.isprintable():
        return "".join(printable(value))
    return value
