"""Copies of schema configurations, clones of connections, and one change for a whole group."""

import json

import pytest

from fivetran_async.errors import AmbiguousNameError, ArgumentError, NotFoundError, PlanError
from fivetran_async.models.groups import Group
from fivetran_async.schema_plan import SchemaView, desired_of, diff

COLUMNS = {"id": {"is_primary_key": True, "locked": "OTHER"}, "email": {}, "city": {}}
TABLES = {"orders": {"columns": COLUMNS}, "notes": {"columns": COLUMNS}, "users": {"columns": COLUMNS}}
WANTED = {
    "schema_change_handling": "BLOCK_ALL",
    "schemas": {
        "public": {
            "tables": {"notes": False, "users": {"sync_mode": "HISTORY", "columns": {"email": {"hashed": True}}}}
        }
    },
}
SECRET = "hunter2"
CONFIG = {"schema_prefix": "shop", "host": "db.example.com", "port": 5432, "user": "fivetran", "password": SECRET}


async def test_a_copy(stage):
    """The target would not have what the source has, or not at the promised price."""
    source, target = stage.connection(TABLES), stage.connection({**TABLES, "more": {}})
    await stage.apply(source, WANTED)
    calls = stage.count()
    dry = await stage.do("copy", source, target, dry_run=True)
    assert (dry.dry_run, len(dry.left), calls()) == (True, 4, 3)
    calls = stage.count()
    done = await stage.do("copy", source, target, confirm=True)
    assert (done.converged, len(done.done)) == (True, 4)
    # One for the source, three to apply, one for the columns of the table that has some of its own.
    assert calls() == done.calls == 5
    found = diff(await stage.config(source), await stage.config(target))
    assert (found.differences, found.only_left, found.only_right) == ((), (), ("public.more",))


async def test_a_copy_says_what_the_target_does_not_have(stage):
    """A table would silently be left out, or one that was deleted at the source be looked for."""
    source = stage.connection({**TABLES, "gone": {"locked": "DELETED"}, "fivetran_audit": {"locked": "SYSTEM_TABLE"}})
    target = stage.connection({"orders": {"columns": COLUMNS}})
    with pytest.raises(PlanError) as caught:
        await stage.do("copy", source, target, confirm=True)
    assert [problem.partition(" there is no ")[2] for problem in caught.value.problems] == [
        "table public.notes",
        "table public.users",
    ]
    assert (await stage.do("copy", source, target, confirm=True, missing="ignore")).converged


async def test_a_schema_has_another_name_in_the_target(stage):
    """Two connections that are the same but for their name could not be copied."""
    source, target = stage.connection(TABLES), stage.connection(TABLES)
    schemas = stage.box.account.connection(target)["sandbox"]["source"]["schemas"]
    schemas["shop"] = schemas.pop("public")
    stage.box.account.connection(target)["sandbox"].pop("schemas", None)
    await stage.colour.call(stage.ft.schemas.reload, target)
    await stage.apply(source, WANTED)
    config = await stage.config(target)
    if list(config.schemas) == ["shop"]:
        assert (await stage.do("copy", source, target, confirm=True)).converged
    done = await stage.do("copy", source, target, confirm=True, schema_names={"public": "shop"})
    assert done.converged
    tables = SchemaView(await stage.config(target)).tables("shop.notes")
    assert [table.enabled for table in tables] == [False]
    with pytest.raises(ArgumentError, match="the source has no schema 'nix'; it has public"):
        await stage.do("copy", source, target, schema_names={"nix": "shop"})


async def test_a_copy_onto_itself_is_refused(stage):
    """A mistyped id would cost calls and do nothing."""
    with pytest.raises(ArgumentError, match="same connection"):
        await stage.do("copy", "a", "a")
    assert stage.box.calls == 0


async def test_a_clone(stage):
    """A clone would sync at once, hold a secret, or not have the schema configuration."""
    config = dict(CONFIG)
    source = stage.connection(TABLES, config=config, sync_frequency=60, networking_method="Directly")
    await stage.apply(source, WANTED)
    await stage.colour.call(stage.ft.connections.update, source, sync_frequency=60, run_setup_tests=False)
    dry = await stage.do("clone", source, group=stage.group, name="shop_eu", dry_run=True)
    assert (dry.dry_run, dry.connection, dry.applied) == (True, None, None)
    assert len(stage.box.account.connections) == 1
    done = await stage.do("clone", source, group=stage.group, name="shop_eu")
    assert done.request == dry.request
    assert done.left_out == ("config.password",)
    made = done.connection
    assert (made.schema, made.paused, made.sync_frequency, made.service) == ("shop_eu", True, 60, "postgres")
    sent = json.loads(next(request for request in stage.box.requests if request.path == "/v1/connections").body)
    assert sent["config"] == {"schema_prefix": "shop_eu", "host": "db.example.com", "port": 5432, "user": "fivetran"}
    assert (sent["run_setup_tests"], sent["paused"]) == (False, True)
    assert SECRET not in str(sent)
    assert "***" not in str(sent)
    assert done.applied.converged
    assert desired_of(await stage.config(made.id)) == done.desired.to_dict()
    assert done.calls == 6


async def test_a_clone_that_is_set_up_gets_what_its_source_has(stage):
    """What was set in advance would be lost when the source is read, or be in the way."""
    source = stage.connection(TABLES, config=dict(CONFIG))
    await stage.apply(source, WANTED)
    made = await stage.do("clone", source, group=stage.group, name="shop_eu")
    name = made.connection.id
    # What a person does: the secrets, and a look at the source.
    stage.box.account.update_connection(
        name, status={"setup_state": "connected"}, sandbox={"source": {"schemas": {"public": {"tables": TABLES}}}}
    )
    await stage.colour.call(stage.ft.schemas.reload, name)
    done = await stage.apply(name, made.desired)
    assert done.converged
    assert diff(await stage.config(source), await stage.config(name)).differences == ()


async def test_a_clone_of_a_connection_without_a_configuration(stage):
    """A connection that never synced could not be cloned."""
    source = stage.connection(TABLES, read=False, config=dict(CONFIG))
    groups = await stage.colour.call(stage.ft.groups.list().collect)
    target = next(group for group in groups if group.id != stage.group)
    done = await stage.do("clone", source, group=target, name="again")
    assert (done.connection.group_id, done.desired.schemas) == (target.id, {})


async def test_a_clone_whose_schema_fails_is_told(stage):
    """A connection would have been made, and nobody know which."""
    source = stage.connection(TABLES, config=dict(CONFIG))
    stage.box.faults.script("POST", "/v1/connections/*/schemas", status=403, times=None)
    with pytest.raises(PlanError, match="was made, and is paused; its schema configuration was not set") as caught:
        await stage.do("clone", source, group=stage.group, name="shop_eu")
    assert caught.value.result.connection_id in stage.box.account.connections


async def test_names_of_clones(stage):
    """A clone would have the name of its source, and be refused."""
    sheet = stage.connection(service="google_sheets", config={"schema": "a", "table": "b", "sheet_id": "x"})
    with pytest.raises(ArgumentError, match=r"schema\.table"):
        await stage.do("clone", sheet, group=stage.group, name="new", dry_run=True)
    done = await stage.do("clone", sheet, group=stage.group, name="new.table", dry_run=True)
    assert done.request["config"] == {"schema": "new", "table": "table", "sheet_id": "x"}
    nested = {"schema": "github", "secrets_list": [{"key": "a", "value": "******"}, {"key": "b"}], "x": {"y": "******"}}
    github = stage.connection(service="github", config=nested)
    found = await stage.do("clone", github, group=stage.group, name="hub", dry_run=True)
    assert found.request["config"] == {"schema": "hub", "secrets_list": [{"key": "b"}], "x": {}}
    assert set(found.left_out) == {"config.secrets_list[0]", "config.x.y"}


async def test_a_change_for_a_whole_group(stage):
    """A change of a sharded database would miss a shard, or reach what is none."""
    shards = [stage.connection(TABLES) for _ in range(3)]
    stage.connection(TABLES, service="mysql")
    results = await stage.do("propagate", WANTED, group=stage.group, service="postgres", confirm=True)
    assert sorted(result.item for result in results) == sorted(shards)
    assert all(result.value.converged for result in results)
    name = stage.box.account.groups[stage.group]["name"]
    again = await stage.do("propagate", WANTED, group=name)
    assert len(again) == 4
    assert sum(bool(result.error) for result in again) == 1
    given = await stage.do("propagate", WANTED, group=Group(id=stage.group), dry_run=True)
    assert len(given) == 4


async def test_groups_are_found(stage):
    """A change would go to another group than the one that was meant."""
    with pytest.raises(NotFoundError):
        await stage.do("propagate", WANTED, group="nowhere")
    for _ in range(2):
        stage.box.account.add_group(name="Twice")
    with pytest.raises(AmbiguousNameError):
        await stage.do("propagate", WANTED, group="Twice")
    with pytest.raises(ArgumentError):
        await stage.do("propagate", WANTED, group=stage.group, service="")
