"""Many candidates in one function, as compiling is what a candidate costs most.

Every statement that candidates change becomes a choice between its versions, by a global number that is 0 for
the statement as it is. Only single statements have versions: edits of blocks and conditions are not for this.
Runs inside the wall: the standard library only.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import CodeType
from typing import Any

from .mend_edit import Edit, Put, apply, restore

__all__ = ["Places", "Program", "compiled", "programs"]

_SIMPLE = (ast.Assign, ast.AugAssign, ast.AnnAssign, ast.Expr, ast.Return, ast.Continue, ast.Break)
_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


#: A candidate's number, and its edits.
Candidate = tuple[int, Sequence[Edit]]


@dataclass(frozen=True)
class Program:
    """Compiled functions, and what candidates they hold: each one's number and the globals for it."""

    codes: Mapping[int, CodeType]
    candidates: Sequence[tuple[int, Mapping[str, int]]]


def programs(
    trees: Sequence[ast.FunctionDef], places: Sequence[Places], file: str, candidates: Iterable[Candidate]
) -> Iterator[Program]:
    """Programs for all candidates but those that are none."""
    together: dict[int, list[Candidate]] = {}
    for number, chosen in candidates:
        homes = {edit.home for edit in chosen}
        together.setdefault(homes.pop() if len(homes) == 1 else -1, []).append((number, chosen))
    for home, members in together.items():
        if home < 0:
            yield from _alone(trees, file, members)
        else:
            yield from _together(trees, places[home], home, file, members)


def _together(
    trees: Sequence[ast.FunctionDef],
    places: Places,
    home: int,
    file: str,
    candidates: Sequence[Candidate],
) -> Iterator[Program]:
    versions, chosen, others = _Versions(trees[home], places), [], []
    for number, edits in candidates:
        made = versions.add(edits)
        if made is None:
            others.append((number, edits))
        else:
            chosen.append((number, edits, made))
    yield from _alone(trees, file, others)
    if not chosen:
        return
    try:
        code = versions.code(file)
    except Exception:  # noqa: BLE001 - an edit that is no program is no candidate
        half = len(chosen) // 2
        for part in (chosen[:half], chosen[half:]) if half else ():
            yield from _together(trees, places, home, file, [(number, edits) for number, edits, _ in part])
        return
    none = dict.fromkeys(versions.names, 0)
    yield Program({home: code}, [(number, none | made) for number, _, made in chosen])


def _alone(trees: Sequence[ast.FunctionDef], file: str, candidates: Iterable[Candidate]) -> Iterator[Program]:
    for number, edits in candidates:
        undo = apply(edits)
        try:
            codes = {home: compiled(trees[home], file) for home in sorted({edit.home for edit in edits})}
        except Exception:  # noqa: BLE001 - an edit that is no program is no candidate
            continue
        finally:
            restore(undo)
        yield Program(codes, [(number, {})])


def compiled(tree: ast.FunctionDef, file: str) -> CodeType:
    """The code that defines the function.

    Raises:
        Exception: it is no program.
    """
    return compile(ast.Module([tree], []), file, "exec", dont_inherit=True)


@dataclass(frozen=True)
class _Place:
    """A single statement, in the block that `slot` of `owner` is."""

    owner: ast.AST
    slot: str
    stmt: ast.stmt


class Places:
    """Where each node of a function's single statements stands, and in what.

    What functions inside it have is left out, and what stands in two places.
    """

    def __init__(self, tree: ast.FunctionDef) -> None:
        self.of: dict[int, _Place] = {}
        self.stored = {arg.arg for arg in ast.walk(tree.args) if isinstance(arg, ast.arg)}
        self._above: dict[int, int] = {}
        twice: set[int] = set()
        blocks: list[tuple[Any, str]] = [(tree, "body")]
        for owner, slot in blocks:  # grows while it is read
            for stmt in getattr(owner, slot, None) or ():
                self.stored.update(_stored(stmt))
                if isinstance(stmt, _SIMPLE):
                    self._enter(stmt, _Place(owner, slot, stmt), twice)
                elif isinstance(stmt, ast.stmt) and not isinstance(stmt, _DEFINITIONS):
                    blocks += [(stmt, name) for name in ("body", "orelse", "finalbody")]
        for key in twice:
            del self.of[key]

    def _enter(self, node: ast.AST, place: _Place, twice: set[int]) -> None:
        if id(node) in self.of:
            twice.add(id(node))
        self.of[id(node)] = place
        for child in ast.iter_child_nodes(node):
            self._above[id(child)] = id(node)
            self._enter(child, place, twice)

    def at(self, node: ast.AST, slot: str, value: Any) -> _Place | None:
        """The single statement that is changed by setting a field of a node."""
        if isinstance(value, Put):
            place = self.of.get(id(value.old))
            if place is not None and place.owner is node and place.slot == slot:
                return place
        return self.of.get(id(node))

    def are_run(self, edit: Edit, lines: set[int]) -> bool:
        """Whether any statement that an edit changes is on these lines; true where that is not known."""
        places = [self.at(*one) for one in edit.sets]
        return any(place is None or not lines.isdisjoint(_lines(place.stmt)) for place in places)

    def up_from(self, edit: Edit) -> set[int]:
        """The nodes that an edit sets, and all that they stand in."""
        found: set[int] = set()
        for node, _, _ in edit.sets:
            at: int | None = id(node)
            while at is not None and at not in found:
                found.add(at)
                at = self._above.get(at)
        return found


@dataclass
class _Choice:
    """A statement and its versions; `numbers` has the number of each by the edits that make it."""

    place: _Place
    name: str
    versions: list[list[ast.stmt]] = field(default_factory=list)
    numbers: dict[tuple[int, ...], int] = field(default_factory=dict)


class _Versions:
    """Candidates of one function whose versions stand side by side."""

    def __init__(self, tree: ast.FunctionDef, places: Places) -> None:
        self._tree, self._places = tree, places
        self._choices: dict[int, _Choice] = {}

    def add(self, chosen: Sequence[Edit]) -> dict[str, int] | None:
        """The numbers that make the candidate; None when it has to be compiled by itself."""
        touched: dict[int, tuple[_Place, list[Edit], list[Any]]] = {}
        for edit in chosen:
            for node, slot, value in edit.sets:
                place = self._places.at(node, slot, value)
                if place is None:
                    return None
                of = touched.setdefault(id(place.stmt), (place, [], [place.stmt]))
                of[1].append(edit)
                if isinstance(value, Put) and value.old is place.stmt:
                    touched[id(place.stmt)] = (place, of[1], value.new)
        undo = apply(chosen)
        try:
            # What was moved here may have been edited where it stood.
            numbers = [
                self._number(place, edits if now == [place.stmt] else chosen, now)
                for place, edits, now in touched.values()
            ]
        finally:
            restore(undo)
        known = [number for number in numbers if number is not None]
        return dict(known) if len(known) == len(numbers) else None

    def code(self, file: str) -> CodeType:
        """The function with all the versions, compiled.

        Raises:
            Exception: some version is no program.
        """
        undo = apply([Edit(0, 0, [self._set(choice)], 0) for choice in self._choices.values()])
        try:
            return compiled(self._tree, file)
        finally:
            restore(undo)

    @property
    def names(self) -> list[str]:
        """The globals that choose."""
        return [choice.name for choice in self._choices.values()]

    def _number(self, place: _Place, edits: Sequence[Edit], now: Sequence[Any]) -> tuple[str, int] | None:
        """The choice of a statement that was changed, and the number of the version that it is now."""
        key = id(place.stmt)
        choice = self._choices.get(key) or _Choice(place, f"_version_{len(self._choices)}_")
        made = tuple(id(edit) for edit in edits)
        if made not in choice.numbers:
            if any(name not in self._places.stored for stmt in now for name in _stored(stmt)):
                return None  # it would be local in all versions
            # One edit leaves all but what it is in as it was; of two, one may be in what the other makes.
            within = self._places.up_from(edits[0]) if len({*made}) == 1 else None
            choice.versions.append(
                [_copied(stmt, within) for stmt in now] or [_located(ast.Pass(), place.stmt)]
            )
            choice.numbers[made] = len(choice.versions)
        self._choices[key] = choice
        return choice.name, choice.numbers[made]

    @staticmethod
    def _set(choice: _Choice) -> tuple[ast.AST, str, Any]:
        stmt, name = choice.place.stmt, choice.name
        chosen = _one_of(name, choice.versions, 1, stmt)
        switch = ast.If(_located(ast.Name(name, ast.Load()), stmt), chosen, [stmt])
        return choice.place.owner, choice.place.slot, Put(stmt, [_located(switch, stmt)])


def _one_of(name: str, versions: Sequence[list[ast.stmt]], first: int, like: ast.stmt) -> list[ast.stmt]:
    """A choice between versions that are numbered from `first` on."""
    if len(versions) == 1:
        return versions[0]
    half = len(versions) // 2
    number = _located(ast.Constant(first + half), like)
    test = ast.Compare(_located(ast.Name(name, ast.Load()), like), [ast.Lt()], [number])
    parts = (_one_of(name, versions[:half], first, like), _one_of(name, versions[half:], first + half, like))
    return [_located(ast.If(_located(test, like), *parts), like)]


def _lines(stmt: ast.stmt) -> range:
    return range(stmt.lineno, (stmt.end_lineno or stmt.lineno) + 1)


def _located(node: Any, like: ast.AST) -> Any:
    return ast.copy_location(node, like)


def _copied(node: Any, within: set[int] | None) -> Any:
    """A node that later edits leave as it is; with `within` only those are new, as no other was changed."""
    if isinstance(node, list):
        return [_copied(item, within) for item in node]
    if not isinstance(node, ast.AST) or not node._fields or (within is not None and id(node) not in within):
        return node
    made = node.__class__.__new__(node.__class__)
    made.__dict__.update(node.__dict__)
    for name in node._fields:
        value = getattr(node, name, None)
        if isinstance(value, (ast.AST, list)):
            setattr(made, name, _copied(value, within))
    return made


def _stored(stmt: ast.AST) -> list[str]:
    """Names that a statement assigns, apart from those of comprehensions."""
    targets = [*getattr(stmt, "targets", ()), *([stmt.target] if hasattr(stmt, "target") else ())]
    inner = [e for target in targets for e in getattr(target, "elts", (target,))]
    return [target.id for target in inner if isinstance(target, ast.Name)]
