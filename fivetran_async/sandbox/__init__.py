"""A stateful local Fivetran: the REST API in memory, with a clock that tests move and faults that they script."""

from __future__ import annotations

from fivetran_async.sandbox.account import Account
from fivetran_async.sandbox.box import Sandbox
from fivetran_async.sandbox.clock import Clock
from fivetran_async.sandbox.faults import Faults
from fivetran_async.sandbox.recording import RecordedRequest
from fivetran_async.sandbox.storage import AccountFileError

__all__ = ["Account", "AccountFileError", "Clock", "Faults", "RecordedRequest", "Sandbox"]
