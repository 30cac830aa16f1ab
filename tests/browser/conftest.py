"""A Chromium of the system, and pages that may complain of nothing."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
# A machine that is busy makes a browser slow, but not wrong.
PATIENCE = 60_000


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give each test its time, and say where a browser comes from if there is none."""
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.timeout(300))
            reason = "there is no Chromium: apt-get install chromium, or set CHROMIUM"
            item.add_marker(pytest.mark.skipif(CHROMIUM is None, reason=reason))


@pytest.fixture(scope="module")
def chromium() -> Iterator:
    """Yield a browser."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed: extra `browser`")
    with playwright.sync_playwright() as driver:
        # In a container there is no sandbox of the system's for a browser; the pages are our own.
        opened = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.fixture
def looks_at(chromium) -> Iterator:
    """Yield what opens a page; what it complains of, or fetches from where it may not, fails the test."""
    complaints: list[str] = []
    contexts = []

    def open_(url, *, width: int = 1280, scheme: str = "light", offline: bool = False, below: str | None = None):
        context = chromium.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme, offline=offline)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", lambda request: request.url.startswith(below or url) or complaints.append(request.url))
        page.goto(url)
        return page

    yield open_
    for context in contexts:
        context.close()
    assert not complaints
