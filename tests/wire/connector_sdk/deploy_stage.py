"""A warehouse in the sandbox, a folder with a connector, and the calls of each colour."""

from __future__ import annotations

import importlib
import json
from pathlib import Path
from typing import Any

CODE = """
from fivetran_connector_sdk import Connector, Operations as op

def update(configuration, state):
    op.checkpoint({})

connector = Connector(update=update)
"""


def connector(folder: Path, code: str = CODE, **settings: str | None) -> Path:
    """Write a connector, and its configuration where there is one."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "connector.py").write_text(code)
    if settings:
        (folder / "configuration.json").write_text(json.dumps(settings))
    return folder


class Stage:
    """What the tests of deployments do, in one colour."""

    def __init__(self, colour: Any, ft: Any, box: Any, group: str) -> None:
        self.colour, self.ft, self.box, self.group = colour, ft, box, group
        self.sdk = importlib.import_module(f"{colour.package.__name__}.connector_sdk")

    async def deploy(self, folder: Path, **options: Any) -> Any:
        """Deploy to the connection `shop` in the warehouse, unless the options say otherwise."""
        return await self.colour.call(
            self.sdk.deploy, self.ft, folder, **({"group": "Warehouse", "connection": "shop"} | options)
        )

    async def do(self, name: str, *args: Any, **options: Any) -> Any:
        """Call another function of the package."""
        return await self.colour.call(getattr(self.sdk, name), self.ft, *args, **options)

    @property
    def packages(self) -> set[str]:
        """The ids of all packages."""
        return set(self.box.account.things["connector_packages"])

    @property
    def connections(self) -> list[Any]:
        """The connections of the warehouse."""
        return [one for one in self.box.account.connections.values() if one["group_id"] == self.group]

    def calls(self) -> list[str]:
        """All requests, as method and path, ids replaced by what they are of."""
        known = dict.fromkeys(self.box.account.connections, "<connection>")
        known |= dict.fromkeys(self.packages, "<package>") | {self.group: "<group>"}
        return [
            f"{request.method} {'/'.join(known.get(part, part) for part in request.path.split('/'))}"
            for request in self.box.requests
        ]

    def body(self, number: int = -1) -> Any:
        """The body of a request that changed a connection."""
        changes = [one for one in self.box.requests if one.method in {"POST", "PATCH"} and b"{" in one.body[:1]]
        return json.loads(changes[number].body)
