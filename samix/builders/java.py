"""Whether Maven or Gradle builds a unit, what their manifests name outside of the source, and what they install.

sam builds with `mvn clean install` (`aws_lambda_builders.workflows.java_maven.maven.SubprocessMaven`), which puts the
result into the local Maven repository. A Gradle build may publish there as well.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from samix.builders.search import entries, is_inside, read
from samix.builders.tool import GRADLE, JAVA, MAVEN
from samix.files.access_log import observe
from samix.files.safe_read import read_bytes

if TYPE_CHECKING:
    from samix.builders.search import Search
    from samix.builders.tool import Tool

_POM = "pom.xml"
_PARENT = re.compile(r"<parent>(.*?)</parent>", re.DOTALL)
_RELATIVE_PATH = re.compile(r"<relativePath>([^<]*)</relativePath>|<relativePath\s*/>")
_XML_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_GRADLE_FILES = ("build.gradle", "build.gradle.kts")
_GRADLE_SETTINGS = ("settings.gradle", "settings.gradle.kts")
_GRADLE_TOP = (*_GRADLE_SETTINGS, *_GRADLE_FILES, "gradle.properties", "gradle", "buildSrc")
_GRADLE_PROJECT = re.compile(r"\bproject\s*\(\s*(?:path\s*[:=]\s*)?[\"']:|\bprojects\.")
_GRADLE_PATH = re.compile(r"[\"']((?:\$\{?rootDir\}?/|\$\{?rootProject\.projectDir\}?/|\.\./)[^\"'\n]*|\.\.)[\"']")
_GRADLE_ROOT = re.compile(r"^\$\{?[\w.]+\}?/")
_PROPERTIES = re.compile(r"<properties>(.*?)</properties>", re.DOTALL)
_PROPERTY = re.compile(r"<([\w.-]+)>([^<]*)</\1>")
_MODULE = re.compile(r"<module>([^<]+)</module>")
_DEPENDENCY = re.compile(r"<(dependency|extension)>(.*?)</\1>", re.DOTALL)
_USED = re.compile(r"\$\{([^}]+)\}")
# elements with coordinates of other projects
_OF_OTHERS = re.compile(
    r"<(parent|dependencies|dependencyManagement|build|profiles|reporting|properties|distributionManagement|scm|"
    r"repositories|pluginRepositories|developers|contributors|licenses|organization)>.*?</\1>",
    re.DOTALL,
)
_PUBLISHES = re.compile(r"publish\w*ToMavenLocal")
_GRADLE_COORDINATES = re.compile(r"[\"']([\w.-]+):([\w.-]+)(?::[^\"'\n]*)?[\"']")
_GRADLE_VALUE = r"^\s*{}\s*=?\s*[\"']([^\"'\n]+)[\"']"
_MOST_POMS = 200


@dataclass(frozen=True)
class Coordinates:
    """The coordinates of an artifact of Maven; a part that is not known is empty."""

    group: str
    name: str
    version: str = ""

    @property
    def key(self) -> str:
        """The coordinates without the version, by which others depend on it."""
        return f"{self.group}:{self.name}"

    def __str__(self) -> str:
        return f"{self.key}:{self.version}" if self.version else self.key


def find_tools(runtime: str, source: Path, root: Path | None, manifest: Path | None) -> tuple[Tool, ...]:
    """The tools of a Java build: Java, with Gradle if its manifest is there and no wrapper, else with Maven."""
    del runtime, manifest
    places = [source] if root is None else [source, root]
    for name, tool in (*((name, GRADLE) for name in _GRADLE_FILES), (_POM, MAVEN)):
        if any(os.path.exists(observe(place / name)) for place in places):
            has_wrapper = tool is GRADLE and any(os.access(observe(place / "gradlew"), os.X_OK) for place in places)
            return (JAVA,) if has_wrapper else (JAVA, tool)
    return ()


def search_java(search: Search) -> None:
    """Find Maven's parents and the Gradle build around a unit.

    All of a Gradle build counts if the unit depends on another of its projects, else only what configures it.
    """
    pending = search.manifests(_POM)
    for file in pending:  # grows as parents are found
        parent = _PARENT.search(_XML_COMMENT.sub("", read(file)))
        if not parent:
            continue
        written = _RELATIVE_PATH.search(parent[1])
        path = search.locate(os.path.dirname(file), (written[1] or "").strip() if written else f"../{_POM}")
        if path and os.path.isdir(observe(path)):
            path = os.path.join(path, _POM)
        if path and path not in pending and not is_inside(path, search.source):
            search.add(path)
            pending.append(path)
    _search_gradle(search)


def _search_gradle(search: Search) -> None:
    source = search.source
    files = [*search.manifests(*_GRADLE_FILES), *(os.path.join(source, name) for name in _GRADLE_SETTINGS)]
    if not any(os.path.isfile(observe(file)) for file in files):
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


def is_installed(coordinates: Coordinates, artifact: Path, repository: Path | None) -> bool | None:
    """Whether the local repository has the jar of a layer's artifact; None if it has no jar of that version.

    It may have another one: the same version, installed from elsewhere since. False also if the repository is not
    known, or if the artifact has no jar.
    """
    if repository is None or not all((coordinates.group, coordinates.name, coordinates.version)):
        return False
    place = repository.joinpath(*coordinates.group.split("."), coordinates.name, coordinates.version)
    jar = place / f"{coordinates.name}-{coordinates.version}.jar"
    try:
        size, content = jar.stat().st_size, b""
        for directory, _, files in os.walk(artifact):
            for name in files:
                path = os.path.join(directory, name)
                if name.endswith(".jar") and os.path.getsize(path) == size:
                    content = content or read_bytes(jar)
                    if read_bytes(path) == content:
                        return True
    except FileNotFoundError:
        return None
    except (OSError, ValueError):
        return False
    return False


def find_installed(source: str) -> Iterator[Coordinates]:
    """The coordinates that a build installs: those of the project, and of its modules."""
    for text, directory in _poms(os.path.join(source, _POM)):
        yield _own(text, os.path.basename(directory))
    text = _gradle(source, _GRADLE_FILES)
    if _PUBLISHES.search(text):
        name = _value(text, "artifactId") or _value(_gradle(source, _GRADLE_SETTINGS), r"rootProject\.name")
        yield Coordinates(
            _value(text, "group") or _value(text, "groupId"), name or os.path.basename(source), _value(text, "version")
        )


def find_used_keys(source: str) -> set[str]:
    """The keys (see `Coordinates.key`) of what a project depends on."""
    found: set[str] = set()
    for text, _ in _poms(os.path.join(source, _POM)):
        properties = _properties(text)
        parent = _PARENT.search(text)
        blocks = [block for _, block in _DEPENDENCY.findall(text)] + ([parent[1]] if parent else [])
        found |= {f"{_text(block, 'groupId', properties)}:{_text(block, 'artifactId', properties)}" for block in blocks}
    text = _gradle(source, (*_GRADLE_FILES, *_GRADLE_SETTINGS))
    if "mavenLocal" in text:
        found |= {f"{group}:{name}" for group, name in _GRADLE_COORDINATES.findall(text)}
    return found


def _poms(file: str) -> Iterator[tuple[str, str]]:
    """A pom and those of its modules, without comments, each with its directory."""
    pending = [file]
    for pom in pending:  # grows as modules are found
        text, directory = _XML_COMMENT.sub("", read(pom)), os.path.dirname(pom)
        if text:
            yield text, directory
        for written in _MODULE.findall(text)[:_MOST_POMS]:
            module = os.path.normpath(os.path.join(directory, written.strip()))
            module = module if module.endswith(".xml") else os.path.join(module, _POM)
            if module not in pending and len(pending) < _MOST_POMS:
                pending.append(module)


def _own(text: str, directory: str) -> Coordinates:
    own, parent, properties = _OF_OTHERS.sub("", text), _PARENT.search(text), _properties(text)
    inherited = parent[1] if parent else ""
    return Coordinates(
        _text(own, "groupId", properties) or _text(inherited, "groupId", properties),
        _text(own, "artifactId", properties) or directory,
        _text(own, "version", properties) or _text(inherited, "version", properties),
    )


def _properties(text: str) -> Mapping[str, str]:
    """The properties of a project that its own pom defines."""
    found: dict[str, str] = {}
    for block in _PROPERTIES.findall(text):
        found |= {name: value.strip() for name, value in _PROPERTY.findall(block)}
    own, parent = _OF_OTHERS.sub("", text), _PARENT.search(text)
    for name in ("groupId", "artifactId", "version"):
        value = _plain(own, name) or (_plain(parent[1], name) if parent else "")
        found |= {f"project.{name}": value, f"pom.{name}": value, name: value}
        if parent:
            found[f"project.parent.{name}"] = _plain(parent[1], name)
    return found


def _text(block: str, name: str, properties: Mapping[str, str]) -> str:
    """The text of an element with its properties filled in; empty if one of them is not known."""
    text = _plain(block, name)
    for _ in range(5):
        if "${" in text:
            text = _USED.sub(lambda used: properties.get(used[1], used[0]), text)
    return "" if "${" in text else text


def _plain(block: str, name: str) -> str:
    found = re.search(rf"<{name}>([^<]*)</{name}>", block)
    return found[1].strip() if found else ""


def _gradle(source: str, names: Iterable[str]) -> str:
    there = entries(source)
    return "\n".join(read(os.path.join(source, name)) for name in names if name in there)


def _value(text: str, name: str) -> str:
    found = re.search(_GRADLE_VALUE.format(name), text, re.MULTILINE)
    return found[1] if found else ""
