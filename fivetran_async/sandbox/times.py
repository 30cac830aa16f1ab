"""Instants as the API writes them, and back."""

from __future__ import annotations

from datetime import UTC, datetime


def stamp(epoch: float) -> str:
    """Return an instant in ISO 8601 with Z; with microseconds only when it has any."""
    return datetime.fromtimestamp(round(epoch, 6), UTC).isoformat().replace("+00:00", "Z")


def milliseconds(epoch: float) -> str:
    """Return an instant as deliveries of webhooks have it: in ISO 8601 with Z, and always with milliseconds."""
    return datetime.fromtimestamp(epoch, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def epoch(text: str) -> float:
    """Return the seconds since the epoch of an ISO 8601 instant; one without a zone is taken as UTC.

    Raises:
        ValueError: The text is no ISO 8601 instant.
    """
    moment = datetime.fromisoformat(text)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
