"""The parts that the account keeps by id alone: completed when they are read, shown without the sandbox's notes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from fivetran_async.sandbox.account import Account
from fivetran_async.sandbox.calls import JsonObject, as_object
from fivetran_async.sandbox.replies import Reply, done

Shape: TypeAlias = Callable[[Account, JsonObject], JsonObject]
"""Takes an object that may have little more than its id, returns it complete."""


def one(account: Account, part: str, name: str, shape: Shape) -> JsonObject:
    """Return an object of one of the account's parts, complete; refuse an unknown id with the part's own code."""
    return _whole(account, account.thing(part, name), shape)


def every(account: Account, part: str, shape: Shape) -> list[JsonObject]:
    """Return all objects of one of the account's parts, complete, oldest first."""
    return [_whole(account, thing, shape) for thing in account.things[part].values()]


def add(account: Account, part: str, given: JsonObject, shape: Shape) -> JsonObject:
    """Keep a new object under a new id, unless it has one already, and return it complete."""
    thing = shape(account, {"id": given.get("id") or account.mint()} | given)
    account.things[part][thing["id"]] = thing
    return thing


def shown(thing: JsonObject) -> JsonObject:
    """Return an object as replies show it."""
    return {key: value for key, value in thing.items() if key != "sandbox"}


def own(given: JsonObject, **defaults: Any) -> JsonObject:
    """Return what the sandbox keeps beside an object: what is given of it, and defaults for the rest."""
    return defaults | (as_object(given.get("sandbox")) or {})


def using(account: Account, field: str, name: str) -> tuple[list[JsonObject], list[JsonObject]]:
    """Return the connections and the destinations that name an object in one of their fields."""
    connections = [thing for thing in account.connections.values() if thing.get(field) == name]
    destinations = [thing for thing in account.destinations.values() if thing.get(field) == name]
    return connections, destinations


def created(message: str, data: object, *, status: int = 201) -> Reply:
    """Return a success with the code that the specification's examples of a few operations have."""
    reply = done(message, data, status=status)
    return Reply(reply.status, reply.body | {"code": "Created"})


def _whole(account: Account, thing: JsonObject, shape: Shape) -> JsonObject:
    # Files and tests may plant an object with little more than its id: what is missing is filled in when it is read.
    thing.update(shape(account, thing))
    return thing
