"""What the manifests of pip, uv, npm, Bundler, Maven and Gradle name outside of the source."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING
from urllib.parse import unquote

from samix.observed import observed
from samix.plan.outside.search import entries, is_inside, read, read_json, read_toml
from samix.template.value import as_mapping, as_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from samix.plan.outside.search import Search
    from samix.template.value import Value

_PIP_FILE = re.compile(r"^(?:-r|--requirement|-c|--constraint)[\s=]*(\S.*)$")
_PIP_PATH = re.compile(r"^(?:(?:-e|--editable|-f|--find-links)[\s=]*)?(?:[\w.\[\],-]+\s*@\s*)?(\S.*)$")
_PIP_END = re.compile(r"(?<!\s)(?:\s+#.*|\s*;\s.*|\s+--\w.*)|\[[\w,. -]*\]$|#egg=.*")
_NPM_PATH = re.compile(r"^(?:file:|link:|portal:)(?://(?=/))?(.+)|^(\.{1,2}/.*|/.*)")
_NPM_DEPENDENCIES = ("dependencies", "devDependencies", "optionalDependencies", "peerDependencies")
_GEM_PATH = re.compile(r"(?:\bpath:|:path\s*=>|\beval_gemfile|\bpath)[\s(]*[\"']([^\"']+)[\"']")
_PARENT = re.compile(r"<parent>(.*?)</parent>", re.DOTALL)
_RELATIVE_PATH = re.compile(r"<relativePath>([^<]*)</relativePath>|<relativePath\s*/>")
_XML_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_GRADLE_FILES = ("build.gradle", "build.gradle.kts")
_GRADLE_SETTINGS = ("settings.gradle", "settings.gradle.kts")
_GRADLE_TOP = (*_GRADLE_SETTINGS, *_GRADLE_FILES, "gradle.properties", "gradle", "buildSrc")
_GRADLE_PROJECT = re.compile(r"\bproject\s*\(\s*(?:path\s*[:=]\s*)?[\"']:|\bprojects\.")
_GRADLE_PATH = re.compile(r"[\"']((?:\$\{?rootDir\}?/|\$\{?rootProject\.projectDir\}?/|\.\./)[^\"'\n]*|\.\.)[\"']")
_GRADLE_ROOT = re.compile(r"^\$\{?[\w.]+\}?/")


def search_pip(search: Search) -> None:
    """Find the files and packages that requirements name, and uv's sources with a `path`."""
    requirements = [name for name in entries(search.source) if re.fullmatch(r"requirements(?:-.*)?\.txt", name)]
    pending = search.manifests(*(requirements or ["pyproject.toml"]))
    for file in pending:  # grows as files are found
        directory = os.path.dirname(file)
        if file.endswith(".toml"):
            for written in _paths(as_mapping(read_toml(file).get("tool")).get("uv")):
                search.add(search.locate(directory, written))
            continue
        for line in read(file).replace("\\\n", " ").split("\n"):
            text = _PIP_END.sub("", line.strip())
            if included := _PIP_FILE.match(text):
                path = search.locate(directory, included[1].strip("\"'"))
                search.add(path)
                if path and path not in pending:
                    pending.append(path)
            elif named := _PIP_PATH.match(text):
                written = re.sub(r"^file:(?://(?:localhost)?(?=/))?", "", named[1].strip("\"'"))
                if "/" in written or written == "..":  # else it is the name of a package
                    for base in (directory, *search.directories):  # pip takes it from where sam is started
                        search.add(search.locate(base, unquote(written)))


def _paths(value: Value) -> Iterator[str]:
    """The texts under a `path`, however deep."""
    if isinstance(value, list):
        for item in value:
            yield from _paths(item)
    for key, inner in as_mapping(value).items():
        if key == "path" and isinstance(inner, str):
            yield inner
        yield from _paths(inner)


def search_npm(search: Search) -> None:
    """Find the packages that a package.json names by their paths, directly or not."""
    pending = search.manifests("package.json")
    for file in pending:  # grows as packages are found
        manifest = read_json(file)
        for section in _NPM_DEPENDENCIES:
            for value in as_mapping(manifest.get(section)).values():
                written = _NPM_PATH.match(as_text(value) or "")
                path = search.locate(os.path.dirname(file), written[1] or written[2]) if written else None
                search.add(path)
                inner = os.path.join(path, "package.json") if path else file
                if inner not in pending:
                    pending.append(inner)


def search_ruby(search: Search) -> None:
    """Find the gems and files that a Gemfile names by their paths."""
    pending = search.manifests("Gemfile")
    for file in pending:  # grows as files are found
        for written in _GEM_PATH.findall(read(file)):
            path = search.locate(os.path.dirname(file), written)
            search.add(path)
            if path and path not in pending:
                pending.append(path)


def search_java(search: Search) -> None:
    """Find Maven's parents and the Gradle build around a unit.

    A Gradle build counts as a whole where the unit depends on another of its projects, else what sets it up.
    """
    pending = search.manifests("pom.xml")
    for file in pending:  # grows as parents are found
        parent = _PARENT.search(_XML_COMMENT.sub("", read(file)))
        written = _RELATIVE_PATH.search(parent[1]) if parent else None
        path = (
            search.locate(os.path.dirname(file), (written[1] or "").strip() if written else "../pom.xml")
            if parent
            else None
        )
        if path and os.path.isdir(observed(path)):
            path = os.path.join(path, "pom.xml")
        if path and path not in pending and not is_inside(path, search.source):
            search.add(path)
            pending.append(path)
    _search_gradle(search)


def _search_gradle(search: Search) -> None:
    source = search.source
    files = [*search.manifests(*_GRADLE_FILES), *(os.path.join(source, name) for name in _GRADLE_SETTINGS)]
    if not any(os.path.isfile(observed(file)) for file in files):
        return
    around = (source, *search.above(source))
    top = next((path for path in around if any(name in _GRADLE_SETTINGS for name in entries(path))), source)
    search.add_named(top, _GRADLE_TOP)
    files += [os.path.join(top, name) for name in (*_GRADLE_SETTINGS, *_GRADLE_FILES)]
    for file in dict.fromkeys(files):
        text = read(file)
        if _GRADLE_PROJECT.search(text) and os.path.basename(file) in _GRADLE_FILES:
            search.add(top)
        for written in _GRADLE_PATH.findall(text):
            base = top if written.startswith("$") else os.path.dirname(file)
            search.add(search.locate(base, _GRADLE_ROOT.sub("", written)))
