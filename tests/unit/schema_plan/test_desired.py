"""Desired states: from files, plain data and classes, and what is wrong with them, by file and line."""

import json
import pickle
import subprocess
import sys

import pytest
import yaml

from fivetran_async import _yaml
from fivetran_async.errors import ArgumentError, DesiredStateError
from fivetran_async.schema_plan import (
    Desired,
    DesiredColumn,
    DesiredSchema,
    DesiredTable,
    Rule,
    json_schema,
)

WHOLE = """\
# What we load.
version: 1
schema_change_handling: BLOCK_ALL
missing: ignore
schemas:
  public:
    enabled: true
    tables:
      orders:
        sync_mode: HISTORY
        columns:
          email: {hashed: true}
          note: false
          id:
            is_primary_key: true
      no: false
      2024: {}
  "on": true
rules:
  - tables: public.tmp_*
    enabled: false
  - columns: ["*.email", '*.phone']
    hashed: true
    optional: true
"""
DATA = {
    "version": 1,
    "schema_change_handling": "BLOCK_ALL",
    "missing": "ignore",
    "schemas": {
        "public": {
            "enabled": True,
            "tables": {
                "orders": {
                    "sync_mode": "HISTORY",
                    "columns": {"email": {"hashed": True}, "note": False, "id": {"is_primary_key": True}},
                },
                "no": False,
                "2024": {},
            },
        },
        "on": True,
    },
    "rules": [
        {"tables": "public.tmp_*", "enabled": False},
        {"columns": ["*.email", "*.phone"], "hashed": True, "optional": True},
    ],
}
CLASSES = Desired(
    schema_change_handling="BLOCK_ALL",
    missing="ignore",
    schemas={
        "public": DesiredSchema(
            enabled=True,
            tables={
                "orders": DesiredTable(
                    sync_mode="HISTORY",
                    columns={
                        "email": DesiredColumn(hashed=True),
                        "note": DesiredColumn(enabled=False),
                        "id": DesiredColumn(is_primary_key=True),
                    },
                ),
                "no": DesiredTable(enabled=False),
                "2024": DesiredTable(),
            },
        ),
        "on": DesiredSchema(enabled=True),
    },
    rules=(
        Rule(tables="public.tmp_*", enabled=False),
        Rule(columns=("*.email", "*.phone"), hashed=True, optional=True),
    ),
)


@pytest.fixture(params=["C", "Python"])
def write(request, tmp_path, monkeypatch):
    """Write a file into a folder of its own, which is the present one; YAML is read in both ways."""
    monkeypatch.chdir(tmp_path)
    if request.param == "Python":
        monkeypatch.setattr(_yaml, "_LOADER", yaml.SafeLoader)

    def to(name, text):
        (tmp_path / name).write_text(text, encoding="utf-8")
        return name

    return to


def test_all_forms_are_the_same(write):
    """One form would mean something else than another one, or a table called `no` be a boolean."""
    loaded = Desired.load(write("schemas.yaml", WHOLE))
    assert loaded == Desired.load(write("schemas.json", "\ufeff" + json.dumps(DATA, indent=2)))
    assert loaded == Desired.from_dict(DATA) == CLASSES
    assert Desired.from_dict(CLASSES.to_dict()) == CLASSES
    assert Desired.from_dict(json.loads(json.dumps(CLASSES.to_dict()))) == CLASSES
    assert pickle.loads(pickle.dumps(loaded)) == loaded  # noqa: S301 - what was pickled here


def test_yaml_merges_and_aliases(write):
    """What is said once for several tables would have to be written several times."""
    text = "schemas:\n  a: &a\n    tables: {t: true}\n  b: *a\n  c:\n    <<: *a\n    enabled: false\n"
    schemas = Desired.load(write("a.yml", text)).schemas
    assert schemas["a"] == schemas["b"]
    assert (schemas["c"].tables, schemas["c"].enabled) == (schemas["a"].tables, False)


@pytest.mark.parametrize(
    ("text", "problems"),
    [
        (
            "schemas:\n  public:\n    tables:\n      t: {sync_mod: LIVE}\n",
            ["a.yaml:4: unknown key 'sync_mod'; did you mean"],
        ),
        (
            "schemas:\n  public:\n    enabled: 'true'\n",
            ["a.yaml:3: enabled must be true or false, not the text 'true'"],
        ),
        ("schemas:\n  public:\n    enabled: yes\n", ["a.yaml:3: enabled must be true or false, not the text 'yes'"]),
        (
            "schemas:\n  p:\n    tables:\n      t:\n\n        sync_mode: LIFE\n",
            ["a.yaml:6: sync_mode must be one of SOFT_DELETE, HISTORY, LIVE, not the text 'LIFE'"],
        ),
        ("schemas:\n  p:\n    tables:\n", ["a.yaml:3: tables says nothing; leave it out"]),
        (
            "schemas:\n  p:\n",
            ["a.yaml:2: 'p' must be true, false, or a mapping of what is wanted of the schema, not nothing"],
        ),
        ("schemas: [a]\n", ["a.yaml:1: schemas must be a mapping by name of schemas, not a list"]),
        ("schema_change_handling: ALLOW\nshemas: {}\n", ["a.yaml:1: schema_change_", "a.yaml:2: unknown key 'shemas'"]),
        ("version: 2\n", ["a.yaml:1: version must be 1"]),
        ("missing: never\n", ["a.yaml:1: missing must be one of error, ignore"]),
        ("rules: {}\n", ["a.yaml:1: rules must be a list"]),
        ("rules:\n  - 7\n", ["a.yaml:2: a rule is a mapping"]),
        ("rules:\n  - enabled: true\n", ["a.yaml:2: a rule has one of schemas, tables, columns"]),
        ("rules:\n  - tables: a\n    columns: b\n    enabled: true\n", ["a.yaml:2: a rule has one of"]),
        ("rules:\n  - tables: a\n", ["a.yaml:2: the rule wants nothing; add one of enabled, sync_mode"]),
        ("rules:\n  - tables: a\n    hashed: true\n", ["a.yaml:3: unknown key 'hashed'", "a.yaml:2: the rule wants"]),
        ("rules:\n  - tables: []\n    enabled: true\n", ["a.yaml:2: must be a pattern"]),
        (
            "rules:\n  - tables:\n      - ok\n      - a..b\n      - 7\n    enabled: true\n",
            ["a.yaml:4: the pattern 'a..b' has an empty part", "a.yaml:5: a pattern must be a text"],
        ),
        ("rules:\n  - tables: a.b.c\n    enabled: true\n", ["a.yaml:2: the pattern 'a.b.c' has 3 parts"]),
        ("- a\n", ["a.yaml:1: a desired state is a mapping, not a list"]),
        ("", ["a.yaml is empty"]),
        ("a: [\n", ["a.yaml:2: no YAML: "]),
        ("schemas: &a\n  x: *a\n", ["a.yaml:1: holds itself"]),
        ("schemas:\n  p: true\n  p: false\n", ["a.yaml:3: 'p' is named twice"]),
        ("? [a]\n: b\n", ["a.yaml:1: a key must be a text"]),
        ("a: \x07\n", ["a.yaml: no YAML: "]),
        ("a: *b\n", ["a.yaml:1: no YAML: found undefined alias"]),
    ],
)
def test_what_is_wrong_has_its_line(write, text, problems):
    """Somebody would look through a thousand lines for a typo, or have one half of a file applied."""
    with pytest.raises(DesiredStateError) as caught:
        Desired.load(write("a.yaml", text))
    assert len(caught.value.problems) == len(problems)
    for found, wanted in zip(caught.value.problems, problems, strict=True):
        assert found.startswith(wanted)
    assert str(caught.value) == "\n".join(caught.value.problems)
    assert isinstance(caught.value, ArgumentError)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('{\n "schemas": {\n  "a": {"enabled": 1}}}', "a.json:3: enabled must be true or false, not 1"),
        ('{"rules": [\n {"tables": "a", "enabled": true},\n\n {"tables": "b"}]}', "a.json:4: the rule wants nothing"),
        ('{"schemas": {"a": true,\n "a": false}}', "a.json names 'a' twice"),
        ('{"schemas": {\n"a": ]}', "a.json:2: no JSON: Expecting value at column 6"),
        ('{"schemas": {"\\u0061":\n{"\\"": 3}}}', "a.json:2: unknown key '\"'"),
        ("[" * 100_000, "a.json is nested too deep"),
        ("[]", "a.json:1: a desired state is a mapping"),
    ],
)
def test_json_has_lines_too(write, text, problem):
    """A mistake in a JSON file would have no place."""
    with pytest.raises(DesiredStateError) as caught:
        Desired.load(write("a.json", text))
    assert caught.value.problems[0].startswith(problem)


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        ({"schemas": {"a.b": {"enabled": None}}}, r"desired.schemas.a\.b.enabled: enabled says nothing"),
        ({"schemas": {1: True}}, "desired.schemas.1: a name must be a text, not 1; write it in quotes"),
        ({"schemas": {"a": {"tables": {"t": 7}}}}, "desired.schemas.a.tables.t: 't' must be true, false"),
        ({1: 2}, "desired.1: unknown key 1; allowed: version"),
        ({"version": True}, "desired.version: version must be 1"),
    ],
)
def test_plain_data_has_places(data, problem):
    """A mistake in data of a program's own would have no place."""
    with pytest.raises(DesiredStateError) as caught:
        Desired.from_dict(data)
    assert caught.value.problems[0].startswith(problem)


def test_many_problems_are_not_all_printed():
    """A file of the wrong kind would flood the terminal."""
    with pytest.raises(DesiredStateError) as caught:
        Desired.from_dict({"schemas": {f"s{number}": {"nix": 1} for number in range(50)}})
    assert len(caught.value.problems) == 50
    assert str(caught.value).endswith("and 30 more")


@pytest.mark.parametrize(
    "make",
    [
        lambda: Desired(schemas={"a": True}),
        lambda: Desired(schemas={"a": DesiredSchema(tables={"t": {}})}),
        lambda: Desired(rules=({"tables": "a"},)),
        lambda: Desired(schema_change_handling="ALLOW"),
        lambda: Desired(schemas={"a": DesiredSchema(enabled="no")}),
        lambda: Desired(rules=(Rule(tables="a"),)),
        lambda: Desired(rules=(Rule(tables="a", hashed=True),)),
        lambda: Desired(missing="perhaps"),
    ],
)
def test_classes_are_checked(make):
    """A wrong value in a class would be sent."""
    with pytest.raises(DesiredStateError):
        make()


def test_files_that_cannot_be_read(write, tmp_path):
    """A missing file would end in a traceback of something else."""
    for name, words in (("a.toml", "must end in .yaml, .yml or .json"), ("b.yaml", "cannot be read")):
        if name == "a.toml":
            write(name, "")
        with pytest.raises(DesiredStateError, match=words):
            Desired.load(name)
    (tmp_path / "c.json").write_bytes(b"\xff")
    with pytest.raises(DesiredStateError, match="is not UTF-8 at byte 0"):
        Desired.load("c.json")


def test_aliases_of_aliases_end(write):
    """A small file would be read for ever."""
    levels = "".join(f"{chr(98 + n)}: &{chr(98 + n)} [{', '.join(['*' + chr(97 + n)] * 9)}]\n" for n in range(20))
    with pytest.raises(DesiredStateError) as caught:
        Desired.load(write("a.yaml", "a: &a [x]\n" + levels))
    assert caught.value.problems[0].startswith("a.yaml:1: unknown key 'a'")


def test_yaml_is_an_extra(write):
    """Those who have only the base would get a traceback, or could not read JSON."""
    write("a.yaml", "schemas: {}\n")
    write("a.json", "{}")
    code = (
        "import sys; sys.modules['yaml'] = None\n"
        "from fivetran_async.schema_plan import Desired\n"
        "Desired.load('a.json')\n"
        "try: Desired.load('a.yaml')\n"
        "except ValueError as error: print(error)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "pip install 'fivetran-async[yaml]'" in done.stdout


def test_schemas_are_renamed():
    """A copy would look for the names of the source."""
    renamed = CLASSES.renamed({"public": "shop"})
    assert list(renamed.schemas) == ["shop", "on"]
    assert renamed.schemas["shop"] == CLASSES.schemas["public"]
    assert renamed.rules == CLASSES.rules
    with pytest.raises(ArgumentError, match="same name"):
        CLASSES.renamed({"public": "on"})


def test_the_json_schema_says_what_is_read():
    """An editor would complain about what is fine, or not about what is refused."""
    schema = json_schema()
    assert set(schema["properties"]) == {"version", "schema_change_handling", "missing", "schemas", "rules"}
    table = schema["$defs"]["table"]["oneOf"][1]
    assert set(table["properties"]) == {"enabled", "sync_mode", "columns"}
    assert table["properties"]["sync_mode"]["enum"] == ["SOFT_DELETE", "HISTORY", "LIVE"]
    assert table["additionalProperties"] is False
    assert accepts(schema, schema, DATA)
    assert not accepts(schema, schema, {"schemas": {"a": {"enabled": "yes"}}})
    assert not accepts(schema, schema, {"rules": [{"tables": "a"}]})
    assert not accepts(schema, schema, {"nix": 1})


def accepts(root, schema, value):  # noqa: PLR0911 - one for each keyword
    """Tell whether a JSON Schema accepts a value, as far as the one above goes."""
    if "$ref" in schema:
        return accepts(root, root["$defs"][schema["$ref"].rpartition("/")[2]], value)
    for word, count in (("oneOf", 1), ("anyOf", None)):
        if word in schema:
            fits = sum(accepts(root, option, value) for option in schema[word])
            return fits == count if count else fits > 0
    if "const" in schema or "enum" in schema:
        return value in schema.get("enum", [schema.get("const")])
    kinds = {"object": dict, "array": list, "string": str, "boolean": bool}
    if not isinstance(value, kinds[schema["type"]]):
        return False
    if isinstance(value, list):
        return len(value) >= schema.get("minItems", 0) and all(accepts(root, schema["items"], item) for item in value)
    if isinstance(value, dict):
        known, rest = schema.get("properties", {}), schema.get("additionalProperties", True)
        if set(schema.get("required", ())) - set(value) or len(value) < schema.get("minProperties", 0):
            return False
        return all(
            accepts(root, known[key], item) if key in known else rest is not False and accepts(root, rest, item)
            for key, item in value.items()
        )
    return True
