"""Models of keys, agents and webhooks: no secret is shown, and what is new tomorrow is read."""

from typing import Any

import pytest

from fivetran_async.models._base import Model
from fivetran_async.models.hvr import HvrHubRegistration
from fivetran_async.models.hybrid_agents import HybridAgentCredentials
from fivetran_async.models.private_links import PrivateLink, PrivateLinkState
from fivetran_async.models.proxy_agents import ProxyAgent, ProxyAgentCredentials, ProxyAgentStatus
from fivetran_async.models.roles import Role, RoleScope
from fivetran_async.models.system_keys import SystemKey, SystemKeyResourceType
from fivetran_async.models.webhooks import Webhook, WebhookEventType

SECRET = "s3cret"


@pytest.mark.parametrize(
    ("model", "fields"),
    [
        (SystemKey, {"id": "k", "key": SECRET, "secret": SECRET}),
        (Webhook, {"id": "w", "secret": SECRET}),
        (HvrHubRegistration, {"access_token": SECRET}),
        (ProxyAgentCredentials, {"auth_token": SECRET, "client_cert": SECRET, "client_private_key": SECRET}),
        (
            HybridAgentCredentials,
            {
                "id": "a",
                "token": SECRET,
                "files": {"config_json": SECRET, "auth_json": SECRET, "docker_compose_yaml": SECRET},
            },
        ),
    ],
    ids=lambda value: value.__name__ if isinstance(value, type) else "",
)
def test_no_secret_is_shown(model: type[Model], fields: dict[str, Any]) -> None:
    """Otherwise a log line of an object would give its credentials away."""
    made = model.from_dict(fields)
    assert SECRET not in repr(made)
    assert SECRET not in str(made)
    assert {name: value for name, value in made.to_dict().items() if value} == fields


@pytest.mark.parametrize(
    ("kind", "of_account", "of_group"),
    [("account", True, False), ("group", False, True), ("galaxy", False, False), (None, False, False)],
)
def test_the_level_of_a_webhook(kind: str | None, of_account: bool, of_group: bool) -> None:
    """Otherwise one group's webhook would pass for one of the whole account."""
    webhook = Webhook.from_dict({"id": "w", "type": kind})
    assert (webhook.is_account_level, webhook.is_group_level) == (of_account, of_group)


def test_a_value_of_tomorrow_is_read() -> None:
    """Otherwise a new event, state or scope would hide the object that has it."""
    webhook = Webhook.from_dict({"id": "w", "events": ["sync_end", "moon_landing"]})
    assert webhook.events == (WebhookEventType.SYNC_END, "moon_landing")
    assert [WebhookEventType(event).is_known for event in webhook.events] == [True, False]
    assert Role.from_dict({"name": "r", "scope": ["TEAM", "MOON"]}).scope == (RoleScope.TEAM, "MOON")
    key = SystemKey.from_dict({"id": "k", "permissions": [{"resource_type": "PROXY", "access_level": "READ"}]})
    assert key.permissions[0].resource_type == "PROXY"
    assert not SystemKeyResourceType("PROXY").is_known
    assert PrivateLink.from_dict({"id": "p", "state": "OK", "service": "SOURCE_MOON"}).state is PrivateLinkState.OK


def test_one_class_reads_a_listed_and_a_detailed_proxy_agent() -> None:
    """Otherwise an agent from a list could not be passed where one with its usage is wanted."""
    listed = ProxyAgent.from_dict({"id": "a", "status": "CONNECTED", "connector_count": 2, "destination_count": 1})
    detailed = ProxyAgent.from_dict({"id": "a", "usage": [{"id": "c", "schema": None, "service": "postgres"}]})
    assert (listed.status, listed.connector_count, listed.destination_count, listed.usage) == (
        ProxyAgentStatus.CONNECTED,
        2,
        1,
        (),
    )
    assert [(use.id, use.schema, use.service) for use in detailed.usage] == [("c", None, "postgres")]
