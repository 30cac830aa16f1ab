"""From a method and a raw path to one operation, the old names of paths included."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias
from urllib.parse import unquote

from fivetran_async.sandbox.account import Account
from fivetran_async.sandbox.calls import Call, JsonObject
from fivetran_async.sandbox.replies import RefusalError, Reply

Handler: TypeAlias = Callable[[Account, Call], Reply]
"""Answers one operation; called with the account's lock held."""

SETUP_TESTS: Final = "setup_tests"
SOURCE: Final = "source"
USER_CREATION: Final = "user_creation"
PRIVATE_LINK_CREATION: Final = "private_link_creation"

_BASE: Final = "v1"


def no_classes(_body: JsonObject | None) -> tuple[str, ...]:
    """Name the rate classes of an operation that only counts as a request."""
    return ()


def always_tests(_body: JsonObject | None) -> tuple[str, ...]:
    """Name the rate classes of an operation that always runs setup tests, and so reaches the source."""
    return (SETUP_TESTS, SOURCE)


def reaches_source(_body: JsonObject | None) -> tuple[str, ...]:
    """Name the rate classes of an operation that asks the source, without testing it."""
    return (SOURCE,)


def tests_unless_told(body: JsonObject | None) -> tuple[str, ...]:
    """Name the rate classes of a create or change: it runs setup tests unless `run_setup_tests` is false."""
    return () if body is not None and body.get("run_setup_tests") is False else (SETUP_TESTS, SOURCE)


@dataclass(frozen=True, slots=True)
class Route:
    """One operation.

    Attributes:
        method: GET, POST, PATCH or DELETE.
        path: As the API's reference writes it, with `{placeholders}`.
        handler: What answers it.
        classes: Names the rate classes beside `all` that a request with this body counts in.
        public: Whether it wants no credentials.
        multipart: Whether its body is a form with a file.
    """

    method: str
    path: str
    handler: Handler
    classes: Callable[[JsonObject | None], tuple[str, ...]] = no_classes
    public: bool = False
    multipart: bool = False


class Router:
    """Finds routes by their segments; ids are decoded only after the path was split, so `%2F` stays in an id.

    Args:
        routes: All of them; of two that fit, the one with fewer placeholders wins.
    """

    def __init__(self, routes: Sequence[Route]) -> None:
        self.routes: Final = tuple(routes)
        self._by_length: dict[int, list[tuple[tuple[str, ...], Route]]] = {}
        for route in sorted(self.routes, key=lambda route: route.path.count("{")):
            pattern = tuple(route.path.strip("/").split("/"))
            self._by_length.setdefault(len(pattern), []).append((pattern, route))

    def find(self, method: str, raw_path: str) -> tuple[Route, dict[str, str]]:
        """Return the route of a request, and the values of its placeholders.

        Raises:
            RefusalError: 404 for an unknown path, 405 for a known one without that method.
        """
        segments = _canonical([unquote(part) for part in raw_path.removeprefix("/").split("/")])
        known = False
        for pattern, route in self._by_length.get(len(segments), ()):
            values = _match(pattern, segments)
            if values is None:
                continue
            known = True
            if route.method == method:
                return route, values
        if known:
            raise RefusalError(405, f"HTTP 405 Method Not Allowed: {method}")
        raise RefusalError(404, "HTTP 404 Not Found")


def _match(pattern: tuple[str, ...], segments: Sequence[str]) -> dict[str, str] | None:
    values: dict[str, str] = {}
    for expected, segment in zip(pattern, segments, strict=True):
        if expected.startswith("{"):
            if not segment:
                return None
            values[expected[1:-1]] = segment
        elif expected != segment:
            return None
    return values


def _canonical(segments: list[str]) -> list[str]:
    """Return today's path for a former one, as from before connectors became connections: those still answer."""
    if segments[:2] == [_BASE, "local-processing-agents"]:
        return [_BASE, "hybrid-deployment-agents", *segments[2:]]
    if segments[:2] == [_BASE, "connectors"]:
        segments = [_BASE, "connections", *segments[2:]]
        if segments[3:] == ["force"]:
            segments = [*segments[:3], "sync"]
    elif segments[:1] == [_BASE] and segments[1:2] in (["groups"], ["users"], ["teams"]):
        segments = [
            *segments[:3],
            *("connections" if part == "connectors" else part for part in segments[3:4]),
            *segments[4:],
        ]
    return segments
