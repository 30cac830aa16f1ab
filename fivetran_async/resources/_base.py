"""What the resources share: the pipeline, and checks of arguments that the API would refuse."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeVar

from fivetran_async import _codec
from fivetran_async._pipeline import Pipeline
from fivetran_async.errors import ArgumentError
from fivetran_async.models._base import OpenEnum
from fivetran_async.operation import Operation
from fivetran_async.paging import Page, Pager
from fivetran_async.types import UNSET, Query

T = TypeVar("T")

MAX_PAGE_SIZE = 1000

SYNC_FREQUENCIES = (1, 5, 15, 30, 60, 120, 180, 360, 480, 720, 1440)
"""The allowed minutes between two syncs."""

SCHEDULE_TYPES = ("auto", "manual")
"""Who starts syncs."""

DAILY = 1440

_HOUR = re.compile(r"([01]\d|2[0-3]):00")


class Resource:
    """A group of operations."""

    def __init__(self, pipeline: Pipeline) -> None:
        self._pipeline = pipeline

    def _pager(
        self,
        operation: Operation[T],
        *ids: str,
        query: Query | None = None,
        page_size: int | None = MAX_PAGE_SIZE,
        cursor: str | None = None,
    ) -> Pager[T]:
        return paged(self._pipeline, operation, *ids, query=query, page_size=page_size, cursor=cursor)


def paged(
    pipeline: Pipeline,
    operation: Operation[T],
    *ids: str,
    query: Query | None = None,
    page_size: int | None = MAX_PAGE_SIZE,
    cursor: str | None = None,
) -> Pager[T]:
    """Return a pager over a list operation; what is wrong with the arguments shows here, not at the first page.

    A page size of None is for the operations that know no limit.
    """
    size = None if page_size is None else checked_page_size(page_size)
    filters = dict(query or {})
    _codec.encode(operation, ids, query={**filters, "cursor": cursor})

    async def fetch(at: str | None) -> Page[T]:
        page = await pipeline.page(operation, *ids, query=filters, page_size=size, cursor=at)
        return Page(items=page.items, next_cursor=page.next_cursor)

    return Pager(fetch, cursor=cursor)


def checked_page_size(value: int) -> int:
    """Return a page size.

    Raises:
        ArgumentError: It is no whole number from 1 to 1000.
    """
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= MAX_PAGE_SIZE:
        raise ArgumentError(f"page_size must be a whole number from 1 to {MAX_PAGE_SIZE}, not {value!r}")
    return value


def check_schedule(sync_frequency: Any, daily_sync_time: Any, schedule_type: Any) -> None:
    """Check what makes up a schedule; unset ones pass.

    Raises:
        ArgumentError: One of them is not among the allowed values; the message names it and them.
    """
    whole = isinstance(sync_frequency, int) and not isinstance(sync_frequency, bool)
    if sync_frequency is not UNSET and not (whole and sync_frequency in SYNC_FREQUENCIES):
        allowed = ", ".join(map(str, SYNC_FREQUENCIES))
        raise ArgumentError(f"sync_frequency must be one of {allowed} minutes, not {sync_frequency!r}")
    if schedule_type is not UNSET and schedule_type not in SCHEDULE_TYPES:
        raise ArgumentError(f"schedule_type must be 'auto' or 'manual', not {schedule_type!r}")
    if daily_sync_time is UNSET or daily_sync_time is None:
        return
    if not isinstance(daily_sync_time, str) or not _HOUR.fullmatch(daily_sync_time):
        raise ArgumentError(f"daily_sync_time must be a full hour from '00:00' to '23:00', not {daily_sync_time!r}")
    if sync_frequency is not UNSET and sync_frequency != DAILY:
        raise ArgumentError(f"daily_sync_time goes with sync_frequency={DAILY} alone, not with {sync_frequency!r}")


def check_choice(value: Any, name: str, choices: type[OpenEnum]) -> None:
    """Check a value against an enum whose values the API refuses to go beyond; unset and None pass.

    Not for what grows: services, regions, roles and events are the API's to judge.

    Raises:
        ArgumentError: It is not one of them; the message names them.
    """
    if value is UNSET or value is None or (isinstance(value, str) and value in choices.__members__.values()):
        return
    allowed = ", ".join(repr(member.value) for member in choices)
    raise ArgumentError(f"{name} must be one of {allowed}, not {value!r}")


def check_number(value: Any, name: str, low: int, high: int | None = None) -> None:
    """Check a whole number; unset and None pass.

    Raises:
        ArgumentError: It is none, or out of range.
    """
    if value is UNSET or value is None:
        return
    if isinstance(value, bool) or not isinstance(value, int) or value < low or (high is not None and value > high):
        allowed = f"from {low} to {high}" if high is not None else f"of at least {low}"
        raise ArgumentError(f"{name} must be a whole number {allowed}, not {value!r}")


def check_texts(value: Any, name: str) -> None:
    """Check a list of texts, such as ids, that must not be empty; unset and None pass.

    Raises:
        ArgumentError: It is a single text, empty, or holds something else.
    """
    if value is UNSET or value is None:
        return
    if isinstance(value, str) or not isinstance(value, Sequence) or not value:
        raise ArgumentError(f"{name} must be a list of texts with at least one in it, not {value!r}")
    for number, item in enumerate(value):
        check_text(item, f"{name}[{number}]")


MASK = "******"
"""What the API shows in place of a secret."""


def check_unmasked(allow_masked: bool, /, **settings: Any) -> None:
    """Refuse settings that hold the mask of a secret: sent back, it would become the secret.

    Args:
        allow_masked: Whether to let it pass: a secret may, after all, be six asterisks.
        **settings: Mappings or texts by the name of their argument.

    Raises:
        ArgumentError: One does; the message names every place.
    """
    if allow_masked:
        return
    places = [place for name, value in settings.items() for place in _masks(value, name)]
    if places:
        raise ArgumentError(
            f"{', '.join(places)}: {MASK} is the mask of a secret, and sending it would replace the secret by it; "
            "leave the field out to keep the secret, or pass allow_masked=True if it is meant"
        )


def _masks(value: Any, place: str) -> Iterator[str]:
    if isinstance(value, str):
        if value == MASK:
            yield place
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from _masks(item, f"{place}.{key}")
    elif isinstance(value, Sequence) and not isinstance(value, bytes):
        for number, item in enumerate(value):
            yield from _masks(item, f"{place}[{number}]")


def check_filter(value: Any, name: str) -> None:
    """Check an id to filter by; None passes. An empty one would list everything.

    Raises:
        ArgumentError: It is empty or no text.
    """
    if value is not None:
        check_text(value, name)


def check_text(value: Any, name: str) -> None:
    """Check a required text.

    Raises:
        ArgumentError: It is empty or no text.
    """
    if not isinstance(value, str) or not value.strip():
        raise ArgumentError(f"{name} must be a text that is not empty, not {value!r}")
