"""Golden files."""

from collections.abc import Callable
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent / "golden"


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    """Return what compares a text with a file, or writes it with `--regenerate`."""

    def compare(name: str, text: str) -> None:
        path = FOLDER / name
        if request.config.getoption("--regenerate"):
            path.write_text(text, encoding="utf-8", newline="")
        assert text == path.read_bytes().decode(), f"{name} differs; --regenerate writes it anew"

    return compare
