"""The author's page for a browser: the terminal page's sentences, whole in one file, nothing hostile."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from command_line import LINEAR, SAMPLES, grader, refused
from markup import Markup, odd_characters
from report_samples import HOSTILE, hostile, one_mistake, question, report, right
from report_samples import SAMPLES as REPORTS

from grader.report import render_html
from grader.report.filling import coded
from grader.report.outline import outline
from grader.result import Adjustment, Example, Final, ManualAnswer

ALAN = SAMPLES / "demo" / "alan"
MARKUP = [
    "</title></style></script><script>steal()</script>",
    "\"><img src=x onerror=steal()>'",
    "{{ 7 * 7 }}{% include '/etc/passwd' %}",
    "<!-- ]]> --><svg onload=steal()>",
    "&lt;b&gt;&#0;&colon;",
    "javascript:steal()",
    "<base href=https://example.org><meta http-equiv=refresh content='0;url=https://example.org'>",
]


@pytest.mark.parametrize("sample", REPORTS)
def test_it_says_what_the_terminal_says_in_its_order(sample: str) -> None:
    found = REPORTS[sample]()
    told, page = outline(found), Markup(render_html(found)).text
    entries = [(each.title, each.compared, each.hint, each.advice, each.followers) for each in told.entries]
    said = [text for entry in entries for text in entry if text]
    said += [told.refused, *(each.text for each in told.missing)]
    after = page.index(told.header[1])
    for sentence in said:
        after = page.index(" ".join(sentence.split()), after)
    assert all(part in page for part in told.header)
    assert not found.questions or " ".join(told.step.split()) in page


def test_own_lines_have_their_numbers_and_the_place_is_marked() -> None:
    page = Markup(render_html(one_mistake()))
    assert [attrs.get("class") for tag, attrs in page.tags if tag == "tr"][:3] == [None, "here", None]
    assert "37 dW /= N ▸ this line: 38 if reg: 39 return loss, dW" in page.text


def test_what_to_do_comes_before_the_pictures() -> None:
    page = render_html(one_mistake())
    assert 0 < page.index("<strong>Do:</strong>") < page.index("<figure>")


def test_beside_an_example_there_are_curves_and_no_array() -> None:
    alone = outline(one_mistake()).entries[0]
    assert [picture.kind for picture in alone.pictures] == ["cells", "curves"]
    check = msgspec.structs.replace(
        alone.checks[0], example=Example(given=("y = [1]",), columns=("class 0",), rows=())
    )
    (beside,) = outline(report([question("svm", "SVM", [check])])).entries
    assert [picture.kind for picture in beside.pictures] == ["curves"]


def test_what_stands_in_backticks_is_code() -> None:
    assert coded("use `a < b` & c") == 'use <code dir="ltr">a &lt; b</code> &amp; c'
    assert coded("a ` alone <b>") == "a ` alone &lt;b&gt;"
    assert coded("`<b>`\u202e") == '<code dir="ltr">&lt;b&gt;</code>'


def test_what_people_changed_is_told() -> None:
    found = msgspec.structs.replace(
        report([right("svm", "Support vector machine")]),
        manual=(ManualAnswer(question="svm", prompt="", answer="so", points=1.5, comment="well seen"),),
        adjustments=(Adjustment(kind="late", what="score", points=-3.5, reason="2 days late"),),
        final=Final(23.0, 27.0, 2),
    )
    page = Markup(render_html(found)).text
    assert "1.5 points for 1 answer marked by hand" in page
    assert "svm (1.5): well seen" in page
    assert "score: 2 days late −3.5" in page
    assert "What counts 23/27" in page


@pytest.mark.parametrize("text", [*HOSTILE, *MARKUP])
def test_nothing_of_a_submission_becomes_markup_or_moves_the_page(text: str) -> None:
    shown = render_html(hostile(text), [text or "."])
    page, plain = Markup(shown), Markup(render_html(hostile("plain"), ["plain"]))
    assert page.names <= plain.names
    assert {name for _, attrs in page.tags for name in attrs} <= {
        name for _, attrs in plain.tags for name in attrs
    }
    assert all(address.startswith(("#", "./")) for address in page.values("href", "src"))
    assert odd_characters(shown) == set()
    assert len(shown.encode()) < 400_000


@pytest.mark.parametrize("sample", REPORTS)
def test_it_is_whole_and_runs_nothing(sample: str) -> None:
    shown = render_html(REPORTS[sample]())
    page = Markup(shown)
    assert page.names & {"script", "link", "iframe", "img", "object", "form"} == set()
    assert "default-src 'none'" in page.values("content")[0]
    assert "http:" not in shown
    assert "https:" not in shown


def test_check_writes_it_beside_the_terminals_page(tmp_path: Path) -> None:
    file = tmp_path / "alan.html"
    told = grader("check", ALAN, *LINEAR, "--html", file)
    assert f"The page is {file}" in told.stderr
    page = Markup(file.read_text("utf-8")).text
    assert "1 mistake to fix" in page
    assert "dW lacks 2·reg·W" in page
    assert "79.5" not in told.stderr


@pytest.mark.parametrize(
    ("name", "sentence"), [("report.json", "ends in .html"), ("nowhere/report.html", "there is no folder")]
)
def test_check_writes_over_nothing_but_a_page(tmp_path: Path, name: str, sentence: str) -> None:
    assert sentence in refused(grader("check", ALAN, *LINEAR, "--html", tmp_path / name))
