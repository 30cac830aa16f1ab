"""A stand-in for the pipeline, for what a resource asks of it."""

from collections.abc import Mapping
from typing import Any

import attrs
import pytest

from fivetran_async._codec import DecodedPage
from fivetran_async.operation import Operation


@attrs.frozen
class Asked:
    """What a resource asked the pipeline for."""

    operation: str
    ids: tuple[str, ...]
    query: Mapping[str, Any]
    body: Mapping[str, Any] | None


class Recorder:
    """Stands in for the pipeline: answers nothing and keeps what was asked."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []

    async def call(self, operation: Operation[Any], *ids: str, query: Any = None, body: Any = None, **_: Any) -> None:
        """Record a call."""
        self.asked.append(Asked(operation.id, ids, query or {}, body))

    async def page(self, operation: Operation[Any], *ids: str, query: Any, **_: Any) -> DecodedPage:
        """Record a page."""
        self.asked.append(Asked(operation.id, ids, query, None))
        return DecodedPage([], None)


@pytest.fixture
def recorder() -> Any:
    """A pipeline that sends nothing."""
    return Recorder()
