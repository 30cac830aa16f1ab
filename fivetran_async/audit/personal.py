"""Columns whose names look like personal data."""

import re
from collections.abc import Iterable

PERSONAL_NAMES: tuple[str, ...] = (
    # Who somebody is.
    "first_name",
    "last_name",
    "middle_name",
    "maiden_name",
    "full_name",
    "given_name",
    "family_name",
    "surname",
    "birth_date",
    "date_of_birth",
    "birthdate",
    "birthday",
    "dob",
    # Where somebody is reached.
    "email",
    "e_mail",
    "mail_address",
    "phone",
    "telephone",
    "mobile_number",
    "cell_number",
    "fax_number",
    "street",
    "street_address",
    "home_address",
    "postal_address",
    "billing_address",
    "shipping_address",
    "address_line",
    "postal_code",
    "postcode",
    "zip_code",
    "ip_address",
    "latitude",
    "longitude",
    # What an authority knows somebody by.
    "ssn",
    "social_security",
    "national_id",
    "national_insurance",
    "passport",
    "passport_number",
    "driver_license",
    "driving_licence",
    "drivers_license",
    "license_plate",
    "tax_id",
    "tax_number",
    # What somebody pays with.
    "iban",
    "account_number",
    "card_number",
    "credit_card",
    "cvv",
    # What nobody ought to know.
    "password",
    "passwd",
    "ethnicity",
    "religion",
    "gender",
    "salary",
    "diagnosis",
)
"""What column names are compared with, word by word: see `looks_personal`."""

_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+|[^\W\d_a-zA-Z]+")


def looks_personal(column: str, names: Iterable[str] = PERSONAL_NAMES) -> str | None:
    """Return the name that a column's name contains, word by word; None if it contains none of them.

    `CustomerEmail`, `customer-email` and `email_2` contain `email`; `emailed_at` does not. A last word in the plural
    counts, too.

    Args:
        column: The name of a column, in any style.
        names: What to look for: words in lower case, with `_` between them.
    """
    words = _words(column)
    plain = f"_{'_'.join(words)}_"
    single = f"_{'_'.join(word.removesuffix('s') for word in words)}_"
    joined = "".join(words)
    for name in names:
        if f"_{name}_" in plain or f"_{name}_" in single or name.replace("_", "") == joined:
            return name
    return None


def _words(column: str) -> tuple[str, ...]:
    return tuple(word.lower() for word in _WORDS.findall(column))
