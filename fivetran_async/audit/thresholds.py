"""The numbers that rules compare with."""

import math
from typing import Annotated

import attrs
import msgspec

from fivetran_async.errors import ArgumentError

_FromZero = Annotated[float, msgspec.Meta(ge=0)]


@attrs.frozen(kw_only=True)
class Thresholds:
    """What is still fine. A rule reports what is beyond, not what is exactly there.

    Attributes:
        stale_factor: How many times its own sync frequency a connection may go without a success.
        stale_hours: The least number of hours without a success that counts as stale, whatever the frequency.
        paused_days: For how many days a connection or a transformation may be paused.
        historical_sync_days: For how many days a historical sync may run.
        rescheduled_hours: By how many hours a rescheduled sync may be overdue.
        user_idle_days: For how many days a user need not log in.
        never_logged_in_days: How many days a new user may take to log in for the first time.
        invitation_days: How many days an invited user may take to verify the address.
        administrators: How many active users may be administrators of the account.
        key_expiring_days: How many days before it expires a system key should be renewed.
        key_unused_days: For how many days a system key need not be used.
        approval_days: How many days old the approval of a certificate or a fingerprint may be.
    """

    stale_factor: _FromZero = 3.0
    stale_hours: _FromZero = 24.0
    paused_days: _FromZero = 30.0
    historical_sync_days: _FromZero = 7.0
    rescheduled_hours: _FromZero = 1.0
    user_idle_days: _FromZero = 90.0
    never_logged_in_days: _FromZero = 30.0
    invitation_days: _FromZero = 14.0
    administrators: _FromZero = 5
    key_expiring_days: _FromZero = 14.0
    key_unused_days: _FromZero = 90.0
    approval_days: _FromZero = 365.0

    def __attrs_post_init__(self) -> None:
        for field in attrs.fields(type(self)):
            value = getattr(self, field.name)
            if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value < math.inf:
                raise ArgumentError(f"{field.name} must be a finite number from 0, not {value!r}")
