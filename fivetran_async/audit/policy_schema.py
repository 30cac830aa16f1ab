"""What a policy file may hold, as a JSON Schema made of the classes that it becomes."""

import inspect
import re
from collections.abc import Iterable
from typing import Any

import msgspec

from fivetran_async.audit.findings import NO_SUBJECTS, Kind, Severity
from fivetran_async.audit.policy import Allowed, PersonalColumns, Policy, Waiver
from fivetran_async.audit.rules import RULES, Rule
from fivetran_async.audit.thresholds import Thresholds

_ATTRIBUTE = re.compile(r"^ {4}(\w+): (.*(?:\n {8}.*)*)", re.MULTILINE)


def policy_schema(rules: Iterable[Rule] = RULES) -> dict[str, Any]:
    """Return the JSON Schema of policy files, for editors and for checks elsewhere; `load_policy` goes by it.

    Args:
        rules: The rules that a policy may name; those of one's own have to be among them.
    """
    table = list(rules)
    described = _descriptions(Policy)
    parts = (Thresholds, Allowed, PersonalColumns, Waiver)
    _, made = msgspec.json.schema_components(parts, ref_template="#/$defs/{name}")
    defs = {kind.__name__: _closed(made[kind.__name__], _descriptions(kind)) for kind in parts}
    # Of all others, a finding is about whose they are.
    defs["Kind"] = {"enum": [str(kind) for kind in Kind if kind not in NO_SUBJECTS]}
    defs["Waiver"]["properties"]["rule"] = {
        "type": "string",
        "enum": [rule.id for rule in table],
        "description": _descriptions(Waiver).get("rule", ""),
    }
    severities: dict[str, Any] = {"type": "string", "enum": [str(severity) for severity in Severity]}
    paths = {
        "previous": "In a file, the path of a JSON file with it, or of a snapshot, from the folder of the policy on.",
        "desired": "In a file, the paths of files with desired states, from the folder of the policy on.",
    }
    properties: dict[str, dict[str, Any]] = {
        "rules": _by_rule(table, {"type": "boolean"}),
        "severities": _by_rule(table, severities),
        "thresholds": {"$ref": "#/$defs/Thresholds"},
        "allowed": {"$ref": "#/$defs/Allowed"},
        "personal_columns": {"$ref": "#/$defs/PersonalColumns"},
        "exceptions": {"type": "array", "items": {"$ref": "#/$defs/Waiver"}},
        "previous": {"type": "string", "minLength": 1},
        "desired": {"type": "object", "properties": {}, "additionalProperties": {"type": "string", "minLength": 1}},
    }
    for name, schema in properties.items():
        schema["description"] = described.get(name, "")
    for name, path in paths.items():
        properties[name]["description"] = f"{properties[name]['description']} {path}".strip()
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Policy of fivetran-async audit",
        "type": "object",
        "properties": properties,
        "additionalProperties": False,
        "$defs": defs,
    }


def _by_rule(rules: Iterable[Rule], schema: dict[str, Any]) -> dict[str, Any]:
    properties = {rule.id: {**schema, "description": rule.title} for rule in rules}
    return {"type": "object", "properties": properties, "additionalProperties": False}


def _closed(schema: dict[str, Any], descriptions: dict[str, str]) -> dict[str, Any]:
    """Return the schema of a class as that of a section: what is not named is refused, and so is null."""
    properties: dict[str, Any] = {}
    for name, given in schema["properties"].items():
        some = [part for part in given.get("anyOf", [given]) if part != {"type": "null"}]
        default = {"default": given["default"]} if given.get("default") is not None else {}
        properties[name] = {**some[0], **default, "description": descriptions.get(name, "")}
    return {
        "type": "object",
        "properties": properties,
        "required": schema["required"],
        "additionalProperties": False,
    }


def _descriptions(kind: type[Any]) -> dict[str, str]:
    """Return what a class says of its attributes; nothing where Python was told to drop docstrings."""
    text = (inspect.getdoc(kind) or "").partition("Attributes:\n")[2]
    return {name: " ".join(said.split()) for name, said in _ATTRIBUTE.findall(text)}
