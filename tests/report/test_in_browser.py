"""Pages as a browser shows them: they load from a file, fit the window, shut nobody out, and run nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from needs import needs_chromium
from report_samples import SAMPLES, hostile
from test_html import MARKUP

from grader.report import render_html

pytestmark = needs_chromium

FITS = "document.documentElement.scrollWidth <= document.documentElement.clientWidth"


def saved(folder: Path, text: str) -> Path:
    file = folder / "page.html"
    file.write_text(text, "utf-8")
    return file


@pytest.mark.parametrize(("width", "scheme"), [(390, "dark"), (1280, "light")])
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
    assert page.locator("script, img, svg, base").count() == 0
