"""How one SQL expression is written for each warehouse, and how its values are bound by each driver."""

import sys
from collections.abc import Callable, Mapping
from typing import Any, Final, Literal, TypeAlias, get_args

import attrs

from fivetran_async.errors import ArgumentError
from fivetran_async.logs._sqlglot import Expression, exp

Dialect: TypeAlias = Literal["snowflake", "bigquery", "redshift", "databricks", "postgres", "duckdb"]
"""A warehouse."""

ParamStyle: TypeAlias = Literal["qmark", "numeric", "named", "format", "pyformat"]
"""How a driver of PEP 249 has values marked: `?`, `:1`, `:name`, `%s`, `%(name)s`."""

DIALECTS: Final[tuple[Dialect, ...]] = get_args(Dialect)
"""The warehouses whose SQL can be written."""
_STYLES: Final[tuple[ParamStyle, ...]] = get_args(ParamStyle)
_NAMED: Final = frozenset({"named", "pyformat"})
_ALIASES: Final[Mapping[str, Dialect]] = {"postgresql": "postgres"}

# What the warehouse's own driver for Python has, unless it was told otherwise.
_USUAL: Final[Mapping[Dialect, ParamStyle]] = {
    "snowflake": "pyformat",
    "bigquery": "pyformat",
    "redshift": "format",
    "databricks": "named",
    "postgres": "pyformat",
    "duckdb": "qmark",
}

# By the first part of the name of a connection's module: the warehouse, and the module that says the style.
_DRIVERS: Final[Mapping[str, tuple[Dialect, str]]] = {
    "snowflake": ("snowflake", "snowflake.connector"),
    "google": ("bigquery", "google.cloud.bigquery.dbapi"),
    "redshift_connector": ("redshift", "redshift_connector"),
    "databricks": ("databricks", "databricks.sql"),
    "psycopg": ("postgres", "psycopg"),
    "psycopg2": ("postgres", "psycopg2"),
    "pg8000": ("postgres", "pg8000.dbapi"),
    "duckdb": ("duckdb", "duckdb"),
    "_duckdb": ("duckdb", "duckdb"),
}

# Around the name of a value while the SQL is written: no identifier has it, and no text of ours.
_MARK: Final = "\0"


@attrs.frozen
class Rendered:
    """A query as it is given to a driver: `cursor.execute(rendered.sql, rendered.parameters)`.

    Attributes:
        sql: The text; no value that a user gave is in it.
        parameters: The values: by name where the style has names, otherwise in their order. Where there are none, leave
            them out of the call.
    """

    sql: str
    parameters: Mapping[str, Any] | tuple[Any, ...] = attrs.field(hash=False)


def render(
    tree: Expression, values: Mapping[str, Any], dialect: str, paramstyle: str | None, *, pretty: bool
) -> Rendered:
    """Write an expression for a warehouse.

    Raises:
        ArgumentError: There is no such dialect or style.
    """
    spoken = known_dialect(dialect)
    style = _USUAL[spoken] if paramstyle is None else _known_style(paramstyle)
    parts = (
        _localized_below(tree, spoken).sql(dialect=spoken, identify=True, pretty=pretty, comments=False).split(_MARK)
    )
    names = parts[1::2]
    # To a driver that has something to put in the place of percent signs, one that is meant is two.
    doubled = bool(names) and style in {"format", "pyformat"}
    texts = [part.replace("%", "%%") if doubled else part for part in parts[::2]]
    marks = [_mark(style, name, number) for number, name in enumerate(names, 1)]
    sql = "".join(text + mark for text, mark in zip(texts, [*marks, ""], strict=True))
    if style in _NAMED:
        return Rendered(sql, {name: values[name] for name in names})
    return Rendered(sql, tuple(values[name] for name in names))


def known_dialect(dialect: str) -> Dialect:
    """Return the dialect of a name.

    Raises:
        ArgumentError: There is none.
    """
    name = _ALIASES.get(dialect.lower(), dialect.lower()) if isinstance(dialect, str) else dialect
    if name not in DIALECTS:
        raise ArgumentError(f"there is no dialect {dialect!r}, only {', '.join(DIALECTS)}")
    return name


def spoken_by(connection: Any) -> tuple[Dialect, ParamStyle] | None:
    """Return what a connection of a driver that is known here speaks, and how it has values marked."""
    for cls in type(connection).__mro__:
        found = _DRIVERS.get(cls.__module__.partition(".")[0])
        if found is not None:
            dialect, name = found
            # As it is now: Snowflake's can be set.
            style = getattr(sys.modules.get(name), "paramstyle", None)
            return dialect, _USUAL[dialect] if style is None else _known_style(style)
    return None


def value(name: str) -> Expression:
    """Return the place of a value in an expression."""
    return exp.Var(this=f"{_MARK}{name}{_MARK}")


def json_text(column: Expression, key: str) -> Expression:
    """Return what stands under a key of a JSON object, as text; of what is no JSON object it is NULL."""
    return exp.Anonymous(this="JSON_TEXT", expressions=[column, exp.Literal.string(key)])


def whole(text: Expression) -> Expression:
    """Return the number that a text is; of what is none it is NULL."""
    return exp.Anonymous(this="WHOLE", expressions=[text])


def seconds_between(start: Expression, end: Expression) -> Expression:
    """Return how many seconds, with fractions, lie between two times."""
    return exp.Anonymous(this="SECONDS_BETWEEN", expressions=[start, end])


def month_of(day: Expression) -> Expression:
    """Return the first day of a day's month."""
    return exp.Anonymous(this="MONTH_OF", expressions=[day])


def day_of(time: Expression, zone: Expression) -> Expression:
    """Return the day, in a zone, that a time with a zone is of."""
    return exp.Anonymous(this="DAY_OF", expressions=[time, zone])


def _known_style(style: str) -> ParamStyle:
    if style not in _STYLES:
        raise ArgumentError(f"there is no paramstyle {style!r}, only {', '.join(_STYLES)}")
    return style


def _mark(style: ParamStyle, name: str, number: int) -> str:
    return {"qmark": "?", "numeric": f":{number}", "named": f":{name}", "format": "%s", "pyformat": f"%({name})s"}[
        style
    ]


def _localized(node: Expression, dialect: Dialect) -> Expression:
    if isinstance(node, exp.Identifier) and dialect == "snowflake":
        # Unquoted names are in upper case there, and Fivetran's are so made.
        return exp.to_identifier(node.name.upper(), quoted=True)
    if isinstance(node, exp.Anonymous) and node.name in _LOCAL:
        arguments = [_localized_below(argument, dialect) for argument in node.expressions]
        return _LOCAL[node.name](dialect, *arguments)
    return node


def _localized_below(node: Expression, dialect: Dialect) -> Expression:
    def local(inner: Expression) -> Expression:
        return _localized(inner, dialect)

    return node.transform(local)


def _json_text(dialect: Dialect, column: Expression, key: Expression) -> Expression:
    text = exp.cast(column, "text")
    path = exp.Literal.string(f"$.{key.name}")
    if dialect == "snowflake":
        parsed = _call("TRY_PARSE_JSON", _call("TO_VARCHAR", column))
        return exp.cast(_call("GET_PATH", parsed, key), "text")
    if dialect == "bigquery":
        return _call("JSON_VALUE", column, path)
    if dialect == "redshift":
        # The last argument has what is no JSON be NULL; what is missing is an empty text.
        found = _call("JSON_EXTRACT_PATH_TEXT", exp.cast(column, "varchar(65535)"), key, exp.true())
        return _call("NULLIF", found, exp.Literal.string(""))
    if dialect == "databricks":
        return _call("GET_JSON_OBJECT", text, path)
    if dialect == "duckdb":
        return exp.JSONExtractScalar(this=exp.TryCast(this=text, to=exp.DataType.build("json")), expression=path)
    # PostgreSQL before 16 cannot ask whether a text is JSON; what is plainly none, or cut off, is let by.
    object_like = exp.Literal.string("^[[:space:]]*[{].*[}][[:space:]]*$")
    looks = exp.RegexpLike(this=text, expression=object_like)
    found = _call("JSON_EXTRACT_PATH_TEXT", exp.cast(text.copy(), "json"), key)
    return exp.Case(ifs=[exp.If(this=looks, true=found)])


def _whole(dialect: Dialect, text: Expression) -> Expression:
    number = exp.DataType.build("bigint")
    if dialect != "postgres":
        return exp.TryCast(this=text, to=number)
    looks = exp.RegexpLike(this=text, expression=exp.Literal.string("^[0-9]{1,18}$"))
    return exp.Case(ifs=[exp.If(this=looks, true=exp.Cast(this=text.copy(), to=number))])


def _seconds_between(dialect: Dialect, start: Expression, end: Expression) -> Expression:
    unit, million = exp.Var(this="MICROSECOND"), exp.Literal.number("1000000.0")
    if dialect == "postgres":
        return exp.cast(
            exp.Extract(this=exp.Var(this="EPOCH"), expression=exp.paren(exp.Sub(this=end, expression=start))), "double"
        )
    if dialect == "bigquery":
        micros = _call("TIMESTAMP_DIFF", end, start, unit)
    elif dialect == "duckdb":
        micros = _call("DATE_DIFF", exp.Literal.string("microsecond"), start, end)
    else:
        name = "TIMESTAMPDIFF" if dialect == "databricks" else "DATEDIFF"
        micros = _call(name, unit, start, end)
    return exp.Div(this=exp.cast(micros, "double"), expression=million)


def _month_of(dialect: Dialect, day: Expression) -> Expression:
    if dialect == "bigquery":
        return _call("DATE_TRUNC", day, exp.Var(this="MONTH"))
    return exp.cast(_call("DATE_TRUNC", exp.Literal.string("month"), day), "date")


def _day_of(dialect: Dialect, time: Expression, zone: Expression) -> Expression:
    if dialect == "bigquery":
        return _call("DATE", time, zone)
    if dialect == "snowflake":
        return exp.cast(_call("CONVERT_TIMEZONE", zone, time), "date")
    if dialect == "databricks":
        # A time there is shown in the session's zone, whichever that is.
        shown = exp.cast(time, "timestamp_ntz")
        return exp.cast(_call("CONVERT_TIMEZONE", _call("CURRENT_TIMEZONE"), zone, shown), "date")
    return exp.cast(exp.AtTimeZone(this=time, zone=zone), "date")


def _call(name: str, *arguments: Expression) -> Expression:
    return exp.Anonymous(this=name, expressions=[argument.copy() for argument in arguments])


_LOCAL: Final[Mapping[str, Callable[..., Expression]]] = {
    "JSON_TEXT": _json_text,
    "WHOLE": _whole,
    "SECONDS_BETWEEN": _seconds_between,
    "MONTH_OF": _month_of,
    "DAY_OF": _day_of,
}
