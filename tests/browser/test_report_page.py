"""The HTML report in a real Chromium: accessible, used by keyboard, at two widths, light and dark."""

from pathlib import Path

import pytest

from fivetran_async.audit.reports import write
from tests.unit.audit.reports.made import HOSTILE, connection, finding, gap, golden_report, inventory, report

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed: extra `browser`")
axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-core is not installed: extra `browser`")

ROWS = "#findings-table tbody tr"
WIDTHS = {"desktop": 1280, "phone": 390}


@pytest.fixture
def opened(looks_at, tmp_path):
    """What opens a report, offline."""

    def open_(made, **look):
        return looks_at(write(made, tmp_path / "report.html").as_uri(), offline=True, **look)

    return open_


def a_morning():
    """Return a report with a bit of everything."""
    severities = ["critical", "error", "warning", "info"]
    found = [
        finding(
            f"c{n}", f"rule-{n % 7}", severities[n % 4], service=["postgres", "s3"][n % 2], details=("a.b",) * (n % 3)
        )
        for n in range(150)
    ]
    made = golden_report()
    return report(
        *found,
        *made.findings,
        inventory=inventory(*(connection(f"c{n}", "broken" if n % 9 == 0 else "connected") for n in range(300))),
        incomplete=(gap(),),
        skipped=("stale",),
        waived=made.waived,
    )


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
def test_axe_finds_nothing(opened, request, scheme, width):
    """Somebody could not read or use the report: contrast, labels, structure; or had to scroll sideways."""
    page = opened(a_morning(), width=WIDTHS[width], scheme=scheme)
    page.locator(f"{ROWS} summary").first.click()
    violations = axe.Axe().run(page).response["violations"]
    assert not [(it["id"], [node["failureSummary"] for node in it["nodes"]]) for it in violations]
    assert page.evaluate("document.documentElement.scrollWidth") <= WIDTHS[width]
    if folder := request.config.getoption("--screenshots"):
        Path(folder).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=f"{folder}/report-{width}-{scheme}.png")
        page.screenshot(path=f"{folder}/report-{width}-{scheme}-whole.png", full_page=True)


def severities(page) -> list[str]:
    """Return the severities of the rows, without repeats."""
    return list(dict.fromkeys(page.locator(f"{ROWS} .severity").all_inner_texts()))


def test_filter_and_sort_by_keyboard(opened):
    """Who has no mouse could not find a finding."""
    page = opened(a_morning())
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "filter-text"
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    page.keyboard.type("rule-3 c10")
    status = page.locator("#findings-table [role=status]")
    playwright.expect(status).to_have_text("3 of 153 findings")
    assert page.locator(ROWS).count() == 3
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowDown")
    assert page.evaluate("document.activeElement.value") == "critical"
    page.locator("button[type=reset]").focus()
    page.keyboard.press("Enter")
    playwright.expect(status).to_have_text("153 findings")
    head = page.locator("#findings-table th").first
    assert head.get_attribute("aria-sort") == "ascending"
    assert severities(page)[0] == "critical"
    head.locator("button").focus()
    page.keyboard.press("Enter")
    assert head.get_attribute("aria-sort") == "descending"
    assert severities(page)[0] == "info"
    # The focus stays where the reader is.
    assert page.evaluate("document.activeElement.textContent") == "Severity"
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    assert page.locator("#findings-table th").nth(1).get_attribute("aria-sort") == "ascending"
    assert head.get_attribute("aria-sort") is None


def test_exceptions_on_request(opened):
    """What has an exception would be shown among what has to be done, or not be found at all."""
    page = opened(a_morning())
    assert "(exception)" not in page.locator("#findings-table").inner_text()
    page.locator("#filter-waived").focus()
    page.keyboard.press("Space")
    playwright.expect(page.locator("#findings-table [role=status]")).to_have_text("154 findings")


def test_gaps_are_the_first_thing_seen(opened):
    """Who opens the report on a phone would take what was not read for clean."""
    page = opened(report(incomplete=(gap(),)), width=390)
    box = page.locator(".gaps").bounding_box()
    assert box["y"] < 600
    assert "403 for the key" in page.locator(".gaps").inner_text()
    assert "No findings in what could be read" in page.locator(".headline").inner_text()


def test_hostile_names_are_text(opened):
    """A name in the account would run in the reader's browser."""
    page = opened(report(finding(name=HOSTILE, reason=HOSTILE, rule=HOSTILE, service=HOSTILE, details=(HOSTILE,))))
    assert page.evaluate("window.hacked") is None
    assert page.locator("img").count() == 0
    assert HOSTILE in page.locator(ROWS).inner_text()


def test_ten_thousand_connections(opened):
    """The browser would freeze on the report of a large account."""
    found = [finding(f"c{number}", name=f"schema_{number}") for number in range(10_000)]
    page = opened(report(*found, inventory=inventory(*(connection(f"c{number}") for number in range(10_000)))))
    assert page.locator(ROWS).count() == 100
    assert page.evaluate("document.getElementsByTagName('*').length") < 5_000
    page.locator("#filter-text").fill("schema_9999")
    playwright.expect(page.locator("#findings-table [role=status]")).to_have_text("1 of 10,000 findings")
    page.locator("#filter-text").fill("")
    playwright.expect(page.locator("#findings-table [role=status]")).to_have_text("10,000 findings")
    page.get_by_role("navigation", name="Pages: Findings").get_by_role("button", name="Next page").click()
    assert "101 to 200 of 10,000" in page.locator("#findings-table nav").inner_text()
