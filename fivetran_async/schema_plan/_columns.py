"""Read the columns that a schema configuration leaves out: a call for each table, and each reaches the source."""

from collections.abc import Callable, Iterable
from contextlib import aclosing
from typing import TYPE_CHECKING, TypeAlias

from fivetran_async._ledger import Estimate
from fivetran_async.errors import ClosedError, RateLimitedError, UnauthorizedError
from fivetran_async.fanout import Map
from fivetran_async.models.schemas import TableColumns
from fivetran_async.operation import RateClass
from fivetran_async.schema_plan.view import SchemaView, Unread

if TYPE_CHECKING:
    from fivetran_async.client import Fivetran

OnEstimate: TypeAlias = Callable[[Estimate], object]
"""Called once it is known how many calls there are to be, before the first; what it raises ends the reading."""

_Place: TypeAlias = tuple[str, str]

# What the tables after it would meet as well: a quota is waited for by none of them.
_ENDS = (UnauthorizedError, ClosedError, RateLimitedError)


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

    found: dict[_Place, TableColumns] = {}
    failed: dict[_Place, Exception] = {}
    at_once = ft.budget.concurrency if concurrency is None else concurrency
    reading: Map[_Place, TableColumns] = Map(read, wanted, concurrency=at_once, stop_on=_ENDS)
    ended: Exception | None = None
    try:
        async with aclosing(reading.batches()) as batches:
            async for batch in batches:
                for result in batch:
                    if result.error is None:
                        found[result.item] = result.unwrap()
                    else:
                        failed[result.item] = result.error
    except RateLimitedError as error:
        ended = error
    unread: list[Unread] = []
    for schema, table in wanted:
        reason = failed.get((schema, table), ended)
        if reason is not None and (schema, table) not in found:
            unread.append(Unread(schema=schema, table=table, error=reason))
    return view.with_read(found, unread)
