"""Emails of a Keap account, for Fivetran: `fivetran debug` and `fivetran deploy` start here."""

from typing import Any

import keap_source
from fivetran_connector_sdk import Connector
from fivetran_connector_sdk import Logging as log  # noqa: N813 - the names that Fivetran's examples use
from fivetran_connector_sdk import Operations as op  # noqa: N813

from fivetran_async.connector_sdk import run_update


def schema(configuration: dict[str, str]) -> list[dict[str, Any]]:  # noqa: ARG001 - Fivetran passes it
    """Describe the tables: types only where Fivetran would not find them."""
    return keap_source.SCHEMA


def update(configuration: dict[str, str], state: dict[str, Any]) -> None:
    """Read what is new, and what changed lately."""
    run_update(keap_source.update, configuration, state, op=op, log=log)


connector = Connector(update=update, schema=schema)

if __name__ == "__main__":
    connector.debug()
