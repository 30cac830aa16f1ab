"""What the jobs of schema plans check before anything is sent."""

from collections.abc import Iterable

from fivetran_async._forks import loading
from fivetran_async.errors import ArgumentError
from fivetran_async.resources._base import check_text
from fivetran_async.schema_plan.desired import AnyDesired, Desired, OnMissing, as_desired
from fivetran_async.schema_plan.planning import on_missing
from fivetran_async.schema_plan.plans import SchemaPlan


def wanted_and_reviewed(desired: AnyDesired | SchemaPlan) -> tuple[Desired, SchemaPlan | None]:
    """Return what is wanted, and the plan that was looked at before, if it is one."""
    if isinstance(desired, SchemaPlan):
        return desired.desired, desired
    return as_desired(desired), None


def missing_of(missing: OnMissing | None, desired: AnyDesired | SchemaPlan) -> OnMissing | None:
    """Return what becomes of what is missing; None for what the desired state says.

    Raises:
        ArgumentError: It is neither `error` nor `ignore`.
    """
    if missing is None and isinstance(desired, SchemaPlan):
        return desired.on_missing
    on_missing(missing, Desired())
    return missing


def checked_ids(connection_ids: Iterable[str]) -> list[str]:
    """Return the ids of connections.

    Raises:
        ArgumentError: They are no list of ids, or one is named twice.
    """
    if isinstance(connection_ids, str | bytes) or not isinstance(connection_ids, Iterable):
        raise ArgumentError(f"connection_ids must be a list of ids, not {connection_ids!r}")
    ids = list(connection_ids)
    seen: set[str] = set()
    for item in ids:
        check_text(item, "a connection's id")
        if item in seen:
            raise ArgumentError(f"connection {item} is named twice")
        seen.add(item)
    return ids


def check_client(ft: object) -> None:
    """Refuse what is no client.

    Raises:
        ArgumentError: It is none of this colour.
    """
    with loading():
        from fivetran_async.client import Fivetran  # noqa: PLC0415 - plans do without any I/O

    if not isinstance(ft, Fivetran):
        raise ArgumentError(
            f"ft must be a client of fivetran_async, not {type(ft).__module__}.{type(ft).__name__}; "
            "for a client of fivetran_sync there is fivetran_sync.schema_plan"
        )
