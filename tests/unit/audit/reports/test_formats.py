"""JSON, CSV, Markdown, SARIF: what is in them, that nothing in them is run, and that they never hide a gap."""

import csv
import io
import json
import re

import jsonschema
import pytest

from fivetran_async._version import __version__
from fivetran_async.audit import Kind
from fivetran_async.audit.reports import (
    Format,
    format_of,
    render,
    report_schema,
    to_csv,
    to_html,
    to_json,
    to_markdown,
    to_sarif,
    write,
)
from fivetran_async.errors import ArgumentError
from tests.unit.audit.reports.made import finding, gap, golden_report, report

# The part of the standard's schema that consumers refuse a file for.
SARIF = {
    "type": "object",
    "required": ["version", "runs"],
    "properties": {
        "version": {"const": "2.1.0"},
        "runs": {
            "type": "array",
            "minItems": 1,
            "items": {
                "required": ["tool", "results"],
                "properties": {
                    "tool": {
                        "required": ["driver"],
                        "properties": {
                            "driver": {
                                "required": ["name", "rules"],
                                "properties": {
                                    "rules": {
                                        "uniqueItems": True,
                                        "items": {
                                            "required": ["id", "shortDescription", "help", "defaultConfiguration"],
                                            "properties": {
                                                "shortDescription": {"$ref": "#/$defs/text"},
                                                "fullDescription": {"$ref": "#/$defs/text"},
                                                "help": {"$ref": "#/$defs/text"},
                                                "defaultConfiguration": {
                                                    "properties": {"level": {"$ref": "#/$defs/level"}}
                                                },
                                            },
                                        },
                                    }
                                },
                            }
                        },
                    },
                    "invocations": {"items": {"required": ["executionSuccessful"]}},
                    "results": {
                        "items": {
                            "required": ["ruleId", "ruleIndex", "level", "message", "locations", "partialFingerprints"],
                            "properties": {
                                "level": {"$ref": "#/$defs/level"},
                                "message": {"$ref": "#/$defs/text"},
                                "partialFingerprints": {"additionalProperties": {"type": "string"}},
                                "locations": {
                                    "minItems": 1,
                                    "items": {
                                        "properties": {
                                            "physicalLocation": {
                                                "properties": {
                                                    "artifactLocation": {
                                                        "properties": {"uri": {"pattern": "^[A-Za-z0-9._~/%-]+$"}}
                                                    },
                                                    "region": {"properties": {"startLine": {"minimum": 1}}},
                                                }
                                            }
                                        }
                                    },
                                },
                            },
                        }
                    },
                },
            },
        },
    },
    "$defs": {
        "text": {"required": ["text"], "properties": {"text": {"type": "string", "minLength": 1}}},
        "level": {"enum": ["none", "note", "warning", "error"]},
    },
}


@pytest.mark.parametrize(
    ("name", "as_"),
    [("report.json", "json"), ("report.csv", "csv"), ("report.md", "markdown"), ("report.sarif", "sarif")],
)
def test_golden(golden, name, as_):
    """A format would change without anybody having looked at it."""
    golden(name, render(golden_report(), as_).replace(__version__, "VERSION"))


def test_json_keeps_to_its_schema():
    """Whoever checks reports by the schema would refuse them, or the schema allow anything."""
    schema = report_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    for made in (report(), golden_report()):
        jsonschema.validate(json.loads(to_json(made)), schema)
    for name in schema["required"]:
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate({key: value for key, value in golden_report().to_dict().items() if key != name}, schema)
    assert schema["properties"].keys() == report().to_dict().keys()
    assert schema["$defs"]["Finding"]["properties"].keys() == finding().to_dict().keys()
    assert schema["$defs"]["Gap"]["properties"].keys() == gap().to_dict().keys()


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(1)", "\t=1", "\r=1", " =1", "\uff1d1"])
def test_csv_runs_no_formula(text):
    """A spreadsheet would run what somebody wrote into a name."""
    row = next(iter(csv.DictReader(io.StringIO(to_csv(report(finding(name=text))), newline=""))))
    assert row["name"] == f"'{text}"


def test_csv_has_one_row_each():
    """A finding would be lost, or a line break in a reason make two rows of it."""
    rows = list(csv.DictReader(io.StringIO(to_csv(golden_report()), newline="")))
    assert [row["state"] for row in rows] == ["not_read", "not_judged", "finding", "finding", "finding", "waived"]
    assert rows[3]["reason"] == "by 3 h | `x`\n*y*"


def test_markdown_shows_texts_as_they_are():
    """A name would break a table, ping a person, or become a link or HTML."""
    text = to_markdown(report(finding(name="a|b`<img src=x>`", reason="ask @anna at https://evil.example\n# now")))
    assert "<img" not in text
    assert "@anna" not in text
    assert "://" not in text
    row = next(line for line in text.splitlines() if "img" in line)
    assert len(re.findall(r"(?<!\\)\|", row)) == 5


def test_markdown_says_what_it_leaves_out():
    """A comment would be refused for its length, or pretend to be the whole."""
    many = report(*(finding(f"c{number}") for number in range(120)))
    assert "And 20 findings more." in to_markdown(many)
    assert "more." not in to_markdown(many, limit=None)


def test_sarif_keeps_to_the_essential_structure():
    """CI would refuse the file, or show results without their rules."""
    for made in (report(), golden_report(), report(finding(rule="my-own", severity="fatal"))):
        log = json.loads(to_sarif(made))
        jsonschema.validate(log, SARIF)
        run = log["runs"][0]
        rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
        for result in run["results"]:
            assert rules[result["ruleIndex"]] == result["ruleId"]
        prints = [result["partialFingerprints"]["finding/v1"] for result in run["results"]]
        assert len(set(prints)) == len(prints)


def test_sarif_suppresses_what_has_an_exception():
    """A waived finding would fail a build."""
    results = json.loads(to_sarif(golden_report()))["runs"][0]["results"]
    assert [result["ruleId"] for result in results if "suppressions" in result] == ["broken"]


@pytest.mark.parametrize("as_", list(Format))
def test_a_gap_is_never_clean(as_):
    """What was not read would look as if nothing were wrong there."""
    clean, hidden = render(report(), as_), render(report(incomplete=(gap(Kind.USER),), skipped=("user-idle",)), as_)
    for sign in ("403 for the key", "user-idle"):
        assert sign in hidden
        assert sign not in clean
    if as_ == Format.SARIF:
        run = json.loads(hidden)["runs"][0]
        assert not run["invocations"][0]["executionSuccessful"]
        assert [result["level"] for result in run["results"]] == ["error", "error"]
    elif as_ in {Format.MARKDOWN, Format.HTML}:
        assert "No findings." in clean
        assert "No findings." not in hidden
        assert hidden.index("403 for the key") < hidden.index(
            "Read 1 group" if as_ == Format.MARKDOWN else '<h2 id="summary'
        )


def test_suffixes(tmp_path):
    """A file would hold another format than its name says."""
    names = {
        "a.JSON": "json",
        "a.csv": "csv",
        "a.md": "markdown",
        "a.sarif": "sarif",
        "a.sarif.json": "sarif",
        "a.htm": "html",
    }
    assert {name: format_of(name) for name in names} == names
    with pytest.raises(ArgumentError, match=r"report\.pdf must end with one of \.sarif\.json"):
        format_of("report.pdf")
    with pytest.raises(ArgumentError, match="the format must be one of json"):
        render(report(), "pdf")
    assert write(report(), tmp_path / "new" / "a.html").read_text(encoding="utf-8") == to_html(report())
    assert write(report(), tmp_path / "b.txt", "csv").read_bytes().startswith(b"\xef\xbb\xbfstate,")
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["a.html", "b.txt", "new"]
