"""Arguments that several functions take, checked."""

from collections.abc import Iterable

from fivetran_async._forks import loading
from fivetran_async.errors import ArgumentError


def listed(paths: Iterable[str]) -> tuple[str, ...]:
    """Return paths that were given, as a tuple.

    Raises:
        ArgumentError: They are no list.
    """
    if isinstance(paths, str | bytes) or not isinstance(paths, Iterable):
        raise ArgumentError(f"allow_secrets must be a list of paths, not {paths!r}")
    return tuple(paths)


def check_client(ft: object) -> None:
    """Refuse what is no client of this package.

    Raises:
        ArgumentError: It is none.
    """
    with loading():
        from fivetran_async.client import Fivetran  # noqa: PLC0415 - packages are made without any I/O at hand

    if not isinstance(ft, Fivetran):
        raise ArgumentError(
            f"ft must be a client of fivetran_async, not {type(ft).__module__}.{type(ft).__name__}; "
            "for a client of fivetran_sync there is fivetran_sync.connector_sdk"
        )
