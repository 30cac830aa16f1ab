"""The result of a setup test, of a connection or a destination."""

from typing import TYPE_CHECKING, Any, TypeAlias

import attrs

from fivetran_async.models._base import Model, OpenEnum


class SetupTestStatus(OpenEnum):
    """How a setup test ended."""

    PASSED = "PASSED"
    SKIPPED = "SKIPPED"
    WARNING = "WARNING"
    FAILED = "FAILED"
    JOB_FAILED = "JOB_FAILED"


if TYPE_CHECKING:
    AnySetupTestStatus: TypeAlias = SetupTestStatus | str
else:
    AnySetupTestStatus = SetupTestStatus


@attrs.frozen(kw_only=True)
class SetupTest(Model):
    """One setup test.

    Attributes:
        title: What was tested.
        status: How it ended.
        message: Why.
        details: Anything the service adds, of any JSON type.
    """

    title: str | None = None
    status: AnySetupTestStatus | None = None
    message: str | None = None
    details: Any = attrs.field(default=None, hash=False)
