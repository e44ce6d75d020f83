"""A notebook as HTML that can be shown to anybody: nbconvert makes it, and nothing of it runs or loads.

Of what was saved only printed text is shown; the student's own HTML is cleaned.
"""

from __future__ import annotations

import functools
import html
import re
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Protocol

from grader.report.formulas import with_formulas

__all__ = ["ShownCell", "code_style", "notebook_html"]

#: Characters shown of a cell and of a notebook; real ones have a fifth.
_LONGEST_CELL = 50_000
_LONGEST = 150_000
#: Text with more of one of these signs is shown as it was written: parsers of Markdown and HTML take time in
#: proportion to their square.
_SIGNS, _MOST_SIGNS = "[*_`<$>|~(-#", 500
#: Escapes and what else has no look, and what turns the direction of the text around it.
_UNSEEN = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")

#: What stands for our own HTML, in which nobody can know the number.
_WORD = re.compile(r"x[0-9a-f]{32}x")
#: Where in a cell's metadata the lines to mark are.
_MARKS = "marks"


class ShownCell(Protocol):
    """What is shown of a cell: its source, and of what was saved the texts and the pasted pictures."""

    @property
    def position(self) -> int: ...
    @property
    def number(self) -> int: ...
    @property
    def kind(self) -> str: ...
    @property
    def source(self) -> str: ...
    @property
    def printed(self) -> str: ...
    @property
    def error(self) -> str: ...
    @property
    def pictures(self) -> Mapping[str, Mapping[str, str]]: ...


def notebook_html(
    cells: Sequence[ShownCell],
    beside: Mapping[int, Sequence[str]],
    marks: Mapping[int, Sequence[int]],
) -> str:
    """The cells by nbconvert; behind the cell at each position the blocks of HTML that belong to it.

    `marks`: the lines of a cell that are to be seen first, by its position.
    """
    # It stands for our blocks and for formulas while the rest is cleaned.
    word = f"x{secrets.token_hex(16)}x"
    ours = {str(position): "\n".join(found) for position, found in beside.items()}

    def placed(formula: str) -> str:
        key = f"f{len(ours)}"
        ours[key] = formula
        return f"{word}{key}x"

    try:
        page = _converted(cells, beside, marks, word, placed)
    except Exception:  # noqa: BLE001 - text that breaks a parser of Markdown is shown as it was written
        page = _converted(cells, beside, marks, word, None)
    return re.sub(rf"<p>{word}(\d+)x</p>|{word}(f?\d+)x", lambda found: ours[found[1] or found[2]], page)


def _converted(
    cells: Sequence[ShownCell],
    beside: Mapping[int, Sequence[str]],
    marks: Mapping[int, Sequence[int]],
    word: str,
    placed: Callable[[str], str] | None,
) -> str:
    """`placed`: what stands for the MathML of a formula; None shows Markdown as it was written."""
    from nbformat import v4  # slow to import, like all that makes the page

    made: Any = v4
    nodes, left = [], _LONGEST
    for cell in cells:
        source = cell.source[: min(_LONGEST_CELL, left)]
        left -= len(source)
        nodes.append(_node(made, cell, source, marks.get(cell.position, ()), placed))
        if cell.position in beside:
            nodes.append(made.new_markdown_cell(f"{word}{cell.position}x"))
    for node in nodes:
        node.pop("id", None)  # drawn at random, and equal input gives an equal page
    page, _ = _exporter().from_notebook_node(made.new_notebook(cells=nodes, nbformat_minor=4))
    return _UNSEEN.sub("", str(page))


def _node(
    made: Any, cell: ShownCell, source: str, marks: Sequence[int], placed: Callable[[str], str] | None
) -> Any:
    if cell.kind == "code":
        outputs = [made.new_output("stream", text=text) for text in (cell.printed, cell.error) if text]
        metadata = {_MARKS: list(marks)}
        return made.new_code_cell(source, execution_count=cell.number, outputs=outputs, metadata=metadata)
    if cell.kind == "raw" or placed is None or any(source.count(sign) > _MOST_SIGNS for sign in _SIGNS):
        return made.new_raw_cell(html.escape(source))
    # nbconvert refuses a notebook that names a picture which is not there.
    source = re.sub(r"attachment:([^)\s]*)", lambda m: m[0] if m[1] in cell.pictures else "#", source)
    node = made.new_markdown_cell(with_formulas(source, placed))
    if cell.pictures:
        node["attachments"] = cell.pictures
    return node


class _Clean(str):
    """HTML that needs no cleaning."""

    __slots__ = ()


@functools.cache
def _exporter() -> Any:
    from nbconvert import HTMLExporter

    untyped: Any = HTMLExporter
    own = {"clean_html": _cleaned}
    exporter = untyped(template_name="basic", sanitize_html=True, exclude_anchor_links=True, filters=own)
    register = exporter.register_filter

    def keeping_ours(name: str, jinja_filter: Any) -> Any:
        """nbconvert sets a highlighter of its own before each page."""
        return register(name, _highlighted if name == "highlight_code" else jinja_filter)

    exporter.register_filter = keeping_ours
    return exporter


def _highlighted(source: str, metadata: Mapping[str, Any]) -> _Clean:
    """Python in colours, its lines numbered; pygments escapes whatever stands in it."""
    from pygments import highlight
    from pygments.formatters import HtmlFormatter

    formatter = HtmlFormatter(linenos="inline", hl_lines=metadata.get(_MARKS, []))
    return _Clean(highlight(source, _lexer(), formatter))


@functools.cache
def _lexer() -> Any:
    """Python; what only notebooks know, as `!cd $FOLDER`, is text and no error. No line is left out."""
    from pygments.filters import Filter
    from pygments.lexers import PythonLexer
    from pygments.token import Error, Text

    class ErrorsAsText(Filter):  # type: ignore[misc]
        def filter(self, lexer: object, stream: Any) -> Iterator[tuple[Any, str]]:
            for kind, value in stream:
                yield Text if kind is Error else kind, value

    untyped: Any = PythonLexer
    lexer = untyped(stripnl=False)
    lexer.add_filter(ErrorsAsText())
    return lexer


_HEADINGS = {f"h{level}" for level in range(1, 7)}
_LAYOUT = {"p", "ul", "ol", "li", "table", "thead", "tbody", "tr", "th", "td", "div", "hr", "br", "details"}
_INLINE = {
    "em",
    "strong",
    "b",
    "i",
    "u",
    "s",
    "del",
    "ins",
    "sub",
    "sup",
    "small",
    "span",
    "code",
    "pre",
    "a",
}
_TAGS = _HEADINGS | _LAYOUT | _INLINE | {"img", "blockquote", "summary"}
#: What an address must begin with, by the attribute that holds it.
_ADDRESSES = {"href": re.compile(r"https?://|mailto:|#"), "src": re.compile(r"data:image/(?:png|jpeg|gif);")}
_ATTRIBUTES = {"a": {"href", "title"}, "img": {"src", "alt", "title"}}
_SCHEMES = {"http", "https", "mailto", "data"}


def _if_harmless(tag: str, name: str, value: str) -> str | None:
    """Not where it leads elsewhere, nor where a formula would come to stand in it."""
    elsewhere = name in _ADDRESSES and not _ADDRESSES[name].match(value)
    return None if elsewhere or _WORD.search(value) else value


def _cleaned(page: object) -> str:
    """The student's HTML without anything that runs, loads, covers others or looks like ours."""
    if isinstance(page, _Clean):
        return page
    import nh3

    return nh3.clean(
        str(page),
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        attribute_filter=_if_harmless,
        url_schemes=_SCHEMES,
        link_rel=None,
    )


@functools.cache
def code_style() -> str:
    """The style sheet of highlighted code, in light and dark."""
    from pygments.formatters import HtmlFormatter

    light, dark = (
        "\n".join(
            rule
            for rule in HtmlFormatter(style=style).get_style_defs(".highlight").splitlines()
            if rule.startswith(".highlight .") and ".hll" not in rule
        )
        for style in ("xcode", "zenburn")  # of those that come with pygments, the ones with contrast enough
    )
    return f"{light}\n@media (prefers-color-scheme: dark) {{\n{dark}\n}}\n"
