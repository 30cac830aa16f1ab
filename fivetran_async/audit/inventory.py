"""What was read of an account, and what could not be."""

from collections.abc import Mapping, Sized
from typing import TYPE_CHECKING, Any, Final, cast

import attrs

from fivetran_async.audit.findings import AnyKind, Kind

if TYPE_CHECKING:
    from fivetran_async.models.certificates import Certificate, Fingerprint
    from fivetran_async.models.connections import Connection
    from fivetran_async.models.connector_packages import ConnectorPackage
    from fivetran_async.models.connector_types import ConnectorType
    from fivetran_async.models.destinations import Destination
    from fivetran_async.models.groups import Group
    from fivetran_async.models.hybrid_agents import HybridAgent
    from fivetran_async.models.log_services import LogService, LogServiceTests
    from fivetran_async.models.memberships import Membership, TeamMembership
    from fivetran_async.models.private_links import PrivateLink
    from fivetran_async.models.proxy_agents import ProxyAgent
    from fivetran_async.models.roles import Role
    from fivetran_async.models.schemas import SchemaConfig
    from fivetran_async.models.system_keys import SystemKey
    from fivetran_async.models.teams import Team
    from fivetran_async.models.transformation_projects import TransformationProject
    from fivetran_async.models.transformations import Transformation
    from fivetran_async.models.users import User
    from fivetran_async.models.webhooks import Webhook, WebhookTest


LEFT: Final = "LeftForLater"
NOT_SET_UP: Final = "NotSetUp"

FIELDS: Mapping[Kind, tuple[str, ...]] = {
    Kind.GROUP: ("groups",),
    Kind.DESTINATION: ("destinations",),
    Kind.CONNECTION: ("connections",),
    Kind.SCHEMA: ("schemas",),
    Kind.COLUMNS: ("columns",),
    Kind.USER: ("users",),
    Kind.TEAM: ("teams",),
    Kind.ROLE: ("roles",),
    Kind.GROUP_MEMBERSHIP: ("group_users", "team_groups"),
    Kind.TEAM_MEMBERSHIP: ("team_users",),
    Kind.CONNECTION_MEMBERSHIP: ("user_connections", "team_connections"),
    Kind.WEBHOOK: ("webhooks",),
    Kind.CERTIFICATE: ("certificates",),
    Kind.FINGERPRINT: ("fingerprints",),
    Kind.SYSTEM_KEY: ("system_keys",),
    Kind.LOG_SERVICE: ("log_services",),
    Kind.HYBRID_AGENT: ("hybrid_agents",),
    Kind.PROXY_AGENT: ("proxy_agents",),
    Kind.PRIVATE_LINK: ("private_links",),
    Kind.TRANSFORMATION: ("transformations",),
    Kind.TRANSFORMATION_PROJECT: ("transformation_projects",),
    Kind.CONNECTOR_PACKAGE: ("connector_packages",),
    Kind.CONNECTOR_TYPE: ("connector_types",),
    Kind.CONNECTION_TEST: ("connection_tests",),
    Kind.DESTINATION_TEST: ("destination_tests",),
    Kind.LOG_SERVICE_TEST: ("log_service_tests",),
    Kind.WEBHOOK_TEST: ("webhook_tests",),
}
"""Where in an `Inventory` the objects of a kind are."""


@attrs.frozen(kw_only=True)
class Inventory:
    """An account as an audit read it. What was not asked for is empty, and so is what could not be read.

    Attributes:
        groups: By id.
        destinations: By id, which is their group's.
        connections: By id.
        schemas: By connection; one that has no schema configuration yet is missing.
        columns: By connection: its schemas, whose enabled tables have all columns of the source. A table that could
            not be read, or is not enabled, has none.
        users: By id.
        teams: By id.
        roles: By name.
        group_users: By group: its users, each with the role in it. Of the kind `group_membership`.
        team_groups: By team: the groups that it has a role in. Of the kind `group_membership`.
        team_users: By team: its users. Of the kind `team_membership`.
        user_connections: By user: the connections that the user has a role in. Of the kind `connection_membership`.
        team_connections: By team: the connections that it has a role in. Of the kind `connection_membership`.
        webhooks: By id.
        certificates: By destination or connection: those that were approved for it.
        fingerprints: By destination or connection: those that were approved for it.
        system_keys: By id.
        log_services: By id.
        hybrid_agents: By id.
        proxy_agents: By id.
        private_links: By id.
        transformations: By id.
        transformation_projects: By id.
        connector_packages: By id.
        connector_types: By id, which is what a connection's `service` names.
        connection_tests: By connection: the setup tests that were run, in one object.
        destination_tests: By destination: the setup tests that were run, in one object.
        log_service_tests: By log service: the setup tests that were run, in one object.
        webhook_tests: By webhook: the test event that was sent.
        whole: The kinds that were read to their end.
        partial: The kinds that were read in part: what is there is true, and more exists. A kind that is in neither
            was not asked for, or nothing of it could be read.
        unread: By kind: which groups, teams, users, destinations or connections could not be asked for it. Of
            columns: the connections of which at least one table could not be.
    """

    groups: "Mapping[str, Group]" = attrs.field(factory=dict[str, Any], hash=False)
    destinations: "Mapping[str, Destination]" = attrs.field(factory=dict[str, Any], hash=False)
    connections: "Mapping[str, Connection]" = attrs.field(factory=dict[str, Any], hash=False)
    schemas: "Mapping[str, SchemaConfig]" = attrs.field(factory=dict[str, Any], hash=False)
    columns: "Mapping[str, SchemaConfig]" = attrs.field(factory=dict[str, Any], hash=False)
    users: "Mapping[str, User]" = attrs.field(factory=dict[str, Any], hash=False)
    teams: "Mapping[str, Team]" = attrs.field(factory=dict[str, Any], hash=False)
    roles: "Mapping[str, Role]" = attrs.field(factory=dict[str, Any], hash=False)
    group_users: "Mapping[str, tuple[User, ...]]" = attrs.field(factory=dict[str, Any], hash=False)
    team_groups: "Mapping[str, tuple[Membership, ...]]" = attrs.field(factory=dict[str, Any], hash=False)
    team_users: "Mapping[str, tuple[TeamMembership, ...]]" = attrs.field(factory=dict[str, Any], hash=False)
    user_connections: "Mapping[str, tuple[Membership, ...]]" = attrs.field(factory=dict[str, Any], hash=False)
    team_connections: "Mapping[str, tuple[Membership, ...]]" = attrs.field(factory=dict[str, Any], hash=False)
    webhooks: "Mapping[str, Webhook]" = attrs.field(factory=dict[str, Any], hash=False)
    certificates: "Mapping[str, tuple[Certificate, ...]]" = attrs.field(factory=dict[str, Any], hash=False)
    fingerprints: "Mapping[str, tuple[Fingerprint, ...]]" = attrs.field(factory=dict[str, Any], hash=False)
    system_keys: "Mapping[str, SystemKey]" = attrs.field(factory=dict[str, Any], hash=False)
    log_services: "Mapping[str, LogService]" = attrs.field(factory=dict[str, Any], hash=False)
    hybrid_agents: "Mapping[str, HybridAgent]" = attrs.field(factory=dict[str, Any], hash=False)
    proxy_agents: "Mapping[str, ProxyAgent]" = attrs.field(factory=dict[str, Any], hash=False)
    private_links: "Mapping[str, PrivateLink]" = attrs.field(factory=dict[str, Any], hash=False)
    transformations: "Mapping[str, Transformation]" = attrs.field(factory=dict[str, Any], hash=False)
    transformation_projects: "Mapping[str, TransformationProject]" = attrs.field(factory=dict[str, Any], hash=False)
    connector_packages: "Mapping[str, ConnectorPackage]" = attrs.field(factory=dict[str, Any], hash=False)
    connector_types: "Mapping[str, ConnectorType]" = attrs.field(factory=dict[str, Any], hash=False)
    connection_tests: "Mapping[str, tuple[LogServiceTests, ...]]" = attrs.field(factory=dict[str, Any], hash=False)
    destination_tests: "Mapping[str, tuple[LogServiceTests, ...]]" = attrs.field(factory=dict[str, Any], hash=False)
    log_service_tests: "Mapping[str, tuple[LogServiceTests, ...]]" = attrs.field(factory=dict[str, Any], hash=False)
    webhook_tests: "Mapping[str, tuple[WebhookTest, ...]]" = attrs.field(factory=dict[str, Any], hash=False)
    whole: frozenset[AnyKind] = frozenset(Kind)
    partial: frozenset[AnyKind] = frozenset[AnyKind]()
    unread: Mapping[AnyKind, frozenset[str]] = attrs.field(factory=dict[AnyKind, frozenset[str]], hash=False)

    def items(self, kind: AnyKind) -> Mapping[str, Any]:
        """Return all objects of a kind, by id.

        Memberships, certificates and fingerprints are tuples, by the id of whose they are.
        """
        found: list[Mapping[str, Any]] = [getattr(self, name) for name in FIELDS[Kind(kind)]]
        return found[0] if len(found) == 1 else {owner: items for part in found for owner, items in part.items()}

    def count(self, kind: AnyKind) -> int | None:
        """Return how many objects of a kind were read; None when nothing of it was, which is not the same as 0.

        Of schemas and columns, how many connections they are of.
        """
        if kind not in self.whole and kind not in self.partial:
            return None
        fields: list[Mapping[str, Any]] = [getattr(self, name) for name in FIELDS[Kind(kind)]]
        return sum(
            sum(len(cast("Sized", item)) if isinstance(item, tuple) else 1 for item in field.values())
            for field in fields
        )

    def group_name(self, group_id: str | None) -> str | None:
        """Return the name of a group; None if it is not known."""
        group = self.groups.get(group_id) if group_id is not None else None
        return None if group is None else group.name

    def to_dict(self) -> dict[str, Any]:
        """Return all that was read as plain JSON values, in the API's own spelling."""
        fields: dict[str, Any] = {
            name: {owner: _plain(item) for owner, item in getattr(self, name).items()}
            for names in FIELDS.values()
            for name in names
        }
        return fields | {
            "whole": sorted(map(str, self.whole)),
            "partial": sorted(map(str, self.partial)),
            "unread": {str(kind): sorted(owners) for kind, owners in self.unread.items()},
        }


def _plain(item: Any) -> Any:
    if isinstance(item, tuple):
        return [_plain(part) for part in cast("tuple[Any, ...]", item)]
    return item.to_dict()


@attrs.frozen(kw_only=True)
class Gap:
    """What an audit could not read, and so cannot call clean.

    Attributes:
        kind: The kind of objects.
        reason: What went wrong, in words.
        status: The HTTP status; None if there was no answer, or one that could not be read.
        error: The name of the error's class, such as `ForbiddenError`; `LeftForLater` for what was not asked for
            because it would have gone beyond `max_calls` or the reserve, and `NotSetUp` for columns of connections
            whose source cannot be asked.
        read: How many objects of the kind were read before; they were judged.
        unread: How many calls for the kind failed for this reason, or were left; 0 for a list, whose length nobody
            knows.
    """

    kind: AnyKind
    reason: str
    status: int | None
    error: str
    read: int
    unread: int = 0

    def to_dict(self) -> dict[str, Any]:
        """Return all fields as plain JSON values."""
        return attrs.asdict(self) | {"kind": str(self.kind)}


@attrs.frozen(kw_only=True)
class Progress:
    """How far the reading of one kind has come.

    Attributes:
        kind: The kind of objects.
        items: How many of them were read so far.
        done: Whether no more will be read, because the list ended or failed.
        total: How many calls for the kind there are in all, where that is known; None for lists, because the API
            does not say how long they are.
    """

    kind: AnyKind
    items: int
    done: bool
    total: int | None = None
