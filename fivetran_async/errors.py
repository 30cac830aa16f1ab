"""Everything that can go wrong, in one tree.

```
FivetranError                    .attempts: what each attempt of the call met
|- ConfigError                   credentials, base URL or another setting cannot be used
|- ArgumentError (ValueError)    an argument was refused before anything was sent
|  |- AmbiguousNameError         a name that several objects have; .candidates: their ids
|  |- ConfirmationError          a call that destroys data wants confirm=True
|  |- DesiredStateError          a desired schema state cannot be used; .problems, each with its place
|  `- ReadOnlyError              the client was made with read_only=True
|- ClosedError                   the client is closed
|- WrongLoopError                the client belongs to another event loop
|- TransportError                no complete reply; .sent: True, False, or None when unknown
|  |- ConnectError               nobody answered at .host and .port
|  |- BudgetUnavailableError     what processes share of the account cannot be reached; nothing was sent
|  |- TimedOutError              the time for one attempt ran out
|  `- DeadlineExceededError      the time for a whole call, list or map ran out
|- ApiError                      the API answered with an error status
|  |- BadRequestError            400
|  |- UnauthorizedError          401
|  |- ForbiddenError             403
|  |- NotFoundError              404
|  |- ConflictError              409
|  |- RateLimitedError           429, .retry_after in seconds
|  |- ServerError                5xx
|  `- UnexpectedStatusError      any other: a redirect, 405, 406, 415 ...
|- DecodeError                   the reply was accepted and cannot be read
|- ChecksumError                 a file is not the one that was sent or asked for
|- PaginationError               the API repeated a cursor
|- PlanError                     a schema plan does not fit, or was not carried out to its end; .problems, .result
`- WaitError                     a wait ended without what it was for; .result
   |- SyncFailedError            the sync ended, and not well
   |- SyncTimeoutError           no sync ended in time
   |- RescheduledError           the sync was put off
   |- PausedError                the connection is paused, and no sync of it starts
   |- NotSetUpError              the connection's setup is incomplete or broken
   |- SetupTestsFailedError      setup tests ended, and not all of them well; .tests
   |- TransformationFailedError  the run ended, and not well
   `- TransformationTimeoutError no run ended in time
```

All of them pickle. None shows a credential.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

import attrs

if TYPE_CHECKING:
    from fivetran_async.models.setup_tests import SetupTest
    from fivetran_async.models.waits import SyncResult, TransformationResult
    from fivetran_async.schema_plan.results import Applied


@attrs.frozen(kw_only=True)
class Attempt:
    """What one attempt of a call met.

    `number` counts from 1; `status` is None when no reply came; `seconds` is how long the attempt took;
    `waited` is the pause in seconds that followed it, 0.0 after the last.
    """

    number: int
    error: str
    status: int | None = None
    seconds: float = 0.0
    waited: float = 0.0


def _restore(cls: type[BaseException], args: tuple[Any, ...], state: dict[str, Any]) -> BaseException:
    error = cls.__new__(cls, *args)
    error.__dict__.update(state)
    return error


class FivetranError(Exception):
    """The root of the tree.

    Attributes:
        attempts: What each attempt of the call met, the last one included; empty when nothing was attempted.
        partial: What `collect` had until then, of a pager or a map, or what many waits had; empty elsewhere.
        resume_cursor: Where a list that broke off can be gone on with: `list(cursor=error.resume_cursor)`. None for
            the beginning.
    """

    partial: tuple[Any, ...] = ()
    resume_cursor: str | None = None

    def __init__(self, message: str, *, attempts: tuple[Attempt, ...] = ()) -> None:
        super().__init__(message)
        self.attempts = attempts

    def __reduce__(self) -> tuple[Any, ...]:
        return (_restore, (type(self), self.args, self.__dict__))


class ConfigError(FivetranError):
    """A setting cannot be used; the message names it."""


class ArgumentError(FivetranError, ValueError):
    """An argument was refused before anything was sent."""


class ConfirmationError(ArgumentError):
    """A call that destroys data was made without `confirm=True`."""


class DesiredStateError(ArgumentError):
    """A desired state of a schema cannot be used; nothing was sent.

    Attributes:
        problems: All that is wrong with it, each with its file and line, or its place in the data.
    """

    def __init__(self, message: str, *, problems: tuple[str, ...] = (), attempts: tuple[Attempt, ...] = ()) -> None:
        super().__init__(message, attempts=attempts)
        self.problems = problems


class ReadOnlyError(ArgumentError):
    """A call other than GET was made through a client with `read_only=True`."""


class AmbiguousNameError(ArgumentError):
    """Several objects have the name that was looked for.

    Attributes:
        candidates: Their ids.
    """

    def __init__(self, message: str, *, candidates: tuple[str, ...] = (), attempts: tuple[Attempt, ...] = ()) -> None:
        super().__init__(message, attempts=attempts)
        self.candidates = candidates


class ClosedError(FivetranError):
    """The client, or the event loop behind it, is closed."""


class WrongLoopError(FivetranError):
    """The client was used from another event loop than the one that opened it."""


class TransportError(FivetranError):
    """No complete reply came.

    Attributes:
        sent: False when nothing left this machine, True when the request arrived, None when that is unknown.
    """

    def __init__(self, message: str, *, sent: bool | None = None, attempts: tuple[Attempt, ...] = ()) -> None:
        super().__init__(message, attempts=attempts)
        self.sent = sent


class ConnectError(TransportError):
    """No connection could be made; nothing was sent."""

    def __init__(self, message: str, *, host: str, port: int | None, attempts: tuple[Attempt, ...] = ()) -> None:
        super().__init__(message, sent=False, attempts=attempts)
        self.host = host
        self.port = port


class BudgetUnavailableError(TransportError):
    """What processes share of the account cannot be reached; nothing was sent."""


class TimedOutError(TransportError):
    """The time for one attempt ran out."""


class DeadlineExceededError(TransportError):
    """The time for a whole call, a whole list or a whole map ran out."""


class ApiError(FivetranError):
    """The API answered with an error status.

    Attributes:
        status: The HTTP status.
        code: The API's own code, such as `NotFound_Group`; empty when the reply carried none.
        message: The API's own message, or the beginning of a reply that is not the API's.
        operation: The id of the operation, such as `group_details`.
        request_id: What `X-Request-Id` said, or None.
        headers: The headers of the reply.
        body: The bytes of the reply.
        retry_after: How many seconds the API asked to wait, or None.
    """

    hint: ClassVar[str] = ""

    def __init__(
        self,
        message: str,
        *,
        status: int,
        code: str = "",
        operation: str = "",
        request_id: str | None = None,
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
        retry_after: float | None = None,
        attempts: tuple[Attempt, ...] = (),
    ) -> None:
        super().__init__(message, attempts=attempts)
        self.message = message
        self.status = status
        self.code = code
        self.operation = operation
        self.request_id = request_id
        self.headers: dict[str, str] = dict(headers or {})
        self.body = body
        self.retry_after = retry_after

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self)!r})"

    def __str__(self) -> str:
        text = f"{self.status} {self.code}".rstrip()
        if self.operation:
            text = f"{self.operation}: {text}"
        if self.message:
            text += f": {self.message}"
        if self.hint:
            text += f" ({self.hint})"
        if self.request_id:
            text += f" [request {self.request_id}]"
        return text


class BadRequestError(ApiError):
    """400: the API refused what was sent."""


class UnauthorizedError(ApiError):
    """401: the credentials are not accepted."""

    hint = "check the API key and secret: FIVETRAN_API_KEY and FIVETRAN_API_SECRET, or api_key= and api_secret="


class ForbiddenError(ApiError):
    """403: the key has not the right to do this."""

    hint = "the API key may lack the right to do this"


class NotFoundError(ApiError):
    """404: there is nothing of this id."""


class ConflictError(ApiError):
    """409: the object is in a state that does not allow this."""


class RateLimitedError(ApiError):
    """429: the account's calls are used up for now; `retry_after` says for how many seconds.

    `sent` is False when the call was held back here, because an earlier reply had said how long to wait.
    """

    def __init__(self, message: str, *, status: int = 429, sent: bool = True, **fields: Any) -> None:
        super().__init__(message, status=status, **fields)
        self.sent = sent

    def __str__(self) -> str:
        text = super().__str__()
        return text if self.retry_after is None else f"{text} (wait {self.retry_after:g} s)"


class ServerError(ApiError):
    """5xx: the API failed."""


class UnexpectedStatusError(ApiError):
    """A status that the API does not use for this: a redirect, 405, 406, 415 ..."""


class DecodeError(FivetranError):
    """The reply was accepted and cannot be read.

    After a write the message says so: the API has done what it was asked.

    Attributes:
        status: The HTTP status.
        body: The bytes of the reply.
        operation: The id of the operation.
    """

    def __init__(
        self,
        message: str,
        *,
        status: int | None = None,
        body: bytes = b"",
        operation: str = "",
        attempts: tuple[Attempt, ...] = (),
    ) -> None:
        super().__init__(message, attempts=attempts)
        self.status = status
        self.body = body
        self.operation = operation


class ChecksumError(FivetranError):
    """A file arrived with other bytes than were sent or asked for.

    Attributes:
        expected: The hexadecimal SHA-256 that it should have.
        actual: The one that it has.
    """

    def __init__(self, message: str, *, expected: str, actual: str, attempts: tuple[Attempt, ...] = ()) -> None:
        super().__init__(message, attempts=attempts)
        self.expected = expected
        self.actual = actual


class PaginationError(FivetranError):
    """The API repeated a cursor; going on would never end.

    Attributes:
        cursor: The cursor that came twice.
    """

    def __init__(self, message: str, *, cursor: str, attempts: tuple[Attempt, ...] = ()) -> None:
        super().__init__(message, attempts=attempts)
        self.cursor = cursor


class PlanError(FivetranError):
    """A plan of a schema does not fit the connection, or was not carried out to its end.

    Attributes:
        problems: What is in the way, each in a sentence.
        result: What was done and what was not; None when nothing was begun.
    """

    result: "Applied | None"

    def __init__(
        self,
        message: str,
        *,
        problems: tuple[str, ...] = (),
        result: "Applied | None" = None,
        attempts: tuple[Attempt, ...] = (),
    ) -> None:
        super().__init__(message, attempts=attempts)
        self.problems = problems
        self.result = result


class WaitError(FivetranError):
    """A wait ended without what it was for.

    Attributes:
        result: What the wait saw until then, as `check=False` would have returned it.
    """

    def __init__(self, message: str, *, result: Any = None, attempts: tuple[Attempt, ...] = ()) -> None:
        super().__init__(message, attempts=attempts)
        self.result: Any = result


class SyncFailedError(WaitError):
    """The sync ended, and not well; the message says why, as far as the API does."""

    result: "SyncResult"


class SyncTimeoutError(WaitError):
    """No sync ended in time; the message says what was seen last."""

    result: "SyncResult"


class RescheduledError(WaitError):
    """The sync was put off; `result.rescheduled_for` says until when."""

    result: "SyncResult"


class PausedError(WaitError):
    """The connection is paused, and no sync of it starts; the message says what to do."""

    result: "SyncResult"


class NotSetUpError(WaitError):
    """The setup of the connection is incomplete or broken; the message says what is to be done."""

    result: "SyncResult"


class SetupTestsFailedError(WaitError):
    """Setup tests ended, and not all of them well; the message lists those that did not.

    Attributes:
        tests: Those that failed.
        result: The connection, or the destination, with all of them in `setup_tests`.
    """

    def __init__(self, message: str, *, tests: "tuple[SetupTest, ...]" = (), **fields: Any) -> None:
        super().__init__(message, **fields)
        self.tests = tests


class TransformationFailedError(WaitError):
    """The run of the transformation ended, and not well; `result.status` says how."""

    result: "TransformationResult"


class TransformationTimeoutError(WaitError):
    """No run of the transformation ended in time; the message says what was seen last."""

    result: "TransformationResult"


_BY_STATUS: Mapping[int, type[ApiError]] = {
    400: BadRequestError,
    401: UnauthorizedError,
    403: ForbiddenError,
    404: NotFoundError,
    409: ConflictError,
    429: RateLimitedError,
}


def api_error_class(status: int) -> type[ApiError]:
    """Return the class for an HTTP status that is no success."""
    return _BY_STATUS.get(status) or (ServerError if status >= 500 else UnexpectedStatusError)  # noqa: PLR2004
