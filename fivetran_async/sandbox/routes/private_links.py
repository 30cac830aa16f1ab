"""Private links: each change of one takes a while."""

from __future__ import annotations

from typing import Final

from fivetran_async.sandbox import checks
from fivetran_async.sandbox.account import Account
from fivetran_async.sandbox.calls import Call, JsonObject
from fivetran_async.sandbox.data import regions
from fivetran_async.sandbox.engine import parts
from fivetran_async.sandbox.paging import page
from fivetran_async.sandbox.replies import Reply, done, found, invalid
from fivetran_async.sandbox.routes.router import PRIVATE_LINK_CREATION, Route
from fivetran_async.sandbox.times import stamp

PART: Final = "private_links"
# How long Fivetran takes for a change is not documented; long enough here that a test sees it happen.
PROVISIONING: Final = 600.0

SERVICES: Final[dict[str, tuple[str, ...]]] = {
    "DATABRICKS_AWS": ("connection_service_name",),
    "SNOWFLAKE_AWS": ("account_url", "vpce_id"),
    "REDSHIFT_AWS": ("aws_account_id", "cluster_identifier"),
    "SOURCE_AWS": ("connection_service_name",),
    "DATABRICKS_AZURE": ("connection_service_id", "workspace_url"),
    "SNOWFLAKE_AZURE": ("account_url", "pls_id"),
    "ONELAKE_AZURE": ("connection_service_id",),
    "POSTGRES_WAREHOUSE_AZURE": ("connection_service_id",),
    "SQL_DATA_WAREHOUSE_AZURE": ("connection_service_id",),
    "SOURCE_AZURE": ("connection_service_id", "sub_resource_name"),
    "SNOWFLAKE_GCP": ("account_url", "pls_id"),
    "SOURCE_GCP": ("private_connection_service_id",),
    "DATABRICKS_GCP": ("connection_service_id", "workspace_url"),
}
"""The services, and what the config of each must name."""

_SUMMARIES: Final = {
    "CREATING": "Private link is being created",
    "UPDATING": "Private link is being updated",
    "DESTROYING": "Private link is being deleted",
    "OK": "Private link is ready",
    "FAIL": "Private link could not be provisioned",
}


def creation(_body: JsonObject | None) -> tuple[str, ...]:
    """Name the rate classes of a create."""
    return (PRIVATE_LINK_CREATION,)


def shape(account: Account, given: JsonObject) -> JsonObject:
    """Return a complete private link, up to date with the clock."""
    own = parts.own(given, until=None)
    service: str = given.get("service", "SOURCE_AWS")
    base: JsonObject = {
        "id": given["id"],
        "name": given["id"],
        "region": "AWS_US_EAST_1",
        "service": service,
        "state": "OK",
        "account_id": account.info.get("account_id"),
        "cloud_provider": _cloud(service),
        "created_at": stamp(account.now),
        "created_by": account.info.get("user_id"),
        "config": {},
    }
    link: JsonObject = base | given | {"sandbox": own}
    if own["until"] is not None and account.now >= own["until"]:
        link["state"], own["until"] = "OK", None
    link["state_summary"] = _SUMMARIES.get(link["state"], "")
    if link["state"] == "OK":
        link.setdefault("host", f"{link['id'].replace('_', '-')}.privatelink.example.com")
        link["resource_upstream_status"] = "available"
    return link


def list_all(account: Account, call: Call) -> Reply:
    """Answer `GET /v1/private-links`."""
    return page(parts.every(account, PART, shape), call.query, parts.shown)


def get(account: Account, call: Call) -> Reply:
    """Answer `GET /v1/private-links/{privateLinkId}`."""
    return found(parts.shown(_link(account, call)))


def create(account: Account, call: Call) -> Reply:
    """Answer `POST /v1/private-links`."""
    body = call.wanted_body
    checks.require(body, "name", "region", "service")
    fields: dict[str, checks.Checker] = {
        "name": checks.text,
        "region": checks.one_of(*regions.PRIVATE_LINKS),
        "service": checks.one_of(*SERVICES),
        "config": checks.mapping,
    }
    given = checks.read(body, fields)
    cloud = _cloud(given["service"])
    if not given["region"].startswith(f"{cloud}_"):
        raise invalid(f"Field 'region' must be a region of {cloud} for service '{given['service']}'")
    _check_config(given["service"], given.get("config", {}))
    state = {"state": "CREATING", "sandbox": {"until": account.now + PROVISIONING}}
    link = parts.add(account, PART, given | state, shape)
    return done("Private link has been created", parts.shown(link), status=201)


def update(account: Account, call: Call) -> Reply:
    """Answer `PATCH /v1/private-links/{privateLinkId}`."""
    link = _link(account, call)
    given = checks.changes(call.wanted_body, {"config": checks.mapping})
    config = link["config"] | given["config"]
    _check_config(link["service"], config)
    link |= {"config": config, "state": "UPDATING"}
    link["sandbox"]["until"] = account.now + PROVISIONING
    return done("Private link has been updated", parts.shown(_link(account, call)))


def delete(account: Account, call: Call) -> Reply:
    """Answer `DELETE /v1/private-links/{privateLinkId}`.

    The API does not document that one in use is refused, nor that it is listed as DESTROYING for a while.
    """
    name = _link(account, call)["id"]
    del account.things[PART][name]
    return done(f"Private link with id '{name}' has been deleted")


def _link(account: Account, call: Call) -> JsonObject:
    return parts.one(account, PART, call.path["privateLinkId"], shape)


def _cloud(service: str) -> str:
    return service.rpartition("_")[2]


def _check_config(service: str, config: JsonObject) -> None:
    for field in SERVICES.get(service, ()):
        checks.text(f"config.{field}", config.get(field))


ROUTES: Final = (
    Route("GET", "/v1/private-links", list_all),
    Route("POST", "/v1/private-links", create, creation),
    Route("GET", "/v1/private-links/{privateLinkId}", get),
    Route("PATCH", "/v1/private-links/{privateLinkId}", update),
    Route("DELETE", "/v1/private-links/{privateLinkId}", delete),
)
