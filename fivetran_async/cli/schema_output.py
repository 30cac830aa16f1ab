"""What `fivetran-async schema` prints, and the exit status that it deserves."""

import json
from collections.abc import Iterable, Sequence
from typing import Any

import click

from fivetran_async.cli import output
from fivetran_async.cli.app import Exit
from fivetran_async.errors import FivetranError, PlanError
from fivetran_async.fanout import MapResult
from fivetran_async.schema_plan import Applied, Line, SchemaView


def plans(results: Sequence[MapResult[str, Applied]], *, as_json: bool) -> Exit:
    """Print plans, and return what they say."""
    status = Exit.FINE
    with output.to_reader():
        if as_json:
            plans = {
                r.item: r.value.plan.to_dict() for r in results if r.value is not None and r.value.plan is not None
            }
            click.echo(json.dumps({"version": 1, "plans": plans}, indent=2))
        for result in results:
            todo = None if result.value is None else result.value.plan
            if todo is None:
                continue
            status = max(status, Exit.FINE if todo.is_empty else Exit.FOUND)
            if todo.missing and todo.on_missing == "error":
                status = max(status, Exit.USAGE)
            if not as_json:
                lines(output.writer(), [Line(text=f"Connection {result.item}", style="bold"), *todo.lines()])
    return max(status, _complain(results))


def after_look(results: Sequence[MapResult[str, Applied]]) -> Exit:
    """Return the status where nothing was done after a look: there was nothing to do, or somebody said no."""
    if any(not result.ok for result in results):
        return Exit.UNFINISHED
    plans = [result.unwrap().plan for result in results]
    if any(todo is not None and todo.missing and todo.on_missing == "error" for todo in plans):
        return Exit.USAGE
    return Exit.FINE if all(todo is None or todo.is_empty for todo in plans) else Exit.FOUND


def results(found: Sequence[MapResult[str, Applied]], *, as_json: bool) -> Exit:
    """Print what was done, and return whether that is all."""
    done = {r.item: r.error.result if isinstance(r.error, PlanError) else r.value for r in found}
    with output.to_reader():
        if as_json:
            plain = {name: None if applied is None else applied.to_dict() for name, applied in done.items()}
            click.echo(json.dumps({"version": 1, "connections": plain}, indent=2))
        else:
            to = output.writer()
            for applied in done.values():
                if applied is not None:
                    to.line(applied.summary, "green" if applied.converged else "red")
            whole = sum(applied is not None and applied.converged for applied in done.values())
            to.line(f"{whole:,} of {len(done):,} connections are as desired", "bold")
    return _complain(found)


def _complain(results: Sequence[MapResult[str, Applied]]) -> Exit:
    """Say what went wrong, and return the status that it deserves."""
    status = Exit.FINE
    for result in results:
        if result.error is None:
            continue
        error = result.error
        if not isinstance(error, FivetranError):
            raise error
        refused = isinstance(error, PlanError) and error.result is None
        status = max(status, Exit.USAGE if refused else Exit.UNFINISHED)
        notes = " ".join(getattr(error, "__notes__", ()))
        output.complain(f"connection {result.item}: {error} {notes}".rstrip())
    return status


def lines(to: output.Writer, found: Iterable[Line]) -> None:
    """Print lines, each in its colour."""
    for line in found:
        to.line(line.text, line.style)


def show(to: output.Writer, view: SchemaView, tables: Sequence[str] | None, *, columns: bool) -> None:
    """Print a configuration as a table."""
    to.line(f"schema_change_handling {view.schema_change_handling}", "bold")
    header = ("Name", "Loaded", "Mode", "Hashed", "Locked") if columns else ("Name", "Loaded", "Mode", "Locked")
    to.table(header, [_row(row, columns=columns) for row in flat(view, tables, columns=columns)["items"]])


def _row(row: dict[str, Any], *, columns: bool) -> tuple[str, ...]:
    hashed = ("yes" if row.get("hashed") else "",) if columns else ()
    return row["name"], "yes" if row["synced"] else "no", row.get("sync_mode") or "", *hashed, row["locked"] or ""


def flat(view: SchemaView, tables: Sequence[str] | None, *, columns: bool) -> dict[str, Any]:
    """Return a configuration as plain data, an item for each table and column."""
    items: list[dict[str, Any]] = []
    for table in view.tables(tables):
        locked = None if table.lock is None else table.lock.reason
        about: dict[str, Any] = {"name": table.full_name, "enabled": table.enabled, "synced": table.synced}
        items.append({**about, "sync_mode": table.sync_mode, "locked": locked})
        for column in view.columns_of(table) if columns else ():
            locked = None if column.lock is None else column.lock.reason
            about = {"name": column.full_name, "enabled": column.enabled, "synced": column.synced}
            about |= {"hashed": column.hashed, "is_primary_key": column.is_primary_key}
            items.append({**about, "locked": locked})
    return {"version": 1, "schema_change_handling": view.schema_change_handling, "items": items}
