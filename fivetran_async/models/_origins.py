"""The ties between a model and what it was read from: exact bytes, and the unknown fields of every level."""

from collections.abc import Iterable, Mapping
from types import NoneType
from typing import Any, cast, get_args, get_origin

import attrs

from fivetran_async.models._base import Model, Origin, Part, Path, cut, decoded, set_origin, unknown_fields


def tie(model: Model, raw: bytes | None) -> None:
    """Tie a model, and the models in it, to its bytes; None unties them."""
    origin = None if raw is None else Origin(raw)
    set_origin(model, origin)
    # A list of what is left, here and below, and no recursion: the API sends trees, and they may be deep.
    left: list[tuple[Any, Path]] = [*_nested_values(model, ())]
    while left:
        value, path = left.pop()
        if isinstance(value, Model):
            set_origin(value, None if origin is None else (origin, path))
            left += _nested_values(value, path)
        elif isinstance(value, tuple):
            left += [(item, (*path, index)) for index, item in enumerate(cast("tuple[Any, ...]", value))]
        elif isinstance(value, Mapping):
            left += [(item, (*path, key)) for key, item in cast("Mapping[str, Any]", value).items()]


def _nested_values(model: Model, path: Path) -> list[tuple[Any, Path]]:
    return [(value, (*path, name)) for name in nested_names(type(model)) if (value := getattr(model, name))]


def carry_extra(model: Model, data: Mapping[str, Any]) -> None:
    """Give a model, and the models in it, the unknown fields of the mapping it was made of."""
    left: list[tuple[Any, Any]] = [(model, data)]
    while left:
        value, source = left.pop()
        if isinstance(value, Model) and isinstance(source, Mapping):
            fields = cast("Mapping[Any, Any]", source)
            set_origin(value, unknown_fields(type(value), fields) or None)
            left += [(getattr(value, name), fields.get(name)) for name in nested_names(type(value))]
        elif isinstance(value, tuple) and isinstance(source, list | tuple):
            # Fewer only where the whole list could not be read.
            left += zip(cast("tuple[Any, ...]", value), cast("Iterable[Any]", source), strict=False)
        elif isinstance(value, Mapping) and isinstance(source, Mapping):
            fields = cast("Mapping[Any, Any]", source)
            left += [(item, fields.get(key)) for key, item in cast("Mapping[Any, Any]", value).items()]


@attrs.frozen
class Source:
    """What a model was read from, decoded once for all models in it."""

    origin: Origin
    path: Path
    data: Any

    def at(self, step: str | int) -> "Source":
        """Return the source of what stands under a name, or at a place of a list."""
        try:
            inner = self.data[step]
        except (LookupError, TypeError):
            # What stands there was repaired, or did not come from here.
            inner = None
        return Source(self.origin, (*self.path, step), inner)


def source_of(model: Model, around: Source | None) -> Source | None:
    """Return what a model was read from: the source of what is around it where they came together.

    To ask each model in it for its `extra` would decode the whole once for each.
    """
    # All that has to do with ties is here, the attribute apart.
    origin = model._origin  # noqa: SLF001 # pyright: ignore[reportPrivateUsage]
    if isinstance(origin, tuple):
        outer, path = part = cast("Part", origin)
        if around and outer is around.origin and path == around.path:
            return around
        piece = cut(part)
        return Source(outer, path, None if piece is None else decoded(piece))
    return Source(origin, (), decoded(origin.raw)) if isinstance(origin, Origin) else None


def extra_of(model: Model, source: Source | None) -> dict[str, Any]:
    """Return the unknown fields of a model whose source is known, if it has one."""
    return unknown_fields(type(model), source.data) if source else model.extra


_nested: dict[type[Model], tuple[str, ...]] = {}


def nested_names(cls: type[Model]) -> tuple[str, ...]:
    """Return the names of the fields that hold models."""
    names = _nested.get(cls)
    if names is None:
        names = tuple(field.name for field in attrs.fields(attrs.resolve_types(cls)) if _holds_models(field.type))
        _nested[cls] = names
    return names


def held(cls: type[Model], name: str) -> tuple[type[Any] | None, type[Model]]:
    """Return what a field of `nested_names` holds models in (tuple, Mapping, or None for a model alone), and which.

    Raises:
        TypeError: It holds them in a way of its own.
    """
    kind: Any = attrs.fields_dict(cls)[name].type
    arms = [arm for arm in get_args(kind) if arm is not NoneType]
    if len(arms) == 1 and NoneType in get_args(kind):
        [kind] = arms
    if is_model(kind):
        return None, kind
    origin, inner = get_origin(kind), get_args(kind)
    if origin is tuple and len(inner) == 2 and is_model(inner[0]) and inner[1] is Ellipsis:  # noqa: PLR2004
        return tuple, inner[0]
    if isinstance(origin, type) and issubclass(origin, Mapping) and inner[0] is str and is_model(inner[1]):
        return Mapping, inner[1]
    raise TypeError(f"{cls.__name__}.{name} holds models in a way of its own")


def _holds_models(kind: Any) -> bool:
    return is_model(kind) or any(_holds_models(inner) for inner in get_args(kind))


def is_model(kind: Any) -> bool:
    """Return whether a type is a model."""
    return isinstance(kind, type) and issubclass(kind, Model)
