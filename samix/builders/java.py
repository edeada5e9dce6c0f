"""Whether Maven or Gradle builds a unit, and what their manifests name outside of the source."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from samix.builders.search import entries, is_inside, read
from samix.builders.tool import GRADLE, JAVA, MAVEN
from samix.files.access_log import observed

if TYPE_CHECKING:
    from pathlib import Path

    from samix.builders.search import Search
    from samix.builders.tool import Tool

_PARENT = re.compile(r"<parent>(.*?)</parent>", re.DOTALL)
_RELATIVE_PATH = re.compile(r"<relativePath>([^<]*)</relativePath>|<relativePath\s*/>")
_XML_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_GRADLE_FILES = ("build.gradle", "build.gradle.kts")
_GRADLE_SETTINGS = ("settings.gradle", "settings.gradle.kts")
_GRADLE_TOP = (*_GRADLE_SETTINGS, *_GRADLE_FILES, "gradle.properties", "gradle", "buildSrc")
_GRADLE_PROJECT = re.compile(r"\bproject\s*\(\s*(?:path\s*[:=]\s*)?[\"']:|\bprojects\.")
_GRADLE_PATH = re.compile(r"[\"']((?:\$\{?rootDir\}?/|\$\{?rootProject\.projectDir\}?/|\.\./)[^\"'\n]*|\.\.)[\"']")
_GRADLE_ROOT = re.compile(r"^\$\{?[\w.]+\}?/")


def find_tools(runtime: str, source: Path, root: Path | None, manifest: Path | None) -> tuple[Tool, ...]:
    """Gradle goes before Maven, wherever each has its manifest; a wrapper among the sources is no tool of the host."""
    del runtime, manifest
    places = [source] if root is None else [source, root]
    for name, tool in (*((name, GRADLE) for name in _GRADLE_FILES), ("pom.xml", MAVEN)):
        if any(os.path.exists(observed(place / name)) for place in places):
            has_wrapper = tool is GRADLE and any(os.access(observed(place / "gradlew"), os.X_OK) for place in places)
            return (JAVA,) if has_wrapper else (JAVA, tool)
    return ()


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
