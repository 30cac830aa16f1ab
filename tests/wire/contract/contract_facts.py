"""The facts of the API's definition, what is known to differ from them, and requests and replies against both."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NamedTuple
from urllib.parse import parse_qsl, urlsplit

from contract_checker import ANY_CASE, NULL, Checker, Json

from fivetran_async._wire import Request, Response
from fivetran_async.sandbox.calls import as_object

_TESTS = Path(__file__).parents[2]
SPEC: Final[dict[str, Any]] = json.loads((_TESTS / "spec" / "api.json").read_text())
ENTRIES: Final[dict[str, dict[str, Any]]] = {entry["id"]: entry for entry in SPEC["operations"]}
_DOCUMENT = (_TESTS.parent / "docs" / "operations.md").read_text()


class Exchange(NamedTuple):
    """One request and what was answered."""

    request: Request
    response: Response


@dataclass(frozen=True)
class Leniency:
    """Something that differs from the definition and yet is right.

    Attributes:
        allows: What: `NULL`, `ANY_CASE`, a value, a shape, a code, a header, or another operation.
        at: Where: `Model.field`, or the id of an operation; several parted by blanks.
        reason: Why.
    """

    allows: str
    at: str
    reason: str


PAGE: Final = "page"
UNREAD: Final = "unread"
ANY_TYPE: Final = "*/*"
SUCCESS: Final = "Success"

LENIENCIES: Final = (
    Leniency(
        NULL,
        "ConnectorResponse.connected_by ConnectorResponse.succeeded_at ConnectorResponse.failed_at "
        "ConnectorResponse.daily_sync_time ConnectorResponseV1.connected_by ConnectorResponseV1.succeeded_at "
        "ConnectorResponseV1.failed_at ConnectorResponseV1.daily_sync_time ConnectorStatusResponse.rescheduled_for "
        "ConnectorSdkPackageResponse.connection_id ProxyAgentUsageResponse.schema",
        "The definition has no word for null; its prose says that these can be.",
    ),
    Leniency(
        NULL,
        "UserResponse.logged_in_at SystemKeyResponse.expired_at SystemKeyResponse.last_used_at "
        "TransformationResponse.last_started_at TransformationResponse.last_ended_at",
        "There is no time of what has not happened, and the definition has no word for null.",
    ),
    Leniency(NULL, "UserResponse.phone UserResponse.picture", "Nobody gave them: seen so in public clients' tests."),
    Leniency(NULL, "UserResponse.role TeamResponse.role", "There is an operation that takes the role away."),
    Leniency(NULL, "RoleResponse.replacement_role_name", "Only a role that is deprecated is replaced by another."),
    Leniency(
        NULL,
        "HybridDeploymentAgentCreateResponse.group_id HybridDeploymentAgentWithUsageResponse.group_id",
        "A create may leave the group out.",
    ),
    Leniency(
        ANY_CASE,
        "DestinationResponse.setup_status DestinationExtendedResponse.setup_status",
        "The definition has it in upper case, and the API sends it in lower case.",
    ),
    *(
        Leniency(
            resource,
            "SystemKeyPermissionRequest.resource_type SystemKeyPermissionResponse.resource_type",
            "The documentation names it, the definition does not.",
        )
        for resource in ("PRIVATE_LINK", "PROXY")
    ),
    Leniency(
        "Created",
        "create_esm create_proxy_agent regenerate_secrets_proxy_agent",
        "The definition's examples have this code, so none is to be compared with one word.",
    ),
    Leniency(PAGE, "metadata_public_connectors", "It lists all types, though the definition calls it one object."),
    Leniency(
        UNREAD,
        "delete_user_membership_in_connection",
        "The membership that was deleted is sent along, and nobody needs it.",
    ),
    Leniency(ANY_TYPE, "download_connector_sdk_package", "The reply is a file, though the definition says JSON."),
    Leniency(
        "get_connector_sdk_package",
        "download_connector_sdk_package",
        "The method first asks for the checksum that the file must have.",
    ),
)
"""All that is let pass although the definition says otherwise."""

ALLOWED: Final = frozenset((place, one.allows) for one in LENIENCIES for place in one.at.split())


def _methods() -> Iterator[tuple[str, dict[str, Any]]]:
    by_path = {(entry["method"], entry["path"]): entry for entry in ENTRIES.values()}
    for verb, path, name in re.findall(r"\| `(\w+) (\S+)` \| `([\w.]+)` \|", _DOCUMENT):
        yield name, by_path[verb, path]


METHODS: Final[Mapping[str, dict[str, Any]]] = dict(_methods())
"""The operation behind each method, as the document of all operations has it."""


def operation_of(request: Request) -> dict[str, Any] | None:
    """Return the operation that a request asks for: of two that fit, the one that says more."""
    path = urlsplit(request.target).path
    fitting = [entry for entry, pattern in _PATTERNS if entry["method"] == request.method and pattern.fullmatch(path)]
    return fitting[0] if fitting else None


_PATTERNS: Final = [
    (entry, re.compile(re.sub(r"\{\w+\}", "[^/]+", entry["path"])))
    for entry in sorted(ENTRIES.values(), key=lambda entry: str(entry["path"]).count("{"))
]


def request_problems(checker: Checker, entry: Mapping[str, Any], request: Request) -> list[str]:
    """Return what is wrong with a request of an operation."""
    lines: list[str] = []
    query = urlsplit(request.target).query
    for name, value in parse_qsl(query, keep_blank_values=True, strict_parsing=bool(query)):
        kind = entry["query"].get(name)
        fits = kind is not None and re.fullmatch(_QUERY[kind], value)
        lines += [] if fits else [f"query.{name}: {value!r} is no {kind}"]
    wanted = {
        "Accept": "application/json;version=2" if entry["version"] == 2 else "application/json",
        "Content-Type": None if request.body is None else "application/json",
    }
    for name, header in wanted.items():
        found = request.headers.get(name)
        if found != header and not checker.allows(entry["id"], str(found)):
            lines.append(f"{name}: {found}")
    if (request.upload is not None) != (entry.get("media") == "multipart/form-data"):
        lines.append(f"upload: {request.upload}")
    return lines + _body_problems(checker, entry, request.body)


_QUERY = {"string": r"(?s).+", "integer": r"[0-9]+", "boolean": r"true|false"}


def _body_problems(checker: Checker, entry: Mapping[str, Any], content: bytes | None) -> list[str]:
    kind = entry.get("body")
    if not isinstance(kind, str):
        return [] if content is None else ["body: there is none"]
    if content is None:
        return [f"body.{name}: required, and missing" for name in entry.get("required", ())]
    body = json.loads(content)
    lines = checker.problems(body, kind, "body")
    return lines + [f"body.{name}: required" for name in entry.get("required", ()) if body.get(name) is None]


def reply_problems(checker: Checker, entry: Mapping[str, Any], response: Response) -> list[str]:
    """Return what is wrong with the reply of an operation."""
    lines = [] if response.status == entry["status"] else [f"status: {response.status}"]
    if entry["shape"] == "binary":
        return lines
    envelope = json.loads(response.body)
    lines += [f"{name}: the envelope has no such field" for name in envelope.keys() - {"code", "message", "data"}]
    lines += [] if isinstance(envelope.get("message", ""), str) else ["message: no text"]
    code = envelope.get("code")
    if code != SUCCESS and not checker.allows(entry["id"], str(code)):
        lines.append(f"code: {code!r}")
    if shape(checker, entry) == "empty":
        return lines + (["data: there is none"] if "data" in envelope else [])
    return lines + _data_problems(checker, entry, envelope.get("data"))


def shape(checker: Checker, entry: Mapping[str, Any]) -> str:
    """Return what the reply of an operation carries."""
    return PAGE if checker.allows(entry["id"], PAGE) else entry["shape"]


def items_of(checker: Checker, entry: Mapping[str, Any], response: Response) -> list[Json] | None:
    """Return the objects in a reply: those of a page, or the one of another; None where nothing is read."""
    found = shape(checker, entry)
    if found not in {"object", PAGE} or checker.allows(entry["id"], UNREAD):
        return None
    data = json.loads(response.body)["data"]
    return list(data["items"]) if found == PAGE else [data]


def _data_problems(checker: Checker, entry: Mapping[str, Any], data: Json) -> list[str]:
    if shape(checker, entry) != PAGE:
        return checker.problems(data, entry["result"], "data")
    page = as_object(data)
    if page is None:
        return ["data: no page"]
    lines = [f"data.{name}: a page has no such field" for name in page.keys() - {"items", "next_cursor"}]
    # On the last page it is absent, not null.
    if not isinstance(page.get("next_cursor", "a text"), str):
        lines.append(f"data.next_cursor: {page['next_cursor']!r} is no string")
    return lines + checker.problems(page.get("items"), f"[{entry['result']}]", "data.items")
