"""The workflow's steps run in their order as GitHub runs them, with caches and issues that are folders here."""

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from running_examples import EXAMPLES, clean_environment

from fivetran_async.sandbox import Sandbox

pytestmark = pytest.mark.skipif(os.name != "posix", reason="the workflow runs on Linux")
FOLDER = EXAMPLES / "github_actions"
# In YAML 1.1 the key `on` is true.
WORKFLOW: dict[Any, Any] = yaml.safe_load((FOLDER / "nightly-audit.yml").read_text(encoding="utf-8"))
STEPS: list[dict[str, Any]] = WORKFLOW["jobs"]["audit"]["steps"]
GH = """#!/bin/sh
[ -n "$GH_TOKEN" ] && [ "$GH_REPO" = "us/pipelines" ] && [ ! -e "$GH_DOWN" ] || exit 1
[ "$1 $2 $3 $4" = "issue comment 17 --body-file" ] || exit 2
cat "$5" >> "$GH_ISSUE"
"""


class Runner:
    """GitHub's runner, as far as the workflow needs one."""

    def __init__(self, folder: Path, box: Sandbox) -> None:
        self.issue, self.gh_down, self._cache = folder / "issue.md", folder / "down", folder / "cache.json"
        self._folder, self._nights = folder, 0
        gh = folder / "bin" / "gh"
        gh.parent.mkdir()
        gh.write_text(GH)
        gh.chmod(0o755)
        # `python` and `fivetran-async`, as after the step that installs.
        path = os.pathsep.join((str(gh.parent), str(Path(sys.executable).parent), "/usr/bin", "/bin"))
        self._environment = clean_environment(
            PATH=path, FIVETRAN_BASE_URL=box.url, GH_ISSUE=str(self.issue), GH_DOWN=str(self.gh_down)
        )
        self._values = {
            "secrets.FIVETRAN_API_KEY": box.api_key,
            "secrets.FIVETRAN_API_SECRET": box.api_secret,
            "github.token": "token",
            "github.repository": "us/pipelines",
            "vars.FIVETRAN_AUDIT_ISSUE": "17",
        }

    def night(self) -> str | None:
        """Run the job on a new machine; return the step at which it failed."""
        self._nights += 1
        work = self._folder / f"night{self._nights}"
        (work / ".github").mkdir(parents=True)
        shutil.copy(FOLDER / "changes.py", work / ".github")
        output, summary = work / "output", work / "summary"
        for step in STEPS:
            name = step.get("name", "")
            if step.get("uses", "").startswith("actions/cache/restore@"):
                if self._cache.exists():
                    shutil.copy(self._cache, work / step["with"]["path"])
            elif step.get("uses", "").startswith("actions/cache/save@"):
                shutil.copy(work / step["with"]["path"], self._cache)
            elif "run" in step and name != "Install" and self._wanted(step, output):
                given = {key: self._value(text) for key, text in step.get("env", {}).items()}
                files = {"GITHUB_OUTPUT": str(output), "GITHUB_STEP_SUMMARY": str(summary)}
                command = ["bash", "-e", "-c", step["run"]]
                done = subprocess.run(
                    command, cwd=work, env={**self._environment, **files, **given}, timeout=100, check=False
                )
                if done.returncode:
                    return name
        return None

    @staticmethod
    def _wanted(step: dict[str, Any], output: Path) -> bool:
        if "if" not in step:
            return True
        assert step["if"] == "steps.compare.outputs.drift == 'true'"
        return "drift=true" in output.read_text().splitlines()

    def _value(self, text: str) -> str:
        found = re.fullmatch(r"\$\{\{ (\S+) \}\}", text)
        return self._values[found[1]] if found else text


def test_the_file() -> None:
    """GitHub would refuse the workflow, run it with rights that it does not need, or run what an account is named."""
    assert set(WORKFLOW) == {"name", True, "permissions", "concurrency", "jobs"}
    assert WORKFLOW[True]["schedule"] == [{"cron": "17 2 * * *"}]
    assert WORKFLOW["permissions"] == {"contents": "read", "issues": "write"}
    assert WORKFLOW["jobs"]["audit"]["timeout-minutes"] < 60
    for step in STEPS:
        assert ("uses" in step) != ("run" in step), step
        assert set(step) <= {"name", "id", "if", "env", "with", "uses", "run"}
        # Values go in by the environment: an expression in a script is code.
        assert "${{" not in step.get("run", "")
        if "uses" in step:
            assert re.fullmatch(r"actions/[\w/-]+@v\d+", step["uses"])
    holders = [step["name"] for step in STEPS if "FIVETRAN_API_SECRET" in step.get("env", {})]
    assert holders == ["Audit"]


def test_what_is_installed() -> None:
    """The step that installs would ask for something that there is not."""
    command = next(step["run"] for step in STEPS if step.get("name") == "Install")
    asked = re.fullmatch(r"python -m pip install '([\w-]+)\[(\w+)\]'", command)
    project = tomllib.loads((EXAMPLES.parent / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert asked is not None
    assert asked[1] == project["name"]
    assert asked[2] in project["optional-dependencies"]
    version = next(step["with"]["python-version"] for step in STEPS if "setup-python" in step.get("uses", ""))
    assert f"Programming Language :: Python :: {version}" in project["classifiers"]


def test_nights(tmp_path: Path) -> None:
    """Something would go wrong and nobody be told, be told twice, or be lost where GitHub was down."""
    with Sandbox(seed=7, groups=1, connections=0) as box:
        group = next(iter(box.account.groups))
        for name in ("shop", "web"):
            box.account.add_connection(group, id=name, schema=f"{name}`s | @everyone")
        runner = Runner(tmp_path, box)
        assert runner.night() is None
        assert not runner.issue.exists()

        box.account.update_connection("shop", status={"setup_state": "broken"})
        runner.gh_down.touch()
        assert runner.night() == "Comment"
        runner.gh_down.unlink()
        assert runner.night() is None
        told = runner.issue.read_text()
        assert "### New: 1\n" in told
        assert "| `critical` | `broken` | " in told
        assert "`shop's / @everyone`" in told
        assert runner.night() is None
        assert runner.issue.read_text() == told

        box.faults.script("GET", "/v1/connections", status=403, times=None)
        assert runner.night() == "Audit"
        box.faults.clear()
        box.account.update_connection("shop", status={"setup_state": "connected"})
        assert runner.night() is None
        assert "### Gone: 1\n" in runner.issue.read_text().removeprefix(told)


def report(path: Path, **fields: Any) -> str:
    """Write a report, whose findings have long texts; return its path."""
    finding = {"rule": "r" * 99, "kind": "connection", "severity": "critical", "group_name": "g" * 99, "name": None}
    findings = [
        {**finding, "id": f"{number:099}", "reason": "x" * 900} for number in range(*fields.pop("numbers", (0, 0)))
    ]
    path.write_text(json.dumps({"version": 1, "incomplete": [], "findings": findings, **fields}))
    return str(path)


def compare(*arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run the script that compares."""
    command = [sys.executable, "-W", "error", str(FOLDER / "changes.py"), *arguments]
    return subprocess.run(command, env=clean_environment(), capture_output=True, text=True, timeout=60, check=False)


def test_a_comment_fits(tmp_path: Path) -> None:
    """GitHub would refuse the comment on the night when everything broke."""
    out = tmp_path / "out.md"
    done = compare(
        report(tmp_path / "a", numbers=(0, 5_000)), report(tmp_path / "b", numbers=(5_000, 10_000)), str(out)
    )
    assert done.stdout == "drift=true\n"
    assert len(out.read_text()) < 65_536
    assert out.read_text().count("and 4950 more") == 2


@pytest.mark.parametrize(
    ("fields", "reason"), [({"version": 2}, "is version 2"), ({"incomplete": [{}]}, "not read to the end")]
)
def test_what_cannot_be_compared(tmp_path: Path, fields: dict[str, Any], reason: str) -> None:
    """A report that says less, or something else, would be compared all the same."""
    done = compare(report(tmp_path / "a", **fields), report(tmp_path / "b"), str(tmp_path / "out"))
    assert (done.returncode, done.stdout) == (1, "")
    assert reason in done.stderr
    assert compare("one").returncode == 1
