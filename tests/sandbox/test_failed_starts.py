"""A level whose start fails, at whatever step, leaves no descriptor, process, mount or file."""

from __future__ import annotations

import contextlib
import functools
import gc
import itertools
import os
import resource
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from leftovers import descendants, state
from needs import needs_bubblewrap
from offered import AVAILABLE

from grader.sandbox import host, kernels, launch, process, usage, view, warm
from grader.sandbox.host import Limits, Sandbox, SandboxError, WorkerProcess
from grader.sandbox.kernels import KernelSandbox
from grader.sandbox.launch import LEVELS
from grader.sandbox.link import linked
from grader.sandbox.warm import WarmProcess
from grader.sandbox.workplace import Workplace
from grader.wall import linux

pytestmark = pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs /proc")

DESCRIBE = functools.cache(view.describe)
Break = Callable[[pytest.MonkeyPatch], None]

#: A program in the place of the interpreter inside the wall: what it does with the control socket.
HEARING = "import os, socket, sys, time; s = socket.socket(fileno=int(sys.argv[-1])); "
PROGRAMS = {
    "refuses": "sys.exit('no permission to make a namespace')",
    "ends without a word": "sys.exit(0)",
    "ends while it is told its settings": "s.recv(4); os.kill(os.getpid(), 9)",
    "ends within its greeting": """s.sendall(b'{"event": "rea'); sys.exit(1)""",
    "greets with what is no message": "s.sendall(b'hello\\n')",
    "greets with another message": """s.sendall(b'{"event": "gone"}\\n')""",
    "closes the channel and stays": "s.close(); time.sleep(600)",
    "never greets": "time.sleep(600)",
    "leaves a child that holds its output": "os.fork() or time.sleep(600)",
}


def no_program(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(launch, "command", lambda *_: ["no-such-program"])


def no_permission(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(launch, "command", lambda *_: [__file__])


def another_program(text: str) -> Break:
    def install(patch: pytest.MonkeyPatch) -> None:
        python = [sys.executable, "-I", "-S", "-c", HEARING + text]
        patch.setattr(launch, "command", lambda *_: python)
        patch.setattr(warm, "_START_S", 0.5)

    return install


def no_module_to_preload(patch: pytest.MonkeyPatch) -> None:
    settings = launch.settings
    patch.setattr(launch, "settings", lambda *told: {**settings(*told), "preload": ["no_such_module"]})


def no_file_system_of_its_own(patch: pytest.MonkeyPatch) -> None:
    """At levels that have none: one that is asked for all the same."""
    settings = launch.settings

    def broken(*told: Any) -> dict[str, Any]:
        files = {"binds": [["/no/such/folder", "/usr"]], "devices": [], "links": [], "masks": []}
        return {**settings(*told), "file_system": files}

    patch.setattr(launch, "settings", broken)


def no_folder(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(host, "Workplace", refuse)


def a_folder_that_cannot_be_given_away(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(os, "chown", refuse)
    patch.setattr(host, "Workplace", lambda path, _, *most: Workplace(path, 0, *most))


def refuse(*_: Any) -> None:
    raise PermissionError("it is not permitted")


def no_zygote(patch: pytest.MonkeyPatch) -> None:
    """It dies between its greeting and its first order."""
    order = WarmProcess.fork

    def fork(self: WarmProcess, *what: Any) -> None:
        self.process.kill()
        self.process.wait()
        order(self, *what)

    patch.setattr(WarmProcess, "fork", fork)


def no_hardening(patch: pytest.MonkeyPatch) -> None:
    def worker(warm: Any, number: int, limits: Any, plan: dict[str, Any], place: Any) -> WorkerProcess:
        return WorkerProcess(warm, number, limits, {**plan, "directory": "/no/such/folder"}, place)

    patch.setattr(host, "WorkerProcess", worker)


def another_sign_of_life(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(process, "READY", b"r")


#: In the place of what the level starts.
REPLACED: dict[str, Break] = {
    "the program is missing": no_program,
    "the program may not be run": no_permission,
    **{f"the program {does}": another_program(text) for does, text in PROGRAMS.items()},
}
#: What breaks the start of a warm process, and what breaks the start of a worker after it.
EARLY: dict[str, Break] = {
    "a module cannot be loaded": no_module_to_preload,
    "its file system cannot be laid out": no_file_system_of_its_own,
}
LATE: dict[str, Break] = {
    "no folder for the worker": no_folder,
    "the folder cannot be given away": a_folder_that_cannot_be_given_away,
    "the zygote dies": no_zygote,
    "hardening fails": no_hardening,
    "the worker says something else": another_sign_of_life,
}
STEPS = EARLY | LATE
#: Where a worker has a file system of its own, it needs no folder.
OF_FOLDERS = ("no folder for the worker", "the folder cannot be given away")


def at_each_level(steps: Iterable[str]) -> list[tuple[str, str]]:
    return [
        (level, step)
        for level in AVAILABLE
        for step in steps
        if level not in launch.OWN_FILE_SYSTEM or step not in OF_FOLDERS
    ]


#: What takes the place of a level's own program differs by no more than the strongest and the weakest do.
ENDS = list(dict.fromkeys((AVAILABLE[0], AVAILABLE[-1])))
STARTS = [*at_each_level(STEPS), *itertools.product(ENDS, REPLACED)]


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tmp_path.chmod(0o711)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))


@pytest.fixture(autouse=True)
def _interpreter_is_asked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hundreds of starts are tried, and asking takes longer than most of them."""
    monkeypatch.setattr(view, "describe", DESCRIBE)


@pytest.fixture(autouse=True)
def _orphans_are_counted() -> Iterator[None]:
    """A process whose parent was killed becomes our own child."""
    linux.adopt_orphans()
    yield
    linux.call("prctl", 36, 0, 0, 0, 0)


def reaped_state() -> dict[str, Any]:
    """What this process holds, without the orphans that have ended."""
    gc.collect()
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    return state()


def assert_nothing_is_left(before: dict[str, Any]) -> None:
    """Nothing more is held; what earlier tests started, as a browser, may end meanwhile or start more.

    What was killed ends when the machine comes to it.
    """
    deadline = time.monotonic() + 30
    earlier = before.pop("processes")
    while left := (after := reaped_state()).pop("processes") - earlier - descendants(*earlier):
        assert time.monotonic() < deadline, [Path(f"/proc/{pid}/cmdline").read_text() for pid in left]
        time.sleep(0.02)
    assert after == before


@pytest.mark.parametrize(("level", "step"), STARTS)
def test_a_start_that_fails_leaves_nothing(level: str, step: str, monkeypatch: pytest.MonkeyPatch) -> None:
    before = reaped_state()
    (STEPS | REPLACED)[step](monkeypatch)
    for _ in range(2):
        with pytest.raises(SandboxError) as refusal:
            Sandbox(level)
        assert str(refusal.value).startswith(f"{level}: ")
    assert_nothing_is_left(before)


@pytest.mark.parametrize(("level", "step"), at_each_level(LATE))
def test_a_later_worker_that_fails_leaves_nothing(
    level: str, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = reaped_state()
    with Sandbox(level) as wall:
        STEPS[step](monkeypatch)
        for _ in range(2):
            with pytest.raises((SandboxError, OSError)):
                start_two(wall)
    assert_nothing_is_left(before)


@pytest.mark.parametrize("level", AVAILABLE)
def test_a_start_without_enough_descriptors_leaves_nothing(level: str) -> None:
    """Each next start may open one more, and so fails at the next step that opens one.

    With none, the folder could not be listed, nor could its interpreter have been asked before.
    """
    before = reaped_state()
    for more in range(1, 12):
        with few_descriptors(more), pytest.raises((SandboxError, OSError)):
            Sandbox(level)
    assert_nothing_is_left(before)


def test_a_link_without_enough_descriptors_leaves_nothing() -> None:
    before = reaped_state()
    for more in range(5):
        with (
            few_descriptors(more),
            pytest.raises(OSError, match="Too many open files"),
            linked(10, gc.collect),
        ):
            pass
    with few_descriptors(5), linked(10, gc.collect) as (link, _):
        link.close()
    assert_nothing_is_left(before)


@contextlib.contextmanager
def few_descriptors(more: int) -> Iterator[None]:
    """So many more may be opened."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    free = [os.dup(0) for _ in range(more + 1)]
    for number in free:
        os.close(number)
    resource.setrlimit(resource.RLIMIT_NOFILE, (free[more], hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.parametrize("level", LEVELS)
def test_many_starts_of_a_level_that_is_refused_leave_nothing(
    level: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = reaped_state()
    if level in AVAILABLE:
        monkeypatch.setattr(launch, "command", lambda *_: ["false"])
    for _ in range(20):
        with pytest.raises(SandboxError):
            Sandbox(level)
    assert_nothing_is_left(before)


def start_two(wall: Sandbox) -> None:
    """The first may have been made ready before."""
    with contextlib.closing(wall.start()):
        wall.start().close()


def test_an_interrupted_start_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    before = reaped_state()
    for name in ("_greet", "fork"):
        with monkeypatch.context() as patch:
            patch.setattr(WarmProcess, name, interrupt)
            with pytest.raises(KeyboardInterrupt):
                Sandbox(AVAILABLE[0])
    assert_nothing_is_left(before)


def interrupt(*_: Any, **more: Any) -> None:
    raise KeyboardInterrupt


class UnusableLimits(Limits):
    """No /tmp has this option."""

    @property
    def tmpfs(self) -> str:
        return "no_such_option=1"


def bubblewrap_is(*command: str) -> Break:
    def install(patch: pytest.MonkeyPatch) -> None:
        patch.setattr(launch, "bubblewrap", lambda _: command)
        patch.setattr(kernels, "_START_S", 0.5)

    return install


def no_file_system_for_a_kernel(patch: pytest.MonkeyPatch) -> None:
    files = view.FileSystem((("/no/such/folder", "/usr"),), (), ())
    patch.setattr(view, "file_system", lambda _: files)


def no_hardening_of_a_kernel(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(kernels, "Limits", UnusableLimits)


def no_thread(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(threading.Thread, "start", cannot_start)


def cannot_start(*_: Any) -> None:
    raise RuntimeError("can't start new thread")


KERNEL_STEPS: dict[str, Break] = {
    "the program is missing": bubblewrap_is("no-such-program"),
    "the program may not be run": bubblewrap_is(__file__),
    **{
        f"the program {does}": bubblewrap_is(sys.executable, "-I", "-S", "-c", HEARING + text)
        for does, text in PROGRAMS.items()
    },
    "its file system cannot be laid out": no_file_system_for_a_kernel,
    "hardening fails": no_hardening_of_a_kernel,
    "nothing can watch it": no_thread,
}


@needs_bubblewrap
@pytest.mark.parametrize("step", KERNEL_STEPS)
def test_a_kernel_that_cannot_start_leaves_nothing(step: str, monkeypatch: pytest.MonkeyPatch) -> None:
    before = reaped_state()
    KERNEL_STEPS[step](monkeypatch)
    for _ in range(3):
        with pytest.raises(SandboxError, match=r"could not be started|cannot be started"):
            KernelSandbox().start()
    assert_nothing_is_left(before)


@needs_bubblewrap
def test_a_kernel_without_enough_descriptors_leaves_nothing() -> None:
    before = reaped_state()
    for more in range(8):
        with few_descriptors(more), pytest.raises((SandboxError, OSError)):
            KernelSandbox().start()
    assert_nothing_is_left(before)


@needs_bubblewrap
def test_an_interrupted_start_of_a_kernel_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    before = reaped_state()
    monkeypatch.setattr(usage, "Watch", interrupt)
    with pytest.raises(KeyboardInterrupt):
        KernelSandbox().start()
    assert_nothing_is_left(before)
