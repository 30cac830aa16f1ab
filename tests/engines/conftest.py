"""What the tests of all engines need: a sandbox whose time passes quickly, and connections in it."""

import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from fivetran_async.sandbox import Sandbox

# The modules beside these tests: the folder is no package.
sys.path.insert(0, str(Path(__file__).parent))

from running_engines import Plant


@pytest.fixture
def box() -> Iterator[Sandbox]:
    """A sandbox that began a day ago, so that nobody waits for a time until which it puts a sync off.

    A hundred of its seconds pass in each of ours.
    """
    over = threading.Event()
    with Sandbox(seed=7, groups=1, connections=0, start=datetime.now(UTC) - timedelta(days=1)) as opened:

        def pass_time() -> None:
            while not over.wait(0.05):
                opened.clock.advance(5)

        passing = threading.Thread(target=pass_time)
        passing.start()
        yield opened
        over.set()
        passing.join()


@pytest.fixture
def plant(box: Sandbox) -> Plant:
    """Make connections of a schedule by hand, whose syncs take a minute."""
    group = next(iter(box.account.groups))

    def make(*names: str, **fields: Any) -> None:
        for name in names:
            box.account.add_connection(
                group, id=name, **{"schedule_type": "manual", "sandbox": {"seconds": 60}} | fields
            )

    return make
