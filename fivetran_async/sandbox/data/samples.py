"""What seeded accounts are made of: services people really use, and configs, tasks and names that look like theirs."""

from __future__ import annotations

import random
from typing import Any, Final

from fivetran_async.sandbox.calls import JsonObject
from fivetran_async.sandbox.data.catalog import find

DATABASES: Final[dict[str, int]] = {
    "postgres": 5432,
    "postgres_rds": 5432,
    "google_cloud_postgresql": 5432,
    "heroku_postgres": 5432,
    "mysql": 3306,
    "mysql_rds": 3306,
    "aurora": 3306,
    "sql_server": 1433,
    "oracle": 1521,
    "mongo": 27017,
    "snowflake_db": 443,
}
"""Sources that are databases, with their ports."""

_UPDATE_METHODS: Final = {
    "postgres": "XMIN",
    "postgres_rds": "XMIN",
    "google_cloud_postgresql": "XMIN",
    "heroku_postgres": "XMIN",
    "mysql": "BINLOG",
    "mysql_rds": "BINLOG",
    "aurora": "BINLOG",
    "sql_server": "TELEPORT",
    "oracle": "TELEPORT",
}
"""How the databases that have a choice find what changed."""

APPLICATIONS: Final = (
    "salesforce",
    "hubspot",
    "zendesk",
    "jira",
    "github",
    "stripe",
    "shopify",
    "netsuite_suiteanalytics",
    "google_ads",
    "facebook_ads",
    "linkedin_ads",
    "bingads",
    "tiktok_ads",
    "google_analytics_4",
    "google_search_console",
    "marketo",
    "intercom",
    "klaviyo",
    "iterable",
    "sendgrid",
    "twilio",
    "quickbooks",
    "xero",
    "workday_hcm",
    "greenhouse",
    "bamboohr",
    "servicenow",
    "asana",
    "dynamodb",
    "amplitude",
    "fivetran_log",
    "connector_sdk",
)
"""Sources that fill one schema of their own."""

FILES: Final = ("s3", "gcs", "azure_blob_storage", "sftp", "google_drive")
"""Sources that fill a group of tables."""

SHEETS: Final = ("google_sheets", "webhooks", "mixpanel", "kinesis")
"""Sources that fill one table."""

TEAMS: Final = (
    "finance",
    "marketing",
    "sales",
    "product",
    "support",
    "people",
    "logistics",
    "growth",
    "billing",
    "ecommerce",
)
STAGES: Final = ("prod", "eu", "us", "apac", "legacy", "core", "staging", "global")
TABLES: Final = ("targets", "budget", "forecast", "events", "orders", "calendar", "mapping", "inventory")

WAREHOUSES: Final = ("snowflake", "big_query", "redshift", "databricks", "postgres_warehouse", "azure_sql_database")
REGIONS: Final = ("GCP_US_EAST4", "GCP_EUROPE_WEST3", "AWS_US_EAST_1", "AWS_EU_WEST_1", "AZURE_WESTEUROPE")
OFFSETS: Final = ("0", "-5", "-8", "+1", "+2", "+9")

ROLES: Final = ("Account Administrator", "Account Analyst", "Account Reviewer", "Destination Creator")
GIVEN: Final = ("Ada", "Grace", "Alan", "Edsger", "Barbara", "Ken", "Frances", "Donald", "Radia", "Niklaus", "Hedy")
FAMILY: Final = ("Okafor", "Lindqvist", "Moreau", "Tanaka", "Silva", "Novak", "Haddad", "Byrne", "Kowalski", "Mehta")

RECONNECT: Final[tuple[JsonObject, ...]] = (
    {
        "code": "reconnect",
        "message": "The credentials were rejected by the source. Reauthorize the connection.",
        "details": "",
    },
    {
        "code": "reconnect",
        "message": "Could not connect to the host: connection timed out after 30 seconds.",
        "details": "",
    },
    {
        "code": "permission_denied",
        "message": "The user lacks SELECT on some of the selected tables.",
        "details": "Grant the missing privileges and test the connection again.",
    },
)
SETUP: Final[tuple[JsonObject, ...]] = (
    {"code": "incomplete_setup", "message": "Finish the setup form and test the connection.", "details": ""},
    {"code": "missing_auth", "message": "Authorize access to the source to finish the setup.", "details": ""},
)
WARNINGS: Final[tuple[JsonObject, ...]] = (
    {
        "code": "resync_table_warning",
        "message": "Some tables are being re-synced after a schema change.",
        "details": "",
    },
    {
        "code": "primary_key_missing",
        "message": "Some tables have no primary key; rows may be duplicated.",
        "details": "",
    },
    {
        "code": "api_deprecation",
        "message": "The source's API version is about to be retired. Upgrade the connection.",
        "details": "",
    },
)

_SERVICES: Final = (
    *DATABASES,
    *DATABASES,  # databases are more common than any one application
    *APPLICATIONS,
    *FILES,
    *SHEETS,
)


def service(rng: random.Random) -> str:
    """Return a connector type."""
    return rng.choice(_SERVICES)


def naming(rng: random.Random, name: str, taken: set[str]) -> tuple[str, JsonObject]:
    """Return a schema that its group does not have yet, and the config fields that name it.

    Args:
        rng: The account's source of chance.
        name: The connector type.
        taken: The schemas of the group; the new one is added.
    """
    fields = _schema_fields(name)
    base = rng.choice(TEAMS) if "table" in fields or "table_group_name" in fields else name
    candidate = base if rng.random() < 0.3 else f"{rng.choice(STAGES)}_{base}"  # noqa: PLR2004 - a third are plain
    table = rng.choice(TABLES)
    whole = f"{candidate}.{table}" if "table" in fields else candidate
    number = 1
    stem = candidate
    while whole in taken:
        number += 1
        candidate = f"{stem}_{number}"
        whole = f"{candidate}.{table}" if "table" in fields else candidate
    taken.add(whole)
    values = {"schema": candidate, "schema_prefix": candidate, "table": table, "table_group_name": table}
    return whole, {field: values[field] for field in fields}


def source_config(rng: random.Random, name: str) -> JsonObject:
    """Return the rest of a connector's config: typed values and secrets, as version 2 knows them."""
    if name in DATABASES:
        server: JsonObject = {
            "host": f"{name.replace('_', '-')}-{rng.randint(1, 40)}.internal.example.com",
            "port": DATABASES[name],
            "database": rng.choice(TEAMS),
            "user": "fivetran",
        }
        method = {"update_method": _UPDATE_METHODS[name]} if name in _UPDATE_METHODS else {}
        return server | method | _secrets(name)
    if name in FILES:
        place = f"{rng.choice(TEAMS)}-exports"
        where = {"bucket": place} if name in {"s3", "gcs"} else {}
        return where | {"prefix": f"{place}/daily/", "file_type": "csv"} | _secrets(name)
    if name == "connector_sdk":
        return {"python_version": "3.12", "secrets_list": [{"key": "api_key", "value": "s3cret"}]}
    return ({"sync_mode": "AllAccounts"} if name.endswith("ads") else {}) | _secrets(name)


def destination_config(rng: random.Random, name: str, schema: str) -> JsonObject:
    """Return a destination's config; its port is a string even in version 2, as the live API has it."""
    if name == "big_query":
        return {"project_id": f"{schema}-{rng.randint(100, 999)}", "data_set_location": "EU"}
    ports = {"snowflake": "443", "redshift": "5439", "databricks": "443", "azure_sql_database": "1433"}
    config: JsonObject = {
        "host": f"{schema}.{name.replace('_', '-')}.example.com",
        "port": ports.get(name, "5432"),
        "database": schema,
        "user": "fivetran_user",
    }
    return config | _secrets(name, kind="destination")


def _schema_fields(name: str) -> tuple[str, ...]:
    known = find(name, "connector")
    return known.schema_fields if known is not None else ("schema",)


def _secrets(name: str, kind: str = "connector") -> dict[str, Any]:
    known = find(name, kind)
    if known is None or not known.secrets:
        return {}
    wanted = [field for field in ("password", "api_key", "client_secret") if field in known.secrets]
    return dict.fromkeys(wanted or sorted(known.secrets)[:1], "s3cret")
