"""Settings against a connector type's tree: every wrong path has its line, and no secret is in one."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fivetran_async._config_check import check_config
from fivetran_async.errors import ArgumentError
from fivetran_async.models.connector_types import ConfigField
from fivetran_async.types import UNSET

laws = settings(max_examples=150, deadline=None)

TREE = ConfigField.from_dict(
    {
        "type": "object",
        "required": ["schema"],
        "properties": {
            "schema": {"type": "string", "immutable": True},
            "port": {"type": "integer"},
            "ratio": {"type": "number"},
            "tls": {"type": "boolean"},
            "mode": {"type": "string", "enum": ["Fast", "Slow"]},
            "months": {"type": "integer", "enum": ["6", "12"]},
            "key_type": {"type": "string", "enum": ["RSA", "EC"]},
            "password": {"type": "string", "format": "password"},
            "pin": {"type": "integer", "format": "password"},
            "maybe": {"type": "string", "nullable": True},
            "never": {"type": "string", "nullable": False},
            "public_key": {"type": "string", "readonly": True},
            "anything": {},
            "free": {"type": "object"},
            "accounts": {"type": "array", "items": {"type": "string"}},
            "days": {"type": "array", "enum": ["MON", "TUE"]},
            "tunnel": {
                "type": "object",
                "properties": {
                    "host": {"type": "string", "required": True},
                    "key": {"type": "string", "format": "password"},
                },
            },
            "secrets": {"type": "array", "items": {"properties": {"mode": {"enum": ["A"]}}}},
            "keys": {"type": "array", "items": {"type": "string", "format": "password"}},
            "reports": {
                "type": "array",
                "items": {
                    "type": "object",
                    "required": ["table"],
                    "properties": {
                        "table": {"type": "string", "immutable": True},
                        "fields": {"type": "array", "items": {"type": "string"}},
                    },
                },
            },
        },
    }
)


def check(config: Any, tree: ConfigField = TREE, *, partial: bool = False) -> list[str]:
    """Check settings that have a schema, for it is required."""
    given_too = {} if partial or not isinstance(config, dict) or "schema" in config else {"schema": "s"}
    return check_config("config", {**config, **given_too} if given_too else config, tree, partial=partial)


@pytest.mark.parametrize(
    "config",
    [
        {},
        {"port": 5432, "ratio": 1, "tls": False, "mode": "Fast", "password": "x", "pin": 7},
        {"ratio": 0.5, "months": 6},
        {"maybe": None, "port": None},
        {"anything": {"a": [1]}, "free": {"b": None}},
        {"accounts": [], "days": ["MON", "MON"]},
        {"accounts": ("a", "b"), "reports": ({"table": "t", "fields": ["f"]},)},
        {"tunnel": {"host": "h", "key": "k"}},
        {"port": UNSET, "unknown": UNSET},
    ],
)
def test_what_fits(config: dict[str, Any]) -> None:
    """Otherwise settings would be refused that the API takes."""
    assert check(config) == []


@pytest.mark.parametrize(
    ("config", "line"),
    [
        ({"port": "5432"}, "config.port: must be a whole number, not a text"),
        ({"port": True}, "config.port: must be a whole number, not a boolean"),
        ({"port": 1.0}, "config.port: must be a whole number, not a float"),
        ({"ratio": float("nan")}, "config.ratio: must be a number, not nan"),
        ({"ratio": False}, "config.ratio: must be a number, not a boolean"),
        ({"tls": 1}, "config.tls: must be true or false, not a whole number"),
        ({"schema": 5}, "config.schema: must be a text, not a whole number"),
        ({"mode": "fast"}, "config.mode: must be one of 'Fast', 'Slow', not 'fast'"),
        ({"mode": 1}, "config.mode: must be one of 'Fast', 'Slow', not 1"),
        ({"months": 7}, "config.months: must be one of '6', '12', not 7"),
        ({"free": [1]}, "config.free: must be an object, not a list"),
        ({"accounts": "a"}, "config.accounts: must be a list, not a text"),
        ({"accounts": {"a": 1}}, "config.accounts: must be a list, not an object"),
        ({"accounts": ["a", 2]}, "config.accounts[1]: must be a text, not a whole number"),
        ({"days": "MON"}, "config.days: must be a list, not 'MON'"),
        ({"days": ["MON", "SUN"]}, "config.days[1]: must be one of 'MON', 'TUE', not 'SUN'"),
        ({"anything": object()}, "config.anything: must be a JSON value, not object"),
        ({"never": None}, "config.never: must be a text, not null"),
        ({"public_key": "k"}, "config.public_key: read-only; leave it out"),
        ({"prot": 1}, "config.prot: unknown; did you mean 'port'?"),
        ({"PORT": 1}, "config.PORT: unknown; did you mean 'port'?"),
        ({"tunnel": {}}, "config.tunnel.host: missing; it must be a text"),
        ({"tunnel": {"host": "h", "a b": 1}}, "config.tunnel['a b']: unknown; known are 'host', 'key'"),
        ({"reports": [{"table": "t"}, {}]}, "config.reports[1].table: missing; it must be a text"),
        (
            {"reports": [{"table": "t", "fields": [None, 1]}]},
            "config.reports[0].fields[1]: must be a text, not a whole number",
        ),
        ({"reports": ["t"]}, "config.reports[0]: must be an object, not a text"),
    ],
)
def test_what_does_not_fit(config: dict[str, Any], line: str) -> None:
    """Otherwise wrong settings would pass, or nobody could tell from the message what to write instead."""
    assert check(config) == [line]


@pytest.mark.parametrize("config", [None, [], "x", 5, [("schema", "s")]])
def test_what_is_no_object(config: Any) -> None:
    """Otherwise something that is no settings at all would pass."""
    (line,) = check(config)
    assert line == f"config: must be an object, not {type(config).__name__}"


def test_all_that_is_wrong_is_said_at_once() -> None:
    """Otherwise every mistake would cost a round of its own."""
    wrong = check_config("config", {"port": "x", "nope!": 1, "reports": [{}, {"table": 1}]}, TREE, partial=False)
    assert [line.split(": ")[0] for line in wrong] == [
        "config.port",
        "config['nope!']",
        "config.reports[0].table",
        "config.reports[1].table",
        "config.schema",
    ]


class TestMissing:
    @pytest.mark.parametrize("config", [{}, {"schema": None}, {"schema": UNSET}])
    def test_a_required_field(self, config: dict[str, Any]) -> None:
        """Otherwise the API would refuse what this let pass."""
        assert check_config("config", config, TREE, partial=False) == ["config.schema: missing; it must be a text"]

    @pytest.mark.parametrize(
        ("field", "lines"),
        [
            ({"required": True}, ["c.a: missing; it must be a JSON value"]),
            ({"required": True, "nullable": True}, []),
            ({"required": True, "nullable": False}, ["c.a: must be a JSON value, not null"]),
        ],
    )
    def test_null_in_its_place(self, field: dict[str, Any], lines: list[str]) -> None:
        """Otherwise null would count as given where it may not be, or be reported twice."""
        tree = ConfigField.from_dict({"properties": {"a": field}})
        assert check_config("c", {"a": None}, tree, partial=False) == lines

    def test_a_name_that_the_tree_does_not_describe(self) -> None:
        """Otherwise a requirement without a description would be forgotten, or break the check."""
        tree = ConfigField.from_dict({"properties": {"a": {}}, "required": ["b", "b"]})
        assert check_config("c", {}, tree, partial=False) == ["c.b: missing; it must be a JSON value"]


class TestPartial:
    def test_nothing_is_missing_from_a_change(self) -> None:
        """Otherwise a change would have to repeat what it leaves alone."""
        assert check({"port": 1, "tunnel": {"key": "k"}}, partial=True) == []

    def test_what_cannot_be_changed(self) -> None:
        """Otherwise the API would refuse, or ignore, what this let pass."""
        wrong = check({"schema": "other"}, partial=True)
        assert wrong == ["config.schema: cannot be changed once the connection is made; leave it out"]

    def test_a_list_is_sent_whole(self) -> None:
        """Otherwise a list could not be changed without leaving out what its items need."""
        assert check({"reports": [{"table": "t"}]}, partial=True) == []
        assert check({"reports": [{}]}, partial=True) == ["config.reports[0].table: missing; it must be a text"]


@pytest.mark.parametrize(
    "config",
    [
        {"pin": "hunter2"},
        {"pin": ["hunter2"]},
        {"password": {"is": "hunter2"}},
        {"tunnel": "hunter2"},
        {"tunnel": ["hunter2"]},
        {"keys": "hunter2"},
        {"keys": [["hunter2"], {"a": "hunter2"}]},
        {"passwrod": "hunter2"},
        {"public_key": "hunter2"},
        {"free": ["hunter2"]},
        {"port": "hunter2"},
        {"accounts": "hunter2"},
        {"tls": "hunter2"},
        {"key_type": "hunter2"},
        {"secrets": [{"mode": "hunter2"}]},
    ],
)
def test_no_secret_is_shown(config: dict[str, Any]) -> None:
    """Otherwise a password with a mistake around it would stand in a log."""
    wrong = check(config)
    assert wrong
    assert "hunter2" not in str(wrong)


def test_a_value_that_is_not_shown_is_told_by_its_kind() -> None:
    """Otherwise nobody could tell what is wrong with a value that is not shown."""
    assert check({"key_type": "PGP"}) == [
        "config.key_type: must be one of 'RSA', 'EC', not what was given (a text; not shown, for it may be a secret)"
    ]


def test_a_secret_object_is_secret_all_the_way_down() -> None:
    """Otherwise what is inside a secret would be shown because it does not say so again."""
    tree = ConfigField.from_dict(
        {"properties": {"a": {"format": "password", "properties": {"b": {"type": "array", "items": {"type": "x"}}}}}}
    )
    tree_of_numbers = ConfigField.from_dict(
        {"properties": {"a": {"format": "password", "items": {"properties": {"b": {"type": "integer"}}}}}}
    )
    for wrong in (
        check_config("c", {"a": {"b": "hunter2"}}, tree, partial=False),
        check_config("c", {"a": [{"b": "hunter2"}]}, tree_of_numbers, partial=False),
    ):
        assert len(wrong) == 1
        assert "hunter2" not in wrong[0]


def test_lines_stay_short() -> None:
    """Otherwise one long value, or a field of hundreds, would bury all other lines."""
    tree = ConfigField.from_dict(
        {"properties": {"n": {"type": "integer"}, **{f"field_{n}": {"enum": list(range(300))} for n in range(300)}}}
    )
    config = {"n": "x" * 5000, "field_7": 1000, "!": 1, "two\nlines": 1}
    wrong = check_config("c", config, tree, partial=False)
    assert len(wrong) == len(config)
    assert all(len(line) < 400 and "\n" not in line for line in wrong)
    assert "and 280 more" in wrong[1]
    assert "and 281 more" in wrong[2]


def test_what_cannot_be_json() -> None:
    """Otherwise settings that hold themselves would break the check with an error that no caller expects."""
    endless: dict[str, Any] = {"schema": "s"}
    endless["free"] = endless
    with pytest.raises(ArgumentError, match="holds itself"):
        check(endless)
    with pytest.raises(ArgumentError, match=r"^config\.free: .* texts as keys"):
        check({"free": {1: "a"}})
    with pytest.raises(ArgumentError, match=r"^config\.accounts\[1\]: a set has no place"):
        check({"accounts": ["a", {"b"}]})


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=6) | st.sampled_from(["a", "b", "password"])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)
TREES = st.recursive(
    JSON,
    lambda inner: st.fixed_dictionaries(
        {},
        optional={
            "type": st.sampled_from(["string", "integer", "number", "boolean", "object", "array", "Object"]) | JSON,
            "properties": st.dictionaries(TEXTS, inner, max_size=3) | JSON,
            "items": inner,
            "enum": st.lists(JSON, max_size=3) | JSON,
            "required": st.lists(TEXTS, max_size=3) | st.booleans() | JSON,
            **dict.fromkeys(["readonly", "nullable", "immutable"], st.booleans() | JSON),
            "format": st.just("password") | JSON,
        },
    ),
    max_leaves=8,
)


@laws
@given(tree=TREES.filter(lambda tree: isinstance(tree, dict)), config=JSON, partial=st.booleans())
def test_garbage(tree: dict[str, Any], config: Any, *, partial: bool) -> None:
    """Otherwise a tree of tomorrow, or odd settings, would break the check with an error that no caller expects."""
    for line in check_config("config", config, ConfigField.from_dict(tree), partial=partial):
        assert line.startswith("config")
        assert "\n" not in line


@laws
@given(data=st.data(), config=st.dictionaries(TEXTS, JSON, max_size=3))
def test_settings_fit_the_tree_that_was_drawn_from_them(data: st.DataObject, config: dict[str, Any]) -> None:
    """Otherwise the check would find fault with what its own tree describes."""
    assert check_config("c", config, described(config), partial=False) == []
    key = data.draw(TEXTS.filter(lambda name: name not in config))
    if config:
        assert len(check_config("c", {**config, key: 1}, described(config), partial=True)) == 1


def described(value: Any) -> ConfigField:
    """Return the tree that describes a value and no other shape; what is no finite number is free."""
    if isinstance(value, dict):
        required = tuple(key for key, item in value.items() if item is not None)
        inner = {key: described(item) for key, item in value.items()}
        return ConfigField(type="object", properties=inner or None, required=required)
    if isinstance(value, list):
        return ConfigField(type="array", items=described(value[0]) if len(value) == 1 else None)
    if value is None or value != value or value in {float("inf"), float("-inf")}:  # noqa: PLR0124 - NaN
        return ConfigField()
    kind = {str: "string", bool: "boolean", int: "integer", float: "number"}[type(value)]
    return ConfigField(type=kind, enum=(value,))
