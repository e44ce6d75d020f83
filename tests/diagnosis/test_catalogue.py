"""The catalogue's rows hold together, and its pages are those of the rows."""

from __future__ import annotations

import io
import re
import types
import xml.etree.ElementTree as ET

import pages
import pytest
from rich.console import Console

from grader.assignment1.catalogue import CATALOGUE
from grader.assignment1.knn import checks as knn_checks
from grader.assignment1.knn import mistakes as knn_mistakes
from grader.assignment1.lines.finders import FINDERS
from grader.assignment1.optim import mistakes as optim_mistakes
from grader.assignment1.training import checks as training_checks
from grader.assignment1.training import minibatches, steps
from grader.cli.assignments import ASSIGNMENTS
from grader.cli.explain import render_page, render_table, render_unknown
from grader.diagnosis.catalogue import Catalogue
from grader.diagnosis.expressions import parse
from grader.diagnosis.named import named_in
from grader.diagnosis.raised import RAISED
from grader.diagnosis.statements import explanations

ROWS = list(CATALOGUE.rows.values())
AGAIN = "run: python submissions/pages.py"
by_id = pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)

# What reports, rubrics and outside checks use. Rows may be added; none of these is renamed.
CONTRACT = set(
    re.findall(
        r"\S+",
        """
forgot-regularization-gradient regularization-gradient-half regularization-gradient-double
regularization-gradient-sum-of-w regularization-gradient-of-abs-w regularization-gradient-sign-flipped
regularization-gradient-without-strength regularization-gradient-divided-by-n forgot-regularization-loss
forgot-regularization regularization-loss-divided-by-n regularization-loss-without-strength
gradient-not-divided-by-n loss-not-divided-by-n gradient-divided-by-n-twice loss-divided-by-n-twice
gradient-divided-by-number-of-classes gradient-sign-flipped gradient-transposed
correct-class-counted-in-loss correct-class-counted-in-gradient correct-class-gradient-missing
correct-class-subtracted-once-per-example incorrect-class-gradient-missing margin-delta-missing
squared-hinge softmax-not-shifted softmax-shifted-by-batch-maximum softmax-indicator-missing
softmax-indicator-for-all-classes softmax-normalized-over-examples softmax-normalized-over-batch
softmax-probability-missing own-margin-added-to-correct-class fancy-index-add-loses-repeats
data-gradient-missing gradient-not-implemented unfinished regularization-factors-swapped last-example-only
gradient-assigned-not-added log-base-10 log-base-2 loss-of-unnormalized-scores loss-ignores-reg-argument
result-depends-on-hidden-state inputs-modified not-vectorized relu-mask-missing relu-mask-from-gradient
relu-missing-in-forward relu-on-scores hidden-gradient-from-preactivation bias-gradient-not-divided-by-n
bias-gradient-divided-by-n-twice bias-gradient-shape biases-regularized weights-not-scaled-at-init
gradient-ascent learning-rate-ignored no-update learning-rate-decayed-every-step same-batch-every-step
batch-labels-mismatched wrong-batch-size regularization-not-passed loss-history-missing predict-argmin
predict-wrong-axis squared-distances distances-not-symmetric-in-shape negative-under-root
farthest-neighbours neighbours-across-wrong-axis vote-tie-not-smallest-label undefined-name
hard-coded-number-of-classes fails-when-examples-exceed-features writes-files returns-nothing
""",
    )
)


def test_the_ids_that_others_rely_on_are_there():
    assert set(CATALOGUE.rows) >= CONTRACT


@by_id
def test_a_row_is_complete(row):
    assert all((row.title, row.fact, row.formula, row.symptom, row.remedy, row.course, row.questions))
    assert row.id == row.id.lower()
    assert CATALOGUE.slots(row.id), "it makes something wrong"
    assert row.fact[0].islower() or row.fact.startswith(("dW", "`"))
    assert not row.fact.endswith(".")
    assert set(row.questions) <= {"knn", "svm", "softmax", "two_layer_net", "features", "fully_connected"}


@by_id
def test_a_fact_can_be_told_in_every_convention(row):
    for convention in (1.0, 0.5, None):
        told = explanations(CATALOGUE, [row.id], convention, 3e-16, {"loss": 0.1, "gradient": 0.2})
        [sentence] = told.values()
        assert "{" not in sentence
        assert sentence.endswith("; the rest is right")


@by_id
def test_what_a_row_refers_to_exists(row):
    for other in (*row.replaces, *([row.twin] if row.twin else [])):
        assert other in CATALOGUE.rows
    if row.twin:
        assert CATALOGUE[row.twin].twin == row.id
    if row.where:
        assert row.where in FINDERS
    for deviation in row.deviations:
        for text in (
            deviation.form,
            deviation.margin,
            deviation.factor,
            deviation.strength,
            deviation.examples,
            *deviation.set.values(),
        ):
            assert text is None or parse(text)
        assert all(other in CATALOGUE.rows for other in deviation.also)


def test_what_the_engine_names_is_in_every_catalogue_and_an_own_row_takes_its_place(tmp_path):
    words = "\n".join(
        f'{name} = "own"' for name in ("title", "fact", "formula", "symptom", "remedy", "course")
    )
    row = f'[[mistake]]\nid = "no-such-key"\nquestions = ["one_thing"]\n{words}\n'
    (tmp_path / "10_own.toml").write_text(f'title = "Own"\n{row}', encoding="utf-8")
    made = Catalogue(tmp_path)
    assert made["no-such-key"].title == "own"
    assert made["axis-not-there"].questions == ("one_thing",)
    made.require(*RAISED)


def test_a_typo_finds_what_was_meant():
    assert CATALOGUE.closest("forgot-regularisation-gradient")[0] == "forgot-regularization-gradient"
    assert CATALOGUE.closest("Squared hinge")[0] == "squared-hinge"
    assert CATALOGUE.closest("xyzzy") == []
    with pytest.raises(KeyError):
        CATALOGUE["forgot"]


@pytest.mark.parametrize("assignment", ASSIGNMENTS.values(), ids=lambda one: one.name)
def test_the_pages_in_docs_begin_with_the_words_of_the_rows(assignment):
    folder = pages.folder_of(pages.DOCS, assignment)
    found = {file.name: file.read_text(encoding="utf-8") for file in folder.glob("*.md")}
    expected = dict(pages.pages(assignment.catalogue, {}))
    assert found.keys() == expected.keys(), AGAIN
    for name, text in expected.items():
        assert found[name].startswith(text), AGAIN
        assert name != "README.md" or found[name] == text, AGAIN


@pytest.mark.parametrize("assignment", ASSIGNMENTS.values(), ids=lambda one: one.name)
def test_every_picture_in_docs_is_on_the_page_of_its_mistake(assignment):
    folder = pages.folder_of(pages.DOCS, assignment)
    told = {
        name for page in folder.glob("*.md") for name in re.findall(r"]\((pictures/.*)\)", page.read_text())
    }
    drawn = list((folder / "pictures").glob("*"))
    assert {f"pictures/{file.name}" for file in drawn} == told, AGAIN
    for file in drawn:
        panels = ET.fromstring(file.read_text(encoding="utf-8")).findall("{http://www.w3.org/2000/svg}svg")
        assert panels
        assert all(panel.get("height") for panel in panels)


def test_writing_pages_removes_those_of_no_row(tmp_path):
    (tmp_path / "pictures").mkdir()
    for gone in ("gone.md", "pictures/gone.svg"):
        (tmp_path / gone).write_text("an old one")
    row = ROWS[0].id
    pages.write(tmp_path, dict(pages.pages(CATALOGUE, {row: {"": "", "pictures/new.svg": "<svg/>"}})))
    found = {file.name for file in tmp_path.rglob("*.*")}
    assert found == {"README.md", "new.svg", *(f"{row.id}.md" for row in ROWS)}


def _printed(renderable):
    console = Console(file=io.StringIO(), width=80)
    console.print(renderable)
    return console.file.getvalue()


def test_the_table_lists_every_mistake_whole():
    text = _printed(render_table([CATALOGUE]))
    assert all(any(row.id == word for word in text.split()) for row in ROWS)
    assert max(len(line) for line in text.splitlines()) <= 80


def test_the_table_of_one_question():
    text = _printed(render_table([CATALOGUE], "knn"))
    assert "farthest-neighbours" in text
    assert "squared-hinge" not in text


@by_id
def test_a_page_shows_everything_unchanged(row):
    text = " ".join(_printed(render_page(CATALOGUE, row)).split())
    for part in (row.title, row.id, row.formula, row.symptom, row.remedy, row.course):
        assert "".join(part.split()) in "".join(text.split())


def test_an_unknown_mistake_is_answered_with_the_nearest():
    assert "did you mean squared-hinge" in _printed(render_unknown([CATALOGUE], "sqared-hinge"))
    assert "grader explain lists" in _printed(render_unknown([CATALOGUE], "qqq"))


def test_every_mistake_that_code_names_is_in_the_catalogue():
    named = named_in(knn_checks, knn_mistakes, optim_mistakes, training_checks, steps, minibatches)
    assert named >= {"squared-distances", "update-root-missing", "no-update"}
    assert CATALOGUE.require(*named)


def test_a_mistyped_mistake_is_told_at_import():
    module = types.ModuleType("made_up")
    exec("def f(expect):\n    expect.fail('fact', mistake='not-vectorised')", vars(module))
    with pytest.raises(ValueError, match="not-vectorised is not in the catalogue"):
        CATALOGUE.require(*named_in(module))
