"""What a Go build reads outside of its source, modules and packages, and what it asks git."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from samix.builders.question import Asked, Question
from samix.builders.search import entries, is_inside, read
from samix.builders.texts import content_of
from samix.files.access_log import observe

if TYPE_CHECKING:
    from samix.builders.search import Search

_COMMENT = re.compile(r"//[^\n]*|/\*.*?\*/", re.DOTALL)
_IMPORT = re.compile(r"(?:^|;)\s*import\s*(?:[\w.]+\s*)?[\"`]([^\"`\n]+)[\"`]", re.MULTILINE)
_IMPORTS = re.compile(r"(?:^|;)\s*import\s*\(([^)]*)\)", re.MULTILINE)
_STRING = re.compile(r"[\"`]([^\"`\n]+)[\"`]")
_EMBED = re.compile(r"^//go:embed[ \t]+(.+)$", re.MULTILINE)
_MODULE = re.compile(r"^\s*module\s+[\"`]?([^\s\"`]+)", re.MULTILINE)
_REPLACE = re.compile(
    r"^\s*(?:replace\s*\(?\s*)?[\"`]?([^\s\"`()]+)[\"`]?(?:\s+v\S+)?\s*=>\s*[\"`]?(\.{1,2}(?:/[^\s\"`]*)?|/[^\s\"`]+)",
    re.MULTILINE,
)
_USE = re.compile(r"^\s*(?:use\s*\(?\s*)?[\"`]?(\.{1,2}(?:/[^\s\"`]*)?|/[^\s\"`]+)[\"`]?[ \t]*\)?[ \t]*$", re.MULTILINE)
_MODULE_FILES = ("go.mod", "go.sum")
_WORKSPACE_FILES = ("go.work", "go.work.sum")
_NO_PACKAGES = ("vendor", "testdata")
_FIRST_VERSIONING = 24  # of Go 1
_GO_VERSION = re.compile(r"(?m)(?:^\s*go |go)1\.(\d+)")


def search_go(search: Search) -> None:
    """Find the modules around a unit and those that replace others, and the packages of them that the unit imports.

    go builds in the source itself. Of the module around it, and of those in its workspace, only imported packages
    count, whatever their build constraints. All of a module that replaces another counts, because what is downloaded
    may import it as well.
    """
    around = (search.source, *search.above(search.source))
    workspace = next((path for path in around if os.path.isfile(observe(os.path.join(path, "go.work")))), None)
    main = next((path for path in around if os.path.isfile(observe(os.path.join(path, "go.mod")))), None)
    directories = {main} if main else set()
    replacing: dict[str, str] = {}
    if workspace:
        search.add_named(workspace, (*_WORKSPACE_FILES, "vendor"))
        text = _COMMENT.sub("", read(os.path.join(workspace, "go.work")))
        replacing.update(_replacements(search, workspace, text))
        directories |= {used for written in _USE.findall(text) if (used := search.locate(workspace, written))}
    elif main:
        search.add_named(main, ("vendor",))
    modules: dict[str, str] = {}
    for directory in directories:
        text = _COMMENT.sub("", read(os.path.join(directory, "go.mod")))
        if module := _MODULE.search(text):
            modules[module[1]] = directory
        replacing.update(_replacements(search, directory, text))
    for directory in {*directories, *replacing.values()}:
        search.add_named(directory, _MODULE_FILES)
    search.add(*(directory for directory in replacing.values() if not search.holds_source(directory)))
    for package in _packages(search, {**modules, **replacing}):
        if search.holds_source(package):
            _add_files(search, package)
        else:
            search.add(package)


def _replacements(search: Search, directory: str, text: str) -> dict[str, str]:
    """The directories that replace modules, by the paths of the modules."""
    return {name: path for name, written in _REPLACE.findall(text) if (path := search.locate(directory, written))}


def _packages(search: Search, modules: Mapping[str, str]) -> list[str]:
    """The directories of the packages of these modules that the source imports, directly or not."""
    pending = list(_directories(search.source))
    seen = set(pending)
    for directory in pending:
        for imported in _imports(directory):
            name = next((name for name in sorted(modules, key=len, reverse=True) if is_inside(imported, name)), None)
            path = search.locate(modules[name], imported[len(name) :].lstrip("/") or ".") if name else None
            if path and path not in seen:
                seen.add(path)
                pending.append(path)
    return [directory for directory in pending if not is_inside(directory, search.source)]


def _directories(source: str) -> Iterator[str]:
    """The directories of a source that may hold packages."""
    for directory, names, _ in os.walk(source):
        names[:] = sorted(name for name in names if name not in _NO_PACKAGES and not name.startswith((".", "_")))
        yield directory


def _imports(directory: str) -> set[str]:
    found: set[str] = set()
    for name in entries(directory):
        if name.endswith(".go") and not name.endswith("_test.go"):
            text = _COMMENT.sub("", read(os.path.join(directory, name)))
            found.update(_IMPORT.findall(text))
            found.update(path for block in _IMPORTS.findall(text) for path in _STRING.findall(block))
    return found


def _add_files(search: Search, package: str) -> None:
    """Keep the files of a package that contains the source, and what it embeds."""
    for name in entries(package):
        path = os.path.join(package, name)
        if os.path.isfile(observe(path)):
            search.add(path)
            if name.endswith(".go"):
                for patterns in _EMBED.findall(read(path)):
                    for pattern in patterns.split():
                        search.add(*search.expand(package, pattern.strip('"`').removeprefix("all:")))


def asks_git(
    checkout: Path, files: Collection[str], tools: Mapping[str, str], is_stamping: Callable[[], bool]
) -> Question:
    """What go writes about a checkout without being asked to (`cmd/go/internal/load.(*Package).setBuildInfo`).

    Since Go 1.24, for a checkout with a module at its root, it writes a version that it makes from tags. A module may
    ask for a newer go, which an older one downloads.
    """
    if not is_stamping():
        return Question()
    stamped = frozenset({Asked.COMMIT, Asked.WORK_TREE})
    if not observe(checkout / _MODULE_FILES[0]).is_file():
        return Question(stamped)
    choosing = (content_of(path) for path in files if os.path.basename(path) in (_MODULE_FILES[0], _WORKSPACE_FILES[0]))
    texts = [tools.get("go", ""), *(text.decode("utf-8", "replace") for text in choosing)]
    versions = [int(minor) for text in texts for minor in _GO_VERSION.findall(text)]
    is_versioned = "go" not in tools or max(versions, default=_FIRST_VERSIONING) >= _FIRST_VERSIONING
    return Question(stamped | {Asked.VERSION} if is_versioned else stamped)
