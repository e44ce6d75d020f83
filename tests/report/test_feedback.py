"""The feedback page: findings beside their cells, and nothing of the student's that runs or covers them."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from cells_as_json import code, notebook, text
from judged import ALL

from grader.intake.notebooks.answers import answers
from grader.intake.notebooks.read import read_notebook
from grader.report import feedback
from grader.report.feedback import ShownNotebook, feedback_pages, told_of, write_feedback
from grader.report.outline import outline
from grader.result import (
    CheckResult,
    Excerpt,
    ManualAnswer,
    QuestionResult,
    Report,
    SubmissionInfo,
    Verdict,
    Where,
)

CALLS = code(
    "from cs231n.classifiers.linear_svm import svm_loss_naive\nloss, grad = svm_loss_naive(W, X, y, 0.1)"
)


def check(statement: str, **more: object) -> CheckResult:
    given = {"verdict": Verdict.FAILED, "max_score": 2.0, "message": "off by 2", "help": "halve it", **more}
    role = ALL[f"svm.{statement}"].role
    return CheckResult(id=f"svm.{statement}", title="the loss matches", role=role, **given)  # type: ignore[arg-type]


def report(*checks: CheckResult, manual: tuple[ManualAnswer, ...] = ()) -> Report:
    question = QuestionResult("svm", "Support vector machine", 1.0, 5.0, checks)
    info = SubmissionInfo("ada", ".", "2019", None)
    return Report(submission=info, score=1, max_score=5, questions=(question,), manual=manual)


def shown_notebook(data: bytes, path: str = "svm.ipynb", **more: Any) -> ShownNotebook:
    cells = read_notebook(path, data).cells
    asked = [("svm", item.position) for item in answers(cells, re.compile("(?!)"), re.compile("(?!)"))]
    return ShownNotebook(path, {"svm"}, cells, {"svm.naive": ["svm_loss_naive"]}, asked, **more)


def page(found: Report, *cells: dict[str, object]) -> str:
    return feedback_pages(found, [shown_notebook(notebook(*cells))])["svm.ipynb"]


def findings(shown: str) -> list[str]:
    return re.findall(r"<article.*?</article>", shown, re.S)


class Parts(HTMLParser):
    """Every tag with its attributes."""

    def __init__(self, shown: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(shown.partition("<main>")[2])

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


def test_a_finding_stands_behind_the_cell_that_calls_the_function() -> None:
    shown = page(
        report(check("naive.loss", where=Where("cs231n/classifiers/linear_svm.py", 7))), CALLS, text("# Next")
    )
    (finding,) = findings(shown)
    assert shown.index("loss") < shown.index("<article") < shown.index("Next</h1>")
    assert "off by 2" in finding
    assert "Halve it." in finding
    assert "−2" in finding
    assert "cs231n/classifiers/linear_svm.py:7" in finding


def test_a_finding_in_a_cell_stands_behind_that_cell() -> None:
    cells = [CALLS, code("x = 'marker one'"), code("y = 'marker two'")]
    shown = page(report(check("naive.loss", where=Where("svm.ipynb", 1, 2))), *cells)
    assert shown.index("marker one") < shown.index("<article") < shown.index("marker two")


def test_a_finding_of_no_cell_stands_at_the_top() -> None:
    shown = page(report(check("naive.loss")), code("x = 1"))
    assert shown.index("<article") < shown.index('class="cell')


def test_what_passed_or_follows_is_left_out_and_stories_are_told_once() -> None:
    shown = page(
        report(
            check("naive.loss", verdict=Verdict.PASSED),
            check("naive.gradient", follows_from="svm.naive.loss"),
            check("naive.zero_weights", verdict=Verdict.MISSING, message="not implemented yet", help=""),
            check(
                "naive.regularization_gradient",
                verdict=Verdict.MISSING,
                message="not implemented yet",
                help="",
            ),
        ),
        CALLS,
    )
    assert len(findings(shown)) == 1
    assert "not implemented yet" in findings(shown)[0]


def test_the_summary_leads_to_each_finding_by_its_number_on_the_authors_page() -> None:
    wrong = check("naive.loss"), check("vectorized.loss", max_score=3.0, message="off by 3")
    shown = page(report(*wrong), CALLS)
    links = re.findall(r'<li value="(\d)"><a href="#fix-(\d)">(.*?)</a>', shown)
    told = outline(report(*wrong)).entries
    assert [(number, at) for number, at, _ in links] == [("1", "1"), ("2", "2")]
    assert [text for _, _, text in links] == [each.title for each in told]
    assert 'id="fix-1"' in shown
    assert 'id="fix-2"' in shown


def test_where_there_is_nothing_to_fix_it_says_so_and_repeats_nothing() -> None:
    shown = page(report(check("naive.loss", verdict=Verdict.PASSED, score=2.0)), CALLS)
    assert "nothing to fix" in shown
    assert "svm_loss_naive" not in shown


def test_lines_are_numbered_and_the_place_in_a_cell_is_marked() -> None:
    cell = code("x = 1\nbroken(x)\ny = 2")
    shown = page(report(check("naive.loss", where=Where("svm.ipynb", 2, 1))), cell)
    assert re.findall(r'<span class="linenos">\s*(\d)</span>', shown) == ["1", "2", "3"]
    (marked,) = re.findall(r'<span class="hll">(.*?)\n', shown)
    assert "broken" in marked


def test_a_finding_in_a_module_has_the_lines_of_that_module() -> None:
    where = Where("cs231n/classifiers/linear_svm.py", 7, excerpt=Excerpt(6, ("a = 1", "b = 2", "c = 3")))
    (finding,) = findings(page(report(check("naive.loss", where=where)), CALLS))
    assert "b = 2" in finding
    assert "this line: " in finding


def test_what_only_notebooks_know_is_no_error() -> None:
    shown = page(report(check("naive.loss")), code("FOLDERNAME = 1\n!cp $FOLDERNAME/x ?\n%cd $FOLDERNAME"))
    assert 'class="err"' not in shown
    assert "$FOLDERNAME" in re.sub("<[^>]*>", "", shown)


def test_an_import_is_no_call() -> None:
    shown = page(report(check("naive.loss")), code("from m import svm_loss_naive"), code("svm_loss_naive(1)"))
    assert shown.index("[2]:") < shown.index("<article")


def test_answers_are_told_where_they_stand() -> None:
    asked = "**Inline Question %d**\nWhy?\n\n**Your answer:** %s"
    manual = (
        ManualAnswer(question="svm", prompt="", answer="so", points=1.5, comment="well <i>seen</i>"),
        ManualAnswer(question="svm", prompt="", answer=""),
    )
    shown = page(report(manual=manual), text(asked % (1, "so")), text(asked % (2, "")))
    first, second = findings(shown)
    assert "1.5" in first
    assert "well &lt;i&gt;seen&lt;/i&gt;" in first
    assert "no answer was found here" in second


def test_printed_text_is_kept_and_everything_else_dropped() -> None:
    cell = code("x", "loss: <b>9.0</b>\n")
    cell["outputs"].append({"output_type": "display_data", "data": {"text/html": "<script>steal()</script>"}})
    shown = page(report(check("naive.loss")), cell)
    assert "loss: &lt;b&gt;9.0&lt;/b&gt;" in shown
    assert "steal" not in shown


@pytest.mark.parametrize("kind", ["markdown", "raw", "code", "stream"])
def test_no_character_of_the_students_turns_the_page_around(kind: str) -> None:
    source = "# a\u202eb\u2066c\x07d\x1b]0;e\u200f \u05e9"
    cell = {"markdown": text(source), "raw": {"cell_type": "raw", "metadata": {}, "source": source}}
    cell |= {"code": code(source), "stream": code("x", source)}
    shown = page(report(check("naive.loss")), CALLS, cell[kind])
    assert not set(shown) & set("\u202e\u2066\x07\x1b\u200f")
    assert "abcd" in shown
    assert "\u05e9" in shown


HOSTILE = [
    "<script>steal()</script>",
    "<img src=x onerror=steal()>",
    "<svg onload=steal()><script>steal()</script></svg>",
    "[link](javascript:steal())",
    '<a href="java\nscript:steal()">x</a>',
    '<a href="data:text/html,<script>steal()</script>">x</a>',
    "<iframe src='https://example.org'></iframe>",
    "<style>.finding { display: none }</style>",
    "<div style='position:fixed;inset:0;background:white'>all passed</div>",
    "<article class='entry finding marked'>10 points</article>",
    "<div class='finding marked' id='x'>10 points</div>",
    "<meta http-equiv=refresh content='0;url=https://example.org'>",
    "<base href='https://example.org'>",
    "<form action='https://example.org'><input></form>",
    "![x](https://example.org/seen.png)",
    "</main></body><script>steal()</script>",
    "<!-- --!><script>steal()</script> -->",
    "<math><mtext><table><mglyph><style><img src=x onerror=steal()>",
    "`<script>steal()</script>`",
    "<noscript><p title='</noscript><img src=x onerror=steal()>'>",
    r"$\text{<script>steal()</script>}$ $$\text{<img src=x onerror=steal()>}$$",
    r"$\text{</math></p></main><style>.finding { display: none }</style>}$",
    r"$\href{javascript:steal()}{x}$ $\class{entry finding}{x}$ $\style{position:fixed}{x}$",
    r"""<a href="https://example.org" title="$\text{x" onclick=steal() id=x style=y}$">x</a>""",
    r"""<img alt='>$\text{" onerror=steal() x="}$' src="data:image/png;base64,AA">""",
    r"""[x](https://example.org "$\text{' onclick=steal() \" onclick=steal()}$")""",
    r"$\text{<mglyph><style></math><img src=x onerror=steal()>}$",
]


@pytest.mark.parametrize("source", HOSTILE)
@pytest.mark.parametrize("kind", ["markdown", "raw", "code", "stream"])
def test_nothing_of_the_students_runs_loads_or_covers(source: str, kind: str) -> None:
    cells = {
        "markdown": text(source),
        "raw": {"cell_type": "raw", "metadata": {}, "source": source},
        "code": code(source),
        "stream": code("x", source),
    }
    shown = page(report(check("naive.loss")), CALLS, cells[kind])
    assert "default-src 'none'" in shown.partition("<main>")[0]
    assert len(findings(shown)) == 1
    for tag, attributes in Parts(shown).tags:
        assert tag not in (
            "script",
            "iframe",
            "style",
            "svg",
            "meta",
            "base",
            "form",
            "input",
            "object",
            "link",
        )
        assert not any(name.startswith("on") or name == "style" for name in attributes)
        assert re.fullmatch(r"(fix|title)-1", attributes.get("id") or "fix-1")
        assert (attributes.get("src") or "data:image/png;").startswith("data:image/")
        assert re.match("https?:|mailto:|#", attributes.get("href") or "#")


def test_formulas_are_mathml_and_dollars_elsewhere_are_dollars() -> None:
    shown = page(
        report(check("naive.loss")),
        CALLS,
        text(r"A mean $\mu_i \le 1$ costs $5 or $6, `$x$`, $\notknown{$ and" "\n\n" r"$$\frac{1}{n}$$"),
        code("price = '$x$'", "$y$"),
    )
    inline, display = re.findall(r"<math display=.*?</math>", shown)
    assert "<msub><mi>μ</mi><mi>i</mi></msub><mo>≤</mo>" in inline
    assert display.startswith('<math display="block"><mrow><mfrac>')
    for kept in ("costs $5 or $6", "<code>$x$</code>", r"$\notknown{$", "$y$"):
        assert kept in shown
    assert re.sub("<[^>]*>", "", shown).count("$x$") == 2


def test_a_hostile_message_is_escaped() -> None:
    shown = page(report(check("naive.loss", message="</article><script>steal()</script>")), CALLS)
    assert "<script" not in shown
    assert "&lt;script&gt;" in shown


def test_pasted_pictures_are_shown_and_other_attachments_are_not() -> None:
    picture = {"a.png": {"image/png": "iVBORw0KGgo="}, "b.svg": {"image/svg+xml": "<svg onload=steal()>"}}
    cell = {**text("![a](attachment:a.png) ![b](attachment:b.svg)"), "attachments": picture}
    shown = page(report(check("naive.loss")), cell)
    assert 'src="data:image/png;base64,iVBORw0KGgo="' in shown
    assert "svg" not in shown.partition("<main>")[2]


@pytest.mark.parametrize(
    "source",
    [
        "> " * 3000 + "x",
        "[" * 30_000,
        "*a" * 20_000,
        "<div>" * 8000,
        "`" * 30_000,
        "![x](attachment:gone.png) ![y](attachment:a%20b.png)",
        "$" * 30_000,
        "- " * 2000,
        "|" * 20_000 + "\n" + "-|" * 10_000,
        "\x00\x1b[31m",
    ],
)
@pytest.mark.parametrize("kind", ["markdown", "code"])
def test_text_that_breaks_parsers_is_shown_all_the_same(source: str, kind: str) -> None:
    shown = page(report(check("naive.loss")), CALLS, text(source) if kind == "markdown" else code(source))
    assert len(findings(shown)) == 1


def test_equal_input_gives_an_equal_page() -> None:
    found = report(check("naive.loss"))
    assert page(found, CALLS) == page(found, CALLS)


def test_the_third_format_and_a_notebook_of_no_graded_question() -> None:
    old = {"worksheets": [{"cells": [{"cell_type": "heading", "level": 1, "source": "Old"}]}], "nbformat": 3}
    others = ShownNotebook("softmax.ipynb", {"softmax"}, ())
    pages = feedback_pages(report(check("naive.loss")), [shown_notebook(json.dumps(old).encode()), others])
    assert list(pages) == ["svm.ipynb"]
    assert "Old</h1>" in pages["svm.ipynb"]


def test_the_plots_of_our_run_are_shown_behind_their_cells() -> None:
    data = notebook(code("x = 'marker one'"), code("y = 'marker two'"))
    drawn = shown_notebook(data, pictures={1: [b"\x89PNG 1"], 2: []})
    shown = feedback_pages(report(check("naive.loss")), [drawn])["svm.ipynb"]
    assert shown.count("<img") == 1
    assert (
        shown.index("marker one") < shown.index("data:image/png;base64,iVBORyAx") < shown.index("marker two")
    )


def test_pages_are_written_and_a_fault_of_ours_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = [shown_notebook(notebook(CALLS), "sub/svm.ipynb")]
    assert write_feedback(report(), shown, tmp_path / "ada") == ()
    assert [file.name for file in (tmp_path / "ada").iterdir()] == ["sub_svm.feedback.html"]

    def broken(*_: object) -> dict[str, str]:
        raise ValueError("no template")

    monkeypatch.setattr(feedback, "feedback_pages", broken)
    told = write_feedback(report(), shown, tmp_path)
    assert told == ("the feedback page could not be made: ValueError: no template",)


def test_a_page_is_told_of_where_something_is_said_of_its_notebook() -> None:
    shown = shown_notebook(notebook(CALLS))
    assert told_of([shown], report(check("naive.loss")))
    assert not told_of([shown], report(check("naive.loss", verdict=Verdict.PASSED, score=2.0)))
    assert not told_of([replace(shown, questions=frozenset(["knn"]))], report(check("naive.loss")))
