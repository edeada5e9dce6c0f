"""How Sphinx makes the site of the pages in this directory: `make docs`.

The pages are plain Markdown that can be read where the repository lies, too. So what only the site needs is put in
here: the order of the pages, and where the files lead that lie outside of this directory.
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from samix import __version__

if TYPE_CHECKING:
    from sphinx.application import Sphinx

project = "samix"
copyright = "the authors of samix"  # noqa: A001 - Sphinx's name for it
version = release = __version__
html_title = f"samix {__version__}"
html_theme = "furo"
html_show_copyright = False
html_copy_source = False
html_show_sourcelink = False
html_static_path = ["_static"]
html_css_files = ["tables.css"]
smartquotes = False
extensions = ["myst_parser", "sphinx_copybutton"]
exclude_patterns = ["_build"]
myst_heading_anchors = 4
copybutton_prompt_text = "$ "
copybutton_only_copy_prompt_lines = True

SITE = {
    "": ["tutorial"],
    "How to": [
        "how-to/replace-the-manual-recipe",
        "how-to/move-from-use-container",
        "how-to/use-in-ci",
        "how-to/github-actions",
        "how-to/gitlab-ci",
        "how-to/codebuild",
        "how-to/private-registries",
        "how-to/monorepos",
        "how-to/caches",
    ],
    "Reference": [
        "reference/command-line",
        "reference/configuration",
        "reference/metadata",
        "reference/samconfig",
        "reference/environment",
        "reference/exit-codes",
        "reference/files",
        "reference/json",
        "reference/sam-versions",
    ],
    "Explanation": ["explanation/architecture", "explanation/trust", "explanation/limits", "benchmarks"],
    "More": ["example", "changelog"],
}
"""The pages under the headings of the sidebar."""

OUTSIDE = {"README.md": "index.md", "CHANGELOG.md": "changelog.md", "examples/mixed/README.md": "example.md"}
"""What pages link to outside of this directory, and the pages that show it on the site."""


def setup(app: Sphinx) -> None:
    """Have Sphinx give each page to the functions below."""
    app.connect("source-read", lambda _app, page, source: complete(page, source))


def complete(page: str, source: list[str]) -> None:
    """Add to a page what only the site needs.

    Args:
        page: The page's name, its path without `.md`.
        source: Its text as the only item, which is replaced.
    """
    directory = posixpath.dirname(page) or "."
    for file, shown in OUTSIDE.items():
        there = posixpath.relpath(posixpath.join("..", file), directory)
        source[0] = source[0].replace(f"]({there}", f"]({posixpath.relpath(shown, directory)}")
    if page == "index":
        source[0] += "".join(_tree(caption, pages) for caption, pages in SITE.items())


def _tree(caption: str, pages: list[str]) -> str:
    options = ":hidden:\n" + (f":caption: {caption}\n" if caption else "")
    return f"\n```{{toctree}}\n{options}\n" + "\n".join(pages) + "\n```\n"
