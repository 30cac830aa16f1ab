"""Full names of schemas, tables and columns, patterns of them, and what a mistyped one may have been meant to be."""

import difflib
import re
from collections.abc import Iterable, Sequence

import attrs

from fivetran_async.errors import ArgumentError

KINDS = ("schema", "table", "column")
"""What has so many parts in its full name: one, two, three."""

_ESCAPE = "\\"


def full_name(*parts: str) -> str:
    r"""Return the full name of something: its parts with dots between them.

    A dot inside a part, and a backslash, gets a backslash in front of it: `a\.b.orders` is the table `orders` of the
    schema `a.b`.
    """
    return ".".join(part.replace(_ESCAPE, r"\\").replace(".", r"\.") for part in parts)


def closest(name: str, known: Iterable[str]) -> str | None:
    """Return what a name that is not known may have been meant to be; None if nothing is near."""
    known = list(known)
    folded = {other.casefold(): other for other in known}
    if name.casefold() in folded:
        return folded[name.casefold()]
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.6)
    return near[0] if near else None


@attrs.frozen
class Pattern:
    r"""A pattern of full names; `*` stands for any characters within a part, `?` for one, names are case-sensitive.

    It has the parts of a full name, or fewer of them from its end: as a pattern of columns `*.email` means the column
    `email` of any table, and `public.*.email` that of the tables of `public`. A backslash takes the meaning of the
    character after it: `a\.b.*` means the tables of the schema `a.b`.
    """

    text: str
    kind: str
    _parts: tuple["re.Pattern[str] | str | None", ...] = attrs.field(init=False, eq=False, repr=False)

    def __attrs_post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ArgumentError(f"a pattern is one of a {', a '.join(KINDS)}, not of {self.kind!r}")
        parts = _parsed(self.text)
        most = KINDS.index(self.kind) + 1
        if len(parts) > most:
            raise ArgumentError(
                f"the pattern {self.text!r} has {len(parts)} parts, and the full name of a {self.kind} has {most}; "
                r"a dot inside a name is written \."
            )
        object.__setattr__(self, "_parts", (None,) * (most - len(parts)) + parts)

    def matches(self, parts: Sequence[str]) -> bool:
        """Return whether a name is meant, given by as many of its parts, from the first, as are known.

        `("public", "orders")` asks a pattern of columns whether it may mean a column of that table.
        """
        return all(
            wanted is None or (wanted == part if isinstance(wanted, str) else wanted.fullmatch(part) is not None)
            for wanted, part in zip(self._parts, parts, strict=False)
        )


def _parsed(text: str) -> tuple["re.Pattern[str] | str | None", ...]:
    if not isinstance(text, str) or not text:
        raise ArgumentError(f"a pattern must be a text that is not empty, not {text!r}")
    parts: list[list[tuple[str, bool]]] = [[]]
    chars = iter(text)
    for char in chars:
        if char == _ESCAPE:
            literal = next(chars, None)
            if literal is None:
                raise ArgumentError(f"the pattern {text!r} ends with a backslash; write two for one")
            parts[-1].append((literal, False))
        elif char == ".":
            parts.append([])
        else:
            parts[-1].append((char, char in "*?"))
    if not all(parts):
        raise ArgumentError(rf"the pattern {text!r} has an empty part; a dot inside a name is written \.")
    return tuple(map(_part, parts))


def _part(chars: list[tuple[str, bool]]) -> "re.Pattern[str] | str | None":
    if chars == [("*", True)]:
        return None
    if not any(special for _, special in chars):
        return "".join(char for char, _ in chars)
    source = "".join({"*": ".*", "?": "."}[char] if special else re.escape(char) for char, special in chars)
    # Several stars in a row would make a long name take for ever.
    return re.compile(re.sub(r"(?:\.\*)+", ".*", source), re.DOTALL)


def patterns(texts: str | Iterable[str], kind: str) -> tuple[Pattern, ...]:
    """Return patterns of their texts, or of a single one.

    Raises:
        ArgumentError: One cannot be read.
    """
    return tuple(Pattern(text, kind) for text in ([texts] if isinstance(texts, str) else texts))
