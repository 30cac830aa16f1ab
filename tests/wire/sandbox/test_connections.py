"""What else connections, destinations and groups do: connect cards, former paths, fields that are cleared, keys."""

from __future__ import annotations

import base64
import json
from urllib.parse import parse_qs, urlsplit

import pytest

V2 = {"Accept": "application/json;version=2"}
CARD = {"redirect_uri": "https://example.com/done?x=1", "hide_setup_guide": True, "all_fields": False}


@pytest.fixture
def group(box):
    """Return the id of a group with a destination."""
    return next(iter(box.account.groups))


@pytest.fixture
def shop(box, group):
    """Return the path of a connection."""
    return f"/v1/connections/{box.account.add_connection(group)['id']}"


def test_connect_card(call, shop):
    """A card would lack a part, carry another token than its address, or be valid for ever."""
    answer = call.post(f"{shop}/connect-card", {"connect_card_config": CARD})
    assert answer.status == 200
    assert set(answer.data) == {"connector_id", "connect_card", "connect_card_config"}
    assert answer.data["connector_id"] == shop.rpartition("/")[2]
    assert answer.data["connect_card_config"] == CARD
    card = answer.data["connect_card"]
    assert set(card) == {"token", "uri"}
    address = urlsplit(card["uri"])
    assert f"{address.scheme}://{address.netloc}{address.path}" == "https://fivetran.com/connect-card/setup"
    query = parse_qs(address.query)
    assert query == {"redirect_uri": [CARD["redirect_uri"]], "auth": [card["token"]], "hide_setup_guide": ["true"]}
    claims = json.loads(base64.urlsafe_b64decode(card["token"].split(".")[1] + "=="))
    assert claims["exp"] - claims["iat"] == 86_400
    again = call.post(f"{shop}/connect-card", {"connect_card_config": CARD}).data["connect_card"]
    assert again["token"] != card["token"]
    assert card["token"] not in call.get(shop).raw.decode()


@pytest.mark.parametrize(
    "config",
    [
        None,
        {},
        {"redirect_uri": None},
        {"redirect_uri": ""},
        {"redirect_uri": "example.com"},
        {"redirect_uri": "ftp://example.com"},
        {"redirect_uri": "https://[bad"},
        {"redirect_uri": 5},
        CARD | {"hide_setup_guide": "yes"},
        "https://example.com",
    ],
)
def test_bad_connect_card(call, group, shop, config):
    """A card would lead nowhere, or a connection be created for it."""
    answer = call.post(f"{shop}/connect-card", {"connect_card_config": config})
    assert (answer.status, answer.code) == (400, "InvalidInput")
    if config is not None:
        body = {"group_id": group, "service": "github", "config": {"schema": "fresh"}, "connect_card_config": config}
        assert call.post("/v1/connections", body).status == 400
        assert call.get("/v1/connections?schema=fresh").data["items"] == []


def test_connect_card_on_create(call, group):
    """A connection that is created for a card would come without it."""
    body = {"group_id": group, "service": "github", "config": {"schema": "fresh"}, "run_setup_tests": False}
    made = call.post("/v1/connections", body | {"connect_card_config": CARD}).data
    assert made["connect_card_config"] == CARD
    assert made["connect_card"]["uri"].startswith("https://fivetran.com/connect-card/setup?")
    assert "connect_card" not in call.get(f"/v1/connections/{made['id']}").data


def test_naming_is_chosen_on_create(call, group):
    """The choice of names would be ignored, or a wrong one taken."""
    body = {"group_id": group, "service": "github", "config": {"schema": "fresh"}, "run_setup_tests": False}
    wrong = call.post("/v1/connections", body | {"destination_schema_names": "MY_NAMING"})
    assert (wrong.status, wrong.code) == (400, "InvalidInput")
    made = call.post("/v1/connections", body | {"destination_schema_names": "SOURCE_NAMING"}).data
    assert made["destination_schema_names"] == "SOURCE_NAMING"


def test_null_clears_ids(call, group, shop):
    """An agent or a link could not be taken away from a connection or destination again."""
    names = ("proxy_agent_id", "private_link_id", "hybrid_deployment_agent_id", "external_secrets_manager_id")
    for path in (shop, f"/v1/destinations/{group}"):
        changed = call.patch(path, dict.fromkeys(names, "some_id") | {"run_setup_tests": False}).data
        assert {changed[name] for name in names} == {"some_id"}
        changed = call.patch(path, dict.fromkeys(names) | {"run_setup_tests": False}).data
        assert not changed.keys() & {*names, "local_processing_agent_id"}
        assert changed == call.get(path).data


def test_former_name_of_the_agent(call, group):
    """A client that reads the agent's former name would see another one, or none."""
    path = f"/v1/destinations/{group}"
    changed = call.patch(path, {"hybrid_deployment_agent_id": "agent", "run_setup_tests": False}).data
    assert changed["local_processing_agent_id"] == "agent"


def test_a_destination_can_be_changed_in_part(call, group):
    """A change of a destination would want its time zone each time."""
    changed = call.patch(f"/v1/destinations/{group}", {"region": "GCP_EUROPE_WEST3", "run_setup_tests": False})
    assert (changed.status, changed.data["region"]) == (200, "GCP_EUROPE_WEST3")


def test_lists_of_destinations_name_no_secrets(call, group):
    """A list of destinations would carry a field that only its details have."""
    name, value = "external_secrets_keys_config", {"password": "vault/key"}
    changed = call.patch(f"/v1/destinations/{group}", {name: value, "run_setup_tests": False})
    assert changed.data[name] == value
    assert all(name not in item for item in call.get("/v1/destinations").data["items"])


@pytest.mark.parametrize("headers", [{"Accept": "application/json"}, V2])
def test_former_paths(call, group, shop, headers):
    """A client that still says connectors would be sent away."""
    former = shop.replace("connections", "connectors")
    assert call.get(former, headers=headers).data == call.get(shop, headers=headers).data
    assert call.get(f"/v1/groups/{group}/connectors", headers=headers).data["items"]
    assert call.post(f"{former}/force", headers=headers).status == 200
    assert call.get(shop).data["status"]["sync_state"] == "syncing"
    for path, body in (
        ("sync", {}),
        ("test", {}),
        ("connect-card", {"connect_card_config": CARD}),
        ("schemas/reload", {}),
    ):
        assert call.post(f"{former}/{path}", body, headers=headers).status == 200
    for path in ("certificates", "fingerprints", "schemas"):
        assert call.get(f"{former}/{path}", headers=headers).status == 200
    assert (
        call.get("/v1/local-processing-agents", headers=headers).data == call.get("/v1/hybrid-deployment-agents").data
    )


def test_keys_of_a_group(call, box):
    """A group's SSH key would change, be shared, or not have the form of one; so would its service account."""
    first, second = list(box.account.groups)[:2]
    keys = [call.get(f"/v1/groups/{name}/public-key").data["public_key"] for name in (first, first, second)]
    assert keys[0] == keys[1] != keys[2]
    kind, blob, *_ = keys[0].split()
    assert kind == "ssh-rsa"
    assert base64.b64decode(blob).startswith(b"\x00\x00\x00\x07ssh-rsa\x00\x00\x00\x03\x01\x00\x01\x00\x00\x01\x01\x00")
    accounts = {call.get(f"/v1/groups/{name}/service-account").data["service_account"] for name in (first, second)}
    assert len(accounts) == 2
    assert all(name.endswith(".iam.gserviceaccount.com") and "_" not in name for name in accounts)
    for path in ("public-key", "service-account"):
        assert call.get(f"/v1/groups/nope/{path}").code == "NotFound_Group"
