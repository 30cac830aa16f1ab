"""The numbers that rules compare with."""

import math

import attrs

from fivetran_async.errors import ArgumentError


@attrs.frozen(kw_only=True)
class Thresholds:
    """What is still fine. A rule reports what is beyond, not what is exactly there.

    Attributes:
        stale_factor: How many times its own sync frequency a connection may go without a success.
        stale_hours: The least number of hours without a success that counts as stale, whatever the frequency.
        paused_days: For how many days a connection may be paused.
        historical_sync_days: For how many days a historical sync may run.
        rescheduled_hours: By how many hours a rescheduled sync may be overdue.
    """

    stale_factor: float = 3.0
    stale_hours: float = 24.0
    paused_days: float = 30.0
    historical_sync_days: float = 7.0
    rescheduled_hours: float = 1.0

    def __attrs_post_init__(self) -> None:
        for field in attrs.fields(type(self)):
            value = getattr(self, field.name)
            if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value < math.inf:
                raise ArgumentError(f"{field.name} must be a finite number from 0, not {value!r}")
