"""Webhooks as their sender sees them: how they look, bodies of events, the signature, one attempt to deliver."""

from __future__ import annotations

import hashlib
import hmac
import random
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlsplit

import aiohttp
import msgspec

from fivetran_async.sandbox.calls import JsonObject
from fivetran_async.sandbox.engine.entries import Entry
from fivetran_async.sandbox.times import milliseconds, stamp
from fivetran_async.sandbox.views import listed, masked

SIGNATURE: Final = "X-Fivetran-Signature-256"
TIMEOUT: Final = 10.0
"""How long an endpoint may take to answer, in seconds."""

LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "::1"})
SYNC_EVENTS: Final = frozenset({"sync_start", "sync_end"})
"""The events that are about one sync and carry its id."""

EVENTS: Final = SYNC_EVENTS | {
    "connection_successful",
    "connection_failure",
    "create_connector",
    "pause_connector",
    "resume_connector",
    "edit_connector",
    "delete_connector",
    "force_update_connector",
    "resync_connector",
    "resync_table",
    "transformation_start",
    "transformation_succeeded",
    "transformation_failed",
}
"""The events that are delivered. A webhook may name others: those that there were once never happen any more."""

_SECRETS: Final = frozenset({"secret"})
# What the documentation says of an event's `data`; that of all others is not known and stays empty.
_DUMMY_DATA: Final[dict[str, JsonObject]] = {
    "sync_end": {"status": "SUCCESSFUL"},
    "create_connector": {"actor": "_user", "id": "_schema._table", "properties": {}},
}


@dataclass(frozen=True, slots=True)
class Delivery:
    """One event on its way to one endpoint; what is in it no longer follows the account.

    Attributes:
        url: The endpoint.
        content: The body.
        headers: Its type and its signature.
    """

    url: str
    content: bytes
    headers: dict[str, str] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a delivery.

    Attributes:
        status: The HTTP status that the endpoint answered; 0 when it answered nothing.
        message: The status in words, or what went wrong.
    """

    status: int
    message: str

    @property
    def succeeded(self) -> bool:
        """Whether the endpoint took the event: which statuses count is not documented, any 2xx is assumed."""
        return 200 <= self.status < 300  # noqa: PLR2004 - the range of success


def webhook(given: JsonObject, now: float) -> JsonObject:
    """Return a complete webhook; `id` and `url` must be given. Its type follows from whether it has a group."""
    base: JsonObject = {
        "id": given["id"],
        "type": "account" if given.get("group_id") is None else "group",
        "url": given["url"],
        "events": [],
        "active": False,
        "created_at": stamp(now),
        "created_by": "",
    }
    return base | given


def shown(given: JsonObject) -> JsonObject:
    """Return a webhook as replies have it: its secret, where there is one, is masked."""
    return masked(listed(given), _SECRETS)


def deliverable(url: str, *, https_only: bool = False) -> bool:
    """Tell whether events may go to an endpoint.

    Args:
        url: The endpoint.
        https_only: Whether only HTTPS will do; otherwise plain HTTP may go to this machine, where tests listen.
    """
    try:
        parts = urlsplit(url)
        host = parts.hostname
        port_fits = parts.port is None or parts.port > 0
    except ValueError:
        return False
    if not host or not port_fits or any(mark.isspace() for mark in url):
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and host in LOOPBACK and not https_only)


def activate(target: JsonObject, now: float) -> None:
    """Begin to deliver what happens from now on to a webhook; earlier failures count no more."""
    target["sandbox"] = {"since": now}


def is_later(target: JsonObject, entry: Entry) -> bool:
    """Tell whether something happened when a webhook was active already; of a planted one everything did."""
    own: JsonObject = target.get("sandbox") or {}
    since: float = own.get("since", 0.0)
    return entry.at >= since


def wants(target: JsonObject, entry: Entry) -> bool:
    """Tell whether a webhook is to be told of something."""
    events: Sequence[str] = target.get("events") or ()
    if entry.kind not in EVENTS or entry.kind not in events or not is_later(target, entry):
        return False
    return target.get("group_id") in {None, entry.group_id}


def keep_record(target: JsonObject, now: float, patience: float, *, succeeded: bool) -> None:
    """Remember how a delivery to a webhook went; deactivate one that has failed for too long.

    Args:
        target: The webhook.
        now: The sandbox's now.
        patience: For how long nothing but failures is borne, in seconds.
        succeeded: Whether the endpoint took the event.
    """
    own: JsonObject = target.setdefault("sandbox", {})
    if succeeded:
        own.pop("failing_since", None)
    elif now - own.setdefault("failing_since", now) >= patience:
        target["active"] = False
        del own["failing_since"]


def body_of(entry: Entry) -> JsonObject:
    """Return the body of the event that something in the history is."""
    return event(
        entry.kind,
        entry.at,
        service=entry.service or "",
        connection_id=entry.connection_id or entry.transformation_id or "",
        connection_name=entry.connection_name or "",
        group_id=entry.group_id or "",
        sync_id=entry.sync_id,
        data=entry.data,
    )


def event(
    name: str,
    at: float,
    *,
    service: str,
    connection_id: str,
    connection_name: str,
    group_id: str,
    sync_id: str | None = None,
    data: JsonObject | None = None,
) -> JsonObject:
    """Return the body of an event, its keys in the order in which Fivetran sends them.

    Args:
        name: The event, such as `sync_end`.
        at: When it happened, in seconds since the epoch.
        service: The type of the connection.
        connection_id: Which connection it is about.
        connection_name: The name of that.
        group_id: The group of that.
        sync_id: The sync that it is about, for one of `SYNC_EVENTS`.
        data: What else there is to say.
    """
    body: JsonObject = {
        "event": name,
        "created": milliseconds(at),
        "connector_type": service,
        "connector_id": connection_id,
        "connector_name": connection_name,
    }
    if sync_id is not None:
        body["sync_id"] = sync_id
    return body | {"destination_group_id": group_id, "data": data or {}}


def handshake(at: float) -> JsonObject:
    """Return the body by which an endpoint is tried before a webhook becomes active."""
    return {
        "event": "test_event",
        "created": milliseconds(at),
        "connector_type": "_connector_type",
        "connector_id": "_connector_1",
        "group_id": "_destination_1",
    }


def dummy(name: str, at: float, target: JsonObject) -> JsonObject:
    """Return the body by which a webhook is tested: an event of a connection that does not exist."""
    chance = random.Random(f"sync/{target['id']}/{at}")  # noqa: S311 - repeatable, not secret
    sync_id = str(uuid.UUID(int=chance.getrandbits(128), version=4)) if name in SYNC_EVENTS else None
    return event(
        name,
        at,
        service="_connector_type",
        connection_id="_connection_1",
        connection_name="_connection_1",
        group_id=target.get("group_id") or "_destination_1",
        sync_id=sync_id,
        data=_DUMMY_DATA.get(name),
    )


def prepare(target: JsonObject, body: JsonObject) -> Delivery:
    """Return the delivery of an event to a webhook, signed where the webhook has a secret."""
    return sign(target, msgspec.json.encode(body))


def sign(target: JsonObject, content: bytes) -> Delivery:
    """Return the delivery of a body to a webhook, signed where the webhook has a secret."""
    headers = {"Content-Type": "application/json", "User-Agent": "fivetran-sandbox"}
    secret: Any = target.get("secret")
    # Whether there is a header without a secret is not documented.
    if secret:
        headers[SIGNATURE] = signature(content, secret)
    return Delivery(target["url"], content, headers)


def signature(content: bytes, secret: str) -> str:
    """Return what `X-Fivetran-Signature-256` says of a body: its HMAC-SHA256 in hexadecimal digits."""
    return hmac.new(secret.encode(), content, hashlib.sha256).hexdigest()


async def send(delivery: Delivery, session: aiohttp.ClientSession, *, https_only: bool = False) -> Outcome:
    """Deliver an event once; whatever the endpoint does is an outcome, never an error.

    Args:
        delivery: The event on its way.
        session: What it goes out by.
        https_only: As of `deliverable`.
    """
    if not deliverable(delivery.url, https_only=https_only):
        return Outcome(0, "The endpoint must be an HTTPS URL")
    timeout = aiohttp.ClientTimeout(total=TIMEOUT)
    try:
        async with session.post(
            delivery.url, data=delivery.content, headers=delivery.headers, allow_redirects=False, timeout=timeout
        ) as response:
            return Outcome(response.status, response.reason or "")
    except TimeoutError:
        return Outcome(0, f"The endpoint did not answer within {TIMEOUT:g} seconds")
    except (aiohttp.ClientError, OSError, ValueError) as error:
        return Outcome(0, f"The endpoint could not be reached: {error}")
