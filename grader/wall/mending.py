"""Candidates for a mend: edits of a submission's own function, made and run where the submission is.

The judge sends scenes (see `mend_play`) with small inputs and the operators as data, never what is right. It
gets back what every candidate computes, and chooses. Enumeration is deterministic: edit 1,234 and then 87 is
the same in every worker that was opened alike. Runs inside the wall: the standard library and numpy only.

    {"do": "open", "file", "functions": [{"name", "line"}], "roles": [names], "rows": [...], "scenes": [...]}
    {"do": "survey"}                              the edits, and what the functions give as they are
    {"do": "listed", "chain": [[edit, …], …]}     the edits of the lines that those changed
    {"do": "run", "chain", "picks": i4 (n, m), "scene": n, "limit_s"}     what each candidate gives
    {"do": "tell", "chains"}                      what each changes, as text
    {"do": "install", "chain"}                    put the mended functions in place
"""

from __future__ import annotations

import ast
import contextlib
import gc
import itertools
import os
import time
import types
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from .compiling import parsed
from .mend_edit import Edit, apply, clash, restore
from .mend_edits import edits_of
from .mend_functions import functions_of, unknown_names
from .mend_play import OutOfTimeError, Player, limited, quiet
from .mend_rows import load_rules
from .mend_scope import Kind, Scope, kinds
from .mend_told import told_change
from .mend_versions import Places, Program, compiled, programs
from .places import ROOT
from .probes import FunctionWatcher

__all__ = ["BROKEN", "RAISED", "RAN", "SLOW", "Mending"]

#: What became of a candidate.
RAN, RAISED, SLOW, BROKEN = range(4)
#: More edits than any function of the course has.
_MOST_EDITS = 40_000
#: What the functions may take as they are, and from when they are too slow to be run thousands of times.
_BASE_S, _SLOW_S = 0.5, 0.1


class Mending:
    """The functions of one role that may be edited, their edits, and the scenes in which they are tried."""

    def __init__(
        self,
        request: Mapping[str, Any],
        data: bytes,
        module: types.ModuleType,
        find: Callable[[str, str], Any],
    ) -> None:
        """
        Args:
            data: the text of the file that holds the functions.
            find: what a file defines under a name.
        """
        self.module = module
        self.file: str = request["file"]
        self.rules = load_rules(request["rows"])
        #: Where it raised when it was tried with other scenes; 0 where it did not.
        self.raised_before: int = request.get("raised_before", 0)
        self.players = [Player(scene, find) for scene in request["scenes"]]
        self.trees, self.owners = functions_of(parsed(data), request["functions"], request["roles"])
        self.originals = [self._place(i)[0][self._place(i)[1]] for i in range(len(self.trees))]
        self.scopes: list[Scope] = []
        #: What was raised last.
        self._error: type[BaseException] | None = None
        self._listed: dict[str, list[Edit]] = {}
        self._levels: dict[str, list[Edit]] = {}
        #: How the functions are now, apart from what a candidate changes: the chain of edits that was made.
        self._made: tuple[str, list[Any]] = ("[]", [])
        #: Where their nodes stand, after that chain.
        self._placed: tuple[str, list[Places]] = ("", [])

    def open(self) -> dict[str, Any]:
        """Run the functions as they are, and see what their names hold.

        Functions that take long are only run once; nor is there more to be seen of one that raises where it
        did before.
        """
        for i in range(len(self.trees)):
            self._compile(i)
        self._run_one({}, {}, 0, _BASE_S)  # what is done the first time only takes time of its own
        began = time.process_time()
        first = self._run_one({}, {}, 0, _BASE_S)
        seconds = time.process_time() - began
        if first[0] == SLOW or seconds > _SLOW_S:
            return {"ready": False}
        if first[0] == RAISED and first[2] == self.raised_before:
            return {"ready": False}
        held = self._observed()
        unknown = [unknown_names(tree, self.module) for tree in self.trees]
        self.scopes = [Scope(t, h, u) for t, h, u in zip(self.trees, held, unknown, strict=True)]
        return {"ready": True}

    def survey(self) -> dict[str, Any]:
        """The single edits, which of them are of what runs, and what the functions give as they are."""
        scenes = range(len(self.players))
        bases = [self._run_one({}, {}, scene, _BASE_S) for scene in reversed(scenes)][::-1]
        # A name that nothing defines is mended where it is read; an edit that defines it has that line.
        lacking = bases[0][2] if self._error is NameError else 0
        edits, ran = self._edits([]), self._watched(0)
        live = [self._is_live(edit, set(ran)) and lacking in (0, edit.line) for edit in edits]
        gc.collect()
        gc.freeze()  # tens of thousands of nodes: nothing of them is ever let go
        return {
            **self._described(edits),
            "live": np.array(live, np.uint8),
            "bases": [row for _, row, _ in bases],
            "statuses": [status for status, _, _ in bases],
            "raised": [line for *_, line in bases],
            "nodes": sum(1 for tree in self.trees for _ in ast.walk(tree)),
            "lines": len(ran),
            "lacks_name": int(lacking > 0),
        }

    def listed(self, chain: list[list[int]]) -> dict[str, Any]:
        """The edits that are possible after those of the chain."""
        return self._described(self._edits(chain))

    def run(self, chain: list[list[int]], picks: Any, scene: int, limit_s: float) -> dict[str, Any]:
        """Try every row of `picks` (edits after the chain; −1 is none) in one scene."""
        edits = self._edits(chain)
        status = np.full(len(picks), BROKEN, np.uint8)
        rows = np.full((len(picks), self.players[scene].size), np.nan)
        lines = np.zeros(len(picks), np.int32)
        gc.disable()
        with quiet():
            for program in self._programs(_candidates(edits, picks)):
                for i, choices in program.candidates:
                    status[i], rows[i], lines[i] = self._run_one(program.codes, choices, scene, limit_s)
        gc.enable()
        gc.collect(0)
        return {"status": status, "rows": rows, "lines": lines}

    def _is_live(self, edit: Edit, ran: set[int]) -> bool:
        """Whether a single edit changes what runs: not in a branch that is not taken, nor behind an error."""
        return self._standing()[edit.home].are_run(edit, ran)

    def _programs(self, candidates: Iterator[tuple[int, list[Edit]]]) -> Iterator[Program]:
        return programs(self.trees, self._standing(), ROOT + self.file, candidates)

    def _standing(self) -> list[Places]:
        if self._placed[0] != self._made[0]:
            self._placed = self._made[0], [Places(tree) for tree in self.trees]
        return self._placed[1]

    def tell(self, chains: list[list[list[int]]]) -> dict[str, Any]:
        """What each chain changes: the lines of text, and how many words and signs differ."""
        self._go_to([])
        before = [ast.unparse(tree) for tree in self.trees]
        told = []
        for chain in chains:
            self._go_to(chain)
            told.append(told_change(before, [ast.unparse(tree) for tree in self.trees]))
        return {"changes": [change for change, _ in told], "sizes": [size for _, size in told]}

    def install(self, chain: list[list[int]]) -> dict[str, Any]:
        """Put the mended functions in the place of the student's, for good; the lines that no longer run."""
        before = self._lines()
        edits = [edit for i, level in enumerate(chain) for edit in self._level(chain[:i], level)]
        self._go_to(chain)
        for home in range(len(self.trees)):
            self._compile(home)
        after = self._lines()
        return {
            "rows": [edit.row for edit in edits],
            "lines": [edit.line for edit in edits],
            "dead": sorted(set().union(*before) - set().union(*after)),
        }

    def _level(self, before: list[list[int]], numbers: list[int]) -> list[Edit]:
        """Those of the edits after a chain; only as many are made as that takes."""
        key = f"{before} {numbers}"
        if key not in self._levels:
            known = self._listed.get(str(before)) or self._made_after(before, max(numbers, default=-1) + 1)
            self._levels[key] = [known[k] for k in numbers]
        return self._levels[key]

    def _edits(self, chain: list[list[int]]) -> list[Edit]:
        """The edits after a chain, whose own are in force then."""
        self._go_to(chain)
        key = str(chain)
        if key not in self._listed:
            made = self._made_after(chain, _MOST_EDITS)
            self._listed = {k: v for k, v in self._listed.items() if k == "[]"} | {key: made}
        return self._listed[key]

    def _made_after(self, chain: list[list[int]], most: int) -> list[Edit]:
        """The first edits after a chain: of all lines, or of those that it changed last."""
        changed = {edit.line for edit in self._level(chain[:-1], chain[-1])} if chain else None
        self._go_to(chain)
        functions = enumerate(zip(self.trees, self.scopes, strict=True))
        made = (
            edit
            for home, (tree, scope) in functions
            for edit in edits_of(tree, scope, self.rules, home, changed)
        )
        return list(itertools.islice(made, most))

    def _go_to(self, chain: list[list[int]]) -> None:
        """Take back the chain that is in force, and make this one."""
        if self._made[0] == str(chain):
            return
        restore(self._made[1])
        self._made = ("[]", [])
        undo: list[Any] = []
        for i, level in enumerate(chain):
            chosen = self._level(chain[:i], level)
            undo = [*apply(chosen), *undo]
            self._made = (str(chain[: i + 1]), undo)
        for home in range(len(self.trees)):
            with contextlib.suppress(Exception):
                self._compile(home)

    def _run_one(
        self, codes: Mapping[int, types.CodeType], choices: Mapping[str, int], scene: int, limit_s: float
    ) -> tuple[int, np.ndarray[Any, Any], int]:
        """Status, numbers, and the line of the functions at which it raised."""
        row = np.full(self.players[scene].size, np.nan)
        kept = [(home, self._current(home)) for home in codes]
        names = self.module.__dict__
        try:
            names.update(choices)
            for home, code in codes.items():
                self._define(home, code)
            with limited(limit_s, os._exit):
                self.players[scene].play(row)
            return RAN, row, 0
        except (OutOfTimeError, RecursionError):
            return SLOW, row, 0
        except BaseException as error:  # noqa: BLE001 - whatever a candidate raises is an answer
            self._error = type(error)
            return RAISED, row, self._line(error)
        finally:
            for name in choices:
                names.pop(name, None)
            for home, function in kept:
                self._put(home, function)

    def _line(self, error: BaseException) -> int:
        line, trace = 0, error.__traceback__
        while trace is not None:
            if trace.tb_frame.f_code.co_filename == ROOT + self.file:
                line = trace.tb_lineno
            trace = trace.tb_next
        return line

    def _compile(self, home: int) -> None:
        self._define(home, compiled(self.trees[home], ROOT + self.file))

    def _define(self, home: int, code: types.CodeType) -> None:
        made: dict[str, Any] = {}
        exec(code, self.module.__dict__, made)
        self._put(home, made[self.trees[home].name])

    def _place(self, home: int) -> tuple[Mapping[str, Any], str]:
        """The namespace of a function, and its name there."""
        owner, name = self.owners[home], self.trees[home].name
        return (vars(self.module.__dict__[owner]) if owner else self.module.__dict__), name

    def _current(self, home: int) -> Any:
        space, name = self._place(home)
        return space[name]

    def _put(self, home: int, function: Any) -> None:
        owner, name = self.owners[home], self.trees[home].name
        if owner:
            setattr(self.module.__dict__[owner], name, function)
        else:
            self.module.__dict__[name] = function

    def _codes(self) -> list[Any]:
        functions = [self._current(home) for home in range(len(self.trees))]
        return [code for f in functions if (code := getattr(f, "__code__", None)) is not None]

    def _observed(self) -> list[dict[str, Kind]]:
        """What the names of each function held when it ended, in the first scene."""
        held: list[dict[str, Kind]] = [{} for _ in self.trees]
        places = {code: i for i, code in enumerate(self._codes())}

        def ended(code: types.CodeType, values: dict[str, Any]) -> None:
            with contextlib.suppress(Exception):
                held[places[code]] |= kinds(values)

        self._watched(0, ended)
        return held

    def _watched(
        self, scene: int, ended: Callable[[types.CodeType, dict[str, Any]], None] = lambda code, values: None
    ) -> list[int]:
        """The lines of the functions that run in a scene, in order."""
        player = self.players[scene]
        row = np.empty(player.size)
        watcher = FunctionWatcher(self._codes(), ended)
        with quiet(), contextlib.suppress(BaseException), limited(_BASE_S, os._exit), watcher:
            player.play(row)
        return watcher.lines

    def _lines(self) -> list[set[int]]:
        return [set(self._watched(scene)) for scene in range(len(self.players))]

    @staticmethod
    def _described(edits: Sequence[Edit]) -> dict[str, Any]:
        return {
            "rows": np.array([edit.row for edit in edits], np.int16),
            "at": np.array([edit.line for edit in edits], np.int32),
        }


def _candidates(edits: Sequence[Edit], picks: Any) -> Iterator[tuple[int, list[Edit]]]:
    """The candidates whose edits can be made together, each with its place among the picks."""
    for i, pick in enumerate(picks.tolist()):
        chosen = [edits[k] for k in pick if 0 <= k < len(edits)]
        if not any(clash(chosen[:k], chosen[k]) for k in range(1, len(chosen))):
            yield i, chosen
