"""The questions that a verification asks, for any warehouse."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from fivetran_async.logs._query import Query, Question
from fivetran_async.logs._sqlglot import exp
from fivetran_async.logs.dialects import day_of
from fivetran_async.logs.rows import Row


def by_day(
    table: str,
    schema: str,
    database: str | None,
    *,
    column: str,
    zone: str | None,
    first: date | None,
    last: date | None,
    deleted: str | None,
) -> Query[Any]:
    """Ask how many rows there are of each day.

    Args:
        table: The table.
        schema: Where it is.
        database: Where that is; None for the connection's own.
        column: The column with the times.
        zone: The zone whose days are meant; None for a column without zones.
        first: Only what is of then or later.
        last: Only what is of before.
        deleted: The column that marks deleted rows; None where there is none.
    """
    asked = Question(schema, database, "connection")
    at = exp.column(column)
    day = exp.cast(at.copy(), "date") if zone is None else day_of(at, exp.Literal.string(zone))
    inner = exp.select(exp.alias_(day, "day")).from_(asked.table(table))
    inner = asked.within(_kept(inner, deleted), at, first, last)
    tree = exp.select("day", exp.alias_(exp.Count(this=exp.Star()), "found")).from_(inner.subquery("rows_by_day"))
    return asked.query("by_day", Row, tree.group_by("day"))


def twice(
    table: str, schema: str, database: str | None, *, key: Sequence[str], deleted: str | None, most: int
) -> Query[Any]:
    """Ask for the keys that more than one row has, and one more of them than wanted.

    Args:
        table: The table.
        schema: Where it is.
        database: Where that is; None for the connection's own.
        key: The columns of the key.
        deleted: The column that marks deleted rows; None where there is none.
        most: How many are wanted.
    """
    asked = Question(schema, database, "connection")
    count = exp.Count(this=exp.Star())
    columns = [exp.column(name) for name in key]
    tree = exp.select(*columns, exp.alias_(count, "found")).from_(asked.table(table))
    tree = _kept(tree, deleted).group_by(*(column.copy() for column in columns))
    tree = tree.having(exp.GT(this=count.copy(), expression=exp.Literal.number(1)))
    tree = tree.order_by(exp.Ordered(this=count.copy(), desc=True), *(column.copy() for column in columns))
    return asked.query("twice", Row, tree.limit(most + 1))


def _kept(tree: exp.Select, deleted: str | None) -> exp.Select:
    if deleted is None:
        return tree
    # Null is not deleted.
    return tree.where(exp.Not(this=exp.Coalesce(this=exp.column(deleted), expressions=[exp.false()])))
