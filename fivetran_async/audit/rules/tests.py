"""Rules about tests that were run on request: setup tests, and test events to webhooks."""

from collections.abc import Iterator, Mapping
from datetime import datetime

from fivetran_async.audit.findings import Hit, Subject
from fivetran_async.audit.inventory import Inventory
from fivetran_async.audit.policy import Policy
from fivetran_async.audit.rules._words import named
from fivetran_async.models.log_services import LogServiceTests
from fivetran_async.models.setup_tests import SetupTest, SetupTestStatus

_FAILED = (SetupTestStatus.FAILED, SetupTestStatus.JOB_FAILED)


def connections(inventory: Inventory, _now: datetime, _policy: Policy) -> Iterator[Hit]:
    """Find connections of which a setup test failed."""
    return _failed(inventory.connections, inventory.connection_tests)


def destinations(inventory: Inventory, _now: datetime, _policy: Policy) -> Iterator[Hit]:
    """Find destinations of which a setup test failed."""
    return _failed(inventory.destinations, inventory.destination_tests)


def log_services(inventory: Inventory, _now: datetime, _policy: Policy) -> Iterator[Hit]:
    """Find log services of which a setup test failed."""
    return _failed(inventory.log_services, inventory.log_service_tests)


def webhooks(inventory: Inventory, _now: datetime, _policy: Policy) -> Iterator[Hit]:
    """Find webhooks whose receiver did not take a test event."""
    for webhook_id, results in inventory.webhook_tests.items():
        webhook = inventory.webhooks.get(webhook_id)
        for result in results:
            if webhook is not None and result.succeed is False:
                status = f"answered {result.status}" if result.status else "did not answer"
                yield Hit(
                    webhook, f"its receiver {status}: {result.message}" if result.message else f"its receiver {status}"
                )


def _failed(owners: Mapping[str, Subject], tested: Mapping[str, tuple[LogServiceTests, ...]]) -> Iterator[Hit]:
    for owner_id, results in tested.items():
        owner = owners.get(owner_id)
        failed = [_said(test) for result in results for test in result.setup_tests if test.status in _FAILED]
        if owner is not None and failed:
            yield Hit(owner, f"its setup tests fail: {named(failed)}", tuple(failed))


def _said(test: SetupTest) -> str:
    title = test.title or "a test without a title"
    return f"{title} ({test.message})" if test.message else title
