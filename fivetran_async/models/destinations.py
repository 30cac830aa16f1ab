"""Destinations: where a group's data is written."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

import attrs

from fivetran_async.models._base import CaselessEnum, Model, OpenEnum
from fivetran_async.models.setup_tests import SetupTest


class DestinationSetupStatus(CaselessEnum):
    """Whether a destination is set up. Upper case in the API's definition, lower case in its replies."""

    INCOMPLETE = "INCOMPLETE"
    CONNECTED = "CONNECTED"
    BROKEN = "BROKEN"


class NetworkingMethod(OpenEnum):
    """How Fivetran reaches a source or a destination."""

    DIRECTLY = "Directly"
    SSH_TUNNEL = "SshTunnel"
    PRIVATE_LINK = "PrivateLink"
    PROXY_AGENT = "ProxyAgent"
    UNMANAGED_PROXY_AGENT = "UnmanagedProxyAgent"
    UNKNOWN = "Unknown"


if TYPE_CHECKING:
    AnyDestinationSetupStatus: TypeAlias = DestinationSetupStatus | str
    AnyNetworkingMethod: TypeAlias = NetworkingMethod | str
else:
    AnyDestinationSetupStatus = DestinationSetupStatus
    AnyNetworkingMethod = NetworkingMethod


@attrs.frozen(kw_only=True)
class Destination(Model):
    """A destination; its id is also the id of its group.

    Attributes:
        id: The destination.
        service: Its type, such as `snowflake`.
        region: Where Fivetran processes its data.
        group_id: Its group.
        time_zone_offset: The offset from UTC in hours, signed when positive: `"-5"`, `"0"`, `"+3"`.
        setup_status: Whether it is set up.
        daylight_saving_time_enabled: Whether the offset follows daylight saving time.
        private_link_id: The private link it is reached through.
        networking_method: How it is reached.
        local_processing_agent_id: The older name of the hybrid deployment agent.
        hybrid_deployment_agent_id: The hybrid deployment agent.
        proxy_agent_id: The proxy agent.
        external_secrets_manager_id: Where its secrets are kept.
        setup_tests: The results of setup tests, where the call ran them.
        config: Its service's own settings; secrets are masked. Not in lists.
        external_secrets_keys_config: The names of its secrets in the secrets manager.
    """

    id: str
    service: str
    region: str | None = None
    group_id: str | None = None
    time_zone_offset: str | None = None
    setup_status: AnyDestinationSetupStatus | None = None
    daylight_saving_time_enabled: bool | None = None
    private_link_id: str | None = None
    networking_method: AnyNetworkingMethod | None = None
    local_processing_agent_id: str | None = None
    hybrid_deployment_agent_id: str | None = None
    proxy_agent_id: str | None = None
    external_secrets_manager_id: str | None = None
    setup_tests: tuple[SetupTest, ...] = ()
    config: Mapping[str, Any] | None = attrs.field(default=None, hash=False)
    external_secrets_keys_config: Mapping[str, Any] | None = attrs.field(default=None, hash=False)
