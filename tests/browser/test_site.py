"""The site in a real Chromium: nothing is fetched from elsewhere, all can be read, at two widths, light and dark."""

import functools
import http.server
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed: extra `browser`")
axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-core is not installed: extra `browser`")
pytest.importorskip("mkdocs", reason="mkdocs is not installed: extra `docs`")

ROOT = Path(__file__).resolve().parent.parent.parent
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
# Its dialog for the search has no name.
OF_THE_THEME = {"aria-dialog-name"}


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


@pytest.fixture
def opened(looks_at, site):
    """What opens a page of the site."""

    def open_(path, **look):
        return looks_at(site + path, below=site, **look)

    return open_


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


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_nothing_serious(opened, name, scheme):
    """Somebody could not read a page: contrast, links that are told by colour alone, labels."""
    page = opened(PAGES[name], scheme=scheme)
    found = axe.Axe().run(page).response["violations"]
    serious = [it for it in found if it["impact"] in {"serious", "critical"} and it["id"] not in OF_THE_THEME]
    assert not [(it["id"], [node["failureSummary"] for node in it["nodes"][:3]]) for it in serious]


def test_search_finds_a_method(opened):
    """Who looks for a method would find nothing, and nobody at a desk without a network."""
    page = opened("index.html")
    page.locator("input.md-search__input").first.fill("set_sync_frequency")
    found = page.locator(".md-search-result__link[href*='reference/resources/connections']").first
    playwright.expect(found).to_be_visible(timeout=60_000)
