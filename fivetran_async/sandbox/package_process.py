"""One process that runs a package: told what to do by its stdin, watched, and killed with all that it started.

It is no security boundary: the code has the rights of the user who runs the sandbox. The limits of time, memory and
file size catch what runs away, and nothing that means harm.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from fivetran_async.sandbox.calls import JsonObject

RUNNER: Final = "fivetran_async.connector_sdk.runner"
"""What is started: by its name, because the sandbox imports nothing of the SDK."""

_ROOT: Final = Path(__file__).resolve().parents[2]
_FILE_BYTES: Final = 4 * 1024 * 1024 * 1024
_TAIL: Final = 2000
_LOOK: Final = 0.02
_HIDDEN: Final = "******"
_SECRET: Final = 4
# This process's environment may hold credentials, which are no business of a package: what it may need is named.
_KEPT: Final = (
    *("PATH", "LANG", "LC_ALL", "TZ", "SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE"),
    *("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"),
)


@dataclass(frozen=True, slots=True)
class Limits:
    """What a run may take.

    Attributes:
        seconds: How long it may take, in real seconds.
        memory: How many bytes of memory it may have.
    """

    seconds: float
    memory: int


@dataclass(slots=True)
class Outcome:
    """What became of a run.

    Attributes:
        error: Why it failed; None when it came to its end.
        state: That of its last checkpoint; None when it made none.
        checkpoints: How many it made.
        rows: How many operations on rows it sent, by table.
        lines: The log: levels and texts.
        warnings: What is not wrong, and will be in production.
    """

    error: str | None = None
    state: JsonObject | None = None
    checkpoints: int = 0
    rows: dict[str, int] = field(default_factory=dict[str, int])
    lines: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    warnings: list[str] = field(default_factory=list[str])


class PackageProcess:
    """A process that runs the package in a folder.

    Args:
        home: A folder of its own, with the package unpacked in `code`.
        limits: What it may take.
    """

    def __init__(self, home: Path, limits: Limits) -> None:
        self._home = home
        self._limits = limits
        self._stopped = False
        with (home / "stderr").open("wb") as said:
            self._process = subprocess.Popen(  # noqa: S603 - all of it stands here
                [sys.executable, "-P", "-m", RUNNER],
                # Open as long as this process lives: its end tells the runner that nobody waits for it any more.
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=said,
                cwd=home,
                env=_environment(home),
                start_new_session=True,
            )

    def run(self, job: Mapping[str, Any]) -> Outcome:
        """Let it do its work; blocks until it has ended.

        Args:
            job: What the runner is told, beside where things are and what the limits are.
        """
        told = dict(job) | {
            "folder": str(self._home / "code"),
            "state_file": str(self._home / "state.json"),
            "result": str(self._home / "result.json"),
            # The clock is the limit: this one is for what does not even let itself be killed by it.
            "cpu_seconds": int(self._limits.seconds) + 1,
            "memory_bytes": self._limits.memory,
            "file_bytes": _FILE_BYTES,
        }
        stdin = self._process.stdin
        try:
            if stdin is not None:
                # Not by arguments or by the environment, which others may read.
                with suppress(BrokenPipeError):
                    stdin.write(json.dumps(told).encode() + b"\n")
                    stdin.flush()
            ended = self._watch()
        finally:
            self.kill()
            if stdin is not None:
                with suppress(BrokenPipeError):
                    stdin.close()
        return self._outcome(ended, [value for value in job["configuration"].values() if value])

    def kill(self) -> None:
        """Kill it, and what it started; from any thread, at any time."""
        self._stopped = True
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def checkpointed(self) -> JsonObject | None:
        """Return the state of the last checkpoint that it made; None when it made none."""
        with suppress(OSError, ValueError):
            state: JsonObject = json.loads((self._home / "state.json").read_bytes())
            return state
        return None

    def _watch(self) -> str | None:
        """Wait for its end; returns why it was ended, None when it ended by itself."""
        end = time.monotonic() + self._limits.seconds
        while self._process.poll() is None:
            if time.monotonic() > end:
                return f"it took longer than {self._limits.seconds:g} seconds, and was killed"
            time.sleep(_LOOK)
        if self._stopped:
            return "it was stopped"
        status = self._process.returncode
        if status == -signal.SIGXCPU:
            return f"it took more than {self._limits.seconds:g} seconds of the processor, and was killed"
        if status < 0:
            return f"it was ended by {signal.Signals(-status).name}"
        return None

    def _outcome(self, ended: str | None, secrets: Iterable[str]) -> Outcome:
        outcome = Outcome(state=self.checkpointed())
        try:
            result: JsonObject = json.loads((self._home / "result.json").read_bytes())
        except (OSError, ValueError):
            reason = ended or f"it ended with the exit status {self._process.returncode}, and without a result"
            said = self._tail()
            outcome.error = _hidden(f"{reason}; the last that it said: {said}" if said else reason, secrets)
            return outcome
        outcome.error = result["error"]
        if result["where"]:
            outcome.error = f"{outcome.error} ({result['where'][-1]})"
        outcome.checkpoints = result["checkpoints"]
        outcome.lines = [(level, text) for level, text in result["lines"]]
        outcome.warnings = result["warnings"]
        outcome.rows = {
            table["name"]: sum(table[kind] for kind in ("upserts", "updates", "deletes")) for table in result["tables"]
        }
        return outcome

    def _tail(self) -> str:
        with suppress(OSError), (self._home / "stderr").open("rb") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - _TAIL))
            return " ".join(file.read().decode(errors="replace").split())
        return ""


def _hidden(text: str, secrets: Iterable[str]) -> str:
    # What is very short may be no secret, and a part of any word.
    for secret in sorted((value for value in secrets if len(value) >= _SECRET), key=len, reverse=True):
        text = text.replace(secret, _HIDDEN)
    return text


def _environment(home: Path) -> dict[str, str]:
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    own = {"HOME": str(home), "TMPDIR": str(home), "PYTHONPATH": str(_ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
    return kept | own | {"NO_PROXY": "127.0.0.1,localhost", "PYTHONUTF8": "1"}
