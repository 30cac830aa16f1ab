"""The report as SARIF 2.1.0, for what shows findings of CI."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote

from fivetran_async._version import __version__
from fivetran_async.audit.findings import AnySeverity, Finding, Kind, Severity
from fivetran_async.audit.inventory import Gap
from fivetran_async.audit.report import AuditReport
from fivetran_async.audit.reports.words import gap_line, instant, where
from fivetran_async.audit.rules import RULES

NOT_READ = "not-read"
"""The rule of the results that say what could not be read."""

NOT_JUDGED = "not-judged"
"""The rule of the results that say which rules could not be judged."""

_LEVELS: Mapping[AnySeverity, str] = {
    Severity.CRITICAL: "error",
    Severity.ERROR: "error",
    Severity.WARNING: "warning",
    Severity.INFO: "note",
}
_GAPS = {
    NOT_READ: "A part of the account could not be read; nothing is known of it.",
    NOT_JUDGED: "A rule could not be judged, because what it needs could not be read.",
}


def to_sarif(report: AuditReport) -> str:
    """Return the report as SARIF 2.1.0.

    What could not be read is in it twice: as notifications of an execution that was not successful, and as results
    of the rules `not-read` and `not-judged`, because many viewers show results only. Findings with an exception in
    the policy are suppressed results. An object has no file; its address is `fivetran/KIND/ID`.
    """
    rules = _rules(report)
    index = {rule["id"]: number for number, rule in enumerate(rules)}
    results = [
        *(_gap(gap) for gap in report.incomplete),
        *(_skipped(rule) for rule in report.skipped),
        *(_result(finding) for finding in report.findings),
        *(
            _result(finding) | {"suppressions": [{"kind": "external", "status": "accepted"}]}
            for finding in report.waived
        ),
    ]
    for result in results:
        result["ruleIndex"] = index[result["ruleId"]]
    driver = {
        "name": "fivetran-async audit",
        "semanticVersion": __version__,
        "rules": rules,
    }
    invocation = {
        "executionSuccessful": not report.incomplete,
        "endTimeUtc": instant(report.as_of),
        "toolExecutionNotifications": [
            {"level": "error", "message": {"text": f"Not read to the end: {gap_line(gap)}"}}
            for gap in report.incomplete
        ],
    }
    log = {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": driver},
                "invocations": [invocation],
                "columnKind": "unicodeCodePoints",
                "results": results,
                "properties": {"calls": report.calls, "skipped": list(report.skipped)},
            }
        ],
    }
    return json.dumps(log, indent=2) + "\n"


def _rules(report: AuditReport) -> list[dict[str, Any]]:
    """Return all rules that results refer to, and those that were judged and found nothing."""
    known = {rule.id: rule for rule in RULES}
    found: dict[str, Finding] = {}
    for finding in (*report.findings, *report.waived):
        found.setdefault(finding.rule, finding)
    rules: dict[str, dict[str, Any]] = {}
    if report.incomplete:
        rules[NOT_READ] = _rule(NOT_READ, "Not read to the end", Severity.ERROR, _GAPS[NOT_READ])
    if report.skipped:
        rules[NOT_JUDGED] = _rule(NOT_JUDGED, "Not judged", Severity.ERROR, _GAPS[NOT_JUDGED])
    for rule_id in dict.fromkeys((*found, *report.judged)):
        if rule_id in found:
            finding = found[rule_id]
            when = known[rule_id].when if rule_id in known else ""
            rules[rule_id] = _rule(rule_id, finding.title, finding.severity, finding.remedy, when)
        elif rule_id in known:
            rule = known[rule_id]
            rules[rule_id] = _rule(rule_id, rule.title, rule.severity, rule.remedy, rule.when)
    return list(rules.values())


def _rule(rule_id: str, title: str, severity: AnySeverity, remedy: str, when: str = "") -> dict[str, Any]:
    reported = f"Reported when: {when}." if when else ""
    return {
        "id": rule_id,
        "name": "".join(part.capitalize() for part in rule_id.split("-")),
        "shortDescription": {"text": title},
        "fullDescription": {"text": reported or title},
        "help": {"text": " ".join(filter(None, (reported, remedy))) or title},
        "defaultConfiguration": {"level": _LEVELS.get(severity, "note")},
        "properties": {"tags": ["fivetran"], "severity": str(severity)},
    }


def _result(finding: Finding) -> dict[str, Any]:
    identity = json.dumps([finding.rule, str(finding.kind), finding.id])
    place = where(finding)
    return {
        "ruleId": finding.rule,
        "level": _LEVELS.get(finding.severity, "note"),
        "message": {"text": f"{place}: {finding.reason}"},
        "locations": [_location(finding.kind, finding.id, f"{place} ({finding.id})")],
        "partialFingerprints": {"finding/v1": hashlib.sha256(identity.encode()).hexdigest()},
        "properties": {
            name: value
            for name, value in finding.to_dict().items()
            if name not in {"rule", "reason", "title", "remedy"} and value
        },
    }


def _gap(gap: Gap) -> dict[str, Any]:
    kind = Kind(gap.kind)
    return _about(NOT_READ, f"Not read to the end: {gap_line(gap)}", kind, [kind, gap.error])


def _skipped(rule: str) -> dict[str, Any]:
    return _about(NOT_JUDGED, f"Not judged, as what it needs could not be read: {rule}", "rule", [rule])


def _about(rule: str, message: str, kind: str, identity: Iterable[str]) -> dict[str, Any]:
    words = [str(word) for word in identity]
    return {
        "ruleId": rule,
        "level": "error",
        "message": {"text": message},
        "locations": [_location(kind, words[0], words[0])],
        "partialFingerprints": {"finding/v1": hashlib.sha256(json.dumps([rule, *words]).encode()).hexdigest()},
    }


def _location(kind: str, identity: str, name: str) -> dict[str, Any]:
    return {
        # Viewers that expect code show nothing that has no file and no line.
        "physicalLocation": {
            "artifactLocation": {"uri": f"fivetran/{quote(str(kind), safe='')}/{quote(identity, safe='')}"},
            "region": {"startLine": 1},
        },
        "logicalLocations": [{"fullyQualifiedName": name, "kind": "resource"}],
    }
