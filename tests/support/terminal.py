"""A terminal with a shell in it: tmux, which draws as a person would see it."""

from __future__ import annotations

import shlex
import subprocess
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from support.project import clean_environment

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

PROMPT = "$ "
_NUMBERED_PROMPT = r"\[\e]2;\#\a\]" + PROMPT
"""With the number of the command that is asked for as the title of the window."""
_SECONDS = 120
_PAUSE = 0.05


@dataclass
class Terminal:
    """A window.

    Attributes:
        socket: Where its server listens.
        output: A file with all that was written to the window.
    """

    socket: Path
    output: Path
    _commands: int = field(default=0, init=False)

    def type(self, text: str) -> None:
        """Type a command and press return."""
        self._commands += 1
        self._tmux("send-keys", "-l", text)
        self._tmux("send-keys", "Enter")

    def press(self, key: str) -> None:
        """Press a key, such as C-c."""
        self._tmux("send-keys", key)

    def resize(self, columns: int, lines: int) -> None:
        self._tmux("resize-window", "-x", str(columns), "-y", str(lines))

    def screen(self, *, styled: bool = False) -> list[str]:
        """The lines in the window, without empty ones at the end.

        Args:
            styled: Whether with the escape sequences of their colours.
        """
        flags = ["-e"] if styled else []
        return self._tmux("capture-pane", "-p", *flags).rstrip("\n").split("\n")

    def history(self, *, joined: bool = False) -> list[str]:
        """The lines that have scrolled out of the window, and those in it.

        Args:
            joined: Whether a line that the terminal broke because it was too long is one.
        """
        flags = ["-J"] if joined else []
        return self._tmux("capture-pane", "-p", "-S", "-", *flags).rstrip("\n").split("\n")

    @property
    def shows_cursor(self) -> bool:
        return self._tmux("display-message", "-p", "#{cursor_flag}").strip() == "1"

    def written(self) -> str:
        """All that was written to the window, as it was written."""
        return self.output.read_bytes().decode(errors="replace")

    def wait_for(self, is_there: Callable[[list[str]], bool]) -> list[str]:
        """The screen as soon as it is as it should be."""
        deadline = time.monotonic() + _SECONDS
        while not is_there(screen := self.screen()):
            assert time.monotonic() < deadline, "\n".join(screen)
            time.sleep(_PAUSE)
        return screen

    def wait_for_prompt(self) -> list[str]:
        """The screen when the shell asks for the command after the last that was typed."""
        title = str(self._commands + 1)
        self.wait_for(lambda _: self._tmux("display-message", "-p", "#{pane_title}").strip() == title)
        return self.wait_for(lambda screen: screen[-1] == PROMPT.rstrip())

    def _tmux(self, *arguments: str) -> str:
        command = ["tmux", "-S", str(self.socket), *arguments]
        return subprocess.run(command, capture_output=True, text=True, timeout=_SECONDS, check=True).stdout


@contextmanager
def terminal(
    scratch: Path, directory: Path, columns: int, lines: int, environment: Mapping[str, str] | None = None
) -> Iterator[Terminal]:
    """A window of a size, with a shell in a directory.

    Args:
        scratch: A directory for its socket and its output.
        directory: Where the shell begins.
        columns: The width.
        lines: The height.
        environment: Variables to be set.
    """
    window = Terminal(scratch / "tmux", scratch / "output")
    shell = shlex.join(["env", f"PS1={_NUMBERED_PROMPT}", "bash", "--norc", "--noprofile"])
    size = ["-x", str(columns), "-y", str(lines)]
    command = [
        "tmux",
        "-S",
        str(window.socket),
        "-f",
        "/dev/null",
        *("start-server", ";", "set-option", "-g", "history-limit", "10000", ";"),  # for windows that are made later
        "new-session",
        "-d",
        *size,
        "-c",
        str(directory),
        shell,
    ]
    everything = {**clean_environment(), "LANG": "C.UTF-8", **(environment or {})}
    subprocess.run(command, env=everything, check=True, timeout=_SECONDS)
    try:
        window._tmux("pipe-pane", f"cat > {shlex.quote(str(window.output))}")  # noqa: SLF001 - its own
        window.wait_for_prompt()
        yield window
    finally:
        window._tmux("kill-server")  # noqa: SLF001
