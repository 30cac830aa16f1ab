"""A typed Python SDK for the Fivetran REST API: asyncio first, with a sync facade in `fivetran_sync`."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from fivetran_async import _forks
from fivetran_async._version import __version__ as __version__

if TYPE_CHECKING:
    from fivetran_async._converter import converter as converter
    from fivetran_async.budget import Budget as Budget
    from fivetran_async.client import Fivetran as Fivetran
    from fivetran_async.config import Timeout as Timeout
    from fivetran_async.errors import ApiError as ApiError
    from fivetran_async.errors import ArgumentError as ArgumentError
    from fivetran_async.errors import Attempt as Attempt
    from fivetran_async.errors import BadRequestError as BadRequestError
    from fivetran_async.errors import ClosedError as ClosedError
    from fivetran_async.errors import ConfigError as ConfigError
    from fivetran_async.errors import ConfirmationError as ConfirmationError
    from fivetran_async.errors import ConflictError as ConflictError
    from fivetran_async.errors import ConnectError as ConnectError
    from fivetran_async.errors import DeadlineExceededError as DeadlineExceededError
    from fivetran_async.errors import DecodeError as DecodeError
    from fivetran_async.errors import FivetranError as FivetranError
    from fivetran_async.errors import ForbiddenError as ForbiddenError
    from fivetran_async.errors import NotFoundError as NotFoundError
    from fivetran_async.errors import PaginationError as PaginationError
    from fivetran_async.errors import RateLimitedError as RateLimitedError
    from fivetran_async.errors import ReadOnlyError as ReadOnlyError
    from fivetran_async.errors import ServerError as ServerError
    from fivetran_async.errors import TimedOutError as TimedOutError
    from fivetran_async.errors import TransportError as TransportError
    from fivetran_async.errors import UnauthorizedError as UnauthorizedError
    from fivetran_async.errors import UnexpectedStatusError as UnexpectedStatusError
    from fivetran_async.errors import WrongLoopError as WrongLoopError
    from fivetran_async.models._base import Model as Model
    from fivetran_async.models.account import AccountInfo as AccountInfo
    from fivetran_async.models.connections import ConnectCard as ConnectCard
    from fivetran_async.models.connections import ConnectCardConfig as ConnectCardConfig
    from fivetran_async.models.connections import Connection as Connection
    from fivetran_async.models.connections import ConnectionStatus as ConnectionStatus
    from fivetran_async.models.connections import ConnectionTask as ConnectionTask
    from fivetran_async.models.connections import ConnectionWarning as ConnectionWarning
    from fivetran_async.models.connections import DataDelaySensitivity as DataDelaySensitivity
    from fivetran_async.models.connections import DestinationConfiguration as DestinationConfiguration
    from fivetran_async.models.connections import DestinationSchemaNames as DestinationSchemaNames
    from fivetran_async.models.connections import ScheduleType as ScheduleType
    from fivetran_async.models.connections import SchemaStatus as SchemaStatus
    from fivetran_async.models.connections import SetupState as SetupState
    from fivetran_async.models.connections import SyncState as SyncState
    from fivetran_async.models.connections import UpdateState as UpdateState
    from fivetran_async.models.destinations import Destination as Destination
    from fivetran_async.models.destinations import DestinationSetupStatus as DestinationSetupStatus
    from fivetran_async.models.destinations import NetworkingMethod as NetworkingMethod
    from fivetran_async.models.groups import Group as Group
    from fivetran_async.models.setup_tests import SetupTest as SetupTest
    from fivetran_async.models.setup_tests import SetupTestStatus as SetupTestStatus
    from fivetran_async.models.users import User as User
    from fivetran_async.paging import Page as Page
    from fivetran_async.paging import Pager as Pager
    from fivetran_async.retry import RetryPolicy as RetryPolicy
    from fivetran_async.types import UNSET as UNSET

__all__ = [
    "UNSET",
    "AccountInfo",
    "ApiError",
    "ArgumentError",
    "Attempt",
    "BadRequestError",
    "Budget",
    "ClosedError",
    "ConfigError",
    "ConfirmationError",
    "ConflictError",
    "ConnectCard",
    "ConnectCardConfig",
    "ConnectError",
    "Connection",
    "ConnectionStatus",
    "ConnectionTask",
    "ConnectionWarning",
    "DataDelaySensitivity",
    "DeadlineExceededError",
    "DecodeError",
    "Destination",
    "DestinationConfiguration",
    "DestinationSchemaNames",
    "DestinationSetupStatus",
    "Fivetran",
    "FivetranError",
    "ForbiddenError",
    "Group",
    "Model",
    "NetworkingMethod",
    "NotFoundError",
    "Page",
    "Pager",
    "PaginationError",
    "RateLimitedError",
    "ReadOnlyError",
    "RetryPolicy",
    "ScheduleType",
    "SchemaStatus",
    "ServerError",
    "SetupState",
    "SetupTest",
    "SetupTestStatus",
    "SyncState",
    "TimedOutError",
    "Timeout",
    "TransportError",
    "UnauthorizedError",
    "UnexpectedStatusError",
    "UpdateState",
    "User",
    "WrongLoopError",
    "__version__",
    "converter",
]

_MODULES = {
    "fivetran_async._converter": "converter",
    "fivetran_async.budget": "Budget",
    "fivetran_async.client": "Fivetran",
    "fivetran_async.config": "Timeout",
    "fivetran_async.errors": (
        "ApiError ArgumentError Attempt BadRequestError ClosedError ConfigError ConfirmationError "
        "ConflictError ConnectError DeadlineExceededError DecodeError FivetranError ForbiddenError "
        "NotFoundError PaginationError RateLimitedError ReadOnlyError ServerError TimedOutError TransportError "
        "UnauthorizedError UnexpectedStatusError WrongLoopError"
    ),
    "fivetran_async.models._base": "Model",
    "fivetran_async.models.account": "AccountInfo",
    "fivetran_async.models.connections": (
        "ConnectCard ConnectCardConfig Connection ConnectionStatus ConnectionTask ConnectionWarning "
        "DataDelaySensitivity DestinationConfiguration DestinationSchemaNames ScheduleType SchemaStatus "
        "SetupState SyncState UpdateState"
    ),
    "fivetran_async.models.destinations": "Destination DestinationSetupStatus NetworkingMethod",
    "fivetran_async.models.groups": "Group",
    "fivetran_async.models.setup_tests": "SetupTest SetupTestStatus",
    "fivetran_async.models.users": "User",
    "fivetran_async.paging": "Page Pager",
    "fivetran_async.retry": "RetryPolicy",
    "fivetran_async.types": "UNSET",
}
_HOMES = {name: module for module, names in _MODULES.items() for name in names.split()}


def __getattr__(name: str) -> Any:
    # Loaded when first used: an import costs what is used of it.
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    with _forks.loading():
        value = getattr(import_module(home), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES})
