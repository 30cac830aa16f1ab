"""The one cattrs converter: lenient in, exact out.

The quick path of the codec reads what fits its model. What does not fit comes here: a field that cannot be read
becomes None (or an empty tuple) and keeps its exact value in `raw`; only what identifies an object must be there.
"""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextvars import ContextVar
from datetime import UTC, date, datetime
from enum import Enum
from types import NoneType, UnionType
from typing import Any, TypeVar, Union, cast, get_args, get_origin

import attrs
import cattrs

from fivetran_async.errors import ArgumentError, DecodeError
from fivetran_async.models._base import Model, OpenEnum, field_names
from fivetran_async.models._origins import Source, carry_extra, extra_of, is_model, nested_names, source_of
from fivetran_async.types import UNSET

M = TypeVar("M", bound=Model)

converter = cattrs.Converter(detailed_validation=False)
"""Users' own hooks go here; they apply to bodies, to `from_dict` and to items that take the lenient way."""

_repaired: ContextVar[list[str] | None] = ContextVar("fivetran_async_repaired", default=None)


def structure_model(cls: type[M], data: Mapping[str, Any]) -> M:
    """Make a model of a mapping, with the unknown fields of every level carried along.

    Raises:
        DecodeError: What identifies the object is missing.
    """
    if not isinstance(data, Mapping):
        raise DecodeError(f"a {cls.__name__} is made of a mapping, not of {type(data).__name__}")
    try:
        model: M = converter.structure(data, cls)
    except (ValueError, TypeError, KeyError) as error:
        raise DecodeError(f"this is no {cls.__name__}: {error}") from None
    carry_extra(model, data)
    return model


def structure_item(cls: type[M], data: Any) -> tuple[M, list[str]]:
    """Make a model of decoded JSON and name the fields that had to be left out.

    Raises:
        ValueError: What identifies the object is missing, or it is no object.
    """
    if not isinstance(data, Mapping):
        raise ValueError(f"expected an object, got {type(data).__name__}")  # noqa: TRY004 - one kind for callers
    repaired: list[str] = []
    token = _repaired.set(repaired)
    try:
        return converter.structure(data, cls), [where.removeprefix(".") for where in repaired]
    finally:
        _repaired.reset(token)


def unstructure_model(model: Model) -> dict[str, Any]:
    """Return all fields of a model, the unknown ones last, as plain JSON values."""
    return _plain_model(model, None)


def _plain_model(model: Model, around: Source | None) -> dict[str, Any]:
    source = source_of(model, around)
    nested = nested_names(type(model))
    fields = {
        name: _plain(getattr(model, name), source.at(name) if source and name in nested else None)
        for name in field_names(type(model))
    }
    return {**fields, **extra_of(model, source)}


def _plain(value: Any, source: Source | None) -> Any:
    if isinstance(value, Model):
        return _plain_model(value, source)
    if isinstance(value, tuple):
        items = cast("tuple[Any, ...]", value)
        return [_plain(item, source and source.at(index)) for index, item in enumerate(items)]
    if isinstance(value, Mapping):
        fields = cast("Mapping[Any, Any]", value)
        return {key: _plain(item, source and source.at(key)) for key, item in fields.items()}
    return converter.unstructure(value)


def body_value(value: Any, name: str = "") -> Any:
    """Return what a user passed as plain JSON values; fields of a model that are None or empty lists are left out.

    Args:
        value: What was passed.
        name: What to call it: the beginning of the path that an error names.

    Raises:
        ArgumentError: A time without a zone, a key that is no text, or a value that holds itself.
    """
    try:
        return _body(value, None)
    except RecursionError:
        raise ArgumentError(_endless(name)) from None
    except (TypeError, ValueError) as error:
        raise ArgumentError(misfit(value, name) or str(error)) from None


def misfit(value: Any, name: str = "") -> str | None:
    """Return the path of the first value in a body that JSON cannot hold, and why; None if there is none.

    It looks at the whole body anew: for when encoding it has failed.
    """
    try:
        return next(_misfits(value, name), None)
    except RecursionError:
        return _endless(name)


def _endless(name: str) -> str:
    return f"{name or 'the body'} is nested too deep, or holds itself"


def _misfits(value: Any, path: str) -> Iterator[str]:
    where = f"{path}: " if path else ""
    if isinstance(value, Model):
        fields = {name: getattr(value, name) for name in field_names(type(value))} | value.extra
        value = {name: item for name, item in fields.items() if item is not None}
    if isinstance(value, Mapping):
        for key, item in cast("Mapping[Any, Any]", value).items():
            if not isinstance(key, str):
                yield f"{where}a JSON object has texts as keys, not {key!r}"
            elif not _encodable(key):
                yield f"{where}the key {key!r} cannot be encoded"
            elif item is not UNSET:
                yield from _misfits(item, step_to(path, key))
    elif isinstance(value, list | tuple):
        for index, item in enumerate(cast("Iterable[Any]", value)):
            yield from _misfits(item, f"{path}[{index}]")
    else:
        yield from _misfit_leaf(value, path, where)


def _misfit_leaf(value: Any, path: str, where: str) -> Iterator[str]:
    try:
        plain = _body(value, None)
    except (TypeError, ValueError) as error:
        yield f"{where}{error}"
        return
    if isinstance(plain, Mapping | list | tuple):
        yield from _misfits(plain, path)
    elif isinstance(plain, float) and not math.isfinite(plain):
        yield f"{where}{plain} has no place in JSON"
    elif isinstance(plain, str) and not _encodable(plain):
        yield f"{where}the text cannot be encoded"
    elif plain is not None and not isinstance(plain, str | int | float):
        # Without the value: bodies hold passwords.
        yield f"{where}{type(plain).__name__} has no place in JSON"


def _encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def step_to(path: str, key: str) -> str:
    """Return the path of what stands under a key of what is at a path."""
    if not key.isidentifier():
        return f"{path}[{key!r}]"
    return f"{path}.{key}" if path else key


def _body(value: Any, source: Source | None) -> Any:
    if isinstance(value, Model):
        source = source_of(value, source)
        known = {name: getattr(value, name) for name in field_names(type(value))}
        # Not of its dictionary: models in it leave their None fields out too. An empty list is a list that nobody
        # gave: sent, it would mean that there is to be none.
        given = {name: item for name, item in known.items() if item is not None and item != ()}
        fields = {name: _body(item, source and source.at(name)) for name, item in given.items()}
        extra = extra_of(value, source)
        return {**fields, **{name: _body(item, None) for name, item in extra.items() if item is not None}}
    if isinstance(value, Mapping):
        mapping = cast("Mapping[Any, Any]", value)
        for key in mapping:
            if not isinstance(key, str):
                raise ArgumentError(f"a JSON object has texts as keys, not {key!r}")
        return {key: _body(item, source and source.at(key)) for key, item in mapping.items() if item is not UNSET}
    if isinstance(value, list | tuple):
        items = cast("Iterable[Any]", value)
        return [_body(item, source and source.at(index)) for index, item in enumerate(items)]
    if value is UNSET or isinstance(value, set | frozenset):
        left_out = "a field that was left out has no place in a list"
        raise ArgumentError(left_out if value is UNSET else "a set has no place in JSON; pass a list of values")
    return converter.unstructure(value)


# What models are made of, read leniently.


def _text(value: Any, _: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return str(value)
    raise TypeError(f"expected a text, got {type(value).__name__}")


def _whole(value: Any, _: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise TypeError(f"expected a whole number, got {type(value).__name__}")
    if isinstance(value, float) and not value.is_integer():
        raise ValueError(f"expected a whole number, got {value}")
    return int(value)


def _number(value: Any, _: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        raise TypeError(f"expected a number, got {type(value).__name__}")
    return float(value)


_TRUTH: Mapping[Any, bool] = {"true": True, "false": False, 1: True, 0: False}


def _truth(value: Any, _: Any) -> bool:
    key = value.strip().lower() if isinstance(value, str) else value
    if isinstance(key, (str, int, float)) and key in _TRUTH:
        return _TRUTH[key]
    raise TypeError(f"expected true or false, got {value!r}")


def _time(value: Any, _: Any) -> datetime:
    if not isinstance(value, str | datetime):
        raise TypeError(f"expected a time, got {type(value).__name__}")
    time = value if isinstance(value, datetime) else datetime.fromisoformat(value.strip())
    return time.replace(tzinfo=UTC) if time.tzinfo is None else time


def _day(value: Any, _: Any) -> date:
    if isinstance(value, datetime):
        return (value.astimezone(UTC) if value.tzinfo else value).date()
    if isinstance(value, date):
        return value
    return _day(_time(value, None), None)


def _open_enum(value: Any, cls: type[OpenEnum]) -> OpenEnum:
    return cls(_text(value, str))


def _tuple_hook(kind: Any) -> Callable[[Any, Any], tuple[Any, ...]]:
    item_type = get_args(kind)[0]

    def structure(value: Any, _: Any) -> tuple[Any, ...]:
        if not isinstance(value, list | tuple):
            raise TypeError(f"expected a list, got {type(value).__name__}")
        return tuple(item for _, item in _items(enumerate(cast("Iterable[Any]", value)), item_type))

    return structure


def _mapping_hook(kind: Any) -> Callable[[Any, Any], Mapping[Any, Any]]:
    item_type = get_args(kind)[1]

    def structure(value: Any, _: Any) -> Mapping[Any, Any]:
        if not isinstance(value, Mapping):
            raise TypeError(f"expected an object, got {type(value).__name__}")
        fields = cast("Mapping[Any, Any]", value)
        return dict(fields if item_type is Any else _items(fields.items(), item_type))

    return structure


def _items(items: Iterable[tuple[Any, Any]], item_type: Any) -> list[tuple[Any, Any]]:
    """Read the items of a list or a mapping, each with its index or key; what is no item is left out."""
    read: list[tuple[Any, Any]] = []
    repaired = _notes()
    before = len(repaired)
    for key, item in items:
        try:
            read.append((key, converter.structure(item, item_type)))
        except (ValueError, TypeError, KeyError):
            repaired.append("")
            if is_model(item_type):
                # Dropping it would shift the others away from their places in the raw bytes.
                read.append((key, converter.structure({}, item_type)))
        if len(repaired) > before:
            before = _prefix(repaired, before, f"[{key!r}]")
    return read


def _union_hook(kind: Any) -> Callable[[Any, Any], Any]:
    arms = [arm for arm in get_args(kind) if arm is not NoneType]

    def structure(value: Any, _: Any) -> Any:
        for arm in arms:
            try:
                return converter.structure(value, arm)
            except (ValueError, TypeError, KeyError):
                continue
        raise TypeError(f"{type(value).__name__} is none of the types that are read here")

    return structure


def _model_hook(cls: type[Model]) -> Callable[[Any, Any], Model]:
    fields = [
        (field.name, field.type, field.default, _optional(field.type))
        for field in attrs.fields(attrs.resolve_types(cls))
        if field.name != "_origin"
    ]

    def structure(value: Any, _: Any) -> Model:
        if not isinstance(value, Mapping):
            raise TypeError(f"expected an object, got {type(value).__name__}")
        found: dict[str, Any] = {}
        repaired = _notes()
        before = len(repaired)
        for name, kind, default, optional in fields:
            item = value.get(name, _MISSING)  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
            if item is _MISSING or (item is None and optional):
                if default is attrs.NOTHING:
                    raise ValueError(f"no {name}")
                continue
            try:
                found[name] = converter.structure(item, kind)
            except Exception as error:
                # Whatever the reason, a users' hook included: one field must not cost the item.
                if default is attrs.NOTHING:
                    raise ValueError(f"{name}: {error}") from error
                repaired.append("")
            if len(repaired) > before:
                before = _prefix(repaired, before, f".{name}")
        return cls(**found)

    return structure


_MISSING = object()


def _notes() -> list[str]:
    """Return where what was repaired is written down; where nobody wants to know, it is forgotten."""
    repaired = _repaired.get()
    return [] if repaired is None else repaired


def _prefix(repaired: list[str], start: int, step: str) -> int:
    """Put a step before the ways to what was repaired inside it, and return how many there are now."""
    repaired[start:] = [step + where for where in repaired[start:]]
    return len(repaired)


def _optional(kind: Any) -> bool:
    return get_origin(kind) in {Union, UnionType} and NoneType in get_args(kind)


def _is_mixed(kind: Any) -> bool:
    return get_origin(kind) in {Union, UnionType} and len([arm for arm in get_args(kind) if arm is not NoneType]) > 1


def _is_tuple(kind: Any) -> bool:
    return get_origin(kind) is tuple


def _is_mapping(kind: Any) -> bool:
    origin = get_origin(kind)
    return isinstance(origin, type) and issubclass(origin, Mapping)


def iso(time: datetime) -> str:
    """Return a time as the API writes it.

    Raises:
        ArgumentError: The time has no zone.
    """
    if time.tzinfo is None or time.utcoffset() is None:
        raise ArgumentError(f"the time {time!r} has no zone; add one, such as tzinfo=timezone.utc")
    try:
        time = time.astimezone(UTC)
    except OverflowError:
        # A day outside the calendar in UTC, such as the last hour of the year 9999 west of Greenwich.
        return time.isoformat()
    return time.isoformat().replace("+00:00", "Z")


# By class and not by function: the stock hooks of these, which make the text "None" of null, are found first.
converter.register_structure_hook(str, _text)
converter.register_structure_hook(int, _whole)
converter.register_structure_hook(float, _number)
converter.register_structure_hook(bool, _truth)
converter.register_structure_hook(OpenEnum, _open_enum)
converter.register_structure_hook(date, _day)
converter.register_structure_hook(datetime, _time)
converter.register_structure_hook_factory(_is_mixed, _union_hook)
converter.register_structure_hook_factory(_is_mapping, _mapping_hook)
converter.register_structure_hook_factory(_is_tuple, _tuple_hook)
converter.register_structure_hook_factory(is_model, _model_hook)
converter.register_unstructure_hook(date, date.isoformat)
converter.register_unstructure_hook(datetime, iso)
converter.register_unstructure_hook(OpenEnum, lambda member: member.value)
converter.register_unstructure_hook_func(
    lambda kind: isinstance(kind, type) and issubclass(kind, Enum), lambda v: v.value
)
