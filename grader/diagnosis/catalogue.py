"""The catalogue of mistakes: the TOML files beside this one, read into typed rows.

A new mistake is a new row. `deviations` say what the mistake changes in the parts of a loss:

    loss     = data_loss     + regularization_loss        data_loss     = sum of form over examples / N
    gradient = data_gradient + regularization_gradient    data_gradient = Xᵀ·form / N

`form` replaces a part's expression, `margin` the SVM's margins, `set` redefines a name that the form uses
(beside `margin`: after all other redefinitions), `factor` multiplies the part, `strength` takes the place of
reg, and `examples` weights each example. `LossProblem.symbols` lists the names.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Literal

import msgspec

__all__ = [
    "Deviation",
    "Kind",
    "Mistake",
    "Slot",
    "closest",
    "load",
    "lookup",
    "sections",
    "shown_slots",
    "slots_of",
]

Slot = Literal["data_loss", "regularization_loss", "data_gradient", "regularization_gradient"]
Kind = Literal["svm", "softmax"]

_SLOT_NAMES = {
    "data_loss": "the data loss",
    "regularization_loss": "the regularization in the loss",
    "data_gradient": "the gradient of the data loss",
    "regularization_gradient": "the regularization in the gradient",
}


class Deviation(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One way in which a mistake changes one part of the loss or gradient.

    `variant` keeps apart several ways to make one mistake: loss and gradient agree when both show the same.
    `joint`: counts only when the other of loss and gradient shows the mistake too.
    `any_factor`: whatever constant multiplies it, it is this mistake.
    `also`: further mistakes that this form contains.
    """

    slot: Slot
    of: Kind | None = None  # None: both losses
    form: str | None = None
    margin: str | None = None
    set: dict[str, str] = {}
    factor: str | None = None
    strength: str | None = None
    examples: str | None = None
    variant: int = 1
    joint: bool = False
    any_factor: bool = False
    also: tuple[str, ...] = ()


class Mistake(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A row of the catalogue.

    `fact` completes the sentence of a report; `{penalty}` and `{derivative}` stand for the L2 term in the
    student's convention. `twin` is the same slip in the other of loss and gradient, made in one thought.
    `replaces`: the mistakes that this one stands for when they occur together.
    """

    id: str
    title: str
    questions: tuple[str, ...]
    fact: str
    formula: str
    symptom: str
    remedy: str
    course: str
    slots: tuple[str, ...] = ()  # for rows without deviations: the part of the work that is wrong
    deviations: tuple[Deviation, ...] = ()
    where: str | None = None  # the finder in where.py that knows the line
    twin: str | None = None
    replaces: tuple[str, ...] = ()


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    title: str
    mistake: tuple[Mistake, ...]


@cache
def load() -> Mapping[str, Mistake]:
    """Every row by its id, in the order of the files.

    Raises:
        msgspec.ValidationError: a row that does not fit its type; the message names the path.
        ValueError: an id that occurs twice.
    """
    rows: dict[str, Mistake] = {}
    for file in sections().values():
        for row in file:
            if row.id in rows:
                raise ValueError(f"the mistake {row.id} is in the catalogue twice")
            rows[row.id] = row
    return rows


@cache
def sections() -> Mapping[str, tuple[Mistake, ...]]:
    """The rows grouped as the files group them, by the title of each file."""
    folder = resources.files("grader.assignment1") / "catalogue"
    names = sorted(entry.name for entry in folder.iterdir() if entry.name.endswith(".toml"))
    files = [msgspec.toml.decode((folder / name).read_bytes(), type=_File) for name in names]
    return {file.title: file.mistake for file in files}


def lookup(mistake_id: str) -> Mistake:
    """The row of a mistake.

    Raises:
        KeyError: no such mistake; `closest` suggests what was meant.
    """
    return load()[mistake_id]


def closest(mistake_id: str, count: int = 3) -> list[str]:
    """The ids most like a mistyped one, best first; empty when nothing is like it."""
    asked = mistake_id.lower().replace("_", "-").replace(" ", "-")
    return difflib.get_close_matches(asked, load(), n=count, cutoff=0.5)


def slots_of(row: Mistake) -> tuple[str, ...]:
    """The parts of the work that a mistake makes wrong."""
    own = tuple(dict.fromkeys(deviation.slot for deviation in row.deviations))
    replaced = tuple(slot for part in row.replaces for slot in slots_of(lookup(part)))
    return row.slots or tuple(dict.fromkeys(own + replaced))


def shown_slots(row: Mistake) -> str:
    """The parts that a mistake makes wrong, in words."""
    return ", ".join(_SLOT_NAMES.get(slot, slot.replace("_", " ")) for slot in slots_of(row))
