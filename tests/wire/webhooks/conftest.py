"""What tests of receivers share: each of the three adapters on a real server of its kind."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from fivetran_async.webhooks import WebhookEvent

sys.path.insert(0, str(Path(__file__).parent))

from webhooks_stage import KINDS, Endpoint, Served, application, passage, served


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    """One of the adapters."""
    return request.param


@pytest.fixture
def events() -> list[WebhookEvent]:
    """The events that the handler got."""
    return []


@pytest.fixture
def serve(kind: str, events: list[WebhookEvent]) -> Iterator[Callable[..., Served]]:
    """Serve the adapter's application; the handler notes the events unless the test has another one."""
    with contextlib.ExitStack() as stack:

        def start(handler: Callable[[WebhookEvent], Any] | None = None, **options: Any) -> Served:
            return stack.enter_context(served(kind, application(kind, handler or events.append, **options)))

        yield start


@pytest.fixture
def serve_through(kind: str) -> Iterator[Callable[..., Served]]:
    """Serve an application behind the adapter's middleware."""
    with contextlib.ExitStack() as stack:

        def start(endpoint: Endpoint, **options: Any) -> Served:
            return stack.enter_context(served(kind, passage(kind, endpoint, **options)))

        yield start
