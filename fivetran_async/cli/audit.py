"""`fivetran-async audit`: read an account, judge it, print what was found."""

import asyncio
import itertools
import json
from collections.abc import Callable, Sequence
from pathlib import Path

import click

from fivetran_async.audit import RULES, AuditReport, Finding, Gap, Inventory, Kind, Policy, Progress, Severity, audit
from fivetran_async.cli import output
from fivetran_async.cli.app import Exit
from fivetran_async.cli.rules import read_policy, write_rules
from fivetran_async.client import Fivetran
from fivetran_async.config import DEFAULT_BASE_URL

SHOWN = 50
"""How many findings are printed, unless all are asked for."""

_NEVER = "never"
_SIZES = {"groups": 5, "connections": 200, "seed": 7}


@click.command(
    name="audit",
    short_help="Find broken, stale, failing, stuck connections and more.",
    epilog="""\b
    Examples:
      fivetran-async audit --sandbox --fail-on never
      fivetran-async audit --rule broken --rule stale
      fivetran-async audit --json --fail-on critical > audit.json
      fivetran-async audit --policy policy.toml
      fivetran-async audit --list-rules

    Exit status: 0 nothing at or above --fail-on, 1 findings, 2 usage or credentials, 3 the account could not be
    read to the end, 130 Ctrl-C.""",
)
@click.option("--sandbox", is_flag=True, help="Audit an embedded sandbox; wants no account and no credentials.")
@click.option("--groups", type=click.IntRange(min=0), help="How many groups the embedded sandbox has. [default: 5]")
@click.option(
    "--connections", type=click.IntRange(min=0), help="How many connections the embedded sandbox has. [default: 200]"
)
@click.option("--seed", type=int, help="What decides the embedded sandbox's account. [default: 7]")
@click.option(
    "--base-url", metavar="URL", help=f"Where the API is. [default: $FIVETRAN_BASE_URL or {DEFAULT_BASE_URL}]"
)
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
@click.option(
    "--fail-on",
    type=click.Choice([*(str(severity) for severity in Severity), _NEVER]),
    default=str(Severity.ERROR),
    show_default=True,
    help="The least severity that makes the exit status 1.",
)
@click.option(
    "--rule",
    "rules",
    multiple=True,
    type=click.Choice([rule.id for rule in RULES]),
    metavar="ID",
    help="Judge by this rule only; may be repeated.",
)
@click.option(
    "--policy",
    "policy_file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="A TOML or YAML file with rules on and off, thresholds, severities, allow-lists and exceptions.",
)
@click.option("--list-rules", is_flag=True, help="Print all rules, as the policy has them, and audit nothing.")
@click.option("--all", "show_all", is_flag=True, help=f"Show all findings, not only the {SHOWN} worst.")
def command(
    *,
    sandbox: bool,
    groups: int | None,
    connections: int | None,
    seed: int | None,
    base_url: str | None,
    as_json: bool,
    fail_on: str,
    rules: Sequence[str],
    policy_file: Path | None,
    list_rules: bool,
    show_all: bool,
) -> int:
    """Read an account with the fewest calls, and report what is wrong.

    Credentials come from FIVETRAN_API_KEY and FIVETRAN_API_SECRET. Nothing is changed.
    """
    policy = read_policy(policy_file)
    if list_rules:
        write_rules(policy, rules, as_json=as_json)
        return Exit.FINE
    sizes = {"groups": groups, "connections": connections, "seed": seed}
    given = {name: size for name, size in sizes.items() if size is not None}
    if sandbox:
        if base_url is not None:
            raise click.UsageError("--base-url cannot be used with --sandbox.")
        report = _of_sandbox(_SIZES | given, rules, policy)
        subject = "an embedded sandbox"
    else:
        if given:
            raise click.UsageError(f"--{next(iter(given))} is for the embedded sandbox; add --sandbox.")
        # What the audit reads, it does not need as bytes; and it must never write.
        client = Fivetran.from_env(base_url=base_url, read_only=True, keep_raw=False)
        report = _of(client, rules, policy)
        subject = f"the account at {client.base_url}"
    with output.to_reader():
        if as_json:
            click.echo(json.dumps(report.to_dict(), indent=2))
        else:
            _write(output.writer(), report, subject, show_all=show_all)
    if report.incomplete:
        output.complain(f"not read to the end: {'; '.join(_gap(gap) for gap in report.incomplete)}")
    return _status(report, fail_on)


def _of_sandbox(sizes: dict[str, int], rules: Sequence[str], policy: Policy) -> AuditReport:
    from fivetran_async.sandbox import Sandbox  # noqa: PLC0415 - a server that an audit of an account does without

    if sizes["connections"] and not sizes["groups"]:
        raise click.UsageError("--connections wants at least one of --groups.")
    with Sandbox(seed=sizes["seed"], groups=sizes["groups"], connections=sizes["connections"]) as box:
        return _of(box.client(read_only=True, keep_raw=False), rules, policy)


def _of(client: Fivetran, rules: Sequence[str], policy: Policy) -> AuditReport:
    async def run(tell: Callable[[Progress], object] | None) -> AuditReport:
        async with client as ft:
            return await audit(ft, rules=rules or None, policy=policy, on_progress=tell)

    with output.progress() as show:

        def tell(at: Progress) -> None:
            if show is not None:
                show(Kind(at.kind).plural, at.items, at.done)

        return asyncio.run(run(None if show is None else tell))


def _status(report: AuditReport, fail_on: str) -> Exit:
    if report.incomplete:
        return Exit.UNFINISHED
    return Exit.FOUND if fail_on != _NEVER and report.exceeds(fail_on) else Exit.FINE


def _write(to: output.Writer, report: AuditReport, subject: str, *, show_all: bool) -> None:
    to.line(f"Audit of {subject}", "bold")
    for gap in report.incomplete:
        to.line(f"Not read to the end: {_gap(gap)}", "bold red")
    if report.skipped:
        to.line(f"Not judged because of that: {', '.join(report.skipped)}", "red")
    to.line()
    if report.findings:
        counts = ", ".join(f"{count:,} {severity}" for severity, count in report.counts.items() if count)
        to.line(f"{_many(len(report.findings), 'finding')}: {counts}", "bold")
        to.line()
        shown = report.findings if show_all else report.findings[:SHOWN]
        if isinstance(to, output.Terminal):
            _write_sections(to, report, shown)
        else:
            to.table(("Severity", "Rule", "Findings", "What it means, and what to do"), _by_rule(report, remedy=True))
            to.line()
            to.table(("Severity", "Rule", "Where", "Why"), [_row(finding) for finding in shown])
        more = len(report.findings) - len(shown)
        if more:
            to.line(f"and {more:,} more, --all shows them")
        to.line()
    else:
        to.line("No findings in what could be read." if report.incomplete else "No findings.", "bold")
    if report.waived:
        to.line(f"Not counted: {_many(len(report.waived), 'finding')} with an exception in the policy.")
    to.line(_figures(report))


def _write_sections(to: output.Terminal, report: AuditReport, shown: Sequence[Finding]) -> None:
    # Under one heading a rule, so that what differs has the width of the terminal.
    to.table(("Severity", "Rule", "Findings", "What it means"), _by_rule(report, remedy=False))
    for rule, findings in itertools.groupby(shown, key=lambda finding: finding.rule):
        rows = list(findings)
        to.line()
        to.line(f"{rows[0].severity}: {rule}. {rows[0].remedy}", output.STYLES.get(rows[0].severity, ""))
        to.table((), [_row(finding)[2:] for finding in rows])


def _by_rule(report: AuditReport, *, remedy: bool) -> list[tuple[str, ...]]:
    first: dict[str, Finding] = {}
    for finding in report.findings:
        first.setdefault(finding.rule, finding)
    counts = report.counts_by_rule
    return [
        (finding.severity, rule, f"{counts[rule]:,}", f"{finding.title}. {finding.remedy}" if remedy else finding.title)
        for rule, finding in first.items()
    ]


def _row(finding: Finding) -> tuple[str, ...]:
    group = finding.group_name or finding.group_id
    if finding.kind == Kind.CONNECTION:
        where = f"{group or 'no group'} / {finding.name or 'no name'}"
    elif finding.kind == Kind.DESTINATION:
        where = f"{group} / destination"
    elif finding.kind == Kind.GROUP:
        where = group or "no group"
    else:
        what = f"{finding.kind.replace('_', ' ')} {finding.name or 'without a name'}"
        where = f"{group} / {what}" if group else what
    what = f"{finding.service} {finding.id}" if finding.service else finding.id
    return finding.severity, finding.rule, f"{where} ({what})", finding.reason


def _gap(gap: Gap) -> str:
    read = f", {gap.read:,} were read before" if gap.read else ""
    return f"{Kind(gap.kind).plural}: {gap.reason}{read}"


def _figures(report: AuditReport) -> str:
    asked = {gap.kind for gap in report.incomplete} | report.inventory.whole
    read = [_count(report.inventory, kind) for kind in Kind if kind in asked]
    words = " and ".join(filter(None, (", ".join(read[:-1]), read[-1])))
    took = f"with {_many(report.calls, 'call')} in {report.seconds:.2f} s"
    return f"Read {words} {took}, as of {report.as_of:%Y-%m-%d %H:%M:%S %Z}."


def _count(inventory: Inventory, kind: Kind) -> str:
    count = inventory.count(kind)
    if count is None:
        return f"no {kind.plural}"
    return f"{count:,} {kind.plural}" if count != 1 else _many(count, kind.value.replace("_", " "))


def _many(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"
