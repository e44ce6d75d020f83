"""Two shells that run cells in one namespace: IPython's, and a plain one where IPython is not installed.

What a cell asks of the machine (shell commands, installing, changing folders) is passed over, which
`note` says. Runs inside the wall: the standard library only, and IPython where it is there.
"""

from __future__ import annotations

import _sitebuiltins
import ast
import builtins
import os
import re
import sys
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

from .compat import make_tracer, pass_breakpoint
from .nb_compat import quoted, today
from .older import Older, rewritten
from .places import ROOT
from .python2 import FloorDivision

__all__ = ["make_shell"]

Note = Callable[[str], None]

#: Magics that a notebook of the course needs, but that have no place here: the shell and its display.
_PASSED_OVER = (
    *(
        "matplotlib",
        "load_ext",
        "reload_ext",
        "unload_ext",
        "autoreload",
        "aimport",
        "pdb",
        "debug",
        "config",
    ),
    *("pip", "conda", "mamba", "micromamba", "uv", "cd", "pushd", "popd", "mkdir", "rm", "cp", "mv", "gui"),
    *("connect_info", "qtconsole", "history", "save", "tensorflow_version", "pastebin", "edit", "bookmark"),
)
#: A kernel has a display; what it may not do to the machine is the same.
_PASSED_OVER_BY_KERNELS = tuple(
    name for name in _PASSED_OVER if name not in ("matplotlib", "load_ext", "autoreload", "config")
)
_CELLS_PASSED_OVER = (
    "bash",
    "sh",
    "script",
    "system",
    "sx",
    "perl",
    "ruby",
    "javascript",
    "js",
    "html",
    "svg",
)
#: Magics whose line or cell is code.
_KEEPS_CODE = frozenset(["time", "timeit", "prun", "capture"])
#: Not worth telling: every notebook of the course begins with them.
_USUAL = frozenset(["matplotlib", "load_ext", "reload_ext", "autoreload", "config", "aimport"])


class Shell(Protocol):
    """Runs cells; `namespace` is what they share."""

    namespace: dict[str, Any]

    def run(self, source: str, number: int) -> BaseException | None:
        """Run one cell and return what it raised."""


def make_shell(name: str, note: Note, *, python2: bool, floors: bool) -> Shell:
    """IPython's shell if it is there (a kernel's, if this is one), else the plain one.

    Args:
        name: the notebook's; the code of its cell 7 is `name#7`.
        python2: the notebook was written in Python 2.
        floors: `/` between integers is the floor in it.
    """
    # The wall's Python leaves out `site`, which defines it.
    vars(builtins).setdefault("help", _sitebuiltins._Helper())
    try:
        from IPython.core.interactiveshell import InteractiveShell
    except ImportError:
        note("IPython is not available here: magics were passed over")
        return PlainShell(name, note, python2=python2, floors=floors)
    return _IPythonShell(InteractiveShell, name, note, python2=python2, floors=floors)


class _IPythonShell:
    """IPython's own shell, without history, colours and access to the machine."""

    def __init__(self, shell_class: Any, name: str, note: Note, *, python2: bool, floors: bool) -> None:
        from IPython.core import debugger
        from traitlets.config import Config

        self.is_kernel = shell_class.initialized()
        if not self.is_kernel:
            _make_profile()
        config = Config()
        config.HistoryManager.enabled = False
        config.InteractiveShell.colors = "nocolor"
        config.InteractiveShell.separate_out = ""
        self.shell = shell_class.instance(config=config)
        self.note = note
        if python2:
            self.shell.input_transformers_post.append(lambda lines: today("".join(lines)).splitlines(True))
        if floors:
            self.shell.ast_transformers.append(FloorDivision())
        self.shell.ast_transformers.append(Older())
        self.shell.compile.get_code_name = lambda raw, transformed, number: f"{ROOT}{name}#{number}"
        # Errors are part of the reply; the coloured traceback costs a hundred milliseconds.
        for method in ("showtraceback", "showsyntaxerror", "showindentationerror"):
            setattr(self.shell, method, lambda *args, **kwargs: None)
        if not self.is_kernel:
            self._be_like_a_kernel()
        self._close_the_machine()
        vars(debugger).update(set_trace=pass_breakpoint, Tracer=make_tracer)
        self.namespace: dict[str, Any] = self.shell.user_ns
        # IPython's `open` would hide the one that finds the course's data.
        self.namespace.pop("open", None)
        while "" in sys.path:
            sys.path.remove("")

    def run(self, source: str, number: int) -> BaseException | None:
        # Whatever ran before: the code of cell 7 is that of In [7].
        self.shell.execution_count = number
        result = self.shell.run_cell(source, store_history=True)
        error: BaseException | None = result.error_before_exec or result.error_in_exec
        return error

    def _be_like_a_kernel(self) -> None:
        shell, magics = self.shell, self.shell.magics_manager.magics
        shell.displayhook.write_output_prompt = lambda: None
        # There is no terminal to erase lines of, and figures are drawn nowhere.
        shell.display_pub.clear_output = lambda *args, **kwargs: None
        shell.enable_matplotlib = lambda gui=None: (gui, "agg")
        # Profiling would need tracing, which the wall refuses; the code itself is run.
        magics["line"]["prun"] = magics["cell"]["prun"] = self._unprofiled

    def _unprofiled(self, line: str, cell: str = "") -> None:
        execution = self.shell.magics_manager.registry["ExecutionMagics"]
        _, statement = execution.parse_options(line, "D:l:rs:T:q", list_all=True, posix=False)
        exec(f"{statement}\n{cell}", self.namespace)

    def _close_the_machine(self) -> None:
        shell, manager = self.shell, self.shell.magics_manager
        for name in _PASSED_OVER if not self.is_kernel else _PASSED_OVER_BY_KERNELS:
            manager.magics["line"][name] = self._passing_over(f"%{name}", tell=name not in _USUAL)
        for name in _CELLS_PASSED_OVER:
            manager.magics["cell"][name] = self._passing_over(f"%%{name}", tell=True)
        # `exit()` would end a kernel, and this notebook with it.
        shell.ask_exit = self._passing_over("exit()", tell=True)
        shell.system = shell.system_raw = shell.system_piped = self._system
        shell.getoutput = self._getoutput
        shell.run_line_magic = self._known("line", "%", shell.run_line_magic)
        shell.run_cell_magic = self._known("cell", "%%", shell.run_cell_magic)

    def _known(self, kind: str, sign: str, run: Callable[..., Any]) -> Callable[..., Any]:
        """`run` for the magics that there are; the others are passed over."""

        def magic(name: str, *args: Any, **kwargs: Any) -> Any:
            if self.shell.find_magic(name, kind) is None:
                return self._passing_over(sign + name, tell=True)()
            if kind == "line":
                # How far up the cell's own variables are: this function is one step more.
                kwargs["_stack_depth"] = kwargs.get("_stack_depth", 1) + 1
            return run(name, *args, **kwargs)

        return magic

    def _passing_over(self, what: str, *, tell: bool) -> Callable[..., None]:
        def magic(*args: Any, **kwargs: Any) -> None:
            if tell:
                self.note(f"`{what}` was passed over")

        return magic

    def _getoutput(self, command: str, *args: Any, **kwargs: Any) -> list[str]:
        self._system(command)
        return []

    def _system(self, command: str, *args: Any, **kwargs: Any) -> None:
        self.note(f"the shell command `{quoted(str(command))}` was not run")


def _make_profile() -> None:
    """A profile folder with the file that IPython would copy: it may not set the copy's mode."""
    home = Path.cwd()
    os.environ["HOME"], os.environ["IPYTHONDIR"] = str(home), str(home / ".ipython")
    startup = home / ".ipython" / "profile_default" / "startup"
    startup.mkdir(parents=True, exist_ok=True)
    (startup / "README").touch()


class PlainShell:
    """`exec` with a minimum of magics: lines that begin with % or ! are passed over."""

    _MAGIC = re.compile(r"^(\s*)(%%?|!)(\w*)(.*)$")

    def __init__(self, name: str, note: Note, *, python2: bool, floors: bool) -> None:
        self.name, self.note = name, note
        self.python2, self.floors = python2, floors
        self.module = types.ModuleType("__main__")
        self.namespace: dict[str, Any] = self.module.__dict__
        sys.modules["__main__"] = self.module

    def run(self, source: str, number: int) -> BaseException | None:
        filename = f"{ROOT}{self.name}#{number}"
        try:
            text = self._without_magics(source)
            if self.python2:
                text = today(text)
            tree = ast.parse(text, filename)
            if self.floors:
                tree = FloorDivision().visit(tree)
            tree = rewritten(tree)
            last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
            exec(compile(tree, filename, "exec"), self.namespace)
            if last is not None:
                # This mode prints the value, as the prompt does.
                exec(compile(ast.Interactive([last]), filename, "single"), self.namespace)
        except BaseException as error:  # noqa: BLE001 - what a cell raises is its result, SystemExit as well
            return error
        return None

    def _without_magics(self, source: str) -> str:
        lines = source.splitlines()
        first = self._MAGIC.match(lines[0]) if lines else None
        if first is not None and first[2] == "%%" and first[3] not in _KEEPS_CODE:
            self.note(f"`%%{first[3]}` was passed over")
            return ""
        return "\n".join(self._without_magic(line) for line in lines)

    def _without_magic(self, line: str) -> str:
        found = self._MAGIC.match(line)
        if found is None:
            return line
        indent, sign, name, rest = found.groups()
        if name in _KEEPS_CODE:
            return indent + (rest.strip() if sign == "%" else "pass")
        if name not in _USUAL:
            self.note(f"`{sign}{name}` was passed over")
        return indent + "pass"
