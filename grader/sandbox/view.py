"""What of this machine a worker may see: one interpreter, its standard library, an allowlist of packages.

The judge's side. The folder that also holds `grader` and `reference` is never part of it.
"""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

__all__ = ["ALLOWED_PACKAGES", "Interpreter", "InterpreterError", "describe", "link_packages"]

#: Top-level modules of the course's environment, and what they are built on.
ALLOWED_PACKAGES = (
    *("numpy", "scipy", "matplotlib", "mpl_toolkits", "pylab"),
    *("contourpy", "cycler", "dateutil", "fontTools", "kiwisolver", "packaging", "PIL", "pillow", "Pillow"),
    *("pyparsing", "six"),
    # Old work is converted inside the wall.
    *("fissix", "appdirs"),
    # A notebook's cells run in IPython's shell.
    *("IPython", "traitlets", "decorator", "jedi", "parso", "prompt_toolkit", "wcwidth", "pygments"),
    *("stack_data", "executing", "asttokens", "pure_eval", "matplotlib_inline", "pexpect", "ptyprocess"),
    *("ipython_pygments_lexers", "typing_extensions"),
)
_FORMS = ("{}", "{}.py", "{}.libs")

_QUESTION = """
import json, os, sys, sysconfig
paths = sysconfig.get_paths()
folders = [os.path.abspath(p) for p in sys.path if p and os.path.isdir(p)]
print(json.dumps({
    "executable": os.path.realpath(sys.executable),
    "version": "%d.%d.%d" % sys.version_info[:3],
    "stdlib": sorted({os.path.realpath(paths[k]) for k in ("stdlib", "platstdlib")}),
    "folders": folders,
    "site": [p for p in folders if os.path.basename(p) in ("site-packages", "dist-packages")],
}))
"""


class InterpreterError(Exception):
    """The Python that was asked for cannot run a submission; the text says why."""


@dataclass(frozen=True)
class Interpreter:
    """A Python that runs submissions. All paths are absolute; `packages` maps file name -> real path."""

    executable: str
    version: str
    stdlib: tuple[str, ...]
    site: tuple[str, ...]
    packages: dict[str, str]


def describe(python: Path) -> Interpreter:
    """Ask an interpreter where its library and the allowed packages lie.

    Raises:
        InterpreterError: it cannot be started, or has no numpy.
    """
    environment = {"PATH": os.environ.get("PATH", os.defpath), "HOME": os.environ.get("HOME", "/")}
    try:
        answer = subprocess.run(
            [python, "-E", "-B", "-c", _QUESTION],
            capture_output=True,
            check=True,
            timeout=60,
            cwd="/",
            env=environment,
        )
        told = json.loads(answer.stdout)
    except (OSError, subprocess.SubprocessError, ValueError) as error:
        raise InterpreterError(f"{python} could not be run as a Python interpreter: {error}") from None
    packages = _find_packages([folder for folder in told["folders"] if folder not in told["stdlib"]])
    if "numpy" not in packages:
        raise InterpreterError(f"{python} (Python {told['version']}) has no numpy; install it there")
    return Interpreter(
        told["executable"], told["version"], tuple(told["stdlib"]), tuple(told["site"]), packages
    )


def _find_packages(folders: list[str]) -> dict[str, str]:
    """The allowed packages, each from the first folder that has it, as an import would find it."""
    found: dict[str, str] = {}
    for folder in folders:
        for package in ALLOWED_PACKAGES:
            for name in (form.format(package) for form in _FORMS):
                path = os.path.join(folder, name)  # noqa: PTH118 - thousands of these, at every start
                if name not in found and os.path.exists(path):  # noqa: PTH110
                    found[name] = os.path.realpath(path)
    return found


def link_packages(interpreter: Interpreter, folder: Path) -> None:
    """Fill `folder` with links to the allowed packages."""
    folder.mkdir()
    for name, path in interpreter.packages.items():
        (folder / name).symlink_to(path)
