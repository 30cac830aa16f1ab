"""The sandbox as a server of its own: runs until it is interrupted or terminated, then saves."""

from __future__ import annotations

import queue
import shlex
import signal
import time
from collections.abc import Callable, Iterable
from os import PathLike
from pathlib import Path
from types import FrameType
from typing import Final

from fivetran_async.sandbox import export
from fivetran_async.sandbox.box import PACKAGE_MEGABYTES, PACKAGE_SECONDS, Sandbox
from fivetran_async.sandbox.export import ExportError
from fivetran_async.sandbox.limits import Limits

FASTEST: Final = 100_000.0
"""How many times as fast as real time a served sandbox's clock may run."""

# How often a clock that runs faster is moved, in real seconds.
_BEAT: Final = 0.1


def run(
    *,
    host: str = "127.0.0.1",
    port: int = 8080,
    seed: int = 0,
    groups: int = 5,
    connections: int = 100,
    limits: Limits | None = None,
    surprise: bool = False,
    https_only: bool = False,
    run_packages: bool = False,
    warehouse: str | PathLike[str] | None = None,
    package_seconds: float = PACKAGE_SECONDS,
    package_megabytes: int = PACKAGE_MEGABYTES,
    faults: Iterable[str] = (),
    fault_seed: int = 0,
    load: str | PathLike[str] | None = None,
    save: str | PathLike[str] | None = None,
    export_logs: str | PathLike[str] | None = None,
    speed: float = 1.0,
    api_key: str = "key",
    api_secret: str = "secret",  # noqa: S107 - not a secret: it opens a sandbox
    announce: Callable[[str], object] = print,
) -> int:
    """Serve a sandbox; blocks until SIGINT or SIGTERM, then stops, saves the account and returns.

    To be called from the main thread, which is the one that signals reach.

    Args:
        host: The address to listen on.
        port: The port; 0 takes a free one.
        seed: What decides the account.
        groups: How many groups it has.
        connections: How many connections, over all groups.
        limits: The rate limits to enforce, as `Sandbox` takes them.
        surprise: Whether replies have fields and words in them that nobody knows yet.
        https_only: Whether webhooks are refused plain http even to this machine.
        run_packages: Whether syncs of custom connectors run the code of their packages, with your rights.
        warehouse: The DuckDB file that these write to, or a folder, as `Sandbox` takes them.
        package_seconds: How many real seconds a run of a package may take.
        package_megabytes: How much memory it may have.
        faults: What goes wrong, as `Faults.plan` reads it: `5xx=0.02`, `PATCH /v1/connections/* #3 status=503`.
        fault_seed: What decides the faults by chance.
        load: A file to take the account from instead of seeding one.
        save: A file to write the account to at the end.
        export_logs: A DuckDB file to write the history to at the end, as the Platform Connector's tables.
        speed: How many times as fast as real time its clock runs, from 1 to `FASTEST`.
        api_key: The key that is accepted.
        api_secret: The secret that is accepted.
        announce: Is given one line with what to export, once requests are answered; where packages are run another one,
            a comment, with where their rows are.

    Returns:
        The number of the signal that stopped it.

    Raises:
        OSError: The address cannot be listened on, or a file cannot be read or written.
        AccountFileError: The file to load is not an account.
        ValueError: A fault cannot be read, or an argument is out of range.
        PackageRunsError: Packages cannot be run here.
        ExportError: The history is to be exported, and duckdb is not installed, or its file cannot be written.
    """
    if not 1 <= speed <= FASTEST:
        raise ValueError(f"speed must be from 1 to {FASTEST:,.0f}, not {speed}")
    if export_logs is not None:
        export.check_target(Path(export_logs))
    # A queue, because putting into it is safe from within a signal handler; setting an event is not.
    stop: queue.SimpleQueue[int] = queue.SimpleQueue()

    def on_signal(number: int, _frame: FrameType | None) -> None:
        stop.put(number)

    box = Sandbox(
        seed=seed,
        groups=groups,
        connections=connections,
        limits=limits,
        surprise=surprise,
        https_only=https_only,
        run_packages=run_packages,
        warehouse=warehouse,
        package_seconds=package_seconds,
        package_megabytes=package_megabytes,
        host=host,
        port=port,
        load=load,
        save=save,
        api_key=api_key,
        api_secret=api_secret,
    )
    box.faults.plan(faults, seed=fault_seed)
    before = {number: signal.signal(number, on_signal) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        with box:
            announce(_exports(box))
            if run_packages:
                announce(f"# packages are run, which is no security boundary; rows go to {box.package_runs.place}")
            number = stop.get() if speed == 1 else _hurried(box, stop, speed)
            if export_logs is not None:
                _export(box, export_logs)
            return number
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _hurried(box: Sandbox, stop: queue.SimpleQueue[int], speed: float) -> int:
    """Let the clock run faster until there is a signal, and return that."""
    then = time.monotonic()
    while True:
        try:
            return stop.get(timeout=_BEAT)
        except queue.Empty:
            now = time.monotonic()
            # The rest of it goes by as real time does.
            box.clock.advance((now - then) * (speed - 1))
            then = now


def _export(box: Sandbox, path: str | PathLike[str]) -> None:
    try:
        box.export_logs(path)
    except OSError as error:
        raise ExportError(f"the history was not exported: {error}") from error


def _exports(box: Sandbox) -> str:
    values = {
        "FIVETRAN_BASE_URL": box.url,
        "FIVETRAN_API_KEY": box.api_key,
        "FIVETRAN_API_SECRET": box.api_secret,
    }
    return "export " + " ".join(f"{name}={shlex.quote(value)}" for name, value in values.items())
