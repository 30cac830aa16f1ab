"""Running deployed packages: the code of custom connectors in processes of their own, while their syncs run.

This is no security boundary: see `fivetran_async.sandbox.package_process`.
"""

from __future__ import annotations

import base64
import importlib.util
import os
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from fivetran_async.sandbox.account import Account
from fivetran_async.sandbox.calls import JsonObject, as_list, as_object
from fivetran_async.sandbox.data.catalog import CONNECTOR_SDK
from fivetran_async.sandbox.engine import function_state, syncs
from fivetran_async.sandbox.engine.attendance import ENDLESS, Nobody
from fivetran_async.sandbox.engine.configs import PACKAGES
from fivetran_async.sandbox.engine.scripts import FAILURE, SUCCESS, Plan
from fivetran_async.sandbox.package_process import Limits, Outcome, PackageProcess
from fivetran_async.sandbox.unpacking import UnpackableError, unpack

TASK: Final = "connector_sdk_failure"
"""The code of the task that a run which failed leaves."""

_AT_ONCE: Final = 4
_LOOK: Final = 0.02


class PackageRunsError(RuntimeError):
    """Packages cannot be run here; the message says what is missing."""


@dataclass(frozen=True, slots=True)
class PackageRun:
    """One run of a package that came to an end, whichever.

    Attributes:
        connection_id: The connection.
        package_id: The package that ran.
        started: When its sync started, by the sandbox's clock, in seconds since the epoch.
        seconds: How long the package ran, in real seconds.
        ok: Whether it came to its end; None of one that was stopped.
        error: Why it failed.
        rows: How many operations on rows it sent, by table.
        checkpoints: How many checkpoints it made.
        state: What the next run goes on from.
        lines: The log: levels and texts.
        warnings: What is not wrong, and will be in production.
    """

    connection_id: str
    package_id: str
    started: float
    seconds: float
    ok: bool | None
    error: str | None = None
    rows: dict[str, int] = field(default_factory=dict[str, int])
    checkpoints: int = 0
    state: JsonObject = field(default_factory=dict[str, object])
    lines: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    warnings: list[str] = field(default_factory=list[str])


@dataclass(slots=True)
class _Job:
    """What is under way for a connection."""

    connection: syncs.Connection
    package_id: str
    started: float
    content: bytes
    configuration: dict[str, str | None]
    begun: float = field(default_factory=time.monotonic)
    process: PackageProcess | None = None

    @property
    def name(self) -> str:
        """The id of the connection."""
        found: str = self.connection["id"]
        return found


class PackageRuns:
    """Runs the package of each custom connector while its sync runs; the sync ends when the process does.

    Of one destination one at a time, because its file is written by one process; of several destinations some at once.

    Args:
        account: The account.
        warehouse: The DuckDB file that all of them write to, each into the schema of its connection; a folder that
            exists, for a file for each destination in it; or None for a folder that goes when the sandbox does.
        limits: What each run may take.

    Raises:
        PackageRunsError: They cannot be run here.
    """

    def __init__(self, account: Account, warehouse: Path | None, limits: Limits) -> None:
        _check(warehouse)
        self._account = account
        self._limits = limits
        self._folder = tempfile.TemporaryDirectory(prefix="fivetran-sandbox-", ignore_cleanup_errors=True)
        self._warehouse = Path(self._folder.name) if warehouse is None else warehouse.resolve()
        self._runs: list[PackageRun] = []
        self._jobs: dict[str, _Job] = {}
        self._threads: set[threading.Thread] = set()
        self._turns: dict[Path, threading.Lock] = {}
        self._places = threading.Semaphore(_AT_ONCE)
        self._closed = False

    @property
    def runs(self) -> tuple[PackageRun, ...]:
        """All runs that have ended, oldest first."""
        with self._account.lock:
            return tuple(self._runs)

    @property
    def place(self) -> Path:
        """The file that all packages write to, or the folder with a file for each destination."""
        return self._warehouse

    def warehouse(self, group_id: str) -> Path:
        """Return the DuckDB file that stands for the destination of a group; there is none before the first run."""
        return self._warehouse / f"{group_id}.duckdb" if self._warehouse.is_dir() else self._warehouse

    def wait(self, timeout: float = 60.0) -> bool:
        """Wait in real time until no package runs any more; tells whether that is so.

        What is due by the sandbox's clock is begun first, so it can be called after the clock was moved.

        Args:
            timeout: How many real seconds to wait at most.
        """
        self._account.settle()
        end = time.monotonic() + timeout
        while True:
            with self._account.lock:
                if not self._jobs:
                    return True
            if time.monotonic() > end:
                return False
            time.sleep(_LOOK)

    @property
    def watches(self) -> bool:
        """Whether syncs are to begin when they are due, though nobody looks."""
        return not self._closed

    def attends(self, connection: JsonObject) -> bool:
        """Tell whether a sync of a connection runs a package."""
        return self._package(connection) is not None

    def began(self, connection: syncs.Connection, at: float) -> None:
        """Start the package of a connection whose sync began, unless a script says what that sync does."""
        own: syncs.Engine = connection["sandbox"]
        package = self._package(connection)
        if package is None or "plan" in own:
            return
        own["ends"] = ENDLESS
        if own.pop("anew", False):
            function_state.replace(connection, {})
        pairs = map(as_object, as_list(connection["config"].get("secrets_list")) or [])
        job = _Job(
            connection=connection,
            package_id=package["id"],
            started=at,
            content=base64.b64decode(package["sandbox"]["content"]),
            configuration={pair["key"]: pair.get("value") for pair in pairs if pair},
        )
        self._jobs[job.name] = job
        thread = threading.Thread(target=self._work, args=(job,), name="fivetran-package", daemon=True)
        self._threads.add(thread)
        thread.start()

    def ended(self, connection: syncs.Connection) -> None:
        """Stop what still runs for a sync that ended: one that was paused, forced anew or deleted."""
        job = self._jobs.pop(connection["id"], None)
        if job is None:
            return
        outcome = Outcome(error="its sync was stopped")
        if job.process is not None:
            # At once, so that whatever is done to the state from now on is done to what the run has left.
            job.process.kill()
            outcome.state = job.process.checkpointed()
        if outcome.state is not None:
            function_state.replace(connection, outcome.state)
        self._note(job, outcome, ok=None)

    def close(self) -> None:
        """Stop everything; blocks until nothing runs."""
        account = self._account
        with account.lock:
            self._closed = True
            for name in list(self._jobs):
                syncs.stop(self._jobs[name].connection, account.now, account.history)
            account.history.attendant = Nobody()
        for thread in list(self._threads):
            thread.join()
        self._folder.cleanup()

    def _package(self, connection: JsonObject) -> JsonObject | None:
        if self._closed or connection["service"] != CONNECTOR_SDK:
            return None
        package = self._account.things[PACKAGES].get(connection["config"].get("package_id") or "")
        # One that was planted without content has nothing to run.
        return package if package is not None and "content" in package.get("sandbox", {}) else None

    def _work(self, job: _Job) -> None:
        file = self.warehouse(job.connection["group_id"])
        try:
            with self._account.lock:
                turn = self._turns.setdefault(file, threading.Lock())
            with turn, self._places, tempfile.TemporaryDirectory(dir=self._folder.name) as home:
                try:
                    outcome = self._run(job, Path(home), file)
                except Exception as error:  # noqa: BLE001 - a sync that never ends would be waited for
                    outcome = Outcome(error=f"the sandbox could not run the package: {error}")
                self._conclude(job, outcome)
        finally:
            self._threads.discard(threading.current_thread())

    def _run(self, job: _Job, home: Path, file: Path) -> Outcome:
        code = home / "code"
        code.mkdir()
        try:
            unpack(job.content, code)
        except UnpackableError as error:
            return Outcome(error=f"the package is no good: {error}")
        with self._account.lock:
            if self._jobs.get(job.name) is not job:
                return Outcome()
            # No earlier than now: a run that was stopped for this one may have been under way until now.
            state = function_state.of(job.connection) or {}
            job.begun = time.monotonic()
            process = job.process = PackageProcess(home, self._limits)
        return process.run(
            {
                "configuration": job.configuration,
                "state": state,
                "warehouse": str(file),
                "schema": job.connection["schema"],
                "environment": {
                    "FIVETRAN_CONNECTION_ID": job.name,
                    "FIVETRAN_CONNECTION_NAME": job.connection["schema"],
                    "FIVETRAN_GROUP_ID": job.connection["group_id"],
                    "FIVETRAN_DEPLOYMENT_MODEL": "sandbox",
                },
            }
        )

    def _conclude(self, job: _Job, outcome: Outcome) -> None:
        account = self._account
        with account.lock:
            if self._jobs.get(job.name) is not job:
                return
            del self._jobs[job.name]
            if outcome.error is None and outcome.state is None:
                outcome.state = function_state.of(job.connection) or {}
            self._note(job, outcome, ok=outcome.error is None)
            own: syncs.Engine = job.connection["sandbox"]
            own["plan"] = _plan(outcome, job.connection["schema"])
            _show(outcome, job.connection["status"])
            now = own["ends"] = account.now
            syncs.settle(job.connection, now, account.history)

    def _note(self, job: _Job, outcome: Outcome, *, ok: bool | None) -> None:
        run = PackageRun(
            connection_id=job.name,
            package_id=job.package_id,
            started=job.started,
            seconds=time.monotonic() - job.begun,
            ok=ok,
            error=outcome.error,
            rows=outcome.rows,
            checkpoints=outcome.checkpoints,
            state=(function_state.of(job.connection) or {}) if outcome.state is None else outcome.state,
            lines=outcome.lines,
            warnings=outcome.warnings,
        )
        self._runs.append(run)


def _check(warehouse: Path | None) -> None:
    if os.name != "posix":
        raise PackageRunsError("packages can only be run on a POSIX system")
    if importlib.util.find_spec("duckdb") is None:
        raise PackageRunsError("packages write to DuckDB, which is missing: pip install 'fivetran-async[connector]'")
    if warehouse is not None and not warehouse.parent.is_dir():
        raise PackageRunsError(f"packages cannot write to {warehouse}: the folder {warehouse.parent} does not exist")


def _plan(outcome: Outcome, schema: str) -> Plan:
    if outcome.error is None:
        plan = Plan(outcome=SUCCESS, rows={schema: outcome.rows})
    else:
        plan = Plan(outcome=FAILURE, reason=outcome.error)
    if outcome.state is not None:
        plan["state"] = outcome.state
    return plan


def _show(outcome: Outcome, status: JsonObject) -> None:
    status["tasks"] = [task for task in status["tasks"] if task["code"] != TASK]
    if outcome.error is not None:
        status["tasks"].insert(0, {"code": TASK, "message": outcome.error, "details": _last_error(outcome)})


def _last_error(outcome: Outcome) -> str:
    return next((text for level, text in reversed(outcome.lines) if level in {"ERROR", "CRITICAL"}), "")
