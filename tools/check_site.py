"""Look at the built site: each page of the nav is there, links and their anchors resolve, nothing is fetched elsewhere.

python tools/check_site.py site/docs
"""

import re
import sys
from collections.abc import Iterator, Mapping
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import attrs
import yaml
from site_pages import ROOT, listed

# What a browser fetches by itself, or hands data to, when it shows a page.
_FETCHED = {
    "audio": ("src",), "embed": ("src",), "form": ("action",), "iframe": ("src",), "img": ("src", "srcset"),
    "link": ("href",), "object": ("data",), "script": ("src",), "source": ("src", "srcset"), "track": ("src",),
    "use": ("href",), "video": ("src", "poster"),
}  # fmt: skip
# The theme would load the program that draws these from elsewhere.
_DRAWN = re.compile(r"\bmermaid\b")


@attrs.define
class Seen(HTMLParser):
    """What a page has in it."""

    anchors: set[str] = attrs.field(factory=set[str])
    links: set[str] = attrs.field(factory=set[str])
    fetched: set[str] = attrs.field(factory=set[str])
    drawn: bool = False

    def __attrs_pre_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what an element names, leads to or wants fetched."""
        given = {name: value or "" for name, value in attrs}
        self.anchors |= {given[name] for name in ("id", "name") if given.get(name)}
        self.drawn |= bool(_DRAWN.search(given.get("class", "")))
        if tag == "a" and "href" in given:
            self.links.add(given["href"])
        self.fetched |= {given[name] for name in _FETCHED.get(tag, ()) if name in given}


def problems(site: Path, nav: object) -> Iterator[str]:
    """Yield what is wrong with a site.

    Args:
        site: The folder into which it was built.
        nav: The nav of mkdocs.yml.
    """
    seen: dict[Path, Seen] = {}
    for path in sorted(site.rglob("*.html")):
        seen[path] = Seen()
        seen[path].feed(path.read_text(encoding="utf-8"))
    for page in listed(nav):
        if built(site, page) not in seen:
            yield f"{page} is in the nav, and there is no page of it"
    for path, page in seen.items():
        here = path.relative_to(site)
        yield from (f"{here} fetches {url}" for url in sorted(page.fetched) if is_elsewhere(url))
        yield from (f"{here} has a link that {what}" for what in wrong_links(site, path, seen))
        if page.drawn:
            yield f"{here} has a Mermaid diagram, for which the theme fetches a program from elsewhere: draw it as text"
    for path in sorted(site.rglob("*.css")):
        for url in re.findall(
            r"(?:url\(|@import)\s*['\"]?((?:https?:)?//[^'\")\s]+)", path.read_text(encoding="utf-8")
        ):
            yield f"{path.relative_to(site)} fetches {url}"


def built(site: Path, page: str) -> Path:
    """Return the file that is made of a page of Markdown."""
    path = site / page
    return path.with_name("index.html") if path.name == "README.md" else path.with_suffix(".html")


def is_elsewhere(url: str) -> bool:
    """Return whether a URL leads out of the site."""
    parts = urlsplit(url)
    return bool(parts.netloc) or parts.scheme not in {"", "data"}


def wrong_links(site: Path, path: Path, seen: Mapping[Path, Seen]) -> Iterator[str]:
    """Yield what is wrong with the links of a page that lead to others of the site."""
    for url in sorted(seen[path].links):
        parts = urlsplit(url)
        if is_elsewhere(url):
            continue
        # The page for what is not found is shown anywhere, so its links begin at the root.
        folder = site if parts.path.startswith("/") else path.parent
        target = (folder / unquote(parts.path).lstrip("/")).resolve() if parts.path else path
        if not target.is_file():
            yield f"leads nowhere: {url}"
        elif parts.fragment and target in seen and unquote(parts.fragment) not in seen[target].anchors:
            yield f"names a place that is not there: {url}"


def main(arguments: list[str]) -> int:
    """Print what is wrong; return the exit status."""
    site = Path(arguments[0]).resolve()
    nav = yaml.safe_load((ROOT / "mkdocs.yml").read_text(encoding="utf-8"))["nav"]
    found = list(problems(site, nav))
    print("".join(f"{problem}\n" for problem in found), end="")
    print(f"{len(list(site.rglob('*.html')))} pages, {len(found)} problems")
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
