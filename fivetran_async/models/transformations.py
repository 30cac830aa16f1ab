"""Transformations: what is made of the data in a destination, and the packages that do it ready-made."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

import attrs

from fivetran_async.models._base import Model, OpenEnum, Timestamp


class TransformationType(OpenEnum):
    """Whose code a transformation runs: a dbt project of your own, or a package of Fivetran's."""

    DBT_CORE = "DBT_CORE"
    QUICKSTART = "QUICKSTART"


class TransformationStatus(OpenEnum):
    """What a transformation does, or how its last run ended."""

    NEW = "NEW"
    SCHEDULING = "SCHEDULING"
    RUNNING = "RUNNING"
    TERMINATING = "TERMINATING"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    BLOCKED = "BLOCKED"
    CANCELED = "CANCELED"
    PARTIALLY_SUCCEEDED = "PARTIALLY_SUCCEEDED"


class TransformationScheduleType(OpenEnum):
    """When a transformation runs: after syncs, at a time of the day, every so many minutes, or by cron."""

    INTEGRATED = "INTEGRATED"
    TIME_OF_DAY = "TIME_OF_DAY"
    INTERVAL = "INTERVAL"
    CRON = "CRON"


class DayOfWeek(OpenEnum):
    """A day of the week."""

    MONDAY = "MONDAY"
    TUESDAY = "TUESDAY"
    WEDNESDAY = "WEDNESDAY"
    THURSDAY = "THURSDAY"
    FRIDAY = "FRIDAY"
    SATURDAY = "SATURDAY"
    SUNDAY = "SUNDAY"


if TYPE_CHECKING:
    AnyTransformationType: TypeAlias = TransformationType | str
    AnyTransformationStatus: TypeAlias = TransformationStatus | str
    AnyTransformationScheduleType: TypeAlias = TransformationScheduleType | str
    AnyDayOfWeek: TypeAlias = DayOfWeek | str
else:
    AnyTransformationType = TransformationType
    AnyTransformationStatus = TransformationStatus
    AnyTransformationScheduleType = TransformationScheduleType
    AnyDayOfWeek = DayOfWeek


@attrs.frozen(kw_only=True)
class TransformationSchedule(Model):
    """When a transformation runs.

    Attributes:
        schedule_type: Which of the others counts.
        cron: Cron lines, for `CRON`.
        interval: Minutes between two runs, for `INTERVAL`.
        time_of_day: The hour or half hour, `"HH:MM"`, for `TIME_OF_DAY`.
        days_of_week: The days, for `TIME_OF_DAY`; none for every day.
        connection_ids: The connections after whose syncs it runs, for `INTEGRATED`; a package knows its own.
        transformation_ids: The transformations after which it runs.
        smart_syncing: Whether syncs wait for what is made of their data.
    """

    schedule_type: AnyTransformationScheduleType | None = None
    cron: tuple[str, ...] = ()
    interval: int | None = None
    time_of_day: str | None = None
    days_of_week: tuple[AnyDayOfWeek, ...] = ()
    connection_ids: tuple[str, ...] = ()
    transformation_ids: tuple[str, ...] = ()
    smart_syncing: bool | None = None


@attrs.frozen(kw_only=True)
class TransformationStep(Model):
    """A step of a dbt transformation.

    Attributes:
        name: Its name.
        command: The dbt command, such as `dbt run`.
    """

    name: str | None = None
    command: str | None = None


@attrs.frozen(kw_only=True)
class TransformationConfig(Model):
    """What a transformation does. Its type decides which fields there are.

    Attributes:
        project_id: The transformation project. For `DBT_CORE`, as are the next two.
        name: Its name.
        steps: What it does, in order.
        package_name: The package. For `QUICKSTART`, as are the next ones.
        connection_ids: The connections whose data it is about.
        excluded_models: The models that are not run.
        upgrade_available: Whether there is a newer version of the package; `upgrade` takes it.
        configurable_variables: The values of the package's variables.
    """

    project_id: str | None = None
    name: str | None = None
    steps: tuple[TransformationStep, ...] = ()
    package_name: str | None = None
    connection_ids: tuple[str, ...] = ()
    excluded_models: tuple[str, ...] = ()
    upgrade_available: bool | None = None
    configurable_variables: Mapping[str, Any] | None = attrs.field(default=None, hash=False)


@attrs.frozen(kw_only=True)
class Transformation(Model):
    """A transformation.

    Attributes:
        id: The transformation.
        type: Whose code it runs.
        status: What it does, or how its last run ended.
        schedule: When it runs.
        paused: Whether it is paused.
        created_at: When it was made.
        created_by_id: The user or the system key that made it.
        last_started_at: When its last run began; None for never.
        last_ended_at: When its last run ended; None for never.
        output_model_names: The models that it makes.
        transformation_config: What it does.
    """

    id: str
    type: AnyTransformationType | None = None
    status: AnyTransformationStatus | None = None
    schedule: TransformationSchedule | None = None
    paused: bool | None = None
    created_at: Timestamp | None = None
    created_by_id: str | None = None
    last_started_at: Timestamp | None = None
    last_ended_at: Timestamp | None = None
    output_model_names: tuple[str, ...] = ()
    transformation_config: TransformationConfig | None = None


@attrs.frozen(kw_only=True)
class TransformationPackage(Model):
    """A ready-made package that a transformation can run.

    Attributes:
        id: The package.
        name: Its name.
        version: Its version.
        connector_types: The connector types whose data it is about.
        output_model_names: The models that it makes.
        configurable_variables: Its variables by name, with their types, descriptions and allowed values.
    """

    id: str
    name: str | None = None
    version: str | None = None
    connector_types: tuple[str, ...] = ()
    output_model_names: tuple[str, ...] = ()
    configurable_variables: Mapping[str, Any] | None = attrs.field(default=None, hash=False)
