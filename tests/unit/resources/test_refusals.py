"""Arguments that are refused before anything is sent, and those that only look like it."""

import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from fivetran_async import _codec
from fivetran_async import operations as ops
from fivetran_async.errors import ArgumentError
from fivetran_async.models.system_keys import AccessLevel, SystemKeyPermission, SystemKeyResourceFilter
from fivetran_async.models.webhooks import WebhookEventType
from fivetran_async.resources.hvr import Hvr
from fivetran_async.resources.hybrid_agents import HybridAgents
from fivetran_async.resources.private_links import PrivateLinks
from fivetran_async.resources.proxy_agents import ProxyAgents
from fivetran_async.resources.system_keys import SystemKeys
from fivetran_async.resources.teams import Teams
from fivetran_async.resources.users import Users
from fivetran_async.resources.webhooks import Webhooks

URL = "https://example.com/hook"
HUB: dict[str, Any] = {"fingerprint": "f", "port": 4343, "hub_server_url": URL}
USER: dict[str, Any] = {"email": "a@example.com", "given_name": "A", "family_name": "B"}
LINK: dict[str, Any] = {"name": "n", "region": "AWS_US_EAST_1", "service": "SOURCE_AWS"}
AGENT: dict[str, Any] = {"display_name": "n", "env_type": "DOCKER", "accept_terms": True}


def but(fields: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """Return arguments with some of them changed."""
    return {**fields, **changes}


REFUSED: dict[str, tuple[Callable[[Any], Awaitable[Any]], str]] = {
    "email without an @": (lambda p: Users(p).create(**but(USER, email="ada")), "^email must be an address"),
    "empty email": (lambda p: Users(p).create(**but(USER, email="")), "^email"),
    "empty name of a user": (lambda p: Users(p).create(**but(USER, given_name=" ")), "^given_name"),
    "empty new name of a user": (lambda p: Users(p).update("x", family_name=""), "^family_name"),
    "nothing new of a user": (lambda p: Users(p).update("x"), "^nothing to change"),
    "empty name of a team": (lambda p: Teams(p).create(name=""), "^name"),
    "empty new name of a team": (lambda p: Teams(p).update("x", name=""), "^name"),
    "nothing new of a team": (lambda p: Teams(p).update("x"), "^nothing to change"),
    "nothing new of a key": (lambda p: SystemKeys(p).update("x"), "^nothing to change"),
    "empty name of a key": (lambda p: SystemKeys(p).create(name="", permissions=[]), "^name"),
    "empty new name of a key": (lambda p: SystemKeys(p).update("x", name=""), "^name"),
    "one permission in no list": (
        lambda p: SystemKeys(p).create(name="n", permissions={"access_level": "READ"}),  # type: ignore[arg-type]
        "^permissions must be a list",
    ),
    "permission by name": (
        lambda p: SystemKeys(p).update("x", permissions=["USER:READ"]),  # type: ignore[list-item]
        r"^permissions\[0\]",
    ),
    "unknown access level": (
        lambda p: SystemKeys(p).create(name="n", permissions=[{}, {"access_level": "WRITE"}]),
        r"^permissions\[1\]\.access_level must be one of 'NONE', 'READ', 'MANAGE', not 'WRITE'",
    ),
    "unknown access level in a model": (
        lambda p: SystemKeys(p).update("x", permissions=[SystemKeyPermission(access_level=AccessLevel("WRITE"))]),
        r"^permissions\[0\]\.access_level",
    ),
    "unknown period of a key": (
        lambda p: SystemKeys(p).create(name="n", permissions=[], expiration_period="ONE_YEAR"),
        "^expiration_period must be one of",
    ),
    "unknown period of a rotation": (
        lambda p: SystemKeys(p).rotate("x", expiration_period="ONE_YEAR", confirm=True),
        "^expiration_period must be one of",
    ),
    "no events": (lambda p: Webhooks(p).create_account(url=URL, events=[]), "^events"),
    "one event in no list": (lambda p: Webhooks(p).create_group("g", url=URL, events="sync_end"), "^events"),
    "no events any more": (lambda p: Webhooks(p).update("x", events=[]), "^events"),
    "nothing new of a webhook": (lambda p: Webhooks(p).update("x"), "^nothing to change"),
    "masked secret": (
        lambda p: Webhooks(p).create_account(url=URL, events=["sync_end"], secret="******"),
        "^secret: .*allow_masked=True",
    ),
    "new masked secret": (lambda p: Webhooks(p).update("x", secret="******"), "^secret: .*allow_masked=True"),
    "test without an event": (lambda p: Webhooks(p).test("x", event=""), "^event"),
    "no port": (lambda p: Hvr(p).register_hub(**but(HUB, port=0)), "^port must be a whole number from 1 to 65535"),
    "port as a text": (lambda p: Hvr(p).register_hub(**but(HUB, port="4343")), "^port"),
    "no fingerprint": (lambda p: Hvr(p).register_hub(**but(HUB, fingerprint="")), "^fingerprint"),
    "no hub": (lambda p: Hvr(p).register_hub(**but(HUB, hub_server_url="")), "^hub_server_url"),
    "link without a region": (lambda p: PrivateLinks(p).create(**but(LINK, region="")), "^region"),
    "masked setting": (lambda p: PrivateLinks(p).create(**LINK, config={"key": "******"}), r"^config\.key"),
    "new masked setting": (lambda p: PrivateLinks(p).update("x", config={"key": "******"}), r"^config\.key"),
    "proxy without a name": (lambda p: ProxyAgents(p).create(display_name=""), "^display_name"),
    "agent without a name": (lambda p: HybridAgents(p).create(**but(AGENT, display_name="")), "^display_name"),
    "agent in nothing": (lambda p: HybridAgents(p).create(**but(AGENT, env_type="")), "^env_type"),
    "unknown way to authenticate": (lambda p: HybridAgents(p).create(**AGENT, auth_type="TOKEN"), "^auth_type"),
    "unknown new way to authenticate": (
        lambda p: HybridAgents(p).re_auth("x", auth_type="TOKEN", confirm=True),
        "^auth_type",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
async def test_what_the_api_would_refuse_is_not_sent(case: str, recorder: Any) -> None:
    """Otherwise a mistake would cost a call to find out, or make something of nothing."""
    call, message = REFUSED[case]
    with pytest.raises(ArgumentError, match=message):
        await call(recorder)
    assert recorder.asked == []


@pytest.mark.parametrize(
    "url",
    [
        "",
        "example.com/s3cret",
        "ftp://example.com/s3cret",
        "https:///s3cret",
        "https://[::1/s3cret",
        "https://a b/s3cret",
    ],
)
async def test_what_is_no_url_is_refused_without_being_shown(url: str, recorder: Any) -> None:
    """Otherwise events would go nowhere, or the token in a receiver's address stand in a log."""
    with pytest.raises(ArgumentError, match=r"^url must be") as caught:
        await Webhooks(recorder).create_account(url=url, events=["sync_end"])
    assert "s3cret" not in str(caught.value)
    assert recorder.asked == []


async def test_plain_http_is_the_apis_to_judge(recorder: Any) -> None:
    """Otherwise a webhook could not be tried against a local API that takes plain HTTP."""
    await Webhooks(recorder).update("x", url="http://127.0.0.1:8080/hook")
    assert recorder.asked[0].body["url"] == "http://127.0.0.1:8080/hook"


async def test_what_grows_is_the_apis_to_judge(recorder: Any) -> None:
    """Otherwise an event, a service or a resource type of tomorrow would need a new version of the SDK."""
    events = [WebhookEventType.SYNC_END, "moon_landing"]
    await Webhooks(recorder).create_account(url=URL, events=events)
    await PrivateLinks(recorder).create(name="n", region="MOON_1", service="SOURCE_MOON")
    await HybridAgents(recorder).create(display_name="n", env_type="NOMAD", accept_terms=True)
    await SystemKeys(recorder).create(name="n", permissions=[{"resource_type": "MOON", "access_level": "READ"}])
    assert len(recorder.asked) == 4


async def test_a_mask_can_be_meant(recorder: Any) -> None:
    """Otherwise a secret of six asterisks could not be set at all."""
    await Webhooks(recorder).update("x", secret="******", allow_masked=True)
    await PrivateLinks(recorder).update("x", config={"key": "******"}, allow_masked=True)
    webhook, link = (asked.body for asked in recorder.asked)
    assert webhook["secret"] == "******"
    assert link == {"config": {"key": "******"}}


async def test_permissions_are_sent_as_models_or_as_mappings(recorder: Any) -> None:
    """Otherwise a permission that was read could not be given to another key."""
    await SystemKeys(recorder).create(
        name="n",
        permissions=[
            SystemKeyPermission(resource_type="USER", access_level=AccessLevel.READ),
            SystemKeyPermission(
                resource_type="CONNECTOR",
                access_level="MANAGE",
                resource_filter=SystemKeyResourceFilter(ids=("c",), group_ids=("g",)),
            ),
            {"resource_type": "TEAM", "access_level": "NONE"},
        ],
    )
    sent = _codec.encode(ops.CREATE_SYSTEM_KEY, body=recorder.asked[0].body).body
    assert json.loads(sent or b"") == {
        "name": "n",
        "permissions": [
            {"resource_type": "USER", "access_level": "READ"},
            {
                "resource_type": "CONNECTOR",
                "access_level": "MANAGE",
                "resource_filter": {"ids": ["c"], "group_ids": ["g"]},
            },
            {"resource_type": "TEAM", "access_level": "NONE"},
        ],
    }


@pytest.mark.parametrize("bad", ["", " ", 7])
def test_an_empty_filter_is_refused(bad: Any, recorder: Any) -> None:
    """Otherwise the agents of all groups would be listed in place of one group's."""
    with pytest.raises(ArgumentError, match=r"^group_id"):
        HybridAgents(recorder).list(group_id=bad)


async def test_the_group_of_agents_is_named_as_the_api_names_it(recorder: Any) -> None:
    """Otherwise the API would ignore the filter and list the agents of all groups."""
    await HybridAgents(recorder).list(group_id="g").page()
    assert recorder.asked[0].query == {"groupId": "g"}
