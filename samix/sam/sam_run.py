"""One run of sam, or of another program: what it is given and who hears what it says."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from samix.sam.wording import Wording

Hear: TypeAlias = "Callable[[bytes, bytes], None]"
"""Called with whole lines, and the beginning of a line that has not ended yet and will be passed again."""


@dataclass(frozen=True)
class SamRun:
    """One run of a program.

    Attributes:
        arguments: The program and its arguments.
        environment: Its whole environment.
        log: Where its output goes, both streams in the order in which they come.
        state: Where it keeps its state, if it is a sam that can be told so (`samix.sam.process.Starter.hosts`).
        secrets: Texts that must not reach the log.
        wording: What the log says in place of some texts in its output.
        timeout: How many seconds it may take, None for no limit.
        hear: Called with what goes into the log, as it comes.
        why_stalled: Asked every 15 seconds, with its process group, why it will never go on; None if it may. This is
            done in a thread of its own.
    """

    arguments: Sequence[str]
    directory: Path
    environment: Mapping[str, str]
    log: Path
    state: Path | None = None
    standard_input: bytes = b""
    secrets: Sequence[str] = ()
    wording: Wording | None = None
    timeout: float | None = None
    hear: Hear | None = None
    why_stalled: Callable[[int], str | None] | None = None
