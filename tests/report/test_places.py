"""What Gradescope and Classroom 50 read of every sample, and the author's page in Markdown."""

from __future__ import annotations

import json

import jsonschema
import pytest
from gradescope_root import RESULTS
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markup import Markup
from report_samples import HOSTILE, SAMPLES, check, hostile, one_mistake, question, report

from grader.report import markdown_page, render_console, render_gradescope
from grader.report.classroom50 import Handed, render_classroom50, scale
from grader.result import Verdict

HANDED = Handed(
    classroom="c",
    assignment="a",
    assignment_type="individual",
    owner="ada",
    submission="submit/1",
    commit="https://example.org/1",
    release="https://example.org/2",
    review="https://example.org/3",
    datetime="2026-06-01T14:32:01Z",
)
PAGE = {"h2", "h3", "p", "em", "strong", "pre", "code"}


@pytest.mark.parametrize("sample", SAMPLES)
def test_results_for_gradescope_are_of_its_form_and_add_up(sample: str) -> None:
    found = SAMPLES[sample]()
    results = json.loads(render_gradescope(found, found))
    jsonschema.validate(results, RESULTS)
    if found.questions:
        assert results["score"] == pytest.approx(sum(test["score"] for test in results["tests"]))
    assert results["output"] == markdown_page(found)


@pytest.mark.parametrize("sample", SAMPLES)
def test_results_for_classroom_50_are_whole_and_add_up(sample: str) -> None:
    result = json.loads(render_classroom50(SAMPLES[sample](), HANDED))
    tests = result["tests"]
    assert result["score"] == sum(test["score"] for test in tests)
    assert result["max-score"] == sum(test["max-score"] for test in tests)
    for each in (result, *tests):
        assert type(each["score"]) is type(each["max-score"]) is int
        assert 0 <= each["score"] <= each["max-score"]


def test_the_scale_is_that_of_the_rubric_whatever_was_reached() -> None:
    def worth(*maxima: float, reached: float) -> int:
        checks = [
            check("svm", f"naive.part_{n}", Verdict.FAILED, max_score=most, score=reached * most)
            for n, most in enumerate(maxima)
        ]
        return scale(report([question("svm", "SVM", checks)]))

    assert worth(1, 2, reached=0) == worth(1, 2, reached=0.3) == 1
    assert worth(1, 0.5, reached=0) == worth(1, 0.5, reached=0.77) == 2
    assert worth(0.25, 0.2, reached=0.5) == 20


@pytest.mark.parametrize("sample", SAMPLES)
def test_the_page_says_what_the_terminal_says(sample: str) -> None:
    found = SAMPLES[sample]()
    shown = Markup(MarkdownIt().render(markdown_page(found)))
    assert shown.names <= PAGE
    header = " ".join(render_console(found, width=100).split("\n\n")[0].split())
    assert header in shown.text


def test_the_page_has_the_authors_own_lines_and_what_to_do() -> None:
    page = markdown_page(one_mistake())
    assert page.count("### ✗ 1\\. ") + page.count("### ✗ 1. ") == 1
    assert "**Do:** " in page


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_of_a_submission_is_markup(text: str) -> None:
    odd = f"{text} <img src=x> [a](https://example.org) ![b](c) ``` # | *x* https://example.org a@example.org"
    found = hostile(odd)
    for page in (markdown_page(found), *outputs(render_gradescope(found, found))):
        shown = Markup(MarkdownIt("commonmark").enable("table").render(page))
        assert shown.names <= PAGE


def outputs(results: str) -> list[str]:
    return [test["output"] for test in json.loads(results)["tests"]]


@given(st.text(st.characters(exclude_categories=()), max_size=80))
@settings(max_examples=60, deadline=None)
def test_any_text_is_shown_as_it_is(text: str) -> None:
    page = markdown_page(hostile(f"a {text} z"))
    assert Markup(MarkdownIt("commonmark").render(page)).names <= PAGE
