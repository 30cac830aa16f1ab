"""A user's file in the sync colour: schema plans, each function with the types that a checker must see."""

from collections.abc import Sequence
from typing import Any, assert_type

from fivetran_sync import (
    Connection,
    DesiredStateError,
    Estimate,
    Fivetran,
    Group,
    MapResult,
    PlanError,
    SchemaConfig,
)
from fivetran_sync.schema_plan import (
    AnyDesired,
    Applied,
    Blocked,
    Change,
    Cloned,
    ColumnItem,
    Desired,
    DesiredColumn,
    DesiredSchema,
    DesiredTable,
    Difference,
    Line,
    Lock,
    Missing,
    OnEstimate,
    OnMissing,
    Pattern,
    Refused,
    Resync,
    Rule,
    SchemaDiff,
    SchemaItem,
    SchemaPlan,
    SchemaView,
    Setting,
    TableItem,
    Unread,
    apply,
    apply_all,
    clone,
    copy,
    desired_of,
    diff,
    full_name,
    json_schema,
    plan,
    propagate,
    with_columns,
)


def looked_at(view: SchemaView) -> None:
    """Look at a view."""
    for schema in view.schemas():
        assert_type(schema, SchemaItem)
    for table in view.tables("public.*"):
        assert_type(table, TableItem)
        assert_type(table.lock, Lock | None)
        assert_type(table.synced, bool)
    for column in view.columns(["*.email"]):
        assert_type(column, ColumnItem)
        assert_type(column.is_primary_key, bool | None)
    for unread in view.unread:
        assert_type(unread, Unread)
        assert_type(unread.error, Exception)


def planned(config: SchemaConfig) -> None:
    """Plan and compare."""
    desired = Desired(
        schemas={"public": DesiredSchema(tables={"orders": DesiredTable(columns={"id": DesiredColumn(hashed=True)})})},
        rules=(Rule(tables="public.*", enabled=True),),
    )
    anything: AnyDesired = {"schemas": {}}
    choice: OnMissing = "ignore"
    todo = plan(config, desired, missing=choice)
    assert_type(todo, SchemaPlan)
    assert_type(todo.changes, tuple[Change, ...])
    assert_type(todo.changes[0].resync, Resync | None)
    assert_type(todo.already, tuple[Setting, ...])
    assert_type(todo.blocked, tuple[Blocked, ...])
    assert_type(todo.missing, tuple[Missing, ...])
    assert_type(todo.text(colour=True), str)
    for line in todo.lines():
        assert_type(line, Line)
    assert_type(diff(config, anything), SchemaDiff)
    assert_type(diff(config, config).differences, tuple[Difference, ...])
    assert_type(desired_of(config), dict[str, Any])
    assert_type(json_schema(), dict[str, Any])
    assert_type(Desired.load("schemas.yaml"), Desired)
    assert_type(Pattern(full_name("a", "b"), "table").matches(("a", "b")), bool)


def use(ft: Fivetran, group: Group) -> None:
    """Use all of it."""

    def tell(estimate: Estimate) -> None:
        assert_type(estimate.calls, int)

    on_estimate: OnEstimate = tell
    assert_type(with_columns(ft, "c", tables="public.*", on_estimate=on_estimate), SchemaView)
    try:
        done = apply(ft, "c", "schemas.yaml", confirm=True, dry_run=False, reload=True)
        assert_type(done, Applied)
        assert_type(done.plan, SchemaPlan | None)
        assert_type(done.refused, tuple[Refused, ...])
    except DesiredStateError as error:
        assert_type(error.problems, tuple[str, ...])
    except PlanError as error:
        assert_type(error.result, Applied | None)
    results = apply_all(ft, ["a", "b"], {"schemas": {}}, concurrency=2)
    assert_type(results, Sequence[MapResult[str, Applied]])
    assert_type(propagate(ft, "schemas.yaml", group=group, service="postgres"), Sequence[MapResult[str, Applied]])
    assert_type(copy(ft, "a", "b", schema_names={"x": "y"}), Applied)
    cloned = clone(ft, "a", group="Warehouse", name="shop", dry_run=True)
    assert_type(cloned, Cloned)
    assert_type(cloned.connection, Connection | None)
