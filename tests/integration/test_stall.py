"""A sam that waits for ever for its container, as it does where it is slow to listen to it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest
from support.engine import containers_of
from support.makefiles import COPY, made

if TYPE_CHECKING:
    from pathlib import Path

_SAM = """\
#!{interpreter}
import pathlib, sys, time
from samcli.local.docker.container import Container

{first}
from samcli.cli.main import cli
mark = pathlib.Path({mark!r})
is_first = not mark.exists()
mark.touch()
sys.exit(cli(prog_name="sam"))
"""
_LATE = """\
listen = Container.wait_for_logs
def listen_late(self, *arguments, **options):
    while is_first and self.docker_client.containers.get(self.id).status != "exited":
        time.sleep(0.1)
    return listen(self, *arguments, **options)
Container.wait_for_logs = listen_late
"""
_NOT_STARTED = """\
from docker.errors import APIError
start = Container.start
def fail_to_start(self, *arguments, **options):
    if is_first:
        raise APIError("port is already allocated")
    return start(self, *arguments, **options)
Container.start = fail_to_start
"""


@pytest.mark.container
@pytest.mark.usefixtures("container_engine")
@pytest.mark.parametrize("first", [_LATE, _NOT_STARTED], ids=["listens late", "could not start it"])
def test_a_unit_whose_sam_waits_for_ever_is_built_once_more(tmp_path: Path, first: str) -> None:
    sam = tmp_path / "sam"
    sam.write_text(_SAM.format(interpreter=sys.executable, first=first, mark=str(tmp_path / "mark")))
    sam.chmod(0o755)
    project = made(tmp_path / "app", {"Fn": COPY})
    run = project.samix("build", "--use-container", "--skip-pull-image", "--sam", str(sam)).succeeded()
    assert "trying Fn again: sam waited for ever for a container that does not run" in run.errors
    assert run.results() == {"Fn": ("container", "built")}
    assert containers_of(project.path / "Fn") == []
