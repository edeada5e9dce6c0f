"""What builds of Java units put into the local Maven repository, and which units are built with that.

sam builds with `mvn clean install` (`aws_lambda_builders.workflows.java_maven.maven.SubprocessMaven`), and layers
before functions: a function may depend on a layer by its coordinates. A Gradle build may publish there as well.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from samix.builders.search import entries, read
from samix.builders.workflow import workflow_of
from samix.files.safe_read import read_bytes
from samix.plan.neighbours import reaches, waiting_units
from samix.plan.sources import source_path

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from samix.options.merge import BuildOptions
    from samix.units.unit import Unit

_POM = "pom.xml"
_GRADLE = ("build.gradle", "build.gradle.kts")
_GRADLE_SETTINGS = ("settings.gradle", "settings.gradle.kts")
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_PARENT = re.compile(r"<parent>(.*?)</parent>", re.DOTALL)
_PROPERTIES = re.compile(r"<properties>(.*?)</properties>", re.DOTALL)
_PROPERTY = re.compile(r"<([\w.-]+)>([^<]*)</\1>")
_MODULE = re.compile(r"<module>([^<]+)</module>")
_DEPENDENCY = re.compile(r"<(dependency|extension)>(.*?)</\1>", re.DOTALL)
_USED = re.compile(r"\$\{([^}]+)\}")
# what holds coordinates of others
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
    """What Maven calls an artifact; a part that cannot be told is empty."""

    group: str
    name: str
    version: str = ""

    @property
    def key(self) -> str:
        """How others name it, of whatever version."""
        return f"{self.group}:{self.name}"

    def __str__(self) -> str:
        return f"{self.key}:{self.version}" if self.version else self.key


@dataclass(frozen=True)
class Lender:
    """A unit that puts something into the local repository with which another is built."""

    name: str
    coordinates: Coordinates


def find_lenders(
    units: Sequence[Unit], options: BuildOptions, needs: Mapping[str, Iterable[str]]
) -> dict[str, tuple[Lender, ...]]:
    """By name, what units are built with that builds of others install; those that sam builds before them.

    Args:
        units: All units, in the order in which sam builds them.
        options: The build's options.
        needs: What each resource waits for anyway, by full path. Nothing is found that would close a circle.
    """
    places = (
        (unit, source_path(unit, options)) for unit in units if workflow_of(unit).uses_maven and not unit.needs_engine
    )
    java = [(unit, os.path.realpath(place)) for unit, place in places if place]
    if len(java) <= 1:
        return {}
    waiting = waiting_units(units, needs)
    found: dict[str, tuple[Lender, ...]] = {}
    installed: dict[str, Lender] = {}
    for unit, source in java:
        used = [installed[key] for key in sorted(_used_by(source)) if key in installed]
        lenders = tuple(one for one in used if not reaches(unit.name, one.name, waiting))
        if lenders:
            found[unit.name] = lenders
            for one in lenders:
                waiting[one.name].add(unit.name)
        for coordinates in _made_by(source):
            installed.setdefault(coordinates.key, Lender(unit.name, coordinates))
    return found


def is_installed(coordinates: Coordinates, artifact: Path, repository: Path | None) -> bool | None:
    """Whether the local repository holds of a layer what is in the layer's artifact; None if it holds nothing of it.

    It is another where the same version was installed from elsewhere since. Of what is in no artifact as a jar nobody
    can tell.

    Args:
        coordinates: What the layer's build installed.
        artifact: The layer's artifact.
        repository: The local repository; None if its place is not known.
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


def _made_by(source: str) -> Iterator[Coordinates]:
    """What a build installs: the project, and the modules of it."""
    for text, directory in _poms(os.path.join(source, _POM)):
        yield _own(text, os.path.basename(directory))
    text = _gradle(source, _GRADLE)
    if _PUBLISHES.search(text):
        name = _value(text, "artifactId") or _value(_gradle(source, _GRADLE_SETTINGS), r"rootProject\.name")
        yield Coordinates(
            _value(text, "group") or _value(text, "groupId"), name or os.path.basename(source), _value(text, "version")
        )


def _used_by(source: str) -> set[str]:
    """The keys of what a project depends on."""
    found: set[str] = set()
    for text, _ in _poms(os.path.join(source, _POM)):
        properties = _properties(text)
        parent = _PARENT.search(text)
        blocks = [block for _, block in _DEPENDENCY.findall(text)] + ([parent[1]] if parent else [])
        found |= {f"{_text(block, 'groupId', properties)}:{_text(block, 'artifactId', properties)}" for block in blocks}
    text = _gradle(source, (*_GRADLE, *_GRADLE_SETTINGS))
    if "mavenLocal" in text:
        found |= {f"{group}:{name}" for group, name in _GRADLE_COORDINATES.findall(text)}
    return found


def _poms(file: str) -> Iterator[tuple[str, str]]:
    """A pom and those of its modules, without comments, each with its directory."""
    pending = [file]
    for pom in pending:  # grows as modules are found
        text, directory = _COMMENT.sub("", read(pom)), os.path.dirname(pom)
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
    """The properties of a project, as far as its own pom says them."""
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
    """What stands in an element, with its properties; empty if one of them is not known."""
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
