"""Sandbox: a local Fivetran with its server in a thread of its own, for `with` and `async with` alike."""

from __future__ import annotations

import asyncio
import socket
import threading
from concurrent.futures import Future
from contextlib import suppress
from datetime import datetime
from os import PathLike
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, Self

from aiohttp import web

from fivetran_async.sandbox import export, seeding, storage
from fivetran_async.sandbox.account import Account
from fivetran_async.sandbox.clock import Clock
from fivetran_async.sandbox.clockwork import Clockwork
from fivetran_async.sandbox.engine.dispatch import Deliveries
from fivetran_async.sandbox.engine.history import History
from fivetran_async.sandbox.faults import Faults
from fivetran_async.sandbox.limits import Limiter, Limits
from fivetran_async.sandbox.package_process import Limits as PackageLimits
from fivetran_async.sandbox.package_runs import PackageRuns
from fivetran_async.sandbox.recording import RecordedRequest, Recorder
from fivetran_async.sandbox.scripting import Syncs
from fivetran_async.sandbox.server import Service

if TYPE_CHECKING:
    from fivetran_async import Fivetran
    from fivetran_sync import Fivetran as SyncFivetran

# How long requests that are being answered when the sandbox closes may take to end, in seconds.
_GRACE: Final = 0.5
_TURNS: Final = 5
_BACKLOG: Final = 128
_MEGABYTE: Final = 1024 * 1024

PACKAGE_SECONDS: Final = 300.0
"""How long a run of a package may take, unless told otherwise."""
PACKAGE_MEGABYTES: Final = 2048
"""How much memory it may have, likewise."""
LEAST_MEGABYTES: Final = 256
"""How much it must have: Python and DuckDB want some."""


class Sandbox:
    """A stateful local Fivetran, seeded with an account that looks real.

    It serves HTTP on loopback while it is open, with `async with` or with `with`::

        async with Sandbox(seed=7, groups=5, connections=200) as box:
            async with box.client() as ft:
                print(await ft.account.info())

    Args:
        seed: What decides the account: the same numbers and the same `start` give the same account.
        groups: How many groups it has.
        connections: How many connections, over all groups.
        limits: The rate limits that are enforced: `full`, `trial`, or windows by class such as
            `{"all": [(5, 60)]}` for five requests a minute. None enforces nothing.
        surprise: Whether replies have fields and words in them that nobody knows yet, as they may have one day.
        https_only: Whether webhooks are refused plain http even to this machine, as Fivetran does.
        run_packages: Whether a sync of a custom connector runs the code of its package, in a process of its own. This
            is no security boundary: the code has your rights, and its limits catch what runs away, nothing that
            means harm. Such a sync ends when the process does, in real time; all others go by the clock.
        warehouse: The DuckDB file that packages write to, each into the schema of its connection; or a folder that
            exists, for a file for each destination in it, `<group id>.duckdb`. Left out, a folder that goes when the
            sandbox does. Goes with `run_packages`, as the two that follow.
        package_seconds: How many real seconds a run of a package may take.
        package_megabytes: How much memory it may have, at least 256.
        host: The address to listen on.
        port: The port to listen on; 0 takes a free one.
        api_key: The key that it accepts.
        api_secret: The secret that it accepts.
        start: When its clock begins; aware. Left out, now, or the instant of the loaded account where that is later.
        load: A file to take the account from instead of seeding one.
        save: A file to write the account to when the sandbox closes; it may be the loaded one.
    """

    def __init__(
        self,
        *,
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
        host: str = "127.0.0.1",
        port: int = 0,
        api_key: str = "key",
        api_secret: str = "secret",  # noqa: S107 - not a secret: it opens a sandbox
        start: datetime | None = None,
        load: str | PathLike[str] | None = None,
        save: str | PathLike[str] | None = None,
    ) -> None:
        self.api_key: Final = api_key
        self.api_secret: Final = api_secret
        self.faults: Final = Faults()
        """What goes wrong, by script or by chance."""
        self._seed = seed
        self._sizes = (groups, connections)
        self._unlimited = limits is None
        self._limiter = Limiter(limits)
        self._surprise = seed if surprise else None
        self._https_only = https_only
        if warehouse is not None and not run_packages:
            raise ValueError("warehouse is where packages write to: it goes with run_packages=True")
        if not package_seconds > 0 or package_megabytes < LEAST_MEGABYTES:
            raise ValueError(f"package_seconds must be more than 0, package_megabytes at least {LEAST_MEGABYTES}")
        self._package_limits = PackageLimits(package_seconds, package_megabytes * _MEGABYTE) if run_packages else None
        self._warehouse = None if warehouse is None else Path(warehouse)
        self._package_runs: PackageRuns | None = None
        self._address = (host, port)
        self._start = start
        self._load = None if load is None else Path(load)
        self._save = None if save is None else Path(save)
        self._recorder = Recorder()
        self._account: Account | None = None
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopping: asyncio.Event | None = None
        self._port = 0

    @property
    def account(self) -> Account:
        """The state behind the server; readable after the sandbox closed, too."""
        if self._account is None:
            raise RuntimeError("the sandbox is not open yet: use it in a with or async with statement")
        return self._account

    @property
    def clock(self) -> Clock:
        """Its time, which tests move with `advance`."""
        return self.account.clock

    @property
    def url(self) -> str:
        """The base URL, without `/v1`."""
        if not self._port:
            raise RuntimeError("the sandbox is not open yet: use it in a with or async with statement")
        host = self._address[0]
        return f"http://{f'[{host}]' if ':' in host else host}:{self._port}"

    @property
    def calls(self) -> int:
        """How many HTTP requests arrived."""
        return self._recorder.count

    @property
    def requests(self) -> tuple[RecordedRequest, ...]:
        """The requests that arrived, oldest first."""
        return self._recorder.records

    @property
    def syncs(self) -> Syncs:
        """What syncs are to do, by script."""
        return Syncs(self.account)

    @property
    def history(self) -> History:
        """What happened: syncs, changes of connections, runs of transformations, and what was asked of the API."""
        return self.account.history

    @property
    def deliveries(self) -> Deliveries:
        """What goes out to webhooks, and what became of it."""
        return self.account.deliveries

    def export_logs(
        self,
        path: str | PathLike[str],
        schema: str = export.SCHEMA,
        generation: export.Generation = "connection",
    ) -> None:
        """Write the history up to now as the tables of Fivetran's Platform Connector into a DuckDB file; blocks.

        Wants the extra `sandbox`. Works after the sandbox closed, too.

        Args:
            path: The file; one that is there is replaced, whole or not at all.
            schema: The schema of the tables.
            generation: What the tables call a connection: `connection`, or `connector` as before May 2025.

        Raises:
            ExportError: duckdb is not installed.
            OSError: The file could not be written.
            ValueError: There is no such generation, or no schema of that name can be.
        """
        export.export_logs(self.account, path, schema, generation)

    @property
    def package_runs(self) -> PackageRuns:
        """The runs of packages, with `run_packages=True`: what each did, and where their rows are."""
        if self._package_runs is None:
            raise RuntimeError("packages are not run: open the sandbox with run_packages=True")
        return self._package_runs

    def client(self, **options: Any) -> Fivetran:
        """Return an asyncio client for this sandbox, with its clock.

        Args:
            **options: Passed on to the client; they win over what the sandbox would set.
        """
        from fivetran_async import Fivetran  # noqa: PLC0415 - the sandbox itself needs nothing of the SDK

        return Fivetran(**self._client_options(options))

    def sync_client(self, **options: Any) -> SyncFivetran:
        """Return a blocking client for this sandbox, with its clock.

        Args:
            **options: Passed on to the client; they win over what the sandbox would set.
        """
        from fivetran_sync import Fivetran as SyncFivetran  # noqa: PLC0415 - as above

        return SyncFivetran(**self._client_options(options))

    def open(self) -> None:
        """Make the account and start to serve; blocks until requests are answered.

        Raises:
            OSError: The address cannot be listened on, or a file cannot be read or written.
            storage.AccountFileError: The file to load is not an account.
            package_runs.PackageRunsError: Packages cannot be run here: duckdb is missing, or the warehouse's folder.
            RuntimeError: The sandbox was opened before.
        """
        if self._account is not None:
            raise RuntimeError("a sandbox can be opened once; make another one")
        if self._save is not None:
            storage.check_target(self._save)
        account = self._make_account()
        account.deliveries.https_only = self._https_only
        if self._package_limits is not None:
            self._package_runs = PackageRuns(account, self._warehouse, self._package_limits)
            account.history.attendant = self._package_runs
        self._account = account
        ready: Future[int] = Future()
        self._thread = threading.Thread(target=self._run, args=(ready,), name="fivetran-sandbox", daemon=True)
        self._thread.start()
        try:
            self._port = ready.result()
        except BaseException:
            # Also when the wait was interrupted: nothing may go on serving for a caller that has given up.
            if not ready.cancel():
                self._signal_stop()
            self._thread.join()
            self._thread = None
            if self._package_runs is not None:
                self._package_runs.close()
            raise

    def close(self) -> None:
        """Stop to serve, and save the account where that was asked for; blocks until both are done.

        Raises:
            OSError: The account could not be saved.
        """
        thread, self._thread = self._thread, None
        if thread is None:
            return
        self._signal_stop()
        thread.join()
        if self._package_runs is not None:
            self._package_runs.close()
        if self._save is not None:
            storage.save(self.account, self._save)

    def __enter__(self) -> Self:
        self.open()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    async def __aenter__(self) -> Self:
        opening = asyncio.ensure_future(asyncio.to_thread(self.open))
        try:
            await asyncio.shield(opening)
        except asyncio.CancelledError:
            # The thread cannot be cancelled: let it finish, or its server would outlive the caller.
            await asyncio.wait([opening])
            await asyncio.to_thread(self.close)
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await asyncio.to_thread(self.close)

    def _client_options(self, options: dict[str, Any]) -> dict[str, Any]:
        from fivetran_async import Budget  # noqa: PLC0415 - as above

        base: dict[str, Any] = {"api_key": self.api_key, "api_secret": self.api_secret, "base_url": self.url}
        settings = base | {"clock": self.clock} | options
        if self._unlimited:
            # The published limits of an account are none of a sandbox that was given no limits.
            settings.setdefault("budget", Budget(plan="none", clock=settings["clock"]))
        return settings

    def _make_account(self) -> Account:
        if self._load is not None:
            loaded = storage.load(self._load, self._start, self._seed)
            # What went on while nobody had the file open is done, but it is no news.
            loaded.catch_up()
            loaded.history.clear()
            return loaded
        account = Account(Clock(self._start), self._seed)
        seeding.seed(account, *self._sizes)
        return account

    def _signal_stop(self) -> None:
        if self._loop is not None and self._stopping is not None:
            self._loop.call_soon_threadsafe(self._stopping.set)

    def _run(self, ready: Future[int]) -> None:
        try:
            asyncio.run(self._serve(ready))
        except BaseException as error:
            if not ready.done():
                ready.set_exception(error)
            elif not ready.cancelled():
                raise

    async def _serve(self, ready: Future[int]) -> None:
        service = Service(
            account=self.account,
            limiter=self._limiter,
            faults=self.faults,
            recorder=self._recorder,
            api_key=self.api_key,
            api_secret=self.api_secret,
            surprise=self._surprise,
        )
        runner = web.AppRunner(service.application(), access_log=None, shutdown_timeout=_GRACE)
        await runner.setup()
        async with Clockwork(self.account):
            await self._listen(runner, ready)

    async def _listen(self, runner: web.AppRunner, ready: Future[int]) -> None:
        try:
            host, port = self._address
            family = socket.AF_INET6 if ":" in host else socket.AF_INET
            listening = socket.create_server((host, port), family=family, backlog=_BACKLOG)
            await web.SockSite(runner, listening).start()
            self._loop, self._stopping = asyncio.get_running_loop(), asyncio.Event()
            ready.set_result(int(runner.addresses[0][1]))
            await self._stopping.wait()
            # A connection that is accepted just before its server is closed is dropped open by asyncio.
            with suppress(NotImplementedError):
                self._loop.remove_reader(listening.fileno())
            for _ in range(_TURNS):
                await asyncio.sleep(0)
        finally:
            await runner.cleanup()
