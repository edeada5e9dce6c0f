"""A builder that sam does not have, as its module would say it: what it reads of a source, and its row of the table."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from samix.builders.columns import Reading, Workflow
from samix.builders.search import read
from samix.builders.tool import Tool

if TYPE_CHECKING:
    from samix.builders.search import Search

_COPY = re.compile(r'(?m)^ *COPY "([^"]+)"')


def search_cobol(search: Search) -> None:
    """Find the files that a program copies."""
    for file in search.manifests("main.cob"):
        search.add(*(search.locate(os.path.dirname(file), written) for written in _COPY.findall(read(file))))


ROW = Workflow(
    names=("cobol",),
    manifests=("main.cob",),
    tools=(Tool("cobc", ("cobc",), ("--version",), r"cobc (\S+)"),),
    search=search_cobol,
    reading=Reading(files=re.compile(r".*\.cob"), tool=r"COB_\w+", ignored="COB_CACHE"),
    generated=re.compile(r".*\.listing"),
    goes_on_without_source=lambda _: True,
)
