"""`fivetran-async api` against the sandbox: every operation, what is shown, and what bad input gets."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from pathlib import Path

import click
import pytest

from fivetran_async.cli.api import command
from fivetran_async.cli.api.fields import suited_columns
from fivetran_async.cli.api.tree import entries
from fivetran_async.cli.app import run
from fivetran_async.operations import OPERATIONS

ROOT = Path(__file__).parents[3]


@pytest.fixture
def box(monkeypatch, opened):
    """A sandbox to which the environment leads."""
    box = opened(seed=7, groups=3, connections=30)
    monkeypatch.setenv("FIVETRAN_API_KEY", box.api_key)
    monkeypatch.setenv("FIVETRAN_API_SECRET", box.api_secret)
    monkeypatch.setenv("FIVETRAN_BASE_URL", box.url)
    return box


@pytest.fixture
def api(box, capsys):
    """Run `api`; return the status, stdout and stderr."""

    def call(*arguments):
        status = run(["api", *arguments])
        captured = capsys.readouterr()
        return status, captured.out, captured.err

    return call


def found(api, *arguments):
    """Return what a command prints as JSON."""
    status, out, err = api(*arguments)
    assert (status, err) == (0, "")
    return json.loads(out)


def test_every_operation_is_reached():
    """A user would need Python for what has no command."""
    reached = {operation for entry in entries().values() for operation in entry["operations"]}
    assert reached == {f"{operation.method} {operation.path}" for operation in OPERATIONS}
    assert len(reached) == 169


def _leaves(group, context, names=()):
    for name in group.list_commands(context):
        child = group.get_command(context, name)
        yield from (
            _leaves(child, context, (*names, name)) if isinstance(child, click.Group) else [((*names, name), child)]
        )


LEAVES = dict(_leaves(command, click.Context(command)))


def test_every_command_has_its_help(capsys):
    """A command would break when somebody asks what it does, or two of its options have one name."""
    assert len(LEAVES) == len(entries()) + 2
    for names, leaf in LEAVES.items():
        options = [option for param in leaf.params for option in (*param.opts, *param.secondary_opts)]
        assert len(options) == len(set(options)), names
        assert all(isinstance(param, click.Argument) or param.help for param in leaf.params), names
        assert run(["api", *names, "--help"]) == 0
        assert leaf.help.split("\n")[0][:20] in " ".join(capsys.readouterr().out.split())


def test_a_list(api, box):
    """A list would end at its first page, or cost a call for each item."""
    connections = found(api, "connections", "list", "--page-size", "10")
    assert len(connections) == 30
    assert box.calls == 3
    assert {"id", "service", "schema", "status"} <= connections[0].keys()


def test_fields_filters_and_a_limit(api, box):
    """What is asked for would be looked up in the whole, by hand."""
    everything = found(api, "connections", "list")
    wanted = [one for one in everything if one["status"]["setup_state"] == "connected" and one["service"] != "s3"]
    shown = found(
        api,
        *("connections", "list", "--fields", "id,status.setup_state"),
        *("--filter", "status.setup_state=connected", "--filter", "service!=s3", "--limit", "4"),
    )
    assert shown == [{"id": one["id"], "status.setup_state": "connected"} for one in wanted[:4]]
    assert found(api, "connections", "list", "--filter", "schema~^$") == []
    before = box.calls
    assert len(found(api, "connections", "list", "--limit", "5", "--page-size", "5")) == 5
    assert box.calls == before + 1


def test_csv(api, box):
    """A spreadsheet would take a name for a formula, or a comma for a new cell."""
    group = box.account.add_group(name='=1+1, "so"')["id"]
    status, out, _ = api("groups", "list", "--output", "csv", "--fields", "id,name,nothing")
    rows = list(csv.reader(io.StringIO(out)))
    assert status == 0
    assert rows[0] == ["id", "name", "nothing"]
    assert [group, '\'=1+1, "so"', ""] in rows


def test_lines_of_json(api, box):
    """What comes page by page could not be read before the end."""
    _, out, _ = api("groups", "list", "--output", "jsonl", "--fields", "id")
    assert {json.loads(line)["id"] for line in out.splitlines()} == set(box.account.groups)


def test_a_table_shows_what_says_most(api, box):
    """A person would see who made a connection, and not whether it works."""
    status, out, err = api("connections", "list", "--output", "table")
    assert (status, err) == (0, "")
    head = "ID SERVICE SCHEMA PAUSED STATUS.SETUP_STATE STATUS.SYNC_STATE STATUS.UPDATE_STATE"
    assert out.splitlines()[0].split() == head.split()


@pytest.mark.parametrize(("width", "columns"), [(10, 1), (40, 3), (None, 4)])
def test_a_table_has_no_more_columns_than_fit(width, columns):
    """Each cell would be folded to a letter a line on a narrow terminal."""
    rows = [{"id": "zealous_gable", "url": None, "service": "s3", "schema": "a" * 10, "paused": False, "more": {}}]
    assert suited_columns(rows, width) == ["id", "service", "schema", "paused"][:columns]


def test_a_long_name_is_folded_and_not_left_out():
    """The one name that says what a thing is would not be shown, as it is long."""
    assert suited_columns([{"id": "a", "name": "long " * 30, "at": "2026"}], 35) == ["id", "name"]


def test_csv_on_a_terminal_commands_nothing(api, box, monkeypatch):
    """A name that somebody gave a group would move the cursor, or worse."""
    group = next(iter(box.account.groups))
    assert found(api, "groups", "update", group, "--name", "red\x1b[31m")["name"] == "red\x1b[31m"
    arguments = ("groups", "list", "--filter", f"id={group}", "--fields", "name", "--output", "csv")
    assert api(*arguments)[1] == "name\nred\x1b[31m\n"
    monkeypatch.setattr("fivetran_async.cli.output.is_terminal", lambda _: True)
    assert api(*arguments)[1] == "name\nred\N{REPLACEMENT CHARACTER}[31m\n"


def test_arguments_are_told_of(api):
    """Nobody would learn from the help which minutes are allowed."""
    status, out, _ = api("connections", "set-sync-frequency", "--help")
    assert status == 0
    assert "Arguments:" in out
    assert "MINUTES Minutes between two syncs: 1, 5, 15," in " ".join(out.split())


def test_nothing_is_said_in_words(api, box):
    """An empty table would look like a failure."""
    assert api("connections", "list", "--filter", "service=none", "--output", "table") == (
        0,
        "ID\n",
        "note: nothing is found\n",
    )
    assert api("connections", "list", "--filter", "service=none") == (0, "[]\n", "")


@pytest.mark.parametrize("form", ["table", "json", "jsonl", "csv"])
def test_a_filter_by_a_field_that_nothing_has_is_an_error(api, box, form):
    """A slip in a name would let a nightly job find nothing, for ever."""
    status, out, err = api("connections", "list", "--filter", "satus.setup_state=broken", "--output", form)
    assert (status, out) == (2, "")
    assert "no item has a field 'satus.setup_state'" in err


def test_a_field_that_may_be_there_is_not_noted(api, box):
    """A column would be called misspelt where nobody knows: of nothing, and below null."""
    assert api("groups", "list", "--limit", "0", "--fields", "nmae", "--output", "csv")[2] == ""
    assert api("connections", "list", "--limit", "1", "--fields", "config.host", "--output", "csv")[2] == ""


def test_truth_and_null_in_filters(api, box):
    """Who writes Python would find no paused connection, nor one that never failed."""
    one = found(api, "connections", "list", "--limit", "1")[0]["id"]
    assert found(api, "connections", "pause", one)["paused"] is True
    paused = found(api, "connections", "list", "--filter", "paused=true", "--fields", "id")
    assert {"id": one} in paused
    assert found(api, "connections", "list", "--filter", "paused=True", "--fields", "id") == paused
    assert found(api, "connections", "list", "--filter", "paused!=False", "--fields", "id") == paused
    never = found(api, "connections", "list", "--filter", "failed_at=null", "--fields", "id,failed_at")
    assert never
    assert {item["failed_at"] for item in never} == {None}
    assert len(never) + len(found(api, "connections", "list", "--filter", "failed_at!=null")) == 30


def test_who_says_no_is_no_interruption(api, box, monkeypatch):
    """The group would be gone, or a script that ran the command be stopped as if by Ctrl-C."""
    group = next(iter(box.account.groups))
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("click.confirm", lambda *_, **__: False)
    status, out, err = api("groups", "delete", group)
    assert (status, out) == (3, "")
    assert err.endswith("error: nothing was done\n")
    assert group in box.account.groups


@pytest.mark.parametrize("names", [[], ["connections"], ["connections", "certificates"]])
def test_a_group_without_a_command_shows_its_help(api, names):
    """All of the help would stand in one line, as an error."""
    status, out, err = api(*names)
    assert (status, out) == (2, "")
    assert err.startswith(f"Usage: {' '.join(['fivetran-async', 'api', *names])} ")
    assert len(err.splitlines()) > 5


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["connections", "xyzzy"], "No such command 'xyzzy'. See `fivetran-async api connections --help`."),
        (["request", "FETCH", "/v1/groups"], "Invalid value for 'METHOD': 'FETCH' is not one of"),
        (["groups", "list", "--filter", "name"], "such as status.setup_state=broken. See `"),
    ],
)
def test_what_is_wrong_is_told(api, arguments, words):
    """A slip would send people to the manual."""
    status, out, err = api(*arguments)
    assert (status, out) == (2, "")
    assert words in err


def test_a_table(api, box):
    """A person would have to read JSON."""
    _, out, _ = api("connections", "list", "--output", "table", "--limit", "3")
    head, *lines = out.splitlines()
    assert head.split()[:2] == ["ID", "SERVICE"]
    assert len(lines) == 3


def test_objects_are_made_changed_and_deleted(api, box, tmp_path):
    """The command line could look and not touch."""
    group = found(api, "groups", "create", "--name", "New")
    settings = tmp_path / "settings.json"
    settings.write_text(json.dumps({"schema": "made", "host": "localhost"}))
    made = found(
        api,
        *("connections", "create", "--group-id", group["id"], "--service", "google_sheets"),
        *("--config", json.dumps({"schema": "made", "table": "one", "sheet_id": "x", "named_range": "y"})),
        *("--paused", "--no-run-setup-tests"),
    )
    assert (made["paused"], made["schema"]) == (True, "made.one")
    changed = found(api, "connections", "update", made["id"], "--no-paused", "--sync-frequency", "60")
    assert (changed["paused"], changed["sync_frequency"]) == (False, 60)
    assert found(api, "connections", "get", made["id"], "--fields", "paused") == {"paused": False}
    assert api("connections", "delete", made["id"], "--yes") == (0, "", "")
    status, _, err = api("connections", "get", made["id"])
    assert status == 2
    assert made["id"] in err


def test_what_destroys_is_confirmed(api, box):
    """A slip in a script would delete a group."""
    group = next(iter(box.account.groups))
    before = box.calls
    status, _, err = api("groups", "delete", group)
    assert status == 2
    assert f"groups delete {group} destroys data" in err
    assert "--yes" in err
    assert box.calls == before
    assert group in box.account.groups


def test_null_takes_away(api, box):
    """What the API takes null for could not be taken away."""
    nullable = [
        (entry["path"], one["name"])
        for entry in entries().values()
        for one in entry["parameters"]
        if one.get("nullable")
    ]
    assert nullable
    agent = "proxy_agent_id"
    assert (["connections", "update"], agent) in nullable
    connection = next(iter(box.account.connections))
    api("connections", "update", connection, "--proxy-agent-id", "null", "--no-run-setup-tests")
    assert json.loads(box.requests[-1].body)[agent] is None


def test_many_ids(api, box):
    """A command that takes several would take one."""
    ids = sorted(box.account.connections)[:2]
    status, out, err = api("connections", "wait-all", *ids, "--timeout", "0.1", "--no-check")
    assert (status, err) == (0, "")
    assert [one["connection_id"] for one in json.loads(out)] == ids


def test_any_endpoint(api, box):
    """What the SDK has no name for yet could not be called."""
    assert len(found(api, "request", "get", "/v1/groups", "--query", "limit=2")["items"]) == 2
    assert len(found(api, "paginate", "/v1/groups", "--limit", "2")) == 2
    body = json.dumps({"name": "By hand"})
    assert found(api, "request", "POST", "/v1/groups", "--body", body)["name"] == "By hand"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["connections", "lst"], "No such command 'lst'. (Did you mean 'list'?) See `fivetran-async api connections"),
        (["connection", "list"], "No such command 'connection'. (Did you mean 'connections' or"),
        (["hybrid_agents", "list"], "(Did you mean 'hybrid-agents'"),
        (["connections", "get"], "Missing argument"),
        (["connections", "list", "--page-size", "many"], "not a valid integer"),
        (["connections", "list", "--page-size", "0"], "page_size must be"),
        (["connections", "list", "--filter", "paused"], "must be FIELD=VALUE"),
        (["connections", "list", "--filter", "id~("], "is no regular expression"),
        (["connections", "list", "--fields", "id,,x"], "with commas between them"),
        (["connections", "create", "--group-id", "g", "--service", "s", "--config", "{"], "it is no JSON"),
        (["connections", "create", "--group-id", "g", "--service", "s", "--config", "@none.json"], "cannot be read"),
        (["connections", "get", ".."], "connection_id"),
        (["request", "GET", "/v1/groups", "--query", "x"], "must be NAME=VALUE"),
        (["request", "FETCH", "/v1/groups"], "is not one of"),
    ],
)
def test_bad_input_is_refused_before_anything_is_sent(api, box, arguments, words):
    """A slip would be sent, or end in a traceback."""
    status, out, err = api(*arguments)
    assert (status, out) == (2, "")
    assert words in err
    assert box.calls == 0


@pytest.mark.parametrize(
    ("condition", "said"),
    [
        ("servce=postgres", "no item has a field 'servce' (did you mean 'service'?)"),
        ("status.setup_stat=broken", "no item has a field 'status.setup_stat' (did you mean 'status.setup_state'?)"),
        ("service.name!=x", "no item has a field 'service.name'"),
    ],
)
def test_a_filter_on_a_misspelt_field(api, condition, said):
    """A nightly look for broken connections would find none for ever."""
    status, out, err = api("connections", "list", "--filter", condition)
    assert (status, out) == (2, "")
    assert said in err


def test_a_filter_on_a_field_that_may_be_there(api):
    """A field below null, or of a list that is empty, would be called misspelt."""
    assert found(api, "connections", "list", "--filter", "config.host=x") == []
    assert found(api, "connections", "list", "--schema", "none_such", "--filter", "anything=x") == []


def test_a_misspelt_field(api):
    """A column would be empty, and nobody know why."""
    for arguments in (["list", "--limit", "2"], ["list"]):
        status, out, err = api("groups", *arguments, "--fields", "id,nam")
        assert (status, set(json.loads(out)[0])) == (0, {"id", "nam"})
        assert err == "note: --fields: no item has a field 'nam' (did you mean 'name'?)\n"
    one = json.loads(out)[0]["id"]
    assert api("groups", "get", one, "--fields", "nam")[2] == err


def test_a_list_that_fails_shows_nothing_half(api, box):
    """A script would take half a list for the whole."""
    box.faults.script("GET", "/v1/connections", status=403, skip=1)
    status, out, err = api("connections", "list", "--page-size", "10")
    assert (status, out) == (3, "")
    assert "403" in err


def test_the_generated_files_are_up_to_date():
    """Commands would lack what the methods have."""
    ran = subprocess.run(
        [sys.executable, "tools/generate_commands.py", "--check"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (ran.returncode, ran.stdout) == (0, "")
