"""The site in a real Chromium: nothing is fetched from elsewhere, nothing is cut off, at two widths, light and dark."""

import functools
import http.server
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed: extra `browser`")
pytest.importorskip("mkdocs", reason="mkdocs is not installed: extra `docs`")

ROOT = Path(__file__).resolve().parent.parent.parent
CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
WIDTHS = {"desktop": 1280, "phone": 390}
PAGES = {
    "home": "index.html",
    "design": "design.html",
    "limits": "limits.html",
    "audit-rules": "audit_rules.html",
    "reference": "reference/index.html",
    "connections": "reference/resources/connections.html",
    "budget": "reference/library/budget.html",
    "models": "reference/models/connections.html",
    "example": "repository/examples/fastapi_fan_out/main.py.html",
}
# A machine that is busy makes a browser slow, but not wrong.
PATIENCE = 60_000

pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium: apt-get install chromium, or set CHROMIUM"),
    pytest.mark.timeout(300),
]


class Quiet(http.server.SimpleHTTPRequestHandler):
    """Serves files, and says nothing."""

    def log_message(self, *args: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the site, built and served."""
    folder = tmp_path_factory.mktemp("site")
    subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(folder)],
        cwd=ROOT,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
        check=True,
        timeout=240,
    )
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(folder))) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def chromium() -> Iterator:
    """Yield a browser."""
    with playwright.sync_playwright() as driver:
        # In a container there is no sandbox of the system's for a browser; the site is our own.
        opened = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.fixture
def opened(chromium, site) -> Iterator:
    """Yield what opens a page; whatever it complains of, or asks other hosts for, fails the test."""
    complaints: list[str] = []
    contexts = []

    def open_(path, *, width: int = 1280, scheme: str = "light"):
        context = chromium.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", lambda request: request.url.startswith(site) or complaints.append(request.url))
        page.goto(site + path, wait_until="load")
        return page

    yield open_
    for context in contexts:
        context.close()
    assert not complaints


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", PAGES)
def test_a_page_fits_and_asks_nobody_else(opened, request, name, width, scheme):
    """A reader would have to scroll sideways, see no dark page at night, or be seen by another host."""
    page = opened(PAGES[name], width=WIDTHS[width], scheme=scheme)
    assert page.evaluate("document.documentElement.scrollWidth") <= WIDTHS[width]
    expected = {"light": "default", "dark": "slate"}[scheme]
    assert page.evaluate("document.body.dataset.mdColorScheme") == expected
    if folder := request.config.getoption("--screenshots"):
        Path(folder).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=f"{folder}/site-{name}-{width}-{scheme}.png")


def test_search_finds_a_method(opened):
    """Who looks for a method would find nothing, and nobody at a desk without a network."""
    page = opened("index.html")
    page.locator("input.md-search__input").first.fill("set_sync_frequency")
    found = page.locator(".md-search-result__link[href*='reference/resources/connections']").first
    playwright.expect(found).to_be_visible(timeout=PATIENCE)
