"""The table of all operations, grouped as the API groups them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal

from fivetran_async.operation import Operation, RateClass, Shape

if TYPE_CHECKING:
    from fivetran_async.models.account import AccountInfo
    from fivetran_async.models.certificates import Certificate, Fingerprint
    from fivetran_async.models.connections import ConnectCardDetails, Connection, ConnectionState
    from fivetran_async.models.connector_packages import ConnectorPackage
    from fivetran_async.models.connector_types import ConnectorType
    from fivetran_async.models.destinations import Destination
    from fivetran_async.models.external_secrets_managers import ExternalSecretsEntity, ExternalSecretsManager
    from fivetran_async.models.groups import Group, GroupPublicKey, GroupServiceAccount
    from fivetran_async.models.hvr import HvrHubRegistration
    from fivetran_async.models.hybrid_agents import HybridAgent, HybridAgentCredentials
    from fivetran_async.models.log_services import LogService, LogServiceTests
    from fivetran_async.models.memberships import Membership, TeamMembership
    from fivetran_async.models.private_links import PrivateLink
    from fivetran_async.models.proxy_agents import ProxyAgent, ProxyAgentConnection, ProxyAgentCredentials
    from fivetran_async.models.roles import Role
    from fivetran_async.models.schemas import SchemaConfig, TableColumns
    from fivetran_async.models.system_keys import SystemKey
    from fivetran_async.models.teams import Team
    from fivetran_async.models.transformation_projects import TransformationProject
    from fivetran_async.models.transformations import Transformation, TransformationPackage
    from fivetran_async.models.users import User
    from fivetran_async.models.webhooks import Webhook, WebhookTest

_IDEMPOTENT = frozenset({"GET", "DELETE", "PATCH"})

_table: dict[tuple[str, str], Operation[Any]] = {}


def _op(
    id: str,  # noqa: A002 - the attribute's own name
    method: str,
    path: str,
    shape: Shape = Shape.EMPTY,
    result: str | None = None,
    *,
    version: Literal[1, 2] = 1,
    idempotent: bool | None = None,
    rate: RateClass = RateClass.ALL,
    unwrapped: bool = False,
    public: bool = False,
) -> Operation[Any]:
    operation: Operation[Any] = Operation(
        id=id,
        method=method,
        path=path,
        shape=shape,
        result=result,
        version=version,
        idempotent=method in _IDEMPOTENT if idempotent is None else idempotent,
        rate_class=rate,
        unwrapped=unwrapped,
        public=public,
    )
    if _table.setdefault((method, path), operation) is not operation:
        raise ValueError(f"{method} {path} stands in the table twice")
    return operation


_OBJECT, _PAGE, _BINARY = Shape.OBJECT, Shape.PAGE, Shape.BINARY

# fmt: off
# Public endpoints
METADATA_PUBLIC_CONNECTORS: Final[Operation[ConnectorType]] = _op("metadata_public_connectors", "GET", "/public/connector-types", _PAGE, "connector_types:ConnectorType", public=True)

# Account
GET_ACCOUNT_INFO: Final[Operation[AccountInfo]] = _op("get_account_info", "GET", "/v1/account/info", _OBJECT, "account:AccountInfo")

# Certificates, account-wide
APPROVE_CERTIFICATE: Final[Operation[None]] = _op("approve_certificate", "POST", "/v1/certificates")

# Connections
LIST_CONNECTIONS: Final[Operation[Connection]] = _op("list_connections", "GET", "/v1/connections", _PAGE, "connections:Connection", version=2)
CREATE_CONNECTION: Final[Operation[Connection]] = _op("create_connection", "POST", "/v1/connections", _OBJECT, "connections:Connection", version=2)
CONNECTION_DETAILS: Final[Operation[Connection]] = _op("connection_details", "GET", "/v1/connections/{connection_id}", _OBJECT, "connections:Connection", version=2)
MODIFY_CONNECTION: Final[Operation[Connection]] = _op("modify_connection", "PATCH", "/v1/connections/{connection_id}", _OBJECT, "connections:Connection", version=2)
DELETE_CONNECTION: Final[Operation[None]] = _op("delete_connection", "DELETE", "/v1/connections/{connection_id}", version=2)
GET_CONNECTION_CERTIFICATES_LIST: Final[Operation[Certificate]] = _op("get_connection_certificates_list", "GET", "/v1/connections/{connection_id}/certificates", _PAGE, "certificates:Certificate")
APPROVE_CONNECTION_CERTIFICATE: Final[Operation[Certificate]] = _op("approve_connection_certificate", "POST", "/v1/connections/{connection_id}/certificates", _OBJECT, "certificates:Certificate")
GET_CONNECTION_CERTIFICATE_DETAILS: Final[Operation[Certificate]] = _op("get_connection_certificate_details", "GET", "/v1/connections/{connection_id}/certificates/{hash}", _OBJECT, "certificates:Certificate")
REVOKE_CONNECTION_CERTIFICATE: Final[Operation[None]] = _op("revoke_connection_certificate", "DELETE", "/v1/connections/{connection_id}/certificates/{hash}")
CONNECT_CARD: Final[Operation[ConnectCardDetails]] = _op("connect_card", "POST", "/v1/connections/{connection_id}/connect-card", _OBJECT, "connections:ConnectCardDetails", version=2)
GET_CONNECTION_FINGERPRINTS_LIST: Final[Operation[Fingerprint]] = _op("get_connection_fingerprints_list", "GET", "/v1/connections/{connection_id}/fingerprints", _PAGE, "certificates:Fingerprint")
APPROVE_CONNECTION_FINGERPRINT: Final[Operation[Fingerprint]] = _op("approve_connection_fingerprint", "POST", "/v1/connections/{connection_id}/fingerprints", _OBJECT, "certificates:Fingerprint", unwrapped=True)
GET_CONNECTION_FINGERPRINT_DETAILS: Final[Operation[Fingerprint]] = _op("get_connection_fingerprint_details", "GET", "/v1/connections/{connection_id}/fingerprints/{hash}", _OBJECT, "certificates:Fingerprint")
REVOKE_CONNECTION_FINGERPRINT: Final[Operation[None]] = _op("revoke_connection_fingerprint", "DELETE", "/v1/connections/{connection_id}/fingerprints/{hash}")
RESYNC_CONNECTION: Final[Operation[None]] = _op("resync_connection", "POST", "/v1/connections/{connection_id}/resync", version=2)
CONNECTION_STATE: Final[Operation[ConnectionState]] = _op("connection_state", "GET", "/v1/connections/{connection_id}/state", _OBJECT, "connections:ConnectionState", version=2)
MODIFY_CONNECTION_STATE: Final[Operation[ConnectionState]] = _op("modify_connection_state", "PATCH", "/v1/connections/{connection_id}/state", _OBJECT, "connections:ConnectionState", version=2)
SYNC_CONNECTION: Final[Operation[None]] = _op("sync_connection", "POST", "/v1/connections/{connection_id}/sync", version=2)
RUN_SETUP_TESTS: Final[Operation[Connection]] = _op("run_setup_tests", "POST", "/v1/connections/{connection_id}/test", _OBJECT, "connections:Connection", version=2, idempotent=True, rate=RateClass.SETUP_TESTS)

# Schemas of connections
CONNECTION_SCHEMA_CONFIG: Final[Operation[SchemaConfig]] = _op("connection_schema_config", "GET", "/v1/connections/{connection_id}/schemas", _OBJECT, "schemas:SchemaConfig")
PRE_CREATE_CONNECTION_SCHEMA_CONFIG: Final[Operation[SchemaConfig]] = _op("pre_create_connection_schema_config", "POST", "/v1/connections/{connection_id}/schemas", _OBJECT, "schemas:SchemaConfig")
MODIFY_CONNECTION_SCHEMA_CONFIG: Final[Operation[SchemaConfig]] = _op("modify_connection_schema_config", "PATCH", "/v1/connections/{connection_id}/schemas", _OBJECT, "schemas:SchemaConfig")
DELETE_MULTIPLE_COLUMNS_CONNECTION_CONFIG: Final[Operation[None]] = _op("delete_multiple_columns_connection_config", "POST", "/v1/connections/{connection_id}/schemas/drop-columns")
RELOAD_CONNECTION_SCHEMA_CONFIG: Final[Operation[SchemaConfig]] = _op("reload_connection_schema_config", "POST", "/v1/connections/{connection_id}/schemas/reload", _OBJECT, "schemas:SchemaConfig", rate=RateClass.SOURCE)
RESYNC_TABLES: Final[Operation[None]] = _op("resync_tables", "POST", "/v1/connections/{connection_id}/schemas/tables/resync")
MODIFY_CONNECTION_DATABASE_SCHEMA_CONFIG: Final[Operation[SchemaConfig]] = _op("modify_connection_database_schema_config", "PATCH", "/v1/connections/{connection_id}/schemas/{schema_name}", _OBJECT, "schemas:SchemaConfig")
MODIFY_CONNECTION_TABLE_CONFIG: Final[Operation[SchemaConfig]] = _op("modify_connection_table_config", "PATCH", "/v1/connections/{connection_id}/schemas/{schema_name}/tables/{table_name}", _OBJECT, "schemas:SchemaConfig")
MODIFY_CONNECTION_COLUMN_CONFIG: Final[Operation[SchemaConfig]] = _op("modify_connection_column_config", "PATCH", "/v1/connections/{connection_id}/schemas/{schema_name}/tables/{table_name}/columns/{column_name}", _OBJECT, "schemas:SchemaConfig")
DELETE_COLUMN_CONNECTION_CONFIG: Final[Operation[None]] = _op("delete_column_connection_config", "DELETE", "/v1/connections/{connection_id}/schemas/{schema_name}/tables/{table_name}/columns/{column_name}")
CONNECTION_COLUMN_CONFIG: Final[Operation[TableColumns]] = _op("connection_column_config", "GET", "/v1/connections/{connection_id}/schemas/{schema}/tables/{table}/columns", _OBJECT, "schemas:TableColumns", rate=RateClass.SOURCE)

# Packages of custom connectors
LIST_CONNECTOR_SDK_PACKAGES: Final[Operation[ConnectorPackage]] = _op("list_connector_sdk_packages", "GET", "/v1/connector-sdk/packages", _PAGE, "connector_packages:ConnectorPackage")
CREATE_CONNECTOR_SDK_PACKAGE: Final[Operation[ConnectorPackage]] = _op("create_connector_sdk_package", "POST", "/v1/connector-sdk/packages", _OBJECT, "connector_packages:ConnectorPackage")
GET_CONNECTOR_SDK_PACKAGE: Final[Operation[ConnectorPackage]] = _op("get_connector_sdk_package", "GET", "/v1/connector-sdk/packages/{package_id}", _OBJECT, "connector_packages:ConnectorPackage")
UPDATE_CONNECTOR_SDK_PACKAGE: Final[Operation[ConnectorPackage]] = _op("update_connector_sdk_package", "PATCH", "/v1/connector-sdk/packages/{package_id}", _OBJECT, "connector_packages:ConnectorPackage", idempotent=False)
DELETE_CONNECTOR_SDK_PACKAGE: Final[Operation[None]] = _op("delete_connector_sdk_package", "DELETE", "/v1/connector-sdk/packages/{package_id}")
DOWNLOAD_CONNECTOR_SDK_PACKAGE: Final[Operation[bytes]] = _op("download_connector_sdk_package", "GET", "/v1/connector-sdk/packages/{package_id}/download", _BINARY)

# Connector types
METADATA_CONNECTORS: Final[Operation[ConnectorType]] = _op("metadata_connectors", "GET", "/v1/metadata/connector-types", _PAGE, "connector_types:ConnectorType")
METADATA_CONNECTOR_CONFIG: Final[Operation[ConnectorType]] = _op("metadata_connector_config", "GET", "/v1/metadata/connector-types/{service}", _OBJECT, "connector_types:ConnectorType")

# Destinations
LIST_DESTINATIONS: Final[Operation[Destination]] = _op("list_destinations", "GET", "/v1/destinations", _PAGE, "destinations:Destination", version=2)
CREATE_DESTINATION: Final[Operation[Destination]] = _op("create_destination", "POST", "/v1/destinations", _OBJECT, "destinations:Destination", version=2)
DESTINATION_DETAILS: Final[Operation[Destination]] = _op("destination_details", "GET", "/v1/destinations/{destination_id}", _OBJECT, "destinations:Destination", version=2)
MODIFY_DESTINATION: Final[Operation[Destination]] = _op("modify_destination", "PATCH", "/v1/destinations/{destination_id}", _OBJECT, "destinations:Destination", version=2)
DELETE_DESTINATION: Final[Operation[None]] = _op("delete_destination", "DELETE", "/v1/destinations/{destination_id}", version=2)
GET_DESTINATION_CERTIFICATES_LIST: Final[Operation[Certificate]] = _op("get_destination_certificates_list", "GET", "/v1/destinations/{destination_id}/certificates", _PAGE, "certificates:Certificate")
APPROVE_DESTINATION_CERTIFICATE: Final[Operation[Certificate]] = _op("approve_destination_certificate", "POST", "/v1/destinations/{destination_id}/certificates", _OBJECT, "certificates:Certificate")
GET_DESTINATION_CERTIFICATE_DETAILS: Final[Operation[Certificate]] = _op("get_destination_certificate_details", "GET", "/v1/destinations/{destination_id}/certificates/{hash}", _OBJECT, "certificates:Certificate")
REVOKE_DESTINATION_CERTIFICATE: Final[Operation[None]] = _op("revoke_destination_certificate", "DELETE", "/v1/destinations/{destination_id}/certificates/{hash}")
GET_DESTINATION_FINGERPRINTS_LIST: Final[Operation[Fingerprint]] = _op("get_destination_fingerprints_list", "GET", "/v1/destinations/{destination_id}/fingerprints", _PAGE, "certificates:Fingerprint")
APPROVE_DESTINATION_FINGERPRINT: Final[Operation[Fingerprint]] = _op("approve_destination_fingerprint", "POST", "/v1/destinations/{destination_id}/fingerprints", _OBJECT, "certificates:Fingerprint", unwrapped=True)
GET_DESTINATION_FINGERPRINT_DETAILS: Final[Operation[Fingerprint]] = _op("get_destination_fingerprint_details", "GET", "/v1/destinations/{destination_id}/fingerprints/{hash}", _OBJECT, "certificates:Fingerprint")
REVOKE_DESTINATION_FINGERPRINT: Final[Operation[None]] = _op("revoke_destination_fingerprint", "DELETE", "/v1/destinations/{destination_id}/fingerprints/{hash}")
RUN_DESTINATION_SETUP_TESTS: Final[Operation[Destination]] = _op("run_destination_setup_tests", "POST", "/v1/destinations/{destination_id}/test", _OBJECT, "destinations:Destination", version=2, idempotent=True, rate=RateClass.SETUP_TESTS)

# External secrets managers
LIST_ESMS: Final[Operation[ExternalSecretsManager]] = _op("list_esms", "GET", "/v1/external-secrets-managers", _PAGE, "external_secrets_managers:ExternalSecretsManager")
CREATE_ESM: Final[Operation[ExternalSecretsManager]] = _op("create_esm", "POST", "/v1/external-secrets-managers", _OBJECT, "external_secrets_managers:ExternalSecretsManager")
LIST_ESM_ENTITIES: Final[Operation[ExternalSecretsEntity]] = _op("list_esm_entities", "GET", "/v1/external-secrets-managers-entities", _PAGE, "external_secrets_managers:ExternalSecretsEntity")
GET_ESM_DETAILS: Final[Operation[ExternalSecretsManager]] = _op("get_esm_details", "GET", "/v1/external-secrets-managers/{esm_id}", _OBJECT, "external_secrets_managers:ExternalSecretsManager")
MODIFY_ESM: Final[Operation[ExternalSecretsManager]] = _op("modify_esm", "PATCH", "/v1/external-secrets-managers/{esm_id}", _OBJECT, "external_secrets_managers:ExternalSecretsManager")
DELETE_ESM: Final[Operation[None]] = _op("delete_esm", "DELETE", "/v1/external-secrets-managers/{esm_id}")
GET_ESM_ENTITIES: Final[Operation[ExternalSecretsEntity]] = _op("get_esm_entities", "GET", "/v1/external-secrets-managers/{esm_id}/entities", _PAGE, "external_secrets_managers:ExternalSecretsEntity")

# Groups
LIST_ALL_GROUPS: Final[Operation[Group]] = _op("list_all_groups", "GET", "/v1/groups", _PAGE, "groups:Group")
CREATE_GROUP: Final[Operation[Group]] = _op("create_group", "POST", "/v1/groups", _OBJECT, "groups:Group")
GROUP_DETAILS: Final[Operation[Group]] = _op("group_details", "GET", "/v1/groups/{group_id}", _OBJECT, "groups:Group")
MODIFY_GROUP: Final[Operation[Group]] = _op("modify_group", "PATCH", "/v1/groups/{group_id}", _OBJECT, "groups:Group")
DELETE_GROUP: Final[Operation[None]] = _op("delete_group", "DELETE", "/v1/groups/{group_id}")
LIST_ALL_CONNECTIONS_IN_GROUP: Final[Operation[Connection]] = _op("list_all_connections_in_group", "GET", "/v1/groups/{group_id}/connections", _PAGE, "connections:Connection")
GROUP_SSH_PUBLIC_KEY: Final[Operation[GroupPublicKey]] = _op("group_ssh_public_key", "GET", "/v1/groups/{group_id}/public-key", _OBJECT, "groups:GroupPublicKey")
GROUP_SERVICE_ACCOUNT: Final[Operation[GroupServiceAccount]] = _op("group_service_account", "GET", "/v1/groups/{group_id}/service-account", _OBJECT, "groups:GroupServiceAccount")
LIST_ALL_USERS_IN_GROUP: Final[Operation[User]] = _op("list_all_users_in_group", "GET", "/v1/groups/{group_id}/users", _PAGE, "users:User")
ADD_USER_TO_GROUP: Final[Operation[None]] = _op("add_user_to_group", "POST", "/v1/groups/{group_id}/users")
DELETE_USER_FROM_GROUP: Final[Operation[None]] = _op("delete_user_from_group", "DELETE", "/v1/groups/{group_id}/users/{user_id}")

# HVR
HVR_REGISTER_HUB: Final[Operation[HvrHubRegistration]] = _op("hvr_register_hub", "POST", "/v1/hvr/register-hub", _OBJECT, "hvr:HvrHubRegistration")

# Hybrid deployment agents
GET_HYBRID_DEPLOYMENT_AGENT_LIST: Final[Operation[HybridAgent]] = _op("get_hybrid_deployment_agent_list", "GET", "/v1/hybrid-deployment-agents", _PAGE, "hybrid_agents:HybridAgent")
CREATE_HYBRID_DEPLOYMENT_AGENT: Final[Operation[HybridAgentCredentials]] = _op("create_hybrid_deployment_agent", "POST", "/v1/hybrid-deployment-agents", _OBJECT, "hybrid_agents:HybridAgentCredentials")
GET_HYBRID_DEPLOYMENT_AGENT: Final[Operation[HybridAgent]] = _op("get_hybrid_deployment_agent", "GET", "/v1/hybrid-deployment-agents/{agent_id}", _OBJECT, "hybrid_agents:HybridAgent")
DELETE_HYBRID_DEPLOYMENT_AGENT: Final[Operation[None]] = _op("delete_hybrid_deployment_agent", "DELETE", "/v1/hybrid-deployment-agents/{agent_id}")
RE_AUTH_HYBRID_DEPLOYMENT_AGENT: Final[Operation[HybridAgentCredentials]] = _op("re_auth_hybrid_deployment_agent", "PATCH", "/v1/hybrid-deployment-agents/{agent_id}/re-auth", _OBJECT, "hybrid_agents:HybridAgentCredentials", idempotent=False)
RESET_HYBRID_DEPLOYMENT_AGENT_CREDENTIALS: Final[Operation[None]] = _op("reset_hybrid_deployment_agent_credentials", "POST", "/v1/hybrid-deployment-agents/{agent_id}/reset-credentials")

# Log services
LIST_LOG_SERVICES: Final[Operation[LogService]] = _op("list_log_services", "GET", "/v1/external-logging", _PAGE, "log_services:LogService")
ADD_LOG_SERVICE: Final[Operation[LogService]] = _op("add_log_service", "POST", "/v1/external-logging", _OBJECT, "log_services:LogService")
GET_ACCOUNT_LOG_SERVICE_DETAILS: Final[Operation[LogService]] = _op("get_account_log_service_details", "GET", "/v1/external-logging/account", _OBJECT, "log_services:LogService")
ADD_ACCOUNT_LOG_SERVICE: Final[Operation[LogService]] = _op("add_account_log_service", "POST", "/v1/external-logging/account", _OBJECT, "log_services:LogService")
UPDATE_ACCOUNT_LOG_SERVICE: Final[Operation[LogService]] = _op("update_account_log_service", "PATCH", "/v1/external-logging/account", _OBJECT, "log_services:LogService")
DELETE_ACCOUNT_LOG_SERVICE: Final[Operation[None]] = _op("delete_account_log_service", "DELETE", "/v1/external-logging/account")
RUN_SETUP_TESTS_ACCOUNT_LOG_SERVICE: Final[Operation[LogServiceTests]] = _op("run_setup_tests_account_log_service", "POST", "/v1/external-logging/account/test", _OBJECT, "log_services:LogServiceTests", idempotent=True, rate=RateClass.SETUP_TESTS)
GET_LOG_SERVICE_DETAILS: Final[Operation[LogService]] = _op("get_log_service_details", "GET", "/v1/external-logging/{log_id}", _OBJECT, "log_services:LogService")
UPDATE_LOG_SERVICE: Final[Operation[LogService]] = _op("update_log_service", "PATCH", "/v1/external-logging/{log_id}", _OBJECT, "log_services:LogService")
DELETE_LOG_SERVICE: Final[Operation[None]] = _op("delete_log_service", "DELETE", "/v1/external-logging/{log_id}")
RUN_SETUP_TESTS_LOG_SERVICE: Final[Operation[LogServiceTests]] = _op("run_setup_tests_log_service", "POST", "/v1/external-logging/{log_id}/test", _OBJECT, "log_services:LogServiceTests", idempotent=True, rate=RateClass.SETUP_TESTS)

# Private links
GET_PRIVATE_LINKS: Final[Operation[PrivateLink]] = _op("get_private_links", "GET", "/v1/private-links", _PAGE, "private_links:PrivateLink")
CREATE_PRIVATE_LINK: Final[Operation[PrivateLink]] = _op("create_private_link", "POST", "/v1/private-links", _OBJECT, "private_links:PrivateLink", rate=RateClass.PRIVATE_LINK_CREATION)
GET_PRIVATE_LINK_DETAILS: Final[Operation[PrivateLink]] = _op("get_private_link_details", "GET", "/v1/private-links/{private_link_id}", _OBJECT, "private_links:PrivateLink")
MODIFY_PRIVATE_LINK: Final[Operation[PrivateLink]] = _op("modify_private_link", "PATCH", "/v1/private-links/{private_link_id}", _OBJECT, "private_links:PrivateLink")
DELETE_PRIVATE_LINK: Final[Operation[None]] = _op("delete_private_link", "DELETE", "/v1/private-links/{private_link_id}")

# Proxy agents
GET_PROXY_AGENT: Final[Operation[ProxyAgent]] = _op("get_proxy_agent", "GET", "/v1/proxy", _PAGE, "proxy_agents:ProxyAgent")
CREATE_PROXY_AGENT: Final[Operation[ProxyAgentCredentials]] = _op("create_proxy_agent", "POST", "/v1/proxy", _OBJECT, "proxy_agents:ProxyAgentCredentials")
GET_PROXY_AGENT_DETAILS: Final[Operation[ProxyAgent]] = _op("get_proxy_agent_details", "GET", "/v1/proxy/{agent_id}", _OBJECT, "proxy_agents:ProxyAgent", unwrapped=True)
DELETE_PROXY_AGENT: Final[Operation[None]] = _op("delete_proxy_agent", "DELETE", "/v1/proxy/{agent_id}")
GET_PROXY_AGENT_CONNECTIONS: Final[Operation[ProxyAgentConnection]] = _op("get_proxy_agent_connections", "GET", "/v1/proxy/{agent_id}/connections", _PAGE, "proxy_agents:ProxyAgentConnection")
REGENERATE_SECRETS_PROXY_AGENT: Final[Operation[ProxyAgentCredentials]] = _op("regenerate_secrets_proxy_agent", "POST", "/v1/proxy/{agent_id}/regenerate-secrets", _OBJECT, "proxy_agents:ProxyAgentCredentials")

# Roles
LIST_ALL_ROLES: Final[Operation[Role]] = _op("list_all_roles", "GET", "/v1/roles", _PAGE, "roles:Role")

# System keys
GET_SYSTEM_KEYS: Final[Operation[SystemKey]] = _op("get_system_keys", "GET", "/v1/system-keys", _PAGE, "system_keys:SystemKey")
CREATE_SYSTEM_KEY: Final[Operation[SystemKey]] = _op("create_system_key", "POST", "/v1/system-keys", _OBJECT, "system_keys:SystemKey")
GET_SYSTEM_KEY_DETAILS: Final[Operation[SystemKey]] = _op("get_system_key_details", "GET", "/v1/system-keys/{key_id}", _OBJECT, "system_keys:SystemKey")
UPDATE_SYSTEM_KEY: Final[Operation[SystemKey]] = _op("update_system_key", "PATCH", "/v1/system-keys/{key_id}", _OBJECT, "system_keys:SystemKey")
DELETE_SYSTEM_KEY: Final[Operation[None]] = _op("delete_system_key", "DELETE", "/v1/system-keys/{key_id}")
ROTATE_SYSTEM_KEY: Final[Operation[SystemKey]] = _op("rotate_system_key", "POST", "/v1/system-keys/{key_id}/rotate", _OBJECT, "system_keys:SystemKey")

# Teams
LIST_ALL_TEAMS: Final[Operation[Team]] = _op("list_all_teams", "GET", "/v1/teams", _PAGE, "teams:Team")
CREATE_TEAM: Final[Operation[Team]] = _op("create_team", "POST", "/v1/teams", _OBJECT, "teams:Team")
TEAM_DETAILS: Final[Operation[Team]] = _op("team_details", "GET", "/v1/teams/{team_id}", _OBJECT, "teams:Team")
MODIFY_TEAM: Final[Operation[Team]] = _op("modify_team", "PATCH", "/v1/teams/{team_id}", _OBJECT, "teams:Team")
DELETE_TEAM: Final[Operation[None]] = _op("delete_team", "DELETE", "/v1/teams/{team_id}")
GET_TEAM_MEMBERSHIPS_IN_CONNECTIONS: Final[Operation[Membership]] = _op("get_team_memberships_in_connections", "GET", "/v1/teams/{team_id}/connections", _PAGE, "memberships:Membership")
ADD_TEAM_MEMBERSHIP_IN_CONNECTION: Final[Operation[Membership]] = _op("add_team_membership_in_connection", "POST", "/v1/teams/{team_id}/connections", _OBJECT, "memberships:Membership")
GET_TEAM_MEMBERSHIP_IN_CONNECTION: Final[Operation[Membership]] = _op("get_team_membership_in_connection", "GET", "/v1/teams/{team_id}/connections/{connection_id}", _OBJECT, "memberships:Membership")
UPDATE_TEAM_MEMBERSHIP_IN_CONNECTION: Final[Operation[Membership]] = _op("update_team_membership_in_connection", "PATCH", "/v1/teams/{team_id}/connections/{connection_id}", _OBJECT, "memberships:Membership")
DELETE_TEAM_MEMBERSHIP_IN_CONNECTION: Final[Operation[None]] = _op("delete_team_membership_in_connection", "DELETE", "/v1/teams/{team_id}/connections/{connection_id}")
GET_TEAM_MEMBERSHIPS_IN_GROUPS: Final[Operation[Membership]] = _op("get_team_memberships_in_groups", "GET", "/v1/teams/{team_id}/groups", _PAGE, "memberships:Membership")
ADD_TEAM_MEMBERSHIP_IN_GROUP: Final[Operation[Membership]] = _op("add_team_membership_in_group", "POST", "/v1/teams/{team_id}/groups", _OBJECT, "memberships:Membership")
GET_TEAM_MEMBERSHIP_IN_GROUP: Final[Operation[Membership]] = _op("get_team_membership_in_group", "GET", "/v1/teams/{team_id}/groups/{group_id}", _OBJECT, "memberships:Membership")
UPDATE_TEAM_MEMBERSHIP_IN_GROUP: Final[Operation[Membership]] = _op("update_team_membership_in_group", "PATCH", "/v1/teams/{team_id}/groups/{group_id}", _OBJECT, "memberships:Membership")
DELETE_TEAM_MEMBERSHIP_IN_GROUP: Final[Operation[None]] = _op("delete_team_membership_in_group", "DELETE", "/v1/teams/{team_id}/groups/{group_id}")
DELETE_TEAM_MEMBERSHIP_IN_ACCOUNT: Final[Operation[None]] = _op("delete_team_membership_in_account", "DELETE", "/v1/teams/{team_id}/role")
LIST_USERS_IN_TEAM: Final[Operation[TeamMembership]] = _op("list_users_in_team", "GET", "/v1/teams/{team_id}/users", _PAGE, "memberships:TeamMembership")
ADD_USER_TO_TEAM: Final[Operation[TeamMembership]] = _op("add_user_to_team", "POST", "/v1/teams/{team_id}/users", _OBJECT, "memberships:TeamMembership")
GET_USER_IN_TEAM: Final[Operation[TeamMembership]] = _op("get_user_in_team", "GET", "/v1/teams/{team_id}/users/{user_id}", _OBJECT, "memberships:TeamMembership")
UPDATE_USER_MEMBERSHIP: Final[Operation[TeamMembership]] = _op("update_user_membership", "PATCH", "/v1/teams/{team_id}/users/{user_id}", _OBJECT, "memberships:TeamMembership")
DELETE_USER_FROM_TEAM: Final[Operation[None]] = _op("delete_user_from_team", "DELETE", "/v1/teams/{team_id}/users/{user_id}")

# Transformation projects
LIST_ALL_TRANSFORMATION_PROJECTS: Final[Operation[TransformationProject]] = _op("list_all_transformation_projects", "GET", "/v1/transformation-projects", _PAGE, "transformation_projects:TransformationProject")
CREATE_TRANSFORMATION_PROJECT: Final[Operation[TransformationProject]] = _op("create_transformation_project", "POST", "/v1/transformation-projects", _OBJECT, "transformation_projects:TransformationProject")
TRANSFORMATION_PROJECT_DETAILS: Final[Operation[TransformationProject]] = _op("transformation_project_details", "GET", "/v1/transformation-projects/{project_id}", _OBJECT, "transformation_projects:TransformationProject")
MODIFY_TRANSFORMATION_PROJECT: Final[Operation[TransformationProject]] = _op("modify_transformation_project", "PATCH", "/v1/transformation-projects/{project_id}", _OBJECT, "transformation_projects:TransformationProject")
DELETE_TRANSFORMATION_PROJECT: Final[Operation[None]] = _op("delete_transformation_project", "DELETE", "/v1/transformation-projects/{project_id}")
TEST_TRANSFORMATION_PROJECT: Final[Operation[TransformationProject]] = _op("test_transformation_project", "POST", "/v1/transformation-projects/{project_id}/test", _OBJECT, "transformation_projects:TransformationProject", idempotent=True, rate=RateClass.SETUP_TESTS)

# Transformations
TRANSFORMATIONS_LIST: Final[Operation[Transformation]] = _op("transformations_list", "GET", "/v1/transformations", _PAGE, "transformations:Transformation")
CREATE_TRANSFORMATION: Final[Operation[Transformation]] = _op("create_transformation", "POST", "/v1/transformations", _OBJECT, "transformations:Transformation")
TRANSFORMATION_PACKAGE_METADATA_LIST: Final[Operation[TransformationPackage]] = _op("transformation_package_metadata_list", "GET", "/v1/transformations/package-metadata", _PAGE, "transformations:TransformationPackage")
TRANSFORMATION_PACKAGE_METADATA_DETAILS: Final[Operation[TransformationPackage]] = _op("transformation_package_metadata_details", "GET", "/v1/transformations/package-metadata/{package_definition_id}", _OBJECT, "transformations:TransformationPackage")
TRANSFORMATION_DETAILS: Final[Operation[Transformation]] = _op("transformation_details", "GET", "/v1/transformations/{transformation_id}", _OBJECT, "transformations:Transformation")
UPDATE_TRANSFORMATION: Final[Operation[Transformation]] = _op("update_transformation", "PATCH", "/v1/transformations/{transformation_id}", _OBJECT, "transformations:Transformation")
DELETE_TRANSFORMATION: Final[Operation[None]] = _op("delete_transformation", "DELETE", "/v1/transformations/{transformation_id}")
CANCEL_TRANSFORMATION: Final[Operation[None]] = _op("cancel_transformation", "POST", "/v1/transformations/{transformation_id}/cancel")
RUN_TRANSFORMATION: Final[Operation[None]] = _op("run_transformation", "POST", "/v1/transformations/{transformation_id}/run")
UPGRADE_TRANSFORMATION_PACKAGE: Final[Operation[None]] = _op("upgrade_transformation_package", "POST", "/v1/transformations/{transformation_id}/upgrade")

# Users
LIST_ALL_USERS: Final[Operation[User]] = _op("list_all_users", "GET", "/v1/users", _PAGE, "users:User")
CREATE_USER: Final[Operation[User]] = _op("create_user", "POST", "/v1/users", _OBJECT, "users:User", rate=RateClass.USER_CREATION)
DELETE_USER: Final[Operation[None]] = _op("delete_user", "DELETE", "/v1/users/{id}")
USER_DETAILS: Final[Operation[User]] = _op("user_details", "GET", "/v1/users/{user_id}", _OBJECT, "users:User")
MODIFY_USER: Final[Operation[User]] = _op("modify_user", "PATCH", "/v1/users/{user_id}", _OBJECT, "users:User")
GET_USER_MEMBERSHIPS_IN_CONNECTIONS: Final[Operation[Membership]] = _op("get_user_memberships_in_connections", "GET", "/v1/users/{user_id}/connections", _PAGE, "memberships:Membership")
ADD_USER_MEMBERSHIP_IN_CONNECTION: Final[Operation[Membership]] = _op("add_user_membership_in_connection", "POST", "/v1/users/{user_id}/connections", _OBJECT, "memberships:Membership")
GET_USER_MEMBERSHIP_IN_CONNECTIONS: Final[Operation[Membership]] = _op("get_user_membership_in_connections", "GET", "/v1/users/{user_id}/connections/{connection_id}", _OBJECT, "memberships:Membership")
UPDATE_USER_MEMBERSHIP_IN_CONNECTION: Final[Operation[Membership]] = _op("update_user_membership_in_connection", "PATCH", "/v1/users/{user_id}/connections/{connection_id}", _OBJECT, "memberships:Membership")
DELETE_USER_MEMBERSHIP_IN_CONNECTION: Final[Operation[None]] = _op("delete_user_membership_in_connection", "DELETE", "/v1/users/{user_id}/connections/{connection_id}")
GET_USER_MEMBERSHIPS_IN_GROUPS: Final[Operation[Membership]] = _op("get_user_memberships_in_groups", "GET", "/v1/users/{user_id}/groups", _PAGE, "memberships:Membership")
ADD_USER_MEMBERSHIP_IN_GROUP: Final[Operation[Membership]] = _op("add_user_membership_in_group", "POST", "/v1/users/{user_id}/groups", _OBJECT, "memberships:Membership")
GET_USER_MEMBERSHIP_IN_GROUP: Final[Operation[Membership]] = _op("get_user_membership_in_group", "GET", "/v1/users/{user_id}/groups/{group_id}", _OBJECT, "memberships:Membership")
UPDATE_USER_MEMBERSHIP_IN_GROUP: Final[Operation[None]] = _op("update_user_membership_in_group", "PATCH", "/v1/users/{user_id}/groups/{group_id}")
DELETE_USER_MEMBERSHIP_IN_GROUP: Final[Operation[None]] = _op("delete_user_membership_in_group", "DELETE", "/v1/users/{user_id}/groups/{group_id}")
DELETE_USER_MEMBERSHIP_IN_ACCOUNT: Final[Operation[None]] = _op("delete_user_membership_in_account", "DELETE", "/v1/users/{user_id}/role")

# Webhooks
LIST_ALL_WEBHOOKS: Final[Operation[Webhook]] = _op("list_all_webhooks", "GET", "/v1/webhooks", _PAGE, "webhooks:Webhook")
CREATE_ACCOUNT_WEBHOOK: Final[Operation[Webhook]] = _op("create_account_webhook", "POST", "/v1/webhooks/account", _OBJECT, "webhooks:Webhook")
CREATE_GROUP_WEBHOOK: Final[Operation[Webhook]] = _op("create_group_webhook", "POST", "/v1/webhooks/group/{group_id}", _OBJECT, "webhooks:Webhook")
WEBHOOK_DETAILS: Final[Operation[Webhook]] = _op("webhook_details", "GET", "/v1/webhooks/{webhook_id}", _OBJECT, "webhooks:Webhook")
MODIFY_WEBHOOK: Final[Operation[Webhook]] = _op("modify_webhook", "PATCH", "/v1/webhooks/{webhook_id}", _OBJECT, "webhooks:Webhook")
DELETE_WEBHOOK: Final[Operation[None]] = _op("delete_webhook", "DELETE", "/v1/webhooks/{webhook_id}")
TEST_WEBHOOK: Final[Operation[WebhookTest]] = _op("test_webhook", "POST", "/v1/webhooks/{webhook_id}/test", _OBJECT, "webhooks:WebhookTest", idempotent=True)
# fmt: on

OPERATIONS: Final[tuple[Operation[Any], ...]] = tuple(_table.values())
"""All declared operations; `(method, path)` is unique among them."""
