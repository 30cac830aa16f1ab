"""What a cell of a CSV file may hold: no text that a spreadsheet would run."""

from typing import Final

# What a spreadsheet takes for the beginning of a formula; the wide ones as well, which some of them fold.
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def harmless(text: str) -> str:
    """Return the text of a cell, with an apostrophe before what would be a formula."""
    # A blank before a formula does not stop every spreadsheet.
    return f"'{text}" if text.startswith(_FORMULA) or text.lstrip().startswith(_FORMULA) else text
