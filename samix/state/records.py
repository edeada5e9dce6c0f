"""What is remembered of the units that were built, and its form in a state file."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from samix.units.reasons import Cause

if TYPE_CHECKING:
    from samix.template.value import Value, ValueMapping
    from samix.units.reasons import Parts

VERSION = 2
SECRET_BYTES = 32
_DEEPEST = 50  # in a definition; sam writes nothing deeper
_LATER_LISTS = ("generated", "suspected", "wrote", "watched", "beside")  # missing in what samix wrote at first
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(frozen=True)
class Record:
    """What is remembered of a unit that was built."""

    parts: Parts
    digest: str  # of its artifact; empty for an image
    image: str  # the tag of its image; empty for anything else
    uuid: str  # what sam calls its build definition
    resources: tuple[str, ...] = ()  # their full paths
    definition: dict[str, Value] = field(default_factory=dict)  # as in build.toml, without environment values
    deps: str = ""  # the digest of its directory in `deps/`; empty where it has none yet
    placed: tuple[str, ...] = ()  # the full paths of those that got this artifact into the build dir
    kept: bool = False  # whether it was put where a bare sam finds it, in `cache/` and `build.toml`
    unsettled: str = ""  # what changed during the build: what it was made from is unknown; empty if nothing did
    overtaken: str = ""  # which unit was built since without this one, and the place they share; empty if none was
    seconds: float = 0.0  # how long building it took; 0 where that is unknown
    generated: tuple[str, ...] = ()  # what its build makes among its sources, by paths relative to its source
    suspected: tuple[str, ...] = ()  # what it may make there
    # where it was seen writing in places that matter to others, relative to the project; with a slash at the end where
    # something below was written
    wrote: tuple[str, ...] = ()
    watched: tuple[str, ...] = ()  # the places that were watched for that, likewise
    set_key: str = ""  # the set of dependencies that it was built on or has installed; empty if others cannot share it
    beside: tuple[str, ...] = ()  # artifacts without which it failed, by their paths in the build dir

    @property
    def left_nothing(self) -> bool:
        """Whether sam ended well and left no artifact, because there was no source."""
        return not self.digest and not self.image


@dataclass(frozen=True)
class Accepted:
    """What sam accepted last."""

    digest: str = ""  # of all definitions (`samix.sam.acceptance.templates_digest`); empty for none
    sam: str = ""  # the version of that sam; empty where it is not known

    def holds(self, digest: str, sam: str | None) -> bool:
        """Whether these are the definitions, and this is the sam, as far as its version is known."""
        return self.digest == digest and (not sam or not self.sam or self.sam == sam)


NOTHING_ACCEPTED = Accepted()


@dataclass(frozen=True)
class State:
    """What a state file contains."""

    secret: bytes = field(repr=False)  # the key for digests of environment values
    records: Mapping[str, Record]  # by name of the unit
    accepted: Accepted = NOTHING_ACCEPTED


def dump_state(state: State) -> str:
    """The text of a state file."""
    content = {
        "version": VERSION,
        "secret": state.secret.hex(),
        "accepted": vars(state.accepted),
        "units": {name: dump_record(record) for name, record in state.records.items()},
    }
    return json.dumps(content, separators=(",", ":"))


def dump_record(record: Record) -> dict[str, object]:
    """A record in the form of a state file."""
    return {
        **vars(record),
        "parts": {cause.value: dict(named) for cause, named in record.parts.items()},
        "resources": list(record.resources),
        "placed": list(record.placed),
        **{name: list(getattr(record, name)) for name in _LATER_LISTS},
    }


class OtherVersionError(ValueError):
    """A state file was written by another version of samix."""


def load_state(text: str) -> State:
    """What a state file contains.

    Raises:
        OtherVersionError: Another version of samix wrote it.
        Exception: It is not valid: one of ValueError, KeyError, TypeError, AttributeError and RecursionError.
    """
    content = json.loads(text)
    if content["version"] != VERSION:
        raise OtherVersionError
    return State(
        _checked_secret(content["secret"]),
        {str(name): load_record(record) for name, record in content["units"].items()},
        Accepted(**_texts(content.get("accepted", {}))),  # missing in what samix wrote at first
    )


def load_record(record: Mapping[str, Value]) -> Record:
    """A record from the form of a state file.

    Raises:
        Exception: It is not valid: one of ValueError, KeyError, TypeError and AttributeError.
    """
    return Record(
        parts={Cause(cause): _texts(named) for cause, named in _items(record["parts"])},
        digest=str(record["digest"]),
        image=str(record["image"]),
        uuid=checked_uuid(record["uuid"]),
        resources=tuple(str(name) for name in _list(record["resources"])),
        definition=_fields(record["definition"]),
        deps=str(record["deps"]),
        placed=tuple(str(name) for name in _list(record["placed"])),
        kept=record["kept"] is True,
        unsettled=str(record["unsettled"]),
        overtaken=str(record.get("overtaken", "")),
        set_key=str(record.get("set_key", "")),
        seconds=_seconds(record.get("seconds", 0.0)),
        **{name: tuple(str(path) for path in _list(record.get(name, []))) for name in _LATER_LISTS},
    )


def _items(value: Value) -> list[tuple[str, Value]]:
    if not isinstance(value, dict):
        raise TypeError(f"not a mapping: {value!r}")
    return list(value.items())


def _fields(value: Value) -> ValueMapping:
    """The fields of a definition, all of which build.toml can contain."""
    if isinstance(value, dict) and all(isinstance(text, str) for text in value.values()):
        "".join(map(str, (*value, *value.values()))).encode()  # raises for a lone surrogate
        return dict(value)
    pending: list[tuple[Value, int]] = [(value, 0)]
    while pending:
        each, depth = pending.pop()
        if depth > _DEEPEST or each is None:
            raise ValueError("no fields of a definition")
        if isinstance(each, str):
            each.encode()  # raises for a lone surrogate
        elif isinstance(each, list):
            pending += ((item, depth + 1) for item in each)
        elif isinstance(each, dict):
            pending += ((item, depth + 1) for pair in each.items() for item in pair)
    return dict(_items(value))


def _list(value: Value) -> list[Value]:
    if not isinstance(value, list):
        raise TypeError(f"not a list: {value!r}")
    return value


def _seconds(value: Value) -> float:
    if not isinstance(value, int | float) or not 0 <= value < math.inf:
        raise ValueError(f"no time: {value!r}")
    return float(value)


def _texts(value: Value) -> dict[str, str]:
    return {name: str(text) for name, text in _items(value)}


def _checked_secret(text: str) -> bytes:
    secret = bytes.fromhex(text)
    if len(secret) != SECRET_BYTES:
        raise ValueError(f"a key of {len(secret)} bytes")
    return secret


def checked_uuid(value: object) -> str:
    """A uuid as sam writes it, or an empty text: no file can name a directory outside of the cache.

    Raises:
        ValueError: It is something else.
    """
    text = str(value)
    if text and not UUID.fullmatch(text):
        raise ValueError(f"not a uuid: {text!r}")
    return text
