"""How many requests a job sends, counted by a hook."""

from fivetran_async.errors import ConnectError, FivetranError, TimedOutError
from fivetran_async.hooks import CallFailed, Event, RequestStarted, RetryScheduled


class CallCount:
    """A hook that counts the requests that left this machine.

    Attributes:
        calls: How many.
    """

    def __init__(self) -> None:
        self.calls = 0

    def __call__(self, event: Event) -> None:
        if isinstance(event, RequestStarted):
            self.calls += 1
        elif isinstance(event, RetryScheduled | CallFailed) and _never_sent(event.error):
            self.calls -= 1


def _never_sent(error: FivetranError) -> bool:
    # Of an attempt that had begun: what the budget or the deadline held back never started.
    return isinstance(error, ConnectError | TimedOutError) and error.sent is False
