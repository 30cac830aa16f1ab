"""What a connector remembers from run to run: marks by stream, with a version, and no secret in it."""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final, Self, cast

import attrs

from fivetran_async.connector_sdk.windows import aware
from fivetran_async.errors import ArgumentError

VERSION: Final = 1

# Names, by their words: `page_token` is refused as well, because many of those let their bearer in.
_NAME: Final = re.compile(
    r"(?:^|[_\W])(?:api_?key|key|secret|password|passwd|pwd|token|credentials?|authorization|auth|bearer)(?:$|[_\W])",
    re.IGNORECASE,
)
_VALUE: Final = re.compile(
    r"^(?:bearer|basic)\s+\S|^eyJ[\w-]+\.[\w-]+\.[\w-]*$|-----BEGIN [A-Z ]*PRIVATE KEY", re.IGNORECASE
)


def _marks(value: Mapping[str, datetime]) -> Mapping[str, datetime]:
    return {stream: aware(mark, f"the mark of {stream}") for stream, mark in value.items()}


@attrs.frozen(kw_only=True)
class State:
    """What is remembered. Fivetran keeps it as JSON, not encrypted: a secret in it is refused.

    Attributes:
        marks: By the name of a stream, up to when all of it has been read, in UTC.
        extra: What else a connector remembers, as JSON.
    """

    marks: Mapping[str, datetime] = attrs.field(factory=dict[str, datetime], converter=_marks, hash=False)
    extra: Mapping[str, Any] = attrs.field(factory=dict[str, Any], hash=False)

    @classmethod
    def from_dict(
        cls, state: Mapping[str, Any], *, upgrade: "Callable[[Mapping[str, Any]], State] | None" = None
    ) -> Self:
        """Read the state that `update()` was called with.

        Args:
            state: The state; empty before the first checkpoint.
            upgrade: Reads a state that an older connector left, which has no version of this kind.

        Raises:
            ArgumentError: It is of an unknown kind, of a newer version, or cannot be read.
        """
        if not state:
            return cls()
        version = state.get("version")
        if version is None and upgrade is not None:
            older = upgrade(state)
            return cls(marks=older.marks, extra=older.extra)
        if version is None or isinstance(version, bool) or not isinstance(version, int) or version < 1:
            raise ArgumentError(
                f"the state has no version, but {', '.join(map(repr, sorted(map(str, state))))}: pass upgrade= to read "
                "what an older connector left, or reset the state"
            )
        if version > VERSION:
            raise ArgumentError(
                f"the state is of version {version}, and this code knows {VERSION}: deploy the newer connector again, "
                "or reset the state"
            )
        marks: Any = state.get("marks") or {}
        extra: Any = state.get("extra") or {}
        if not isinstance(marks, Mapping) or not isinstance(extra, Mapping):
            raise ArgumentError("marks and extra of the state must be JSON objects: reset the state")
        times = {str(stream): _time(stream, text) for stream, text in cast("Mapping[Any, Any]", marks).items()}
        return cls(marks=times, extra=cast("Mapping[str, Any]", extra))

    def to_dict(self) -> dict[str, Any]:
        """Return the state as JSON.

        Raises:
            ArgumentError: Something in it looks like a secret; the message says where, not what.
        """
        state: dict[str, Any] = {"version": VERSION, "marks": {name: _text(at) for name, at in self.marks.items()}}
        if self.extra:
            state["extra"] = dict(self.extra)
            refuse_secrets(self.extra, "extra")
        return state

    def mark(self, stream: str) -> datetime | None:
        """Return up to when a stream has been read; None before its first run."""
        return self.marks.get(stream)

    def marked(self, stream: str, until: datetime) -> Self:
        """Return the state after a stream has been read further; a mark never goes back."""
        until = aware(until, f"the mark of {stream}")
        before = self.marks.get(stream)
        if before is not None and before >= until:
            return self
        return attrs.evolve(self, marks={**self.marks, stream: until})


def refuse_secrets(value: object, where: str, secrets: tuple[str, ...] = ()) -> None:
    """Refuse JSON in which something looks like a secret.

    Args:
        value: The JSON.
        where: Its name, for the message.
        secrets: Texts that are secrets, whatever they look like.

    Raises:
        ArgumentError: Something does; the message says where, not what.
    """
    if isinstance(value, Mapping):
        for name, inner in cast("Mapping[Any, object]", value).items():
            if _NAME.search(str(name)) and inner not in {None, ""}:
                raise ArgumentError(f"{where}.{name} looks like a secret, and state is not encrypted: leave it out")
            refuse_secrets(inner, f"{where}.{name}", secrets)
    elif isinstance(value, list | tuple):
        for place, inner in enumerate(cast("list[object]", value)):
            refuse_secrets(inner, f"{where}[{place}]", secrets)
    elif isinstance(value, str) and (_VALUE.search(value) or any(secret in value for secret in secrets)):
        raise ArgumentError(f"{where} looks like a secret, and state is not encrypted: leave it out")


def _time(stream: object, text: object) -> datetime:
    try:
        at = datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        at = None
    if at is None:
        raise ArgumentError(f"the mark of {stream} must be a time such as 2024-01-31T00:00:00Z, not {text!r}")
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)


def _text(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")
