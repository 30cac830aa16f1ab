"""`fivetran-async audit` against the sandbox, inside this process."""

import json
import re
from datetime import UTC, datetime

import pytest

from fivetran_async.audit import RULES
from fivetran_async.cli import app
from fivetran_async.errors import DecodeError
from fivetran_async.sandbox import Sandbox
from tests.wire.audit.accounts import account, written

HEADINGS = ("SEVERITY  RULE", "Read 5 groups, 4 destinations, 60 connections, 5 users")


@pytest.fixture(autouse=True)
def environment(monkeypatch, box):
    """Point the environment at the small account."""
    monkeypatch.setenv("FIVETRAN_API_KEY", box.api_key)
    monkeypatch.setenv("FIVETRAN_API_SECRET", box.api_secret)
    monkeypatch.setenv("FIVETRAN_BASE_URL", box.url)


@pytest.fixture
def healthy(monkeypatch, tmp_path):
    """Yield an account in which nothing is wrong, and point the environment at it."""
    with Sandbox(load=written(account(datetime.now(UTC)), tmp_path)) as opened:
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
    assert "Read 1 group, 1 destination, 2 connections, 1 user" in out
    assert "with 17 calls" in out


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
    assert data["calls"] == box.calls == 17
    assert data["incomplete"] == []
    read = data["summary"]["read"]
    assert {kind: read[kind] for kind in ("group", "destination", "connection")} == {
        "group": 5,
        "destination": 4,
        "connection": 60,
    }
    assert data["findings"][0]["severity"] == "critical"


POLICY = """
[rules]
delayed = false
drift = true
[severities]
broken = "info"
[[exceptions]]
rule = "failing"
owner = "anna"
until = 2999-12-31
"""


def test_policy(capsys, tmp_path):
    """The policy would not count, or what it excepts vanish without a word."""
    path = tmp_path / "policy.toml"
    path.write_text(POLICY)
    app.run(["audit", "--json", "--policy", str(path)])
    data = json.loads(capsys.readouterr().out)
    assert {finding["severity"] for finding in data["findings"] if finding["rule"] == "broken"} == {"info"}
    assert not {"delayed", "failing"} & {finding["rule"] for finding in data["findings"]}
    assert {finding["rule"] for finding in data["waived"]} == {"failing"}
    # The rule that was switched on wants the schemas, which cost a call each.
    assert data["summary"]["read"]["schema"]
    app.run(["audit", "--policy", str(path), "--rule", "failing"])
    out = capsys.readouterr().out
    assert "No findings." in out
    assert f"Not counted: {len(data['waived'])} findings with an exception in the policy." in out


def test_wrong_policy(capsys, box, tmp_path):
    """Calls would be made for a policy that cannot be used, or its mistakes be told one a run."""
    path = tmp_path / "policy.toml"
    path.write_text("[rules]\nstal = true\n[severities]\nstale = 1\n")
    assert app.run(["audit", "--policy", str(path)]) == 2
    first, second = capsys.readouterr().err.splitlines()
    assert first.startswith(
        f"error: {path}:2: rules.stal: there is no such key (perhaps stale was meant); allowed are "
    )
    assert second.startswith(f"error: {path}:4: severities.stale: must not be 1; allowed are critical, ")
    assert app.run(["audit", "--policy", str(tmp_path / "none.toml")]) == 2
    assert "none.toml: cannot be read" in capsys.readouterr().err
    assert box.calls == 0


def test_list_of_rules(capsys, box, tmp_path):
    """Who wants to know what is looked for would have to read the code."""
    path = tmp_path / "policy.toml"
    path.write_text(POLICY)
    assert app.run(["audit", "--list-rules", "--policy", str(path)]) == 0
    out = capsys.readouterr().out
    assert len(out.splitlines()) == len(RULES) + 1
    assert re.search(r"^info +broken +lists +by tier +the connection's setup is broken", out, re.MULTILINE)
    assert re.search(r"^warning +delayed +lists +no ", out, re.MULTILINE)
    assert re.search(r"^warning +drift +deep +yes ", out, re.MULTILINE)
    assert app.run(["audit", "--list-rules", "--json", "--rule", "no-primary-key"]) == 0
    (rule,) = json.loads(capsys.readouterr().out)
    assert rule["tier"] == "columns"
    assert rule["needs"] == ["columns", "connection", "schema"]
    assert box.calls == 0


@pytest.mark.parametrize("form", [["--tests"], ["--rule", "destination-tests-failing"], ["--policy", "tests.toml"]])
def test_tests_on_request(capsys, box, tmp_path, monkeypatch, form):
    """Setup tests could not be run from the command line, or would run without being asked for."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "tests.toml").write_text("[rules]\ndestination-tests-failing = true\n")
    box.account.destinations[next(iter(box.account.destinations))]["setup_status"] = "broken"
    app.run(["audit", "--deep", "--json"])
    assert {request.method for request in box.requests} == {"GET"}
    assert "connection-tests-failing" not in capsys.readouterr().out
    app.run(["audit", "--all", *form])
    assert "its setup tests fail: Connecting to the destination" in capsys.readouterr().out
    assert {request.path for request in box.requests if request.method == "POST"} >= {
        f"/v1/destinations/{name}/test" for name in box.account.destinations
    }


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


def test_a_server_that_is_away_is_told_once(capsys, box, monkeypatch):
    """A newcomer without a sandbox would read the same sentence sixteen times, in one line of 3,000 characters."""
    monkeypatch.setenv("FIVETRAN_BASE_URL", "http://127.0.0.1:9")
    monkeypatch.setattr("fivetran_async._clock.SystemClock.sleep", _at_once)
    assert app.run(["audit"]) == 3
    captured = capsys.readouterr()
    assert captured.err.startswith("error: not read to the end: groups, destinations, connections, ")
    assert captured.err.count("no connection to 127.0.0.1:9") == 1
    assert captured.out == ""
    assert app.run(["audit", "--format", "markdown"]) == 3
    assert capsys.readouterr().out.count("no connection to 127.0.0.1:9") == 1


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
    assert box.calls == 17


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


FEW = ("--rule", "broken", "--rule", "destination-broken")
"""Rules that need three lists and no more."""


def test_plan(capsys, box):
    """A deep audit would be begun without knowing what it costs."""
    assert app.run(["audit", "--plan", "--deep", "--columns", *FEW]) == 0
    captured = capsys.readouterr()
    assert not captured.err
    assert "The survey took 3 calls and found 5 groups, 4 destinations and 60 connections." in captured.out
    assert re.search(r"^schemas +60 +0\.3% +less than 1$", captured.out, re.MULTILINE)
    assert re.search(r"^columns +once the schemas are read$", captured.out, re.MULTILINE)
    assert re.search(r"^all that can be counted +60 +0\.3% ", captured.out, re.MULTILINE)
    assert box.calls == 3


def test_plan_of_lists_alone(capsys):
    """A plan without calls would be an empty table."""
    assert app.run(["audit", "--plan", *FEW]) == 0
    assert "Nothing is left to read." in capsys.readouterr().out


def test_plan_as_json(capsys):
    """A script could not read what an audit is going to cost."""
    assert app.run(["audit", "--plan", "--deep", "--max-calls", "13", "--json", *FEW]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["survey"], found["calls"], found["later"]) == (3, 60, 50)
    assert found["remaining"] == [
        {"kind": "schema", "calls": 60, "share": 0.003, "seconds": found["remaining"][0]["seconds"]}
    ]


def test_plan_that_could_not_see_all(capsys, box):
    """A plan would look cheap because a list could not be read."""
    box.faults.script("GET", "/v1/connections", status=403, times=None)
    assert app.run(["audit", "--plan", "--deep", *FEW]) == 3
    captured = capsys.readouterr()
    assert "no connections" in captured.out
    assert "not read to the end: connections: " in captured.err


def test_left_for_later_and_gone_on_with(capsys, box, tmp_path):
    """What did not fit would pass for clean, or could never be read."""
    options = ["audit", "--deep", "--fail-on", "never", "--resume", str(tmp_path / "audit.resume"), *FEW]
    assert app.run([*options, "--max-calls", "33"]) == 3
    captured = capsys.readouterr()
    assert "schemas: max_calls=33 is used up, 30 calls not made or not answered" in captured.err
    assert "with 33 calls in" in captured.out
    assert app.run(["audit", "--plan", "--deep", *options[4:]]) == 0
    assert re.search(r"^schemas +30 ", capsys.readouterr().out, re.MULTILINE)
    assert (tmp_path / "audit.resume").exists()
    assert app.run(options) == 0
    assert "with 30 calls in" in capsys.readouterr().out
    assert box.calls == 63
    # Tomorrow's report must not be today's.
    assert not (tmp_path / "audit.resume").exists()


def test_a_file_that_cannot_be_gone_on_with_is_deleted(tmp_path):
    """Sources that cannot be asked would make every later report that of the first day."""
    file = tmp_path / "audit.resume"
    assert app.run(["audit", "--columns", "--resume", str(file), *FEW]) == 3
    assert not file.exists()


def test_the_reserve(capsys, box):
    """The calls that others need would be taken."""
    assert app.run(["audit", "--deep", "--reserve", "19980", *FEW]) == 3
    assert "only the reserve of 19,980 calls is left of this hour" in capsys.readouterr().err
    assert box.calls == 20


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--max-calls", "0"], "--max-calls"),
        (["--reserve", "-1"], "--reserve"),
        (["--sandbox", "--resume", "x"], "the account ends with the command"),
        (["--resume", "diary"], "no file that an audit"),
    ],
)
def test_options_that_cannot_be_used(capsys, box, tmp_path, monkeypatch, options, words):
    """A wrong option would be found out after the calls were made, or cost a file of the user's."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "diary").write_text("dear diary\n")
    assert app.run(["audit", *options]) == 2
    assert words in capsys.readouterr().err
    assert box.calls == 0
    assert (tmp_path / "diary").read_text() == "dear diary\n"


@pytest.mark.parametrize("status", [401, 403])
def test_the_deep_part_could_not_be_read(capsys, box, status):
    """A report would call clean what nobody could read."""
    box.faults.script("GET", "/v1/connections/*", status=status, times=None)
    assert app.run(["audit", "--deep", "--fail-on", "never", "--rule", "broken"]) == 3
    captured = capsys.readouterr()
    assert re.search(rf"not read to the end: schemas: .*{status}.*, 60 calls not made or not answered", captured.err)
    assert "no schemas" in captured.out


async def _at_once(*_):
    return None
