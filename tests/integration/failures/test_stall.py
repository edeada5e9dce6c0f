"""A sam that waits for ever for its container, as it does where it is slow to listen to it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest
from support.engine import containers_of
from support.makefiles import COPY, made

if TYPE_CHECKING:
    from pathlib import Path

# sam itself, but the first two of its runs: in the one it listens late, in the other it cannot start its container
_SAM = """\
#!{interpreter}
import pathlib, sys, time
from docker.errors import APIError
from samcli.cli.main import cli
from samcli.local.docker.container import Container

listen = Container.wait_for_logs

def listen_late(self, *arguments, **options):
    while self.docker_client.containers.get(self.id).status != "exited":
        time.sleep(0.1)
    return listen(self, *arguments, **options)

def fail_to_start(self, *arguments, **options):
    raise APIError("port is already allocated")

builds = "build" in sys.argv and not any(argument.startswith("--exclude=") for argument in sys.argv)
for name, method in (("wait_for_logs", listen_late), ("start", fail_to_start)) if builds else ():
    try:
        pathlib.Path({marks!r}, name).touch(exist_ok=False)
    except FileExistsError:
        continue
    setattr(Container, name, method)
    break
sys.exit(cli(prog_name="sam"))
"""


@pytest.mark.container
@pytest.mark.usefixtures("container_engine")
def test_units_whose_sam_waits_for_ever_are_built_once_more(tmp_path: Path) -> None:
    sam, marks = tmp_path / "sam", tmp_path / "marks"
    marks.mkdir()
    sam.write_text(_SAM.format(interpreter=sys.executable, marks=str(marks)))
    sam.chmod(0o755)
    project = made(tmp_path / "app", {"One": COPY, "Two": COPY})
    run = project.samix("build", "--use-container", "--skip-pull-image", "--jobs", "2", "--sam", str(sam)).succeeded()
    for why in ("it has ended", "it was not started"):
        assert f"again: sam waited forever for its container: {why}" in run.errors
    assert run.results() == {"One": ("container", "built"), "Two": ("container", "built")}
    for name in ("One", "Two"):
        assert containers_of(project.path / name) == []
