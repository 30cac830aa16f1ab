"""The kinds of faults: what one of each does to a request, with the details that chance decides."""

from __future__ import annotations

import email.utils
import math
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias

import msgspec

from fivetran_async.sandbox.limits import ALL, PLANS
from fivetran_async.sandbox.paging import cursor, page
from fivetran_async.sandbox.replies import CODES

Drop: TypeAlias = Literal["before", "during", "after"]
Garbling: TypeAlias = Literal["cut", "surplus", "bytes"]

CLASSES: Final[Mapping[str, str]] = {f"429_{name}": name for name in PLANS["full"] if name != ALL}
"""The kinds that only a request of one rate class can get, each with that class."""
PAGED: Final = frozenset({"repeated_cursor", "expired_cursor", "shifted_page"})
"""The kinds that only a GET with a cursor can get."""

_STATUSES: Final = (500, 502, 503, 504)
_GATEWAY: Final = {502: "Bad Gateway", 503: "Service Unavailable", 504: "Gateway Timeout"}
# By how many bytes a length is wrong at most; every envelope is longer.
_WRONG: Final = 12


@dataclass(frozen=True, slots=True)
class Fault:
    """What happens to one request.

    Attributes:
        kind: What it is counted as.
        status: Answer with this status instead of handling the request; None handles it.
        headers: Added to the answer, replacing others of the same name.
        body: The answer's body; None leaves the envelope that fits, or what handling gave.
        drop: `before` closes the connection without handling the request, `during` handles it and closes amid the
            answer's body, `after` handles it and closes instead of answering.
        delay: Real seconds to wait before anything else.
        truncate: Send only that many bytes of the body, then close.
        part: The share of the body that is sent before a close amid it.
        reset: Whether a close is a reset, which the other side sees as an error and not as an end.
        surplus: How many bytes more than there are the answer announces; negative for fewer. Then close.
        drip: Real seconds over which the body is sent, in small pieces.
        garble: Break the JSON of the body: cut it off, add to it, or put bytes in it that are no text.
        page: Change a page of a list: `repeated` answers with the cursor that was asked for, `shifted` as if an item
            had come in front, so that the page begins with the last item of the one before.
    """

    kind: str = ""
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    body: bytes | None = None
    drop: Drop | None = None
    delay: float = 0.0
    truncate: int | None = None
    part: float = 0.5
    reset: bool = False
    surplus: int = 0
    drip: float = 0.0
    garble: Garbling | None = None
    page: Literal["repeated", "shifted"] | None = None

    @property
    def handles(self) -> bool:
        """Whether the request reaches the account all the same."""
        return self.status is None and self.body is None and self.drop != "before"


@dataclass(frozen=True, slots=True)
class Chance:
    """What the details of a fault are made from.

    Attributes:
        rng: Where they come from.
        slow: Real seconds that a latency or a drip takes at most.
        retry_after: Seconds that a 429 asks to wait at most; None for answers without `Retry-After`.
        now: The sandbox's now, for a `Retry-After` that is a date.
    """

    rng: random.Random
    slow: float = 0.02
    retry_after: float | None = 1.0
    now: float = 0.0


def make(kind: str, chance: Chance) -> Fault:
    """Return one fault of a kind, which is one of `KINDS`."""
    return _MAKERS[kind](kind, chance)


def garbled(content: bytes, how: Garbling) -> bytes:
    """Return JSON that is none any more."""
    if how == "cut":
        return content[: len(content) // 2]
    if how == "surplus":
        return content + b'}, "'
    return content[:-1] + b"\xff\xfe" + content[-1:]


def shifted(text: str) -> str:
    """Return the cursor of the item before the one that a cursor stands for.

    Raises:
        RefusalError: It is not a cursor.
    """
    # Whoever reads cursors is asked for the place, as the only item of a page of all places.
    place: int = page(range(2**62), {"cursor": text, "limit": "1"}, int).body["data"]["items"][0]
    return cursor(max(0, place - 1))


def _latency(kind: str, chance: Chance) -> Fault:
    return Fault(kind, delay=chance.slow * chance.rng.uniform(0.5, 1))


def _failure(kind: str, chance: Chance) -> Fault:
    return Fault(kind, status=chance.rng.choice(_STATUSES))


def _too_many(kind: str, chance: Chance) -> Fault:
    return Fault(kind, status=429, headers=_retry_after(chance))


def _retry_after(chance: Chance) -> dict[str, str]:
    # Drawn in any case: what comes later must not depend on whether there is such a header.
    spelling, share = chance.rng.choice(("none", "seconds", "fraction", "date")), chance.rng.random()
    if chance.retry_after is None or spelling == "none":
        return {}
    if spelling == "seconds":
        return {"Retry-After": str(math.ceil(chance.retry_after))}
    if spelling == "fraction":
        return {"Retry-After": f"{chance.retry_after * share:.3f}"}
    return {"Retry-After": email.utils.formatdate(math.ceil(chance.now + chance.retry_after), usegmt=True)}


def _reset(kind: str, chance: Chance) -> Fault:
    moments: dict[str, Drop] = {"reset_before": "before", "reset_during": "during", "reset_after": "after"}
    return Fault(kind, drop=moments[kind], part=chance.rng.random(), reset=chance.rng.random() < 0.5)  # noqa: PLR2004 - half


def _truncated(kind: str, chance: Chance) -> Fault:
    return Fault(kind, drop="during", part=chance.rng.random())


def _invalid_json(kind: str, chance: Chance) -> Fault:
    ways: tuple[Garbling, ...] = ("cut", "surplus", "bytes")
    return Fault(kind, garble=chance.rng.choice(ways))


def _html(kind: str, chance: Chance) -> Fault:
    status, words = chance.rng.choice(tuple(_GATEWAY.items()))
    title = f"{status} {words}"
    text = f"<!DOCTYPE html>\n<html><head><title>{title}</title></head><body><h1>{title}</h1></body></html>\n"
    return Fault(kind, status, {"Content-Type": "text/html; charset=utf-8"}, text.encode())


def _drip(kind: str, chance: Chance) -> Fault:
    return Fault(kind, drip=chance.slow)


def _wrong_length(kind: str, chance: Chance) -> Fault:
    return Fault(kind, surplus=chance.rng.choice((1, -1)) * chance.rng.randint(1, _WRONG))


def _repeated_cursor(kind: str, _chance: Chance) -> Fault:
    return Fault(kind, page="repeated")


def _expired_cursor(kind: str, _chance: Chance) -> Fault:
    text = msgspec.json.encode({"code": CODES[400], "message": "Parameter 'cursor' has expired"})
    return Fault(kind, 400, body=text)


def _shifted_page(kind: str, _chance: Chance) -> Fault:
    return Fault(kind, page="shifted")


_MAKERS: Final[Mapping[str, Callable[[str, Chance], Fault]]] = {
    "latency": _latency,
    "5xx": _failure,
    "429": _too_many,
    **dict.fromkeys(CLASSES, _too_many),
    "reset_before": _reset,
    "reset_during": _reset,
    "reset_after": _reset,
    "truncated": _truncated,
    "invalid_json": _invalid_json,
    "html": _html,
    "drip": _drip,
    "wrong_length": _wrong_length,
    "repeated_cursor": _repeated_cursor,
    "expired_cursor": _expired_cursor,
    "shifted_page": _shifted_page,
}

KINDS: Final = tuple(_MAKERS)
"""All kinds that can be asked for by name."""
