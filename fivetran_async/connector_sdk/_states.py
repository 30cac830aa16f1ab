"""The state of a custom connector: read, kept in a file, changed while the connection is paused."""

import json
import os
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import attrs

from fivetran_async._written import write_whole
from fivetran_async.errors import ArgumentError, ConflictError, FivetranError
from fivetran_async.models.waits import SyncOutcome

if TYPE_CHECKING:
    from fivetran_async.client import Fivetran

Change = Mapping[str, Any] | Callable[[dict[str, Any]], Mapping[str, Any]]


@attrs.frozen(kw_only=True)
class SavedState:
    """The state of a connection at a moment, as it is kept in a file.

    Attributes:
        connection_id: The connection.
        saved_at: When it was read.
        state: The state.
        path: The file.
    """

    connection_id: str
    saved_at: datetime
    state: Mapping[str, Any] = attrs.field(hash=False)
    path: Path


async def save(ft: "Fivetran", connection_id: str, path: str | os.PathLike[str]) -> SavedState:
    """Read the state of a connection and keep it in a file that is not there yet."""
    target = free(path)
    state = dict((await ft.connections.state(connection_id)).state or {})
    saved = SavedState(connection_id=connection_id, saved_at=ft.clock.now(), state=state, path=target)
    text = json.dumps(
        {"connection_id": connection_id, "saved_at": saved.saved_at.isoformat(), "state": state}, indent=2
    )
    # Not secret by what it should hold, yet nobody looks at what a connector puts there.
    write_whole(target, text.encode() + b"\n", private=True)
    return saved


def read_saved(path: str | os.PathLike[str], connection_id: str) -> dict[str, Any]:
    """Return the state that a file holds: one that was saved, or the bare state.

    Raises:
        ArgumentError: It cannot be read, or was saved of another connection.
    """
    try:
        content = json.loads(Path(path).read_bytes())
    except (OSError, ValueError) as error:
        raise ArgumentError(f"{path} cannot be read as a state: {error}") from None
    if not isinstance(content, dict):
        raise ArgumentError(f"{path} holds no state, which is a JSON object")
    fields = cast("dict[str, Any]", content)
    if set(fields) != {"connection_id", "saved_at", "state"}:
        return fields
    if fields["connection_id"] != connection_id:
        raise ArgumentError(f"{path} was saved of connection {fields['connection_id']}, not of {connection_id}")
    if not isinstance(fields["state"], dict):
        raise ArgumentError(f"{path} holds no state, which is a JSON object")
    return cast("dict[str, Any]", fields["state"])


async def edit(
    ft: "Fivetran", connection_id: str, change: Change, backup: str | os.PathLike[str], wait: float | None
) -> SavedState:
    """Change a state: pause, save, replace, and end the pause again whatever happens."""
    _check(change)
    free(backup)
    connection = await ft.connections.get(connection_id)
    if connection.is_syncing:
        if wait is None:
            raise ConflictError(
                f"a sync of connection {connection_id} runs, and would write its own state: pass wait=seconds",
                status=409,
                operation="modify_connection_state",
            )
        ended = await ft.connections.wait_for_sync(connection_id, timeout=wait, check=False)
        if ended.status is SyncOutcome.TIMED_OUT:
            ended.check()
    if connection.is_paused:
        return await _replace(ft, connection_id, change, backup)
    await ft.connections.pause(connection_id)
    try:
        saved = await _replace(ft, connection_id, change, backup)
    except BaseException as error:
        try:
            await ft.connections.resume(connection_id)
        except FivetranError as second:
            error.add_note(f"connection {connection_id} is still paused, as its pause could not be ended: {second}")
        raise
    try:
        await ft.connections.resume(connection_id)
    except FivetranError as error:
        error.add_note(f"the state of connection {connection_id} was changed, and the connection is still paused")
        raise
    return saved


async def _replace(ft: "Fivetran", connection_id: str, change: Change, backup: str | os.PathLike[str]) -> SavedState:
    # Read in the pause, so that no sync writes another one in between.
    saved = await save(ft, connection_id, backup)
    state = change(dict(saved.state)) if callable(change) else change
    if not isinstance(state, Mapping):
        raise ArgumentError(f"the new state must be a mapping, not {type(state).__name__}")
    await ft.connections.update_state(connection_id, state=state)
    return saved


def _check(change: object) -> None:
    if not isinstance(change, Mapping) and not callable(change):
        raise ArgumentError(f"change must be the new state, or a function of the old one, not {type(change).__name__}")


def free(path: str | os.PathLike[str]) -> Path:
    """Return a path at which there is nothing: an older state that was saved there would be lost.

    Raises:
        ArgumentError: It is no path, or there is something.
    """
    if not isinstance(path, str | os.PathLike):
        raise ArgumentError(f"the file for the old state must be a path, not {type(path).__name__}")
    target = Path(path)
    if os.path.lexists(target):
        raise ArgumentError(f"{target} is there already, and may hold an older state: choose another name")
    return target
