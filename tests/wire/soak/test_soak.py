"""Tens of thousands of calls, every kind of fault, and an account that is in the end as if nothing had gone wrong."""

from __future__ import annotations

import asyncio
import sys
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Final

import msgspec
import pytest
from soak_driver import WIDTH, Driver
from soak_plan import phases, plant, truth

from fivetran_async.retry import RetryPolicy
from fivetran_async.sandbox import Sandbox, storage
from fivetran_async.sandbox.account import Account
from fivetran_async.sandbox.calls import Call, as_list, as_object
from fivetran_async.sandbox.clock import Clock
from fivetran_async.sandbox.fault_kinds import CLASSES, KINDS, PAGED
from fivetran_async.sandbox.faults import Faults
from fivetran_async.sandbox.replies import Reply
from fivetran_async.sandbox.routes import ROUTER
from fivetran_async.sandbox.routes.router import Route, Router

CALLS: Final = 20_000
FIRED: Final = 100
SEED: Final = 7
START: Final = datetime(2026, 8, 1, 12, 0, tzinfo=UTC)
SPEED: Final = 300.0
"""How much faster than real time the client's clock runs: its pauses are as long as ever, by that clock."""

_ANYTIME: Final = [kind for kind in KINDS if kind not in CLASSES and kind not in PAGED]
_BY_CLASS: Final = {
    "429_setup_tests": 0.25,
    "429_source": 0.25,
    "429_user_creation": 0.45,
    "429_private_link_creation": 0.55,
}
_REPEATABLE: Final = ("/test", "/schemas/reload")


class StillClock(Clock):
    """A sandbox's clock that stands, so that what an account becomes does not depend on how long it took."""

    def elapsed(self) -> float:
        """Return that no time has passed."""
        return 0.0


class QuickClock:
    """A client's clock that runs quicker than time."""

    def now(self) -> datetime:
        """Return the sandbox's now."""
        return START

    def monotonic(self) -> float:
        """Return seconds that never go back."""
        return time.monotonic() * SPEED

    async def sleep(self, seconds: float) -> None:
        """Wait until so many seconds of this clock have passed."""
        await asyncio.sleep(seconds / SPEED)


class Watched(Router):
    """A router that counts the writes that were done and that nobody may repeat, by what exactly was asked."""

    def __init__(self, router: Router) -> None:
        super().__init__(router.routes)
        self.writes: Counter[tuple[str, str, str]] = Counter()

    def find(self, method: str, raw_path: str) -> tuple[Route, dict[str, str]]:
        """Return a route that counts once it has succeeded."""
        route, values = super().find(method, raw_path)

        def handle(account: Account, call: Call) -> Reply:
            reply = route.handler(account, call)
            body = call.body or {}
            if (
                method == "DELETE"
                or body.get("is_historical_sync")
                or (method == "POST" and not route.path.endswith(_REPEATABLE))
            ):
                self.writes[f"{method} {route.path}", raw_path, msgspec.json.encode(body, order="sorted").decode()] += 1
            return reply

        return replace(route, handler=handle), values


@dataclass(frozen=True)
class Outcome:
    """What a run of the plan came to."""

    document: dict[str, Any] = field(repr=False)
    names: Mapping[str, str] = field(repr=False)
    writes: Counter[tuple[str, str, str]] = field(repr=False)
    calls: int
    fired: Mapping[str, int]
    retries: int
    repeats: int
    reads: int
    seconds: float

    def state(self) -> set[str]:
        """Return the account as one line for each object, with the names of the plan in place of minted ids."""
        return {
            f"{part}: {msgspec.json.encode(self._named(self._without_chance(item)), order='sorted').decode()}"
            for part, items in self.document.items()
            for item in as_list(items) or [items]
        }

    def _without_chance(self, item: Any) -> Any:
        """Leave out what the sandbox makes up from a minted id."""
        thing = as_object(item)
        if thing is None or thing.get("id") not in self.names:
            return item
        kept = {key: value for key, value in thing.items() if key not in {"host", "key", "secret"}}
        own = as_object(kept.get("sandbox"))
        return kept if own is None else kept | {"sandbox": own | {"seconds": None}}

    def _named(self, value: Any) -> Any:
        if (thing := as_object(value)) is not None:
            return {self._named(key): self._named(item) for key, item in thing.items()}
        if (items := as_list(value)) is not None:
            return [self._named(item) for item in items]
        return self.names.get(value, value) if isinstance(value, str) else value

    def figures(self, colour: Any, plain: Outcome) -> str:
        """Return what happened, for the log."""
        kinds = ", ".join(f"{kind} {self.fired[kind]}" for kind in KINDS)
        return (
            f"\nsoak, {colour.name}, {WIDTH[colour.name]} at once: {self.calls} calls in {self.seconds:.1f} s"
            f" ({plain.calls} in {plain.seconds:.1f} s without faults);"
            f" {self.retries} retries of the client, {self.repeats} of its user;"
            f" {len(self.writes)} writes that may be done once, {len(self.twice())} of them done twice;"
            f" {self.reads} lists read to their end\n  {sum(self.fired.values())} faults: {kinds}\n"
        )

    def twice(self) -> list[tuple[str, str, str]]:
        """Return the writes that were done more than once."""
        return [write for write, times in self.writes.items() if times > 1]

    def by_operation(self) -> Counter[str]:
        """Return how many writes of each operation were done."""
        return Counter(name for name, _, _ in self.writes.elements())


_FAULTLESS: list[Outcome] = []


def spoil(faults: Faults) -> None:
    """Let all kinds of faults happen by chance, so that each comes up often enough in any order of the calls."""
    for number, (kind, rate) in enumerate(_BY_CLASS.items()):
        # A wait for the source is so long that everybody waits.
        faults.random({kind: rate}, seed=SEED + number, retry_after=3 if kind == "429_source" else 1)
    faults.random({"shifted_page": 0.06, "repeated_cursor": 0.03, "expired_cursor": 0.03}, seed=SEED)
    writes = dict.fromkeys(_ANYTIME, 0.03)
    faults.random(writes, seed=SEED, burst=2, methods=["POST", "PATCH", "DELETE"], slow=0.005)
    faults.random(dict.fromkeys(_ANYTIME, 0.01), seed=SEED, burst=3, methods=["GET"], slow=0.005)


async def soak(colour: Any, monkeypatch: pytest.MonkeyPatch, *, faulty: bool) -> Outcome:
    """Carry the plan out on an account of its own."""
    watched = Watched(ROUTER)
    retries: list[int] = []
    # One attempt fewer than usual: the user is to meet failures, too.
    policy = RetryPolicy(attempts=3, on_retry=lambda _error, attempt, _delay: retries.append(attempt))
    with monkeypatch.context() as patch:
        patch.setattr("fivetran_async.sandbox.box.Clock", StillClock)
        patch.setattr("fivetran_async.sandbox.server.ROUTER", watched)
        with Sandbox(seed=SEED, groups=4, connections=40, start=START) as box:
            plant(box.account)
            plan = phases(box.account, SEED)
            client = colour.client(box, clock=QuickClock(), retry=policy)
            driver = Driver(colour, client)
            if faulty:
                spoil(box.faults)
            began = time.monotonic()
            reads = 0
            try:
                for jobs in plan:
                    await driver.run(jobs)
                    right = truth(box.account)
                    wrong = {what for what, found in driver.reads if found != right[what]}
                    assert not wrong, f"not read to the end: {wrong}"
                    reads += len(driver.reads)
                    driver.reads.clear()
            finally:
                await colour.call(client.close)
            seconds = time.monotonic() - began
            names = {name: f"<{plain}>" for plain, name in reversed(driver.ids.items())}
            document = msgspec.json.decode(msgspec.json.encode(storage.dump(box.account)))
            return Outcome(
                document=document,
                names=names,
                writes=watched.writes,
                calls=box.calls,
                fired=box.faults.fired,
                retries=len(retries),
                repeats=driver.repeats,
                reads=reads,
                seconds=seconds,
            )


async def faultless(colour: Any, monkeypatch: pytest.MonkeyPatch) -> Outcome:
    """Return what the plan comes to when nothing goes wrong, which is the same in both colours."""
    if not _FAULTLESS:
        _FAULTLESS.append(await soak(colour, monkeypatch, faulty=False))
    return _FAULTLESS[0]


# Counting the lines of 60,000 calls would take three times as long as making them.
@pytest.mark.no_cover
@pytest.mark.timeout(900)
async def test_all_faults_at_once(
    colour: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Otherwise a fault, or several at once, would do a write twice, lose one, or leave a list unread."""
    plain = await faultless(colour, monkeypatch)
    spoilt = await soak(colour, monkeypatch, faulty=True)
    with capsys.disabled():
        # Where tests run in other processes, only this stream of theirs gets to the log.
        sys.stderr.write(spoilt.figures(colour, plain))
        sys.stderr.flush()
    assert spoilt.calls >= CALLS
    assert {kind: spoilt.fired[kind] for kind in KINDS if spoilt.fired[kind] < FIRED} == {}
    assert spoilt.twice() == []
    assert spoilt.by_operation() == plain.by_operation()
    assert spoilt.reads == plain.reads
    assert sorted(spoilt.state() ^ plain.state()) == []
