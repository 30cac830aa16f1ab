"""The Platform Connector's tables in a DuckDB file, asked for the failed syncs of a connection."""

from collections.abc import Sequence
from pathlib import Path

from fivetran_async.cli.connector._duckdb import database, reading
from fivetran_async.logs import SyncRun, failed_syncs, run

_MOST = 10


def failures(path: Path, schema: str, connection_id: str) -> Sequence[str]:
    """Return a line for each of the last failed syncs of a connection, the oldest first.

    Args:
        path: The DuckDB file.
        schema: The schema of the tables in it.
        connection_id: The connection.

    Raises:
        ArgumentError: It cannot be read, or has no such tables.
        ConfigError: DuckDB or sqlglot is not installed.
    """
    with reading(path) as connection:
        query = failed_syncs(database=database(connection), schema=schema, connection_ids=[connection_id], limit=_MOST)
        return [_line(sync) for sync in run(query, connection)][::-1]


def _line(sync: SyncRun) -> str:
    at = sync.ended or sync.started
    when = "at an unknown time" if at is None else f"{at:%Y-%m-%d %H:%M:%S} UTC"
    return f"{when}: {sync.status}: {sync.reason or 'no reason'}"
