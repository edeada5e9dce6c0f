"""Where programs are found, and where they keep what a user has set."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping

from samix.files.access_log import observe


def find_programs(names: Iterable[str], environ: Mapping[str, str], home: str | None = None) -> list[str]:
    """All programs of these names, in the order in which sam tries them: by name, then by directory.

    Relative directories on PATH are relative to the working directory, where sam runs as well. The `bin` of `home`, if
    that is given, comes before the directories on PATH. The names have no directory. Mirrors
    `aws_lambda_builders.path_resolver.PathResolver`.
    """
    directories = environ.get("PATH", os.defpath).split(os.pathsep)
    if home:
        directories.insert(0, os.path.join(home, "bin"))
    places = dict.fromkeys(map(os.path.abspath, directories))
    paths = (os.path.join(place, name) for name in names for place in places)
    return [path for path in paths if os.access(observe(path), os.X_OK) and not os.path.isdir(path)]


def configuration_directory(environ: Mapping[str, str]) -> str:
    """Where programs keep what a user has set (XDG Base Directory Specification)."""
    return environ.get("XDG_CONFIG_HOME") or f"{environ.get('HOME', '')}/.config"
