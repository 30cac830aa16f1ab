"""Policies from files: what they become, and what is said of wrong ones."""

import json
import sys
from datetime import date
from pathlib import Path

import pytest

from fivetran_async.audit import RULES, Policy, Severity, Thresholds, Waiver, load_policy
from fivetran_async.audit.rules import Rule
from fivetran_async.errors import ConfigError

TOML = """
previous = "tables.json"

[desired]
"shop_*" = "desired.json"

[rules]
drift = true
delayed = false

[severities]
broken = "warning"

[thresholds]
stale_hours = 48
administrators = 2

[allowed]
sync_frequencies = [60, 360]
daily_sync_times = ["03:00"]

[personal_columns]
also = ["badge_number"]

[[exceptions]]
rule = "paused-long"
name = "archive_*"
owner = "anna@example.com"
until = 2026-12-31

[[exceptions]]
rule = "stale"
owner = "ben"
until = "2027-01-31"
reason = "Moved in January."
"""
YAML = """
previous: tables.json
desired: {"shop_*": desired.json}
rules: {drift: on, delayed: off}
severities: {broken: warning}
thresholds:
  stale_hours: 48
  administrators: 2
allowed:
  sync_frequencies: [60, 360]
  daily_sync_times: ["03:00"]
personal_columns: {also: [badge_number]}
exceptions:
  - rule: paused-long
    name: archive_*
    owner: anna@example.com
    until: 2026-12-31
  - {rule: stale, owner: ben, until: "2027-01-31", reason: Moved in January.}
"""
DESIRED = {"schemas": {"public": {"tables": {"orders": {"enabled": True, "sync_mode": "HISTORY"}}}}}


def write(folder: Path, name: str, text: str) -> Path:
    """Write a file and return its path."""
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(("name", "text"), [("policy.toml", TOML), ("policy.yaml", YAML), ("POLICY.YML", YAML)])
def test_both_languages(name, text, tmp_path):
    """A part of the file would be lost, or mean something else in the other language."""
    write(tmp_path, "tables.json", '{"c": {"public.orders": true}}')
    write(tmp_path, "desired.json", json.dumps(DESIRED))
    policy = load_policy(write(tmp_path, name, text))
    assert policy.rules == {"drift": True, "delayed": False}
    assert policy.severities == {"broken": Severity.WARNING}
    assert policy.thresholds == Thresholds(stale_hours=48, administrators=2)
    assert policy.allowed.sync_frequencies == (60, 360)
    assert policy.allowed.daily_sync_times == ("03:00",)
    assert policy.allowed.roles is None
    assert "badge_number" in policy.personal_columns.looked_for
    assert policy.exceptions == (
        Waiver(rule="paused-long", name="archive_*", owner="anna@example.com", until=date(2026, 12, 31)),
        Waiver(rule="stale", owner="ben", until=date(2027, 1, 31), reason="Moved in January."),
    )
    assert policy.previous == {"c": {"public.orders": True}}
    assert policy.desired["shop_*"].schemas["public"].tables["orders"].sync_mode == "HISTORY"


@pytest.mark.parametrize("name", ["empty.toml", "empty.yaml"])
def test_empty_file(name, tmp_path):
    """A policy that says nothing would not be the default."""
    assert load_policy(write(tmp_path, name, "# nothing yet\n")) == Policy()


WRONG = [
    ("[rules]\nstal = true", ":2: rules.stal: there is no such key (perhaps stale was meant); allowed are broken, "),
    ("[ruls]\n", ":1: ruls: there is no such key (perhaps rules was meant); allowed are rules, severities"),
    ('[rules]\n\nstale = "off"', ":3: rules.stale: must be true or false, not 'off'"),
    ("rules = true", ":1: rules: must have keys and values, not true"),
    ('[severities]\nstale = "fatal"', ":2: severities.stale: must not be 'fatal'; allowed are critical, error, "),
    ("[thresholds]\nstale_hours = -1", ":2: thresholds.stale_hours: must be a finite number from 0, not -1"),
    ("[thresholds]\nstale_hours = nan", ":2: thresholds.stale_hours: must be a finite number from 0, not nan"),
    ("[thresholds]\nstale_hours = true", ":2: thresholds.stale_hours: must be a finite number from 0, not true"),
    ("thresholds.paused_days = '3'", ":1: thresholds.paused_days: must be a finite number from 0, not '3'"),
    ("[allowed]\nsync_frequencies = [\n  60,\n  1.5,\n]", ":2: allowed.sync_frequencies[1]: must be a whole number"),
    ('[allowed]\nroles = "Viewer"', ":2: allowed.roles: must be a list, not 'Viewer'"),
    ("[allowed]\nroles = ['']", ":2: allowed.roles[0]: must not be empty, not ''"),
    ("[[exceptions]]\nrule = 'stale'\nowner = 'a'\n", ":1: exceptions[0]: until is missing: The last day on which"),
    (
        "[[exceptions]]\nrule = 'stale'\nowner = 'a'\nuntil = 2026-12-31\n[[exceptions]]\nrule = 'brokn'\n",
        ":6: exceptions[1].rule: must not be 'brokn' (perhaps broken was meant); allowed are ",
    ),
    (
        "[[exceptions]]\nrule = 'stale'\nowner = 'a'\nuntil = 2026-12-31T10:00:00",
        ":4: exceptions[0].until: must be a date such as 2026-12-31, not 2026-12-31 10:00:00",
    ),
    ("[[exceptions]]\nrule = 'stale'\nowner = ' '\nuntil = 2026-12-31", ":3: exceptions[0].owner: must not be empty"),
    ("[[exceptions]]\nkind = 'schema'", ":2: exceptions[0].kind: must not be 'schema'; allowed are group, "),
    ("exceptions = 3", ":1: exceptions: must be a list, not 3"),
    ("text = '''\nrules = 1\n'''\n[rules]\nstal = 1", ":5: rules.stal: there is no such key"),
    ("[rules]\nstale = \n", ": not valid TOML: Invalid value (at line 2"),
]


@pytest.mark.parametrize(("text", "words"), WRONG)
def test_wrong_toml(text, words, tmp_path):
    """Who wrote the file would not learn where it is wrong, or what is allowed there."""
    path = write(tmp_path, "policy.toml", text)
    with pytest.raises(ConfigError) as caught:
        load_policy(path)
    assert f"{path}{words}" in str(caught.value)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("rules:\n  stal: true", ":2: rules.stal: there is no such key (perhaps stale"),
        ("rules:\n  stale: maybe", ":2: rules.stale: must be true or false, not 'maybe'"),
        (
            "allowed:\n  daily_sync_times:\n    - '03:00'\n    - 13:00",
            ":4: allowed.daily_sync_times[1]: must be a text in",
        ),
        ("exceptions:\n- rule: stale\n  owner: a\n  until: never", ":4: exceptions[0].until: must be a date such as"),
        ("thresholds:\n", ":1: thresholds: must have keys and values, not nothing"),
        ("rules: {1: true}", ":1: rules.1: there is no such key"),
        ("- rules", ": must have keys and values, not a list"),
        ("rules:\n  stale: on\n  stale: off", ":3: 'stale' is named twice in one mapping"),
        ("exceptions: [{rule: stale, rule: broken}]", ":1: 'rule' is named twice in one mapping"),
        ("rules: &all\n  stale: *all", ":1: holds itself"),
        ("rules:\n  ? [stale, broken]\n  : true", ":2: a key must be a text"),
        ("rules: {", ":2: no YAML: "),
        ("a: 1\n---\nb: 2", ":2: no YAML: but found another document"),
        ("rules: !!python/object:os.system {}", ":1: no YAML: could not determine a constructor"),
    ],
)
def test_wrong_yaml(text, words, tmp_path):
    """Who wrote the file would not learn where it is wrong, or a file would run code."""
    path = write(tmp_path, "policy.yaml", text)
    with pytest.raises(ConfigError) as caught:
        load_policy(path)
    assert f"{path}{words}" in str(caught.value)


def test_all_that_is_wrong_is_told_at_once(tmp_path):
    """Ten mistakes would take ten runs to find, or a hundred would hide the first."""
    two = write(tmp_path, "two.toml", "[rules]\nstal = true\n[thresholds]\nstale = 1\n")
    with pytest.raises(ConfigError) as caught:
        load_policy(two)
    assert [line.split(":")[1] for line in str(caught.value).splitlines()] == ["2", "4"]
    many = write(tmp_path, "many.toml", "[rules]\n" + "".join(f"r{number} = true\n" for number in range(30)))
    with pytest.raises(ConfigError, match=r"and 20 more$"):
        load_policy(many)


def test_files_that_cannot_be_read(tmp_path):
    """A missing or binary file would be told by a traceback."""
    with pytest.raises(ConfigError, match=r"policy\.toml: cannot be read: No such file"):
        load_policy(tmp_path / "policy.toml")
    folder = tmp_path / "folder.yaml"
    folder.mkdir()
    with pytest.raises(ConfigError, match=r"cannot be read: Is a directory"):
        load_policy(folder)
    binary = tmp_path / "binary.toml"
    binary.write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match="not text in UTF-8"):
        load_policy(binary)
    with pytest.raises(ConfigError, match=r"must end in \.toml, \.yaml or \.yml"):
        load_policy(write(tmp_path, "policy.json", "{}"))


def test_aliases_of_aliases(tmp_path):
    """A file of thirty lines would be looked at for ever."""
    levels = "".join(f"x{n + 1}: &x{n + 1} [{', '.join([f'*x{n}'] * 9)}]\n" for n in range(30))
    with pytest.raises(ConfigError, match=r"policy\.yaml:1: x0"):
        load_policy(write(tmp_path, "policy.yaml", "x0: &x0 [1]\n" + levels))


def test_without_the_extra(tmp_path, monkeypatch):
    """Who has no YAML library would not learn what to install."""
    monkeypatch.setitem(sys.modules, "yaml", None)
    monkeypatch.delitem(sys.modules, "fivetran_async._yaml", raising=False)
    with pytest.raises(ConfigError, match=r"pip install 'fivetran-async\[yaml\]'"):
        load_policy(write(tmp_path, "policy.yaml", ""))
    assert load_policy(write(tmp_path, "policy.toml", "")) == Policy()


@pytest.mark.parametrize(
    ("text", "content", "words"),
    [
        ("previous = 'beside.json'", '{"c": {"public.orders": "yes"}}', r"beside\.json: Expected `bool`, got `str`"),
        ("previous = 'beside.json'", "{", r"beside\.json: Input data was truncated"),
        ("previous = 'gone.json'", "{}", r"gone\.json: cannot be read: No such file"),
        ("desired = {c = 'beside.json'}", '{"schemas": 3}', r"beside\.json:1: "),
        ("desired = {c = 'beside.json'}", '{"schema": {}}', r"beside\.json:1: .*schema"),
        ("desired = {c = 'gone.json'}", "{}", r"gone\.json"),
        ("desired = {c = ''}", "{}", r"policy\.toml:1: desired\.c: must not be empty"),
        ("desired = 'beside.json'", "{}", r"policy\.toml:1: desired: must have keys and values"),
    ],
)
def test_wrong_files_beside_it(text, content, words, tmp_path):
    """What is misspelt in them would silently not be compared."""
    write(tmp_path, "beside.json", content)
    with pytest.raises(ConfigError, match=words):
        load_policy(write(tmp_path, "policy.toml", text))


def test_rules_of_ones_own(tmp_path):
    """A policy could not switch a user's own rule."""
    own = Rule(id="own", severity="info", title="Own", check=lambda *_: [], needs=[])
    path = write(tmp_path, "policy.toml", "[rules]\nown = false")
    assert load_policy(path, rules=[*RULES, own]).rules == {"own": False}
    with pytest.raises(ConfigError, match=r"rules\.own: there is no such key"):
        load_policy(path)
