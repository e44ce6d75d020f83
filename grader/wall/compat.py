"""What old course work needs from a newer Python: names, modules and aliases that no longer exist.

Runs inside the wall: the standard library and numpy only. Whatever is supplied is noted.
"""

from __future__ import annotations

import builtins
import collections
import collections.abc
import functools
import importlib
import io
import itertools
import pdb
import pickle
import queue
import sys
import types
import typing
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

__all__ = [
    "MODULE_ALIASES",
    "PLOTTING",
    "StubModule",
    "Unavailable",
    "install_names",
    "make_shim",
    "patch_mode",
]

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

#: numpy's removed spellings. `np.bool` stays away: putting it back breaks NumPy 2 and SciPy.
_NUMPY_ALIASES: dict[str, Any] = {
    "float": float,
    "int": int,
    "object": object,
    "str": str,
    "long": int,
    "complex": complex,
    "float_": np.float64,
    "complex_": np.complex128,
    "string_": np.bytes_,
    "unicode_": np.str_,
    "mat": np.asmatrix,
    "int0": np.intp,
    "NaN": np.nan,
    "NAN": np.nan,
    "Inf": np.inf,
    "infty": np.inf,
    "Infinity": np.inf,
    "asfarray": lambda a: np.asarray(a, dtype=np.float64),
    "trapz": getattr(np, "trapezoid", None),
    "product": np.prod,
    "cumproduct": np.cumprod,
    "alltrue": np.all,
    "sometrue": np.any,
    "row_stack": np.vstack,
    "in1d": np.isin,
    "asscalar": lambda a: a.item(),
    "msort": lambda a: np.sort(a, axis=0),
}


def install_names(note: Note) -> None:
    """Put back `xrange`, `unicode`, `np.float` and their like, for names that are absent today."""
    python2: dict[str, Any] = {
        "xrange": range,
        "unicode": str,
        "basestring": str,
        "long": int,
        "unichr": chr,
        "raw_input": input,
        "reduce": functools.reduce,
    }
    for name, value in python2.items():
        if not hasattr(builtins, name):
            setattr(builtins, name, value)
    for name, value in (
        ("izip", zip),
        ("imap", map),
        ("ifilter", filter),
        ("izip_longest", itertools.zip_longest),
    ):
        if not hasattr(itertools, name):
            setattr(itertools, name, value)
    if not hasattr(typing, "override"):
        typing.override = lambda method: method  # type: ignore[attr-defined]
    for name in ("Iterable", "Mapping", "MutableMapping", "Sequence", "Callable", "Hashable"):
        if not hasattr(collections, name):
            setattr(collections, name, getattr(collections.abc, name))
    # A breakpoint that was left in the code must not end the call.
    pdb.set_trace = lambda *args, **kwargs: None
    sys.breakpointhook = lambda *args, **kwargs: None
    _make_saving_harmless(note)
    builtins.python2_division = python2_division  # type: ignore[attr-defined]  # called by converted code
    _alias_numpy_names(note)


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


def _alias_numpy_names(note: Note) -> None:
    """Answer for removed numpy names through numpy's own module `__getattr__`, so that each use is noted."""
    original = np.__dict__.get("__getattr__")

    def lookup(name: str) -> Any:
        if name in _NUMPY_ALIASES:
            note(f"np.{name} no longer exists in numpy; its old meaning was supplied")
            return _NUMPY_ALIASES[name]
        if original is not None:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                return original(name)
        raise AttributeError(f"module 'numpy' has no attribute {name!r}")

    np.__dict__["__getattr__"] = lookup


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
        raise ImportError(f"{self._name} is used, but the library is not available here")

    def __getitem__(self, key: Any) -> Any:
        raise ImportError(f"{self._name} is used, but the library is not available here")

    __iter__ = __enter__ = __call__


_OFTEN_IMPORTED = {
    name: getattr(collections, name) for name in ("Counter", "defaultdict", "OrderedDict", "deque")
}


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
        if self.__name__ == "scipy.misc" and name == "logsumexp":
            return importlib.import_module("scipy.special").logsumexp
        return self._kind(f"{self.__name__}.{name}")


def make_shim(name: str) -> types.ModuleType | None:
    """A small module for `past`, `future` and `six` where they are not installed; else None."""
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


def python2_division(a: Any, b: Any) -> Any:
    """What `a / b` means in Python 2: the floor between integers, also between integer arrays."""
    if isinstance(a, (int, np.integer)) and isinstance(b, (int, np.integer)):
        return a // b
    return a / b


class _Mode(np.float64):
    """What `scipy.stats.mode` returns today, a scalar, that can be indexed as the array of old."""

    def __getitem__(self, index: object) -> Any:
        return self


def patch_mode(note: Note) -> None:
    """Make `scipy.stats.mode(a)[0][0]` work as it did; once a process is enough."""
    try:
        stats = importlib.import_module("scipy.stats")
    except ImportError:
        return
    original = vars(stats)["mode"]
    if original.__name__ == "mode_as_before":
        return

    def mode_as_before(a: Any, axis: int | None = 0, **kwargs: Any) -> Any:
        found = original(a, axis=axis, **kwargs)
        if np.ndim(found.mode) == 0:
            note("scipy.stats.mode returns a scalar today; it was made to work as before")
            return type(found)(_Mode(found.mode), _Mode(found.count))
        return found

    vars(stats)["mode"] = mode_as_before
