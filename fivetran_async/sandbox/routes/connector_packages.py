"""Packages of the Connector SDK: zips that are uploaded, replaced and downloaded."""

from __future__ import annotations

import base64
import hashlib
import io
import zipfile
from typing import Final

from fivetran_async.sandbox.account import Account
from fivetran_async.sandbox.calls import Call, JsonObject
from fivetran_async.sandbox.data.catalog import CONNECTOR_SDK
from fivetran_async.sandbox.engine import parts
from fivetran_async.sandbox.engine.configs import LATEST_PYTHON, PACKAGES
from fivetran_async.sandbox.paging import page
from fivetran_async.sandbox.replies import RefusalError, Reply, done, found, invalid
from fivetran_async.sandbox.routes.router import Route
from fivetran_async.sandbox.times import stamp

PART: Final = PACKAGES


def shape(account: Account, given: JsonObject) -> JsonObject:
    """Return a complete package; one without content is an empty zip."""
    own = parts.own(given, content=base64.b64encode(_empty()).decode())
    owner = account.info.get("user_id") or ""
    created = given.get("created_at") or stamp(account.now)
    base: JsonObject = {
        "id": given["id"],
        "created_by": owner,
        "last_updated_by": owner,
        "created_at": created,
        "updated_at": created,
        "file_sha256_hash": hashlib.sha256(base64.b64decode(own["content"])).hexdigest(),
    }
    return base | given | {"sandbox": own}


def list_all(account: Account, call: Call) -> Reply:
    """Answer `GET /v1/connector-sdk/packages`."""
    users = _users(account)
    return page(parts.every(account, PART, shape), call.query, lambda package: _view(package, users))


def get(account: Account, call: Call) -> Reply:
    """Answer `GET /v1/connector-sdk/packages/{package_id}`."""
    return found(_view(_package(account, call), _users(account)))


def create(account: Account, call: Call) -> Reply:
    """Answer `POST /v1/connector-sdk/packages`."""
    package = parts.add(account, PART, {"sandbox": {"content": _uploaded(call)}}, shape)
    return done("Package has been created", _view(package, _users(account)), status=201)


def update(account: Account, call: Call) -> Reply:
    """Answer `PATCH /v1/connector-sdk/packages/{package_id}`.

    The API answers 403 to who is neither the owner nor an administrator; the one key of the sandbox is always both.
    """
    package = _package(account, call)
    package["sandbox"]["content"] = _uploaded(call)
    del package["file_sha256_hash"]
    package |= {"updated_at": stamp(account.now), "last_updated_by": account.info.get("user_id") or ""}
    package.update(shape(account, package))
    return done("Package has been updated", _view(package, _users(account)))


def delete(account: Account, call: Call) -> Reply:
    """Answer `DELETE /v1/connector-sdk/packages/{package_id}`."""
    package = _package(account, call)
    name = package["id"]
    if name in _users(account):
        raise RefusalError(403, f"Package with id '{name}' is associated with a connection")
    del account.things[PART][name]
    return done(f"Package with id '{name}' has been deleted")


def download(account: Account, call: Call) -> Reply:
    """Answer `GET /v1/connector-sdk/packages/{package_id}/download`."""
    return Reply(200, {}, content=base64.b64decode(_package(account, call)["sandbox"]["content"]))


def _package(account: Account, call: Call) -> JsonObject:
    return parts.one(account, PART, call.path["package_id"], shape)


def migration(account: Account, call: Call) -> Reply:
    """Answer `GET /v1/connector-sdk/migration/connections`, an undocumented one that Fivetran's own tool asks for."""
    users = _users(account)
    now = account.now
    names = [name for name, one in account.connections.items() if one.get("service") == CONNECTOR_SDK]

    def shown(name: str) -> JsonObject:
        connection = account.settled(name, now)
        config: JsonObject = connection["config"]
        group = connection["group_id"]
        return {
            "connection_id": name,
            "group_id": group,
            "group_name": account.groups.get(group, {}).get("name"),
            "schema": connection["schema"],
            "python_version": config.get("python_version") or LATEST_PYTHON,
            "destination_schema_names": connection["destination_schema_names"],
            "hybrid_deployment_agent_id": connection.get("hybrid_deployment_agent_id"),
            "proxy_host_config_key": config.get("proxy_host_config_key"),
            "package_id": config.get("package_id"),
            "package_shared": len(users.get(config.get("package_id") or "", ())) > 1,
            "networking_method": connection["networking_method"],
            "proxy_agent_id": connection.get("proxy_agent_id"),
        }

    return page(names, call.query, shown)


def _users(account: Account) -> dict[str, list[str]]:
    """Return, by package, the connections that run it."""
    users: dict[str, list[str]] = {}
    for name, connection in account.connections.items():
        package = connection.get("config", {}).get("package_id")
        if connection.get("service") == CONNECTOR_SDK and isinstance(package, str):
            users.setdefault(package, []).append(name)
    return users


def _view(package: JsonObject, users: dict[str, list[str]]) -> JsonObject:
    running = users.get(package["id"], [])
    shown = parts.shown(package) | {"connection_id": running[0] if running else None}
    # Packages that several connections share are in a private preview, and only there the list is shown.
    return shown | {"connection_ids": running} if len(running) > 1 else shown


def _uploaded(call: Call) -> str:
    if call.file is None:
        raise invalid("Part 'file' is required")
    try:
        with zipfile.ZipFile(io.BytesIO(call.file)) as archive:
            archive.namelist()
    except zipfile.BadZipFile:
        raise invalid("Part 'file' must be a ZIP file") from None
    return base64.b64encode(call.file).decode()


def _empty() -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w"):
        pass
    return content.getvalue()


ROUTES: Final = (
    Route("GET", "/v1/connector-sdk/packages", list_all),
    Route("POST", "/v1/connector-sdk/packages", create, multipart=True),
    Route("GET", "/v1/connector-sdk/packages/{package_id}", get),
    Route("PATCH", "/v1/connector-sdk/packages/{package_id}", update, multipart=True),
    Route("DELETE", "/v1/connector-sdk/packages/{package_id}", delete),
    Route("GET", "/v1/connector-sdk/packages/{package_id}/download", download),
    Route("GET", "/v1/connector-sdk/migration/connections", migration),
)
