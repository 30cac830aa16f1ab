"""The table of all rules, and what a rule is."""

from fivetran_async.audit.findings import Severity
from fivetran_async.audit.rules import _access_table, _flow_table
from fivetran_async.audit.rules._rule import Check, Rule, Tier, chosen

__all__ = ["RULES", "Check", "Rule", "Tier", "chosen"]

RULES: tuple[Rule, ...] = tuple(
    sorted((*_flow_table.RULES, *_access_table.RULES), key=lambda rule: -Severity(rule.severity).rank)
)
"""All rules, worst first."""
