"""What an audit finds: kinds of objects, severities, and one finding."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

import attrs

from fivetran_async.models._base import OpenEnum

if TYPE_CHECKING:
    from fivetran_async.models.connections import Connection
    from fivetran_async.models.connector_packages import ConnectorPackage
    from fivetran_async.models.connector_types import ConnectorType
    from fivetran_async.models.destinations import Destination
    from fivetran_async.models.groups import Group
    from fivetran_async.models.hybrid_agents import HybridAgent
    from fivetran_async.models.log_services import LogService
    from fivetran_async.models.private_links import PrivateLink
    from fivetran_async.models.proxy_agents import ProxyAgent
    from fivetran_async.models.roles import Role
    from fivetran_async.models.system_keys import SystemKey
    from fivetran_async.models.teams import Team
    from fivetran_async.models.transformation_projects import TransformationProject
    from fivetran_async.models.transformations import Transformation
    from fivetran_async.models.users import User
    from fivetran_async.models.webhooks import Webhook


class Kind(OpenEnum):
    """What an audit reads and judges."""

    GROUP = "group"
    DESTINATION = "destination"
    CONNECTION = "connection"
    SCHEMA = "schema"
    COLUMNS = "columns"
    USER = "user"
    TEAM = "team"
    ROLE = "role"
    GROUP_MEMBERSHIP = "group_membership"
    TEAM_MEMBERSHIP = "team_membership"
    CONNECTION_MEMBERSHIP = "connection_membership"
    WEBHOOK = "webhook"
    CERTIFICATE = "certificate"
    FINGERPRINT = "fingerprint"
    SYSTEM_KEY = "system_key"
    LOG_SERVICE = "log_service"
    HYBRID_AGENT = "hybrid_agent"
    PROXY_AGENT = "proxy_agent"
    PRIVATE_LINK = "private_link"
    TRANSFORMATION = "transformation"
    TRANSFORMATION_PROJECT = "transformation_project"
    CONNECTOR_PACKAGE = "connector_package"
    CONNECTOR_TYPE = "connector_type"
    CONNECTION_TEST = "connection_test"
    DESTINATION_TEST = "destination_test"
    LOG_SERVICE_TEST = "log_service_test"
    WEBHOOK_TEST = "webhook_test"

    @property
    def plural(self) -> str:
        """Several of it, in words: `log services`."""
        words = self.value.replace("_", " ")
        return words if words.endswith("s") else f"{words}s"


DEEP_KINDS: frozenset["Kind"] = frozenset(
    {
        Kind.SCHEMA,
        Kind.GROUP_MEMBERSHIP,
        Kind.TEAM_MEMBERSHIP,
        Kind.CONNECTION_MEMBERSHIP,
        Kind.CERTIFICATE,
        Kind.FINGERPRINT,
    }
)
"""What costs a call for each object; of all else, but `SOURCE_KINDS` and `TEST_KINDS`, a call brings 1,000."""

SOURCE_KINDS: frozenset["Kind"] = frozenset({Kind.COLUMNS})
"""What costs a call for each table, which reaches the source: 5,000 an hour."""

TEST_KINDS: frozenset["Kind"] = frozenset(
    {Kind.CONNECTION_TEST, Kind.DESTINATION_TEST, Kind.LOG_SERVICE_TEST, Kind.WEBHOOK_TEST}
)
"""What is not read but run, on request alone: a POST for each object, most of them of the 2,500 setup tests an hour."""

NO_SUBJECTS = DEEP_KINDS | SOURCE_KINDS | TEST_KINDS
"""What no finding is about: it is about whose that is."""


class Severity(OpenEnum):
    """How bad a finding is. Severities compare: `Severity.ERROR > Severity.WARNING`; an unknown one is the least."""

    CRITICAL = "critical"
    ERROR = "error"
    WARNING = "warning"
    INFO = "info"

    @property
    def rank(self) -> int:
        """Its place, the higher the worse: 4 for critical, 1 for info, 0 for one that this version does not know."""
        return _RANKS.get(self, 0)

    def __lt__(self, other: str) -> bool:
        return self.rank < Severity(other).rank

    def __le__(self, other: str) -> bool:
        return self.rank <= Severity(other).rank

    def __gt__(self, other: str) -> bool:
        return self.rank > Severity(other).rank

    def __ge__(self, other: str) -> bool:
        return self.rank >= Severity(other).rank


_RANKS: Mapping[str, int] = {severity: rank for rank, severity in enumerate(reversed(Severity), 1)}

if TYPE_CHECKING:
    AnyKind: TypeAlias = Kind | str
    AnySeverity: TypeAlias = Severity | str
else:
    AnyKind = Kind
    AnySeverity = Severity

if TYPE_CHECKING:
    Subject: TypeAlias = (
        Group
        | Destination
        | Connection
        | User
        | Team
        | Role
        | Webhook
        | SystemKey
        | LogService
        | HybridAgent
        | ProxyAgent
        | PrivateLink
        | Transformation
        | TransformationProject
        | ConnectorPackage
        | ConnectorType
    )
    """What a finding can be about. One about a table, a column, a certificate or a fingerprint is about whose it is."""
else:
    # Those that read findings need not load all models.
    Subject = Any


@attrs.frozen
class Hit:
    """What a rule says of one object; its `Rule` makes a finding of it.

    Attributes:
        subject: The object.
        reason: Why it is reported: what was seen, with figures.
        details: All that the reason names the first few of, such as columns.
    """

    subject: Subject
    reason: str
    details: tuple[str, ...] = ()


@attrs.frozen(kw_only=True)
class Finding:
    """One thing that one rule found in one object.

    Attributes:
        rule: The id of the rule.
        severity: How bad it is.
        kind: What kind of object it is about.
        id: That object.
        name: Its name: a connection's schema, a group's name, a user's address, a webhook's host; None if it has none
            or it is not known.
        group_id: Its group; None if that is not known, or it is in none.
        group_name: That group's name; None if the groups could not be read.
        service: Its type, such as `postgres`; None for what has no types.
        title: What the rule looks for, in a few words.
        reason: What was seen in this object.
        remedy: What to do about it.
        details: All that the reason names the first few of, such as columns.
    """

    rule: str
    severity: AnySeverity
    kind: AnyKind
    id: str
    name: str | None
    group_id: str | None
    group_name: str | None
    service: str | None
    title: str
    reason: str
    remedy: str
    details: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return all fields as plain JSON values."""
        fields: dict[str, Any] = attrs.asdict(self, recurse=False)
        return {
            **{name: str(value) if isinstance(value, str) else value for name, value in fields.items()},
            "details": list(self.details),
        }
