"""`fivetran-async schema` against the sandbox, inside this process."""

import json
from unittest import mock

import click
import pytest

from fivetran_async.cli import app, output
from fivetran_async.schema_plan import Desired

TABLES = {
    "orders": {"columns": {"id": {"locked": "OTHER", "is_primary_key": True}, "email": {}}},
    "notes": {"columns": {"city": {}}},
    "fivetran_audit": {"locked": "SYSTEM_TABLE", "columns": {}},
}
WANTED = """\
schemas:
  public:
    tables:
      notes: false
rules:
  - columns: "*.email"
    hashed: true
"""


@pytest.fixture(autouse=True)
def environment(monkeypatch, tmp_path, opened):
    """Point the environment at an account with two connections of one group, and write a file."""
    box = opened(seed=7, groups=1, connections=0)
    group = next(iter(box.account.groups))
    for name in ("one", "two"):
        source = {"schemas": {"public": {"tables": {table: dict(about) for table, about in TABLES.items()}}}}
        at = box.clock.now().isoformat()
        box.account.add_connection(group, id=name, succeeded_at=at, sandbox={"source": source})
    monkeypatch.setenv("FIVETRAN_API_KEY", box.api_key)
    monkeypatch.setenv("FIVETRAN_API_SECRET", box.api_secret)
    monkeypatch.setenv("FIVETRAN_BASE_URL", box.url)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.yaml").write_text(WANTED)
    return box


@pytest.fixture
def run(capsys):
    """Give a command, and return its status, what it printed, and what it complained about."""

    def give(*arguments):
        status = app.run(["schema", *arguments])
        captured = capsys.readouterr()
        return status, captured.out, captured.err

    return give


@pytest.fixture
def answer(monkeypatch):
    """Let somebody be asked, who answers."""

    def will(yes):
        monkeypatch.setattr(output, "is_terminal", lambda stream: stream is not None and not stream.writable())
        monkeypatch.setattr(click, "confirm", mock.Mock(return_value=yes))

    return will


def test_show(run):
    """Nobody would see what is loaded, and what is locked and why."""
    status, out, err = run("show", "one")
    assert (status, err) == (0, "")
    assert "schema_change_handling ALLOW_ALL" in out
    lines = [" ".join(line.split()) for line in out.splitlines()]
    assert "NAME LOADED MODE LOCKED" in lines
    assert "public.orders yes SOFT_DELETE" in lines
    assert "public.fivetran_audit yes SOFT_DELETE it is a table of the system" in lines
    status, out, _ = run("show", "one", "--columns", "--tables", "orders")
    assert "public.orders.email  yes" in out
    assert "notes" not in out


def test_show_as_data(run, tmp_path):
    """What is shown could not be put into a file and be planned."""
    status, out, _ = run("show", "one", "--yaml")
    (tmp_path / "b.yaml").write_text(out)
    assert set(Desired.load("b.yaml").schemas["public"].tables) == set(TABLES)
    assert status == 0
    assert run("plan", "b.yaml", "two")[0] == 0
    assert run("diff", "two", "b.yaml")[0] == 0
    _, out, _ = run("show", "one", "--json", "--columns")
    items = {item["name"]: item for item in json.loads(out)["items"]}
    assert items["public.orders.id"]["is_primary_key"]
    assert items["public.fivetran_audit"]["locked"] == "it is a table of the system"
    assert run("show", "one", "--json", "--yaml")[0] == 2
    assert run("show", "one", "--tables", "nix")[::2] == (2, "error: there is no table that fits 'nix'\n")


def test_show_says_what_was_not_read(run, environment):
    """Columns that could not be read would pass for not there."""
    environment.faults.script("GET", "/v1/connections/*/columns", status=400, times=None)
    status, _, err = run("show", "one", "--columns", "--tables", "orders")
    assert status == 3
    assert "error: the columns of public.orders were not read: " in err


def test_plan(run, environment):
    """A build would not fail on drift, or the plan change something."""
    status, out, err = run("plan", "a.yaml", "one", "two")
    assert (status, err) == (1, "")
    assert out.count("- public.notes: enabled true -> false [a.yaml:4]") == 2
    assert "~ public.orders.email: hashed false -> true (may load anew) [a.yaml:7]" in out
    assert "2 to change" in out
    assert {request.method for request in environment.requests} == {"GET"}
    status, out, _ = run("plan", "a.yaml", "--group", next(iter(environment.account.groups)), "--json")
    assert {name: plan["calls"] for name, plan in json.loads(out)["plans"].items()} == {"one": 1, "two": 1}


def test_apply(run, environment):
    """A file would not be applied, or be applied twice."""
    status, out, err = run("apply", "a.yaml", "one", "two", "--yes")
    assert (status, err) == (0, "")
    assert "connection one: 2 done" in out
    assert out.endswith("2 of 2 connections are as desired\n")
    assert run("plan", "a.yaml", "one")[0] == 0
    before = environment.calls
    status, out, _ = run("apply", "a.yaml", "one", "--yes", "--json", "--no-columns", "--missing", "ignore")
    assert json.loads(out)["connections"]["one"]["converged"]
    assert (status, environment.calls - before) == (0, 1)


def test_apply_asks(run, answer, environment):
    """Something would be changed that nobody agreed to, or agreeing not be enough."""
    status, _, err = run("apply", "a.yaml", "one")
    assert status == 2
    assert "add --yes, or --dry-run" in err
    answer(False)
    status, out, _ = run("apply", "a.yaml", "one")
    assert (status, "2 to change" in out) == (1, True)
    assert {request.method for request in environment.requests} == {"GET"}
    answer(True)
    status, out, _ = run("apply", "a.yaml", "one")
    assert status == 0
    assert "1 of 1 connections are as desired" in out
    click.confirm.reset_mock()
    assert run("apply", "a.yaml", "one")[0] == 0
    click.confirm.assert_not_called()


def test_apply_dry(run, environment):
    """A dry run would change something, or say that all is well."""
    status, out, _ = run("apply", "a.yaml", "one", "--dry-run")
    assert (status, "2 to change" in out) == (1, True)
    status, out, _ = run("apply", "a.yaml", "one", "--dry-run", "--json")
    assert (status, json.loads(out)["plans"]["one"]["missing"]) == (1, [])
    assert {request.method for request in environment.requests} == {"GET"}


def test_not_all_is_done(run, environment):
    """One connection of many would fail without a word."""
    environment.faults.script("PATCH", "/v1/connections/two/schemas", status=409, times=None)
    status, out, err = run("apply", "a.yaml", "one", "two", "nix", "--yes")
    assert status == 3
    assert "1 of 3 connections are as desired" in out
    assert "error: connection two: connection two: 0 done, 2 not done" in err
    assert "error: connection nix: " in err
    assert "404" in err


@pytest.mark.parametrize(
    ("text", "problems"),
    [
        ("schemas:\n  publik: true\n", ["a.yaml:2: there is no schema publik; did you mean public?"]),
        ("rules:\n  - tables: nix*\n    enabled: true\n", ["a.yaml:2: there is no table that fits nix*"]),
        ("shemas: {}\nmissing: x\n", ["a.yaml:1: unknown key 'shemas'; did you mean", "a.yaml:2: missing must be one"]),
        ("rules:\n  - tables: a\n    sync_mode: LIFE\n", ["a.yaml:3: sync_mode must be one of SOFT_DELETE, HISTORY"]),
    ],
)
@pytest.mark.parametrize("command", [["plan"], ["apply", "--yes"]])
def test_bad_files(run, tmp_path, text, problems, command):
    """A mistyped file would be half applied, or nobody be told where the mistake is."""
    (tmp_path / "a.yaml").write_text(text)
    status, out, err = run(command[0], "a.yaml", "one", *command[1:])
    assert status == 2
    for problem in problems:
        assert problem in (out if command == ["plan"] and problem.count("there is no") else err)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["plan", "a.yaml"], "Name connections, or a group"),
        (["plan", "a.yaml", "one", "--group", "g"], "Name connections, or a group"),
        (["plan", "a.yaml", "one", "--service", "postgres"], "--service goes with --group"),
        (["plan", "nix.yaml", "one"], "nix.yaml cannot be read"),
        (["diff", "a.yaml", "a.yaml"], "One of the two must be a connection"),
        (["copy", "one", "two", "--rename", "x", "--yes"], "--rename wants OLD=NEW"),
        (["copy", "one", "one", "--yes"], "same connection"),
        (["copy", "one", "two"], "add --yes"),
    ],
)
def test_usage(run, environment, arguments, words):
    """A wrong command would do something else than was meant."""
    status, _, err = run(*arguments)
    assert status == 2
    assert words in err
    assert environment.calls == 0


def test_diff(run):
    """Two connections would pass for the same, or a build not see that they are not."""
    status, out, _ = run("diff", "one", "two")
    assert (status, out) == (0, "no differences\n")
    run("apply", "a.yaml", "one", "--yes")
    status, out, _ = run("diff", "one", "two")
    assert status == 1
    assert "~ public.notes: enabled false | true" in out
    assert run("diff", "a.yaml", "one")[0] == 0
    status, out, _ = run("diff", "a.yaml", "two", "--json")
    assert (status, json.loads(out)["same"]) == (1, False)
    assert run("diff", "one", "nix")[0] == 2


def test_copy(run, answer):
    """A copy would not be made, or be made unasked."""
    run("apply", "a.yaml", "one", "--yes")
    status, out, _ = run("copy", "one", "two", "--dry-run")
    assert (status, "2 to change" in out) == (1, True)
    answer(False)
    assert run("copy", "one", "two")[0] == 1
    answer(True)
    status, out, _ = run("copy", "one", "two")
    assert (status, "connection two: 2 done" in out) == (0, True)
    assert run("diff", "one", "two")[0] == 0
    status, out, _ = run("copy", "one", "two", "--yes", "--json")
    assert json.loads(out)["connections"]["two"]["done"] == []
    assert run("copy", "one", "two", "--yes", "--rename", "public=nix")[0] == 2


def test_a_copy_that_is_not_finished(run, environment):
    """A copy that did not come to its end would pass for one that did."""
    run("apply", "a.yaml", "one", "--yes")
    environment.faults.script("PATCH", "/v1/connections/two/schemas", status=409, times=None)
    status, out, err = run("copy", "one", "two", "--yes")
    assert status == 3
    assert "0 of 1 connections" in out
    assert "not done" in err


def test_no_configuration_yet(run, environment):
    """Nobody would know what to do about a new connection."""
    group = next(iter(environment.account.groups))
    environment.account.add_connection(group, id="new", sandbox={"source": {"schemas": {"public": {"tables": TABLES}}}})
    status, _, err = run("plan", "a.yaml", "new")
    assert status == 3
    assert "There is no schema configuration before the first sync or reload" in err
    assert run("apply", "a.yaml", "new", "--yes", "--reload")[0] == 0


def test_json_schema(run):
    """An editor could not be told what a file may say."""
    status, out, _ = run("json-schema")
    assert (status, json.loads(out)["type"]) == (0, "object")
