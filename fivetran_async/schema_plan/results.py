"""What became of a plan: what was done, what was not, and where it stopped."""

from collections.abc import Mapping
from typing import Any

import attrs

from fivetran_async.errors import FivetranError
from fivetran_async.models.connections import Connection
from fivetran_async.schema_plan.desired import Desired
from fivetran_async.schema_plan.plans import Change, SchemaPlan


@attrs.frozen(kw_only=True)
class Refused:
    """A change that the API refused, though it had not called it locked.

    Attributes:
        change: The change.
        reason: What the API said.
    """

    change: Change
    reason: str

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {**self.change.to_dict(), "reason": self.reason}


@attrs.frozen(kw_only=True)
class Applied:
    """What applying a desired state to a connection did, or, as a dry run, would do.

    Applying the same desired state again goes on where this one stopped.

    Attributes:
        connection_id: The connection.
        plan: What was to be done; None where there was nothing to plan against.
        after: The plan after a last look, which changes nothing when all went well; None if there was no such look.
        done: What was changed, as the last look has shown.
        unverified: What the API accepted, where no last look was possible.
        refused: What the API refused.
        left: What is still to be done, or may be: a call whose outcome is not known does not count as done.
        error: What it stopped at; None if it came to its end.
        steps: What was done, in order, in words.
        calls: How many requests were sent.
        reloaded: Whether the source was read because there was no configuration yet.
        dry_run: Whether nothing was to be changed.
    """

    connection_id: str
    plan: SchemaPlan | None
    after: SchemaPlan | None = attrs.field(default=None, repr=False)
    done: tuple[Change, ...] = ()
    unverified: tuple[Change, ...] = ()
    refused: tuple[Refused, ...] = ()
    left: tuple[Change, ...] = ()
    error: FivetranError | None = attrs.field(default=None, eq=False)
    steps: tuple[str, ...] = ()
    calls: int = 0
    reloaded: bool = False
    dry_run: bool = False

    @property
    def converged(self) -> bool:
        """Whether all is as desired now, but for what is locked or missing."""
        stopped = self.error is not None or self.after is None
        return not (stopped or self.left or self.unverified or self.refused)

    @property
    def summary(self) -> str:
        """What became of it, in a line."""
        last = self.after or self.plan
        counts = [
            f"{len(self.done):,} done",
            *([f"{len(self.unverified):,} sent and not verified"] if self.unverified else []),
            *([f"{len(self.refused):,} refused"] if self.refused else []),
            *([f"{len(self.left):,} not done"] if self.left else []),
            *([f"{len(last.blocked):,} locked"] if last is not None and last.blocked else []),
        ]
        stopped = "" if self.error is None else f"; stopped by {type(self.error).__name__}: {self.error}"
        return f"connection {self.connection_id}: {', '.join(counts)}{stopped}"

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain data, for JSON."""
        return {
            "version": 1,
            "connection_id": self.connection_id,
            "converged": self.converged,
            "dry_run": self.dry_run,
            "plan": None if self.plan is None else self.plan.to_dict(),
            "done": [change.to_dict() for change in self.done],
            "unverified": [change.to_dict() for change in self.unverified],
            "refused": [refused.to_dict() for refused in self.refused],
            "left": [change.to_dict() for change in self.left],
            "error": None if self.error is None else f"{type(self.error).__name__}: {self.error}",
            "steps": list(self.steps),
            "calls": self.calls,
            "reloaded": self.reloaded,
        }


@attrs.frozen(kw_only=True)
class Cloned:
    """What cloning a connection did, or, as a dry run, would do.

    Attributes:
        source_id: The connection that was cloned.
        connection: The new connection, paused and without credentials; None in a dry run.
        request: What the new connection was made with; no secret is in it.
        left_out: The settings of the source that hold secrets, by their place in `config`: they are to be given anew.
        desired: The schema configuration of the source. Apply it once more when the new connection is set up.
        applied: What became of the schema configuration of the new connection; None in a dry run, and where the source
            has none.
        calls: How many requests were sent.
        dry_run: Whether nothing was made.
    """

    source_id: str
    connection: Connection | None
    request: Mapping[str, Any] = attrs.field(hash=False)
    left_out: tuple[str, ...]
    desired: Desired
    applied: Applied | None = None
    calls: int = 0
    dry_run: bool = False
