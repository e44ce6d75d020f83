"""The statements at the top level of a notebook's cells: what each binds, what it uses. Read, never run.

A cell that Python 3 cannot parse (Python 2, a magic, an unfinished line) is taken apart line by line instead.
"""

from __future__ import annotations

import ast
import builtins
import itertools
import re
import symtable
import warnings
from collections.abc import Iterable, Iterator, Sequence
from enum import Enum
from typing import NamedTuple

from grader.intake.notebooks.cells import Cell
from grader.intake.syntax import code_only, parsed

__all__ = ["BUILTINS", "Kind", "Statement", "statements_of"]


#: Names that need no binding; those of Python 2 are supplied by the worker.
BUILTINS = frozenset(dir(builtins)) | frozenset(
    ["xrange", "unicode", "basestring", "long", "unichr", "raw_input", "reduce"]
)


class Kind(Enum):
    """What a statement is to a module made of a notebook's definitions."""

    FUTURE = "from __future__ import …"
    STAR = "from … import *"
    IMPORT = "an import"
    DEFINITION = "a function or class"
    CONSTANT = "a value that costs nothing to make"
    OTHER = "the notebook's work, which is not run"


class Statement(NamedTuple):
    """Lines of a cell, from `line` (from 1).

    `early`: names that it needs when it is executed, not when what it defines is called. `sources`: for an
    import, the modules it imports from.
    """

    cell: int
    line: int
    lines: tuple[str, ...]
    kind: Kind
    binds: frozenset[str] = frozenset()
    uses: frozenset[str] = frozenset()
    early: frozenset[str] = frozenset()
    sources: tuple[str, ...] = ()


#: Cell magics whose body is Python that runs in the notebook's namespace.
_PYTHON_MAGICS = frozenset(["time", "timeit", "capture", "prun"])
_MAGIC = re.compile(r"^([ \t]*)(?:[%!]{1,2}[A-Za-z.~/_-].*|\?{1,2}[\w.]+.*|[\w.]+\?{1,2}[ \t]*)$", re.M)
_ASSIGNED_MAGIC = re.compile(r"^([ \t]*+[\w, \t]++=[ \t]*+)[%!]{1,2}[A-Za-z].*$", re.M)
#: Longer notebooks were not written by hand; taking them apart costs time in proportion. Real ones hold
#: some 30,000 characters of code.
_LONGEST = 500_000

#: Calls that make constants; whatever else is called belongs to the notebook's work.
_MAKERS = BUILTINS - {"print", "input", "raw_input", "open", "exec", "eval", "compile", "__import__", "exit"}
_LIBRARIES = frozenset(
    ["numpy", "math", "collections", "functools", "itertools", "operator", "typing", "random"]
)
_READERS = frozenset(["load", "loadtxt", "genfromtxt", "fromfile", "memmap", "save", "savetxt", "savez"])


def statements_of(cells: Iterable[Cell]) -> list[Statement]:
    """The top-level statements of the code cells, in order."""
    found: list[Statement] = []
    libraries: dict[str, str] = {}
    length = 0
    for cell in cells:
        length += len(cell.source)
        source = plain_python(cell.source) if length <= _LONGEST else ""
        if not source.strip() or not cell.number:
            continue
        for line, text in _pieces(source):
            statement = _statement(cell.number, line, text, libraries)
            if statement is not None:
                found.append(statement)
    return found


def plain_python(source: str) -> str:
    """The cell with its magics passed over, line for line; nothing, if it is no Python."""
    if source.lstrip().startswith("%%"):
        head, _, body = source.lstrip().partition("\n")
        if not set(head[2:].split()[:1]) & _PYTHON_MAGICS:
            return ""
        skipped = source.count("\n") - body.count("\n")
        source = "\n" * skipped + body
    if parsed(source) is not None:
        return source
    return _ASSIGNED_MAGIC.sub(r"\1None", _MAGIC.sub(r"\1pass", source))


def _pieces(source: str) -> Iterator[tuple[int, list[str]]]:
    """(first line, lines) of each top-level statement; those that share a line stay together."""
    lines = source.split("\n")
    tree = parsed(source)
    starts = _starts_by_line(source) if tree is None else _starts(tree)
    for start, end in itertools.pairwise([*starts, len(lines) + 1]):
        piece = lines[start - 1 : end - 1]
        while piece and not piece[-1].strip():
            piece.pop()
        if piece:
            yield start, piece


def _starts(tree: ast.Module) -> list[int]:
    starts: list[int] = []
    end = 0
    for node in tree.body:
        first = min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", ()))])
        if first > end:
            starts.append(first)
        end = max(end, node.end_lineno or first)
    return starts


_CONTINUES = re.compile(r"(?:else|elif|except|finally)\b|[)\]}]")


def _starts_by_line(source: str) -> list[int]:
    """Where statements begin, by indentation and brackets."""
    starts: list[int] = []
    depth, joined, decorated = 0, False, False
    for number, line in enumerate(code_only(source).split("\n"), 1):
        if line[:1].strip() and depth <= 0 and not joined and not _CONTINUES.match(line):
            if not decorated:
                starts.append(number)
            decorated = line.startswith("@")
            depth = 0
        depth += sum(line.count(c) for c in "([{") - sum(line.count(c) for c in ")]}")
        joined = line.endswith("\\")
    return starts


def _statement(cell: int, line: int, lines: list[str], libraries: dict[str, str]) -> Statement | None:
    tree = parsed("\n".join(lines))
    try:
        return (
            _unparsed(cell, line, lines)
            if tree is None
            else _parsed_statement(cell, line, lines, tree, libraries)
        )
    except RecursionError:
        return Statement(cell, line, tuple(lines), Kind.OTHER)


def _parsed_statement(
    cell: int, line: int, lines: list[str], tree: ast.Module, libraries: dict[str, str]
) -> Statement | None:
    if not tree.body:
        return None
    kind = _kind(tree.body, libraries)
    for node in tree.body:
        libraries |= _imported(node)
    return Statement(
        cell,
        line,
        tuple(lines),
        kind,
        frozenset(name for node in tree.body for name in _bound(node)),
        _globals("\n".join(lines), tree),
        frozenset(name for node in tree.body for name in _early(node)),
        tuple(source for node in tree.body for source in _sources(node)),
    )


_DEFINES = re.compile(r"^(?:@.*\n)*(?:async\s+)?(?:def|class)\s+(\w+)")
_NAME = re.compile(r"(?<![\w.])[A-Za-z_]\w*")
_ASSIGNS = re.compile(r"^([A-Za-z_]\w*)\s*(?:[-+*/]?=)(?!=)")


def _unparsed(cell: int, line: int, lines: list[str]) -> Statement | None:
    """A definition that may be Python 2; the worker's loader converts it, or tells its error."""
    code = code_only("\n".join(lines))
    defines, assigns = _DEFINES.match(code), _ASSIGNS.match(code)
    if defines is None:
        binds = frozenset([assigns[1]]) if assigns else frozenset()
        return Statement(cell, line, tuple(lines), Kind.OTHER, binds)
    head = code.partition(":")[0]
    uses = frozenset(_NAME.findall(code))
    early = frozenset(_NAME.findall(head)) - {defines[1]} if "class" in head else frozenset()
    return Statement(
        cell, line, tuple(lines), Kind.DEFINITION, frozenset([defines[1]]), uses, early - {"class"}
    )


def _kind(body: Sequence[ast.stmt], libraries: dict[str, str]) -> Kind:
    """The kind of statements that share their lines: that of the one which decides."""
    kinds = {_kind_of(node, libraries) for node in body}
    for kind in (Kind.OTHER, Kind.STAR, Kind.DEFINITION, Kind.CONSTANT, Kind.IMPORT):
        if kind in kinds:
            return kind
    return Kind.FUTURE


def _kind_of(node: ast.stmt, libraries: dict[str, str]) -> Kind:
    match node:
        case ast.ImportFrom(module="__future__"):
            return Kind.FUTURE
        case ast.ImportFrom(names=[ast.alias(name="*")]):
            return Kind.STAR
        case ast.Import() | ast.ImportFrom():
            return Kind.IMPORT
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            return Kind.DEFINITION
        case ast.Assign(value=value) | ast.AugAssign(value=value):
            return Kind.CONSTANT if _is_cheap(value, libraries) else Kind.OTHER
        case ast.AnnAssign(value=ast.expr() as value):
            return Kind.CONSTANT if _is_cheap(value, libraries) else Kind.OTHER
        case ast.If() | ast.Try():
            inside = [n for n in _blocks(node) if not isinstance(n, ast.Pass)]
            kinds = {_kind_of(n, libraries) for n in inside}
            return Kind.OTHER if not kinds or Kind.OTHER in kinds else Kind.DEFINITION
    return Kind.OTHER


def _blocks(node: ast.If | ast.Try) -> Iterator[ast.stmt]:
    yield from node.body
    yield from node.orelse
    if isinstance(node, ast.Try):
        yield from node.finalbody
        for handler in node.handlers:
            yield from handler.body


def _is_cheap(value: ast.expr, libraries: dict[str, str]) -> bool:
    """Whether making the value can hardly cost or read anything."""
    for node in ast.walk(value):
        if isinstance(node, ast.Await | ast.Yield | ast.YieldFrom):
            return False
        if isinstance(node, ast.Call) and not _is_maker(node.func, libraries):
            return False
    return True


def _is_maker(function: ast.expr, libraries: dict[str, str]) -> bool:
    last = function.attr if isinstance(function, ast.Attribute) else ""
    root = function
    while isinstance(root, ast.Attribute):
        root = root.value
    if not isinstance(root, ast.Name) or last in _READERS:
        return False
    return (root is function and root.id in _MAKERS) or libraries.get(root.id) in _LIBRARIES


def _imported(node: ast.stmt) -> dict[str, str]:
    """Name → the top package that an import statement takes it from."""
    if isinstance(node, ast.Import):
        return {(a.asname or a.name).partition(".")[0]: a.name.partition(".")[0] for a in node.names}
    if isinstance(node, ast.ImportFrom):
        return {a.asname or a.name: (node.module or "").partition(".")[0] for a in node.names}
    return {}


def _sources(node: ast.stmt) -> Iterator[str]:
    for inner in ast.walk(node):
        if isinstance(inner, ast.ImportFrom):
            yield inner.module or ""


def _bound(node: ast.AST) -> Iterator[str]:
    """The names that executing the statement binds in the module."""
    match node:
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            yield name
            return
        case ast.Import(names=names) | ast.ImportFrom(names=names):
            yield from (alias.asname or alias.name.partition(".")[0] for alias in names)
        case ast.Name(id=name, ctx=ast.Store() | ast.Del()):
            yield name
        case ast.Lambda() | ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
            return
    for inner in ast.iter_child_nodes(node):
        yield from _bound(inner)


def _used(tree: ast.AST) -> Iterator[str]:
    return (
        node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)
    )


def _globals(source: str, tree: ast.Module) -> frozenset[str]:
    """The names that the source takes from its module, in whatever scope; all of them, if that is unclear."""
    try:
        with warnings.catch_warnings(action="ignore"):
            pending = [symtable.symtable(source, "cell", "exec")]
    except (SyntaxError, RecursionError, MemoryError, ValueError):
        return frozenset(_used(tree))
    found: set[str] = set()
    while pending:
        table = pending.pop()
        pending += table.get_children()
        top = table.get_type() == "module"
        found |= {s.get_name() for s in table.get_symbols() if s.is_referenced() and (top or s.is_global())}
    return frozenset(found)


def _early(node: ast.stmt) -> Iterator[str]:
    """What must exist when the statement runs: all that a value uses, bases, decorators and defaults."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        parts: list[ast.AST] = [*node.decorator_list, *node.args.defaults]
        parts += [default for default in node.args.kw_defaults if default is not None]
    elif isinstance(node, ast.ClassDef):
        parts = [*node.decorator_list, *node.bases, *(k.value for k in node.keywords)]
        for inner in node.body:
            yield from _early(inner)
    else:
        parts = [node]
    for part in parts:
        yield from _used(part)
