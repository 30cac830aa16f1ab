"""The account that the credentials belong to."""

import attrs

from fivetran_async.models._base import Model


@attrs.frozen(kw_only=True)
class AccountInfo(Model):
    """The account, and who asks.

    Attributes:
        account_id: The account.
        account_name: Its name.
        user_id: The user whose key asks; None for a system key.
        system_key_id: The system key that asks; None for a user's key.
    """

    account_id: str
    account_name: str | None = None
    user_id: str | None = None
    system_key_id: str | None = None
