"""What an assignment says of a role so that it can be mended: small scenes, and what is right in them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from grader.intake.site import Site
from grader.wall.wire import ObjectRef

__all__ = ["SEED", "Measure", "Mendable", "Output", "Scene", "Steps", "Ways"]

#: Of the student's random numbers, before the first step.
SEED = 231

Floats = NDArray[np.float64]
Path = tuple[str | int | tuple[int | None, ...], ...]


@dataclass(frozen=True)
class Output:
    """Numbers that a scene gives: at a path in the result of a step, of that shape.

    In a path a number or name takes an item or attribute, a tuple a part of an array (None for all of an
    axis). `also` is where they may be instead.
    """

    label: str
    step: int
    path: Path
    shape: tuple[int, ...]
    also: Path | None = None

    @property
    def size(self) -> int:
        return int(np.prod(self.shape, dtype=int))


@dataclass(frozen=True)
class Measure:
    """What is judged: an output, or what it is above another (a part may be right though the rest is not)."""

    label: str
    output: int
    less: int | None = None


@dataclass(frozen=True)
class Scene:
    """Calls with small inputs, the outputs looked at, and what they are when all is right.

    `expected` has an entry for each convention that is right, with an array for each output; NaN is where
    every number is right.
    """

    steps: Sequence[Mapping[str, Any]]
    outputs: Sequence[Output]
    expected: Sequence[Sequence[Any]]
    measures: Sequence[Measure] = ()

    def __post_init__(self) -> None:
        if not self.measures:
            own = [Measure(output.label, i) for i, output in enumerate(self.outputs)]
            object.__setattr__(self, "measures", tuple(own))

    @property
    def size(self) -> int:
        return sum(output.size for output in self.outputs)

    def row(self, convention: int) -> Floats:
        """The right numbers of all outputs, flat."""
        arrays = zip(self.expected[convention], self.outputs, strict=True)
        return np.concatenate(
            [np.broadcast_to(np.asarray(a, np.float64), o.shape).ravel() for a, o in arrays]
        )

    def measured(self, rows: Floats) -> list[Floats]:
        """For each measure its numbers in every row (n, size)."""
        ends = np.cumsum([output.size for output in self.outputs])
        parts = [rows[:, end - o.size : end] for end, o in zip(ends, self.outputs, strict=True)]
        with np.errstate(all="ignore"):
            return [parts[m.output] - (0 if m.less is None else parts[m.less]) for m in self.measures]

    def message(self) -> dict[str, Any]:
        """What the worker gets: nothing of what is right."""
        takes = [
            {"step": o.step, "paths": [o.path, o.path if o.also is None else o.also], "shape": list(o.shape)}
            for o in self.outputs
        ]
        return {"steps": [dict(step) for step in self.steps], "takes": takes, "seed": SEED}


@dataclass(frozen=True)
class Mendable:
    """A role that can be mended: the functions that may be edited, and its scenes.

    The first scene is searched in, the others have other shapes and only confirm. `aside`: statements of
    checks that are a matter of their own, which a mend need not set right.
    """

    role: str
    functions: Sequence[Site]
    scenes: Sequence[Scene]
    aside: frozenset[str] = frozenset()


#: From a role and the sites of all: the ways to mend it, the next where the one before leads nowhere.
Ways = Callable[[str, Mapping[str, Site]], Sequence[Mendable]]


@dataclass
class Steps:
    """Writes the steps of a scene: each method adds one and gives its number."""

    written: list[dict[str, Any]] = field(default_factory=list)

    def call(
        self,
        target: Site | int,
        *args: Any,
        method: str | None = None,
        **kwargs: Any,
    ) -> int:
        """Call what a file defines (a class makes an object), or a method of what a step gave."""
        return self._add("call", target, method=method, args=args, kwargs=kwargs)

    def set(self, target: int, name: str, value: Any) -> int:
        return self._add("set", target, name=name, value=value)

    def get(self, target: int, name: str) -> int:
        return self._add("get", target, name=name)

    def part(self, target: int, *path: str | int) -> int:
        return self._add("part", target, path=list(path))

    def spy(self, target: int, name: str, reply: Any, watch: Sequence[str] = (), least: int = 0) -> int:
        return self._add("spy", target, name=name, reply=reply, watch=list(watch), least=least)

    def _add(self, op: str, target: Site | int, **asked: Any) -> int:
        where: Any = (
            ObjectRef(target) if isinstance(target, int) else {"file": target.file, "name": target.name}
        )
        self.written.append({"op": op, "target": where, **asked})
        return len(self.written) - 1
