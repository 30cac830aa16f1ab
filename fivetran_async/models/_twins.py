"""The quick way in: msgspec decodes a twin of the model, and a function made once for each model turns it into one.

msgspec decodes attrs classes as well, but looks at every attribute of each a second time; its own structs are three
times as quick, and what copies the fields over ties the models to their bytes in passing.
"""

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from sys import getrefcount
from types import NoneType
from typing import Any, TypeAlias, cast, get_args, overload

import attrs
import msgspec

from fivetran_async.models._assembly import assembler
from fivetran_async.models._base import Model, Origin
from fivetran_async.models._origins import held, nested_names, tie

Raw: TypeAlias = bytes | msgspec.Raw


@attrs.frozen
class Way:
    """How a model is read where it fits.

    Attributes:
        decode: Returns what `build` and `build_untied` take, or raises as msgspec does.
        build: Makes the model of it and ties it to where it comes from.
        build_untied: Makes the model without bytes.
        twin: Whether `decode` returns a twin, and not a model that is not tied yet.
    """

    decode: Callable[[Raw], Any]
    build: Callable[[Any, Origin], Any]
    build_untied: Callable[[Any], Any]
    twin: bool = True


_ways: dict[type[Model], Way] = {}
"""What `way_to` has found, by model: the one table that says which of them may have a twin."""


def way_to(cls: type[Model]) -> Way:
    """Return how a model is read: by its twin, or by itself where it cannot have one."""
    way = _ways.get(cls)
    if way is None:
        way = _ways[cls] = _found_way(cls)
    return way


def _found_way(cls: type[Model]) -> Way:
    if why_no_twin(cls) is not None:
        return Way(msgspec.json.Decoder(cls).decode, _tied, _untied, twin=False)
    return Way(
        msgspec.json.Decoder(_twin(cls)).decode,
        assembler(cls, ties=True),
        assembler(cls, ties=False),
    )


def _tied(model: Model, origin: Origin) -> Model:
    tie(model, bytes(origin.raw))
    return model


def _untied(model: Model) -> Model:
    # msgspec takes `_origin` for one more field, and nothing that comes over the wire may claim to be one.
    tie(model, None)
    return model


def why_no_twin(cls: type[Model], *above: type[Model]) -> str | None:
    """Return why a model, or one in it, cannot have a twin; None if it can."""
    if cls in above:
        return f"{cls.__name__} may hold itself, and trees may be deeper than functions can call each other"
    if any(hasattr(cls, name) for name in ("__attrs_pre_init__", "__attrs_post_init__")):
        return f"{cls.__name__} runs code of its own when it is made"
    for field in _fields(cls):
        code: Any = cast("Any", field)
        if code.validator or code.converter or not field.init or field.alias != field.name:
            return f"{cls.__name__}.{field.name} is more than a name and a type"
        if _is_factory(field.default) and cast("Any", field.default).takes_self:
            return f"the default of {cls.__name__}.{field.name} depends on the other fields"
    try:
        inner = [held(cls, name)[1] for name in nested_names(cls)]
    except TypeError as error:
        return str(error)
    return next((reason for one in inner if (reason := why_no_twin(one, cls, *above))), None)


def _fields(cls: type[Model]) -> list["attrs.Attribute[Any]"]:
    return [field for field in attrs.fields(attrs.resolve_types(cls)) if field.name != "_origin"]


def _is_factory(default: Any) -> bool:
    return isinstance(default, type(attrs.Factory(list[Any])))


_twins: dict[type[Model], type[msgspec.Struct]] = {}


def _twin(cls: type[Model]) -> type[msgspec.Struct]:
    if cls not in _twins:
        _twins[cls] = _made_twin(cls)
    return _twins[cls]


def _made_twin(cls: type[Model]) -> type[msgspec.Struct]:
    nested = nested_names(cls)
    fields: list[Any] = []
    for field in _fields(cls):
        kind = _twin_type(cls, field) if field.name in nested else field.type
        if field.default is attrs.NOTHING:
            fields.append((field.name, kind))
        elif _is_factory(field.default):
            fields.append((field.name, kind, msgspec.field(default_factory=cast("Any", field.default).factory)))
        else:
            fields.append((field.name, kind, field.default))
    # Out of the collector's sight: they live for as long as a page, and hold nothing that holds them.
    return msgspec.defstruct(cls.__name__, fields, kw_only=True, gc=False)


def _twin_type(cls: type[Model], field: "attrs.Attribute[Any]") -> Any:
    holder, inner = held(cls, field.name)
    twin: Any = _twin(inner)
    plain = list[twin] if holder is tuple else dict[str, twin] if holder is Mapping else twin
    return plain | None if NoneType in get_args(field.type) else plain


_NOWHERE = Origin(b"")


def _alone() -> int:
    """Return the count of an object that nothing but one variable holds, as this Python counts; 0 if it cannot tell."""
    # Where threads run beside each other, the counts of one are not all.
    if not getattr(sys, "_is_gil_enabled", lambda: True)():
        return 0
    origin = Origin(b"")
    return getrefcount(origin)


_ALONE = _alone()


class Unbuilt(Sequence[Any]):
    """The items of a page, read and checked; each is made a model when it is looked at, and not kept.

    Models are many small objects: a thousand of them at a time cost more than made one by one.
    """

    def __init__(self, way: Way, read: Sequence[Any], raws: Sequence[Raw] | None) -> None:
        """Make one.

        Args:
            way: How they are read.
            read: What `decode` returned; a model for an item that was read otherwise.
            raws: The bytes of each; None to tie them to none.
        """
        self._way = way
        self._read = read
        self._raws = raws

    def __len__(self) -> int:
        return len(self._read)

    def __iter__(self) -> Iterator[Any]:
        if self._raws is None:
            build_untied = self._way.build_untied
            for read in self._read:
                yield read if isinstance(read, Model) else build_untied(read)
        else:
            yield from self._tied(self._raws)

    def _tied(self, raws: Sequence[Raw]) -> Iterator[Any]:
        build = self._way.build
        before = last = _NOWHERE
        try:
            for read, raw in zip(self._read, raws, strict=True):
                before, last = last, Origin(raw)
                yield read if isinstance(read, Model) else build(read, last)
                # What a loop is done with by now is nowhere else. The last one is still in its hands.
                if getrefcount(before) > _ALONE:
                    before.own()
        finally:
            before.own()
            last.own()

    @overload
    def __getitem__(self, place: int) -> Any: ...
    @overload
    def __getitem__(self, place: slice) -> "Unbuilt": ...
    def __getitem__(self, place: int | slice) -> Any:
        if isinstance(place, slice):
            return Unbuilt(self._way, self._read[place], None if self._raws is None else self._raws[place])
        [item] = Unbuilt(self._way, [self._read[place]], None if self._raws is None else [self._raws[place]])
        return item
