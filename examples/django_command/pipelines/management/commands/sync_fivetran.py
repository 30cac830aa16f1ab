"""Sync connections and wait for them: python manage.py sync_fivetran orders payments."""

import argparse
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from fivetran_sync import Fivetran, FivetranError, SyncResult


def positive(text: str) -> float:
    """Return a number of seconds above 0."""
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < float("inf"):
        raise argparse.ArgumentTypeError(f"a number of seconds above 0 is needed, not {text!r}")
    return seconds


class Command(BaseCommand):
    """Sync connections side by side, and fail unless all of them succeed."""

    help = "Sync Fivetran connections and wait for them; fails unless all succeed."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare what is synced, and for how long to wait."""
        parser.add_argument("connections", nargs="+", metavar="connection", help="id of a connection")
        parser.add_argument("--timeout", type=positive, default=3_600.0, help="seconds for all of it (%(default)g)")

    def handle(self, *_: Any, **options: Any) -> None:
        """Start the syncs, and tell of each as it ends."""

        def ended(result: SyncResult) -> None:
            style = self.style.SUCCESS if result.ok else self.style.ERROR
            reason = f": {result.reason}" if result.reason else ""
            self.stdout.write(style(f"{result.connection_id}: {result.status}{reason}"))

        try:
            with Fivetran.from_env() as ft:
                results = ft.connections.sync_all_and_wait(
                    dict.fromkeys(options["connections"]), timeout=options["timeout"], check=False, on_result=ended
                )
        except FivetranError as error:
            # Such as wrong credentials: the message says what to do, and holds no secret.
            raise CommandError(str(error), returncode=2) from None
        if bad := [result.connection_id for result in results if not result.ok]:
            raise CommandError(f"{len(bad)} of {len(results)} did not succeed: {', '.join(bad)}")
