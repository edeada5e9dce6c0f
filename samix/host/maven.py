"""Where Maven keeps what builds install, and Gradle what it publishes to Maven's local repository."""

from __future__ import annotations

import os
import pwd
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from samix.builders.search import read
from samix.host.path_lookup import find_programs

_VARIABLES = ("MAVEN_OPTS", "MAVEN_ARGS", "JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "GRADLE_OPTS")
_IN_SOURCE = (".mvn/maven.config", ".mvn/jvm.config", ".mavenrc")
_REPOSITORY = re.compile(r"-Dmaven\.repo\.local=(\"[^\"]*\"|'[^']*'|\S+)")
# settings other than those that are read here, or another home
_OTHERWISE = re.compile(r"(?:^|\s)(?:-s|-gs|--settings|--global-settings)\b|-Duser\.home=")
_LOCAL = re.compile(r"<localRepository>\s*([^<]*?)\s*</localRepository>")
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_VARIABLE = re.compile(r"\$\{(user\.home|env\.(\w+))\}")


def find_repository(environ: Mapping[str, str], source: Path | None = None) -> Path | None:
    """The local Maven repository; None if only Maven itself knows where it is. A source may have its own settings."""
    home = _home(environ)
    options = list(_options(environ, source))
    named = [found for text in options for found in _REPOSITORY.findall(text)]
    if named:
        return _plain(named[-1].strip("\"'"), home, environ)
    if not home or any(_OTHERWISE.search(text) for text in options):
        return None
    own = os.path.join(home, ".m2")
    for file in (os.path.join(own, "settings.xml"), *_global_settings(environ)):
        local = _LOCAL.search(_COMMENT.sub("", read(file)))
        if local and local[1]:
            return _plain(local[1], home, environ)
    return Path(own, "repository")


def _options(environ: Mapping[str, str], source: Path | None) -> Iterator[str]:
    """The options that Maven gets, in ascending order of priority."""
    yield from (environ.get(name, "") for name in _VARIABLES)
    if source is not None:
        yield from (read(os.path.join(source, name)) for name in _IN_SOURCE)


def _home(environ: Mapping[str, str]) -> str:
    """The user's home directory as Java sees it: HOME counts only if the system knows no home directory."""
    try:
        return pwd.getpwuid(os.getuid()).pw_dir
    except KeyError:
        return environ.get("HOME", "")


def _global_settings(environ: Mapping[str, str]) -> Iterator[str]:
    for program in find_programs(["mvn"], environ)[:1]:
        yield os.path.join(os.path.dirname(os.path.realpath(program)), os.pardir, "conf", "settings.xml")


def _plain(written: str, home: str, environ: Mapping[str, str]) -> Path | None:
    """A path from Maven's settings. One that is relative depends on where each build runs."""
    path = _VARIABLE.sub(lambda used: environ.get(used[2], used[0]) if used[2] else home, written)
    return Path(path) if os.path.isabs(path) and "${" not in path else None
