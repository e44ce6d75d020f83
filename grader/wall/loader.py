"""Import a submission's modules from memory, forgiving what has nothing to do with the work itself.

Runs inside the wall: the standard library and numpy only (and fissix, where old code needs conversion).
"""

from __future__ import annotations

import ast
import contextlib
import importlib.abc
import importlib.machinery
import posixpath
import sys
import traceback
import types
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from . import compat
from .compiling import compiled, decoded, forgiving, prepare_code
from .places import ROOT, submission_path

__all__ = ["Sources", "StandInFinder"]

#: scipy behaves differently when it finds this in sys.modules, so it is never stubbed.
_NEVER_STUBBED = frozenset(["torch"])


class Sources:
    """The submission's files as importable modules.

    A finder for `sys.meta_path`: packages are entered without running their `__init__`, so that one broken
    sibling does not take the others along; a name that only `__init__` provides runs it then, statement by
    statement.
    """

    def __init__(
        self, files: Mapping[str, bytes], note: Callable[[str], None], package: str, loose: str
    ) -> None:
        """
        Args:
            package: the course's, in whichever folder it was handed in.
            loose: the package whose modules the files in no folder are, so that `from ..x import` works.
        """
        self.files = dict(files)
        self.note = note
        #: Modules that the submission imports and that are not there.
        self.absent: list[str] = []
        self.package, self.loose = package, loose
        #: Whether what was handed in is the package's content, without the package's own folder.
        self.is_content = self._has_modules(loose.rpartition(".")[2]) and not self._has_modules(loose)
        #: Set where the notebook says so: much of Python 2 is valid today, and means something else.
        self.python2 = False
        self.packages = {
            posixpath.dirname(path)[:n].strip("/")
            for path in self.files
            for n in _directory_ends(posixpath.dirname(path))
        } | {package, loose.replace(".", "/")}

    def install(self) -> None:
        """Answer imports of the course's package before anything else, and of the unknown last."""
        sys.meta_path.insert(0, _CourseFinder(self))
        sys.meta_path.append(_FallbackFinder(self))

    def import_file(self, path: str) -> types.ModuleType:
        """The module of the file at `path`, imported under its dotted name."""
        name = self._module_name(path)
        if name not in sys.modules:
            __import__(name)
        return sys.modules[name]

    def find_path(self, name: str) -> str | None:
        """The file that the dotted module name stands for, if the submission has it."""
        name = self.without_prefix(name)
        path = name.replace(".", "/") + ".py"
        if path in self.files:
            return path
        if name.partition(".")[0] == self.package or "/" not in path:
            return min(
                (p for p in self.files if posixpath.basename(p) == posixpath.basename(path)), default=None
            )
        return None

    def find_alike(self, name: str) -> str | None:
        """The file that a name ends as: a package may be handed in under another name."""
        end = "/".join(name.split(".")[-2:]) + ".py"
        return min((p for p in self.files if "/" in end and f"/{p}".endswith(f"/{end}")), default=None)

    def without_prefix(self, name: str) -> str:
        """`course.module` for `hw1.course.module`: the folder above the package differs between people."""
        parts = name.split(".")
        return ".".join(parts[parts.index(self.package) :]) if self.package in parts else name

    def _module_name(self, path: str) -> str:
        stem = path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
        folder = self.loose.rpartition(".")[2]
        if self.is_content and ("." not in stem or stem.startswith(f"{folder}.")):
            return f"{self.package}.{stem}"
        return stem if "." in stem else f"{self.loose}.{stem}"

    def _has_modules(self, package: str) -> bool:
        folder = package.replace(".", "/") + "/"
        named = (path[len(folder) :] for path in self.files if path.startswith(folder))
        return any(name.endswith(".py") and name != "__init__.py" for name in named)

    def run_init(self, package: types.ModuleType) -> None:
        """Run the package's `__init__`, passing over statements that fail."""
        path = package.__name__.replace(".", "/") + "/__init__.py"
        if path not in self.files:
            return
        for statement in ast.parse(decoded(self.files[path]), ROOT + path).body:
            code = compiled(ast.Module([statement], []), path, self.note)
            try:
                exec(code, package.__dict__)
            except Exception as error:  # noqa: BLE001 - any failure of one sibling must not hide the others
                self.note(f"{path}:{statement.lineno} was passed over ({type(error).__name__})")


def _directory_ends(directory: str) -> list[int]:
    return [i for i, c in enumerate(directory + "/") if c == "/"]


class _CourseFinder:
    """Finds the modules and packages that lie in the submission's folders."""

    def __init__(self, sources: Sources) -> None:
        self.sources = sources

    def find_spec(self, name: str, path: object = None, target: object = None) -> Any:
        if name.partition(".")[0] not in {p.partition("/")[0] for p in self.sources.packages if p}:
            return None
        return _spec(self.sources, name)


class _FallbackFinder:
    """Finds what nothing else does: modules at the top level, shims of old libraries, stubs."""

    def __init__(self, sources: Sources) -> None:
        self.sources = sources

    def find_spec(self, name: str, path: object = None, target: object = None) -> Any:
        if spec := _spec(self.sources, name):
            return spec
        if not _imported_by_submission() or _asked_of_package(self.sources, name):
            return None
        if path := self.sources.find_alike(name):
            loader = _FileLoader(self.sources, path)
            return importlib.machinery.ModuleSpec(name, loader, origin=ROOT + path)
        if shim := compat.make_shim(name):
            self.sources.note(f"the module {name} was supplied")
            return importlib.machinery.ModuleSpec(name, _Ready(shim), is_package=hasattr(shim, "__path__"))
        top = name.partition(".")[0]
        if top in _NEVER_STUBBED:
            return None
        self.sources.note(f"the module {name} is not available here; a stand-in was supplied")
        self.sources.absent.append(name)
        stub = compat.StubModule(name, harmless=top in compat.PLOTTING)
        return importlib.machinery.ModuleSpec(name, _Ready(stub), is_package=True)


class StandInFinder:
    """Answers imports of these modules, or of what is in these packages, with stand-ins."""

    def __init__(self, *names: str, harmless: bool) -> None:
        self.names, self.harmless = names, harmless

    def find_spec(self, name: str, path: object = None, target: object = None) -> Any:
        if name not in self.names and name.partition(".")[0] not in self.names:
            return None
        stub = compat.StubModule(name, harmless=self.harmless)
        return importlib.machinery.ModuleSpec(name, _Ready(stub), is_package=True)


def _imported_by_submission() -> bool:
    """Whether the import under way was written in a file of the submission."""
    frame: types.FrameType | None = sys._getframe(1)
    while frame is not None:
        filename = frame.f_code.co_filename
        if submission_path(filename) is not None:
            return True
        if "importlib" not in filename and filename != __file__:
            return False
        frame = frame.f_back
    return False


def _asked_of_package(sources: Sources, name: str) -> bool:
    """Whether `from package import name` is under way, and the package is the submission's own.

    What it does not provide is an error there, as in the student's own Python.
    """
    frame: types.FrameType | None = sys._getframe(1)
    while frame is not None and (
        "importlib" in frame.f_code.co_filename or frame.f_code.co_filename == __file__
    ):
        if frame.f_code.co_name == "_handle_fromlist":
            return _is_package(sources, name.rpartition(".")[0])
        frame = frame.f_back
    return False


def _spec(sources: Sources, name: str) -> importlib.machinery.ModuleSpec | None:
    if path := sources.find_path(name):
        # A folder named as the module in it is both: `softmax/softmax.py`.
        loader, is_package = _FileLoader(sources, path), _is_package(sources, name)
        return importlib.machinery.ModuleSpec(name, loader, origin=ROOT + path, is_package=is_package)
    if _is_package(sources, name):
        return importlib.machinery.ModuleSpec(name, _PackageLoader(sources), is_package=True)
    return None


def _is_package(sources: Sources, name: str) -> bool:
    return sources.without_prefix(name).replace(".", "/") in sources.packages


class _Ready(importlib.abc.Loader):
    """Loads a module that already exists."""

    def __init__(self, module: types.ModuleType) -> None:
        self.module = module

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> types.ModuleType:
        return self.module

    def exec_module(self, module: types.ModuleType) -> None:
        pass


class _PackageLoader(importlib.abc.Loader):
    def __init__(self, sources: Sources) -> None:
        self.sources = sources

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> None:
        return None

    def exec_module(self, module: types.ModuleType) -> None:
        started = False

        def lookup(name: str) -> Any:
            nonlocal started
            if name.startswith("__") and name != "__all__":
                raise AttributeError(name)
            if not started:
                started = True
                self.sources.run_init(module)
            if name in module.__dict__:
                return module.__dict__[name]
            raise AttributeError(f"module {module.__name__!r} has no attribute {name!r}")

        module.__dict__["__getattr__"] = lookup
        module.__dict__["__file__"] = ROOT + module.__name__.replace(".", "/") + "/__init__.py"


class _FileLoader(importlib.abc.Loader):
    def __init__(self, sources: Sources, path: str) -> None:
        self.sources = sources
        self.path = path

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> None:
        return None

    def exec_module(self, module: types.ModuleType) -> None:
        module.__file__ = ROOT + self.path
        data = self.sources.files[self.path]
        with _placed(ROOT + self.path, data):
            code = prepare_code(data, self.path, self.sources.note, python2=self.sources.python2)
        try:
            exec(code, module.__dict__)
        except ImportError as error:
            if not _lacks_a_name(error) or not _raised_in(error, ROOT + self.path):
                raise
            # An editor's auto-import of a name that this version of a library lacks, or of a library that is
            # not here and that others look for among the modules.
            self.sources.note(f"{self.path}: a name it imports does not exist here; a stand-in was supplied")
            exec(forgiving(data, self.path, self.sources.note), module.__dict__)


@contextlib.contextmanager
def _placed(filename: str, data: bytes) -> Iterator[None]:
    """Give an error that has no place of its own (null bytes, a pointer of Git's) that of the file."""
    try:
        yield
    except SyntaxError as error:
        if error.filename is None:
            before = data[: max(data.find(b"\0"), 0)]
            error.filename, error.lineno = filename, before.count(b"\n") + 1
        raise


def _lacks_a_name(error: ImportError) -> bool:
    absent = isinstance(error, ModuleNotFoundError) and (error.name or "").partition(".")[0] in _NEVER_STUBBED
    return absent or "cannot import name" in str(error)


def _raised_in(error: BaseException, filename: str) -> bool:
    """Whether the innermost frame of the error that is not the import system's own is of that file."""
    frames = [frame.f_code.co_filename for frame, _ in traceback.walk_tb(error.__traceback__)]
    outside = [name for name in frames if "importlib" not in name and name != __file__]
    return bool(outside) and outside[-1] == filename
