"""No reply of the right form makes a check raise: a submission may answer in the worker's name."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from odd_values import odd_values
from test_knn import ROLES as KNN_ROLES
from test_knn import Right as Neighbours
from test_linear_losses import NAMES as LOSSES
from test_nets import METHODS, plain, trainer
from test_odd_results import EXAMPLES, judge
from test_training import Base as Linear
from test_training import plain as linear_step

from grader.intake.site import Site
from grader.sandbox.peer import WorkerDied
from grader.sandbox.replies import check_form
from grader.student.in_process import InProcess
from grader.wall.wire import ObjectRef, WireError
from reference import linear

_NUMBERS = st.lists(st.integers(-(2**63), 2**63), max_size=3)
_TEXTS = st.lists(st.text(max_size=5), max_size=3)
#: Fields of a reply, of the form that `check_form` lets pass or not.
replies = st.fixed_dictionaries(
    {},
    optional={
        "value": st.one_of(odd_values, st.builds(ObjectRef, st.integers(-5, 500))),
        "changed": _NUMBERS,
        "untaken": _TEXTS,
        "notes": _TEXTS,
        "probed": odd_values,
        "absent": _TEXTS,
        "ok": st.booleans(),
        "kind": st.sampled_from(["raised", "import", "absent", "unsendable", "died", ""]),
        "text": st.text(max_size=5),
        "type": st.sampled_from(["ValueError", "NotImplementedError", "MemoryError", "", "\x1b[2J"]),
        "file": st.sampled_from([None, "", "../../etc/passwd", "cs231n/classifiers/linear_svm.py"]),
        "line": st.sampled_from([None, 0, 7, 10**12]),
        "function": st.sampled_from([None, "f", "<module>"]),
        "module": st.sampled_from([None, "torch", ""]),
        "library": st.sampled_from([None, "torch", "nothing"]),
    },
)


class Impostor(InProcess):
    """Right work, in whose name something else answers from one request on."""

    def __init__(self, live: Any, sites: Any, odd: dict[str, Any], first: int, lasts: bool) -> None:
        super().__init__(live, sites)
        self.odd, self.first, self.lasts, self.count = odd, first, lasts, 0

    def request(self, message: dict[str, Any], *settings: Any) -> dict[str, Any]:
        reply = super().request(message, *settings)
        self.count += 1
        if self.count == self.first or (self.lasts and self.count > self.first):
            reply = {**reply, **self.odd}
            try:
                check_form(message, reply)
            except WireError:
                raise WorkerDied("sent an unreadable reply") from None
        return reply


def live(question: str) -> tuple[dict[str, Any], dict[str, Site]]:
    """Right work, and where it is."""
    if question == "knn":
        sites = {name: Site(None, "KNearestNeighbor", method) for name, method in KNN_ROLES.items()}
        return {"KNearestNeighbor": Neighbours}, sites
    if question == "two_layer_net":
        sites = {
            f"two_layer_net.{role}": Site(None, "TwoLayerNet", method) for role, method in METHODS.items()
        }
        return {"TwoLayerNet": trainer(plain)}, sites
    functions = {name: getattr(linear, name) for name in LOSSES.values()}
    sites = {of: Site(None, name) for of, name in LOSSES.items() if of.startswith("svm")}
    sites |= {f"svm.{name}": Site(None, "LinearSVM", name) for name in ("train", "predict")}
    return {**functions, "LinearSVM": type("LinearSVM", (Linear,), {"step": linear_step})}, sites


@pytest.mark.parametrize("question", ["svm", "knn", "two_layer_net"])
@EXAMPLES
@given(odd=replies, first=st.integers(1, 60), lasts=st.booleans())
def test_no_reply_is_a_fault_of_ours(question: str, odd: dict[str, Any], first: int, lasts: bool) -> None:
    judge(question, Impostor(*live(question), odd, first, lasts))
