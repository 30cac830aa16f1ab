"""Every rule about every kind of object: what the API left out, and values of tomorrow, are no findings."""

from datetime import UTC, date, datetime
from typing import Any

import attrs
import pytest

from fivetran_async.audit import RULES, Allowed, Finding, Inventory, Kind, Policy
from fivetran_async.audit.findings import Hit
from fivetran_async.audit.inventory import FIELDS
from fivetran_async.audit.rules._subjects import described
from fivetran_async.models._base import Model, field_names
from fivetran_async.models.certificates import Certificate, Fingerprint
from fivetran_async.models.connections import Connection
from fivetran_async.models.connector_packages import ConnectorPackage
from fivetran_async.models.connector_types import ConnectorType
from fivetran_async.models.destinations import Destination
from fivetran_async.models.groups import Group
from fivetran_async.models.hybrid_agents import HybridAgent
from fivetran_async.models.log_services import LogService, LogServiceTests
from fivetran_async.models.memberships import Membership, TeamMembership
from fivetran_async.models.private_links import PrivateLink
from fivetran_async.models.proxy_agents import ProxyAgent
from fivetran_async.models.roles import Role
from fivetran_async.models.schemas import SchemaConfig
from fivetran_async.models.setup_tests import SetupTest
from fivetran_async.models.system_keys import SystemKey, SystemKeyPermission
from fivetran_async.models.teams import Team
from fivetran_async.models.transformation_projects import TransformationProject
from fivetran_async.models.transformations import Transformation
from fivetran_async.models.users import User
from fivetran_async.models.webhooks import Webhook, WebhookTest
from fivetran_async.schema_plan import Desired

NOW = datetime(2026, 8, 1, 12, 0, tzinfo=UTC)
TABLE = {"enabled": True, "columns": {"email": {}}}
CONFIG = SchemaConfig.from_dict({"schemas": {"s": {"enabled": True, "tables": {"t": TABLE, "u": {}}}, "empty": {}}})
BARE: dict[str, Any] = {
    "groups": {"g": Group(id="g")},
    "destinations": {"g": Destination(id="g", service="snowflake")},
    "connections": {"c": Connection(id="c", service="postgres", group_id="g")},
    "schemas": {"c": CONFIG},
    "columns": {"c": CONFIG},
    "users": {"u": User(id="u")},
    "teams": {"t": Team(id="t")},
    "roles": {"": Role()},
    "group_users": {"g": (User(id="u"),)},
    "team_groups": {"t": (Membership(id="g"),)},
    "team_users": {"t": (TeamMembership(user_id="u"),)},
    "user_connections": {"u": (Membership(id="c"),)},
    "team_connections": {"t": (Membership(id="c"),)},
    "webhooks": {"w": Webhook(id="w", secret="******")},
    "certificates": {"c": (Certificate(id="a", validated_by="u"),), "gone": (Certificate(id="a"),)},
    "fingerprints": {"g": (Fingerprint(id="a", validated_by="u"),), "gone": (Fingerprint(id="a"),)},
    "system_keys": {"k": SystemKey(id="k", permissions=(SystemKeyPermission(),))},
    "log_services": {"l": LogService(id="l", service="cloudwatch")},
    "hybrid_agents": {"h": HybridAgent(id="h", enabled=False)},
    "proxy_agents": {"p": ProxyAgent(id="p")},
    "private_links": {"l": PrivateLink(id="l")},
    "transformations": {"x": Transformation(id="x")},
    "transformation_projects": {"p": TransformationProject(id="p")},
    "connector_packages": {"p": ConnectorPackage(id="p", connection_id="c")},
    "connector_types": {"postgres": ConnectorType(id="postgres")},
    "connection_tests": {"c": (LogServiceTests(setup_tests=(SetupTest(),)), LogServiceTests())},
    "destination_tests": {"gone": (LogServiceTests(setup_tests=(SetupTest(status="FAILED"),)),)},
    "log_service_tests": {"l": ()},
    "webhook_tests": {"w": (WebhookTest(),), "gone": (WebhookTest(succeed=False),)},
}
EVERYTHING_IS_OFF = Policy(
    allowed=Allowed(**{field.name: () for field in attrs.fields(Allowed)}),
    previous={"c": {"s.t": True, "s.u": False}},
    desired={"c": Desired(), "gone": Desired(schema_change_handling="BLOCK_ALL")},
)


def found(inventory: Inventory, policy: Policy = EVERYTHING_IS_OFF) -> list[Finding]:
    """Return what all rules find."""
    return [finding for rule in RULES for finding in rule.judge(inventory, NOW, policy)]


def test_every_field_has_an_object():
    """A field of the inventory could be added that no rule here is tried with."""
    assert set(BARE) == {name for names in FIELDS.values() for name in names}


def test_what_the_api_left_out():
    """A missing field would crash a rule, or be called a fault."""
    assert found(Inventory(**BARE)) == []
    assert found(Inventory()) == []


def test_values_of_tomorrow():
    """A state that this version does not know would crash a rule, or be taken for a fault."""

    def tomorrow(item: Any) -> Any:
        # A status that is an object has its own tests, in the rules about it.
        if not isinstance(item, Model) or isinstance(item, Connection | LogService):
            return item
        names = {"status", "state", "setup_status", "service_status", "type", "role", "networking_method"}
        return type(item).from_dict(item.to_dict() | dict.fromkeys(names & set(field_names(type(item))), "new"))

    inventory = {field: {name: tomorrow(item) for name, item in items.items()} for field, items in BARE.items()}
    # With a list of allowed roles, one of tomorrow is not on it.
    assert {finding.rule for finding in found(Inventory(**inventory))} <= {
        "role-off-policy",
        "destination-network-off-policy",
    }
    assert found(Inventory(**inventory), Policy()) == []


@pytest.mark.parametrize(
    ("subject", "kind", "name", "group", "service"),
    [
        (User(id="i", email="u@example.com"), Kind.USER, "u@example.com", None, None),
        (Team(id="i", name="n"), Kind.TEAM, "n", None, None),
        (Role(name="i"), Kind.ROLE, "i", None, None),
        (
            Webhook(id="i", url="https://user:pass@hooks.example.com/T0/secret?x=1", group_id="g"),
            Kind.WEBHOOK,
            "hooks.example.com",
            "g",
            None,
        ),
        (Webhook(id="i", url="https://[broken"), Kind.WEBHOOK, None, None, None),
        (Webhook(id="i"), Kind.WEBHOOK, None, None, None),
        (SystemKey(id="i", name="n"), Kind.SYSTEM_KEY, "n", None, None),
        (LogService(id="g", service="cloudwatch"), Kind.LOG_SERVICE, "finance", "g", "cloudwatch"),
        (LogService(id="i", service="cloudwatch"), Kind.LOG_SERVICE, None, None, "cloudwatch"),
        (HybridAgent(id="i", display_name="n", group_id="g"), Kind.HYBRID_AGENT, "n", "g", None),
        (ProxyAgent(id="i", display_name="n"), Kind.PROXY_AGENT, "n", None, None),
        (PrivateLink(id="i", name="n"), Kind.PRIVATE_LINK, "n", None, None),
        (
            Transformation.from_dict(
                {"id": "i", "type": "DBT_CORE", "transformation_config": {"name": "n", "project_id": "p"}}
            ),
            Kind.TRANSFORMATION,
            "n",
            "g",
            "DBT_CORE",
        ),
        (
            Transformation.from_dict({"id": "i", "type": "QUICKSTART", "transformation_config": {"package_name": "n"}}),
            Kind.TRANSFORMATION,
            "n",
            None,
            "QUICKSTART",
        ),
        (Transformation(id="i"), Kind.TRANSFORMATION, None, None, None),
        (TransformationProject(id="i", group_id="g"), Kind.TRANSFORMATION_PROJECT, None, "g", None),
        (ConnectorPackage(id="i"), Kind.CONNECTOR_PACKAGE, None, None, None),
        (ConnectorType(id="i", name="n"), Kind.CONNECTOR_TYPE, "n", None, "i"),
        (Destination(id="g", service="snowflake"), Kind.DESTINATION, "finance", "g", "snowflake"),
    ],
)
def test_subject(subject, kind, name, group, service):
    """The reader could not find the object, or would find the secret of a webhook's address in a report."""
    inventory = Inventory(
        groups={"g": Group(id="g", name="finance")},
        transformation_projects={"p": TransformationProject(id="p", group_id="g")},
    )
    about = described(subject, inventory)
    assert (about.kind, about.name, about.group_id, about.service) == (kind, name, group, service)
    assert about.id in {"i", "g"}


def test_a_subject_that_is_none():
    """A user's rule with a wrong hit would fail where nobody sees why."""
    with pytest.raises(TypeError, match=r"one of Connection, .*, not about date"):
        described(date(2026, 8, 1), Inventory())  # type: ignore[arg-type]
    assert Hit(Group(id="g"), "why").reason == "why"
