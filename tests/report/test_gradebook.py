"""The gradebook: a line for each submission, in a fixed order, harmless to a spreadsheet."""

from __future__ import annotations

import csv
import io
import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from report_samples import (
    FORGOT,
    HOSTILE,
    SAMPLES,
    all_correct,
    check,
    hostile,
    one_mistake,
    question,
    report,
    right,
)

from grader.report import gradebook_csv
from grader.result import Verdict


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_one_line_for_each_submission_with_its_scores_and_mistakes() -> None:
    by_id = {row["submission"]: row for row in rows(gradebook_csv(make() for make in SAMPLES.values()))}
    assert len(by_id) == len(SAMPLES)
    assert by_id["ada"] == {
        "submission": "ada",
        "edition": "2019",
        "score": "47",
        "max_score": "50",
        "knn": "",
        "svm": "22",
        "softmax": "25",
        "manual": "",
        "mistakes": FORGOT,
        "status": "graded",
        "reason": "",
    }
    assert by_id["barbara"]["mistakes"] == f"{FORGOT};not-vectorized"
    assert by_id["mary.zip"]["status"] == "refused"
    assert by_id["mary.zip"]["score"] == ""  # nought would be taken for a failure
    assert by_id["mary.zip"]["reason"].startswith("the archive ends")
    assert by_id["tim"]["status"] == "fault"


def test_a_question_that_counts_for_nothing_has_no_score() -> None:
    """As features under --no-train: nought would be taken for a failure."""
    uncounted = question("features", "Image features", [check("features", "net", max_score=0)])
    stub = question("knn", "k-NN", [check("knn", "two_loops.distances", Verdict.MISSING)])
    (row,) = rows(gradebook_csv([report([uncounted, stub, right("svm", "SVM")])]))
    assert (row["features"], row["knn"], row["svm"]) == ("", "0", "25")
    assert row["score"] == "25"


def test_question_scores_add_up_in_every_line() -> None:
    for row in rows(gradebook_csv(make() for make in SAMPLES.values())):
        questions = [float(row[name] or 0) for name in ("knn", "svm", "softmax")]
        assert round(sum(questions), 2) == float(row["score"] or 0)


def test_the_order_does_not_depend_on_the_order_of_grading() -> None:
    reports = [all_correct(), one_mistake(), report([right("svm", "SVM")], "Bob")]
    texts = {gradebook_csv(order) for order in itertools.permutations(reports)}
    assert len(texts) == 1
    assert [row["submission"] for row in rows(texts.pop())] == ["ada", "Bob", "grace"]


def test_the_questions_of_all_editions_stand_in_one_order() -> None:
    editions = (["knn", "softmax", "features", "bonus"], ["knn", "svm", "softmax", "features"], ["svm"])
    for order in itertools.permutations(editions):
        reports = [report([right(id, id) for id in ids], str(n)) for n, ids in enumerate(order)]
        header = gradebook_csv(reports).splitlines()[0]
        columns = header.replace('"', "").split(",")[4:-3]
        assert columns == ["knn", "svm", "softmax", "features", "bonus"]


def test_no_reports_give_a_header_only() -> None:
    assert gradebook_csv([]).count("\n") == 1


def assert_no_formula(text: str) -> None:
    table = list(csv.reader(io.StringIO(gradebook_csv([hostile(text)]), newline="")))
    assert [len(row) for row in table] == [len(table[0])] * 2
    for cell in table[1]:
        assert not cell.startswith(tuple("=+-@\t\r＝＋－＠")), cell
        assert cell.isprintable()


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t=", " =", "\r\n@", "＝", "\x00=", "\u200b="])
def test_no_cell_begins_a_formula(start: str) -> None:
    assert_no_formula(f'{start}HYPERLINK("https://example.org";A1),\'|!')


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_stays_in_its_cell(text: str) -> None:
    assert_no_formula(text)


def test_text_cells_are_quoted_so_that_a_semicolon_begins_no_cell() -> None:
    line = gradebook_csv([report([right("svm", "SVM")], "a;=1+1")]).splitlines()[1]
    assert line.startswith('"a;=1+1",')


@given(st.text(st.characters(exclude_categories=()), max_size=60))
@settings(max_examples=60, deadline=None)
def test_any_text_stays_in_its_cell(text: str) -> None:
    assert_no_formula(text)
