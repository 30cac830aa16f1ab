"""Sources and schema configs: repeatable, cheap while nobody decided anything, and equal after a save."""

from __future__ import annotations

import copy
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fivetran_async.sandbox.engine import schemas, shapes, sources
from fivetran_async.sandbox.engine.schema_config import SchemaConfig
from fivetran_async.sandbox.replies import RefusalError

NOW = 1_785_585_600.0
OPTIONS = settings(max_examples=60, deadline=None, database=None, derandomize=True)
SYNCED = "2026-08-01T11:00:00Z"


def make(service="postgres", **fields):
    """Return a connection that has synced."""
    base = {"id": "a_b", "service": service, "group_id": "g", "schema": "shop", "succeeded_at": SYNCED}
    return shapes.connection(base | fields, NOW)


def loaded(connection):
    """Return a connection as a file brings it back."""
    return shapes.connection(json.loads(json.dumps(connection)), NOW)


@pytest.mark.parametrize(
    ("service", "schema", "counts"),
    [
        ("postgres", "shop", range(6, 100)),
        ("salesforce", "crm", range(3, 21)),
        ("google_sheets", "plans.budget", range(1, 2)),
        ("s3", "files", range(1, 6)),
        ("no_such_service", "new", range(3, 21)),
    ],
)
def test_made_up_sources(service, schema, counts):
    """A source would differ from one look to the next, be the same for all, or not be like its service."""
    connection = make(service, schema=schema)
    source = sources.of(connection)
    assert source == sources.of(make(service, schema=schema))
    assert sum(len(part["tables"]) for part in source["schemas"].values()) in counts
    if service == "postgres":
        assert source != sources.of(make(service, schema=schema, id="c_d"))
        assert 1 <= len(source["schemas"]) <= 4
    elif service == "google_sheets":
        assert source == {"schemas": {"plans": {"tables": {"budget": {}}}}}
    else:
        assert list(source["schemas"]) == [schema]


def test_databases_have_every_kind_of_lock():
    """A test that needs a locked table or column would find none in a database."""
    for number in range(20):
        connection = make(id=f"id_{number}")
        config = SchemaConfig(connection)
        tables = config.view()["schemas"]["public"]["tables"]
        codes = {table["enabled_patch_settings"].get("reason_code") for table in tables.values()}
        assert codes == {None, "SYSTEM_TABLE", "DELETED", "OTHER"}
        for name in tables:
            columns = config.columns_view("public", name)["columns"]
            assert 4 <= len(columns) <= 16
            for column in columns.values():
                assert column["enabled_patch_settings"]["allowed"] or not column["hashed"]
    kinds = {
        (column["is_primary_key"], column["enabled_patch_settings"].get("reason_code"))
        for number in range(20)
        for column in SchemaConfig(make(id=f"id_{number}")).columns_view("public", "payroll")["columns"].values()
    }
    assert kinds == {(True, "OTHER"), (False, None), (False, "SYSTEM_COLUMN")}


def test_looking_keeps_nothing():
    """A large account would grow by being read."""
    connection = make()
    before = copy.deepcopy(connection)
    config = SchemaConfig(connection)
    config.view()
    config.columns_view("public", "payroll")
    assert connection == before


def test_only_decisions_are_kept():
    """A config would be kept whole for one decision in it, or one that says what holds anyway."""
    connection = make()
    names = list(SchemaConfig(connection).view()["schemas"]["public"]["tables"])
    SchemaConfig(connection).change({"public": {"enabled": True, "tables": {name: {} for name in names}}})
    assert connection["sandbox"]["schemas"] == {}
    SchemaConfig(connection).change(
        {"public": {"tables": {"payroll": {"columns": {"id": {"enabled": True, "hashed": True}}}}}}
    )
    kept = {"public": {"tables": {"payroll": {"columns": {"id": {"enabled": True, "hashed": True}}}}}}
    assert connection["sandbox"]["schemas"] == {"chosen": kept}


def test_a_saved_config_is_the_same():
    """A config would change by being saved and loaded."""
    connection = make(sandbox={"source": {"schemas": {"s": {"tables": {"t": {}, "u": {}}}}}})
    SchemaConfig(connection).set_policy("BLOCK_ALL", True)
    SchemaConfig(connection).change({"s": {"enabled": False, "tables": {"t": {"enabled": False}}}})
    connection["sandbox"]["source"]["schemas"]["s"]["tables"]["v"] = {}
    again = loaded(connection)
    assert SchemaConfig(again).view() == SchemaConfig(connection).view()
    for each in (connection, again):
        schemas.discover(each)
    assert SchemaConfig(again).view() == SchemaConfig(connection).view()
    assert SchemaConfig(again).view()["schemas"]["s"]["tables"]["v"]["enabled"] is False


def test_planting_a_made_up_source_changes_nothing():
    """Writing a source out, so that a test can change it, would change what is known of it."""
    for connection in (make(), make("s3"), make(succeeded_at=None)):
        known = schemas.exists(connection)
        before = SchemaConfig(connection).view() if known else None
        written = schemas.plant(connection)
        assert schemas.plant(connection) is written
        assert schemas.exists(connection) is known
        if before is not None:
            assert SchemaConfig(connection).view() == before
            schemas.discover(connection)
            assert SchemaConfig(connection).view() == before


def test_what_is_planted_before_the_first_look_is_known():
    """A source planted into a connection that has synced would count as new."""
    connection = make(sandbox={"source": {"schemas": {"s": {"tables": {"t": {}}}}}})
    assert list(SchemaConfig(connection).view()["schemas"]) == ["s"]
    connection["sandbox"]["source"]["schemas"]["s"]["tables"]["u"] = {}
    assert list(SchemaConfig(connection).view()["schemas"]["s"]["tables"]) == ["t"]


def test_large_schemas_are_quick(growth):
    """A plan over thousands of tables could not be tried: each would take the longer the more there are."""

    def decide(count):
        tables = {f"table_{number}": {} for number in range(count)}
        connection = make(sandbox={"source": {"schemas": {"public": {"tables": tables}}}})
        wanted = {name: {"enabled": False, "columns": {"id": {"enabled": True, "hashed": True}}} for name in tables}
        SchemaConfig(connection).change({"public": {"enabled": True, "tables": wanted}})
        view = SchemaConfig(connection).view()
        schemas.discover(connection)
        assert sum(not table["enabled"] for table in view["schemas"]["public"]["tables"].values()) == count

    assert growth(lambda: decide(500), lambda: decide(5000)) < 30


LEVEL = st.fixed_dictionaries({"enabled": st.booleans()})
COLUMNS = st.dictionaries(st.sampled_from(["a", "b", "key"]), LEVEL, max_size=3)
CHANGES = st.dictionaries(
    st.sampled_from(["s", "t"]),
    st.fixed_dictionaries(
        {"enabled": st.booleans()},
        optional={
            "tables": st.dictionaries(
                st.sampled_from(["u", "v", "locked"]),
                st.fixed_dictionaries({"enabled": st.booleans()}, optional={"columns": COLUMNS}),
                max_size=3,
            )
        },
    ),
    max_size=2,
)


def small():
    """Return a connection with two small schemas."""
    about = {"columns": {"a": {}, "b": {}, "key": {"locked": "OTHER"}}}
    tables = {"u": about, "v": about, "locked": about | {"locked": "SYSTEM_TABLE"}}
    return make(sandbox={"source": copy.deepcopy({"schemas": {name: {"tables": tables} for name in ("s", "t")}})})


def made(connection, change):
    """Make a change; tell whether it was accepted."""
    try:
        SchemaConfig(connection).change(change)
    except RefusalError:
        return False
    return True


@OPTIONS
@given(changes=st.lists(CHANGES, max_size=4))
def test_a_change_is_made_whole_or_not_at_all(changes):
    """What a change says would not hold after it, something else would change, or a refused one leave a trace."""
    connection = small()
    for change in changes:
        before = SchemaConfig(connection).view()
        if not made(connection, change):
            assert SchemaConfig(connection).view() == before
            continue
        after = SchemaConfig(connection).view()["schemas"]
        for schema, old in before["schemas"].items():
            wanted = change.get(schema, {})
            assert after[schema]["enabled"] is wanted.get("enabled", old["enabled"])
            for table, about in old["tables"].items():
                said = wanted.get("tables", {}).get(table, {})
                new = after[schema]["tables"][table]
                assert new["enabled"] is said.get("enabled", about["enabled"])
                for column, given_ in said.get("columns", {}).items():
                    assert new["columns"][column]["enabled"] is given_["enabled"]
                assert set(new["columns"]) == set(about["columns"]) | set(said.get("columns", {}))


@OPTIONS
@given(
    changes=st.lists(CHANGES, max_size=3),
    mode=st.sampled_from(schemas.EXCLUDE_MODES),
    handling=st.sampled_from(schemas.HANDLINGS),
)
def test_looking_twice_finds_nothing_new(changes, mode, handling):
    """A reload would go on changing a config whose source stays as it is."""
    connection = small()
    for change in changes:
        made(connection, change)
    SchemaConfig(connection).set_policy(handling, None)
    connection["sandbox"]["source"]["schemas"]["s"]["tables"]["w"] = {}
    schemas.discover(connection, mode)
    view = SchemaConfig(connection).view()
    assert "w" in view["schemas"]["s"]["tables"]
    for again in (schemas.PRESERVE, mode):
        schemas.discover(connection, again)
        assert SchemaConfig(connection).view() == view
