"""What Python, NumPy and SciPy of earlier years did, for code that `older` has rewritten to ask for it.

Each does what is done today unless today's answer would be an error. Whatever is supplied is noted with its
line and with what to write today. Runs inside the wall: the standard library and numpy only.
"""

from __future__ import annotations

import builtins
import inspect
import sys
import types
import warnings
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np

from .places import submission_path

__all__ = [
    "ADD",
    "ATTRIBUTE",
    "DIVISION",
    "ELEMENTS",
    "LIST",
    "METHODS",
    "MODE",
    "NUMBER",
    "NUMBERS",
    "PRINT",
    "asked_by_submission",
    "install",
    "note_here",
    "notes",
]

#: Names under which rewritten code finds these functions: no code of a person's can mean the same.
ADD, ATTRIBUTE, DIVISION, ELEMENTS, LIST, MODE, NUMBER, NUMBERS, PRINT = (
    f"<{name}>"
    for name in ("add", "attribute", "division", "elements", "list", "mode", "number", "numbers", "print")
)
_ITEM = "an array of one element, which NumPy took for a number before 2.4; write x.item()"
_PAIRS = "a list of lists as an index, which NumPy took for a tuple before 1.23; write a[rows, columns]"
_ARRAYS = (
    "the result of scipy.stats.mode as an array, which it was before SciPy 1.11; "
    "write stats.mode(…, keepdims=True)"
)
_DIVIDED = "divided integers for a whole number, as Python 2 did; write a // b"
_PRINTED = "used print (…) % (…) as the statement that print was in Python 2; write print(… % (…))"
_note: Callable[[str], None] = print
_noted: set[tuple[str, str]] = set()


def install(note: Callable[[str], None]) -> None:
    """Make these functions known to rewritten code."""
    global _note
    _note = note
    vars(builtins).update(
        {
            ADD: _add,
            ATTRIBUTE: _attribute,
            DIVISION: _division,
            ELEMENTS: _elements,
            LIST: _list,
            MODE: _mode,
            NUMBER: _number,
            NUMBERS: _numbers,
            PRINT: _print,
            "python2_division": python2_division,
        }
    )


def note_here(what: str) -> None:
    """Note what was supplied and where: the innermost line of the submission, the first in each file."""
    frame: types.FrameType | None = sys._getframe(1)
    while frame is not None:
        file = submission_path(frame.f_code.co_filename)
        if file is not None:
            if (file, what) not in _noted:
                _noted.add((file, what))
                _note(f"{_shown(file, frame.f_lineno)}: {what}")
            return
        frame = frame.f_back


def _shown(file: str, line: int) -> str:
    """A place in a module, or in the notebook that is run: `svm.ipynb#7` is its seventh cell."""
    _, is_cell, cell = file.rpartition(".ipynb#")
    return f"cell {cell}, line {line}" if is_cell else f"{file}:{line}"


def asked_by_submission() -> bool:
    """Whether whoever calls the function that asks is code of the submission, not of a library."""
    return submission_path(sys._getframe(2).f_code.co_filename) is not None


def python2_division(a: Any, b: Any) -> Any:
    """What `a / b` means in Python 2: the floor between integers, also between integer arrays."""
    if isinstance(a, (int, np.integer)) and isinstance(b, (int, np.integer)):
        return a // b
    return a / b


def _takes_arrays_for_numbers() -> bool:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            np.zeros(1)[0] = np.ones(1)
        except (TypeError, ValueError):
            return False
    return True


def _takes_lists_for_tuples() -> bool:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return bool(np.ndim(np.zeros((2, 2))[[[0, 1], [0, 1]]]) == 1)


#: What this NumPy still does itself.
_NUMBERS_OF_ARRAYS, _TUPLES_OF_LISTS = _takes_arrays_for_numbers(), _takes_lists_for_tuples()


def _division(a: Any, b: Any) -> Any:
    """A quotient that counts something, as an index or a number of rounds does."""
    found = python2_division(a, b)
    if isinstance(found, (int, np.integer)):
        note_here(_DIVIDED)
    return found


def _print(text: Any, values: Any) -> None:
    note_here(_PRINTED)
    print(text % values)


def _one_number(value: Any) -> bool:
    """Whether it is an array that was once as good as a number, and is no more."""
    return isinstance(value, np.ndarray) and value.size == 1 and value.ndim > 0 and not _NUMBERS_OF_ARRAYS


class _Elements:
    """An array whose entries are set, and looked up by lists, as in earlier years."""

    __slots__ = ("array",)

    def __init__(self, array: np.ndarray[Any, Any]) -> None:
        self.array = array

    def __getitem__(self, index: Any) -> Any:
        return self.array[_index(self.array, index)]

    def __setitem__(self, index: Any, value: Any) -> None:
        if type(index) is list:
            index = _index(self.array, index)
        # Where more than one entry is set the two mean the same; an array of objects takes the array itself.
        if _one_number(value) and self.array.dtype.kind != "O" and np.ndim(self.array[index]) == 0:
            note_here(f"stored {_ITEM}")
            value = np.asarray(value).reshape(())
        self.array[index] = value


def _elements(container: Any) -> Any:
    return _Elements(container) if isinstance(container, np.ndarray) else container


def _index(array: np.ndarray[Any, Any], index: Any) -> Any:
    if type(index) is not list or _TUPLES_OF_LISTS:
        return index
    if 1 < len(index) <= array.ndim and any(map(_is_sequence, index)):
        note_here(f"took {_PAIRS}")
        return tuple(index)
    return index


def _is_sequence(item: object) -> bool:
    return item is None or item is Ellipsis or isinstance(item, (list, tuple, range, slice, np.ndarray))


def _number(value: Any) -> Any:
    if _one_number(value):
        note_here(f"used {_ITEM}")
        return np.asarray(value).reshape(())
    return value


def _numbers(values: Any) -> Any:
    return tuple(map(_number, values)) if type(values) is tuple else _number(values)


_VIEWS: tuple[type[Any], ...] = (type({}.keys()), type({}.values()), type({}.items()))
_LISTS_ONCE: tuple[type[Any], ...] = (map, filter, zip, range, *_VIEWS)


def _list(made: Any) -> Any:
    """What a function made that made a list in Python 2, as that list."""
    if not isinstance(made, _LISTS_ONCE):
        return made
    note_here(_was_a_list(type(made)))
    items: Iterable[Any] = made
    return list(items)


def _was_a_list(kind: type) -> str:
    name = kind.__name__
    call = name.replace("dict_", "d.") + "()" if name.startswith("dict_") else f"{name}(…)"
    return f"used {call} as the list that it was in Python 2; write list({call})"


def _add(left: Any, right: Any) -> Any:
    sequences: tuple[type[Any], ...] = (list, *_LISTS_ONCE)
    if isinstance(left, sequences) and isinstance(right, sequences):
        return _list(left) + _list(right)
    return left + right


#: Methods that are gone: by name, the type that had it, what to write, and what does the same today.
METHODS: dict[str, tuple[type, str, Callable[..., Any]]] = {
    "iteritems": (dict, "d.items()", lambda d: iter(d.items())),
    "iterkeys": (dict, "d.keys()", lambda d: iter(d.keys())),
    "itervalues": (dict, "d.values()", lambda d: iter(d.values())),
    "viewitems": (dict, "d.items()", lambda d: d.items()),
    "viewkeys": (dict, "d.keys()", lambda d: d.keys()),
    "viewvalues": (dict, "d.values()", lambda d: d.values()),
    "has_key": (dict, "key in d", lambda d, key: key in d),
    "itemset": (np.ndarray, "a[index] = value", lambda a, *given: _set_item(a, *given)),
    "tostring": (np.ndarray, "a.tobytes()", lambda a, *given: a.tobytes(*given)),
    "ptp": (np.ndarray, "np.ptp(a)", lambda a, *given, **named: np.ptp(a, *given, **named)),
    "next": (object, "next(it)", lambda it: it.__next__()),
    "itemfreq": (
        types.ModuleType,
        "np.unique(a, return_counts=True)",
        lambda _, items: np.column_stack(np.unique(items, return_counts=True)),
    ),
}


def _attribute(owner: Any, name: str) -> Any:
    try:
        return getattr(owner, name)
    except AttributeError:
        kind, cure, method = METHODS[name]
        if not isinstance(owner, kind) or (name == "next" and not hasattr(owner, "__next__")):
            raise
    note_here(_gone_method(name, cure))
    return types.MethodType(method, owner)


def _gone_method(name: str, cure: str) -> str:
    return f"called .{name}(), which is gone today; write {cure}"


def notes() -> Iterator[str]:
    """All that can be noted here, without the place."""
    yield from (_DIVIDED, _PRINTED, f"stored {_ITEM}", f"used {_ITEM}", f"took {_PAIRS}", f"used {_ARRAYS}")
    yield from map(_was_a_list, _LISTS_ONCE)
    yield from (_gone_method(name, cure) for name, (_, cure, _) in METHODS.items())


def _set_item(array: np.ndarray[Any, Any], *given: Any) -> None:
    if len(given) == 1:
        array[...] = given[0]
    elif isinstance(given[0], tuple):
        array[given[0]] = given[1]
    else:
        array.reshape(-1)[given[0]] = given[1]


def _mode(mode: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """`scipy.stats.mode`, which kept the axis along which it went."""
    if not getattr(mode, "__module__", "").startswith("scipy.stats") or "keepdims" in kwargs:
        return mode(*args, **kwargs)
    keeps = inspect.signature(mode).parameters.get("keepdims")
    if keeps is None or keeps.default is not False:
        return mode(*args, **kwargs)
    found = mode(*args, keepdims=True, **kwargs)
    note_here(f"used {_ARRAYS}")
    axis = kwargs.get("axis", args[1] if len(args) > 1 else 0)
    return type(found)(*(part.reshape(-1) for part in found)) if axis is None else found
