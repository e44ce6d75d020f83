"""Finding what a student implements, by name, in sound and in broken files; nothing is run."""

from __future__ import annotations

from pathlib import Path

import pytest
from work_samples import SOFTMAX, SVM, WORK, notebook, write

from grader.assignment1.editions import EDITIONS
from grader.intake.roles import definitions, find_roles, source_text
from grader.intake.site import Absent, Site
from grader.intake.submission import open_submission, single


def test_roles_are_found_with_file_and_line() -> None:
    roles = find_roles(WORK, EDITIONS.load("2019"))
    found = roles["svm.vectorized"]
    assert isinstance(found, Site)
    assert (found.file, found.name, found.line) == (
        "cs231n/classifiers/linear_svm.py",
        "svm_loss_vectorized",
        5,
    )


def test_an_inherited_method_is_found_in_its_base_class() -> None:
    roles = find_roles(WORK, EDITIONS.load("2019"))
    found = roles["svm.predict"]
    assert isinstance(found, Site)
    assert (found.name, found.method, found.line) == ("LinearSVM", "predict", 5)


def test_absent_roles_say_where_they_were_expected() -> None:
    roles = find_roles(WORK, EDITIONS.load("2019"))
    assert roles["softmax.vectorized"] == Absent(
        "cs231n/classifiers/softmax.py does not define softmax_loss_vectorized"
    )
    expected = (
        "no file defines KNearestNeighbor.predict (expected in cs231n/classifiers/k_nearest_neighbor.py)"
    )
    assert roles["knn.predict"] == Absent(expected)
    assert roles["softmax.train"] == Absent(
        "cs231n/classifiers/linear_classifier.py does not define Softmax.train"
    )


def test_a_role_in_an_unusual_file_is_found_by_name() -> None:
    roles = find_roles({"all_classifiers.py": SVM + SOFTMAX}, EDITIONS.load("2019"))
    assert {name for name, found in roles.items() if isinstance(found, Site)} == {
        "svm.naive",
        "svm.vectorized",
        "softmax.naive",
    }


def test_a_file_that_nothing_imports_gives_way_to_the_one_in_use() -> None:
    folder = "cs231n/classifiers/"
    files = {
        f"{folder}linear_svm.py": SVM,
        f"{folder}linear_svm_2.py": SVM,
        f"{folder}linear_classifier.py": b"from cs231n.classifiers.linear_svm_2 import *\n",
    }
    taken = find_roles(files, EDITIONS.load("2019"))["svm.vectorized"]
    assert isinstance(taken, Site)
    assert (taken.file, taken.also) == (f"{folder}linear_svm_2.py", (f"{folder}linear_svm.py",))
    files["svm.ipynb"] = notebook("from cs231n.classifiers.linear_svm import svm_loss_vectorized")
    taken = find_roles(files, EDITIONS.load("2019"))["svm.vectorized"]
    assert isinstance(taken, Site)
    assert taken.file == f"{folder}linear_svm.py"


def test_the_courses_file_wins_over_others_and_those_are_named() -> None:
    files = WORK | {"a_test.py": SVM, "cs231n/classifiers/linear_svm_old.py": SVM}
    found = find_roles(files, EDITIONS.load("2019"))["svm.naive"]
    assert isinstance(found, Site)
    assert found.file == "cs231n/classifiers/linear_svm.py"
    assert found.also == ("a_test.py", "cs231n/classifiers/linear_svm_old.py")


@pytest.mark.parametrize(
    "stub", [b"  loss = 0.0\n  dW = np.zeros(W.shape)\n  pass\n  return loss, dW", b"  raise X()"]
)
def test_a_stub_gives_way_to_what_is_done(stub: bytes) -> None:
    head = b"def svm_loss_vectorized(W, X, y, reg):\n"
    files = {
        "cs231n/classifiers/linear_svm.py": head + stub + b"\n",
        "cs231n/classifiers/mine.py": head + b"  return np.sum(X.dot(W)), print('old'\n",
    }
    taken = find_roles(files, EDITIONS.load("2019"))["svm.vectorized"]
    assert isinstance(taken, Site)
    assert (taken.file, taken.also) == (
        "cs231n/classifiers/mine.py",
        ("cs231n/classifiers/linear_svm.py",),
    )


@pytest.mark.parametrize(
    ("body", "done"),
    [
        ("p = np.zeros(3)\n  near = np.argsort(d[0])[:k]\n  return p", False),
        ("p = np.zeros(3)\n  near = np.argsort(d[0])[:k]\n  p[0] = near[0]\n  return p", True),
        ("p = np.argsort(d[0])[:k]\n  return p", True),
        ("p = np.zeros(3)\n  p += np.argsort(d[0])[:3]\n  return p", True),
        ("return np.argsort(d[0])[:k]", True),
    ],
)
def test_what_gives_no_more_than_its_zeros_is_not_done(body: str, done: bool) -> None:
    text = f"class KNearestNeighbor:\n def predict_labels(self, d, k):\n  {body}\n".encode()
    found = find_roles({"k_nearest_neighbor.py": text}, EDITIONS.load("2019"))["knn.predict_labels"]
    assert isinstance(found, Site)
    assert found.done is done


def test_definitions_in_strings_and_comments_do_not_count() -> None:
    text = '"""\ndef svm_loss_naive(): pass\n"""\n'
    source = text + "# def svm_loss_naive(): pass\nx = 'def f(): \"'\n\ndef g():\n  pass\n"
    assert [(d.name, d.line) for d in definitions(source)] == [("g", 7)]


CORRECT = sorted((Path(__file__).parents[2] / "submissions" / "correct").rglob("*.py"))


def test_text_search_finds_what_the_syntax_tree_tells() -> None:
    sources = [source_text(path.read_bytes()) for path in CORRECT]
    assert len(sources) > 10
    for source in sources:
        found = [(d.owner, d.name, d.line, d.bases) for d in definitions(source) if not d.odd]
        searched = [
            (d.owner, d.name, d.line, d.bases) for d in definitions(source + "\nprint 1\n") if not d.odd
        ]
        assert found == searched


@pytest.mark.parametrize("more", ["", "print 1"], ids=["tree", "text"])
def test_quotes_in_work_without_docstrings_hide_nothing(more: str) -> None:
    lines = [
        "def f():",
        "  x = 'it'",
        r'  return "a\n"  # don\'t',
        "class C(B):",
        "  def g(self):",
        "    pass",
        more,
    ]
    assert [(d.owner, d.name, d.line, d.bases) for d in definitions("\n".join(lines))] == [
        (None, "f", 1, ()),
        (None, "C", 4, ("B",)),
        ("C", "g", 5, ()),
    ]


def test_the_last_of_two_definitions_counts() -> None:
    found = find_roles({"linear_svm.py": SVM + b"\n\n" + SVM}, EDITIONS.load("2019"))["svm.naive"]
    assert isinstance(found, Site)
    assert found.line == 9


def test_a_misindented_method_is_still_found() -> None:
    source = (
        b"class TwoLayerNet(object):\n  def __init__(self):\n    pass\n\n    def loss(self, X):\n      pass\n"
    )
    found = find_roles({"neural_net.py": source}, EDITIONS.load("2019"))["two_layer_net.loss"]
    assert isinstance(found, Site)
    assert found.line == 5


@pytest.mark.parametrize(
    "source",
    [
        b"print 'python 2'\n" + SVM,
        b"\xef\xbb\xbf" + SVM,
        SVM.replace(b"\n", b"\r\n"),
        b"# -*- coding: latin-1 -*-\n# caf\xe9\n" + SVM,
        b"(" * 100_000 + b"\n" + SVM,
        b"x = " + b"-" * 100_000 + b"1\n" + SVM,
        SVM + b"\0",
        b"def f(\n" * 200_000 + b"\n" + SVM,
        b"class C(\n def f(\n" * 80_000 + b"\n" + SVM,
        b"X: " * 600_000 + b"X[" * 300_000 + b"\n" + SVM,
        b"np.dot(X[" * 200_000 + b"\n" + SVM,
        b'"""' * 400_001 + b"\n" + SVM.replace(b"pass", b'"""') + SVM,
    ],
    ids=[
        "python-2",
        "bom",
        "crlf",
        "latin-1",
        "parentheses",
        "minus-signs",
        "nul",
        "defs",
        "classes",
        "one-line",
        "dots",
        "quotes",
    ],
)
def test_broken_and_old_sources_are_searched_all_the_same(source: bytes) -> None:
    assert isinstance(find_roles({"linear_svm.py": source}, EDITIONS.load("2019"))["svm.vectorized"], Site)


def test_a_git_lfs_pointer_is_no_work_and_says_so(tmp_path: Path) -> None:
    pointer = b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n"
    folder = write(tmp_path, WORK | {"cs231n/classifiers/linear_svm.py": pointer})
    submission = open_submission(single(folder), EDITIONS.landmarks)
    ignored = {item.path: item.reason for item in submission.ignored}
    missing = find_roles(submission.files, EDITIONS.load("2019"), ignored)["svm.naive"]
    assert isinstance(missing, Absent)
    assert "Git LFS pointer" in missing.reason


@pytest.mark.parametrize("line", ["ddef svm_loss_naive(W, X, y, reg):", "svm_loss_naive(W, X, y, reg):"])
def test_a_def_with_a_slip_is_where_its_role_is(line: str) -> None:
    """So the syntax error is told of it, not that the file lacks it."""
    path = "cs231n/classifiers/linear_svm.py"
    broken = {path: f"import numpy\n\n{line}\n  return 1\n".encode()}
    found = find_roles(broken, EDITIONS.load("2019"))["svm.naive"]
    assert isinstance(found, Site)
    assert found.line == 3
    of_another = b"class LinearClassifier:\n  def predict(self, X):\n    print 1\n"
    roles = find_roles({"linear_classifier.py": of_another}, EDITIONS.load("2019"))
    assert isinstance(roles["svm.predict"], Absent)
    called = {path: b"if svm_loss_naive(1):\n  print 1\n"}
    assert isinstance(find_roles(called, EDITIONS.load("2019"))["svm.naive"], Absent)


@pytest.mark.parametrize(
    "turn", ["W = W.T\n  X = X.T", "W, X = W, X\n  W = np.transpose(W)", "X = X.transpose()"]
)
def test_code_that_turns_its_arguments_over_tells_nothing_of_how_they_came(turn: str) -> None:
    body = (
        f'  """- W: array of shape (D, C)"""\n  {turn}\n  C, N = W.shape[0], X.shape[1]\n  return W.dot(X)\n'
    )
    files = {"softmax.py": f"def softmax_loss_naive(W, X, y, reg):\n{body}".encode()}
    found = find_roles(files, EDITIONS.load("2016"))["softmax.naive"]
    assert isinstance(found, Site)
    assert not found.transposed


def test_names_may_be_written_otherwise_than_the_course_does() -> None:
    knn = b"class KNearestNeighbor:\n  def compute_distances_one_loops(self, X): pass\n"
    softmax = b"def softmaxLossNaive(W, X, y, reg): pass\ndef softmax(x): pass\n"
    classes = b"class Softmax:\n  def train(self, X): pass\n"
    files = {"k_nearest_neighbor.py": knn, "softmax.py": softmax, "linear_classifier.py": classes}
    roles = find_roles(files, EDITIONS.load("2019"))
    labels = {role: found.label for role, found in roles.items() if isinstance(found, Site)}
    assert labels == {
        "knn.one_loop": "KNearestNeighbor.compute_distances_one_loops",
        "softmax.naive": "softmaxLossNaive",
        "softmax.train": "Softmax.train",
    }
    train = roles["softmax.train"]
    assert isinstance(train, Site)
    assert train.also == ()  # the function `softmax` is not the class


def test_a_class_is_taken_as_a_whole_from_the_file_where_it_is_done() -> None:
    stub = b"class TwoLayerNet:\n  def __init__(self):\n    self.W = 2 * X\n  def loss(self, X):\n    pass\n"
    files = {"a/neural_net.py": stub, "b/neural_net.py": stub.replace(b"pass", b"return X.dot(self.W)")}
    roles = find_roles(files, EDITIONS.load("2019"))
    for role in ("two_layer_net.init", "two_layer_net.loss"):
        found = roles[role]
        assert isinstance(found, Site)
        assert found.file == "b/neural_net.py"
