"""Teams of users."""

import attrs

from fivetran_async.models._base import Model


@attrs.frozen(kw_only=True)
class Team(Model):
    """A team.

    Attributes:
        id: The team.
        name: Its name.
        description: What it is for.
        role: Its role in the account.
    """

    id: str
    name: str | None = None
    description: str | None = None
    role: str | None = None
