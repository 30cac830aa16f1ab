"""Sync one connection after the other without an event loop, and stop at the first that fails. Needs no account."""

from fivetran_async.sandbox import Sandbox
from fivetran_sync import Connection, Fivetran, NotSetUpError, PausedError, SyncFailedError, SyncTimeoutError


def load(ft: Fivetran, box: Sandbox, connection_id: str) -> bool:
    """Sync a connection, wait for it, and say how it ended."""

    def seen(connection: Connection) -> None:
        print(f"  {connection.id} is {connection.sync_state}")
        # A rehearsal need not take its time.
        box.clock.advance(60)

    try:
        result = ft.connections.sync_and_wait(
            connection_id, timeout=3_600, on_reschedule="trigger", unpause=True, on_poll=seen
        )
    except (SyncFailedError, NotSetUpError, PausedError, SyncTimeoutError) as error:
        print(error)
        return False
    print(f"{connection_id}: {result.status} after {result.duration:.0f} s and {result.polls} looks")
    return True


def main() -> None:
    """Load in order; what comes after a failure would be made of old data."""
    with Sandbox(seed=7, groups=1, connections=0) as box, box.sync_client() as ft:
        group = next(iter(box.account.groups))
        for name, outcome in (("orders", "success"), ("payments", "success"), ("refunds", "failure")):
            own = {"seconds": 240, "outcome": outcome}
            box.account.add_connection(group, id=name, paused=name == "payments", sandbox=own)
        for name in ("orders", "payments", "refunds", "reports"):
            if not load(ft, box, name):
                break


if __name__ == "__main__":
    main()
