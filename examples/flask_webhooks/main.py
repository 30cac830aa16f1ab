"""Receive Fivetran's webhooks in Flask, and keep the ends of syncs in SQLite.

FIVETRAN_WEBHOOK_SECRET=... flask --app main run --port 8000

Then create the webhook for https://<your host>/fivetran, with the same secret. The middleware lets only verified events
through, each of them once; when the view fails, Fivetran delivers the event again.
"""

import os
import sqlite3
from typing import Any

from flask import Flask, request

from fivetran_async.webhooks import Env, WebhookEvent
from fivetran_async.webhooks.wsgi import WebhookMiddleware

DATABASE = os.environ.get("WEBHOOKS_DATABASE", "webhooks.db")

app = Flask(__name__)
app.wsgi_app = WebhookMiddleware(  # type: ignore[method-assign]
    app.wsgi_app, secret=Env("FIVETRAN_WEBHOOK_SECRET"), path="/fivetran"
)


def connect() -> sqlite3.Connection:
    """Open the database."""
    database = sqlite3.connect(DATABASE)
    database.execute("CREATE TABLE IF NOT EXISTS syncs (sync_id TEXT PRIMARY KEY, connection TEXT, status TEXT)")
    return database


@app.post("/fivetran")
def fivetran() -> tuple[str, int]:
    """Keep how a sync ended."""
    event: WebhookEvent = request.environ["fivetran_event"]
    print(f"{event.event} {event.connection} {event.status}", flush=True)
    if event.is_sync_end:
        row = (event.sync_id, event.connection, str(event.status))
        with connect() as database:
            database.execute("INSERT OR REPLACE INTO syncs VALUES (?, ?, ?)", row)
        database.close()
    return "", 204


@app.get("/syncs")
def syncs() -> list[dict[str, Any]]:
    """Return how many syncs of each connection ended how."""
    database = connect()
    rows = database.execute("SELECT connection, status, count(*) FROM syncs GROUP BY 1, 2 ORDER BY 1, 2").fetchall()
    database.close()
    return [{"connection": connection, "status": status, "syncs": count} for connection, status, count in rows]
