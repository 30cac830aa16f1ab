"""`fivetran-async snapshot` and `fivetran-async drift` against the sandbox, inside this process."""

import json

import pytest

from fivetran_async.cli import app, output


@pytest.fixture(autouse=True)
def environment(monkeypatch, tmp_path, box):
    """Point the environment at the small account, and stand in an empty folder."""
    monkeypatch.setenv("FIVETRAN_API_KEY", box.api_key)
    monkeypatch.setenv("FIVETRAN_API_SECRET", box.api_secret)
    monkeypatch.setenv("FIVETRAN_BASE_URL", box.url)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def run(capsys):
    """Give a command, and return its status, what it printed, and what it complained about."""

    def give(*arguments):
        status = app.run(arguments)
        captured = capsys.readouterr()
        return status, captured.out, captured.err

    return give


@pytest.fixture
def pause(box):
    """Pause a connection by hand, and return it."""

    def pause():
        connection = next(item for item in box.account.connections.values() if not item["paused"])
        connection["paused"] = True
        return connection["id"]

    return pause


def test_snapshot_and_drift(run, pause):
    """The figures would be missing, or drift not be told by the status."""
    status, out, err = run("snapshot", "fivetran")
    assert (status, err) == (0, "")
    assert "connections              60" in out
    assert "0 removed, 10 calls" in out
    assert run("drift", "fivetran") == (0, "No drift; 10 calls\n", "")
    name = pause()
    status, out, err = run("drift", "fivetran")
    assert (status, err) == (1, "")
    assert f"changed connections/{name} (" in out
    assert "\n- paused: false\n+ paused: true\n" in out
    assert "0 added, 0 removed, 1 changed; 10 calls" in out


def test_json(run, pause):
    """A program could not read what was found."""
    status, out, _ = run("snapshot", "--json", "--kind", "connections", "fivetran")
    assert status == 0
    assert json.loads(out)["counts"] == {"connections": 60}
    name = pause()
    status, out, _ = run("drift", "--json", "fivetran")
    assert status == 1
    (change,) = json.loads(out)["changes"]
    assert change["id"] == name
    assert change["fields"] == [{"path": ["paused"], "before": False, "after": True}]


def test_two_directories_need_no_account(run, pause, monkeypatch):
    """Two moments could not be compared where there are no credentials."""
    run("snapshot", "before")
    pause()
    run("snapshot", "after")
    monkeypatch.delenv("FIVETRAN_API_KEY")
    assert run("drift", "before", "before")[0] == 0
    assert run("drift", "before", "after")[0] == 1
    status, _, err = run("drift", "before", "after", "--base-url", "http://127.0.0.1:1")
    assert status == 2
    assert "--base-url" in err


def test_not_read_to_the_end(run, box):
    """What could not be read would be called the same."""
    box.faults.script("GET", "/v1/connections/*/schemas", status=429, headers={"Retry-After": "3600"}, skip=5)
    status, _, err = run("snapshot", "--schemas", "--kind", "connections", "fivetran")
    assert status == 3
    assert "60 calls for single objects, 0.3% of what the account has in an hour" in err
    assert "schemas of schemas" in err
    assert "run it again" in err
    assert run("snapshot", "fivetran")[0] == 0
    box.faults.script("GET", "/v1/connections", status=403)
    status, out, err = run("drift", "fivetran")
    assert status == 3
    assert "No drift in what could be read" in out
    assert "connections" in err


def test_usage(run, box):
    """A typo would cost calls, or end in a traceback."""
    for arguments in (["drift", "nowhere"], ["snapshot", "--kind", "conections", "x"], ["snapshot"]):
        status, _, err = run(*arguments)
        assert status == 2
        assert err.startswith("error: ")
    assert box.calls == 0


def test_colours(run, pause, monkeypatch):
    """A person at a terminal would read plain lines."""
    run("snapshot", "fivetran")
    pause()
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setattr(output, "is_terminal", lambda _: True)
    monkeypatch.delenv("NO_COLOR", raising=False)
    _, out, _ = run("drift", "fivetran")
    assert "\x1b[31m- paused: false" in out
    assert "\x1b[32m+ paused: true" in out
