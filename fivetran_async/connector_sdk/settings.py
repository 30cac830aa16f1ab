"""What a connector is configured with: texts, checked before anything is asked, and never shown."""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Final

from fivetran_async.errors import ArgumentError

_SECRET: Final = re.compile(r"key|secret|token|pass|pwd|credential|auth|private", re.IGNORECASE)
# Shorter texts stand in others by chance.
_LEAST: Final = 6


def secrets_of(configuration: Mapping[str, str | None]) -> tuple[str, ...]:
    """Return the values that are secrets, by their names."""
    return tuple(
        value
        for name, value in configuration.items()
        if isinstance(value, str) and len(value) >= _LEAST and _SECRET.search(name)
    )


class Settings:
    """A configuration that was checked: flat, texts only, all that is required there. It never shows a value."""

    def __init__(
        self, configuration: Mapping[str, str | None], *, required: Sequence[str] = (), optional: Sequence[str] = ()
    ) -> None:
        """Check a configuration; call it first in `update()`.

        Args:
            configuration: What Fivetran gave.
            required: The names of settings that must be there, and not empty.
            optional: The names of those that may be; if both are left out, any.

        Raises:
            ArgumentError: Settings are missing, unknown or no texts; the message names all of them, and no value.
        """
        if not isinstance(configuration, Mapping):
            raise ArgumentError(f"the configuration must be a JSON object, not {type(configuration).__name__}")
        wrong = [
            f"{name} must be a text, not {type(value).__name__}: put it in quotes"
            for name, value in configuration.items()
            if value is not None and not isinstance(value, str)
        ]
        missing = [name for name in required if not str(configuration.get(name) or "").strip()]
        if missing:
            wrong.insert(0, f"missing or empty: {', '.join(missing)}")
        unknown = sorted(map(str, set(configuration) - {*required, *optional})) if required or optional else []
        if unknown:
            wrong.append(f"unknown: {', '.join(unknown)} (known: {', '.join([*required, *optional])})")
        if wrong:
            raise ArgumentError(f"the configuration cannot be used: {'; '.join(wrong)}")
        self._values = dict(configuration)

    def __repr__(self) -> str:
        return f"<Settings {', '.join(self._values)}>"

    def text(self, name: str, default: str = "") -> str:
        """Return a text, or the default where it is missing or empty."""
        return (self._values.get(name) or "").strip() or default

    def whole(self, name: str, default: int, *, least: int = 0, most: int | None = None) -> int:
        """Return a whole number.

        Raises:
            ArgumentError: It is none, or out of bounds.
        """
        text = self.text(name)
        if not text:
            return default
        if not text.isdecimal() or int(text) < least or (most is not None and int(text) > most):
            bounds = f"from {least}" if most is None else f"from {least} to {most}"
            raise ArgumentError(f"{name} of the configuration must be a whole number {bounds}")
        return int(text)

    def day(self, name: str, default: str) -> datetime:
        """Return the first moment of a day, in UTC.

        Raises:
            ArgumentError: It is no day such as 2024-01-31.
        """
        try:
            return datetime.strptime(self.text(name, default), "%Y-%m-%d").replace(tzinfo=UTC)
        except ValueError:
            raise ArgumentError(f"{name} of the configuration must be a day such as 2024-01-31") from None
