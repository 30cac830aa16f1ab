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
webhook also `url`; a role its `name`). The rest is filled in, so that a file can be written by hand: without `users`
there is one, and the API key is the first one's. What the sandbox keeps beside an object stands under its `sandbox`,
such as `{"outcome": "failure", "seconds": 60}` of a connection (see `fivetran_async.sandbox.engine.syncs.Engine`).
The types of all that is read stand in `fivetran_async.sandbox.forms`: a file that does not keep to them is refused,
with the place; fields that nothing reads may hold anything.

Secrets in `config` are saved as they were given, so that a loaded account works on.
"""

from __future__ import annotations

import copy
import os
import tempfile
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import msgspec

from fivetran_async.sandbox import forms
from fivetran_async.sandbox.account import PARTS, Account
from fivetran_async.sandbox.calls import JsonObject, as_list, as_object
from fivetran_async.sandbox.clock import Clock
from fivetran_async.sandbox.data.words import Minter
from fivetran_async.sandbox.engine import access, deliveries, parts, roles, shapes, system_keys, transformations
from fivetran_async.sandbox.routes import (
    connector_packages,
    external_secrets_managers,
    hvr,
    hybrid_agents,
    log_services,
    private_links,
    proxy_agents,
    transformation_projects,
)
from fivetran_async.sandbox.times import epoch, stamp

FORMAT: Final = "fivetran-sandbox-account"
VERSION: Final = 1
# The largest number of ids, far from what cannot be written any more.
_MOST: Final = 2**53

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

_TIMES: Final = (
    "created_at",
    "updated_at",
    "succeeded_at",
    "failed_at",
    "logged_in_at",
    "expired_at",
    "last_used_at",
    "registered_at",
    "last_started_at",
    "last_ended_at",
)
_WANTED: Final = {"webhooks": ("id", "url")}
"""The texts that an object of a part cannot do without, where that is more than its `id`."""

_COMPLETED: Final[dict[str, Callable[[JsonObject, float], JsonObject]]] = {
    "teams": lambda given, _now: access.team(given),
    "system_keys": system_keys.system_key,
    "webhooks": deliveries.webhook,
}
"""What completes an object of which a file gives only some fields."""

_READ: Final[dict[str, parts.Shape]] = {
    "log_services": log_services.shape,
    "external_secrets_managers": external_secrets_managers.shape,
    "private_links": private_links.shape,
    "proxy_agents": proxy_agents.shape,
    "hybrid_agents": hybrid_agents.shape,
    "transformation_projects": transformation_projects.shape,
    "transformations": transformations.shape,
    "connector_packages": connector_packages.shape,
    "hvr_hubs": hvr.shape,
}
"""What completes an object of the other parts, each time it is read; a file is tried with it."""


class AccountFileError(ValueError):
    """A file that is not an account; the message names the file and the place in it."""


def check_target(path: Path, what: str = "the account") -> None:
    """Refuse a path that something could not be saved to, before any work is lost on it.

    Raises:
        OSError: Its folder does not exist, or it is a folder itself.
    """
    if not path.parent.is_dir():
        raise FileNotFoundError(f"cannot save {what} to {path}: the folder {path.parent} does not exist")
    if path.is_dir():
        raise IsADirectoryError(f"cannot save {what} to {path}: it is a folder")
    try:
        with tempfile.NamedTemporaryFile(dir=path.parent):
            pass
    except OSError as error:
        raise type(error)(f"cannot save {what} to {path}: {error.strerror or error}") from None


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
        _complete(account)
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
    if not isinstance(minted, int) or isinstance(minted, bool) or not 0 <= minted < _MOST:
        raise AccountFileError("minted: must be a number that is not negative")
    account.minter = Minter(seed, minted)
    _fill(account, document)
    account.history.clear()  # what was only tried has not happened
    return account


def _fill(account: Account, document: JsonObject) -> None:
    now = account.clock.start
    for place, item in _items(document, "groups", "id"):
        _add(account.groups, place, item["id"], shapes.group(item, now))
    for place, item in _items(document, "users", "id"):
        _add(account.users, place, item["id"], shapes.user(item, now))
    for place, item in _items(document, "destinations", "group_id", "service"):
        _known(account.groups, item["group_id"], f"{place}.group_id", "group")
        _add(account.destinations, place, item["group_id"], shapes.destination(item))
    for place, item in _items(document, "connections", "id", "service", "group_id", "schema"):
        _known(account.groups, item["group_id"], f"{place}.group_id", "group")
        _instant(item.get("status") or {}, "rescheduled_for", f"{place}.status.rescheduled_for")
        with _understood(place):
            _add(account.connections, place, item["id"], shapes.connection(item, now))
    for part in PARTS:
        _fill_part(account, document, part)
    _fill_access(account, document)
    if "users" not in document:
        owner = shapes.user({"id": account.mint(), "role": "Account Administrator"}, now)
        account.users[owner["id"]] = owner
    account.info = dict(_part(document, "account") or {})
    _formed("account", "account", account.info)
    _sign(account)
    for part, shape in _READ.items():
        for number, thing in enumerate(account.things[part].values()):
            with _understood(f"{part}[{number}]"):
                shape(account, copy.deepcopy(thing))


def _fill_part(account: Account, document: JsonObject, part: str) -> None:
    for place, item in _items(document, part, *_WANTED.get(part, ("id",))):
        if part == "webhooks" and item.get("group_id") is not None:
            _known(account.groups, item["group_id"], f"{place}.group_id", "group")
        whole = _COMPLETED[part](item, account.clock.start) if part in _COMPLETED else item
        _add(account.things[part], place, item["id"], whole)


def _fill_access(account: Account, document: JsonObject) -> None:
    own: dict[str, JsonObject] = {}
    for place, item in _items(document, "roles", "name"):
        _add(own, place, item["name"], roles.role(**item))
    account.roles |= own
    for place, item in _items(document, "memberships", "role"):
        _join(account, place, item)


def _complete(account: Account) -> None:
    """Complete what was planted with few fields, as loading would."""
    now = account.now
    for name, group in account.groups.items():
        group.update(shapes.group({"id": name} | group, now))
    for name, user in account.users.items():
        user.update(shapes.user({"id": name} | user, now))
    for name, destination in account.destinations.items():
        destination.update(shapes.destination({"group_id": name, "service": "snowflake"} | destination))
    for part, complete in _COMPLETED.items():
        for name, thing in account.things[part].items():
            thing.update(complete({"id": name} | thing, now))
    _sign(account)


def _sign(account: Account) -> None:
    """Say whose account it is, and who made its webhooks, where nothing says it."""
    info = account.info
    if info.get("account_id") is None:
        info["account_id"] = account.mint()
    info.setdefault("account_name", "Sandbox")
    if info.get("user_id") is None and info.get("system_key_id") is None and account.users:
        info["user_id"] = next(iter(account.users))
    owner = info.get("user_id") or info.get("system_key_id") or ""
    for webhook in account.things["webhooks"].values():
        webhook["created_by"] = webhook["created_by"] or owner


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
        _formed(name, place, item)
        found.append((place, item))
    return found


def _formed(part: str, place: str, item: JsonObject) -> None:
    try:
        forms.check(part, item)
    except forms.WrongFormError as error:
        raise AccountFileError(f"{place}{error.place}: {error.message}") from None


@contextmanager
def _understood(place: str) -> Generator[None]:
    """Name the place of what has the right types and yet makes no sense, such as a cron expression that is none."""
    try:
        yield
    except AccountFileError:
        raise
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        raise AccountFileError(f"{place}: makes no sense: {type(error).__name__}: {error}") from error


def _join(account: Account, place: str, item: JsonObject) -> None:
    given = {name for name in ("group_id", "connection_id", "team_id", "user_id") if item.get(name) is not None}
    for relation in access.RELATIONS:
        where, who = f"{relation.place}_id", f"{relation.holder}_id"
        if given == {where, who}:
            for name, kind in ((where, relation.place), (who, relation.holder)):
                _known(access.objects(account, kind), item[name], f"{place}.{name}", kind)
            rest = {name: value for name, value in item.items() if name not in given and value is not None}
            held = access.membership(item["role"], account.clock.start) | rest
            account.access[relation.kind].setdefault(item[where], {})[item[who]] = held
            return
    raise AccountFileError(
        f"{place}: must have user_id or team_id with group_id or connection_id, or user_id with team_id"
    )


def _add(into: dict[str, JsonObject], place: str, name: str, item: JsonObject) -> None:
    if name in into:
        raise AccountFileError(f"{place}: there is another one with the id {name!r} before it")
    into[name] = item


def _known(among: Mapping[str, JsonObject], name: Any, place: str, kind: str) -> None:
    if not isinstance(name, str) or name not in among:
        raise AccountFileError(f"{place}: there is no {kind} with the id {name!r}")


def _part(document: JsonObject, name: str) -> JsonObject | None:
    if document.get(name) is None:
        return None
    part = as_object(document[name])
    if part is None:
        raise AccountFileError(f"{name}: must be an object")
    return part


def _instant(item: JsonObject, name: str, place: str) -> float | None:
    if item.get(name) is None:
        return None
    try:
        return epoch(item[name])
    except (TypeError, ValueError):
        raise AccountFileError(f"{place}: must be an ISO 8601 instant, got {item[name]!r}") from None
