"""The student's work as callables, and what is raised when a call gives no result.

`InProcess` and `Sandboxed` are the two ways to be a `Student`. Both speak the requests of `wall.worker`; a
check cannot tell them apart.
"""

from __future__ import annotations

import abc
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from grader.intake.site import Site
from grader.result import Where
from grader.sandbox.host import WorkerFailure, WorkerTimeout
from grader.student.failures import (
    LIBRARIES,
    NotJudged,
    Stub,
    StudentError,
    StudentMissing,
    StudentTimeout,
    reported_place,
)
from grader.student.noted import as_told
from grader.wall.wire import ObjectRef, Unsendable

__all__ = [
    "RANDOM_NUMBERS",
    "ROOM",
    "Answer",
    "NotJudged",
    "Reply",
    "StepCount",
    "Stub",
    "Student",
    "StudentError",
    "StudentMissing",
    "StudentTimeout",
]

#: The seed of the student's random numbers: no secret, for it goes over the wall.
RANDOM_NUMBERS = 231

#: Bytes of arrays that answers may have: enough for any problem of the checks, and any list of losses.
ROOM = 1 << 20
#: Of attributes: the parameters of a net that was trained on images.
_ATTRIBUTE_ROOM = 4 << 20

#: Answers a call that a spy stands in for: {"args": tuple, "kwargs": dict, "watched": dict}, or whatever the
#: student's code sends in its place. None lets the method itself answer.
Answer = Callable[[Any], Any]

#: Of one submission, and of one note in characters.
_MOST_NOTES, _NOTE_LENGTH = 100, 500


@dataclass(frozen=True)
class StepCount:
    """What ran during a call: turns of loops and calls of functions, of the student's own code.

    `uncounted`: whether code was made in which no steps are counted. `cpu_s` by the kernel's account.
    """

    made: int
    uncounted: bool = False
    cpu_s: float | None = None


@dataclass(frozen=True)
class Reply:
    """What a call returned: its value, the numbers of arguments changed in place, a probe's finding.

    `untaken`: the spare arguments for which the function has no place. `changed_names`: the keyword arguments
    changed in place, by the course's names.
    """

    value: Any
    changed: tuple[int, ...]
    probed: Any
    untaken: tuple[str, ...] = ()
    changed_names: tuple[str, ...] = ()


class Student(abc.ABC):
    """One person's work: named roles that can be called. Notes of the worker gather in `notes`.

    `seed` is that of the problems, and stays with the judge.
    """

    def __init__(
        self, sites: Mapping[str, Site], absent: Mapping[str, str] | None = None, seed: int = 231
    ) -> None:
        """`absent` says, for a role that was not found, why."""
        self.sites = dict(sites)
        self.absent = dict(absent or {})
        self.seed = seed
        self.notes: list[str] = []
        #: Limits that it ran into, in words.
        self.limits: list[str] = []
        #: What one question's checks learned that another's may use.
        self.kept: dict[Any, Any] = {}
        #: Modules that its code imports and that are not there.
        self.absent_modules: set[str] = set()
        #: What it may use, where that is bounded.
        self.memory_mb: int | None = None
        self._dead: dict[str, Exception] = {}

    @abc.abstractmethod
    def request(
        self, message: dict[str, Any], timeout: float | None = None, answer: Answer | None = None
    ) -> dict[str, Any]:
        """Send one request to the worker's bench and return its reply.

        `answer` answers what the bench asks meanwhile; it must not raise.
        """

    def site(self, role: str) -> Site:
        """Where the role lives.

        Raises:
            StudentMissing: the submission has no such function. NotJudged: the edition leaves it out.
        """
        if role in self.absent:
            raise StudentMissing(self.absent[role])
        if role not in self.sites:
            raise NotJudged("this edition of the course does not ask for it")
        return self.sites[role]

    def call(
        self,
        role: str,
        *args: Any,
        on: ObjectRef | None = None,
        method: str | None = None,
        keep: bool = False,
        probe: str | None = None,
        timeout: float | None = None,
        seed: int = RANDOM_NUMBERS,
        spare: tuple[str, ...] = (),
        answer: Answer | None = None,
        room: int = ROOM,
        **kwargs: Any,
    ) -> Reply:
        """Call the role with arrays and numbers.

        A keyword argument that the function has under another name goes to the parameter in its place.

        Args:
            on: an object kept earlier; its method `method` (or the site's) is called.
            keep: leave the result in the worker and return an ObjectRef to it.
            probe: what runs beside the call, see `wall.probes`.
            seed: of the student's random numbers in this call.
            spare: keyword arguments that are left out where the function has no place for them.
            answer: answers the calls of a spy that asks; it must not raise.
            room: bytes that the arrays of the answer may have, beyond four times those of the arguments.

        Raises:
            StudentError, StudentMissing, StudentTimeout.
        """
        site = self.site(role)
        message = _message(site, args, seed, room, on, method)
        message |= {"kwargs": kwargs, "keep": keep, "probe": probe, "spare": list(spare)}
        reply = self._ask(role, message, timeout, answer)
        if keep and reply["value"] is None:
            raise StudentMissing(f"`{site.label}` returns None: nothing is computed yet", "nothing")
        return _returned(reply)

    def foresee(self, role: str, calls: Sequence[tuple[tuple[Any, ...], int]]) -> None:
        """Have calls, of which each has its arguments and its seed, answered at once where that costs less.

        `call` takes these answers when it comes to them, in this order. The work cannot tell the difference.
        """
        self._foresee([_message(self.site(role), args, seed) for args, seed in calls])

    @abc.abstractmethod
    def _foresee(self, messages: Sequence[dict[str, Any]]) -> None:
        """Have requests that are likely to come answered, so that `request` has the answers."""

    def counted(
        self, role: str, *args: Any, on: ObjectRef | None = None, room: int = ROOM
    ) -> tuple[Reply, StepCount]:
        """Call the role as `call` does; what it returned, and the steps that it made."""
        before = self.cpu_seconds()
        reply = self.call(role, *args, on=on, room=room, probe="count_steps")
        after, found = self.cpu_seconds(), reply.probed
        if not (isinstance(found, tuple) and [type(one) for one in found] == [int, int]):
            fact = f"`{self.site(role).label}` answered in the place of what counts its steps"
            raise StudentError(fact, self.site(role).where, "forged")
        made, built = found
        used = None if before is None or after is None else after - before
        return reply, StepCount(made, built > 0, used)

    def cpu_seconds(self) -> float | None:
        """What its code has used of the processor so far, told from outside; None where nobody can tell."""
        return None

    def get(self, role: str, ref: ObjectRef, name: str) -> Any:
        """An attribute of an object kept in the worker."""
        asked = {"op": "get", "target": ref, "name": name, "room": _ATTRIBUTE_ROOM}
        return self._ask(role, asked, None)["value"]

    def set(self, role: str, ref: ObjectRef, name: str, value: Any) -> None:
        """Set an attribute of an object kept in the worker."""
        self._ask(role, {"op": "set", "target": ref, "name": name, "value": value}, None)

    def spy(self, role: str, ref: ObjectRef, name: str, reply: Any) -> None:
        """Replace a method of a kept object by one that gives a set reply; None leaves it to the method."""
        self._put_spy(role, ref, name, reply=reply)

    def spy_that_asks(
        self, role: str, ref: ObjectRef, name: str, watch: tuple[str, ...] = (), least: int = 0
    ) -> None:
        """Replace a method of a kept object by one for which the `answer` of the call under way answers.

        Args:
            watch: attributes that it is told with every call.
            least: calls with fewer arguments that are not None get the method's own result all the same.
        """
        self._put_spy(role, ref, name, asks=True, watch=list(watch), least=least)

    def _put_spy(self, role: str, ref: ObjectRef, name: str, **how: Any) -> None:
        usual: dict[str, Any] = {"reply": None, "asks": False, "watch": [], "least": 0}
        self._ask(role, {"op": "spy", "target": ref, "name": name, **usual, **how}, None)

    def _ask(
        self, role: str, message: dict[str, Any], timeout: float | None, answer: Answer | None = None
    ) -> dict[str, Any]:
        if role in self._dead:
            raise self._dead[role]
        try:
            reply = self.request(message, timeout, answer)
        except WorkerTimeout as error:
            self._dead[role] = StudentTimeout(self._over_limit(role, str(error)))
            raise self._dead[role] from None
        except WorkerFailure as error:
            if error.over_limit:
                self._over_limit(role, str(error))
            self._dead[role] = StudentError(
                f"`{self.site(role).label}` {error}", self.site(role).where, "died"
            )
            raise self._dead[role] from None
        except Unsendable as error:  # our own arguments can be sent; what it returned before may be too much
            fact = f"`{self.site(role).label}` cannot be given what was returned before: {error}"
            raise StudentError(fact, self.site(role).where, "unsendable") from None
        self._heed(reply)
        if reply.get("ok") is True:
            return reply
        raise self._failure(role, reply)

    def _heed(self, reply: dict[str, Any]) -> None:
        """Keep what a reply tells beside its value."""
        self._take_notes(as_told(str(note), self.reads) for note in reply.get("notes", ()))
        absent = [reply.get("module"), *list(reply.get("absent", ()))[:_MOST_NOTES]]
        self.absent_modules |= {name for name in absent if type(name) is str}

    def holds(self, where: Where) -> bool:
        """Whether the work has such a line: what runs it may say anything."""
        return True

    def could_reach_its_process(self) -> bool:
        """Whether any code that its author wrote could change what is measured beside it."""
        return False

    def reads(self, where: Where) -> bool:
        """Whether such a line was loaded, whoever wrote it."""
        return True

    def note(self, text: str) -> None:
        """Keep a note of the judge's own for the report."""
        self._take_notes([text])

    def _take_notes(self, notes: Iterable[object]) -> None:
        """Keep what is new, of a length that people read."""
        for note in notes:
            if len(self.notes) >= _MOST_NOTES:
                return
            text = str(note)[:_NOTE_LENGTH]
            if text not in self.notes:
                self.notes.append(text)

    def _over_limit(self, role: str, predicate: str) -> str:
        """Keep that the role ran into a limit; the sentence that says it."""
        sentence = f"`{self.site(role).label}` {predicate}"
        if sentence not in self.limits:
            self.limits.append(sentence)
        return sentence

    def _without(self, site: Site, library: str, loads: Where | None) -> StudentError:
        """
        Args:
            loads: the line that stops a module from being loaded; None where the function itself uses it.
        """
        fact, cure = f"{library}, which is not installed here", "`--python` names an interpreter that has it"
        self._take_notes([f"what uses {fact}, earns nothing until it is judged with it: {cure}"])
        user = loads.file if loads is not None else site.label
        return StudentError(f"`{user}` uses {fact}: {cure}", loads or site.where, "library", "ImportError")

    def _failure(self, role: str, reply: dict[str, Any]) -> Exception:
        """The exception that tells what the worker reported."""
        site, kind, text = self.site(role), reply.get("kind"), str(reply.get("text", ""))
        if kind == "absent":
            return StudentMissing(f"`{site.label}` is not defined")
        if kind == "unsendable":
            return StudentError(f"`{site.label}` returned {text}", site.where, "unsendable")
        if reply.get("library") in LIBRARIES:
            place = reported_place(reply) if kind == "import" else None
            return self._without(site, str(reply["library"]), place if place and self.holds(place) else None)
        error_type = str(reply.get("type", "an exception"))
        if error_type == "NotImplementedError":
            return StudentMissing(f"`{site.label}` is not written yet (NotImplementedError)")
        told = reported_place(reply)
        where = told if told is not None and self.holds(told) else site.where
        if "MemoryError" in error_type and self.memory_mb is not None:
            fact = self._over_limit(role, f"used more than {self.memory_mb} MB")
            return StudentError(fact, where, str(kind), error_type)
        if kind == "import":
            # The file whose own text failed to load; another may only have imported it.
            own = reply.get("function") in (None, "<module>")
            fact = f"`{where.file if own and where else site.file}` cannot be imported: {error_type}: {text}"
        else:
            fact = f"`{site.label}` raised {error_type}: {text}"
        return StudentError(fact.rstrip(": "), where, str(kind), error_type)


def _message(
    site: Site,
    args: tuple[Any, ...],
    seed: int,
    room: int = ROOM,
    on: ObjectRef | None = None,
    method: str | None = None,
) -> dict[str, Any]:
    """The request for a call, see `wall.worker`."""
    usual = {"kwargs": {}, "keep": False, "probe": None, "spare": []}
    return {"op": "call", **_target(site, on, method), "args": args, "seed": seed, "room": room, **usual}


def _target(site: Site, on: ObjectRef | None, method: str | None) -> dict[str, Any]:
    """What is called: the site's function or class, or a method of the object."""
    if on is None:
        return {"target": {"file": site.file, "name": site.name}, "method": method}
    return {"target": on, "method": method or site.method}


def _returned(reply: dict[str, Any]) -> Reply:
    return Reply(
        reply["value"],
        tuple(reply["changed"]),
        reply["probed"],
        tuple(reply.get("untaken", ())),
        tuple(reply.get("changed_names", ())),
    )
