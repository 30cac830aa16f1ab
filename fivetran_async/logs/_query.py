"""A question to the log tables as a value, and how one is put together, bound, and asked."""

import inspect
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from datetime import UTC, date, datetime
from typing import Any, Generic, TypeVar

import attrs

from fivetran_async.errors import ArgumentError
from fivetran_async.logs._reading import read_rows
from fivetran_async.logs._sqlglot import Expression, exp
from fivetran_async.logs.dialects import Rendered, render, spoken_by, value
from fivetran_async.logs.rows import Row

R = TypeVar("R", bound=Row)


@attrs.frozen
class Query(Generic[R]):
    """A question to the log tables: built once, written for any warehouse, run on any connection.

    Attributes:
        name: The function that made it.
        row: What its rows are.
        parameters: The values that are bound, by name.
    """

    name: str
    row: type[R]
    parameters: Mapping[str, Any] = attrs.field(hash=False)
    _tree: Expression = attrs.field(repr=False, eq=False)

    def render(self, dialect: str, paramstyle: str | None = None, *, pretty: bool = False) -> Rendered:
        """Write it for a warehouse.

        Args:
            dialect: `snowflake`, `bigquery`, `redshift`, `databricks`, `postgres` or `duckdb`.
            paramstyle: How the driver has values marked: `qmark`, `numeric`, `named`, `format` or `pyformat`. Left out,
                as the warehouse's own driver for Python.
            pretty: Whether to write it over several lines.

        Returns:
            The text, and the values to bind.

        Raises:
            ArgumentError: There is no such dialect or style, or a name can be none in that warehouse.
        """
        return render(self._tree, self.parameters, dialect, paramstyle, pretty=pretty)


class Question:
    """A query that is being put together: the tables' generation, and the values so far.

    Args:
        schema: The schema of the tables.
        database: What it is in.
        columns: The tables' generation.

    Attributes:
        id_column: What the column with a connection's id is called.
        name_column: What the column with its name is called.

    Raises:
        ArgumentError: A name cannot be one, or there is no such generation.
    """

    def __init__(self, schema: str, database: str | None, columns: str) -> None:
        if columns not in {"connection", "connector"}:
            raise ArgumentError(f"columns is 'connection' or 'connector', not {columns!r}")
        self.id_column = f"{columns}_id"
        self.name_column = f"{columns}_name"
        self._schema = _identifier(schema, "schema")
        self._database = None if database is None else _identifier(database, "database")
        self._values: dict[str, Any] = {}

    def table(self, name: str) -> exp.Table:
        """Return one of the tables."""
        return exp.table_(name, db=self._schema, catalog=self._database, quoted=True)

    def within(self, tree: exp.Select, at: Expression, first: date | None, last: date | None) -> exp.Select:
        """Keep what is at a time or day, or later, and before another one."""
        if first is not None:
            tree = tree.where(exp.GTE(this=at.copy(), expression=self._bound("since", first)))
        if last is not None:
            tree = tree.where(exp.LT(this=at.copy(), expression=self._bound("until", last)))
        return tree

    def only(self, tree: exp.Select, column: str, ids: Iterable[str] | None, table: str | None = None) -> exp.Select:
        """Keep what has one of some ids.

        Raises:
            ArgumentError: They are no ids.
        """
        if ids is None:
            return tree
        if isinstance(ids, str):
            raise ArgumentError(f"connection_ids is a list of ids, not the text {ids!r}")
        wanted = list(dict.fromkeys(ids))
        if not all(isinstance(name, str) and name for name in wanted):
            raise ArgumentError("connection_ids is a list of ids, which are texts that are not empty")
        if not wanted:
            # A filter that lets nothing by, which a driver could not be told with no values.
            return tree.where(exp.Literal.number(1).eq(exp.Literal.number(0)))
        places = [self._bound(f"connection_{number}", name) for number, name in enumerate(wanted, 1)]
        return tree.where(exp.In(this=exp.column(column, table=table), expressions=places))

    def query(self, name: str, row: type[R], tree: exp.Select) -> Query[R]:
        """Return the finished query."""
        return Query(name, row, self._values, tree)

    def _bound(self, name: str, bound: Any) -> Expression:
        self._values[name] = bound
        return value(name)


def moment(time: datetime | None, name: str) -> datetime | None:
    """Return a time in UTC.

    Raises:
        ArgumentError: It is no datetime, or has no zone.
    """
    if time is None:
        return None
    if not isinstance(time, datetime) or time.tzinfo is None or time.utcoffset() is None:
        raise ArgumentError(f"{name} is a datetime with a zone, such as tzinfo=timezone.utc, not {time!r}")
    return time.astimezone(UTC)


def limited(tree: exp.Select, limit: int | None) -> exp.Select:
    """Keep so many rows.

    Raises:
        ArgumentError: It is no number above 0.
    """
    if limit is None:
        return tree
    if isinstance(limit, bool) or not isinstance(limit, int) or limit < 1:
        raise ArgumentError(f"limit is a whole number of rows, 1 or more, not {limit!r}")
    # Not bound: some warehouses want to see it.
    return tree.limit(int(limit))


def _identifier(name: str, what: str) -> str:
    if not isinstance(name, str) or not name or "\0" in name:
        raise ArgumentError(f"{what} is the name of one, not {name!r}")
    return name


def run(query: Query[R], connection: Any, *, dialect: str | None = None, paramstyle: str | None = None) -> Iterator[R]:
    """Ask a warehouse; blocks. It is asked when the first row is.

    Args:
        query: What to ask.
        connection: A connection of any DB-API driver (PEP 249); it is not closed, and nothing is committed.
        dialect: The warehouse; left out, the one of the connection's driver. To be given with a driver that is not
            known here, and with one of PostgreSQL that is connected to Redshift.
        paramstyle: How the driver has values marked; left out, as its module says.

    Returns:
        The rows, read as they are asked for.

    Raises:
        ArgumentError: The driver is not known, or not a blocking one.
    """
    rendered = query.render(*spoken(connection, dialect, paramstyle))
    return _rows(query.row, connection, rendered)


def spoken(connection: Any, dialect: str | None, paramstyle: str | None) -> tuple[str, str | None]:
    """Return what a connection speaks, and how it has values marked, where neither was given.

    Raises:
        ArgumentError: The driver is not known, or not a blocking one.
    """
    # SQLAlchemy's connection of a pool holds the driver's.
    own = getattr(connection, "driver_connection", None) or connection
    found = spoken_by(own)
    if found is None and dialect is None:
        raise ArgumentError(
            f"what warehouse {type(own).__module__}.{type(own).__qualname__} is connected to is not known here: "
            "give dialect=, and paramstyle= as the driver's module says it"
        )
    if found is not None:
        dialect, paramstyle = dialect or found[0], paramstyle or found[1]
    if inspect.iscoroutinefunction(getattr(own, "commit", None)):
        raise ArgumentError(
            "the connection is one for asyncio, and this blocks: open a blocking one in a worker thread"
        )
    return dialect or "", paramstyle


def _rows(row: type[R], connection: Any, rendered: Rendered) -> Iterator[R]:
    with closing(connection.cursor()) as cursor:
        cursor.execute(rendered.sql, *([rendered.parameters] if rendered.parameters else []))
        yield from read_rows(row, cursor, None)
