"""The roles that users and teams can have: Fivetran's own, and the shape of an account's own ones."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from fivetran_async.sandbox.calls import JsonObject

ACCOUNT: Final = "ACCOUNT"
DESTINATION: Final = "DESTINATION"
CONNECTOR: Final = "CONNECTOR"
TEAM: Final = "TEAM"
SCOPES: Final = (ACCOUNT, DESTINATION, CONNECTOR, TEAM)
"""What a role can be given for."""


class _Standard(NamedTuple):
    name: str
    scope: str
    description: str
    replacement: str | None = None


# The names of the reference and of its permission tables. Those from before connectors became connections are
# deprecated and still accepted; which of today's replaces which of them is documented for the first only.
_STANDARD: Final = (
    _Standard("Account Administrator", ACCOUNT, "Manages the account and everything in it."),
    _Standard("Account Billing", ACCOUNT, "Views and edits billing, and views usage."),
    _Standard("Account Analyst", ACCOUNT, "Views the account; edits destinations and connections."),
    _Standard("Account Reviewer", ACCOUNT, "Views the account, its destinations and its connections."),
    _Standard("Destination Creator", ACCOUNT, "Creates destinations, and manages those it created."),
    _Standard("Manage Destination", DESTINATION, "Manages a destination and its connections."),
    _Standard("Edit Destination", DESTINATION, "Edits a destination and its connections."),
    _Standard("View Destination", DESTINATION, "Views a destination and its connections."),
    _Standard("Create Connection", DESTINATION, "Creates connections, and manages those it created."),
    _Standard("Manage Connection", CONNECTOR, "Views, edits and deletes a connection."),
    _Standard("Edit Connection", CONNECTOR, "Views and edits a connection."),
    _Standard("View Connection", CONNECTOR, "Views a connection."),
    _Standard("Team Manager", TEAM, "Adds and removes the members of a team."),
    _Standard("Team Member", TEAM, "Has what its team has."),
    _Standard("Destination Administrator", DESTINATION, "Manages a destination.", "Manage Destination"),
    _Standard("Destination Analyst", DESTINATION, "Edits a destination.", "Edit Destination"),
    _Standard("Destination Reviewer", DESTINATION, "Views a destination.", "View Destination"),
    _Standard("Connector Creator", DESTINATION, "Creates connections.", "Create Connection"),
    _Standard("Connector Administrator", CONNECTOR, "Manages a connection.", "Manage Connection"),
    _Standard("Connector Collaborator", CONNECTOR, "Edits a connection.", "Edit Connection"),
    _Standard("Connector Reviewer", CONNECTOR, "Views a connection.", "View Connection"),
)


def role(**given: Any) -> JsonObject:
    """Return a complete role; `name` must be given. One of which nothing more is known is a custom account role."""
    base: JsonObject = {
        "name": given["name"],
        "description": "",
        "scope": [ACCOUNT],
        "is_custom": True,
        "is_deprecated": False,
        "replacement_role_name": None,
    }
    return base | given


def standard() -> dict[str, JsonObject]:
    """Return the roles that every account has, by name."""
    return {
        name: role(
            name=name,
            description=description,
            scope=[scope],
            is_custom=False,
            is_deprecated=replacement is not None,
            replacement_role_name=replacement,
        )
        for name, scope, description, replacement in _STANDARD
    }
