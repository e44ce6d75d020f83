"""What old course work needs from a newer Python: modules that no longer exist, or only draw.

Runs inside the wall: the standard library and numpy only. Whatever is supplied is noted.
"""

from __future__ import annotations

import bdb
import builtins
import collections
import functools
import importlib
import io
import os
import pdb
import pickle
import queue
import sys
import types
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from .supplied import asked_by_submission, note_here

__all__ = ["PLOTTING", "StubModule", "install", "make_shim", "make_tracer", "notes", "pass_breakpoint"]

Note = Callable[[str], None]

#: Modules that Python 2 had under another name.
MODULE_ALIASES = {
    "cPickle": "pickle",
    "StringIO": "io",
    "Queue": "queue",
    "__builtin__": "builtins",
    "urllib2": "urllib.request",
    "urlparse": "urllib.parse",
    "ConfigParser": "configparser",
}

_WIDGETS = ("ipywidgets", "jupyterthemes")
#: Imported for display only: any use of them is harmless and does nothing.
PLOTTING = frozenset(["matplotlib", "pylab", "seaborn", "ipdb", "google", "IPython", "tqdm", *_WIDGETS])


_SET_TRACE = "set_trace"
_STOPPED = "passed over a breakpoint that was left in the code; delete it: a run of your own stops there"

_MOVED = (
    "passed over a change to a folder that is not here; delete it: on another machine the module stops there"
)


def install(note: Note) -> None:
    """Let code go on where it stops, or saves, for reasons that have nothing to do with its result."""
    for debugger in (bdb.Bdb, pdb.Pdb, pdb):
        if _SET_TRACE in vars(debugger):
            setattr(debugger, _SET_TRACE, pass_breakpoint)
    sys.breakpointhook = pass_breakpoint
    _make_saving_harmless(note)
    os.chdir = _forgiving_change(os.chdir)  # type: ignore[assignment]


def _forgiving_change(change: Callable[[Any], None]) -> Callable[[Any], None]:
    """`os.chdir` for which a folder of the author's own machine is no reason to stop."""

    @functools.wraps(change)
    def attempt(path: Any) -> None:
        try:
            change(path)
        except OSError:
            note_here(_MOVED)

    return attempt


def pass_breakpoint(*args: Any, **kwargs: Any) -> None:
    """A breakpoint that was left in the code must not end the call."""
    note_here(_STOPPED)


def make_tracer(*args: Any, **kwargs: Any) -> Callable[..., None]:
    """IPython's `Tracer()`, which is called to stop."""
    return pass_breakpoint


def _make_saving_harmless(note: Note) -> None:
    """Let a forgotten `np.savetxt("c:/…")` pass: that it cannot write says nothing about the result."""

    def forgiving(save: Callable[..., None]) -> Callable[..., None]:
        @functools.wraps(save)
        def attempt(*args: Any, **kwargs: Any) -> None:
            try:
                save(*args, **kwargs)
            except OSError:
                note(f"np.{save.__name__} could not write its file, which was passed over")

        return attempt

    for name in ("savetxt", "save", "savez"):
        setattr(np, name, forgiving(getattr(np, name)))


class _Absorbent:
    """Stands for anything of a module that is only for display: takes every use and does nothing."""

    def __init__(self, name: str) -> None:
        object.__setattr__(self, "_name", name)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(name)
        return _Absorbent(f"{self._name}.{name}")

    def __setattr__(self, name: str, value: Any) -> None:
        pass

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        # tqdm(iterable) is the one display call whose result is used.
        return args[0] if self._name.startswith("tqdm") and args else _Absorbent(self._name)

    def __setitem__(self, key: Any, value: Any) -> None:
        pass

    def __getitem__(self, key: Any) -> Any:
        return _Absorbent(self._name)

    def __iter__(self) -> Any:
        return iter(())

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *exc: object) -> None:
        pass

    def __mro_entries__(self, bases: tuple[Any, ...]) -> tuple[type, ...]:
        return (object,)


class Unavailable(_Absorbent):
    """Stands for something of a library that is not here: importing it is fine, using it is not."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(name)
        return Unavailable(f"{self._name}.{name}")

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        raise self._absent()

    def __getitem__(self, key: Any) -> Any:
        raise self._absent()

    def __mro_entries__(self, bases: tuple[Any, ...]) -> tuple[()]:
        """Nothing is inherited: a class of another assignment may stand in the same file."""
        return ()

    def _absent(self) -> ImportError:
        error = ImportError(f"{self._name} is used, but the library is not available here")
        error.library = self._name.partition(".")[0]  # type: ignore[attr-defined]
        return error

    __iter__ = __enter__ = __call__


#: What to write for functions of scipy.misc.
_MISC = {
    "logsumexp": "from scipy.special import logsumexp",
    "imread": "from matplotlib.pyplot import imread",
    "imsave": "from matplotlib.pyplot import imsave",
    "imshow": "from matplotlib.pyplot import imshow",
    "imresize": "PIL.Image.fromarray(a).resize(…)",
    "face": "from scipy.datasets import face",
    "ascent": "from scipy.datasets import ascent",
    "comb": "from scipy.special import comb",
    "factorial": "from scipy.special import factorial",
}
_OFTEN_IMPORTED = {
    name: getattr(collections, name) for name in ("Counter", "defaultdict", "OrderedDict", "deque")
}


_ITEM_FREQUENCIES = (
    "used scipy.stats.itemfreq, which SciPy has no more; write np.unique(a, return_counts=True)"
)


def _gone_from_misc(name: str, cure: str) -> str:
    return f"imported scipy.misc.{name}, which SciPy no longer has; write {cure}"


def notes() -> Iterator[str]:
    """All that can be noted here, without the place."""
    yield from (
        _STOPPED,
        _MOVED,
        _ITEM_FREQUENCIES,
        *(_gone_from_misc(name, cure) for name, cure in _MISC.items()),
    )


class StubModule(types.ModuleType):
    """A module in the place of one that is absent (or that only draws)."""

    def __init__(self, name: str, harmless: bool) -> None:
        super().__init__(name)
        self.__path__: list[str] = []
        self.__all__: list[str] = []
        self._kind = _Absorbent if harmless else Unavailable

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(name)
        if name in _OFTEN_IMPORTED:
            # Editors add imports such as `from charset_normalizer.cd import Counter`.
            return _OFTEN_IMPORTED[name]
        if name in (_SET_TRACE, "Tracer"):
            return pass_breakpoint if name == _SET_TRACE else make_tracer
        if self.__name__ == "scipy.misc":
            cure = _MISC.get(name, "the same with PIL.Image")
            if asked_by_submission():
                note_here(_gone_from_misc(name, cure))
            if name == "logsumexp":
                return importlib.import_module("scipy.special").logsumexp
        return self._kind(f"{self.__name__}.{name}")


class _ItemFrequencies(types.ModuleType):
    """`scipy.stats.itemfreq`, which an import finds as it finds a module."""

    def __call__(self, items: Any) -> Any:
        note_here(_ITEM_FREQUENCIES)
        return np.column_stack(np.unique(items, return_counts=True))


def make_shim(name: str) -> types.ModuleType | None:
    """A small module for what is gone, or for `past`, `future` and `six` where not installed; else None."""
    if name == "scipy.stats.itemfreq":
        return _ItemFrequencies(name)
    if name in MODULE_ALIASES:
        return importlib.import_module(MODULE_ALIASES[name])
    if name.partition(".")[0] not in ("past", "future", "six"):
        return None
    module = types.ModuleType(name)
    module.__path__ = []
    module.__dict__.update(_SHIM_CONTENTS.get(name, {}))
    return module


def _nothing(*args: Any, **kwargs: Any) -> None:
    return None


_SIX_MOVES: dict[str, Any] = {
    "xrange": range,
    "range": range,
    "zip": zip,
    "map": map,
    "filter": filter,
    "input": input,
    "reduce": functools.reduce,
    "cPickle": pickle,
    "StringIO": io.StringIO,
    "queue": queue,
    "builtins": builtins,
}

_SHIM_CONTENTS: dict[str, dict[str, Any]] = {
    "past.builtins": {
        "xrange": range,
        "range": range,
        "basestring": str,
        "unicode": str,
        "long": int,
        "raw_input": input,
        "reduce": functools.reduce,
        "map": map,
        "filter": filter,
    },
    "past.utils": {"old_div": lambda a, b: a // b if isinstance(a, int) and isinstance(b, int) else a / b},
    "future.standard_library": {"install_aliases": _nothing, "hooks": _nothing},
    "future.builtins": {"range": range, "str": str, "int": int, "object": object, "super": super},
    "future.utils": {
        "iteritems": lambda d: iter(d.items()),
        "itervalues": lambda d: iter(d.values()),
        "iterkeys": iter,
    },
    "six": {
        "PY2": False,
        "PY3": True,
        "string_types": (str,),
        "integer_types": (int,),
        "text_type": str,
        "iteritems": lambda d: iter(d.items()),
        "itervalues": lambda d: iter(d.values()),
        "iterkeys": iter,
        "print_": print,
    },
    "six.moves": _SIX_MOVES,
    "six.moves.cPickle": {
        "load": pickle.load,
        "dump": pickle.dump,
        "loads": pickle.loads,
        "dumps": pickle.dumps,
    },
    "six.moves.urllib": {"request": sys.modules.get("urllib.request")},
}
