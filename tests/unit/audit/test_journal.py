"""The file that an audit goes on from: what it refuses, what it forgives, and what it never holds."""

import os
import stat
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from fivetran_async.audit._journal import Header, Journal
from fivetran_async.audit._masks import masked
from fivetran_async.audit._sources import BY_NAME
from fivetran_async.errors import ArgumentError, FivetranError
from fivetran_async.models.connections import Connection
from fivetran_async.models.groups import Group
from fivetran_async.models.webhooks import Webhook

NOW = datetime(2026, 8, 1, 12, 0, tzinfo=UTC)
HEADER = Header(account="abc https://api.fivetran.com", kinds=("group",), as_of=NOW)
GROUPS = BY_NAME["groups"]


def journal(path: Path, header: Header = HEADER, *, keep_raw: bool = False) -> Journal:
    """Open a journal."""
    return Journal(path, header, keep_raw=keep_raw)


def read_again(path: Path, header: Header = HEADER, **options: Any) -> list[Any]:
    """Return what a journal holds."""
    opened = journal(path, header, **options)
    opened.close()
    return opened.reads


@pytest.fixture
def written(tmp_path):
    """Return a file with two pages of groups."""
    path = tmp_path / "audit.resume"
    opened = journal(path)
    opened.add(GROUPS, (), None, "more", [Group(id="a", name="A"), Group(id="b")])
    opened.add(GROUPS, (), "more", None, [Group(id="c")])
    opened.close()
    return path


def test_what_was_written_is_read(written):
    """An audit would read again what it has."""
    first, second = read_again(written)
    assert (first.key, first.at, first.next, first.absent) == (("groups",), None, "more", False)
    assert first.items == [Group(id="a", name="A"), Group(id="b")]
    assert (second.at, second.next, second.items) == ("more", None, [Group(id="c")])


def test_absence_is_kept(tmp_path):
    """A connection without a schema would be asked again after each kill."""
    path = tmp_path / "audit.resume"
    opened = journal(path)
    assert opened.add(BY_NAME["connection_schemas"], ("c",), None, None, None) == []
    opened.close()
    (read,) = read_again(path)
    assert (read.key, read.absent, read.items) == (("connection_schemas", "c"), True, [])


def test_the_time_is_that_of_the_first_run(written):
    """Two runs of one audit would judge by two times."""
    opened = journal(written, Header(account=HEADER.account, kinds=HEADER.kinds, as_of=datetime.now(UTC)))
    opened.close()
    assert opened.header.as_of == NOW


def test_any_torn_end_costs_the_last_line_alone(written):
    """A kill in the middle of a line would make the file useless, or a half page be taken for a whole one."""
    whole = written.read_bytes()
    lines = whole.splitlines(keepends=True)
    for length in range(len(lines[0]) + 1, len(whole)):
        written.write_bytes(whole[:length])
        found = read_again(written)
        assert len(found) == (length >= len(lines[0]) + len(lines[1]))
        assert written.read_bytes() == b"".join(lines[: 1 + len(found)])


def test_any_torn_beginning_begins_anew(written):
    """A kill at the very beginning would leave a file that no audit takes."""
    first = written.read_bytes().splitlines(keepends=True)[0]
    for length in range(len(first)):
        written.write_bytes(first[:length])
        assert read_again(written) == []
        assert written.read_bytes() == first


def test_goes_on_after_a_torn_end(written):
    """What comes after a torn line would be lost, or be taken for a part of it."""
    with written.open("ab") as file:
        file.write(b'0123abcd {"sour')
    opened = journal(written)
    opened.add(GROUPS, (), None, None, [Group(id="z")])
    opened.close()
    assert [read.items[0].id for read in read_again(written)] == ["a", "c", "z"]


@pytest.mark.parametrize("place", [0.3, 0.6])
def test_damage_in_the_middle_is_refused(written, place):
    """A disk error would be taken for what the account is."""
    content = bytearray(written.read_bytes())
    at = content.index(b"\n") + 20 if place < 0.5 else content.index(b"\n") + 1
    content[at] ^= 1
    written.write_bytes(content)
    with pytest.raises(ArgumentError, match="is damaged at byte"):
        read_again(written)
    assert written.read_bytes() == bytes(content)


@pytest.mark.parametrize("content", [b"a diary\n", b"\n", b"{}", b"fivetran-async audit 2 00000000 {}\n", b"\x00" * 50])
def test_another_file_is_left_alone(tmp_path, content):
    """A mistyped path would overwrite a file of the user's."""
    path = tmp_path / "diary"
    path.write_bytes(content)
    with pytest.raises(ArgumentError, match="no file that an audit"):
        read_again(path)
    assert path.read_bytes() == content


@pytest.mark.parametrize(
    ("header", "words"),
    [
        (Header(account="xyz https://api.fivetran.com", kinds=("group",), as_of=NOW), "another API key"),
        (Header(account=HEADER.account, kinds=("group", "schema"), as_of=NOW), "reads group, and this one reads group"),
    ],
)
def test_another_audit_is_refused(written, header, words):
    """Two accounts, or two audits, would be mixed."""
    with pytest.raises(ArgumentError, match=words):
        read_again(written, header)
    assert len(read_again(written)) == 2


def test_one_audit_at_a_time(written):
    """Two audits would write into each other's lines."""
    pytest.importorskip("fcntl")
    opened = journal(written)
    with pytest.raises(ArgumentError, match="is in use by another audit"):
        journal(written)
    opened.close()
    assert len(read_again(written)) == 2


@pytest.mark.parametrize("path", [None, 3, b"x"])
def test_no_path(path):
    """A wrong argument would end in an error about the insides."""
    with pytest.raises(ArgumentError, match="resume must be the path"):
        journal(path)


def test_unusable_places(tmp_path):
    """A folder, or a missing one, would end in a traceback."""
    for path in (tmp_path, tmp_path / "missing" / "file"):
        with pytest.raises(FivetranError, match="cannot be used"):
            journal(path)


def test_nothing_follows_a_failed_write(written, monkeypatch):
    """A full disk would leave a half line in the middle of the file."""
    opened = journal(written)

    def full(*_: Any) -> int:
        raise OSError(28, "No space left")

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(FivetranError, match="No space left"):
        opened.add(GROUPS, (), None, None, [Group(id="z")])
    monkeypatch.undo()
    with pytest.raises(FivetranError, match="cannot be written"):
        opened.add(GROUPS, (), None, None, [Group(id="y")])
    assert len(read_again(written)) == 2


def test_only_its_owner_reads_it(written):
    """Everybody on the machine could read what an account is made of."""
    assert stat.S_IMODE(written.stat().st_mode) == 0o600


def test_unknown_fields_and_values_survive(tmp_path):
    """What this version does not know would be there in an undisturbed run alone."""
    path = tmp_path / "audit.resume"
    raw = {"id": "c", "service": "postgres", "new": {"deep": [1, None]}, "status": {"setup_state": "sleepy"}}
    model = Connection.from_dict(raw)
    for keep_raw in (True, False):
        path.unlink(missing_ok=True)
        opened = journal(path, keep_raw=keep_raw)
        from_raw = Group.from_dict({"id": "g"})
        (kept,) = opened.add(BY_NAME["connections"], (), None, None, [model])
        opened.add(GROUPS, (), None, None, [from_raw])
        opened.close()
        found = read_again(path, keep_raw=keep_raw)[0].items[0]
        assert found == kept == model
        assert found.to_dict() == kept.to_dict()
        assert found.status.setup_state == "sleepy"


def test_no_secret_is_written(tmp_path):
    """Whoever finds the file could use what the account keeps secret."""
    path = tmp_path / "audit.resume"
    hook = Webhook(id="w", url="https://me:hunter2@hooks.example.com/in?token=hunter2", secret="hunter2")
    config = {"host": "db", "password": "hunter2", "tunnel": [{"private_key": "hunter2"}], "auth_type": "OAuth"}
    connection = Connection(id="c", service="postgres", config=config)
    opened = journal(path)
    (shown,) = opened.add(BY_NAME["webhooks"], (), None, None, [hook])
    (listed,) = opened.add(BY_NAME["connections"], (), None, None, [connection])
    opened.close()
    assert b"hunter2" not in path.read_bytes()
    assert shown.secret == "******"
    assert shown.url == "https://hooks.example.com/in?******"
    assert listed.config == {
        "host": "db",
        "password": "******",
        "tunnel": [{"private_key": "******"}],
        "auth_type": "OAuth",
    }


def test_masks_leave_the_rest_alone():
    """A table called `token`, an empty secret or a flag would look different after a kill."""
    plain = {
        "tables": {"token": {"enabled": True, "columns": {"password": {"hashed": False}}}},
        "secret": None,
        "token": "",
        "external_secrets_manager_id": "esm",
        "is_primary_key": True,
        "url": "https://hooks.example.com/in",
        "environment_vars": [],
    }
    assert masked(plain) == plain
    assert masked({"environment_vars": ["A=1"]}) == {"environment_vars": ["******"]}
