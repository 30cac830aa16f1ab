"""Names of fields that were asked for and that no item has: most likely misspelt."""

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any, cast

import attrs


@attrs.define
class Unseen:
    """Fields that no item had so far.

    Attributes:
        hints: What is known of each, by its name: the names that there are in its place.
        items: How many items were looked at.
    """

    hints: dict[str, frozenset[str]]
    items: int = 0

    @classmethod
    def of(cls, names: Iterable[str]) -> "Unseen":
        """Begin with all of these names."""
        return cls({name: frozenset[str]() for name in names})

    def look(self, item: Any) -> None:
        """See which of them an item has, or may have: what is null has fields elsewhere."""
        self.items += 1
        for name in list(self.hints):
            others = _others(item, name)
            if others is None:
                del self.hints[name]
            else:
                self.hints[name] |= others

    def told(self, names: Iterable[str]) -> str | None:
        """Say which of the names no item has, and what they may have meant; None where there is no such one."""
        unseen = [name for name in dict.fromkeys(names) if name in self.hints] if self.items else []
        return "; ".join(f"no item has a field {name!r}{self._near(name)}" for name in unseen) or None

    def _near(self, name: str) -> str:
        above, dot, last = name.rpartition(".")
        near = get_close_matches(last, sorted(self.hints[name]), n=1)
        return f" (did you mean {f'{above}{dot}{near[0]}'!r}?)" if near else ""


def _others(item: Any, name: str) -> frozenset[str] | None:
    """Return the names in the place where an item lacks a field; None where it has it, or nobody can say."""
    for part in name.split("."):
        if not isinstance(item, dict):
            # Of a list, it is the number of an element; below null, of a list of others, anything may be.
            return frozenset() if isinstance(item, (str, int, float)) else None
        fields = cast("dict[str, Any]", item)
        if part not in fields:
            return frozenset(fields)
        item = fields[part]
    return None
