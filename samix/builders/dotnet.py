"""What a .NET build reads outside of its source (projects, and settings around them), and what it asks git."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

from samix.builders.question import Asked, Question
from samix.builders.search import entries, read
from samix.builders.texts import content_of

if TYPE_CHECKING:
    from samix.builders.search import Search

_PROJECTS = (".csproj", ".fsproj", ".vbproj")
_IMPORTED = (".props", ".targets", ".projitems")
_WRITTEN = re.compile(r"\b(?:Include|Update|Project)\s*=\s*(?:\"([^\"]*)\"|'([^']*)')|>([^<>]*\.\.[\\/][^<>]*)<")
_HERE = re.compile(r"\$\(MSBuild(?:ThisFile|Project)Directory\)[\\/]?")
_PROPERTY = re.compile(r"\$\([^()]*\)")
_SETTINGS = frozenset(
    {
        "directory.build.props",
        "directory.build.targets",
        "directory.packages.props",
        "global.json",
        "nuget.config",
        ".editorconfig",
    }
)
_OUTPUT = frozenset({"bin", "obj"})
_FIRST_SDK = 8
_KEPT_OUT = re.compile(rb"<IncludeSourceRevisionInInformationalVersion>\s*false", re.IGNORECASE)


def search_dotnet(search: Search) -> None:
    """Find the projects that a unit's project refers to, directly or not, and the settings around them.

    Each project is built in its own directory.
    """
    pending = [os.path.join(search.source, name) for name in entries(search.source) if name.endswith(_PROJECTS)]
    pending += _settings(search, search.source)
    for file in pending:  # grows as projects, and what they import, are found
        for path in _named_paths(search, file):
            found = [path] if path.endswith((*_PROJECTS, *_IMPORTED)) else []
            if path.endswith(_PROJECTS):
                directory = os.path.dirname(path)
                # the build writes its output there
                search.add_named(directory, (name for name in entries(directory) if name not in _OUTPUT))
                _add_written(search, directory)
                found += _settings(search, directory)
            else:
                search.add(path)
            pending += [path for path in dict.fromkeys(found) if path not in pending]


def _add_written(search: Search, directory: str) -> None:
    if search.holds_source(directory):  # not everything in it belongs to the project
        for name in _OUTPUT:
            search.add_written(os.path.join(directory, name))
    else:
        search.add_written(directory)


def _settings(search: Search, directory: str) -> list[str]:
    """Keep the files of settings around a directory, and return those that may import others."""
    paths = [
        os.path.join(above, name)
        for above in search.above(directory)
        for name in entries(above)
        if name.lower() in _SETTINGS
    ]
    search.add(*paths)
    return [path for path in paths if path.endswith(_IMPORTED)]


def _named_paths(search: Search, file: str) -> list[str]:
    directory = os.path.dirname(file)
    found = []
    for groups in _WRITTEN.findall(read(file)):
        for written in "".join(groups).split(";"):
            path = _PROPERTY.sub("*", _HERE.sub("", written.strip())).replace("\\", "/")
            found += [path for path in search.expand(directory, path or ".") if path != directory]
    return found


def stamps(tools: Mapping[str, str], files: Collection[str]) -> bool:
    """Whether .NET writes the commit without being asked to, as it does since its SDK 8 (`SourceRevisionId`)."""
    major = tools.get("dotnet", "").split(".")[0]
    is_new = major.isdecimal() and int(major) >= _FIRST_SDK
    return is_new and not any(_KEPT_OUT.search(content_of(path)) for path in files)


def asks_git(*_: object) -> Question:
    """What .NET writes about a checkout without being asked to."""
    return Question(frozenset({Asked.COMMIT}))
