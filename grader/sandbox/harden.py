"""What a forked child gives up before it sees any of the submission.

Runs inside the wall: the standard library only. The judge sends a plan, a dict of plain values; a step that
fails raises, and the child ends without having loaded anything.
"""

from __future__ import annotations

import faulthandler
import os
import resource
from typing import Any

from . import linux

__all__ = ["harden"]


def harden(plan: dict[str, Any]) -> None:
    """Take every step of the plan's level."""
    os.setsid()
    os.umask(0o077)
    os.chdir(plan["directory"])
    linux.adopt_orphans()
    # A crash in native code then names the student's line in the captured output.
    faulthandler.enable(file=2, all_threads=False)
    if plan["level"] != "none":
        limit_resources(plan["limits"])
    linux.die_with_parent()


def limit_resources(limits: dict[str, int]) -> None:
    """Set each rlimit, soft and hard alike, so that it cannot be raised again.

    A limit above what this process may have is lowered to that.
    """
    for name, wanted in limits.items():
        kind = getattr(resource, "RLIMIT_" + name, None)
        if kind is None:
            continue
        _, hard = resource.getrlimit(kind)
        value = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(kind, (value, value))
