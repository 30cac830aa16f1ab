"""Audit many accounts of Fivetran, each by a task of its own, and join what they found to one report.

Each account is a connection of Airflow with the key as its login and the secret as its password. All that audits or
uses an account, on whichever machine, shares the account's calls through Redis:

FIVETRAN_REDIS_URL=redis://... airflow dags trigger audit_accounts --conf '{"accounts": ["fivetran_eu", "fivetran_us"]}'
"""

import asyncio
import os
from datetime import datetime
from typing import Any, TypedDict

from airflow.sdk import DAG, BaseHook, Param, get_current_context, task
from airflow.sdk.exceptions import AirflowFailException

from fivetran_async import Fivetran, FivetranError
from fivetran_async.audit import audit
from fivetran_async.redis_budget import RedisBudget

# An account may have thousands; what goes from task to task is for a person to read.
SHOWN = 50


class Audited(TypedDict):
    """What is known of an account."""

    account: str
    error: str | None
    incomplete: list[str]
    counts: dict[str, int]
    worst: list[str]
    calls: int


async def audit_one(account: str, key: str | None, secret: str | None, base_url: str | None) -> Audited:
    """Audit an account, with the budget that all processes have for it."""
    budget = RedisBudget(os.environ["FIVETRAN_REDIS_URL"], key=f"fivetran:{account}", concurrency=8, reserve=2_000)
    told = Audited(account=account, error=None, incomplete=[], counts={}, worst=[], calls=0)
    try:
        async with Fivetran(key, secret, base_url=base_url, read_only=True, budget=budget) as ft:
            report = await audit(ft)
    except FivetranError as error:
        # Such as a key that is not accepted: of this account alone, and its text holds no secret.
        told["error"] = f"{type(error).__name__}: {error}"
        return told
    finally:
        await budget.disconnect()
    told["calls"] = report.calls
    told["counts"] = {str(severity): count for severity, count in report.counts.items() if count}
    told["worst"] = [f"{found.severity}: {found.name or found.id}: {found.reason}" for found in report.findings[:SHOWN]]
    told["incomplete"] = [f"{gap.kind}: {gap.reason}" for gap in report.incomplete]
    return told


with DAG(
    "audit_accounts",
    schedule="@daily",
    start_date=datetime(2026, 1, 1),  # noqa: DTZ001 - Airflow reads it in the time zone of its settings
    catchup=False,
    params={"accounts": Param(["fivetran"], type="array", items={"type": "string"})},
    doc_md=__doc__,
) as dag:

    @task
    def accounts() -> list[str]:
        """Return the connections of Airflow that are accounts."""
        chosen: list[str] = get_current_context()["params"]["accounts"]
        return chosen

    @task(map_index_template="{{ task.op_kwargs['account'] }}")
    def audit_account(account: str) -> Audited:
        """Audit one of them; what is wrong with its credentials is a line of the report, not the end of it."""
        connection = BaseHook.get_connection(account)
        base_url = connection.extra_dejson.get("base_url")
        return asyncio.run(audit_one(account, connection.login, connection.password, base_url))

    # Also when a task was lost, with its machine perhaps: the others have something to say.
    @task(trigger_rule="all_done")
    def join(expected: list[str], audited: list[Audited]) -> dict[str, Any]:
        """Return one report of all, in the order of the accounts."""
        found = {one["account"]: one for one in audited}
        lost = "its task was lost: see its log"
        return {
            "accounts": [found[account] for account in expected if account in found],
            "calls": sum(one["calls"] for one in audited),
            "not_read": {
                account: found[account]["error"] if account in found else lost
                for account in expected
                if account not in found or found[account]["error"]
            },
        }

    @task
    def judge(report: dict[str, Any]) -> None:
        """Print the report, and fail when an account could not be read to the end."""
        for one in report["accounts"]:
            print(f"{one['account']}: {one['error'] or one['counts']}, {one['calls']} calls")
            print(*(f"  {line}" for line in [*one["worst"], *one["incomplete"]]), sep="\n")
        gaps = [one["account"] for one in report["accounts"] if one["incomplete"]]
        if report["not_read"] or gaps:
            raise AirflowFailException(f"not read: {report['not_read']}; not to the end: {gaps}")

    chosen = accounts()
    judge(join(chosen, audit_account.expand(account=chosen)))
