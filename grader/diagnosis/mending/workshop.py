"""The worker in which candidates are made and run, as the judge uses it.

What it says is checked for its form and believed in nothing else: a submission that lies about its edits
gets a hint that is wrong, or none.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from grader.diagnosis.mending.operators import Operator
from grader.diagnosis.mending.scenes import Mendable
from grader.sandbox.host import WorkerFailure
from grader.student.sandboxed import Sandboxed

__all__ = [
    "BROKEN",
    "RAISED",
    "RAN",
    "Chain",
    "Edits",
    "Hopeless",
    "NoMend",
    "Opened",
    "TooSlow",
    "Tried",
    "Workshop",
]

#: The edits made one after another: those of each level are numbers in the list that the one before led to.
Chain = tuple[tuple[int, ...], ...]

RAN, RAISED, SLOW, BROKEN = range(4)
#: On the processor, for one candidate; of the clock, for one request: far above what a busy machine takes.
_CANDIDATE_S, _REQUEST_S = 0.05, 30.0
#: A busy machine takes so many times the effort that was counted.
_PATIENCE = 10
#: One candidate whose own call takes longer is not tried thousands of times.
_DEAREST_S = 5e-3
_CHUNK, _PIECE = 400, 25
#: So many candidates may end their process, and so many run until they are stopped.
_MOST_DEATHS, _MOST_SLOW = 20, 150
_MOST_TEXTS, _LONGEST_TEXT = 12, 160
#: Edits that a worker may tell of, times the numbers that each gives: 64 MB.
_MOST_NUMBERS = 8_000_000


class NoMend(Exception):  # noqa: N818 - a decision, not a fault
    """There is nothing to be mended, or it cannot be found out."""


class TooSlow(NoMend):
    """Nor would other problems be of use."""


class Hopeless(NoMend):
    """Nor would it be for other functions of the same work: its candidates end or hold up their processes."""


@dataclass(frozen=True)
class Edits:
    """For each edit the number of its operator, and its line."""

    rows: NDArray[np.int16]
    at: NDArray[np.int32]


@dataclass(frozen=True)
class Opened:
    """The single edits, and in each scene what the unchanged function gives: its row, status, line of error.

    `live` says for each edit whether it is of what runs in the first scene: the others change nothing.
    `effort` is what one candidate costs, in seconds of an ordinary processor: counted, not measured, so
    that it is the same in every run. `lacks_name`: it raises as nothing defines a name.
    """

    edits: Edits
    live: NDArray[np.bool_]
    bases: list[NDArray[np.float64]]
    statuses: list[int]
    raised: list[int]
    effort: float
    lacks_name: bool


@dataclass(frozen=True)
class Tried:
    """For each candidate its status, its row of numbers, and the line at which it raised."""

    status: NDArray[np.uint8]
    rows: NDArray[np.float64]
    lines: NDArray[np.int32]


class Workshop:
    """One mendable role's candidates, in a worker that is replaced when one of them takes it along."""

    def __init__(
        self,
        make: Callable[[], Sandboxed],
        mendable: Mendable,
        operators: Sequence[Operator],
        roles: Sequence[str],
        raised_before: int = 0,
    ) -> None:
        """
        Args:
            make: a fresh student with a worker of its own.
            roles: names of functions that are roles themselves, and not edited as helpers.
            raised_before: the line at which it raised in other scenes; nothing is sought where it does again.
        """
        self._make, self._mendable, self._operators = make, mendable, operators
        self._roles, self._raised_before = list(roles), raised_before
        self._student: Sandboxed | None = None
        self._deaths = self._slow = 0
        self._open()

    @functools.cached_property
    def opened(self) -> Opened:
        """The single edits, and what the function gives as it is."""
        return self._read_opened(self._ask({"do": "survey"}))

    @property
    def student(self) -> Sandboxed:
        """The submission in the worker as it is now."""
        assert self._student is not None
        return self._student

    def close(self) -> None:
        if self._student is not None:
            self._student.close()
            self._student = None

    def __enter__(self) -> Workshop:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def listed(self, chain: Chain) -> Edits:
        """The edits that can follow a chain."""
        return self._edits(self._ask({"do": "listed", "chain": _lists(chain)}))

    def run(self, chain: Chain, picks: NDArray[np.int32], scene: int = 0) -> Tried:
        """Try candidates: each row of `picks` is edits that can follow the chain, −1 for none."""
        parts = [self._chunk(chain, picks[i : i + _CHUNK], scene) for i in range(0, len(picks), _CHUNK)]
        size = self._mendable.scenes[scene].size
        return Tried(
            np.concatenate([p.status for p in parts] or [np.empty(0, np.uint8)]),
            np.concatenate([p.rows for p in parts] or [np.empty((0, size))]),
            np.concatenate([p.lines for p in parts] or [np.empty(0, np.int32)]),
        )

    def tell(self, chains: Sequence[Chain]) -> list[tuple[list[str], int]]:
        """What each chain changes, as the worker tells it: text of bounded length, and how much."""
        value = self._ask({"do": "tell", "chains": [_lists(chain) for chain in chains]})
        texts, sizes = (_listed(value.get(name), len(chains)) for name in ("changes", "sizes"))
        told = []
        for text, size in zip(texts, sizes, strict=True):
            _require(type(text) is list and all(type(line) is str for line in text) and type(size) is int)
            told.append(([line[:_LONGEST_TEXT] for line in text[:_MOST_TEXTS]], size))
        return told

    def install(self, chain: Chain) -> tuple[list[int], list[int], list[int]]:
        """Mend the submission in this worker: operators, lines, and which lines no longer run."""
        value = self._ask({"do": "install", "chain": _lists(chain)})
        found = [value.get(name) for name in ("rows", "lines", "dead")]
        for numbers in found:
            _require(type(numbers) is list and all(type(n) is int for n in numbers))
        rows, lines, dead = found
        return rows, lines, dead  # type: ignore[return-value]

    def _chunk(self, chain: Chain, picks: NDArray[np.int32], scene: int) -> Tried:
        try:
            return self._run(chain, picks, scene)
        except WorkerFailure:
            self._bury()
        if len(picks) <= _PIECE:
            size = self._mendable.scenes[scene].size
            return Tried(
                np.full(len(picks), BROKEN, np.uint8),
                np.full((len(picks), size), np.nan),
                np.zeros(len(picks), np.int32),
            )
        parts = [self._chunk(chain, picks[i : i + _PIECE], scene) for i in range(0, len(picks), _PIECE)]
        return Tried(
            *(np.concatenate([getattr(p, name) for p in parts]) for name in ("status", "rows", "lines"))
        )

    def _run(self, chain: Chain, picks: NDArray[np.int32], scene: int) -> Tried:
        asked = {"do": "run", "chain": _lists(chain), "picks": picks, "scene": scene, "limit_s": _CANDIDATE_S}
        value = self._ask(asked, _REQUEST_S + _PATIENCE * self.opened.effort * len(picks))
        size = self._mendable.scenes[scene].size
        status = _array(value.get("status"), np.uint8, (len(picks),))
        self._slow += int((status == SLOW).sum())
        if self._slow > _MOST_SLOW:
            raise Hopeless("too many candidates run without end")
        return Tried(
            status,
            _array(value.get("rows"), np.float64, (len(picks), size)),
            _array(value.get("lines"), np.int32, (len(picks),)),
        )

    def _bury(self) -> None:
        """A candidate took the worker along: the next goes on after it.

        Raises:
            Hopeless: too many did.
        """
        self.close()
        self._deaths += 1
        if self._deaths > _MOST_DEATHS:
            raise Hopeless("too many candidates ended the process")

    def _ask(self, message: dict[str, Any], limit_s: float = _REQUEST_S) -> dict[str, Any]:
        if self._student is None and message["do"] != "open":
            self._open()
        reply = self.student.request({"op": "mend", **message}, limit_s)
        if reply.get("ok") is not True:
            raise NoMend(f"{reply.get('type')}: {reply.get('text')}")
        _require(type(reply.get("value")) is dict)
        return reply["value"]  # type: ignore[no-any-return]

    def _open(self) -> None:
        self._student = self._make()
        site = self._mendable.functions[0]
        message = {
            "do": "open",
            "file": site.defined_in or site.file,
            "functions": [
                {"name": s.method or s.name, "line": s.line or 0} for s in self._mendable.functions
            ],
            "roles": self._roles,
            "raised_before": self._raised_before,
            "rows": [operator.row() for operator in self._operators],
            "scenes": [scene.message() for scene in self._mendable.scenes],
        }
        try:
            ready = self._ask(message).get("ready")
        except WorkerFailure as failure:
            self.close()
            raise NoMend(str(failure)) from None
        except NoMend:
            self.close()
            raise
        if ready is not True:
            self.close()
            if self._raised_before:
                raise NoMend("it raises as it does with other sizes")
            raise TooSlow("it is too slow to be run thousands of times")

    def _read_opened(self, value: dict[str, Any]) -> Opened:
        scenes = self._mendable.scenes
        names = ("bases", "statuses", "raised")
        bases, statuses, raised = (_listed(value.get(name), len(scenes)) for name in names)
        _require(all(type(n) is int for n in (*statuses, *raised, value.get("nodes"), value.get("lines"))))
        rows = [_array(base, np.float64, (scene.size,)) for base, scene in zip(bases, scenes, strict=True)]
        effort = 3e-5 + 7e-7 * min(max(value["nodes"], 0), 10_000) + 4e-7 * min(max(value["lines"], 0), 10**6)
        if effort > _DEAREST_S:
            raise TooSlow("it is too slow to be run thousands of times")
        edits = self._edits(value)
        live = _array(value.get("live"), np.uint8, edits.rows.shape).astype(np.bool_)
        return Opened(edits, live, rows, statuses, raised, effort, value.get("lacks_name") == 1)

    def _edits(self, value: dict[str, Any]) -> Edits:
        rows: Any = value.get("rows")
        _require(isinstance(rows, np.ndarray) and rows.ndim == 1)
        _require(rows.size * max(scene.size for scene in self._mendable.scenes) <= _MOST_NUMBERS)
        edits = Edits(_array(rows, np.int16, rows.shape), _array(value.get("at"), np.int32, rows.shape))
        _require(bool(np.all((edits.rows >= 0) & (edits.rows < len(self._operators)))))
        return edits


def _lists(chain: Chain) -> list[list[int]]:
    return [list(level) for level in chain]


def _array(value: Any, dtype: Any, shape: tuple[int, ...]) -> NDArray[Any]:
    _require(isinstance(value, np.ndarray) and value.dtype == dtype and value.shape == shape)
    return value  # type: ignore[no-any-return]


def _listed(value: Any, length: int) -> list[Any]:
    _require(type(value) is list and len(value) == length)
    return value  # type: ignore[no-any-return]


def _require(holds: bool) -> None:
    if not holds:
        raise NoMend("what came back is no answer")
