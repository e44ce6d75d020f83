"""Reading texts of Python: alike on every supported version, in time that grows with the text only."""

from __future__ import annotations

import re
import warnings
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import grader
from grader.diagnosis.source import parse_module
from grader.intake.syntax import MOST_CHARACTERS, code_only, parsed

PACKAGE = Path(grader.__file__).parent


def plainly(source: str) -> str:
    """What `code_only` does, one character at a time."""
    kept, opened, i = "", "", 0
    while i < len(source):
        here = source[i]
        if not opened:
            if here in "\"'#":
                opened = source[i : i + 3] if source[i : i + 3] in ('"""', "'''") else here
                i += len(opened) - 1
            else:
                kept += here
        elif opened != "#" and here == "\\" and i + 1 < len(source):
            i += 1
            kept += "\n" if source[i] == "\n" else ""
        elif here == "\n":
            kept += here
            opened = opened if len(opened) == 3 else ""
        elif opened != "#" and source.startswith(opened, i):
            i += len(opened) - 1
            opened = ""
        i += 1
    return kept


@given(st.text(alphabet="\"'#\\\na(", max_size=40))
def test_strings_and_comments_are_taken_out(source: str) -> None:
    # A backslash that nothing follows escapes nothing; no text of Python ends so.
    source = source.rstrip("\\")
    assert code_only(source) == plainly(source)


def test_long_strings_are_taken_out_whole() -> None:
    for opening in ('"', "'", '"""', "'''"):
        held = "\\n'" if opening[0] == '"' else '\\n"'
        assert code_only(f"x = {opening}{held * 5000}{opening}\ny = 1") == "x = \ny = 1"


@pytest.mark.parametrize(
    "hostile",
    ['"""' + '" ' * 400_000, '"' + "\\x" * 400_000, '"""' * 400_001, "'\n" * 400_000, "#" * 800_000],
)
def test_hostile_texts_are_read_to_their_end(hostile: str) -> None:
    assert code_only(hostile + "\nx").strip() in ("x", "")


def test_a_text_that_cannot_be_a_tree_is_none() -> None:
    for source in ("print 1", "(" * 10_000, "x = " + "-" * 100_000 + "1", "\0", "x" * (MOST_CHARACTERS + 1)):
        assert parsed(source) is None


def test_pythons_own_warnings_about_a_text_are_not_passed_on() -> None:
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        assert parsed(r'x = "\d"') is not None
    assert told == []


@pytest.mark.parametrize(
    "printed",
    ["print x", "print 'a (b) c', (x, (y))", "print x, (\n  1,\n  (2),\n)", "if x: print x", "print 'it''s'"],
)
def test_statements_of_python_2_are_read_past(printed: str) -> None:
    tree = parse_module(f"{printed}\ntry:\n    pass\nexcept ValueError, e:\n    pass\nlast = 1\n")
    assert tree is not None
    assert tree.body[-1].lineno == printed.count("\n") + 6


@pytest.mark.parametrize(
    "hostile", ["print x(" + "(a)" * 100_000, "print x(\n" * 40_000, "print " + "(" * 300_000]
)
def test_hostile_prints_of_python_2_are_no_tree(hostile: str) -> None:
    assert parse_module(hostile) is None


def test_no_pattern_repeats_a_group_possessively() -> None:
    """Python before 3.11.5 loses matches of such groups; Debian 12 has 3.11.2."""
    group = re.compile(r"\)(?:[*+?]|\{\d*,?\d*\})\+|\(\?>")
    found = [
        f"{path.relative_to(PACKAGE)}: {line.strip()}"
        for path in sorted(PACKAGE.rglob("*"))
        if path.suffix in (".py", ".toml")
        for line in path.read_text(encoding="utf-8").splitlines()
        if group.search(line)
    ]
    assert found == []
