"""The ties between a model and what it was read from: exact bytes, and the unknown fields of every level."""

from collections.abc import Callable, Iterable, Mapping
from functools import cache
from operator import attrgetter
from types import NoneType
from typing import Any, Final, TypeAlias, cast, get_args, get_origin

import attrs

from fivetran_async.models._base import Model, Part, Path, cut, decoded, set_origin, unknown_fields

_Tier: TypeAlias = Callable[[Model, bytes], None]

# Places of a list whose ways are made once.
_PLACES: Final = 32


def tie(model: Model, raw: bytes) -> None:
    """Tie a model, and the models in it, to its bytes."""
    set_origin(model, raw)
    _tier(type(model))(model, raw)


@cache
def _tier(cls: type[Model]) -> _Tier:
    """Return what ties the models in one of a class."""
    return _tie_tree if _is_deep(cls) else _fixed_tier(cls, ())


def _is_deep(cls: type[Model]) -> bool:
    """Return whether the way to a model in it is only known from the data, further than the place in a list."""
    for name in nested_names(cls):
        kind = _only_arm(attrs.fields_dict(cls)[name].type)
        if is_model(kind):
            if _is_deep(kind):
                return True
        elif get_origin(kind) is not tuple or not is_model(get_args(kind)[0]) or nested_names(get_args(kind)[0]):
            return True
    return False


def _only_arm(kind: Any) -> Any:
    """Return what may be missing of a type that may; any other type as it is."""
    arms = [arm for arm in get_args(kind) if arm is not NoneType]
    return arms[0] if len(arms) == 1 and NoneType in get_args(kind) else kind


def _fixed_tier(cls: type[Model], path: Path) -> _Tier:
    """Return what ties the models in one that always stands at a place, without a look at the way to each of them."""
    names = nested_names(cls)
    if not names:
        return _nothing
    tiers: list[Callable[[Any, bytes], None]] = []
    for name in names:
        kind, place = _only_arm(attrs.fields_dict(cls)[name].type), (*path, name)
        tiers.append(_model_tier(kind, place) if is_model(kind) else _list_tier(place))
    # All fields in one step; the last one, which has no tier, because of one alone it makes no tuple.
    get = attrgetter(*names, "_origin")

    def tie_fields(model: Model, raw: bytes) -> None:
        for value, tie_value in zip(get(model), tiers, strict=False):
            if value:
                tie_value(value, raw)

    return tie_fields


def _nothing(_: Model, __: bytes) -> None:
    """Tie nothing: there is no model in it."""


def _model_tier(cls: type[Model], path: Path) -> _Tier:
    tie_inner = _fixed_tier(cls, path)

    def tie_model(model: Model, raw: bytes) -> None:
        set_origin(model, (raw, path))
        tie_inner(model, raw)

    return tie_model


def _list_tier(path: Path) -> Callable[[tuple[Model, ...], bytes], None]:
    places = [(*path, index) for index in range(_PLACES)]

    def tie_list(models: tuple[Model, ...], raw: bytes) -> None:
        for index, model in enumerate(models):
            set_origin(model, (raw, places[index] if index < _PLACES else (*path, index)))

    return tie_list


def _tie_tree(model: Model, raw: bytes) -> None:
    # A list of what is left, here and below, and no recursion: the API sends trees, and they may be deep.
    left: list[tuple[Any, Path]] = [*_nested_values(model, ())]
    while left:
        value, path = left.pop()
        if isinstance(value, Model):
            set_origin(value, (raw, path))
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

    raw: bytes
    path: Path
    data: Any

    def at(self, step: str | int) -> "Source":
        """Return the source of what stands under a name, or at a place of a list."""
        try:
            inner = self.data[step]
        except (LookupError, TypeError):
            # What stands there was repaired, or did not come from here.
            inner = None
        return Source(self.raw, (*self.path, step), inner)


def source_of(model: Model, around: Source | None) -> Source | None:
    """Return what a model was read from: the source of what is around it where they came together.

    To ask each model in it for its `extra` would decode the whole once for each.
    """
    # All that has to do with ties is here, the attribute apart.
    origin = model._origin  # noqa: SLF001 # pyright: ignore[reportPrivateUsage]
    if isinstance(origin, tuple):
        raw, path = part = cast("Part", origin)
        if around and raw is around.raw and path == around.path:
            return around
        piece = cut(part)
        return Source(raw, path, None if piece is None else decoded(piece))
    return Source(origin, (), decoded(origin)) if isinstance(origin, bytes) else None


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


def _holds_models(kind: Any) -> bool:
    return is_model(kind) or any(_holds_models(inner) for inner in get_args(kind))


def is_model(kind: Any) -> bool:
    """Return whether a type is a model."""
    return isinstance(kind, type) and issubclass(kind, Model)
