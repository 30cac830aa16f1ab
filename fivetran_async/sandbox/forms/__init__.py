"""What account files may hold: the types of all fields that the sandbox reads, by part.

Everything may be left out but what `fivetran_async.sandbox.storage` wants and what stands in a `TypedDict` that is
total. Fields that are only shown may hold anything.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec

from fivetran_async.sandbox.calls import JsonObject
from fivetran_async.sandbox.engine import syncs
from fivetran_async.sandbox.engine.schemas import Record
from fivetran_async.sandbox.forms import objects, things


class WrongFormError(ValueError):
    """A value that is not of its form.

    Args:
        place: The way to it, beginning with a dot or a bracket; empty for the whole.
        message: What it must be.
    """

    def __init__(self, place: str, message: str) -> None:
        super().__init__(place, message)
        self.place = place
        self.message = message


FORMS: Final[dict[str, Any]] = {
    "account": objects.Info,
    "groups": objects.Group,
    "destinations": objects.Destination,
    "connections": objects.Connection,
    "users": objects.User,
    "roles": things.Role,
    "teams": things.Team,
    "system_keys": things.SystemKey,
    "webhooks": things.Webhook,
    "log_services": things.LogService,
    "external_secrets_managers": things.SecretsManager,
    "private_links": things.PrivateLink,
    "proxy_agents": things.ProxyAgent,
    "hybrid_agents": things.HybridAgent,
    "transformation_projects": things.Project,
    "transformations": things.Transformation,
    "connector_packages": things.Package,
}
"""By part of an account file, the form of an object in it; all others are free."""


def check(part: str, given: JsonObject) -> None:
    """Refuse an object of a part whose fields are not of their types.

    Raises:
        WrongFormError: One is not.
    """
    _check(FORMS.get(part, things.Anything), given, "")
    if part == "connections":
        own: JsonObject = given.get("sandbox") or {}
        _check(syncs.Engine, dict(syncs.engine()) | own, ".sandbox")
        _check(Record, own.get("schemas", {}), ".sandbox.schemas")


def _check(form: Any, given: object, within: str) -> None:
    try:
        msgspec.convert(given, form)
    except msgspec.ValidationError as error:
        message, _, place = str(error).partition(" - at `$")
        plain = message.replace("Expected ", "must be ", 1).replace("`", "")
        raise WrongFormError(within + place.rstrip("`"), plain) from None
