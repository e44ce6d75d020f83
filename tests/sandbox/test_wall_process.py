"""Requests, limits and deaths, at every level."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from offered import AVAILABLE, STATUS
from walls import Asked, ask, call_message, load_message

from grader.sandbox import launch
from grader.sandbox.host import Limits, Sandbox, SandboxError, WorkerDied, WorkerTimeout

Run = Callable[..., Asked]
LINUX_ONLY = pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs /proc")


def test_values_cross_the_wall(run: Run) -> None:
    X = np.arange(6.0).reshape(2, 3)
    asked = run("def f(X, k): return X * k, k", "f", X, 3)
    np.testing.assert_array_equal(asked.value[0], X * 3)
    assert asked.value[1] == 3


def test_each_worker_is_fresh(run: Run) -> None:
    source = (
        "import numpy as np\ndef f():\n    old = getattr(np, 'mark', None)\n    np.mark = 1\n    return old"
    )
    assert [run(source, "f").value for _ in range(3)] == [None, None, None]


@pytest.mark.parametrize(
    ("body", "ended"),
    [
        ("import os; os._exit(0)", "left the Python process (os._exit)"),
        ("import os; os._exit(77)", "broke the process that runs it"),
        ("import ctypes; ctypes.string_at(0)", "crashed (segmentation fault)"),
        ("import os; os.abort()", "crashed (abort)"),
        ("import os; os.close(3)", "closed its connection to the grader"),
        ("import os; os.write(3, b'\\xff' * 64)", "sent an unreadable reply"),
        ("import os; os.write(3, b'\\x04\\0\\0\\0null')", "sent an unreadable reply"),
        ("import os\n    while True: os.write(1, b'x' * 65536)", "printed without end"),
    ],
)
def test_a_death_is_told_in_plain_words(run: Run, body: str, ended: str) -> None:
    asked = run(f"def f():\n    {body}\n    import time; time.sleep(60)", "f")
    assert asked.ended == ended, asked


@pytest.mark.parametrize("body", ["while True: pass", "import time; time.sleep(1e6)"])
def test_a_call_without_end_meets_its_limit(run: Run, body: str) -> None:
    assert run(f"def f():\n    {body}", "f", timeout=0.5).ended == "did not finish within 0.5 s"


def test_ignoring_signals_does_not_help(run: Run) -> None:
    source = (
        "import signal, time\ndef f():\n"
        "    for number in range(1, 65):\n"
        "        try: signal.signal(number, signal.SIG_IGN)\n"
        "        except (OSError, ValueError): pass\n"
        "    time.sleep(60)"
    )
    assert run(source, "f", timeout=0.5).ended == "did not finish within 0.5 s"


def test_a_reply_that_drips_meets_the_same_limit(run: Run) -> None:
    source = (
        "import os, struct, time\ndef f():\n"
        "    os.write(3, struct.pack('<I', 1000))\n"
        "    while True:\n        os.write(3, b' '); time.sleep(0.05)"
    )
    assert run(source, "f", timeout=1).ended == "did not finish within 1 s"


def test_an_announced_giant_reply_is_refused_before_it_is_read(run: Run) -> None:
    source = (
        "import json, os, struct\ndef f():\n"
        "    header = json.dumps({'message': {'a': 0}, 'arrays': [['<f8', [1 << 38]]]}).encode()\n"
        "    os.write(3, struct.pack('<I', len(header)) + header)"
    )
    assert run(source, "f").ended == "sent an unreadable reply"


def test_a_forged_early_reply_is_not_taken_for_the_answer(run: Run) -> None:
    source = (
        "import json, os, struct\n"
        "pairs = [['id', '0' * 16], ['ok', True], ['value', 1.0], ['changed', {'l': []}], ['probed', None]]\n"
        "header = json.dumps({'message': {'d': pairs}, 'arrays': []}).encode()\n"
        "def f():\n"
        "    for _ in range(3): os.write(3, struct.pack('<I', len(header)) + header)\n"
        "    return 2.0"
    )
    assert run(source, "f").ended == "sent an unreadable reply"


def test_a_forged_reply_cannot_answer_a_later_question(sandbox: Sandbox) -> None:
    source = "import os\ndef early(): os.write(3, b'\\x02\\0\\0\\0{}')\ndef f(): return 1.0"
    worker = sandbox.start()
    worker.request(load_message(source))
    for _ in range(2):
        with pytest.raises(WorkerDied):
            worker.request(call_message("early"))
    with pytest.raises(WorkerDied, match="unreadable"):
        worker.request(call_message("f"))
    worker.close()


@pytest.mark.parametrize(
    "tree",
    [
        '{"d": [["ok", true], ["id", ID]]}',
        '{"d": [["ok", "yes"], ["id", ID]]}',
        '{"d": [["ok", false], ["id", ID], ["kind", 7], ["text", "x"]]}',
        '{"d": [["ok", true], ["id", ID], ["value", 1], ["changed", 5], ["probed", 1], ["notes", 7]]}',
        '{"d": [["ok", true], ["id", ID], ["value", 1], ["changed", {"l": []}], ["probed", 1]]}',
        '{"d": [["ok", false], ["id", ID], ["kind", "raised"], ["text", "x"], ["line", 1e400]]}',
    ],
)
def test_a_reply_in_the_worker_s_name_must_have_its_form(run: Run, tree: str) -> None:
    source = (
        "import json, os, struct, sys\ndef f():\n    frame = sys._getframe()\n"
        "    while 'number' not in frame.f_locals: frame = frame.f_back\n"
        f"    tree = {tree!r}.replace('ID', json.dumps(frame.f_locals['number']))\n"
        "    header = ('{\"message\": ' + tree + ', \"arrays\": []}').encode()\n"
        "    os.write(3, struct.pack('<I', len(header)) + header)\n"
    )
    assert run(source, "f").ended == "sent an unreadable reply"


def test_output_is_kept_up_to_a_limit(run: Run) -> None:
    asked = run(
        "def f():\n    for i in range(100): print('line', i, 'x' * 500, flush=True)\n    return 1.0", "f"
    )
    assert asked.value == 1.0
    assert asked.output.startswith(b"line 0 x")
    assert len(asked.output) == 4096


def test_total_time_is_bounded() -> None:
    with Sandbox(AVAILABLE[0], limits=Limits(call_s=60, total_s=3)) as wall:
        worker = wall.start()
        worker.request(load_message("import time\ndef f(s): time.sleep(s)"))
        worker.request(call_message("f", 0.3))
        with pytest.raises(WorkerTimeout, match="within the 3 s that a submission has in all"):
            worker.request(call_message("f", 60))
        worker.close()


def test_memory_is_bounded(sandbox: Sandbox) -> None:
    if sandbox.level == "none":
        pytest.skip("this level has no limits")
    source = "import numpy as np\ndef f(mb): return np.ones(mb << 17).sum() / (1 << 17)"
    # It touches all of that, which takes a busy machine seconds.
    assert ask(sandbox, source, "f", 400, timeout=60).value == 400
    assert ask(sandbox, source, "f", 600).error == "MemoryError"


def test_cpu_time_is_bounded(sandbox: Sandbox) -> None:
    if sandbox.level == "none":
        pytest.skip("this level has no limits")
    with Sandbox(sandbox.level, limits=Limits(cpu_s=1, call_s=60)) as wall:
        asked = ask(wall, "def f():\n    while True: pass", "f")
    assert asked.ended == "used more than 1 s of CPU"
    assert 0.5 < asked.cpu_s < 3


def test_a_process_is_refused_in_plain_words(run: Run) -> None:
    asked = run("import subprocess\ndef f(): subprocess.run(['true'])", "f")
    assert (asked.error, asked.text) == (
        "PermissionError",
        "starting a process is not allowed here",
    )


def test_the_network_is_refused_in_plain_words(run: Run) -> None:
    asked = run("import urllib.request\ndef f(): urllib.request.urlopen('http://127.0.0.1')", "f")
    assert "using the network is not allowed here" in asked.text, asked


@LINUX_ONLY
def test_what_escapes_to_another_session_is_ended_too(sandbox: Sandbox, tmp_path: Path) -> None:
    """Only where a process can be started at all: by calling the C library, past the audit hook."""
    if sandbox.level not in ("rlimits", "none"):
        pytest.skip("no process can be started at this level")
    source = (
        "import ctypes, os, time\nlibc = ctypes.CDLL(None)\n"
        "def f():\n"
        "    for _ in range(2):\n"
        "        if libc.fork() == 0:\n"
        "            os.setsid()\n"
        "            if libc.fork(): os._exit(0)\n"
        "            libc.prctl(15, b'escaped-student', 0, 0, 0)\n"
        "            time.sleep(60); os._exit(0)\n"
        "    time.sleep(0.3)\n"
        "    return 1.0\n"
    )
    assert ask(sandbox, source, "f").value == 1.0
    assert [p for p in _commands() if p == "escaped-student"] == []


def _commands() -> list[str]:
    found = []
    for path in Path("/proc").glob("[0-9]*/comm"):
        try:
            found.append(path.read_text().strip())
        except OSError:
            continue
    return found


def test_a_killed_zygote_is_replaced(sandbox: Sandbox) -> None:
    worker = sandbox.start()
    assert sandbox._warm is not None
    os.killpg(sandbox._warm.process.pid, signal.SIGKILL)
    sandbox._warm.process.wait(30)
    # The kernel ends its children a moment later.
    deadline = time.monotonic() + 30
    while worker._link.is_open() and time.monotonic() < deadline:
        time.sleep(0.01)
    with pytest.raises(WorkerDied, match="closed its connection"):
        worker.request(call_message("f"))
    worker.close()
    assert ask(sandbox, "def f(): return 1.0", "f").value == 1.0


def test_hardening_that_fails_runs_nothing(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = {**launch.inside_sources(), "refusals": "def install(): raise OSError('no hardening today')"}
    monkeypatch.setattr(launch, "inside_sources", lambda: broken)
    with pytest.raises(SandboxError, match="could not be hardened: OSError: no hardening today"):
        Sandbox(sandbox.level)


def test_a_worker_that_breaks_is_no_answer(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = {
        **launch.inside_sources(),
        "worker": "def serve(channel): channel.recv(4); raise RuntimeError('bug')",
    }
    monkeypatch.setattr(launch, "inside_sources", lambda: broken)
    with Sandbox(sandbox.level) as wall:
        worker = wall.start()
        with pytest.raises(WorkerDied, match="broke the process that runs it"):
            worker.request({"op": "load"})
        worker.close()


def test_an_unknown_level_and_a_missing_interpreter_are_told() -> None:
    with pytest.raises(SandboxError, match="there is no level 'chroot'; use auto, bwrap"):
        Sandbox("chroot")
    with pytest.raises(SandboxError, match="there is no Python interpreter"):
        Sandbox("none", Path("/nonexistent/python"))


def test_auto_takes_the_best_level() -> None:
    with Sandbox() as wall:
        assert wall.level == next(name for name in launch.AUTOMATIC if STATUS[name].available)
        assert wall.description == launch.LEVELS[wall.level]
