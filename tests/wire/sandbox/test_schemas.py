"""Schema configs from outside: when there is one, what it shows, how it changes and what is refused."""

from __future__ import annotations

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fivetran_async.sandbox.engine import schemas

SOURCE = {
    "schemas": {
        "public": {
            "tables": {
                "Orders": {
                    "columns": {
                        "id": {"is_primary_key": True, "locked": "OTHER", "reason": "it is the key"},
                        "Total Amount": {},
                        "email": {},
                        "xmin": {"locked": "SYSTEM_COLUMN"},
                    }
                },
                "audit": {"locked": "SYSTEM_TABLE"},
                "secret": {"locked": "OTHER", "reason": "no privilege", "enabled": False},
                "old": {"locked": "DELETED"},
                "log": {"supports_history_mode": False},
                "blob": {"supports_columns_config": False},
            }
        },
        "sales": {"tables": {"deals": {}, "leads": {}}},
    }
}
TABLE = {
    "sync_mode",
    "name_in_destination",
    "enabled",
    "enabled_patch_settings",
    "columns",
    "supports_columns_config",
    "supports_history_mode",
}
COLUMN = {"name_in_destination", "enabled", "hashed", "enabled_patch_settings", "is_primary_key"}
ON, OFF = {"enabled": True}, {"enabled": False}
CONFIG = "/v1/connections/shop/schemas"
ORDERS = f"{CONFIG}/public/tables/Orders"
OPTIONS = settings(
    max_examples=150,
    deadline=None,
    database=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


def plant(box, name="shop", **fields):
    """Plant a connection with a source of its own that was never looked at."""
    group = next(iter(box.account.groups))
    planted = {"id": name, "schema": name, "sandbox": {"source": json.loads(json.dumps(SOURCE)), "seconds": 600.0}}
    return box.account.add_connection(group, **planted | fields)


@pytest.fixture
def ask(empty, caller):
    """Return the caller of a box with one connection, whose source was looked at."""
    plant(empty)
    call = caller(empty)
    assert call.post(f"{CONFIG}/reload", {}).status == 200
    return call


def tables(answer, schema="public"):
    """Return the tables in an answer that holds a whole config."""
    assert answer.status == 200, answer.json
    return answer.data["schemas"][schema]["tables"]


def test_there_is_none_before_the_source_was_looked_at(empty, caller):
    """A config would be there for a connection that never synced, or not be there after its first sync."""
    plant(empty)
    call = caller(empty)
    for answer in (call.get(CONFIG), call.patch(f"{CONFIG}/public", ON), call.get(f"{ORDERS}/columns")):
        assert (answer.status, answer.code) == (404, "NotFound_SchemaConfig")
    call.post("/v1/connections/shop/sync", {})
    assert call.get(CONFIG).status == 404
    empty.clock.advance(601)
    assert set(call.get(CONFIG).data["schemas"]) == {"public", "sales"}


def test_what_makes_one(empty, caller):
    """A reload or a test by request would not read the source, or a change that runs tests would."""
    call = caller(empty)
    plant(empty, "one")
    plant(empty, "two", config={"schema_prefix": "two", "password": "p"})
    path = "/v1/connections/two"
    assert call.patch(path, {"config": {"host": "db"}, "run_setup_tests": True}).data["setup_tests"]
    assert call.get(f"{path}/schemas").status == 404
    assert call.post(f"{path}/test", {}).data["status"]["setup_state"] == "connected"
    assert call.get(f"{path}/schemas").status == 200
    reloaded = call.post("/v1/connections/one/schemas/reload")
    assert reloaded.data == call.get("/v1/connections/one/schemas").data


def test_a_failed_test_finds_nothing(empty, caller):
    """Setup tests that did not reach the source would tell what it holds."""
    plant(empty, status={"setup_state": "broken"})
    call = caller(empty)
    call.post("/v1/connections/shop/test", {})
    assert call.get(CONFIG).status == 404


def test_what_it_shows(ask):
    """The config would lack a field, show columns that nobody touched, or call things by their source's names."""
    data = ask.get(CONFIG).data
    assert (data["enable_new_by_default"], data["schema_change_handling"]) == (True, "ALLOW_ALL")
    public = data["schemas"]["public"]
    assert (public["name_in_destination"], public["enabled"]) == ("shop_public", True)
    orders = public["tables"]["Orders"]
    assert set(orders) == TABLE
    assert (orders["name_in_destination"], orders["sync_mode"], orders["columns"]) == ("orders", "SOFT_DELETE", {})
    assert orders["enabled_patch_settings"] == {"allowed": True}
    locks = {name: table["enabled_patch_settings"] for name, table in public["tables"].items()}
    assert locks["audit"] == {"allowed": False, "reason_code": "SYSTEM_TABLE"}
    assert locks["old"] == {"allowed": False, "reason_code": "DELETED"}
    assert locks["secret"] == {"allowed": False, "reason_code": "OTHER", "reason": "no privilege"}
    assert (public["tables"]["audit"]["enabled"], public["tables"]["secret"]["enabled"]) == (True, False)
    assert "sync_mode" not in public["tables"]["log"]


def test_columns_are_read_from_the_source(ask):
    """The columns of a table would be incomplete, or lack a field."""
    columns = ask.get(f"{ORDERS}/columns").data["columns"]
    assert list(columns) == ["id", "Total Amount", "email", "xmin"]
    assert all(set(column) == COLUMN for column in columns.values())
    assert columns["id"]["enabled_patch_settings"] == {
        "allowed": False,
        "reason_code": "OTHER",
        "reason": "it is the key",
    }
    assert columns["xmin"]["enabled_patch_settings"] == {"allowed": False, "reason_code": "SYSTEM_COLUMN"}
    assert (columns["id"]["is_primary_key"], columns["email"]["is_primary_key"]) == (True, False)
    assert columns["Total Amount"]["name_in_destination"] == "total_amount"


def test_names_of_the_source_can_be_kept(empty, caller):
    """A connection that keeps the source's names would show others."""
    plant(empty, destination_schema_names="SOURCE_NAMING")
    data = caller(empty).post(f"{CONFIG}/reload").data
    assert data["schemas"]["public"]["name_in_destination"] == "public"
    assert data["schemas"]["public"]["tables"]["Orders"]["name_in_destination"] == "Orders"


@pytest.mark.parametrize(
    ("path", "body"),
    [
        (CONFIG, {"schemas": {"public": OFF | {"tables": {"Orders": OFF | {"columns": {"email": OFF}}}}}}),
        (f"{CONFIG}/public", OFF | {"tables": {"Orders": OFF | {"columns": {"email": OFF}}}}),
        (ORDERS, OFF | {"columns": {"email": OFF}}),
        (f"{ORDERS}/columns/email", OFF),
    ],
)
def test_changes_on_four_levels(ask, path, body):
    """A change on one level would be lost, reach another level, or be answered with a part of the config."""
    answer = ask.patch(path, body)
    assert answer.data == ask.get(CONFIG).data
    public = answer.data["schemas"]["public"]
    orders = public["tables"]["Orders"]
    assert public["enabled"] is (path in {ORDERS, f"{ORDERS}/columns/email"})
    assert orders["enabled"] is path.endswith("email")
    assert list(orders["columns"]) == ["email"]
    assert (set(orders["columns"]["email"]), orders["columns"]["email"]["enabled"]) == (COLUMN, False)
    assert answer.data["schemas"]["sales"]["enabled"] is True
    assert ask.get(f"{ORDERS}/columns").data["columns"]["email"]["enabled"] is False


def test_untouched_columns_follow_their_table(ask):
    """A column that nobody decided about would be enabled in a table that is not, or keep what the table had."""
    ask.patch(ORDERS, OFF | {"columns": {"Total Amount": ON}})
    columns = ask.get(f"{ORDERS}/columns").data["columns"]
    assert (columns["email"]["enabled"], columns["Total Amount"]["enabled"]) == (False, True)
    ask.patch(ORDERS, ON)
    assert ask.get(f"{ORDERS}/columns").data["columns"]["email"]["enabled"] is True


def test_column_settings(ask):
    """Hashing or a key of the user's own would not be kept, or be lost with the next change."""
    ask.patch(f"{ORDERS}/columns/email", {"enabled": True, "hashed": True})
    ask.patch(f"{ORDERS}/columns/email", {"enabled": True, "is_primary_key": True})
    shown = tables(ask.get(CONFIG))["Orders"]["columns"]["email"]
    assert (shown["enabled"], shown["hashed"], shown["is_primary_key"]) == (True, True, True)
    hashed = tables(ask.patch(f"{ORDERS}/columns/id", {"enabled": True, "hashed": True}))["Orders"]["columns"]["id"]
    assert (hashed["enabled"], hashed["hashed"]) == (True, True)


def test_sync_modes(ask):
    """A table would be kept with its history though it cannot be, or not be though it can."""
    assert tables(ask.patch(ORDERS, ON | {"sync_mode": "HISTORY"}))["Orders"]["sync_mode"] == "HISTORY"
    for path, mode in ((f"{CONFIG}/public/tables/log", "HISTORY"), (ORDERS, "history"), (ORDERS, 1)):
        assert ask.patch(path, ON | {"sync_mode": mode}).status == 400
    assert tables(ask.get(CONFIG))["Orders"]["sync_mode"] == "HISTORY"


def test_policy(ask):
    """The schema change handling would not be kept, or the old flag contradict it."""
    for handling in ("BLOCK_ALL", "ALLOW_COLUMNS", "ALLOW_ALL"):
        data = ask.patch(CONFIG, {"schema_change_handling": handling, "is_type_locked": True}).data
        assert data["schema_change_handling"] == handling
        assert data["enable_new_by_default"] is (handling == "ALLOW_ALL")
        assert "is_type_locked" not in data
    for wrong in ({}, {"schema_change_handling": "allow_all"}, {"is_type_locked": "yes"}, {"schemas": []}):
        assert (ask.patch(CONFIG, wrong).status, ask.patch(CONFIG, wrong).code) == (400, "InvalidInput")


@pytest.mark.parametrize(
    ("path", "body", "name"),
    [
        (CONFIG, {"schemas": {"public": {}}}, "schemas.public.enabled"),
        (CONFIG, {"schemas": {"public": ON | {"tables": {"Orders": {}}}}}, "schemas.public.tables.Orders.enabled"),
        (f"{CONFIG}/public", {}, "enabled"),
        (f"{CONFIG}/public", ON | {"tables": {"Orders": {"sync_mode": "HISTORY"}}}, "tables.Orders.enabled"),
        (ORDERS, {"enabled": None}, "enabled"),
        (ORDERS, ON | {"columns": {"email": {"hashed": True}}}, "columns.email.enabled"),
        (f"{ORDERS}/columns/email", {"hashed": True}, "enabled"),
    ],
)
def test_enabled_is_required_wherever_something_is_named(ask, path, body, name):
    """A body without `enabled` would pass here and fail at Fivetran, or the refusal not say where it is missing."""
    answer = ask.patch(path, body)
    assert (answer.status, answer.json["message"]) == (400, f"Field '{name}' is required")


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PATCH", CONFIG, {"schemas": {"Public": ON}}),
        ("PATCH", CONFIG, {"schemas": {"public": OFF | {"tables": {"orders": ON}}}}),
        ("PATCH", f"{CONFIG}/Public", ON),
        ("PATCH", f"{CONFIG}/public/tables/orders", ON),
        ("PATCH", f"{ORDERS}/columns/Email", ON),
        ("PATCH", ORDERS, OFF | {"columns": {"Email": ON}}),
        ("GET", f"{CONFIG}/public/tables/orders/columns", None),
        ("DELETE", f"{ORDERS}/columns/Email", None),
        ("POST", f"{CONFIG}/drop-columns", {"schemas": {"public": {"tables": {"Orders": {"columns": ["Email"]}}}}}),
        ("POST", f"{CONFIG}/tables/resync", {"public": ["orders"]}),
        ("POST", f"{CONFIG}/tables/resync", {"Public": ["Orders"]}),
        ("POST", f"{CONFIG}/public/tables/orders/resync", None),
    ],
)
def test_unknown_names_are_refused(ask, method, path, body):
    """A name in the wrong case would be taken, or a part of the change be made all the same."""
    before = ask.get(CONFIG).data
    answer = ask(method, path, body)
    assert answer.status == 404
    assert answer.code.startswith("NotFound_")
    assert ask.get(CONFIG).data == before


@pytest.mark.parametrize(
    ("path", "body", "why"),
    [
        (f"{CONFIG}/public/tables/audit", OFF, "SYSTEM_TABLE"),
        (f"{CONFIG}/public/tables/secret", ON, "no privilege"),
        (f"{CONFIG}/public/tables/old", OFF, "DELETED"),
        (f"{ORDERS}/columns/id", OFF, "it is the key"),
        (f"{ORDERS}/columns/xmin", OFF, "SYSTEM_COLUMN"),
        (CONFIG, {"schemas": {"public": ON | {"tables": {"Orders": OFF, "audit": OFF}}}}, "SYSTEM_TABLE"),
    ],
)
def test_what_is_locked_cannot_be_changed(ask, path, body, why):
    """Something that cannot be excluded would be, or the refusal not say why it cannot, or half a change be made."""
    before = ask.get(CONFIG).data
    answer = ask.patch(path, body)
    assert answer.status == 400
    assert why in answer.json["message"]
    assert ask.get(CONFIG).data == before


def test_what_is_locked_can_be_named_as_it_is(ask):
    """A config that is sent back as it was read would be refused for what is locked in it."""
    before = ask.get(CONFIG).data
    body = {
        "schemas": {
            schema: {
                "enabled": part["enabled"],
                "tables": {name: {"enabled": table["enabled"]} for name, table in part["tables"].items()},
            }
            for schema, part in before["schemas"].items()
        }
    }
    answer = ask.patch(CONFIG, body)
    assert answer.data == before


def test_tables_without_columns_config(ask):
    """The columns of a table that is loaded whole would be configurable."""
    path = f"{CONFIG}/public/tables/blob"
    assert tables(ask.get(CONFIG))["blob"]["supports_columns_config"] is False
    drop = {"schemas": {"public": {"tables": {"blob": {"columns": ["id"]}}}}}
    for answer in (
        ask.get(f"{path}/columns"),
        ask.patch(path, ON | {"columns": {"id": ON}}),
        ask.delete(f"{path}/columns/id"),
        ask.post(f"{CONFIG}/drop-columns", drop),
    ):
        assert (answer.status, answer.code) == (400, "InvalidInput")


def test_the_source_must_be_reachable(empty, caller):
    """A source would be read through a connection that is not set up."""
    plant(empty, status={"setup_state": "broken"}, succeeded_at="2026-07-01T00:00:00Z")
    call = caller(empty)
    assert call.get(CONFIG).status == 200
    for answer in (call.post(f"{CONFIG}/reload", {}), call.get(f"{ORDERS}/columns")):
        assert (answer.status, answer.code) == (400, "InvalidInput")


@pytest.mark.parametrize(("mode", "expected"), [("PRESERVE", {False, True}), ("EXCLUDE", {False}), ("INCLUDE", {True})])
def test_exclude_modes(ask, mode, expected):
    """A reload would not disable or enable everything, or with PRESERVE would; or touch what is locked."""
    ask.patch(ORDERS, OFF | {"columns": {"email": {"enabled": False, "hashed": True}}})
    answer = ask.post(f"{CONFIG}/reload", {"exclude_mode": mode})
    found = {
        table["enabled"]
        for schema in ("public", "sales")
        for table in tables(answer, schema).values()
        if table["enabled_patch_settings"]["allowed"]
    }
    assert found == expected
    public = tables(answer)
    assert (public["audit"]["enabled"], public["secret"]["enabled"]) == (True, False)
    assert public["Orders"]["columns"]["email"]["hashed"] is True
    assert public["Orders"]["columns"]["email"]["enabled"] is (mode == "INCLUDE")
    assert answer.data == ask.get(CONFIG).data


@pytest.mark.parametrize("body", [{"exclude_mode": "preserve"}, {"exclude_mode": 1}])
def test_wrong_exclude_mode(ask, body):
    """An unknown mode would be taken for another one."""
    assert ask.post(f"{CONFIG}/reload", body).status == 400


@pytest.mark.parametrize(
    ("handling", "table", "column"),
    [("ALLOW_ALL", True, True), ("ALLOW_COLUMNS", False, True), ("BLOCK_ALL", False, False)],
)
@pytest.mark.parametrize("by", ["reload", "sync"])
def test_what_is_new_at_the_source(ask, empty, handling, table, column, by):
    """What appears at the source would be shown before it is read, or not be treated as the handling says."""
    ask.patch(CONFIG, {"schema_change_handling": handling})
    source = schemas.plant(empty.account.connections["shop"])["schemas"]
    source["public"]["tables"]["Orders"]["columns"]["fresh"] = {}
    source["public"]["tables"]["fresh"] = {}
    source["fresh"] = {"tables": {"fresh": {}}}
    assert "fresh" not in ask.get(CONFIG).data["schemas"]
    if by == "reload":
        ask.post(f"{CONFIG}/reload")
    else:
        ask.post("/v1/connections/shop/sync")
        empty.clock.advance(601)
    data = ask.get(CONFIG).data["schemas"]
    assert data["fresh"]["enabled"] is data["fresh"]["tables"]["fresh"]["enabled"] is table
    assert data["public"]["tables"]["fresh"]["enabled"] is table
    assert ("fresh" in data["public"]["tables"]["Orders"]["columns"]) is not column
    assert ask.get(f"{ORDERS}/columns").data["columns"]["fresh"]["enabled"] is column


def test_what_is_gone_from_the_source(ask, empty):
    """A table or column that was dropped at the source would vanish, or be changeable as if it were there."""
    ask.patch(f"{ORDERS}/columns/email", OFF)
    source = schemas.plant(empty.account.connections["shop"])["schemas"]
    del source["sales"]["tables"]["deals"], source["public"]["tables"]["Orders"]["columns"]["email"]
    assert tables(ask.get(CONFIG), "sales")["deals"]["enabled_patch_settings"]["allowed"] is True
    data = ask.post(f"{CONFIG}/reload")
    lock = {"allowed": False, "reason_code": "DELETED"}
    assert tables(data, "sales")["deals"]["enabled_patch_settings"] == lock
    assert tables(data)["Orders"]["columns"]["email"]["enabled_patch_settings"] == lock
    assert ask.patch(f"{CONFIG}/sales/tables/deals", OFF).status == 400
    assert ask.delete(f"{ORDERS}/columns/email").status == 200
    assert tables(ask.get(CONFIG))["Orders"]["columns"] == {}
    source["sales"]["tables"]["deals"] = {}
    assert tables(ask.post(f"{CONFIG}/reload"), "sales")["deals"]["enabled_patch_settings"] == {"allowed": True}


def test_set_in_advance(empty, caller):
    """What was set before the first look would not be shown, or be lost by it; or replace what is there."""
    plant(empty)
    call = caller(empty)
    body = {
        "schema_change_handling": "BLOCK_ALL",
        "schemas": {"public": ON | {"tables": {"Orders": ON | {"sync_mode": "HISTORY", "columns": {"email": OFF}}}}},
    }
    for wrong in ({}, {"schemas": {"public": {}}}, {"schemas": 1}):
        assert call.post(CONFIG, wrong).status == 400
    made = call.post(CONFIG, body)
    assert made.data == call.get(CONFIG).data
    assert (list(made.data["schemas"]), list(tables(made))) == (["public"], ["Orders"])
    orders = tables(made)["Orders"]
    assert (orders["enabled"], orders["sync_mode"], orders["columns"]["email"]["enabled"]) == (True, "HISTORY", False)
    assert call.post(CONFIG, body).status == 409
    found = call.post(f"{CONFIG}/reload")
    assert tables(found)["Orders"] == orders
    assert tables(found)["log"]["enabled"] is False
    assert found.data["schemas"]["sales"]["enabled"] is False


def test_columns_set_in_advance(empty, caller):
    """Before anybody knows what the source holds, columns would be called deleted, and could not be changed."""
    plant(empty)
    call = caller(empty)
    columns = {"email": OFF | {"hashed": True}, "fax": OFF}
    given = {"Orders": ON | {"columns": columns}, "audit": OFF, "gone": ON}
    made = call.post(CONFIG, {"schemas": {"public": ON | {"tables": given}}})
    for table in tables(made).values():
        assert table["enabled_patch_settings"] == {"allowed": True}
    shown = tables(made)["Orders"]["columns"]
    assert [(name, column["enabled"], column["hashed"]) for name, column in shown.items()] == [
        ("email", False, True),
        ("fax", False, False),
    ]
    assert all(column["enabled_patch_settings"] == {"allowed": True} for column in shown.values())
    changed = call.patch(f"{ORDERS}/columns/fax", ON)
    assert tables(changed)["Orders"]["columns"]["fax"]["enabled"] is True
    live = call.get(f"{ORDERS}/columns").data["columns"]
    assert live["xmin"]["enabled_patch_settings"]["reason_code"] == "SYSTEM_COLUMN"
    assert live["fax"]["enabled_patch_settings"]["reason_code"] == "DELETED"
    assert call.get(CONFIG).data == changed.data
    found = tables(call.post(f"{CONFIG}/reload"))
    assert found["Orders"]["columns"]["fax"]["enabled_patch_settings"]["reason_code"] == "DELETED"
    assert found["Orders"]["columns"]["email"]["enabled_patch_settings"] == {"allowed": True}
    assert found["gone"]["enabled_patch_settings"]["reason_code"] == "DELETED"
    assert found["audit"]["enabled_patch_settings"]["reason_code"] == "SYSTEM_TABLE"


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        (f"{CONFIG}/drop-columns", {"schemas": {"public": {}}}, "schemas.public.tables"),
        (
            f"{CONFIG}/drop-columns",
            {"schemas": {"public": {"tables": {"Orders": {"columns": [5]}}}}},
            "schemas.public.tables.Orders.columns[0]",
        ),
        (f"{CONFIG}/tables/resync", {"public": "Orders"}, "public"),
        ("/v1/connections/shop/resync", {"scope": {"public": [5]}}, "scope.public[0]"),
    ],
)
def test_refusals_say_where(ask, path, body, field):
    """A refusal of something deep in a body would not say where it is."""
    refused = ask.post(path, body)
    assert (refused.status, f"'{field}'" in refused.json["message"]) == (400, True)


def test_dropping_columns(ask):
    """A column that is still synced would be dropped, or some columns of a refused request."""
    body = {"schemas": {"public": {"tables": {"Orders": {"columns": ["email", "Total Amount"]}}}}}
    ask.patch(f"{ORDERS}/columns/email", OFF)
    assert (ask.post(f"{CONFIG}/drop-columns", body).status, ask.delete(f"{ORDERS}/columns/id").status) == (409, 409)
    ask.patch(f"{ORDERS}/columns/Total%20Amount", OFF)
    dropped = ask.post(f"{CONFIG}/drop-columns", body)
    assert (dropped.status, "data" in dropped.json) == (200, False)
    assert ask.delete(f"{ORDERS}/columns/email").status == 200
    assert tables(ask.get(CONFIG))["Orders"]["columns"]["email"]["enabled"] is False


@pytest.mark.parametrize(
    "body",
    [
        None,
        {},
        {"schemas": {}},
        {"schemas": {"public": {}}},
        {"schemas": {"public": {"tables": {}}}},
        {"schemas": {"public": {"tables": {"Orders": {}}}}},
        {"schemas": {"public": {"tables": {"Orders": {"columns": []}}}}},
        {"schemas": {"public": {"tables": {"Orders": {"columns": "email"}}}}},
        {"schemas": {"public": {"tables": {"Orders": ["email"]}}}},
    ],
)
def test_dropping_nothing(ask, body):
    """A request that names no column would be taken for one that did its work."""
    answer = ask.post(f"{CONFIG}/drop-columns", body)
    assert (answer.status, answer.code) == (400, "InvalidInput")


def test_names_with_unusual_characters(empty, caller):
    """A schema, table or column with a slash, a dot or a space in its name could not be reached."""
    source = {"schemas": {"a/b c": {"tables": {"t.é": {"columns": {"100%": {}}}, "reload": {}}}}}
    plant(empty, sandbox={"source": source})
    call = caller(empty)
    call.post(f"{CONFIG}/reload")
    path = f"{CONFIG}/a%2Fb%20c/tables/t.%C3%A9"
    assert list(call.get(f"{path}/columns").data["columns"]) == ["100%"]
    assert tables(call.patch(f"{path}/columns/100%25", OFF), "a/b c")["t.é"]["columns"]["100%"]["enabled"] is False


def test_rate_classes(empty, caller):
    """A reload or a look at the columns would not count as reaching the source, or a plain read would."""
    plant(empty)
    with type(empty)(seed=1, groups=1, connections=0, limits={"source": [(2, 3600)]}) as box:
        plant(box)
        call = caller(box)
        assert call.post(f"{CONFIG}/reload").status == 200
        assert call.get(f"{ORDERS}/columns").status == 200
        assert call.post(f"{CONFIG}/reload").status == 429
        assert call.get(f"{ORDERS}/columns").status == 429
        assert call.get(CONFIG).status == 200
        assert call.patch(ORDERS, OFF).status == 200


def test_former_paths(ask):
    """Clients that still call connections connectors would find no schema configs."""
    path = CONFIG.replace("connections", "connectors")
    for version in ("application/json", "application/json;version=2"):
        assert ask.get(path, headers={"Accept": version}).data == ask.get(CONFIG).data
    assert ask.patch(f"{path}/public/tables/log", OFF).status == 200
    assert ask.post(f"{path}/public/tables/Orders/resync").status == 200


def test_seeded_connections_have_believable_sources(call, box):
    """Seeded connections would have no schemas, the same ones, or no column config where the service has one."""
    shown = {}
    for name, item in box.account.connections.items():
        answer = call.get(f"/v1/connections/{name}/schemas")
        assert answer.status == (200 if item["succeeded_at"] else 404)
        if answer.status == 200:
            shown[name] = answer.data
    counts = [sum(len(schema["tables"]) for schema in data["schemas"].values()) for data in shown.values()]
    assert min(counts) >= 1
    assert max(counts) >= 20
    assert len({json.dumps(data) for data in shown.values()}) > 0.8 * len(shown)
    every = [
        table for data in shown.values() for schema in data["schemas"].values() for table in schema["tables"].values()
    ]
    codes = {table["enabled_patch_settings"].get("reason_code") for table in every}
    assert codes == {None, "SYSTEM_TABLE", "DELETED", "OTHER"}
    assert {table["supports_columns_config"] for table in every} == {True, False}
    assert {data["schema_change_handling"] for data in shown.values()} > {"ALLOW_ALL"}
    assert any(column["hashed"] for table in every for column in table["columns"].values())


NAMES = st.sampled_from(
    ["public", "sales", "Orders", "audit", "email", "id", "nope", "", "schemas", "tables", "columns"]
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES | st.just("enabled"), inner, max_size=4),
    max_leaves=12,
)
FIELDS = st.sampled_from(
    ["schemas", "enabled", "tables", "columns", "sync_mode", "hashed", "scope", "exclude_mode", "state"]
)
PATHS = st.sampled_from(
    [
        "",
        "/reload",
        "/drop-columns",
        "/tables/resync",
        "/public",
        "/public/tables/Orders",
        "/public/tables/Orders/resync",
        "/public/tables/Orders/columns/email",
    ]
)


@OPTIONS
@given(method=st.sampled_from(["POST", "PATCH"]), path=PATHS, body=st.dictionaries(FIELDS, JSON, max_size=4))
def test_any_body(ask, method, path, body):
    """Some JSON body would bring the sandbox down, at once or at the next read."""
    assert ask(method, CONFIG + path, body).status < 500
    assert ask.get(CONFIG).status == 200
    assert ask.get(f"{ORDERS}/columns").status == 200
