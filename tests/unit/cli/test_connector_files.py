"""`connector init`, `debug` and `package`: what needs no account."""

from __future__ import annotations

import json
import re
import subprocess
import sys

import duckdb
import pytest

from fivetran_async.cli import app

NAMES = {
    ".gitignore",
    "README.md",
    "configuration.json",
    "connector.py",
    "fake_source.py",
    "requirements.txt",
    "source.py",
}
SHOP = """
from fivetran_connector_sdk import Connector, Logging as log, Operations as op

def schema(configuration):
    return [{"table": "orders", "primary_key": ["id"]}]

def update(configuration, state):
    print("a stray line")
    log.info("two\\nlines \\x1b[31m")
    for number in range(3):
        op.upsert("orders", {"id": number})
    BODY

connector = Connector(update=update, schema=schema)
"""


@pytest.fixture
def shop(tmp_path):
    """Return what writes a connector whose `update()` ends in a way."""

    def write(body='op.checkpoint({"n": 3})', **files):
        folder = tmp_path / "shop"
        folder.mkdir(exist_ok=True)
        (folder / "connector.py").write_text(SHOP.replace("BODY", body))
        for name, text in files.items():
            (folder / name.replace("__", ".")).write_text(text)
        return folder

    return write


@pytest.fixture
def made(tmp_path, capsys):
    """Return the folder of a connector that `init` has written."""
    assert app.run(["connector", "init", str(tmp_path / "made")]) == 0
    capsys.readouterr()
    return tmp_path / "made"


def complaint(capsys):
    """Return the line that a command has complained with; it printed nothing else."""
    captured = capsys.readouterr()
    assert not captured.out
    assert re.fullmatch(r"error: .+\n", captured.err)
    return captured.err


def test_init_tells_what_it_wrote(capsys, tmp_path):
    """Somebody would not know what they have got, or how to go on."""
    folder = tmp_path / "new" / "shop"
    assert app.run(["connector", "init", str(folder)]) == 0
    *wrote, following = capsys.readouterr().out.splitlines()
    assert (
        {line.removeprefix(f"wrote {folder}/") for line in wrote} == NAMES == {path.name for path in folder.iterdir()}
    )
    assert following == f"Next: fivetran-async connector debug {folder}"
    settings = json.loads((folder / "configuration.json").read_text())
    assert all(isinstance(value, str) for value in settings.values())
    assert (folder / "README.md").read_text().startswith("# shop\n")
    assert not [path.name for path in folder.iterdir() if re.search(r"\$[a-z{]", path.read_text())]


def test_init_without_what_comes_next(capsys, monkeypatch, tmp_path):
    """The command that is told next would fail for an extra that nobody had spoken of."""
    monkeypatch.setattr("fivetran_async.cli.connector.init.find_spec", lambda _: None)
    assert app.run(["connector", "init", str(tmp_path / "shop")]) == 0
    *_, wanted, following = capsys.readouterr().out.splitlines()
    assert wanted == "To run and pack it: pip install 'fivetran-async[connector]'"
    assert following.startswith("Next: ")


def test_what_init_wrote_works_at_once(capsys, made):
    """A newcomer's first run would fail, lose a row, or read everything anew the second time."""
    for _ in range(2):
        assert app.run(["connector", "debug", str(made), "--json"]) == 0
        run = json.loads(capsys.readouterr().out)
        assert run["ok"]
        with duckdb.connect(str(made / "files" / "local.duckdb"), read_only=True) as connection:
            ids = [row[0] for row in connection.execute("SELECT id FROM debug.orders ORDER BY id").fetchall()]
        assert ids == list(range(ids[0], ids[0] + len(ids)))
        assert run["tables"][0]["rows"] == len(ids) > 7 * 24
    # The days of the look-back, and no others.
    assert run["tables"][0]["upserts"] < 4 * 24


def test_what_init_wrote_refuses_a_wrong_key(capsys, made, tmp_path):
    """The fake source would let anything pass, so that a wrong key would first be met in production."""
    settings = json.loads((made / "configuration.json").read_text()) | {"api_key": "another-key"}
    (tmp_path / "wrong.json").write_text(json.dumps(settings))
    assert app.run(["connector", "debug", str(made), "--configuration", str(tmp_path / "wrong.json")]) == 3
    captured = capsys.readouterr()
    assert "401" in captured.err
    assert "another-key" not in captured.out + captured.err
    assert not (made / "files" / "local-state.json").exists()


def test_what_init_wrote_is_in_good_form(made):
    """The first thing that a newcomer's linter does would be to complain."""
    ruff = [sys.executable, "-m", "ruff"]
    for arguments in (
        ["check", "--isolated", "--select", "E,F,I,UP,B,W,SIM,RUF", "--line-length", "120"],
        ["format", "--check", "--isolated", "--line-length", "120"],
    ):
        done = subprocess.run([*ruff, *arguments, "."], cwd=made, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout


def test_what_init_wrote_is_packed_without_the_fake(capsys, made):
    """The fake source, or the settings, would be deployed."""
    app.run(["connector", "debug", str(made)])
    capsys.readouterr()
    assert app.run(["connector", "package", str(made), "--json"]) == 0
    packed = json.loads(capsys.readouterr().out)
    assert packed["files"] == [".gitignore", "configuration_form.pb", "connector.py", "requirements.txt", "source.py"]


@pytest.mark.parametrize("there", ["connector.py", ".gitignore"])
def test_init_overwrites_nothing(capsys, tmp_path, there):
    """Somebody's own file would be gone."""
    (tmp_path / there).write_text("mine")
    assert app.run(["connector", "init", str(tmp_path)]) == 2
    assert f"has {there} already, and nothing is overwritten" in complaint(capsys)
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [(there, "mine")]


def test_init_that_somebody_is_quicker_than(capsys, tmp_path, monkeypatch):
    """A file that was made meanwhile would be overwritten, or half of a connector be left."""
    (tmp_path / "README.md").write_text("mine")
    monkeypatch.setattr("fivetran_async.connector_sdk.templates.os.path.lexists", lambda _: False)
    assert app.run(["connector", "init", str(tmp_path)]) == 2
    assert "README.md cannot be written: File exists" in complaint(capsys)
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("README.md", "mine")]


def test_init_beside_other_files(capsys, tmp_path):
    """A fresh clone, with nothing but its git folder, could not be begun in."""
    (tmp_path / "LICENSE").write_text("mine")
    assert app.run(["connector", "init", str(tmp_path)]) == 0
    assert {path.name for path in tmp_path.iterdir()} == NAMES | {"LICENSE"}


def test_init_where_it_cannot_write(capsys, tmp_path):
    """A file in the place of a folder would end in a traceback."""
    (tmp_path / "file").touch()
    assert app.run(["connector", "init", str(tmp_path / "file")]) == 2
    assert "cannot be written" in complaint(capsys)


def test_debug_summary(capsys, shop):
    """Nobody would see what a run did, that it was a stand-in, or what the connector logged."""
    folder = shop()
    assert app.run(["connector", "debug", str(folder)]) == 0
    captured = capsys.readouterr()
    assert re.search(r"^orders +3 +3 +0 +0 +0$", captured.out, re.MULTILINE)
    assert re.search(r"^3 operations and 1 checkpoint in \d+\.\d\d s\.$", captured.out, re.MULTILINE)
    assert "stand-in for Fivetran's package" in captured.out
    assert "fivetran debug --configuration configuration.json" in captured.out
    assert "a stray line" not in captured.out
    assert captured.err.splitlines() == [
        "a stray line",
        "info: two",
        "info: lines \N{REPLACEMENT CHARACTER}[31m",
    ]


def test_debug_goes_where_it_is_told(capsys, shop, tmp_path):
    """The options would be ignored."""
    folder = shop()
    warehouse, state = tmp_path / "w.duckdb", tmp_path / "s.json"
    options = ["--warehouse", str(warehouse), "--state", str(state), "--schema", "mine", "--json"]
    assert app.run(["connector", "debug", str(folder), *options]) == 0
    run = json.loads(capsys.readouterr().out)
    assert (run["warehouse"], run["schema"], run["checkpoints"], run["state"]) == (str(warehouse), "mine", 1, {"n": 3})
    assert json.loads(state.read_text()) == {"n": 3}
    assert not (folder / "files").exists()


def test_debug_of_a_connector_that_fails(capsys, shop):
    """A failed run would look like a good one, or not say where it failed."""
    assert app.run(["connector", "debug", str(shop("raise ValueError('no more')"))]) == 3
    captured = capsys.readouterr()
    assert re.search(r"^at connector\.py:\d+ in update$", captured.out, re.MULTILINE)
    assert captured.err.endswith("error: ValueError: no more\n")
    assert app.run(["connector", "debug", str(shop("raise ValueError('no more')")), "--json"]) == 3
    assert json.loads(capsys.readouterr().out)["error"] == "ValueError: no more"


def test_debug_with_warnings(capsys, shop):
    """A connector that never checkpoints would pass for a good one."""
    assert app.run(["connector", "debug", str(shop("pass"))]) == 1
    assert "Warning: 3 operations came after the last checkpoint" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"configuration__json": '{"n": 1}'}, "n must be a text, not int"),
        ({"configuration__json": "{"}, "is no JSON: line 1"),
        ({"configuration__json": "[]"}, "must hold a JSON object of texts"),
    ],
)
@pytest.mark.parametrize("name", ["debug", "package"])
def test_configurations_that_are_none(capsys, shop, name, files, said):
    """A slip in the settings would end in a traceback, or show them."""
    assert app.run(["connector", name, str(shop(**files))]) == 2
    assert said in complaint(capsys)


def test_debug_of_a_state_that_is_none(capsys, shop, tmp_path):
    """A broken state would be taken for a first run."""
    (tmp_path / "s.json").write_text("{")
    assert app.run(["connector", "debug", str(shop()), "--state", str(tmp_path / "s.json")]) == 2
    assert "cannot be read as a state" in complaint(capsys)


@pytest.mark.parametrize("name", ["debug", "package"])
def test_no_connector_there(capsys, tmp_path, name):
    """Another folder than meant would end in a traceback, or in an empty package."""
    assert app.run(["connector", name, str(tmp_path)]) == 2
    assert f"there is no connector.py in {tmp_path}" in complaint(capsys)
    assert app.run(["connector", name, str(tmp_path / "nowhere")]) == 2
    assert "there is no folder" in complaint(capsys)


def test_package_writes_what_it_tells(capsys, shop, tmp_path):
    """The hash would be that of other bytes, or change from day to day."""
    target = tmp_path / "out" / "shop.zip"
    told = []
    for _ in range(2):
        assert app.run(["connector", "package", str(shop()), "-o", str(target)]) == 0
        out = capsys.readouterr().out
        told.append(re.search(r"^sha256 ([0-9a-f]{64})$", out, re.MULTILINE)[1])
        assert f"2 files, {target.stat().st_size:,} bytes" in out
        assert f"Written to {target}" in out
    assert told[0] == told[1]
    assert app.run(["connector", "package", str(shop())]) == 0
    out = capsys.readouterr().out
    assert told[0] in out
    assert "Not written: name a file with -o" in out


def test_package_that_would_hold_itself(capsys, shop):
    """Each package would hold the one before it, and all have other hashes."""
    folder = shop()
    assert app.run(["connector", "package", str(folder), "-o", str(folder / "shop.zip")]) == 2
    assert f"or to {folder / 'files' / 'shop.zip'}, which is never packed" in complaint(capsys)
    assert not (folder / "shop.zip").exists()
    assert app.run(["connector", "package", str(folder), "-o", str(folder / "files" / "shop.zip")]) == 0


def test_package_refuses_secrets(capsys, shop, tmp_path):
    """A secret would be packed, or shown in the refusal."""
    folder = shop(configuration__json='{"api_key": "a-long-secret-1234"}', notes__py='KEY = "a-long-secret-1234"\n')
    target = tmp_path / "shop.zip"
    assert app.run(["connector", "package", str(folder), "-o", str(target)]) == 2
    said = complaint(capsys)
    assert "notes.py:1" in said
    assert "a-long-secret-1234" not in said
    assert not target.exists()
    assert app.run(["connector", "package", str(folder), "-o", str(target), "--allow-secrets", "notes.py"]) == 0
    assert target.exists()


def test_package_that_is_too_large(capsys, shop):
    """A folder of data would be packed."""
    assert app.run(["connector", "package", str(shop()), "--max-size", "10"]) == 2
    assert "more than 10 bytes" in complaint(capsys)


@pytest.mark.parametrize("arguments", [["connector"], ["connector", "state"]])
def test_no_command(capsys, arguments):
    """A call without a command would look like a success."""
    assert app.run(arguments) == 2
    assert "Usage:" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["init", "debug", "package", "deploy", "sync", "state", "verify"])
def test_help(capsys, name):
    """A command could not be found, or its statuses had to be looked for elsewhere."""
    assert app.run(["connector", "--help"]) == 0
    assert re.search(rf"^  {name} +\S", capsys.readouterr().out, re.MULTILINE)
    assert app.run(["connector", name, "--help"]) == 0
    out = capsys.readouterr().out
    assert out.startswith(f"Usage: fivetran-async connector {name}")
    assert "xample" in out
