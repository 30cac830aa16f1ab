"""Proxy agents: what reaches sources in your own network."""

from typing import TYPE_CHECKING, TypeAlias

import attrs

from fivetran_async.models._base import Model, OpenEnum, Timestamp


class ProxyAgentStatus(OpenEnum):
    """Whether a proxy agent is connected to Fivetran."""

    NOT_FOUND = "NOT_FOUND"
    CONNECTED = "CONNECTED"
    NOT_CONNECTED = "NOT_CONNECTED"


if TYPE_CHECKING:
    AnyProxyAgentStatus: TypeAlias = ProxyAgentStatus | str
else:
    AnyProxyAgentStatus = ProxyAgentStatus


@attrs.frozen(kw_only=True)
class ProxyAgentUsage(Model):
    """A connection or a destination that uses a proxy agent.

    Attributes:
        id: The connection or the destination.
        schema: Its name; None where it has none.
        service: Its type.
    """

    id: str | None = None
    schema: str | None = None
    service: str | None = None


@attrs.frozen(kw_only=True)
class ProxyAgent(Model):
    """A proxy agent.

    Attributes:
        id: The proxy agent.
        account_id: The account that it belongs to.
        registered_at: When it was made.
        region: Where Fivetran processes the data that comes through it.
        created_by: The user who made it.
        display_name: Its name.
        version: The version of its software.
        status: Whether it is connected.
        connector_count: How many connections use it; in lists only.
        destination_count: How many destinations use it; in lists only.
        usage: What uses it. Not in lists.
    """

    id: str
    account_id: str | None = None
    registered_at: Timestamp | None = None
    region: str | None = None
    created_by: str | None = None
    display_name: str | None = None
    version: str | None = None
    status: AnyProxyAgentStatus | None = None
    connector_count: int | None = None
    destination_count: int | None = None
    usage: tuple[ProxyAgentUsage, ...] = ()


@attrs.frozen(kw_only=True)
class ProxyAgentCredentials(Model):
    """What a proxy agent is started with; it is shown this once.

    Attributes:
        agent_id: The proxy agent.
        auth_token: The token that it authenticates with.
        client_cert: Its certificate.
        client_private_key: The private key of the certificate.
        orchestrator_host: The host that it connects to.
        orchestrator_port: The port on that host.
    """

    agent_id: str | None = None
    auth_token: str | None = attrs.field(default=None, repr=False)
    client_cert: str | None = attrs.field(default=None, repr=False)
    client_private_key: str | None = attrs.field(default=None, repr=False)
    orchestrator_host: str | None = None
    orchestrator_port: int | None = None


@attrs.frozen(kw_only=True)
class ProxyAgentConnection(Model):
    """A connection that uses a proxy agent.

    Attributes:
        connection_id: The connection.
    """

    connection_id: str | None = None
