"""Custom connectors: an asynchronous core for `update()`, and what runs, packs, deploys and verifies connectors.

Nothing here imports the vendor's package, and the core not the client either: a deployed connector loads what it uses.
"""

from typing import TYPE_CHECKING, Any

from fivetran_async import _lazy

if TYPE_CHECKING:
    from fivetran_async.connector_sdk.bridge import Emitter as Emitter
    from fivetran_async.connector_sdk.bridge import UpdateError as UpdateError
    from fivetran_async.connector_sdk.bridge import run_update as run_update
    from fivetran_async.connector_sdk.extract import Finished as Finished
    from fivetran_async.connector_sdk.extract import Rows as Rows
    from fivetran_async.connector_sdk.extract import read_ahead as read_ahead
    from fivetran_async.connector_sdk.extract import sync_windows as sync_windows
    from fivetran_async.connector_sdk.http import JsonSource as JsonSource
    from fivetran_async.connector_sdk.lifecycle import Deployment as Deployment
    from fivetran_async.connector_sdk.lifecycle import Explanation as Explanation
    from fivetran_async.connector_sdk.lifecycle import SavedState as SavedState
    from fivetran_async.connector_sdk.lifecycle import Target as Target
    from fivetran_async.connector_sdk.lifecycle import deploy as deploy
    from fivetran_async.connector_sdk.lifecycle import deploy_all as deploy_all
    from fivetran_async.connector_sdk.lifecycle import edit_state as edit_state
    from fivetran_async.connector_sdk.lifecycle import explain as explain
    from fivetran_async.connector_sdk.lifecycle import restore_state as restore_state
    from fivetran_async.connector_sdk.lifecycle import save_state as save_state
    from fivetran_async.connector_sdk.lifecycle import verify as verify
    from fivetran_async.connector_sdk.packing import PackedConnector as PackedConnector
    from fivetran_async.connector_sdk.packing import pack as pack
    from fivetran_async.connector_sdk.pages import UnstablePagesError as UnstablePagesError
    from fivetran_async.connector_sdk.pages import by_cursor as by_cursor
    from fivetran_async.connector_sdk.pages import by_link as by_link
    from fivetran_async.connector_sdk.pages import by_number as by_number
    from fivetran_async.connector_sdk.pages import by_offset as by_offset
    from fivetran_async.connector_sdk.rate import RateLimit as RateLimit
    from fivetran_async.connector_sdk.running import LocalRun as LocalRun
    from fivetran_async.connector_sdk.running import TableRun as TableRun
    from fivetran_async.connector_sdk.running import debug as debug
    from fivetran_async.connector_sdk.settings import Settings as Settings
    from fivetran_async.connector_sdk.source_errors import SourceError as SourceError
    from fivetran_async.connector_sdk.source_errors import SourceRateLimitedError as SourceRateLimitedError
    from fivetran_async.connector_sdk.source_errors import source_error as source_error
    from fivetran_async.connector_sdk.state import State as State
    from fivetran_async.connector_sdk.verification import DayCount as DayCount
    from fivetran_async.connector_sdk.verification import Duplicate as Duplicate
    from fivetran_async.connector_sdk.verification import Verification as Verification
    from fivetran_async.connector_sdk.windows import Window as Window
    from fivetran_async.connector_sdk.windows import plan_windows as plan_windows

_MODULES = {
    "bridge": "Emitter UpdateError run_update",
    "extract": "Finished Rows read_ahead sync_windows",
    "http": "JsonSource",
    "lifecycle": (
        "Deployment Explanation SavedState Target deploy deploy_all edit_state explain restore_state save_state verify"
    ),
    "packing": "PackedConnector pack",
    "pages": "UnstablePagesError by_cursor by_link by_number by_offset",
    "rate": "RateLimit",
    "running": "LocalRun TableRun debug",
    "settings": "Settings",
    "source_errors": "SourceError SourceRateLimitedError source_error",
    "state": "State",
    "verification": "DayCount Duplicate Verification",
    "windows": "Window plan_windows",
}
_HOMES = {name: module for module, names in _MODULES.items() for name in names.split()}


def __getattr__(name: str) -> Any:
    # Loaded when first used: a connector costs what it uses.
    return _lazy.load(globals(), _HOMES, name)


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES})
