"""Transformations: what is made of the data in a destination."""

import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, cast

from fivetran_async import operations as ops
from fivetran_async._converter import body_value
from fivetran_async._forks import loading
from fivetran_async._pipeline import changed
from fivetran_async.errors import ArgumentError
from fivetran_async.models.transformations import (
    DayOfWeek,
    Transformation,
    TransformationConfig,
    TransformationPackage,
    TransformationSchedule,
    TransformationScheduleType,
    TransformationType,
)
from fivetran_async.paging import Pager
from fivetran_async.resources._base import (
    Resource,
    check_choice,
    check_filter,
    check_flags,
    check_given,
    check_mappings,
    check_number,
    check_text,
    check_texts,
    fields_of,
)
from fivetran_async.types import UNSET, JsonObject, Unset

if TYPE_CHECKING:
    from fivetran_async.models.waits import TransformationResult

_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d")


class Transformations(Resource):
    """Transformations. API: https://fivetran.com/docs/rest-api/api-reference/transformation-management."""

    def list(
        self,
        *,
        group_id: str | None = None,
        project_id: str | None = None,
        type: str | None = None,
        page_size: int = 1000,
        cursor: str | None = None,
    ) -> Pager[Transformation]:
        """List the transformations of the account.

        Args:
            group_id: Only those of this group.
            project_id: Only those of this transformation project.
            type: Only `DBT_CORE` or `QUICKSTART`.
            page_size: How many items to ask for at once, from 1 to 1000.
            cursor: Where to begin, from an earlier page's `next_cursor`.

        Returns:
            A pager. Costs one call a page.
        """
        check_filter(group_id, "group_id")
        check_filter(project_id, "project_id")
        check_choice(type, "type", TransformationType)
        return self._pager(
            ops.TRANSFORMATIONS_LIST,
            query={"group_id": group_id, "project_id": project_id, "type": type},
            page_size=page_size,
            cursor=cursor,
        )

    async def get(self, transformation_id: str) -> Transformation:
        """Return a transformation.

        Args:
            transformation_id: The transformation.

        Returns:
            The transformation. Costs one call.

        Raises:
            NotFoundError: There is no such transformation.
        """
        return await self._pipeline.call(ops.TRANSFORMATION_DETAILS, transformation_id)

    async def create(
        self,
        *,
        type: str,
        transformation_config: TransformationConfig | JsonObject,
        schedule: TransformationSchedule | JsonObject | Unset = UNSET,
        paused: bool | Unset = UNSET,
    ) -> Transformation:
        """Make a transformation.

        Args:
            type: `DBT_CORE` for a dbt project of your own, `QUICKSTART` for a package of Fivetran's.
            transformation_config: What it does: `project_id`, `name` and `steps` for `DBT_CORE`; `package_name` or
                `connection_ids`, `excluded_models` and `configurable_variables` for `QUICKSTART`.
            schedule: When it runs.
            paused: Whether it begins paused.

        Returns:
            The new transformation. Costs one call, which is not repeated when its outcome is unknown.

        Raises:
            ArgumentError: Something was refused before it was sent.
            BadRequestError: The API refuses the settings.
        """
        check_text(type, "type")
        check_choice(type, "type", TransformationType)
        _check_settings(transformation_config, paused)
        return await self._pipeline.call(
            ops.CREATE_TRANSFORMATION,
            body={
                "type": type,
                "transformation_config": transformation_config,
                "schedule": _checked_schedule(schedule),
                "paused": paused,
            },
        )

    async def update(
        self,
        transformation_id: str,
        *,
        transformation_config: TransformationConfig | JsonObject | Unset = UNSET,
        schedule: TransformationSchedule | JsonObject | Unset = UNSET,
        paused: bool | Unset = UNSET,
    ) -> Transformation:
        """Change a transformation. What is left out stays as it is.

        Args:
            transformation_id: The transformation.
            transformation_config: What changes of `project_id`, `name` and `steps` for `DBT_CORE`, of
                `excluded_models` and `configurable_variables` for `QUICKSTART`. A model's empty list is left out; to
                send one, pass a mapping.
            schedule: When it runs.
            paused: Whether it is paused.

        Returns:
            The transformation as it is now. Costs one call.

        Raises:
            ArgumentError: Nothing would change, or something was refused before it was sent.
            BadRequestError: The API refuses the settings.
            NotFoundError: There is no such transformation.
        """
        _check_settings(transformation_config, paused)
        body = {
            "transformation_config": transformation_config,
            "schedule": _checked_schedule(schedule),
            "paused": paused,
        }
        return await self._pipeline.call(ops.UPDATE_TRANSFORMATION, transformation_id, body=changed(body))

    async def delete(self, transformation_id: str) -> None:
        """Delete a transformation. What it has made stays in the destination.

        Costs one call.

        Args:
            transformation_id: The transformation.

        Raises:
            NotFoundError: There is no such transformation.
        """
        return await self._pipeline.call(ops.DELETE_TRANSFORMATION, transformation_id)

    async def run(self, transformation_id: str, *, full_refresh: bool | Unset = UNSET) -> None:
        """Start a run of a transformation; `get` tells when it has ended, `run_and_wait` waits for it.

        Costs one call, which is not repeated when its outcome is unknown.

        Args:
            transformation_id: The transformation.
            full_refresh: Whether incremental models are built anew from the beginning.

        Raises:
            ArgumentError: `full_refresh` is no boolean; nothing was sent.
            NotFoundError: There is no such transformation.
        """
        check_flags(full_refresh=full_refresh)
        return await self._pipeline.call(ops.RUN_TRANSFORMATION, transformation_id, body={"full_refresh": full_refresh})

    async def run_and_wait(
        self,
        transformation_id: str,
        *,
        full_refresh: bool | Unset = UNSET,
        timeout: float | None = None,
        check: bool = True,
        poll_interval: float | None = None,
        on_poll: Callable[[Transformation], object] | None = None,
    ) -> "TransformationResult":
        """Start a run of a transformation and wait for its end; that of the run that goes on already counts.

        Args:
            transformation_id: The transformation.
            full_refresh: Whether incremental models are built anew from the beginning.
            timeout: How long all of it may take, in seconds; None for no bound.
            check: Whether what is no success raises; otherwise the result's `status` tells.
            poll_interval: Seconds between two looks; None for 5 at first, growing to 60. They are further apart where
                the calls that are left of the hour want it.
            on_poll: Called with the transformation at each look, on the event loop: it must return quickly.

        Returns:
            How it ended. Costs one call for the state before, one for the run, and the looks, which all waits of a
            client share.

        Raises:
            TransformationFailedError: The run failed, wholly or in part, was cancelled, or is blocked.
            TransformationTimeoutError: It did not end in time.
            ArgumentError: An argument cannot be used; nothing was sent.
            NotFoundError: There is no such transformation, or it was deleted meanwhile.
        """
        with loading():
            from fivetran_async import waiting

        check_flags(full_refresh=full_refresh)
        check_flags(check=check)
        patience = waiting.Patience(timeout=timeout, poll_interval=poll_interval, on_poll=on_poll)
        result = await waiting.run_and_wait(self._pipeline, transformation_id, patience, {"full_refresh": full_refresh})
        return result.check() if check else result

    async def cancel(self, transformation_id: str) -> None:
        """Stop the run of a transformation.

        Costs one call, which is not repeated when its outcome is unknown.

        Args:
            transformation_id: The transformation.

        Raises:
            NotFoundError: There is no such transformation.
        """
        return await self._pipeline.call(ops.CANCEL_TRANSFORMATION, transformation_id)

    async def upgrade(self, transformation_id: str) -> None:
        """Make a transformation run the newest version of its package.

        Costs one call, which is not repeated when its outcome is unknown.

        Args:
            transformation_id: The transformation.

        Raises:
            NotFoundError: There is no such transformation.
        """
        return await self._pipeline.call(ops.UPGRADE_TRANSFORMATION_PACKAGE, transformation_id)

    def list_package_metadata(
        self,
        *,
        service: str | None = None,
        name: str | None = None,
        page_size: int = 1000,
        cursor: str | None = None,
    ) -> Pager[TransformationPackage]:
        """List the ready-made packages.

        Args:
            service: Only those for the data of this connector type.
            name: Only those of this name.
            page_size: How many items to ask for at once, from 1 to 1000.
            cursor: Where to begin, from an earlier page's `next_cursor`.

        Returns:
            A pager. Costs one call a page.
        """
        check_filter(service, "service")
        check_filter(name, "name")
        return self._pager(
            ops.TRANSFORMATION_PACKAGE_METADATA_LIST,
            query={"service": service, "name": name},
            page_size=page_size,
            cursor=cursor,
        )

    async def get_package_metadata(self, package_definition_id: str) -> TransformationPackage:
        """Return a ready-made package.

        Args:
            package_definition_id: The package.

        Returns:
            The package. Costs one call.

        Raises:
            NotFoundError: There is no such package.
        """
        return await self._pipeline.call(ops.TRANSFORMATION_PACKAGE_METADATA_DETAILS, package_definition_id)


def _check_settings(config: Any, paused: Any) -> None:
    check_flags(paused=paused)
    if config is not UNSET:
        check_mappings(transformation_config=config)
        check_given(nullable=True, **{"transformation_config.project_id": fields_of(config).get("project_id")})


def _checked_schedule(schedule: Any) -> Any:
    """Return the schedule of a body; an unset one as it is.

    Raises:
        ArgumentError: It is no schedule, or something in it is out of bounds; the message names it.
    """
    if schedule is UNSET:
        return schedule
    fields = schedule
    if isinstance(schedule, TransformationSchedule):
        fields = body_value(schedule, "schedule")
        if schedule.schedule_type == "TIME_OF_DAY":
            # No day of a model means every day, which has to be said in place of the days that were.
            fields.setdefault("days_of_week", [])
    if not isinstance(fields, Mapping):
        raise ArgumentError(f"schedule must be a TransformationSchedule or a mapping, not {type(schedule).__name__}")
    _check_schedule(cast("Mapping[str, Any]", fields))
    return fields  # pyright: ignore[reportUnknownVariableType]


def _check_schedule(fields: Mapping[str, Any]) -> None:
    check_text(fields.get("schedule_type"), "schedule.schedule_type")
    check_choice(fields["schedule_type"], "schedule.schedule_type", TransformationScheduleType)
    check_number(fields.get("interval"), "schedule.interval", 1)
    at = fields.get("time_of_day", UNSET)
    if at is not UNSET and at is not None and not (isinstance(at, str) and _TIME.fullmatch(at)):
        raise ArgumentError(f"schedule.time_of_day must be from '00:00' to '23:59', not {at!r}")
    for name in ("cron", "days_of_week", "connection_ids", "transformation_ids"):
        items = fields.get(name)
        if items not in (None, UNSET, [], ()):
            check_texts(items, f"schedule.{name}")
    for day in fields.get("days_of_week") or ():
        check_choice(day, "schedule.days_of_week", DayOfWeek)
