"""What an audit reads: which call brings which part of the inventory, and whose objects it is asked for."""

from collections.abc import Awaitable, Callable, Collection, Mapping
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import attrs

from fivetran_async.audit.findings import AnyKind, Kind
from fivetran_async.models.connections import SetupState
from fivetran_async.models.destinations import DestinationSetupStatus
from fivetran_async.models.log_services import LogServiceTests
from fivetran_async.operation import RateClass
from fivetran_async.paging import Page, Pager

if TYPE_CHECKING:
    from fivetran_async.client import Fivetran

Fetch: TypeAlias = "Callable[[Fivetran, tuple[str, ...]], Awaitable[Any]]"
MakePager: TypeAlias = "Callable[[Fivetran, tuple[str, ...]], Pager[Any]]"


@attrs.frozen(kw_only=True)
class Source:
    """One list operation, or one that brings a single object, taken for a list of one.

    Attributes:
        name: What it is called here and in a resume file.
        kind: What it brings.
        field: Where in the inventory that goes.
        model: Where its model is: `groups:Group`, below the models.
        pager: Makes the list, of a client and of the ids of whose it is.
        owners: The kind of objects that it is asked for one by one; None for what the account has.
        optional: Whether a 404 says that there is none.
        rate_class: Which class its calls are.
        only: Which of the owners it is asked for.
    """

    name: str
    kind: Kind
    field: str
    model: str
    pager: MakePager
    owners: Kind | None = None
    optional: bool = False
    rate_class: RateClass = RateClass.ALL
    only: Callable[[Any], bool] = lambda _: True


def _one(fetch: Fetch) -> MakePager:
    """Take an operation that brings one object for a list."""

    def make(ft: "Fivetran", of: tuple[str, ...]) -> Pager[Any]:
        async def page(_: str | None) -> Page[Any]:
            return Page(items=[await fetch(ft, of)])

        return Pager.over(page)

    return make


def _listed(kind: Kind, field: str, model: str, pager: "Callable[[Fivetran], Pager[Any]]") -> Source:
    return Source(name=field, kind=kind, field=field, model=model, pager=lambda ft, _: pager(ft))


def _each(kind: Kind, owners: Kind, field: str, model: str, pager: MakePager) -> Source:
    # A 404 of an object that was listed a moment ago: it has been deleted since, and has nothing to be judged.
    name = field if field.startswith(owners) else f"{owners}_{field}"
    return Source(name=name, kind=kind, field=field, model=model, pager=pager, owners=owners, optional=True)


def _tests(kind: Kind, owners: Kind, fetch: "Fetch", only: Callable[[Any], bool]) -> Source:
    return Source(
        name=f"{kind}s",
        kind=kind,
        field=f"{kind}s",
        model="log_services:LogServiceTests",
        pager=_one(fetch),
        owners=owners,
        optional=True,
        rate_class=RateClass.SETUP_TESTS,
        only=only,
    )


async def _connection_tests(ft: "Fivetran", of: tuple[str, ...]) -> LogServiceTests:
    return LogServiceTests(setup_tests=(await ft.connections.test(*of)).setup_tests)


async def _destination_tests(ft: "Fivetran", of: tuple[str, ...]) -> LogServiceTests:
    return LogServiceTests(setup_tests=(await ft.destinations.test(*of)).setup_tests)


def _is_suspect(connection: Any) -> bool:
    """Return whether a connection is broken, or its last sync failed, and nobody has paused it."""
    broken = connection.status is not None and connection.status.setup_state == SetupState.BROKEN
    failed, succeeded = connection.failed_at, connection.succeeded_at
    failing = failed is not None and (succeeded is None or failed > succeeded)
    return (broken or failing) and connection.paused is not True


_MEMBERSHIP: Final = "memberships:Membership"

LISTS: Final[tuple[Source, ...]] = (
    _listed(Kind.GROUP, "groups", "groups:Group", lambda ft: ft.groups.list()),
    _listed(Kind.DESTINATION, "destinations", "destinations:Destination", lambda ft: ft.destinations.list()),
    _listed(Kind.CONNECTION, "connections", "connections:Connection", lambda ft: ft.connections.list()),
    _listed(Kind.USER, "users", "users:User", lambda ft: ft.users.list()),
    _listed(Kind.TEAM, "teams", "teams:Team", lambda ft: ft.teams.list()),
    _listed(Kind.ROLE, "roles", "roles:Role", lambda ft: ft.roles.list()),
    _listed(Kind.WEBHOOK, "webhooks", "webhooks:Webhook", lambda ft: ft.webhooks.list()),
    _listed(Kind.SYSTEM_KEY, "system_keys", "system_keys:SystemKey", lambda ft: ft.system_keys.list()),
    _listed(Kind.LOG_SERVICE, "log_services", "log_services:LogService", lambda ft: ft.log_services.list()),
    Source(
        name="account_log_service",
        kind=Kind.LOG_SERVICE,
        field="log_services",
        model="log_services:LogService",
        # The list has those of groups alone.
        pager=_one(lambda ft, _: ft.log_services.get_account()),
        optional=True,
    ),
    _listed(Kind.HYBRID_AGENT, "hybrid_agents", "hybrid_agents:HybridAgent", lambda ft: ft.hybrid_agents.list()),
    _listed(Kind.PROXY_AGENT, "proxy_agents", "proxy_agents:ProxyAgent", lambda ft: ft.proxy_agents.list()),
    _listed(Kind.PRIVATE_LINK, "private_links", "private_links:PrivateLink", lambda ft: ft.private_links.list()),
    _listed(
        Kind.TRANSFORMATION,
        "transformations",
        "transformations:Transformation",
        lambda ft: ft.transformations.list(),
    ),
    _listed(
        Kind.TRANSFORMATION_PROJECT,
        "transformation_projects",
        "transformation_projects:TransformationProject",
        lambda ft: ft.transformation_projects.list(),
    ),
    _listed(
        Kind.CONNECTOR_PACKAGE,
        "connector_packages",
        "connector_packages:ConnectorPackage",
        lambda ft: ft.connector_packages.list(),
    ),
    _listed(
        Kind.CONNECTOR_TYPE, "connector_types", "connector_types:ConnectorType", lambda ft: ft.connector_types.list()
    ),
)
"""What a call brings 1,000 of."""

EACH: Final[tuple[Source, ...]] = (
    _each(
        Kind.GROUP_MEMBERSHIP,
        Kind.GROUP,
        "group_users",
        "users:User",
        lambda ft, of: ft.groups.users.list(*of),
    ),
    _each(Kind.GROUP_MEMBERSHIP, Kind.TEAM, "team_groups", _MEMBERSHIP, lambda ft, of: ft.teams.groups.list(*of)),
    _each(
        Kind.TEAM_MEMBERSHIP,
        Kind.TEAM,
        "team_users",
        "memberships:TeamMembership",
        lambda ft, of: ft.teams.users.list(*of),
    ),
    _each(
        Kind.CONNECTION_MEMBERSHIP,
        Kind.USER,
        "user_connections",
        _MEMBERSHIP,
        lambda ft, of: ft.users.connections.list(*of),
    ),
    _each(
        Kind.CONNECTION_MEMBERSHIP,
        Kind.TEAM,
        "team_connections",
        _MEMBERSHIP,
        lambda ft, of: ft.teams.connections.list(*of),
    ),
    _each(
        Kind.SCHEMA,
        Kind.CONNECTION,
        "schemas",
        "schemas:SchemaConfig",
        _one(lambda ft, of: ft.schemas.get(*of)),
    ),
    _each(
        Kind.CERTIFICATE,
        Kind.DESTINATION,
        "certificates",
        "certificates:Certificate",
        lambda ft, of: ft.destinations.certificates.list(*of),
    ),
    _each(
        Kind.FINGERPRINT,
        Kind.DESTINATION,
        "fingerprints",
        "certificates:Fingerprint",
        lambda ft, of: ft.destinations.fingerprints.list(*of),
    ),
    _each(
        Kind.CERTIFICATE,
        Kind.CONNECTION,
        "certificates",
        "certificates:Certificate",
        lambda ft, of: ft.connections.certificates.list(*of),
    ),
    _each(
        Kind.FINGERPRINT,
        Kind.CONNECTION,
        "fingerprints",
        "certificates:Fingerprint",
        lambda ft, of: ft.connections.fingerprints.list(*of),
    ),
    _tests(
        Kind.DESTINATION_TEST,
        Kind.DESTINATION,
        _destination_tests,
        lambda it: it.setup_status != DestinationSetupStatus.INCOMPLETE,
    ),
    _tests(
        Kind.LOG_SERVICE_TEST,
        Kind.LOG_SERVICE,
        lambda ft, of: ft.log_services.test(*of),
        lambda it: it.enabled is not False,
    ),
    Source(
        name="webhook_tests",
        kind=Kind.WEBHOOK_TEST,
        field="webhook_tests",
        model="webhooks:WebhookTest",
        pager=_one(lambda ft, of: ft.webhooks.test(*of, event="sync_end")),
        owners=Kind.WEBHOOK,
        optional=True,
        only=lambda it: it.active is not False,
    ),
    _tests(Kind.CONNECTION_TEST, Kind.CONNECTION, _connection_tests, _is_suspect),
)
"""What costs a call for each object, in the order in which it is read: few calls and much insight first."""

COLUMNS: Final = Source(
    name="columns",
    kind=Kind.COLUMNS,
    field="columns",
    model="schemas:TableColumns",
    pager=_one(lambda ft, of: ft.schemas.columns(*of)),
    owners=Kind.SCHEMA,
    optional=True,
    rate_class=RateClass.SOURCE,
)
"""What costs a call for each table; it is asked for of a connection, a schema and a table."""

BY_NAME: Final[Mapping[str, Source]] = {source.name: source for source in (*LISTS, *EACH, COLUMNS)}


def with_owners(kinds: Collection[AnyKind]) -> frozenset[Kind]:
    """Return kinds, and those whose objects they are asked for."""
    found = {Kind(kind) for kind in kinds}
    if COLUMNS.kind in found:
        found.add(Kind.SCHEMA)
    found |= {source.owners for source in EACH if source.kind in found and source.owners is not None}
    return frozenset(found)
