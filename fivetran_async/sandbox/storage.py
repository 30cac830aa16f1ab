"""Accounts as files: one JSON document with everything in it, written whole or not at all.

The document::

    {
      "format": "fivetran-sandbox-account",
      "version": 1,
      "clock": "2026-08-01T12:00:00Z",        the sandbox's now when it was saved; optional
      "minted": 123,                          how many ids were given out; optional
      "account": {"account_id": "...", "account_name": "...", "user_id": "..."},   optional
      "groups": [{"id": "...", "name": "...", "created_at": "..."}],
      "destinations": [{"group_id": "...", "service": "snowflake", ...}],
      "connections": [{"id": "...", "service": "postgres", "group_id": "...", "schema": "...", ...}],
      "users": [{"id": "...", "email": "...", ...}],
      "roles": [{"name": "...", "scope": ["ACCOUNT"], ...}],       the account's own, beside Fivetran's
      "memberships": [{"group_id": "...", "user_id": "...", "role": "...", "created_at": "..."}],
      "teams": [{"id": "...", "name": "...", ...}],       and so on for each name in `account.PARTS`
    }

A membership is that of a user or of a team, in a group or in a connection: `user_id` or `team_id` with `group_id` or
`connection_id`; that of a user in a team has `team_id` and `user_id`.

The objects have the API's own names and values. All lists may be left out, and of each object everything but what
names it: `id` (a destination: `group_id` and `service`; a connection also `service`, `group_id` and `schema`; a
webhook also `url`; a role its `name`). The rest is filled in, so that a file can be written by hand. A connection's
`sandbox` object holds what the sandbox keeps beside it (see `fivetran_async.sandbox.engine.syncs.Engine`), such as
`{"outcome": "failure", "seconds": 60}`.

Secrets in `config` are saved as they were given, so that a loaded account works on.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import msgspec

from fivetran_async.sandbox.account import PARTS, Account
from fivetran_async.sandbox.calls import JsonObject, as_list, as_object
from fivetran_async.sandbox.clock import Clock
from fivetran_async.sandbox.data.words import Minter
from fivetran_async.sandbox.engine import access, deliveries, roles, shapes, system_keys
from fivetran_async.sandbox.times import epoch, stamp

FORMAT: Final = "fivetran-sandbox-account"
VERSION: Final = 1

_PARTS: Final = (
    "format",
    "version",
    "clock",
    "minted",
    "account",
    "groups",
    "destinations",
    "connections",
    "users",
    "roles",
    "memberships",
    *PARTS,
)

_HOUR: Final = re.compile(r"([01]\d|2[0-3]):00")
_TIMES: Final = (
    "created_at",
    "updated_at",
    "succeeded_at",
    "failed_at",
    "logged_in_at",
    "expired_at",
    "last_used_at",
)

_SHAPES: Final[dict[str, Callable[[JsonObject, float], JsonObject]]] = {
    "teams": lambda given, _now: access.team(given),
    "system_keys": system_keys.system_key,
    "webhooks": deliveries.webhook,
}
"""What completes an object of which a file gives only some fields; other parts are taken as they are."""


class AccountFileError(ValueError):
    """A file that is not an account; the message names the file and the place in it."""


def check_target(path: Path) -> None:
    """Refuse a path that an account could not be saved to, before any work is lost on it.

    Raises:
        OSError: Its folder does not exist, or it is a folder itself.
    """
    if not path.parent.is_dir():
        raise FileNotFoundError(f"cannot save the account to {path}: the folder {path.parent} does not exist")
    if path.is_dir():
        raise IsADirectoryError(f"cannot save the account to {path}: it is a folder")
    try:
        with tempfile.NamedTemporaryFile(dir=path.parent):
            pass
    except OSError as error:
        raise type(error)(f"cannot save the account to {path}: {error.strerror or error}") from None


def save(account: Account, path: Path) -> None:
    """Write an account to a file; whoever reads the file sees the old one or the new one, never a part.

    Only its owner may read it: it holds the secrets of the connections as they were given.

    Raises:
        OSError: It could not be written; the old file is as it was.
    """
    content = msgspec.json.format(msgspec.json.encode(dump(account)), indent=2)
    path = path.resolve()
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content + b"\n")
            file.flush()
            os.fsync(file.fileno())
        os.replace(name, path)  # noqa: PTH105 - the atomic one
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def dump(account: Account) -> JsonObject:
    """Return an account as the document that a file holds."""
    with account.lock:
        account.settle()
        access.sweep(account)
        standard = roles.standard()
        return {
            "format": FORMAT,
            "version": VERSION,
            "clock": stamp(account.now),
            "minted": account.minter.taken,
            "account": dict(account.info),
            "groups": list(account.groups.values()),
            "destinations": list(account.destinations.values()),
            "connections": list(account.connections.values()),
            "users": list(account.users.values()),
            "roles": [role for name, role in account.roles.items() if role != standard.get(name)],
            "memberships": [
                {f"{relation.place}_id": place, f"{relation.holder}_id": holder} | held
                for relation in access.RELATIONS
                for place, members in account.access[relation.kind].items()
                for holder, held in members.items()
            ],
            **{part: list(things.values()) for part, things in account.things.items()},
        }


def load(path: Path, start: datetime | None = None, seed: int = 0) -> Account:
    """Read an account from a file.

    Args:
        path: The file.
        start: When the clock begins; left out, now, or the instant of the file where that is later.
        seed: What decides the ids that are minted from now on.

    Raises:
        OSError: The file cannot be read.
        AccountFileError: It is not an account; the message says what is wrong where.
    """
    try:
        return parse(path.read_bytes(), start, seed)
    except AccountFileError as error:
        raise AccountFileError(f"{path}: {error}") from None


def parse(content: bytes, start: datetime | None = None, seed: int = 0) -> Account:
    """Read an account from a document; as `load`, without the file's name in the errors."""
    document = _document(content)
    clock = Clock(start)
    saved = _instant(document, "clock", "clock")
    if start is None and saved is not None and saved > clock.start:
        # Time went on in there; going back would end syncs before they began.
        clock = Clock(datetime.fromisoformat(stamp(saved)))
    account = Account(clock, seed)
    minted = document.get("minted", 0)
    if not isinstance(minted, int) or isinstance(minted, bool) or minted < 0:
        raise AccountFileError("minted: must be a number that is not negative")
    account.minter = Minter(seed, minted)
    _fill(account, document)
    return account


def _fill(account: Account, document: JsonObject) -> None:
    now = account.clock.start
    for place, item in _items(document, "groups", "id"):
        _add(account.groups, place, item["id"], shapes.group(item, now))
    for place, item in _items(document, "users", "id"):
        _part(item, "sandbox", f"{place}.sandbox")
        _add(account.users, place, item["id"], shapes.user(item, now))
    for place, item in _items(document, "destinations", "group_id", "service"):
        _known(account.groups, item["group_id"], f"{place}.group_id", "group")
        _part(item, "config", f"{place}.config")
        _add(account.destinations, place, item["group_id"], shapes.destination(item))
    for place, item in _items(document, "connections", "id", "service", "group_id", "schema"):
        _known(account.groups, item["group_id"], f"{place}.group_id", "group")
        _add(account.connections, place, item["id"], _connection(place, item, now))
    _fill_things(account, document)
    _fill_access(account, document)
    if not account.users:
        owner = shapes.user({"id": account.mint(), "role": "Account Administrator"}, now)
        account.users[owner["id"]] = owner
    info = _part(document, "account", "account") or {}
    first = next(iter(account.users))
    account.info = {"account_id": info.get("account_id") or account.mint(), "account_name": "Sandbox", "user_id": first}
    account.info |= info
    for webhook in account.things["webhooks"].values():
        webhook["created_by"] = webhook["created_by"] or account.info["user_id"]


def _fill_things(account: Account, document: JsonObject) -> None:
    for part in PARTS:
        for place, item in _items(document, part, "id"):
            _part(item, "config", f"{place}.config")
            _part(item, "sandbox", f"{place}.sandbox")
            _add(account.things[part], place, item["id"], _thing(account, part, place, item))


def _fill_access(account: Account, document: JsonObject) -> None:
    own: dict[str, JsonObject] = {}
    for place, item in _items(document, "roles", "name"):
        _add(own, place, item["name"], _role(place, item))
    account.roles |= own
    for place, item in _items(document, "memberships", "role"):
        _join(account, place, item)


def _document(content: bytes) -> JsonObject:
    try:
        document = as_object(msgspec.json.decode(content))
    except (msgspec.DecodeError, RecursionError, ValueError) as error:
        raise AccountFileError(f"not valid JSON: {error}") from None
    if document is None or document.get("format") != FORMAT:
        raise AccountFileError(
            f'not an account: it must begin with {{"format": "{FORMAT}", "version": {VERSION}, ...}}'
        )
    if document.get("version") != VERSION:
        raise AccountFileError(f"version: {document.get('version')!r} cannot be read, only {VERSION}")
    for name in document:
        if name not in _PARTS:
            raise AccountFileError(f"{name}: there is no such part of an account, only {', '.join(_PARTS)}")
    return document


def _items(document: JsonObject, name: str, *wanted: str) -> list[tuple[str, JsonObject]]:
    given = as_list(document.get(name, []))
    if given is None:
        raise AccountFileError(f"{name}: must be a list")
    found: list[tuple[str, JsonObject]] = []
    for number, value in enumerate(given):
        place = f"{name}[{number}]"
        item = as_object(value)
        if item is None:
            raise AccountFileError(f"{place}: must be an object")
        for field in wanted:
            if not isinstance(item.get(field), str) or not item[field]:
                raise AccountFileError(f"{place}.{field}: is required and must be a non-empty string")
        for field in _TIMES:
            _instant(item, field, f"{place}.{field}")
        found.append((place, item))
    return found


def _connection(place: str, item: JsonObject, now: float) -> JsonObject:
    status = _part(item, "status", f"{place}.status") or {}
    _instant(status, "rescheduled_for", f"{place}.status.rescheduled_for")
    _part(item, "config", f"{place}.config")
    _engine(_part(item, "sandbox", f"{place}.sandbox") or {}, f"{place}.sandbox")
    frequency: Any = item.get("sync_frequency", 360)
    if not isinstance(frequency, int) or isinstance(frequency, bool) or frequency < 1:
        raise AccountFileError(f"{place}.sync_frequency: must be a positive number of minutes")
    hour: Any = item.get("daily_sync_time")
    if hour is not None and (not isinstance(hour, str) or not _HOUR.fullmatch(hour)):
        raise AccountFileError(f"{place}.daily_sync_time: must be a full hour such as 03:00")
    if not isinstance(item.get("paused", False), bool):
        raise AccountFileError(f"{place}.paused: must be true or false")
    return shapes.connection(item, now)


def _role(place: str, item: JsonObject) -> JsonObject:
    scope = as_list(item.get("scope", [roles.ACCOUNT]))
    if not scope or any(name not in roles.SCOPES for name in scope):
        raise AccountFileError(f"{place}.scope: must be a list of {', '.join(roles.SCOPES)}")
    return roles.role(**item)


def _thing(account: Account, part: str, place: str, item: JsonObject) -> JsonObject:
    if part == "webhooks":
        _webhook(account, place, item)
    elif part == "system_keys" and as_list(item.get("permissions", [])) is None:
        raise AccountFileError(f"{place}.permissions: must be a list")
    complete = _SHAPES.get(part)
    return item if complete is None else complete(item, account.clock.start)


def _webhook(account: Account, place: str, item: JsonObject) -> None:
    if not isinstance(item.get("url"), str):
        raise AccountFileError(f"{place}.url: is required and must be a string")
    if not isinstance(item.get("active", False), bool):
        raise AccountFileError(f"{place}.active: must be true or false")
    if as_list(item.get("events", [])) is None:
        raise AccountFileError(f"{place}.events: must be a list")
    if item.get("group_id") is not None:
        _known(account.groups, item["group_id"], f"{place}.group_id", "group")


def _join(account: Account, place: str, item: JsonObject) -> None:
    given = {name for name in ("group_id", "connection_id", "team_id", "user_id") if item.get(name) is not None}
    for relation in access.RELATIONS:
        where, who = f"{relation.place}_id", f"{relation.holder}_id"
        if given == {where, who}:
            for name, kind in ((where, relation.place), (who, relation.holder)):
                _known(access.objects(account, kind), item[name], f"{place}.{name}", kind)
            held = access.membership(item["role"], account.clock.start)
            if item.get("created_at") is not None:
                held["created_at"] = item["created_at"]
            account.access[relation.kind].setdefault(item[where], {})[item[who]] = held
            return
    raise AccountFileError(
        f"{place}: must have user_id or team_id with group_id or connection_id, or user_id with team_id"
    )


def _engine(own: JsonObject, place: str) -> None:
    for field in ("seconds", "due", "started", "ends"):
        value = own.get(field)
        if value is None and field in own and field != "seconds":
            continue
        if field in own and (not isinstance(value, (int, float)) or isinstance(value, bool) or value < 0):
            raise AccountFileError(f"{place}.{field}: must be a number that is not negative")
    if own.get("outcome", "success") not in ("success", "failure"):
        raise AccountFileError(f"{place}.outcome: must be success or failure")


def _add(into: dict[str, JsonObject], place: str, name: str, item: JsonObject) -> None:
    if name in into:
        raise AccountFileError(f"{place}: there is another one with the id {name!r} before it")
    into[name] = item


def _known(among: Mapping[str, JsonObject], name: Any, place: str, kind: str) -> None:
    if not isinstance(name, str) or name not in among:
        raise AccountFileError(f"{place}: there is no {kind} with the id {name!r}")


def _part(item: JsonObject, name: str, place: str) -> JsonObject | None:
    if item.get(name) is None:
        return None
    part = as_object(item[name])
    if part is None:
        raise AccountFileError(f"{place}: must be an object")
    return part


def _instant(item: JsonObject, name: str, place: str) -> float | None:
    if item.get(name) is None:
        return None
    try:
        return epoch(item[name])
    except (TypeError, ValueError):
        raise AccountFileError(f"{place}: must be an ISO 8601 instant, got {item[name]!r}") from None
