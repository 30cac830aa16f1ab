"""The faults of a sandbox: what goes wrong with which request, by script or by chance."""

from __future__ import annotations

import fnmatch
import math
import random
import threading
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from fivetran_async.sandbox.fault_kinds import CLASSES, KINDS, PAGED, Chance, Drop, Fault, make

_FAILED: Final = 500
_TOO_MANY: Final = 429
_METHODS: Final = ("GET", "POST", "PATCH", "DELETE")


def _no_classes() -> Collection[str]:
    return ()


@dataclass(frozen=True, slots=True)
class _Asked:
    method: str
    path: str
    classes: Callable[[], Collection[str]]
    cursor: str
    now: float

    def can_get(self, kind: str) -> bool:
        if kind in PAGED:
            return self.method == "GET" and bool(self.cursor)
        return kind not in CLASSES or CLASSES[kind] in self.classes()

    def goes_to(self, path: str) -> bool:
        if any(mark in path for mark in "*?["):
            return fnmatch.fnmatchcase(self.path, path)
        return self.path.startswith(path)


class Script:
    """One entry of the script: a fault, the requests it is meant for, and how often it fires."""

    def __init__(
        self, method: str, path: str, fault: Fault, *, times: int | None, skip: int, rate_class: str | None
    ) -> None:
        self.method = method
        self.path = path
        self.fault = fault
        self.fired = 0
        """How many requests got this fault."""
        self._times = times
        self._skip = skip
        self._rate_class = rate_class
        # One that is nothing but its kind gets its details each time it fires.
        self._rng = random.Random(0) if fault == Fault(fault.kind) else None  # noqa: S311 - not for secrets

    @property
    def pending(self) -> int | None:
        """How many requests are still to get it; None when all that match do."""
        return None if self._times is None else self._times - self.fired

    def take(self, asked: _Asked) -> Fault | None:
        """Return the fault of a request that it is meant for; one that is let by is counted."""
        if not self._matches(asked):
            return None
        if self._skip:
            self._skip -= 1
            return None
        self.fired += 1
        return self.fault if self._rng is None else make(self.fault.kind, Chance(self._rng, now=asked.now))

    def _matches(self, asked: _Asked) -> bool:
        if self.method not in ("*", asked.method) or self.pending == 0 or not asked.goes_to(self.path):
            return False
        if self._rate_class is not None:
            return self._rate_class in asked.classes()
        return self._rng is None or asked.can_get(self.fault.kind)


class _Odds:
    """Faults by chance, drawn from one generator in the order of the requests."""

    def __init__(
        self,
        rates: Mapping[str, float],
        *,
        seed: int,
        burst: int,
        methods: Collection[str] | None,
        path: str,
        slow: float,
        retry_after: float | None,
    ) -> None:
        self._rates = dict(rates)
        self._rng = random.Random(seed)  # noqa: S311 - not for secrets
        self._burst = burst
        self._methods = methods
        self._path = path
        self._slow = slow
        self._retry_after = retry_after
        self._failing: Fault | None = None
        self._left = 0

    def take(self, asked: _Asked) -> Fault | None:
        if (self._methods is not None and asked.method not in self._methods) or not asked.goes_to(self._path):
            return None
        if self._left:
            self._left -= 1
            return self._failing
        kind = self._kind()
        if kind is None or not asked.can_get(kind):
            return None
        fault = make(kind, Chance(self._rng, self._slow, self._retry_after, asked.now))
        if kind == "5xx":
            self._failing, self._left = fault, self._burst - 1
        return fault

    def _kind(self) -> str | None:
        at = self._rng.random()
        for kind, rate in self._rates.items():
            if at < rate:
                return kind
            at -= rate
        return None


class Faults:
    """The faults of a sandbox; set up by tests or the command line, met by the requests that match."""

    def __init__(self) -> None:
        self._lock: Final = threading.Lock()
        self._scripts: list[Script] = []
        self._odds: list[_Odds] = []
        self._fired: Counter[str] = Counter()

    @property
    def fired(self) -> Mapping[str, int]:
        """How many requests got a fault so far, by kind; 0 for a kind that none got."""
        with self._lock:
            return self._fired.copy()

    @property
    def pending(self) -> int:
        """How many scripted faults still wait for a request; those without end do not count."""
        with self._lock:
            return sum(script.pending or 0 for script in self._scripts)

    def script(
        self,
        method: str,
        path: str,
        *,
        kind: str | None = None,
        status: int | None = None,
        times: int | None = 1,
        skip: int = 0,
        rate_class: str | None = None,
        headers: Mapping[str, str] | None = None,
        body: bytes | str | None = None,
        drop: Drop | None = None,
        delay: float = 0.0,
        truncate: int | None = None,
    ) -> Script:
        """Let the next matching requests go wrong.

        Entries are tried in the order in which they were made; a request gets one fault at most, and one by chance
        only where no script has one for it. What handles a request changes the account; what does not leaves it.

        Args:
            method: An HTTP method, or `*` for any.
            path: The beginning of a raw path, such as `/v1/groups`; with `*`, `?` or `[` a pattern for all of it.
            kind: One of the kinds of `random`, its details included; stands in place of all that follows
                `rate_class`, and of `status`.
            status: Answer with this status instead of handling the request.
            times: How many requests get it; None for all.
            skip: How many matching requests are let by first: 2 for the third one.
            rate_class: Only requests of this rate class: `setup_tests`, `source`, `user_creation` or
                `private_link_creation`.
            headers: Added to the answer.
            body: Answer with this body instead of handling the request, with status 200 unless `status` says more.
            drop: `before` closes the connection with the request unhandled, `during` handles it and closes half-way
                through the answer's body, `after` handles it and answers nothing.
            delay: Real seconds to wait before anything else.
            truncate: Send only that many bytes of the body, then close the connection.

        Returns:
            The entry, whose `fired` counts.

        Raises:
            ValueError: It would change nothing, or an argument is not one of those that there are.
        """
        if status is not None and not 200 <= status <= 599:  # noqa: PLR2004 - the range of final statuses
            raise ValueError(f"status must be a final HTTP status, got {status}")
        _check_path(path)
        _check_choice("drop", drop, ("before", "during", "after"))
        _check_choice("kind", kind, KINDS)
        _check_choice("rate_class", rate_class, tuple(CLASSES.values()))
        if delay < 0 or skip < 0 or (times is not None and times < 1) or (truncate is not None and truncate < 0):
            raise ValueError("delay, skip and truncate must not be negative, and times must be at least 1")
        raw: Any = body.encode() if isinstance(body, str) else body
        if raw is not None and not isinstance(raw, bytes):
            raise ValueError(f"body must be a text or bytes, such as json.dumps makes, not {type(raw).__name__}")
        fault = Fault("", status, dict(headers or {}), raw, drop, delay, truncate)
        if kind is not None and fault != Fault():
            raise ValueError("a kind must stand alone: status, headers, body, drop, delay and truncate are its own")
        fault = replace(fault, kind=kind or _kind_of(fault, rate_class))
        script = Script(method.upper(), path, fault, times=times, skip=skip, rate_class=rate_class)
        with self._lock:
            self._scripts.append(script)
        return script

    def random(
        self,
        rates: Mapping[str, float],
        *,
        seed: int = 0,
        burst: int = 1,
        methods: Iterable[str] | None = None,
        path: str = "*",
        slow: float = 0.02,
        retry_after: float | None = 1.0,
    ) -> None:
        """Let requests go wrong by chance; the same seed and the same requests in the same order always do alike.

        Called again, it adds: a request that an earlier call spares may still meet a fault of a later one.

        These kinds handle the request, so that a write is done: `latency` (answered late), `drip` (answered in small
        pieces), `reset_during` and `reset_after` (closed amid the answer's body, or instead of the answer; in half of
        the cases with a reset), `truncated` (an end amid the body), `invalid_json`, `wrong_length` (a body that is
        shorter or longer than announced), and of pages `repeated_cursor` (the next cursor is the one that was sent)
        and `shifted_page` (an item has come in front, so that the last item of the page before comes again).

        These do not: `5xx`, `html` (a gateway's error page), `429`, with `Retry-After` in whole seconds, with a
        fraction, as an HTTP date or not at all, `429_setup_tests`, `429_source`, `429_user_creation` and
        `429_private_link_creation` for the calls of one rate class, `reset_before`, and `expired_cursor` (400).

        Args:
            rates: By kind, the share of the requests that it hits, of those that it can happen to: a `429_source`
                only calls that reach the source, the last three of pages only a GET with a cursor.
            seed: What decides which requests are hit, and how.
            burst: How many requests in a row a `5xx` hits.
            methods: The only HTTP methods that are hit; None for all.
            path: The only paths that are hit, as in `script`.
            slow: Real seconds that a `latency` takes at most, and a `drip` in all.
            retry_after: Seconds that a 429 asks to wait at most, by the sandbox's clock; whole seconds and dates are
                rounded up. None leaves the header away.

        Raises:
            ValueError: An unknown kind, rates that are no probabilities or above 1 together, or a number that is out
                of range.
        """
        _check_rates(rates)
        _check_path(path)
        if burst < 1:
            raise ValueError(f"burst must be at least 1, got {burst}")
        for name, seconds in (("slow", slow), ("retry_after", retry_after or 0.0)):
            if not 0 <= seconds < math.inf:
                raise ValueError(f"{name} must be a finite number of seconds, and not negative, got {seconds}")
        only = None if methods is None else frozenset(method.upper() for method in methods)
        for method in only or ():
            _check_choice("an HTTP method", method, _METHODS)
        odds = _Odds(rates, seed=seed, burst=burst, methods=only, path=path, slow=slow, retry_after=retry_after)
        with self._lock:
            self._odds.append(odds)

    def plan(self, texts: Iterable[str], *, seed: int = 0) -> None:
        """Set up faults from texts, as the command line takes them.

        Args:
            texts: `KIND=PROBABILITY`, all of which are one call of `random`; or an entry of the script, `METHOD PATH
                [#N] NAME=VALUE ...`, such as `PATCH /v1/connections/* #3 status=503` for the third one that matches.
                The names are those of `script`, without `headers` and `body`; `times=all` is for all.
            seed: What decides the first sort.

        Raises:
            ValueError: A text is neither, or says what is not possible.
        """
        rates: dict[str, float] = {}
        for text in texts:
            if len(text.split()) > 1:
                self._read_script(text)
                continue
            kind, _, rate = text.partition("=")
            try:
                rates[kind.strip()] = float(rate)
            except ValueError:
                raise ValueError(f"{text!r} must be KIND=PROBABILITY or METHOD PATH [#N] NAME=VALUE ...") from None
        if rates:
            self.random(rates, seed=seed)

    def _read_script(self, text: str) -> None:
        method, path, *words = text.split()
        options: dict[str, Any] = {}
        for word in words:
            name, is_option, value = word.partition("=")
            try:
                if word.startswith("#"):
                    options["skip"] = int(word[1:]) - 1
                elif is_option and name in _READERS:
                    options[name] = _READERS[name](value)
                else:
                    raise ValueError(word)  # noqa: TRY301 - said below, as for a number that is none
            except ValueError:
                names = ", ".join(_READERS)
                raise ValueError(f"{word!r} in {text!r} must be #N, or NAME=VALUE with one of {names}") from None
        self.script(method, path, **options)

    def take(
        self,
        method: str,
        path: str,
        *,
        classes: Callable[[], Collection[str]] = _no_classes,
        cursor: str = "",
        now: float = 0.0,
    ) -> Fault | None:
        """Return the fault of a request, or None; it is used up by that.

        Args:
            method: The request's HTTP method.
            path: Its raw path.
            classes: Tells its rate classes; asked only where they matter.
            cursor: The cursor in its query, or nothing.
            now: The sandbox's now.
        """
        asked = _Asked(method, path, classes, cursor, now)
        with self._lock:
            for script in self._scripts:
                if (fault := script.take(asked)) is not None:
                    if script.pending == 0:
                        self._scripts.remove(script)
                    return fault
            return next((fault for odds in self._odds if (fault := odds.take(asked)) is not None), None)

    def count(self, kind: str) -> None:
        """Note that a fault took effect."""
        with self._lock:
            self._fired[kind] += 1

    def clear(self) -> None:
        """Forget all that has not fired yet, and what may by chance."""
        with self._lock:
            self._scripts.clear()
            self._odds.clear()


_READERS: Final[Mapping[str, Callable[[str], Any]]] = {
    "kind": str,
    "status": int,
    "times": lambda text: None if text == "all" else int(text),
    "rate_class": str,
    "drop": str,
    "delay": float,
    "truncate": int,
}


def _kind_of(fault: Fault, rate_class: str | None) -> str:
    if fault == Fault():
        raise ValueError("a fault needs at least one of kind, status, headers, body, drop, delay and truncate")
    if fault.drop is not None:
        return f"reset_{fault.drop}"
    if fault.truncate is not None:
        return "truncated"
    if fault.status == _TOO_MANY and rate_class is not None:
        return f"429_{rate_class}"
    if fault.status is not None:
        return "5xx" if fault.status >= _FAILED else str(fault.status)
    if fault.body is not None:
        return "body"
    return "headers" if fault.headers else "latency"


def _check_path(path: str) -> None:
    if not path.startswith(("/", "*")):
        raise ValueError(f"path must begin with a slash, such as /v1/groups, or be a pattern, got {path!r}")


def _check_choice(name: str, value: str | None, choices: tuple[str, ...]) -> None:
    if value is not None and value not in choices:
        raise ValueError(f"{name} must be one of {', '.join(choices)}, got {value!r}")


def _check_rates(rates: Mapping[str, float]) -> None:
    for kind, rate in rates.items():
        _check_choice("a kind of fault", kind, KINDS)
        if not 0 <= rate <= 1:
            raise ValueError(f"the rate of {kind} must be a probability, between 0 and 1, got {rate}")
    # A hundredth of a millionth for the rounding of tenths.
    if sum(rates.values()) > 1 + 1e-8:
        raise ValueError(f"the rates must be 1 at most together, got {sum(rates.values()):g}")
