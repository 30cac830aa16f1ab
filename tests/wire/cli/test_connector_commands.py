"""`connector deploy`, `sync` and `state` against the sandbox, inside this process."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path

import pytest

from fivetran_async.cli import app

SECRET = "a-long-secret-1234"
CODE = """
from fivetran_connector_sdk import Connector, Operations as op

def update(configuration, state):
    op.checkpoint({})

connector = Connector(update=update)
"""
FAILED = (
    b'{"code":"Success","data":{"id":"x","service":"connector_sdk","setup_tests":'
    b'[{"title":"Connecting","status":"FAILED","message":"no such host"}]}}'
)


@pytest.fixture(autouse=True)
def account(monkeypatch, opened, tmp_path):
    """Point the environment at a warehouse without connections, and work in a folder of the test's own."""
    box = opened(seed=7, groups=1, connections=0)
    box.account.things["connector_packages"].clear()
    group = box.account.add_group(name="Warehouse")["id"]
    box.account.add_destination(group, "big_query")
    monkeypatch.setenv("FIVETRAN_API_KEY", box.api_key)
    monkeypatch.setenv("FIVETRAN_API_SECRET", box.api_secret)
    monkeypatch.setenv("FIVETRAN_BASE_URL", box.url)
    monkeypatch.chdir(tmp_path)
    return box


@pytest.fixture
def folder(tmp_path):
    """Return the folder of a connector that is configured."""
    root = tmp_path / "shop"
    root.mkdir()
    (root / "connector.py").write_text(CODE)
    (root / "configuration.json").write_text(json.dumps({"api_key": SECRET}))
    return root


@pytest.fixture
def plant(account):
    """Return what plants the connection `shop`, and tells its id."""

    def make(**fields):
        own = {"state": {"cursor": "2024-01-05"}, "seconds": 0.0} | fields.pop("sandbox", {})
        given = {"service": "connector_sdk", "schema": "shop", "schedule_type": "manual"} | fields
        group = next(one["id"] for one in account.account.groups.values() if one["name"] == "Warehouse")
        return account.account.add_connection(group, sandbox=own, **given)["id"]

    return make


def deploy(folder, *more):
    """Deploy to the connection `shop` of the warehouse; return the status."""
    return app.run(["connector", "deploy", str(folder), "--group", "Warehouse", "--name", "shop", *more])


def packages(box):
    """Return the ids of all packages."""
    return set(box.account.things["connector_packages"])


def kept(box, name):
    """Return the state that the sandbox has."""
    return box.account.connections[name]["sandbox"]["state"]


def complaint(capsys):
    """Return the line that a command has complained with; it printed nothing else."""
    captured = capsys.readouterr()
    assert not captured.out
    assert re.fullmatch(r"error: .+\n", captured.err)
    return captured.err


def test_deploy(capsys, account, folder):
    """Nobody would learn what was made, or how to go on; or a secret be shown."""
    assert deploy(folder) == 0
    captured = capsys.readouterr()
    assert not captured.err
    ((name, made),) = account.account.connections.items()
    (package,) = packages(account)
    assert made["config"]["secrets_list"] == [{"key": "api_key", "value": SECRET}]
    assert made["paused"] is True
    assert f"Connection {name} runs package {package}." in captured.out
    assert f"connector sync {name} --resume --wait" in captured.out
    assert "- run setup tests" in captured.out
    assert SECRET not in captured.out


def test_deploy_of_one_that_runs(capsys, folder):
    """Somebody would be told to end a pause that has ended."""
    assert deploy(folder, "--resume") == 0
    assert re.search(
        r"^To sync it now: fivetran-async connector sync \S+ --wait$", capsys.readouterr().out, re.MULTILINE
    )


def test_deploy_uploads_only_what_is_new(capsys, account, folder):
    """Each deployment would leave a package."""
    told = []
    for code in (CODE, CODE, CODE + "# more\n"):
        (folder / "connector.py").write_text(code)
        assert deploy(folder, "--json") == 0
        told.append(json.loads(capsys.readouterr().out))
    assert [(one["created"], one["uploaded"]) for one in told] == [(True, True), (False, False), (False, True)]
    assert told[0]["sha256"] == told[1]["sha256"] != told[2]["sha256"]
    assert told[2]["replaced_package_id"] == told[0]["package_id"]
    assert len({one["connection_id"] for one in told}) == len(account.account.connections) == 1
    assert len(packages(account)) == 2
    assert told[0]["setup_tests"][0]["status"] == "PASSED"
    assert SECRET not in json.dumps(told)


def test_deploy_passes_all_options_on(capsys, account, folder, tmp_path):
    """An option would be ignored."""
    (tmp_path / "prod.json").write_text('{"n": "1"}')
    assert (
        deploy(
            folder,
            *("--configuration", str(tmp_path / "prod.json"), "--python-version", "3.12", "--resume"),
            *("--sync-frequency", "60", "--naming", "SOURCE_NAMING", "--no-setup-tests", "--json"),
        )
        == 0
    )
    first = json.loads(capsys.readouterr().out)
    (made,) = account.account.connections.values()
    assert (made["paused"], made["sync_frequency"]) == (False, 60)
    assert (made["config"]["python_version"], made["config"]["secrets_list"]) == ("3.12", [{"key": "n", "value": "1"}])
    assert made["destination_schema_names"] == "SOURCE_NAMING"
    assert (first["paused"], first["setup_tests"]) == (False, [])
    (folder / "connector.py").write_text(f"{CODE}# {SECRET}\n")
    options = ["--keep-configuration", "--pause", "--delete-replaced", "--allow-secrets", "connector.py", "--json"]
    assert deploy(folder, *options) == 0
    second = json.loads(capsys.readouterr().out)
    (made,) = account.account.connections.values()
    assert made["config"]["secrets_list"] == [{"key": "n", "value": "1"}]
    assert made["paused"] is True
    assert packages(account) == {second["package_id"]}


def test_deploy_dry_run(capsys, account, folder):
    """Somebody who only wants to know would deploy."""
    assert deploy(folder, "--dry-run") == 0
    assert "Nothing was changed. A deployment would:\n- upload package: 2 files" in capsys.readouterr().out
    assert {request.method for request in account.requests} == {"GET"}


def test_deploy_rehearsal(capsys, account, folder, monkeypatch):
    """A rehearsal would want credentials, or touch the account."""
    for name in ("FIVETRAN_API_KEY", "FIVETRAN_API_SECRET", "FIVETRAN_BASE_URL"):
        monkeypatch.delenv(name)
    assert deploy(folder, "--sandbox") == 0
    out = capsys.readouterr().out
    assert "of an embedded sandbox runs package" in out
    assert "connector sync" not in out
    assert account.calls == 0


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--group", "Nowhere"], "there is no group of the name 'Nowhere'"),
        (["--name", "Shop"], "connection must be lower-case letters"),
        (["--python-version", "2.7"], "python_version must be a text such as '3.13'"),
        (["--sync-frequency", "7"], "sync_frequency must be one of"),
        (["--naming", "MINE"], "'MINE' is not one of"),
        (["--keep-configuration", "--configuration", "x.json"], "cannot be used with --keep-configuration"),
        (["--sandbox", "--base-url", "http://x"], "--base-url cannot be used with --sandbox"),
        (["--configuration", "nowhere.json"], "nowhere.json cannot be read"),
    ],
)
def test_deploy_what_cannot_be(capsys, account, folder, options, said):
    """A slip would end in a traceback, in another status, or half way."""
    assert deploy(folder, *options) == 2
    assert said in complaint(capsys)
    assert not packages(account)


def test_deploy_without_a_group(capsys, folder):
    """A connector would be deployed somewhere."""
    assert app.run(["connector", "deploy", str(folder), "--name", "shop"]) == 2
    assert "Missing option '--group'" in complaint(capsys)


def test_deploy_no_connector(capsys, account, tmp_path):
    """An empty folder would be deployed."""
    assert deploy(tmp_path) == 2
    assert "there is no connector.py" in complaint(capsys)
    assert account.calls == 0


def test_deploy_refuses_secrets(capsys, account, folder):
    """A secret would be uploaded, or shown in the refusal."""
    (folder / "notes.py").write_text(f"KEY = '{SECRET}'\n")
    assert deploy(folder) == 2
    said = complaint(capsys)
    assert "notes.py:1" in said
    assert SECRET not in said
    assert account.calls == 0


def test_deploy_with_failed_setup_tests(capsys, account, folder):
    """A deployment that did not work would look like one that did, or leave something behind."""
    account.faults.script("POST", "/v1/connections/*/test", status=200, body=FAILED, times=2)
    assert deploy(folder) == 3
    assert "no such host" in complaint(capsys)
    assert not account.account.connections
    assert not packages(account)
    assert deploy(folder, "--keep-failed") == 3
    assert re.search(r"no such host.*; connection \S+ and package \S+ were kept", complaint(capsys))


def test_deploy_tells_what_it_could_not_remove(capsys, account, folder):
    """What a failure has left would be known to nobody."""
    account.faults.script("POST", "/v1/connections", status=400)
    account.faults.script("DELETE", "/v1/connector-sdk/packages/*", status=403)
    assert deploy(folder) == 3
    (package,) = packages(account)
    assert f"package {package} was made, and is still there" in complaint(capsys)


@pytest.mark.parametrize(
    "arguments",
    [
        ["deploy", "shop", "--group", "Warehouse", "--name", "shop"],
        ["sync", "x", "--wait"],
        ["sync", "x"],
        ["state", "show", "x"],
        ["state", "get", "x"],
        ["state", "set", "x", "new.json"],
        ["state", "restore", "x", "new.json"],
    ],
    ids=lambda arguments: " ".join(arguments[:2]),
)
def test_wrong_credentials(capsys, monkeypatch, folder, tmp_path, arguments):
    """A mistyped secret would end in a traceback, not be named, or be shown."""
    (tmp_path / "new.json").write_text("{}")
    monkeypatch.setenv("FIVETRAN_API_SECRET", "hunter2")
    assert app.run(["connector", *arguments]) == 2
    said = complaint(capsys)
    assert re.search(r"401.*FIVETRAN_API_SECRET", said)
    assert "hunter2" not in said


@pytest.mark.parametrize(
    "arguments", [["sync", "--wait"], ["sync"], ["state", "show"], ["state", "get"], ["state", "set", "new.json"]]
)
def test_connections_that_are_none(capsys, tmp_path, arguments):
    """A mistyped name would be looked for until the time is up, or end in a traceback."""
    (tmp_path / "new.json").write_text("{}")
    command = [
        *arguments[: 1 if arguments[0] == "sync" else 2],
        "nobody",
        *arguments[1 if arguments[0] == "sync" else 2 :],
    ]
    assert app.run(["connector", *command]) == 2
    assert "404" in complaint(capsys)
    assert app.run(["connector", *command, "--group", "Warehouse"]) == 2
    assert "there is no connection of the name 'nobody'" in complaint(capsys)


@pytest.mark.parametrize("named", ["id", "name"])
def test_sync(capsys, account, plant, named):
    """A sync that went well would not be told of, or only be found by its id."""
    name = plant()
    which = {"id": [name], "name": ["shop", "--group", "Warehouse"]}[named]
    assert app.run(["connector", "sync", *which, "--wait", "--poll-interval", "0.01"]) == 0
    captured = capsys.readouterr()
    assert re.fullmatch(rf"The sync of connection {name} ended well after \d+ s\.\n", captured.out)
    assert not captured.err
    assert account.account.connections[name]["succeeded_at"]


def test_sync_as_json(capsys, plant):
    """A script would have to read sentences."""
    name = plant()
    assert app.run(["connector", "sync", name, "--wait", "--poll-interval", "0.01", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["connection_id"], told["status"], told["reason"], told["explanation"]) == (
        name,
        "succeeded",
        None,
        None,
    )
    assert told["started"]
    assert told["seconds"] >= 0


def test_sync_that_fails_is_explained(capsys, account, plant):
    """Somebody would have to look in five places for why a sync failed."""
    name = plant(
        sandbox={"outcome": "failure"},
        status={
            "setup_state": "connected",
            "warnings": [{"code": "slow", "message": "It is slow", "details": ""}],
        },
    )
    command = ["connector", "sync", name, "--wait", "--poll-interval", "0.01"]
    assert app.run(command) == 1
    out = capsys.readouterr().out
    assert re.search(rf"^Connection {name}: failed after \d+ s: \S", out)
    assert f"shop (connector_sdk, {name}): " in out
    assert "warning: slow: It is slow" in out
    assert sum(request.path.endswith("/test") for request in account.requests) == 1
    assert app.run([*command, "--json", "--no-setup-tests"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert told["status"] == "failed"
    assert "warning: slow: It is slow" in told["explanation"]
    assert sum(request.path.endswith("/test") for request in account.requests) == 1


def test_sync_that_fails_and_cannot_be_explained(capsys, account, plant):
    """That a sync failed would be lost, because nobody knows why."""
    name = plant(sandbox={"outcome": "failure"})
    account.faults.script("POST", "/v1/connections/*/test", status=403, times=None)
    assert app.run(["connector", "sync", name, "--wait", "--poll-interval", "0.01"]) == 1
    captured = capsys.readouterr()
    assert captured.out.startswith(f"Connection {name}: failed")
    assert re.fullmatch(r"error: the reason could not be asked for: .*403.*\n", captured.err)


def test_sync_that_fails_is_explained_by_the_logs(capsys, account, plant, tmp_path):
    """What the log says of a failure would have to be looked up by hand."""
    name = plant()
    account.syncs.script(name, "failure", reason="The network is down")
    command = ["connector", "sync", name, "--wait", "--poll-interval", "0.01"]
    assert app.run(command) == 1
    # Named as the schema in it is: to be told apart all the same.
    account.export_logs(tmp_path / "fivetran_metadata.duckdb")
    account.syncs.script(name, "failure", reason="It is still down")
    capsys.readouterr()
    assert app.run([*command, "--logs", str(tmp_path / "fivetran_metadata.duckdb")]) == 1
    assert re.search(r"^log: 20\S+ \S+ UTC: \S+: The network is down$", capsys.readouterr().out, re.MULTILINE)


@pytest.mark.parametrize("there", [False, True])
def test_logs_that_are_none(capsys, plant, tmp_path, there):
    """How a sync ended would be lost because of a mistyped file."""
    if there:
        (tmp_path / "logs.duckdb").write_text("not a database")
    name = plant(sandbox={"outcome": "failure"})
    command = ["connector", "sync", name, "--wait", "--poll-interval", "0.01", "--logs", "logs.duckdb"]
    assert app.run(command) == 1
    captured = capsys.readouterr()
    assert captured.out.startswith(f"Connection {name}: failed")
    assert re.fullmatch(r"error: the reason could not be asked for: logs\.duckdb: .*\n", captured.err)


def test_sync_of_one_that_is_paused(capsys, account, plant):
    """A sync that never starts would be waited for, or look like a success."""
    name = plant(paused=True)
    assert app.run(["connector", "sync", name, "--wait"]) == 3
    out = capsys.readouterr().out
    assert out.startswith(f"Connection {name}: paused")
    assert "--resume ends the pause." in out
    assert app.run(["connector", "sync", name]) == 3
    assert "nothing was started: --resume ends its pause" in complaint(capsys)
    assert not any(request.path.endswith("/sync") for request in account.requests)
    assert app.run(["connector", "sync", name, "--resume", "--wait", "--poll-interval", "0.01"]) == 0
    assert account.account.connections[name]["paused"] is False


def test_sync_that_cannot_be_looked_at(capsys, account, plant):
    """A wait that lost its connection would look like a sync that failed."""
    name = plant(sandbox={"seconds": 3600.0})
    account.faults.script("GET", "/v1/connections*", status=403, skip=1, times=None)
    account.faults.script("GET", "/v1/connections/*", status=403, skip=1, times=None)
    assert app.run(["connector", "sync", name, "--wait", "--poll-interval", "0.01"]) == 3
    assert "403" in complaint(capsys)


def test_sync_that_takes_too_long(capsys, plant):
    """A sync would be waited for until somebody looks."""
    name = plant(sandbox={"seconds": 3600.0})
    assert app.run(["connector", "sync", name, "--wait", "--timeout", "0.2", "--poll-interval", "0.05"]) == 3
    assert f"Connection {name}: timed_out" in capsys.readouterr().out


@pytest.mark.parametrize("form", [[], ["--json"]])
def test_sync_without_a_wait(capsys, account, plant, form):
    """A sync would not be started, or be waited for all the same."""
    name = plant(sandbox={"seconds": 3600.0})
    assert app.run(["connector", "sync", name, *form]) == 0
    out = capsys.readouterr().out
    if form:
        assert json.loads(out) == {"connection_id": name, "status": "started"}
    else:
        assert f"A sync of connection {name} was started" in out
    assert [request.path for request in account.requests if request.method == "POST"] == [
        f"/v1/connections/{name}/sync"
    ]


@pytest.mark.parametrize("option", ["--timeout", "--poll-interval"])
def test_sync_options_that_want_a_wait(capsys, account, option):
    """An option would be ignored."""
    assert app.run(["connector", "sync", "x", option, "5"]) == 2
    assert f"{option} wants --wait" in complaint(capsys)
    assert account.calls == 0


def test_state_show(capsys, plant):
    """A state could not be read, or not be piped on."""
    name = plant()
    for which in ([name], ["shop", "--group", "Warehouse"]):
        assert app.run(["connector", "state", "show", *which]) == 0
        assert json.loads(capsys.readouterr().out) == {"cursor": "2024-01-05"}


def test_state_is_kept_changed_and_brought_back(capsys, account, plant, tmp_path):
    """A state could be changed and the old one be gone."""
    name = plant()
    old, new = tmp_path / "old.json", tmp_path / "new.json"
    assert app.run(["connector", "state", "get", name, "-o", str(old)]) == 0
    assert f"is in {old}." in capsys.readouterr().out
    assert old.stat().st_mode & 0o777 == 0o600
    new.write_text('{"cursor": "2024-01-01"}')
    assert app.run(["connector", "state", "set", name, str(new)]) == 0
    out = capsys.readouterr().out
    backup = Path(re.search(r"the old one is in (\S+\.json)\.", out)[1])
    assert f"connector state restore {name} {backup}" in out
    assert kept(account, name) == {"cursor": "2024-01-01"}
    assert account.account.connections[name]["paused"] is False
    assert app.run(["connector", "state", "restore", name, str(backup), "--backup", str(tmp_path / "b.json")]) == 0
    assert kept(account, name) == {"cursor": "2024-01-05"}
    assert json.loads((tmp_path / "b.json").read_text())["state"] == {"cursor": "2024-01-01"}


def test_state_from_stdin(account, plant, monkeypatch):
    """A state that another program makes would have to go through a file."""
    name = plant()
    monkeypatch.setattr("sys.stdin", io.StringIO('{"cursor": "piped"}'))
    assert app.run(["connector", "state", "set", name, "-"]) == 0
    assert kept(account, name) == {"cursor": "piped"}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("{", "cannot be read as a state"),
        ("[1]", "holds no state, which is a JSON object"),
        ("null", "holds no state"),
        (b"\xff", "cannot be read as a state"),
        ('{"connection_id": "x", "saved_at": "y", "state": {}}', "`restore` brings it back"),
        (None, "cannot be read as a state"),
    ],
)
def test_states_that_are_none(capsys, account, plant, tmp_path, content, said):
    """A connection would be paused, or begin anew, because of a slip in a file."""
    name, file = plant(), tmp_path / "new.json"
    if content is not None:
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
    assert app.run(["connector", "state", "set", name, str(file)]) == 2
    assert said in complaint(capsys)
    assert account.calls == 0


def test_state_of_another_connection(capsys, account, plant, tmp_path):
    """A connection would go on where another one was."""
    name = plant()
    saved = {"connection_id": "another", "saved_at": "2024-01-01T00:00:00Z", "state": {}}
    (tmp_path / "saved.json").write_text(json.dumps(saved))
    assert app.run(["connector", "state", "restore", name, "saved.json"]) == 2
    assert f"was saved of connection another, not of {name}" in complaint(capsys)
    assert kept(account, name) == {"cursor": "2024-01-05"}


def test_state_files_that_are_there(capsys, account, plant, tmp_path):
    """An older state would be overwritten."""
    name = plant()
    (tmp_path / "old.json").write_text("mine")
    (tmp_path / "new.json").write_text("{}")
    for command in (["get", name, "-o", "old.json"], ["set", name, "new.json", "--backup", "old.json"]):
        assert app.run(["connector", "state", *command]) == 2
        assert "is there already, and may hold an older state" in complaint(capsys)
    assert (tmp_path / "old.json").read_text() == "mine"
    assert kept(account, name) == {"cursor": "2024-01-05"}


def test_state_while_a_sync_runs(capsys, account, plant, tmp_path):
    """The state would be changed under a sync, which then writes its own."""
    name = plant(sandbox={"seconds": 3600.0})
    app.run(["connector", "sync", name])
    (tmp_path / "new.json").write_text("{}")
    capsys.readouterr()
    assert app.run(["connector", "state", "set", name, "new.json"]) == 3
    assert f"a sync of connection {name} runs" in complaint(capsys)
    assert app.run(["connector", "state", "set", name, "new.json", "--wait", "0.1"]) == 3
    assert f"connection {name}: " in complaint(capsys)
    account.clock.advance(3600)
    assert app.run(["connector", "state", "set", name, "new.json"]) == 0
    assert kept(account, name) == {}


def test_state_of_a_database(capsys, plant):
    """A database would be said to have an empty state."""
    assert app.run(["connector", "state", "show", plant(service="postgres", sandbox={"state": None})]) == 3
    assert "400" in complaint(capsys)
