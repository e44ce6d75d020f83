"""Python 2 as Python 3: the text by fissix, and `/` between integers as the floor.

Runs inside the wall: the standard library, and fissix where something is converted.
"""

from __future__ import annotations

import ast
import functools
from collections.abc import Sequence
from typing import Any

__all__ = ["FloorDivision", "converted", "python3_text"]


def converted(source: str) -> ast.Module:
    """Convert with fissix, and make `/` between integers floor as Python 2 does."""
    tree = ast.parse(python3_text(source))
    return tree if "import division" in source else FloorDivision().visit(tree)


def python3_text(source: str) -> str:
    """The source converted from Python 2, line by line.

    Raises:
        Exception: it is no Python 2.
    """
    return str(_python2_tool().refactor_string(source.expandtabs(8).rstrip() + "\n", "submission"))


@functools.cache
def _python2_tool() -> Any:
    from fissix.pgen2 import driver, pgen

    # Not by way of a pickle in the home folder, which may be another's, or be left to others.
    driver.load_grammar = lambda grammar, *_, **__: pgen.generate_grammar(grammar)
    from fissix import refactor

    fixers: Sequence[str] = refactor.get_fixers_from_package("fissix.fixes")
    skipped = ("fix_future", "fix_import", "fix_idioms", "fix_set_literal", "fix_buffer", "fix_ws_comma")
    # fix_sorted takes the array in `np.sort(a)` for a function that compares.
    wanted = [name for name in fixers if not name.endswith((*skipped, "fix_sorted"))]
    return refactor.RefactoringTool(wanted, options={})


class FloorDivision(ast.NodeTransformer):
    """`a / b` → a call that floors when both are integers."""

    def visit_Module(self, node: ast.Module) -> ast.AST:
        return ast.fix_missing_locations(self.generic_visit(node))

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        self.generic_visit(node)
        if not isinstance(node.op, ast.Div):
            return node
        call = ast.Call(ast.Name("python2_division", ast.Load()), [node.left, node.right], [])
        return ast.copy_location(call, node)
