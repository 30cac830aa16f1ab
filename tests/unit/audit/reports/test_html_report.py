"""The HTML report: one file, nothing from elsewhere, nothing of the account run."""

import base64
import hashlib
import json
import re
from datetime import timedelta
from html.parser import HTMLParser

from fivetran_async._version import __version__
from fivetran_async.audit import Kind
from fivetran_async.audit.reports import to_html
from fivetran_async.audit.reports.overview import by_group, by_service, freshness
from fivetran_async.models.groups import Group
from tests.unit.audit.reports.made import HOSTILE, NOW, connection, finding, gap, golden_report, inventory, report


class Page(HTMLParser):
    """What a browser makes of a page: its tags, and the texts of its styles and scripts."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.texts: dict[str, list[str]] = {"script": [], "style": []}
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        """Note a tag."""
        self.tags.append(tag)
        self.attributes += attrs
        if tag in self.texts:
            self.texts[tag].append("")

    def handle_data(self, data):
        """Note the text of a style or script."""
        if self.tags[-1:] and self.tags[-1] in self.texts and self.cdata_elem:
            self.texts[self.tags[-1]][-1] += data

    @property
    def data(self):
        """The data for the script."""
        return json.loads(self.texts["script"][0])


def hostile_report():
    """Return a report in which every text means harm."""
    return report(
        finding("c1", name=HOSTILE, group_name=HOSTILE, service=HOSTILE, reason=HOSTILE, details=(HOSTILE,)),
        finding(HOSTILE, rule=HOSTILE, title=HOSTILE, remedy=HOSTILE, severity=HOSTILE, group_id=HOSTILE),
        inventory=inventory(
            connection("c1", service=HOSTILE, group_id=HOSTILE), groups={HOSTILE: Group(id=HOSTILE, name=HOSTILE)}
        ),
        incomplete=(gap(Kind.USER, reason=HOSTILE),),
        skipped=(HOSTILE,),
    )


def test_golden(golden):
    """The page would change without anybody having looked at it."""
    page = re.sub(r"(<style>|<script>)[^<]*(?:<(?!/s)[^<]*)*", r"\1", to_html(golden_report()))
    golden("report.html", re.sub("sha256-[^']+", "HASH", page).replace(__version__, "VERSION"))


def test_a_hostile_name_stays_text():
    """A name in the account would run in the browser of whoever reads the report."""
    tame, hostile = Page(to_html(golden_report())), Page(to_html(hostile_report()))
    assert hostile.tags.count("script") == tame.tags.count("script") == 2
    assert "img" not in hostile.tags
    assert not [name for name, _ in hostile.attributes if name.startswith("on")]
    assert hostile.data["findings"][0][5] == HOSTILE
    assert hostile.data["rules"][HOSTILE] == {"title": HOSTILE, "remedy": HOSTILE}


def test_nothing_comes_from_elsewhere():
    """The page would not open offline, or tell somebody that it was opened."""
    text = to_html(golden_report())
    page = Page(text)
    assert not {"link", "iframe", "object", "img"}.intersection(page.tags)
    assert not [value for name, value in page.attributes if name in {"src", "srcset", "action", "style"}]
    assert [value for name, value in page.attributes if name == "href"] == ["#findings"]
    assert not re.search(r"https?://|@import|url\(|fetch\(|innerHTML|eval\(", text)


def test_the_policy_allows_its_own_parts_alone():
    """The browser would refuse the page's script, or run another one."""
    page = Page(to_html(golden_report()))
    policy = next(value for _, value in page.attributes if value and value.startswith("default-src 'none'"))
    for text in (page.texts["style"][0], page.texts["script"][1]):
        assert f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'" in policy
    assert "unsafe" not in policy


def test_a_large_account_is_data_not_markup():
    """10,000 connections would be 10,000 rows for the browser to lay out, or a file of many megabytes."""
    connections = [connection(f"c{number}") for number in range(10_000)]
    small, large = (
        report(finding()),
        report(*(finding(f"c{number}") for number in range(10_000)), inventory=inventory(*connections)),
    )
    assert len(Page(to_html(large)).tags) == len(Page(to_html(small)).tags)
    assert len(to_html(large)) < 3_000_000


def test_states_are_counted():
    """A group or service would look better or worse than it is."""
    made = report(
        finding("c1"),
        finding("c2", "delayed", "warning"),
        finding("u", "idle", "error", kind=Kind.USER, group_id=None, group_name=None, service=None),
        inventory=inventory(
            connection("c1", "broken"),
            connection("c2", status=connection("c").status, paused=True),
            connection("c3"),
            connection("c4", "incomplete", service="s3", group_id="g2"),
            connection("c5", "connected", service="s3", status=None),
            groups={"g1": Group(id="g1", name="Sales"), "g3": Group(id="g3", name="Empty")},
        ),
    )
    groups = {state.name: state for state in by_group(made)}
    assert list(groups) == ["Sales", "Empty", "g2"]
    sales = groups["Sales"]
    assert (sales.connections, sales.broken, sales.paused, sales.healthy, sales.findings) == (4, 1, 1, 1, 2)
    assert (sales.worst, groups["g2"].incomplete, groups["Empty"].connections) == ("critical", 1, 0)
    assert {state.id: (state.connections, state.findings) for state in by_service(made)} == {
        "postgres": (3, 2),
        "s3": (2, 0),
    }


def test_freshness_has_bounds():
    """A connection would be in two classes of age, in none, or in one that is too young."""
    ages = [timedelta(hours=1), timedelta(hours=1, seconds=1), timedelta(days=7), timedelta(days=400)]
    connections = [connection(f"c{number}", succeeded_at=NOW - age) for number, age in enumerate(ages)]
    connections += [connection("n", succeeded_at=None), connection("p", paused=True)]
    assert freshness(report(inventory=inventory(*connections))) == {
        "up to 1 hour": 1,
        "up to 6 hours": 1,
        "up to 1 day": 0,
        "up to 7 days": 1,
        "up to 30 days": 0,
        "more than 30 days": 1,
        "never": 1,
        "paused": 1,
    }
