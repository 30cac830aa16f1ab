"""Scripted faults: what goes wrong with which request, in which order."""

from __future__ import annotations

import fnmatch
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias

Drop: TypeAlias = Literal["before", "after"]


@dataclass(frozen=True, slots=True)
class Fault:
    """What happens to one request.

    Attributes:
        status: Answer with this status instead of handling the request; None handles it.
        headers: Added to the answer, replacing others of the same name.
        body: The answer's body; None leaves the envelope that fits, or what handling gave.
        drop: `before` closes the connection without handling the request, `after` handles it and then closes.
        delay: Real seconds to wait before anything else.
        truncate: Send only that many bytes of the body, then close.
    """

    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    body: bytes | None = None
    drop: Drop | None = None
    delay: float = 0.0
    truncate: int | None = None

    @property
    def handles(self) -> bool:
        """Whether the request reaches the account all the same."""
        return self.status is None and self.body is None and self.drop != "before"


class Script:
    """One entry of the script: a fault, the requests it is meant for, and how often it fires."""

    def __init__(self, method: str, path: str, fault: Fault, times: int | None, skip: int) -> None:
        self.method = method
        self.path = path
        self.fault = fault
        self.fired = 0
        """How many requests got this fault."""
        self._times = times
        self._skip = skip

    @property
    def pending(self) -> int | None:
        """How many requests are still to get it; None when all that match do."""
        return None if self._times is None else self._times - self.fired

    def matches(self, method: str, path: str) -> bool:
        """Tell whether it is meant for such a request."""
        if self.method not in ("*", method) or self.pending == 0:
            return False
        if any(mark in self.path for mark in "*?["):
            return fnmatch.fnmatchcase(path, self.path)
        return path.startswith(self.path)

    def fire(self) -> bool:
        """Count a request that matches; tell whether it gets the fault or is still let by."""
        if self._skip:
            self._skip -= 1
            return False
        self.fired += 1
        return True


class Faults:
    """The faults of a sandbox; filled by tests, emptied by the requests that match."""

    def __init__(self) -> None:
        self._lock: Final = threading.Lock()
        self._scripts: list[Script] = []
        self._fired = 0

    @property
    def fired(self) -> int:
        """How many requests got a fault so far."""
        return self._fired

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
        status: int | None = None,
        times: int | None = 1,
        skip: int = 0,
        headers: Mapping[str, str] | None = None,
        body: bytes | str | None = None,
        drop: Drop | None = None,
        delay: float = 0.0,
        truncate: int | None = None,
    ) -> Script:
        """Let the next matching requests go wrong.

        Entries are tried in the order in which they were made; a request gets one fault at most.

        Args:
            method: An HTTP method, or `*` for any.
            path: The beginning of a raw path, such as `/v1/groups`; with `*`, `?` or `[` a pattern for all of it.
            status: Answer with this status instead of handling the request.
            times: How many requests get it; None for all.
            skip: How many matching requests are let by first.
            headers: Added to the answer.
            body: Answer with this body instead of handling the request, with status 200 unless `status` says more.
            drop: `before` closes the connection with the request unhandled, `after` handles it and answers nothing.
            delay: Real seconds to wait before anything else.
            truncate: Send only that many bytes of the body, then close the connection.

        Returns:
            The entry, whose `fired` counts.

        Raises:
            ValueError: It would change nothing, or a number is out of range.
        """
        if status is not None and not 200 <= status <= 599:  # noqa: PLR2004 - the range of final statuses
            raise ValueError(f"status must be a final HTTP status, got {status}")
        if not path.startswith(("/", "*")):
            raise ValueError(f"path must begin with a slash, such as /v1/groups, or be a pattern, got {path!r}")
        if drop not in {None, "before", "after"}:
            raise ValueError(f"drop must be 'before' or 'after', got {drop!r}")
        if delay < 0 or skip < 0 or (times is not None and times < 1) or (truncate is not None and truncate < 0):
            raise ValueError("delay, skip and truncate must not be negative, and times must be at least 1")
        raw = body.encode() if isinstance(body, str) else body
        fault = Fault(status, dict(headers or {}), raw, drop, delay, truncate)
        if fault == Fault():
            raise ValueError("a fault needs at least one of status, headers, body, drop, delay and truncate")
        script = Script(method.upper(), path, fault, times, skip)
        with self._lock:
            self._scripts.append(script)
        return script

    def take(self, method: str, path: str) -> Fault | None:
        """Return the fault of a request, or None; it is used up by that."""
        with self._lock:
            for script in self._scripts:
                if script.matches(method, path) and script.fire():
                    self._fired += 1
                    if script.pending == 0:
                        self._scripts.remove(script)
                    return script.fault
        return None

    def clear(self) -> None:
        """Forget all that has not fired yet."""
        with self._lock:
            self._scripts.clear()
