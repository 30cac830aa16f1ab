"""Packages: the same files make the same bytes, nothing is packed that should not be, and no secret leaves."""

from __future__ import annotations

import hashlib
import io
import os
import subprocess
import sys
import zipfile

import pytest

from fivetran_async.connector_sdk import pack
from fivetran_async.errors import ArgumentError

KEY = "sk-test-0123456789"


@pytest.fixture
def folder(tmp_path):
    """Return the folder of a small connector."""
    root = tmp_path / "shop"
    write(root, "connector.py", "connector = 1\n")
    return root


def write(root, path, text=""):
    """Write a file, and the folders that it is in."""
    file = root / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return file


def files(packed):
    """Return what an archive holds."""
    with zipfile.ZipFile(io.BytesIO(packed.content)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def test_what_is_packed(folder):
    """A module would be missing in production, or an empty form not be there."""
    write(folder, "shop/__init__.py", "x = 1\n")
    write(folder, "requirements.txt", "tenacity==9.1.4\n")
    write(folder, ".gitignore", "*.log\n")
    packed = pack(folder)
    assert files(packed) == {
        ".gitignore": b"*.log\n",
        "configuration_form.pb": b"",
        "connector.py": b"connector = 1\n",
        "requirements.txt": b"tenacity==9.1.4\n",
        "shop/__init__.py": b"x = 1\n",
    }
    assert packed.files == tuple(files(packed))
    assert packed.sha256 == hashlib.sha256(packed.content).hexdigest()
    assert packed.size == len(packed.content)


def test_a_form_is_kept(folder):
    """A connector's own form would be replaced by an empty one."""
    write(folder, "configuration_form.pb", b"\x0a\x02")
    assert files(pack(folder))["configuration_form.pb"] == b"\x0a\x02"


def test_the_same_files_make_the_same_bytes(folder, tmp_path):
    """A deployment would upload what is there already, on another machine or after a checkout."""
    write(folder, "b.py", "b")
    write(folder, "a/c.py", "c")
    other = tmp_path / "elsewhere"
    for path in ("a/c.py", "b.py", "connector.py"):
        write(other, path, (folder / path).read_bytes())
        (other / path).chmod(0o600)
        os.utime(other / path, (1, 1))
    first = pack(folder)
    assert pack(other).content == first.content
    # Of all that could differ between two builds of Python, compression is the only thing: there is none.
    with zipfile.ZipFile(io.BytesIO(first.content)) as archive:
        assert {entry.compress_type for entry in archive.infolist()} == {zipfile.ZIP_STORED}
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert {entry.external_attr >> 16 for entry in archive.infolist()} == {0o100644}
    write(other, "b.py", "B")
    assert pack(other).sha256 != first.sha256


def test_the_bytes_are_these(folder):
    """A new version would make other bytes of the same files, and everybody upload once more."""
    assert pack(folder).sha256 == "352c599a3e17da369202f72ea20633a007f008c79525166ecf4234bf7c33fe03"


@pytest.mark.parametrize(
    "path",
    [
        "files/warehouse.db",
        "crash-reports/1.txt",
        "lib/x.py",
        "include/x.h",
        "__pycache__/connector.cpython-311.pyc",
        "shop/__pycache__/x.pyc",
        "shop/x.pyc",
        "configuration.json",
        "destination.json",
        "options.toml",
        ".env",
        ".hidden/x.py",
        "shop/.hidden.py",
        "node_modules/x.js",
    ],
)
def test_what_is_left_out(folder, path):
    """Credentials, data of a local run or a whole environment would be uploaded."""
    write(folder, path, "{}")
    assert set(files(pack(folder))) == {"connector.py", "configuration_form.pb"}


@pytest.mark.parametrize("path", ["shop/lib/x.py", "shop/files/x.py", "shop/configuration.json"])
def test_what_only_the_root_leaves_out(folder, path):
    """A module of a subfolder would be missing in production for its name."""
    write(folder, path, "{}")
    assert path in files(pack(folder))


def test_an_environment_is_left_out(folder):
    """The packages of a virtual environment would be uploaded, whatever it is called."""
    write(folder, "myenv/pyvenv.cfg")
    write(folder, "myenv/site/x.py")
    (folder / "myenv" / "link").symlink_to("/usr")
    assert "myenv/site/x.py" not in files(pack(folder))


def test_gitignore(folder):
    """What git does not keep would be packed, or what it keeps be left out."""
    write(folder, ".gitignore", "*.log\n!kept.log\n/data/\nfake_*.py\n")
    for path in ("a.log", "kept.log", "data/x.csv", "shop/data/x.csv", "fake_shop.py", "shop/fake_x.py"):
        write(folder, path)
    write(folder, "shop/.gitignore", "!fake_x.py\nlocal.py\n")
    write(folder, "shop/local.py")
    assert set(files(pack(folder))) == {
        ".gitignore",
        "configuration_form.pb",
        "connector.py",
        "kept.log",
        "shop/.gitignore",
        "shop/data/x.csv",
        "shop/fake_x.py",
    }


def test_gitignore_cannot_leave_out_the_connector(folder):
    """A package without a connector would be uploaded."""
    write(folder, ".gitignore", "*.py\n")
    with pytest.raises(ArgumentError, match=r"connector\.py in .* is ignored"):
        pack(folder)


def test_links_are_refused(folder, tmp_path):
    """A file from outside would be uploaded, or be missing without a word."""
    write(tmp_path, "private.txt", "secret")
    (folder / "notes.txt").symlink_to(tmp_path / "private.txt")
    with pytest.raises(ArgumentError, match=r"notes\.txt is a link"):
        pack(folder)
    write(folder, ".gitignore", "notes.txt\n")
    assert "notes.txt" not in files(pack(folder))


def test_what_is_no_file_is_refused(folder):
    """Packing would wait for a pipe for ever."""
    os.mkfifo(folder / "pipe")
    with pytest.raises(ArgumentError, match="pipe is neither a file nor a folder"):
        pack(folder)


@pytest.mark.parametrize(
    ("path", "text", "where"),
    [
        ("a.py", "x\nkey = '''-----BEGIN RSA PRIVATE KEY-----\n'''", r"a\.py:2 \(a private key\)"),
        ("k.json", '{"private_key": "-----BEGIN PRIVATE KEY-----"}', r"k\.json:1 \(a private key\)"),
        ("a.py", "KEY = 'AKIAIOSFODNN7EXAMPLE'", r"a\.py:1 \(an AWS access key\)"),
        ("a.py", "\n\nT = 'ghp_" + "a" * 36 + "'", r"a\.py:3 \(a GitHub token\)"),
        ("a.py", "T = 'xoxb-123456789012-abc'", r"a\.py:1 \(a Slack token\)"),
        ("a.py", "T = 'sk_live_" + "a" * 24 + "'", r"a\.py:1 \(a Stripe key\)"),
        ("a.py", "T = 'AIza" + "a" * 35 + "'", r"a\.py:1 \(a Google API key\)"),
        ("prod.env", "A=1", r"prod\.env \(a file of credentials, by its name\)"),
        ("keys/id_rsa", "x", r"keys/id_rsa \(a file of credentials, by its name\)"),
        ("shop/test.py", f"x\ncall('{KEY}')", r"shop/test\.py:2 \(the value of api_key in the configuration\)"),
    ],
)
def test_secrets_are_refused(folder, path, text, where):
    """A secret would be uploaded, where everybody who may download the package reads it; or the error would show it."""
    write(folder, "configuration.json", f'{{"api_key": "{KEY}", "region": "europe"}}')
    write(folder, path, text)
    with pytest.raises(ArgumentError, match=where) as caught:
        pack(folder)
    assert not any(secret in str(caught.value) for secret in (KEY, "AKIAIO", "ghp_", "xoxb", "AIza", "live_"))
    assert path in files(pack(folder, allow_secrets=[path]))


def test_what_is_no_secret_passes(folder):
    """Ordinary code would be refused: a setting that is no secret, a placeholder, a word that looks like a key."""
    write(
        folder, "configuration.json", '{"api_key": "YOUR_API_KEY", "region": "europe", "password": null, "token": "x"}'
    )
    write(folder, "README.md", "YOUR_API_KEY europe x AKIA begins a key, as does sk_live_")
    assert "README.md" in files(pack(folder))


def test_a_configuration_that_is_given_is_looked_for(folder):
    """The secrets of a connector that is configured elsewhere would be uploaded."""
    write(folder, "a.py", f"x = '{KEY}'")
    pack(folder)
    with pytest.raises(ArgumentError, match="the value of password in the configuration"):
        pack(folder, configuration={"password": KEY})


def test_the_size_is_bounded(folder):
    """A dump that lies in the folder would be read into memory and uploaded."""
    write(folder, "dump.bin", b"x" * 5000)
    with pytest.raises(ArgumentError, match="more than 4,000 bytes"):
        pack(folder, max_size=4000)
    assert pack(folder, max_size=6000).size > 5000
    # What surrounds the files counts, too.
    with pytest.raises(ArgumentError, match="more than 5,100 bytes"):
        pack(folder, max_size=5100)


def test_no_connector(tmp_path):
    """A folder that holds no connector would be packed."""
    with pytest.raises(ArgumentError, match="there is no folder"):
        pack(tmp_path / "nowhere")
    with pytest.raises(ArgumentError, match=r"there is no connector\.py in"):
        pack(tmp_path)
    with pytest.raises(ArgumentError, match="folder must be a path, not int"):
        pack(7)


@pytest.mark.parametrize("size", [0, -1, True, 1.5])
def test_a_size_that_is_none(folder, size):
    """A bound that bounds nothing would be taken."""
    with pytest.raises(ArgumentError, match="max_size must be"):
        pack(folder, max_size=size)


def test_one_path_is_no_list(folder):
    """The letters of a path would each be taken for a file."""
    with pytest.raises(ArgumentError, match="allow_secrets must be a list"):
        pack(folder, allow_secrets="a.py")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{'a': 1}", r"configuration\.json is no JSON: line 1, column 2"),
        ('["hunter22"]', "must hold a JSON object of texts, not list"),
        ('{"password": 22}', "password must be a text, not int"),
        ('{"": "hunter22"}', "name of a setting must be a text"),
        (b"\xff\xfe", "is no JSON"),
        ("{" + ",".join(f'"k{n}": ""' for n in range(101)) + "}", "has 101 settings, and Fivetran takes at most 100"),
    ],
)
def test_a_configuration_that_is_none(folder, text, reason):
    """A configuration that Fivetran refuses would be found out only there, or the error show a secret."""
    write(folder, "configuration.json", text)
    with pytest.raises(ArgumentError, match=reason) as caught:
        pack(folder)
    assert "hunter22" not in str(caught.value)


def test_write(folder, tmp_path):
    """The archive would not come into its place, or a failure leave a part of it."""
    packed = pack(folder)
    path = packed.write(tmp_path / "out" / "shop.zip")
    assert path.read_bytes() == packed.content
    assert [item.name for item in path.parent.iterdir()] == ["shop.zip"]
    with pytest.raises(ArgumentError, match="cannot be written"):
        packed.write(path / "inside.zip")


def test_the_bytes_are_not_shown(folder):
    """A log line of a package would hold all of it."""
    assert len(repr(pack(folder))) < 500


def test_packing_loads_no_client(folder):
    """To pack would cost what the whole client costs."""
    code = (
        "import sys\nfrom fivetran_async.connector_sdk import pack\n"
        f"pack({str(folder)!r})\nsys.exit('aiohttp' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
