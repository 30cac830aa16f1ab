"""Checking settings against a connector type: what it costs, and what it says."""

from typing import Any

import pytest

from fivetran_async.errors import ArgumentError
from fivetran_async.models.connector_types import (
    ConfigField,
    ConnectorClass,
    ConnectorType,
    ConnectorTypeKind,
    FeatureId,
    ServiceStatus,
)
from fivetran_async.operation import Operation
from fivetran_async.resources.connector_types import ConnectorTypes

POSTGRES = ConnectorType(
    id="postgres",
    config=ConfigField(properties={"port": ConfigField(type="integer", immutable=True)}),
    auth=ConfigField(properties={"token": ConfigField(type="string", format="password")}, required=("token",)),
)


class Account:
    """Stands in for the pipeline of an account that has one connector type."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, ...]] = []

    async def call(self, operation: Operation[Any], *ids: str) -> ConnectorType:
        """Answer a call."""
        self.calls.append((operation.id, *ids))
        return POSTGRES


@pytest.fixture
def account() -> Any:
    """An account that has one connector type."""
    return Account()


async def test_a_name_costs_one_call_and_a_connector_type_none(account: Any) -> None:
    """Otherwise a check of a thousand connections would cost a thousand calls of the account's hour."""
    types = ConnectorTypes(account)
    await types.validate_config("postgres", {"port": 1})
    assert account.calls == [("metadata_connector_config", "postgres")]
    await types.validate_config(POSTGRES, {"port": 1})
    assert len(account.calls) == 1


async def test_all_lines_are_in_one_error(account: Any) -> None:
    """Otherwise a mistake in one part would hide those in the other."""
    with pytest.raises(ArgumentError) as refused:
        await ConnectorTypes(account).validate_config(POSTGRES, {"port": "x", "prot": 1}, auth={"tokn": "s3cret"})
    assert str(refused.value).splitlines() == [
        "the settings do not fit postgres:",
        "config.port: must be a whole number, not a text",
        "config.prot: unknown; did you mean 'port'?",
        "auth.tokn: unknown; did you mean 'token'?",
        "auth.token: missing; it must be a text",
    ]


@pytest.mark.parametrize(
    ("config", "more", "said"),
    [
        ({}, {"auth": {}}, "auth.token: missing"),
        ({}, {"auth": None}, "auth: must be an object"),
        ({"port": 1}, {"partial": True}, "config.port: cannot be changed"),
        (None, {}, "config: must be an object"),
        ({}, {"partial": "false"}, "partial must be True or False, not 'false'"),
    ],
)
async def test_what_is_refused(account: Any, config: Any, more: dict[str, Any], said: str) -> None:
    """Otherwise the authorization, or a change, would not be checked."""
    with pytest.raises(ArgumentError, match=said):
        await ConnectorTypes(account).validate_config(POSTGRES, config, **more)


@pytest.mark.parametrize("more", [{}, {"auth": {"token": "t"}}, {"auth": {}, "partial": True}])
async def test_what_passes(account: Any, more: dict[str, Any]) -> None:
    """Otherwise authorization would be wanted where none is given, or a change be asked for all of it."""
    await ConnectorTypes(account).validate_config(POSTGRES, {}, **more)


async def test_a_connector_type_that_takes_no_authorization(account: Any) -> None:
    """Otherwise authorization that nothing reads would pass for checked."""
    kind = ConnectorType(id="s3", config=ConfigField())
    await ConnectorTypes(account).validate_config(kind, {}, auth={})
    with pytest.raises(ArgumentError, match="auth: unknown; s3 takes none"):
        await ConnectorTypes(account).validate_config(kind, {}, auth={"a": 1})


async def test_a_connector_type_of_a_list_is_no_ground_to_judge_on(account: Any) -> None:
    """Otherwise settings would pass because nothing is known about them."""
    with pytest.raises(ArgumentError, match=r"'s3' does not say .* pass its id, or what connector_types\.get returns"):
        await ConnectorTypes(account).validate_config(ConnectorType(id="s3"), {"a": 1})


def test_what_is_new_tomorrow() -> None:
    """Otherwise a new kind of source would break the list of all of them."""
    found = ConnectorType.from_dict(
        {
            "id": "x",
            "type": "Quantum",
            "connector_class": "heavy",
            "service_status": "eternal",
            "supported_features": [{"id": "TIME_TRAVEL", "notes": ""}],
        }
    )
    (feature,) = found.supported_features
    values = [found.type, found.connector_class, found.service_status, feature.id]
    assert values == ["Quantum", "heavy", "eternal", "TIME_TRAVEL"]
    assert [type(value) for value in values] == [ConnectorTypeKind, ConnectorClass, ServiceStatus, FeatureId]
