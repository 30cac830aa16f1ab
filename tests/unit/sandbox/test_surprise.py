"""What surprises do to a reply's body, and what they leave alone."""

from __future__ import annotations

import copy

from fivetran_async.sandbox.surprise import ENUMS, FIELD, FREE, VALUE, surprised


def many(**fields):
    """Return a page of so many objects that some of their words must become new ones."""
    return {"code": "Success", "data": {"items": [{"id": f"o{number}"} | fields for number in range(200)]}}


def words(body, field):
    """Return what all objects of a page have in one field."""
    return [item[field] for item in body["data"]["items"]]


def test_the_body_is_not_changed():
    """A surprise would get into the account, whose live objects a body may hold."""
    body = many(status={"setup_state": "connected", "tasks": [{"code": "x"}]}, config={"host": "x"})
    before = copy.deepcopy(body)
    surprised(body, 1)
    assert body == before


def test_the_same_seed_gives_the_same():
    """A failure that a surprise caused could not be repeated, or all seeds would be the same."""
    body = many(state="OK")
    assert surprised(body, 1) == surprised(body, 1)
    assert words(surprised(body, 1), "state") != words(surprised(body, 2), "state")


def test_a_word_is_new_by_object_and_value():
    """An object would look one way in a list and another in its details, or never leave a state it cannot name."""
    page = words(surprised(many(state="OK"), 3), "state")
    for number, word in enumerate(page):
        one = {"code": "Success", "data": {"id": f"o{number}", "state": "OK"}}
        # Its place is the object's own id, wherever it stands.
        assert surprised(one, 3)["data"]["id"] == f"o{number}"
        assert word in {"OK", VALUE}
    assert 0 < page.count(VALUE) < len(page) / 2
    assert words(surprised(many(state="FAIL"), 3), "state") != ["FAIL" if word == "OK" else VALUE for word in page]


def test_only_words_of_lists_become_new():
    """An id, a name, an address, a time or a number would be changed."""
    fields = {"name": "n", "service": "postgres", "url": "https://x", "created_at": "2026-01-01T00:00:00Z", "role": "r"}
    kept = surprised(many(**fields, status=200, type=None, state=True), 1)
    for field, value in (*fields.items(), ("status", 200), ("type", None), ("state", True)):
        assert set(words(kept, field)) == {value}
    assert not ENUMS & {"id", "name", "service", "role", "email", "code", "schema", "event", "events"}


def test_lists_of_words():
    """A list of words would never hold a new one."""
    days = words(surprised(many(days_of_week=["MONDAY", "TUESDAY"]), 1), "days_of_week")
    assert {VALUE, "MONDAY", "TUESDAY"} == {day for week in days for day in week}


def test_nested_objects():
    """An object inside of another would have no field more, or what holds it by name be taken for one."""
    column = {"enabled": True, "enabled_patch_settings": {"allowed": True}}
    data = {"schemas": {"s": {"tables": {"t": {"columns": {"c": column}}}}}, "tasks": [{"code": "x"}]}
    shown = surprised({"code": "Success", "data": data}, 1)["data"]
    assert FIELD in shown
    assert FIELD in shown["tasks"][0]
    assert set(shown["schemas"]) == {"s"}
    assert set(shown["schemas"]["s"]["tables"]) == {"t"}
    assert set(shown["schemas"]["s"]["tables"]["t"]["columns"]) == {"c"}
    inner = shown["schemas"]["s"]["tables"]["t"]["columns"]["c"]
    assert FIELD in inner
    assert FIELD in inner["enabled_patch_settings"]


def test_what_is_free_of_form():
    """A config, or another object whose content is not the API's, would get a field that its owner never set."""
    inside = {"type": "x", "state": "y", "nested": {"status": "z"}, "list": [{"type": "x"}]}
    for field in FREE:
        assert set(map(str, words(surprised(many(**{field: inside}), 1), field))) == {str(inside)}
        assert set(map(str, words(surprised(many(**{field: [inside]}), 1), field))) == {str([inside])}


def test_bodies_without_data():
    """A refusal would be changed, or a body whose data is no object would break."""
    for body in ({"code": "NotFound", "message": "x"}, {"code": "Success", "data": [1]}, {}):
        assert surprised(body, 1) == body
