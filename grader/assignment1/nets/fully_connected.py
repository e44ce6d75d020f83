"""What only the nets of any depth must fulfil: the gradients of all layers."""

from __future__ import annotations

from grader.assignment1.nets.checks import expect_gradients
from grader.assignment1.nets.proxy import Net
from grader.checking.check import check
from grader.checking.expect import Expect

__all__: list[str] = []  # `declared_in` finds the checks


@check("gradient_W", about="loss")
def gradient_w(net: Net, expect: Expect, seed: int) -> None:
    """The gradients of all weights (data loss) match the reference, with one to four hidden layers."""
    expect_gradients(net, expect, seed, "W")


@check("gradient_b", about="loss")
def gradient_b(net: Net, expect: Expect, seed: int) -> None:
    """The gradients of all biases match the reference, with one to four hidden layers."""
    expect_gradients(net, expect, seed, "b")
