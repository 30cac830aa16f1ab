"""The Django command is run as Django runs it, against a sandbox whose clock it moves while it waits."""

import io
from collections.abc import Callable
from pathlib import Path

import pytest
from django import setup
from django.core.management import CommandError, call_command
from running_examples import EXAMPLES, credentials, run

from fivetran_async.sandbox import Sandbox
from fivetran_async.testing import NoWaiting

Call = Callable[..., str]


@pytest.fixture
def call(monkeypatch: pytest.MonkeyPatch) -> Call:
    """Call the command, and return what it wrote."""
    monkeypatch.syspath_prepend(EXAMPLES / "django_command")
    monkeypatch.setenv("DJANGO_SETTINGS_MODULE", "settings")
    monkeypatch.setenv("DJANGO_SECRET_KEY", "of the test")
    setup()

    def run_command(*arguments: str) -> str:
        written = io.StringIO()
        try:
            call_command("sync_fivetran", *arguments, stdout=written, no_color=True)
        except CommandError as error:
            written.write(f"{error.returncode}: {error}\n")
        return written.getvalue()

    return run_command


@pytest.fixture
def shop(fivetran_sandbox: Sandbox, no_waiting: NoWaiting) -> Sandbox:
    """Three connections that take ten minutes; the third one fails."""
    group = next(iter(fivetran_sandbox.account.groups))
    for name in ("orders", "payments", "refunds"):
        own = {"seconds": 600, "outcome": "failure" if name == "refunds" else "success"}
        fivetran_sandbox.account.add_connection(group, id=name, schedule_type="manual", sandbox=own)
    return fivetran_sandbox


def test_what_succeeds(shop: Sandbox, call: Call) -> None:
    """A job would be started twice, or fail for a quota, a lost reply, or a sync that takes its time."""
    shop.faults.script("GET", "/v1/", status=429, headers={"Retry-After": "30"})
    shop.faults.script("GET", "/v1/", drop="after", skip=3)
    told = call("orders", "payments", "orders")
    assert sorted(told.splitlines()) == ["orders: succeeded", "payments: succeeded"]
    assert sum(request.method == "POST" for request in shop.requests) == 2
    assert shop.faults.fired.total() == 2


def test_what_fails(shop: Sandbox, call: Call) -> None:
    """A pipeline would go on after a load that failed, did not end, or that there is not."""
    told = call("orders", "refunds", "none")
    assert "orders: succeeded\n" in told
    assert "refunds: failed" in told
    assert told.endswith("1: 2 of 3 did not succeed: refunds, none\n"), told
    assert call("orders", "--timeout", "60").endswith("1: 1 of 1 did not succeed: orders\n")
    with shop.sync_client() as ft:
        ft.connections.pause("payments")
    assert "payments: paused" in call("payments")


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ([], "the following arguments are required: connection"),
        (["orders", "--timeout", "0"], "a number of seconds above 0 is needed, not '0'"),
        (["orders", "--timeout", "soon"], "a number of seconds above 0 is needed, not 'soon'"),
    ],
)
def test_what_cannot_be_done(arguments: list[str], reason: str) -> None:
    """A typing error would start syncs, or end in a traceback."""
    done = run("django_command", ["manage.py", "sync_fivetran", *arguments], DJANGO_SECRET_KEY="of the test")
    assert done.returncode != 0
    assert reason in done.stderr
    assert "Traceback" not in done.stderr


def test_the_shells_status(tmp_path: Path) -> None:
    """What calls `manage.py` would take wrong credentials, or none, for a job that is done."""
    with Sandbox(seed=7) as box:
        right = credentials(box)
        for environment in ({**right, "FIVETRAN_API_SECRET": "wrong"}, {"FIVETRAN_BASE_URL": box.url}):
            arguments = ["-W", "error", "manage.py", "sync_fivetran", "orders"]
            done = run("django_command", arguments, HOME=str(tmp_path), DJANGO_SECRET_KEY="of the test", **environment)
            assert done.returncode == 2, done.stderr
            # Before it, at most what the log of the waits says.
            assert done.stderr.splitlines()[-1].startswith("CommandError: ")
            assert "Traceback" not in done.stderr
