"""One run of sam: its input, and what gets its output."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

from samix.sam.wording import Wording

Hear: TypeAlias = "Callable[[bytes, bytes], None]"
"""Called with whole lines, and with the beginning of a line that has not ended yet and will be passed again."""


@dataclass(frozen=True)
class SamRun:
    """One run of sam."""

    arguments: Sequence[str]  # the program and its arguments
    directory: Path
    environment: Mapping[str, str]  # its whole environment
    log: Path  # where its output goes, both streams in the order in which they come
    state: Path | None = None  # where it keeps its state, if it is a sam (`Spawner.hosts`)
    standard_input: bytes = b""
    wording: Wording = field(default_factory=Wording)  # what the log says in place of some texts in its output
    timeout: float | None = None  # seconds; None for no limit
    hear: Hear | None = None  # called with what goes into the log, as it comes
    # asked every 15 seconds, in a thread of its own and with the process group, why the program will never go on; None
    # if it may
    why_stalled: Callable[[int], str | None] | None = None
