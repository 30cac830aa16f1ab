"""`fivetran-async connector`: the life of a custom connector, from its first file to verified rows."""

from collections.abc import Mapping
from typing import Final

import click

from fivetran_async.cli.lazy import LazyGroup

_COMMANDS: Final[Mapping[str, str]] = {
    "debug": "fivetran_async.cli.connector.debug",
    "deploy": "fivetran_async.cli.connector.deploy",
    "init": "fivetran_async.cli.connector.init",
    "package": "fivetran_async.cli.connector.package",
    "state": "fivetran_async.cli.connector.state",
    "sync": "fivetran_async.cli.connector.sync",
    "verify": "fivetran_async.cli.connector.verify",
}


@click.group(
    name="connector",
    cls=LazyGroup,
    homes=_COMMANDS,
    short_help="Write, run, package, deploy, sync and verify a custom connector.",
    epilog="""\b
    In order:
      fivetran-async connector init shop
      fivetran-async connector debug shop
      fivetran-async connector package shop -o shop.zip
      fivetran-async connector deploy shop --group Warehouse --name shop
      fivetran-async connector sync shop --group Warehouse --resume --wait
      fivetran-async connector verify rows.duckdb --schema shop --table orders --key id --day updated_at
      fivetran-async connector state show shop --group Warehouse

    \b
    Credentials come from FIVETRAN_API_KEY and FIVETRAN_API_SECRET.
    Exit status: 0 fine, 1 findings, 2 usage or credentials, 3 not done to the end, 130 Ctrl-C.""",
)
def command() -> None:
    """Write, run, package, deploy, sync and verify custom connectors.

    Fivetran's own tool, which is yours to install, is not needed.
    """
