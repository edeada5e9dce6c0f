"""Everything that a build with nothing to do read: as long as that looks the same, the next has nothing to do either.

A snapshot is only a shortcut past the plan: if it cannot be taken, does not match or makes no sense, the build is
planned as if there were none. It is taken only of a build that found everything unchanged, and only if no file that it
read is so young that it may have changed in the meantime.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import re
import stat
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from samix import __version__
from samix.files.access_log import matching
from samix.files.safe_read import read_own_json
from samix.host.platform import find_platform
from samix.report.ending import Ending, Row

if TYPE_CHECKING:
    from pathlib import Path

    from samix.files.access_log import Observation, ObservedEnvironment

_FORMAT = 1
_SECRET_BYTES = 32
_MOST_LINKS = 40  # the system does not follow more in a row either
_KINDS = (stat.S_IFREG, stat.S_IFDIR, stat.S_IFLNK)


@dataclass(frozen=True)
class Snapshot:
    """What a build read, and what it printed."""

    secret: bytes  # the key of the digests: environments and command lines may contain secrets
    request: str  # a digest of the command line, the working directory, samix's version and the platform
    # by name, digests of variables of the environment, None for those that were not set
    variables: Mapping[str, str | None]
    patterns: Mapping[str, str]  # by pattern, digests of the variables whose names it matches
    images: Mapping[str, str | None]  # by name, the content ids of build images; None where one is unknown
    paths: Sequence[str]  # the files and directories, those that are missing among them
    seen: str  # a digest of what they look like without being read
    notes: Sequence[str]  # what is printed for the user before anything else
    said: Sequence[str]  # what sam says of what is reused, printed where there is no display
    ending: Ending  # what is printed at the end

    def holds(self, arguments: Sequence[str], directory: str, environ: Mapping[str, str]) -> bool:
        """Whether everything but the images is unchanged; paths are relative to the working directory."""
        return (
            self.request == _request(self.secret, arguments, directory)
            and all(_variable(self.secret, environ.get(name)) == was for name, was in self.variables.items())
            and all(_matching(self.secret, environ, pattern) == was for pattern, was in self.patterns.items())
            and self.seen == _digest_of_looks(map(_status, self.paths))
        )


def take_snapshot(
    observation: Observation,
    environ: ObservedEnvironment,
    arguments: Sequence[str],
    directory: str,
    *,
    started: int,
    notes: Sequence[str],
    said: Sequence[str],
    ending: Ending,
) -> Snapshot | None:
    """The snapshot of a build that found everything unchanged; `started` is in nanoseconds since the epoch.

    None if something that the build depends on cannot be noted, or may have changed meanwhile.
    """
    import secrets  # noqa: PLC0415 - reading a snapshot must be quick

    from samix.state.stat_index import may_change_unseen  # noqa: PLC0415 - likewise

    if not observation.is_whole:
        return None
    paths = paths_to_check(observation.paths, directory)
    statuses = [_status(path) for path in paths]  # once: the digest must be of what is judged here
    for status in statuses:
        if status and (may_change_unseen(status, started) or stat.S_IFMT(status.st_mode) not in _KINDS):
            return None
    secret = secrets.token_bytes(_SECRET_BYTES)
    return Snapshot(
        secret=secret,
        request=_request(secret, arguments, directory),
        variables={name: _variable(secret, environ.plain.get(name)) for name in sorted(environ.names)},
        patterns={pattern: _matching(secret, environ.plain, pattern) for pattern in sorted(environ.patterns)},
        images=observation.images,
        paths=paths,
        seen=_digest_of_looks(statuses),
        notes=notes,
        said=said,
        ending=ending,
    )


def paths_to_check(noted: Iterable[str], directory: str) -> list[str]:
    """The noted paths that must be checked to notice a change, and the links on the way to them.

    Those in the directory become relative to it. A missing path is left out if the directory above it is watched, which
    changes when the path appears.
    """
    watched = _with_links(os.path.join(directory, path) for path in noted)
    there = {path for path in watched if os.path.lexists(path)}

    def is_shown_by_another(path: str) -> bool:
        above = os.path.dirname(path)
        while above != os.path.dirname(above) and not os.path.lexists(above):
            above = os.path.dirname(above)
        return above in there and os.path.isdir(above)

    kept = [path for path in watched if path in there or ".." in path or not is_shown_by_another(path)]
    return sorted(path.removeprefix(f"{directory}/") for path in kept)


def _with_links(paths: Iterable[str]) -> set[str]:
    watched: set[str] = set()
    passed: set[str] = set()
    pending = [(path, 0) for path in paths]
    while pending:
        path, depth = pending.pop()
        watched.add(path)
        while path not in passed:
            passed.add(path)
            if os.path.islink(path) and depth < _MOST_LINKS:
                watched.add(path)
                pending.append((os.path.join(os.path.dirname(path), os.readlink(path)), depth + 1))
            path = os.path.dirname(path)
    return watched


def _status(path: str) -> os.stat_result | None:
    try:
        return os.lstat(path)
    except (OSError, ValueError):
        return None


def _digest_of_looks(statuses: Iterable[os.stat_result | None]) -> str:
    """A digest of what files and directories look like without being read; None for one that does not exist."""
    digest = hashlib.sha256()
    for seen in statuses:
        if seen is None:
            digest.update(b"-;")
        else:
            digest.update(
                b"%d %d %d %d %d;" % (seen.st_mode, seen.st_size, seen.st_mtime_ns, seen.st_ctime_ns, seen.st_ino)
            )
    return digest.hexdigest()


def _request(secret: bytes, arguments: Sequence[str], directory: str) -> str:
    return _digest(secret, __version__, *find_platform().values(), directory, *arguments)


def _variable(secret: bytes, value: str | None) -> str | None:
    return None if value is None else _digest(secret, value)


def _matching(secret: bytes, environ: Mapping[str, str], pattern: str) -> str:
    named = matching(environ, re.compile(pattern))
    return _digest(secret, *(text for pair in sorted(named.items()) for text in pair))


def _digest(secret: bytes, *texts: str) -> str:
    return hmac.new(secret, json.dumps(texts).encode(), "sha256").hexdigest()


def write_snapshot(path: Path, snapshot: Snapshot | None) -> None:
    """Write a snapshot, which only its user may read; None removes the last one. Errors are ignored."""
    from samix.files.atomic import write_state  # noqa: PLC0415 - reading a snapshot must be quick

    with suppress(OSError, ValueError):
        if snapshot is None:
            path.unlink(missing_ok=True)
            return
        content = {**vars(snapshot), "secret": snapshot.secret.hex(), "format": _FORMAT}
        write_state(path, json.dumps(content, separators=(",", ":")), mode=0o600)


def read_snapshot(path: str) -> Snapshot | None:
    """The snapshot in a file; None if there is no file, or its content makes no sense."""
    return read_own_json(path, _snapshot, None)


def _snapshot(content: Any) -> Snapshot | None:  # noqa: ANN401 - anything
    if content.pop("format") != _FORMAT:
        return None
    rows, *rest = content.pop("ending")
    ending = Ending([Row(*map(str, row)) for row in rows], *rest)
    return Snapshot(secret=bytes.fromhex(content.pop("secret")), ending=ending, **content)
