"""The checker of the contract tests: it finds what is wrong, and says where."""

from __future__ import annotations

from typing import Any

import pytest
from contract_checker import ANY_CASE, MISSING, NULL, Checker, differences

SPEC: dict[str, Any] = {
    "models": {
        "Thing": {
            "id": "string",
            "size": "integer",
            "active": "boolean",
            "made_at": "time",
            "colour": "string",
            "days": "[string]",
            "free": "object",
            "details": "any",
            "part": "Part",
            "parts": "[Part]",
            "named": "{Part}",
        },
        "Part": {"name": "string", "made_at": "time"},
    },
    "required": {"Thing": ["id"], "Part": ["name"]},
    "values": {"Thing": {"colour": ["RED", "GREEN"], "days": ["MONDAY"], "size": [1, 5]}},
}
GOOD: dict[str, Any] = {
    "id": "x",
    "size": 5,
    "active": False,
    "made_at": "2026-08-01T12:00:00Z",
    "colour": "RED",
    "days": ["MONDAY"],
    "free": {"whatever": [1]},
    "details": [None],
    "part": {"name": "p"},
    "parts": [{"name": "p"}],
    "named": {"a b": {"name": "p"}},
}
WRONG: list[tuple[dict[str, Any], str]] = [
    ({"nick": "x"}, "it.nick: Thing has no such field"),
    ({"id": 5}, "it.id: 5 is no string"),
    ({"id": None}, "it.id: null"),
    ({"size": "5"}, "it.size: '5' is no integer"),
    ({"size": True}, "it.size: True is no integer"),
    ({"size": 2}, "it.size: 2 is none of [1, 5]"),
    ({"active": "true"}, "it.active: 'true' is no boolean"),
    ({"active": 1}, "it.active: 1 is no boolean"),
    ({"made_at": "yesterday"}, "it.made_at: 'yesterday' is no time"),
    ({"made_at": "2026-08-01T12:00:00"}, "it.made_at: '2026-08-01T12:00:00' is no time"),
    ({"made_at": 1}, "it.made_at: 1 is no time"),
    ({"colour": "BLUE"}, "it.colour: 'BLUE' is none of ['RED', 'GREEN']"),
    ({"colour": "red"}, "it.colour: 'red' is none of ['RED', 'GREEN']"),
    ({"days": "MONDAY"}, "it.days: 'MONDAY' is no list"),
    ({"days": ["MONDAY", "FUNDAY"]}, "it.days[1]: 'FUNDAY' is none of ['MONDAY']"),
    ({"free": []}, "it.free: [] is no object"),
    ({"part": {}}, "it.part.name: required in Part, and missing"),
    ({"part": "p"}, "it.part: 'p' is no Part"),
    ({"parts": [{"name": "p"}, {"name": 1}]}, "it.parts[1].name: 1 is no string"),
    ({"parts": [None]}, "it.parts[0]: None is no Part"),
    ({"named": {"a": {"name": "p", "x": 1}}}, "it.named.a.x: Part has no such field"),
    ({"named": []}, "it.named: [] is no object"),
]


def test_what_fits_has_no_problems() -> None:
    """Otherwise every reply would look wrong."""
    assert Checker(SPEC).problems(GOOD, "Thing", "it") == []
    assert Checker(SPEC).problems([GOOD, {"id": "y", "days": []}], "[Thing]", "it") == []


@pytest.mark.parametrize(("change", "line"), WRONG)
def test_what_is_wrong_is_found(change: dict[str, Any], line: str) -> None:
    """Otherwise a reply that breaks the definition would pass."""
    assert Checker(SPEC).problems(GOOD | change, "Thing", "it") == [line]


def test_a_missing_field_is_found() -> None:
    """Otherwise a reply could leave out what identifies an object."""
    rest = {name: value for name, value in GOOD.items() if name != "id"}
    assert Checker(SPEC).problems(rest, "Thing", "it") == ["it.id: required in Thing, and missing"]


def test_every_problem_is_found_at_once() -> None:
    """Otherwise one finding would hide another."""
    assert len(Checker(SPEC).problems({"size": "1", "active": 0, "nick": 1}, "Thing", "it")) == 4


@pytest.mark.parametrize(
    ("change", "leniency"),
    [
        ({"id": None}, ("Thing.id", NULL)),
        ({"colour": "red"}, ("Thing.colour", ANY_CASE)),
        ({"colour": "BLUE"}, ("Thing.colour", "BLUE")),
        ({"part": {}}, ("Part.name", MISSING)),
    ],
)
def test_a_leniency_allows_its_place_alone(change: dict[str, Any], leniency: tuple[str, str]) -> None:
    """Otherwise one exception would switch the check off elsewhere, or one that nothing needs stay for ever."""
    checker = Checker(SPEC, [leniency, ("Thing.size", NULL)])
    assert checker.problems(GOOD | change, "Thing", "it") == []
    assert checker.used == {leniency}
    elsewhere = Checker(SPEC, [(f"Other.{leniency[0]}", leniency[1])])
    assert len(elsewhere.problems(GOOD | change, "Thing", "it")) == 1


def test_values_that_mean_the_same_are_equal() -> None:
    """Otherwise a model would seem to lose what it spells in another way."""
    checker = Checker(SPEC)
    change: dict[str, Any] = {
        "made_at": "2026-08-01T14:00:00.000+02:00",
        "part": {"name": "p", "made_at": None},
        "days": [],
    }
    other = GOOD | change
    days = {name: value for name, value in GOOD.items() if name != "days"}
    assert checker.plain(other, "Thing") == checker.plain(days, "Thing")
    assert checker.plain({"made_at": "2026-08-01T12:00:00Z"}, "any") == {"made_at": "2026-08-01T12:00:00Z"}


@pytest.mark.parametrize(
    ("other", "lines"),
    [
        ({"a": [1, {"b": 1}]}, []),
        ({"a": [1, {"b": 2}]}, ["it.a[1].b: 1 is not 2"]),
        ({"a": [1]}, ["it.a: [1, {'b': 1}] is not [1]"]),
        ({"a": [True, {"b": 1}]}, ["it.a[0]: 1 is not True"]),
        ({}, ["it.a: only in the first"]),
        ({"a": [1, {"b": 1}], "c": 1}, ["it.c: only in the second"]),
    ],
)
def test_differences_are_named(other: dict[str, Any], lines: list[str]) -> None:
    """Otherwise a field that decoding loses would go unnoticed."""
    assert differences({"a": [1, {"b": 1}]}, other, "it") == lines
