"""A sam as pip installs one, whose command runs the Python program that it is given: it starts in no time."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from samix.run.fork_server import start_server

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from samix.run.fork_server import ForkServer

_SCRIPT = """\
#!{interpreter}
# -*- coding: utf-8 -*-
import re
import sys
from samcli.cli.main import cli
if __name__ == '__main__':
    sys.argv[0] = re.sub(r'(-script\\.pyw|\\.exe)?$', '', sys.argv[0])
    sys.exit(cli())
"""
_COMMAND = """\
import sys
{first}
def cli():
    exec(sys.argv[1], {{"__name__": "program"}})
"""


def small_sam(directory: Path, first: str = "", interpreter: str = sys.executable) -> Path:
    """The script, beside what it imports.

    Args:
        directory: Where it goes.
        first: What is done when it is imported.
        interpreter: What its first line names.
    """
    module = directory / "samcli" / "cli" / "main.py"
    module.parent.mkdir(parents=True)
    for package in (module.parent, module.parent.parent):  # or one that is installed would be found
        (package / "__init__.py").touch()
    module.write_text(_COMMAND.format(first=first))
    sam = directory / "sam"
    sam.write_text(_SCRIPT.format(interpreter=interpreter))
    sam.chmod(0o755)
    return sam


def fork_server(
    sam: Path,
    directory: Path,
    environment: Mapping[str, str] | None = None,
    tell: Callable[[str], None] = lambda _: None,
) -> ForkServer:
    """A server that forks its runs."""
    return start_server(sam, environment or {}, directory / "workspaces", tell)
