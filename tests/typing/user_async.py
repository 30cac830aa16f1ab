"""A user's file in the asyncio colour: every public name, with the types that a checker must see."""

# What is marked as an error has to be one for the other checker too.
# pyright: reportUnnecessaryTypeIgnoreComment=true

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any, assert_type

from fivetran_async import (
    UNSET,
    AccountInfo,
    AmbiguousNameError,
    ApiError,
    ArgumentError,
    Attempt,
    BadRequestError,
    Budget,
    BudgetUnavailableError,
    ChecksumError,
    ClosedError,
    ConfigError,
    ConfirmationError,
    ConflictError,
    ConnectCard,
    ConnectCardConfig,
    ConnectError,
    Connection,
    ConnectionStatus,
    ConnectionTask,
    ConnectionWarning,
    DataDelaySensitivity,
    DeadlineExceededError,
    DecodeError,
    Destination,
    DestinationConfiguration,
    DestinationSchemaNames,
    DestinationSetupStatus,
    Estimate,
    FileSource,
    Fivetran,
    FivetranError,
    ForbiddenError,
    Group,
    JsonObject,
    Map,
    MapResult,
    Model,
    NetworkingMethod,
    NotFoundError,
    Page,
    Pager,
    PaginationError,
    RateClass,
    RateLimitedError,
    ReadOnlyError,
    RetryPolicy,
    ScheduleType,
    SchemaStatus,
    ServerError,
    SetupState,
    SetupTest,
    SetupTestStatus,
    SyncState,
    TimedOutError,
    Timeout,
    TransportError,
    UnauthorizedError,
    UnexpectedStatusError,
    Unset,
    UpdateState,
    User,
    WrongLoopError,
    __version__,
    converter,
)
from fivetran_async.audit import (
    DEEP_KINDS,
    PERSONAL_NAMES,
    RULES,
    SOURCE_KINDS,
    TEST_KINDS,
    Access,
    Allowed,
    AuditReport,
    Finding,
    Findings,
    Gap,
    Hit,
    Inventory,
    Kind,
    OnProgress,
    PersonalColumns,
    Plan,
    PlannedCalls,
    Policy,
    Progress,
    Rule,
    Severity,
    Thresholds,
    Tier,
    Waiver,
    access_matrix,
    audit,
    load_policy,
    loaded_tables,
    plan,
    policy_schema,
    stream,
)
from fivetran_async.connector_sdk import Verification, verify
from fivetran_async.hooks import Event, Hook

assert_type(__version__, str)
converter.register_unstructure_hook(complex, str)


def hook(event: Event) -> None:
    """Take any event."""
    assert_type(event.operation, str)


def settings() -> Fivetran:
    """Make clients in every way."""
    client = Fivetran(
        api_key="key",
        api_secret="secret",
        base_url="http://127.0.0.1:8080",
        timeout=Timeout(connect=5, read=30, total=60),
        deadline=120,
        retry=RetryPolicy(attempts=2, initial_wait=0.1, max_wait=5, max_retry_after=10),
        budget=Budget(concurrency=8, reserve=100),
        read_only=False,
        hooks=[hook],
        proxy=None,
        ssl=None,
        trust_env=False,
        user_agent_suffix="mine/1",
        keep_raw=False,
    )
    assert_type(Fivetran.from_env(timeout=3), Fivetran)
    assert_type(Fivetran.anonymous(timeout=3), Fivetran)
    view = client.with_options(timeout=None, deadline=5, retry=RetryPolicy(), read_only=True, hooks=[])
    assert_type(view, Fivetran)
    assert_type(client.budget, Budget)
    assert_type(client.budget.estimate(250, RateClass.SETUP_TESTS), Estimate)
    assert_type(client.budget.rate, float | None)
    assert_type(client.budget.remaining, int | None)
    assert_type(client.closed, bool)
    assert_type(client.repairs, Mapping[str, int])
    assert_type(client.base_url, str)
    assert_type(client.hooks, tuple[Hook, ...])
    assert_type(client.clock.now(), datetime)
    return client


async def accounts(ft: Fivetran) -> None:
    """Use account and groups."""
    info = await ft.account.info()
    assert_type(info, AccountInfo)
    assert_type(info.account_name, str | None)
    assert_type(ft.groups.list(page_size=10, cursor="c"), Pager[Group])
    group = await ft.groups.create(name="analytics")
    assert_type(group, Group)
    assert_type(group.created_at, datetime | None)
    assert_type(await ft.groups.get("id"), Group)
    assert_type(await ft.groups.update("id", name="finance"), Group)
    await ft.groups.delete("id", confirm=True)
    assert_type(ft.groups.connections("id", schema="s"), Pager[Connection])
    assert_type(ft.groups.users.list("id", active=True), Pager[User])
    async for user in ft.groups.users.list("id"):
        assert_type(user.email, str | None)


async def connections(ft: Fivetran) -> None:
    """Use connections."""
    pager = ft.connections.list(group_id="g", schema="s")
    assert_type(pager, Pager[Connection])
    page = await pager.page()
    assert_type(page, Page[Connection])
    assert_type(page.items, Sequence[Connection])
    assert_type(page.next_cursor, str | None)
    async for whole in pager.pages():
        assert_type(whole, Page[Connection])
    assert_type(await pager.first(), Connection | None)
    assert_type(await pager.collect(limit=5), list[Connection])
    assert_type(await pager.with_deadline(60).collect(), list[Connection])
    async with pager as same:
        assert_type(same, Pager[Connection])
    connection = await ft.connections.create(
        group_id="g",
        service="postgres",
        config={"schema_prefix": "shop"},
        auth=UNSET,
        sync_frequency=1440,
        daily_sync_time="03:00",
        schedule_type=ScheduleType.AUTO,
        data_delay_sensitivity=DataDelaySensitivity.NORMAL,
        networking_method=NetworkingMethod.DIRECTLY,
        connect_card_config=ConnectCardConfig(redirect_uri="https://example.com"),
        destination_configuration=DestinationConfiguration(virtual_warehouse="w"),
        destination_schema_names=DestinationSchemaNames.SOURCE_NAMING,
        run_setup_tests=False,
    )
    assert_type(connection, Connection)
    assert_type(await ft.connections.get("id"), Connection)
    changed = await ft.connections.update("id", paused=True, daily_sync_time=None, schema_status=SchemaStatus.READY)
    assert_type(changed, Connection)
    assert_type(await ft.connections.pause("id"), Connection)
    assert_type(await ft.connectors.resume("id"), Connection)
    await ft.connections.sync("id", force=True)
    await ft.connections.delete("id", confirm=True)


def models(connection: Connection, destination: Destination) -> None:
    """Read models; states compare with their members and with texts."""
    status = connection.status
    assert_type(status, ConnectionStatus | None)
    if status is not None:
        assert_type(status.tasks, tuple[ConnectionTask, ...])
        assert_type(status.warnings, tuple[ConnectionWarning, ...])
        assert_type(status.setup_state, SetupState | str | None)
        if status.sync_state in {"a state of tomorrow", SyncState.SYNCING}:
            assert status.sync_state != "another"
            assert_type(status.update_state, UpdateState | str | None)
    assert_type(connection.setup_tests, tuple[SetupTest, ...])
    for test in connection.setup_tests:
        assert_type(test.status, SetupTestStatus | str | None)
    assert_type(connection.connect_card, ConnectCard | None)
    assert_type(connection.succeeded_at, datetime | None)
    assert_type(destination.setup_status, DestinationSetupStatus | str | None)
    assert_type(connection.raw, bytes | None)
    assert_type(connection.extra, dict[str, Any])
    assert_type(Connection.from_dict(connection.to_dict()), Connection)
    model: Model = destination
    assert_type(model.to_dict(), dict[str, Any])


async def everything_else(ft: Fivetran) -> None:
    """Use destinations, unnamed endpoints and the audit."""
    assert_type(ft.destinations.list(), Pager[Destination])
    assert_type(await ft.destinations.get("id"), Destination)
    await ft.request("POST", "/v1/x", query={"a": 1}, body={"b": None}, idempotent=True, raw=True)
    assert_type(ft.paginate("/v1/x", query={"a": True}), Pager[Any])

    async def fetch(cursor: str | None) -> Page[int]:
        return Page(items=[1], next_cursor=cursor)

    assert_type(Pager.over(fetch), Pager[int])
    report = await audit(ft, rules=[*RULES, own_rule()], thresholds=Thresholds(stale_hours=48), on_progress=follow())
    assert_type(report, AuditReport)
    assert_type(report.calls, int)
    assert_type(report.inventory, Inventory)
    assert_type(report.incomplete, tuple[Gap, ...])
    assert_type(report.exceeds(Severity.ERROR), bool)
    for finding in report.findings:
        assert_type(finding, Finding)
        assert_type(finding.rule, str)


async def large_audits(ft: Fivetran, folder: Path) -> None:
    """Plan an audit, go on with one, and take its findings as they come."""
    cost = await plan(
        ft, deep=True, columns=True, max_calls=500, reserve=1_000, resume=folder / "audit", rules=["broken"]
    )
    assert_type(cost, Plan)
    assert_type(cost.minutes, float)
    for calls in cost.remaining:
        assert_type(calls, PlannedCalls)
        assert_type(calls.kind, Kind | str)
        assert_type(calls.calls, int | None)
    assert_type(await audit(ft, deep=True, columns=True, max_calls=9, reserve=0, resume="audit"), AuditReport)
    findings = stream(ft, deep=True)
    assert_type(findings, Findings)
    async for finding in findings:
        assert_type(finding, Finding)
    assert_type(findings.report, AuditReport)
    assert_type(findings.report.inventory.group_users, Mapping[str, tuple[User, ...]])
    assert_type(findings.report.inventory.unread, Mapping[Kind | str, frozenset[str]])
    assert_type(DEEP_KINDS | SOURCE_KINDS | TEST_KINDS, frozenset[Kind])
    assert_type(ft.retry, RetryPolicy)


async def policies(ft: Fivetran) -> None:
    """Hold an account to a policy."""
    policy = Policy(
        rules={"drift": True},
        severities={"stale": Severity.INFO, "broken": "error"},
        allowed=Allowed(sync_frequencies=(60,), roles=("View *",)),
        personal_columns=PersonalColumns(also=("badge_number",), names=PERSONAL_NAMES),
        exceptions=(Waiver(rule="stale", owner="anna", until=date(2026, 12, 31)),),
    )
    assert_type(load_policy("policy.toml", rules=[*RULES, own_rule()]), Policy)
    assert_type(policy_schema(), dict[str, Any])
    report = await audit(ft, policy=policy, deep=True)
    assert_type(report.waived, tuple[Finding, ...])
    assert_type(access_matrix(report.inventory), tuple[Access, ...])
    assert_type(loaded_tables(report.inventory), dict[str, dict[str, bool]])
    assert_type(RULES[0].tier, Tier)
    assert_type(DEEP_KINDS | SOURCE_KINDS | TEST_KINDS, frozenset[Kind])
    cost = await plan(ft, policy=policy, columns=True)
    assert_type(cost, Plan)
    assert_type(cost.remaining, tuple[PlannedCalls, ...])
    findings = stream(ft, policy=policy, tests=True)
    assert_type(findings, Findings)
    async for finding in findings:
        assert_type(finding, Finding)


def follow() -> OnProgress:
    """Follow an audit."""

    def tell(at: Progress) -> None:
        assert_type(at.items, int)

    return tell


def own_rule() -> Rule:
    """Make a rule of one's own."""

    def check(inventory: Inventory, now: datetime, policy: Policy) -> Iterator[Hit]:
        for connection in inventory.connections.values():
            yield Hit(connection, f"{now} {policy.thresholds.stale_hours}")
        for webhook in inventory.webhooks.values():
            yield Hit(webhook, "why")

    return Rule(
        id="mine",
        severity=Severity.INFO,
        title="Mine",
        check=check,
        needs=frozenset({Kind.CONNECTION}),
        remedy="None.",
    )


async def errors(ft: Fivetran) -> AsyncIterator[str]:
    """Tell errors apart."""
    try:
        await ft.account.info()
    except (BadRequestError, UnauthorizedError, ForbiddenError, NotFoundError, ConflictError) as error:
        assert_type(error.status, int)
        yield error.code
    except RateLimitedError as error:
        assert_type(error.retry_after, float | None)
    except (ServerError, UnexpectedStatusError, ApiError) as error:
        assert_type(error.request_id, str | None)
    except ConnectError as error:
        assert_type(error.host, str)
    except (BudgetUnavailableError, TimedOutError, DeadlineExceededError, TransportError) as error:
        assert_type(error.sent, bool | None)
    except PaginationError as error:
        assert_type(error.cursor, str)
    except (ConfirmationError, ReadOnlyError, ArgumentError) as error:
        value_error: ValueError = error
        yield str(value_error)
    except (ConfigError, ClosedError, WrongLoopError, DecodeError, FivetranError) as error:
        assert_type(error.attempts, tuple[Attempt, ...])


def particulars(ambiguous: AmbiguousNameError, altered: ChecksumError) -> None:
    """Read what single errors tell."""
    argument_error: ArgumentError = ambiguous
    assert_type(argument_error.attempts, tuple[Attempt, ...])
    assert_type(ambiguous.candidates, tuple[str, ...])
    assert_type(altered.expected, str)
    assert_type(altered.actual, str)


async def mistakes(ft: Fivetran) -> None:
    """Forget what both checkers have to miss."""
    ft.connections.sync("id")  # type: ignore[unused-coroutine]
    for _ in ft.groups.list():  # type: ignore[attr-defined]
        break


async def main() -> None:
    """Open and close."""
    async with settings() as ft:
        assert_type(ft, Fivetran)
        await accounts(ft)
    await ft.close()


if __name__ == "__main__":
    asyncio.run(main())


async def a_wrapper(ft: Fivetran, file: FileSource, config: JsonObject, paused: bool | Unset = UNSET) -> None:
    """Take what the methods take, and pass it on."""
    package = await ft.connector_packages.create(file=file)
    assert_type(package.id, str)
    connection = await ft.connections.create(group_id="g", service="connector_sdk", config=config, paused=paused)
    assert_type(connection.id, str)


async def a_verification(warehouse: Any) -> None:
    """Look whether the rows of a custom connector have arrived."""
    counts = {"2024-01-31": 2500}
    found = await verify(warehouse, schema="shop", table="emails", key="id", day="sent_at", expected=counts)
    assert_type(found.ok, bool)
    assert_type(found.missing, tuple[date, ...])
    assert_type(found.duplicates[0].key, Mapping[str, Any])
    assert_type(
        await verify(warehouse, schema="s", table="t", day="d", expected=lambda: [(date(2024, 1, 31), 1)]), Verification
    )


async def many_at_a_time(ft: Fivetran, ids: Sequence[str]) -> None:
    """Call one method for many ids."""
    results = ft.map(ft.connections.get, ids, concurrency=8, deadline=60, stop_on=(ServerError,), on_progress=print)
    assert_type(results, Map[str, Connection])
    async for result in results:
        assert_type(result, MapResult[str, Connection])
        assert_type(result.value, Connection | None)
        assert_type(result.error, Exception | None)
        assert_type(result.unwrap(), Connection)
    assert_type(await ft.map(ft.groups.get, ids).collect(), list[MapResult[str, Group]])


async def around_any_function(ft: Fivetran) -> None:
    """Repeat what is around calls, or beside them."""
    policy = RetryPolicy(statuses=[502, 503], retry_if=lambda error: isinstance(error, OSError), on_retry=print)
    assert_type(await policy.call(lambda: ft.groups.get("g")), Group)
    assert_type(policy.call(lambda: 5), int)
