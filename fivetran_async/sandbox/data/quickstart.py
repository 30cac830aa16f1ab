"""The quickstart packages: ready-made models for what some connectors load."""

from __future__ import annotations

import functools
from importlib import resources
from typing import Any

import msgspec

from fivetran_async.sandbox.calls import JsonObject


class Package(msgspec.Struct, frozen=True):
    """One quickstart package.

    Attributes:
        id: What the API calls its package definition id.
        name: What a transformation names it by.
        version: The newest one.
        connector_types: The services whose connections it can read.
        models: What it makes.
        variables: What can be configured, with the defaults.
    """

    id: str
    name: str
    version: str
    connector_types: tuple[str, ...]
    models: tuple[str, ...]
    variables: dict[str, Any]

    @property
    def metadata(self) -> JsonObject:
        """What the API says of it."""
        return {
            "id": self.id,
            "name": self.name,
            "version": self.version,
            "connector_types": list(self.connector_types),
            "output_model_names": list(self.models),
            "configurable_variables": dict(self.variables),
        }


@functools.cache
def packages() -> dict[str, Package]:
    """Return all packages, by their id."""
    raw = resources.files("fivetran_async.sandbox.data").joinpath("quickstart.json").read_bytes()
    table = msgspec.json.decode(raw, type=dict[str, tuple[str, tuple[str, ...], tuple[str, ...], dict[str, Any]]])
    return {name: Package(name, f"fivetran/{name}", *row) for name, row in table.items()}


def named(name: str) -> Package | None:
    """Return the package that transformations name so, or None."""
    return next((package for package in packages().values() if package.name == name), None)
