"""Looking up by name, what is public, and what is refused before it is sent."""

from __future__ import annotations

import json

import attrs
import pytest

from fivetran_async.errors import AmbiguousNameError, ArgumentError, ConfigError, ConfirmationError, NotFoundError
from fivetran_async.models.connections import ConnectCardConfig, DestinationConfiguration
from fivetran_async.types import UNSET

MASK = "******"
HASHED = {"enabled": True, "hashed": "false"}


@pytest.fixture
def twins(box) -> tuple[dict, dict]:
    """Two groups of one name, and in each a connection of one schema."""
    groups = [box.account.add_group(name="twin") for _ in range(2)]
    return tuple(box.account.add_connection(group["id"], schema="same") for group in groups)


async def test_find_a_connection(colour, ft, box):
    """A connection would not be found by its name, or cost more than one call."""
    wanted = next(iter(box.account.connections.values()))
    group = box.account.groups[wanted["group_id"]]
    found = await colour.call(ft.connections.find, schema=wanted["schema"], group=wanted["group_id"])
    assert found.id == wanted["id"]
    assert box.calls == 1
    for way in (group["name"], await colour.call(ft.groups.get, group["id"])):
        assert (await colour.call(ft.connections.find, schema=wanted["schema"], group=way)).id == wanted["id"]


async def test_what_a_name_in_a_group_costs(colour, ft, box, monkeypatch):
    """Looking up a group by its name would cost other calls than the docstring says."""
    wanted = next(iter(box.account.connections.values()))
    group = box.account.groups[wanted["group_id"]]
    await colour.call(ft.connections.find, schema=wanted["schema"], group=group["name"])
    assert box.calls == 2
    for _ in range(1000):
        box.account.add_group()
    await colour.call(ft.connections.find, schema=wanted["schema"], group=group["name"])
    assert box.calls == 5


async def test_find_a_group(colour, ft, box):
    """A group would not be found by its name."""
    wanted = list(box.account.groups.values())[-1]
    assert (await colour.call(ft.groups.find, name=wanted["name"])).id == wanted["id"]
    with pytest.raises(NotFoundError, match=r"there is no group of the name 'nope'"):
        await colour.call(ft.groups.find, name="nope")


async def test_a_name_of_two(colour, ft, twins):
    """One of the two would be changed, and nobody know which."""
    with pytest.raises(AmbiguousNameError) as caught:
        await colour.call(ft.connections.find, schema="same")
    assert set(caught.value.candidates) == {twin["id"] for twin in twins}
    assert all(twin["id"] in str(caught.value) for twin in twins)
    with pytest.raises(AmbiguousNameError):
        await colour.call(ft.groups.find, name="twin")
    with pytest.raises(AmbiguousNameError):
        await colour.call(ft.connections.find, schema="same", group="twin")
    found = await colour.call(ft.connections.find, schema="same", group=twins[1]["group_id"])
    assert found.id == twins[1]["id"]


async def test_a_name_of_none(colour, ft, twins):
    """What is not there would come back as something else."""
    with pytest.raises(NotFoundError, match="there is no connection of the name 'nope'"):
        await colour.call(ft.connections.find, schema="nope")
    with pytest.raises(NotFoundError, match="there is no group of the name 'nope'"):
        await colour.call(ft.connections.find, schema="same", group="nope")


@pytest.mark.parametrize("name", ["", " ", None, 5])
async def test_no_name_at_all(colour, ft, box, name):
    """The whole account would be read for a name that nothing has."""
    with pytest.raises(ArgumentError):
        await colour.call(ft.groups.find, name=name)
    with pytest.raises(ArgumentError):
        await colour.call(ft.connections.find, schema=name)
    if name is not None:
        with pytest.raises(ArgumentError, match=r"^group must be a text"):
            await colour.call(ft.connections.find, schema="same", group=name)
    assert box.calls == 0


# Public


async def test_connector_types_without_credentials(colour, box):
    """Whoever has no account could not see what there is."""
    ft = colour.package.Fivetran.anonymous(base_url=box.url)
    types = await colour.items(ft.public.connector_types())
    assert {"postgres", "connector_sdk"} <= {item.id for item in types}
    assert "Authorization" not in box.requests[-1].headers
    assert box.requests[-1].query == {}
    with pytest.raises(ConfigError, match="this client has no credentials"):
        await colour.call(ft.account.info)
    assert box.calls == 1
    await colour.call(ft.close)


async def test_credentials_are_not_sent_where_none_are_wanted(colour, ft, box):
    """A key that has expired would keep its owner from what everybody may see."""
    await colour.items(ft.public.connector_types())
    assert "Authorization" not in box.requests[-1].headers
    await colour.call(ft.request, "GET", "/public/connector-types")
    assert "Authorization" not in box.requests[-1].headers
    await colour.call(ft.account.info)
    assert "Authorization" in box.requests[-1].headers


@pytest.mark.parametrize("data", ["[{}, {}]", '{{"items": [{}, {}]}}', '{{"items": [{}, {}], "next_cursor": null}}'])
async def test_every_shape_of_the_public_list(colour, connect, serve, data):
    """The API's definition says object; the list would break when it is one."""
    body = '{"code": "Success", "data": ' + data.format('{"id": "a"}', '{"id": "b"}') + "}"
    server = serve(lambda exchange: exchange.reply(200, body.encode()))
    types = await colour.items(connect(server.url).public.connector_types())
    assert [item.id for item in types] == ["a", "b"]


async def test_a_single_public_type(colour, connect, serve):
    """The one object that the definition promises would break the list."""
    server = serve(lambda exchange: exchange.reply(200, b'{"code": "Success", "data": {"id": "a", "name": "A"}}'))
    (item,) = await colour.items(connect(server.url).public.connector_types())
    assert (item.id, item.name, item.extra) == ("a", "A", {})


@pytest.mark.parametrize("envelope", [True, False])
async def test_replies_that_may_come_without_an_envelope(colour, connect, serve, envelope):
    """The definition and its examples disagree; one of the two would break the call."""
    item = b'{"id": "x", "hash": "h"}'
    body = b'{"code": "Success", "data": %b}' % item if envelope else item
    ft = connect(serve(lambda exchange: exchange.reply(201, body)).url)
    made = await colour.call(ft.connections.fingerprints.approve, "c", hash="h", public_key="k")
    assert (made.id, made.hash) == ("x", "h")
    assert (await colour.call(ft.proxy_agents.get, "x")).id == "x"


# Refused before it is sent


async def test_a_mask_is_not_sent_back(colour, ft, box):
    """Six asterisks would become the password."""
    connection = next(iter(box.account.connections))
    config = {"host": "h", "password": MASK, "ssh": [{"key": MASK}]}
    with pytest.raises(ArgumentError, match=r"config\.password, config\.ssh\[0\]\.key: \*{6} is the mask of a secret"):
        await colour.call(ft.connections.update, connection, config=config)
    with pytest.raises(ArgumentError, match=r"auth\.client_access\.token"):
        await colour.call(ft.connections.update, connection, auth={"client_access": {"token": MASK}})
    with pytest.raises(ArgumentError, match="config"):
        await colour.call(ft.destinations.update, "d", config={"password": MASK})
    assert box.calls == 0
    await colour.call(
        ft.connections.update, connection, config={"password": MASK}, allow_masked=True, run_setup_tests=False
    )
    assert box.account.connections[connection]["config"]["password"] == MASK


@pytest.mark.parametrize(
    ("path", "arguments", "named"),
    [
        ("connections.set_sync_frequency", {"minutes": 7}, "minutes must be one of the numbers 1, 5, 15"),
        ("connections.set_sync_frequency", {"minutes": "60"}, "minutes must be one of"),
        ("connections.set_sync_frequency", {"minutes": 60, "daily_sync_time": "03:00"}, "minutes=1440"),
        ("connections.set_sync_frequency", {"minutes": 1440, "daily_sync_time": "3:00"}, "daily_sync_time"),
        ("connections.set_sync_frequency", {"minutes": 60, "schedule_type": "cron"}, "schedule_type"),
        ("connections.update", {"networking_method": "directly"}, "networking_method must be one of 'Directly'"),
        ("connections.update", {"networking_method": "Unknown"}, "networking_method"),
        ("connections.update", {"data_delay_sensitivity": "low"}, "data_delay_sensitivity must be one of 'LOW'"),
        ("connections.update", {"data_delay_threshold": -1}, "data_delay_threshold must be a whole number"),
        ("connections.update", {"schema_status": "blocked_on_customer"}, "schema_status"),
        ("connections.update", {}, "nothing to change"),
        ("connections.update", {"config": {}}, "nothing to change"),
        ("connections.update", {"auth": {"token": UNSET}, "run_setup_tests": True}, "nothing to change"),
        ("connections.update", {"destination_configuration": DestinationConfiguration()}, "nothing to change"),
        ("connections.update", {"paused": "false"}, "paused must be True or False, not 'false'"),
        ("connections.update", {"paused": None}, "paused must be True or False, not None"),
        ("connections.update", {"pause_after_trial": 0}, "pause_after_trial must be True or False, not 0"),
        ("connections.update", {"paused": True, "run_setup_tests": "no"}, "run_setup_tests must be True or False"),
        (
            "connections.update",
            {"is_historical_sync": "false"},
            "^is_historical_sync must be True or False, not 'false'",
        ),
        ("connections.update", {"is_historical_sync": "true", "confirm": True}, "^is_historical_sync must be True or"),
        ("connections.update", {"is_historical_sync": 1}, "^is_historical_sync must be True or False, not 1"),
        ("connections.update", {"is_historical_sync": None}, "^is_historical_sync must be True or False, not None"),
        ("connections.update", {"private_link_id": ""}, "private_link_id must be a text that is not empty"),
        ("connections.update", {"proxy_agent_id": 5}, "proxy_agent_id must be a text"),
        ("connections.update", {"hybrid_deployment_agent_id": " "}, "hybrid_deployment_agent_id must be a text"),
        ("connections.update", {"external_secrets_manager_id": ""}, "external_secrets_manager_id must be a text"),
        ("connections.update", {"config": ["host"]}, "config must be a mapping, not list"),
        ("connections.update", {"auth": None}, "auth must be a mapping, not NoneType"),
        ("connections.update", {"destination_configuration": "x"}, "destination_configuration must be a mapping"),
        ("connections.update", {"external_secrets_keys_config": 1}, "external_secrets_keys_config must be a mapping"),
        ("connections.update", {"config": {"a": 1}, "allow_masked": "no"}, "allow_masked must be True or False"),
        ("connections.update", {"config": {"keys": [{"a": {1}}]}}, r"keys\[0\]\.a: a set has no place in JSON"),
        ("connections.sync", {"force": "false"}, "force must be True or False, not 'false'"),
        ("connections.sync", {"force": None}, "force must be True or False, not None"),
        ("connections.test", {"trust_certificates": "no"}, "trust_certificates must be True or False"),
        ("connections.update_state", {"state": "cursor"}, "state must be a mapping, not str"),
        ("connections.connect_card", {"connect_card_config": {}}, r"config\.redirect_uri must be a text"),
        ("connections.connect_card", {"connect_card_config": ConnectCardConfig()}, r"config\.redirect_uri must be a"),
        ("connections.connect_card", {"connect_card_config": {"redirect_uri": "ftp://x"}}, "whole http or https URL"),
        ("connections.connect_card", {"connect_card_config": "https://x"}, "connect_card_config must be a mapping"),
        (
            "connections.connect_card",
            {"connect_card_config": {"redirect_uri": "https://x", "all_fields": "no"}},
            r"connect_card_config\.all_fields must be True or False, not 'no'",
        ),
        ("connections.resync", {"scope": {}, "confirm": True}, "scope must name at least one schema"),
        ("connections.resync", {"scope": {"public": []}, "confirm": True}, "at least one in it"),
        ("connections.resync", {"scope": {"public": "orders"}, "confirm": True}, "must be a list of texts"),
        ("schemas.resync_tables", {"tables": {}, "confirm": True}, "tables must name at least one schema"),
        ("schemas.resync_tables", {"tables": None, "confirm": True}, "tables must name at least one .*, not None"),
        ("schemas.reload", {"exclude_mode": "preserve"}, "exclude_mode must be one of 'PRESERVE'"),
        ("schemas.update", {}, "nothing to change"),
        ("schemas.update", {"schemas": {}}, "nothing to change"),
        ("schemas.update", {"is_type_locked": "false"}, "is_type_locked must be True or False, not 'false'"),
        (
            "schemas.update",
            {"schemas": {"s": {"enabled": True, "tables": {"t": {"enabled": True, "columns": {"c": HASHED}}}}}},
            r"tables\['t'\]\.columns\['c'\]\.hashed must be True or False, not 'false'",
        ),
        ("schemas.update", {"schema_change_handling": "ALLOW"}, "schema_change_handling must be one of"),
        ("schemas.update", {"schemas": {"public": {"tables": {}}}}, r"schemas\['public'\]\.enabled must be True"),
        (
            "schemas.update",
            {"schemas": {"public": {"enabled": True, "tables": {"orders": {"sync_mode": "HISTORY"}}}}},
            r"schemas\['public'\]\.tables\['orders'\]\.enabled",
        ),
        (
            "schemas.update",
            {"schemas": {"public": {"enabled": True, "tables": {"orders": {"enabled": True, "sync_mode": "H"}}}}},
            r"tables\['orders'\]\.sync_mode must be one of 'SOFT_DELETE'",
        ),
        ("schemas.update", {"schemas": ["public"]}, "schemas must be a mapping by name"),
        ("schemas.drop_columns", {"schemas": {"public": {}}, "confirm": True}, r"schemas\['public'\]\.tables"),
        (
            "schemas.drop_columns",
            {"schemas": {"public": {"tables": {"orders": {"columns": []}}}}, "confirm": True},
            r"tables\['orders'\]\.columns must be a list of texts with at least one in it, not \[\]",
        ),
        (
            "schemas.drop_columns",
            {"schemas": {"public": {"tables": {"orders": {"columns": {}}}}}, "confirm": True},
            r"tables\['orders'\]\.columns must be a list of texts with at least one in it, not \{\}",
        ),
        (
            "schemas.drop_columns",
            {"schemas": {"public": {"tables": {"orders": {}}}}, "confirm": True},
            r"tables\['orders'\]\.columns must be a list of texts with at least one in it, not None",
        ),
        ("destinations.update", {"time_zone_offset": "1"}, r"time_zone_offset must be a text from '-11' to '\+12'"),
        ("destinations.update", {"run_setup_tests": False}, "nothing to change"),
        ("destinations.update", {"config": {}}, "nothing to change"),
        ("destinations.update", {"config": "x"}, "config must be a mapping, not str"),
        ("destinations.update", {"region": ""}, "region must be a text that is not empty"),
        ("destinations.update", {"private_link_id": ""}, "private_link_id must be a text that is not empty"),
        ("destinations.update", {"daylight_saving_time_enabled": "no"}, "daylight_saving_time_enabled must be True or"),
        ("destinations.test", {"trust_fingerprints": 1}, "trust_fingerprints must be True or False, not 1"),
    ],
)
async def test_what_can_be_checked_is_checked_before_it_is_sent(colour, ft, box, path, arguments, named):
    """A call would be spent to learn what was known before."""
    resource, method = path.split(".")
    with pytest.raises(ArgumentError, match=named):
        await colour.call(getattr(getattr(ft, resource), method), "some_id", **arguments)
    assert box.calls == 0


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"group_id": ""}, "group_id must be a text"),
        ({"private_link_id": None}, "private_link_id must be a text that is not empty, not None"),
        ({"trust_certificates": "true"}, "trust_certificates must be True or False, not 'true'"),
        ({"run_setup_tests": 0}, "run_setup_tests must be True or False, not 0"),
        ({"config": [("host", "h")]}, "config must be a mapping, not list"),
        ({"external_secrets_keys_config": None}, "external_secrets_keys_config must be a mapping"),
    ],
)
@pytest.mark.parametrize("resource", ["connections", "destinations"])
async def test_what_is_checked_of_something_new(colour, ft, box, resource, changes, named):
    """A call would be spent to learn what was known before, or something be made that nobody meant."""
    given = {"group_id": "g", "service": "s", **({"time_zone_offset": "0"} if resource == "destinations" else {})}
    with pytest.raises(ArgumentError, match=f"^{named}"):
        await colour.call(getattr(ft, resource).create, **{**given, **changes})
    assert box.calls == 0


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"daily_sync_time": "03:00"}, "daily_sync_time goes with sync_frequency=1440 alone, and the API's default is"),
        ({"daily_sync_time": "03:00", "sync_frequency": 60}, "daily_sync_time goes with sync_frequency=1440 alone"),
        ({"connect_card_config": {"hide_setup_guide": True}}, r"connect_card_config\.redirect_uri must be a text"),
        ({"connect_card_config": ConnectCardConfig(redirect_uri="x")}, r"connect_card_config\.redirect_uri must be a"),
        ({"auth": "token"}, "auth must be a mapping, not str"),
    ],
)
async def test_what_is_checked_of_a_new_connection(colour, ft, box, changes, named):
    """A call would be spent on a connection that the API refuses, or that syncs at another time than was meant."""
    with pytest.raises(ArgumentError, match=f"^{named}"):
        await colour.call(ft.connections.create, **{"group_id": "g", "service": "postgres", **changes})
    assert box.calls == 0


async def test_the_time_of_a_daily_sync_can_be_changed_alone(colour, ft, box):
    """Whoever has a daily connection would have to repeat its frequency to move its sync."""
    connection = next(iter(box.account.connections))
    await colour.call(ft.connections.set_sync_frequency, connection, 1440)
    changed = await colour.call(ft.connections.update, connection, daily_sync_time="05:00", run_setup_tests=False)
    assert changed.daily_sync_time == "05:00"


async def test_an_empty_state_is_a_state(colour, ft, box):
    """Whoever lets a custom connector begin anew could not send the state that says so."""
    name = next(name for name, it in box.account.connections.items() if it["service"] == "connector_sdk")
    await colour.call(ft.connections.pause, name)
    await colour.call(ft.connections.update_state, name, state={"cursor": 5})
    assert (await colour.call(ft.connections.update_state, name, state={})).state == {}


@pytest.mark.parametrize(
    ("path", "arguments"),
    [
        ("connections.resync", {}),
        ("connections.resync", {"scope": {"public": ["orders"]}}),
        ("connections.delete", {}),
        ("destinations.delete", {}),
        ("groups.delete", {}),
        ("schemas.resync_tables", {"tables": {"public": ["orders"]}}),
        ("schemas.drop_columns", {"schemas": {"public": {"tables": {"orders": {"columns": ["price"]}}}}}),
        ("connector_packages.delete", {}),
    ],
)
@pytest.mark.parametrize("confirm", [False, 1, "yes", None])
async def test_what_destroys_wants_to_be_confirmed(colour, ft, box, path, arguments, confirm):
    """Data would be lost by a call that nobody thought about."""
    resource, method = path.split(".")
    with pytest.raises(ConfirmationError, match="confirm=True"):
        await colour.call(getattr(getattr(ft, resource), method), "some_id", **arguments, confirm=confirm)
    assert box.calls == 0


async def test_deleting_a_column_wants_to_be_confirmed(colour, ft, box):
    """A column would be lost by a call that nobody thought about."""
    with pytest.raises(ConfirmationError):
        await colour.call(ft.schemas.delete_column, "c", "public", "orders", "price")
    assert box.calls == 0


async def test_setting_a_frequency_runs_no_setup_test(colour, ft, box):
    """A thousand connections would cost an account all its setup tests."""
    connection = next(iter(box.account.connections))
    changed = await colour.call(
        ft.connections.set_sync_frequency, connection, 1440, daily_sync_time="04:00", schedule_type="manual"
    )
    assert (changed.sync_frequency, changed.daily_sync_time, changed.schedule_type) == (1440, "04:00", "manual")
    assert b'"run_setup_tests":false' in box.requests[-1].body


async def test_sync_status(colour, ft, box):
    """What a connection does would be told otherwise than it is."""
    name = next(name for name, it in box.account.connections.items() if it["sandbox"]["seeded_as"] == "healthy")
    await colour.call(ft.connections.sync, name)
    status = await colour.call(ft.connections.sync_status, name)
    assert (status.is_syncing, status.is_paused, status.is_scheduled, status.is_rescheduled) == (
        True,
        False,
        False,
        False,
    )
    paused = await colour.call(ft.connections.pause, name)
    assert paused.is_paused
    assert not paused.is_syncing
    assert paused.sync_status.is_paused
    assert paused.sync_status.succeeded_at == paused.succeeded_at


async def test_what_was_read_can_be_changed_and_sent_back(colour, ft, box):
    """Whoever changes a table of what was read would have to write it out by hand."""
    name = next(name for name, it in box.account.connections.items() if it["sandbox"]["seeded_as"] == "healthy")
    config = await colour.call(ft.schemas.reload, name)
    schema_name, schema = next(iter(config.schemas.items()))
    table_name, table = next((key, it) for key, it in schema.tables.items() if it.enabled and not it.is_locked)
    changed = attrs.evolve(schema, tables={table_name: attrs.evolve(table, enabled=False)})
    after = await colour.call(ft.schemas.update, name, schemas={schema_name: changed})
    assert after.schemas[schema_name].tables[table_name].enabled is False
    assert set(json.loads(box.requests[-1].body)["schemas"][schema_name]) == {"enabled", "tables"}
    again = await colour.call(ft.schemas.update, name, schemas=config.schemas)
    assert again.schemas[schema_name].tables[table_name].enabled is True
