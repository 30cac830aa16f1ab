"""The site: all pages are in its nav, links lead on it where they lead in the repository, and what is wrong is seen."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import attrs
import pytest
import yaml
from check_site import problems
from described import resources
from generate_reference import group, honest
from site_pages import DOCS, documented, linked, listed, origin, pages, relinked, source, uri

from fivetran_async.operations import OPERATIONS

ROOT = Path(__file__).resolve().parent.parent.parent
NAV = yaml.safe_load((ROOT / "mkdocs.yml").read_text(encoding="utf-8"))["nav"]
REFERENCE = DOCS / "reference"


def test_every_page_is_in_the_nav() -> None:
    """A reader of the site could not find a page that was written, or would find an entry without one."""
    named = list(listed(NAV))
    assert len(named) == len(set(named))
    assert {path.relative_to(DOCS).as_posix() for path in DOCS.rglob("*.md")} <= set(named)
    assert [name for name in named if not origin(name).is_file()] == []


def test_the_reference_is_what_the_code_says() -> None:
    """A page would tell of arguments, costs or repeats that a method has no more."""
    command = [sys.executable, str(ROOT / "tools" / "generate_reference.py"), "--check"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def sections() -> Iterator[tuple[str, str]]:
    """Yield what the reference says of each method."""
    for path in sorted((REFERENCE / "resources").glob("*.md")):
        for section in re.split(r"^### ", path.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]:
            yield section.partition("\n")[0], section


def test_the_reference_has_every_operation_and_its_cost() -> None:
    """Somebody would look for an operation in vain, or spend calls that no page had told of."""
    found = dict(sections())
    operations = [match for text in found.values() for match in re.findall(r"\*\*Operation:\*\* `(.*)`", text)]
    assert sorted(operations) == sorted(map(str, OPERATIONS))
    for name, text in found.items():
        assert re.search(r"\*\*Costs\*\* \S.*\.\n", text), name
        assert "**Command:** `fivetran-async api " in text, name


@pytest.mark.parametrize(
    ("name", "cost"),
    [
        ("groups.get", "one call, which is not repeated when its outcome is unknown"),
        ("groups.create", "one call"),
        ("connections.sync", "one call, repeated when its outcome is unknown"),
        ("connections.get", "one call, repeated when its outcome is unknown unless `force=True`"),
        ("connections.test", "one call"),
        ("users.create", "one call, which is not repeated when its outcome is unknown"),
    ],
)
def test_a_docstring_that_says_something_else_than_the_client_does_stops_the_tool(name: str, cost: str) -> None:
    """Somebody would be told that a call is safe to lose which may be made twice, or not know of its limit."""
    top = name.partition(".")[0]
    method = next(it for it in group(top, dict(resources())[top]) if it.name == name)
    with pytest.raises(SystemExit, match=name):
        honest(attrs.evolve(method, cost=cost))


def test_a_link_to_what_is_beside_the_documents_leads_to_a_page_of_it() -> None:
    """A link that is right in the repository would lead out of the site."""
    text = (
        "[a](../examples) [b](../README.md#what-it-does) [c](cli.md) [d](https://example.com) [e](#f) [g](../LICENSE)"
    )
    moved = (
        "[a](repository/examples/README.md) [b](index.md#what-it-does) [c](cli.md) [d](https://example.com) [e](#f) "
        "[g](repository/LICENSE.md)"
    )
    assert relinked(text, DOCS / "limits.md") == moved
    assert relinked("[a](docs/limits.md#deadlines)", ROOT / "README.md") == "[a](limits.md#deadlines)"
    assert relinked("[a](docs/limits.md)", ROOT / "CHANGELOG.md") == "[a](../limits.md)"
    assert relinked("[a](gone.md)", DOCS / "limits.md") == "[a](gone.md)"


def test_code_is_left_as_it_is() -> None:
    """A program would be shown that is not the one which a test has run."""
    text = "````md\n[a](../examples)\n```\n[a](../examples)\n````\n"
    assert relinked(text, DOCS / "limits.md") == text
    assert list(linked(DOCS / "limits.md"))


def test_the_site_takes_in_whatever_is_linked_to() -> None:
    """The build would fail at a link, or a page show another file than the one that was meant."""
    taken = pages()
    assert taken["index.md"] == ROOT / "README.md"
    assert taken["repository/examples/README.md"] == ROOT / "examples"
    for at, path in taken.items():
        assert uri(path) == at
        assert origin(at) == path or (path.is_dir() and origin(at) == path / "README.md")
        assert source(path).strip()
        for target in linked(path):
            assert target.is_relative_to(DOCS) or uri(target) in taken
    audit = source(ROOT / "examples" / "notebook" / "audit.ipynb")
    assert "``````python\nimport" in audit
    assert '"cell_type"' not in audit


def test_comments_become_docstrings_on_the_site_alone() -> None:
    """Either the site would lack them, or readers of the repository see what only mkdocs understands."""
    page = (REFERENCE / "library" / "budget.md").read_text(encoding="utf-8")
    assert ":::" not in page
    assert "\n::: fivetran_async.Budget\n" in documented(page)


WRONG = {
    '<a href="../gone.html">': "index.html has a link that leads nowhere: ../gone.html",
    '<a href="page.html#gone">': "index.html has a link that names a place that is not there: page.html#gone",
    '<a href="#gone">': "index.html has a link that names a place that is not there: #gone",
    '<img src="https://example.com/a.png">': "index.html fetches https://example.com/a.png",
    '<script src="//example.com/a.js"></script>': "index.html fetches //example.com/a.js",
    '<link rel="stylesheet" href="https://example.com/a.css">': "index.html fetches https://example.com/a.css",
    '<pre class="mermaid">': "index.html has a Mermaid diagram, for which the theme fetches a program from elsewhere: "
    "draw it as text",
}
RIGHT = '<a href="page.html#here"><a href="https://example.com"><img src="data:,"><h1 id="top"><a href="#top">'


@pytest.mark.parametrize("html", [RIGHT, *WRONG])
def test_what_is_wrong_with_a_site_is_seen(tmp_path: Path, html: str) -> None:
    """A site with a dead link, or one that asks other hosts, would pass the check."""
    (tmp_path / "page.html").write_text('<h2 id="here">')
    (tmp_path / "index.html").write_text(html)
    found = list(problems(tmp_path, [{"Start": ["index.md"]}, "page.md"]))
    assert found == ([WRONG[html]] if html in WRONG else [])


def test_a_page_that_is_not_built_and_a_style_that_fetches_are_seen(tmp_path: Path) -> None:
    """An entry of the nav would lead nowhere, or a style ask another host for a font."""
    (tmp_path / "a.css").write_text("@font-face { src: url('https://example.com/a.woff2') }")
    assert list(problems(tmp_path, ["page.md", {"Folder": "folder/README.md"}])) == [
        "page.md is in the nav, and there is no page of it",
        "folder/README.md is in the nav, and there is no page of it",
        "a.css fetches https://example.com/a.woff2",
    ]
