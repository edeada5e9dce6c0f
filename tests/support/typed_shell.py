"""A shell in a terminal, and somebody who types."""

from __future__ import annotations

import os
import pty
import re
import select
import subprocess
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

_PATIENCE = 60.0
_TO_START, _TO_END = "\x01", "\x05"


def completed(shell: Sequence[str], setup: str, typed: str, directory: Path, environment: Mapping[str, str]) -> str:
    """What a line has become after its completion was asked for, as the shell itself takes its words: `<one><two>`.

    Args:
        shell: The command of an interactive shell.
        setup: What it is told first.
        typed: What is typed; a tab asks for completion.
        directory: The working directory.
        environment: The environment.
    """
    main, other = pty.openpty()
    process = subprocess.Popen(
        shell, stdin=other, stdout=other, stderr=other, cwd=directory, env=environment, start_new_session=True
    )
    os.close(other)
    try:
        _write(main, f"{setup}; printf '%s%s\\n' rea dy\n")
        _read(main, "ready\r")
        _write(main, f"{typed}{_TO_START}printf '<%s>' {_TO_END}; printf '%s%s\\n' en d\n")
        shown = _read(main, r">end\r")
        return str(re.findall(r"(<[^\r\n]*>)end\r", shown)[-1])
    finally:
        os.close(main)
        process.kill()
        process.wait()


def _write(terminal: int, text: str) -> None:
    os.write(terminal, text.encode())


def _read(terminal: int, pattern: str) -> str:
    """What is shown until something of a pattern is."""
    end = time.monotonic() + _PATIENCE
    shown = ""
    while not re.search(pattern, shown):
        readable, _, _ = select.select([terminal], [], [], end - time.monotonic())
        assert readable, f"no {pattern!r} in {shown!r}"
        shown += os.read(terminal, 4096).decode(errors="replace")
    return shown
