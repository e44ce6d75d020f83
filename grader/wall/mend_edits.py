"""All single edits of a function, in an order that never varies.

Nothing here runs a student's code, and nothing depends on the order of a set. Runs inside the wall: the
standard library and numpy.
"""

from __future__ import annotations

import ast
import copy
import difflib
import itertools
from collections.abc import Iterator, Sequence
from keyword import iskeyword
from typing import Any

import numpy as np

from .mend_edit import Edit, Put, Sets, Without, located, replacement
from .mend_places import assigned, expressions, expressions_of, last_line, own_lines
from .mend_rows import Binding, Rule, Rules, build, expression, fitting
from .mend_scope import Scope
from .mend_structure import begun, structural

__all__ = ["edits_of"]

_UNCHANGED_BY_1 = (ast.Mult, ast.Div, ast.Pow)


def edits_of(
    tree: ast.FunctionDef, scope: Scope, rules: Rules, home: int, lines: set[int] | None = None
) -> Iterator[Edit]:
    """Every edit of one function; with `lines` only those of statements there."""
    for node in ast.walk(tree):
        node._known = True  # type: ignore[attr-defined]
    enumeration = _Enumeration(tree, scope, rules, home, lines)
    yield from enumeration.block(tree, "body")
    for row, line, sets in structural(tree, rules, scope):
        if lines is None or line in lines:
            yield Edit(row, line, [(n, f, _as_put(v)) for n, f, v in sets], home)
    if lines is None:
        yield from enumeration.everywhere()
        yield from enumeration.renamed()
        yield from enumeration.at_the_ends()


def _as_read_or_set(new: ast.expr, node: ast.expr) -> ast.expr:
    """The new expression, set where the one that it stands for is."""
    if isinstance(getattr(node, "ctx", None), ast.Store) and isinstance(new, (ast.Name, ast.Subscript)):
        new = copy.copy(new)
        new.ctx = ast.Store()
    return new


def _as_put(value: Any) -> Any:
    return Put(value[0], value[1]) if isinstance(value, tuple) else value


class _Enumeration:
    """Makes the edits of one function that its rules allow."""

    def __init__(
        self, tree: ast.FunctionDef, scope: Scope, rules: Rules, home: int, lines: set[int] | None
    ) -> None:
        self.tree, self.scope, self.rules, self.home, self.lines = tree, scope, rules, home, lines

    def block(self, owner: ast.AST, name: str) -> Iterator[Edit]:
        """The edits of each statement of a block, and of the blocks inside them."""
        for stmt in getattr(owner, name):
            if begun(stmt):
                continue
            for inner in ("body", "orelse"):
                if isinstance(getattr(stmt, inner, None), list):
                    yield from self.block(stmt, inner)
            if self.lines is not None and self.lines.isdisjoint(own_lines(stmt)):
                continue
            yield from self._statement(owner, name, stmt)
            for place in expressions(stmt, True):
                yield from self._expression(*place)
            yield from self._inserted(owner, name, stmt)

    def everywhere(self) -> Iterator[Edit]:
        """The same edit wherever a name or number stands, if it stands at several places."""
        places: dict[str, list[tuple[ast.AST, str, ast.expr]]] = {}
        for parent, slot, node, _, called in expressions_of(self.tree):
            if isinstance(node, (ast.Name, ast.Constant)) and not called:
                places.setdefault(ast.unparse(node), []).append((parent, slot, node))
        rules = [rule for rule in self.rules.anything if rule.everywhere]
        for text, found in places.items():
            for rule in rules if len(found) > 1 else ():
                if self._admits(rule, found[0][2], text, 2, called=False):
                    for fills in self._fillings(rule, text):
                        sets = [s for p, slot, node in found for s in self._sets(rule, p, slot, node, fills)]
                        yield Edit(rule.row, found[0][2].lineno, sets, self.home)

    def renamed(self) -> Iterator[Edit]:
        """A name that is nowhere defined, as one that is, wherever it stands."""
        for row, _ in self.rules.structures.get("rename", ()):
            for name in self.scope.unknown:
                nodes = [n for n in ast.walk(self.tree) if isinstance(n, ast.Name) and n.id == name]
                for other in self.scope.fill("any", ""):
                    if other != name and other.isidentifier():
                        line = min(n.lineno for n in nodes)
                        yield Edit(row, line, [(n, "id", other) for n in nodes], self.home)

    def at_the_ends(self) -> Iterator[Edit]:
        """Statements before the first of the function, and behind the last unless that returns."""
        first, last = self.tree.body[0], self.tree.body[-1]
        for rule in self.rules.inserts:
            if rule.where == "begin" or (rule.where == "last" and not isinstance(last, ast.Return)):
                at = first if rule.where == "begin" else last
                for fills in self._fillings(rule, ""):
                    new = [located(build(item, fills), at) for item in rule.put]
                    put = Put(at, [*new, at] if at is first else [at, *new])
                    yield Edit(rule.row, self._first_use(fills, at), [(self.tree, "body", put)], self.home)

    def _first_use(self, fills: Binding, at: ast.stmt) -> int:
        """The first line with the name that a statement at an end defines; else the line of that end."""
        name = ast.unparse(fills["_unknown_"]) if "_unknown_" in fills else ""
        uses = (n.lineno for n in ast.walk(self.tree) if isinstance(n, ast.Name) and n.id == name)
        return min(uses, default=at.lineno)

    def _statement(self, owner: ast.AST, name: str, stmt: ast.stmt) -> Iterator[Edit]:
        for rule in self.rules.statements.get(type(stmt), ()):
            binding = fitting(rule.found, stmt)
            if binding is None or isinstance(binding.get("v"), (ast.Tuple, ast.List)):
                continue
            for fills in self._fillings(rule, _text(binding.get("v"))):
                new = [located(build(item, {**binding, **fills}), stmt) for item in rule.put]
                if not _idle(new[0]):
                    yield Edit(rule.row, stmt.lineno, [(owner, name, Put(stmt, new))], self.home)

    def _expression(
        self, parent: ast.AST, slot: str, node: ast.expr, term: int, called: bool
    ) -> Iterator[Edit]:
        text = _text(node)
        for rule in self.rules.of_expression(node):
            if rule.everywhere or not self._admits(rule, node, text, term, called):
                continue
            binding = fitting(rule.found, node)
            if binding is None:
                continue
            about = node._part_of if rule.where in ("side", "part") else text  # type: ignore[attr-defined]
            for fills in self._fillings(rule, about):
                new = _as_read_or_set(located(build(rule.put[0], {**binding, **fills}), node), node)
                if not _equal(new, node) and not _idle(new):
                    yield Edit(rule.row, node.lineno, [replacement(parent, slot, node, new)], self.home)
        yield from self._other_function(node, called)
        if isinstance(node, ast.Call):
            yield from self._arguments(parent, slot, node)

    def _admits(self, rule: Rule, node: ast.expr, text: str, term: int, called: bool) -> bool:
        """Whether the rule applies to an expression in this place."""
        kind = self.scope.kind(text)
        if called or (isinstance(node, ast.Name) and node.id in ("np", "numpy", "math", "self")):
            return rule.where == "called" and called
        if rule.of and kind not in (rule.of, "unknown"):
            return False
        match rule.where:
            case "name":
                return text in self.scope.paths
            case "item":
                return text in self.scope.paths and getattr(node, "_item", False)
            case "undefined":
                return text in self.scope.unknown
            case "number":
                return _is_number(node) and (rule.of != "size" or node.value > 2)  # type: ignore[attr-defined]
            case "side":
                side = getattr(node, "_side", "")
                # A number that is given a name misses no array: it is another number.
                named = isinstance(node, ast.Constant) and self.scope.kind(side) in ("int", "float")
                return bool(term) and bool(side) and not named
            case "part":
                return not getattr(node, "_side", "") and bool(getattr(node, "_part_of", ""))
            case "term" | "whole" | "compound" | "inner":
                return self._is_term(rule.where, node, text, kind, term)
            case "called":
                return False
        return True

    def _is_term(self, where: str, node: ast.expr, text: str, kind: str, term: int) -> bool:
        """`compound`: an expression of several names; `whole`: no part of a product."""
        if where == "compound":
            return bool(term) and isinstance(node, (ast.BinOp, ast.Call, ast.Subscript))
        if isinstance(node, ast.Constant) or kind in ("int", "other", "bool") or text in self.scope.loops:
            return False
        if where == "inner" and bool(getattr(node, "_side", False)):
            return False
        return term == 2 if where == "whole" else bool(term)

    def _fillings(self, rule: Rule, path: str) -> Iterator[Binding]:
        """Every way to fill in a rule's template."""
        choices = [self.scope.fill(fill, path) for fill in rule.fills]
        for chosen in itertools.product(*choices):
            if len(set(chosen)) == len(chosen) or "weight" not in rule.fills:
                yield {f"_{f}_": _filled(f, t) for f, t in zip(rule.fills, chosen, strict=True)}

    def _sets(self, rule: Rule, parent: ast.AST, slot: str, node: ast.expr, fills: Binding) -> Sets:
        binding = fitting(rule.found, node) or {}
        new = located(build(rule.put[0], {**binding, **fills}), node)
        return [replacement(parent, slot, node, new)]

    def _other_function(self, node: ast.expr, called: bool) -> Iterator[Edit]:
        """`np.max` for `np.min`: groups of names of functions that are taken for one another."""
        if not (called and isinstance(node, ast.Attribute)):
            return
        if (
            isinstance(node.value, ast.Name)
            and node.value.id in ("np", "numpy")
            and not hasattr(np, node.attr)
        ):
            for row, _ in self.rules.structures.get("misspelt", ()):
                for name in difflib.get_close_matches(node.attr, dir(np)):
                    yield Edit(row, node.lineno, [(node, "attr", name)], self.home)
        for row, operator in self.rules.structures.get("swap", ()):
            others = [name for group in operator["swap"] if node.attr in group for name in group]
            for name in dict.fromkeys(others):
                if name != node.attr:
                    yield Edit(row, node.lineno, [(node, "attr", name)], self.home)

    def _arguments(self, parent: ast.AST, slot: str, node: ast.Call) -> Iterator[Edit]:
        """Other axes of a reduction, and calls without one of their keywords."""
        name = getattr(node.func, "attr", getattr(node.func, "id", ""))
        for row, operator in self.rules.structures.get("arguments", ()):
            if name in operator["functions"]:
                for new in _with_arguments(node, operator["arguments"], operator.get("then", "")):
                    yield Edit(
                        row, node.lineno, [replacement(parent, slot, node, located(new, node))], self.home
                    )
        for row, _ in self.rules.structures.get("keyword", ()):
            for key in node.keywords:
                yield Edit(row, node.lineno, [(node, "keywords", Without(key))], self.home)

    def _inserted(self, owner: ast.AST, name: str, stmt: ast.stmt) -> Iterator[Edit]:
        """Statements that may be missing behind this one, about a name that it or its loop assigns."""
        inner = ast.walk(stmt) if isinstance(stmt, (ast.For, ast.While)) else [stmt]
        names = dict.fromkeys(v for s in inner for v in assigned(s, self.scope))
        for rule in self.rules.inserts:
            for v in names if rule.where == "insert" else ():
                if not _is_of(rule.of, self.scope, v):
                    continue
                for fills in self._fillings(rule, v):
                    binding = {**fills, "v": expression(v)}
                    new = [located(build(item, binding), stmt) for item in rule.put]
                    yield Edit(rule.row, last_line(stmt), [(owner, name, Put(stmt, [stmt, *new]))], self.home)


def _filled(fill: str, text: str) -> ast.expr:
    if text.isidentifier() and not iskeyword(text):
        return ast.Name(text, ast.Load())  # most are, and parsing them is what enumerating costs most
    index: ast.expr = expression(f"a[{text}]").slice if fill == "index" else expression(text)  # type: ignore[attr-defined]
    return index


def _equal(new: ast.AST, node: ast.AST) -> bool:
    return isinstance(new, (ast.Name, ast.Constant)) and ast.dump(new) == ast.dump(node)


def _idle(new: ast.AST) -> bool:
    """Whether it only does away with something: `x * 1` or `x + 0`, which is told as such by other edits."""
    value: Any = getattr(new, "value" if isinstance(new, ast.AugAssign) else "right", None)
    if not isinstance(new, (ast.AugAssign, ast.BinOp)) or not isinstance(value, ast.Constant):
        return False
    neutral = 1 if isinstance(new.op, _UNCHANGED_BY_1) else 0
    return isinstance(new.op, (ast.Add, ast.Sub, *_UNCHANGED_BY_1)) and value.value == neutral


def _text(node: Any) -> str:
    if isinstance(node, ast.Name):
        return node.id
    return ast.unparse(node) if isinstance(node, (ast.Attribute, ast.Subscript)) else ""


def _is_number(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and type(node.value) in (int, float)


def _is_of(of: str, scope: Scope, path: str) -> bool:
    """Whether a name holds what a row asks: an array of one or two axes, or a number."""
    shape = scope.arrays.get(path)
    asked = {"vector": shape is None or len(shape) == 1, "matrix": shape is None or len(shape) == 2}
    return {**asked, "number": shape is None, "": True}[of]


def _with_arguments(node: ast.Call, arguments: Sequence[str], then: str) -> Iterator[ast.expr]:
    """The call with each of these sets of arguments in the place of its axis and keepdims."""
    rest = [k for k in node.keywords if k.arg not in ("axis", "keepdims")]
    function = node.func
    of_library = isinstance(function, ast.Attribute) and _text(function.value) in ("np", "numpy", "np.linalg")
    plain = node.args[:1] if of_library or isinstance(function, ast.Name) else []
    for text in arguments:
        keywords = expression(f"f({text})").keywords  # type: ignore[attr-defined]
        yield ast.Call(function, plain, [*keywords, *rest])
        if then and text.startswith("axis") and "," not in text:
            yield build(expression(then), {"x": ast.Call(function, plain, [*keywords, *rest])})
