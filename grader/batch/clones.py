"""When a clone's last commit was made. The repository is a student's: nothing that it configures is run."""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from datetime import UTC, datetime
from pathlib import Path

__all__ = ["commit_time"]

_HASH = re.compile(r"[0-9a-f]{40,64}")
_LONGEST_S = 10


def commit_time(clone: Path) -> datetime | None:
    """The committer's time of HEAD; None where there is no repository, no git, or no such commit."""
    head = _head(clone / ".git")
    if head is None:
        return None
    with tempfile.TemporaryDirectory(prefix="grader-git-") as own:
        # A repository of ours, which only borrows the objects: their configuration and hooks are not read.
        environment = {
            "PATH": os.environ.get("PATH", os.defpath),
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_DIR": own,
            "GIT_NO_LAZY_FETCH": "1",
        }
        run = ["git", "init", "--quiet", "--bare", own]
        _told(run, environment)
        environment["GIT_OBJECT_DIRECTORY"] = str((clone / ".git" / "objects").resolve())
        commit = _told(["git", "cat-file", "commit", head], environment)
    found = re.search(r"^committer .*> (\d{1,12}) [+-]\d{4}$", commit, re.M)
    return datetime.fromtimestamp(int(found[1]), UTC) if found else None


def _head(repository: Path) -> str | None:
    """The hash that HEAD stands for."""
    try:
        told = (repository / "HEAD").read_text().strip()
        for _ in range(2):
            if _HASH.fullmatch(told):
                return told
            name = told.removeprefix("ref: ")
            if not re.fullmatch(r"refs(/[\w.@+-]+)+", name) or ".." in name:
                return None
            loose = repository / name
            told = loose.read_text().strip() if loose.is_file() else _packed(repository, name)
    except (OSError, UnicodeDecodeError):
        return None
    return told if _HASH.fullmatch(told) else None


def _packed(repository: Path, name: str) -> str:
    for line in (repository / "packed-refs").read_text().splitlines():
        value, _, ref = line.partition(" ")
        if ref == name:
            return value
    return ""


def _told(command: list[str], environment: dict[str, str]) -> str:
    try:
        done = subprocess.run(
            command,
            env=environment,
            capture_output=True,
            timeout=_LONGEST_S,
            check=False,
            stdin=subprocess.DEVNULL,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.decode("utf-8", "replace") if done.returncode == 0 else ""
