"""For the whole suite: the same examples each time, samples to grade; CI skips nothing it installed."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from plant import plant_all

from grader.sandbox.machine import probe

# What a shell starts in the background ignores Ctrl-C, and so would the commands that tests interrupt.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# A busy machine is no failure.
settings.register_profile(
    "steady", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("steady")

#: Reasons for a skip that a Debian package cures; `.ci/run` installs them and sets GRADER_REQUIRE_TOOLS.
_CURABLE = ("needs bubblewrap", "needs chromium", "needs libseccomp")


#: Files of few tests that take long, or of very many.
_LONG = {
    *("test_samples.py", "test_hostile_kernels.py", "test_mistakes_of_losses.py", "test_hostile.py"),
    *("test_hostile_mends.py", "test_mending.py", "test_mend_reports.py", "test_odd_results.py"),
    *("test_samples_of_exercises.py", "test_execute_faithful.py", "test_cli.py", "test_interruption.py"),
    *("test_gradescope.py", "test_classroom50.py", "test_in_browser.py", "test_batch_notebooks.py"),
    *("test_magic.py", "test_small_problems.py", "test_rescoring.py", "test_failed_starts.py"),
}


def pytest_xdist_auto_num_workers() -> int:
    """More than cores: many tests wait for a limit, or for what is killed."""
    cores = os.cpu_count() or 1
    return cores + (cores + 1) // 2


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes longest begins first, so that at the end no process waits for one that has just begun it."""
    items.sort(key=lambda item: item.path.name not in _LONG)


@pytest.fixture(autouse=True, scope="module")
def _nothing_of_the_course_can_be_imported() -> Iterator[None]:
    """What can be imported here is looked at by the self-check, in whatever order files are tested."""
    paths, finders = list(sys.path), list(sys.meta_path)
    yield
    sys.path[:], sys.meta_path[:] = paths, finders
    for name in [name for name in sys.modules if name.partition(".")[0] == "cs231n"]:
        del sys.modules[name]


@pytest.fixture(scope="session")
def planted_samples(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the samples that are edits of correct work, in `mistakes/` and `variants/`."""
    folder = tmp_path_factory.mktemp("samples")
    plant_all(folder)
    return folder


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Where tools were installed, a test skipped for lack of them fails, unless the kernel refuses."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if (
        not os.environ.get("GRADER_REQUIRE_TOOLS")
        or reporter is None
        or hasattr(session.config, "workerinput")
    ):
        return
    skipped = [str(report.longrepr) for report in reporter.stats.get("skipped", [])]
    lacking = [text for text in skipped if any(reason in text for reason in _CURABLE)]
    # Without namespaces bubblewrap cannot be used, whatever is installed.
    kernel_refuses = any(status.name == "namespaces" and not status.available for status in probe())
    if lacking and not kernel_refuses:
        reporter.write_line(f"skipped although the tools were installed: {lacking[0]}", red=True)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
