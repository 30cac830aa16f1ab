"""From an inventory to findings: which rules can be judged, what they find, and what of it is excepted."""

from collections.abc import Iterable
from datetime import datetime

import attrs

from fivetran_async.audit.findings import Finding
from fivetran_async.audit.inventory import Inventory
from fivetran_async.audit.policy import Policy
from fivetran_async.audit.report import in_order
from fivetran_async.audit.rules import Rule


@attrs.frozen(kw_only=True)
class Judgement:
    """What rules say of an inventory.

    Attributes:
        findings: What was found, worst first.
        waived: What was found too, and somebody answers for until a day that has not passed; worst first.
        skipped: The ids of the rules that could not be judged, because what they need was not read.
    """

    findings: tuple[Finding, ...]
    waived: tuple[Finding, ...]
    skipped: tuple[str, ...]


def judge(rules: Iterable[Rule], inventory: Inventory, now: datetime, policy: Policy) -> Judgement:
    """Judge an inventory by rules.

    Args:
        rules: Which ones.
        inventory: What was read of the account.
        now: The time of the audit, aware.
        policy: What the account is held to.
    """
    found: list[Finding] = []
    skipped: list[str] = []
    for rule in rules:
        if rule.can_judge(inventory):
            found.extend(rule.judge(inventory, now, policy))
        else:
            skipped.append(rule.id)
    judged = list(policy.sort(found, now))
    return Judgement(
        findings=in_order(finding for finding, waived in judged if not waived),
        waived=in_order(finding for finding, waived in judged if waived),
        skipped=tuple(skipped),
    )
