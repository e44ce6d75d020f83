"""A catalogue of mistakes: the TOML files of a folder, read into typed rows.

A new mistake is a new row. `deviations` say what the mistake changes in the parts of a loss:

    loss     = data_loss     + regularization_loss        data_loss     = sum of form over examples / N
    gradient = data_gradient + regularization_gradient    data_gradient = Xᵀ·form / N

`form` replaces a part's expression, `margin` the margins, `set` redefines a name that the form uses
(beside `margin`: after all other redefinitions), `factor` multiplies the part, `strength` takes the place of
reg, `examples` weights each example, and `inputs` takes the place of X in the gradient.
`LossProblem.symbols` lists the names. `[right.<kind>]` of a file
gives the right forms of a kind of loss.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping
from functools import cached_property
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Literal

import msgspec

from grader.result import Example

__all__ = ["EXAMPLES", "Catalogue", "Deviation", "Mistake", "Slot"]

Slot = Literal["data_loss", "regularization_loss", "data_gradient", "regularization_gradient"]

_OF_DATA = ("data_loss", "data_gradient")
_ONE_WITHOUT_REG = re.compile(r"1 \+ .*\breg\b")
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
    of: str | None = None  # the kind of loss; None: every one
    form: str | None = None
    margin: str | None = None
    set: dict[str, str] = {}
    factor: str | None = None
    strength: str | None = None
    examples: str | None = None
    inputs: str | None = None
    variant: int = 1
    joint: bool = False
    any_factor: bool = False
    also: tuple[str, ...] = ()


class Mistake(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A row of the catalogue.

    `fact` completes the sentence of a report; `{penalty}` and `{derivative}` stand for the L2 term in the
    student's convention. `twin` is the same slip in the other of loss and gradient, made in one thought.
    `replaces`: the mistakes that this one stands for when they occur together; it may be one of them.
    `unfinished`: work that was not done. It is `missing`; nobody is accused of it. A row that names no
    `questions` is of all that its catalogue speaks of.
    """

    id: str
    title: str
    fact: str
    formula: str
    symptom: str
    remedy: str
    course: str
    questions: tuple[str, ...] = ()
    slots: tuple[str, ...] = ()  # for rows without deviations: the part of the work that is wrong
    deviations: tuple[Deviation, ...] = ()
    where: str | None = None  # the finder of the assignment that knows the line
    twin: str | None = None
    replaces: tuple[str, ...] = ()
    unfinished: bool = False


class _Section(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    title: str
    mistake: tuple[Mistake, ...]
    right: dict[str, dict[Slot, str]] = {}


#: The file of examples among those of a catalogue; `submissions/pages.py` makes it.
EXAMPLES = "examples.json"
#: The rows that the engine itself names.
OF_EVERY_ASSIGNMENT = resources.files("grader.diagnosis") / "code.toml"


def _sections(folder: Traversable) -> list[_Section]:
    """The files of a catalogue, and behind them what the engine itself names in every assignment."""
    own = sorted((entry for entry in folder.iterdir() if entry.name.endswith(".toml")), key=lambda e: e.name)
    read = [msgspec.toml.decode(file.read_bytes(), type=_Section) for file in (*own, OF_EVERY_ASSIGNMENT)]
    taken = {row.id for section in read[:-1] for row in section.mistake}
    left = tuple(row for row in read[-1].mistake if row.id not in taken)
    return [*read[:-1], msgspec.structs.replace(read[-1], mistake=left)]


class Catalogue:
    """The mistakes of an assignment by id, in the order of the files.

    Those that the engine names in every assignment come last, where the files have no row of their own for
    them. `sections` groups them as the files do, by their titles; `right` holds the right form of every part
    of each kind of loss.
    """

    def __init__(self, folder: Traversable) -> None:
        """
        Raises:
            msgspec.ValidationError: a row that does not fit its type; the message names the path.
            ValueError: an id that occurs twice, or that a row refers to and that is not there.
        """
        files = _sections(folder)
        rows = [row for file in files for row in file.mistake]
        questions = tuple(dict.fromkeys(question for row in rows for question in row.questions))
        self._shown = folder / EXAMPLES
        self.right: Mapping[str, Mapping[Slot, str]] = {k: v for file in files for k, v in file.right.items()}
        self.rows: dict[str, Mistake] = {}
        for row in rows:
            if row.id in self.rows:
                raise ValueError(f"the mistake {row.id} is in the catalogue twice")
            self.rows[row.id] = msgspec.structs.replace(row, questions=row.questions or questions)
        self.sections: dict[str, tuple[Mistake, ...]] = {}
        for file in files:
            found = tuple(self.rows[row.id] for row in file.mistake)
            self.sections[file.title] = self.sections.get(file.title, ()) + found
        self.require(*(other for row in self.rows.values() for other in _referred(row)))

    def __getitem__(self, mistake: str) -> Mistake:
        """The row of a mistake.

        Raises:
            KeyError: no such mistake; `closest` suggests what was meant.
        """
        return self.rows[mistake]

    @cached_property
    def examples(self) -> Mapping[str, Example]:
        """Small problems that show a mistake, by its id; not every mistake has one."""
        if not self._shown.is_file():
            return {}
        return msgspec.json.decode(self._shown.read_bytes(), type=dict[str, Example])

    def require(self, *mistakes: str) -> tuple[str, ...]:
        """These ids, which code relies on.

        Raises:
            ValueError: one is not in the catalogue.
        """
        if absent := [mistake for mistake in mistakes if mistake not in self.rows]:
            raise ValueError(f"{', '.join(sorted(absent))} is not in the catalogue")
        return mistakes

    def closest(self, mistake: str) -> list[str]:
        """The three ids most like a mistyped one, best first; empty when nothing is like it."""
        asked = mistake.lower().replace("_", "-").replace(" ", "-")
        return difflib.get_close_matches(asked, self.rows, n=3, cutoff=0.5)

    def slots(self, mistake: str) -> tuple[str, ...]:
        """The parts of the work that a mistake makes wrong."""
        row = self[mistake]
        own = tuple(deviation.slot for deviation in row.deviations)
        replaced = tuple(slot for part in row.replaces if part != mistake for slot in self.slots(part))
        return row.slots or tuple(dict.fromkeys(own + replaced))

    def is_right_without_reg(self, mistake: str) -> bool:
        """Whether a mistake of a data part shows only where reg is not 0: a factor such as 1 + reg."""
        factors = [deviation.factor for deviation in self[mistake].deviations if deviation.slot in _OF_DATA]
        return bool(factors) and all(factor and _ONE_WITHOUT_REG.match(factor) for factor in factors)

    def shown_slots(self, mistake: str) -> str:
        """The parts that a mistake makes wrong, in words."""
        return ", ".join(_SLOT_NAMES.get(slot, slot.replace("_", " ")) for slot in self.slots(mistake))

    @cached_property
    def standing_for_several(self) -> list[Mistake]:
        """The rows that stand for a set of others, the largest sets first."""
        return sorted((row for row in self.rows.values() if row.replaces), key=lambda row: -len(row.replaces))


def _referred(row: Mistake) -> Iterator[str]:
    """The ids of other mistakes in a row."""
    yield from (*row.replaces, *([row.twin] if row.twin else []))
    yield from (other for deviation in row.deviations for other in deviation.also)
