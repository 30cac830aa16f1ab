"""Hybrid deployment agents: what processes data in your own network."""

from typing import TYPE_CHECKING, TypeAlias

import attrs

from fivetran_async.models._base import Model, OpenEnum, Timestamp


class HybridAgentDeploymentType(OpenEnum):
    """What a hybrid deployment agent runs in."""

    DOCKER = "DOCKER"
    PODMAN = "PODMAN"
    KUBERNETES = "KUBERNETES"
    SNOWPARK = "SNOWPARK"


class HybridAgentAuthType(OpenEnum):
    """How a hybrid deployment agent gets its credentials: by a token (auto) or by files (manual)."""

    AUTO = "AUTO"
    MANUAL = "MANUAL"


if TYPE_CHECKING:
    AnyHybridAgentDeploymentType: TypeAlias = HybridAgentDeploymentType | str
else:
    AnyHybridAgentDeploymentType = HybridAgentDeploymentType


@attrs.frozen(kw_only=True)
class HybridAgentUsage(Model):
    """A connection that uses a hybrid deployment agent.

    Attributes:
        schema: The connection's name.
        service: Its type.
        connection_id: The connection.
    """

    schema: str | None = None
    service: str | None = None
    connection_id: str | None = None


@attrs.frozen(kw_only=True)
class HybridAgent(Model):
    """A hybrid deployment agent.

    Attributes:
        id: The agent.
        version: The version of its software.
        enabled: Whether it may be used.
        online: Whether it is connected to Fivetran.
        usage: The connections that use it.
        display_name: Its name.
        group_id: Its group.
        registered_at: When it was made.
        created_by: The user who made it.
        deployment_type: What it runs in.
        updated_at: When it was last changed.
        last_used_at: When it was last used; None for never.
    """

    id: str
    version: str | None = None
    enabled: bool | None = None
    online: bool | None = None
    usage: tuple[HybridAgentUsage, ...] = ()
    display_name: str | None = None
    group_id: str | None = None
    registered_at: Timestamp | None = None
    created_by: str | None = None
    deployment_type: AnyHybridAgentDeploymentType | None = None
    updated_at: Timestamp | None = None
    last_used_at: Timestamp | None = None


@attrs.frozen(kw_only=True)
class HybridAgentFiles(Model):
    """The files that a hybrid deployment agent is started with, each in base64.

    Attributes:
        config_json: The content of `config.json`.
        auth_json: The content of `auth.json`.
        docker_compose_yaml: The content of `docker-compose.yaml`.
    """

    config_json: str | None = attrs.field(default=None, repr=False)
    auth_json: str | None = attrs.field(default=None, repr=False)
    docker_compose_yaml: str | None = attrs.field(default=None, repr=False)


@attrs.frozen(kw_only=True)
class HybridAgentCredentials(Model):
    """A hybrid deployment agent with what it is started with; it is shown this once.

    Attributes:
        id: The agent.
        version: The version of its software.
        enabled: Whether it may be used.
        online: Whether it is connected to Fivetran.
        files: The files to start it with, for the manual way.
        token: The token to start it with, for the automatic way; in base64.
        display_name: Its name.
        group_id: Its group.
        registered_at: When it was made.
        created_by: The user who made it.
        deployment_type: What it runs in.
        updated_at: When it was last changed.
        last_used_at: When it was last used; None for never.
    """

    id: str
    version: str | None = None
    enabled: bool | None = None
    online: bool | None = None
    files: HybridAgentFiles | None = None
    token: str | None = attrs.field(default=None, repr=False)
    display_name: str | None = None
    group_id: str | None = None
    registered_at: Timestamp | None = None
    created_by: str | None = None
    deployment_type: AnyHybridAgentDeploymentType | None = None
    updated_at: Timestamp | None = None
    last_used_at: Timestamp | None = None
