"""The account: everything the sandbox remembers, as plain dicts named like the API's objects."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from typing import Any, Final

from fivetran_async.sandbox.calls import JsonObject, as_object
from fivetran_async.sandbox.clock import Clock
from fivetran_async.sandbox.data.words import Minter
from fivetran_async.sandbox.engine import deliveries, roles, shapes, syncs
from fivetran_async.sandbox.engine.dispatch import Deliveries
from fivetran_async.sandbox.engine.history import History
from fivetran_async.sandbox.replies import missing

_MERGED: Final = ("status", "config", "sandbox")

PARTS: Final[dict[str, tuple[str, str]]] = {
    "teams": ("Team", "NotFound_Team"),
    "system_keys": ("System key", "NotFound"),
    "webhooks": ("Webhook", "NotFound"),
    "log_services": ("Log service", "NotFound_LogService"),
    "external_secrets_managers": ("External secrets manager", "NotFound"),
    "private_links": ("Private link", "NotFound"),
    "proxy_agents": ("Proxy agent", "NotFound"),
    "hybrid_agents": ("Hybrid deployment agent", "NotFound_RemoteExecutionAgent"),
    "transformation_projects": ("Transformation project", "NotFound"),
    "transformations": ("Transformation", "NotFound_Integration"),
    "connector_packages": ("Package", "NotFound_ConnectorSdkPackage"),
    "hvr_hubs": ("Hub", "NotFound"),
}
"""All kinds of objects that are kept by their id alone: what a refusal calls one, and its code for an unknown id."""

ACCESS: Final = ("group_users", "group_teams", "connection_users", "connection_teams", "team_users")
"""All kinds of memberships: where somebody belongs, and who; see `fivetran_async.sandbox.engine.access`."""


class Account:
    """The state behind the server, and how tests plant things in it.

    The dicts are live: what is written into them is what the next request sees. The server works on them in a
    thread of its own, so steps that belong together go under `lock`. What the sandbox itself keeps of a connection
    stands under its `sandbox` key (see `fivetran_async.sandbox.engine.syncs.Engine`) and is never sent.

    Args:
        clock: The sandbox's clock.
        seed: What decides the ids that are minted.

    Attributes:
        lock: Guards all state; reentrant.
        info: What `GET /v1/account/info` answers.
        groups: By id.
        destinations: By id, which is their group's.
        connections: By id.
        users: By id.
        roles: By name: Fivetran's own, and those of the account.
        access: Who belongs where: by a kind of `ACCESS`, then by the id of the group, connection or team, the
            membership of each user or team by its id: `{"role": ..., "created_at": ...}`. A bare role is enough
            to plant one.
        things: All other kinds of objects: by the name of the part in `PARTS`, then by id. What the sandbox keeps
            of one, beside what it shows, stands under its `sandbox` key as well.
        history: What happened. What is planted is no event of its own, but the syncs that come of it are.
        deliveries: What goes out to webhooks.
    """

    def __init__(self, clock: Clock, seed: int = 0) -> None:
        self.clock: Final = clock
        self.seed: Final = seed
        self.lock: Final = threading.RLock()
        self.minter = Minter(seed)
        self.info: JsonObject = {}
        self.groups: dict[str, JsonObject] = {}
        self.destinations: dict[str, JsonObject] = {}
        self.connections: dict[str, syncs.Connection] = {}
        self.users: dict[str, JsonObject] = {}
        self.roles: dict[str, JsonObject] = roles.standard()
        self.access: dict[str, dict[str, dict[str, Any]]] = {kind: {} for kind in ACCESS}
        self.things: dict[str, dict[str, JsonObject]] = {part: {} for part in PARTS}
        self.history: Final = History(seed, self.lock, self.catch_up)
        self.deliveries: Final = Deliveries(clock, self.lock, self.things["webhooks"], seed)

    @property
    def now(self) -> float:
        """The sandbox's now in seconds since the epoch."""
        return self.clock.timestamp()

    @property
    def owner(self) -> str | None:
        """The id of the user, or of the system key, that requests are made with."""
        found: str | None = self.info.get("user_id") or self.info.get("system_key_id")
        return found

    @property
    def memberships(self) -> dict[str, dict[str, Any]]:
        """Those of users in groups, by the group's id; live, like all of `access`."""
        return self.access["group_users"]

    def mint(self) -> str:
        """Return an id that nothing in the account has."""
        while True:
            name = self.minter.mint()
            taken = (self.groups, self.connections, self.users, *self.things.values())
            if not any(name in objects for objects in taken):
                return name

    def settle(self) -> None:
        """Bring every connection up to date with the clock."""
        with self.lock:
            now = self.now
            for name in self.connections:
                self.settled(name, now)

    def catch_up(self) -> None:
        """Bring everything that goes on with time up to date with the clock, so that the history knows of it."""
        from fivetran_async.sandbox.engine import parts, transformations  # noqa: PLC0415 - they know the account

        with self.lock:
            self.settle()
            parts.every(self, transformations.PART, transformations.shape)

    def group(self, name: str) -> JsonObject:
        """Return a group; refuse an unknown id as the API does."""
        if name not in self.groups:
            raise missing("Group", name)
        return self.groups[name]

    def destination(self, name: str) -> JsonObject:
        """Return a destination; refuse an unknown id, and the id of a group that has none."""
        if name not in self.destinations:
            raise missing("Destination", name)
        return self.destinations[name]

    def user(self, name: str) -> JsonObject:
        """Return a user; refuse an unknown id as the API does."""
        if name not in self.users:
            raise missing("User", name)
        return self.users[name]

    def thing(self, part: str, name: str) -> JsonObject:
        """Return an object of one of the `PARTS`; refuse an unknown id with the part's own code."""
        if name not in self.things[part]:
            kind, code = PARTS[part]
            raise missing(kind, name, code)
        return self.things[part][name]

    def connection(self, name: str) -> syncs.Connection:
        """Return a connection, up to date with the clock; refuse an unknown id as the API does."""
        if name not in self.connections:
            raise missing("Connection", name)
        with self.lock:
            return self.settled(name, self.now)

    def settled(self, name: str, now: float) -> syncs.Connection:
        """Return a connection that exists, up to date with an instant; one planted as a bare dict is completed."""
        connection = self.connections[name]
        if "sandbox" not in connection:
            named = {"id": name, "service": "postgres", "schema": name, "group_id": next(iter(self.groups), "")}
            connection.update(shapes.connection(named | connection, now))
        syncs.settle(connection, now, self.history)
        return connection

    def add_group(self, **fields: Any) -> JsonObject:
        """Plant a group.

        Args:
            **fields: What is to differ from a plain group, by the API's names.
        """
        with self.lock:
            group = shapes.group({"id": self.mint()} | fields, self.now)
            self.groups[group["id"]] = group
            return group

    def add_user(self, **fields: Any) -> JsonObject:
        """Plant a user, a member of no group.

        Args:
            **fields: What is to differ from a plain user, by the API's names.
        """
        with self.lock:
            user = shapes.user({"id": self.mint()} | fields, self.now)
            self.users[user["id"]] = user
            return user

    def add_destination(self, group_id: str, service: str = "snowflake", **fields: Any) -> JsonObject:
        """Plant the destination of a group.

        Args:
            group_id: A group of the account.
            service: A destination type.
            **fields: What is to differ from a plain destination, by the API's names.
        """
        with self.lock:
            self.group(group_id)
            destination = shapes.destination({"group_id": group_id, "service": service} | fields)
            self.destinations[group_id] = destination
            return destination

    def add_connection(
        self, group_id: str, service: str = "postgres", schema: str | None = None, **fields: Any
    ) -> syncs.Connection:
        """Plant a connection: set up and healthy, unless the fields say otherwise.

        Args:
            group_id: A group of the account.
            service: A connector type.
            schema: Its destination schema; left out, its id.
            **fields: What is to differ from a plain connection, by the API's names; `status` may hold some of its
                fields only.
        """
        with self.lock:
            self.group(group_id)
            name = fields.pop("id", None) or self.mint()
            given = {"id": name, "service": service, "group_id": group_id, "schema": schema or name}
            connection = shapes.connection(given | fields, self.now)
            self.connections[name] = connection
            self.history.wake()
            return connection

    def add_webhook(self, url: str, events: Iterable[str], group_id: str | None = None, **fields: Any) -> JsonObject:
        """Plant a webhook: active from now on, without its endpoint being tried.

        Args:
            url: Its endpoint: https, or http on this machine.
            events: What it is told of, such as `sync_end`.
            group_id: The group that it is told of; left out, the whole account.
            **fields: What is to differ from a plain webhook, by the API's names, such as `secret`.
        """
        with self.lock:
            scope = {} if group_id is None else {"group_id": self.group(group_id)["id"]}
            given = {"id": self.mint(), "url": url, "events": list(events), "active": True} | scope | fields
            webhook = deliveries.webhook(given | {"created_by": self.owner or ""}, self.now)
            deliveries.activate(webhook, self.now)
            self.things["webhooks"][webhook["id"]] = webhook
            self.history.wake()
            return webhook

    def update_connection(self, name: str, **fields: Any) -> syncs.Connection:
        """Set fields of a connection and make its syncs agree with them.

        Args:
            name: Its id.
            **fields: By the API's names; `status`, `config` and `sandbox` are merged, all others replaced.
        """
        with self.lock:
            connection = self.connection(name)
            for key, value in fields.items():
                part = as_object(value)
                if key in _MERGED and part is not None:
                    connection[key] |= part
                else:
                    connection[key] = value
            shapes.fit(connection, fields, self.now, self.history)
            self.history.wake()
            return connection

    def remove_group(self, name: str) -> None:
        """Forget a group, who belongs to it, and its webhooks."""
        with self.lock:
            self.groups.pop(name, None)
            for kind in ("group_users", "group_teams"):
                self.access[kind].pop(name, None)
            webhooks = self.things["webhooks"]
            for webhook in [key for key, value in webhooks.items() if value.get("group_id") == name]:
                del webhooks[webhook]
