"""Two-layer and fully-connected nets of one student, whatever the form of their class.

`neural_net.TwoLayerNet` gets reg with every call of `loss`, `fc_net.TwoLayerNet` and `FullyConnectedNet`
in the constructor; checks only see `net.loss(problem, reg)`.
"""

from __future__ import annotations

import posixpath
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from grader.assignment1.layers.proxy import Layers
from grader.assignment1.nets.problems import NetProblem
from grader.assignment1.nets.training import NetTraining
from grader.assignment1.optim.proxy import UpdateRules
from grader.assignment1.training.spied import SpiedTraining
from grader.intake.site import Site
from grader.student.answers import BadResult, as_array, as_labels, as_scalar, describe, is_zero
from grader.student.calls import Student, StudentError, StudentMissing
from grader.wall.wire import ObjectRef

__all__ = ["FullyConnectedQuestion", "Net", "NetResult", "TwoLayerQuestion"]

Floats = NDArray[np.float64]


#: What the constructor of neural_net.py, and that of fc_net.py, call sizes and scale.
NAMES_2016 = ("input_size", "hidden_size", "output_size", "std")
NAMES_2021 = ("input_dim", "hidden_dim", "num_classes", "weight_scale")


def _renumbered(params: Mapping[str, Any], by: int) -> dict[str, Any]:
    """The parameters, or gradients, with the numbers in W1, b1, … raised."""
    return {_raised(name, by): value for name, value in params.items()}


def _raised(name: Any, by: int) -> Any:
    number = name[1:] if isinstance(name, str) and name[:1] in ("W", "b") else ""
    return f"{name[0]}{int(number) + by}" if by and number.isdecimal() else name


class NetResult:
    """What `loss` returned for a problem; its parts validate on access, so that none hides another.

    `first`: the number of the first layer's parameters.
    """

    def __init__(self, value: Any, problem: NetProblem, first: int = 1) -> None:
        self.raw = value
        self.problem = problem
        self.first = first

    @property
    def is_swapped(self) -> bool:
        """Whether the gradients come first and the loss second."""
        pair = self._pair()
        return isinstance(pair[0], dict) and not isinstance(pair[1], dict)

    def turned(self) -> NetResult:
        """The same result the other way round."""
        return NetResult(self._pair()[::-1], self.problem, self.first)

    @property
    def loss(self) -> float:
        value = self._pair()[0]
        if value is None or (isinstance(value, (int, float)) and value == 0):
            raise StudentMissing("the loss is not computed yet")
        return as_scalar(value, "the loss")

    @property
    def gradients(self) -> Mapping[str, Any]:
        """The gradients as they came, by the name of their parameter.

        Raises:
            StudentMissing: none, or all of them zero.
        """
        gradients = self._pair()[1]
        if gradients is None or (isinstance(gradients, dict) and not gradients):
            raise StudentMissing("the gradients are not computed yet")
        if not isinstance(gradients, dict):
            raise BadResult(f"the gradients are {describe(gradients)}, not a dict", "return (loss, grads)")
        if is_zero(gradients):
            raise StudentMissing("all gradients are zero: they are not computed yet")
        return _renumbered(gradients, 1 - self.first)

    def gradient(self, name: str) -> Floats:
        """The gradient of one parameter, in the parameter's shape."""
        gradients = self.gradients
        if gradients.get(name) is None:
            raise BadResult(
                f'grads has no entry "{name}"', f'put the gradient of {name} into grads["{name}"]'
            )
        return as_array(gradients[name], self.problem.params[name].shape, f"the gradient of {name}")

    @property
    def excess(self) -> int:
        """How many results there are beside the loss and the gradients."""
        return len(self.raw) - 2 if isinstance(self.raw, (tuple, list)) and len(self.raw) > 2 else 0

    def _pair(self) -> Any:
        if self.excess and any(isinstance(part, dict) for part in self.raw[:2]):
            return self.raw[:2]
        if not isinstance(self.raw, (tuple, list)) or len(self.raw) != 2:
            if self.raw is None:
                raise StudentMissing("`loss` returns None: nothing is computed yet", "nothing")
            raise BadResult(f"`loss` returned {describe(self.raw)}", "return the pair (loss, grads)")
        return self.raw


class Net:
    """One class of net. Objects live for one call; answers are kept per problem and reg.

    `shapes` (N, D, H1, …, C) are those of the problems on which it is judged: as in the course's notebooks,
    a net of one hidden layer has more hidden units than classes. `first_sizes` (D, H1, …, C) are those of the
    net whose first parameters are looked at: enough numbers for a standard deviation.
    """

    first_sizes: tuple[int, ...] = (60, 50, 10)
    shapes: tuple[tuple[int, ...], ...] = ((13, 8, 11, 10), (9, 11, 6, 4))

    def __init__(self, student: Student, question: str) -> None:
        self.student = student
        self.question = question
        self.role = f"{question}.loss"
        self.lacks_reg = False
        #: The number of the first layer's parameters, as far as start values were seen.
        self.first = 1
        self._names: tuple[str, ...] | None = None
        self._answers: dict[tuple[str, float | None], Any] = {}

    @property
    def site(self) -> Site:
        return self.student.site(self.role)

    @property
    def takes_reg(self) -> bool:
        """Whether `loss` itself takes reg, as in neural_net.py."""
        name = posixpath.basename(self.site.file or "")
        if name in ("neural_net.py", "fc_net.py"):
            return name == "neural_net.py"
        role = f"{self.question}.train"
        return role in self.student.sites or role in self.student.absent

    def made(self, sizes: Sequence[int], std: float, reg: float = 0.0) -> ObjectRef:
        """A new net with layers of these sizes (D, H1, …, C)."""
        settings = dict(zip(NAMES_2016 if self.takes_reg else NAMES_2021, (*sizes, std), strict=True))
        return self._made(settings if self.takes_reg else {**settings, "reg": reg})

    def _made(self, settings: Mapping[str, Any]) -> ObjectRef:
        """A new net. Where its constructor has no place for reg, it gets the attribute."""
        reply = self.student.call(self.role, keep=True, spare=("reg",), **settings)
        self.lacks_reg = "reg" in reply.untaken
        if self.lacks_reg:
            self.student.set(self.role, reply.value, "reg", settings["reg"])
        return reply.value  # type: ignore[no-any-return]

    def initial(self, sizes: Sequence[int], std: float) -> Mapping[str, Any]:
        """The parameters of a new net.

        Raises:
            StudentMissing: there are none.
        """
        params = self.student.get(self.role, self.made(sizes, std), "params")
        if params is None or (isinstance(params, dict) and not params):
            raise StudentMissing("self.params holds nothing yet")
        if not isinstance(params, dict):
            raise BadResult(f"self.params is {describe(params)}", "self.params is a dict of arrays")
        self.first = 0 if "W0" in params and f"W{len(sizes) - 1}" not in params else 1
        return _renumbered(params, 1 - self.first)

    def scores(self, problem: NetProblem) -> Floats:
        """The scores (N, C), which `loss` returns when it gets no labels."""
        value = self._ask(problem, None)
        if value is None:
            raise StudentMissing(f"`{self.site.label}` returns None: no scores are computed yet", "nothing")
        return as_array(value, (len(problem.X), problem.sizes[-1]), "the array of scores")

    def loss(self, problem: NetProblem, reg: float) -> NetResult:
        """Loss and gradients."""
        return NetResult(self._ask(problem, reg), problem, self.first)

    def predict(self, problem: NetProblem) -> Floats:
        """The labels that `predict` gives to the rows of X, in whatever shape they came.

        Raises:
            StudentMissing: None or only zeros. BadResult: no numbers.
        """
        return self._predicted(problem, self._with_parameters(problem, 0.0))

    def predict_from(self, problem: NetProblem, scores: Floats) -> Floats:
        """The same where `loss` gives these scores, whatever is wrong with it."""
        model = self._with_parameters(problem, 0.0)
        self.student.spy(f"{self.question}.predict", model, "loss", scores)
        return self._predicted(problem, model)

    def _predicted(self, problem: NetProblem, model: ObjectRef) -> Floats:
        value = self.student.call(f"{self.question}.predict", problem.X, on=model).value
        return as_labels(value, None)

    def _ask(self, problem: NetProblem, reg: float | None) -> Any:
        key = (problem.name, reg)
        if key not in self._answers:
            model = self._with_parameters(problem, reg or 0.0)
            labels = () if reg is None else (problem.y,)
            # A loss that takes reg where the constructor should is asked in its own way.
            in_call = reg is not None and (self.takes_reg or self.lacks_reg)
            settings: dict[str, Any] = {"reg": reg} if in_call else {}
            spare = ("reg",) if self.lacks_reg else ()
            reply = self.student.call(self.role, problem.X, *labels, on=model, spare=spare, **settings)
            self._answers[key] = reply.value
        return self._answers[key]

    def _with_parameters(self, problem: NetProblem, reg: float) -> ObjectRef:
        model = self.made(problem.sizes, 1e-2, reg)
        params = _renumbered(problem.params, self.first - 1)
        in_order = dict.fromkeys((*self._names_of(model), *params))
        self.student.set(self.role, model, "params", {n: params[n] for n in in_order if n in params})
        return model

    def _names_of(self, model: ObjectRef) -> tuple[str, ...]:
        """The parameters as its constructor orders them: some code unpacks `self.params.values()`."""
        if self._names is None:
            try:
                params = self.student.get(self.role, model, "params")
            except StudentError:
                params = None
            self._names = tuple(params) if isinstance(params, dict) else ()
        return self._names


class DeepNet(Net):
    """`FullyConnectedNet`: hidden sizes as a list, everything computed in the dtype that it is given."""

    first_sizes = (60, 50, 45, 10)

    def __init__(self, student: Student, question: str) -> None:
        super().__init__(student, question)
        self._normalizes: bool | None = None

    def made(self, sizes: Sequence[int], std: float, reg: float = 0.0) -> ObjectRef:
        dim, *hidden, classes = sizes
        settings: dict[str, Any] = {"input_dim": dim, "num_classes": classes, "reg": reg}
        made = self._made({"hidden_dims": hidden, **settings, "weight_scale": std, "dtype": "float64"})
        if self._normalizes is None:
            self._normalizes = self._is_normalizing(made)
        if self._normalizes:
            self.student.set(self.role, made, "normalization", None)
        return made

    def _is_normalizing(self, made: ObjectRef) -> bool:
        """Whether it normalizes unless it is told not to, which only the second assignment asks for."""
        try:
            kind = self.student.get(self.role, made, "normalization")
        except StudentError:  # it has no such attribute
            return False
        if kind is not None:
            self.student.note(f"{self.site.name} has {kind} by default, which was left off: None is asked")
        return kind is not None


class TwoLayerQuestion(Net):
    """The question `two_layer_net`: the net, and in the form of 2021 the layers it is made of."""

    def __init__(self, student: Student, question: str) -> None:
        super().__init__(student, question)
        self.layers = Layers(student)
        self.training = NetTraining(student, question)
        self.spied: SpiedTraining | None = None


class FullyConnectedQuestion(DeepNet):
    """The question `fully_connected`: nets with one to four hidden layers, and the update rules."""

    shapes = (
        (13, 8, 11, 10),
        (15, 9, 8, 6, 4),
        (23, 7, 9, 8, 6, 5),
        (31, 7, 5, 6, 4, 5, 3),
    )

    def __init__(self, student: Student, question: str) -> None:
        super().__init__(student, question)
        self.layers = Layers(student)
        self.optim = UpdateRules(student)
