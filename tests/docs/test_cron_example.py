"""The cron script runs as cron runs it: with hardly any environment."""

import fcntl
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from running_examples import EXAMPLES

from fivetran_async.sandbox import Sandbox

pytestmark = pytest.mark.skipif(
    os.name != "posix" or shutil.which("flock") is None, reason="cron and flock are those of Linux"
)
COMMAND = Path(sys.executable).with_name("fivetran-async")


def night(home: Path, **settings: str) -> "subprocess.CompletedProcess[str]":
    """Run the script with the environment that cron gives it."""
    given = {"HOME": str(home), "PATH": "/usr/bin:/bin", "SHELL": "/bin/sh", "FIVETRAN_ASYNC": str(COMMAND)}
    return subprocess.run(
        ["/bin/sh", "-c", str(home / "nightly_audit.sh")],
        env={**given, **settings},
        cwd=home,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A folder with the script in it."""
    shutil.copy(EXAMPLES / "cron" / "nightly_audit.sh", tmp_path)
    return tmp_path


def write_credentials(home: Path, box: Sandbox, mode: int = 0o600) -> None:
    """Write the file as the script wants it."""
    file = home / "credentials.env"
    file.write_text(
        f"FIVETRAN_API_KEY={box.api_key}\nFIVETRAN_API_SECRET={box.api_secret}\nFIVETRAN_BASE_URL={box.url}\n"
    )
    file.chmod(mode)


def test_nights(home: Path) -> None:
    """A night without trouble would send mail, one with trouble none, or reports pile up."""
    with Sandbox(seed=7, groups=1, connections=0) as box:
        write_credentials(home, box)
        group = next(iter(box.account.groups))
        box.account.add_connection(group, id="shop", schema="shop")
        # The account is seeded with some that are switched off, which is an error.
        box.account.things["webhooks"].clear()
        quiet = night(home)
        assert (quiet.returncode, quiet.stdout, quiet.stderr) == (0, "", "")
        reports = home / "reports"
        first = next(reports.glob("*.txt"))
        assert "calls" in first.read_text()
        assert (first.stat().st_mode & 0o077, reports.stat().st_mode & 0o077) == (0, 0)
        old = first.rename(reports / "2020-01-01T000000Z.txt")
        os.utime(old, (0, 0))

        box.account.update_connection("shop", status={"setup_state": "broken"})
        loud = night(home)
        assert loud.returncode == 1
        assert "broken" in loud.stdout
        assert f"status 1; kept as {next(reports.glob('*.txt'))}" in loud.stdout
        assert not old.exists()
        assert not list(reports.glob("*.part"))

        box.faults.script("GET", "/v1/connections", status=403, times=None)
        assert night(home).returncode == 3
    assert box.api_secret not in quiet.stdout + loud.stdout


def test_what_is_wrong_with_the_machine(home: Path) -> None:
    """A job would be done twice at once, leak the account to all users, or fail without saying why."""
    with Sandbox(seed=7, groups=1, connections=0) as box:
        missing = night(home)
        assert (missing.returncode, "cannot read" in missing.stderr) == (2, True)
        write_credentials(home, box, 0o644)
        shared = night(home)
        assert (shared.returncode, "chmod 600" in shared.stderr) == (2, True)
        write_credentials(home, box)
        nowhere = night(home, FIVETRAN_ASYNC=str(home / "none"))
        assert (nowhere.returncode, "pip install" in nowhere.stderr or "venv" in nowhere.stderr) == (2, True)
        (home / "reports").mkdir()
        with (home / "reports" / ".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            twice = night(home)
        assert (twice.returncode, "another audit still runs" in twice.stderr) == (75, True)
        assert box.calls == 0
