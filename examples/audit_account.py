"""Audit the account and fail when something is broken: for a nightly job."""

import asyncio
import sys

from fivetran_async import Fivetran
from fivetran_async.audit import audit


async def main() -> int:
    """Print what the audit found, worst first."""
    async with Fivetran.from_env(read_only=True) as ft:
        report = await audit(ft)
    for finding in report.findings:
        print(f"{finding.severity:<8} {finding.rule:<20} {finding.name or finding.id}: {finding.reason}")
    print(f"{len(report.findings)} findings, {report.calls} calls")
    for missing in report.incomplete:
        print(f"not read: {missing.kind}: {missing.reason}", file=sys.stderr)
    return 3 if report.incomplete else 1 if report.findings else 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
