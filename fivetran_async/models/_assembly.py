"""The functions that make models of their twins, written once for each model, as attrs writes its constructors."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from fivetran_async.models._base import Model, Path, field_names
from fivetran_async.models._origins import held, nested_names

# Places of a list whose ways are made once.
_PLACES: Final = 32


def assembler(cls: type[Model], *, ties: bool) -> Callable[..., Any]:
    """Return the function that makes a model of its twin.

    Args:
        cls: The model.
        ties: Whether the function takes the origin, too, and ties the model and those in it to it.
    """
    author = _Author(ties=ties)
    author.write(0, f"def assemble(twin{', origin' if ties else ''}):")
    author.model("model", "twin", cls, _Place("", ()), 1)
    author.write(1, "return model")
    # Nothing in it comes from anywhere but the models' own definitions.
    exec("\n".join(author.lines), author.names)  # noqa: S102
    function: Callable[..., Any] = author.names["assemble"]
    return function


_thawed_classes: dict[type[Model], type] = {}


def _thawed(cls: type[Model]) -> type:
    """Return a class that is the same in memory, but not frozen."""
    if cls in _thawed_classes:
        return _thawed_classes[cls]
    # Both of them, or CPython leaves its quick way to set a slot.
    free = {"__slots__": (), "__setattr__": object.__setattr__, "__delattr__": object.__delattr__}
    made: type = type(cls.__name__, (cls,), free)
    _thawed_classes[cls] = made
    return made


class _Place:
    """Where a model stands.

    Attributes:
        name: What holds the way there; empty for the outermost model.
        path: The way itself; None where it is known from the data alone.
    """

    def __init__(self, name: str, path: Path | None) -> None:
        self.name = name
        self.path = path


class _Author:
    """Writes one function.

    The model is filled in as a class of its own, the same but not frozen, and then becomes what it is: the constructor
    of a frozen class takes three times as long.
    """

    def __init__(self, *, ties: bool) -> None:
        self.lines: list[str] = []
        self.names: dict[str, Any] = {"new": object.__new__, "ways": _ways}
        self._ties = ties
        self._variables = 0

    def write(self, depth: int, line: str) -> None:
        """Add a line."""
        self.lines.append("    " * depth + line)

    def model(self, target: str, twin: str, cls: type[Model], place: _Place, depth: int) -> None:
        """Write what makes a model of the twin in a variable."""
        self.write(depth, f"{target} = new({self._bound(_thawed(cls))})")
        nested = nested_names(cls)
        for name in field_names(cls):
            if name in nested:
                self._nested(target, twin, cls, name, place, depth)
            else:
                self.write(depth, f"{target}.{name} = {twin}.{name}")
        origin = f"(origin, {place.name})" if place.name else "origin"
        self.write(depth, f"{target}._origin = {origin if self._ties else None}")
        self.write(depth, f"{target}.__class__ = {self._bound(cls)}")

    def _nested(self, target: str, twin: str, cls: type[Model], name: str, around: _Place, depth: int) -> None:  # noqa: PLR0917 - as many as a line has parts
        holder, inner = held(cls, name)
        value, model = self._variable(), self._variable()
        self.write(depth, f"{value} = {twin}.{name}")
        self.write(depth, f"if not {value}:")
        self.write(depth + 1, f"{target}.{name} = {'()' if holder is tuple else value}")
        self.write(depth, "else:")
        place = self._step(around, repr(name), (name,), depth + 1)
        if holder is tuple:
            self._items(value, model, inner, place, depth + 1)
            value = f"tuple({model}s)"
        elif holder is Mapping:
            self._values(value, model, inner, place, depth + 1)
            value = f"{model}s"
        else:
            self.model(model, value, inner, place, depth + 1)
            value = model
        self.write(depth + 1, f"{target}.{name} = {value}")

    def _items(self, twins: str, model: str, cls: type[Model], around: _Place, depth: int) -> None:
        self.write(depth, f"{model}s = []")
        place, each = _Place(self._variable(), None), f"for {twins}_ in {twins}:"
        if self._ties:
            known = () if around.path is None else tuple((*around.path, index) for index in range(_PLACES))
            name = self._bound(known)
            ways = f"{name} if len({twins}) <= {len(known)} else ways({twins}, {around.name})"
            each = f"for {twins}_, {place.name} in zip({twins}, {ways}):"
        self.write(depth, each)
        self.model(model, f"{twins}_", cls, place, depth + 1)
        self.write(depth + 1, f"{model}s.append({model})")

    def _values(self, twins: str, model: str, cls: type[Model], around: _Place, depth: int) -> None:
        self.write(depth, f"{model}s = {{}}")
        self.write(depth, f"for key, {twins}_ in {twins}.items():")
        place = self._step(around, "key", None, depth + 1)
        # Before what is in it, which may have keys of its own.
        self.write(depth + 1, f"{model}_key = key")
        self.model(model, f"{twins}_", cls, place, depth + 1)
        self.write(depth + 1, f"{model}s[{model}_key] = {model}")

    def _step(self, around: _Place, step: str, known: Path | None, depth: int) -> _Place:
        """Return the place one step further in; written down where it cannot be known beforehand."""
        if around.path is not None and known is not None:
            path = (*around.path, *known)
            return _Place(self._bound(path), path)
        place = _Place(self._variable(), None)
        if self._ties:
            self.write(
                depth, f"{place.name} = (*{around.name}, {step})" if around.name else f"{place.name} = ({step},)"
            )
        return place

    def _bound(self, value: Any) -> str:
        name = f"_{len(self.names)}"
        self.names[name] = value
        return name

    def _variable(self) -> str:
        self._variables += 1
        return f"v{self._variables}"


def _ways(items: list[Any], around: Path) -> list[Path]:
    """Return the ways to the items of a list of which not all are known beforehand."""
    return [(*around, index) for index in range(len(items))]
