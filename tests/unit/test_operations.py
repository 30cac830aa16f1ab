"""The table of operations: unique, complete in itself, and in agreement with its own rules."""

import importlib
import re
import subprocess
import sys
from collections import Counter
from typing import Any

import pytest

from fivetran_async import operations
from fivetran_async.models._base import Model
from fivetran_async.operation import Operation, RateClass, Shape
from fivetran_async.operations import OPERATIONS

# The operations whose replies differ by version, as far as they are declared.
SECOND_VERSION = {
    ("GET", "/v1/connections"),
    ("POST", "/v1/connections"),
    ("GET", "/v1/connections/{connection_id}"),
    ("PATCH", "/v1/connections/{connection_id}"),
    ("DELETE", "/v1/connections/{connection_id}"),
    ("POST", "/v1/connections/{connection_id}/sync"),
    ("POST", "/v1/connections/{connection_id}/connect-card"),
    ("POST", "/v1/connections/{connection_id}/resync"),
    ("GET", "/v1/connections/{connection_id}/state"),
    ("PATCH", "/v1/connections/{connection_id}/state"),
    ("POST", "/v1/connections/{connection_id}/test"),
    ("GET", "/v1/destinations"),
    ("POST", "/v1/destinations"),
    ("GET", "/v1/destinations/{destination_id}"),
    ("PATCH", "/v1/destinations/{destination_id}"),
    ("DELETE", "/v1/destinations/{destination_id}"),
    ("POST", "/v1/destinations/{destination_id}/test"),
}

each = pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.id)


def test_unique():
    """Two entries would claim the same call, or one id name two of them."""
    for key in (lambda op: (op.method, op.path), lambda op: op.id):
        assert [name for name, count in Counter(map(key, OPERATIONS)).items() if count > 1] == []


def test_all_of_them():
    """An operation would have a name and not stand in the table, or the other way round."""
    named = [value for value in vars(operations).values() if isinstance(value, Operation)]
    assert sorted(map(str, named)) == sorted(map(str, OPERATIONS))
    for name, value in vars(operations).items():
        if isinstance(value, Operation):
            assert name == value.id.upper()


def test_a_second_entry_is_refused():
    """A copied line would silently take another operation's place."""
    with pytest.raises(ValueError, match="stands in the table twice"):
        operations._op("other", "GET", "/v1/groups")
    assert len(OPERATIONS) == len({(op.method, op.path) for op in OPERATIONS}) == len(operations._table)


@each
def test_path_and_method(operation: Operation[Any]):
    """A path would have a placeholder in another spelling, or lead outside the API."""
    assert operation.method in {"GET", "POST", "PATCH", "DELETE"}
    assert operation.path.startswith(("/v1/", "/public/"))
    assert not operation.path.endswith("/")
    assert all(re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", name) for name in operation.placeholders)
    assert len(set(operation.placeholders)) == len(operation.placeholders)
    assert set("{}") & set(re.sub(r"\{[a-z0-9_]+\}", "", operation.path)) == set()
    assert re.fullmatch(r"[a-z][a-z0-9_]*", operation.id)


@each
def test_result(operation: Operation[Any]):
    """A reply would fail to decode the first time somebody makes the call."""
    if operation.shape is Shape.EMPTY:
        assert operation.result is None
        return
    if operation.result is None:
        return
    module, _, name = operation.result.partition(":")
    assert issubclass(getattr(importlib.import_module(f"fivetran_async.models.{module}"), name), Model)


@each
def test_version(operation: Operation[Any]):
    """A call would ask for a version whose reply its model does not describe."""
    second = (operation.method, operation.path) in SECOND_VERSION
    assert operation.version == (2 if second else 1)
    assert operation.accept == ("application/json;version=2" if second else "application/json")


NOT_PLAIN = {"re_auth_hybrid_deployment_agent", "update_connector_sdk_package"}
"""Changes that make something: new keys, a new archive."""


@each
def test_idempotence(operation: Operation[Any]):
    """A call that makes something would be repeated blindly."""
    plain = operation.method in {"GET", "DELETE", "PATCH"} and operation.id not in NOT_PLAIN
    assert operation.idempotent is (plain or operation.path.endswith("/test"))
    if operation.shape is Shape.PAGE:
        assert operation.method == "GET"
        assert operation.rate_class is RateClass.ALL


def test_the_table_loads_no_model():
    """Reading the table would cost the making of every model."""
    code = (
        "import sys; from fivetran_async.operations import OPERATIONS; assert OPERATIONS; "
        "print([name for name in sys.modules if name.startswith('fivetran_async.models.')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "[]"
