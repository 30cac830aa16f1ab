"""Rules about what an account tells others: webhooks and log services."""

from collections.abc import Iterator
from datetime import datetime

from fivetran_async.audit.findings import Hit
from fivetran_async.audit.inventory import Inventory
from fivetran_async.audit.policy import Policy
from fivetran_async.models.log_services import LogServiceSetupState


def webhook_inactive(inventory: Inventory, _now: datetime, _policy: Policy) -> Iterator[Hit]:
    """Find webhooks to which nothing is sent."""
    for webhook in inventory.webhooks.values():
        if webhook.active is False:
            yield Hit(webhook, "it is not active; Fivetran switches one off after days of failed deliveries")


def webhook_without_secret(inventory: Inventory, _now: datetime, _policy: Policy) -> Iterator[Hit]:
    """Find webhooks whose deliveries are not signed; the API masks a secret, and leaves out one that is not there."""
    for webhook in inventory.webhooks.values():
        if not webhook.secret:
            yield Hit(webhook, "it has no secret, so that whoever receives its events cannot tell who sent them")


def log_service_disabled(inventory: Inventory, _now: datetime, _policy: Policy) -> Iterator[Hit]:
    """Find log services that are switched off."""
    for log in inventory.log_services.values():
        if log.enabled is False:
            yield Hit(log, "it is not enabled")


def log_service_failing(inventory: Inventory, _now: datetime, _policy: Policy) -> Iterator[Hit]:
    """Find log services that are switched on and not set up; a status that nobody has looked for proves nothing."""
    for log in inventory.log_services.values():
        state = None if log.status is None else log.status.setup_state
        if log.status is None or log.enabled is False:
            continue
        if state in (LogServiceSetupState.BROKEN, LogServiceSetupState.INCOMPLETE):
            said = "; ".join(task.message or task.code or "no message" for task in log.status.tasks)
            yield Hit(log, f"its setup is {state}: {said}" if said else f"its setup is {state}")
