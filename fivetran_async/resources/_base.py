"""What the resources share: the pipeline, and checks of arguments that the API would refuse."""

import re
from typing import Any

from fivetran_async._pipeline import Pipeline
from fivetran_async.errors import ArgumentError
from fivetran_async.types import UNSET

SYNC_FREQUENCIES = (1, 5, 15, 30, 60, 120, 180, 360, 480, 720, 1440)
"""The allowed minutes between two syncs."""

SCHEDULE_TYPES = ("auto", "manual")
"""Who starts syncs."""

DAILY = 1440

_HOUR = re.compile(r"([01]\d|2[0-3]):00")


class Resource:
    """A group of operations."""

    def __init__(self, pipeline: Pipeline) -> None:
        self._pipeline = pipeline


def check_schedule(sync_frequency: Any, daily_sync_time: Any, schedule_type: Any) -> None:
    """Check what makes up a schedule; unset ones pass.

    Raises:
        ArgumentError: One of them is not among the allowed values; the message names it and them.
    """
    whole = isinstance(sync_frequency, int) and not isinstance(sync_frequency, bool)
    if sync_frequency is not UNSET and not (whole and sync_frequency in SYNC_FREQUENCIES):
        allowed = ", ".join(map(str, SYNC_FREQUENCIES))
        raise ArgumentError(f"sync_frequency must be one of {allowed} minutes, not {sync_frequency!r}")
    if schedule_type is not UNSET and schedule_type not in SCHEDULE_TYPES:
        raise ArgumentError(f"schedule_type must be 'auto' or 'manual', not {schedule_type!r}")
    if daily_sync_time is UNSET or daily_sync_time is None:
        return
    if not isinstance(daily_sync_time, str) or not _HOUR.fullmatch(daily_sync_time):
        raise ArgumentError(f"daily_sync_time must be a full hour from '00:00' to '23:00', not {daily_sync_time!r}")
    if sync_frequency is not UNSET and sync_frequency != DAILY:
        raise ArgumentError(f"daily_sync_time goes with sync_frequency={DAILY} alone, not with {sync_frequency!r}")


def check_filter(value: Any, name: str) -> None:
    """Check an id to filter by; None passes. An empty one would list everything.

    Raises:
        ArgumentError: It is empty or no text.
    """
    if value is not None:
        check_text(value, name)


def check_text(value: Any, name: str) -> None:
    """Check a required text.

    Raises:
        ArgumentError: It is empty or no text.
    """
    if not isinstance(value, str) or not value.strip():
        raise ArgumentError(f"{name} must be a text that is not empty, not {value!r}")
