"""Webhooks: made and changed here, delivered by `fivetran_async.sandbox.engine.dispatch`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from fivetran_async.sandbox import checks
from fivetran_async.sandbox.account import Account
from fivetran_async.sandbox.calls import Call, JsonObject
from fivetran_async.sandbox.engine import deliveries
from fivetran_async.sandbox.paging import page
from fivetran_async.sandbox.replies import Reply, done, found, invalid
from fivetran_async.sandbox.routes.router import Route

FIELDS: Final[dict[str, checks.Checker]] = {
    "url": checks.text,
    # New events come up; a name that is not known yet is as good as any.
    "events": checks.several(checks.text, least=1),
    "active": checks.boolean,
    "secret": checks.text,
}


def list_all(account: Account, call: Call) -> Reply:
    """Answer `GET /v1/webhooks`."""
    return page(list(account.things["webhooks"].values()), call.query, deliveries.shown)


def get(account: Account, call: Call) -> Reply:
    """Answer `GET /v1/webhooks/{webhookId}`."""
    return found(deliveries.shown(_webhook(account, call)))


def create_account(account: Account, call: Call) -> Reply:
    """Answer `POST /v1/webhooks/account`."""
    return _create(account, call, {}, "Account webhook has been created")


def create_group(account: Account, call: Call) -> Reply:
    """Answer `POST /v1/webhooks/group/{groupId}`."""
    name = call.path["groupId"]
    account.group(name)
    return _create(account, call, {"group_id": name}, "Group webhook has been created")


def update(account: Account, call: Call) -> Reply:
    """Answer `PATCH /v1/webhooks/{webhookId}`."""
    webhook = _webhook(account, call)
    given = checks.changes(call.wanted_body, FIELDS)
    _check_url(account, given)
    activated = bool(given.get("active") and not webhook.get("active"))

    def keep() -> Reply:
        # Looked up anew: it may have been deleted while its endpoint was tried.
        kept = _webhook(account, call)
        kept |= given
        if activated:
            deliveries.activate(kept, account.now)
        return done("Webhook has been updated", deliveries.shown(kept))

    # An active webhook whose URL changes is not tried again: only creation and activation are documented to do it.
    if activated:
        return _after_handshake(account, webhook | given, keep)
    return keep()


def delete(account: Account, call: Call) -> Reply:
    """Answer `DELETE /v1/webhooks/{webhookId}`."""
    name = call.path["webhookId"]
    account.thing("webhooks", name)
    del account.things["webhooks"][name]
    return done(f"Webhook with id '{name}' has been deleted")


def test(account: Account, call: Call) -> Reply:
    """Answer `POST /v1/webhooks/{webhookId}/test`: whatever the endpoint does, the call itself succeeds."""
    webhook = _webhook(account, call)
    body = call.wanted_body
    checks.require(body, "event")
    event = deliveries.dummy(checks.text("event", body["event"]), account.now, webhook)
    delivery = deliveries.prepare(webhook, event)

    async def then() -> Reply:
        outcome = await account.deliveries.send(delivery)
        data = {"succeed": outcome.succeeded, "status": outcome.status, "message": outcome.message}
        return done("Webhook test has been completed", data)

    return Reply(200, {}, then=then)


def _webhook(account: Account, call: Call) -> JsonObject:
    return account.thing("webhooks", call.path["webhookId"])


def _check_url(account: Account, given: JsonObject) -> None:
    if "url" in given and not deliveries.deliverable(given["url"], https_only=account.deliveries.https_only):
        raise invalid("Field 'url' must be an HTTPS URL")


def _create(account: Account, call: Call, scope: JsonObject, message: str) -> Reply:
    body = call.wanted_body
    checks.require(body, "url", "events")
    given = checks.read(body, FIELDS)
    _check_url(account, given)
    fixed: JsonObject = {
        "id": account.mint(),
        "active": given.get("active", True),
        "created_by": account.owner or "",
    }
    webhook = deliveries.webhook(given | scope | fixed, account.now)

    def keep() -> Reply:
        if "group_id" in scope:
            # It may have been deleted while the endpoint was tried.
            account.group(scope["group_id"])
        if webhook["active"]:
            deliveries.activate(webhook, account.now)
        account.things["webhooks"][webhook["id"]] = webhook
        return done(message, deliveries.shown(webhook))

    return _after_handshake(account, webhook, keep) if webhook["active"] else keep()


def _after_handshake(account: Account, webhook: JsonObject, keep: Callable[[], Reply]) -> Reply:
    """Try the endpoint of a webhook that is to be active; only when it takes the event is anything kept."""
    delivery = deliveries.prepare(webhook, deliveries.handshake(account.now))

    async def then() -> Reply:
        outcome = await account.deliveries.send(delivery)
        if not outcome.succeeded:
            answer = f"{outcome.status} {outcome.message}" if outcome.status else outcome.message
            raise invalid(f"Webhook test failed: {answer}")
        with account.lock:
            return keep()

    return Reply(200, {}, then=then)


ROUTES: Final = (
    Route("GET", "/v1/webhooks", list_all),
    Route("POST", "/v1/webhooks/account", create_account),
    Route("POST", "/v1/webhooks/group/{groupId}", create_group),
    Route("GET", "/v1/webhooks/{webhookId}", get),
    Route("PATCH", "/v1/webhooks/{webhookId}", update),
    Route("DELETE", "/v1/webhooks/{webhookId}", delete),
    Route("POST", "/v1/webhooks/{webhookId}/test", test),
)
