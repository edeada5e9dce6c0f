"""Whether all that was installed for a manifest is what any later installation gets, too.

What an index offers changes from day to day. A manifest asks for the same at any time if it names the version of each
package that was installed, those that its packages need among them. As in `samix.builders.installs`, a no costs a
download.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from samix.builders.requirements import is_ambiguous, requirement_lines
from samix.files.access_log import observe
from samix.files.safe_read import read_text

_MODULES, _MANIFEST = "node_modules", "package.json"
_PIN = re.compile(r"([A-Za-z0-9][\w.-]*)(?: *\[[\w., -]*\])? *==+ *([\w.!+-]+) *(?:$|--hash=)", re.ASCII)
_SEPARATORS = re.compile(r"[-_.]+")
_ENDING = ".dist-info"
_LOCK_SETTING = re.compile(r"package[-_]lock|shrinkwrap", re.IGNORECASE)
_USER_SETTINGS = re.compile(r"npm_config_userconfig", re.IGNORECASE)
_GEM_OF_LOCK = re.compile(r"^ {4}(\S+) \(([^()\s]+)\)$", re.MULTILINE)


def are_requirements_pinned(texts: Mapping[str, str], deps: Path) -> bool:
    """Whether requirements name the version of each Python package in a directory.

    A line with a marker does not count: it may not apply, and the package come for another reason. Nor does a text that
    pip and uv read differently.

    `texts` are manifests by name; they are those of `samix.builders.installs.are_requirements_remote`.

    Raises:
        OSError: The directory cannot be read.
    """
    if any(map(is_ambiguous, texts.values())):
        return False
    lines = (line for text in texts.values() for line in requirement_lines(text))
    pinned = {(_plain(found[1]), found[2]) for line in lines if (found := _PIN.match(line))}
    there = [name.removesuffix(_ENDING) for name in os.listdir(deps) if name.endswith(_ENDING)]
    return all((_plain(name), version) in pinned for name, _, version in (one.rpartition("-") for one in there))


def _plain(name: str) -> str:
    """The name of a Python package as PEP 503 compares it."""
    return _SEPARATORS.sub("-", name).lower()


def are_packages_locked(texts: Mapping[str, str], deps: Path) -> bool:
    """Whether a lock of npm names the version of each package in a directory.

    `texts` are manifests by name. npm prefers `npm-shrinkwrap.json`.

    Raises:
        OSError: The directory cannot be read.
    """
    lock = texts.get("npm-shrinkwrap.json") or texts.get("package-lock.json") or "{}"
    try:
        locked = json.loads(lock).get("packages", {})
        return all(locked[path]["version"] == version for path, version in _installed(deps, _MODULES))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return False


def may_ignore_npm_lock(texts: Mapping[str, str], environ: Mapping[str, str]) -> bool:
    """Whether a setting may make npm ignore its lock: in the environment, or in the `.npmrc` of the source or the user.

    `texts` are the files of a source that npm reads, by name.
    """
    if any(_LOCK_SETTING.search(name) for name in environ if name.lower().startswith("npm_config_")):
        return True
    named = next((value for name, value in environ.items() if _USER_SETTINGS.fullmatch(name)), "")
    of_user = named or os.path.join(environ.get("HOME") or os.path.expanduser("~"), ".npmrc")
    settings = [texts.get(".npmrc", "")]
    with suppress(OSError):
        settings.append(read_text(observe(Path(of_user)), errors="replace"))
    return any(_LOCK_SETTING.search(text) for text in settings)


def _installed(deps: Path, below: str) -> Iterator[tuple[str, object]]:
    """The packages that npm has put below a directory: their paths, as a lock names them, and their versions."""
    top = deps / below
    for name in sorted(os.listdir(top)) if top.is_dir() else ():
        if name.startswith("."):
            continue
        names = [f"{name}/{one}" for one in os.listdir(top / name)] if name.startswith("@") else [name]
        for path in (f"{below}/{one}" for one in names):
            manifest = deps / path / _MANIFEST
            yield path, json.loads(read_text(manifest)).get("version") if manifest.exists() else None
            yield from _installed(deps, f"{path}/{_MODULES}")


def are_gems_locked(texts: Mapping[str, str], deps: Path) -> bool:
    """Whether a lock of Bundler names the version of each gem in a directory; `texts` are manifests by name.

    Raises:
        OSError: The directory cannot be read.
    """
    locked = {"-".join(found) for found in _GEM_OF_LOCK.findall(texts.get("Gemfile.lock", ""))}
    gems = [gem.name for gem in deps.glob("vendor/bundle/*/*/gems/*")]
    from_git = any(deps.glob("vendor/bundle/*/*/bundler/gems/*"))  # by commits, of which the name has a part alone
    return not from_git and all(gem in locked for gem in gems)
