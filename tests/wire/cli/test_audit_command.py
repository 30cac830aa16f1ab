"""`fivetran-async audit` against the sandbox, inside this process."""

import json
import re

import pytest

from fivetran_async.cli import app
from fivetran_async.errors import DecodeError
from fivetran_async.sandbox import Sandbox

HEADINGS = ("SEVERITY  RULE", "Read 5 groups, 4 destinations and 60 connections with 3 calls in ")


@pytest.fixture(autouse=True)
def environment(monkeypatch, box):
    """Point the environment at the small account."""
    monkeypatch.setenv("FIVETRAN_API_KEY", box.api_key)
    monkeypatch.setenv("FIVETRAN_API_SECRET", box.api_secret)
    monkeypatch.setenv("FIVETRAN_BASE_URL", box.url)


@pytest.fixture
def healthy(monkeypatch):
    """Yield an account in which nothing is wrong, and point the environment at it."""
    with Sandbox(seed=1, groups=1, connections=0) as opened:
        opened.account.add_connection(next(iter(opened.account.groups)))
        monkeypatch.setenv("FIVETRAN_BASE_URL", opened.url)
        yield opened


def test_findings(capsys):
    """The findings, the calls or the figures would be missing, or the status not fail a build."""
    assert app.run(["audit"]) == 1
    captured = capsys.readouterr()
    assert not captured.err
    for heading in HEADINGS:
        assert heading in captured.out
    assert re.search(r"^critical  broken .* its setup is broken: ", captured.out, re.MULTILINE)
    assert not re.search("[\x1b\u2500-\u257f]", captured.out)


def test_clean_account(capsys, healthy):
    """A healthy account would fail a build, or not say what it cost."""
    assert app.run(["audit", "--fail-on", "info"]) == 0
    out = capsys.readouterr().out
    assert "No findings." in out
    assert "Read 1 group, 1 destination and 1 connection with 3 calls" in out


@pytest.mark.parametrize(
    ("bound", "status"), [("critical", 0), ("error", 0), ("warning", 1), ("info", 1), ("never", 0)]
)
def test_fail_on(capsys, bound, status):
    """The bound would not be where it was set."""
    assert app.run(["audit", "--rule", "delayed", "--rule", "warnings", "--fail-on", bound]) == status
    assert "delayed" in capsys.readouterr().out


def test_json(capsys, box):
    """A script would find other things than JSON on stdout, or not its fields."""
    assert app.run(["audit", "--json", "--fail-on", "never"]) == 0
    captured = capsys.readouterr()
    assert not captured.err
    data = json.loads(captured.out)
    assert {"version", "findings", "calls", "incomplete"} <= set(data)
    assert data["version"] == 1
    assert data["calls"] == box.calls == 3
    assert data["incomplete"] == []
    assert data["summary"]["read"] == {"group": 5, "destination": 4, "connection": 60}
    assert data["findings"][0]["severity"] == "critical"


def test_only_the_worst_are_shown(capsys, box):
    """A large account would flood the terminal, or the rest be hidden without a word."""
    group = next(iter(box.account.groups))
    for number in range(60):
        box.account.add_connection(group, id=f"more_{number:02}", status={"setup_state": "broken"})
    app.run(["audit", "--rule", "broken"])
    out = capsys.readouterr().out
    assert out.count("its setup is broken") == 50
    assert re.search(r"^and 1\d more, --all shows them$", out, re.MULTILINE)
    app.run(["audit", "--rule", "broken", "--all"])
    out = capsys.readouterr().out
    assert out.count("its setup is broken") > 60
    assert "--all" not in out
    assert "destinations" not in out


@pytest.mark.parametrize("bound", ["error", "never"])
@pytest.mark.parametrize("form", [[], ["--json"]])
def test_not_read_to_the_end(capsys, box, bound, form):
    """What could not be read would pass for clean, or be less than findings."""
    box.faults.script("GET", "/v1/connections", status=403, times=None)
    assert app.run(["audit", "--fail-on", bound, *form]) == 3
    captured = capsys.readouterr()
    assert re.fullmatch(r"error: not read to the end: connections: .*403.*may lack the right.*\n", captured.err)
    if form:
        assert json.loads(captured.out)["incomplete"][0]["status"] == 403
    else:
        assert "Not read to the end: connections: " in captured.out
        assert "no connections" in captured.out


def test_nothing_found_is_not_clean_when_unread(capsys, box):
    """The words of a clean account would stand above one that nobody could read."""
    box.faults.script("GET", "/v1/connections", status=403, times=None)
    assert app.run(["audit", "--rule", "stale"]) == 3
    assert "No findings in what could be read." in capsys.readouterr().out


def test_wrong_credentials(capsys, monkeypatch):
    """A mistyped secret would end in a traceback, not be named, or be shown."""
    monkeypatch.setenv("FIVETRAN_API_SECRET", "hunter2")
    assert app.run(["audit"]) == 2
    captured = capsys.readouterr()
    assert not captured.out
    assert re.fullmatch(r"error: .*401.*FIVETRAN_API_SECRET.*\n", captured.err)
    assert "hunter2" not in captured.err


def test_half_of_the_credentials(capsys, monkeypatch, box):
    """A missing variable would not be named, or a request be sent without it."""
    monkeypatch.delenv("FIVETRAN_API_SECRET")
    assert app.run(["audit"]) == 2
    assert re.fullmatch(r"error: .*FIVETRAN_API_SECRET.*\n", capsys.readouterr().err)
    assert box.calls == 0


@pytest.mark.parametrize("url", ["ftp://x", "nonsense", "http://key:secret@x"])
def test_base_url_that_is_none(capsys, url):
    """A base URL that is none would end in a traceback, or in a request."""
    assert app.run(["audit", "--base-url", url]) == 2
    assert re.fullmatch(r"error: base_url .+\n", capsys.readouterr().err)


def test_base_url_beats_the_environment(capsys, monkeypatch, box):
    """The option would be ignored."""
    monkeypatch.setenv("FIVETRAN_BASE_URL", "http://127.0.0.1:1")
    assert app.run(["audit", "--base-url", f"{box.url}/v1"]) == 1
    assert box.calls == 3


def test_audit_only_reads(capsys, box):
    """An audit would change the account."""
    app.run(["audit"])
    assert {request.method for request in box.requests} == {"GET"}


def test_error_that_nothing_foresaw(capsys, monkeypatch):
    """An error of the library would end in a traceback, or look like a result."""

    async def fail(*_: object, **__: object) -> None:
        raise DecodeError("the reply\nis cut")

    monkeypatch.setattr("fivetran_async.cli.audit.audit", fail)
    assert app.run(["audit"]) == 3
    assert capsys.readouterr().err == "error: the reply is cut\n"
