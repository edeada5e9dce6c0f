"""What Ruby's builder reads outside of its source, and which Gemfile it takes."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from samix.builders.search import read
from samix.messages.note import Note

if TYPE_CHECKING:
    from samix.builders.search import Search
    from samix.options.merge import BuildOptions
    from samix.units.unit import Unit

_GEM_PATH = re.compile(r"(?:\bpath:|:path\s*=>|\beval_gemfile|\bpath)[\s(]*[\"']([^\"']+)[\"']")
# `Bundler::SharedHelpers`: what it looks for in the working directory and all above, and what it takes instead
_GEMFILES, _GEMFILE_VARIABLE = ("Gemfile", "gems.rb"), "BUNDLE_GEMFILE"


def search_ruby(search: Search) -> None:
    """Find the gems and files that a Gemfile names by their paths."""
    pending = search.manifests("Gemfile")
    for file in pending:  # grows as files are found
        for written in _GEM_PATH.findall(read(file)):
            path = search.locate(os.path.dirname(file), written)
            search.add(path)
            if path and path not in pending:
                pending.append(path)


def bundler_notes(
    unit: Unit, source: Path, options: BuildOptions, variable: Callable[[str], str | None]
) -> Iterator[Note]:
    """A note if bundler, which runs in the artifact, finds the Gemfile of the project or of a directory around it."""
    if variable(_GEMFILE_VARIABLE) or any((source / name).exists() for name in _GEMFILES):
        return
    project = options.project
    above = (place / name for place in (project, *project.parents) for name in _GEMFILES)
    found = next((path for path in above if path.is_file()), None)
    if found:
        yield Note(
            f"{unit.label} has no Gemfile, so bundler takes {os.path.relpath(found, project)} and installs beside that,"
            " not into the artifact. Add a Gemfile to its source.",
            unit.first.location,
        )
