"""Destinations: where a group's data is written."""

from functools import cached_property

from fivetran_async import operations as ops
from fivetran_async._forks import loading
from fivetran_async._pipeline import changed, confirmed
from fivetran_async.models.destinations import Destination
from fivetran_async.paging import Pager
from fivetran_async.resources._base import (
    NOT_PERSISTENT,
    Resource,
    check_flags,
    check_given,
    check_mappings,
    check_networking,
    check_offset,
    check_text,
    check_unmasked,
    tests_unless_told,
)
from fivetran_async.resources.certificates import (
    DESTINATION_CERTIFICATES,
    DESTINATION_FINGERPRINTS,
    Certificates,
    Fingerprints,
)
from fivetran_async.types import UNSET, JsonObject, Unset


class Destinations(Resource):
    """Destinations. API: https://fivetran.com/docs/rest-api/api-reference/destinations."""

    @cached_property
    def certificates(self) -> Certificates:
        """The certificates that a destination trusts."""
        return Certificates(self._pipeline, DESTINATION_CERTIFICATES)

    @cached_property
    def fingerprints(self) -> Fingerprints:
        """The SSH fingerprints that a destination trusts."""
        return Fingerprints(self._pipeline, DESTINATION_FINGERPRINTS)

    def list(self, *, page_size: int = 1000, cursor: str | None = None) -> Pager[Destination]:
        """List all destinations of the account.

        Args:
            page_size: How many items to ask for at once, from 1 to 1000.
            cursor: Where to begin, from an earlier page's `next_cursor`.

        Returns:
            A pager. Costs one call a page.
        """
        return self._pager(ops.LIST_DESTINATIONS, page_size=page_size, cursor=cursor)

    async def get(self, destination_id: str) -> Destination:
        """Return a destination with its service's settings.

        Args:
            destination_id: The destination; it is also the id of its group.

        Returns:
            The destination. Costs one call.

        Raises:
            NotFoundError: There is no such destination, or the group has none.
        """
        return await self._pipeline.call(ops.DESTINATION_DETAILS, destination_id)

    async def create(
        self,
        *,
        group_id: str,
        service: str,
        time_zone_offset: str,
        region: str | Unset = UNSET,
        config: JsonObject | Unset = UNSET,
        daylight_saving_time_enabled: bool | Unset = UNSET,
        run_setup_tests: bool | Unset = UNSET,
        trust_certificates: bool | Unset = UNSET,
        trust_fingerprints: bool | Unset = UNSET,
        networking_method: str | Unset = UNSET,
        private_link_id: str | Unset = UNSET,
        proxy_agent_id: str | Unset = UNSET,
        hybrid_deployment_agent_id: str | Unset = UNSET,
        external_secrets_manager_id: str | Unset = UNSET,
        external_secrets_keys_config: JsonObject | Unset = UNSET,
        allow_masked: bool = False,
    ) -> Destination:
        """Make the destination of a group; a group has one at most.

        Args:
            group_id: The group; its id becomes the destination's.
            service: Its type, such as `snowflake`.
            time_zone_offset: The offset from UTC in hours, from `"-11"` to `"+12"`, signed when positive, or `"0"`.
            region: Where Fivetran processes its data, such as `GCP_US_EAST4`.
            config: Its service's own settings.
            daylight_saving_time_enabled: Whether the offset follows daylight saving time.
            run_setup_tests: Whether to run the setup tests, which may take minutes; the API's default is True.
            trust_certificates: Whether to trust the destination's certificates unseen.
            trust_fingerprints: Whether to trust the destination's SSH fingerprints unseen.
            networking_method: `Directly`, `SshTunnel`, `PrivateLink` or `ProxyAgent`.
            private_link_id: The private link to use.
            proxy_agent_id: The proxy agent to use.
            hybrid_deployment_agent_id: The hybrid deployment agent to use.
            external_secrets_manager_id: Where its secrets are kept.
            external_secrets_keys_config: The names of its secrets there.
            allow_masked: Whether to send `******`, the mask of a secret, as a value.

        Returns:
            The new destination, with the results of its setup tests. Costs one call, of the setup-test class unless
            `run_setup_tests=False`; it is not repeated when its outcome is unknown.

        Raises:
            ArgumentError: Something was refused before it was sent.
            BadRequestError: The API refuses the settings.
            NotFoundError: There is no such group.
        """
        check_text(group_id, "group_id")
        check_text(service, "service")
        check_given(
            region=region,
            private_link_id=private_link_id,
            proxy_agent_id=proxy_agent_id,
            hybrid_deployment_agent_id=hybrid_deployment_agent_id,
            external_secrets_manager_id=external_secrets_manager_id,
        )
        check_flags(
            daylight_saving_time_enabled=daylight_saving_time_enabled,
            run_setup_tests=run_setup_tests,
            trust_certificates=trust_certificates,
            trust_fingerprints=trust_fingerprints,
        )
        check_mappings(config=config, external_secrets_keys_config=external_secrets_keys_config)
        check_offset(time_zone_offset, "time_zone_offset")
        check_networking(networking_method)
        check_unmasked(allow_masked, config=config)
        return await self._pipeline.call(
            ops.CREATE_DESTINATION,
            rate_class=tests_unless_told(run_setup_tests),
            body={
                "group_id": group_id,
                "service": service,
                "region": region,
                "time_zone_offset": time_zone_offset,
                "config": config,
                "daylight_saving_time_enabled": daylight_saving_time_enabled,
                "run_setup_tests": run_setup_tests,
                "trust_certificates": trust_certificates,
                "trust_fingerprints": trust_fingerprints,
                "networking_method": networking_method,
                "private_link_id": private_link_id,
                "proxy_agent_id": proxy_agent_id,
                "hybrid_deployment_agent_id": hybrid_deployment_agent_id,
                "external_secrets_manager_id": external_secrets_manager_id,
                "external_secrets_keys_config": external_secrets_keys_config,
            },
        )

    async def update(
        self,
        destination_id: str,
        *,
        time_zone_offset: str | Unset = UNSET,
        region: str | Unset = UNSET,
        config: JsonObject | Unset = UNSET,
        daylight_saving_time_enabled: bool | Unset = UNSET,
        run_setup_tests: bool | Unset = UNSET,
        trust_certificates: bool | Unset = UNSET,
        trust_fingerprints: bool | Unset = UNSET,
        networking_method: str | Unset = UNSET,
        private_link_id: str | Unset | None = UNSET,
        proxy_agent_id: str | Unset | None = UNSET,
        hybrid_deployment_agent_id: str | Unset | None = UNSET,
        external_secrets_manager_id: str | Unset | None = UNSET,
        external_secrets_keys_config: JsonObject | Unset | None = UNSET,
        allow_masked: bool = False,
    ) -> Destination:
        """Change a destination. What is left out stays as it is; None is sent as null.

        Args:
            destination_id: The destination.
            time_zone_offset: The offset from UTC in hours, from `"-11"` to `"+12"`, signed when positive, or `"0"`.
                The API's definition lists it as required even here; it is sent when it is given.
            region: Where Fivetran processes its data, such as `GCP_US_EAST4`.
            config: Its service's own settings; only those that change.
            daylight_saving_time_enabled: Whether the offset follows daylight saving time.
            run_setup_tests: Whether to run the setup tests, which may take minutes; the API's default is True.
            trust_certificates: Whether to trust the destination's certificates unseen.
            trust_fingerprints: Whether to trust the destination's SSH fingerprints unseen.
            networking_method: `Directly`, `SshTunnel`, `PrivateLink` or `ProxyAgent`.
            private_link_id: The private link to use.
            proxy_agent_id: The proxy agent to use.
            hybrid_deployment_agent_id: The hybrid deployment agent to use.
            external_secrets_manager_id: Where its secrets are kept.
            external_secrets_keys_config: The names of its secrets there.
            allow_masked: Whether to send `******`, the mask of a secret, as a value.

        Returns:
            The destination as it is now. Costs one call, of the setup-test class unless `run_setup_tests=False`.

        Raises:
            ArgumentError: Nothing would change, or something was refused before it was sent.
            NotFoundError: There is no such destination.
        """
        check_given(region=region)
        check_given(
            nullable=True,
            private_link_id=private_link_id,
            proxy_agent_id=proxy_agent_id,
            hybrid_deployment_agent_id=hybrid_deployment_agent_id,
            external_secrets_manager_id=external_secrets_manager_id,
        )
        check_flags(
            daylight_saving_time_enabled=daylight_saving_time_enabled,
            run_setup_tests=run_setup_tests,
            trust_certificates=trust_certificates,
            trust_fingerprints=trust_fingerprints,
        )
        check_mappings(config=config)
        check_mappings(nullable=True, external_secrets_keys_config=external_secrets_keys_config)
        check_offset(time_zone_offset, "time_zone_offset")
        check_networking(networking_method)
        check_unmasked(allow_masked, config=config)
        body = {
            "region": region,
            "time_zone_offset": time_zone_offset,
            "config": config,
            "daylight_saving_time_enabled": daylight_saving_time_enabled,
            "run_setup_tests": run_setup_tests,
            "trust_certificates": trust_certificates,
            "trust_fingerprints": trust_fingerprints,
            "networking_method": networking_method,
            "private_link_id": private_link_id,
            "proxy_agent_id": proxy_agent_id,
            "hybrid_deployment_agent_id": hybrid_deployment_agent_id,
            "external_secrets_manager_id": external_secrets_manager_id,
            "external_secrets_keys_config": external_secrets_keys_config,
        }
        return await self._pipeline.call(
            ops.MODIFY_DESTINATION,
            destination_id,
            body=changed(body, besides=NOT_PERSISTENT),
            rate_class=tests_unless_told(run_setup_tests),
        )

    async def delete(self, destination_id: str, *, confirm: bool = False) -> None:
        """Delete a destination; what was loaded into it stays.

        Costs one call.

        Args:
            destination_id: The destination.
            confirm: Must be True: what is deleted cannot be brought back.

        Raises:
            ConfirmationError: `confirm` is not True; nothing was sent.
            ConflictError: Connections still load into it.
            NotFoundError: There is no such destination.
        """
        confirmed(f"destinations.delete({destination_id!r}) deletes the destination", confirm=confirm)
        return await self._pipeline.call(ops.DELETE_DESTINATION, destination_id)

    async def test(
        self,
        destination_id: str,
        *,
        trust_certificates: bool | Unset = UNSET,
        trust_fingerprints: bool | Unset = UNSET,
    ) -> Destination:
        """Run the setup tests of a destination, which may take minutes.

        Args:
            destination_id: The destination.
            trust_certificates: Whether to trust the destination's certificates unseen.
            trust_fingerprints: Whether to trust the destination's SSH fingerprints unseen.

        Returns:
            The destination, with the results in `setup_tests`. Costs one call of the setup-test class.

        Raises:
            ArgumentError: Something was refused before it was sent.
            NotFoundError: There is no such destination.
        """
        check_flags(trust_certificates=trust_certificates, trust_fingerprints=trust_fingerprints)
        body = {"trust_certificates": trust_certificates, "trust_fingerprints": trust_fingerprints}
        return await self._pipeline.call(ops.RUN_DESTINATION_SETUP_TESTS, destination_id, body=body)

    async def test_and_wait(
        self,
        destination_id: str,
        *,
        trust_certificates: bool | Unset = UNSET,
        trust_fingerprints: bool | Unset = UNSET,
        timeout: float | None = None,
        check: bool = True,
        poll_interval: float | None = None,
    ) -> Destination:
        """Run the setup tests of a destination until they are answered, however long that takes.

        Tests whose answer was lost are run again.

        Args:
            destination_id: The destination.
            trust_certificates: Whether to trust the destination's certificates unseen.
            trust_fingerprints: Whether to trust the destination's SSH fingerprints unseen.
            timeout: How long all of it may take, in seconds; one attempt may then be silent for as long. None for no
                bound, and the client's own for one attempt.
            check: Whether tests that failed raise.
            poll_interval: Seconds until tests are run again; None for 5 at first, growing to 60.

        Returns:
            The destination, with the results in `setup_tests`. Costs one call of the setup-test class, and another
            one each time the answer was lost.

        Raises:
            SetupTestsFailedError: Tests failed; the message lists them.
            DeadlineExceededError: They were not answered in time.
            ArgumentError: An argument cannot be used; nothing was sent.
            NotFoundError: There is no such destination.
        """
        with loading():
            from fivetran_async import waiting

        check_flags(trust_certificates=trust_certificates, trust_fingerprints=trust_fingerprints)
        check_flags(check=check)
        body = {"trust_certificates": trust_certificates, "trust_fingerprints": trust_fingerprints}
        patience = waiting.Patience(timeout=timeout, poll_interval=poll_interval)
        return await waiting.test_and_wait(
            self._pipeline, ops.RUN_DESTINATION_SETUP_TESTS, destination_id, patience, body, check=check
        )
