"""What the resources share: the pipeline, and checks of arguments that the API would refuse."""

import re
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar, cast
from urllib.parse import urlsplit

from fivetran_async import _codec
from fivetran_async._pipeline import Pipeline
from fivetran_async.errors import AmbiguousNameError, ArgumentError, NotFoundError
from fivetran_async.models._base import Model, OpenEnum
from fivetran_async.operation import Operation, RateClass
from fivetran_async.paging import Page, Pager
from fivetran_async.types import UNSET, Query, Unset

T = TypeVar("T")

M = TypeVar("M")

MAX_PAGE_SIZE = 1000

_SHOWN = 10

SYNC_FREQUENCIES = (1, 5, 15, 30, 60, 120, 180, 360, 480, 720, 1440)
"""The allowed minutes between two syncs."""

NETWORKING_METHODS = ("Directly", "SshTunnel", "PrivateLink", "ProxyAgent")
"""How a source or a destination can be reached; replies know more ways than that."""

OFFSETS = tuple(f"{hours:+d}" if hours else "0" for hours in range(-11, 13))

SCHEDULE_TYPES = ("auto", "manual")
"""Who starts syncs."""

DAILY = 1440

_HOUR = re.compile(r"([01]\d|2[0-3]):00")


NOT_PERSISTENT = ("run_setup_tests", "trust_certificates", "trust_fingerprints")
"""What steers a change and is none by itself."""


def tests_unless_told(run_setup_tests: bool | Unset) -> RateClass:
    """Return the class of a call that runs setup tests unless told not to."""
    return RateClass.ALL if run_setup_tests is False else RateClass.SETUP_TESTS


class Resource:
    """A group of operations."""

    def __init__(self, pipeline: Pipeline) -> None:
        self._pipeline = pipeline

    def _pager(
        self,
        operation: Operation[T],
        *ids: str,
        query: Query | None = None,
        page_size: int | Unset = MAX_PAGE_SIZE,
        cursor: str | None = None,
    ) -> Pager[T]:
        return paged(self._pipeline, operation, *ids, query=query, page_size=page_size, cursor=cursor)


def paged(
    pipeline: Pipeline,
    operation: Operation[T],
    *ids: str,
    query: Query | None = None,
    page_size: int | Unset = MAX_PAGE_SIZE,
    cursor: str | None = None,
) -> Pager[T]:
    """Return a pager over a list operation; what is wrong with the arguments shows here, not at the first page.

    An unset page size is for the operations that know no limit.
    """
    size = UNSET if page_size is UNSET else checked_page_size(page_size)
    check_filter(cursor, "cursor")
    filters = dict(query or {})
    _codec.encode(operation, ids, query={**filters, "cursor": cursor})

    async def fetch(at: str | None) -> Page[T]:
        page = await pipeline.page(operation, *ids, query=filters, page_size=size, cursor=at)
        return Page(items=page.items, next_cursor=page.next_cursor)

    return Pager(fetch, cursor=cursor, ahead=True)


def checked_page_size(value: int) -> int:
    """Return a page size.

    Raises:
        ArgumentError: It is no whole number from 1 to 1000.
    """
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= MAX_PAGE_SIZE:
        raise ArgumentError(f"page_size must be a whole number from 1 to {MAX_PAGE_SIZE}, not {value!r}")
    return value


def check_schedule(
    sync_frequency: Any, daily_sync_time: Any, schedule_type: Any, *, name: str = "sync_frequency"
) -> None:
    """Check what makes up a schedule; unset ones pass. `name` is what the first one is called.

    Raises:
        ArgumentError: One of them is not among the allowed values; the message names it and them.
    """
    whole = isinstance(sync_frequency, int) and not isinstance(sync_frequency, bool)
    if sync_frequency is not UNSET and not (whole and sync_frequency in SYNC_FREQUENCIES):
        allowed = ", ".join(map(str, SYNC_FREQUENCIES))
        raise ArgumentError(f"{name} must be one of the numbers {allowed}, not {sync_frequency!r}")
    if schedule_type is not UNSET and schedule_type not in SCHEDULE_TYPES:
        raise ArgumentError(f"schedule_type must be 'auto' or 'manual', not {schedule_type!r}")
    if daily_sync_time is UNSET or daily_sync_time is None:
        return
    if not isinstance(daily_sync_time, str) or not _HOUR.fullmatch(daily_sync_time):
        raise ArgumentError(f"daily_sync_time must be a full hour from '00:00' to '23:00', not {daily_sync_time!r}")
    if sync_frequency is not UNSET and sync_frequency != DAILY:
        raise ArgumentError(f"daily_sync_time goes with {name}={DAILY} alone, not with {sync_frequency!r}")


def check_networking(value: Any) -> None:
    """Check a networking method; unset and None pass.

    Raises:
        ArgumentError: It is none of those that can be chosen.
    """
    if value is not UNSET and value is not None and value not in NETWORKING_METHODS:
        raise ArgumentError(f"networking_method must be one of {_listed(NETWORKING_METHODS)}, not {value!r}")


def check_offset(value: Any, name: str) -> None:
    """Check an offset from UTC in hours, as the API spells it; an unset one passes.

    Raises:
        ArgumentError: It is none from "-11" to "+12".
    """
    if value is not UNSET and value not in OFFSETS:
        raise ArgumentError(
            f"{name} must be a text from '-11' to '+12', with its sign, or '0', such as '+1'; not {value!r}"
        )


def check_scope(value: Any, name: str) -> None:
    """Check which tables are meant, by schema.

    Raises:
        ArgumentError: It names no schema, or a schema without tables: the API could take that for everything.
    """
    if not isinstance(value, Mapping) or not value:
        raise ArgumentError(f"{name} must name at least one schema with its tables, not {value!r}")
    for schema, tables in cast("Mapping[Any, Any]", value).items():
        check_text(schema, f"a schema of {name}")
        check_texts(tables, f"{name}[{schema!r}]")


def one_of_them(found: Sequence[M], kind: str, name: str, *, operation: Operation[Any], shown: Callable[[M], str]) -> M:
    """Return the only one that was found.

    Args:
        found: What was found.
        kind: What was looked for, for the errors: `group`.
        name: The name it should have.
        operation: What it was looked for with.
        shown: How one is told from another.

    Raises:
        NotFoundError: There is none.
        AmbiguousNameError: There are several.
    """
    if not found:
        raise NotFoundError(f"there is no {kind} of the name {name!r}", status=404, operation=operation.id)
    if len(found) > 1:
        listed = ", ".join(shown(item) for item in found[:_SHOWN])
        more = f" and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
        raise AmbiguousNameError(
            f"{len(found)} {kind}s have the name {name!r}: {listed}{more}; use an id",
            candidates=tuple(str(getattr(item, "id", item)) for item in found),
        )
    return found[0]


def check_choice(value: Any, name: str, choices: type[OpenEnum]) -> None:
    """Check a value against an enum whose values the API refuses to go beyond; unset and None pass.

    Not for what grows: services, regions, roles and events are the API's to judge.

    Raises:
        ArgumentError: It is not one of them; the message names them.
    """
    if value is UNSET or value is None or (isinstance(value, str) and value in choices.__members__.values()):
        return
    allowed = _listed(member.value for member in choices)
    raise ArgumentError(f"{name} must be one of {allowed}, not {value!r}")


def _listed(values: Iterable[str]) -> str:
    return ", ".join(map(repr, values))


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
    """Check a list of texts, such as ids, that must not be empty.

    Raises:
        ArgumentError: It is a single text, empty, or holds something else.
    """
    if isinstance(value, str) or not isinstance(value, Sequence) or not value:
        raise ArgumentError(f"{name} must be a list of texts with at least one in it, not {value!r}")
    for number, item in enumerate(cast("Sequence[Any]", value)):
        check_text(item, f"{name}[{number}]")


MASK = "******"
"""What the API shows in place of a secret."""


def check_unmasked(allow_masked: bool, /, **settings: Any) -> None:
    """Refuse settings that hold the mask of a secret: sent back, it would become the secret.

    Args:
        allow_masked: Whether to let it pass: a secret may, after all, be six asterisks.
        **settings: Mappings or texts by the name of their argument.

    Raises:
        ArgumentError: One does; the message names every place. Or one holds itself.
    """
    check_flags(allow_masked=allow_masked)
    if allow_masked:
        return
    places: list[str] = []
    for name, value in settings.items():
        with finite(name):
            places += _masks(value, name)
    if places:
        raise ArgumentError(
            f"{', '.join(places)}: {MASK} is the mask of a secret, and sending it would replace the secret by it; "
            "leave the field out to keep the secret, or pass allow_masked=True if it is meant"
        )


@contextmanager
def finite(name: str) -> Generator[None]:
    """Name what is looked at all the way down, when that has no end.

    Raises:
        ArgumentError: It is nested too deep, or holds itself.
    """
    try:
        yield
    except RecursionError:
        raise ArgumentError(f"{name} is nested too deep, or holds itself") from None


def _masks(value: Any, place: str) -> Iterator[str]:
    if isinstance(value, str):
        if value == MASK:
            yield place
    elif isinstance(value, Model):
        yield from _masks(value.to_dict(), place)
    elif isinstance(value, Mapping):
        for key, item in cast("Mapping[Any, Any]", value).items():
            yield from _masks(item, f"{place}.{key}")
    elif isinstance(value, Sequence) and not isinstance(value, bytes):
        for number, item in enumerate(cast("Sequence[Any]", value)):
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


def check_given(*, nullable: bool = False, **texts: Any) -> None:
    """Check texts, such as ids, by the name of their argument; unset ones pass, None where null is allowed.

    Raises:
        ArgumentError: One is empty or no text.
    """
    for name, value in _given(texts, nullable=nullable):
        check_text(value, name)


def check_flags(*, nullable: bool = False, **flags: Any) -> None:
    """Check booleans by the name of their argument; unset ones pass, None where null is allowed.

    Raises:
        ArgumentError: One is something else, such as the text `false`, which is true to whoever asks for its truth.
    """
    for name, value in _given(flags, nullable=nullable):
        if not isinstance(value, bool):
            raise ArgumentError(f"{name} must be True or False, not {value!r}")


def check_mappings(*, nullable: bool = False, **mappings: Any) -> None:
    """Check mappings, or models, by the name of their argument; unset ones pass, None where null is allowed.

    Raises:
        ArgumentError: One is something else.
    """
    for name, value in _given(mappings, nullable=nullable):
        if not isinstance(value, Mapping | Model):
            # Without the value: settings hold passwords.
            raise ArgumentError(f"{name} must be a mapping, not {type(value).__name__}")


def _given(values: Mapping[str, Any], *, nullable: bool) -> Iterator[tuple[str, Any]]:
    return (item for item in values.items() if item[1] is not UNSET and not (nullable and item[1] is None))


def fields_of(value: Mapping[str, Any] | Model) -> Mapping[str, Any]:
    """Return the fields of a mapping or a model."""
    return value.to_dict() if isinstance(value, Model) else value


def check_url(value: Any, name: str) -> None:
    """Check an address that the API is to go to, or to send somebody to.

    Raises:
        ArgumentError: It is no whole http or https URL.
    """
    check_text(value, name)
    try:
        parts = urlsplit(cast("str", value))
        fits = parts.scheme in {"http", "https"} and bool(parts.hostname)
    except ValueError:
        fits = False
    if not fits or any(char.isspace() for char in value):
        # Without the value: the address of a receiver may hold a token.
        raise ArgumentError(f"{name} must be a whole http or https URL, such as 'https://example.com/fivetran'")


def check_email(value: Any) -> None:
    """Check an e-mail address.

    Raises:
        ArgumentError: It is empty, no text, or has no `@`.
    """
    check_text(value, "email")
    if "@" not in value:
        raise ArgumentError(f"email must be an address such as 'ada@example.com', not {value!r}")
