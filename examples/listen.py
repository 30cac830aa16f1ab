"""Print what happens to the syncs of an account as it happens, without asking again and again.

    python examples/listen.py https://hooks.example.com/fivetran 0.0.0.0:8080

listens for events of the account of the environment until Ctrl-C; the address is a public one that leads here. Without
arguments it needs no account: it listens to a sandbox in which ten connections sync.
"""

import sys

from fivetran_async.sandbox import Sandbox
from fivetran_async.webhooks import WebhookEvent
from fivetran_sync import Fivetran
from fivetran_sync.webhooks import WebhookListener


def show(event: WebhookEvent) -> None:
    """Print an event on a line."""
    outcome = "" if event.status is None else f" {event.status}"
    print(f"{event.created:%H:%M:%S} {event.connector_name or event.connection}: {event.event}{outcome}")


def listen_to_account(url: str, bind: str) -> None:
    """Listen until Ctrl-C; the webhook is made at the beginning and deleted at the end."""
    with Fivetran.from_env() as ft, WebhookListener(ft, url=url, bind=bind) as events:
        print(f"{events}: Ctrl-C ends it")
        for event in events:
            show(event)


def listen_to_sandbox() -> None:
    """Listen until ten syncs have ended."""
    with Sandbox(seed=7, groups=2, connections=0) as box, box.sync_client() as ft:
        ids = [box.account.add_connection(next(iter(box.account.groups)))["id"] for _ in range(10)]
        box.syncs.script(ids[3], "failure_with_task", tasks=[("reconnect", "The password has changed.")])
        with WebhookListener(ft, url="http://127.0.0.1:{port}/", bind="127.0.0.1:0") as events:
            for name in ids:
                ft.connections.sync(name)
            box.clock.advance(3600)
            ended: set[str | None] = set()
            for event in events:
                show(event)
                if event.is_sync_end:
                    ended.add(event.connection)
                if len(ended) == len(ids):
                    break


if __name__ == "__main__":
    if len(sys.argv) > 2:  # noqa: PLR2004 - an address, and where to listen
        listen_to_account(sys.argv[1], sys.argv[2])
    else:
        listen_to_sandbox()
