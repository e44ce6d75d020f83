"""The student's work as callables, and what is raised when a call gives no result.

`InProcess` and `Sandboxed` are the two ways to be a `Student`. Both speak the requests of `wall.worker`; a
check cannot tell them apart.
"""

from __future__ import annotations

import abc
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from grader.intake.site import Site
from grader.result import Where
from grader.sandbox.host import WorkerFailure, WorkerTimeout
from grader.wall.wire import ObjectRef, Unsendable

__all__ = [
    "RANDOM_NUMBERS",
    "LibraryAbsent",
    "Reply",
    "Stub",
    "Student",
    "StudentError",
    "StudentMissing",
    "StudentTimeout",
]

#: The seed of the student's random numbers: no secret, for it goes over the wall.
RANDOM_NUMBERS = 231

#: What work that is not done gives back: None, or zeros whatever it is given.
Stub = Literal["nothing", "zeros"]

#: Of one submission, and of one note in characters.
_MOST_NOTES, _NOTE_LENGTH = 100, 500


class StudentError(Exception):
    """The student's code raised, or left: `fact` says it in the student's words."""

    def __init__(
        self, fact: str, where: Where | None = None, kind: str = "raised", error_type: str = ""
    ) -> None:
        super().__init__(fact)
        self.fact = fact
        self.where = where
        self.kind = kind
        self.error_type = error_type


class StudentMissing(Exception):  # noqa: N818 - work not done is no error
    """The role is absent or still the starter's stub. `stub`: what it gave, where it gave something."""

    def __init__(self, fact: str, stub: Stub | None = None) -> None:
        super().__init__(fact)
        self.stub = stub


class LibraryAbsent(StudentMissing):
    """The code uses a well-known library that is not installed here: nothing can be said of it."""


class StudentTimeout(Exception):  # noqa: N818 - a verdict of its own
    """The code did not finish within its limit."""


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
        #: What one question's checks learned that another's may use.
        self.kept: dict[Any, Any] = {}
        #: Modules that its code imports and that are not there.
        self.absent_modules: set[str] = set()
        #: What it may use, where that is bounded.
        self.memory_mb: int | None = None
        self._dead: dict[str, Exception] = {}

    @abc.abstractmethod
    def request(self, message: dict[str, Any], timeout: float | None = None) -> dict[str, Any]:
        """Send one request to the worker's bench and return its reply."""

    def site(self, role: str) -> Site:
        """Where the role lives.

        Raises:
            StudentMissing: the submission has no such function.
        """
        if role not in self.sites:
            raise StudentMissing(self.absent.get(role, "it was not found in what was handed in"))
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

        Raises:
            StudentError, StudentMissing, StudentTimeout.
        """
        site = self.site(role)
        target: Any = on if on is not None else {"file": site.file, "name": site.name}
        message = {
            "op": "call",
            "target": target,
            "method": method or (site.method if on is not None else None),
            "args": args,
            "kwargs": kwargs,
            "keep": keep,
            "probe": probe,
            "seed": seed,
            "spare": list(spare),
        }
        reply = self._ask(role, message, timeout)
        if keep and reply["value"] is None:
            raise StudentMissing(f"`{site.label}` returns None: nothing is computed yet", "nothing")
        return Reply(
            reply["value"],
            tuple(reply["changed"]),
            reply["probed"],
            tuple(reply.get("untaken", ())),
            tuple(reply.get("changed_names", ())),
        )

    def get(self, role: str, ref: ObjectRef, name: str) -> Any:
        """An attribute of an object kept in the worker."""
        return self._ask(role, {"op": "get", "target": ref, "name": name}, None)["value"]

    def set(self, role: str, ref: ObjectRef, name: str, value: Any) -> None:
        """Set an attribute of an object kept in the worker."""
        self._ask(role, {"op": "set", "target": ref, "name": name, "value": value}, None)

    def spy(
        self,
        role: str,
        ref: ObjectRef,
        name: str,
        reply: Any,
        watch: tuple[str, ...] = (),
        least: int = 0,
    ) -> ObjectRef:
        """Replace a method of a kept object by a spy; its record is `get(role, spy, "calls")`.

        Args:
            least: calls with fewer arguments that are not None are answered by the method itself.
        """
        message: dict[str, Any] = {"op": "spy", "target": ref, "name": name, "reply": reply}
        message |= {"watch": list(watch), "least": least}
        found = self._ask(role, message, None)["value"]
        assert isinstance(found, ObjectRef)
        return found

    def _ask(self, role: str, message: dict[str, Any], timeout: float | None) -> dict[str, Any]:
        if role in self._dead:
            raise self._dead[role]
        try:
            reply = self.request(message, timeout)
        except WorkerTimeout as error:
            self._dead[role] = StudentTimeout(f"`{self.site(role).label}` {error}")
            raise self._dead[role] from None
        except WorkerFailure as error:
            self._dead[role] = StudentError(
                f"`{self.site(role).label}` {error}", self.site(role).where, "died"
            )
            raise self._dead[role] from None
        except Unsendable as error:  # our own arguments can be sent; what it returned before may be too much
            fact = f"`{self.site(role).label}` cannot be given what was returned before: {error}"
            raise StudentError(fact, self.site(role).where, "unsendable") from None
        self._take_notes(reply.get("notes", ()))
        absent = [reply.get("module"), *list(reply.get("absent", ()))[:_MOST_NOTES]]
        self.absent_modules |= {name for name in absent if type(name) is str}
        if reply.get("ok") is True:
            return reply
        raise self._failure(role, reply)

    def _take_notes(self, notes: Iterable[object]) -> None:
        """Keep what is new, of a length that people read: the student's code can write notes as well."""
        for note in notes:
            if len(self.notes) >= _MOST_NOTES:
                return
            text = str(note)[:_NOTE_LENGTH]
            if text not in self.notes:
                self.notes.append(text)

    def _without(self, library: str) -> LibraryAbsent:
        fact = f"{library} is not installed here"
        cure = "`--python` names an interpreter that has it"
        self._take_notes([f"{fact}, so what uses it was not judged and counts for nothing: {cure}"])
        return LibraryAbsent(fact)

    def _failure(self, role: str, reply: dict[str, Any]) -> Exception:
        """The exception that tells what the worker reported."""
        site, kind, text = self.site(role), reply.get("kind"), str(reply.get("text", ""))
        if kind == "absent":
            return StudentMissing(f"`{site.label}` is not defined")
        if kind == "unsendable":
            return StudentError(f"`{site.label}` returned {text}", site.where, "unsendable")
        if reply.get("library") in _LIBRARIES:
            return self._without(str(reply["library"]))
        error_type = str(reply.get("type", "an exception"))
        if error_type == "NotImplementedError":
            return StudentMissing(f"`{site.label}` raises NotImplementedError")
        where = _reported_place(reply) or site.where
        if "MemoryError" in error_type and self.memory_mb is not None:
            return StudentError(
                f"`{site.label}` used more than {self.memory_mb} MB", where, str(kind), error_type
            )
        if kind == "import":
            fact = f"`{_unimported(reply) or site.file}` cannot be imported: {error_type}: {text}"
        else:
            fact = f"`{site.label}` raised {error_type}: {text}"
        return StudentError(fact.rstrip(": "), where, str(kind), error_type)


#: What people's own environments may have; anything else that is not here was not handed in.
_LIBRARIES = frozenset(
    [
        "cupy",
        "cv2",
        "dask",
        "imageio",
        "jax",
        "keras",
        "mxnet",
        "numba",
        "numexpr",
        "pandas",
        "seaborn",
        "skimage",
        "sklearn",
        "statsmodels",
        "sympy",
        "tensorflow",
        "theano",
        "torch",
        "torchvision",
    ]
)


def _reported_place(reply: dict[str, Any]) -> Where | None:
    file, line = reply.get("file"), reply.get("line")
    return Where(file, line if type(line) is int else None) if type(file) is str else None


def _unimported(reply: dict[str, Any]) -> str | None:
    """The file whose own text failed to load; another may only have imported it."""
    file = reply.get("file")
    return file if type(file) is str and reply.get("function") in (None, "<module>") else None
