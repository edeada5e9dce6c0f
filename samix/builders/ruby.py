"""What Ruby's builder reads beyond its source."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from samix.builders.search import read

if TYPE_CHECKING:
    from samix.builders.search import Search

_GEM_PATH = re.compile(r"(?:\bpath:|:path\s*=>|\beval_gemfile|\bpath)[\s(]*[\"']([^\"']+)[\"']")


def search_ruby(search: Search) -> None:
    """Find the gems and files that a Gemfile names by their paths."""
    pending = search.manifests("Gemfile")
    for file in pending:  # grows as files are found
        for written in _GEM_PATH.findall(read(file)):
            path = search.locate(os.path.dirname(file), written)
            search.add(path)
            if path and path not in pending:
                pending.append(path)
