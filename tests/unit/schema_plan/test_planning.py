"""Plans: what changes, what is locked or missing, what loads anew, and how it is written."""

import json

import pytest

from fivetran_async.errors import ArgumentError, PlanError
from fivetran_async.models.schemas import SchemaConfig, TableColumns
from fivetran_async.schema_plan import Resync, SchemaPlan, SchemaView, diff, plan
from fivetran_async.schema_plan._course import cut

SYSTEM = {"allowed": False, "reason_code": "SYSTEM_TABLE"}
OTHER = {"allowed": False, "reason_code": "OTHER", "reason": "it is a key"}


def config(handling="ALLOW_ALL", **schemas):
    """Make a configuration of schemas with their tables."""
    data = {name: {"enabled": True, **given} for name, given in schemas.items()}
    return SchemaConfig.from_dict({"schema_change_handling": handling, "schemas": data})


def table(enabled=True, **fields):
    """Make a table."""
    return {"enabled": enabled, "sync_mode": "SOFT_DELETE", "supports_columns_config": True, **fields}


def wanted(**tables):
    """Make a desired state of tables of the schema `public`."""
    return {"schemas": {"public": {"tables": tables}}}


PUBLIC = config(
    public={
        "tables": {
            "orders": table(columns={"email": {"enabled": True, "hashed": False}, "id": {"enabled": True}}),
            "off": table(enabled=False),
            "system": table(enabled_patch_settings=SYSTEM, columns={"email": {"enabled": True}}),
            "plain": table(supports_history_mode=False, supports_columns_config=False),
        }
    },
    sales={"enabled": False, "tables": {"deals": table(), "lost": table(enabled=False)}},
)


def found(todo):
    """Return the changes of a plan in short."""
    return {(change.full_name, change.name): (change.before, change.after) for change in todo.changes}


def test_only_what_differs_changes():
    """What is so already would be sent again, or what is not be left."""
    todo = plan(PUBLIC, wanted(orders={"enabled": True, "sync_mode": "LIVE"}, off=True))
    assert found(todo) == {
        ("public.orders", "sync_mode"): ("SOFT_DELETE", "LIVE"),
        ("public.off", "enabled"): (False, True),
    }
    assert [(item.full_name, item.name) for item in todo.already] == [("public.orders", "enabled")]
    assert todo.body == {
        "schemas": {
            "public": {
                "enabled": True,
                "tables": {"orders": {"enabled": True, "sync_mode": "LIVE"}, "off": {"enabled": True}},
            }
        }
    }
    assert (todo.calls, todo.is_empty) == (1, False)


def test_nothing_to_do_costs_nothing():
    """A state that is reached would cost a call every night."""
    for nothing in ({}, {"schemas": {}}, wanted(orders={}), {"schema_change_handling": "ALLOW_ALL"}):
        todo = plan(PUBLIC, nothing)
        assert (todo.body, todo.calls, todo.is_empty) == ({}, 0, True)


def test_later_rules_win_and_names_win_over_rules():
    """An exception from a rule could not be written."""
    rules = [
        {"tables": "*", "enabled": False},
        {"tables": ["public.o*", "nix"], "enabled": True, "optional": True},
    ]
    todo = plan(PUBLIC, {"rules": rules, **wanted(off=False)})
    assert found(todo) == {("public.plain", "enabled"): (True, False), ("sales.deals", "enabled"): (True, False)}
    assert [item.full_name for item in todo.blocked] == ["public.system"]


def test_a_schema_and_what_happens_to_what_is_new():
    """A schema could not be switched, or a policy not be set, in the same call."""
    todo = plan(PUBLIC, {"schema_change_handling": "BLOCK_ALL", "rules": [{"schemas": "s*", "enabled": True}]})
    assert found(todo) == {
        ("", "schema_change_handling"): ("ALLOW_ALL", "BLOCK_ALL"),
        ("sales", "enabled"): (False, True),
    }
    assert todo.body == {"schema_change_handling": "BLOCK_ALL", "schemas": {"sales": {"enabled": True}}}


@pytest.mark.parametrize(
    ("desired", "resync"),
    [
        (wanted(off=True), Resync.CERTAIN),
        ({"schemas": {"sales": True}}, Resync.CERTAIN),
        ({"schemas": {"sales": {"tables": {"lost": True}}}}, None),
        (wanted(orders=False), None),
        (wanted(orders={"sync_mode": "HISTORY"}), Resync.POSSIBLE),
        (wanted(off={"sync_mode": "HISTORY"}), None),
        (wanted(orders={"columns": {"email": {"hashed": True}}}), Resync.POSSIBLE),
        (wanted(orders={"columns": {"id": {"is_primary_key": True}}}), Resync.POSSIBLE),
        (wanted(orders={"columns": {"email": False}}), None),
        ({"schema_change_handling": "BLOCK_ALL"}, None),
    ],
)
def test_what_loads_anew(desired, resync):
    """A table would be loaded again, and paid for, without a word."""
    (change,) = plan(PUBLIC, desired).changes
    assert change.resync is resync
    assert plan(PUBLIC, desired).resyncs == ((change,) if resync else ())


def test_what_cannot_be_is_skipped_with_its_reason():
    """A locked table would make the whole change fail, or be skipped without a word."""
    todo = plan(
        PUBLIC,
        wanted(
            system={"enabled": False, "sync_mode": "LIVE", "columns": {"email": {"hashed": True}}},
            plain={"sync_mode": "HISTORY", "columns": {"x": {"hashed": True}}},
        ),
    )
    assert [(item.full_name, item.name, item.lock.code) for item in todo.blocked] == [
        ("public.system", "enabled", "SYSTEM_TABLE"),
        ("public.system", "sync_mode", "SYSTEM_TABLE"),
        ("public.system.email", "hashed", "SYSTEM_TABLE"),
        ("public.plain", "sync_mode", "UNSUPPORTED"),
        ("public.plain.x", "hashed", "UNSUPPORTED"),
    ]
    assert todo.is_empty
    assert [line for line in todo.warnings if "stays in clear text" in line] == [
        "public.system.email stays in clear text: it is a table of the system",
        "public.plain.x stays in clear text: the columns of the table cannot be configured",
    ]


def test_a_column_that_cannot_be_left_out_can_be_hashed():
    """Personal data in a key could not be hashed."""
    keyed = config(public={"tables": {"t": table(columns={"id": {"enabled": True, "enabled_patch_settings": OTHER}})}})
    todo = plan(keyed, wanted(t={"columns": {"id": {"enabled": False, "hashed": True}}}))
    assert found(todo) == {("public.t.id", "hashed"): (False, True)}
    assert [(item.name, item.lock.reason) for item in todo.blocked] == [("enabled", "it is a key")]
    assert todo.body["schemas"]["public"]["tables"]["t"]["columns"] == {"id": {"enabled": True, "hashed": True}}


def test_a_table_of_a_schema_that_is_off():
    """Somebody would wait for a table that is switched on and never loaded."""
    todo = plan(PUBLIC, {"schemas": {"sales": {"tables": {"deals": True, "lost": True}}}})
    assert todo.warnings == (
        "sales.deals is not loaded all the same: its schema is switched off",
        "sales.lost is not loaded all the same: its schema is switched off",
    )
    assert plan(PUBLIC, {"schemas": {"sales": {"enabled": True, "tables": {"lost": True}}}}).warnings == ()


def test_columns_that_follow_their_table():
    """A column that nobody touched would be pinned, or hashing one switch it off."""
    columns = TableColumns.from_dict({"columns": {"email": {"enabled": True}, "city": {"enabled": True}}})
    view = SchemaView(config(public={"tables": {"t": table()}})).with_read({("public", "t"): columns})
    todo = plan(view, wanted(t={"columns": {"email": {"enabled": True}, "city": {"hashed": True}}}))
    assert found(todo) == {("public.t.city", "hashed"): (False, True)}
    assert todo.body["schemas"]["public"]["tables"]["t"] == {
        "enabled": True,
        "columns": {"city": {"enabled": True, "hashed": True}},
    }
    # Switched off together with its table, it is not to stay off when the table is switched on again.
    todo = plan(view, wanted(t={"enabled": False, "columns": {"city": {"hashed": True}}}))
    assert todo.body["schemas"]["public"]["tables"]["t"]["columns"]["city"]["enabled"] is True
    todo = plan(view, wanted(t={"enabled": False, "columns": {"city": {"enabled": False}}}))
    assert ("public.t.city", "enabled") in found(todo)


def test_columns_that_were_read_while_their_table_was_off():
    """What a column is while its table is off would pass for what it is otherwise."""
    columns = TableColumns.from_dict(
        {
            "columns": {
                "city": {"enabled": False},
                "key": {"enabled": False, "enabled_patch_settings": OTHER},
            }
        }
    )
    view = SchemaView(config(public={"tables": {"t": table(False)}})).with_read({("public", "t"): columns})
    todo = plan(view, wanted(t={"columns": {"city": {"hashed": True}, "key": {"hashed": True}}}))
    assert todo.body["schemas"]["public"]["tables"]["t"]["columns"] == {
        "city": {"enabled": True, "hashed": True},
        "key": {"enabled": False, "hashed": True},
    }
    # Whether it would be loaded with its table nobody knows, so it is said.
    todo = plan(view, wanted(t={"enabled": True, "columns": {"city": True}}))
    assert todo.body["schemas"]["public"]["tables"]["t"]["columns"] == {"city": {"enabled": True}}


def test_a_column_that_does_not_follow_its_table():
    """A column that is left out unless somebody wants it would pass for loaded."""
    columns = TableColumns.from_dict({"columns": {"blob": {"enabled": False}}})
    view = SchemaView(config(public={"tables": {"t": table()}})).with_read({("public", "t"): columns})
    assert found(plan(view, wanted(t={"columns": {"blob": True}}))) == {("public.t.blob", "enabled"): (False, True)}
    assert plan(view, wanted(t={"columns": {"blob": False}})).is_empty


def test_columns_that_were_not_read():
    """A name that is not in the bulk answer would pass for a typo, or a typo for a column."""
    todo = plan(PUBLIC, wanted(orders={"columns": {"phone": {"hashed": True}}}))
    assert (todo.missing, todo.unread) == ((), (("public", "orders"),))
    assert found(todo) == {("public.orders.phone", "hashed"): (False, True)}
    view = SchemaView(PUBLIC).with_read({("public", "orders"): TableColumns.from_dict({"columns": {"phne": {}}})})
    todo = plan(view, wanted(orders={"columns": {"phone": {"hashed": True}}}))
    assert [str(item) for item in todo.missing] == [
        (
            "desired.schemas.public.tables.orders.columns.phone: there is no column public.orders.phone; "
            "did you mean public.orders.phne?"
        )
    ]
    assert (todo.unread, todo.is_empty) == ((), True)


def test_rules_of_columns_act_on_what_is_loaded():
    """The columns of a thousand tables that nobody loads would be read from the source."""
    todo = plan(PUBLIC, {"rules": [{"columns": "*.email", "hashed": True}]})
    assert todo.unread == (("public", "orders"),)
    assert found(todo) == {("public.orders.email", "hashed"): (False, True)}
    todo = plan(PUBLIC, {"rules": [{"columns": "email", "hashed": True}, {"tables": "off", "enabled": True}]})
    assert todo.unread == (("public", "orders"), ("public", "off"))
    assert plan(PUBLIC, {"rules": [{"columns": "sales.*.*", "hashed": True, "optional": True}]}).unread == ()


def test_what_is_missing():
    """A typo would do nothing, without a word, or end what was meant to go on."""
    desired = {
        "schemas": {"Sales": True, "public": {"tables": {"ordrs": True}}, "nix": True},
        "rules": [{"tables": ["publik.*", "public.*"], "enabled": True}, {"schemas": "x*", "enabled": True}],
    }
    todo = plan(PUBLIC, desired)
    assert [(item.what, item.name, item.near) for item in todo.missing] == [
        ("table", "public.ordrs", "public.orders"),
        ("schema", "Sales", "sales"),
        ("schema", "nix", None),
        ("schema that fits", "x*", None),
        ("table that fits", "publik.*", None),
    ]
    with pytest.raises(PlanError) as caught:
        todo.check()
    assert len(caught.value.problems) == 5
    plan(PUBLIC, desired, missing="ignore").check()
    plan(PUBLIC, {**desired, "missing": "ignore"}).check()
    with pytest.raises(PlanError):
        plan(PUBLIC, {**desired, "missing": "ignore"}, missing="error").check()
    with pytest.raises(ArgumentError, match="must be 'error', 'ignore' or None"):
        plan(PUBLIC, desired, missing="perhaps")
    many = plan(PUBLIC, {"schemas": {f"s{number}": True for number in range(40)}})
    with pytest.raises(PlanError, match="and 30 more"):
        many.check()


def test_a_column_pattern_that_means_what_no_rule_acts_on_is_no_typo():
    """A rule for all would be refused because a table is switched off today."""
    off = config(public={"tables": {"t": table(enabled=False, columns={"email": {"enabled": True}})}})
    todo = plan(off, {"rules": [{"columns": "*.email", "hashed": True}]})
    assert (todo.missing, todo.is_empty, todo.unread) == ((), True, ())


def test_what_the_api_does_not_say():
    """A sync mode or a key that is not known would pass for one that is as wanted."""
    bare = SchemaConfig.from_dict({"schemas": {"public": {"tables": {"t": {"columns": {"id": {}}}}}}})
    todo = plan(bare, wanted(t={"sync_mode": "SOFT_DELETE", "columns": {"id": {"is_primary_key": True}}}))
    assert found(todo) == {
        ("public.t", "sync_mode"): (None, "SOFT_DELETE"),
        ("public.t.id", "is_primary_key"): (None, True),
    }
    assert plan(bare, {"schemas": {"public": {"enabled": True, "tables": {"t": True}}}}).is_empty
    assert "unknown -> SOFT_DELETE" in todo.text()
    assert plan(SchemaConfig.from_dict({}), {}).is_empty


def test_a_plan_as_text():
    """Nobody could read what is going to happen."""
    desired = {
        **wanted(off=True, orders={"columns": {"email": {"hashed": True}, "id": False}}, system=False),
        "rules": [{"tables": "nix", "enabled": False}],
    }
    todo = plan(PUBLIC, desired)
    assert todo.text().splitlines() == [
        (
            "~ public.orders.email: hashed false -> true (may load anew) "
            "[desired.schemas.public.tables.orders.columns.email.hashed]"
        ),
        "- public.orders.id: enabled true -> false [desired.schemas.public.tables.orders.columns.id.enabled]",
        "+ public.off: enabled false -> true (loads anew) [desired.schemas.public.tables.off.enabled]",
        "! public.system: enabled true -> false is not possible: it is a table of the system",
        "? desired.rules.0.tables.0: there is no table that fits nix",
        "3 to change, 0 as wanted, 1 locked, 1 missing, 2 may load data anew; 1 call",
    ]
    coloured = todo.text(colour=True)
    assert "\x1b[32m+ public.off" in coloured
    assert "\x1b[31m- public.orders.id" in coloured
    assert "\x1b[1m3 to change" in coloured
    assert "\x1b[33m?" in plan(PUBLIC, desired, missing="ignore").text(colour=True)


def test_a_plan_as_plain_data():
    """A program could not read what is going to happen."""
    desired = {**wanted(off=True, system=False), "rules": [{"columns": "nix", "hashed": True}]}
    data = json.loads(json.dumps(plan(PUBLIC, desired).to_dict()))
    assert data["changes"] == [
        {
            "name": "public.off",
            "setting": "enabled",
            "before": False,
            "after": True,
            "resync": "certain",
            "where": "desired.schemas.public.tables.off.enabled",
        }
    ]
    assert data["blocked"][0]["reason"] == "it is a table of the system"
    assert data["unread"] == ["public.orders", "public.off"]
    assert (data["version"], data["calls"], data["on_missing"], data["already"]) == (1, 1, "error", 0)
    assert plan(PUBLIC, {"schemas": {"nix": True}}).to_dict()["missing"][0]["name"] == "nix"


def test_parts_of_a_plan():
    """A part that is sent alone would bring others along, or lack what the API wants beside it."""
    todo = plan(
        PUBLIC,
        {
            "schema_change_handling": "BLOCK_ALL",
            **wanted(off=True, orders={"sync_mode": "LIVE", "columns": {"email": {"hashed": True}, "id": False}}),
        },
    )
    parts = list(dict.fromkeys(change.parts for change in todo.changes))
    assert cut(todo.body, parts) == todo.body
    assert cut(todo.body, [()]) == {"schema_change_handling": "BLOCK_ALL"}
    assert cut(todo.body, [("public", "orders", "id")]) == {
        "schemas": {
            "public": {
                "enabled": True,
                "tables": {"orders": {"enabled": True, "columns": {"id": {"enabled": False}}}},
            }
        }
    }
    assert cut(todo.body, [("public", "orders")])["schemas"]["public"]["tables"] == {
        "orders": {"enabled": True, "sync_mode": "LIVE"}
    }
    schema = plan(PUBLIC, {"schemas": {"sales": True}})
    assert cut(schema.body, [("sales",)]) == schema.body
    assert cut(schema.body, [("public",)]) == {}


def large(count, columns=0):
    """Make a configuration of many tables."""
    about = table(columns={f"c{number}": {"enabled": True} for number in range(columns)})
    tables = {f"t{number}": about for number in range(count // 10)}
    return config(**{f"s{number}": {"tables": tables} for number in range(10)})


@pytest.mark.parametrize("desired", ["names", "rules"])
def test_the_work_grows_with_the_tables(growth, desired):
    """A plan of 5,000 tables would take minutes."""

    def work(count):
        current = large(count, columns=2)
        names = {f"t{number}": False for number in range(count // 10)}
        states = {
            "names": {"schemas": {f"s{number}": {"tables": names} for number in range(10)}},
            "rules": {"rules": [{"tables": f"s{number}.*", "enabled": False} for number in range(10)]},
        }

        def run() -> SchemaPlan:
            return plan(current, states[desired])

        assert len(run().changes) == count
        return run

    assert growth(work(500), work(5000)) < 40


def test_two_configurations_are_compared():
    """Two connections would pass for the same, or for different where they act alike."""
    left = config(
        public={
            "tables": {
                "t": table(columns={"a": {"enabled": True}, "b": {"hashed": True, "enabled": True}}),
                "only": table(),
            }
        },
        more={},
    )
    right = config(
        "BLOCK_ALL",
        public={"tables": {"t": table(sync_mode="LIVE", columns={"c": {"enabled": False}}), "new": table(False)}},
    )
    one = diff(left, right)
    assert (one.only_left, one.only_right) == (("more", "public.only"), ("public.new",))
    assert {(item.name, item.setting, item.left, item.right) for item in one.differences} == {
        ("", "schema_change_handling", "ALLOW_ALL", "BLOCK_ALL"),
        ("public.t", "sync_mode", "SOFT_DELETE", "LIVE"),
        ("public.t.b", "hashed", True, False),
        ("public.t.c", "enabled", None, False),
    }
    assert one.text().splitlines() == [
        "< more: only on the left",
        "< public.only: only on the left",
        "> public.new: only on the right",
        "~ schema_change_handling ALLOW_ALL | BLOCK_ALL",
        "~ public.t: sync_mode SOFT_DELETE | LIVE",
        "~ public.t.b: hashed true | false",
        "~ public.t.c: enabled as its table | false",
        "4 settings differ, 2 only on the left, 1 only on the right",
    ]
    other = diff(right, left)
    assert (other.only_left, other.only_right) == (one.only_right, one.only_left)
    assert len(other.differences) == 4
    assert "\x1b[31m< more" in one.text(colour=True)
    assert json.loads(json.dumps(one.to_dict()))["same"] is False
    assert diff(left, left).same
    assert diff(left, left).text() == "no differences"


def test_columns_that_are_known_on_one_side():
    """A column that is gone would pass for one that follows its table."""
    plain = config(public={"tables": {"t": table(columns={"a": {"enabled": True}})}})
    whole = SchemaView(config(public={"tables": {"t": table()}})).with_read({("public", "t"): TableColumns()})
    assert diff(plain, whole).only_left == ("public.t.a",)
    assert diff(whole, plain).only_right == ("public.t.a",)
    keyed = config(public={"tables": {"t": table(columns={"a": {"enabled": True, "is_primary_key": True}})}})
    unkeyed = config(public={"tables": {"t": table(columns={"a": {"enabled": True, "is_primary_key": False}})}})
    assert diff(plain, keyed).same
    assert [item.setting for item in diff(keyed, unkeyed).differences] == ["is_primary_key"]


def test_a_configuration_is_compared_with_what_is_wanted():
    """A file in a repository would not show drift, or show what it does not name."""
    desired = wanted(orders={"sync_mode": "LIVE"}, system=False, nix=True)
    one, other = diff(PUBLIC, desired), diff(desired, PUBLIC)
    assert [(item.name, item.left, item.right) for item in one.differences] == [
        ("public.orders", "SOFT_DELETE", "LIVE"),
        ("public.system", True, False),
    ]
    assert one.only_right == other.only_left == ("public.nix",)
    assert [(item.left, item.right) for item in other.differences] == [("LIVE", "SOFT_DELETE"), (False, True)]
    assert diff(PUBLIC, wanted(orders=True)).same
    with pytest.raises(ArgumentError, match="one of the two sides"):
        diff(desired, desired)
