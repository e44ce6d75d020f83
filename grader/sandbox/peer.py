"""What answers behind the wall: requests with a deadline, and the cause when there is no answer."""

from __future__ import annotations

import abc
import time
from collections.abc import Callable, Mapping
from typing import Any

from grader.sandbox.limits import MOST_FILES, Limits
from grader.sandbox.link import Link, OutputFlood
from grader.sandbox.replies import check_form
from grader.sandbox.workplace import Overfull
from grader.wall import wire
from grader.wall.wire import WireError

__all__ = ["Peer", "WorkerDied", "WorkerFailure", "WorkerKilled", "WorkerOverLimit", "WorkerTimeout"]


class WorkerFailure(Exception):  # noqa: N818 - a finding about the submission
    """The worker gave no answer. The text is a predicate: put the function's name before it.

    `over_limit`: whether it took more than it may.
    """

    over_limit = False


class WorkerTimeout(WorkerFailure):
    """A wall-clock limit passed."""

    over_limit = True


class WorkerDied(WorkerFailure):
    """The worker process ended, or sent something that is no answer."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class WorkerOverLimit(WorkerDied):
    """It used more than it may."""

    over_limit = True


class WorkerKilled(WorkerDied):
    """Somebody killed it, for no limit of ours: a system short of memory, a person, or its own code."""


class Peer(abc.ABC):
    """The other end of a link. After a failure it is dead; `close` is due in any case."""

    _link: Link

    def __init__(self, limits: Limits) -> None:
        self.cpu_s = 0.0
        self._limits, self._spent = limits, 0.0
        self._reason: str | None = None

    @property
    def output(self) -> bytes:
        """What it printed so far, standard output and error together, up to the limit."""
        return bytes(self._link.captured)

    def request(
        self,
        message: Mapping[str, Any],
        timeout: float | None = None,
        answer: Callable[[Any], Any] | None = None,
    ) -> dict[str, Any]:
        """Send one request and read the reply to it.

        Args:
            timeout: seconds for the whole exchange; the limit per call by default.
            answer: answers what the worker asks meanwhile, see `wire.exchange`.

        Raises:
            WorkerTimeout: this limit or the worker's total passed.
            WorkerDied: there is no worker any more; why, in words for the author of its code.
        """
        if self._reason is not None:
            raise WorkerDied(self._reason)
        limit = self._limits.call_s if timeout is None else timeout
        started = time.monotonic()
        try:
            deadline = started + min(limit, self._limits.total_s - self._spent)
            return self._exchange(message, deadline, answer)
        except TimeoutError:
            raise WorkerTimeout(self._give_up(self._timeout_reason(limit))) from None
        except OSError:
            raise self._death(self._give_up(self._death_reason())) from None
        except WireError:
            raise WorkerDied(self._give_up("sent an unreadable reply")) from None
        except OutputFlood:
            raise WorkerOverLimit(self._give_up("printed without end")) from None
        except Overfull:
            reason = f"wrote more than {self._limits.files_mb} MB of files, or more than {MOST_FILES} of them"
            raise WorkerOverLimit(self._give_up(reason)) from None
        finally:
            self._spent += time.monotonic() - started

    @abc.abstractmethod
    def close(self) -> None:
        """Kill it and all that it started, and wait until they are gone."""

    def _exchange(
        self, message: Mapping[str, Any], deadline: float, answer: Callable[[Any], Any] | None = None
    ) -> dict[str, Any]:
        """Every request gets a random number, and only a reply with that number counts."""
        reply = wire.exchange(
            message,
            lambda data: self._link.send(data, deadline),
            lambda size: self._link.receive(size, deadline),
            answer,
        )
        self._link.drain()
        self._link.watch()
        check_form(message, reply)
        return reply

    def _give_up(self, reason: str) -> str:
        self._reason = reason
        self._end()
        return reason

    def _timeout_reason(self, limit: float) -> str:
        total = self._limits.total_s
        if total - self._spent < limit:
            return f"did not finish within the {total:g} s that a submission has in all"
        return f"did not finish within {limit:g} s"

    @abc.abstractmethod
    def _death_reason(self) -> str:
        """Why the link ended."""

    def _death(self, reason: str) -> WorkerDied:
        """What is raised when the link ended."""
        return WorkerDied(reason)

    @abc.abstractmethod
    def _end(self) -> None:
        """Kill it unless it is dead already."""
