"""Schema configuration that converges: see it, plan it, apply it, compare it, copy it."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

import attrs

from fivetran_async._forks import loading
from fivetran_async.errors import ArgumentError
from fivetran_async.fanout import MapResult
from fivetran_async.models.groups import Group
from fivetran_async.models.schemas import SchemaConfig
from fivetran_async.resources._base import check_flags, check_number, check_text
from fivetran_async.schema_plan._arguments import check_client, checked_ids, missing_of, wanted_and_reviewed
from fivetran_async.schema_plan._columns import OnEstimate
from fivetran_async.schema_plan._fields import json_schema
from fivetran_async.schema_plan.comparing import Difference, SchemaDiff, diff
from fivetran_async.schema_plan.described import desired_of
from fivetran_async.schema_plan.desired import (
    AnyDesired,
    Desired,
    DesiredColumn,
    DesiredSchema,
    DesiredTable,
    OnMissing,
    Rule,
    as_desired,
)
from fivetran_async.schema_plan.names import Pattern, full_name
from fivetran_async.schema_plan.planning import on_missing, plan
from fivetran_async.schema_plan.plans import Blocked, Change, Line, Missing, Resync, SchemaPlan, Setting
from fivetran_async.schema_plan.results import Applied, Cloned, Refused
from fivetran_async.schema_plan.view import ColumnItem, Lock, SchemaItem, SchemaView, TableItem, Unread, as_view

if TYPE_CHECKING:
    from fivetran_async.client import Fivetran

__all__ = [
    "AnyDesired",
    "Applied",
    "Blocked",
    "Change",
    "Cloned",
    "ColumnItem",
    "Desired",
    "DesiredColumn",
    "DesiredSchema",
    "DesiredTable",
    "Difference",
    "Line",
    "Lock",
    "Missing",
    "OnEstimate",
    "OnMissing",
    "Pattern",
    "Refused",
    "Resync",
    "Rule",
    "SchemaDiff",
    "SchemaItem",
    "SchemaPlan",
    "SchemaView",
    "Setting",
    "TableItem",
    "Unread",
    "apply",
    "apply_all",
    "clone",
    "copy",
    "desired_of",
    "diff",
    "full_name",
    "json_schema",
    "plan",
    "propagate",
    "with_columns",
]


async def with_columns(
    ft: "Fivetran",
    connection_id: str,
    *,
    current: SchemaView | SchemaConfig | None = None,
    tables: str | Iterable[str] | None = None,
    synced_only: bool = False,
    on_estimate: OnEstimate | None = None,
    concurrency: int | None = None,
) -> SchemaView:
    """Read the columns that a schema configuration leaves out, several tables at a time.

    The API lists the columns that a user ever touched; all others take a call for each table, which reaches the source
    and counts in that class: 5,000 an hour. What cannot be read stands in the view's `unread`; handed in as `current`
    again, a view is gone on with, and nothing is read twice. A quota that is used up ends the reading at once.

    Args:
        ft: The client.
        connection_id: The connection; it must be set up.
        current: What is known already; None reads the configuration first.
        tables: Patterns of tables, such as `public.*`; None for all.
        synced_only: Whether to read only the columns of tables that are loaded.
        on_estimate: Called with an `Estimate` when it is known how many calls there will be, before the first of them;
            what it raises ends it.
        concurrency: How many calls at a time; None for the budget's.

    Returns:
        The view. Costs one call for each table whose columns are not known, and one for the configuration.

    Raises:
        ArgumentError: A pattern cannot be read, and nothing was sent; or it means no table.
        NotFoundError: There is no such connection, or it has no configuration before its first sync or reload.
        UnauthorizedError: The credentials are not accepted.
    """
    with loading():
        from fivetran_async.schema_plan._columns import check_patterns, fill_in, unknown  # noqa: PLC0415 - plans do without any I/O

    check_client(ft)
    check_text(connection_id, "connection_id")
    check_flags(synced_only=synced_only)
    check_number(concurrency, "concurrency", 1)
    wanted = None if tables is None else [tables] if isinstance(tables, str) else list(tables)
    # Before anything is sent: a pattern that cannot be read.
    unknown(SchemaView(SchemaConfig()), wanted, synced_only=synced_only)
    view = SchemaView(await ft.schemas.get(connection_id)) if current is None else as_view(current)
    check_patterns(view, wanted)
    places = unknown(view, wanted, synced_only=synced_only)
    return await fill_in(ft, connection_id, view, places, on_estimate=on_estimate, concurrency=concurrency)


async def apply(
    ft: "Fivetran",
    connection_id: str,
    desired: AnyDesired | SchemaPlan,
    *,
    confirm: bool = False,
    dry_run: bool = False,
    missing: OnMissing | None = None,
    reload: bool = False,
    current: SchemaView | None = None,
    read_columns: bool = True,
    attempts: int = 3,
) -> Applied:
    """Bring the schema configuration of a connection to a desired state, and look whether it is there.

    All changes go in one call. When somebody else changed the configuration at the same time, it is read and planned
    again; when the API refuses the whole because of one part, the others are done all the same. Applying the same
    state again does what is left, or nothing.

    ```python
    done = await apply(ft, "id", "schemas.yaml", confirm=True)
    print(done.summary, done.steps)
    ```

    Args:
        ft: The client.
        connection_id: The connection.
        desired: What is wanted: a `Desired`, plain data, the path of a file, or a plan that was looked at before: then
            nothing is done that is not in it.
        confirm: Must be True where a change loads data anew, or may do so: tables that are switched on, other sync
            modes, primary keys, hashing.
        dry_run: Whether to read only, and say what would be done.
        missing: What becomes of names and patterns that mean nothing: `error` or `ignore`; None for what the desired
            state says.
        reload: Whether to read the source first where there is no configuration yet.
        current: A view of `with_columns`, whose columns are not read again; the configuration itself is.
        read_columns: Whether to read the columns of tables, where what is wanted of columns depends on those that the
            API leaves out. Without it, rules mean the listed columns only, and a name is taken for that of a column.
        attempts: How often to send, at most.

    Returns:
        What was done. Costs three calls, or one when nothing changes; one more that reaches the source for each table
        whose columns are to be read, and for a reload.

    Raises:
        ArgumentError: An argument cannot be used; nothing was sent.
        DesiredStateError: The desired state cannot be used; nothing was sent.
        ConfirmationError: Data would be loaded anew and `confirm` is not True; nothing was changed.
        PlanError: Something is missing, or not all could be done; `result` says what was and what was not.
        NotFoundError: There is no such connection, or it has no configuration yet; nothing was changed.
        FivetranError: A call failed before anything was changed. If it was one for columns, `partial` holds the view
            with those that were read, to be handed in as `current`.
    """
    with loading():
        from fivetran_async.schema_plan._course import Course, Options  # noqa: PLC0415 - as above

    check_client(ft)
    check_text(connection_id, "connection_id")
    if current is not None and not isinstance(current, SchemaView):
        raise ArgumentError(f"current must be a SchemaView, not {type(current).__name__}")
    options = Options(
        confirm=confirm,
        dry_run=dry_run,
        missing=missing_of(missing, desired),
        reload=reload,
        read_columns=read_columns,
        attempts=attempts,
    )
    options.check()
    wanted, reviewed = wanted_and_reviewed(desired)
    return await Course(ft, connection_id, lambda _: wanted, options, reviewed=reviewed, known=current).run()


async def apply_all(
    ft: "Fivetran",
    connection_ids: Iterable[str],
    desired: AnyDesired,
    *,
    confirm: bool = False,
    dry_run: bool = False,
    missing: OnMissing | None = None,
    reload: bool = False,
    read_columns: bool = True,
    attempts: int = 3,
    concurrency: int | None = None,
) -> Sequence[MapResult[str, Applied]]:
    """Bring the schema configurations of many connections to one desired state, several at a time.

    One that fails does not end the others.

    Args:
        ft: The client.
        connection_ids: The connections.
        desired: What is wanted, as for `apply`.
        confirm: As for `apply`.
        dry_run: As for `apply`.
        missing: As for `apply`.
        reload: As for `apply`.
        read_columns: As for `apply`.
        attempts: As for `apply`.
        concurrency: How many at a time; None for the budget's.

    Returns:
        What became of each, in the order of the connections: an `Applied`, or the error that it met, which is a
        `PlanError` with a `result` where something was done. Costs what `apply` costs for each.

    Raises:
        ArgumentError: An argument cannot be used, or a connection is named twice; nothing was sent.
        DesiredStateError: The desired state cannot be used; nothing was sent.
        UnauthorizedError: The credentials are not accepted; `partial` has what was done until then.
    """
    with loading():
        from fivetran_async.schema_plan._course import Course, Options  # noqa: PLC0415 - as above

    check_client(ft)
    ids = checked_ids(connection_ids)
    wanted = as_desired(desired)
    options = Options(
        confirm=confirm,
        dry_run=dry_run,
        missing=on_missing(missing, wanted),
        reload=reload,
        read_columns=read_columns,
        attempts=attempts,
    )
    options.check()

    async def one(connection_id: str) -> Applied:
        return await Course(ft, connection_id, lambda _: wanted, options).run()

    return await ft.map(one, ids, concurrency=concurrency).collect()


async def copy(
    ft: "Fivetran",
    source_id: str,
    target_id: str,
    *,
    schema_names: Mapping[str, str] | None = None,
    confirm: bool = False,
    dry_run: bool = False,
    missing: OnMissing = "error",
    reload: bool = False,
    read_columns: bool = True,
    attempts: int = 3,
) -> Applied:
    """Give a connection the schema configuration of another one.

    What the target has and the source has not stays as it is; so does what is locked in the source for all settings,
    such as tables that were deleted there. Where both have one schema, its name may differ.

    Args:
        ft: The client.
        source_id: The connection that is copied from; it is only read.
        target_id: The connection that is changed.
        schema_names: What schemas of the source are called in the target, by their names in the source.
        confirm: As for `apply`.
        dry_run: As for `apply`.
        missing: What becomes of what the target does not have: `error` or `ignore`.
        reload: As for `apply`, of the target.
        read_columns: As for `apply`, of the target.
        attempts: As for `apply`.

    Returns:
        What was done. Costs one call, and what `apply` costs.

    Raises:
        ArgumentError: An argument cannot be used; nothing was changed.
        ConfirmationError: As for `apply`.
        PlanError: As for `apply`.
        NotFoundError: There is no such connection, or one has no configuration yet; nothing was changed.
    """
    with loading():
        from fivetran_async.schema_plan._course import Course, Options  # noqa: PLC0415 - as above
        from fivetran_async.schema_plan.copying import of_source  # noqa: PLC0415 - as above

    check_client(ft)
    check_text(source_id, "source_id")
    check_text(target_id, "target_id")
    if source_id == target_id:
        raise ArgumentError("source_id and target_id are the same connection")
    options = Options(
        confirm=confirm,
        dry_run=dry_run,
        missing=on_missing(missing, Desired()),
        reload=reload,
        read_columns=read_columns,
        attempts=attempts,
    )
    options.check()
    wanted = of_source(SchemaView(await ft.schemas.get(source_id)), schema_names)
    done = await Course(ft, target_id, wanted, options).run()
    return attrs.evolve(done, calls=done.calls + 1)


async def clone(
    ft: "Fivetran",
    connection_id: str,
    *,
    group: str | Group,
    name: str,
    dry_run: bool = False,
) -> Cloned:
    """Make a connection like another one: paused, without credentials, and with its schema configuration.

    Everything is read and checked before anything is made. Secrets cannot be read, so they are left out: give them to
    the new connection, reload its schema, and apply `desired` of the result to it once more.

    Args:
        ft: The client.
        connection_id: The connection to clone; it is only read.
        group: The group that gets the new one, by its id, its name, or as a `Group`.
        name: The name of the new one: its schema, `schema.table` for services that load one table, or the prefix of
            all its schemas, as the source has one of them.
        dry_run: Whether to read only, and say what would be made.

    Returns:
        What was made. Costs three calls and one for every 1,000 groups, and up to four for the schema configuration.

    Raises:
        ArgumentError: An argument cannot be used; nothing was made.
        NotFoundError: There is no such connection or group.
        AmbiguousNameError: Several groups have the name.
        PlanError: The connection was made, and its schema configuration not; `result` has its id.
    """
    with loading():
        from fivetran_async.schema_plan.copying import make_clone  # noqa: PLC0415 - as above

    check_client(ft)
    check_text(connection_id, "connection_id")
    check_text(name, "name")
    check_flags(dry_run=dry_run)
    return await make_clone(ft, connection_id, group, name, dry_run=dry_run)


async def propagate(
    ft: "Fivetran",
    desired: AnyDesired,
    *,
    group: str | Group,
    service: str | None = None,
    confirm: bool = False,
    dry_run: bool = False,
    missing: OnMissing | None = None,
    reload: bool = False,
    read_columns: bool = True,
    attempts: int = 3,
    concurrency: int | None = None,
) -> Sequence[MapResult[str, Applied]]:
    """Bring all connections of a group to one desired state: a change of a sharded database goes to all its shards.

    Args:
        ft: The client.
        desired: What is wanted, as for `apply`.
        group: The group, by its id, its name, or as a `Group`.
        service: Only connections of this type, such as `postgres`; None for all.
        confirm: As for `apply`.
        dry_run: As for `apply`.
        missing: As for `apply`.
        reload: As for `apply`.
        read_columns: As for `apply`.
        attempts: As for `apply`.
        concurrency: How many at a time; None for the budget's.

    Returns:
        What became of each connection, as from `apply_all`. Costs what `apply` costs for each, one call for every
        1,000 connections of the group, and one for every 1,000 groups if it is not given as a `Group`.

    Raises:
        ArgumentError: An argument cannot be used; nothing was changed.
        DesiredStateError: The desired state cannot be used; nothing was sent.
        NotFoundError: There is no such group.
        AmbiguousNameError: Several groups have the name.
        UnauthorizedError: The credentials are not accepted.
    """
    with loading():
        from fivetran_async.schema_plan.copying import find_group  # noqa: PLC0415 - as above

    check_client(ft)
    wanted = as_desired(desired)
    on_missing(missing, wanted)
    if service is not None:
        check_text(service, "service")
    found = await find_group(ft, group)
    connections = await ft.connections.list(group_id=found.id).collect()
    return await apply_all(
        ft,
        [connection.id for connection in connections if service in {None, connection.service}],
        wanted,
        confirm=confirm,
        dry_run=dry_run,
        missing=missing,
        reload=reload,
        read_columns=read_columns,
        attempts=attempts,
        concurrency=concurrency,
    )
