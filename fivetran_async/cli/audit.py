"""`fivetran-async audit`: read an account, judge it, print what was found."""

import itertools
import json
from collections.abc import Sequence
from pathlib import Path

import attrs
import click

from fivetran_async.audit import (
    RULES,
    AuditReport,
    Finding,
    Kind,
    OnProgress,
    Plan,
    Policy,
    Progress,
    Severity,
    Tier,
    audit,
    plan,
)
from fivetran_async.audit.inventory import NOT_SET_UP
from fivetran_async.audit.reports import Format, append, check, format_of, render, write
from fivetran_async.audit.reports.words import figures, gap_lines, gaps_by_reason, headline, many, where
from fivetran_async.cli import output, planned
from fivetran_async.cli.account import base_url_option, using
from fivetran_async.cli.app import Exit
from fivetran_async.cli.rules import RuleId, read_policy, write_rules
from fivetran_async.client import Fivetran
from fivetran_async.errors import ArgumentError

SHOWN = 50
"""How many findings are printed, unless all are asked for."""

_NEVER = "never"
_TERMINAL = "terminal"
_SIZES = {"groups": 5, "connections": 200, "seed": 7}


@click.command(
    name="audit",
    short_help="Find broken, stale, failing, stuck connections and more.",
    epilog="""\b
    Examples:
      fivetran-async audit --sandbox --fail-on never
      fivetran-async audit --rule broken --rule stale
      fivetran-async audit --json --fail-on critical > audit.json
      fivetran-async audit --output report.html --output findings.sarif
      fivetran-async audit --format markdown --history audits.duckdb
      fivetran-async audit --policy policy.toml
      fivetran-async audit --list-rules
      fivetran-async audit --plan --deep --resume audit.resume
      fivetran-async audit --deep --max-calls 5000 --resume audit.resume

    Exit status: 0 nothing at or above --fail-on, 1 findings, 2 usage or credentials, 3 the account could not be
    read to the end, 130 Ctrl-C.""",
)
@click.option("--sandbox", is_flag=True, help="Audit an embedded sandbox; wants no account and no credentials.")
@click.option("--groups", type=click.IntRange(min=0), help="How many groups the embedded sandbox has. [default: 5]")
@click.option(
    "--connections", type=click.IntRange(min=0), help="How many connections the embedded sandbox has. [default: 200]"
)
@click.option("--seed", type=int, help="What decides the embedded sandbox's account. [default: 7]")
@base_url_option
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON; the same as --format json.")
@click.option(
    "--format",
    "as_",
    type=click.Choice([_TERMINAL, *map(str, Format)]),
    help="What to print, or, with one --output, what to write there. [default: terminal, or what the suffix says]",
)
@click.option(
    "--output",
    "outputs",
    multiple=True,
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write the report there as well, as its suffix says: .json, .csv, .md, .sarif, .html; may be repeated.",
)
@click.option(
    "--history",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Append the audit to this DuckDB file, which `fivetran-async trends` reads.",
)
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
    type=RuleId([rule.id for rule in RULES]),
    metavar="ID",
    help="Judge by this rule only; may be repeated.",
)
@click.option(
    "--policy",
    "policy_file",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="A TOML or YAML file with rules on and off, thresholds, severities, allow-lists and exceptions.",
)
@click.option("--list-rules", is_flag=True, help="Print all rules, as the policy has them, and audit nothing.")
@click.option("--deep", is_flag=True, help="Read the schemas as well, and judge by rules that cost a call an object.")
@click.option("--columns", is_flag=True, help="Read all columns of enabled tables: a call a table, to the source.")
@click.option(
    "--tests",
    is_flag=True,
    help="Run setup tests of what looks broken, of destinations and log services, and send webhooks a test event.",
)
@click.option("--plan", "only_plan", is_flag=True, help="Read the lists only, and print what the rest would cost.")
@click.option(
    "--max-calls", type=click.IntRange(min=1), help="How many calls to make at most; the rest is left for later."
)
@click.option(
    "--reserve", type=click.IntRange(min=0), help="How many of the hour's calls to leave to others in any case."
)
@click.option(
    "--resume",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Keep what was read in this file, and go on from it after a kill, or with what was left for later; it is "
    "deleted once all is read and printed.",
)
@click.option("--all", "show_all", is_flag=True, help=f"Show all findings, not only the {SHOWN} worst.")
def command(
    *,
    sandbox: bool,
    groups: int | None,
    connections: int | None,
    seed: int | None,
    base_url: str | None,
    as_json: bool,
    as_: str | None,
    outputs: Sequence[Path],
    history: Path | None,
    fail_on: str,
    rules: Sequence[str],
    policy_file: Path | None,
    list_rules: bool,
    deep: bool,
    columns: bool,
    tests: bool,
    only_plan: bool,
    max_calls: int | None,
    reserve: int | None,
    resume: Path | None,
    show_all: bool,
) -> int:
    """Read an account with the fewest calls, and report what is wrong.

    Credentials come from FIVETRAN_API_KEY and FIVETRAN_API_SECRET. Nothing is changed, but for what setup tests find
    out when they are asked for.
    """
    printed, written = _forms(as_, outputs, as_json=as_json)
    if only_plan:
        _refuse_for_plan(printed, written, history)
    policy = read_policy(policy_file)
    if list_rules:
        write_rules(policy, rules, as_json=as_json)
        return Exit.FINE
    if history is not None:
        check(history)
    chosen = _Chosen(
        rules=rules or None,
        policy=policy,
        deep=deep,
        columns=columns,
        tests=tests,
        max_calls=max_calls,
        reserve=reserve,
        resume=resume,
    )
    sizes = {"groups": groups, "connections": connections, "seed": seed}
    given = {name: size for name, size in sizes.items() if size is not None}
    if sandbox:
        if base_url is not None:
            raise click.UsageError("--base-url cannot be used with --sandbox.")
        if resume is not None:
            raise click.UsageError("--resume cannot be used with --sandbox: the account ends with the command.")
        made = _of_sandbox(_SIZES | given, chosen, only_plan=only_plan)
        subject = "an embedded sandbox"
    else:
        if given:
            raise click.UsageError(f"--{next(iter(given))} is for the embedded sandbox; add --sandbox.")
        # What the audit reads, it does not need as bytes; and it must never write, but for tests that are asked for.
        client = Fivetran.from_env(base_url=base_url, read_only=chosen.read_only, keep_raw=False)
        made = _of(client, chosen, only_plan=only_plan)
        subject = f"the account at {client.base_url}"
    with output.to_reader():
        _print(made, printed, subject, show_all=show_all)
    if isinstance(made, AuditReport):
        _keep(made, written, history)
    if resume is not None and isinstance(made, AuditReport) and all(gap.error == NOT_SET_UP for gap in made.incomplete):
        # Nothing is left that it could be gone on with: kept, it would be tomorrow's report as well.
        resume.unlink(missing_ok=True)
    return _status(made, fail_on)


def _forms(as_: str | None, outputs: Sequence[Path], *, as_json: bool) -> tuple[str, Sequence[tuple[Path, Format]]]:
    """Return what to print, and what to write where; before anything is sent."""
    if as_json and as_ not in {None, Format.JSON}:
        raise click.UsageError(f"--json cannot be used with --format {as_}.")
    if as_ is None or not outputs:
        printed = Format.JSON if as_json else as_ or _TERMINAL
        return printed, [(path, format_of(path)) for path in outputs]
    if len(outputs) > 1:
        raise click.UsageError("--format names the format of one --output; several go by their suffixes.")
    if as_ == _TERMINAL:
        return as_, [(outputs[0], format_of(outputs[0]))]
    return Format.JSON if as_json else _TERMINAL, [(outputs[0], Format(as_))]


def _refuse_for_plan(printed: str, written: Sequence[tuple[Path, Format]], history: Path | None) -> None:
    if written or history is not None or printed not in {_TERMINAL, Format.JSON}:
        raise click.UsageError("--plan makes no report: it takes --json, but no other format, --output or --history.")


def _print(made: AuditReport | Plan, printed: str, subject: str, *, show_all: bool) -> None:
    if isinstance(made, Plan):
        if printed == _TERMINAL:
            planned.write(output.writer(), made, subject)
        else:
            click.echo(json.dumps(made.to_dict(), indent=2))
    elif printed == _TERMINAL:
        # A report of nothing, from where nobody answers, would bury the one line that says so.
        if made.calls or not made.incomplete:
            _write(output.writer(), made, subject, show_all=show_all)
    else:
        click.echo(render(made, printed), nl=False)


def _status(made: AuditReport | Plan, fail_on: str) -> Exit:
    if made.incomplete:
        output.complain(f"not read to the end: {'; '.join(gaps_by_reason(made.incomplete))}")
        return Exit.UNFINISHED
    found = isinstance(made, AuditReport) and fail_on != _NEVER and made.exceeds(fail_on)
    return Exit.FOUND if found else Exit.FINE


def _keep(report: AuditReport, written: Sequence[tuple[Path, Format]], history: Path | None) -> None:
    """Write what is asked for."""
    try:
        for path, as_ in written:
            write(report, path, as_)
        if history is not None:
            append(report, history)
    except ArgumentError as error:
        raise output.UnwrittenError(str(error)) from None


@attrs.frozen(kw_only=True)
class _Chosen:
    """The options that both an audit and its plan take."""

    rules: Sequence[str] | None
    policy: Policy
    deep: bool
    columns: bool
    tests: bool
    max_calls: int | None
    reserve: int | None
    resume: Path | None

    @property
    def read_only(self) -> bool:
        """Whether no test is asked for, by the option, by a rule's name or by the policy."""
        named = {*(self.rules or ()), *(rule for rule, on in self.policy.rules.items() if on)}
        return not self.tests and not any(rule.tier == Tier.TESTS and rule.id in named for rule in RULES)


def _of_sandbox(sizes: dict[str, int], chosen: _Chosen, *, only_plan: bool) -> AuditReport | Plan:
    from fivetran_async.sandbox import Sandbox  # noqa: PLC0415 - a server that an audit of an account does without

    if sizes["connections"] and not sizes["groups"]:
        raise click.UsageError("--connections wants at least one of --groups.")
    with Sandbox(seed=sizes["seed"], groups=sizes["groups"], connections=sizes["connections"]) as box:
        return _of(box.client(read_only=chosen.read_only, keep_raw=False), chosen, only_plan=only_plan)


def _of(client: Fivetran, chosen: _Chosen, *, only_plan: bool) -> AuditReport | Plan:
    options = attrs.asdict(chosen, recurse=False)

    async def run(ft: Fivetran, tell: OnProgress | None) -> AuditReport | Plan:
        return await (plan if only_plan else audit)(ft, on_progress=tell, **options)

    with output.progress() as show:

        def tell(at: Progress) -> None:
            if show is not None:
                show(Kind(at.kind).plural, at.items, at.done, at.total)

        on_progress = None if show is None else tell
        return using(client, lambda ft: run(ft, on_progress))


def _write(to: output.Writer, report: AuditReport, subject: str, *, show_all: bool) -> None:
    to.line(f"Audit of {subject}", "bold")
    for line in gap_lines(report):
        to.line(line, "bold red")
    to.line()
    if report.findings:
        to.line(headline(report), "bold")
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
        to.line(headline(report), "bold")
    if report.waived:
        to.line(f"Not counted: {many(len(report.waived), 'finding')} with an exception in the policy.")
    to.line(figures(report))


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
    what = f"{finding.service} {finding.id}" if finding.service else finding.id
    return finding.severity, finding.rule, f"{where(finding)} ({what})", finding.reason
