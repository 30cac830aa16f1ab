"""The whole way of the Keap example: one command from nothing to verified rows."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "keap_emails"


@pytest.mark.skipif(os.name != "posix", reason="packages are run on POSIX systems alone")
def test_from_nothing_to_verified_rows(tmp_path: Path) -> None:
    """A step of a connector's life would not work, lose a row, read one that is not new, or upload the same again."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("COVERAGE_", "FIVETRAN_"))}
    before = {path.name for path in EXAMPLE.iterdir()}
    done = subprocess.run(
        [sys.executable, "-W", "error", "-B", str(EXAMPLE / "whole_way.py")],
        env={**inherited, "TMPDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    told = done.stdout
    assert re.search(r"^debug: 1,800 rows in emails, 1 checkpoint, ", told, re.MULTILINE)
    # Begun with two days; again; with two more; with three more, of which the first is refused; and once more.
    syncs = re.findall(r"^sync: (\w+), [\d,]+ rows sent, ([\d,]+) of them new$", told, re.MULTILINE)
    assert syncs == [
        ("succeeded", "1,800"),
        ("succeeded", "0"),
        ("succeeded", "1,800"),
        ("failed", "0"),
        ("succeeded", "2,700"),
    ]
    rows = re.findall(
        r"^verify: keap_emails\.emails: ok: ([\d,]+) rows, ([\d,]+) expected, (\d) days$", told, re.MULTILINE
    )
    assert rows == [(count, count, days) for count, days in (("1,800", "2"),) * 2 + (("3,600", "4"), ("6,300", "7"))]
    assert told.count("no key (id) is there twice") == len(rows)
    deployed = re.findall(r"^deploy: connection (\w+), package (\w+), ", told, re.MULTILINE)
    assert deployed == [("created", "uploaded"), *[("kept", "kept")] * 3]
    assert re.search(r"^package: \S.*; [\d,]+ bytes, sha256 [0-9a-f]{12}", told, re.MULTILINE)
    assert "whole_way" not in told
    assert "fake_keap" not in told
    # The refused day is known, and where the next sync goes on.
    assert re.search(r"^explain: .*: its last sync failed", told, re.MULTILINE)
    assert re.search(r"^explain: to do until the setup tests passed: .*: 403: ", told, re.MULTILINE)
    assert "state: {'version': 1, 'marks': {'emails': '2024-01-05T00:00:00Z'}}" in told
    # And nothing is left.
    assert {path.name for path in EXAMPLE.iterdir()} == before
    assert not list(tmp_path.iterdir())
