"""Find what a student implements: definitions by name, in modules. Nothing is run.

Read from the syntax tree; by text search in Python 2 and in broken files, which no nesting can exhaust.
"""

from __future__ import annotations

import ast
import functools
import posixpath
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import NamedTuple

import msgspec

from grader.intake.editions import Edition, Orientation, RoleSite
from grader.intake.site import Absent, Site
from grader.intake.syntax import code_only, computing_lines, parsed

__all__ = ["Definition", "definitions", "find_roles", "misleading_texts", "source_text"]


class Definition(msgspec.Struct, frozen=True):
    """A function or class at the top of a file, or a method (`owner` is its class).

    `odd`: a function within a method, perhaps a method that is indented wrongly. `done`: it computes
    something, which a stub does not. `gives`: what it returns is more than what it starts with.
    """

    name: str
    line: int
    owner: str | None = None
    bases: tuple[str, ...] = ()
    odd: bool = False
    done: bool = False
    gives: bool = True


_DEFINITION = re.compile(
    r"^([ \t]*+)(?:async[ \t]+)?(def|class)[ \t]+([A-Za-z_]\w*)[ \t]*(?:\(([^()]{0,200})\))?", re.M
)

#: The last name of a module in `from package.folder.module import …`, also in the text of a notebook.
_IMPORT = re.compile(rb"\b(?:from|import)[ \t]+(?:\w*\.)*(\w+)")


class _Line(NamedTuple):
    """A `def` or `class` line; `bases` is the text between the parentheses."""

    indent: int
    kind: str
    name: str
    bases: str
    number: int


@functools.lru_cache(maxsize=16)  # the same files are read for the root, for the roles and for what is left
def definitions(source: str) -> tuple[Definition, ...]:
    """The top-level functions, the classes and their methods, in order."""
    tree, code = parsed(source), code_only(source)
    found = list(_nest(_lines(code)) if tree is None else _of_module(tree))
    computing = computing_lines(code)
    ends = [*(after.line for after in found[1:]), code.count("\n") + 2]
    return tuple(
        msgspec.structs.replace(each, done=any(each.line <= line < end for line in computing))
        for each, end in zip(found, ends, strict=False)
    )


def _of_module(tree: ast.Module) -> Iterator[Definition]:
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield Definition(node.name, node.lineno, gives=_gives(node))
        elif isinstance(node, ast.ClassDef):
            yield Definition(node.name, node.lineno, None, tuple(_bases(node)))
            yield from _of_class(node)


def _bases(node: ast.ClassDef) -> Iterator[str]:
    """The class names in its bases, without the modules they are in."""
    for base in node.bases:
        if isinstance(base, ast.Attribute):
            yield base.attr
        elif isinstance(base, ast.Name):
            yield base.id


def _of_class(node: ast.ClassDef) -> Iterator[Definition]:
    """The methods, and as odd ones the functions within them."""
    methods = set(node.body)
    found = [inner for inner in ast.walk(node) if isinstance(inner, ast.FunctionDef | ast.AsyncFunctionDef)]
    for inner in sorted(found, key=lambda inner: inner.lineno):
        yield Definition(inner.name, inner.lineno, node.name, (), inner not in methods, gives=_gives(inner))


def _gives(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Whether what is returned is named anywhere but where it starts as zeros and where it is returned."""
    inner = list(ast.walk(node))
    ends = [s.value.id for s in inner if isinstance(s, ast.Return) and isinstance(s.value, ast.Name)]
    starts = [
        target.id
        for s in inner
        if isinstance(s, ast.Assign) and _is_zeros(s.value)
        for target in s.targets
        if isinstance(target, ast.Name) and target.id in ends
    ]
    named = [name for name in inner if isinstance(name, ast.Name) and name.id in ends]
    return not starts or len(named) > len(starts) + len(ends)


def _is_zeros(value: ast.expr) -> bool:
    called = value.func if isinstance(value, ast.Call) else None
    name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
    return isinstance(value, ast.Constant) or name in ("zeros", "zeros_like", "empty")


def _lines(code: str) -> Iterator[_Line]:
    number, counted = 1, 0
    for match in _DEFINITION.finditer(code):
        number += code.count("\n", counted, match.start())
        counted = match.start()
        yield _Line(len(match[1].expandtabs(8)), match[2], match[3], match[4] or "", number)


def _nest(found: Iterable[_Line]) -> Iterator[Definition]:
    owner: str | None = None
    depth: int | None = None  # the indentation of the owner's methods
    for line in found:
        if line.indent == 0:
            owner, depth = (line.name if line.kind == "class" else None), None
            bases = tuple(re.findall(r"[A-Za-z_]\w*", line.bases)) if line.kind == "class" else ()
            yield Definition(line.name, line.number, None, bases)
        elif owner is not None and line.kind == "def":
            depth = depth or line.indent
            yield Definition(line.name, line.number, owner, (), line.indent != depth)


def source_text(data: bytes) -> str:
    """A source file's text, whatever its encoding and line ends."""
    return data.decode("utf-8-sig", "replace").replace("\r\n", "\n").replace("\r", "\n")


class _Module(msgspec.Struct, frozen=True):
    """A module of the submission, and what it defines."""

    path: str
    transposed: bool
    defined: dict[tuple[str | None, str], Definition]  # (owner, name); the last one counts, as when it runs

    @property
    def name(self) -> str:
        return posixpath.splitext(posixpath.basename(self.path))[0]

    @property
    def done(self) -> int:
        """How many of its functions and methods compute something."""
        return sum(found.done for found in self.defined.values())

    def done_of(self, name: str) -> bool:
        """Whether more than one method of a class computes something: not the constructor of a stub alone."""
        return sum(found.done for (owner, _), found in self.defined.items() if owner == name) > 1


def _modules(files: Mapping[str, bytes], edition: Edition) -> list[_Module]:
    """The modules that define something with the name of a role, or its base class."""
    names = "|".join(sorted(_asked(edition))).replace("_", "_?")
    hint = re.compile(rf"(?i)(?:def|class)[ \t]+(?:{names})s?\b".encode())
    paths = sorted(files, key=lambda path: (path.count("/"), path))
    return [
        _module(path, source_text(files[path]), edition)
        for path in paths
        if path.lower().endswith(".py") and hint.search(files[path])
    ]


def _module(path: str, source: str, edition: Edition) -> _Module:
    defined: dict[tuple[str | None, str], Definition] = {}
    for found in definitions(source):
        if not found.odd or (found.owner, found.name) not in defined:
            defined[found.owner, found.name] = found
    asked = {_bare(name): name for name in _asked(edition)}
    for (owner, name), found in list(defined.items()):
        owner = asked.get(_bare(owner), owner) if owner is not None else None
        defined.setdefault((owner, asked.get(_bare(name), name)), found)
    return _Module(path, _orientation(source, edition) == "CxD", defined)


def _asked(edition: Edition) -> set[str]:
    """The names of functions, classes and methods that the edition asks for."""
    named = {name for site in edition.roles.values() for name in (site.name, site.method) if name}
    return named | set(edition.bases)


def _bare(name: str) -> tuple[bool, str]:
    """A name as its author may write it otherwise: `svmLossNaive`, `compute_distances_one_loops`.

    That of a class (`Layer`) is not that of a function (`layer`).
    """
    bare = name if name.startswith("__") else name.replace("_", "").lower().removesuffix("s")
    return name[:1].isupper(), bare


def _orientation(source: str, edition: Edition) -> Orientation:
    """Which way W and X lie in a file, by its docstrings and its code.

    By file, not by function: one line that takes them the other way is a mistake, not another form. So a
    docstring, which came with the assignment, needs two signs in the code against it.
    """
    by_text, by_code = _signs(source, edition)
    scores = {edition.weights: 0} | {each: 2 * by_text[each] + 3 * by_code[each] for each in by_text}
    return max(scores, key=lambda orientation: (scores[orientation], orientation == edition.weights))


def _signs(source: str, edition: Edition) -> tuple[dict[Orientation, int], dict[Orientation, int]]:
    """How many signs of each orientation the whole text of a file has, and how many its code."""
    code = code_only(source)
    code = "" if any(re.search(sign, code) for sign in edition.turned) else code
    by_text = {
        o: sum(bool(re.search(sign, source)) for sign in s.text) for o, s in edition.orientation.items()
    }
    by_code = {o: sum(bool(re.search(sign, code)) for sign in s.code) for o, s in edition.orientation.items()}
    return by_text, by_code


def misleading_texts(
    files: Mapping[str, bytes], roles: Mapping[str, Site | Absent], edition: Edition
) -> Iterator[str]:
    """A sentence for each file whose docstrings tell of another orientation than its code."""
    sites = [
        site
        for role, site in roles.items()
        if isinstance(site, Site) and edition.question_of(role) in edition.oriented
    ]
    for path in dict.fromkeys(site.defined_in or site.file or "" for site in sites):
        by_text, by_code = _signs(source_text(files.get(path, b"")), edition)
        told, done = ([o for o, count in found.items() if count] for found in (by_text, by_code))
        if len(told) == len(done) == 1 and told != done:
            yield f"{path}: its docstrings tell of {told[0]} weights, its code has {done[0]}; the code counts"


def find_roles(
    files: Mapping[str, bytes],
    edition: Edition,
    ignored: Mapping[str, str] | None = None,
    used: Collection[str] = (),
) -> dict[str, Site | Absent]:
    """Each role of the edition: where a module of the submission has it, or why it counts as absent.

    Looked for in the course's file first, then in a file of that name elsewhere, then in any file; but a file
    that nothing imports gives way to one that the submission uses in its stead, of files with the same name
    the one in which more is done comes first, and a stub gives way to what is done.
    `ignored` (path → reason) explains absences; `used` are files that are in use whoever imports them.
    """
    modules = _modules(files, edition)
    known = frozenset(posixpath.splitext(posixpath.basename(path))[0] for path in used)
    imported = functools.cache(lambda: _imported(files) | known)
    found: dict[str, Site | Absent] = {}
    for role, site in edition.roles.items():
        ranked = sorted(modules, key=functools.partial(_rank, site=site.file))
        oriented = edition.question_of(role) in edition.oriented
        found[role] = (
            _find(site, ranked, imported, oriented)
            or _broken(site, files)
            or _absent(site, files, ignored or {})
        )
    return found


def _rank(module: _Module, site: str) -> tuple[bool, int, bool]:
    if posixpath.basename(module.path) != posixpath.basename(site):
        return True, 0, True
    return False, -module.done, module.path != site


def _imported(files: Mapping[str, bytes]) -> frozenset[str]:
    """The names of the modules that the submission's own files import."""
    sources = (data for path, data in files.items() if path.lower().endswith((".py", ".ipynb")))
    return frozenset(name.decode() for data in sources for name in _IMPORT.findall(data))


def _in_use(modules: list[_Module], imported: Callable[[], frozenset[str]]) -> list[_Module]:
    """The modules, those that are imported before a first one that is not."""
    if len(modules) < 2 or modules[0].name in imported():
        return modules
    return sorted(modules, key=lambda module: module.name not in imported())


def _find(
    site: RoleSite, modules: list[_Module], imported: Callable[[], frozenset[str]], oriented: bool
) -> Site | None:
    holders = _in_use([module for module in modules if (None, site.name) in module.defined], imported)
    found = [(holder, *where) for holder in holders if (where := _where(holder, site, modules)) is not None]
    if not found:
        return None
    module, home, definition = min(found, key=lambda each: (-each[0].done_of(site.name), not each[2].done))
    return Site(
        file=module.path,
        name=module.defined[None, site.name].name,
        method=site.method and definition.name,
        line=definition.line,
        transposed=home.transposed and oriented,
        defined_in=home.path,
        also=tuple(dict.fromkeys(other.path for other in holders if other.path != module.path)),
        done=definition.done and definition.gives,
    )


def _where(module: _Module, site: RoleSite, modules: list[_Module]) -> tuple[_Module, Definition] | None:
    """The definition of a role whose function or class `module` defines, and the module that it stands in."""
    if site.method is not None:
        return _method(module, site.name, site.method, modules)
    return module, module.defined[None, site.name]


def _method(
    module: _Module, owner: str, method: str, modules: list[_Module], depth: int = 8
) -> tuple[_Module, Definition] | None:
    """The method of class `owner` in `module`, or of the class that it inherits from."""
    if (owner, method) in module.defined:
        return module, module.defined[owner, method]
    if depth == 0:
        return None
    for base in module.defined[None, owner].bases:
        for other in [module, *modules]:
            if base != owner and (None, base) in other.defined:
                return _method(other, base, method, modules, depth - 1)
    return None


def _broken(site: RoleSite, files: Mapping[str, bytes]) -> Site | None:
    """The role in a file of its name that no Python reads, where a line would define it but for a slip.

    The error that the file ends with is what there is to be said of it.
    """
    name = site.method or site.name
    slip = re.compile(
        rf"^[ \t]*(?!(?:el)?if\b|while\b|for\b|def\b|class\b)(?:\w+[ \t]+)?{name}[ \t]*\(.*:[ \t]*$", re.M
    )
    for path in sorted(path for path in files if posixpath.basename(path) == posixpath.basename(site.file)):
        source = source_text(files[path])
        code = code_only(source)
        if (found := slip.search(code)) and parsed(source) is None:
            return Site(path, site.name, site.method, code.count("\n", 0, found.start()) + 1, done=True)
    return None


def _absent(site: RoleSite, files: Mapping[str, bytes], ignored: Mapping[str, str]) -> Absent:
    name = f"{site.name}.{site.method}" if site.method else site.name
    base = posixpath.basename(site.file)
    for path, reason in ignored.items():
        if posixpath.basename(path) == base:
            return Absent(f"{path} was not considered: {reason}")
    same = sorted(path for path in files if posixpath.basename(path) == base)
    if same:
        return Absent(f"{same[0]} does not define {name}")
    return Absent(f"no file defines {name} (expected in {site.file})")
