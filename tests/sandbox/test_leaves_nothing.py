"""A batch leaves no process, file, mount or descriptor behind, and nothing outlives the judge."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest
from leftovers import descendants, left_of, state
from walls import ask

from grader.sandbox.host import Limits, Sandbox

pytestmark = pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs /proc")

SOURCES = (
    "def f(): return 1.0",
    "def f():\n    open('left', 'w').write('x')\n    return 1.0",
    "import os\ndef f(): os._exit(0)",
    "from threading import Timer\ndef f():\n    Timer(60, print).start()\n    return 1.0",
    "import atexit, time\ndef f():\n    atexit.register(time.sleep, 60)\n    return 1.0",
)


def test_a_batch_leaves_nothing_behind(
    sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tmp_path.chmod(0o711)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    before = state()
    with Sandbox(sandbox.level, limits=Limits(call_s=2)) as wall:
        for round_ in range(20):
            if round_ == 4:
                warm, peak = state(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
            for source in SOURCES:
                ask(wall, source, "f")
        assert len(state()["descriptors"]) == len(warm["descriptors"])  # type: ignore[arg-type]
        # 80 submissions later; the allocator may round up once.
        assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - peak < 4096
    assert state() == before


JUDGE = """
import sys, time
sys.path[:0] = {path!r}
from walls import load_message, call_message
from grader.sandbox.host import Sandbox
wall = Sandbox({level!r})
worker = wall.start()
worker.request(load_message("import time\\ndef f(): time.sleep(600)"))
print("started", flush=True)
worker.request(call_message("f"), 600)
"""


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM])
def test_everything_dies_with_the_judge(sandbox: Sandbox, end: signal.Signals, tmp_path: Path) -> None:
    code = JUDGE.format(path=[str(Path(__file__).parent), *sys.path], level=sandbox.level)
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, env=environment) as judge:
        assert judge.stdout is not None
        assert judge.stdout.readline() == b"started\n"
        time.sleep(0.1)
        family = descendants(judge.pid)
        assert len(family) >= 3
        judge.send_signal(end)
        judge.wait()
    assert left_of(family) == []
