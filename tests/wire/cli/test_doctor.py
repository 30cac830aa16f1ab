"""`fivetran-async doctor` and `completion`: what a newcomer asks first."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest

from fivetran_async.cli.app import run
from fivetran_async.errors import ConnectError


@pytest.fixture
def point(monkeypatch):
    """Lead the environment to a sandbox."""

    def lead(box, secret=None):
        monkeypatch.setenv("FIVETRAN_API_KEY", box.api_key)
        monkeypatch.setenv("FIVETRAN_API_SECRET", secret or box.api_secret)
        monkeypatch.setenv("FIVETRAN_BASE_URL", box.url)
        return box

    return lead


@pytest.fixture
def doctor(capsys):
    """Run `doctor --json`; return the status, the checks by name, and stderr."""

    def call(*arguments):
        status = run(["doctor", "--json", *arguments])
        captured = capsys.readouterr()
        found = json.loads(captured.out)
        assert found["ok"] is (status == 0)
        return status, {check["name"]: (check["status"], check["text"]) for check in found["checks"]}, captured.err

    return call


def test_all_is_well(opened, point, doctor):
    """A newcomer would not learn whether it is the key, the network or the code."""
    box = point(opened(groups=1, connections=1))
    status, checks, err = doctor()
    assert (status, err) == (0, "")
    assert {status for status, _ in checks.values()} <= {"ok", "note"}
    assert "14 kinds" in checks["rights"][1]
    assert "of 20,000 are left" in checks["calls"][1]
    assert box.calls == 15
    assert all(request.method == "GET" for request in box.requests)


def test_the_fewest_calls(opened, point, doctor):
    """A check in a cron job would cost as much as a small audit."""
    box = point(opened(groups=1, connections=1))
    _, checks, _ = doctor("--no-rights")
    assert "rights" not in checks
    assert box.calls == 1


def test_no_credentials(monkeypatch, doctor):
    """The first thing that is missing would be an error further on."""
    for name in ("FIVETRAN_API_KEY", "FIVETRAN_API_SECRET"):
        monkeypatch.delenv(name, raising=False)
    status, checks, _ = doctor()
    assert status == 2
    assert checks["credentials"][0] == "error"
    assert "FIVETRAN_API_KEY" in checks["credentials"][1]


@pytest.mark.parametrize("address", ["ftp://x", "http://api.fivetran.com"])
def test_an_address_that_is_none(monkeypatch, doctor, address):
    """People would look at their key, where the address is wrong."""
    monkeypatch.setenv("FIVETRAN_API_KEY", "key")
    monkeypatch.setenv("FIVETRAN_API_SECRET", "secret")
    monkeypatch.setenv("FIVETRAN_BASE_URL", address)
    status, checks, _ = doctor()
    assert status == 2
    assert checks["address"][0] == "error"
    assert checks["credentials"][0] == "ok"


def test_wrong_credentials(opened, point, doctor):
    """A wrong secret would look like a network that does not work."""
    point(opened(groups=1, connections=1), secret="not-the-secret-123")
    status, checks, _ = doctor()
    assert status == 2
    assert checks["key"][0] == "error"
    assert "not-the-secret-123" not in json.dumps(checks)


def test_nobody_answers(monkeypatch, point, opened, doctor):
    """A firewall would look like a fault of the key."""
    point(opened(groups=1, connections=1))
    monkeypatch.setenv("FIVETRAN_BASE_URL", "http://127.0.0.1:9")
    monkeypatch.setattr("fivetran_async._clock.SystemClock.sleep", _at_once)
    status, checks, _ = doctor()
    assert status == 3
    assert checks["API"][0] == "error"
    assert "nothing listens there; is the sandbox" in checks["API"][1]


def test_an_address_without_a_scheme(monkeypatch, point, opened, doctor):
    """A scheme that was left out would be told as a fault of the credentials."""
    point(opened(groups=1, connections=1))
    monkeypatch.setenv("FIVETRAN_BASE_URL", "127.0.0.1:8080")
    status, checks, _ = doctor()
    assert status == 2
    assert checks["credentials"][0] == "ok"
    assert checks["address"][0] == "error"
    assert "FIVETRAN_BASE_URL" in checks["address"][1]


def test_a_path_that_leads_elsewhere(monkeypatch, point, opened, doctor):
    """A base URL with the path of a web page would look like an account that is not there."""
    box = point(opened(groups=1, connections=1))
    monkeypatch.setenv("FIVETRAN_BASE_URL", f"{box.url}/dashboard")
    status, checks, _ = doctor()
    assert status == 3
    assert checks["API"][1].endswith("the API is not at this address: is its path right?")


def test_a_key_in_clear_text(monkeypatch, point, opened, doctor):
    """A proxy of a company would be asked without TLS, and everybody on the way read the key."""
    point(opened(groups=1, connections=1))
    monkeypatch.setenv("FIVETRAN_BASE_URL", "http://192.0.2.1:9")
    monkeypatch.setattr("fivetran_async.transport.Transport.send", _unreachable)
    monkeypatch.setattr("fivetran_async._clock.SystemClock.sleep", _at_once)
    status, checks, _ = doctor()
    assert status == 3
    assert checks["TLS"] == (
        "warning",
        "none: the key goes over the network in clear text; use an address with https://",
    )


async def _unreachable(*_):
    raise ConnectError("nobody there", host="192.0.2.1", port=9)


async def _at_once(*_):
    return None


def test_a_key_with_fewer_rights(opened, point, doctor):
    """What a key may not read would be found out in the middle of a job."""
    box = point(opened(groups=1, connections=1))
    for path in ("/v1/users", "/v1/system-keys"):
        box.faults.script("GET", path, status=403)
    status, checks, _ = doctor()
    assert status == 0
    assert checks["rights"] == ("note", "it may read all but system keys, users")


def test_a_clock_that_is_wrong(opened, point, doctor):
    """Ages of syncs would be wrong by an hour, and nobody know why."""
    point(opened(groups=1, connections=1, start=datetime.now(UTC) - timedelta(hours=1)))
    status, checks, _ = doctor("--no-rights")
    assert status == 1
    assert checks["clock"][0] == "warning"
    assert " ahead of the API's" in checks["clock"][1]


def test_an_hour_that_is_nearly_used_up(opened, point, doctor):
    """A job would be begun that cannot end."""
    point(opened(groups=1, connections=1, limits={"all": [(2, 3600)]}))
    assert doctor("--no-rights")[0] == 0
    status, checks, _ = doctor("--no-rights")
    assert status == 1
    assert checks["calls"] == ("warning", "0 of 2 are left of this hour")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion(capsys, shell):
    """A shell would complete nothing."""
    assert run(["completion", shell]) == 0
    assert "_FIVETRAN_ASYNC_COMPLETE" in capsys.readouterr().out


def test_what_is_completed():
    """What the script asks for would not be answered."""
    words = {
        "_FIVETRAN_ASYNC_COMPLETE": "bash_complete",
        "COMP_WORDS": "fivetran-async api connections li",
        "COMP_CWORD": "3",
    }
    code = "from fivetran_async.__main__ import main; main()"
    ran = subprocess.run(
        [sys.executable, "-c", code], env=os.environ | words, capture_output=True, text=True, check=False
    )
    assert ran.stdout.split() == ["plain,list"]
