"""Who attends syncs: is told when one begins and ends, and may make it take as long as something real does."""

from __future__ import annotations

from typing import Final, Protocol

from fivetran_async.sandbox.calls import JsonObject

ENDLESS: Final = 1e11
"""The end of a sync that ends when its attendant says so: an instant that never comes, and that a date can express."""


class Attendant(Protocol):
    """What runs while a sync does; called with the account's lock held."""

    @property
    def watches(self) -> bool:
        """Whether syncs are to begin when they are due, though nobody looks."""
        ...

    def attends(self, connection: JsonObject) -> bool:
        """Tell whether the next sync of a connection that no script speaks of is this one's."""
        ...

    def began(self, connection: JsonObject, at: float) -> None:
        """Take note that a sync began; one that is attended gets `ENDLESS` for its end."""
        ...

    def ended(self, connection: JsonObject) -> None:
        """Take note that a sync ended, for whatever reason."""
        ...


class Nobody:
    """Attends nothing: syncs take as long as the clock says."""

    watches = False

    def attends(self, connection: JsonObject) -> bool:  # noqa: ARG002 - as of `Attendant`
        """Tell that it is not."""
        return False

    def began(self, connection: JsonObject, at: float) -> None:
        """Do nothing."""

    def ended(self, connection: JsonObject) -> None:
        """Do nothing."""
