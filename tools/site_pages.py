"""Which files of the repository are pages of the site, and where links between them lead there.

The pages of docs/ link to files beside it, as people want it who read them in the repository. The site takes in every
file that is linked to, directly or by another one, so that none of its links leads out of it: there is no other place
that is known to have them. Pure: `site_hook.py` hands it all to mkdocs.
"""

import json
import posixpath
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"

# Where what is not of docs/ stands on the site.
OUTSIDE = "repository"

_LANGUAGES = {
    ".html": "html", ".json": "json", ".lua": "lua", ".py": "python", ".sh": "bash", ".toml": "toml", ".yaml": "yaml",
    ".yml": "yaml",
}  # fmt: skip
_NAMES = {"Dockerfile": "docker", "LICENSE": "text", "py.typed": "text", ".dockerignore": "text"}
# Longer than any fence that a file may have inside.
_FENCE = "`" * 6
_LINK = re.compile(r"(?<=\]\()(?![a-z]+:|#)(?P<target>[^)\s#]+)(?P<rest>(?:#[^)\s]*)?)(?=\))")
_DOCSTRING = re.compile(r"^<!-- (docstring|members): ([\w.]+) -->$", re.MULTILINE)


def pages() -> dict[str, Path]:
    """Return the pages that are not of docs/, each with the file or folder that it shows."""
    found: dict[str, Path] = {}
    waiting = [ROOT / "README.md", *sorted(DOCS.rglob("*.md"))]
    while waiting:
        path = waiting.pop()
        if not path.is_relative_to(DOCS):
            if (at := uri(path)) in found:
                continue
            found[at] = path
        waiting += [target for target in linked(path) if not target.is_relative_to(DOCS)]
    return found


def linked(path: Path) -> Iterator[Path]:
    """Yield the files and folders of the repository that a page links to."""
    text = source(path)
    for outside in _prose(text):
        for match in _LINK.finditer(outside):
            target = (_folder(path) / match["target"]).resolve()
            if target.exists() and target.is_relative_to(ROOT):
                yield target


def uri(path: Path) -> str:
    """Return where the site has a file or a folder of the repository, as a path of Markdown."""
    if path.is_relative_to(DOCS):
        return path.relative_to(DOCS).as_posix()
    if path == ROOT / "README.md":
        return "index.md"
    at = f"{OUTSIDE}/{path.relative_to(ROOT).as_posix()}"
    if path.is_dir():
        return f"{at}/README.md"
    return at if path.suffix == ".md" else f"{at}.md"


def origin(at: str) -> Path:
    """Return the file or the folder that a page shows, by where the site has it."""
    if at == "index.md":
        return ROOT / "README.md"
    if not at.startswith(f"{OUTSIDE}/"):
        return DOCS / at
    path = ROOT / at.removeprefix(f"{OUTSIDE}/")
    if path.exists():
        return path
    return path.parent if path.name == "README.md" else path.with_suffix("")


def source(path: Path) -> str:
    """Return what a page shows, as Markdown: a document itself, of a folder a list, of other files their text."""
    if path.is_dir():
        if (path / "README.md").exists():
            return (path / "README.md").read_text(encoding="utf-8")
        inside = sorted(one for one in path.iterdir() if _is_shown(one))
        return _titled(path, "\n".join(f"- [{one.name}{'/' * one.is_dir()}]({one.name})" for one in inside))
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".md":
        return text
    if path.suffix == ".ipynb":
        return _titled(path, "\n\n".join(_cells(text)))
    return _titled(path, _fenced(_LANGUAGES.get(path.suffix) or _NAMES[path.name], text))


def _is_shown(path: Path) -> bool:
    if path.is_dir():
        return not path.name.startswith((".", "__")) and any(map(_is_shown, path.iterdir()))
    return path.suffix in {*_LANGUAGES, ".ipynb", ".md"} or path.name in _NAMES


def _titled(path: Path, text: str) -> str:
    # Programs are read, not searched: the words of the documents are to be found first.
    return f"---\nsearch:\n  exclude: true\n---\n\n# {path.relative_to(ROOT).as_posix()}\n\n{text}\n"


def _fenced(language: str, text: str) -> str:
    return f"{_FENCE}{language}\n{text.rstrip()}\n{_FENCE}"


def _cells(text: str) -> Iterator[str]:
    for cell in json.loads(text)["cells"]:
        inside = "".join(cell["source"])
        yield inside if cell["cell_type"] == "markdown" else _fenced("python", inside)


def relinked(text: str, path: Path) -> str:
    """Return the Markdown of a page with its links as they lead on the site."""
    at = uri(path)

    def led(match: re.Match[str]) -> str:
        target = (_folder(path) / match["target"]).resolve()
        if not target.exists() or not target.is_relative_to(ROOT):
            # As it is: mkdocs complains of it.
            return match[0]
        return posixpath.relpath(uri(target), posixpath.dirname(at)) + match["rest"]

    return "".join(_prose(text, lambda outside: _LINK.sub(led, outside)))


def documented(text: str) -> str:
    """Return the Markdown of a page with whole docstrings where its comments name them.

    `members` wants those that have no docstring of their own as well.
    """
    options = {"docstring": "", "members": "\n    options:\n      show_if_no_docstring: true\n"}
    return _DOCSTRING.sub(lambda found: f"::: {found[2]}{options[found[1]]}", text)


def _folder(path: Path) -> Path:
    return path if path.is_dir() else path.parent


def _prose(text: str, change: Callable[[str], str] | None = None) -> Iterator[str]:
    """Yield a text in pieces; without a change only those outside of fenced code, otherwise all, those changed."""
    fence = ""
    for line in text.splitlines(keepends=True):
        opened = re.match(r"\s*(`{3,}|~{3,})", line)
        code = bool(fence or opened)
        if opened and not fence:
            fence = opened[1]
        elif fence and line.strip() == fence:
            fence = ""
        if change is not None:
            yield line if code else change(line)
        elif not code:
            yield line


def listed(nav: object) -> Iterator[str]:
    """Yield the pages that a nav of mkdocs.yml names."""
    if isinstance(nav, str):
        yield nav
    elif isinstance(nav, Mapping):
        for value in nav.values():
            yield from listed(value)
    elif isinstance(nav, list):
        for value in nav:
            yield from listed(value)
