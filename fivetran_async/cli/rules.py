"""The table of rules, as the command prints it."""

import json
from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from fivetran_async.audit import RULES, Policy, Rule, load_policy
from fivetran_async.cli import output
from fivetran_async.errors import ConfigError

if TYPE_CHECKING:
    Choice = click.Choice[str]
else:
    # Generic for the checkers only: older versions of click cannot be subscripted.
    Choice = click.Choice


class RuleId(Choice):
    """One of the rules; there are too many to name all where one is misspelt."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Check it, and say which one may have been meant."""
        if value not in self.choices:
            near = get_close_matches(str(value), list(self.choices), n=1)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            self.fail(f"{value!r} is no rule, of which --list-rules prints all{hint}", param, ctx)
        return value


def read_policy(path: Path | None) -> Policy:
    """Return the policy of a file, or the one that says nothing; complain of each thing that is wrong in it.

    Raises:
        ConfigError: Something is; the message is the last of it.
    """
    if path is None:
        return Policy()
    try:
        return load_policy(path)
    except ConfigError as error:
        *first, last = str(error).splitlines()
        for line in first:
            output.complain(line)
        raise ConfigError(last) from error


def write_rules(policy: Policy, chosen: Sequence[str], *, as_json: bool) -> None:
    """Print all rules, or some, with what a policy makes of them.

    Args:
        policy: What switches them on and off and changes their severities.
        chosen: Their ids; none for all.
        as_json: Whether to print them for a program.
    """
    rules = [rule for rule in RULES if not chosen or rule.id in chosen]
    with output.to_reader():
        if as_json:
            click.echo(json.dumps([_plain(rule, policy) for rule in rules], indent=2))
        else:
            rows = [(_severity(rule, policy), rule.id, rule.tier, _state(rule, policy), rule.when) for rule in rules]
            output.writer().table(("Severity", "Rule", "Tier", "On", "Reported when"), rows)


def _plain(rule: Rule, policy: Policy) -> dict[str, object]:
    return {
        "id": rule.id,
        "severity": _severity(rule, policy),
        "title": rule.title,
        "when": rule.when,
        "remedy": rule.remedy,
        "tier": str(rule.tier),
        "needs": sorted(str(kind) for kind in rule.kinds),
        "on": policy.rules.get(rule.id),
    }


def _severity(rule: Rule, policy: Policy) -> str:
    return str(policy.severities.get(rule.id, rule.severity))


def _state(rule: Rule, policy: Policy) -> str:
    return {True: "yes", False: "no", None: "by tier"}[policy.rules.get(rule.id)]
