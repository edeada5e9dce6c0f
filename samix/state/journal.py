"""The records of one build, noted one by one until the state is written whole.

Writing the state whole for each of many units would take a time that grows with the square of their number. A line is
one `write` to the end of a file: once it is done, the end of the process cannot undo it. If the machine goes down, a
line may be lost, and so may the artifact that it is about: the unit is then built again.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
from contextlib import suppress
from pathlib import Path

from samix.files.access_log import observe
from samix.files.copies import remove_tree
from samix.files.safe_read import read_text
from samix.state.records import Record, dump_record, load_record


def begin_journal(path: Path, state: str) -> None:
    """Make an empty journal for a state, which is given as its text.

    The records of the journal replace those in that state. For any other state the journal is ignored.

    Raises:
        OSError: It cannot be written.
    """
    remove_tree(path)  # whatever is there: a link would be written through
    _write(path, os.O_EXCL, _digest(state))


def append_record(path: Path, name: str, record: Record) -> None:
    """Note the record of a unit.

    Raises:
        OSError: It cannot be written.
    """
    _write(path, os.O_APPEND, [name, dump_record(record)])


def read_journal(path: Path, state: str) -> dict[str, Record]:
    """The valid records that were noted since a state was written, by name of the unit."""
    records: dict[str, Record] = {}
    with suppress(OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        first, *lines = read_text(observe(path)).splitlines()
        if json.loads(first) == _digest(state):
            for line in lines:
                name, record = json.loads(line)
                records[str(name)] = load_record(record)
    return records


def _write(path: Path, flag: int, content: object) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | flag
    with open(os.open(path, flags, 0o600), "wb", buffering=0) as file:
        line = json.dumps(content, separators=(",", ":")).encode() + b"\n"
        if file.write(line) != len(line):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), os.fspath(path))


def _digest(state: str) -> str:
    return hashlib.sha256(state.encode()).hexdigest()
