"""What a submission tries against the machine, at every level that is good enough for other people's code."""

from __future__ import annotations

import os
import platform
from collections.abc import Callable
from pathlib import Path

import pytest
from walls import Asked

import grader
import reference

Attack = Callable[..., Asked]

STOPPED = (
    *("fork", "fork_by_clone", "start_program", "network_sockets", "connect_out", "datagram_to_a_path"),
    *("signal_the_parent", "signal_through_a_descriptor", "trace_the_parent", "new_namespaces"),
    *("mount_something", "remount_writable", "raise_a_limit", "limit_the_parent", "memory_without_a_name"),
    *("shared_memory", "io_uring", "kernel_interfaces", "old_table", "become_root"),
)


@pytest.mark.skipif(platform.machine() != "x86_64", reason="the attacks use x86-64's numbers")
@pytest.mark.parametrize("name", STOPPED)
def test_is_stopped(attack: Attack, name: str) -> None:
    asked = attack(name)
    assert asked.value is not True, f"{name} got its way"
    # A container's own filter may end the process where ours refuses.
    assert asked.ended in (None, "made a system call that is not allowed here"), asked
    assert asked.error in (None, "PermissionError", "OSError"), asked


def test_ordinary_code_works(attack: Attack) -> None:
    assert attack("works") == Asked(value=True, output=b"", cpu_s=pytest.approx(5, abs=5))


def test_plots_can_be_drawn(attack: Attack) -> None:
    asked = attack("plots")
    assert asked.value is True, asked


def test_files_of_the_judge_and_of_others_cannot_be_read(attack: Attack, tmp_path: Path) -> None:
    (tmp_path / "rubric.toml").write_text("secret")
    paths = [
        *(tmp_path / "rubric.toml", tmp_path, Path(grader.__file__), Path(reference.__file__)),
        *(
            Path("/etc/passwd"),
            Path("/etc/shadow"),
            Path("/root"),
            Path("/home"),
            Path.home(),
            Path("/proc/1"),
        ),
        *(Path("/proc/self/environ"), Path("/proc/self/cmdline"), Path("/proc/self/mem"), Path("/sys")),
        *(Path("/var/log"), Path("/run"), Path("/dev/vda"), Path("/dev/mem"), Path(pytest.__file__)),
    ]
    assert attack("read_outside", [str(path) for path in paths]).value is False


def test_nothing_outside_can_be_written(attack: Attack, tmp_path: Path) -> None:
    tmp_path.chmod(0o777)
    target = tmp_path / "report.json"
    target.write_text("intact")
    target.chmod(0o666)
    places = [target, tmp_path / "new", Path("/dev/shm/new"), Path("/var/tmp/new"), Path("/usr/lib/new")]
    assert attack("write_outside", [str(path) for path in places]).value is False
    assert target.read_text() == "intact"
    assert [path for path in places[1:] if path.exists()] == []


def test_modes_and_times_of_files_cannot_be_changed(attack: Attack, tmp_path: Path) -> None:
    target = tmp_path / "report.json"
    target.write_text("intact")
    if os.getuid() == 0:
        os.chown(tmp_path, 61000, 61000)
    before = target.stat()
    assert attack("change_modes", str(target)).value is False
    assert target.stat().st_mode == before.st_mode
    assert target.stat().st_mtime == before.st_mtime


def test_threads_are_bounded(attack: Attack) -> None:
    tasks = len(list(Path("/proc").glob("[0-9]*/task/[0-9]*"))) if os.getuid() else 0
    assert attack("many_threads", tasks + 200).value is False


def test_descriptors_are_the_standard_ones_and_the_channel(attack: Attack) -> None:
    assert attack("descriptors").value == [0, 1, 2, 3]


@pytest.mark.parametrize("name", ["fill_the_disk", "fill_the_inodes"])
def test_disk_is_bounded(attack: Attack, name: str) -> None:
    asked = attack(name)
    most = {"fill_the_disk": 16 << 20, "fill_the_inodes": 2000}[name]
    told = "wrote more than 16 MB of files, or more than 2000 of them"
    assert asked.ended == told or asked.value <= most, asked


def test_environment_and_arguments_tell_nothing(attack: Attack) -> None:
    environment = attack("environment").value
    assert set(environment) == {
        *("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "MALLOC_ARENA_MAX", "MPLBACKEND"),
        *("PYTHONHASHSEED", "PATH", "HOME", "LANG"),
    }
    assert attack("arguments").value == [""]


def test_the_judge_s_modules_are_out_of_reach(attack: Attack) -> None:
    assert attack("modules_of_the_judge").value == []
    assert attack("findable", ["grader", "reference", "msgspec", "typer", "pytest", "pip"]).value == []
    assert attack("findable", ["numpy", "scipy", "json"]).value == ["numpy", "scipy", "json"]


def test_the_judge_s_memory_is_not_in_the_worker(attack: Attack) -> None:
    secret = "-".join(["the", "expected", "value", "is", str(os.getpid())])
    assert attack("memory_of_the_judge", secret[::-1]).value is False
