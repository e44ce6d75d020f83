"""Pages as a browser shows them: they load from a file, fit the window, shut nobody out, and run nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from cells_as_json import code, notebook, text
from class_of import class_of
from needs import needs_chromium
from report_samples import SAMPLES, hostile
from test_feedback import check, shown_notebook
from test_feedback import report as feedback_report
from test_html import MARKUP

from grader.report import render_html
from grader.report.class_page import ClassPage
from grader.report.feedback import feedback_pages
from grader.result import Where

pytestmark = needs_chromium

FITS = "document.documentElement.scrollWidth <= document.documentElement.clientWidth"


def saved(folder: Path, text: str) -> Path:
    file = folder / "page.html"
    file.write_text(text, "utf-8")
    return file


SIZES = [(390, "dark"), (1280, "light")]


def class_page(folder: Path, size: int) -> Path:
    page = ClassPage()
    for report in class_of(size):
        page.add(report)
    return saved(folder, page.html(["zoe"], lambda student: True))


@pytest.mark.parametrize(("width", "scheme"), SIZES)
@pytest.mark.parametrize("sample", ["two_mistakes", "unfinished"])
def test_the_authors_page_fits_and_shuts_nobody_out(
    tmp_path: Path, opened, shut_out, sample: str, width: int, scheme: str
) -> None:
    page = opened(saved(tmp_path, render_html(SAMPLES[sample]())), width, scheme)
    page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true })")
    assert page.evaluate(FITS)
    assert shut_out(page) == []


def test_it_is_read_without_scripts_and_its_links_lead_to_the_mistakes(tmp_path: Path, opened) -> None:
    page = opened(saved(tmp_path, render_html(SAMPLES["two_mistakes"]())), script=False)
    for number, link in enumerate(page.locator("nav a").all(), 1):
        link.click()
        assert page.url.endswith(f"#fix-{number}")
        assert page.locator("article:target").is_visible()


def test_nothing_of_a_submission_runs(tmp_path: Path, opened) -> None:
    page = opened(saved(tmp_path, render_html(hostile(" ".join(MARKUP)))))
    assert page.title() != ""
    assert page.locator("script, img, svg:not([role=img]), base").count() == 0


@pytest.mark.parametrize(("width", "scheme"), SIZES)
def test_the_instructors_page_fits_and_shuts_nobody_out(
    tmp_path: Path, opened, shut_out, width: int, scheme: str
) -> None:
    page = opened(class_page(tmp_path, 20), width, scheme)
    assert page.evaluate(FITS)
    assert shut_out(page) == []


def test_a_class_of_a_thousand_is_sorted_and_filtered(tmp_path: Path, opened) -> None:
    page = opened(class_page(tmp_path, 1000))
    shown = page.locator("#table tbody tr:visible")
    assert shown.count() == 1001
    head = page.locator("#table thead th").nth(1)
    for order in ("descending", "ascending"):
        head.locator("button").click()
        assert head.get_attribute("aria-sort") == order
        scores = page.locator("#table tbody tr td:nth-child(2)").all_inner_texts()
        numbers = [float(text) for text in scores if text]
        assert numbers == sorted(numbers, reverse=order == "descending")
        assert not any(scores[len(numbers) :])
    page.locator("#find").fill("student-0007")
    assert shown.count() == 1
    assert page.locator("#count").inner_text() == "1 of 1001"
    page.locator("#find").fill("")
    page.locator("#show").select_option("missing")
    assert shown.all_inner_texts() == [shown.first.inner_text()]
    assert "zoe" in shown.first.inner_text()


def test_without_scripts_the_instructors_page_has_everybody(tmp_path: Path, opened) -> None:
    page = opened(class_page(tmp_path, 20), script=False)
    assert page.locator("#table tbody tr:visible").count() == 21
    assert not page.locator("#find").is_visible()


@pytest.mark.parametrize(("width", "scheme"), SIZES)
def test_a_notebooks_page_fits_and_shuts_nobody_out(
    tmp_path: Path, opened, shut_out, width: int, scheme: str
) -> None:
    cell = code("# loss\ndef f(x):\n    return svm_loss_naive(x, 'a', 1) @ x" + 40 * " + x", "loss: 9.0\n")
    wrong = feedback_report(check("naive.loss", where=Where("svm.ipynb", 2, 1)))
    shown = feedback_pages(wrong, [shown_notebook(notebook(cell, text("# Next\n[link](#x) $x$")))])
    page = opened(saved(tmp_path, shown["svm.ipynb"]), width, scheme)
    assert page.evaluate(FITS)
    assert shut_out(page) == []
