"""`fivetran-async audit --format/--output/--history` and `trends` against the sandbox."""

import csv
import json

import jsonschema
import pytest

from fivetran_async.audit.reports import report_schema
from fivetran_async.cli import app
from tests.unit.audit.reports.test_formats import SARIF


@pytest.fixture(autouse=True)
def environment(monkeypatch, box):
    """Point the environment at the small account."""
    monkeypatch.setenv("FIVETRAN_API_KEY", box.api_key)
    monkeypatch.setenv("FIVETRAN_API_SECRET", box.api_secret)
    monkeypatch.setenv("FIVETRAN_BASE_URL", box.url)


def test_files_by_their_suffixes(capsys, tmp_path):
    """A file would be missing, differ from what the audit found, or silence the terminal."""
    names = ["a.json", "a.csv", "a.md", "a.sarif", "a.html"]
    outputs = [word for name in names for word in ("--output", str(tmp_path / name))]
    assert app.run(["audit", "--fail-on", "never", *outputs]) == 0
    assert "SEVERITY  RULE" in capsys.readouterr().out
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(names)
    report = json.loads((tmp_path / "a.json").read_text())
    jsonschema.validate(report, report_schema())
    assert "broken" in report["judged"]
    with (tmp_path / "a.csv").open(encoding="utf-8-sig", newline="") as file:
        assert [row["id"] for row in csv.DictReader(file)] == [finding["id"] for finding in report["findings"]]
    sarif = json.loads((tmp_path / "a.sarif").read_text())
    jsonschema.validate(sarif, SARIF)
    assert len(sarif["runs"][0]["results"]) == len(report["findings"])
    assert report["findings"][0]["id"] in (tmp_path / "a.html").read_text()


@pytest.mark.parametrize(
    ("as_", "start"),
    [
        ("json", "{"),
        ("csv", "state,"),
        ("markdown", "# Fivetran"),
        ("sarif", "{"),
        ("html", "<!DOCTYPE"),
        ("terminal", "Audit"),
    ],
)
def test_format_on_stdout(capsys, as_, start):
    """A pipe would get another format, or two."""
    assert app.run(["audit", "--rule", "broken", "--format", as_]) == 1
    assert capsys.readouterr().out.startswith(start)


def test_the_format_of_one_file_is_named(capsys, tmp_path):
    """A file with a suffix of its own could not be written."""
    file = tmp_path / "report.txt"
    assert app.run(["audit", "--rule", "broken", "--format", "markdown", "--output", str(file)]) == 1
    assert file.read_text().startswith("# Fivetran audit")
    assert capsys.readouterr().out.startswith("Audit of")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--output", "report.pdf"], "must end with one of"),
        (["--format", "csv", "--json"], "--json cannot be used with --format csv"),
        (["--format", "csv", "--output", "a.csv", "--output", "b.csv"], "one --output"),
        (["--plan", "--format", "html"], "--plan makes no report"),
        (["--plan", "--history", "h.duckdb"], "--plan makes no report"),
    ],
)
def test_wrong_options_are_refused_before_anything_is_sent(box, capsys, options, message):
    """An hour's calls would be spent on a report that nobody can write."""
    before = box.calls
    assert app.run(["audit", *options]) == 2
    assert message in capsys.readouterr().err
    assert box.calls == before


def test_a_file_that_cannot_be_written(capsys, tmp_path):
    """CI would go on with yesterday's report, or the report of the terminal be lost as well."""
    (tmp_path / "file").write_text("")
    assert app.run(["audit", "--rule", "broken", "--output", str(tmp_path / "file" / "a.html")]) == 3
    captured = capsys.readouterr()
    assert captured.out.startswith("Audit of")
    assert "cannot be written" in captured.err


def test_what_was_not_read_is_in_every_file(box, capsys, tmp_path):
    """A key with fewer rights would make a clean page."""
    box.faults.script("GET", "/v1/connections", status=403, times=None)
    files = [tmp_path / name for name in ("a.json", "a.csv", "a.md", "a.sarif", "a.html")]
    outputs = [word for path in files for word in ("--output", str(path))]
    assert app.run(["audit", "--fail-on", "never", *outputs]) == 3
    capsys.readouterr()
    for path in files:
        assert "connections: " in path.read_text() or '"connection"' in path.read_text(), path.name


def test_trends(box, capsys, tmp_path):
    """What is new since yesterday would not be told, or something be called fixed that nobody looked for."""
    history = str(tmp_path / "audits.duckdb")
    assert app.run(["audit", "--fail-on", "never", "--history", history]) == 0
    assert app.run(["trends", history, "--fail-on", "critical"]) == 1
    assert "the first audit" in capsys.readouterr().out
    box.faults.script("GET", "/v1/connections", status=403, times=None)
    assert app.run(["audit", "--fail-on", "never", "--history", history]) == 3
    capsys.readouterr()
    assert app.run(["trends", history, "--json"]) == 3
    captured = capsys.readouterr()
    told = json.loads(captured.out)
    assert not [it for it in told["fixed"] if it["kind"] == "connection"]
    assert [it for it in told["unknown"] if it["rule"] == "broken"]
    assert "unknown, not fixed" in captured.err
    assert app.run(["trends", history, "--all"]) == 3
    out = capsys.readouterr().out
    assert "Unknown, as it could not be looked for: " in out
    assert "Not read to the end: 1 gap." in out


def test_a_history_that_cannot_be_kept(box, capsys, tmp_path):
    """A whole audit would be made, and its history lost at the end."""
    path = tmp_path / "audits.duckdb"
    path.write_text("no history")
    assert app.run(["audit", "--history", str(path)]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert "history of audits" in said.err
    assert box.calls == 0
    assert path.read_text() == "no history"


def test_trends_without_a_history(capsys, tmp_path):
    """A typing error would look like an account without findings."""
    assert app.run(["trends", str(tmp_path / "none.duckdb")]) == 2
    assert "does not exist" in capsys.readouterr().err
