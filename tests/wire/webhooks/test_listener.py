"""The listener, in both colours, against the sandbox."""

import asyncio
import contextlib
import importlib
import logging
import socket
import urllib.request
from collections.abc import AsyncIterator, Callable
from typing import Any

import aiohttp
import pytest

from fivetran_async import (
    ArgumentError,
    BadRequestError,
    ClosedError,
    ConfigError,
    DeadlineExceededError,
    Fivetran,
    ForbiddenError,
    ReadOnlyError,
    TransportError,
)
from fivetran_async.sandbox import Sandbox
from fivetran_async.webhooks import SIGNATURE_HEADER, WebhookListener, compute_signature

URL = "http://127.0.0.1:{port}/hook?token=t"
HERE = {"url": URL, "bind": "127.0.0.1:0"}


@pytest.fixture
async def stage() -> AsyncIterator[tuple[Sandbox, Fivetran, list[str]]]:
    """A sandbox, a client of it, and connections that sync well."""
    async with Sandbox(seed=3, groups=2, connections=0) as box, box.client() as ft:
        group = next(iter(box.account.groups))
        ids = [box.account.add_connection(group, sync_frequency=1440)["id"] for _ in range(5)]
        yield box, ft, ids


def hooks(box: Sandbox) -> list[str]:
    """Return the addresses of the webhooks that lead here."""
    return [hook["url"] for hook in box.account.things["webhooks"].values() if "127.0.0.1" in hook["url"]]


async def until(true: Callable[[], bool]) -> None:
    """Wait until something is so."""
    async with asyncio.timeout(30):
        while True:
            if true():
                return
            await asyncio.sleep(0.01)


async def deliver(listener: WebhookListener, body: bytes, signature: str | None = None) -> int:
    """Deliver something; return the status of the answer."""
    headers = {SIGNATURE_HEADER: signature or compute_signature(body, "known")}
    async with aiohttp.ClientSession() as session, session.post(listener.url, data=body, headers=headers) as answer:
        return answer.status


@pytest.mark.parametrize("colour", ["fivetran_async", "fivetran_sync"])
def test_events_come_and_the_webhook_goes(colour: str) -> None:
    """Events would be missed, or the webhook stay behind and be delivered to nobody."""
    module: Any = importlib.import_module(f"{colour}.webhooks")
    with Sandbox(seed=3, groups=1, connections=0) as box:
        group = next(iter(box.account.groups))
        ids = [box.account.add_connection(group, sync_frequency=1440)["id"] for _ in range(3)]
        box.syncs.script(ids[1], "failure", reason="no network")

        def shown(event: Any) -> tuple[str, str, bool]:
            return (str(event.event), event.connection, event.failed)

        async def listened() -> list[Any]:
            async with box.client() as ft, module.WebhookListener(ft, **HERE) as events:
                assert hooks(box) == [events.url]
                for name in ids:
                    await ft.connections.sync(name)
                box.clock.advance(3600)
                found = []
                async for event in events:
                    found.append(shown(event))
                    if len(found) == 6:
                        break
                return found

        def listened_blocking() -> list[Any]:
            with box.sync_client() as ft, module.WebhookListener(ft, **HERE) as events:
                assert hooks(box) == [events.url]
                for name in ids:
                    ft.connections.sync(name)
                box.clock.advance(3600)
                first = events.get(timeout=10)
                return [shown(first), *(shown(event) for _, event in zip(range(5), events, strict=False))]

        found = asyncio.run(listened()) if colour == "fivetran_async" else listened_blocking()
        assert sorted(found) == sorted(
            [("sync_start", name, False) for name in ids] + [("sync_end", name, name == ids[1]) for name in ids]
        )
        assert hooks(box) == []


async def test_whatever_ends_it_the_webhook_goes(stage: tuple[Sandbox, Fivetran, list[str]]) -> None:
    """An error, or Ctrl-C, would leave a webhook behind."""
    box, ft, _ = stage
    with pytest.raises(ZeroDivisionError):
        async with WebhookListener(ft, **HERE):
            raise ZeroDivisionError
    assert hooks(box) == []

    async def listen() -> None:
        async with WebhookListener(ft, **HERE) as events:
            await events.get()

    task = asyncio.create_task(listen())
    await until(lambda: bool(hooks(box)))
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
    assert task.cancelled()
    assert hooks(box) == []


async def test_a_webhook_that_stays_is_named(
    stage: tuple[Sandbox, Fivetran, list[str]], caplog: pytest.LogCaptureFixture
) -> None:
    """Nobody would know that a webhook is left to be deleted."""
    box, ft, _ = stage
    async with WebhookListener(ft, **HERE) as events:
        assert events.webhook is not None
        name = events.webhook.id
        box.faults.script("DELETE", "/v1/webhooks/*", status=403, times=None)
    assert f"the webhook {name} could not be deleted" in caplog.text
    box.faults.clear()
    # And the next run, at the same place, can tidy up after it.
    async with WebhookListener(ft, url=events.url, bind=f"127.0.0.1:{events.port}", replace=True) as again:
        assert again.webhook is not None
        assert hooks(box) == [again.url]
        assert again.webhook.id != name


async def test_what_nobody_signed_is_not_an_event(stage: tuple[Sandbox, Fivetran, list[str]]) -> None:
    """Whoever knows the address could make events, or one event come twice."""
    _, ft, _ = stage
    body = b'{"event":"sync_end","connector_id":"a","sync_id":"1","data":{"status":"SUCCESSFUL"}}'
    async with WebhookListener(ft, secret="known", **HERE) as events:
        assert await deliver(events, body, "0" * 64) == 401
        assert [await deliver(events, body) for _ in range(3)] == [200, 200, 200]
        assert events.waiting == 1
        assert (await events.get()).connection == "a"
        with pytest.raises(DeadlineExceededError, match=r"no event came within 0\.01 s"):
            await events.get(timeout=0.01)


async def test_what_nobody_reads_is_put_off(stage: tuple[Sandbox, Fivetran, list[str]]) -> None:
    """Events would fill the memory, or be lost."""
    _, ft, _ = stage
    bodies = [f'{{"event":"sync_end","connector_id":"c{number}"}}'.encode() for number in range(3)]
    async with WebhookListener(ft, secret="known", max_waiting=2, **HERE) as events:
        assert [await deliver(events, body) for body in bodies] == [200, 200, 503]
        assert (await events.get()).connection == "c0"
        assert await deliver(events, bodies[2]) == 200
        assert [(await events.get()).connection for _ in range(2)] == ["c1", "c2"]


async def test_what_is_wrong_is_said_before_anything_is_left(stage: tuple[Sandbox, Fivetran, list[str]]) -> None:
    """A port, or a webhook, would stay taken after a start that failed."""
    box, ft, _ = stage
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ConfigError, match=f"127.0.0.1:{port} cannot be listened on"):
            await WebhookListener(ft, url=URL, bind=f"127.0.0.1:{port}").__aenter__()
        with pytest.raises(BadRequestError):
            await WebhookListener(
                ft, url=f"http://127.0.0.1:{port + 1 if port < 65535 else 1}/", bind=":0"
            ).__aenter__()
    with pytest.raises(ReadOnlyError):
        await WebhookListener(ft.with_options(read_only=True), **HERE).__aenter__()
    assert hooks(box) == []
    listener = WebhookListener(ft, **HERE)
    with pytest.raises(ClosedError):
        await listener.get()
    async with listener:
        pass
    with pytest.raises(ArgumentError, match="once"):
        await listener.__aenter__()
    assert [event async for event in listener] == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"url": "http://example.com/hook"},
        {"url": "example.com"},
        {"url": "https://exa mple.com"},
        {"url": ""},
        {"url": 5},
        {"url": None},
        {"bind": "127.0.0.1"},
        {"bind": "here:port"},
        {"bind": ("127.0.0.1", 70_000)},
        {"bind": 8080},
        {"events": ()},
        {"events": "sync_end"},
        {"events": [1]},
        {"group_id": ""},
        {"max_waiting": 0},
    ],
)
def test_an_argument_that_is_none_is_refused(wrong: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """It would be found out as late as in production, when nothing comes."""
    monkeypatch.delenv("FIVETRAN_WEBHOOK_URL", raising=False)
    with pytest.raises(ArgumentError, match=f"^{next(iter(wrong))}"):
        WebhookListener(None, **{**HERE, **wrong})


async def test_the_environment_is_enough(
    stage: tuple[Sandbox, Fivetran, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is set where it runs would have to be passed as well."""
    box, ft, ids = stage
    for name, value in {
        "FIVETRAN_API_KEY": box.api_key,
        "FIVETRAN_API_SECRET": box.api_secret,
        "FIVETRAN_BASE_URL": box.url,
        "FIVETRAN_WEBHOOK_URL": URL,
        "FIVETRAN_WEBHOOK_BIND": "127.0.0.1:0",
    }.items():
        monkeypatch.setenv(name, value)
    group = (await ft.connections.get(ids[0])).group_id
    async with WebhookListener(group_id=group) as events:
        assert events.webhook is not None
        assert events.webhook.group_id == group
        await ft.connections.sync(ids[0])
        assert (await events.get(timeout=10)).is_sync_start
    assert hooks(box) == []


async def test_waits_take_a_webhook_and_look_only_when_told(
    stage: tuple[Sandbox, Fivetran, list[str]], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Each minute of a wait would cost calls although Fivetran says when to look."""
    box, ft, ids = stage
    caplog.set_level(logging.INFO)
    monkeypatch.setenv("FIVETRAN_WEBHOOK_URL", URL)
    monkeypatch.setenv("FIVETRAN_WEBHOOK_BIND", "127.0.0.1:0")
    for name in ids:
        box.syncs.script(name, "failure" if name == ids[2] else "success", seconds=55)
    waiting = asyncio.create_task(ft.connections.sync_all_and_wait(ids, check=False, via="webhook"))
    await until(lambda: sum(request.path.endswith("/sync") for request in box.requests) == len(ids))
    before = box.calls
    # Not as far as a look by time would be.
    box.clock.advance(56)
    while not waiting.done():
        await asyncio.sleep(0.01)
        box.clock.advance(0.2)
    assert [result.ok for result in await waiting] == [True, True, False, True, True]
    looks = [request for request in box.requests[before:] if request.method == "GET"]
    assert 1 <= len(looks) <= len(ids)
    assert hooks(box) == []


async def test_waits_go_on_by_looking_when_nothing_is_told(stage: tuple[Sandbox, Fivetran, list[str]]) -> None:
    """A receiver that nothing reaches would make a wait last for ever."""
    box, ft, ids = stage
    async with WebhookListener(ft, **HERE) as events:
        for hook in box.account.things["webhooks"].values():
            hook["active"] = False
        waiting = asyncio.create_task(ft.connections.sync_all_and_wait(ids, via=events))
        while not waiting.done():
            await asyncio.sleep(0.01)
            box.clock.advance(20)
        assert all(result.ok for result in await waiting)
        assert events.waiting == 0


async def test_a_sender_that_hangs_up_leaves_no_error(
    stage: tuple[Sandbox, Fivetran, list[str]], caplog: pytest.LogCaptureFixture
) -> None:
    """Every connection that breaks amid a delivery would look like a fault of the listener."""
    _, ft, _ = stage
    body = b'{"event":"sync_start","connector_id":"shop"}'
    async with WebhookListener(ft, url=URL, bind="127.0.0.1:0", secret="known") as events:
        address = events.url.split("/")[2].split(":")
        for _ in range(10):
            reader, writer = await asyncio.open_connection(address[0], int(address[1]))
            head = f"POST /hook?token=t HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n\r\n"
            writer.write(head.encode() + body[:10])
            await writer.drain()
            await asyncio.sleep(0.01)
            writer.transport.abort()
            await reader.read()
        assert await deliver(events, body) == 200
    assert [record.getMessage() for record in caplog.records if record.levelno >= logging.ERROR] == []


async def test_what_a_loop_left_unread_is_read_by_the_next(stage: tuple[Sandbox, Fivetran, list[str]]) -> None:
    """Leaving a loop would lose events that had come, and that Fivetran was told were taken."""
    _, ft, _ = stage
    bodies = [f'{{"event":"sync_end","connector_id":"c{number}"}}'.encode() for number in range(4)]
    async with WebhookListener(ft, secret="known", **HERE) as events:
        assert [await deliver(events, body) for body in bodies] == [200] * 4
        async for event in events:
            assert event.connection == "c0"
            break
        assert events.waiting == 3
        assert (await events.get()).connection == "c1"
        found = []
        async for event in events:
            found.append(event.connection)
            if len(found) == 2:
                break
        assert found == ["c2", "c3"]


def test_a_blocking_loop_leaves_the_rest_as_well() -> None:
    """The same without a loop of one's own, where events cross threads many at a time."""
    blocking: Any = importlib.import_module("fivetran_sync.webhooks")
    with (
        Sandbox(seed=3, groups=1, connections=0) as box,
        box.sync_client() as ft,
        blocking.WebhookListener(ft, secret="known", **HERE) as events,
    ):
        for number in range(4):
            body = f'{{"event":"sync_end","connector_id":"c{number}"}}'.encode()
            headers = {SIGNATURE_HEADER: compute_signature(body, "known")}
            with urllib.request.urlopen(urllib.request.Request(events.url, body, headers)) as answer:  # noqa: S310
                assert answer.status == 200
        for event in events:
            assert event.connection == "c0"
            break
        assert events.waiting == 3
        assert events.get(timeout=5).connection == "c1"
        assert [event.connection for _, event in zip(range(2), events, strict=False)] == ["c2", "c3"]


async def test_a_webhook_that_may_have_been_made_is_told_of(stage: tuple[Sandbox, Fivetran, list[str]]) -> None:
    """A webhook whose making was not answered would lead nowhere, and nobody know of it."""
    box, ft, _ = stage
    box.faults.script("POST", "/v1/webhooks/account", drop="after")
    with pytest.raises(TransportError) as caught:
        await WebhookListener(ft, **HERE).__aenter__()
    assert len(hooks(box)) == 1
    assert "may have been made" in "".join(caught.value.__notes__)
    assert "replace=True" in "".join(caught.value.__notes__)
    # What was certainly refused made none, and says nothing of one.
    box.faults.script("POST", "/v1/webhooks/account", status=403)
    with pytest.raises(ForbiddenError) as refused:
        await WebhookListener(ft, **HERE).__aenter__()
    assert not getattr(refused.value, "__notes__", [])
