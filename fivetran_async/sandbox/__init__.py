"""A stateful local Fivetran: the REST API in memory, with a clock that tests move and faults that they script."""

from __future__ import annotations

from fivetran_async.sandbox.account import Account
from fivetran_async.sandbox.box import Sandbox
from fivetran_async.sandbox.clock import Clock
from fivetran_async.sandbox.engine.dispatch import Attempt, Deliveries
from fivetran_async.sandbox.engine.entries import Entry
from fivetran_async.sandbox.engine.history import History
from fivetran_async.sandbox.export import ExportError
from fivetran_async.sandbox.faults import Faults
from fivetran_async.sandbox.package_runs import PackageRun, PackageRuns, PackageRunsError
from fivetran_async.sandbox.recording import RecordedRequest
from fivetran_async.sandbox.scripting import Syncs
from fivetran_async.sandbox.storage import AccountFileError

__all__ = [
    "Account",
    "AccountFileError",
    "Attempt",
    "Clock",
    "Deliveries",
    "Entry",
    "ExportError",
    "Faults",
    "History",
    "PackageRun",
    "PackageRuns",
    "PackageRunsError",
    "RecordedRequest",
    "Sandbox",
    "Syncs",
]
