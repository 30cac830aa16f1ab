"""Receiving webhooks: is a delivery Fivetran's, and what does it say?

```python
from fivetran_async.webhooks import SIGNATURE_HEADER, parse, verify

if verify(body, headers.get(SIGNATURE_HEADER), secret):
    event = parse(body)
```

A server of your own: `asgi`, `wsgi` and `aiohttp` have an application and a middleware, or handler, each. No server at
all: `WebhookListener`.
"""

from fivetran_async.webhooks._event import (
    ChangeData,
    SyncEndData,
    SyncStatus,
    TransformationRunData,
    WebhookEvent,
    parse,
)
from fivetran_async.webhooks._signature import SIGNATURE_HEADER, Secret, compute_signature, verify
from fivetran_async.webhooks.background import Background
from fivetran_async.webhooks.listener import WebhookListener
from fivetran_async.webhooks.receiver import Answer, Env, Problem, Receiver, SecretSource
from fivetran_async.webhooks.store import MemoryStore, RedisStore, SeenStore

__all__ = [
    "SIGNATURE_HEADER",
    "Answer",
    "Background",
    "ChangeData",
    "Env",
    "MemoryStore",
    "Problem",
    "Receiver",
    "RedisStore",
    "Secret",
    "SecretSource",
    "SeenStore",
    "SyncEndData",
    "SyncStatus",
    "TransformationRunData",
    "WebhookEvent",
    "WebhookListener",
    "compute_signature",
    "parse",
    "verify",
]
