"""What samix knows of earlier builds, and where their artifacts lie.

A record is believed only as far as the artifact that it speaks of is still there, byte for byte.
"""

from __future__ import annotations

import errno
import json
import re
import secrets
import threading
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING

from samix.errors import StateError
from samix.files import write_atomically
from samix.template.resources import Kind
from samix.tree import copy_tree, remove_tree, tree_digest

if TYPE_CHECKING:
    from collections.abc import Container, Iterable
    from pathlib import Path

    from samix.plan.fingerprint import Fingerprint
    from samix.plan.units import Unit
    from samix.state.layout import Layout
    from samix.template.value import Value

VERSION = 1
_SECRET_BYTES = 32
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(frozen=True)
class Record:
    """What is known of a unit that was built.

    Attributes:
        parts: The parts of its fingerprint.
        digest: The digest of its artifact; empty for an image.
        image: The tag of its image; empty for anything else.
        uuid: What sam calls its build definition.
        definition: That definition as sam writes it to build.toml, without environment values.
        seconds: How long sam took.
        deps: The digest of its directory in `deps/`; empty where it has none yet.
    """

    parts: dict[str, str]
    digest: str
    image: str
    uuid: str
    definition: dict[str, Value] = field(default_factory=dict)
    seconds: float = 0.0
    deps: str = ""


@dataclass
class Store:
    """The records of a project.

    Attributes:
        layout: Where everything lies.
        secret: The key for digests of environment values, made once for a project.
        records: By unit name.
        warning: Why an earlier state could not be used, if it could not.
    """

    layout: Layout
    secret: bytes = field(repr=False)
    records: dict[str, Record]
    warning: str = ""
    _seen: dict[Path, str] = field(default_factory=dict, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    @classmethod
    def open(cls, layout: Layout) -> Store:
        """Read the records; a missing, old or broken state gives an empty store."""
        path = layout.state_file
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
            if content["version"] != VERSION:
                return cls(layout, secrets.token_bytes(32), {}, f"{path} is of another version of samix: not used.")
            records = {
                str(name): Record(
                    parts={str(key): str(value) for key, value in record["parts"].items()},
                    digest=str(record["digest"]),
                    image=str(record["image"]),
                    uuid=checked_uuid(record["uuid"]),
                    definition=dict(record["definition"]),
                    seconds=float(record["seconds"]),
                    deps=str(record.get("deps", "")),
                )
                for name, record in content["units"].items()
            }
            return cls(layout, _checked_secret(content["secret"]), records)
        except FileNotFoundError:
            return cls(layout, secrets.token_bytes(32), {})
        except (OSError, ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError) as error:
            return cls(layout, secrets.token_bytes(32), {}, f"{path} cannot be read ({error}): all is built anew.")

    def save(self, name: str, record: Record) -> None:
        """Keep a unit's record, at once and for good.

        Raises:
            StateError: It cannot be written.
        """
        with self._lock:
            self.records[name] = record
            self._write()

    def keep_only(self, names: Container[str]) -> None:
        """Forget all units but these.

        Raises:
            StateError: It cannot be written.
        """
        with self._lock:
            gone = [name for name in self.records if name not in names]
            for name in gone:
                del self.records[name]
            if gone:
                self._write()

    def _write(self) -> None:
        content = {
            "version": VERSION,
            "secret": self.secret.hex(),
            "units": {name: asdict(record) for name, record in self.records.items()},
        }
        try:
            write_atomically(self.layout.state_file, json.dumps(content, indent=1), mode=0o600)
        except OSError as error:
            raise StateError(f"The state of the build cannot be written: {error}") from error

    def digests(self, names: Iterable[str]) -> dict[str, str]:
        """The digests of what these units built last; an image's tag stands for it."""
        found = ((name, self.records.get(name)) for name in names)
        return {name: record.digest or record.image if record else "" for name, record in found}

    def find_artifact(self, unit: Unit) -> Path | None:
        """Where the unit's artifact lies, unaltered since it was built; None if nowhere."""
        record = self.records.get(unit.name)
        if record is None or unit.kind is Kind.IMAGE:
            return None
        return next((place for place in self._places(unit, record) if self.holds(place, record.digest)), None)

    def _places(self, unit: Unit, record: Record) -> list[Path]:
        """Where the unit's artifact may lie."""
        places = [self.layout.finished_artifact(unit)]
        places += [self.layout.artifact(resource) for resource in unit.resources]
        if record.uuid:
            places.append(self.layout.cache_dir / record.uuid)
        return places

    def holds(self, place: Path, digest: str) -> bool:
        """Whether a directory has this digest; a directory is read once in the life of the store."""
        if self._seen.get(place) != digest:
            try:
                self._seen[place] = tree_digest(place)
            except OSError:
                return False
        return self._seen[place] == digest

    def move(self, place: Path, target: Path) -> None:
        """Move an artifact; onto another file system by a copy beside its new place.

        Raises:
            OSError: It cannot be moved.
        """
        target.parent.mkdir(parents=True, exist_ok=True)
        self._seen.pop(target, None)
        remove_tree(target)
        try:
            place.rename(target)
        except OSError as error:
            if error.errno != errno.EXDEV:
                raise
            beside = target.with_name(f".{target.name}.samix")
            remove_tree(beside)
            copy_tree(place, beside)
            beside.rename(target)
            remove_tree(place)
        if place in self._seen:
            self._seen[target] = self._seen.pop(place)

    def why_stale(self, unit: Unit, fingerprint: Fingerprint) -> str | None:
        """Why a unit must be built, None if its artifact can be used again."""
        if unit.kind is Kind.IMAGE:
            return "images are left to the engine's own cache"
        if unit.is_in_source:
            return "--build-in-source"
        record = self.records.get(unit.name)
        if record is None:
            return "not built yet"
        changed = fingerprint.difference(record.parts)
        if changed == "build type":
            return f"build type {record.parts.get(changed)} → {fingerprint.parts[changed]}"
        return f"{changed} changed" if changed else self._why_lost(unit, record)

    def _why_lost(self, unit: Unit, record: Record) -> str | None:
        if self.find_artifact(unit):
            return None
        is_there = any(place.exists() for place in self._places(unit, record))
        return "artifact was altered since" if is_there else "artifact is gone"


def _checked_secret(text: str) -> bytes:
    secret = bytes.fromhex(text)
    if len(secret) != _SECRET_BYTES:
        raise ValueError(f"a key of {len(secret)} bytes")
    return secret


def checked_uuid(value: object) -> str:
    """A uuid as sam writes it, or nothing; so that no file can name a directory outside of the cache.

    Raises:
        ValueError: It is something else.
    """
    text = str(value)
    if text and not _UUID.fullmatch(text):
        raise ValueError(f"not a uuid: {text!r}")
    return text
