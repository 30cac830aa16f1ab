"""One budget for many processes: what they learn and what they use, kept in Redis."""

import json
import math
from collections.abc import Mapping
from functools import cache
from importlib import resources
from types import TracebackType
from typing import Any, Final, Literal, Self, cast

import attrs

from fivetran_async._clock import Clock
from fivetran_async._ledger import ASK_AGAIN, Estimate, asked_to_wait, used_up
from fivetran_async._queue import Desk, Grant
from fivetran_async._redis_link import Link
from fivetran_async._windows import COUNTED_IN, ON_THE_WAY, Hold, HoldKind, Limit, PlanName, spent
from fivetran_async._wire import Request
from fivetran_async.budget import Budget, figures
from fivetran_async.config import positive
from fivetran_async.errors import BudgetUnavailableError, ConfigError
from fivetran_async.hooks import WaitReason
from fivetran_async.operation import RateClass

WhenAway = Literal["open", "closed"]

# A place in the pace of all processes is taken so much ahead at the most, in seconds.
_LOOKAHEAD: Final = 0.1

# From so many calls a second on, those of any such time are counted, beside the distance from one to the next.
_COUNTED: Final = 10

# How much of a second's calls may go at once after a pause, as a share of the pace.
_BURST: Final = 0.05


@attrs.frozen
class _Answer:
    """What the script said: whether the call may go, and after how many seconds, or why not, and for how long."""

    go: bool
    seconds: float
    number: int | None = None
    kind: HoldKind = "pace"
    why: str = ""
    left: int | None = None
    limit: int | None = None
    no_hour: bool = False

    @classmethod
    def read(cls, text: str) -> Self:
        """Read it as it was sent."""
        verdict, seconds, third, why, left, limit, no_hour = text.split(" ")
        return cls(
            go=verdict == "go",
            seconds=float(seconds),
            number=int(third) if verdict == "go" else None,
            kind=cast("HoldKind", third) if verdict == "hold" else "pace",
            why=why,
            left=int(left) if left else None,
            limit=int(limit) if limit else None,
            no_hour=bool(no_hour),
        )


@attrs.frozen
class _Told:
    """What a reply said of the hour, and when."""

    number: int
    remaining: int
    limit: int | None
    at: float

    def said(self, now: float) -> dict[str, int | float]:
        """Return it as the script takes it."""
        said = {"number": self.number, "remaining": self.remaining, "ago": now - self.at}
        return said if self.limit is None else said | {"limit": self.limit}


class RedisBudget(Budget):
    """A budget that processes share through Redis, each with slots of its own.

    Each makes one of the same key. A call costs one round trip to Redis, and none of the account's calls. It knows
    what `Budget` knows, of all of them: closed gates, what is left of the hour, the windows of the classes, a pace.
    A rate that nobody told is found by each process for itself.
    """

    def __init__(
        self,
        url: str,
        *,
        key: str = "fivetran",
        concurrency: int = 32,
        reserve: int = 0,
        pace: float | None = None,
        when_away: WhenAway = "open",
        timeout: float = 1.0,
        plan: PlanName | None = None,
        clock: Clock | None = None,
    ) -> None:
        """Make a budget; nothing is connected before the first call.

        Args:
            url: Where Redis is: `redis://`, `rediss://` or `unix://`, as redis-py reads it.
            key: What the account's keys in Redis begin with; one for each account.
            concurrency: How many requests this process may have on the wire at once, from 1.
            reserve: How many of the hour's calls to leave to others, from 0.
            pace: How many calls a second all processes together may make, above 0; None for as many as the API
                lets through.
            when_away: What to do while Redis does not answer: `open` goes on with what this process knows by itself,
                `closed` raises, unsent, once the retry policy has given up.
            timeout: For how many seconds to wait for Redis, at each call while it is there; less than the deadline of
                a call.
            plan: By which published limits the classes are held back, as `Budget` has it; the same in all processes.
            clock: Where the time comes from.

        Raises:
            ConfigError: A setting cannot be used; the message names it.
        """
        # The pace is kept by all together.
        super().__init__(concurrency, reserve, plan=plan, clock=clock)
        self.pace = positive(pace, "pace", "calls a second")
        self._ledger.paced, self._ledger.shared = self.pace, True
        if when_away not in ("open", "closed"):
            raise ConfigError(f"when_away must be 'open' or 'closed', not {when_away!r}")
        seconds = positive(timeout, "timeout")
        if seconds is None:
            raise ConfigError("timeout must be a number of seconds above 0, not None")
        self.key = _key(key)
        self.when_away: WhenAway = when_away
        self._link = Link(
            url,
            _script(),
            timeout=seconds,
            clock=self._clock,
            lock=lambda: self._desk.lock,
            name=f"the budget {key!r}, which fails {when_away}",
        )
        self._told: _Told | None = None
        self._through = 0
        # When calls were there that were answered, by their numbers among all processes; and the quickest round trip.
        self._there: dict[int, float] = {}
        self._quickest = math.inf
        self._gates: dict[str, float] = {}
        self._next = 0.0

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Close the connections of this event loop."""
        await self.disconnect()

    @property
    def rate(self) -> float | None:
        """How many calls a second are let go now, of all processes; None while nothing limits them."""
        found = super().rate
        return found if self.pace is None else min(self.pace, found or self.pace)

    def estimate(self, calls: int, rate_class: RateClass = RateClass.ALL) -> Estimate:
        """Say what a job would take of the account, if this process alone made calls. Costs no call.

        Args:
            calls: How many calls it makes, from 0.
            rate_class: Which class of calls they are.

        Returns:
            The share of an hour's calls, for how long the limits would hold the job back, and whether it fits.

        Raises:
            ArgumentError: It is no such number, or no such class.
        """
        found = super().estimate(calls, rate_class)
        return found if self.pace is None else attrs.evolve(found, seconds=max(found.seconds, calls / self.pace))

    async def disconnect(self) -> None:
        """Close the connections to Redis of this event loop, once they are idle; the next call opens others."""
        await self._link.disconnect()

    async def enter(self, request: Request, patience: float | None = None) -> Grant:
        """Wait until a request may be sent, here and in all processes, and take a slot for it.

        Args:
            request: What is to be sent.
            patience: The longest wait for a closed gate, a used-up window or the reserve, in seconds; None for any.

        Returns:
            What `observe` and `refused` want to know of the request.

        Raises:
            BudgetUnavailableError: Redis does not answer, and the budget fails closed; nothing was sent.
            RateLimitedError: The wait is longer than that; nothing was sent.
        """
        began = self._clock.monotonic()
        used_up_at: float | None = None
        grant = self._at_once(request) or await self._queued(request, patience)
        reason: WaitReason | None = grant.reason if grant.waited else None
        while True:
            answer = await self._ask(grant)
            if answer.go and answer.seconds <= 0:
                break
            reason = answer.kind
            self._withdraw(grant, answer)
            due = self._clock.monotonic() + answer.seconds
            if answer.go:
                # Its place in the pace of all is taken: it is not asked for again.
                await self._clock.sleep(answer.seconds)
            used_up_at = (used_up_at or self._clock.monotonic()) if answer.kind == "quota" else None
            left, place = self._still(patience, used_up_at), grant.place
            grant = self._at_once(request, place) or await self._queued(request, left, place)
            if answer.go and (grant.reason == "slot" or grant.at - due < ON_THE_WAY):
                break
        grant.shared = answer.number
        if reason:
            grant.waited, grant.reason = self._clock.monotonic() - began, reason
        return grant

    def observe(self, headers: Mapping[str, str], grant: Grant | None = None, *, let_through: bool = True) -> None:
        """Learn from a reply what the account has left; the next call of this process tells the others."""
        limit, remaining = figures(headers)
        with self._desk.lock:
            self._through += let_through and grant is not None
            if remaining:
                # Whoever was told that nothing is left asks again, and tells this.
                self._ledger.lift(RateClass.ALL, "quota")
        super().observe(headers, grant, let_through=let_through)
        if grant is None or grant.shared is None:
            return
        with self._desk.lock:
            now = self._clock.monotonic()
            if self.pace is not None:
                self._quickest = min(self._quickest, now - grant.at)
                # Somewhere between when it went and its answer, less the quickest way there and back: halfway.
                self._there[grant.shared] = (grant.at + now - self._quickest) / 2
            if remaining is None:
                return
            if self._told is None or grant.shared >= self._told.number:
                self._told = _Told(grant.shared, remaining, limit, now)

    async def share(self) -> None:
        """Tell the other processes at once which gates this one has seen closed; while Redis is away, later."""
        if self._gates:
            await self._call(None)

    def _closed(self, rate_class: RateClass, until: float) -> None:
        self._gates[rate_class.value] = until

    def _still(self, patience: float | None, used_up_at: float | None) -> float | None:
        """Return how long a call may wait yet: for an hour that is used up nobody knows how long, stage by stage."""
        if patience is None or used_up_at is None:
            return patience
        return patience - (self._clock.monotonic() - used_up_at)

    def _withdraw(self, grant: Grant, answer: _Answer | None = None) -> None:
        """Give a slot back that is not used now, and hold back those who would be told the same."""
        desk: Desk = self._desk
        with desk.lock:
            if answer is not None and not answer.go:
                rate_class, hold = self._hold(answer)
                self._ledger.hold_off(rate_class, hold)
            self._give_back(desk, grant)
            self._pump(desk, gates=True)

    def _hold(self, answer: _Answer) -> tuple[RateClass, Hold]:
        until = self._clock.monotonic() + answer.seconds
        if answer.kind == "window":
            name, count, seconds = answer.why.split(":")
            held = RateClass(name)
            return held, Hold(until, "window", spent(Limit(int(count), float(seconds)), held))
        if answer.kind == "gate":
            held = RateClass(answer.why)
            return held, asked_to_wait(held, until)
        if answer.kind == "pace":
            return RateClass.ALL, Hold(until, "pace", f"all processes together keep to {self.pace:g} calls a second")
        return RateClass.ALL, used_up(self.reserve, until)

    async def _ask(self, grant: Grant) -> _Answer:
        """Ask Redis, or where it is away, oneself; the slot is given back if that fails."""
        try:
            if self._ledger.limit is None and grant.rate_class is not RateClass.ALL:
                # Which windows there are depends on the account's plan, which another process may know.
                await self._call(None)
            return await self._call(self._question(grant.rate_class)) or self._alone()
        except BaseException:
            self._withdraw(grant)
            raise

    def _question(self, rate_class: RateClass) -> dict[str, Any]:
        plan, names = self._ledger.plan, COUNTED_IN[rate_class]
        ask: dict[str, Any] = {
            "classes": [name.value for name in names],
            "windows": [
                {"class": name.value, "limits": [[limit.count, limit.seconds] for limit in plan[name]]}
                for name in names
                if name in plan
            ],
            "reserve": self.reserve,
            "margin": ON_THE_WAY,
            "again": ASK_AGAIN,
            # As the ledger judges it for one process.
            "short": not self.reserve and self._ledger.rate_known,
        }
        if self.pace is not None:
            ask |= {"pace": self.pace, "burst": max(1.0, self.pace * _BURST), "lookahead": _LOOKAHEAD}
            ask |= {"count": int(self.pace)} if self.pace >= _COUNTED else {}
        return ask

    def _alone(self) -> _Answer:
        """Keep to the pace without the others, unless the budget fails closed."""
        if self.when_away == "closed":
            raise BudgetUnavailableError(
                f"the budget {self.key!r} is kept in Redis, which cannot be used ({self._link.reason}), and it fails "
                "closed: nothing was sent; start Redis, mend the url, or make the budget with when_away='open'",
                sent=False,
            )
        if self.pace is None:
            return _Answer(go=True, seconds=0.0)
        with self._desk.lock:
            now = self._clock.monotonic()
            delay = max(0.0, self._next - now)
            if delay > _LOOKAHEAD:
                return _Answer(go=False, seconds=delay - _LOOKAHEAD / 2)
            self._next = now + delay + 1 / self.pace
        return _Answer(go=True, seconds=delay)

    async def _call(self, ask: dict[str, Any] | None) -> _Answer | None:
        """Tell what is new, ask, and take up what is answered; None while Redis is away."""
        with self._desk.lock:
            now = self._clock.monotonic()
            told, self._told = self._told, None
            gates, self._gates = self._gates, {}
            through, self._through = self._through, 0
            there, self._there = self._there, {}
        said: dict[str, Any] = {"gates": [[name, until - now] for name, until in gates.items() if until > now]}
        said["there"] = [[number, now - at] for number, at in there.items()]
        said |= {"through": through} | ({"told": told.said(now)} if told else {}) | ({"ask": ask} if ask else {})
        windows = cast("list[dict[str, Any]]", [] if ask is None else ask["windows"])
        keys = [f"{{{self.key}}}:{name}" for name in ("state", "paced")]
        keys += [f"{{{self.key}}}:{window['class']}" for window in windows]
        answer: _Answer | None = None
        try:
            answer = await self._link.run(keys, json.dumps(said), _Answer.read)
        finally:
            with self._desk.lock:
                if answer is None:
                    self._told = self._told or told
                    self._gates = gates | self._gates
                    self._through += through
                    self._there = there | self._there
                elif answer.limit is not None or answer.left is not None:
                    # A call that may not go is taken back next, which gives one back.
                    left = answer.left if answer.left is None or answer.go or not ask else answer.left - 1
                    self._ledger.tell(answer.limit, left, None, self._clock.monotonic())
                    self._ledger.known_no_hour = answer.no_hour
        return answer


def _key(key: str) -> str:
    # A brace would end the part of a key by which a cluster keeps all keys of an account on one of its servers.
    if not isinstance(key, str) or not key or not key.isprintable() or "{" in key or "}" in key:
        raise ConfigError(f"key must be a text without braces, not {key!r}")
    return key


@cache
def _script() -> str:
    return resources.files("fivetran_async").joinpath("_redis_budget.lua").read_text(encoding="utf-8")
