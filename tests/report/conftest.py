"""One browser for all tests that open pages."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from needs import CHROMIUM
from playwright.sync_api import Browser, Page, sync_playwright

FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

Opened = Callable[..., Page]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def opened(browser: Browser) -> Iterator[Opened]:
    """Opens a file, and tells at the end of the test if it complained, or asked for anything else."""
    said: list[str] = []
    asked: list[str] = []
    pages: list[Page] = []

    def open_file(file: Path, width: int = 1280, scheme: str = "light", script: bool = True) -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": 800}, color_scheme=scheme, java_script_enabled=script
        )
        page = context.new_page()
        pages.append(page)
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("request", lambda request: asked.append(request.url))
        page.goto(file.as_uri())
        asked.remove(file.as_uri())
        return page

    yield open_file
    for page in pages:
        page.context.close()
    assert said == []
    assert asked == []


@pytest.fixture
def shut_out() -> Callable[[Page], list[str]]:
    """Finds what keeps people from a page, by axe-core."""

    def found(page: Page) -> list[str]:
        results = Axe().run(page).response["violations"]
        return [f"{each['impact']}: {each['help']}: {each['nodes'][0]['html']}" for each in results]

    return found
