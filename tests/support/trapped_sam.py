"""A sam that is not to be started, and need not be: its files prove its version, as those of the real one do."""

from __future__ import annotations

import shlex
import sys
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from support.project import HOST_PYTHON

if TYPE_CHECKING:
    from collections.abc import Mapping

_INSTALLED = {name: version(name) for name in ("aws-sam-cli", "aws-lambda-builders")}


def trapped_sam(place: Path, started: Path, versions: Mapping[str, str] = _INSTALLED) -> Path:
    """The script that pip makes, in an environment whose interpreter tells that it was started, and fails.

    Args:
        place: Where the environment goes.
        started: The file that then has the arguments.
        versions: Those that its files prove, by distribution.
    """
    python, sam = place / "bin" / "python", place / "bin" / "sam"
    packages = place / "lib" / HOST_PYTHON / "site-packages"
    for name, number in versions.items():
        metadata = packages / f"{name.replace('-', '_')}-{number}.dist-info" / "METADATA"
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
