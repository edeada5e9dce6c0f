"""A sam that is not to be started, and need not be: its files prove its version, as those of the real one do."""

from __future__ import annotations

import shlex
import sys
from importlib.metadata import version
from pathlib import Path

from support.project import HOST_PYTHON


def trapped_sam(place: Path, started: Path) -> Path:
    """The script that pip makes, in an environment whose interpreter tells that it was started, and fails.

    Args:
        place: Where the environment goes.
        started: The file that then has the arguments.
    """
    python, sam = place / "bin" / "python", place / "bin" / "sam"
    packages = place / "lib" / HOST_PYTHON / "site-packages"
    for name in ("aws-sam-cli", "aws-lambda-builders"):
        metadata = packages / f"{name.replace('-', '_')}-{version(name)}.dist-info" / "METADATA"
        metadata.parent.mkdir(parents=True)
        metadata.touch()
    python.parent.mkdir()
    (place / "pyvenv.cfg").touch()
    python.write_text(f'#!/bin/sh\necho "$0" "$@" >> {shlex.quote(str(started))}\nexit 1\n')
    _, body = (Path(sys.executable).parent / "sam").read_text().split("\n", 1)
    sam.write_text(f"#!{python}\n{body}")
    for program in (python, sam):
        program.chmod(0o755)
    return sam
