"""What mkdocs is told while it builds the site: pages from beside docs/, links to them, docstrings, anchors."""

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page
from pymdownx.slugs import slugify
from site_pages import documented, origin, pages, relinked, source


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Let headings have the anchors that they have in the repository."""
    config.mdx_configs.setdefault("toc", {})["slugify"] = slugify(case="lower")
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Take in what the pages link to."""
    for at, path in pages().items():
        files.append(File.generated(config, at, content=source(path)))
    return files


def on_page_markdown(markdown: str, *, page: Page, config: MkDocsConfig, files: Files) -> str:  # noqa: ARG001 - by name
    """Let links lead where the site has what they lead to, and put docstrings where comments name them."""
    return documented(relinked(markdown, origin(page.file.src_uri)))
