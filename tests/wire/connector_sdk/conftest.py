"""The example's modules, and a Keap that runs here."""

import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

EXAMPLE = Path(__file__).resolve().parents[3] / "examples" / "keap_emails"
sys.path.insert(0, str(EXAMPLE))
sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture
async def keap() -> AsyncIterator[Any]:
    """Three days of 2,500 emails."""
    from fake_keap import FakeKeap  # noqa: PLC0415 - its folder is not on the path before

    async with FakeKeap() as fake:
        yield fake
