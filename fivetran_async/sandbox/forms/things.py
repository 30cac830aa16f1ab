"""The forms of all other parts: roles, teams, keys, webhooks, links, agents, packages, transformations."""

from __future__ import annotations

from typing import Annotated, Literal, TypedDict

import msgspec

from fivetran_async.sandbox.calls import JsonObject
from fivetran_async.sandbox.engine.scripts import Seconds

_Count = Annotated[int, msgspec.Meta(ge=0, le=2**31 - 1)]
_Positive = Annotated[int, msgspec.Meta(ge=1, le=2**31 - 1)]
_Period = Literal["ONE_WEEK", "ONE_MONTH", "THREE_MONTHS", "SIX_MONTHS", "INFINITE"]


class Role(TypedDict, total=False):
    """A role of the account's own."""

    description: str | None
    scope: Annotated[list[Literal["ACCOUNT", "DESTINATION", "CONNECTOR", "TEAM"]], msgspec.Meta(min_length=1)]
    is_custom: bool
    is_deprecated: bool
    replacement_role_name: str | None


class Team(TypedDict, total=False):
    """A team."""

    name: str
    description: str | None
    role: str | None


class KeptKey(TypedDict, total=False):
    """What the sandbox keeps of a system key."""

    period: _Period
    rotated: _Count


class SystemKey(TypedDict, total=False):
    """A system key."""

    name: str
    key: str
    secret: str
    permissions: list[JsonObject]
    sandbox: KeptKey


class KeptWebhook(TypedDict, total=False):
    """What the sandbox keeps of a webhook."""

    since: Seconds
    failing_since: Seconds


class Webhook(TypedDict, total=False):
    """A webhook."""

    type: str
    events: list[str]
    active: bool
    secret: str | None
    created_by: str | None
    group_id: str | None
    sandbox: KeptWebhook


class KeptLog(TypedDict, total=False):
    """What the sandbox keeps of a log service."""

    level: Literal["group", "account"]
    group_id: str | None


class LogService(TypedDict, total=False):
    """A log service."""

    service: str
    enabled: bool
    config: JsonObject
    status: JsonObject
    sandbox: KeptLog


class SecretsManager(TypedDict, total=False):
    """An external secrets manager."""

    type: Literal["AWS_SECRET_MANAGER", "AZURE_KEY_VAULT", "HASHICORP_VAULT"]
    name: str
    config: JsonObject
    is_hybrid_deployment: bool


class KeptLink(TypedDict, total=False):
    """What the sandbox keeps of a private link."""

    until: Seconds | None


class PrivateLink(TypedDict, total=False):
    """A private link."""

    name: str
    service: str
    region: str
    state: str
    config: JsonObject
    sandbox: KeptLink


class KeptAgent(TypedDict, total=False):
    """What the sandbox keeps of a proxy agent or a hybrid deployment agent."""

    issued: _Count


class ProxyAgent(TypedDict, total=False):
    """A proxy agent."""

    display_name: str
    region: str
    status: str
    sandbox: KeptAgent


class HybridAgent(TypedDict, total=False):
    """A hybrid deployment agent."""

    display_name: str
    group_id: str | None
    online: bool
    sandbox: KeptAgent


class ProjectConfig(TypedDict, total=False):
    """What a transformation project is read from."""

    git_remote_url: str | None
    threads: _Count | None
    environment_vars: list[str]


class Project(TypedDict, total=False):
    """A transformation project."""

    group_id: str | None
    status: str
    errors: list[str]
    setup_tests: list[JsonObject]
    project_config: ProjectConfig


class Schedule(TypedDict, total=False):
    """When a transformation runs."""

    schedule_type: str
    interval: _Positive
    time_of_day: str
    days_of_week: list[str]
    cron: list[str]
    connection_ids: list[str]


class Step(TypedDict, total=False):
    """One step of a transformation."""

    name: str
    command: str


class TransformationConfig(TypedDict, total=False):
    """What a transformation runs."""

    project_id: str
    name: str
    steps: list[Step]
    package_name: str
    connection_ids: list[str]
    excluded_models: list[str]


class KeptRuns(TypedDict, total=False):
    """What the sandbox keeps of a transformation."""

    outcome: str
    seconds: Seconds
    ends: Seconds | None
    anchor: Seconds
    mark: Seconds
    version: str | None


class Transformation(TypedDict, total=False):
    """A transformation."""

    type: Literal["DBT_CORE", "QUICKSTART"]
    status: str
    paused: bool
    schedule: Schedule
    transformation_config: TransformationConfig
    sandbox: KeptRuns


class KeptPackage(TypedDict, total=False):
    """What the sandbox keeps of a package."""

    content: str


class Package(TypedDict, total=False):
    """A package of the Connector SDK."""

    file_sha256_hash: str
    sandbox: KeptPackage


class Anything(TypedDict, total=False):
    """What the sandbox reads nothing of."""

    sandbox: JsonObject
