"""Groups: what holds connections and at most one destination."""

import attrs

from fivetran_async.models._base import Model, Timestamp


@attrs.frozen(kw_only=True)
class Group(Model):
    """A group; its id is also the id of its destination.

    Attributes:
        id: The group.
        name: Its name.
        created_at: When it was made.
    """

    id: str
    name: str | None = None
    created_at: Timestamp | None = None


@attrs.frozen(kw_only=True)
class GroupPublicKey(Model):
    """The SSH key that Fivetran uses for a group.

    Attributes:
        public_key: The public key, for the SSH servers that are to let it in.
    """

    public_key: str | None = None


@attrs.frozen(kw_only=True)
class GroupServiceAccount(Model):
    """The service account that Fivetran uses for a group.

    Attributes:
        service_account: Its address, for the sources and destinations that are to let it in.
    """

    service_account: str | None = None
