"""A page of text of a fixed width: hanging indents, right-hand columns, no line too long."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from rich.cells import cell_len, set_cell_size
from rich.console import Console, ConsoleOptions, RenderResult
from rich.segment import Segment
from rich.text import Text

__all__ = ["Sheet", "fitted", "styled"]

NARROWEST = 40
WIDEST = 100  # beyond it the eye loses the line between a title and its points
# Parts of a path, and of a name; a long word may break after each.
FOLDERS = re.compile(r"[^/]*/+|[^/]+")
PIECES = re.compile(r"[^/_.-]*[/_.-]+|[^/_.-]+")
# What a terminal that knows ASCII only gets instead, character for character.
PLAIN = str.maketrans("✓✗–…◷·−─━×Σ▸│", "+x-~t*--=*S>|")


def styled(text: str, style: str = "") -> Text:
    """`text` as it is: no markup, no highlighting, no emoji names."""
    return Text(text, style=style)


def fitted(text: str, width: int) -> str:
    """`text` in exactly `width` cells, cut or padded."""
    return set_cell_size(text if cell_len(text) <= width else set_cell_size(text, width - 1) + "…", width)


def breakable(text: Text, width: int) -> Text:
    """`text` with line ends in words longer than `width`: paths and names break between their parts."""
    long = (word for word in re.finditer(r"\S+", text.plain) if cell_len(word.group()) > width)
    ends = [end for word in long for end in breaks(word, width)]
    return Text("\n").join(text.divide(ends)) if ends else text


def breaks(word: re.Match[str], width: int) -> Iterator[int]:
    """Where to break `word` into lines: between folders if each fits on a line."""
    folders = list(FOLDERS.finditer(word.string, *word.span()))
    fit = all(cell_len(folder.group()) <= width for folder in folders)
    used = 0
    for piece in folders if fit else PIECES.finditer(word.string, *word.span()):
        size = cell_len(piece.group())
        if used and used + size > width:
            yield piece.start()
            used = 0
        used += size


class Sheet:
    """Lines of at most `width` cells, collected in order; a rich renderable."""

    def __init__(self, console: Console, width: int | None = None) -> None:
        self.console = console
        self.width = min(max(width or console.width, NARROWEST), WIDEST)
        self.lines: list[Text] = []

    def blank(self) -> None:
        self.lines.append(Text())

    def rule(self) -> None:
        self.lines.append(styled("─" * self.width, "dim"))

    def add(self, body: Text, indent: int = 0) -> None:
        """`body`, wrapped, every line `indent` cells from the left."""
        self.hang(styled(" " * indent), body)

    def hang(self, head: Text, body: Text, tail: Text | None = None, after: Text | None = None) -> None:
        """`head`, then `body` wrapped beside it, and `tail` at the right end of the first line.

        `after` ends the body, unbroken, on a line of its own if need be.
        """
        width = self.width - head.cell_len - (tail.cell_len + 2 if tail else 0)
        lines = self.wrap(body, width) or [Text()]
        if after and lines[-1].cell_len + 2 + after.cell_len <= width:
            lines[-1] = Text.assemble(lines[-1], "  ", after)
        elif after:
            lines.append(after)
        self.lines.append(self.joined(head, lines[0], tail))
        self.lines.extend(Text.assemble(" " * head.cell_len, line) for line in lines[1:])

    def cut(self, head: Text, body: Text) -> None:
        """`head` and `body` in one line, cut where the page ends."""
        line = Text.assemble(head, body)
        line.truncate(self.width, overflow="ellipsis")
        line.rstrip()
        self.lines.append(line)

    def joined(self, head: Text, body: Text, tail: Text | None) -> Text:
        line = Text.assemble(head, body)
        if tail:
            line.append(" " * (self.width - line.cell_len - tail.cell_len)).append_text(tail)
        line.rstrip()
        return line

    def wrap(self, text: Text, width: int) -> list[Text]:
        width = max(width, 8)
        lines = list(breakable(text, width).wrap(self.console, width, overflow="fold"))
        for line in lines:
            line.rstrip()
        return lines

    def flow(self, indent: int, items: Iterable[Text], gap: str = "  ") -> None:
        """The items side by side; one that does not fit begins a new line rather than break."""
        line = Text()
        for item in items:
            if line and indent + line.cell_len + len(gap) + item.cell_len > self.width:
                self.add(line, indent)
                line = Text()
            line = Text.assemble(line, gap, item) if line else item
        if line:
            self.add(line, indent)

    def beside(self, label: str, items: Iterable[str]) -> None:
        """The items beside a label, as many in a line as fit."""
        lines: list[str] = []
        for item in items:
            longer = f"{lines[-1]} · {item}" if lines else item
            if lines and len(label) + cell_len(longer) > self.width:
                lines.append(item)
            else:
                lines[-1:] = [longer]
        for number, line in enumerate(lines):
            self.hang(styled(" " * len(label) if number else label, "dim"), styled(line))

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        for line in self.lines:
            for segment in line.render(console, end="\n"):
                yield Segment(known(segment.text, options), segment.style, segment.control)


def known(text: str, options: ConsoleOptions) -> str:
    """`text` in the characters that the terminal's encoding has."""
    if options.ascii_only:
        text = text.translate(PLAIN)
    return text.encode(options.encoding, "replace").decode(options.encoding)
