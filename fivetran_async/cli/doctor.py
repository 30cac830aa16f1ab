"""`fivetran-async doctor`: whether calls can work from here, and what they may do."""

import json
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final, TypeAlias
from urllib.parse import urlsplit

import attrs
import click

from fivetran_async import config
from fivetran_async.cli import output
from fivetran_async.cli.account import base_url_option, using
from fivetran_async.cli.app import Exit
from fivetran_async.client import Fivetran
from fivetran_async.errors import ApiError, ConfigError, FivetranError, ForbiddenError, NotFoundError, UnauthorizedError
from fivetran_async.hooks import Event, ResponseReceived
from fivetran_async.paging import Pager
from fivetran_async.transport import proxy_of_environment

FINE, NOTED, WRONG, FAILED = "ok", "note", "warning", "error"
# A request's time is rounded to a second, and it travels.
_SKEW: Final = 5.0
# So little of an hour's calls is a reason to look who makes them.
_LITTLE: Final = 0.05

# One call each; what a key may not read is said, and is no fault.
_LISTS: Final[Mapping[str, Callable[[Fivetran], Pager[Any]]]] = {
    "groups": lambda ft: ft.groups.list(page_size=1),
    "destinations": lambda ft: ft.destinations.list(page_size=1),
    "connections": lambda ft: ft.connections.list(page_size=1),
    "transformations": lambda ft: ft.transformations.list(page_size=1),
    "webhooks": lambda ft: ft.webhooks.list(page_size=1),
    "log services": lambda ft: ft.log_services.list(page_size=1),
    "users": lambda ft: ft.users.list(page_size=1),
    "teams": lambda ft: ft.teams.list(page_size=1),
    "roles": lambda ft: ft.roles.list(page_size=1),
    "system keys": lambda ft: ft.system_keys.list(page_size=1),
    "hybrid agents": lambda ft: ft.hybrid_agents.list(page_size=1),
    "proxy agents": lambda ft: ft.proxy_agents.list(page_size=1),
    "private links": lambda ft: ft.private_links.list(page_size=1),
    "packages": lambda ft: ft.connector_packages.list(page_size=1),
}

Status: TypeAlias = str


@attrs.frozen
class Check:
    """One thing that was looked at.

    Attributes:
        name: What.
        status: `ok`, `note`, `warning` or `error`.
        text: What was seen, and what to do about it.
    """

    name: str
    status: Status
    text: str


@click.command(
    name="doctor",
    short_help="See whether calls can work from here, and what the key may do.",
    epilog="""\b
    Examples:
      fivetran-async doctor
      fivetran-async doctor --no-rights --json

    It reads only, and costs 15 calls, one with --no-rights.

    Exit status: 0 fine, 1 warnings, 2 credentials that are missing or refused, 3 the API cannot be reached.""",
)
@click.option("--rights/--no-rights", default=True, show_default=True, help="See what the key may read.")
@output.json_option
@base_url_option
def command(*, rights: bool, as_json: bool, base_url: str | None) -> int:
    """Look at credentials, the way to the API, the key, the calls that are left and the clock."""
    checks: list[Check] = []
    dates: list[datetime] = []
    looking_at = "credentials"
    try:
        config.pair_from_env()
        checks.append(Check(looking_at, FINE, f"${config.KEY_VARIABLE}, and never shown"))
        looking_at = "address"
        client = Fivetran.from_env(base_url=base_url, hooks=[_Dates(dates)])
    except ConfigError as error:
        checks.append(Check(looking_at, FAILED, str(error)))
        return _end(checks, Exit.USAGE, as_json=as_json)
    checks += _way(client)
    status = using(client, lambda ft: _asked(ft, checks, dates, rights=rights))
    if status is Exit.FINE and any(check.status == WRONG for check in checks):
        status = Exit.FOUND
    return _end(checks, status, as_json=as_json)


class _Dates:
    """Notes the API's time, as each reply tells it."""

    def __init__(self, dates: list[datetime]) -> None:
        self._dates = dates

    def __call__(self, event: Event) -> None:
        if isinstance(event, ResponseReceived) and event.date:
            try:
                self._dates.append(parsedate_to_datetime(event.date))
            except ValueError:
                return


def _way(client: Fivetran) -> Iterable[Check]:
    address = urlsplit(client.base_url)
    yield Check("address", FINE, client.base_url)
    proxy = proxy_of_environment(client.base_url)
    if proxy is None:
        yield Check("proxy", FINE, "none")
    else:
        # Its user and password are not shown.
        yield Check(
            "proxy", NOTED, f"{urlsplit(proxy if '//' in proxy else f'//{proxy}').hostname}, of the environment"
        )
    if address.scheme == "https":
        yield Check("TLS", FINE, "verified by the system's certificates")
    elif config.is_loopback(client.base_url):
        yield Check("TLS", NOTED, "none: the address is one of this machine")
    else:
        yield Check("TLS", WRONG, "none: the key goes over the network in clear text; use an address with https://")


async def _asked(ft: Fivetran, checks: list[Check], dates: list[datetime], *, rights: bool) -> Exit:
    try:
        info = await ft.account.info()
    except UnauthorizedError as error:
        checks.append(Check("key", FAILED, f"{error}; is it the key's secret, and of this account?"))
        return Exit.USAGE
    except NotFoundError as error:
        checks.append(Check("API", FAILED, f"{error}; the API is not at this address: is its path right?"))
        return Exit.UNFINISHED
    except FivetranError as error:
        checks.append(Check("API", FAILED, str(error)))
        return Exit.UNFINISHED
    checks.append(Check("account", FINE, f"{info.account_name or 'without a name'} ({info.account_id})"))
    kind = f"a system key ({info.system_key_id})" if info.system_key_id else f"the key of a user ({info.user_id})"
    checks.append(Check("key", FINE, kind))
    if rights:
        checks.append(await _rights(ft))
    checks += [_clock(dates), _left(ft)]
    return Exit.FINE


async def _rights(ft: Fivetran) -> Check:
    async def read(name: str) -> None:
        await _LISTS[name](ft).page()

    refused: list[str] = []
    failed: list[str] = []
    async with ft.map(read, _LISTS) as results:
        async for result in results:
            if isinstance(result.error, ForbiddenError):
                refused.append(result.item)
            elif result.error is not None:
                failed.append(f"{result.item} ({_short(result.error)})")
    if failed:
        return Check("rights", WRONG, f"not read: {', '.join(sorted(failed))}")
    if refused:
        return Check("rights", NOTED, f"it may read all but {', '.join(sorted(refused))}")
    return Check("rights", FINE, f"it may read all {len(_LISTS)} kinds of objects")


def _short(error: BaseException) -> str:
    return str(error.status) if isinstance(error, ApiError) else type(error).__name__


def _clock(dates: list[datetime]) -> Check:
    if not dates:
        return Check("clock", NOTED, "the API did not tell its time")
    skew = (datetime.now(UTC) - dates[-1]).total_seconds()
    if abs(skew) <= _SKEW:
        return Check("clock", FINE, "that of the API")
    early = "ahead of" if skew > 0 else "behind"
    return Check(
        "clock", WRONG, f"{abs(skew):,.0f} s {early} the API's: set this machine's, or ages of syncs will be wrong"
    )


def _left(ft: Fivetran) -> Check:
    left, limit = ft.budget.remaining, ft.budget.limit
    if left is None or limit is None:
        return Check("calls", NOTED, "the API did not tell how many are left of the hour")
    text = f"{left:,} of {limit:,} are left of this hour"
    return Check("calls", WRONG if left < limit * _LITTLE else FINE, text)


def _end(checks: list[Check], status: Exit, *, as_json: bool) -> int:
    with output.to_reader():
        if as_json:
            found = {"version": 1, "ok": status is Exit.FINE, "checks": [attrs.asdict(check) for check in checks]}
            click.echo(json.dumps(found, indent=2))
        else:
            output.writer().table(("check", "", ""), [(check.name, check.status, check.text) for check in checks])
    return status
