"""How findings name what they are about."""

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

import attrs

from fivetran_async.audit.findings import Kind, Subject
from fivetran_async.audit.inventory import Inventory
from fivetran_async.models.connections import Connection
from fivetran_async.models.connector_packages import ConnectorPackage
from fivetran_async.models.connector_types import ConnectorType
from fivetran_async.models.destinations import Destination
from fivetran_async.models.groups import Group
from fivetran_async.models.hybrid_agents import HybridAgent
from fivetran_async.models.log_services import LogService
from fivetran_async.models.private_links import PrivateLink
from fivetran_async.models.proxy_agents import ProxyAgent
from fivetran_async.models.roles import Role
from fivetran_async.models.system_keys import SystemKey
from fivetran_async.models.teams import Team
from fivetran_async.models.transformation_projects import TransformationProject
from fivetran_async.models.transformations import Transformation
from fivetran_async.models.users import User
from fivetran_async.models.webhooks import Webhook


@attrs.frozen
class Described:
    """What a finding says of its object."""

    kind: Kind
    id: str
    name: str | None
    group_id: str | None = None
    service: str | None = None


def described(subject: Subject, inventory: Inventory) -> Described:
    """Return what a finding says of an object.

    Raises:
        TypeError: It is nothing that a finding can be about.
    """
    for kind, describe in _BY_TYPE.items():
        if isinstance(subject, kind):
            return describe(subject, inventory)
    allowed = ", ".join(kind.__name__ for kind in _BY_TYPE)
    raise TypeError(f"a finding is about one of {allowed}, not about {type(subject).__name__}")


def _destination(it: Destination, inventory: Inventory) -> Described:
    group = it.group_id or it.id
    return Described(Kind.DESTINATION, it.id, inventory.group_name(group), group, it.service)


def _log_service(it: LogService, inventory: Inventory) -> Described:
    # The first one of a group has the group's id; of all others the list does not say whose they are.
    group = it.id if it.id in inventory.groups else None
    return Described(Kind.LOG_SERVICE, it.id, inventory.group_name(group), group, it.service)


def _transformation(it: Transformation, inventory: Inventory) -> Described:
    config = it.transformation_config
    project = inventory.transformation_projects.get((config and config.project_id) or "")
    name = None if config is None else config.name or config.package_name
    return Described(Kind.TRANSFORMATION, it.id, name, None if project is None else project.group_id, it.type)


def _host(url: str | None) -> str | None:
    # The rest of the address of a webhook is often what lets one post to it.
    try:
        return urlsplit(url or "").hostname
    except ValueError:
        return None


_BY_TYPE: Mapping[type[Any], Callable[[Any, Inventory], Described]] = {
    Connection: lambda it, _: Described(Kind.CONNECTION, it.id, it.schema, it.group_id, it.service),
    Group: lambda it, _: Described(Kind.GROUP, it.id, it.name, it.id),
    Destination: _destination,
    User: lambda it, _: Described(Kind.USER, it.id, it.email),
    Team: lambda it, _: Described(Kind.TEAM, it.id, it.name),
    Role: lambda it, _: Described(Kind.ROLE, it.name or "", it.name),
    Webhook: lambda it, _: Described(Kind.WEBHOOK, it.id, _host(it.url), it.group_id),
    SystemKey: lambda it, _: Described(Kind.SYSTEM_KEY, it.id, it.name),
    LogService: _log_service,
    HybridAgent: lambda it, _: Described(Kind.HYBRID_AGENT, it.id, it.display_name, it.group_id),
    ProxyAgent: lambda it, _: Described(Kind.PROXY_AGENT, it.id, it.display_name),
    PrivateLink: lambda it, _: Described(Kind.PRIVATE_LINK, it.id, it.name, None, it.service),
    Transformation: _transformation,
    TransformationProject: lambda it, _: Described(Kind.TRANSFORMATION_PROJECT, it.id, None, it.group_id, it.type),
    ConnectorPackage: lambda it, _: Described(Kind.CONNECTOR_PACKAGE, it.id, None),
    ConnectorType: lambda it, _: Described(Kind.CONNECTOR_TYPE, it.id, it.name, None, it.id),
}
