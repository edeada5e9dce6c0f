"""Builds that run without sam and without an engine: on a host and a sam of the test's own."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from typer.testing import CliRunner

from samix.build.run import Backend
from samix.cli.root import app

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest
    from typer.testing import Result

    from samix.host.host import Host
    from samix.sam.process import Runner
    from samix.sam.sam_run import SamRun


def stand_in(host: Host, sam: Runner, refuse: Callable[[], str] = str) -> Backend:
    """A backend on which sam is something else.

    Args:
        host: What a build finds around the sources.
        sam: What stands where sam builds.
        refuse: What it says of the definitions of the application; it accepts them if it says nothing.
    """
    return Backend(make_host=lambda *_: host, make_runner=lambda _: _Reading(sam, refuse))


def unset_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    """Unset all variables of sam and samix, so that a command line of this process takes none of them."""
    for name in os.environ:
        if name.startswith(("SAM_", "SAMIX_")):
            monkeypatch.delenv(name)


@dataclass
class Cli:
    """The command line, run in this process.

    Attributes:
        backend: What its builds and plans run on.
        charset: The encoding of what it prints.
    """

    backend: Backend
    charset: str = "utf-8"

    def __call__(self, *arguments: str) -> Result:
        return CliRunner(charset=self.charset).invoke(app, arguments, catch_exceptions=False, obj=lambda: self.backend)


@dataclass
class _Reading:
    """Has another runner build, and itself reads definitions, of which nothing is built."""

    builder: Runner
    refuse: Callable[[], str]

    @property
    def hosts(self) -> bool:
        return self.builder.hosts

    @property
    def are_ended(self) -> bool:
        return self.builder.are_ended

    def end(self) -> None:
        self.builder.end()

    def run(self, run: SamRun) -> int:
        if run.log.name != "check.log":
            return self.builder.run(run)
        refusal = self.refuse()
        run.log.write_text(f"Error: {refusal}\n" if refusal else "Build Succeeded\n")
        return 1 if refusal else 0
