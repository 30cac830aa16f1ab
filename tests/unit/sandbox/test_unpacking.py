"""Archives: unpacked whole into their folder, or refused."""

from __future__ import annotations

import io
import stat
import zipfile

import pytest

from fivetran_async.sandbox import unpacking
from fivetran_async.sandbox.unpacking import UnpackableError, unpack


def archive(*entries):
    """Return a zip of pairs of a name, or an entry, and a content."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in entries:
            file.writestr(name, data)
    return content.getvalue()


def link():
    """Return the entry of a symbolic link."""
    entry = zipfile.ZipInfo("passwords")
    entry.external_attr = (stat.S_IFLNK | 0o777) << 16
    return entry


def test_what_is_in_it_is_written(tmp_path):
    """A package would not find its own modules and files."""
    unpack(archive(("connector.py", "x = 1"), ("drivers/", ""), ("lib/deep/data.bin", b"\0\xff")), tmp_path)
    assert (tmp_path / "connector.py").read_text() == "x = 1"
    assert (tmp_path / "lib" / "deep" / "data.bin").read_bytes() == b"\0\xff"
    assert (tmp_path / "drivers").is_dir()


@pytest.mark.parametrize("name", ["../evil.py", "a/../../evil.py", "/evil.py", "..\\evil.py", "c:\\evil.py", ".."])
def test_nothing_is_written_beside_the_folder(tmp_path, name):
    """An archive could overwrite any file of the user."""
    folder = tmp_path / "code"
    folder.mkdir()
    with pytest.raises(UnpackableError, match="outside its folder"):
        unpack(archive(("fine.py", ""), (name, "evil")), folder)
    assert [path.name for path in tmp_path.rglob("*")] == ["code"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"no zip", "cannot be unpacked"),
        (b"", "cannot be unpacked"),
        (archive(("a", "x" * 5000))[:-40], "cannot be unpacked"),
        (archive((link(), "/etc/passwd")), "is a link"),
        (archive(("a", "x" * 600), ("b", "x" * 600)), "more than 1,000 bytes"),
        (archive(*((f"{number}", "") for number in range(6))), "more than 5 files"),
        (archive(("a", ""), ("a/b", "")), "cannot be unpacked"),
    ],
    ids=["no zip", "nothing", "cut off", "a link", "too large", "too many", "a file as a folder"],
)
def test_what_is_refused(tmp_path, monkeypatch, content, words):
    """A bomb would fill the disk, a link show files of the user, or a broken archive end the sandbox's thread."""
    monkeypatch.setattr(unpacking, "MOST_BYTES", 1000)
    monkeypatch.setattr(unpacking, "MOST_FILES", 5)
    with pytest.raises(UnpackableError, match=words):
        unpack(content, tmp_path)


def test_damaged_bytes_are_noticed(tmp_path):
    """Other code would be run than was packed."""
    content = bytearray(archive(("connector.py", bytes(range(256)) * 10)))
    content[60] ^= 0xFF
    with pytest.raises(UnpackableError, match="cannot be unpacked"):
        unpack(bytes(content), tmp_path)
