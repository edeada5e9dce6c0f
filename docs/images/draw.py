"""Draws the pictures of the documentation: what real builds of examples/mixed look like in a terminal.

Run by `make pictures`, on a machine that does nothing else: one of them is of a moment within a build.
"""

from __future__ import annotations

import io
import re
import shutil
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.text import Text
from support.project import HOST_PYTHON, REPOSITORY
from support.terminal import PROMPT, Terminal, terminal

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_PICTURES = Path(__file__).parent
_COLUMNS, _LINES = 100, 70
_BUILD = "samix build"
_PLAN = "samix plan"
_SAMCONFIG = f"""\
version = 0.1

[default.build.parameters]
parameter_overrides = "HostPythonRuntime={HOST_PYTHON}"
skip_pull_image = true
"""
"""With the Python of this machine, as `make demo` has it, and the images that are here."""


def main() -> None:
    """Draw all of them."""
    with (
        _example() as project,
        tempfile.TemporaryDirectory() as scratch,
        terminal(Path(scratch), project, _COLUMNS, _LINES) as window,
    ):
        _run(window, _BUILD)
        _draw("build", _BUILD, window, until="Build Succeeded")
        _start(window, f"{_BUILD} --no-cached")
        window.wait_for(_is_half_way)
        _draw("display", _BUILD, window)
        window.wait_for_prompt()
        _run(window, _PLAN)
        _draw("plan", _PLAN, window)
        _break(project / "native-layer" / "checksum.c")
        _run(window, _BUILD)
        _draw("failure", _BUILD, window)


@contextmanager
def _example() -> Iterator[Path]:
    """A copy of the example that was not built yet."""
    with tempfile.TemporaryDirectory() as directory:
        project = Path(directory) / "mixed"
        shutil.copytree(
            REPOSITORY / "examples" / "mixed", project, ignore=shutil.ignore_patterns(".aws-sam", "node_modules")
        )
        (project / "samconfig.toml").write_text(_SAMCONFIG)
        yield project


def _break(source: Path) -> None:
    """Take a semicolon out of a program."""
    source.write_text(source.read_text().replace(";", "", 1))


def _is_half_way(screen: Sequence[str]) -> bool:
    built = [line for line in screen if line.startswith("built ")]
    text = "\n".join(screen)
    return len(built) > 1 and f"{len(built)} of " in text and "2 running" in text and "left" in text


def _start(window: Terminal, command: str) -> None:
    """Start a command in an empty window."""
    window.type("clear")
    window.wait_for_prompt()
    window.type(command)


def _run(window: Terminal, command: str) -> None:
    """Run a command to its end in an empty window."""
    _start(window, command)
    window.wait_for_prompt()


def _draw(name: str, title: str, window: Terminal, until: str = "") -> None:
    """Draw a window without the prompt at its end, or up to a line that begins so."""
    lines = list(Text.from_ansi("\n".join(window.screen(styled=True))).split())
    if lines[-1].plain.strip() == PROMPT.strip():
        lines.pop()
    if until:
        end = next(number for number, line in enumerate(lines) if line.plain.startswith(until))
        lines = lines[: end + 1]
    console = Console(record=True, width=_COLUMNS, file=io.StringIO())
    for line in lines:
        console.print(line, soft_wrap=True)
    drawing = console.export_svg(title=title)
    # no fonts from elsewhere: the reader's own will do
    drawing = re.sub(r"@font-face \{.*?\}", "", drawing, flags=re.DOTALL)
    drawing = drawing.replace("Fira Code", "ui-monospace, Menlo, Consolas")
    picture = _PICTURES / f"{name}.svg"
    picture.write_text("\n".join(line.rstrip() for line in drawing.splitlines()) + "\n")
    sys.stdout.write(f"wrote {picture.relative_to(REPOSITORY)}\n")


if __name__ == "__main__":
    main()
