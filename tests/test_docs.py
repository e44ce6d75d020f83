"""What the documentation says can be typed: each command in it is one that the grader takes."""

from __future__ import annotations

import contextlib
import re
import shlex
from pathlib import Path

import click
import pytest
import typer
from command_line import grader
from pages import checks_page

from grader.cli.assignments import ASSIGNMENTS
from grader.cli.commands import app

ROOT = Path(__file__).parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"), *(ROOT / "examples").rglob("*.md")])


def commands(text: str) -> list[str]:
    """The lines of fenced blocks that call the grader, without comments and what a shell does with them."""
    found = []
    for block in re.findall(r"(?ms)^```\w*\n(.*?)^```", text):
        for line in block.replace("\\\n", " ").splitlines():
            for call in re.findall(r"(?:^\s*(?:- )?(?:run: )?|&& |\$ )(grader [a-z][^#|>&]*)", line):
                found.append(call.strip())
    return found


COMMANDS = [
    pytest.param(command, id=f"{page.relative_to(ROOT)}: {command}")
    for page in PAGES
    if page.name != "CHANGELOG.md"
    for command in dict.fromkeys(commands(page.read_text("utf-8")))
]


def parse(command: click.Command, name: str, args: list[str], parent: click.Context | None = None) -> None:
    context = command.make_context(name, args, parent=parent)
    if isinstance(command, click.Group):
        name, inner, rest = command.resolve_command(context, [*context._protected_args, *context.args])
        assert inner is not None
        parse(inner, name or "", rest, context)


def test_there_are_commands_to_try() -> None:
    assert len(COMMANDS) > 20


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_of_the_documentation_parses(command: str) -> None:
    _, *args = shlex.split(command)
    with contextlib.suppress(click.exceptions.Exit):  # `--help` and `--version` end there
        parse(typer.main.get_command(app), "grader", args)


def test_the_page_of_checks_is_that_of_the_code() -> None:
    text = (ROOT / "docs" / "reference" / "checks.md").read_text("utf-8")
    assert text == checks_page(ASSIGNMENTS.values()), "run: python submissions/pages.py"


def test_the_page_in_the_readme_is_what_its_command_prints(monkeypatch: pytest.MonkeyPatch) -> None:
    text = (ROOT / "README.md").read_text("utf-8")
    (command,) = re.findall(r"`grader (check submissions/demo/[^`]*)`", text)
    page = re.findall(r"(?ms)^```\n(CS231n Assignment 1 .*?)^```", text)[0]
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("COLUMNS", "80")
    assert grader(*shlex.split(command)).stdout.startswith(page)


def test_nothing_is_installed_by_the_name_of_a_package_that_nobody_published() -> None:
    # Whoever takes the name on an index would be installed in its place.
    texts = {page: page.read_text("utf-8") for page in [*PAGES, *(ROOT / "grader").rglob("*.py")]}
    assert [
        str(page) for page, text in texts.items() if re.search(r"install [^\n`#]*cs231n-grader", text)
    ] == []


def test_every_page_is_in_the_site() -> None:
    listed = (ROOT / "mkdocs.yml").read_text("utf-8")
    pages = {page.name for page in (ROOT / "docs").glob("*.md")}
    assert {page for page in pages if f" {page}\n" not in listed} == set()


def test_the_files_that_pages_name_are_there() -> None:
    named = {
        (page.name, file)
        for page in PAGES
        if page.name != "CHANGELOG.md"
        for file in re.findall(
            r"`((?:tests|grader|benchmarks|submissions)/[\w/]+\.(?:py|toml))`", page.read_text("utf-8")
        )
    }
    assert [(page, file) for page, file in sorted(named) if not (ROOT / file).exists()] == []
    assert len(named) > 20
