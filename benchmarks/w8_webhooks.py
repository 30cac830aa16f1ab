"""W8: what checking and reading a webhook's delivery costs, beside what the digest and the JSON alone cost."""

import hashlib
import hmac
import json
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Final

import attrs
from _bench import Measured, Row, interleaved
from _goals import Workload, no_goals
from _growth import Growth

from fivetran_async.webhooks import compute_signature, parse, verify

SECRET: Final = "secret"  # noqa: S105 - signs what this benchmark makes
SIZES: Final = (300, 30_000)
_CALLS: Final = 2_000


def _bare(body: bytes, signature: str) -> None:
    found = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
    if not hmac.compare_digest(found, signature):
        raise SystemExit("the signature is wrong")
    json.loads(body)


def _verified(body: bytes, signature: str) -> None:
    if not verify(body, signature, SECRET):
        raise SystemExit("the signature is wrong")


def _read(body: bytes, signature: str) -> None:
    _verified(body, signature)
    parse(body)


WAYS: Final[Mapping[str, Callable[[bytes, str], None]]] = {
    "hmac and json": _bare,
    "verify": _verified,
    "verify and parse": _read,
}


@attrs.frozen
class Case:
    """A way to deal with deliveries of a size."""

    way: str
    size: int


CASES: Final = tuple(Case(way, size) for size in SIZES for way in WAYS)


def _delivery(size: int) -> bytes:
    event = {
        "event": "sync_end",
        "created": "2026-08-01T12:00:00.000Z",
        "connector_type": "postgres",
        "connector_id": "one",
        "destination_group_id": "group",
        "sync_id": "sync",
        "data": {"status": "FAILURE", "reason": ""},
    }
    missing = size - len(json.dumps(event))
    return json.dumps(event | {"data": {"status": "FAILURE", "reason": "x" * max(0, missing)}}).encode()


def measure(case: Case) -> Mapping[str, float]:
    """Deal with many deliveries."""
    body = _delivery(case.size)
    signature, way = compute_signature(body, SECRET), WAYS[case.way]
    began = time.perf_counter()
    for _ in range(_CALLS):
        way(body, signature)
    return {"us": 1e6 * (time.perf_counter() - began) / _CALLS}


def table(measured: Sequence[Measured]) -> list[Row]:
    """Return the medians."""
    return [{**one.case, "us": round(one.median("us"), 1)} for one in measured]


def _named(case: Case) -> Row:
    return {"case": case.way, "bytes": case.size}


def run(rounds: int) -> list[Measured]:
    """Measure all cases, so many times over."""
    return interleaved(CASES, rounds, measure, _named)


def _cost(size: int) -> float:
    return 1000 * measure(Case("verify and parse", size))["us"] / size


GROWS: Final = Growth(
    workload="W8", what="verify and parse deliveries of so many bytes", unit="ns a byte", sizes=SIZES, cost=_cost
)
WORKLOAD: Final = Workload("w8_webhooks", run, table, no_goals, GROWS)


if __name__ == "__main__":
    sys.exit(WORKLOAD.alone(__doc__))
