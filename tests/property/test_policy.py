"""Policy files: what the loader takes is what its JSON Schema allows, by an independent judge."""

import copy
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fivetran_async.audit import load_policy, policy_schema
from fivetran_async.errors import ConfigError

SCHEMA = policy_schema()
JUDGE = jsonschema.Draft202012Validator(SCHEMA, format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER)

VALID: dict[str, Any] = {
    "rules": {"stale": True, "broken": False},
    "severities": {"stale": "info"},
    "thresholds": {"stale_hours": 1.5, "administrators": 3},
    "allowed": {"sync_frequencies": [60], "roles": ["Account *"]},
    "personal_columns": {"never": ["email"]},
    "exceptions": [{"rule": "stale", "owner": "anna", "until": "2026-12-31", "kind": "connection", "name": "a*"}],
}
VALUES = st.one_of(
    st.booleans(),
    st.integers(-2, 2),
    st.floats(-2, 2),
    st.sampled_from(["", " ", "stale", "info", "connection", "schema", "2026-12-31", "2026-02-30", "20261231", "x"]),
    st.lists(st.sampled_from(["", "x", 1, 60, 1.5, None]), max_size=2),
    st.none(),
    st.dictionaries(st.sampled_from(["stale", "rule", "x"]), st.sampled_from([True, "info", 1]), max_size=2),
)


def places(value: Any, way: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return the ways to all places in a document."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [way, *(place for key, item in inner for place in places(item, (*way, key)))]


@st.composite
def documents(draw: st.DrawFn) -> Any:
    """Draw a valid document with some places changed, taken away or added to."""
    document = copy.deepcopy(VALID)
    for _ in range(draw(st.integers(0, 3))):
        way = draw(st.sampled_from([place for place in places(document) if place]))
        around = document
        for step in way[:-1]:
            around = around[step]
        if isinstance(around, dict) and draw(st.booleans()):
            del around[way[-1]]
            around |= draw(
                st.dictionaries(st.sampled_from(["stale", "until", "roles", "id", "zz"]), VALUES, max_size=1)
            )
        else:
            around[way[-1]] = draw(VALUES)
    return document


@given(documents())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_loader_and_schema_agree(tmp_path: Path, document: Any) -> None:
    """An editor that knows the schema would accept what is refused, or the other way round."""
    path = tmp_path / "policy.yaml"
    path.write_text(json.dumps(document), encoding="utf-8")
    if JUDGE.is_valid(document):
        load_policy(path)
    else:
        with pytest.raises(ConfigError):
            load_policy(path)


def test_schema_is_one() -> None:
    """Editors and other tools could not use the schema."""
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    assert JUDGE.is_valid(VALID)
