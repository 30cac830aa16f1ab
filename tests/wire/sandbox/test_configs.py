"""Configs of connections: held against the trees that the sandbox itself shows, and the rules of the Connector SDK."""

from __future__ import annotations

import json

import pytest

CONNECTIONS = "/v1/connections"
V2 = {"Accept": "application/json;version=2"}
POSTGRES = {"schema_prefix": "shop", "host": "db.example.com", "password": "hidden"}
SDK = {"schema": "keap", "python_version": "3.12", "secrets_list": [{"key": "token", "value": "hidden"}]}
WRONG = [
    ("postgres", {"port": "high"}, "port"),
    ("postgres", {"port": 5432.5}, "port"),
    ("postgres", {"port": True}, "port"),
    ("postgres", {"host": 5}, "host"),
    ("postgres", {"host": ["db"]}, "host"),
    ("postgres", {"always_encrypted": "true"}, "always_encrypted"),
    ("postgres", {"update_method": "BINLOG"}, "update_method"),
    ("mysql_rds", {"update_method": "XMIN"}, "update_method"),
    ("s3", {"files": {}}, "files"),
    ("s3", {"files": [{"table_name": 5}]}, "files[0].table_name"),
    ("google_ads", {"accounts": ["1", 2]}, "accounts[1]"),
    ("google_ads", {"reports": [{"fields": "all"}]}, "reports[0].fields"),
    ("connector_sdk", {"python_version": "2.7"}, "python_version"),
    ("connector_sdk", {"secrets_list": {"token": "hidden"}}, "secrets_list"),
    ("connector_sdk", {"secrets_list": ["token"]}, "secrets_list[0]"),
    ("connector_sdk", {"secrets_list": [None]}, "secrets_list[0]"),
    ("connector_sdk", {"secrets_list": [{"key": "token"}]}, "secrets_list[0].value"),
    ("connector_sdk", {"secrets_list": [{"key": "a", "value": 1}]}, "secrets_list[0].value"),
    ("connector_sdk", {"package_id": "no_such_package"}, "package_id"),
    ("connector_sdk", {"package_id": 5}, "package_id"),
]
NAMES = {
    "schema": {"schema": "fresh"},
    "schema_prefix": {"schema_prefix": "fresh"},
    "schema_table_group": {"schema": "fresh", "table_group_name": "files"},
}
FAMILIES = {"s3": "schema_table_group", "postgres": "schema_prefix", "mysql_rds": "schema_prefix"}


@pytest.fixture
def group(box):
    """Return the id of a group."""
    return next(iter(box.account.groups))


@pytest.fixture
def create(call, group):
    """Return what creates connections."""

    def make(service, config, **more):
        return call.post(CONNECTIONS, {"group_id": group, "service": service, "config": config} | more, headers=V2)

    return make


@pytest.mark.parametrize(("service", "change", "field"), WRONG)
def test_wrong_values(call, box, create, group, service, change, field):
    """A config that its own description forbids would be accepted, or the refusal not say where it is wrong."""
    before = list(box.account.connections)
    name = NAMES[FAMILIES.get(service, "schema")]
    refused = create(service, name | change)
    assert (refused.status, refused.code) == (400, "InvalidInput")
    assert f"'config.{field}'" in refused.json["message"]
    assert list(box.account.connections) == before
    planted = box.account.add_connection(group, service, "fresh", config=dict(name))
    kept = json.dumps(planted)
    refused = call.patch(f"{CONNECTIONS}/{planted['id']}", {"config": change})
    assert (refused.status, refused.code) == (400, "InvalidInput")
    assert f"'config.{field}'" in refused.json["message"]
    assert json.dumps(planted) == kept


def test_numbers_as_texts(call, create):
    """What version 1 shows of a config could not be sent back, or a number would become a text by that."""
    made = create("postgres", POSTGRES | {"port": "5433", "tunnel_port": None})
    assert (made.status, made.data["config"]["port"]) == (201, 5433)
    path = f"{CONNECTIONS}/{made.data['id']}"
    shown = call.get(path).data["config"]
    assert shown["port"] == "5433"
    assert call.patch(path, {"config": {"port": shown["port"]}}, headers=V2).data["config"]["port"] == 5433


def test_what_the_trees_do_not_have(create):
    """A field that the public reference lacks, or a service of which little is known, could not be tried at all."""
    made = create("postgres", POSTGRES | {"brand_new_field": {"deep": [1]}})
    assert (made.status, made.data["config"]["brand_new_field"]) == (201, {"deep": [1]})
    assert create("freshdesk", {"schema": "fresh", "api_key": ["odd"]}).status == 201


@pytest.mark.parametrize("name", ["Keap", "1keap", "keap-crm", "keap crm", "kéap", ""])
def test_names_of_custom_connectors(create, name):
    """A name that the vendor's own tool refuses would be accepted for a custom connector."""
    refused = create("connector_sdk", SDK | {"schema": name})
    assert (refused.status, refused.code) == (400, "InvalidInput")
    assert "'config.schema'" in refused.json["message"]
    assert create("connector_sdk", SDK | {"schema": "_keap2"}).status == 201


def test_a_custom_connector_wants_its_package(call, box, create):
    """A custom connector without any code would count as set up, or one with code would not."""
    box.account.things["connector_packages"]["code"] = {"id": "code"}
    made = create("connector_sdk", SDK, auth={"client_access": {}})
    assert made.data["status"]["setup_state"] == "incomplete"
    path = f"{CONNECTIONS}/{made.data['id']}"
    assert call.patch(path, {"config": {"package_id": "code"}}).data["status"]["setup_state"] == "connected"
    assert create("connector_sdk", SDK | {"schema": "x", "package_id": "code"}).data["setup_tests"][0]["status"] == (
        "PASSED"
    )


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"destination_configuration": {"virtual_warehouse": 5}}, "destination_configuration.virtual_warehouse"),
        ({"data_delay_threshold": 2**31}, "data_delay_threshold"),
        ({"connect_card_config": {"redirect_uri": 5}}, "connect_card_config.redirect_uri"),
        ({"connect_card_config": {}}, "connect_card_config.redirect_uri"),
        ({"config": {}}, "config.schema"),
    ],
)
def test_other_fields(create, change, field):
    """A value that the API's types forbid would be accepted, or the refusal not say where it is."""
    refused = create("github", **{"config": {"schema": "fresh"}} | change)
    assert refused.status == 400
    assert f"'{field}'" in refused.json["message"]


def test_the_largest_number(create):
    """A number that just fits would be refused."""
    assert create("github", {"schema": "fresh"}, data_delay_threshold=2**31 - 1).status == 201
