"""Log services: where Fivetran sends the log of a group, or of the account."""

from fivetran_async import operations as ops
from fivetran_async._pipeline import changed
from fivetran_async.models.log_services import LogService, LogServiceTests
from fivetran_async.operation import RateClass
from fivetran_async.paging import Pager
from fivetran_async.resources._base import (
    NOT_PERSISTENT,
    Resource,
    check_flags,
    check_mappings,
    check_text,
    check_unmasked,
)
from fivetran_async.types import UNSET, JsonObject, Unset


class LogServices(Resource):
    """Log services. API: https://fivetran.com/docs/rest-api/api-reference/log-service-management.

    Those of groups go by their ids. The account has at most one, whose methods end in `_account`.
    """

    def list(self, *, page_size: int = 1000, cursor: str | None = None) -> Pager[LogService]:
        """List the log services of all groups.

        Args:
            page_size: How many items to ask for at once, from 1 to 1000.
            cursor: Where to begin, from an earlier page's `next_cursor`.

        Returns:
            A pager. Costs one call a page. The items carry no `config`.
        """
        return self._pager(ops.LIST_LOG_SERVICES, page_size=page_size, cursor=cursor)

    async def get(self, log_id: str) -> LogService:
        """Return the log service of a group.

        Args:
            log_id: The log service.

        Returns:
            The log service. Costs one call.

        Raises:
            NotFoundError: There is no such log service.
        """
        return await self._pipeline.call(ops.GET_LOG_SERVICE_DETAILS, log_id)

    async def create(
        self,
        *,
        group_id: str,
        service: str,
        config: JsonObject | Unset = UNSET,
        enabled: bool | Unset = UNSET,
        run_setup_tests: bool | Unset = UNSET,
        allow_masked: bool = False,
    ) -> LogService:
        """Make a log service for a group.

        Args:
            group_id: The group whose log goes there.
            service: Its type, such as `cloudwatch` or `splunkLog`.
            config: Its service's own settings.
            enabled: Whether the log is sent; the API's default is True.
            run_setup_tests: Whether to run the setup tests, which may take minutes; the API's default is False.
            allow_masked: Whether to send `******`, the mask of a secret, as a value.

        Returns:
            The new log service, with the results of its setup tests. Costs one call, of the setup-test class with
            `run_setup_tests=True`; it is not repeated when its outcome is unknown.

        Raises:
            ArgumentError: Something was refused before it was sent.
            BadRequestError: The API refuses the settings.
            NotFoundError: There is no such group.
        """
        check_text(group_id, "group_id")
        check_text(service, "service")
        _check_settings(config, enabled, run_setup_tests, allow_masked)
        return await self._pipeline.call(
            ops.ADD_LOG_SERVICE,
            rate_class=_rate_class(run_setup_tests),
            body={
                "group_id": group_id,
                "service": service,
                "enabled": enabled,
                "config": config,
                "run_setup_tests": run_setup_tests,
            },
        )

    async def update(
        self,
        log_id: str,
        *,
        config: JsonObject | Unset = UNSET,
        enabled: bool | Unset = UNSET,
        run_setup_tests: bool | Unset = UNSET,
        allow_masked: bool = False,
    ) -> LogService:
        """Change the log service of a group. What is left out stays as it is.

        Args:
            log_id: The log service.
            config: Its service's own settings; only those that change.
            enabled: Whether the log is sent.
            run_setup_tests: Whether to run the setup tests, which may take minutes; the API's default is False.
            allow_masked: Whether to send `******`, the mask of a secret, as a value.

        Returns:
            The log service as it is now. Costs one call, of the setup-test class with `run_setup_tests=True`.

        Raises:
            ArgumentError: Nothing would change, or something was refused before it was sent.
            BadRequestError: The API refuses the settings.
            NotFoundError: There is no such log service.
        """
        _check_settings(config, enabled, run_setup_tests, allow_masked)
        body = {"enabled": enabled, "config": config, "run_setup_tests": run_setup_tests}
        return await self._pipeline.call(
            ops.UPDATE_LOG_SERVICE,
            log_id,
            body=changed(body, besides=NOT_PERSISTENT),
            rate_class=_rate_class(run_setup_tests),
        )

    async def delete(self, log_id: str) -> None:
        """Delete the log service of a group. What was sent there stays.

        Costs one call.

        Args:
            log_id: The log service.

        Raises:
            NotFoundError: There is no such log service.
        """
        return await self._pipeline.call(ops.DELETE_LOG_SERVICE, log_id)

    async def test(self, log_id: str) -> LogServiceTests:
        """Run the setup tests of the log service of a group.

        Args:
            log_id: The log service.

        Returns:
            Their results. Costs one call, of the setup-test class; it may take minutes.

        Raises:
            NotFoundError: There is no such log service.
        """
        return await self._pipeline.call(ops.RUN_SETUP_TESTS_LOG_SERVICE, log_id)

    async def get_account(self) -> LogService:
        """Return the log service of the account.

        Returns:
            The log service. Costs one call.

        Raises:
            NotFoundError: The account has none.
        """
        return await self._pipeline.call(ops.GET_ACCOUNT_LOG_SERVICE_DETAILS)

    async def create_account(
        self,
        *,
        service: str,
        config: JsonObject | Unset = UNSET,
        enabled: bool | Unset = UNSET,
        run_setup_tests: bool | Unset = UNSET,
        allow_masked: bool = False,
    ) -> LogService:
        """Make a log service for the account.

        Args:
            service: Its type, such as `cloudwatch` or `splunkLog`.
            config: Its service's own settings.
            enabled: Whether the log is sent; the API's default is True.
            run_setup_tests: Whether to run the setup tests, which may take minutes; the API's default is False.
            allow_masked: Whether to send `******`, the mask of a secret, as a value.

        Returns:
            The new log service, with the results of its setup tests. Costs one call, of the setup-test class with
            `run_setup_tests=True`; it is not repeated when its outcome is unknown.

        Raises:
            ArgumentError: Something was refused before it was sent.
            BadRequestError: The API refuses the settings.
        """
        check_text(service, "service")
        _check_settings(config, enabled, run_setup_tests, allow_masked)
        return await self._pipeline.call(
            ops.ADD_ACCOUNT_LOG_SERVICE,
            rate_class=_rate_class(run_setup_tests),
            body={"service": service, "enabled": enabled, "config": config, "run_setup_tests": run_setup_tests},
        )

    async def update_account(
        self,
        *,
        config: JsonObject | Unset = UNSET,
        enabled: bool | Unset = UNSET,
        run_setup_tests: bool | Unset = UNSET,
        allow_masked: bool = False,
    ) -> LogService:
        """Change the log service of the account. What is left out stays as it is.

        Args:
            config: Its service's own settings; only those that change.
            enabled: Whether the log is sent.
            run_setup_tests: Whether to run the setup tests, which may take minutes; the API's default is False.
            allow_masked: Whether to send `******`, the mask of a secret, as a value.

        Returns:
            The log service as it is now. Costs one call, of the setup-test class with `run_setup_tests=True`.

        Raises:
            ArgumentError: Nothing would change, or something was refused before it was sent.
            BadRequestError: The API refuses the settings.
            NotFoundError: The account has none.
        """
        _check_settings(config, enabled, run_setup_tests, allow_masked)
        body = {"enabled": enabled, "config": config, "run_setup_tests": run_setup_tests}
        return await self._pipeline.call(
            ops.UPDATE_ACCOUNT_LOG_SERVICE,
            body=changed(body, besides=NOT_PERSISTENT),
            rate_class=_rate_class(run_setup_tests),
        )

    async def delete_account(self) -> None:
        """Delete the log service of the account. What was sent there stays.

        Costs one call.

        Raises:
            NotFoundError: The account has none.
        """
        return await self._pipeline.call(ops.DELETE_ACCOUNT_LOG_SERVICE)

    async def test_account(self) -> LogServiceTests:
        """Run the setup tests of the log service of the account.

        Returns:
            Their results. Costs one call, of the setup-test class; it may take minutes.

        Raises:
            NotFoundError: The account has none.
        """
        return await self._pipeline.call(ops.RUN_SETUP_TESTS_ACCOUNT_LOG_SERVICE)


def _rate_class(run_setup_tests: bool | Unset) -> RateClass:
    # Unset is false, as the API's default is.
    return RateClass.SETUP_TESTS if run_setup_tests else RateClass.ALL


def _check_settings(
    config: JsonObject | Unset, enabled: bool | Unset, run_setup_tests: bool | Unset, allow_masked: bool
) -> None:
    check_mappings(config=config)
    check_flags(enabled=enabled, run_setup_tests=run_setup_tests)
    check_unmasked(allow_masked, config=config)
