"""Snapshots of an account's configuration as files that diff well, and drift against them."""

import os
from collections.abc import Iterable
from typing import TYPE_CHECKING

import anyio.to_thread

from fivetran_async._counting import CallCount
from fivetran_async._forks import loading
from fivetran_async.errors import ArgumentError
from fivetran_async.schema_plan.snapshots.comparing import Change, ChangeKind, Drift, FieldChange, compared
from fivetran_async.schema_plan.snapshots.directory import is_snapshot, load, prepared, store
from fivetran_async.schema_plan.snapshots.kinds import PATHS, SnapshotKind
from fivetran_async.schema_plan.snapshots.moments import compare
from fivetran_async.schema_plan.snapshots.reading import OnEstimate, joined, read
from fivetran_async.schema_plan.snapshots.states import Gap, Snapshot, State

if TYPE_CHECKING:
    from fivetran_async.client import Fivetran

__all__ = [
    "Change",
    "ChangeKind",
    "Drift",
    "FieldChange",
    "Gap",
    "OnEstimate",
    "Snapshot",
    "SnapshotKind",
    "compare",
    "drift",
    "snapshot",
]


async def snapshot(
    ft: "Fivetran",
    directory: str | os.PathLike[str],
    *,
    kinds: Iterable[SnapshotKind | str] | None = None,
    configs: bool | None = None,
    schemas: bool | None = None,
    resume: bool = True,
    on_estimate: OnEstimate | None = None,
) -> Snapshot:
    """Write an account's configuration to a directory: one file for each object, the same bytes for the same state.

    What changes by itself (states, times of syncs, tasks, warnings) is left out, and so are secrets: `[secret]` stands
    in their place. Files of objects that are gone are removed. All files come into their places together, at the end;
    whoever is killed before has changed nothing. What could not be read stands in `incomplete`: its files stay as they
    are, and the next snapshot reads what is missing.

    ```python
    done = await snapshot(ft, "fivetran")
    print(done.written, done.removed, done.calls)
    ```

    Costs one call for each kind, and one more for every further 1,000 objects of it: 10 for 1,000 connections. The
    settings of services cost one call for each connection and destination, schemas one for each connection.

    Args:
        ft: The client.
        directory: Where; it is made if it is missing. Only one snapshot at a time may be written to it.
        kinds: What it holds, and nothing else; None for what the snapshot in the directory holds, or else all that a
            list shows.
        configs: Whether it holds the settings of services; None for what the snapshot there does, or else no.
        schemas: Whether it holds the schema configurations of connections; None likewise.
        resume: Whether to go on where the last snapshot broke off; otherwise all is read anew.
        on_estimate: Called with an `Estimate` when it is known how many calls for single objects there will be, before
            the first of them; what it raises ends it, and nothing is written.

    Returns:
        What was written, and what could not be read.

    Raises:
        ArgumentError: The directory cannot be used, or there is no such kind; nothing was sent.
        UnauthorizedError: The credentials are not accepted.
        FivetranError: A file could not be written.
    """
    _check(ft, configs, schemas, resume=resume)
    asked = None if kinds is None else _kinds(kinds)
    path = await anyio.to_thread.run_sync(prepared, directory)
    there = is_snapshot(path)
    old = await anyio.to_thread.run_sync(load, path) if there else State(objects={}, configs=False)
    wanted = set(old.kinds if asked is None and there else asked or _listed())
    configs = old.configs if configs is None else configs
    if schemas is not None:
        wanted = wanted | {SnapshotKind.SCHEMAS} if schemas else wanted - {SnapshotKind.SCHEMAS}
    count = CallCount()
    counted = ft.with_options(hooks=[*ft.hooks, count])
    known = old if resume and any(gap.part != "list" for gap in old.gaps) else None
    state = joined(old, await read(counted, wanted, configs=configs, known=known, on_estimate=on_estimate))
    # A thread that has begun is waited for, even by who is cancelled.
    stored = await anyio.to_thread.run_sync(store, path, state)
    return Snapshot(
        directory=str(path),
        counts={str(kind): len(state.objects[kind]) for kind in state.kinds},
        written=stored.written,
        removed=stored.removed,
        calls=count.calls,
        incomplete=state.gaps,
    )


async def drift(ft: "Fivetran", directory: str | os.PathLike[str], *, on_estimate: OnEstimate | None = None) -> Drift:
    """Compare an account's configuration with a snapshot of it. Nothing is changed.

    It reads what the snapshot holds, and costs as much as taking it. What one of both sides does not know is not
    compared, and stands in `incomplete`.

    Args:
        ft: The client.
        directory: Where the snapshot is.
        on_estimate: Called with an `Estimate` when it is known how many calls for single objects there will be, before
            the first of them; what it raises ends it.

    Returns:
        What differs: `before` is the snapshot, `after` the account.

    Raises:
        ArgumentError: There is no snapshot, or a file of it cannot be read; nothing was sent.
        UnauthorizedError: The credentials are not accepted.
    """
    _check(ft, None, None, resume=True)
    old = await anyio.to_thread.run_sync(load, directory)
    count = CallCount()
    counted = ft.with_options(hooks=[*ft.hooks, count])
    new = await read(counted, old.kinds, configs=old.configs, known=None, on_estimate=on_estimate)
    return compared(old, new, calls=count.calls)


def _check(ft: "Fivetran", configs: bool | None, schemas: bool | None, *, resume: bool) -> None:
    with loading():
        # Comparing two directories does without any I/O.
        from fivetran_async.resources._base import check_flags  # noqa: PLC0415
        from fivetran_async.schema_plan._arguments import check_client  # noqa: PLC0415

    check_client(ft)
    check_flags(
        **{name: flag for name, flag in (("configs", configs), ("schemas", schemas)) if flag is not None},
        resume=resume,
    )


def _listed() -> tuple[SnapshotKind, ...]:
    return tuple(SnapshotKind(kind) for kind in PATHS)


def _kinds(kinds: Iterable[SnapshotKind | str]) -> tuple[SnapshotKind, ...]:
    names = [kinds] if isinstance(kinds, str) else list(kinds)
    strange = [name for name in names if name not in set(SnapshotKind)]
    if strange or not names:
        allowed = ", ".join(SnapshotKind)
        raise ArgumentError(f"kinds must be some of {allowed}, not {', '.join(map(repr, strange)) or 'none'}")
    return tuple(kind for kind in SnapshotKind if kind in names)
