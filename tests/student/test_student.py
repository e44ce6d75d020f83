"""What the judge keeps of a worker's replies."""

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from grader.assignment1.layout import LAYOUT
from grader.intake.site import Site
from grader.result import Where
from grader.sandbox.host import Limits
from grader.sandbox.replies import check_form
from grader.student.calls import Student, StudentError, StudentMissing
from grader.student.in_process import InProcess
from grader.student.sandboxed import Sandboxed
from grader.wall.arguments import placed
from grader.wall.wire import WireError

CALL = {"op": "call"}


class Talkative(Student):
    """Answers every request with the notes of its list, the first ones first."""

    def __init__(self, replies: list[dict[str, Any]]) -> None:
        super().__init__({"svm.naive": Site("linear_svm.py", "svm_loss_naive", line=3)})
        self.replies = replies

    def request(self, message: dict[str, Any], *settings: Any) -> dict[str, Any]:
        reply = self.replies.pop(0)
        check_form(message, reply)
        return reply

    def _foresee(self, messages: Sequence[dict[str, Any]]) -> None: ...


def answer(*notes: str) -> dict[str, Any]:
    fields = {"value": 1.0, "changed": [], "probed": None, "untaken": []}
    return {"ok": True, **fields, "notes": list(notes)}


def test_notes_are_few_short_and_different() -> None:
    replies = [answer(*(f"{call}.{i} " + "x" * 4000 for i in range(1000))) for call in range(3)]
    student = Talkative([answer(*2 * ("the module past was supplied",)), *replies])
    for _ in range(4):
        student.call("svm.naive")
    assert student.notes[0] == "the module past was supplied"
    assert len(student.notes) == len(set(student.notes)) == 100
    assert max(map(len, student.notes)) == 500  # and every other note is told as what the code wrote


def test_what_needs_a_library_that_is_not_here_is_told_so_and_stays_in_the_maximum() -> None:
    # Who names such a library in what is not done would otherwise be graded by what is left.
    def reply(library: str) -> dict[str, Any]:
        text = f"{library}.tensor is used, but the library is not available here"
        failure = {"ok": False, "kind": "raised", "type": "ImportError", "text": text}
        return {**failure, "notes": [], "library": library}

    student = Talkative([reply("theano"), reply("mylayers")])
    with pytest.raises(StudentError, match="uses theano, which is not installed here"):
        student.call("svm.naive")
    assert len(student.notes) == 1
    assert "--python" in student.notes[0]
    with pytest.raises(StudentError):
        student.call("svm.naive")


class Forging(Sandboxed):
    """Its worker tells that line of that file as the place of an error."""

    def __init__(self, place: tuple[object, object]) -> None:
        files, site = (
            {"linear_svm.py": b"a = 1\nb = 2\n\n", "given.py": b"c = 3\n"},
            Site("linear_svm.py", "f", line=3),
        )
        wall: Any = SimpleNamespace(limits=Limits())
        super().__init__(wall, LAYOUT, files, {"svm.naive": site}, supplied=["given.py"])
        self.place = place

    def request(self, message: dict[str, Any], *settings: Any) -> dict[str, Any]:
        file, line = self.place
        told = {"type": "ValueError", "text": "", "file": file, "line": line, "function": "f"}
        return {"ok": False, "kind": "raised", "notes": [], **told}


@pytest.mark.parametrize(
    ("place", "line"),
    [
        (("linear_svm.py", 2), 2),
        (("linear_svm.py", 2000), 3),
        (("linear_svm.py", -1), 3),
        (("/etc/passwd", 1), 3),
        (("given.py", 1), 3),
        (("ada/linear_svm.py", 1), 3),
    ],
)
def test_a_place_is_a_line_of_the_work(place: tuple[str, int], line: int) -> None:
    with Forging(place) as student, pytest.raises(StudentError) as error:
        student.call("svm.naive")
    assert error.value.where == Where("linear_svm.py", line)


def test_long_texts_of_a_reply_are_cut() -> None:
    reply = {"ok": False, "kind": "raised", "type": "T" * 5000, "text": "x" * 5000, "file": None, "notes": []}
    check_form(CALL, reply)
    assert len(reply["type"]) == len(reply["text"]) == 2000
    assert reply["file"] is None
    noted = answer("n" * 5000)
    check_form(CALL, noted)
    assert noted["notes"] == ["n" * 2000]


def test_a_long_exception_is_told_in_part() -> None:
    reply = {"ok": False, "kind": "raised", "type": "ValueError", "text": "x" * 100_000, "notes": []}
    with pytest.raises(StudentError) as raised:
        Talkative([reply]).call("svm.naive")
    assert len(raised.value.fact) < 2100


@pytest.mark.parametrize("notes", [["n", 1], "n", ["n"] * 1001, None])
def test_notes_of_another_form_are_refused(notes: Any) -> None:
    with pytest.raises(WireError, match="notes"):
        check_form(CALL, {**answer(), "notes": notes})


def test_what_is_changed_is_told_of_arguments_by_name_too() -> None:
    def changes(first: np.ndarray, second: np.ndarray, third: np.ndarray) -> int:
        first += 1
        third[0] = 7
        return 1

    student = InProcess({"changes": changes}, {"one": Site(None, "changes")})
    reply = student.call("one", np.zeros(2), second=np.zeros(2), third=np.zeros(2))
    assert (reply.changed, reply.changed_names) == ((0,), ("third",))


def test_nothing_is_not_kept_but_missing() -> None:
    student = InProcess({"fit": lambda: None}, {"one": Site(None, "fit")})
    with pytest.raises(StudentMissing, match="`fit` returns None"):
        student.call("one", keep=True)


def test_an_argument_goes_to_the_parameter_of_its_name_however_that_is_written() -> None:
    def train(self: Any, X: Any, y: Any, batchSize: int = 1, learningRate: float = 0.1) -> None: ...

    given = {"verbose": False, "learning_rate": 0.5, "batch_size": 7}
    assert placed(train, 3, given, ("verbose",)) == ({"learningRate": 0.5, "batchSize": 7}, ["verbose"])
