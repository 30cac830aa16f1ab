"""Connector types: all services are there, and what their configs look like agrees with what the sandbox does."""

from __future__ import annotations

import pytest

from fivetran_async.sandbox.data import catalog

PATH = "/v1/metadata/connector-types"
KNOWN = (
    "postgres",
    "mysql",
    "sql_server",
    "snowflake_db",
    "s3",
    "google_sheets",
    "salesforce",
    "google_ads",
    "hubspot",
    "stripe",
    "connector_sdk",
)


def secrets(tree, name=""):
    """Return the names of all fields whose format is password, at any depth."""
    found = {name} if tree.get("format") == "password" else set()
    for inner, field in tree.get("properties", {}).items():
        found |= secrets(field, inner)
    return found | (secrets(tree["items"]) if "items" in tree else set())


def test_all_services_in_pages(call):
    """A connector type would be missing from the list, be there twice, or not be found by its id."""
    items = call.walk(PATH, 100)
    names = [item["id"] for item in items]
    assert names == [service.id for service in catalog.every("connector")]
    assert len(set(names)) == len(names) > 700
    assert len(call.get(PATH).data["items"]) == 100
    for item in items[::50]:
        detail = call.get(f"{PATH}/{item['id']}").data
        assert detail | item == detail
        assert detail["config"]["type"] == "object"


def test_public_list(call):
    """The public list would ask for credentials, have pages, or differ from the account's."""
    answer = call.get("/public/connector-types", auth=None)
    assert answer.status == 200
    assert answer.data == {"items": call.walk(PATH, 1000)}
    assert call.get(PATH, auth=None).status == 401


def test_unknown_types(call):
    """A type that Fivetran does not have, or that is a destination, would be described."""
    for name in ("nope", "big_query", "cloudwatch"):
        answer = call.get(f"{PATH}/{name}")
        assert (answer.status, answer.code) == (404, "NotFound")


@pytest.mark.parametrize("name", KNOWN)
def test_trees_of_known_services(call, name):
    """The tree of a well-known service would not have the secrets that are masked, or the fields that are required."""
    service = catalog.find(name, "connector")
    detail = call.get(f"{PATH}/{name}").data
    tree = detail["config"]
    assert tree["required"] == list(service.schema_fields)
    assert set(service.schema_fields) < set(tree["properties"])
    for field in service.schema_fields:
        assert tree["properties"][field]["immutable"]
    assert secrets(tree) - {"value"} == service.secrets
    assert ("auth" in detail) is service.takes_auth
    assert ("external_secrets_keys_config" in detail) is service.external_secrets
    for field in tree["properties"].values():
        assert field["type"] in {"string", "integer", "boolean", "array", "object"}
        assert field["title"]
        assert field["description"]
        assert ("items" in field) is (field["type"] == "array")


def test_trees_in_depth(call):
    """Nested fields, choices and the shape of the auth object would be missing from the trees."""
    sdk = call.get(f"{PATH}/connector_sdk").data["config"]["properties"]
    assert set(sdk["secrets_list"]["items"]["properties"]) == {"key", "value"}
    assert sdk["secrets_list"]["items"]["required"] == ["key", "value"]
    assert {"package_id", "python_version", "proxy_host_config_key", "sync_method", "schema"} <= set(sdk)
    postgres = call.get(f"{PATH}/postgres").data
    assert "XMIN" in postgres["config"]["properties"]["update_method"]["enum"]
    assert postgres["config"]["properties"]["port"]["type"] == "integer"
    assert set(postgres["external_secrets_keys_config"]["properties"]) == {"password", "client_private_key"}
    ads = call.get(f"{PATH}/google_ads").data
    assert set(ads["auth"]["properties"]["client_access"]["properties"]) > {"client_id", "developer_token"}
    assert ads["config"]["properties"]["reports"]["items"]["properties"]["fields"]["items"]["type"] == "string"


def test_minimal_trees(call):
    """A service whose tree is not known in full would not even name its schema and its secrets."""
    tree = call.get(f"{PATH}/freshdesk").data["config"]
    service = catalog.find("freshdesk", "connector")
    assert set(tree["properties"]) == {"schema"} | service.secrets
    assert secrets(tree) == service.secrets
