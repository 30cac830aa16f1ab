"""The command in a process of its own: statuses, streams, signals, terminals."""

import errno
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from fivetran_async.sandbox import Sandbox

ROOT = Path(__file__).parents[3]
COMMAND = [sys.executable, "-m", "fivetran_async"]
POSIX = pytest.mark.skipif(os.name != "posix", reason="signals and terminals of POSIX")


def bare(**more: str) -> dict[str, str]:
    """Return an environment without anything of Fivetran's or of colours."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("FIVETRAN_") and name not in {"NO_COLOR", "FORCE_COLOR", "TERM"}
    }
    return kept | {"TERM": "xterm-256color"} | more


def start(*arguments: str, command: list[str] = COMMAND, env: dict[str, str] | None = None, **streams: Any) -> Any:
    """Start the command."""
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "stdin": subprocess.DEVNULL} | streams
    return subprocess.Popen([*command, *arguments], cwd=ROOT, env=env or bare(), text=True, **pipes)


def ended(process: Any) -> tuple[int, str, str]:
    """Return the status, stdout and stderr of a command, at its end."""
    with process:
        out, err = process.communicate(timeout=60)
    return process.returncode, out, err


def on_terminal(*arguments: str, env: dict[str, str], both: bool) -> tuple[int, str, str]:
    """Run with a terminal as stdout and, if asked, as stderr; return the status, the terminal's text and stderr."""
    import pty  # noqa: PLC0415 - POSIX only

    reader, writer = pty.openpty()
    process = start(*arguments, env=env, stdout=writer, stderr=writer if both else subprocess.PIPE)
    os.close(writer)
    seen = b""
    while True:
        try:
            piece = os.read(reader, 65_536)
        except OSError as error:
            if error.errno == errno.EIO:
                break
            raise
        if not piece:
            break
        seen += piece
    os.close(reader)
    status, _, err = ended(process)
    return status, seen.decode(), err or ""


def test_embedded_sandbox_wants_nothing():
    """The README's first command would want an account, an environment or a server."""
    status, out, err = ended(start("audit", "--sandbox", "--fail-on", "never"))
    assert (status, err) == (0, "")
    assert "Read 5 groups, 4 destinations, 200 connections, 5 users" in out
    assert "with 17 calls in " in out
    assert "\x1b" not in out
    assert "─" not in out


@POSIX
def test_terminal():
    """A person would get neither colours nor a table nor a bar."""
    status, seen, _ = on_terminal("audit", "--sandbox", env=bare(), both=True)
    assert status == 1
    assert "\x1b[1;31mcritical" in seen
    assert "─" in seen
    assert "━" in seen
    assert "connections" in seen


@POSIX
def test_no_color():
    """A person who asks for no colour would get it all the same."""
    status, seen, err = on_terminal("audit", "--sandbox", env=bare(NO_COLOR="1"), both=False)
    assert status == 1
    assert "\x1b" not in seen
    assert "─" not in seen
    assert "SEVERITY" in seen
    assert err == ""


@POSIX
def test_reader_that_leaves():
    """`| head` would end in a traceback, or change the exit status."""
    process = start("audit", "--sandbox", "--all")
    process.stdout.close()
    with process:
        err = process.stderr.read()
        assert process.wait(60) == 1
    assert err == ""


@POSIX
def test_interrupted_audit():
    """Ctrl-C would end in a traceback, hang, or look like a result."""
    with Sandbox(groups=1, connections=1) as box:
        box.faults.script("GET", "/v1/*", delay=60, times=None)
        env = bare(FIVETRAN_API_KEY="key", FIVETRAN_API_SECRET="secret", FIVETRAN_BASE_URL=box.url)
        process = start("audit", env=env)
        while box.calls < 3 and process.poll() is None:
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        status, out, err = ended(process)
    assert (status, out) == (130, "")
    assert err.strip() == "error: interrupted"


@POSIX
@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 0)])
def test_sandbox_serves_until_it_is_stopped(tmp_path, number, status):
    """The server would not say where it is, not answer, not stop, or not save."""
    path = tmp_path / "account.json"
    process = start("sandbox", "--port", "0", "--groups", "2", "--connections", "7", "--save", str(path))
    line = process.stdout.readline()
    assert line.startswith("export ")
    given = dict(part.split("=", 1) for part in line.split()[1:])
    request = urllib.request.Request(  # noqa: S310 - loopback
        f"{given['FIVETRAN_BASE_URL']}/v1/connections", headers={"Authorization": "Basic a2V5OnNlY3JldA=="}
    )
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=30) as answer:
        assert len(json.load(answer)["data"]["items"]) == 7
    process.send_signal(number)
    assert ended(process) == (status, "", "")
    assert len(json.loads(path.read_bytes())["connections"]) == 7


@POSIX
def test_sandbox_that_wants_https():
    """A receiver on plain http would be accepted where that was forbidden."""
    process = start("sandbox", "--port", "0", "--groups", "1", "--connections", "0", "--https-only")
    given = dict(part.split("=", 1) for part in process.stdout.readline().split()[1:])
    hook = {"url": "http://127.0.0.1:1/", "events": ["sync_end"], "active": False}
    request = urllib.request.Request(  # noqa: S310 - loopback
        f"{given['FIVETRAN_BASE_URL']}/v1/webhooks/account",
        json.dumps(hook).encode(),
        {"Authorization": "Basic a2V5OnNlY3JldA==", "Content-Type": "application/json"},
    )
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=30)
    with caught.value as refusal:
        assert (refusal.code, json.load(refusal)["code"]) == (400, "InvalidInput")
    process.send_signal(signal.SIGTERM)
    assert ended(process) == (0, "", "")


def test_port_in_use():
    """A port that is taken would end in a traceback, or not be named."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        status, out, err = ended(start("sandbox", "--port", str(port)))
    assert (status, out) == (2, "")
    assert err.startswith(f"error: cannot listen on 127.0.0.1:{port}: Address already in use")
    assert err.count("\n") == 1


@pytest.mark.parametrize("missing", ["click", "rich"])
def test_missing_extra(missing):
    """Without the extra there would be a traceback instead of the one line that helps."""
    code = (
        f"import sys, runpy; sys.modules[{missing!r}] = None; sys.argv[0] = 'fivetran-async'; "
        "runpy.run_module('fivetran_async', run_name='__main__')"
    )
    status, out, err = ended(start("audit", "--sandbox", command=[sys.executable, "-c", code]))
    assert (status, out) == (2, "")
    assert err == "this command needs the cli extra: pip install 'fivetran-async[cli]'\n"


def test_output_in_any_encoding():
    """A name outside of the terminal's encoding would end in a traceback."""
    with Sandbox(groups=1, connections=0) as box:
        group = next(iter(box.account.groups))
        box.account.add_connection(group, schema="sales_\U0001f600", status={"setup_state": "broken"})
        env = bare(
            FIVETRAN_API_KEY="key", FIVETRAN_API_SECRET="secret", FIVETRAN_BASE_URL=box.url, PYTHONIOENCODING="latin-1"
        )
        status, out, err = ended(start("audit", env=env))
    assert (status, err) == (1, "")
    assert "sales_\\U0001f600" in out


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="this system has no full device")  # noqa: PTH110
@pytest.mark.parametrize("options", [[], ["--json"]])
def test_full_disk(options):
    """A report that was not written would look like findings, with a traceback."""
    with open("/dev/full", "wb") as full:  # noqa: PTH123
        process = subprocess.run(
            [sys.executable, "-m", "fivetran_async", "audit", "--sandbox", *options],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            timeout=60,
            check=False,
        )
    assert process.returncode == 3
    assert process.stderr == "error: cannot write the report: No space left on device\n"


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="this system has no full device")  # noqa: PTH110
@pytest.mark.parametrize("command", [["--help"], ["api", "--help"], ["--version"]])
def test_a_help_text_that_finds_no_room(command):
    """It would be a traceback."""
    with open("/dev/full", "wb") as full:  # noqa: PTH123
        run = [sys.executable, "-m", "fivetran_async", *command]
        process = subprocess.run(run, stdout=full, stderr=subprocess.PIPE, text=True, timeout=60, check=False)
    assert process.returncode == 3
    assert process.stderr == "error: [Errno 28] No space left on device\n"


@POSIX
def test_a_sandbox_in_a_hurry():
    """Somebody who tries a sync would wait for it as long as for a real one."""
    process = start("sandbox", "--port", "0", "--connections", "0", "--speed", "36000")
    try:
        given = dict(part.split("=", 1) for part in process.stdout.readline().split()[1:])

        quick = urllib.request.build_opener(urllib.request.ProxyHandler({}))

        def told() -> float:
            with pytest.raises(urllib.error.HTTPError) as refused:
                quick.open(f"{given['FIVETRAN_BASE_URL']}/v1/groups", timeout=10)
            refused.value.close()
            return parsedate_to_datetime(refused.value.headers["Date"]).timestamp()

        first, end = told(), time.monotonic() + 30
        while told() < first + 3600:
            assert time.monotonic() < end, "an hour has not passed in 30 s, at 36,000 times as fast"
            time.sleep(0.05)
    finally:
        process.send_signal(signal.SIGTERM)
        status, _, err = ended(process)
    assert (status, err) == (0, "")


@POSIX
def test_closed_output():
    """A job that closed its output would get a traceback, and a status that means something else."""
    command = f"{sys.executable} -W error -m fivetran_async audit --sandbox --fail-on never >&-"
    done = subprocess.run(["bash", "-c", command], stderr=subprocess.PIPE, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")


@POSIX
def test_account_that_cannot_be_saved(tmp_path):
    """What a server did would be lost without a word, or with a status that means wrong usage."""
    status, out, err = ended(start("sandbox", "--port", "0", "--save", "/dev/null/account.json"))
    assert (status, out) == (2, "")
    assert err.startswith("error: cannot save the account to /dev/null/account.json")
    folder = tmp_path / "gone"
    folder.mkdir()
    process = start("sandbox", "--port", "0", "--save", str(folder / "account.json"))
    process.stdout.readline()
    folder.rmdir()
    process.send_signal(signal.SIGTERM)
    status, _, err = ended(process)
    assert status == 3
    assert err.startswith("error: the account was not saved: ")


@POSIX
@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 0)])
def test_the_history_is_exported_at_the_end(tmp_path, number, status):
    """What a server's syncs did would be lost with it."""
    path = tmp_path / "logs.duckdb"
    process = start("sandbox", "--port", "0", "--groups", "1", "--connections", "1", "--export-logs", str(path))
    given = dict(part.split("=", 1) for part in process.stdout.readline().split()[1:])
    request = urllib.request.Request(  # noqa: S310 - loopback
        f"{given['FIVETRAN_BASE_URL']}/v1/groups",
        b'{"name": "told_of"}',
        {"Authorization": "Basic a2V5OnNlY3JldA==", "Content-Type": "application/json"},
    )
    urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=30).close()
    process.send_signal(number)
    assert ended(process) == (status, "", "")
    with duckdb.connect(str(path), read_only=True) as connection:
        found = connection.execute("SELECT action, new_values FROM fivetran_metadata.audit_trail").fetchall()
    assert found == [("CREATE", '{"name":"told_of"}')]
    assert [entry.name for entry in tmp_path.iterdir()] == ["logs.duckdb"]


@POSIX
def test_history_that_cannot_be_exported(tmp_path):
    """What a server did would be lost without a word, or with a status that means wrong usage."""
    status, out, err = ended(start("sandbox", "--port", "0", "--export-logs", "/dev/null/logs.duckdb"))
    assert (status, out) == (2, "")
    assert err.startswith("error: cannot save the history to /dev/null/logs.duckdb")
    folder = tmp_path / "gone"
    folder.mkdir()
    process = start("sandbox", "--port", "0", "--export-logs", str(folder / "logs.duckdb"))
    process.stdout.readline()
    folder.rmdir()
    process.send_signal(signal.SIGTERM)
    status, _, err = ended(process)
    assert status == 3
    assert err.startswith("error: the history was not exported: ")


def test_packages_that_cannot_be_run(tmp_path):
    """Code would be run unasked, or a slip be noticed at the first sync only."""
    status, out, err = ended(start("sandbox", "--port", "0", "--warehouse", str(tmp_path / "rows.duckdb")))
    assert (status, out) == (2, "")
    assert "it goes with --run-packages" in err
    status, out, err = ended(start("sandbox", "--port", "0", "--run-packages", "--warehouse", "/no/such/rows.duckdb"))
    assert (status, out) == (2, "")
    assert err.startswith("error: packages cannot write to /no/such/rows.duckdb: the folder /no/such does not exist")
    _, out, _ = ended(start("sandbox", "--help"))
    assert "no security boundary" in " ".join(out.split())


def test_the_heading_says_whose_account():
    """A base URL that was left in the environment would go unnoticed."""
    with Sandbox(groups=1, connections=1) as box:
        env = bare(FIVETRAN_API_KEY="key", FIVETRAN_API_SECRET="secret", FIVETRAN_BASE_URL=box.url)
        _, out, _ = ended(start("audit", "--fail-on", "never", env=env))
        assert out.startswith(f"Audit of the account at {box.url}\n")
