"""How much of a rate limit that it was not told the SDK uses, and how often it is refused, beside naive clients."""

import asyncio
import importlib
import random
import shutil
import socket
import subprocess
import sys
import time
import uuid
from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, ExitStack, asynccontextmanager, contextmanager
from functools import partial
from multiprocessing.connection import Connection
from typing import Any, Final, TypeAlias

import aiohttp
import attrs
from _bench import Child, Measured, Row, await_word, interleaved, parser, positive, show, write
from _goals import Goal, Workload, per_round, told
from _growth import Growth
from _servers import KEY, PATH, SECRET, Bucket, Tally, Windows

from fivetran_async import Budget, Fivetran, FivetranError

RATE: Final = 200
TASKS: Final = 64
CALLS: Final = 3000

# What a run may take at the most, in seconds; the slowest client takes a tenth of it.
_PATIENCE: Final = 600.0
_OK: Final = 200
_TOO_MANY: Final = 429
# What is measured with all other workloads.
_BUCKET: Final = "bucket"
_OURS: Final = f"SDK, Budget({TASKS})"

# As most libraries have it that wait in exponential steps with full jitter.
_NAIVE_BASE: Final = 1.0
_NAIVE_CAP: Final = 30.0
_NAIVE_RETRIES: Final = 10

SERVERS: Final[dict[str, Bucket | Windows]] = {
    _BUCKET: Bucket(rate=RATE),
    "bucket, no Retry-After": Bucket(rate=RATE, retry_after=False),
    "bucket, no headers": Bucket(rate=RATE, headers="none"),
    "bucket, neither": Bucket(rate=RATE, headers="none", retry_after=False),
    "sandbox, 20 in 0.1 s": Windows(burst=RATE // 10, seconds=0.1),
    "sandbox, 200 in 1 s": Windows(burst=RATE, seconds=1.0),
}
# What naive clients do not look at makes no difference to them.
_FOR_NAIVE: Final = (_BUCKET, "sandbox, 20 in 0.1 s", "sandbox, 200 in 1 s")


@attrs.frozen(kw_only=True)
class Share:
    """What one process is to do.

    Attributes:
        url: Where the server is.
        tasks: How many tasks it has.
        calls: How many calls they make together.
        all_tasks: How many tasks all processes have together.
        redis: The URL of the Redis server that holds the budget; empty for none.
        key: The budget's key in it.
    """

    url: str
    tasks: int
    calls: int
    all_tasks: int
    redis: str = ""
    key: str = ""


@attrs.frozen(kw_only=True)
class Outcome:
    """What came of it.

    Attributes:
        began: When the first call began, by the machine's monotonic clock.
        ended: When the last one ended.
        failures: How many calls failed, by what they met.
    """

    began: float
    ended: float
    failures: Mapping[str, int]


Call: TypeAlias = Callable[[], Awaitable[str | None]]
"""Makes one call, with as many attempts as the client gives it, and returns what it failed with, if it did."""

Client: TypeAlias = Callable[[Share], AbstractAsyncContextManager[Call]]


@asynccontextmanager
async def _sdk(share: Share, budget: Budget) -> AsyncGenerator[Call, None]:
    async with Fivetran(KEY, SECRET, base_url=share.url, budget=budget) as ft:

        async def call() -> str | None:
            try:
                await ft.account.info()
            except FivetranError as error:
                return type(error).__name__
            return None

        yield call


def sdk_with_slots(share: Share) -> AbstractAsyncContextManager[Call]:
    """Return the SDK with as many slots as tasks."""
    return _sdk(share, Budget(concurrency=share.tasks))


def sdk_as_it_comes(share: Share) -> AbstractAsyncContextManager[Call]:
    """Return the SDK with the budget that a client makes for itself."""
    return _sdk(share, Budget())


@asynccontextmanager
async def sdk_with_redis(share: Share) -> AsyncGenerator[Call, None]:
    """Give the SDK with a budget that all processes share through Redis."""
    module: Any = importlib.import_module("fivetran_async.redis_budget")
    budget = module.RedisBudget(share.redis, key=share.key, concurrency=share.all_tasks, pace=RATE)
    async with budget, _sdk(share, budget) as call:
        yield call


@asynccontextmanager
async def _naive(share: Share, *, obedient: bool) -> AsyncGenerator[Call, None]:
    rng = random.Random(0)
    url = share.url + PATH
    connector = aiohttp.TCPConnector(limit=share.tasks)
    async with aiohttp.ClientSession(connector=connector, auth=aiohttp.BasicAuth(KEY, SECRET)) as session:

        async def call() -> str | None:
            for attempt in range(_NAIVE_RETRIES + 1):
                async with session.get(url) as response:
                    await response.read()
                if response.status != _TOO_MANY:
                    return None if response.status == _OK else str(response.status)
                pause = rng.random() * min(_NAIVE_CAP, _NAIVE_BASE * 2.0**attempt)
                if obedient:
                    pause = float(response.headers.get("Retry-After", pause))
                if attempt < _NAIVE_RETRIES:
                    await asyncio.sleep(pause)
            return str(_TOO_MANY)

        yield call


def naive_backoff(share: Share) -> AbstractAsyncContextManager[Call]:
    """Return a client whose every call backs off alone, exponentially and with full jitter."""
    return _naive(share, obedient=False)


def naive_retry_after(share: Share) -> AbstractAsyncContextManager[Call]:
    """Return a client whose every call alone waits as long as `Retry-After` says."""
    return _naive(share, obedient=True)


SDK: Final = {_OURS: sdk_with_slots, "SDK, Budget()": sdk_as_it_comes}
NAIVE: Final = {"naive backoff": naive_backoff, "naive Retry-After": naive_retry_after}
CLIENTS: Final[dict[str, Client]] = {**SDK, **NAIVE, "SDK, RedisBudget": sdk_with_redis}


@attrs.frozen(kw_only=True)
class Case:
    """A client against a server, in a number of processes."""

    server: str
    client: str
    processes: int = 1

    def row(self) -> Row:
        """Return what tells it from the others."""
        return {"server": self.server, "client": self.client, "processes": self.processes}


def work(pipe: Connection, client: str, share: Share) -> None:
    """Do the share of one process, beginning when told to; say the outcome."""
    asyncio.run(_work(pipe, CLIENTS[client], share))


async def _work(pipe: Connection, client: Client, share: Share) -> None:
    failures: Counter[str] = Counter()
    async with client(share) as call:
        left = iter(range(share.calls))

        async def task() -> None:
            for _ in left:
                failure = await call()
                if failure is not None:
                    failures[failure] += 1

        pipe.send("ready")
        await asyncio.to_thread(await_word, pipe)
        began = time.monotonic()
        async with asyncio.TaskGroup() as tasks:
            for _ in range(share.tasks):
                tasks.create_task(task())
        ended = time.monotonic()
    pipe.send(Outcome(began=began, ended=ended, failures=failures))


def measure(case: Case, *, calls: int, redis: str) -> Mapping[str, float]:
    """Run a case once, with a server of its own.

    Args:
        case: The case.
        calls: How many calls all processes make together.
        redis: The URL of the Redis server, for cases that need one.
    """
    count, key = case.processes, f"benchmark-{uuid.uuid4().hex}"
    with ExitStack() as stack:
        server = stack.enter_context(Child(SERVERS[case.server].serve))
        url = server.hear()
        shares = [
            Share(url=url, tasks=tasks, calls=some, all_tasks=TASKS, redis=redis, key=key)
            for tasks, some in zip(_parts(TASKS, count), _parts(calls, count), strict=True)
        ]
        workers = [stack.enter_context(Child(work, case.client, share)) for share in shares]
        for worker in workers:
            worker.hear()
        for worker in workers:
            worker.tell()
        outcomes: list[Outcome] = [worker.hear(_PATIENCE) for worker in workers]
        server.tell()
        tally: Tally = server.hear()
    return _figures(calls, SERVERS[case.server].burst, outcomes, tally)


def _parts(whole: int, count: int) -> list[int]:
    return [whole // count + (number < whole % count) for number in range(count)]


def _figures(calls: int, burst: int, outcomes: list[Outcome], tally: Tally) -> Mapping[str, float]:
    failed = sum(sum(outcome.failures.values()) for outcome in outcomes)
    seconds = max(outcome.ended for outcome in outcomes) - min(outcome.began for outcome in outcomes)
    return {
        "goodput": 100 * (calls - failed) / RATE / seconds,
        # All the burst at the start, and then no more than the rate.
        "possible": 100 * calls / (calls - burst),
        "refused": 100 * tally.refused / tally.calls,
        "failed": 100 * failed / calls,
        "seconds": seconds,
        "requests": tally.calls,
    }


def cases(servers: list[str], clients: list[str], processes: list[int]) -> list[Case]:
    """Return what is to be measured.

    Args:
        servers: The names of the servers.
        clients: The names of the clients.
        processes: In how many processes that share a budget; empty for one process that has its own.
    """
    if processes:
        return [
            Case(server=server, client="SDK, RedisBudget", processes=count) for server in servers for count in processes
        ]
    return [
        Case(server=server, client=client)
        for server in servers
        for client in clients
        if client in SDK or server in _FOR_NAIVE
    ]


def table(measured: Sequence[Measured]) -> list[Row]:
    """Return medians, and the worst of the rounds for what has a target."""
    return [
        {
            **one.case,
            "goodput %": one.median("goodput"),
            "worst": one.least("goodput"),
            "possible": one.median("possible"),
            "429 %": one.median("refused"),
            "worst 429": one.most("refused"),
            "failed %": one.median("failed"),
            "most failed": one.most("failed"),
            "seconds": one.median("seconds"),
        }
        for one in measured
    ]


@contextmanager
def redis_server() -> Generator[str, None, None]:
    """Run a Redis server that keeps nothing; give its URL.

    Raises:
        SystemExit: None is installed, or it does not start.
    """
    path = shutil.which("redis-server")
    if path is None:
        raise SystemExit("redis-server is not installed; give the URL of one with --redis")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [path, "--bind", "127.0.0.1", "--port", str(port), "--save", "", "--appendonly", "no"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        _await_port(port, process)
        yield f"redis://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()


def _await_port(port: int, process: "subprocess.Popen[bytes]") -> None:
    gives_up_at = time.monotonic() + 10
    while process.poll() is None and time.monotonic() < gives_up_at:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except ConnectionRefusedError:
            time.sleep(0.05)
        else:
            return
    raise SystemExit("redis-server did not start")


def goals(measured: Sequence[Measured]) -> list[Goal]:
    """Return what was reached, of what is measured with all others: against the bucket, in one process."""
    by = {str(one.case["client"]): one for one in measured}
    what = f"{RATE} calls a second, {SERVERS[_BUCKET].burst} saved up"
    figures = partial(per_round, by, case=_OURS)
    return told(
        Goal("W4", f"{what}: goodput, %", 98.0, 99.0, figures(figure="goodput")),
        Goal("W4", f"{what}: 429 of all replies, %", 1.0, 0.3, figures(figure="refused"), least=True),
        Goal("W4", f"{what}: failed calls, %", 0.0, 0.0, figures(figure="failed"), least=True),
    )


def run(rounds: int, calls: int = CALLS) -> list[Measured]:
    """Measure the SDK and the naive clients against the bucket, so many times over."""
    return interleaved(
        cases([_BUCKET], [_OURS, *NAIVE], []), rounds, lambda case: measure(case, calls=calls, redis=""), Case.row
    )


def _cost(calls: int) -> float:
    return 1000 * measure(Case(server=_BUCKET, client=_OURS), calls=calls, redis="")["seconds"] / calls


GROWS: Final = Growth(
    workload="W4", what=f"calls against {RATE} a second", unit="ms a call", sizes=(1_000, CALLS), cost=_cost
)
WORKLOAD: Final = Workload("goodput", run, table, goals, GROWS)


def main() -> int:
    """Measure, and print a table."""
    options = parser(__doc__ or "")
    options.add_argument("--calls", type=positive, default=CALLS, help=f"calls a run (default: {CALLS})")
    options.add_argument("--server", action="append", choices=SERVERS, help="only this server; may be repeated")
    options.add_argument("--client", action="append", choices=[*SDK, *NAIVE], help="only this client; may be repeated")
    options.add_argument(
        "--processes", type=positive, nargs="+", default=[], help="so many processes on one Redis budget instead"
    )
    options.add_argument("--redis", default="", metavar="URL", help="the Redis server; left out, one is started")
    chosen = options.parse_args()
    if chosen.calls <= RATE:
        options.error(f"--calls must be more than what the limits let through at once: {RATE}")
    chosen_cases = cases(chosen.server or list(SERVERS), chosen.client or [*SDK, *NAIVE], chosen.processes)
    with ExitStack() as stack:
        redis = chosen.redis or (stack.enter_context(redis_server()) if chosen.processes else "")
        measured = interleaved(
            chosen_cases, chosen.rounds, lambda case: measure(case, calls=chosen.calls, redis=redis), Case.row
        )
    show(table(measured))
    write(chosen.json, "goodput", vars(chosen), measured)
    return 0


if __name__ == "__main__":
    sys.exit(main())
