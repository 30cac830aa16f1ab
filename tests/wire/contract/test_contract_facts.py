"""Requests and replies against the definition: what differs from it is found."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import attrs
import pytest
from contract_checker import Checker
from contract_facts import ALLOWED, ENTRIES, SPEC, operation_of, reply_problems, request_problems

from fivetran_async._codec import encode
from fivetran_async._wire import Request, Response
from fivetran_async.operations import OPERATIONS

BY_ID = {operation.id: operation for operation in OPERATIONS}
GROUP = {"id": "g", "name": "n", "created_at": "2026-08-01T12:00:00Z"}


def request(name: str, *ids: str, **parts: Any) -> Request:
    """Return a request of an operation."""
    return encode(BY_ID[name], ids, **parts)


def asked(sent: Request, name: str) -> list[str]:
    """Return what is wrong with a request, as one of an operation."""
    return request_problems(Checker(SPEC, ALLOWED), ENTRIES[name], sent)


def answered(name: str, body: Any, status: int = 200) -> list[str]:
    """Return what is wrong with a reply of an operation."""
    response = Response(status=status, headers={}, body=json.dumps(body).encode())
    return reply_problems(Checker(SPEC, ALLOWED), ENTRIES[name], response)


@pytest.mark.parametrize("name", ENTRIES)
def test_a_request_is_recognised(name: str) -> None:
    """Otherwise a request to a wrong path would be held against the wrong operation."""
    ids = tuple(f"{number} / %" for number in range(len(BY_ID[name].placeholders)))
    assert operation_of(request(name, *ids)) is ENTRIES[name]


def test_a_request_to_nowhere_is_not() -> None:
    """Otherwise a path that the API does not have would be taken for one that it has."""
    nowhere = attrs.evolve(request("list_all_groups"), target="/v1/group?limit=5")
    assert operation_of(nowhere) is None
    assert operation_of(attrs.evolve(request("list_all_groups"), operation=BY_ID["delete_group"])) is None


REQUESTS: list[tuple[str, dict[str, Any], str]] = [
    ("list_all_groups", {"query": {"limti": 5}}, "query.limti: '5' is no None"),
    ("list_all_groups", {"query": {"limit": "all"}}, "query.limit: 'all' is no integer"),
    ("list_all_users", {"query": {"active": "True"}}, "query.active: 'True' is no boolean"),
    ("list_connections", {"query": {"schema": ""}}, "query.schema: '' is no string"),
    ("list_all_groups", {"body": {}}, "body: there is none"),
    ("create_group", {"body": {"name": 5}}, "body.name: 5 is no string"),
    ("create_group", {"body": {"nick": "x"}}, "body.nick: NewGroupRequest has no such field"),
    ("create_user", {}, "body.email: required, and missing"),
]


@pytest.mark.parametrize(("name", "parts", "line"), REQUESTS)
def test_a_wrong_request_is_found(name: str, parts: dict[str, Any], line: str) -> None:
    """Otherwise the SDK could send what the API does not know."""
    assert line in asked(request(name, **parts), name)


def test_a_missing_part_of_a_body_is_found() -> None:
    """Otherwise the SDK could leave out what the API wants."""
    given = {"email": "a@example.com", "given_name": "A", "family_name": "B"}
    assert asked(request("create_user", body=given), "create_user") == []
    del given["email"]
    assert asked(request("create_user", body=given), "create_user")


@pytest.mark.parametrize(
    ("name", "headers"),
    [
        ("list_connections", {"Accept": "application/json"}),
        ("list_all_groups", {"Accept": "application/json;version=2"}),
        ("list_all_groups", {"Accept": "*/*"}),
        ("list_all_groups", {"Accept": "application/json", "Content-Type": "application/json"}),
    ],
)
def test_wrong_headers_are_found(name: str, headers: dict[str, str]) -> None:
    """Otherwise the SDK could ask for the wrong version of a reply."""
    assert asked(attrs.evolve(request(name), headers=headers), name)


REPLIES: list[tuple[str, Callable[[dict[str, Any]], Any], str]] = [
    ("group_details", lambda ok: {**ok, "data": {**GROUP, "x": 1}}, "data.x: GroupResponse has no such field"),
    ("group_details", lambda ok: {**ok, "more": 1}, "more: the envelope has no such field"),
    ("group_details", lambda ok: {**ok, "message": None}, "message: no text"),
    ("group_details", lambda ok: {**ok, "code": "Created"}, "code: 'Created'"),
    ("group_details", lambda ok: {"data": ok["data"]}, "code: None"),
    ("group_details", lambda _: {"code": "Success"}, "data: None is no GroupResponse"),
    ("list_all_groups", lambda ok: ok, "data.id: a page has no such field"),
    ("list_all_groups", lambda _: {"code": "Success", "data": []}, "data: no page"),
    (
        "list_all_groups",
        lambda _: {"code": "Success", "data": {"items": [], "next_cursor": None}},
        "data.next_cursor: None is no string",
    ),
    ("delete_group", lambda ok: ok, "data: there is none"),
]


@pytest.mark.parametrize(("name", "change", "line"), REPLIES)
def test_a_wrong_reply_is_found(name: str, change: Callable[[dict[str, Any]], Any], line: str) -> None:
    """Otherwise the sandbox could answer what the API never does."""
    good: dict[str, Any] = {"code": "Success", "message": "Found", "data": GROUP}
    assert answered("group_details", good) == []
    assert line in answered(name, change(good))


def test_a_wrong_status_is_found() -> None:
    """Otherwise a create could be answered as a read."""
    good = {"code": "Success", "data": GROUP}
    assert answered("create_group", good, 201) == []
    assert answered("create_group", good, 200) == ["status: 200"]
