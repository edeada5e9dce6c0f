"""Remembers the versions of tools from one build to the next."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from samix.files.access_log import observe
from samix.files.atomic import write_state
from samix.files.safe_read import read_own_json

_VERSION = 1
_MOST = 200  # several for each tool: when a PATH changes back and forth, no tool need be asked again


def look(path: str) -> str:
    """The status of a file as text, which is different after a change; empty if there is no file."""
    try:
        seen = os.stat(observe(path))
    except (OSError, ValueError):
        return ""
    # the inode too, because npm gives all files of all versions one time; ctime changes with every new hard link
    return f"{seen.st_size}:{seen.st_mtime_ns}:{seen.st_ino}"


@dataclass(frozen=True)
class Answer:
    """The version that a tool reported."""

    version: str | None  # None if it reported none
    watched: Mapping[str, str] = field(default_factory=dict)  # by path, how the files of this version look (see `look`)

    @classmethod
    def of(cls, version: str | None, watched: Iterable[str] = ()) -> Answer:
        """An answer that is valid as long as these files look as they do now."""
        return cls(version, {path: look(path) for path in watched})

    @property
    def is_valid(self) -> bool:
        """Whether the files that belong to this version are unchanged."""
        return all(look(path) == seen for path, seen in self.watched.items())


@dataclass
class VersionMemory:
    """The answers of tools in a file, by a digest of everything that decides which version answers."""

    path: Path
    _answers: dict[str, Answer] = field(default_factory=dict)
    _is_new: bool = False

    @classmethod
    def open(cls, path: Path) -> VersionMemory:
        """Read the answers from a file; an answer that is missing, broken or of another version of samix is ignored."""
        return cls(path, read_own_json(observe(path), _answers, {}, version=_VERSION))

    def find(self, key: str) -> Answer | None:
        """The answer under a key, if it is still valid."""
        answer = self._answers.get(key)
        return answer if answer and answer.is_valid else None

    def keep(self, key: str, answer: Answer) -> None:
        """Remember an answer in memory; `save` writes it to the file."""
        self._answers.pop(key, None)
        self._answers[key] = answer
        self._is_new = True

    def save(self) -> None:
        """Write the file, if there is anything new. If it cannot be written, tools are asked again."""
        if not self._is_new:
            return
        kept = dict(list(self._answers.items())[-_MOST:])
        content = {"version": _VERSION, "answers": {key: asdict(answer) for key, answer in kept.items()}}
        with suppress(OSError):
            write_state(self.path, json.dumps(content, indent=1))
            self._is_new = False


def _answers(content: Any) -> dict[str, Answer]:  # noqa: ANN401 - anything
    return {key: _check(entry) for key, entry in content["answers"].items()}


def _check(entry: Mapping[str, object]) -> Answer:
    version, watched = entry["version"], entry["watched"]
    if not isinstance(watched, dict):
        raise TypeError
    if version is not None and not (isinstance(version, str) and version.isprintable()):
        raise TypeError
    return Answer(version, {str(path): str(seen) for path, seen in watched.items()})
