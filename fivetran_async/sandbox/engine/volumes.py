"""How many rows a sync writes, by schema and table: made up, and the same for the same sync."""

from __future__ import annotations

import functools
import random
from typing import Final, TypeAlias

from fivetran_async.sandbox.calls import JsonObject
from fivetran_async.sandbox.engine import schemas, sources
from fivetran_async.sandbox.engine.schema_config import SchemaConfig

Rows: TypeAlias = dict[str, dict[str, int]]
"""By schema and table, in the source's names."""

Tables: TypeAlias = tuple[tuple[str, str], ...]
"""Pairs of a schema and one of its tables."""

# What a table of the largest kind gets in one sync; one that reads everything writes so many times as much.
_MOST: Final = 2_000
_HISTORY: Final = 50
_QUIET: Final = 0.4


def touched(connection: JsonObject) -> Tables | None:
    """Return the tables that are synced of a connection whose schema config was changed or whose source was planted.

    Of all others nothing has to be remembered, so that thousands of them stay cheap: None.
    """
    if "schemas" not in connection["sandbox"] and not sources.is_planted(connection):
        return None
    return tuple(SchemaConfig(connection).enabled_tables()) if schemas.exists(connection) else ()


@functools.lru_cache(maxsize=4096)
def usual(connection_id: str, service: str, name: str) -> Tables:
    """Return the tables that are synced of a connection that nobody touched."""
    source = sources.made_up({"id": connection_id, "service": service, "schema": name})
    return tuple(
        (schema, table)
        for schema in source["schemas"]
        for table, described in sources.tables_of(source, schema).items()
        if described.get("enabled", True)
    )


def written(sync_id: str, tables: Tables, *, historical: bool) -> Rows:
    """Return how many rows a sync wrote; of an ordinary one many tables had nothing new.

    Args:
        sync_id: Which sync.
        tables: What it looked at.
        historical: Whether it read everything.
    """
    rng = random.Random(sync_id)  # noqa: S311 - repeatable, not secret
    rows: Rows = {}
    for schema, table in tables:
        size, chance = _size(schema, table), rng.random()
        if historical:
            rows.setdefault(schema, {})[table] = size * _HISTORY + int(size * chance)
        elif chance > _QUIET:
            rows.setdefault(schema, {})[table] = 1 + int(size * (chance - _QUIET))
    return rows


@functools.lru_cache(maxsize=4096)
def _size(schema: str, table: str) -> int:
    return random.Random(f"{schema}.{table}").randint(1, _MOST)  # noqa: S311 - as above
