"""Custom connectors beyond their code: run, packed, deployed, explained, and verified."""

import asyncio
import inspect
import os
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import attrs

from fivetran_async._counting import CallCount
from fivetran_async._forks import loading
from fivetran_async.connector_sdk._arguments import check_client, listed
from fivetran_async.connector_sdk._states import Change, SavedState, read_saved
from fivetran_async.connector_sdk.deployment import AnyConfiguration, Deployment, Target
from fivetran_async.connector_sdk.explanation import Explanation, LogSource, explained
from fivetran_async.connector_sdk.packing import PackedConnector, pack
from fivetran_async.connector_sdk.running import LocalRun, TableRun, debug
from fivetran_async.connector_sdk.verification import (
    DELETED,
    Day,
    DayCount,
    Duplicate,
    Expected,
    Question,
    Verification,
)
from fivetran_async.errors import ArgumentError
from fivetran_async.fanout import MapResult
from fivetran_async.models.groups import Group
from fivetran_async.resources._base import check_flags, check_text
from fivetran_async.types import UNSET, Unset

if TYPE_CHECKING:
    from fivetran_async.client import Fivetran

__all__ = [
    "DayCount",
    "Deployment",
    "Duplicate",
    "Explanation",
    "LocalRun",
    "PackedConnector",
    "SavedState",
    "TableRun",
    "Target",
    "Verification",
    "debug",
    "deploy",
    "deploy_all",
    "edit_state",
    "explain",
    "pack",
    "restore_state",
    "save_state",
    "verify",
]


async def deploy(
    ft: "Fivetran",
    folder: str | os.PathLike[str],
    *,
    group: str | Group,
    connection: str,
    configuration: AnyConfiguration = UNSET,
    python_version: str | None = None,
    paused: bool | None = None,
    sync_frequency: int | Unset = UNSET,
    destination_schema_names: str | Unset = UNSET,
    hybrid_deployment_agent_id: str | Unset = UNSET,
    run_setup_tests: bool = True,
    keep_failed: bool = False,
    delete_replaced: bool = False,
    allow_secrets: Iterable[str] = (),
    dry_run: bool = False,
) -> Deployment:
    """Deploy a custom connector: make its connection, or let the one that is there run the new code.

    The package is uploaded only if the connection does not run the same bytes already. A connection is made paused and
    without setup tests; they run in a call of their own. When something fails, what this call has made is removed, and
    a connection that was there runs its old package again; the configuration that was sent stays.

    ```python
    done = await deploy(ft, "shop", group="Warehouse", connection="shop", paused=False)
    print(done.connection_id, done.steps)
    ```

    Args:
        ft: The client.
        folder: The folder of the connector, with `connector.py` in it.
        group: The group, by its id, its name, or as a `Group`.
        connection: The name of the connection, which is its schema: lower-case letters, digits and underscores.
        configuration: What the connector is configured with: texts by name, at most 100, or the path of a JSON file.
            They are sent as secrets, replace all that were there, and are never shown. None keeps those that are there.
            Left out, `configuration.json` of the folder where there is one.
        python_version: The Python that it runs on, such as `3.13`; None for Fivetran's choice, or what it is.
        paused: Whether the connection is paused afterwards; None for paused if it is new, and as it is otherwise.
        sync_frequency: Minutes between two syncs: 1, 5, 15, 30, 60, 120, 180, 360, 480, 720 or 1440.
        destination_schema_names: `FIVETRAN_NAMING` or `SOURCE_NAMING`, of a new connection.
        hybrid_deployment_agent_id: The hybrid deployment agent to use.
        run_setup_tests: Whether to run the setup tests, which may take minutes.
        keep_failed: Whether a new connection stays, for somebody to look at, when its setup tests fail.
        delete_replaced: Whether the package that was replaced is deleted in the end; otherwise it stays, unused.
        allow_secrets: Paths of files, from the folder, that may hold what looks like a secret.
        dry_run: Whether to read only, and say what would be done.

    Returns:
        What was done. Costs one call for every 1,000 groups of the account and one to look for the connection; for a
        new one three more: the package, the connection, its setup tests; for one that is there two to look at it, and
        up to three more. One more each to end a pause and to delete what was replaced.

    Raises:
        ArgumentError: The folder cannot be packed, an argument cannot be used, or the connection is of another service
            or shares its package with others; nothing was changed.
        SetupTestsFailedError: Setup tests failed; what was made is gone again.
        NotFoundError: There is no such group.
        AmbiguousNameError: Several groups have the name.
        FivetranError: A call failed; its notes say what could not be removed.
    """
    target = Target(
        folder=folder,
        group=group,
        connection=connection,
        configuration=configuration,
        python_version=python_version,
        paused=paused,
        sync_frequency=sync_frequency,
        destination_schema_names=destination_schema_names,
        hybrid_deployment_agent_id=hybrid_deployment_agent_id,
        run_setup_tests=run_setup_tests,
        keep_failed=keep_failed,
        delete_replaced=delete_replaced,
        allow_secrets=listed(allow_secrets),
    )
    with loading():
        from fivetran_async.connector_sdk._deploy import Course, Shared  # noqa: PLC0415 - by deployments alone

    check_client(ft)
    check_flags(dry_run=dry_run)
    count = CallCount()
    through = ft.with_options(hooks=[*ft.hooks, count])
    done = await Course(through, target, Shared(through), dry_run=dry_run).run()
    return attrs.evolve(done, calls=count.calls)


async def deploy_all(
    ft: "Fivetran", targets: Iterable[Target], *, concurrency: int | None = None, dry_run: bool = False
) -> Sequence[MapResult[Target, Deployment]]:
    """Deploy many connectors, several at a time; one that fails does not end the others.

    Args:
        ft: The client.
        targets: What to deploy where; two of them cannot be the same connection.
        concurrency: How many at a time; None for the budget's.
        dry_run: Whether to read only, and say what would be done.

    Returns:
        What became of each, in the order of the targets: a `Deployment`, or the error that it met. Costs what `deploy`
        costs for each, but for the groups, which are read once.

    Raises:
        ArgumentError: A target is none, or named twice; nothing was sent.
        UnauthorizedError: The credentials are not accepted; `partial` has what was done until then.
    """
    with loading():
        from fivetran_async.connector_sdk._deploy import Course, Shared  # noqa: PLC0415 - as above

    check_client(ft)
    check_flags(dry_run=dry_run)
    wanted = list(targets)
    seen: set[tuple[str, str]] = set()
    for target in wanted:
        if not isinstance(target, Target):
            raise ArgumentError(f"targets must be of the type Target, not {type(target).__name__}")
        target.check()
        place = (target.group.id if isinstance(target.group, Group) else target.group, target.connection)
        if place in seen:
            raise ArgumentError(f"connection {place[1]} in group {place[0]} is named twice")
        seen.add(place)
    shared = Shared(ft)

    async def one(target: Target) -> Deployment:
        count = CallCount()
        through = ft.with_options(hooks=[*ft.hooks, count])
        return attrs.evolve(await Course(through, target, shared, dry_run=dry_run).run(), calls=count.calls)

    return await ft.map(one, wanted, concurrency=concurrency).collect()


async def explain(
    ft: "Fivetran", connection_id: str, *, log: LogSource | None = None, run_setup_tests: bool = True
) -> Explanation:
    """Gather why a connection does not do what it should: its state, tasks, warnings, setup tests and log.

    Args:
        ft: The client.
        connection_id: The connection.
        log: Called with the connection's id; returns the lines of its log, oldest first, or something to await that
            does. The API itself has no logs: the Platform Connector loads them into a destination.
        run_setup_tests: Whether to run the setup tests, which may take minutes.

    Returns:
        What was found; its `text` is for reading. Costs one call, with the setup tests another one of their class.

    Raises:
        ArgumentError: An argument cannot be used; nothing was sent.
        NotFoundError: There is no such connection.
    """
    check_client(ft)
    check_text(connection_id, "connection_id")
    check_flags(run_setup_tests=run_setup_tests)
    if log is not None and not callable(log):
        raise ArgumentError(f"log must be a function of a connection's id, not {type(log).__name__}")
    seen = await ft.connections.get(connection_id)
    before = () if seen.status is None else seen.status.tasks
    if run_setup_tests:
        # What they find changes the state of the connection, which is shown as it is then.
        seen = await ft.connections.test_and_wait(connection_id, check=False)
    lines: Iterable[object] = ()
    if log is not None:
        found = log(connection_id)
        lines = await found if inspect.isawaitable(found) else found
    return explained(seen, before, lines, tested=run_setup_tests)


async def save_state(ft: "Fivetran", connection_id: str, path: str | os.PathLike[str]) -> SavedState:
    """Keep the state of a connection in a file that only its owner may read.

    Args:
        ft: The client.
        connection_id: The connection.
        path: The file; there must be none yet.

    Returns:
        The state, and when it was read. Costs one call.

    Raises:
        ArgumentError: The file is there already, or cannot be written.
        BadRequestError: The connection's service keeps no state, or there is none yet.
        NotFoundError: There is no such connection.
    """
    with loading():
        from fivetran_async.connector_sdk import _states  # noqa: PLC0415 - as above

    check_client(ft)
    return await _states.save(ft, connection_id, path)


async def edit_state(
    ft: "Fivetran",
    connection_id: str,
    change: Change,
    *,
    backup: str | os.PathLike[str],
    wait: float | None = None,
) -> SavedState:
    """Change the state of a connection; the old one is saved first.

    The connection is paused for it, and its pause is ended again whatever happens; one that was paused stays so.

    Args:
        ft: The client.
        connection_id: The connection.
        change: The whole new state, or a function that is given the old one and returns the new one.
        backup: Where the old state is saved; there must be no such file yet.
        wait: How long a sync that runs is waited for, in seconds; None raises when one runs.

    Returns:
        The old state. Costs three calls, two more for a connection that is not paused, and what a wait costs.

    Raises:
        ArgumentError: The change is none, or the file is there already or cannot be written.
        BadRequestError: The connection's service keeps no state, or there is none yet.
        ConflictError: A sync runs.
        SyncTimeoutError: It did not end in time.
        NotFoundError: There is no such connection.
    """
    with loading():
        from fivetran_async.connector_sdk import _states  # noqa: PLC0415 - as above

    check_client(ft)
    return await _states.edit(ft, connection_id, change, backup, wait)


async def restore_state(
    ft: "Fivetran",
    connection_id: str,
    path: str | os.PathLike[str],
    *,
    backup: str | os.PathLike[str],
    wait: float | None = None,
) -> SavedState:
    """Bring back a state that was saved; the present one is saved first.

    Args:
        ft: The client.
        connection_id: The connection.
        path: The file that the state was saved to, or one with a bare state.
        backup: Where the present state is saved; there must be no such file yet.
        wait: How long a sync that runs is waited for, in seconds; None raises when one runs.

    Returns:
        The state before. Costs what `edit_state` costs.

    Raises:
        ArgumentError: The file holds no state, or that of another connection.
        ConflictError: A sync runs.
        NotFoundError: There is no such connection.
    """
    with loading():
        from fivetran_async.connector_sdk import _states  # noqa: PLC0415 - as above

    check_client(ft)
    return await _states.edit(ft, connection_id, read_saved(path, connection_id), backup, wait)


async def verify(
    connection: Any,
    *,
    table: str,
    schema: str,
    database: str | None = None,
    key: str | Iterable[str] = (),
    day: str | None = None,
    expected: Expected | None = None,
    since: Day | None = None,
    until: Day | None = None,
    timezone: str = "UTC",
    day_type: str = "UTC_DATETIME",
    deleted: str | None = DELETED,
    duplicates: int = 100,
    dialect: str | None = None,
    paramstyle: str | None = None,
) -> Verification:
    """Compare what lies in a destination with what the source has: rows by day, and keys that are there twice.

    It wants the extra `logs`. The destination is asked in a worker thread; it is only read, and nothing is committed.

    Args:
        connection: A blocking connection of any DB-API driver (PEP 249) to the destination.
        table: The table.
        schema: The schema, or dataset, of the table: the name of the connection.
        database: The database, project or catalog that it is in; None for the connection's own.
        key: The columns of the primary key, or its only one; looked at in the whole table. None checks no key.
        day: The column that says of which day a row is.
        expected: How many rows the source has by day: a mapping of days (dates, or texts such as `2024-01-31`) to
            counts, pairs of both, or a function without arguments, a coroutine function too, that returns such. A day
            that is not named should have none. Left out, days are counted and compared with nothing.
        since: The first day that is counted; None for all.
        until: The first day no more counted; None for all.
        timezone: The zone whose days are meant, such as `Europe/Berlin`.
        day_type: What the column of days was declared as: `UTC_DATETIME`, `NAIVE_DATETIME` or `NAIVE_DATE`. The latter
            two have no zone, and are taken as they are.
        deleted: The column that marks rows as deleted, which are not counted; None for a table without.
        duplicates: How many keys that are there twice are returned at most.
        dialect: `snowflake`, `bigquery`, `redshift`, `databricks`, `postgres` or `duckdb`; None for what the driver of
            the connection speaks.
        paramstyle: How the driver has values marked; None for what its module says.

    Returns:
        What was found: `ok`, and a text for reading. Costs no calls of the API, and one query for the days and one for
        the key.

    Raises:
        ArgumentError: An argument cannot be used; nothing was asked.
        ConfigError: sqlglot is missing.
    """
    look = Question(
        table=table,
        schema=schema,
        database=database,
        key=key,
        day=day,
        day_type=day_type,
        since=since,
        until=until,
        timezone=timezone,
        deleted=deleted,
        duplicates=duplicates,
        dialect=dialect,
        paramstyle=paramstyle,
    ).checked(compares=expected is not None)
    return await asyncio.to_thread(look.ask, connection, await look.wanted(expected))
