"""The view of a schema configuration, its names and patterns, and the desired state that it is."""

import pytest

from fivetran_async.errors import ArgumentError
from fivetran_async.models.schemas import SchemaConfig, TableColumns
from fivetran_async.schema_plan import Pattern, SchemaView, desired_of, full_name

OPEN = {"allowed": True}
CONFIG = {
    "schema_change_handling": "ALLOW_COLUMNS",
    "schemas": {
        "sales": {"enabled": False, "tables": {"deals": {"enabled": True}}},
        "public": {
            "enabled": True,
            "tables": {
                "orders": {
                    "enabled": True,
                    "sync_mode": "HISTORY",
                    "enabled_patch_settings": OPEN,
                    "columns": {"email": {"enabled": True, "hashed": True}, "note": {"enabled": False}},
                },
                "audit": {"enabled": True, "enabled_patch_settings": {"allowed": False, "reason_code": "SYSTEM_TABLE"}},
                "off": {"enabled": False, "columns": {"a": {"enabled": True}}},
                "a.b": {"enabled": True, "enabled_patch_settings": {"allowed": False, "reason_code": "TOMORROW"}},
            },
        },
    },
}


@pytest.fixture
def view():
    """The configuration above."""
    return SchemaView(SchemaConfig.from_dict(CONFIG))


def columns(**fields):
    """What the source says of a table's columns."""
    return TableColumns.from_dict({"columns": fields})


def test_tables_act_as_their_schema_lets_them(view):
    """A table would pass for loaded whose schema is switched off."""
    tables = {table.full_name: table for table in view.tables()}
    assert list(tables) == ["sales.deals", "public.orders", "public.audit", "public.off", r"public.a\.b"]
    assert (tables["sales.deals"].enabled, tables["sales.deals"].synced) == (True, False)
    assert tables["public.orders"].synced
    assert not tables["public.off"].synced
    assert tables["public.orders"].sync_mode == "HISTORY"


def test_locks_have_their_reasons(view):
    """Nobody would know why a table cannot be switched, or a reason of tomorrow be lost."""
    locks = {table.name: table.lock for table in view.tables()}
    assert locks["orders"] is locks["deals"] is None
    assert (locks["audit"].code, locks["audit"].reason) == ("SYSTEM_TABLE", "it is a table of the system")
    assert locks["a.b"].code == "TOMORROW"


def test_listed_columns_act_as_their_table_lets_them(view):
    """A column would pass for loaded whose table is switched off."""
    found = {column.full_name: column for column in view.columns()}
    assert list(found) == ["public.orders.email", "public.orders.note", "public.off.a"]
    assert (found["public.orders.email"].synced, found["public.orders.email"].hashed) == (True, True)
    assert not found["public.orders.note"].synced
    assert (found["public.off.a"].enabled, found["public.off.a"].synced) == (True, False)


def test_columns_that_were_left_out_follow_their_table(view):
    """A column that the API leaves out would pass for switched off."""
    read = {
        ("public", "orders"): columns(email={"enabled": True, "hashed": True}, city={"enabled": True}),
        ("public", "off"): columns(
            b={"enabled": False}, key={"enabled": True, "enabled_patch_settings": {"allowed": False}}
        ),
    }
    filled = view.with_read(read)
    found = {column.full_name: column for column in filled.columns()}
    assert list(found) == [
        *("public.orders.email", "public.orders.note", "public.orders.city"),
        *("public.off.a", "public.off.b", "public.off.key"),
    ]
    assert found["public.orders.city"].follows
    assert found["public.orders.city"].synced
    assert not found["public.orders.email"].follows
    assert found["public.off.b"].follows
    assert not found["public.off.b"].enabled
    assert (found["public.off.key"].own, found["public.off.key"].lock.code) == (True, "OTHER")
    assert [table.columns_known for table in filled.tables("public.*")] == [True, False, True, False]


def test_what_was_read_survives_a_newer_configuration(view):
    """Every look would read all columns from the source again."""
    filled = view.with_read({("public", "orders"): columns(city={"enabled": True})})
    data = {"schemas": {"public": {"enabled": True, "tables": {"orders": {"enabled": False}}}}}
    newer = filled.reread(SchemaConfig.from_dict(data))
    (column,) = newer.columns("city")
    assert (column.follows, column.enabled) == (True, False)


def test_iterations_take_patterns(view):
    """A loop over one schema would go over all of them."""
    assert [table.name for table in view.tables("public.o*")] == ["orders", "off"]
    assert [table.name for table in view.tables(["deals", r"public.a\.b"])] == ["deals", "a.b"]
    assert [column.name for column in view.columns("orders.*")] == ["email", "note"]


def test_the_desired_state_of_a_configuration(view):
    """Two snapshots of the same configuration would differ, or hold what cannot be set."""
    assert desired_of(view) == desired_of(view.config)
    found = desired_of(view)
    assert list(found["schemas"]) == ["public", "sales"]
    assert list(found["schemas"]["public"]["tables"]) == ["a.b", "audit", "off", "orders"]
    assert found["schemas"]["public"]["tables"]["orders"] == {
        "enabled": True,
        "sync_mode": "HISTORY",
        "columns": {"email": {"enabled": True, "hashed": True}, "note": {"enabled": False}},
    }
    assert type(found["schema_change_handling"]) is type(found["schemas"]["public"]["tables"]["orders"]["sync_mode"])
    assert type(found["schema_change_handling"]) is str
    assert desired_of(SchemaConfig.from_dict({})) == {}


@pytest.mark.parametrize(
    ("kind", "text", "parts", "matches"),
    [
        ("table", "public.*", ("public", "orders"), True),
        ("table", "public.*", ("Public", "orders"), False),
        ("table", "orders", ("any", "orders"), True),
        ("table", "*", ("any", "a.b"), True),
        ("table", r"a\.b.*", ("a.b", "x"), True),
        ("table", r"a\.b.*", ("a", "b"), False),
        ("column", "*.email", ("s", "t", "email"), True),
        ("column", "public.*.email", ("sales", "t", "email"), False),
        ("column", "public.t_?.email", ("public", "t_1", "email"), True),
        ("column", "public.t_?.email", ("public", "t_12", "email"), False),
        ("column", r"\*", ("s", "t", "*"), True),
        ("column", r"\*", ("s", "t", "x"), False),
        ("column", "[ab]", ("s", "t", "a"), False),
        ("column", "a*z", ("s", "t", "a\nz"), True),
        ("column", "public.*.email", ("public", "orders"), True),
        ("column", "public.o.email", ("public", "p"), False),
        ("schema", "p*", ("public",), True),
    ],
)
def test_patterns(kind, text, parts, matches):
    """A rule would change what it does not name, or miss what it does."""
    assert Pattern(text, kind).matches(parts) is matches


@pytest.mark.parametrize(
    ("kind", "text", "words"),
    [
        ("table", "a.b.c", r"has 3 parts, and the full name of a table has 2"),
        ("table", "a..b", "empty part"),
        ("table", ".", "empty part"),
        ("table", "", "not empty"),
        ("table", "a\\", "ends with a backslash"),
        ("tables", "a", "one of a schema, a table, a column"),
    ],
)
def test_patterns_that_cannot_be_read(kind, text, words):
    """A mistyped pattern would silently match nothing."""
    with pytest.raises(ArgumentError, match=words):
        Pattern(text, kind)


def test_full_names_are_told_apart():
    """Two tables would have the same full name."""
    assert full_name("a.b", "c") != full_name("a", "b.c")
    assert full_name("a\\", "b") != full_name("a\\.b")
    for parts in (("a.b", "c\\"), ("*", "?"), ("a\\.b", ".")):
        escaped = full_name(*parts).replace("*", r"\*").replace("?", r"\?")
        assert Pattern(escaped, "table").matches(parts)
