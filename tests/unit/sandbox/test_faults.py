"""Faults without a server: which request gets which one, and what each kind does."""

from __future__ import annotations

import email.utils
import json
import random
from collections import Counter

import pytest

from fivetran_async.sandbox.fault_kinds import CLASSES, KINDS, PAGED, Chance, garbled, make, shifted
from fivetran_async.sandbox.faults import Faults
from fivetran_async.sandbox.paging import cursor
from fivetran_async.sandbox.replies import RefusalError

UNHANDLED = {"5xx", "429", *CLASSES, "reset_before", "html", "expired_cursor"}
EVERY = dict.fromkeys(KINDS, 1 / len(KINDS))
EVERYWHERE = {"classes": lambda: tuple(CLASSES.values()), "cursor": cursor(5)}


def drawn(faults, count, **asked):
    """Return the kinds that so many requests get."""
    taken = [faults.take("GET", "/v1/groups", **asked) for _ in range(count)]
    return [fault and fault.kind for fault in taken]


def test_the_same_seed_does_the_same():
    """Otherwise what failed once under faults could not be run again."""
    runs = []
    for seed in (7, 7, 8):
        faults = Faults()
        faults.random(EVERY, seed=seed, burst=2)
        runs.append([faults.take("GET", "/v1/groups", now=1e9, **EVERYWHERE) for _ in range(500)])
    assert runs[0] == runs[1]
    assert runs[0] != runs[2]


def test_each_kind_comes_as_often_as_asked():
    """Otherwise a rate would not be the share of the requests, or a kind never come."""
    faults = Faults()
    rates = {kind: 0.02 + number / 1000 for number, kind in enumerate(KINDS)}
    faults.random(rates, seed=3)
    counts = Counter(drawn(faults, 20_000, **EVERYWHERE))
    for kind, rate in rates.items():
        assert counts[kind] == pytest.approx(20_000 * rate, rel=0.2), kind


def test_a_certain_and_an_impossible_one():
    """Otherwise a rate of 1 would spare requests, or one of 0 hit some."""
    faults = Faults()
    faults.random({"5xx": 0.0, "html": 1.0}, seed=1)
    assert set(drawn(faults, 1000)) == {"html"}


def test_a_burst():
    """Otherwise an outage of several requests in a row could not be had."""
    faults = Faults()
    faults.random({"5xx": 0.02}, seed=5, burst=4)
    kinds = "".join("x" if kind else "." for kind in drawn(faults, 2000))
    lengths = [len(run) for run in kinds.strip("x").split(".") if run]
    assert len(lengths) > 15
    assert all(length % 4 == 0 for length in lengths)


def test_only_what_a_kind_can_happen_to():
    """Otherwise a fault of a page or of a rate class would hit, and be counted for, requests that have none."""
    faults = Faults()
    faults.random(dict.fromkeys([*PAGED, *CLASSES], 1 / 7), seed=1)
    assert set(drawn(faults, 500)) == {None}
    assert set(drawn(faults, 500, cursor=cursor(2))) == {None, *PAGED}
    assert set(drawn(faults, 500, classes=lambda: ("source",))) == {None, "429_source"}
    assert faults.take("POST", "/v1/groups", cursor=cursor(2)) is None


def test_only_some_methods_and_paths():
    """Otherwise faults could not be kept off the calls that a test has to rely on."""
    faults = Faults()
    faults.random({"5xx": 1}, methods=["get"], path="/v1/connections/*/schemas")
    assert faults.take("GET", "/v1/connections/a/schemas") is not None
    assert faults.take("PATCH", "/v1/connections/a/schemas") is None
    assert faults.take("GET", "/v1/connections/a") is None


def test_scripts_come_first_and_all_end():
    """Otherwise chance would use up what a script means for a request, or faults go on after `clear`."""
    faults = Faults()
    faults.random({"5xx": 1})
    faults.random({"html": 1})
    faults.script("GET", "/v1/groups", status=400)
    assert drawn(faults, 3) == ["400", "5xx", "5xx"]
    faults.clear()
    assert drawn(faults, 10) == [None] * 10


def test_counts_by_kind():
    """Otherwise a soak could not tell that a kind never fired; what was counted must not change under its reader."""
    faults = Faults()
    before = faults.fired
    faults.count("5xx")
    assert (before, faults.fired, faults.fired["html"]) == ({}, {"5xx": 1}, 0)


@pytest.mark.parametrize(
    ("options", "kind"),
    [
        ({"status": 503}, "5xx"),
        ({"status": 429}, "429"),
        ({"status": 429, "rate_class": "source"}, "429_source"),
        ({"status": 404}, "404"),
        ({"body": b"?"}, "body"),
        ({"headers": {"A": "b"}}, "headers"),
        ({"delay": 1, "status": 500}, "5xx"),
        ({"delay": 1}, "latency"),
        ({"truncate": 3}, "truncated"),
        ({"drop": "during"}, "reset_during"),
        ({"kind": "drip"}, "drip"),
    ],
)
def test_a_script_is_counted_as_what_it_does(options, kind):
    """Otherwise the same fault would have two names, by script and by chance."""
    assert Faults().script("GET", "/v1", **options).fault.kind == kind


@pytest.mark.parametrize("kind", KINDS)
def test_handled_or_not(kind):
    """Otherwise a test would take a write for done that is not, or the other way round."""
    for seed in range(20):
        fault = make(kind, Chance(random.Random(seed)))
        assert (fault.kind, fault.handles) == (kind, kind not in UNHANDLED)


def test_every_spelling_of_a_wait():
    """Otherwise a client would meet only one of the ways in which `Retry-After` is written."""
    chance = Chance(random.Random(1), retry_after=1.5, now=1_785_585_600.25)
    seen = Counter()
    for _ in range(200):
        text = make("429", chance).headers.get("Retry-After")
        if text is None:
            seen["none"] += 1
        elif text == "2":
            seen["seconds"] += 1
        elif text.endswith("GMT"):
            assert email.utils.parsedate_to_datetime(text).timestamp() == 1_785_585_602
            seen["date"] += 1
        else:
            assert 0 <= float(text) <= 1.5
            seen["fraction"] += 1
    assert min(seen[name] for name in ("none", "seconds", "date", "fraction")) > 20
    silent = Chance(random.Random(1), retry_after=None)
    assert not any(make("429_source", silent).headers for _ in range(50))


def test_sleeps_are_bounded():
    """Otherwise a soak would take as long as chance likes."""
    chance = Chance(random.Random(1), slow=0.01)
    delays = [make("latency", chance).delay for _ in range(200)]
    assert 0.005 <= min(delays) < max(delays) <= 0.01
    assert make("drip", chance).drip == 0.01


@pytest.mark.parametrize("how", ["cut", "surplus", "bytes"])
@pytest.mark.parametrize("content", [b"{}", b'{"code":"Success","data":{"items":[1]}}'])
def test_no_json_any_more(how, content):
    """Otherwise an answer that is said to be broken would be read as if nothing were wrong."""
    with pytest.raises(ValueError, match=r".+"):
        json.loads(garbled(content, how))


def test_a_shifted_cursor():
    """Otherwise items would not shift by one, or a word that is no cursor be taken for one."""
    assert shifted(cursor(20)) == cursor(19)
    assert shifted(cursor(0)) == cursor(0)
    with pytest.raises(RefusalError):
        shifted("nonsense")


@pytest.mark.parametrize(
    ("rates", "options"),
    [
        ({"6xx": 0.1}, {}),
        ({"5xx": 1.1}, {}),
        ({"5xx": -0.1}, {}),
        ({"5xx": float("nan")}, {}),
        ({"5xx": 0.6, "html": 0.6}, {}),
        ({"5xx": 0.1}, {"burst": 0}),
        ({"5xx": 0.1}, {"slow": -1}),
        ({"5xx": 0.1}, {"slow": float("inf")}),
        ({"5xx": 0.1}, {"retry_after": -1}),
        ({"5xx": 0.1}, {"path": "v1"}),
        ({"5xx": 0.1}, {"methods": "GET"}),
    ],
)
def test_bad_chances(rates, options):
    """Otherwise faults that never fire, or always, would be taken for what was asked."""
    with pytest.raises(ValueError, match="must"):
        Faults().random(rates, **options)


@pytest.mark.parametrize(
    "options",
    [{"kind": "6xx"}, {"kind": "html", "status": 502}, {"status": 429, "rate_class": "all"}, {"rate_class": "source"}],
)
def test_bad_scripts(options):
    """Otherwise a script would be taken that does nothing, or not what it says."""
    with pytest.raises(ValueError, match=r"must|needs"):
        Faults().script("GET", "/v1", **options)


def test_texts():
    """Otherwise the command line could not say what a test can."""
    faults = Faults()
    faults.plan(
        [
            "html=1",
            "PATCH /v1/connections/* #3 status=503",
            "* /v1/users kind=invalid_json times=all",
            "DELETE /v1/users drop=after delay=0.5",
        ]
    )
    patches = [faults.take("PATCH", "/v1/connections/a") for _ in range(4)]
    assert [fault.kind for fault in patches] == ["html", "html", "5xx", "html"]
    assert [faults.take("GET", "/v1/users").kind for _ in range(3)] == ["invalid_json"] * 3
    faults.clear()
    faults.plan(["DELETE /v1/users drop=after delay=0.5"])
    fault = faults.take("DELETE", "/v1/users")
    assert (fault.drop, fault.delay) == ("after", 0.5)


def test_a_seed_for_texts():
    """Otherwise a server of its own could not be made to do the same again."""
    runs = []
    for seed in (1, 1, 2):
        faults = Faults()
        faults.plan(["5xx=0.5", "html=0.1"], seed=seed)
        runs.append(drawn(faults, 200))
    assert runs[0] == runs[1] != runs[2]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "5xx",
        "5xx=often",
        "6xx=0.1",
        "5xx = 0.1",
        "GET /v1/groups",
        "GET /v1/groups #0 status=503",
        "GET /v1/groups #x status=503",
        "GET /v1/groups status=bad",
        "GET /v1/groups color=red",
        "GET /v1/groups 503",
    ],
)
def test_bad_texts(text):
    """Otherwise a typo on the command line would serve without the fault."""
    with pytest.raises(ValueError, match=r"must|needs"):
        Faults().plan([text])
