"""Connections: configured sources."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

from fivetran_async import operations as ops
from fivetran_async._pipeline import changed, confirmed
from fivetran_async.errors import ArgumentError
from fivetran_async.models.connections import (
    ConnectCardConfig,
    ConnectCardDetails,
    Connection,
    ConnectionState,
    DataDelaySensitivity,
    DestinationConfiguration,
    DestinationSchemaNames,
    SchemaStatus,
    SyncStatus,
)
from fivetran_async.models.groups import Group
from fivetran_async.paging import Pager
from fivetran_async.resources._base import (
    DAILY,
    NOT_PERSISTENT,
    check_choice,
    check_filter,
    check_flags,
    check_given,
    check_mappings,
    check_networking,
    check_number,
    check_schedule,
    check_scope,
    check_text,
    check_unmasked,
    check_url,
    fields_of,
    one_of_them,
    tests_unless_told,
)
from fivetran_async.resources._waits import ConnectionWaits
from fivetran_async.resources.certificates import (
    CONNECTION_CERTIFICATES,
    CONNECTION_FINGERPRINTS,
    Certificates,
    Fingerprints,
)
from fivetran_async.resources.groups import Groups
from fivetran_async.types import UNSET, JsonObject, Unset


class Connections(ConnectionWaits):
    """Connections. API: https://fivetran.com/docs/rest-api/api-reference/connections."""

    @cached_property
    def certificates(self) -> Certificates:
        """The certificates that a connection trusts."""
        return Certificates(self._pipeline, CONNECTION_CERTIFICATES)

    @cached_property
    def fingerprints(self) -> Fingerprints:
        """The SSH fingerprints that a connection trusts."""
        return Fingerprints(self._pipeline, CONNECTION_FINGERPRINTS)

    def list(
        self,
        *,
        group_id: str | None = None,
        schema: str | None = None,
        page_size: int = 1000,
        cursor: str | None = None,
    ) -> Pager[Connection]:
        """List the connections of the account.

        Args:
            group_id: Only those of this group.
            schema: Only those of exactly this name.
            page_size: How many items to ask for at once, from 1 to 1000.
            cursor: Where to begin, from an earlier page's `next_cursor`.

        Returns:
            A pager. Costs one call a page. The items carry no `config`.
        """
        check_filter(group_id, "group_id")
        check_filter(schema, "schema")
        return self._pager(
            ops.LIST_CONNECTIONS,
            query={"group_id": group_id, "schema": schema},
            page_size=page_size,
            cursor=cursor,
        )

    async def get(self, connection_id: str) -> Connection:
        """Return a connection with its service's settings.

        Args:
            connection_id: The connection.

        Returns:
            The connection. Costs one call.

        Raises:
            NotFoundError: There is no such connection.
        """
        return await self._pipeline.call(ops.CONNECTION_DETAILS, connection_id)

    async def create(
        self,
        *,
        group_id: str,
        service: str,
        config: JsonObject | Unset = UNSET,
        auth: JsonObject | Unset = UNSET,
        paused: bool | Unset = UNSET,
        pause_after_trial: bool | Unset = UNSET,
        sync_frequency: int | Unset = UNSET,
        daily_sync_time: str | Unset = UNSET,
        schedule_type: str | Unset = UNSET,
        data_delay_sensitivity: str | Unset = UNSET,
        data_delay_threshold: int | Unset = UNSET,
        run_setup_tests: bool | Unset = UNSET,
        trust_certificates: bool | Unset = UNSET,
        trust_fingerprints: bool | Unset = UNSET,
        connect_card_config: ConnectCardConfig | JsonObject | Unset = UNSET,
        networking_method: str | Unset = UNSET,
        private_link_id: str | Unset = UNSET,
        proxy_agent_id: str | Unset = UNSET,
        hybrid_deployment_agent_id: str | Unset = UNSET,
        destination_configuration: DestinationConfiguration | JsonObject | Unset = UNSET,
        destination_schema_names: str | Unset = UNSET,
        external_secrets_manager_id: str | Unset = UNSET,
        external_secrets_keys_config: JsonObject | Unset = UNSET,
        allow_masked: bool = False,
    ) -> Connection:
        """Make a connection.

        Args:
            group_id: The group that gets it.
            service: Its type, such as `postgres`.
            config: Its service's own settings. They name the schema, which cannot be changed later: by `schema`,
                `schema` and `table`, `schema_prefix`, or `schema` and `table_group_name`, as the service wants.
            auth: Its service's own authorization.
            paused: Whether it begins paused.
            pause_after_trial: Whether it pauses when its trial ends.
            sync_frequency: Minutes between two syncs: 1, 5, 15, 30, 60, 120, 180, 360, 480, 720 or 1440.
            daily_sync_time: The full hour of a daily sync, `"HH:00"`; with `sync_frequency=1440` alone.
            schedule_type: `auto`, or `manual` for syncs that only calls of the API start.
            data_delay_sensitivity: `LOW`, `NORMAL`, `HIGH`, `CUSTOM` or `SYNC_FREQUENCY`.
            data_delay_threshold: Minutes, with `CUSTOM`.
            run_setup_tests: Whether to run the setup tests, which may take minutes; the API's default is True.
            trust_certificates: Whether to trust the source's certificates unseen.
            trust_fingerprints: Whether to trust the source's SSH fingerprints unseen.
            connect_card_config: How a connect card for it looks and where it leads; `redirect_uri`, an http or https
                address, is required.
            networking_method: `Directly`, `SshTunnel`, `PrivateLink` or `ProxyAgent`.
            private_link_id: The private link to use.
            proxy_agent_id: The proxy agent to use.
            hybrid_deployment_agent_id: The hybrid deployment agent to use.
            destination_configuration: What it sets of its destination.
            destination_schema_names: `FIVETRAN_NAMING` or `SOURCE_NAMING`.
            external_secrets_manager_id: Where its secrets are kept.
            external_secrets_keys_config: The names of its secrets there.
            allow_masked: Whether to send `******`, the mask of a secret, as a value.

        Returns:
            The new connection, with the results of its setup tests. Costs one call, of the setup-test class unless
            `run_setup_tests=False`; it is not repeated when its outcome is unknown.

        Raises:
            ArgumentError: Something was refused before it was sent.
            BadRequestError: The API refuses the settings.
            NotFoundError: There is no such group.
        """
        check_text(group_id, "group_id")
        check_text(service, "service")
        check_given(
            private_link_id=private_link_id,
            proxy_agent_id=proxy_agent_id,
            hybrid_deployment_agent_id=hybrid_deployment_agent_id,
            external_secrets_manager_id=external_secrets_manager_id,
        )
        check_flags(
            paused=paused,
            pause_after_trial=pause_after_trial,
            run_setup_tests=run_setup_tests,
            trust_certificates=trust_certificates,
            trust_fingerprints=trust_fingerprints,
        )
        check_mappings(
            config=config,
            auth=auth,
            destination_configuration=destination_configuration,
            external_secrets_keys_config=external_secrets_keys_config,
        )
        if connect_card_config is not UNSET:
            _check_card(connect_card_config)
        check_schedule(sync_frequency, daily_sync_time, schedule_type)
        if daily_sync_time is not UNSET and sync_frequency is UNSET:
            raise ArgumentError(f"daily_sync_time goes with sync_frequency={DAILY} alone, and the API's default is 360")
        check_choice(data_delay_sensitivity, "data_delay_sensitivity", DataDelaySensitivity)
        check_number(data_delay_threshold, "data_delay_threshold", 0)
        check_networking(networking_method)
        check_choice(destination_schema_names, "destination_schema_names", DestinationSchemaNames)
        check_unmasked(allow_masked, config=config, auth=auth)
        return await self._pipeline.call(
            ops.CREATE_CONNECTION,
            rate_class=tests_unless_told(run_setup_tests),
            body={
                "group_id": group_id,
                "service": service,
                "config": config,
                "auth": auth,
                "paused": paused,
                "pause_after_trial": pause_after_trial,
                "sync_frequency": sync_frequency,
                "daily_sync_time": daily_sync_time,
                "schedule_type": schedule_type,
                "data_delay_sensitivity": data_delay_sensitivity,
                "data_delay_threshold": data_delay_threshold,
                "run_setup_tests": run_setup_tests,
                "trust_certificates": trust_certificates,
                "trust_fingerprints": trust_fingerprints,
                "connect_card_config": connect_card_config,
                "networking_method": networking_method,
                "private_link_id": private_link_id,
                "proxy_agent_id": proxy_agent_id,
                "hybrid_deployment_agent_id": hybrid_deployment_agent_id,
                "destination_configuration": destination_configuration,
                "destination_schema_names": destination_schema_names,
                "external_secrets_manager_id": external_secrets_manager_id,
                "external_secrets_keys_config": external_secrets_keys_config,
            },
        )

    async def update(
        self,
        connection_id: str,
        *,
        config: JsonObject | Unset = UNSET,
        auth: JsonObject | Unset = UNSET,
        paused: bool | Unset = UNSET,
        pause_after_trial: bool | Unset = UNSET,
        sync_frequency: int | Unset = UNSET,
        daily_sync_time: str | Unset | None = UNSET,
        schedule_type: str | Unset = UNSET,
        data_delay_sensitivity: str | Unset = UNSET,
        data_delay_threshold: int | Unset | None = UNSET,
        schema_status: str | Unset = UNSET,
        is_historical_sync: bool | Unset = UNSET,
        run_setup_tests: bool | Unset = UNSET,
        trust_certificates: bool | Unset = UNSET,
        trust_fingerprints: bool | Unset = UNSET,
        networking_method: str | Unset = UNSET,
        private_link_id: str | Unset | None = UNSET,
        proxy_agent_id: str | Unset | None = UNSET,
        hybrid_deployment_agent_id: str | Unset | None = UNSET,
        destination_configuration: DestinationConfiguration | JsonObject | Unset | None = UNSET,
        external_secrets_manager_id: str | Unset | None = UNSET,
        external_secrets_keys_config: JsonObject | Unset | None = UNSET,
        allow_masked: bool = False,
        confirm: bool = False,
    ) -> Connection:
        """Change a connection. What is left out stays as it is; None is sent as null.

        Args:
            connection_id: The connection.
            config: Its service's own settings; only those that change.
            auth: Its service's own authorization.
            paused: Whether it is paused.
            pause_after_trial: Whether it pauses when its trial ends.
            sync_frequency: Minutes between two syncs: 1, 5, 15, 30, 60, 120, 180, 360, 480, 720 or 1440.
            daily_sync_time: The full hour of a daily sync, `"HH:00"`; with 1440 alone.
            schedule_type: `auto`, or `manual` for syncs that only calls of the API start.
            data_delay_sensitivity: `LOW`, `NORMAL`, `HIGH`, `CUSTOM` or `SYNC_FREQUENCY`.
            data_delay_threshold: Minutes, with `CUSTOM`.
            schema_status: `ready` or `blocked_on_capture`, for services that mask columns.
            is_historical_sync: True restarts from the beginning, at once, and cancels a sync that runs; it wants
                `confirm=True`.
            run_setup_tests: Whether to run the setup tests, which may take minutes; the API's default is True.
            trust_certificates: Whether to trust the source's certificates unseen.
            trust_fingerprints: Whether to trust the source's SSH fingerprints unseen.
            networking_method: `Directly`, `SshTunnel`, `PrivateLink` or `ProxyAgent`.
            private_link_id: The private link to use.
            proxy_agent_id: The proxy agent to use.
            hybrid_deployment_agent_id: The hybrid deployment agent to use.
            destination_configuration: What it sets of its destination.
            external_secrets_manager_id: Where its secrets are kept.
            external_secrets_keys_config: The names of its secrets there.
            allow_masked: Whether to send `******`, the mask of a secret, as a value.
            confirm: Must be True with `is_historical_sync=True`.

        Returns:
            The connection as it is now. Costs one call, of the setup-test class unless `run_setup_tests=False`;
            it is repeated when its outcome is unknown unless `is_historical_sync=True`.

        Raises:
            ArgumentError: Nothing would change, or something was refused before it was sent.
            ConfirmationError: A historical sync was not confirmed; nothing was sent.
            NotFoundError: There is no such connection.
        """
        check_given(
            nullable=True,
            private_link_id=private_link_id,
            proxy_agent_id=proxy_agent_id,
            hybrid_deployment_agent_id=hybrid_deployment_agent_id,
            external_secrets_manager_id=external_secrets_manager_id,
        )
        check_flags(
            paused=paused,
            pause_after_trial=pause_after_trial,
            is_historical_sync=is_historical_sync,
            run_setup_tests=run_setup_tests,
            trust_certificates=trust_certificates,
            trust_fingerprints=trust_fingerprints,
        )
        check_mappings(config=config, auth=auth)
        check_mappings(
            nullable=True,
            destination_configuration=destination_configuration,
            external_secrets_keys_config=external_secrets_keys_config,
        )
        check_schedule(sync_frequency, daily_sync_time, schedule_type)
        check_choice(data_delay_sensitivity, "data_delay_sensitivity", DataDelaySensitivity)
        check_number(data_delay_threshold, "data_delay_threshold", 0)
        check_networking(networking_method)
        if schema_status == SchemaStatus.BLOCKED_ON_CUSTOMER:
            raise ArgumentError("schema_status can be set to 'ready' or 'blocked_on_capture' alone")
        check_choice(schema_status, "schema_status", SchemaStatus)
        check_unmasked(allow_masked, config=config, auth=auth)
        # Unset is false; nothing else that is no boolean came as far as this.
        restarts = bool(is_historical_sync)
        if restarts:
            confirmed(
                f"connections.update({connection_id!r}, is_historical_sync=True) loads everything anew",
                confirm=confirm,
            )
        body = {
            "config": config,
            "auth": auth,
            "paused": paused,
            "pause_after_trial": pause_after_trial,
            "sync_frequency": sync_frequency,
            "daily_sync_time": daily_sync_time,
            "schedule_type": schedule_type,
            "data_delay_sensitivity": data_delay_sensitivity,
            "data_delay_threshold": data_delay_threshold,
            "schema_status": schema_status,
            "is_historical_sync": is_historical_sync,
            "run_setup_tests": run_setup_tests,
            "trust_certificates": trust_certificates,
            "trust_fingerprints": trust_fingerprints,
            "networking_method": networking_method,
            "private_link_id": private_link_id,
            "proxy_agent_id": proxy_agent_id,
            "hybrid_deployment_agent_id": hybrid_deployment_agent_id,
            "destination_configuration": destination_configuration,
            "external_secrets_manager_id": external_secrets_manager_id,
            "external_secrets_keys_config": external_secrets_keys_config,
        }
        return await self._change(connection_id, body, run_setup_tests, idempotent=not restarts)

    async def delete(self, connection_id: str, *, confirm: bool = False) -> None:
        """Delete a connection; what it has loaded stays in the destination.

        Costs one call.

        Args:
            connection_id: The connection.
            confirm: Must be True: what is deleted cannot be brought back.

        Raises:
            ConfirmationError: `confirm` is not True; nothing was sent.
            NotFoundError: There is no such connection.
        """
        confirmed(f"connections.delete({connection_id!r}) deletes the connection", confirm=confirm)
        return await self._pipeline.call(ops.DELETE_CONNECTION, connection_id)

    async def sync(self, connection_id: str, *, force: bool = False) -> None:
        """Start a sync. The API names no sync; `sync_and_wait` finds its end by looking at the connection.

        Costs one call, repeated when its outcome is unknown unless `force=True`.

        Args:
            connection_id: The connection. One that is paused stays so, and nothing starts.
            force: Whether a sync that runs is stopped and begun again; otherwise it goes on.

        Raises:
            ArgumentError: `force` is no boolean; nothing was sent.
            NotFoundError: There is no such connection.
        """
        check_flags(force=force)
        return await self._pipeline.call(
            ops.SYNC_CONNECTION, connection_id, body={"force": force}, idempotent=not force
        )

    async def pause(self, connection_id: str) -> Connection:
        """Pause a connection. Runs no setup test.

        Args:
            connection_id: The connection.

        Returns:
            The connection as it is now. Costs one call.

        Raises:
            NotFoundError: There is no such connection.
        """
        return await self._change(connection_id, {"paused": True, "run_setup_tests": False}, False)

    async def resume(self, connection_id: str) -> Connection:
        """End the pause of a connection. Runs no setup test.

        Args:
            connection_id: The connection.

        Returns:
            The connection as it is now. Costs one call.

        Raises:
            NotFoundError: There is no such connection.
        """
        return await self._change(connection_id, {"paused": False, "run_setup_tests": False}, False)

    async def set_sync_frequency(
        self,
        connection_id: str,
        minutes: int,
        *,
        schedule_type: str | Unset = UNSET,
        daily_sync_time: str | Unset = UNSET,
    ) -> Connection:
        """Set how often a connection syncs. Runs no setup test.

        Args:
            connection_id: The connection.
            minutes: Minutes between two syncs: 1, 5, 15, 30, 60, 120, 180, 360, 480, 720 or 1440.
            schedule_type: `auto`, or `manual` for syncs that only calls of the API start.
            daily_sync_time: The full hour of a daily sync, `"HH:00"`; with 1440 alone.

        Returns:
            The connection as it is now. Costs one call.

        Raises:
            ArgumentError: A value is not among the allowed ones; nothing was sent.
            NotFoundError: There is no such connection.
        """
        check_schedule(minutes, daily_sync_time, schedule_type, name="minutes")
        body = {
            "sync_frequency": minutes,
            "schedule_type": schedule_type,
            "daily_sync_time": daily_sync_time,
            "run_setup_tests": False,
        }
        return await self._change(connection_id, body, False)

    async def sync_status(self, connection_id: str) -> SyncStatus:
        """Return what the syncs of a connection do, and did last.

        Args:
            connection_id: The connection.

        Returns:
            Its sync status. Costs one call.

        Raises:
            NotFoundError: There is no such connection.
        """
        return (await self.get(connection_id)).sync_status

    async def resync(
        self,
        connection_id: str,
        *,
        scope: Mapping[str, Sequence[str]] | Unset | None = UNSET,
        confirm: bool = False,
    ) -> None:
        """Load a connection's data anew from the beginning.

        Costs one call, which is not repeated when its outcome is unknown.

        Args:
            connection_id: The connection. One that is paused does it when it is resumed.
            scope: By schema, the tables to load anew; left out, everything.
            confirm: Must be True: what is loaded anew replaces what is there, and counts as usage.

        Raises:
            ArgumentError: The scope names nothing; nothing was sent.
            ConfirmationError: `confirm` is not True; nothing was sent.
            BadRequestError: The service cannot load single tables anew.
            ConflictError: A sync runs that does not let it wait.
            NotFoundError: There is no such connection.
        """
        if scope is not UNSET and scope is not None:
            check_scope(scope, "scope")
        confirmed(f"connections.resync({connection_id!r}) loads data anew", confirm=confirm)
        return await self._pipeline.call(ops.RESYNC_CONNECTION, connection_id, body={"scope": scope})

    async def test(
        self,
        connection_id: str,
        *,
        trust_certificates: bool | Unset = UNSET,
        trust_fingerprints: bool | Unset = UNSET,
    ) -> Connection:
        """Run the setup tests of a connection, which may take minutes.

        Args:
            connection_id: The connection.
            trust_certificates: Whether to trust the source's certificates unseen.
            trust_fingerprints: Whether to trust the source's SSH fingerprints unseen.

        Returns:
            The connection, with the results in `setup_tests`. Costs one call of the setup-test class.

        Raises:
            ArgumentError: Something was refused before it was sent.
            NotFoundError: There is no such connection.
        """
        check_flags(trust_certificates=trust_certificates, trust_fingerprints=trust_fingerprints)
        body = {"trust_certificates": trust_certificates, "trust_fingerprints": trust_fingerprints}
        return await self._pipeline.call(ops.RUN_SETUP_TESTS, connection_id, body=body)

    async def state(self, connection_id: str) -> ConnectionState:
        """Return the state of a function or a custom connector: where its next sync goes on.

        Args:
            connection_id: The connection.

        Returns:
            The state. Costs one call.

        Raises:
            BadRequestError: The connection's service keeps no state, or there is none yet.
            NotFoundError: There is no such connection.
        """
        return await self._pipeline.call(ops.CONNECTION_STATE, connection_id)

    async def update_state(self, connection_id: str, *, state: JsonObject | None) -> ConnectionState:
        """Replace the state of a function or a custom connector. The connection must be paused.

        Args:
            connection_id: The connection.
            state: The whole new state; None leaves it as it is.

        Returns:
            The state as it is now. Costs one call.

        Raises:
            ArgumentError: The state is no mapping; nothing was sent.
            BadRequestError: The connection is not paused, or its service keeps no state.
            ConflictError: A sync runs.
            NotFoundError: There is no such connection.
        """
        check_mappings(nullable=True, state=state)
        return await self._pipeline.call(ops.MODIFY_CONNECTION_STATE, connection_id, body={"state": state})

    async def connect_card(
        self, connection_id: str, *, connect_card_config: ConnectCardConfig | JsonObject
    ) -> ConnectCardDetails:
        """Make a connect card: a page on which somebody else enters the credentials of the source.

        Args:
            connection_id: The connection.
            connect_card_config: How it looks; `redirect_uri`, an http or https address, is required.

        Returns:
            The card. Its address grants access for a day. Costs one call, which is not repeated when its outcome is
            unknown.

        Raises:
            ArgumentError: The configuration has no `redirect_uri`, or is none; nothing was sent.
            BadRequestError: The API refuses the configuration.
            NotFoundError: There is no such connection.
        """
        _check_card(connect_card_config)
        return await self._pipeline.call(
            ops.CONNECT_CARD, connection_id, body={"connect_card_config": connect_card_config}
        )

    async def find(self, *, schema: str, group: str | Group | None = None) -> Connection:
        """Return the connection of a name.

        Args:
            schema: Its name, exactly as `Connection.schema` has it: the schema, `schema.table` for services that load
                one table, or the prefix of all schemas, as for databases.
            group: The group it is in, by its id, its name, or as a `Group`; None for any.

        Returns:
            The connection, as lists show it: without `config`. Costs one call; for a group that is given by its name
            another one for every 1,000 groups of the account.

        Raises:
            ArgumentError: The name, or the group, is empty or none; nothing was sent.
            NotFoundError: There is none, or no such group.
            AmbiguousNameError: There are several; the message lists them.
        """
        check_text(schema, "schema")
        if group is not None and not isinstance(group, Group):
            check_text(group, "group")
        found: Sequence[Connection] = await self.list(schema=schema).collect()
        if group is not None and found:
            found = await self._within(found, group)
        return one_of_them(
            found,
            "connection",
            schema,
            operation=ops.LIST_CONNECTIONS,
            shown=lambda item: f"{item.id} ({item.service}, group {item.group_id})",
        )

    async def _within(self, found: Sequence[Connection], group: str | Group) -> Sequence[Connection]:
        if isinstance(group, Group):
            return [item for item in found if item.group_id == group.id]
        inside = [item for item in found if item.group_id == group]
        if inside:
            return inside
        named = await Groups(self._pipeline).find(name=group)
        return [item for item in found if item.group_id == named.id]

    async def _change(
        self,
        connection_id: str,
        body: Mapping[str, Any],
        run_setup_tests: bool | Unset,
        *,
        idempotent: bool = True,
    ) -> Connection:
        return await self._pipeline.call(
            ops.MODIFY_CONNECTION,
            connection_id,
            body=changed(body, besides=NOT_PERSISTENT),
            idempotent=idempotent,
            rate_class=tests_unless_told(run_setup_tests),
        )


def _check_card(config: ConnectCardConfig | JsonObject) -> None:
    check_mappings(connect_card_config=config)
    fields = fields_of(config)
    check_url(fields.get("redirect_uri"), "connect_card_config.redirect_uri")
    check_flags(
        nullable=True,
        **{f"connect_card_config.{name}": fields.get(name) for name in ("hide_setup_guide", "all_fields")},
    )
