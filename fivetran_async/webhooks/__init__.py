"""Receiving webhooks: is a delivery Fivetran's, and what does it say?

```python
from fivetran_async.webhooks import SIGNATURE_HEADER, parse, verify

if verify(body, headers.get(SIGNATURE_HEADER), secret):
    event = parse(body)
```
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

__all__ = [
    "SIGNATURE_HEADER",
    "ChangeData",
    "Secret",
    "SyncEndData",
    "SyncStatus",
    "TransformationRunData",
    "WebhookEvent",
    "compute_signature",
    "parse",
    "verify",
]
