"""What the documents say is run: their Python blocks, and the examples, against the sandbox."""

import ast
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from functools import reduce
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

import fivetran_async
import fivetran_sync
from fivetran_async.sandbox import Sandbox

ROOT = Path(__file__).resolve().parent.parent.parent
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
EXAMPLES = sorted((ROOT / "examples").glob("*.py"))


def blocks(document: Path, language: str = "python") -> list[tuple[int, str]]:
    """Return the blocks of a document that are to be run, or those of another language, each with its line."""
    text = document.read_text(encoding="utf-8")
    return [
        (text[: match.start()].count("\n") + 1, match[1])
        for match in re.finditer(rf"```{language}\n(.*?)```", text, re.DOTALL)
    ]


def all_blocks(language: str) -> list[Any]:
    """Return the blocks of all documents."""
    return [
        pytest.param(code, id=f"{document.relative_to(ROOT)}:{line}")
        for document in DOCUMENTS
        for line, code in blocks(document, language)
    ]


def run(arguments: list[str], environment: Mapping[str, str]) -> "subprocess.CompletedProcess[str]":
    """Run Python with the environment of a sandbox."""
    # Lines are counted elsewhere: here that would take half as long again.
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")}
    return subprocess.run(
        [sys.executable, "-W", "error", *arguments],
        env={**inherited, **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.fixture
def environment(box: Sandbox) -> Mapping[str, str]:
    """What a user exports to reach the sandbox."""
    return {
        "FIVETRAN_BASE_URL": box.url,
        "FIVETRAN_API_KEY": box.api_key,
        "FIVETRAN_API_SECRET": box.api_secret,
    }


@pytest.mark.parametrize("code", all_blocks("python"))
def test_a_block_runs(code: str, environment: Mapping[str, str]) -> None:
    """A newcomer would copy code that does not work."""
    done = run(["-c", code], environment)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("code", all_blocks("py"))
def test_a_block_that_is_only_shown_is_right(code: str) -> None:
    """What wants a server, an engine or another client to run would rot unseen, or import what is not there."""
    tree = compile(code, "block", "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT | ast.PyCF_ONLY_AST)
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in {
            "fivetran_async",
            "fivetran_sync",
        }:
            for alias in node.names:
                assert hasattr(import_module(str(node.module)), alias.name), f"{node.module}.{alias.name}"


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.name)
def test_an_example_runs(example: Path, environment: Mapping[str, str]) -> None:
    """An example would not work, or not end as it says."""
    done = run([str(example)], environment)
    # The made-up account has findings, and the audit's status says so.
    assert done.returncode == (1 if example.stem.startswith("audit") else 0), done.stderr
    assert done.stdout.count("\n") > 1


def test_the_ten_lines_cost_two_calls() -> None:
    """Listing 2,000 connections would cost 20 calls of the account's hour."""
    for _, code in blocks(ROOT / "README.md")[:2]:
        with Sandbox(seed=7, groups=20, connections=2000) as box:
            done = run(
                ["-c", code],
                {"FIVETRAN_BASE_URL": box.url, "FIVETRAN_API_KEY": box.api_key, "FIVETRAN_API_SECRET": box.api_secret},
            )
            assert done.stdout.endswith("2000 connections\n"), done.stderr
            assert box.calls == 2


def test_ci_runs_the_readmes_test_command() -> None:
    """CI would check something else than what the README promises."""
    readme, ci = (ROOT / "README.md").read_text(encoding="utf-8"), (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    command = readme.split("```sh\n")[2].split("```")[0].strip()
    assert command in ci
    assert command in (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")


def test_every_link_leads_somewhere() -> None:
    """A reader would follow a link to a page, or a section of one, that is not there."""
    for document in DOCUMENTS:
        for target, section in re.findall(
            r"\]\((?!https?://)([^)#]*)#?([^)]*)\)", document.read_text(encoding="utf-8")
        ):
            page = document.parent / target if target else document
            assert page.exists(), f"{document.name}: {target}"
            assert not section or section in sections(page), f"{document.name}: {target}#{section}"


def sections(page: Path) -> set[str]:
    """Return the anchors of a page, as they are made of its headings."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("colour", [fivetran_async.Fivetran, fivetran_sync.Fivetran])
def test_every_call_that_is_named_exists(colour: type[Any]) -> None:
    """A table would send a reader to a method that was renamed, or never there: no block of it is run."""
    named = {
        (document.name, match[1])
        for document in DOCUMENTS
        for match in re.finditer(r"\bft\.([a-z_]+(?:\.[a-z_]+)*)\(", document.read_text(encoding="utf-8"))
    }
    assert len(named) > 100
    ft = colour("key", "secret")
    for page, name in sorted(named):
        assert callable(reduce(getattr, name.split("."), ft)), f"{page}: ft.{name}"


def test_both_colours_live_the_same_life(environment: Mapping[str, str]) -> None:
    """One of the two examples would have been forgotten, or leave something behind."""
    told = [run([str(ROOT / "examples" / name)], environment) for name in ("account_life.py", "account_life_sync.py")]
    assert told[0].stdout == told[1].stdout
    assert "0 things are left" in told[0].stdout


def test_the_coverage_is_whole() -> None:
    """An operation would be missing somewhere, and the README promise it."""
    done = run([str(ROOT / "tools" / "api_coverage.py")], {})
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines()[-1].split() == ["22", "groups", *["169"] * 5]
