"""The forms of the account itself and of its groups, users, destinations and connections."""

from __future__ import annotations

from typing import Annotated, Literal, TypedDict

import msgspec

from fivetran_async.sandbox.calls import JsonObject

_Count = Annotated[int, msgspec.Meta(ge=0, le=2**31 - 1)]
_Positive = Annotated[int, msgspec.Meta(ge=1, le=2**31 - 1)]
_Hour = Annotated[str, msgspec.Meta(pattern=r"^([01]\d|2[0-3]):00\Z")]


class Info(TypedDict, total=False):
    """The account itself."""

    account_id: str
    account_name: str
    user_id: str | None
    system_key_id: str | None


class Group(TypedDict, total=False):
    """A group."""

    name: str


class User(TypedDict, total=False):
    """A user."""

    email: str
    given_name: str | None
    family_name: str | None
    role: str | None
    active: bool
    verified: bool
    invited: bool
    sandbox: JsonObject


class Approval(TypedDict):
    """An approved certificate or fingerprint."""

    hash: str


class Trust(TypedDict, total=False):
    """What the sandbox keeps of a destination."""

    certificates: list[Approval]
    fingerprints: list[Approval]
    untrusted: list[str]
    stumbled: bool


class Endpoint(TypedDict, total=False):
    """What connections and destinations have in common."""

    networking_method: str
    private_link_id: str | None
    proxy_agent_id: str | None
    hybrid_deployment_agent_id: str | None
    external_secrets_manager_id: str | None
    external_secrets_keys_config: JsonObject | None


class Destination(Endpoint, total=False):
    """A destination."""

    region: str
    time_zone_offset: str
    setup_status: str
    daylight_saving_time_enabled: bool
    config: JsonObject
    sandbox: Trust


class Task(TypedDict):
    """What is to be done about a connection."""

    code: str
    message: str


class Status(TypedDict, total=False):
    """The status of a connection."""

    setup_state: str
    sync_state: str
    update_state: str
    schema_status: str
    is_historical_sync: bool
    tasks: list[Task]
    warnings: list[JsonObject]


class Item(TypedDict, total=False):
    """A column of a source, and what a table has in common with one."""

    locked: str
    reason: str
    enabled: bool
    is_primary_key: bool


class Table(Item, total=False):
    """A table of a source."""

    supports_history_mode: bool
    supports_columns_config: bool
    columns: dict[str, Item] | None


class Schema(TypedDict, total=False):
    """A schema of a source."""

    tables: dict[str, Table]


class Source(TypedDict):
    """What a test planted; see `fivetran_async.sandbox.engine.sources`."""

    schemas: dict[str, Schema]


class ChosenColumn(TypedDict, total=False):
    """What was decided about a column."""

    enabled: bool
    hashed: bool
    is_primary_key: bool


class ChosenTable(TypedDict, total=False):
    """What was decided about a table."""

    enabled: bool
    sync_mode: str
    columns: dict[str, ChosenColumn]


class ChosenSchema(TypedDict, total=False):
    """What was decided about a schema."""

    enabled: bool
    tables: dict[str, ChosenTable]


class Chosen(TypedDict, total=False):
    """What was decided, in a schema config."""

    chosen: dict[str, ChosenSchema]


class Depths(TypedDict, total=False):
    """What the sandbox keeps of a connection, as deep as `syncs.Engine` does not say."""

    source: Source
    schemas: Chosen
    certificates: list[Approval]
    fingerprints: list[Approval]


class Connection(Endpoint, total=False):
    """A connection."""

    status: Status | None
    config: JsonObject | None
    sandbox: Depths | None
    paused: bool
    pause_after_trial: bool
    sync_frequency: _Positive
    daily_sync_time: _Hour | None
    schedule_type: Literal["auto", "manual"]
    destination_schema_names: str
    connected_by: str | None
    service_version: _Count
    data_delay_threshold: _Count | None
    data_delay_sensitivity: str | None
