"""Editions as data: their contents, how they are told apart, and a course's own variant."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.assignment1.editions import EDITIONS
from grader.intake.editions import EditionError
from grader.intake.roles import find_roles
from grader.intake.site import Site

SAMPLES = Path(__file__).parents[2] / "submissions" / "correct"
C_BY_D = b'''def svm_loss_naive(W, X, y, reg):
  """
  - W: C x D array of weights
  - X: D x N array of data. Data are D-dimensional columns
  """
  num_classes = W.shape[0]
  num_train = X.shape[1]
  return W.dot(X[:, 0])
'''
D_BY_C = b'''def softmax_loss_naive(W, X, y, reg):
  """
  - W: A numpy array of shape (D, C) containing weights.
  - X: A numpy array of shape (N, D) containing a minibatch of data.
  """
  num_train = X.shape[0]
  return X[0].dot(W)
'''


def sample(name: str) -> dict[str, bytes]:
    folder = SAMPLES / name
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*.py")}


@pytest.mark.parametrize("name", EDITIONS.names)
def test_each_edition_has_a_site_for_every_question_and_role(name: str) -> None:
    edition = EDITIONS.load(name)
    assert edition.name == name
    assert {edition.question_of(role) for role in edition.roles} == set(edition.questions) - {"features"}
    assert set(edition.notebooks) == set(edition.questions)
    assert not {site.file for site in edition.roles.values()} & set(edition.support)


def test_what_sets_the_editions_apart() -> None:
    assert {name: EDITIONS.load(name).weights for name in EDITIONS.names} == dict.fromkeys(
        EDITIONS.names, "DxC"
    ) | {"2015": "CxD"}
    assert EDITIONS.load("2019").roles["two_layer_net.loss"].file == "cs231n/classifiers/neural_net.py"
    assert EDITIONS.load("2021").roles["two_layer_net.loss"].file == "cs231n/classifiers/fc_net.py"
    assert "two_layer_net" not in EDITIONS.load("2015").questions
    assert "svm" not in EDITIONS.load("2025").questions
    assert "layers.svm_loss" in EDITIONS.load("2021").roles
    assert "layers.svm_loss" not in EDITIONS.load("2025").roles
    assert EDITIONS.load("2025").notebooks["fully_connected"].file == "FullyConnectedNets.ipynb"


@pytest.mark.parametrize("name", EDITIONS.names)
def test_the_correct_samples_are_identified_with_all_their_roles(name: str) -> None:
    files = sample(name)
    found = EDITIONS.identify(files)
    assert found.edition.name == name
    assert found.evidence
    assert found.note is None
    roles = find_roles(files, found.edition)
    assert all(isinstance(role, Site) for role in roles.values())
    linear = {
        "CxD" if r.transposed else "DxC"
        for role, r in roles.items()
        if role.startswith(("svm", "softmax")) and isinstance(r, Site)
    }
    assert linear == {found.edition.weights}


@pytest.mark.parametrize(
    ("files", "name"),
    [
        ({"linear_svm.py": C_BY_D}, "2015"),
        ({"linear_svm.py": C_BY_D, "softmax.py": b"from past.builtins import xrange\n" + C_BY_D}, "2015"),
        ({"neural_net.py": b"class TwoLayerNet: pass\n"}, "2016"),
        ({"softmax.py": b"from past.builtins import xrange\n"}, "2017"),
        ({"softmax.py": b"# *****START OF YOUR CODE (DO NOT DELETE/MODIFY THIS LINE)*****\n"}, "2019"),
        ({"fc_net.py": b"class TwoLayerNet: pass\n", "linear_svm.py": b""}, "2021"),
        ({"fc_net.py": b"class TwoLayerNet: pass\n"}, "2021"),
        ({"fc_net.py": b"class TwoLayerNet: pass\nclass FullyConnectedNet: pass\n"}, "2025"),
        ({"fc_net.py": b"class TwoLayerNet: pass\n# START OF YOUR CODE (DO NOT DELETE\n"}, "2021"),
        ({"linear_classifier.py": b"def save(self, fname): pass\n"}, "2025"),
    ],
)
def test_partial_submissions_are_told_by_their_traits(files: dict[str, bytes], name: str) -> None:
    assert EDITIONS.identify(files).edition.name == name


def test_evidence_names_the_sign_and_the_file() -> None:
    found = EDITIONS.identify({"a/linear_svm.py": C_BY_D})
    assert found.evidence == ("W described as C x D (a/linear_svm.py)",)


def test_without_any_sign_a_default_is_taken_and_said() -> None:
    found = EDITIONS.identify({"mine.py": b"x = 1\n"})
    assert (found.edition.name, found.evidence) == ("2019", ())
    assert found.note == "nothing in the files tells the edition; 2019 was taken"


def test_orientation_is_decided_file_by_file() -> None:
    files = {"linear_svm.py": C_BY_D, "softmax.py": D_BY_C}
    roles = find_roles(files, EDITIONS.identify(files).edition)
    weights = {role: found.transposed for role, found in roles.items() if isinstance(found, Site)}
    assert weights == {"svm.naive": True, "softmax.naive": False}


def test_code_outweighs_a_docstring_left_from_another_year() -> None:
    mixed = C_BY_D.replace(b"W.shape[0]", b"W.shape[1]").replace(b"X.shape[1]", b"X.shape[0]")
    mixed = mixed.replace(b"W.dot(X[:, 0])", b"X[0].dot(W)")
    found = find_roles({"linear_svm.py": mixed}, EDITIONS.load("2015"))["svm.naive"]
    assert isinstance(found, Site)
    assert not found.transposed


def test_a_docstring_of_another_year_outweighs_neither_code_nor_the_other_files() -> None:
    softmax = b'''
def softmax_loss_naive(W, X, y, reg):
  """
  - W: C x D array of weights
  - X: D x N array of data. Data are D-dimensional columns
  """
  num_sample = X.shape[0]
  for i in xrange(num_sample):
    f = X[i].dot(W)
'''
    assert EDITIONS.identify({"softmax.py": softmax}).edition.name == "2019"
    files = {
        "softmax.py": softmax.replace(b"X[i].dot(W)", b"np.einsum('d,dc->c', X[i], W)"),
        "linear_classifier.py": b"def train(self, X, y):\n    num_train, dim = X.shape\n",
        "neural_net.py": b"class TwoLayerNet: pass\n",
    }
    identified = EDITIONS.identify(files)
    assert identified.edition.name == "2016"
    assert identified.evidence == ("a two-layer net in neural_net.py (neural_net.py)",)
    found = find_roles({"softmax.py": softmax}, EDITIONS.load("2015"))["softmax.naive"]
    assert isinstance(found, Site)
    assert not found.transposed


def test_one_line_the_wrong_way_round_is_a_mistake_and_no_other_form() -> None:
    source = D_BY_C.replace(b"  num_train = X.shape[0]\n", b"").replace(b"X[0].dot(W)", b"W.dot(X[0])")
    found = find_roles({"softmax.py": source}, EDITIONS.load("2019"))["softmax.naive"]
    assert isinstance(found, Site)
    assert not found.transposed


def test_a_stub_takes_the_orientation_of_its_file() -> None:
    source = C_BY_D + b"\ndef svm_loss_vectorized(W, X, y, reg):\n  pass\n"
    found = find_roles({"linear_svm.py": source}, EDITIONS.load("2019"))["svm.vectorized"]
    assert isinstance(found, Site)
    assert found.transposed


def test_a_variant_extends_an_edition(tmp_path: Path) -> None:
    (tmp_path / "ours.toml").write_text(
        'extends = "2019"\nname = "ours"\ntitle = "Our course"\nquestions = ["svm", "softmax"]\n'
        '[roles]\n"svm.naive" = "ours/svm.py:naive"\n"softmax.predict" = ""\n'
    )
    edition = EDITIONS.load(str(tmp_path / "ours.toml"))
    assert (edition.name, edition.questions) == ("ours", ("svm", "softmax"))
    assert (edition.roles["svm.naive"].file, edition.roles["svm.naive"].name) == ("ours/svm.py", "naive")
    assert edition.roles["svm.vectorized"] == EDITIONS.load("2019").roles["svm.vectorized"]
    assert "softmax.predict" not in edition.roles
    assert "knn.predict" not in edition.roles
    assert set(edition.notebooks) == {"svm", "softmax"}


def test_a_variant_may_extend_a_file_beside_it(tmp_path: Path) -> None:
    (tmp_path / "first.toml").write_text('extends = "2021"\nname = "first"\ntitle = "First"\n')
    (tmp_path / "second.toml").write_text('extends = "first.toml"\nname = "second"\n')
    assert (
        EDITIONS.load(str(tmp_path / "second.toml")).name,
        EDITIONS.load(str(tmp_path / "second.toml")).title,
    ) == (
        "second",
        "First",
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('extends = "2019"\nname = 3', "loop.toml:2: name must be a text in quotes, got 3"),
        (
            'extends = "2019"\nnmae = "x"',
            'loop.toml:2: nmae is no known key at the top; did you mean "name"?',
        ),
        ('extends = "1999"', "there is no edition '1999'; use one of 2015, 2016, 2017, 2019, 2021, 2025"),
        ('extends = "2019"\nweights = "DC"', 'loop.toml:2: weights must be "DxC" or "CxD", got "DC"'),
        (
            'extends = "2019"\n[roles]\n"svm.naive" = "svm.py"',
            'must read "file.py:function" or "file.py:Class.method"',
        ),
        (
            'extends = "2019"\n[[traits]]\nsays="x"\nfiles="*"\npattern="("\nweight=1',
            "is no regular expression",
        ),
        ('extends = "2019"\n[notebooks.svm]\nfile="a.ipynb"\nmarks="["', "is no regular expression"),
        ("name = ", "loop.toml: not valid TOML"),
        (
            'extends = "2019"\n[roles]\n"svm.naiv" = "svm.py:loss"',
            'loop.toml:3: there is no role "svm.naiv" at roles; did you mean "svm.naive"?',
        ),
        (
            'extends = "2019"\nquestions = [\n  "knn",\n  "smv",\n]',
            'loop.toml:4: there is no question "smv" at questions; did you mean "svm"?',
        ),
        (
            'extends = "2019"\n[notebooks.softmaks]\nfile="a.ipynb"',
            'loop.toml:2: there is no question "softmaks" at notebooks; did you mean "softmax"?',
        ),
        (
            'extends = "2019"\n[notebooks.svm]\nflie="a.ipynb"',
            'loop.toml:3: flie is no known key at notebooks.svm; did you mean "file"?',
        ),
        (
            'extends = "2019"\nsupport = ["cs231n/data_util.py"]',
            'there is no support file "cs231n/data_util.py" at support; did you mean "cs231n/data_utils.py"?',
        ),
        ('name = "mine"\ntitle = "Mine"', "loop.toml:1: questions is missing at the top"),
        ('extends = "loop.toml"', "leads to no edition"),
        ("extends = 2019", 'loop.toml:1: `extends = 2019` leads to no edition; name one of "2015", "2016"'),
        ('extends = "basis.toml"', "loop.toml:1: there is no file basis.toml beside this one"),
        ('schema = "grader.rubric/1"', "loop.toml:1: this is a rubric, not an edition's file"),
        (
            'extends = "2019"\nquestions = ["svm", "knn", "svm"]',
            'loop.toml:2: the question "svm" appears twice at questions',
        ),
        (
            'extends = "2019"\n[penalties]\nsvm = 0.5\n[roles]\nsvm.naive = "a.py:loss"',
            'loop.toml:5: svm.naive must stand in quotes: "svm.naive" = …',
        ),
        (
            'extends = "2019"\n[penalties]\nsvm = 2.0',
            "loop.toml:3: svm must be 1.0 or 0.5, got 2 at penalties",
        ),
    ],
)
def test_a_wrong_variant_is_refused_with_its_key(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "loop.toml").write_text(text)
    with pytest.raises(EditionError) as error:
        EDITIONS.load(str(tmp_path / "loop.toml"))
    assert message in str(error.value)


def test_an_unknown_edition_or_file_is_refused() -> None:
    with pytest.raises(
        EditionError,
        match="there is no edition '2018'; use 2017, whose form that year has, or one of 2015, 2016",
    ):
        EDITIONS.load("2018")
    with pytest.raises(EditionError, match=r"nowhere\.toml cannot be read"):
        EDITIONS.load("nowhere.toml")


def test_nets_of_the_second_assignment_that_are_not_begun_do_not_make_the_edition() -> None:
    stub = b"class TwoLayerNet:\n  def loss(self, X, y=None):\n    scores = None\n    # TODO\n    pass\n"
    stub += b"    if y is None:\n      return scores\nclass FullyConnectedNet: pass\n"
    own = {"neural_net.py": b"class TwoLayerNet: pass\n", "linear_svm.py": b""}
    assert EDITIONS.identify(own | {"fc_net.py": stub}).edition.name == "2016"
    begun = stub.replace(b"    pass\n", b"    scores = X.dot(self.W)\n")
    assert EDITIONS.identify(own | {"fc_net.py": begun}).edition.name == "2021"
    assert EDITIONS.identify({"fc_net.py": stub, "linear_svm.py": b""}).edition.name == "2021"


def test_an_svm_in_a_file_of_its_own_name_is_graded_beside_both_kinds_of_nets() -> None:
    nets = {"fc_net.py": b"class TwoLayerNet:\n    pass\n\n\nclass FullyConnectedNet:\n    pass\n"}
    layers = {"layers.py": b"def affine_forward(x, w, b):\n    pass\n"}
    svm = {"linear_SVM.py": b"def svm_loss_vectorized(W, X, y, reg):\n    pass\n"}
    assert EDITIONS.identify({**nets, **layers, **svm}).edition.name == "2021"
    assert EDITIONS.identify({**nets, **layers}).edition.name == "2025"
    # Who hands in the notebook of that year has an SVM beside the work.
    year = {
        "linear_classifier.py": b"def save(self, fname)",
        "FullyConnectedNets.ipynb": b"FullyConnectedNet",
    }
    assert EDITIONS.identify({**nets, **layers, **svm, **year}).edition.name == "2025"
