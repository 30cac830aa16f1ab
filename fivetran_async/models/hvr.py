"""HVR hubs."""

import attrs

from fivetran_async.models._base import Model


@attrs.frozen(kw_only=True)
class HvrHubRegistration(Model):
    """What a registered hub identifies itself with.

    Attributes:
        access_token: The token that the hub authenticates with.
        registration_id: The registration.
    """

    access_token: str | None = attrs.field(default=None, repr=False)
    registration_id: str | None = None
