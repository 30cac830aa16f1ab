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
