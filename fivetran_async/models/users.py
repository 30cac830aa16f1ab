"""Users of an account."""

import attrs

from fivetran_async.models._base import Model, Timestamp


@attrs.frozen(kw_only=True)
class User(Model):
    """A user.

    Attributes:
        id: The user.
        email: The address.
        verified: Whether the address is verified.
        invited: Whether the user was invited and has not answered yet.
        picture: The URL of a picture.
        phone: The phone number.
        role: The role in the account, or in the group whose users were listed.
        active: Whether the user may log in.
        given_name: The first name.
        family_name: The last name.
        logged_in_at: When the user last logged in; None for never.
        created_at: When the user was made.
    """

    id: str
    email: str | None = None
    verified: bool | None = None
    invited: bool | None = None
    picture: str | None = None
    phone: str | None = None
    role: str | None = None
    active: bool | None = None
    given_name: str | None = None
    family_name: str | None = None
    logged_in_at: Timestamp | None = None
    created_at: Timestamp | None = None
