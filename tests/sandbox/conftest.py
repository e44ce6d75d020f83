"""A wall at each level that this machine offers, and a way to ask something behind it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from offered import AVAILABLE
from walls import Asked, ask

from grader.sandbox.host import Limits, Sandbox

#: Small, so that the tests are quick; every limit is met by something below.
LIMITS = Limits(memory_mb=512, cpu_s=20, call_s=5, total_s=60, file_mb=4, output_bytes=4096)


@pytest.fixture(scope="module", params=AVAILABLE)
def sandbox(request: pytest.FixtureRequest) -> Iterator[Sandbox]:
    with Sandbox(request.param, limits=LIMITS) as wall:
        yield wall


@pytest.fixture(scope="module", params=[level for level in AVAILABLE if level not in ("rlimits", "none")])
def strong(request: pytest.FixtureRequest) -> Iterator[Sandbox]:
    """A wall that is good enough for other people's code."""
    with Sandbox(request.param, limits=LIMITS) as wall:
        yield wall


@pytest.fixture
def run(sandbox: Sandbox) -> Callable[..., Asked]:
    return lambda source, name, *arguments, **more: ask(sandbox, source, name, *arguments, **more)


@pytest.fixture
def attack(strong: Sandbox) -> Callable[..., Any]:
    """Run one function of `attacks` behind a strong wall; what came of it."""
    return lambda name, *arguments: ask(strong, None, name, *arguments)
