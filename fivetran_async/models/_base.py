"""What all models share: the raw bytes of an item, its unknown fields, open enums and times."""

import enum
import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Annotated, Any, Self, TypeAlias, cast

import attrs
import msgspec

from fivetran_async._forks import loading

Timestamp = Annotated[datetime, msgspec.Meta(tz=True)]
"""An aware time. The quick path refuses a naive one, which then goes the lenient way and becomes UTC."""


class OpenEnum(enum.StrEnum):
    """An enum that a value of tomorrow does not break.

    An unknown text becomes a member of its own: equal to the text, encoded as the text, and not kept in the class.
    """

    @classmethod
    def _missing_(cls, value: object) -> Self | None:
        if not isinstance(value, str):
            return None
        member = str.__new__(cls, value)
        member._name_ = value
        member._value_ = value
        return member

    def __reduce_ex__(self, protocol: object) -> tuple[type[Self], tuple[str]]:
        # By value: some versions of Python pickle a member by its name, which one of tomorrow does not have.
        return (type(self), (self._value_,))

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: object) -> Self:
        return self

    @property
    def is_known(self) -> bool:
        """Whether this version of the SDK names the value."""
        return self._value_ in type(self)._value2member_map_


class CaselessEnum(OpenEnum):
    """An open enum whose spelling differs between the API's definition and its replies.

    Compare with `==`, or with `in` a tuple. A set of plain texts, or a dictionary with such keys, finds a member only
    where they are in lower case, for that is what a member's hash is made of.
    """

    def __eq__(self, other: object) -> bool:
        return isinstance(other, str) and self._value_.casefold() == other.casefold()

    def __ne__(self, other: object) -> bool:
        # Not left to Python: the one of str would be found first.
        return not self == other

    def __hash__(self) -> int:
        return hash(self._value_.casefold())

    @property
    def is_known(self) -> bool:
        """Whether this version of the SDK names the value, in any spelling."""
        return self._value_.casefold() in {member.value.casefold() for member in type(self)}


Path: TypeAlias = tuple[str | int, ...]
"""The way to what stands in a JSON value: names, and places in lists."""


class Origin(msgspec.Struct, gc=False):
    """The bytes that a model was decoded from, which all models in it share: their own, or still a slice of a page."""

    raw: bytes | msgspec.Raw

    def own(self) -> None:
        """Copy the bytes: a slice keeps the whole page in memory."""
        self.raw = bytes(self.raw)

    def __reduce__(self) -> tuple[Any, ...]:
        return (Origin, (bytes(self.raw),))


Part: TypeAlias = tuple[Origin, Path]
"""Where a nested object stands: the origin of the item around it, and the way there; bare, as that is made quickest."""


def cut(part: Part) -> bytes | None:
    """Return the exact bytes of a nested object."""
    piece: Any = part[0].raw
    for step in part[1]:
        if isinstance(step, str):
            piece = msgspec.json.decode(piece, type=dict[str, msgspec.Raw]).get(step)
        else:
            piece = msgspec.json.decode(piece, type=list[msgspec.Raw])[step]
        if piece is None:
            return None
    return bytes(piece)


def _carry_over(origin: Any, model: attrs.AttrsInstance) -> Any:
    """Keep the unknown fields, and no more, when a model is made from another one's fields."""
    if isinstance(origin, Origin | tuple):
        return unknown_fields(type(model), origin) or None
    return origin


@attrs.frozen(kw_only=True)
class Model:
    """The base of all models: frozen, without I/O, tolerant of what it does not know."""

    # The bytes of the reply that this was decoded from, a part of them, or unknown fields without bytes. An
    # argument of the constructor, because that is the only way through which attrs.evolve hands anything on.
    _origin: Any = attrs.field(  # pyright: ignore[reportUnknownVariableType]
        default=None,
        alias="_origin",
        repr=False,
        eq=False,
        # The checker's plugin for attrs knows no converter that sees the instance.
        converter=attrs.Converter(_carry_over, takes_self=True),  # type: ignore[misc]
    )

    @property
    def raw(self) -> bytes | None:
        """The bytes that the API sent for this object; None if it was made here or with `keep_raw=False`."""
        origin = self._origin
        if isinstance(origin, tuple):
            return cut(cast("Part", origin))
        return bytes(origin.raw) if isinstance(origin, Origin) else None

    @property
    def extra(self) -> dict[str, Any]:
        """The fields that the API sent and this version of the SDK does not name, exactly as they came."""
        return unknown_fields(type(self), self._origin)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Make a model of a mapping in the API's own spelling, as leniently as a reply is read.

        Raises:
            DecodeError: What identifies the object is missing.
        """
        with loading():
            from fivetran_async._converter import structure_model  # noqa: PLC0415 - the models load without it

        return structure_model(cls, data)

    def to_dict(self) -> dict[str, Any]:
        """Return all fields, those that the SDK does not name included, in the API's own spelling."""
        with loading():
            from fivetran_async._converter import unstructure_model  # noqa: PLC0415 - the models load without it

        return unstructure_model(self)

    def __reduce__(self) -> tuple[Any, ...]:
        values = tuple(getattr(self, name) for name in field_names(type(self)))
        return (_restore, (type(self), values, self._origin))


def _restore(cls: type[Model], values: tuple[Any, ...], origin: Any) -> Model:
    model = cls(**dict(zip(field_names(cls), values, strict=True)))
    set_origin(model, origin)
    return model


def decoded(raw: bytes | msgspec.Raw) -> Any:
    """Return JSON as plain values.

    Raises:
        ValueError: It is no JSON.
    """
    try:
        return msgspec.json.decode(raw)
    except msgspec.DecodeError:
        # The other one reads what msgspec refuses and yet skips where it does not look: 1e400.
        return json.loads(bytes(raw))


set_origin: Callable[[Model, Origin | Part | Mapping[str, Any] | None], None] = vars(Model)["_origin"].__set__
"""Tie a frozen model to what it was decoded from."""


_field_names: dict[type[attrs.AttrsInstance], tuple[str, ...]] = {}


def field_names(cls: type[attrs.AttrsInstance]) -> tuple[str, ...]:
    """Return the names of the fields that the API sends."""
    names = _field_names.get(cls)
    if names is None:
        names = tuple(field.name for field in attrs.fields(cls) if field.name != "_origin")
        _field_names[cls] = names
    return names


def unknown_fields(cls: type[attrs.AttrsInstance], origin: Any) -> dict[str, Any]:
    """Return those fields of the origin that the class does not name."""
    if isinstance(origin, tuple):
        origin = decoded(piece) if (piece := cut(cast("Part", origin))) is not None else None
    if isinstance(origin, Origin):
        origin = decoded(origin.raw)
    if not isinstance(origin, Mapping):
        return {}
    known = field_names(cls)
    fields = cast("Mapping[str, Any]", origin)
    return {name: value for name, value in fields.items() if name not in known}
