"""`pytest --submission PATH`: each check is a test. Without that option nothing else is imported."""

from __future__ import annotations

import importlib

import pytest

__all__: list[str] = []

_HELP = (
    "check the submission at PATH, each check a test; takes the options of `grader check` beside it, "
    "which `pytest --submission . --help` shows"
)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.getgroup("grader").addoption("--submission", metavar="PATH", help=_HELP)


def pytest_load_initial_conftests(early_config: pytest.Config, parser: pytest.Parser) -> None:
    """Offer the further options only now: in everybody's runs they might be another plugin's."""
    if early_config.known_args_namespace.submission:
        importlib.import_module("grader.cli.pytest_items").add_options(parser)


def pytest_configure(config: pytest.Config) -> None:
    if config.option.submission:
        importlib.import_module("grader.cli.pytest_items").enter(config)
