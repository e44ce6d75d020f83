"""What some tests need of the machine; without it they are skipped, with the reason."""

from __future__ import annotations

import ctypes.util
import functools
import shutil
import subprocess
import sys

import pytest

from grader.sandbox.host import Sandbox, SandboxError

__all__ = [
    "CHROMIUM",
    "NO_BYTECODE",
    "needs_bubblewrap",
    "needs_chromium",
    "needs_libseccomp",
    "require_packages",
]


@functools.cache
def _refusal(level: str) -> str:
    """Why this machine does not offer a level; empty if it does."""
    try:
        Sandbox(level).close()
    except SandboxError as error:
        return str(error)
    return ""


#: It may be installed and still be refused its namespaces, as in a container.
needs_bubblewrap = pytest.mark.skipif(
    bool(_refusal("bwrap")), reason=f"needs bubblewrap ({_refusal('bwrap')})"
)
#: To confine the grader itself as Docker would.
needs_libseccomp = pytest.mark.skipif(ctypes.util.find_library("seccomp") is None, reason="needs libseccomp")
#: To open pages in. Debian's.
CHROMIUM = shutil.which("chromium")
needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason="needs chromium")
#: For pip: what is installed to be run once is compiled as it is imported, not all of it before.
NO_BYTECODE = {"PIP_NO_COMPILE": "0"}


def require_packages() -> None:
    """Skip where pip finds no package to install. Asked within a test, because the answer takes seconds."""
    ask = ["install", "--quiet", "--dry-run", "--ignore-installed", "--no-deps", "--retries", "0", "typer"]
    found = subprocess.run([sys.executable, "-m", "pip", *ask], capture_output=True, text=True, check=False)
    if found.returncode:
        pytest.skip(f"needs a package index ({found.stderr.strip().splitlines()[-1][:200]})")
