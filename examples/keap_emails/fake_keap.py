"""A Keap that runs here: made-up emails, the real paging, limits, and faults on demand; never part of a deployment.

`python fake_keap.py --port 8081` serves it.
"""

import argparse
import asyncio
import json
import time
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Self

from aiohttp import web

PATH = "/crm/rest/v1/emails"
KEY = "KeapAK-made-up-key"
MOST = 1000
DAY = timedelta(days=1)


class FakeKeap:
    """Emails of some days, each row the same in every run.

    The first email of a day lies on its first moment and the last one in the last half second, where a window that
    ends at 23:59:59 loses it. `since` and `until` both count in, as a cautious client must expect.
    """

    def __init__(
        self,
        *,
        first: datetime = datetime(2024, 1, 1, tzinfo=UTC),
        days: int = 3,
        rows: int = 2500,
        latency: float = 0.0,
        per_second: int | None = None,
        per_minute: int | None = None,
        key: str = KEY,
    ) -> None:
        """Make one.

        Args:
            first: The first day.
            days: How many days have emails.
            rows: Emails a day, from 2.
            latency: How long a reply takes, in seconds.
            per_second: Calls in any second before it answers 429; None for any number.
            per_minute: The same for any minute.
            key: The key that it accepts.
        """
        self.emails: list[dict[str, Any]] = [
            _email(day * rows + number, first + day * DAY + _moment(number, rows))
            for day in range(days)
            for number in range(rows)
        ]
        self.latency, self.key = latency, key
        self.limits = [(per_second, 1.0), (per_minute, 60.0)]
        self.calls: list[dict[str, str]] = []
        """The query of each call, in the order in which they came."""
        self.statuses: list[int] = []
        self.faults: deque[tuple[int, dict[str, str]]] = deque()
        """Statuses and headers that the next calls are answered with."""
        self.fail_day: tuple[str, int] | None = None
        """A day, such as 2024-01-05, and the status that calls for it are answered with."""
        self.before: Callable[[Self, dict[str, str]], None] | None = None
        """Called before each call is answered, to change the emails between two pages."""
        self.url = ""
        self._let: deque[float] = deque()
        self._pages: dict[tuple[str, str, int, int, int], bytes] = {}
        self.version = 0
        """Counted up by whoever changes the emails: replies are kept until then."""
        self._runner: web.AppRunner | None = None

    def remove(self, number: int) -> None:
        """Remove an email."""
        self.emails = [email for email in self.emails if email["id"] != number]
        self.version += 1

    def change(self, number: int, **fields: Any) -> None:
        """Change an email that is there."""
        self.emails = [{**email, **fields} if email["id"] == number else email for email in self.emails]
        self.version += 1

    def add(self, number: int, at: datetime) -> None:
        """Add an email, perhaps of a day that was read long ago."""
        self.emails = sorted([*self.emails, _email(number, at)], key=_order)
        self.version += 1

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def start(self, port: int = 0) -> None:
        """Listen on the loopback interface."""
        application = web.Application()
        application.router.add_get(PATH, self._list)
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", port).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    async def stop(self) -> None:
        """Stop listening."""
        if self._runner is not None:
            await self._runner.cleanup()

    async def _list(self, request: web.Request) -> web.Response:
        query = dict(request.query)
        self.calls.append(query)
        status, headers = self._status(request, query)
        if self.latency:
            await asyncio.sleep(self.latency)
        self.statuses.append(status)
        if status != 200:  # noqa: PLR2004
            return web.json_response({"message": f"made-up {status}"}, status=status, headers=headers)
        if self.before is not None:
            self.before(self, query)
        return web.Response(body=self._page(query), content_type="application/json", headers=headers)

    def _status(self, request: web.Request, query: dict[str, str]) -> tuple[int, dict[str, str]]:
        if request.headers.get("X-Keap-API-Key") != self.key:
            return 401, {}
        now = time.monotonic()
        while self._let and self._let[0] <= now - 60:
            self._let.popleft()
        for most, seconds in self.limits:
            if most is not None and sum(at > now - seconds for at in self._let) >= most:
                return 429, {"Retry-After": "1"}
        if self.faults:
            return self.faults.popleft()
        if self.fail_day is not None and query.get("since", "").startswith(self.fail_day[0]):
            return self.fail_day[1], {}
        if not query.get("limit", "0").isdecimal() or not 0 < int(query.get("limit", MOST)) <= MOST:
            return 400, {}
        self._let.append(now)
        minute = self.limits[1][0]
        left = {} if minute is None else {"x-keap-product-throttle-available": str(minute - len(self._let))}
        return 200, left

    def _page(self, query: dict[str, str]) -> bytes:
        limit, offset = int(query.get("limit", MOST)), int(query.get("offset", 0))
        place = (query.get("since", ""), query.get("until", ""), limit, offset, self.version)
        if place not in self._pages:
            since, until = place[:2]
            found = [email for email in self.emails if since <= email["sent_date"] <= (until or "9")]
            page = {"emails": found[offset : offset + limit], "count": len(found)}
            self._pages[place] = json.dumps(page).encode()
        return self._pages[place]


def _moment(number: int, rows: int) -> timedelta:
    if number == rows - 1:
        return DAY - timedelta(milliseconds=500)
    return timedelta(seconds=number * 86_000 // max(rows - 1, 1))


def _email(number: int, at: datetime) -> dict[str, Any]:
    return {
        "id": number,
        "subject": f"Made-up subject {number}",
        "sent_date": at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z",
        "received_date": None,
        "opened_date": None,
        "clicked_date": None,
        "contact_id": number % 977,
        "sent_to_address": f"person{number % 977}@example.com",
        "sent_from_address": "news@example.com",
        "original_provider": "UNKNOWN",
    }


def _order(email: dict[str, Any]) -> tuple[str, int]:
    return email["sent_date"], email["id"]


async def _serve(keap: FakeKeap, port: int) -> None:
    await keap.start(port)
    print(f"{keap.url} accepts the key {keap.key}", flush=True)
    try:
        await asyncio.Event().wait()
    finally:
        await keap.stop()


def main() -> None:
    """Serve until interrupted."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--port", type=int, default=8081)
    options.add_argument("--days", type=int, default=30)
    options.add_argument("--rows", type=int, default=2500, help="emails a day")
    options.add_argument("--latency", type=float, default=0.05, help="seconds a reply takes")
    options.add_argument("--limits", action="store_true", help="answer 429 beyond 10 calls a second and 240 a minute")
    given = options.parse_args()
    limits = {"per_second": 10, "per_minute": 240} if given.limits else {}
    keap = FakeKeap(days=given.days, rows=given.rows, latency=given.latency, **limits)
    try:
        asyncio.run(_serve(keap, given.port))
    except KeyboardInterrupt:
        return


if __name__ == "__main__":
    main()
