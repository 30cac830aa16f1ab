"""Copies of schema configurations, and clones of connections: what is wanted is made of what another one has."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast

from fivetran_async import operations as ops
from fivetran_async._counting import CallCount
from fivetran_async.errors import ArgumentError, FivetranError, NotFoundError, PlanError
from fivetran_async.models.connections import Connection
from fivetran_async.models.groups import Group
from fivetran_async.resources._base import MASK, check_text, one_of_them
from fivetran_async.schema_plan._course import NO_CONFIG, Course, Options
from fivetran_async.schema_plan.described import desired_of
from fivetran_async.schema_plan.desired import Desired
from fivetran_async.schema_plan.results import Applied, Cloned
from fivetran_async.schema_plan.view import SchemaView

if TYPE_CHECKING:
    from fivetran_async.client import Fivetran

_KEPT = (
    "pause_after_trial",
    "sync_frequency",
    "daily_sync_time",
    "schedule_type",
    "data_delay_sensitivity",
    "data_delay_threshold",
    "networking_method",
    "private_link_id",
    "proxy_agent_id",
    "hybrid_deployment_agent_id",
    "destination_schema_names",
    "external_secrets_manager_id",
    "external_secrets_keys_config",
)
"""What a clone has of its source, besides its settings."""

_DAILY = 1440


def of_source(view: SchemaView, schema_names: Mapping[str, str] | None) -> Callable[[SchemaView], Desired]:
    """Return what tells the desired state that a source is for a target.

    Raises:
        ArgumentError: A schema is to be renamed that the source does not have.
    """
    whole = Desired.from_dict(desired_of(_settable(view)), name="the source")
    names = dict(schema_names or {})
    for name in names:
        if name not in whole.schemas:
            raise ArgumentError(f"schema_names: the source has no schema {name!r}; it has {', '.join(whole.schemas)}")

    def wanted(target: SchemaView) -> Desired:
        there = [schema.name for schema in target.schemas()]
        single = len(there) == len(whole.schemas) == 1 and not names
        # Where a service has one schema, that is the connection's own name.
        return whole.renamed({next(iter(whole.schemas)): there[0]} if single else names)

    return wanted


def _settable(view: SchemaView) -> SchemaView:
    """Return a view without what is locked for all settings: it is not to be looked for elsewhere."""
    locked = {(table.schema.name, table.name) for table in view.tables() if table.lock is not None and table.lock.whole}
    return view.without(locked)


async def find_group(ft: "Fivetran", wanted: str | Group) -> Group:
    """Return a group by its id or its name.

    Raises:
        NotFoundError: There is none.
        AmbiguousNameError: Several have the name.
    """
    if isinstance(wanted, Group):
        return wanted
    check_text(wanted, "group")
    groups = await ft.groups.list().collect()
    by_id = [group for group in groups if group.id == wanted]
    if by_id:
        return by_id[0]
    named = [group for group in groups if group.name == wanted]
    return one_of_them(named, "group", wanted, operation=ops.LIST_ALL_GROUPS, shown=lambda item: item.id)


async def make_clone(ft: "Fivetran", connection_id: str, group: str | Group, name: str, *, dry_run: bool) -> Cloned:
    """Make a connection like another one."""
    count = CallCount()
    ft = ft.with_options(hooks=[*ft.hooks, count])
    source = await ft.connections.get(connection_id)
    target = await find_group(ft, group)
    try:
        view = SchemaView(await ft.schemas.get(connection_id))
    except NotFoundError as error:
        if error.code != NO_CONFIG:
            raise
        wanted = Desired()
    else:
        wanted = _renamed(Desired.from_dict(desired_of(_settable(view)), name="the source"), source, name)
    left_out: list[str] = []
    config = _without_secrets(source.config or {}, "config", left_out)
    request = _request(source, target, {**config, **_names(source, name)})
    made: Connection | None = None
    applied: Applied | None = None
    if not dry_run:
        made = await ft.connections.create(**request)
        applied = await _plan_schema(ft, made, wanted) if wanted.schemas else None
    return Cloned(
        source_id=connection_id,
        connection=made,
        request=request,
        left_out=tuple(left_out),
        desired=wanted,
        applied=applied,
        calls=count.calls,
        dry_run=dry_run,
    )


async def _plan_schema(ft: "Fivetran", made: Connection, wanted: Desired) -> Applied:
    # Nothing of it was ever loaded, so nothing is loaded anew.
    options = Options(confirm=True, missing="ignore", ahead=True, read_columns=False)
    try:
        return await Course(ft, made.id, lambda _: wanted, options).run()
    except PlanError as error:
        error.add_note(f"The connection {made.id} was made, and is paused.")
        raise
    except FivetranError as error:
        result = Applied(connection_id=made.id, plan=None, error=error)
        message = f"the connection {made.id} was made, and is paused; its schema configuration was not set: {error}"
        raise PlanError(message, problems=(str(error),), result=result) from error


def _request(source: Connection, group: Group, config: Mapping[str, Any]) -> dict[str, Any]:
    kept = {name: value for name in _KEPT if (value := getattr(source, name)) is not None}
    if kept.get("sync_frequency") != _DAILY:
        kept.pop("daily_sync_time", None)
    return {
        "group_id": group.id,
        "service": source.service,
        "config": config,
        "paused": True,
        "run_setup_tests": False,
        **{name: str(value) if isinstance(value, str) else value for name, value in kept.items()},
    }


def _names(source: Connection, name: str) -> dict[str, str]:
    """Return the settings that name a clone, as its source has them.

    Raises:
        ArgumentError: The name has not the form that the service wants.
    """
    config = source.config or {}
    if "schema_prefix" in config:
        return {"schema_prefix": name}
    if "table" not in config:
        return {"schema": name}
    schema, dot, table = name.partition(".")
    if not (schema and dot and table):
        raise ArgumentError(f"name must be of the form schema.table for a connection of {source.service}, not {name!r}")
    return {"schema": schema, "table": table}


def _renamed(wanted: Desired, source: Connection, name: str) -> Desired:
    """Return what is wanted of a clone, whose one schema has its name where that of its source has the source's."""
    own, new = (source.schema or "").partition(".")[0], name.partition(".")[0]
    if "schema_prefix" in (source.config or {}) or list(wanted.schemas) != [own]:
        return wanted
    return wanted.renamed({own: new})


def _without_secrets(settings: Mapping[str, Any], place: str, left_out: list[str]) -> dict[str, Any]:
    """Return settings without what the API masks; an item of a list that has a secret is left out as a whole."""
    kept: dict[str, Any] = {}
    for name, value in settings.items():
        inner = f"{place}.{name}"
        if value == MASK:
            left_out.append(inner)
        elif isinstance(value, Mapping):
            kept[name] = _without_secrets(cast("Mapping[str, Any]", value), inner, left_out)
        elif isinstance(value, Sequence) and not isinstance(value, str):
            items = list(enumerate(cast("Sequence[Any]", value)))
            left_out += [f"{inner}[{number}]" for number, item in items if any(_masks(item))]
            kept[name] = [item for _, item in items if not any(_masks(item))]
        else:
            kept[name] = value
    return kept


def _masks(value: Any) -> Iterator[bool]:
    if isinstance(value, Mapping):
        for item in cast("Mapping[str, Any]", value).values():
            yield from _masks(item)
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for item in cast("Sequence[Any]", value):
            yield from _masks(item)
    else:
        yield value == MASK
