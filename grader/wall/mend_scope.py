"""What the names of a function hold, and which of them may stand in the place of another.

Runs inside the wall: the standard library and numpy only.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from typing import Any

import numpy as np

__all__ = ["Kind", "Scope", "key_of", "kinds"]

#: ("array", shape), ("int", value), ("float",), ("bool",) or ("other",); ("unknown",) what was not seen.
Kind = tuple[Any, ...]

_UNKNOWN: Kind = ("unknown",)
_MOST_DONORS, _LONGEST_DONOR = 24, 40
_MOST_PATHS = 60
#: What the strength of the regularization is called.
_REG = ("reg", "self.reg", "lambda_", "reg_strength", "lam", "Lambda")


def kinds(values: Mapping[str, Any], prefix: str = "%s", depth: int = 0) -> dict[str, Kind]:
    """What each name holds, and each entry of a dict and each attribute of `self` under its own text."""
    found: dict[str, Kind] = {}
    for name, value in list(values.items())[:_MOST_PATHS]:
        path = prefix % name
        if type(value) is dict and depth < 2 and value and all(type(key) is str for key in value):
            found |= {path: ("other",), **kinds(value, path + "['%s']", depth + 1)}
        elif name == "self" and depth == 0:
            found |= kinds(getattr(value, "__dict__", {}), "self.%s", 1)
        elif value is not None:
            found[path] = _kind(value)
    return found


def _kind(value: Any) -> Kind:
    if isinstance(value, np.ndarray) and value.ndim:
        return ("array", tuple(value.shape))
    if isinstance(value, (bool, np.bool_)):
        return ("bool",)
    if isinstance(value, (int, np.integer)):
        return ("int", int(value))
    return ("float",) if isinstance(value, (float, np.floating, np.ndarray)) else ("other",)


class Scope:
    """The names of one function and what they held when it ended."""

    def __init__(self, tree: ast.FunctionDef, held: Mapping[str, Kind], unknown: list[str]) -> None:
        """`unknown`: names that are read and nowhere defined."""
        self.unknown = unknown
        self.params = [arg.arg for arg in (*tree.args.args, *tree.args.kwonlyargs)]
        nodes = list(ast.walk(tree))
        stored = sorted({n.id for n in nodes if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)})
        names = [name for name in dict.fromkeys([*self.params, *stored]) if name not in ("self", "_")]
        self.paths: dict[str, Kind] = {name: held.get(name, _UNKNOWN) for name in names}
        self.paths |= _inner_paths(held, ast.unparse(tree), self.paths)
        #: All that dicts hold, also what the function's text does not name; and all vectors.
        self.entries = [path for path in held if path.endswith("']")]
        self.vectors = [path for path, kind in held.items() if kind[0] == "array" and len(kind[1]) == 1]
        self.loops = _loop_variables(nodes)
        self.arrays: dict[str, tuple[int, ...]] = {p: k[1] for p, k in self.paths.items() if k[0] == "array"}
        self.reg = [p for p in self.paths if p in _REG][:1]
        self.sizes = self._sizes()
        self.indices = self._indices(nodes)
        self.donors = self._donors(nodes)
        returns = [n.value for n in nodes if isinstance(n, ast.Return) and n.value is not None]
        self.returned = {n.id for value in returns for n in ast.walk(value) if isinstance(n, ast.Name)}

    def kind(self, path: str) -> str:
        """The sort of what the path holds: array, int, float, bool, other or unknown."""
        return str(self.paths.get(path, _UNKNOWN)[0])

    def like(self, path: str) -> list[str]:
        """Names that may stand for this one: of the same kind, any if that is not known; of one dict, all."""
        kind, numbers = self.kind(path), ("int", "float")
        axes = len(self.arrays.get(path, ()))
        same = [
            p
            for p, (its, *_) in self.paths.items()
            if p != path and (its == kind or "unknown" in (its, kind) or (its in numbers and kind in numbers))
        ]
        held = _holder(path)
        return [
            p
            for p in same
            if kind != "array" or p.startswith(held) or len(self.arrays.get(p, ())) in (0, axes)
        ]

    def fits(self, path: str, into: str) -> bool:
        """Whether an array can be added to another without changing its shape; true of what is not known."""
        shape, target = self.arrays.get(path), self.arrays.get(into)
        if shape is None or target is None:
            return True
        pairs = zip(shape[::-1], target[::-1], strict=False)
        return len(shape) <= len(target) and all(a in (1, b) for a, b in pairs)

    def fill(self, what: str, path: str) -> list[str]:
        """What there is of a sort, for a template that is about `path`."""
        lists = {"size": self.sizes, "reg": self.reg, "loop": self.loops, "index": self.indices}
        lists |= {"donor": self.donors, "unknown": self.unknown, "any": list(self.paths)}
        if what in lists:
            return lists[what]
        found = self._of_a_shape(what, path)
        return self._of_a_kind(what, path) if found is None else found

    def _of_a_shape(self, what: str, path: str) -> list[str] | None:
        """Arrays, by how their shapes compare with that of `path`; None for a sort that goes by kinds."""
        shape = self.arrays.get(path)
        match what:
            case "name":
                return self.like(path)
            case "fitting":
                return [
                    p for p in dict.fromkeys([*self.donors, *self.arrays]) if p != path and self.fits(p, path)
                ]
            case "alike":
                return [p for p, s in self.arrays.items() if s == shape]
            case "entry":
                return [p for p, s in self.arrays.items() if s == shape and p != path and p.endswith("]")]
            case "same":
                return [p for p, s in self.arrays.items() if s == shape and p != path]
            case "labels":
                return [p for p, s in self.arrays.items() if shape and s == shape[:1] and p in self.params]
            case "array":
                return [p for p, s in self.arrays.items() if len(s) == 2]
            case "vector":
                return self.vectors
            case "deep":
                return [p for p, s in self.arrays.items() if len(s) > 2]
            case "weight" | "other":
                return [p for p, s in self.arrays.items() if len(s) == 2 and re.search(r"[Ww]\d", p)]
            case "given":
                return [p for p in self.arrays if p in self.params]
        return None

    def _of_a_kind(self, what: str, path: str) -> list[str]:
        """What has a kind of value or a way to be written."""
        match what:
            case "number":
                return [p for p, k in self.paths.items() if k[0] in ("float", "unknown") and "[" not in p]
            case "result":
                return [p for p, k in self.paths.items() if k[0] in ("array", "other") and "[" not in p]
            case "factor":
                # A result is no factor of what it is made of; one that is 0 yet would only undo it.
                return [p for p, k in self.paths.items() if k[0] == "float" and p not in self.returned]
            case "counter":
                return [p for p, k in self.paths.items() if k[0] == "int" and p not in self.loops]
            case "count":
                sizes = {n for s in self.arrays.values() for n in s}
                return [p for p in self.fill("counter", path) if self.paths[p][1] not in sizes]
            case "key":
                return [p for p in self.entries if self._is_other_key(p, path)]
            case "unlike":
                held = [p for p, k in self.paths.items() if k[0] in ("array", "int", "float")]
                alike = (path, *self.like(path), *self.loops)
                return [p for p in held if "[" not in p and p not in alike]
            case "setting" | "step":
                kind = "float" if what == "setting" else "int"
                return [p for p, k in self.paths.items() if k[0] == kind and p.endswith("']")]
            case "labelindex":
                return [i for i in self.indices if "[" in i and ":" not in i and "," not in i]
        raise KeyError(what)

    def _is_other_key(self, entry: str, path: str) -> bool:
        """Whether both are of one dict, and not both named in the function: those are variables."""
        named = entry in self.paths and path in self.paths
        return entry != path and _holder(entry) == _holder(path) and not named

    def _sizes(self) -> list[str]:
        """One expression for each size: a local that holds it, else a shape of an argument."""
        given = [(p, s) for p, s in self.arrays.items() if p in self.params or p.startswith("self.")]
        sizes = {n: f"{p}.shape[{axis}]" for p, s in given[::-1] for axis, n in [*enumerate(s)][::-1]}
        own = {
            k[1]: p
            for p, k in self.paths.items()
            if k[0] == "int" and p not in self.loops and k[1] in sizes and "[" not in p
        }
        return list((sizes | own).values())

    def _indices(self, nodes: list[ast.AST]) -> list[str]:
        labels = [p for p, s in self.arrays.items() if len(s) == 1 and p in self.params]
        found = {_index(n) for n in nodes if isinstance(n, ast.Subscript)}
        own = {f"{y}[{i}]" for y in labels for i in self.loops}
        found = {text for text in found if "'" not in text} | set(self.loops) | own
        # What is done to entry j is often to be done to that of the correct class.
        others = {re.sub(rf"\b{j}\b", o, t) for t in found for j in self.loops for o in own if "[" not in t}
        return sorted(found | others)

    def _donors(self, nodes: list[ast.AST]) -> list[str]:
        """Other expressions of the function that may belong elsewhere as well."""
        reads = [n for n in nodes if isinstance(n, (ast.Subscript, ast.Name)) and isinstance(n.ctx, ast.Load)]
        texts = dict.fromkeys(
            ast.unparse(n) for n in reads if isinstance(n, ast.Subscript) or n.id in self.arrays
        )
        return [t for t in texts if len(t) < _LONGEST_DONOR and ":" not in t and ".shape" not in t][
            :_MOST_DONORS
        ]


def _index(node: ast.Subscript) -> str:
    """The text between the brackets; a slice has none of its own."""
    return ast.unparse(ast.Subscript(ast.Name("a", ast.Load()), node.slice, ast.Load()))[2:-1]


def _inner_paths(held: Mapping[str, Kind], text: str, known: Mapping[str, Kind]) -> dict[str, Kind]:
    """Entries and attributes that the function's text names, entries also by their key alone."""
    return {
        path: kind
        for path, kind in held.items()
        if path not in known
        and re.search(r"[.\[]", path)
        and (path in text or path == "self.reg" or key_of(path) in text)
    }


def _holder(path: str) -> str:
    """What an entry is one of, up to the bracket; of anything else what no path begins with."""
    return path.removesuffix(f"{key_of(path)}]") if path.endswith("']") else "\0"


def key_of(path: str) -> str:
    """The quoted key of an entry; of anything else what no text holds."""
    return path[path.rindex("[") + 1 : -1] if path.endswith("']") else "\0"


def _loop_variables(nodes: list[ast.AST]) -> list[str]:
    targets = [n.target for n in nodes if isinstance(n, (ast.For, ast.comprehension))]
    return list(dict.fromkeys(t.id for t in targets if isinstance(t, ast.Name)))
