"""Log services: where Fivetran sends the log of a group, or of the account."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

import attrs

from fivetran_async.models._base import Model, OpenEnum
from fivetran_async.models.setup_tests import SetupTest


class LogServiceSetupState(OpenEnum):
    """Whether a log service is set up."""

    CONNECTED = "connected"
    BROKEN = "broken"
    INCOMPLETE = "incomplete"


if TYPE_CHECKING:
    AnyLogServiceSetupState: TypeAlias = LogServiceSetupState | str
else:
    AnyLogServiceSetupState = LogServiceSetupState


@attrs.frozen(kw_only=True)
class LogServiceTask(Model):
    """Something that a person has to do before the log service works.

    Attributes:
        code: What kind of task.
        message: What to do.
        details: More, where there is more.
    """

    code: str | None = None
    message: str | None = None
    details: str | None = None


@attrs.frozen(kw_only=True)
class LogServiceStatus(Model):
    """The state of a log service.

    Attributes:
        setup_state: Whether it is set up.
        tasks: What a person has to do.
    """

    setup_state: AnyLogServiceSetupState | None = None
    tasks: tuple[LogServiceTask, ...] = ()


@attrs.frozen(kw_only=True)
class LogService(Model):
    """Where a log goes.

    Attributes:
        id: The log service. That of a group has the id of the group.
        service: Its type, such as `cloudwatch` or `splunkLog`.
        enabled: Whether the log is sent.
        status: Its state; None while nobody has looked.
        setup_tests: The results of setup tests, where the call ran them.
        config: Its service's own settings; secrets are masked. Not in lists.
    """

    id: str
    service: str
    enabled: bool | None = None
    status: LogServiceStatus | None = None
    setup_tests: tuple[SetupTest, ...] = ()
    config: Mapping[str, Any] | None = attrs.field(default=None, hash=False)


@attrs.frozen(kw_only=True)
class LogServiceTests(Model):
    """The setup tests of a log service.

    Attributes:
        setup_tests: Their results.
    """

    setup_tests: tuple[SetupTest, ...] = ()
