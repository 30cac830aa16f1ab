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
from fivetran_async.resources.connections import Connections
from fivetran_async.resources.groups import Groups
from fivetran_async.resources.hvr import Hvr
from fivetran_async.resources.hybrid_agents import HybridAgents
from fivetran_async.resources.private_links import PrivateLinks
from fivetran_async.resources.proxy_agents import ProxyAgents
from fivetran_async.resources.schemas import Schemas
from fivetran_async.resources.system_keys import SystemKeys
from fivetran_async.resources.teams import Teams
from fivetran_async.resources.users import Users
from fivetran_async.resources.webhooks import Webhooks

URL = "https://example.com/hook"
HUB: dict[str, Any] = {"fingerprint": "f", "port": 4343, "hub_server_url": URL}
USER: dict[str, Any] = {"email": "a@example.com", "given_name": "A", "family_name": "B"}
LINK: dict[str, Any] = {"name": "n", "region": "AWS_US_EAST_1", "service": "SOURCE_AWS"}
PERMISSION: dict[str, Any] = {"resource_type": "USER", "access_level": "READ"}
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
    "empty role of a user": (lambda p: Users(p).create(**but(USER, role="")), "^role"),
    "no role of a user any more": (lambda p: Users(p).update("x", role=None), "^role"),  # type: ignore[arg-type]
    "empty role in a team": (lambda p: Teams(p).users.add("x", "u", role=""), "^role"),
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
        lambda p: SystemKeys(p).create(name="n", permissions=[PERMISSION, but(PERMISSION, access_level="WRITE")]),
        r"^permissions\[1\]\.access_level must be one of 'NONE', 'READ', 'MANAGE', not 'WRITE'",
    ),
    "unknown access level in a model": (
        lambda p: SystemKeys(p).update("x", permissions=[SystemKeyPermission(**but(PERMISSION, access_level="WRITE"))]),
        r"^permissions\[0\]\.access_level must be one of",
    ),
    "permission without a level": (
        lambda p: SystemKeys(p).create(name="n", permissions=[{"resource_type": "USER"}]),
        r"^permissions\[0\]\.access_level must be a text",
    ),
    "permission for nothing": (
        lambda p: SystemKeys(p).create(name="n", permissions=[SystemKeyPermission(access_level=AccessLevel.READ)]),
        r"^permissions\[0\]\.resource_type must be a text",
    ),
    "permission narrowed by a list": (
        lambda p: SystemKeys(p).update("x", permissions=[but(PERMISSION, resource_filter=["c"])]),
        r"^permissions\[0\]\.resource_filter must be a mapping, not list",
    ),
    "name of a key with a digit first": (
        lambda p: SystemKeys(p).create(name="1st", permissions=[]),
        "^name must start with a letter or an underscore, not '1'",
    ),
    "new name of a key with a blank first": (lambda p: SystemKeys(p).update("x", name=" n"), "^name must start with"),
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
    "null for events": (lambda p: Webhooks(p).create_account(url=URL, events=None), "^events must be .* not None"),  # type: ignore[arg-type]
    "no events any more": (lambda p: Webhooks(p).update("x", events=[]), "^events"),
    "nothing new of a webhook": (lambda p: Webhooks(p).update("x"), "^nothing to change"),
    "no answer whether to send": (
        lambda p: Webhooks(p).update("x", active="false"),  # type: ignore[arg-type]
        "^active must be True or False, not 'false'",
    ),
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
    "settings in no mapping": (
        lambda p: PrivateLinks(p).create(**LINK, config=["a"]),  # type: ignore[arg-type]
        "^config must be a mapping, not list",
    ),
    "no new settings": (lambda p: PrivateLinks(p).update("x", config={}), "^nothing to change"),
    "proxy in no region": (lambda p: ProxyAgents(p).create(display_name="n", group_region=""), "^group_region"),
    "proxy without a name": (lambda p: ProxyAgents(p).create(display_name=""), "^display_name"),
    "agent without a name": (lambda p: HybridAgents(p).create(**but(AGENT, display_name="")), "^display_name"),
    "agent in nothing": (lambda p: HybridAgents(p).create(**but(AGENT, env_type="")), "^env_type"),
    "agent in something else": (
        lambda p: HybridAgents(p).create(**but(AGENT, env_type="NOMAD")),
        "^env_type must be one of 'DOCKER', 'PODMAN', 'KUBERNETES', 'SNOWPARK', not 'NOMAD'",
    ),
    "agent of no group": (lambda p: HybridAgents(p).create(**AGENT, group_id=""), "^group_id"),
    "terms as a text": (
        lambda p: HybridAgents(p).create(**but(AGENT, accept_terms="true")),
        "^accept_terms must be True or False, not 'true'",
    ),
    "terms that are not accepted": (
        lambda p: HybridAgents(p).create(**but(AGENT, accept_terms=False)),
        "^accept_terms must be True: .* cannot be made without accepting",
    ),
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
    await ProxyAgents(recorder).create(display_name="n", group_region="MOON_1")
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


LISTS: dict[str, Callable[..., Any]] = {
    "users": lambda p, **filters: Users(p).list(**filters),
    "users of a team": lambda p, **filters: Teams(p).users.list("t", **filters),
    "users of a group": lambda p, **filters: Groups(p).users.list("g", **filters),
}


@pytest.mark.parametrize("kind", LISTS)
@pytest.mark.parametrize("bad", ["false", 0, 1, ""])
async def test_a_filter_by_a_boolean(kind: str, bad: Any, recorder: Any) -> None:
    """Otherwise the text 'false' would be sent, and the API list who is active."""
    with pytest.raises(ArgumentError, match=r"^active must be True or False"):
        LISTS[kind](recorder, active=bad)
    for good in (True, False, None):
        await LISTS[kind](recorder, active=good).page()
    assert [asked.query["active"] for asked in recorder.asked] == [True, False, None]


def webhooks(pipeline: Any, **where: Any) -> Any:
    """List webhooks, for which there is no filter."""
    return Webhooks(pipeline).list(**where)


@pytest.mark.parametrize("bad", ["", " ", 5, b"c"])
def test_a_cursor_that_is_none(bad: Any, recorder: Any) -> None:
    """Otherwise a list would begin again at its first page, and its items come twice."""
    for ask in (*LISTS.values(), webhooks):
        with pytest.raises(ArgumentError, match=r"^cursor must be a text that is not empty"):
            ask(recorder, cursor=bad)


def deep(levels: int) -> dict[str, Any]:
    """Return settings of so many levels."""
    settings: dict[str, Any] = {"a": 1}
    for _ in range(levels):
        settings = {"a": settings}
    return settings


def endless() -> dict[str, Any]:
    """Return settings that hold themselves."""
    settings: dict[str, Any] = {}
    settings["a"] = settings
    return settings


@pytest.mark.parametrize("settings", [deep(3000), endless()], ids=["deep", "endless"])
async def test_settings_without_an_end(settings: dict[str, Any], recorder: Any) -> None:
    """Otherwise settings that no body can hold would end in an error that no caller expects."""
    name = {"name": settings}
    named: dict[str, Callable[[], Awaitable[Any]]] = {
        "config": lambda: PrivateLinks(recorder).update("x", config=settings),
        "auth": lambda: Connections(recorder).update("x", auth=settings),
        "destination_configuration": lambda: Connections(recorder).update("x", destination_configuration=settings),
        "schemas": lambda: Schemas(recorder).update("x", schemas=name),
        "tables": lambda: Schemas(recorder).update_schema("x", "s", enabled=True, tables=name),
        "columns": lambda: Schemas(recorder).update_table("x", "s", "t", enabled=True, columns=name),
    }
    for where, call in named.items():
        with pytest.raises(ArgumentError, match=rf"^({where}|the body) is nested too deep, or holds itself"):
            await call()
    assert recorder.asked == []


@pytest.mark.parametrize("bad", ["", " ", 7])
def test_an_empty_filter_is_refused(bad: Any, recorder: Any) -> None:
    """Otherwise the agents of all groups would be listed in place of one group's."""
    with pytest.raises(ArgumentError, match=r"^group_id"):
        HybridAgents(recorder).list(group_id=bad)


async def test_the_group_of_agents_is_named_as_the_api_names_it(recorder: Any) -> None:
    """Otherwise the API would ignore the filter and list the agents of all groups."""
    await HybridAgents(recorder).list(group_id="g").page()
    assert recorder.asked[0].query == {"groupId": "g"}
