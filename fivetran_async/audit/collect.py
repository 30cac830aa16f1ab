"""Read what an audit needs: all kinds at once, each by the largest pages, and note what could not be read."""

from collections.abc import Callable, Collection, Mapping
from contextlib import aclosing
from typing import TYPE_CHECKING, Any, TypeAlias, cast

import anyio
import attrs

from fivetran_async.audit.findings import Kind
from fivetran_async.audit.inventory import Gap, Inventory, Progress
from fivetran_async.errors import (
    ApiError,
    DecodeError,
    FivetranError,
    PaginationError,
    TransportError,
    UnauthorizedError,
)
from fivetran_async.paging import Pager

if TYPE_CHECKING:
    from fivetran_async.client import Fivetran

OnProgress: TypeAlias = Callable[[Progress], object]
"""Called after every page, on the event loop; it must return quickly. What it raises ends the audit."""

# What the account or the way to it does. A closed client or a wrong argument is the caller's, and is raised.
_NOT_READABLE = (ApiError, TransportError, DecodeError, PaginationError)

_LISTS: "Mapping[Kind, Callable[[Fivetran], Pager[Any]]]" = {
    Kind.GROUP: lambda ft: ft.groups.list(),
    Kind.DESTINATION: lambda ft: ft.destinations.list(),
    Kind.CONNECTION: lambda ft: ft.connections.list(),
}


@attrs.define
class _Reading:
    """One list while it is read."""

    kind: Kind
    items: dict[str, Any] = attrs.field(factory=dict[str, Any])
    pages: int = 0
    error: FivetranError | None = None

    async def read(self, pager: Pager[Any], on_progress: OnProgress | None) -> None:
        """Read the list to its end, or as far as it goes."""
        try:
            async with aclosing(pager.pages()) as pages:
                async for page in pages:
                    self.pages += 1
                    self.items.update((item.id, item) for item in page.items)
                    if page.next_cursor:
                        self.tell(on_progress, done=False)
                    del page
        except _NOT_READABLE as error:
            self.error = error
        self.tell(on_progress, done=True)

    def tell(self, on_progress: OnProgress | None, *, done: bool) -> None:
        if on_progress is not None:
            on_progress(Progress(kind=self.kind, items=len(self.items), done=done))

    def gap(self) -> Gap | None:
        """Return what is missing of the list."""
        if self.error is None:
            return None
        return Gap(
            kind=self.kind,
            reason=str(self.error),
            status=self.error.status if isinstance(self.error, (ApiError, DecodeError)) else None,
            error=type(self.error).__name__,
            read=len(self.items),
        )


async def collect(
    ft: "Fivetran", kinds: Collection[Kind], on_progress: OnProgress | None
) -> tuple[Inventory, tuple[Gap, ...]]:
    """Read all objects of some kinds.

    Returns:
        What was read, and what could not be.

    Raises:
        UnauthorizedError: The credentials are not accepted, and nothing at all could be read.
        ClosedError: The client is closed.
        WrongLoopError: The client belongs to another event loop.
    """
    readings = {kind: _Reading(kind) for kind in _LISTS if kind in kinds}
    try:
        async with anyio.create_task_group() as tasks:
            for kind, reading in readings.items():
                tasks.start_soon(reading.read, _LISTS[kind](ft), on_progress)
    except BaseExceptionGroup as failures:
        error = _first(failures)
        raise error from error.__cause__
    if not any(reading.pages for reading in readings.values()):
        for reading in readings.values():
            if isinstance(reading.error, UnauthorizedError):
                raise reading.error
    gaps = [reading.gap() for reading in readings.values()]
    return _inventory(readings), tuple(gap for gap in gaps if gap is not None)


def _inventory(readings: Mapping[Kind, _Reading]) -> Inventory:
    def items(kind: Kind) -> dict[str, Any]:
        return readings[kind].items if kind in readings else {}

    return Inventory(
        groups=items(Kind.GROUP),
        destinations=items(Kind.DESTINATION),
        connections=items(Kind.CONNECTION),
        whole=frozenset(kind for kind, reading in readings.items() if reading.error is None),
        partial=frozenset(kind for kind, reading in readings.items() if reading.error is not None and reading.pages),
    )


def _first(failures: BaseExceptionGroup[BaseException]) -> BaseException:
    """Return the one exception that a caller who knows nothing of tasks expects."""
    # What is no Exception, such as Ctrl-C, must not be hidden by one that is.
    return min(_leaves(failures), key=lambda error: isinstance(error, Exception))


def _leaves(error: BaseException) -> list[BaseException]:
    if not isinstance(error, BaseExceptionGroup):
        return [error]
    group = cast("BaseExceptionGroup[BaseException]", error)
    return [leaf for part in group.exceptions for leaf in _leaves(part)]
