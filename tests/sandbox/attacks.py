"""What a submission may not do behind the wall. Its text is run as one; it is never imported by a test.

Each function returns True if it got its way and False if it was stopped; raising counts as stopped.
"""

# Written as a student would.
# ruff: noqa: PTH101, PTH102, PTH123, PTH202, PTH208

import contextlib
import ctypes
import os
import pathlib
import resource
import signal
import socket
import subprocess
import sys
import threading
import time

libc = ctypes.CDLL(None, use_errno=True)


def system_call(number, *arguments):
    """True if the kernel did what it was asked. Numbers of x86-64."""
    values = [ctypes.c_long(a) if isinstance(a, int) else a for a in arguments]
    return libc.syscall(ctypes.c_long(number), *values) >= 0


def parent_or_stranger():
    """The zygote; in an own namespace, where that has no number, another process than this one."""
    return os.getppid() or 2


def can_read(path):
    with contextlib.suppress(OSError):
        pathlib.Path(path).read_bytes()
        return True
    with contextlib.suppress(OSError):
        os.listdir(path)
        return True
    return False


def can_write(path):
    with contextlib.suppress(OSError):
        pathlib.Path(path).write_bytes(b"written by a submission")
        return True
    return False


def read_outside(paths):
    return any(can_read(path) for path in paths)


def write_outside(paths):
    return any(can_write(path) for path in paths)


def fork():
    if system_call(57) or system_call(58):
        os._exit(3)
    pid = libc.fork()
    if pid == 0:
        os._exit(3)
    return pid > 0


def fork_by_clone():
    child = libc.syscall(ctypes.c_long(56), ctypes.c_long(signal.SIGCHLD), None, None, None, None)
    if child == 0:
        os._exit(3)
    return child > 0


def start_program():
    libc.execv(b"/bin/true", None)
    return subprocess.run([sys.executable, "-c", ""]).returncode == 0


def network_sockets():
    made = [system_call(41, family, kind, 0) for family in (1, 2, 10, 16, 17, 40) for kind in (1, 2, 3)]
    return any(made)


def connect_out():
    socket.create_connection(("127.0.0.1", 22), timeout=1)
    return True


def datagram_to_a_path():
    with contextlib.suppress(PermissionError):
        socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
        return True
    return False


def signal_the_parent():
    parent = parent_or_stranger()
    sent = [libc.kill(pid, sig) == 0 for pid in (parent, -1) for sig in (0, signal.SIGTERM)]
    return any(sent) or system_call(234, parent, parent, 0) or system_call(424, parent, 0, None, 0)


def signal_through_a_descriptor():
    """F_SETOWN and F_SETSIG have the kernel send any signal to another process."""
    reading, _ = os.pipe()
    import fcntl

    with contextlib.suppress(OSError):
        fcntl.fcntl(reading, 8, parent_or_stranger())
        return True
    return False


def trace_the_parent():
    parent = parent_or_stranger()
    return system_call(101, 16, parent, 0, 0) or system_call(310, parent, None, 0, None, 0, 0)


def new_namespaces():
    return any(libc.unshare(flag) == 0 for flag in (0x10000000, 0x20000, 0x20000000, 0x40000000, 0x8000000))


def mount_something():
    return libc.mount(b"t", b"/tmp", b"tmpfs", 0, None) == 0 or libc.umount2(b"/proc", 2) == 0


def remount_writable():
    return libc.mount(None, b"/", None, 0x20 | 0x1000, None) == 0


def raise_a_limit():
    unlimited = resource.RLIM_INFINITY
    value = (ctypes.c_ulong * 2)(unlimited, unlimited)
    return libc.setrlimit(resource.RLIMIT_AS, value) == 0 or libc.prlimit(0, 0, value, None) == 0


def limit_the_parent():
    value = (ctypes.c_ulong * 2)(1, 1)
    return libc.prlimit(parent_or_stranger(), resource.RLIMIT_CPU, value, None) == 0


def memory_without_a_name():
    return system_call(319, b"x", 0) or system_call(447, 0)


def shared_memory():
    return system_call(29, 0, 4096, 0o1600) or can_write("/dev/shm/left-behind")


def io_uring():
    return system_call(425, 8, ctypes.create_string_buffer(256))


def kernel_interfaces():
    buffer = ctypes.create_string_buffer(256)
    return (
        system_call(321, 0, buffer, 128)
        or system_call(298, buffer, 0, -1, -1, 0)
        or system_call(248, b"user", b"x", b"y", 1, -3)
        or system_call(323, 0)
        or system_call(303, -100, b"/", buffer, buffer, 0)
    )


def old_table():
    """x86-64's second table of system calls, where the numbers are others."""
    return system_call(0x40000000 + 41, 2, 1, 0)


def change_modes(path):
    with contextlib.suppress(OSError):
        os.chmod(path, 0o777)
        return True
    with contextlib.suppress(OSError):
        os.utime(path, (0, 0))
        return True
    return False


def become_root():
    return libc.setuid(0) == 0 or libc.setresuid(0, 0, 0) == 0 or libc.setgid(0) == 0


def many_threads(most):
    """True if more threads than `most` run at a time."""
    threading.stack_size(32768)
    stop, started = threading.Event(), 0
    with contextlib.suppress(RuntimeError, MemoryError):
        while started <= most:
            threading.Thread(target=stop.wait, daemon=True).start()
            started += 1
    stop.set()
    return started > most


def descriptors():
    """Every open descriptor, and what may be seen of it; three are standard, one is the channel."""
    found = []
    for number in range(512):
        with contextlib.suppress(OSError):
            os.fstat(number)
            found.append(number)
    return found


def fill_the_disk():
    """Bytes that could be written before an error; the worker may also be ended meanwhile."""
    written, chunk = 0, b"x" * (1 << 20)
    try:
        for number in range(400):
            with open(f"fill-{number}", "wb") as file:
                for _ in range(8):
                    written += file.write(chunk)
    except OSError:
        pass
    return written


def fill_the_inodes():
    count = 0
    try:
        while count < 100_000:
            os.close(os.open(f"inode-{count}", os.O_CREAT | os.O_WRONLY))
            count += 1
    except OSError:
        pass
    return count


def nest_folders():
    """A path longer than any call takes."""
    for _ in range(1500):
        os.mkdir("a" * 50)
        os.chdir("a" * 50)
    return False


def environment():
    return dict(os.environ)


def arguments():
    return list(sys.argv)


def modules_of_the_judge():
    return sorted(
        m for m in sys.modules if m.split(".")[0] in ("grader", "reference", "msgspec", "rich", "pytest")
    )


def findable(names):
    """Those that lie on the path. An import would give a stand-in for the others, which holds nothing."""
    from importlib.machinery import PathFinder

    return [name for name in names if PathFinder.find_spec(name) is not None]


def memory_of_the_judge(secret):
    """Whether a text that the judge holds can be found in this process's memory (reversed here)."""
    secret = secret[::-1].encode()
    try:
        maps = pathlib.Path("/proc/self/maps").read_text()
    except OSError:
        return False
    for line in maps.splitlines():
        low, high = (int(end, 16) for end in line.split()[0].split("-"))
        with contextlib.suppress(Exception), open("/proc/self/mem", "rb") as memory:
            memory.seek(low)
            if secret in memory.read(high - low):
                return True
    return False


def works():
    """What must go on working: lazy imports, threads, files of one's own, random numbers, linear algebra."""
    import decimal
    import tempfile
    import uuid

    import numpy as np
    import numpy.fft
    import scipy.optimize
    import scipy.special

    with tempfile.TemporaryFile() as file:
        np.save(file, np.eye(3))
    pathlib.Path("own.txt").write_text("mine")
    result = []
    thread = threading.Thread(target=lambda: result.append(scipy.special.logsumexp([0.0, 0.0])))
    thread.start()
    thread.join()
    left, right = socket.socketpair()
    left.sendall(b"x")
    time.sleep(0.001)
    fit = scipy.optimize.minimize(lambda x: (x**2).sum(), np.ones(3))
    values = (
        np.linalg.svd(np.eye(3))[1],
        np.fft.fft(np.ones(4)),
        decimal.Decimal(1),
        uuid.uuid4(),
        os.urandom(4),
    )
    return bool(
        fit.success and len(values) == 5 and right.recv(1) == b"x" and abs(result[0] - np.log(2)) < 1e-9
    )


def plots():
    import matplotlib.pyplot as plt

    plt.plot([1, 2], [3, 4])
    plt.savefig("figure.png")
    return os.path.getsize("figure.png") > 1000
