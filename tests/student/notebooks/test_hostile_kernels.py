"""Hostile notebooks in a real kernel: each ends in a verdict, within its time, and leaves nothing behind."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from leftovers import descendants, left_of
from needs import needs_bubblewrap
from running import close_all, run

from grader.sandbox.kernels import KernelSandbox
from grader.sandbox.limits import Limits
from grader.sandbox.peer import WorkerDied, WorkerFailure
from grader.student.notebooks.execute import Engine

pytestmark = [
    needs_bubblewrap,
    pytest.mark.slow,
]
MEMORY_MB = 600
LIMITS = Limits(memory_mb=MEMORY_MB, cpu_s=60, call_s=20, total_s=90)
TOO_MUCH = f"used more than {MEMORY_MB} MB of memory"
#: Every socket of the kernel that is a stream without a name: the one to the driver is among them.
SOCKETS = """
import os, socket, stat
def sockets():
    for number in map(int, os.listdir("/proc/self/fd")):
        try:
            if stat.S_ISSOCK(os.fstat(number).st_mode):
                yield socket.socket(fileno=os.dup(number))
        except OSError:
            pass
"""


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine(KernelSandbox(limits=LIMITS))


def rooms() -> list[str]:
    """Processes anywhere that run the wall's driver or a kernel of ours."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            words = path.read_bytes().split(b"\0")
            if b"ipykernel_launcher" in words and any(b"/tmp/home/.run" in word for word in words):
                found.append(path.parent.name)
    return found


@pytest.fixture(autouse=True)
def _nothing_is_left() -> Iterator[None]:
    before = descendants(os.getpid()), set(os.listdir("/proc/self/fd")), set(rooms())  # noqa: PTH208
    yield
    close_all()
    assert not descendants(os.getpid()) - before[0] - descendants(*before[0])
    assert set(os.listdir("/proc/self/fd")) == before[1]  # noqa: PTH208
    assert set(rooms()) <= before[2]


def test_output_without_end_is_cut(engine):
    done = run(engine, "for i in range(1_000_000):\n    print('x' * 99)", "print('on')", cell_s=40)
    assert len(done.cells[0].text) == 20_000
    assert done.cells[0].cut > 1_000_000
    assert done.cells[1].text == "on\n"


def test_a_cell_that_swallows_the_interruption_is_ended(engine):
    stubborn = (
        "import time\nwhile True:\n    try:\n        time.sleep(60)\n    except BaseException:\n        pass"
    )
    done = run(engine, stubborn, "print('on')", cell_s=1.0)
    assert [cell.number for cell in done.cells] == [1]
    assert done.failures[0].error.timed_out
    assert "did not finish within" in done.stopped


@pytest.mark.parametrize(
    ("cell", "told"),
    [
        ("import os; os._exit(3)", "ended the kernel"),
        ("import os; os.kill(os.getpid(), 11)", "crashed (segmentation fault)"),
        ("import ctypes; ctypes.string_at(0)", "crashed (segmentation fault)"),
        ("import os; os.kill(os.getppid(), 9)", "was killed"),
        ("import os; os.kill(-1, 9)", "was killed"),
        ("get_ipython().kernel.do_shutdown(False); import os; os._exit(0)", "ended the kernel"),
    ],
)
def test_a_kernel_or_driver_that_is_ended_is_told(engine, cell, told):
    done = run(engine, "x = 1", cell, "x = 2", cell_s=10)
    assert done.stopped == told
    assert [cell.number for cell in done.failures] == [2]
    with pytest.raises(WorkerDied, match=re.escape(told)):
        done.fetch("x")


def test_a_driver_that_is_stopped_times_out(engine):
    done = run(engine, "import os, signal\nos.kill(os.getppid(), signal.SIGSTOP)", cell_s=1.0)
    assert "did not finish within" in done.stopped


def test_a_fork_bomb_is_bounded_and_ended(engine):
    bomb = "import os\nwhile True:\n    try:\n        os.fork()\n    except OSError:\n        pass"
    done = run(engine, bomb, cell_s=2.0)
    assert done.failures


def test_the_number_of_processes_has_a_limit(engine):
    many = (
        "import os, time\ncount = 0\ntry:\n    while count < 1000:\n        if os.fork() == 0:\n"
        "            time.sleep(600)\n        count += 1\nexcept BlockingIOError:\n    pass\n"
        "print(count < 200)"
    )
    done = run(engine, many, "print('on')", cell_s=20)
    assert [cell.text for cell in done.cells] == ["True\n", "on\n"]


HOGS = (
    "import os, time\nfor _ in range(20):\n    if os.fork() == 0:\n        time.sleep({after_s})\n"
    "        kept = bytearray(os.urandom(1 << 20)) * 100\n        time.sleep(600)\ntime.sleep({wait_s})"
)


def test_memory_of_all_processes_together_has_a_limit(engine):
    done = run(engine, HOGS.format(after_s=0, wait_s=600), "x = 1", cell_s=30)
    assert done.stopped == TOO_MUCH
    assert done.failures[0].error.text == TOO_MUCH


def test_memory_is_watched_between_requests(engine):
    done = run(engine, HOGS.format(after_s=2, wait_s=0))
    assert not done.stopped
    time.sleep(4)
    with pytest.raises(WorkerDied, match=TOO_MUCH):
        fetch_for_half_a_minute(done)


def fetch_for_half_a_minute(done):
    """A busy machine takes its time to fill the memory."""
    for _ in range(60):
        done.fetch("x")
        time.sleep(0.5)


def test_memory_that_processes_share_is_counted_once(engine):
    sharing = (
        "import os, time\nkept = bytearray(os.urandom(1 << 20)) * 300\nchildren = []\nfor _ in range(8):\n"
        "    pid = os.fork()\n    if pid == 0:\n        time.sleep(1.5)\n        os._exit(0)\n"
        "    children.append(pid)\nfor pid in children:\n    os.waitpid(pid, 0)\nprint('on')"
    )
    done = run(engine, sharing, cell_s=20)
    assert done.cells[0].text == "on\n", done.stopped


def test_one_process_that_takes_too_much_meets_a_memory_error(engine):
    done = run(engine, "kept = []\nwhile True:\n    kept.append(bytearray(b'x' * (10 << 20)))", "print('on')")
    assert done.failures[0].error.type == "MemoryError"
    assert done.cells[1].text == "on\n"


def test_cpu_of_all_processes_together_has_a_limit():
    engine = Engine(KernelSandbox(limits=Limits(memory_mb=MEMORY_MB, cpu_s=4, call_s=20, total_s=90)))
    done = run(engine, "import os\nfor _ in range(3):\n    os.fork()\nwhile True:\n    pass", cell_s=30)
    assert done.stopped == "used more than 4 s of CPU"


def test_threads_that_go_on_do_not_disturb_the_next_cell(engine):
    done = run(
        engine,
        "import threading, time\nstop = False\ndef go_on():\n    while not stop:\n        print('noise')\n"
        "        time.sleep(0.001)\nfor _ in range(4):\n"
        "    threading.Thread(target=go_on, daemon=True).start()",
        "time.sleep(0.3)\nx = 5",
        "stop = True\nprint(x)",
        cell_s=10,
    )
    assert done.finished, done.failures
    # A thread may have been at the end of a line of its own.
    assert "5" in done.cells[2].text.split()


def test_widgets_have_nobody_to_talk_to(engine):
    done = run(
        engine,
        "from comm import create_comm\nfor i in range(200):\n"
        "    state = {'_model_name': 'OutputModel', 'msg_id': str(i), 'x': 'y' * 10000}\n"
        "    widget = create_comm(target_name='jupyter.widget', data={'state': state})\n"
        "    widget.send({'method': 'request_state'})",
        "print('on')",
    )
    assert done.finished, done.failures
    assert done.cells[1].text == "on\n"


def test_a_nested_shell_that_keeps_the_interruption_to_itself_ends_at_the_limit(engine):
    # Whether the kernel lives on hangs on where the interruption meets it: the inner shell catches it.
    done = run(engine, "while True:\n    get_ipython().run_cell('x = 1')", cell_s=1.0)
    assert done.failures[0].error.timed_out


def test_nested_shells_and_loops_obey_the_wall(engine):
    done = run(
        engine,
        "import asyncio\nasync def f():\n    return 3\nprint(await f())",
        "get_ipython().run_cell('1 / 0', store_history=True)\nprint('on')",
        "asyncio.run(f())",
        "# a fourth\nmissing",
        "",
        "1 / 0",
        cell_s=20.0,
    )
    assert done.cells[0].text == "3\n"
    assert done.cells[1].text == "on\n"
    assert done.cells[1].error is None
    assert done.cells[2].error.type == "RuntimeError"
    assert (done.cells[3].error.type, done.cells[3].error.line) == ("NameError", 2)
    assert done.cells[4].error is None
    assert (done.cells[5].error.type, done.cells[5].error.cell) == ("ZeroDivisionError", 6)


def test_files_without_end_meet_a_limit(engine):
    done = run(
        engine,
        "import os\nwhile True:\n    open(f'/tmp/{os.urandom(8).hex()}', 'w').close()",
        "import os\nfor name in os.listdir('/tmp'):\n    if len(name) == 16: os.remove('/tmp/' + name)",
        "while True:\n    with open(f'/tmp/{os.urandom(8).hex()}', 'wb') as f:\n"
        "        f.write(bytes(8 << 20))",
        "print('on')",
        cell_s=20,
    )
    assert [cell.number for cell in done.failures] == [1, 3]
    assert {cell.error.type for cell in done.failures} == {"OSError"}
    assert done.cells[3].text == "on\n"


def test_a_full_folder_does_not_keep_the_judge_from_asking(engine):
    full = "while True:\n    with open(f'/tmp/{id(object())}', 'ab') as f:\n        f.write(bytes(1 << 20))"
    done = run(engine, "import numpy as np\nx = np.arange(3_000_000.0)", full)
    assert done.failures
    assert len(done.fetch("x")["x"]) == 3_000_000


def test_other_processes_are_out_of_sight_or_out_of_reach(engine):
    done = run(
        engine,
        "import os\npids = [p for p in os.listdir('/proc') if p.isdigit()]\nprint(len(pids) < 10)",
        "open(f'/proc/{os.getppid()}/mem', 'r+b')",
        "os.listdir(f'/proc/{os.getppid()}/fd')",
        "open('/proc/1/environ').read()",
        "open(f'/proc/1/root/etc/passwd').read()",
    )
    assert done.cells[0].text == "True\n"
    assert [cell.error.type for cell in done.cells[1:]] == ["PermissionError"] * 4


def test_system_calls_are_filtered(engine):
    opening = (
        "import ctypes, os, resource, socket\nlibc = ctypes.CDLL(None, use_errno=True)\n"
        "def check(result):\n    if result < 0:\n        raise OSError(ctypes.get_errno(), 'refused')\n"
        "open('/tmp/script', 'w').write('#!/bin/sh')\nos.chmod('/tmp/script', 0o755)"
    )
    calls = [
        "socket.socket(socket.AF_INET)",
        "socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)",
        "socket.socket(socket.AF_NETLINK, socket.SOCK_RAW)",
        "check(libc.unshare(0x10000000))",
        "check(libc.mount(b't', b'/tmp', b'tmpfs', 0, None))",
        "check(libc.ptrace(16, os.getppid(), 0, 0))",
        "os.memfd_create('x')",
        "os.pidfd_open(os.getppid())",
        "check(libc.setrlimit(resource.RLIMIT_NPROC, b'x' * 16))",
        "os.setuid(0)",
        "os.execv('/tmp/script', ['x'])",
    ]
    done = run(engine, opening, *calls, "print('on')")
    refused = [cell.error.type if cell.error else None for cell in done.cells]
    assert refused == [None, *["OSError"] * 3, *["PermissionError"] * 8, None]


@pytest.mark.parametrize(
    "attack",
    [
        "for s in sockets():\n    s.send(b'junk' * 100)",
        "for s in sockets():\n    s.send(b'\\xff\\xff\\xff\\x00')",
        'for s in sockets():\n    h = b\'{"message": {"a": 0}, "arrays": [["<f8", [1000000000]]]}\'\n'
        "    s.send(len(h).to_bytes(4, 'little') + h)",
        "for s in sockets():\n    s.shutdown(socket.SHUT_RDWR)",
        "os.closerange(3, 4096)",
        "get_ipython().wall = lambda: None",
        "del get_ipython().wall",
        "get_ipython().wall.handle = lambda request: {'ok': True, 'value': 7, 'notes': 'no list'}",
        "get_ipython().wall.handle = lambda request: {'ok': 'yes'}",
        "get_ipython().wall.handle = lambda request: {'ok': True, 'notes': ['x'] * 5000, 'value': {}}",
        "get_ipython().kernel.session.key = b'other'",
        "k = get_ipython().kernel\nk.session.send(k.iopub_socket, 'stream', {}, parent=k.get_parent())",
        "k = get_ipython().kernel\nk.session.send(k.iopub_socket, 'status', {}, parent=k.get_parent())",
        "import shutil; shutil.rmtree('/tmp/.wall'); shutil.rmtree('/tmp/home')",
    ],
)
def test_forged_answers_end_in_a_verdict(engine, attack):
    done = run(engine, SOCKETS, attack, "x = 1", cell_s=3.0)
    with contextlib.suppress(WorkerFailure):
        done.fetch("x", "y")
    assert done.stopped or len(done.cells) == 3


def test_large_values_pass_both_ways(engine):
    """Predictions for a thousand images: larger than any file may be."""
    done = run(
        engine,
        "import numpy as np\nclass Model:\n    def predict(self, X):\n        return X + 1\nbest = Model()",
    )
    X = np.ones((1000, 3072))
    reply = done.call(done.fetch("best")["best"], "predict", X)
    assert reply["ok"], reply
    assert reply["value"].shape == X.shape


JUDGE = """
import sys, time
sys.path[:0] = {path!r}
from grader.sandbox.kernels import KernelSandbox
room = KernelSandbox().start()
print("started", flush=True)
time.sleep(600)
"""


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM])
def test_a_room_dies_with_the_judge(end, tmp_path):
    code = JUDGE.format(path=sys.path)
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as judge:
        assert judge.stdout is not None
        assert judge.stdout.readline() == b"started\n"
        family = descendants(judge.pid)
        assert len(family) >= 4
        judge.send_signal(end)
        judge.wait()
    assert left_of(family) == []


ORDINARY = """
import sys
sys.path[:0] = {path!r}
from running import close_all, run
from grader.student.notebooks.execute import Engine
from grader.sandbox.kernels import KernelSandbox
from grader.sandbox.limits import Limits
engine = Engine(KernelSandbox(limits=Limits(memory_mb=600, cpu_s=60, call_s=20, total_s=90)))
for cell in {cells!r}:
    done = run(engine, cell, cell_s=20)
    print(done.stopped or [done.cells[0].text, *[cell.error.type for cell in done.failures]])
close_all()
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_an_ordinary_user_has_the_same_room():
    sharing = "kept = b'x' * (300 << 20)\n" + HOGS.format(after_s=600, wait_s=1)
    peeking = "import os\nopen(f'/proc/{os.getppid()}/mem')"
    cells = ["print(6 * 7)", HOGS.format(after_s=0, wait_s=600), sharing, peeking]
    code = ORDINARY.format(path=sys.path, cells=cells)
    confine = Path(__file__).parents[2] / "sandbox" / "confine.py"
    done = subprocess.run(
        [sys.executable, str(confine), "user", sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])},
    )
    assert done.stdout.splitlines() == ["['42\\n']", TOO_MUCH, "['']", "['', 'PermissionError']"], done.stderr
