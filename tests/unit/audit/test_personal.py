"""Which names of columns look personal."""

import pytest

from fivetran_async.audit import PERSONAL_NAMES
from fivetran_async.audit.personal import looks_personal


@pytest.mark.parametrize(
    ("column", "name"),
    [
        ("email", "email"),
        ("EMAIL", "email"),
        ("customer_email", "email"),
        ("CustomerEmail", "email"),
        ("customerEmailAddress", "email"),
        ("emails", "email"),
        ("email_2", "email"),
        ("e-mail", "email"),
        ("second e-mail", "e_mail"),
        ("contact.phone", "phone"),
        ("FirstName", "first_name"),
        ("firstname", "first_name"),
        ("SSN", "ssn"),
        ("userSSN", "ssn"),
        ("dateOfBirth", "date_of_birth"),
        ("IPAddress", "ip_address"),
        ("home address", "home_address"),
    ],
)
def test_personal(column, name):
    """A personal column would go unreported because of the style of its name."""
    assert looks_personal(column) == name


@pytest.mark.parametrize(
    "column",
    ["emailed_at", "id", "amount", "name", "phonetic", "address_id", "streetlight", "lesson", "", "__", "größe"],
)
def test_not_personal(column):
    """A column would be reported because its name has letters in common with a personal one."""
    assert looks_personal(column) is None


def test_every_name_is_found():
    """A name of the list would never fit any column."""
    for name in PERSONAL_NAMES:
        assert looks_personal(name) is not None
        assert looks_personal(name.upper()) is not None
    assert len(set(PERSONAL_NAMES)) == len(PERSONAL_NAMES)
