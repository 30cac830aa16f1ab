"""Many calls against a server with a rate limit, in simulated time: what a pace reaches. Run as a script: a table."""

import heapq
import itertools
import math
import random
import statistics
import sys
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Protocol

from fivetran_async._ledger import Ledger
from fivetran_async.operation import RateClass

ATTEMPTS = 4
# asyncio wakes up to a millisecond late, and a busy loop later than that.
TIMER_LATE = 0.001


class Server(Protocol):
    """A rate limit: how many calls a second it allows, whether it lets one through, and what its headers tell."""

    rate: float
    told: bool

    def admit(self, now: float) -> float:
        """Return 0.0 for a call that passes, or after how many seconds one will."""
        ...

    def figures(self) -> tuple[int, int]:
        """Return how many calls there are, and how many of them are left, after the last call."""
        ...


class Bucket:
    """Tokens that come back at a rate, up to a burst; where it tells anything, it is of an hour."""

    def __init__(self, rate: float, burst: float, *, told: bool = False) -> None:
        self.rate, self.burst, self.told = rate, burst, told
        self.passed = 0
        self.tokens, self.at = burst, 0.0

    def admit(self, now: float) -> float:
        """Take a token, or say when there is one."""
        self.tokens = min(self.burst, self.tokens + (now - self.at) * self.rate)
        self.at = now
        if self.tokens < 1:
            return (1 - self.tokens) / self.rate
        self.tokens -= 1
        self.passed += 1
        return 0.0

    def figures(self) -> tuple[int, int]:
        """Tell of the hour."""
        return round(3600 * self.rate), round(3600 * self.rate) - self.passed


class Window:
    """So many calls in any stretch of time of one length, of which it may tell."""

    def __init__(self, rate: float, seconds: float, *, told: bool = False) -> None:
        self.rate, self.seconds, self.told = rate, seconds, told
        self.count = max(1, round(rate * seconds))
        self.times: deque[float] = deque()

    def admit(self, now: float) -> float:
        """Count the call, or say when the oldest leaves."""
        while self.times and self.times[0] <= now - self.seconds:
            self.times.popleft()
        if len(self.times) >= self.count:
            return self.times[0] + self.seconds - now
        self.times.append(now)
        return 0.0

    def figures(self) -> tuple[int, int]:
        """Tell of the window."""
        return self.count, self.count - len(self.times)


@dataclass
class Outcome:
    """What came of a run: when each call passed, and when one was refused or failed."""

    passed: list[float] = field(default_factory=list)
    refused: list[float] = field(default_factory=list)
    failed: int = 0
    waited: float = 0.0

    def goodput(self, rate: float) -> float:
        """Return the share of the rate that was used."""
        return len(self.passed) / rate / self.passed[-1] if self.passed else 0.0

    @property
    def share(self) -> float:
        """Return the refusals among the answers."""
        return len(self.refused) / (len(self.refused) + len(self.passed))

    def between(self, start: float, end: float) -> tuple[float, int]:
        """Return the calls a second that passed, and the refusals, in a stretch of time."""
        passed = sum(start <= time < end for time in self.passed)
        return passed / (end - start), sum(start <= time < end for time in self.refused)


@dataclass
class _Call:
    attempt: int = 0
    queued: float = 0.0
    number: int = 0


class Simulation:
    """Tasks that share one FIFO queue, a ledger and a server.

    Args:
        server: The limit.
        ledger: What decides when a call may go.
        seed: Of latencies and waits.
        tasks: How many calls there are at a time.
        calls: How many calls there are.
        latency: The mean time of an answer, in seconds.
        jitter: By how much of it latencies differ, both ways.
        header: Whether a 429 says whole seconds in Retry-After.
        every: At which interval calls arrive, in seconds; 0.0 for as quick as tasks are free.
        events: What happens to the server, and when.
    """

    def __init__(
        self,
        server: Server,
        ledger: Ledger,
        *,
        seed: int = 0,
        tasks: int = 64,
        calls: int = 3000,
        latency: float = 0.02,
        jitter: float = 0.2,
        header: bool = True,
        every: float = 0.0,
        events: tuple[tuple[float, Callable[[], None]], ...] = (),
    ) -> None:
        self.server, self.ledger, self.tasks, self.header = server, ledger, tasks, header
        self._latency, self._jitter = latency, jitter
        self._random = random.Random(seed)
        self._heap: list[tuple[float, int, Callable[[float], None]]] = []
        self._order = itertools.count()
        self._queue: deque[_Call] = deque()
        self._in_flight = 0
        self._wakes_at = math.inf
        self._left = calls
        self.outcome = Outcome()
        for time, event in events:
            self._at(time, _timeless(event))
        if every:
            for place in range(calls):
                self._at(place * every, self._arrive)
        else:
            for _ in range(min(tasks, calls)):
                self._arrive(0.0)
        self._every = every

    def run(self) -> Outcome:
        """Run to the end, and return what came of it."""
        while self._heap:
            now, _, event = heapq.heappop(self._heap)
            event(now)
        assert not self._queue
        return self.outcome

    def _at(self, time: float, event: Callable[[float], None]) -> None:
        heapq.heappush(self._heap, (time, next(self._order), event))

    def _arrive(self, now: float) -> None:
        if self._left:
            self._left -= 1
            self._enter(now, _Call())

    def _enter(self, now: float, call: _Call) -> None:
        call.queued = now
        self._queue.append(call)
        self._pump(now)

    def _pump(self, now: float) -> None:
        while self._queue and self._in_flight < self.tasks:
            hold = self.ledger.hold(RateClass.ALL, now, self._in_flight)
            if hold is None:
                self._send(now, self._queue.popleft())
                continue
            assert math.isfinite(hold.until)
            if hold.until < self._wakes_at:
                self._wakes_at = hold.until
                self._at(hold.until + self._random.uniform(0, TIMER_LATE), self._wake)
            return

    def _wake(self, now: float) -> None:
        self._wakes_at = math.inf
        self._pump(now)

    def _send(self, now: float, call: _Call) -> None:
        call.number = self.ledger.take(RateClass.ALL, now, self._in_flight)
        self._in_flight += 1
        call.attempt += 1
        self.outcome.waited = max(self.outcome.waited, now - call.queued)
        self._at(now + self._leg(), lambda then: self._serve(then, now, call))

    def _leg(self) -> float:
        return self._latency / 2 * self._random.uniform(1 - self._jitter, 1 + self._jitter)

    def _serve(self, now: float, sent_at: float, call: _Call) -> None:
        wait = self.server.admit(now)
        limit, remaining = self.server.figures() if self.server.told else (None, None)

        def answer(then: float) -> None:
            others = self._in_flight - 1
            self.ledger.tell(limit, remaining, call.number, then, in_flight=others, slots=self.tasks)
            self._answer(then, sent_at, call, wait, remaining)

        self._at(now + self._leg(), answer)

    def _answer(self, now: float, sent_at: float, call: _Call, wait: float, remaining: int | None) -> None:
        if not wait:
            self.ledger.let_through(now, sent_at, remaining)
            self.outcome.passed.append(now)
            self._in_flight -= 1
            self._over(now)
        else:
            retry_after = float(max(1, math.ceil(wait))) if self.header else None
            self.ledger.refuse(RateClass.ALL, retry_after, remaining, now, sent_at)
            self.outcome.refused.append(now)
            self._in_flight -= 1
            if call.attempt == ATTEMPTS:
                self.outcome.failed += 1
                self._over(now)
            else:
                pause = retry_after or self._random.uniform(0, 0.5 * 2 ** (call.attempt - 1))
                self._at(now + pause, lambda then: self._enter(then, call))
        self._pump(now)

    def _over(self, now: float) -> None:
        if not self._every:
            self._arrive(now)


def _timeless(event: Callable[[], None]) -> Callable[[float], None]:
    return lambda _: event()


SERVERS: dict[str, Callable[[float], Server]] = {
    "bucket, burst 20": lambda rate: Bucket(rate, 20),
    "bucket, burst R": lambda rate: Bucket(rate, rate),
    "R per rolling 1 s": lambda rate: Window(rate, 1.0),
    "R/10 per rolling 0.1 s": lambda rate: Window(rate, 0.1),
    "bucket, burst 20, told": lambda rate: Bucket(rate, 20, told=True),
    "R per rolling 1 s, told": lambda rate: Window(rate, 1.0, told=True),
    "R/10 per rolling 0.1 s, told": lambda rate: Window(rate, 0.1, told=True),
}


def _table(rate: float, tasks: int, latency: float, seeds: int = 20) -> Iterator[str]:
    for name, server in SERVERS.items():
        for header in (True, False):
            runs = [
                Simulation(server(rate), Ledger(0, None), seed=seed, tasks=tasks, latency=latency, header=header).run()
                for seed in range(seeds)
            ]
            good = sorted(100 * run.goodput(rate) for run in runs)
            share = sorted(100 * run.share for run in runs)
            yield (
                f"{rate:5.0f} {tasks:5} {1000 * latency:5.0f} {name:28} {'s' if header else '-':2}"
                f"{statistics.median(good):7.1f} {good[0]:6.1f}  {statistics.median(share):6.2f} {share[-1]:6.2f}"
                f" {sum(run.failed for run in runs):4}"
            )


if __name__ == "__main__":
    print("    R tasks    ms server                       RA  good  worst   share  worst fail")  # noqa: T201 - the table
    seeds = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    for setting in ((200, 64, 0.02), (200, 32, 0.02), (200, 8, 0.02), (200, 64, 0.005), (200, 64, 0.1)):
        for line in _table(*setting, seeds=seeds):
            print(line)  # noqa: T201 - the table
