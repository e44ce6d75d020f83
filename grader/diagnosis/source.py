"""A student's function as a syntax tree: what it assigns, in which order, and what it returns.

The text is read and never run. Whatever cannot be read safely is not read at all.
"""

from __future__ import annotations

import ast
import functools
import re
from collections.abc import Iterator
from dataclasses import dataclass

from grader.intake.syntax import MOST_CHARACTERS, parsed

__all__ = ["Function", "mentions", "parse_module", "read", "targets_of", "value_of"]

# `print x` and `except E, e` of Python 2, each also after `if …:` and over several lines in parentheses.
_PRINT = re.compile(
    r"^([ \t]*+(?:[^#'\"\n]*:[ \t]*+)?)print\b(?![ \t]*[=(.])(?:[^\n(]++|\((?:[^()]++|\([^()]*+\))*\))*", re.M
)
_EXCEPT = re.compile(r"^([ \t]*+except\b[^:\n]*?),([ \t]*+\w++[ \t]*+:)", re.M)

#: Every finding of a function reads its file's tree; the judge keeps no large ones.
_KEPT = 50_000

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef
_ASSIGNMENTS = ast.Assign | ast.AugAssign | ast.AnnAssign


@dataclass(frozen=True)
class Function:
    """One function of a source text and the module around it."""

    module: ast.Module
    node: FunctionNode

    @property
    def parameters(self) -> list[str]:
        """The names of all parameters."""
        arguments = self.node.args
        named = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
        return [one.arg for one in (*named, arguments.vararg, arguments.kwarg) if one is not None]

    def parameter(self, name: str, position: int) -> str:
        """The course's name of a parameter, or what stands in its position; empty if there is none."""
        if name in self.parameters:
            return name
        return "".join(self.parameters[position : position + 1])

    @property
    def span(self) -> tuple[int, int]:
        """The first and the last line of its body, without a docstring."""
        first = self.node.body[0]
        documented = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
        begin = self.node.body[1] if documented and len(self.node.body) > 1 else first
        return begin.lineno, self.node.end_lineno or begin.lineno

    def statements(self) -> Iterator[ast.stmt]:
        """Every statement inside, in the order of the lines."""
        found = [node for node in ast.walk(self.node) if isinstance(node, ast.stmt) and node is not self.node]
        return iter(sorted(found, key=lambda node: (node.lineno, node.col_offset)))

    def returned(self, position: int) -> ast.expr | None:
        """What the last `return` of a tuple gives at a position: 0 the loss, 1 the gradient."""
        last = None
        for statement in self.statements():
            if isinstance(statement, ast.Return) and isinstance(statement.value, ast.Tuple):
                last = statement.value
        if last is None or position >= len(last.elts):
            return None
        return last.elts[position]

    @property
    def result(self) -> str | None:
        """The one name that the last `return` gives, alone; None when it gives anything else."""
        returns = [node for node in self.statements() if isinstance(node, ast.Return)]
        value = returns[-1].value if returns else None
        return value.id if isinstance(value, ast.Name) else None

    def inside_loops(self) -> Iterator[ast.stmt]:
        """The statements within a loop, in the order of the lines."""
        loops = [node for node in self.statements() if isinstance(node, ast.For | ast.While)]
        within = {id(node) for loop in loops for node in ast.walk(loop) if node is not loop}
        return (node for node in self.statements() if id(node) in within)

    def used(self) -> list[ast.stmt]:
        """The statements whose values may reach a `return`, in the order of the lines; all, if none returns.

        What is overwritten before it is read, or assigned and never read, is left out.
        """
        wanted: set[str] = set()
        found: list[ast.stmt] = []
        statements = list(self.statements())
        if not any(isinstance(statement, ast.Return) for statement in statements):
            return statements
        loops = {id(node) for node in self.inside_loops()} | {id(node) for node in self._branches()}
        for statement in reversed(statements):
            made = _targets(statement)
            if (
                not isinstance(statement, ast.Return)
                and not made & wanted
                and isinstance(statement, _ASSIGNMENTS)
            ):
                continue
            found.append(statement)
            if not isinstance(statement, ast.FunctionDef | ast.ClassDef):
                plain = isinstance(statement, ast.Assign) and id(statement) not in loops
                names = {t.id for t in targets_of(statement) if isinstance(t, ast.Name)} if plain else set()
                wanted = (wanted - names) | _read_names(statement)
        return found[::-1]

    def _branches(self) -> Iterator[ast.stmt]:
        """The statements within an `if` or `try`."""
        for node in self.statements():
            if isinstance(node, ast.If | ast.Try):
                yield from (
                    inner for inner in ast.walk(node) if isinstance(inner, ast.stmt) and inner is not node
                )

    def helpers(self) -> Iterator[Function]:
        """The functions of the same module, or methods of the same class, that are called inside."""
        called = {
            node.func.id if isinstance(node.func, ast.Name) else node.func.attr
            for node in ast.walk(self.node)
            if isinstance(node, ast.Call)
            and (
                isinstance(node.func, ast.Name)
                or (isinstance(node.func, ast.Attribute) and mentions(node.func.value, "self"))
            )
        }
        for node in ast.walk(self.module):
            if isinstance(node, FunctionNode) and node.name in called and node is not self.node:
                yield Function(self.module, node)

    def assigning(self, name: str) -> list[ast.stmt]:
        """The statements that assign a name, or a part of it as in `dW[:, j] += x`."""
        return [statement for statement in self.statements() if name in _targets(statement)]


def parse_module(source: str) -> ast.Module | None:
    """The syntax tree of a text, of Python 2 without what it prints; None when it is too long or none."""
    if len(source) > MOST_CHARACTERS:
        return None
    return _kept_tree(source) if len(source) < _KEPT else _tree(source)


def _tree(source: str) -> ast.Module | None:
    return parsed(source) or parsed(_without_python2(source))


_kept_tree = functools.lru_cache(maxsize=4)(_tree)


def _without_python2(source: str) -> str:
    """The text with the statements that only Python 2 reads written otherwise, line for line."""
    unprinted = _PRINT.sub(
        lambda match: match[1] + "pass" + "\n" * match[0].count("\n"), source.expandtabs(8)
    )
    return _EXCEPT.sub(r"\1 as\2", unprinted)


def read(source: str, name: str, line: int | None = None) -> Function | None:
    """Find a function (`svm_loss_naive`) or method (`LinearSVM.loss`); the last of its name counts.

    With the `line` of its `def`, a method is found in whatever class it is inherited from.
    """
    module = parse_module(source)
    if module is None:
        return None
    body: list[ast.stmt] = module.body
    *classes, last = name.split(".")
    for node in ast.walk(module):
        if isinstance(node, FunctionNode) and (node.name, node.lineno) == (last, line):
            return Function(module, node)
    for part in classes:
        owners = [node for node in body if isinstance(node, ast.ClassDef) and node.name == part]
        if not owners:
            return None
        body = owners[-1].body
    found = [node for node in body if isinstance(node, FunctionNode) and node.name == last]
    return Function(module, found[-1]) if found else None


def mentions(node: ast.AST, *names: str) -> bool:
    """Whether any of the names occurs in a tree, as a variable or as an attribute."""
    return any(
        (isinstance(inner, ast.Name) and inner.id in names)
        or (isinstance(inner, ast.Attribute) and inner.attr in names)
        for inner in ast.walk(node)
    )


def targets_of(statement: ast.stmt) -> list[ast.expr]:
    """What an assignment assigns to; empty for other statements."""
    match statement:
        case ast.Assign(targets=targets):
            return targets
        case ast.AugAssign(target=target) | ast.AnnAssign(target=target):
            return [target]
        case _:
            return []


def value_of(statement: ast.stmt) -> ast.AST:
    """What an assignment or `return` computes; of other statements the whole."""
    value = getattr(statement, "value", None)
    return value if isinstance(value, ast.AST) else statement


def _read_names(statement: ast.stmt) -> set[str]:
    """The names that a statement reads; of a compound one those of its head."""
    heads = {ast.For: "iter", ast.While: "test", ast.If: "test"}
    head = next(
        (getattr(statement, part) for kind, part in heads.items() if isinstance(statement, kind)), statement
    )
    read = {
        node.id for node in ast.walk(head) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)
    }
    return read | (_targets(statement) if isinstance(statement, ast.AugAssign) else set())


def _targets(statement: ast.stmt) -> set[str]:
    return {name for target in targets_of(statement) for name in _assigned_names(target)}


def _assigned_names(target: ast.expr) -> set[str]:
    if isinstance(target, ast.Tuple | ast.List):
        return {name for element in target.elts for name in _assigned_names(element)}
    while isinstance(target, ast.Subscript | ast.Attribute | ast.Starred):
        target = target.value
    return {target.id} if isinstance(target, ast.Name) else set()
