"""The Dockerfile is held against rules, and its commands are run in an empty environment; no image is built."""

import json
import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from dockerfile_parse import DockerfileParser
from running_examples import EXAMPLES, credentials

from fivetran_async.sandbox import Sandbox

ROOT = EXAMPLES.parent
PREFIX = "/opt/fivetran"


@pytest.fixture
def lines(tmp_path: Path) -> list[tuple[str, str]]:
    """The instructions, each with its arguments."""
    # The parser opens its file for writing, too, where it is told to.
    copied = shutil.copy(EXAMPLES / "docker" / "Dockerfile", tmp_path / "Dockerfile")
    structure: list[dict[str, Any]] = DockerfileParser(str(copied)).structure
    return [(line["instruction"], line["value"]) for line in structure if line["instruction"] != "COMMENT"]


def test_rules(lines: list[tuple[str, str]]) -> None:
    """The image would run as root, keep what it does not need, hold a secret, or change from one day to the next."""
    froms = [index for index, (name, _) in enumerate(lines) if name == "FROM"]
    assert len(froms) == 2
    for index in froms:
        image = lines[index][1].split()[0]
        _, _, tag = image.partition(":")
        assert tag.endswith("-slim-bookworm"), image
    names = {name for name, _ in lines}
    assert not names & {"ADD", "ARG", "MAINTAINER", "EXPOSE", "VOLUME"}
    last = lines[froms[-1] :]
    assert [name for name, _ in last] == ["FROM", "COPY", "USER", "WORKDIR", "ENV", "ENTRYPOINT", "CMD"]
    found = dict(last)
    user, _, group = found["USER"].partition(":")
    assert int(user) > 0
    assert int(group) > 0
    assert "FIVETRAN" not in found["ENV"]
    assert found["COPY"] == f"--from=build {PREFIX} {PREFIX}"
    # The form with a shell would keep signals from the command.
    assert json.loads(found["ENTRYPOINT"])[0].startswith(f"{PREFIX}/bin/")
    assert json.loads(found["CMD"]) == ["audit"]
    for name, value in lines:
        if name == "WORKDIR":
            assert value.startswith("/")
        if name == "RUN":
            assert "--no-cache-dir" in value
            assert "sudo" not in value


@pytest.mark.skipif(os.name != "posix", reason="an image is Linux")
def test_commands(lines: list[tuple[str, str]], tmp_path: Path) -> None:
    """What is copied would not be enough to build the package, or the command not run without more of this machine."""
    build, prefix, home = tmp_path / "build", tmp_path / "prefix", tmp_path / "home"
    build.mkdir()
    home.mkdir()
    # `python` is that of these tests; pip's own settings are this machine's way to packages.
    kept = {name: value for name, value in os.environ.items() if name.startswith("PIP_")}
    empty = {"PATH": "/usr/bin:/bin", "HOME": str(home), **kept}
    first = lines[: [name for name, _ in lines].index("USER")]
    for name, value in first:
        if name == "COPY" and not value.startswith("--from"):
            *sources, target = value.split()
            for source in sources:
                kind = ROOT / source
                if kind.is_dir():
                    shutil.copytree(kind, build / target, ignore=shutil.ignore_patterns("__pycache__"))
                else:
                    shutil.copy(kind, build / target)
        elif name == "RUN":
            script = value.replace(PREFIX, str(prefix)).replace("python -m", f"{shlex.quote(sys.executable)} -m")
            done = subprocess.run(
                ["/bin/sh", "-c", script],
                cwd=build,
                env=empty,
                capture_output=True,
                text=True,
                check=False,
                timeout=100,
            )
            assert done.returncode == 0, done.stderr
    assert not (prefix / "bin" / "pip").exists()
    found = dict(lines)
    command = [part.replace(PREFIX, str(prefix)) for part in json.loads(found["ENTRYPOINT"]) + json.loads(found["CMD"])]
    with Sandbox(seed=7, groups=1, connections=2) as box:
        environment = {"HOME": "/nonexistent", "PYTHONDONTWRITEBYTECODE": "1", **credentials(box)}
        done = subprocess.run(
            [*command, "--fail-on", "never"],
            cwd="/tmp",  # noqa: S108 - the image's
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
    assert (done.returncode, done.stderr) == (0, "")
    assert "calls" in done.stdout
