"""The system call filter against libseccomp's numbers, and its decisions by running the program here."""

from __future__ import annotations

import errno
import struct

import pytest

from grader.wall import seccomp, syscalls

pyseccomp = pytest.importorskip("pyseccomp", reason="needs libseccomp", exc_type=Exception)

ALLOW, KILL, REFUSE, ABSENT = 0x7FFF0000, 0x80000000, 0x50000 | errno.EPERM, 0x50000 | errno.ENOSYS
PID = 4321
MACHINES = ("x86_64", "aarch64")
WORKER, KERNEL = seccomp.for_worker(PID), seccomp.for_kernel()
NO_NETWORK = 0x50000 | errno.EOPNOTSUPP


def decide(
    machine: str,
    number: int,
    arguments: tuple[int, ...] = (),
    architecture: int | None = None,
    conditions: seccomp.Conditions | None = None,
) -> int:
    """What the kernel would answer: a small interpreter of the few instructions that are used."""
    told = syscalls.ARCHITECTURES[machine][1] if architecture is None else architecture
    values = [*arguments, 0, 0, 0, 0, 0, 0][:6]
    data = struct.pack("<IIQ6Q", number, told, 0, *values)
    program = list(struct.iter_unpack("<HBBI", seccomp.assemble(machine, conditions or WORKER)))
    accumulator = at = 0
    while True:
        code, if_true, if_false, constant = program[at]
        at += 1
        if code == 0x20:
            (accumulator,) = struct.unpack_from("<I", data, constant)
        elif code == 0x54:
            accumulator &= constant
        elif code == 0x15:
            at += if_true if accumulator == constant else if_false
        elif code == 0x35:
            at += if_true if accumulator >= constant else if_false
        else:
            assert code == 0x06
            return int(constant)


def number(machine: str, name: str) -> int:
    table = {**syscalls.ALLOWED, **syscalls.CONDITIONAL, **syscalls.REFUSED}
    found = table[name][syscalls.ARCHITECTURES[machine][0]]
    assert found is not None
    return found


@pytest.mark.parametrize("table", ["ALLOWED", "CONDITIONAL", "REFUSED"])
def test_numbers_are_libseccomp_s(table: str) -> None:
    for name, numbers in getattr(syscalls, table).items():
        for arch, ours in zip((pyseccomp.Arch.X86_64, pyseccomp.Arch.AARCH64), numbers, strict=True):
            # libseccomp gives calls that an architecture lacks a negative number.
            theirs = pyseccomp.resolve_syscall(arch, name)
            assert ours == (theirs if theirs >= 0 else None), (name, arch)


def test_no_call_is_in_two_lists() -> None:
    lists = [set(syscalls.ALLOWED), set(syscalls.CONDITIONAL), set(syscalls.REFUSED)]
    assert sum(len(names) for names in lists) == len(set.union(*lists))


@pytest.mark.parametrize("machine", MACHINES)
def test_lists_are_decided_as_they_say(machine: str) -> None:
    column = syscalls.ARCHITECTURES[machine][0]
    for table, answer in ((syscalls.ALLOWED, ALLOW), (syscalls.REFUSED, REFUSE)):
        for name, numbers in table.items():
            if (found := numbers[column]) is not None:
                assert decide(machine, found) == answer, name
    assert decide(machine, 9999) == ABSENT


@pytest.mark.parametrize("machine", MACHINES)
@pytest.mark.parametrize(
    ("name", "arguments", "answer"),
    [
        ("clone", (0x3D0F00,), ALLOW),  # a thread, as glibc makes it
        ("clone", (0x7D0F00,), ALLOW),  # and musl
        ("clone", (17,), REFUSE),  # a process
        ("clone", (0x3D0F00 | 0x10000000,), REFUSE),  # with a user namespace
        ("kill", (PID, 6), ALLOW),
        ("kill", (0, 9), REFUSE),
        ("kill", (2**64 - 1, 9), REFUSE),
        ("tgkill", (PID, 5000, 6), ALLOW),
        ("tgkill", (1, 1, 9), REFUSE),
        ("prlimit64", (0, 9, 0, 0x7FFF00000000), ALLOW),
        ("prlimit64", (0, 9, 0x7FFF00000000, 0), REFUSE),  # its low half is zero
        ("prlimit64", (0, 9, 16, 0), REFUSE),
        ("prctl", (15,), ALLOW),
        ("prctl", (1,), REFUSE),  # parent-death signal
        ("fcntl", (5, 8, 1), REFUSE),  # F_SETOWN
        ("fcntl", (5, 3), ALLOW),
        ("ioctl", (0, 0x5401), ALLOW),
        ("ioctl", (0, 0x5412), REFUSE),  # TIOCSTI
        ("socketpair", (1, 1 | 0o2000000), ALLOW),
        ("socketpair", (1, 2), REFUSE),
        ("socketpair", (2, 1), REFUSE),
        ("sendto", (3, 1, 1, 0, 0), ALLOW),
        ("sendto", (3, 1, 1, 0, 0x7FFF00000000), REFUSE),
    ],
)
def test_conditions(machine: str, name: str, arguments: tuple[int, ...], answer: int) -> None:
    assert decide(machine, number(machine, name), arguments) == answer


@pytest.mark.parametrize("machine", MACHINES)
@pytest.mark.parametrize(
    ("name", "arguments", "answer"),
    [
        ("clone", (17,), ALLOW),  # a process
        ("clone", (0x3D0F00,), ALLOW),  # a thread
        ("clone", (0x10000000 | 17,), REFUSE),  # with a user namespace
        ("clone", (0x20000000 | 17,), REFUSE),  # with one of process ids
        ("clone", (0x40000000 | 17,), REFUSE),  # with one of the network
        ("execve", (), ALLOW),
        ("kill", (1, 9), ALLOW),
        ("socket", (1, 1), ALLOW),  # within the file system
        ("socket", (2, 1), NO_NETWORK),
        ("socket", (10, 1), NO_NETWORK),
        ("socket", (16, 3), NO_NETWORK),  # netlink
        ("socket", (17, 3), NO_NETWORK),  # packets
        ("socket", (38, 5), NO_NETWORK),  # the kernel's ciphers
        ("sched_setscheduler", (0, 0), ALLOW),
        ("sched_setscheduler", (0, 1), REFUSE),  # in real time
        ("fcntl", (5, 8, 1), REFUSE),
        ("prlimit64", (0, 9, 16, 0), REFUSE),
        ("prctl", (1,), REFUSE),
    ],
)
def test_conditions_of_a_kernels_room(
    machine: str, name: str, arguments: tuple[int, ...], answer: int
) -> None:
    assert decide(machine, number(machine, name), arguments, conditions=KERNEL) == answer


@pytest.mark.parametrize("machine", MACHINES)
@pytest.mark.parametrize(
    "name",
    [
        *("ptrace", "process_vm_readv", "process_vm_writev", "pidfd_open", "pidfd_getfd", "kcmp"),
        *("unshare", "setns", "mount", "umount2", "pivot_root", "chroot", "move_mount", "open_tree"),
        *("keyctl", "add_key", "request_key", "bpf", "userfaultfd", "perf_event_open", "seccomp"),
        *("io_uring_setup", "io_uring_enter", "io_setup", "init_module", "finit_module", "kexec_load"),
        *("memfd_create", "memfd_secret", "shmget", "msgget", "semget", "mlock", "vmsplice", "splice"),
        *("setrlimit", "setuid", "setresuid", "capset", "personality", "mknodat", "open_by_handle_at"),
    ],
)
def test_a_kernels_room_lacks(machine: str, name: str) -> None:
    assert decide(machine, number(machine, name), conditions=KERNEL) == REFUSE


def test_another_architecture_ends_the_process() -> None:
    assert decide("x86_64", 0, architecture=0x40000003) == KILL


def test_the_second_table_of_x86_64_is_refused() -> None:
    assert decide("x86_64", 0x40000000) == REFUSE


def test_an_unknown_architecture_is_told() -> None:
    with pytest.raises(OSError, match="no system call table for riscv64"):
        seccomp.assemble("riscv64", WORKER)
