"""Rules about what runs on loaded data, and what runs to load it: transformations, packages, connector types."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime

from fivetran_async.audit.findings import Hit
from fivetran_async.audit.inventory import Inventory
from fivetran_async.audit.policy import Policy
from fivetran_async.audit.rules._words import DAY, seconds_since, span
from fivetran_async.models.connector_types import AnyServiceStatus, ServiceStatus
from fivetran_async.models.transformations import Transformation, TransformationStatus


def failed(inventory: Inventory, now: datetime, _policy: Policy) -> Iterator[Hit]:
    """Find transformations whose last run failed, wholly or in part; a pause explains that nobody repaired it."""
    for it in inventory.transformations.values():
        if it.paused is not True and it.status in (
            TransformationStatus.FAILED,
            TransformationStatus.PARTIALLY_SUCCEEDED,
        ):
            yield Hit(it, f"its status is {it.status}{_ended(it, now)}")


def blocked(inventory: Inventory, now: datetime, _policy: Policy) -> Iterator[Hit]:
    """Find transformations that cannot run."""
    for it in inventory.transformations.values():
        if it.paused is not True and it.status == TransformationStatus.BLOCKED:
            yield Hit(it, f"it is blocked{_ended(it, now)}")


def paused(inventory: Inventory, now: datetime, policy: Policy) -> Iterator[Hit]:
    """Find transformations that are paused and have not run for long.

    The API does not say since when one is paused: it counts from its last run, or from when it was made.
    """
    for it in inventory.transformations.values():
        since = it.last_ended_at or it.created_at
        if it.paused is not True or since is None:
            continue
        seconds = seconds_since(since, now)
        if seconds > policy.thresholds.paused_days * DAY:
            last = "its last run ended" if it.last_ended_at else "it was made"
            yield Hit(it, f"it is paused, and {last} {span(seconds)} ago")


def package_unused(inventory: Inventory, now: datetime, _policy: Policy) -> Iterator[Hit]:
    """Find packages of custom connectors that no connection runs."""
    for package in inventory.connector_packages.values():
        if package.connection_id:
            continue
        when = (
            f" since it was uploaded {span(seconds_since(package.created_at, now))} ago" if package.created_at else ""
        )
        yield Hit(package, f"no connection runs it{when}")


def beta_service(inventory: Inventory, _now: datetime, _policy: Policy) -> Iterator[Hit]:
    """Find connector types in use that are not yet generally available."""
    early = (ServiceStatus.BETA, ServiceStatus.PRIVATE_PREVIEW, ServiceStatus.DEVELOPMENT)
    return _in_use(inventory, early)


def sunset_service(inventory: Inventory, _now: datetime, _policy: Policy) -> Iterator[Hit]:
    """Find connector types in use that are at their end."""
    return _in_use(inventory, (ServiceStatus.SUNSET,))


def _in_use(inventory: Inventory, statuses: tuple[AnyServiceStatus, ...]) -> Iterator[Hit]:
    used = Counter(connection.service for connection in inventory.connections.values())
    for it in inventory.connector_types.values():
        if used[it.id] and it.service_status in statuses:
            count = "1 connection is" if used[it.id] == 1 else f"{used[it.id]:,} connections are"
            since = f" since {it.service_status_updated_at:%Y-%m-%d}" if it.service_status_updated_at else ""
            yield Hit(it, f"its status is {it.service_status}{since}, and {count} of this type")


def _ended(it: Transformation, now: datetime) -> str:
    return f"; its last run ended {span(seconds_since(it.last_ended_at, now))} ago" if it.last_ended_at else ""
