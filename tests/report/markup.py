"""What a page of HTML is made of, for tests of what must not be in it."""

from __future__ import annotations

import unicodedata
from html.parser import HTMLParser

__all__ = ["Markup", "odd_characters"]


class Markup(HTMLParser):
    """Tags with their attributes, and the text that people read."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        if self.tags and self.tags[-1][0] not in ("style", "script"):
            self.texts.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.texts).split())

    @property
    def names(self) -> set[str]:
        return {tag for tag, _ in self.tags}

    def values(self, *attributes: str) -> list[str]:
        """The values of these attributes, wherever they stand."""
        return [attrs[name] or "" for _, attrs in self.tags for name in attributes if name in attrs]


def odd_characters(page: str) -> set[str]:
    """Characters that move, reorder or hide what is beside them."""
    return {char for char in page if unicodedata.category(char)[0] == "C" and char != "\n"}
