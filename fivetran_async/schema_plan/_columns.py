"""Read the columns that a schema configuration leaves out: a call for each table, and each reaches the source."""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, TypeAlias

from fivetran_async._ledger import Estimate
from fivetran_async.errors import ArgumentError
from fivetran_async.fanout import Map
from fivetran_async.models.schemas import TableColumns
from fivetran_async.operation import RateClass
from fivetran_async.schema_plan.view import SchemaView, Unread

if TYPE_CHECKING:
    from fivetran_async.client import Fivetran

OnEstimate: TypeAlias = Callable[[Estimate], object]
"""Called once it is known how many calls there are to be, before the first; what it raises ends the reading."""

_Place: TypeAlias = tuple[str, str]


def unknown(view: SchemaView, tables: str | Iterable[str] | None, *, synced_only: bool) -> list[_Place]:
    """Return the tables whose columns are not known, and can be."""
    return [
        (table.schema.name, table.name)
        for table in view.tables(tables)
        if table.has_columns_config
        and not table.columns_known
        and not (table.lock is not None and table.lock.code == "DELETED")
        and (table.synced or not synced_only)
    ]


def check_patterns(view: SchemaView, tables: Iterable[str] | None) -> None:
    """Refuse a pattern that means no table.

    Raises:
        ArgumentError: One does, or cannot be read.
    """
    for pattern in tables or ():
        if next(iter(view.tables(pattern)), None) is None:
            raise ArgumentError(f"there is no table that fits {pattern!r}")


async def fill_in(
    ft: "Fivetran",
    connection_id: str,
    view: SchemaView,
    places: Iterable[_Place],
    *,
    on_estimate: OnEstimate | None = None,
    concurrency: int | None = None,
) -> SchemaView:
    """Return the view with the columns of some tables; what could not be read stands in its `unread`.

    Raises:
        UnauthorizedError: The credentials are not accepted.
        ClosedError: The client is closed.
    """
    wanted = list(places)
    if on_estimate is not None:
        on_estimate(ft.budget.estimate(len(wanted), RateClass.SOURCE))

    async def read(place: _Place) -> TableColumns:
        return await ft.schemas.columns(connection_id, *place)

    at_once = ft.budget.concurrency if concurrency is None else concurrency
    # A quota that is used up closes the gate for all that come after it, which end unsent and at once.
    results = await Map(read, wanted, concurrency=at_once).collect()
    found = {result.item: result.unwrap() for result in results if result.ok}
    unread = [
        Unread(schema=result.item[0], table=result.item[1], error=result.error)
        for result in results
        if result.error is not None
    ]
    return view.with_read(found, unread)
