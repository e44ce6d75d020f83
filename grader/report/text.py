"""Text of a submission, made safe to show: nothing in it can colour, move, reorder or flood the page."""

from __future__ import annotations

import re
import unicodedata

__all__ = ["about", "clean", "number", "plural", "points", "printable", "sentence"]

ANSI = re.compile(
    r"\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)?"  # OSC: titles, links, clipboard
    r"|[\x1b\x9b]\[?[0-?]*[ -/]*[@-~]"  # CSI and two-character escapes
)
# A line of a log that starts so, or holds the second form anywhere, is a command to GitHub's runner.
RUNNER_COMMAND = re.compile(r"::(?=[A-Za-z_-]+[\s:])|##(?=\[)")
MARKS_IN_A_ROW = 3  # more combining marks than any script stacks climb over the neighbouring lines


def clean(text: str, limit: int = 600) -> str:
    """`text` as one printable line of at most `limit` characters.

    Escape sequences, control and direction-changing characters go; white space becomes single spaces.
    Letters of every script stay.
    """
    text = ANSI.sub("", text[: 8 * limit])
    text = " ".join("".join(printable(text)).split())
    text = RUNNER_COMMAND.sub(lambda found: " ".join(found.group()), text)
    return cut(text, limit)


def printable(text: str) -> list[str]:
    """The characters of `text` that show something and stay where they are; white space as spaces."""
    if text.isascii() and text.isprintable():  # most is; the loop is dear
        return list(text)
    kept: list[str] = []
    marks = 0
    for char in text:
        kind = unicodedata.category(char)
        marks = marks + 1 if kind in ("Mn", "Me") else 0
        if char.isspace():
            kept.append(" ")
        elif kind == "Cs":  # an undecodable byte of a file name
            kept.append("\N{REPLACEMENT CHARACTER}")
        elif kind[0] != "C" and marks <= MARKS_IN_A_ROW:
            kept.append(char)
    return kept


def cut(text: str, limit: int) -> str:
    """At most `limit` characters; an ellipsis tells that there was more."""
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def points(value: float) -> str:
    """Points with at most two decimals: 3, 2.5, 0.33."""
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def number(value: float | str | None) -> str:
    """A measured value as the course prints its own."""
    if value is None:
        return "nothing"
    if isinstance(value, str):
        return clean(value, 80)
    return f"{value + 0.0:.7g}"  # never -0


def plural(count: int, singular: str, many: str = "") -> str:
    """`1 check`, `2 checks`."""
    return f"{count} {singular if count == 1 else many or singular + 's'}"


#: A word that can stand first with a capital: no name of code like `np.argmax` or `dW`.
WORD = re.compile(r"[a-z]+(?=[\s,:])(?!\s*=)")


def sentence(text: str) -> str:
    """The text as a sentence of its own: with a capital where it begins with a word, and a full stop."""
    begun = text[:1].upper() + text[1:] if WORD.match(text) else text
    return begun + "." if begun and (begun[-1].isalnum() or begun[-1] in ")`²") else begun


def about(name: str, sentence: str) -> str:
    """A sentence of which `name` is the subject, to stand beside that name."""
    return clean(sentence.removeprefix(f"{name} "), 300)
