"""Says in plain words what is refused here. It only explains: the kernel is what refuses.

An audit hook that raises the error which the system call would meet, so that a student reads "starting a
process is not allowed here" at every level of the wall alike. Runs inside the wall: the standard library
only.
"""

from __future__ import annotations

import sys

__all__ = ["install"]

_REFUSED = {
    "starting a process": (
        *("os.fork", "os.forkpty", "os.exec", "os.posix_spawn", "os.spawn", "os.system", "pty.spawn"),
        "subprocess.Popen",
    ),
    "using the network": (
        *("socket.connect", "socket.bind", "socket.sendto", "socket.sendmsg", "socket.getaddrinfo"),
        *("socket.gethostbyname", "socket.gethostbyaddr", "urllib.Request"),
    ),
    "sending a signal": ("os.kill", "os.killpg", "signal.pthread_kill"),
    # A probe of the worker counts lines; a submission could switch it off.
    "tracing": ("sys.settrace", "sys.setprofile", "sys.monitoring.register_callback"),
    "changing a limit": ("resource.setrlimit", "resource.prlimit"),
}


def install() -> None:
    """Refuse, by name, for the rest of this process."""
    what = {event: action for action, events in _REFUSED.items() for event in events}

    def hook(event: str, arguments: tuple[object, ...]) -> None:
        if event in what and not (event == "sys.settrace" and _asked_by_the_worker()):
            raise PermissionError(f"{what[event]} is not allowed here")

    sys.addaudithook(hook)


def _asked_by_the_worker() -> bool:
    """Whether the call that is audited was made by a module of the wall."""
    return sys._getframe(2).f_globals.get("__name__") == f"{__package__}.probes"
