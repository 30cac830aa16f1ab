"""Which account of Fivetran is meant, and one client of it for all triggers of an event loop."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

from airflow.sdk import BaseHook, Connection

import fivetran_async
import fivetran_sync

Client = TypeVar("Client", fivetran_async.Fivetran, fivetran_sync.Fivetran)


@dataclass(frozen=True)
class Account:
    """The login, the password and the extra `base_url` of a connection of Airflow; without a key, the environment's."""

    key: str | None = None
    secret: str | None = field(default=None, repr=False)
    base_url: str | None = None

    def client(self, package: type[Client]) -> Client:
        """Return a client of it, of either package; nothing is sent yet."""
        if self.key is None:
            return package.from_env(base_url=self.base_url)
        return package(self.key, self.secret, base_url=self.base_url)


def account(conn_id: str | None) -> Account:
    """Return the account of a connection of Airflow; None for that of the environment."""
    return Account() if conn_id is None else _of(BaseHook.get_connection(conn_id))


async def account_in_triggerer(conn_id: str | None) -> Account:
    """Return the same where an event loop runs, which must not be held up."""
    return Account() if conn_id is None else _of(await BaseHook.aget_connection(conn_id))


def _of(connection: Connection) -> Account:
    extra: dict[str, Any] = connection.extra_dejson
    return Account(connection.login or None, connection.password or None, extra.get("base_url") or None)


@dataclass
class _Shared:
    client: fivetran_async.Fivetran
    users: int = 0


_shared: dict[tuple[asyncio.AbstractEventLoop, Account], _Shared] = {}


@asynccontextmanager
async def shared_client(of: Account) -> AsyncGenerator[fivetran_async.Fivetran]:
    """Lend the client of an account that all triggers in this loop use; who leaves last closes it.

    With one client their waits are one: a call looks at a thousand connections.
    """
    key = (asyncio.get_running_loop(), of)
    held = _shared.get(key)
    if held is None:
        held = _shared[key] = _Shared(of.client(fivetran_async.Fivetran))
    held.users += 1
    try:
        yield held.client
    finally:
        held.users -= 1
        if not held.users:
            # Before the client is closed: whoever comes meanwhile opens one of its own.
            del _shared[key]
            await held.client.close()
