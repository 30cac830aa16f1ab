"""The history: new, open and fixed, and unknown wherever nobody looked."""

from datetime import UTC, datetime, timedelta

import duckdb
import pytest

from fivetran_async.audit import Kind
from fivetran_async.audit.reports import append, trends
from fivetran_async.errors import ArgumentError
from tests.unit.audit.reports.made import LISTS, NOW, connection, finding, gap, inventory, report

PARTIAL = {"whole": frozenset({Kind.GROUP}), "partial": frozenset({Kind.CONNECTION})}


@pytest.fixture
def file(tmp_path):
    """A history that is not there yet."""
    return tmp_path / "audits.duckdb"


def told(file, **options):
    """Return the ids in each list of the trends."""
    found = trends(file, **options)
    return {name: [it.id for it in getattr(found, name)] for name in ("new", "open", "fixed", "waived", "unknown")}


def lists(**given):
    """Return all lists, those that are not given empty."""
    return {"new": [], "open": [], "fixed": [], "waived": [], "unknown": []} | given


def day(number, *findings, **fields):
    """Return the audit of a day."""
    return report(*findings, as_of=NOW + timedelta(days=number), **fields)


def test_new_open_fixed(file):
    """The morning's reader would be shown old findings as new, or repaired ones as open."""
    append(day(0, finding("c1"), finding("c2")), file)
    assert told(file) == lists(new=["c1", "c2"])
    append(day(1, finding("c2", reason="another one"), finding("c3")), file)
    assert told(file) == lists(new=["c3"], open=["c2"], fixed=["c1"])
    found = trends(file)
    assert found.previous is not None
    assert (found.latest.as_of, found.previous.as_of) == (NOW + timedelta(days=1), NOW)
    assert (found.open[0].since, found.open[0].reason) == (NOW, "another one")
    assert [(run.open, run.gaps, run.calls) for run in found.runs] == [(2, 0, 3), (2, 0, 3)]
    assert found.to_dict()["open"][0]["since"] == "2026-08-01T12:00:00Z"


def test_what_was_not_read_is_unknown(file):
    """A key that lost its rights would repair the whole account."""
    append(day(0, finding("c1"), finding("c2")), file)
    half = inventory(connection("c2"), **PARTIAL)
    append(day(1, inventory=half, incomplete=(gap(),)), file)
    assert told(file) == lists(unknown=["c1"], fixed=["c2"])
    append(day(2, inventory=half, incomplete=(gap(),)), file)
    assert told(file) == lists(unknown=["c1"])
    append(day(3, finding("c1")), file)
    assert told(file) == lists(open=["c1"])
    assert trends(file).open[0].since == NOW
    append(day(4), file)
    assert told(file) == lists(fixed=["c1"])


@pytest.mark.parametrize(
    "fields",
    [
        {"judged": ("delayed",)},
        {"judged": ("delayed",), "skipped": ("broken",)},
        {"judged": ()},
        {"inventory": inventory(whole=frozenset({Kind.GROUP})), "incomplete": (gap(),)},
        {"inventory": inventory(connection("c1"), **PARTIAL, unread={Kind.CONNECTION: frozenset({"c1"})})},
    ],
)
def test_a_rule_that_was_not_judged_fixes_nothing(file, fields):
    """An audit by other rules, or of another part, would repair what it does not look at."""
    append(day(0, finding("c1")), file)
    append(day(1, **fields), file)
    assert told(file) == lists(unknown=["c1"])


def test_a_rule_of_ones_own_needs_all_of_it(file):
    """What a rule reads that this package does not know could be what was missing."""
    append(day(0, finding("c1", rule="mine")), file)
    append(day(1, judged=("mine",), incomplete=(gap(Kind.USER),)), file)
    assert told(file) == lists(unknown=["c1"])
    append(day(2, judged=("mine",), inventory=inventory(whole=LISTS)), file)
    assert told(file) == lists(fixed=["c1"])


def test_an_exception_is_no_repair(file):
    """A waived finding would count as fixed, or, when its exception has ended, not be seen again."""
    append(day(0, finding("c1")), file)
    append(day(1, waived=(finding("c1"),)), file)
    assert told(file) == lists(waived=["c1"])
    append(day(2, finding("c1")), file)
    assert told(file) == lists(new=["c1"])


def test_the_same_id_of_another_kind_is_another_finding(file):
    """A group and its destination have one id: one would be taken for the other."""
    append(day(0, finding("x", kind=Kind.GROUP)), file)
    append(day(1, finding("x", kind=Kind.CONNECTION)), file)
    assert told(file) == lists(new=["x"], fixed=["x"])


def test_a_resumed_audit_replaces_its_first_part(file):
    """What is read in two goes would count as two audits, and the second hide what is new."""
    append(day(0, finding("c1")), file)
    append(day(1, finding("c2"), incomplete=(gap(),), inventory=inventory(**PARTIAL)), file)
    append(day(1, finding("c2"), finding("c3")), file)
    assert told(file) == lists(new=["c2", "c3"], fixed=["c1"])
    assert len(trends(file).runs) == 2


def test_since(file):
    """A week's trend would be that of a day."""
    for number in range(4):
        append(day(number, finding(f"c{number}")), file)
    assert told(file, since=NOW + timedelta(hours=30)) == lists(new=["c3"], fixed=["c1"])
    assert len(trends(file, runs=2).runs) == 2
    with pytest.raises(ArgumentError, match="no audit before the latest that is from 2020"):
        trends(file, since=datetime(2020, 1, 1, tzinfo=UTC))


def test_wrong_arguments(file):
    """A typing error would make an empty history, or a broken file a riddle."""
    with pytest.raises(ArgumentError, match="does not exist; `fivetran-async audit --history"):
        trends(file)
    assert not file.exists()
    append(day(1), file)
    with pytest.raises(ArgumentError, match="later than this of 2026-08-01"):
        append(day(0), file)
    with pytest.raises(ArgumentError, match="time zone"):
        trends(file, since=datetime(2026, 8, 1))  # noqa: DTZ001 - what must be refused
    with pytest.raises(ArgumentError, match="at least 1"):
        trends(file, runs=0)
    assert len(trends(file).runs) == 1
    file.write_text("no database")
    for use in (lambda: trends(file), lambda: append(day(2), file)):
        with pytest.raises(ArgumentError, match="cannot be opened as a history"):
            use()


def test_files_of_others_are_left_alone(file):
    """A database of something else would be taken for a history, or a later one be changed."""
    with duckdb.connect(str(file)) as db:
        db.execute("CREATE TABLE mine (a INT)")
    with pytest.raises(ArgumentError, match="cannot be used as a history"):
        trends(file)
    append(day(0), file)
    with duckdb.connect(str(file)) as db:
        db.execute("UPDATE history SET version = 99")
    with pytest.raises(ArgumentError, match="another version than 1; update"):
        append(day(1), file)


def test_a_large_account(file):
    """Every finding would be a statement of its own: minutes for a large account."""
    append(day(0, *(finding(f"c{number}") for number in range(5_000))), file)
    append(day(1, *(finding(f"c{number}") for number in range(2_500, 7_500))), file)
    found = trends(file)
    assert (len(found.new), len(found.open), len(found.fixed)) == (2_500, 2_500, 2_500)
