"""The example's `connector.py` as Fivetran loads it, with a stand-in for Fivetran's package."""

import importlib
import json
import os
import subprocess
import sys
import types
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import keap_source
import pytest
from hand_made import Recorder
from keap_thread import serving

EXAMPLE = Path(__file__).resolve().parents[3] / "examples" / "keap_emails"


class Connector:
    """What Fivetran makes of the two functions."""

    def __init__(self, *, update: Any, schema: Any) -> None:
        self.update, self.schema = update, schema


class Log:
    """Fivetran's log, kept."""

    lines: list[str] = []  # noqa: RUF012 - as Fivetran's is: one for all

    @classmethod
    def error(cls, line: str) -> None:
        """Keep a line."""
        cls.lines.append(line)


def test_the_connector_is_what_fivetran_looks_for(monkeypatch: pytest.MonkeyPatch):
    """A deployment would fail with an import error, in production."""
    op = Recorder()
    stand_in: Any = types.ModuleType("fivetran_connector_sdk")
    stand_in.Connector, stand_in.Logging, stand_in.Operations = Connector, Log, op
    monkeypatch.setitem(sys.modules, "fivetran_connector_sdk", stand_in)
    monkeypatch.setattr(keap_source, "PER_SECOND", 1000)
    monkeypatch.setattr(keap_source, "PER_MINUTE", 10_000)
    sys.modules.pop("connector", None)
    connector = importlib.import_module("connector").connector
    yesterday = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=2)
    with serving(first=yesterday, days=2, rows=1200) as keap:
        configuration = json.loads((EXAMPLE / "configuration.json").read_text(encoding="utf-8"))
        assert all(isinstance(value, str) for value in configuration.values())
        configuration |= {"api_key": keap.key, "base_url": keap.url, "historical_start_date": f"{yesterday:%Y-%m-%d}"}
        (table,) = connector.schema(configuration)
        assert table == {"table": "emails", "primary_key": ["id"], "columns": {"sent_date": "UTC_DATETIME"}}
        connector.update(configuration, {})
    assert op.ids == set(range(2400))
    today = yesterday + timedelta(days=2)
    assert op.states[-1]["marks"]["emails"] == today.isoformat().replace("+00:00", "Z")


def test_the_fake_serves_from_the_command_line():
    """Nobody could try the connector by hand."""
    command = [sys.executable, str(EXAMPLE / "fake_keap.py"), "--port", "0", "--days", "1", "--rows", "2", "--limits"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=dict(os.environ)) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        process.terminate()
    assert line.startswith("http://127.0.0.1:")
    assert "KeapAK-made-up-key" in line
