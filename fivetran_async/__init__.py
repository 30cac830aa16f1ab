"""A typed Python SDK for the Fivetran REST API: asyncio first, with a sync facade in `fivetran_sync`."""

from typing import TYPE_CHECKING, Any

from fivetran_async import _lazy
from fivetran_async._version import __version__ as __version__

if TYPE_CHECKING:
    from fivetran_async._converter import converter as converter
    from fivetran_async._ledger import Estimate as Estimate
    from fivetran_async.budget import Budget as Budget
    from fivetran_async.client import Fivetran as Fivetran
    from fivetran_async.config import Timeout as Timeout
    from fivetran_async.errors import AmbiguousNameError as AmbiguousNameError
    from fivetran_async.errors import ApiError as ApiError
    from fivetran_async.errors import ArgumentError as ArgumentError
    from fivetran_async.errors import Attempt as Attempt
    from fivetran_async.errors import BadRequestError as BadRequestError
    from fivetran_async.errors import BudgetUnavailableError as BudgetUnavailableError
    from fivetran_async.errors import ChecksumError as ChecksumError
    from fivetran_async.errors import ClosedError as ClosedError
    from fivetran_async.errors import ConfigError as ConfigError
    from fivetran_async.errors import ConfirmationError as ConfirmationError
    from fivetran_async.errors import ConflictError as ConflictError
    from fivetran_async.errors import ConnectError as ConnectError
    from fivetran_async.errors import DeadlineExceededError as DeadlineExceededError
    from fivetran_async.errors import DecodeError as DecodeError
    from fivetran_async.errors import DesiredStateError as DesiredStateError
    from fivetran_async.errors import FivetranError as FivetranError
    from fivetran_async.errors import ForbiddenError as ForbiddenError
    from fivetran_async.errors import NotFoundError as NotFoundError
    from fivetran_async.errors import NotSetUpError as NotSetUpError
    from fivetran_async.errors import PaginationError as PaginationError
    from fivetran_async.errors import PausedError as PausedError
    from fivetran_async.errors import PlanError as PlanError
    from fivetran_async.errors import RateLimitedError as RateLimitedError
    from fivetran_async.errors import ReadOnlyError as ReadOnlyError
    from fivetran_async.errors import RescheduledError as RescheduledError
    from fivetran_async.errors import ServerError as ServerError
    from fivetran_async.errors import SetupTestsFailedError as SetupTestsFailedError
    from fivetran_async.errors import SyncFailedError as SyncFailedError
    from fivetran_async.errors import SyncTimeoutError as SyncTimeoutError
    from fivetran_async.errors import TimedOutError as TimedOutError
    from fivetran_async.errors import TransformationFailedError as TransformationFailedError
    from fivetran_async.errors import TransformationTimeoutError as TransformationTimeoutError
    from fivetran_async.errors import TransportError as TransportError
    from fivetran_async.errors import UnauthorizedError as UnauthorizedError
    from fivetran_async.errors import UnexpectedStatusError as UnexpectedStatusError
    from fivetran_async.errors import WaitError as WaitError
    from fivetran_async.errors import WrongLoopError as WrongLoopError
    from fivetran_async.fanout import Map as Map
    from fivetran_async.fanout import MapResult as MapResult
    from fivetran_async.models._base import Model as Model
    from fivetran_async.models.account import AccountInfo as AccountInfo
    from fivetran_async.models.certificates import Certificate as Certificate
    from fivetran_async.models.certificates import Fingerprint as Fingerprint
    from fivetran_async.models.connections import ConnectCard as ConnectCard
    from fivetran_async.models.connections import ConnectCardConfig as ConnectCardConfig
    from fivetran_async.models.connections import ConnectCardDetails as ConnectCardDetails
    from fivetran_async.models.connections import Connection as Connection
    from fivetran_async.models.connections import ConnectionState as ConnectionState
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
    from fivetran_async.models.connections import SyncStatus as SyncStatus
    from fivetran_async.models.connections import UpdateState as UpdateState
    from fivetran_async.models.connector_packages import ConnectorPackage as ConnectorPackage
    from fivetran_async.models.connector_types import ConfigField as ConfigField
    from fivetran_async.models.connector_types import ConnectorClass as ConnectorClass
    from fivetran_async.models.connector_types import ConnectorType as ConnectorType
    from fivetran_async.models.connector_types import ConnectorTypeKind as ConnectorTypeKind
    from fivetran_async.models.connector_types import Feature as Feature
    from fivetran_async.models.connector_types import FeatureId as FeatureId
    from fivetran_async.models.connector_types import ServiceStatus as ServiceStatus
    from fivetran_async.models.destinations import Destination as Destination
    from fivetran_async.models.destinations import DestinationSetupStatus as DestinationSetupStatus
    from fivetran_async.models.destinations import NetworkingMethod as NetworkingMethod
    from fivetran_async.models.external_secrets_managers import ExternalSecretsEntity as ExternalSecretsEntity
    from fivetran_async.models.external_secrets_managers import ExternalSecretsManager as ExternalSecretsManager
    from fivetran_async.models.external_secrets_managers import SecretsEntityType as SecretsEntityType
    from fivetran_async.models.external_secrets_managers import SecretsManagerType as SecretsManagerType
    from fivetran_async.models.groups import Group as Group
    from fivetran_async.models.groups import GroupPublicKey as GroupPublicKey
    from fivetran_async.models.groups import GroupServiceAccount as GroupServiceAccount
    from fivetran_async.models.hvr import HvrHubRegistration as HvrHubRegistration
    from fivetran_async.models.hybrid_agents import HybridAgent as HybridAgent
    from fivetran_async.models.hybrid_agents import HybridAgentAuthType as HybridAgentAuthType
    from fivetran_async.models.hybrid_agents import HybridAgentCredentials as HybridAgentCredentials
    from fivetran_async.models.hybrid_agents import HybridAgentDeploymentType as HybridAgentDeploymentType
    from fivetran_async.models.hybrid_agents import HybridAgentFiles as HybridAgentFiles
    from fivetran_async.models.hybrid_agents import HybridAgentUsage as HybridAgentUsage
    from fivetran_async.models.log_services import LogService as LogService
    from fivetran_async.models.log_services import LogServiceSetupState as LogServiceSetupState
    from fivetran_async.models.log_services import LogServiceStatus as LogServiceStatus
    from fivetran_async.models.log_services import LogServiceTask as LogServiceTask
    from fivetran_async.models.log_services import LogServiceTests as LogServiceTests
    from fivetran_async.models.memberships import Membership as Membership
    from fivetran_async.models.memberships import TeamMembership as TeamMembership
    from fivetran_async.models.private_links import CloudProvider as CloudProvider
    from fivetran_async.models.private_links import PrivateLink as PrivateLink
    from fivetran_async.models.private_links import PrivateLinkService as PrivateLinkService
    from fivetran_async.models.private_links import PrivateLinkState as PrivateLinkState
    from fivetran_async.models.proxy_agents import ProxyAgent as ProxyAgent
    from fivetran_async.models.proxy_agents import ProxyAgentConnection as ProxyAgentConnection
    from fivetran_async.models.proxy_agents import ProxyAgentCredentials as ProxyAgentCredentials
    from fivetran_async.models.proxy_agents import ProxyAgentStatus as ProxyAgentStatus
    from fivetran_async.models.proxy_agents import ProxyAgentUsage as ProxyAgentUsage
    from fivetran_async.models.roles import Role as Role
    from fivetran_async.models.roles import RoleScope as RoleScope
    from fivetran_async.models.schemas import Column as Column
    from fivetran_async.models.schemas import EnabledPatchSettings as EnabledPatchSettings
    from fivetran_async.models.schemas import ExcludeMode as ExcludeMode
    from fivetran_async.models.schemas import LockReason as LockReason
    from fivetran_async.models.schemas import Schema as Schema
    from fivetran_async.models.schemas import SchemaChangeHandling as SchemaChangeHandling
    from fivetran_async.models.schemas import SchemaConfig as SchemaConfig
    from fivetran_async.models.schemas import SyncMode as SyncMode
    from fivetran_async.models.schemas import Table as Table
    from fivetran_async.models.schemas import TableColumns as TableColumns
    from fivetran_async.models.setup_tests import SetupTest as SetupTest
    from fivetran_async.models.setup_tests import SetupTestStatus as SetupTestStatus
    from fivetran_async.models.system_keys import AccessLevel as AccessLevel
    from fivetran_async.models.system_keys import ExpirationPeriod as ExpirationPeriod
    from fivetran_async.models.system_keys import SystemKey as SystemKey
    from fivetran_async.models.system_keys import SystemKeyPermission as SystemKeyPermission
    from fivetran_async.models.system_keys import SystemKeyResourceFilter as SystemKeyResourceFilter
    from fivetran_async.models.system_keys import SystemKeyResourceType as SystemKeyResourceType
    from fivetran_async.models.teams import Team as Team
    from fivetran_async.models.transformation_projects import TransformationProject as TransformationProject
    from fivetran_async.models.transformation_projects import TransformationProjectConfig as TransformationProjectConfig
    from fivetran_async.models.transformation_projects import TransformationProjectStatus as TransformationProjectStatus
    from fivetran_async.models.transformation_projects import TransformationProjectType as TransformationProjectType
    from fivetran_async.models.transformations import DayOfWeek as DayOfWeek
    from fivetran_async.models.transformations import Transformation as Transformation
    from fivetran_async.models.transformations import TransformationConfig as TransformationConfig
    from fivetran_async.models.transformations import TransformationPackage as TransformationPackage
    from fivetran_async.models.transformations import TransformationSchedule as TransformationSchedule
    from fivetran_async.models.transformations import TransformationScheduleType as TransformationScheduleType
    from fivetran_async.models.transformations import TransformationStatus as TransformationStatus
    from fivetran_async.models.transformations import TransformationStep as TransformationStep
    from fivetran_async.models.transformations import TransformationType as TransformationType
    from fivetran_async.models.users import User as User
    from fivetran_async.models.waits import SyncOutcome as SyncOutcome
    from fivetran_async.models.waits import SyncResult as SyncResult
    from fivetran_async.models.waits import TransformationResult as TransformationResult
    from fivetran_async.models.webhooks import Webhook as Webhook
    from fivetran_async.models.webhooks import WebhookEventType as WebhookEventType
    from fivetran_async.models.webhooks import WebhookTest as WebhookTest
    from fivetran_async.models.webhooks import WebhookType as WebhookType
    from fivetran_async.operation import RateClass as RateClass
    from fivetran_async.paging import Page as Page
    from fivetran_async.paging import Pager as Pager
    from fivetran_async.retry import RetryPolicy as RetryPolicy
    from fivetran_async.types import UNSET as UNSET
    from fivetran_async.types import FileSource as FileSource
    from fivetran_async.types import JsonObject as JsonObject
    from fivetran_async.types import Unset as Unset

__all__ = [
    "UNSET",
    "AccessLevel",
    "AccountInfo",
    "AmbiguousNameError",
    "ApiError",
    "ArgumentError",
    "Attempt",
    "BadRequestError",
    "Budget",
    "BudgetUnavailableError",
    "Certificate",
    "ChecksumError",
    "ClosedError",
    "CloudProvider",
    "Column",
    "ConfigError",
    "ConfigField",
    "ConfirmationError",
    "ConflictError",
    "ConnectCard",
    "ConnectCardConfig",
    "ConnectCardDetails",
    "ConnectError",
    "Connection",
    "ConnectionState",
    "ConnectionStatus",
    "ConnectionTask",
    "ConnectionWarning",
    "ConnectorClass",
    "ConnectorPackage",
    "ConnectorType",
    "ConnectorTypeKind",
    "DataDelaySensitivity",
    "DayOfWeek",
    "DeadlineExceededError",
    "DecodeError",
    "DesiredStateError",
    "Destination",
    "DestinationConfiguration",
    "DestinationSchemaNames",
    "DestinationSetupStatus",
    "EnabledPatchSettings",
    "Estimate",
    "ExcludeMode",
    "ExpirationPeriod",
    "ExternalSecretsEntity",
    "ExternalSecretsManager",
    "Feature",
    "FeatureId",
    "FileSource",
    "Fingerprint",
    "Fivetran",
    "FivetranError",
    "ForbiddenError",
    "Group",
    "GroupPublicKey",
    "GroupServiceAccount",
    "HvrHubRegistration",
    "HybridAgent",
    "HybridAgentAuthType",
    "HybridAgentCredentials",
    "HybridAgentDeploymentType",
    "HybridAgentFiles",
    "HybridAgentUsage",
    "JsonObject",
    "LockReason",
    "LogService",
    "LogServiceSetupState",
    "LogServiceStatus",
    "LogServiceTask",
    "LogServiceTests",
    "Map",
    "MapResult",
    "Membership",
    "Model",
    "NetworkingMethod",
    "NotFoundError",
    "NotSetUpError",
    "Page",
    "Pager",
    "PaginationError",
    "PausedError",
    "PlanError",
    "PrivateLink",
    "PrivateLinkService",
    "PrivateLinkState",
    "ProxyAgent",
    "ProxyAgentConnection",
    "ProxyAgentCredentials",
    "ProxyAgentStatus",
    "ProxyAgentUsage",
    "RateClass",
    "RateLimitedError",
    "ReadOnlyError",
    "RescheduledError",
    "RetryPolicy",
    "Role",
    "RoleScope",
    "ScheduleType",
    "Schema",
    "SchemaChangeHandling",
    "SchemaConfig",
    "SchemaStatus",
    "SecretsEntityType",
    "SecretsManagerType",
    "ServerError",
    "ServiceStatus",
    "SetupState",
    "SetupTest",
    "SetupTestStatus",
    "SetupTestsFailedError",
    "SyncFailedError",
    "SyncMode",
    "SyncOutcome",
    "SyncResult",
    "SyncState",
    "SyncStatus",
    "SyncTimeoutError",
    "SystemKey",
    "SystemKeyPermission",
    "SystemKeyResourceFilter",
    "SystemKeyResourceType",
    "Table",
    "TableColumns",
    "Team",
    "TeamMembership",
    "TimedOutError",
    "Timeout",
    "Transformation",
    "TransformationConfig",
    "TransformationFailedError",
    "TransformationPackage",
    "TransformationProject",
    "TransformationProjectConfig",
    "TransformationProjectStatus",
    "TransformationProjectType",
    "TransformationResult",
    "TransformationSchedule",
    "TransformationScheduleType",
    "TransformationStatus",
    "TransformationStep",
    "TransformationTimeoutError",
    "TransformationType",
    "TransportError",
    "UnauthorizedError",
    "UnexpectedStatusError",
    "Unset",
    "UpdateState",
    "User",
    "WaitError",
    "Webhook",
    "WebhookEventType",
    "WebhookTest",
    "WebhookType",
    "WrongLoopError",
    "__version__",
    "converter",
]

_MODULES = {
    "fivetran_async._converter": "converter",
    "fivetran_async._ledger": "Estimate",
    "fivetran_async.budget": "Budget",
    "fivetran_async.client": "Fivetran",
    "fivetran_async.config": "Timeout",
    "fivetran_async.errors": (
        "AmbiguousNameError ApiError ArgumentError Attempt BadRequestError BudgetUnavailableError "
        "ChecksumError ClosedError ConfigError ConfirmationError ConflictError ConnectError "
        "DeadlineExceededError DecodeError DesiredStateError FivetranError ForbiddenError NotFoundError "
        "NotSetUpError PaginationError PausedError PlanError RateLimitedError ReadOnlyError RescheduledError "
        "ServerError SetupTestsFailedError SyncFailedError SyncTimeoutError TimedOutError "
        "TransformationFailedError TransformationTimeoutError TransportError UnauthorizedError "
        "UnexpectedStatusError WaitError WrongLoopError"
    ),
    "fivetran_async.fanout": "Map MapResult",
    "fivetran_async.models._base": "Model",
    "fivetran_async.models.account": "AccountInfo",
    "fivetran_async.models.certificates": "Certificate Fingerprint",
    "fivetran_async.models.connections": (
        "ConnectCard ConnectCardConfig ConnectCardDetails Connection ConnectionState ConnectionStatus "
        "ConnectionTask ConnectionWarning DataDelaySensitivity DestinationConfiguration "
        "DestinationSchemaNames ScheduleType SchemaStatus SetupState SyncState SyncStatus UpdateState"
    ),
    "fivetran_async.models.connector_packages": "ConnectorPackage",
    "fivetran_async.models.connector_types": (
        "ConfigField ConnectorClass ConnectorType ConnectorTypeKind Feature FeatureId ServiceStatus"
    ),
    "fivetran_async.models.destinations": "Destination DestinationSetupStatus NetworkingMethod",
    "fivetran_async.models.external_secrets_managers": (
        "ExternalSecretsEntity ExternalSecretsManager SecretsEntityType SecretsManagerType"
    ),
    "fivetran_async.models.groups": "Group GroupPublicKey GroupServiceAccount",
    "fivetran_async.models.hvr": "HvrHubRegistration",
    "fivetran_async.models.hybrid_agents": (
        "HybridAgent HybridAgentAuthType HybridAgentCredentials HybridAgentDeploymentType HybridAgentFiles "
        "HybridAgentUsage"
    ),
    "fivetran_async.models.log_services": (
        "LogService LogServiceSetupState LogServiceStatus LogServiceTask LogServiceTests"
    ),
    "fivetran_async.models.memberships": "Membership TeamMembership",
    "fivetran_async.models.private_links": ("CloudProvider PrivateLink PrivateLinkService PrivateLinkState"),
    "fivetran_async.models.proxy_agents": (
        "ProxyAgent ProxyAgentConnection ProxyAgentCredentials ProxyAgentStatus ProxyAgentUsage"
    ),
    "fivetran_async.models.roles": "Role RoleScope",
    "fivetran_async.models.schemas": (
        "Column EnabledPatchSettings ExcludeMode LockReason Schema SchemaChangeHandling SchemaConfig SyncMode "
        "Table TableColumns"
    ),
    "fivetran_async.models.setup_tests": "SetupTest SetupTestStatus",
    "fivetran_async.models.system_keys": (
        "AccessLevel ExpirationPeriod SystemKey SystemKeyPermission SystemKeyResourceFilter SystemKeyResourceType"
    ),
    "fivetran_async.models.teams": "Team",
    "fivetran_async.models.transformation_projects": (
        "TransformationProject TransformationProjectConfig TransformationProjectStatus TransformationProjectType"
    ),
    "fivetran_async.models.transformations": (
        "DayOfWeek Transformation TransformationConfig TransformationPackage TransformationSchedule "
        "TransformationScheduleType TransformationStatus TransformationStep TransformationType"
    ),
    "fivetran_async.models.users": "User",
    "fivetran_async.models.waits": "SyncOutcome SyncResult TransformationResult",
    "fivetran_async.models.webhooks": "Webhook WebhookEventType WebhookTest WebhookType",
    "fivetran_async.operation": "RateClass",
    "fivetran_async.paging": "Page Pager",
    "fivetran_async.retry": "RetryPolicy",
    "fivetran_async.types": "UNSET FileSource JsonObject Unset",
}
_HOMES = {name: module for module, names in _MODULES.items() for name in names.split()}


def __getattr__(name: str) -> Any:
    # Loaded when first used: an import costs what is used of it.
    return _lazy.load(globals(), _HOMES, name)


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES})
