"""The rows of operators as rules: patterns that fit pieces of a syntax tree, and what is put there.

A row is data (see `grader/diagnosis/mending/operators.toml`). In `change = ["a - b -> b - a | a + b"]` single
letters stand for any expression, `{name}` for whatever the scope of the function has of that sort. Runs
inside the wall: the standard library only.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

__all__ = ["Binding", "Rule", "Rules", "build", "expression", "fitting", "load_rules", "statements"]

#: What a letter stood for; under `f()` the keywords of the call whose function it is.
Binding = dict[str, Any]

#: Single letters that are no names of a student's: a pattern's own.
_HOLES = frozenset("abcfgmnvx")
_LIBRARIES = frozenset(["np", "numpy", "math", "self"])
#: Fields that do not make two pieces of code different.
_BESIDE = frozenset(["ctx", "kind", "type_comment"])


@dataclass(frozen=True)
class Rule:
    """One form of one row: `found` is replaced by `put`, whose `fills` come from the scope.

    `row` is the row's number, `where` and `of` say to what it applies. A rule that inserts has no `found`.
    """

    row: int
    where: str
    of: str
    put: tuple[ast.AST, ...]
    fills: tuple[str, ...] = ()
    found: ast.AST | None = None
    everywhere: bool = False


@dataclass
class Rules:
    """All rules, by what they apply to; `structures`: the rows that move, delete or swap, as they stand."""

    expressions: dict[type[ast.AST], list[Rule]] = field(default_factory=dict)
    anything: list[Rule] = field(default_factory=list)
    statements: dict[type[ast.AST], list[Rule]] = field(default_factory=dict)
    inserts: list[Rule] = field(default_factory=list)
    structures: dict[str, list[tuple[int, Mapping[str, Any]]]] = field(default_factory=dict)

    def of_expression(self, node: ast.AST) -> list[Rule]:
        return self.expressions.get(type(node), []) + self.anything


def load_rules(rows: Sequence[Mapping[str, Any]]) -> Rules:
    """The rules of the rows, in the rows' order."""
    rules = Rules()
    for number, row in enumerate(rows):
        for text in row.get("change", ()):
            for rule in _changes(number, row, text):
                _enter(rules, rule)
        for place in ("insert", "begin", "last"):
            for text in row.get(place, ()):
                put, fills = _template(text)
                rules.inserts.append(Rule(number, place, row.get("of", ""), put, fills))
        for name in (row.get("structure"), "swap" if "swap" in row else None):
            if name:
                rules.structures.setdefault(name, []).append((number, row))
    return rules


def _changes(number: int, row: Mapping[str, Any], text: str) -> Iterator[Rule]:
    found, _, rest = text.partition(" -> ")
    pattern = _template(found)[0][0]
    for alternative in rest.split(" | "):
        put, fills = _template(alternative)
        yield Rule(
            number,
            row.get("where", ""),
            row.get("of", ""),
            put,
            fills,
            pattern,
            bool(row.get("everywhere")),
        )


def _enter(rules: Rules, rule: Rule) -> None:
    if isinstance(rule.found, ast.stmt):
        rules.statements.setdefault(type(rule.found), []).append(rule)
    elif isinstance(rule.found, ast.Name) and rule.found.id in _HOLES:
        rules.anything.append(rule)
    elif rule.found is not None:
        rules.expressions.setdefault(type(rule.found), []).append(rule)


def _template(text: str) -> tuple[tuple[ast.AST, ...], tuple[str, ...]]:
    """The pieces of code of a template, and the names of what is to be filled in."""
    fills = tuple(dict.fromkeys(re.findall(r"\{(\w+)\}", text)))
    body = ast.parse(re.sub(r"\{(\w+)\}", r"_\1_", text)).body
    if len(body) == 1 and isinstance(body[0], ast.Expr):
        return (body[0].value,), fills
    return tuple(body), fills


def expression(text: str) -> ast.expr:
    """The expression that the text is."""
    return ast.parse(text, mode="eval").body


def statements(text: str) -> list[ast.stmt]:
    """The statements that the text is."""
    return ast.parse(text).body


def fitting(pattern: Any, node: Any) -> Binding | None:
    """What each letter of the pattern stands for in the node; None when it does not fit."""
    binding: Binding = {}
    return binding if _fits(pattern, node, binding) else None


def _fits(pattern: Any, node: Any, binding: Binding) -> bool:
    if isinstance(pattern, ast.Name) and pattern.id in _HOLES:
        return isinstance(node, ast.expr) and _bind(pattern.id, node, binding)
    if type(pattern) is not type(node):
        return False
    if isinstance(pattern, ast.Call):
        return _fits_call(pattern, node, binding)
    if isinstance(pattern, ast.Attribute) and pattern.attr in _HOLES:
        binding[pattern.attr] = node.attr
        return _fits(pattern.value, node.value, binding)
    if isinstance(pattern, list):
        return len(pattern) == len(node) and all(map(_fits, pattern, node, [binding] * len(node)))
    if not isinstance(pattern, ast.AST):
        return type(pattern) is type(node) and bool(pattern == node)
    names = [name for name in pattern._fields if name not in _BESIDE]
    return all(_fits(getattr(pattern, name), getattr(node, name), binding) for name in names)


def _bind(hole: str, node: ast.expr, binding: Binding) -> bool:
    if isinstance(node, ast.Name) and node.id in _LIBRARIES:
        return False
    if hole in binding:
        return ast.dump(binding[hole]) == ast.dump(node)
    binding[hole] = node
    return True


def _fits_call(pattern: ast.Call, node: ast.Call, binding: Binding) -> bool:
    if any(isinstance(arg, ast.Starred) for arg in node.args):
        return False
    hole = _called(pattern)
    if hole:
        binding[f"{hole}()"] = node.keywords
    elif pattern.keywords and not _fits(pattern.keywords, node.keywords, binding):
        return False
    if isinstance(pattern.func, ast.Name) and pattern.func.id in _HOLES:
        binding[pattern.func.id] = node.func
    elif not _fits(pattern.func, node.func, binding):
        return False
    return _fits(pattern.args, node.args, binding)


def _called(call: ast.Call) -> str:
    """The letter that stands for the function or method that is called."""
    name = call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")
    return name if name in _HOLES else ""


def build(template: Any, binding: Mapping[str, Any]) -> Any:
    """The template as new nodes, with what the letters and fills stand for in it."""
    if isinstance(template, ast.Name) and template.id in binding:
        return _bound(template, binding[template.id])
    if isinstance(template, list):
        return [build(item, binding) for item in template]
    if not isinstance(template, ast.AST):
        return template
    made: Any = type(template)()
    for name in template._fields:
        setattr(made, name, build(getattr(template, name, None), binding))
    if isinstance(made, ast.Attribute) and made.attr in _HOLES:
        made.attr = binding[made.attr]
    if isinstance(template, ast.Call) and (hole := _called(template)):
        made.keywords = [*binding[f"{hole}()"], *made.keywords]
    return made


def _bound(template: ast.Name, value: Any) -> Any:
    """What stands there; made anew where the template assigns to what is read elsewhere, or the reverse."""
    if not hasattr(value, "ctx") or type(value.ctx) is type(template.ctx):
        return value
    made = type(value)(**{name: getattr(value, name) for name in value._fields})
    made.ctx = template.ctx
    return made
