"""Root, an ordinary user, and both in a container under Docker's default profile reach the same verdicts."""

from __future__ import annotations

import functools
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from confine import MODES
from needs import needs_libseccomp
from offered import STATUS

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = """
import json, sys
sys.path[:0] = {path!r}
from walls import ask
from grader.sandbox.host import Limits, Sandbox
cases = {cases!r}
with Sandbox(limits=Limits(memory_mb=512, cpu_s=1, call_s=15, file_mb=4)) as wall:
    verdicts = {{}}
    for name, source in cases.items():
        asked = ask(wall, source, "f" if source else name)
        verdicts[name] = [asked.value, asked.error, asked.ended]
    print(json.dumps([wall.level, verdicts]))
"""
CASES = {
    "right": "def f(): return 42.0",
    "leaves": "import os\ndef f(): os._exit(0)",
    "aborts": "import os\ndef f(): os.abort()",
    "crashes": "import ctypes\ndef f(): ctypes.string_at(0)",
    "spins": "def f():\n    while True: pass",
    "eats memory": "import numpy as np\ndef f(): return np.ones(1 << 27).sum()",
    "starts a process": "import subprocess\ndef f(): subprocess.run(['true'])",
    "goes out": "import socket\ndef f(): socket.create_connection(('127.0.0.1', 1))",
    "writes elsewhere": "def f(): open('/var/tmp/left', 'w')",
    "kills": "import os\ndef f(): os.kill(os.getppid(), 9)",
    "recurses": "def f(): return f()",
    **dict.fromkeys(("works", "fork_by_clone", "new_namespaces", "become_root", "raise_a_limit"), None),
}


@functools.cache
def verdicts(*prefix: str) -> tuple[str, dict[str, list[object]]]:
    code = PROGRAM.format(path=[str(Path(__file__).parent), str(ROOT)], cases=CASES)
    done = subprocess.run([*prefix, sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    level, found = json.loads(done.stdout)
    for outcome in found.values():
        # A file outside is absent in a room and closed elsewhere.
        outcome[1] = "OSError" if outcome[1] in ("FileNotFoundError", "PermissionError") else outcome[1]
    return level, found


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
@pytest.mark.skipif("landlock" not in STATUS or not STATUS["landlock"].available, reason="needs Landlock")
@needs_libseccomp
@pytest.mark.parametrize("mode", MODES)
def test_verdicts_are_the_same(mode: str) -> None:
    _, here = verdicts()
    level, there = verdicts(sys.executable, str(Path(__file__).with_name("confine.py")), mode)
    assert there == here
    assert here["right"] == [42.0, None, None]
    assert here["works"] == [True, None, None]
    if "docker" in mode:
        assert level == "landlock"
