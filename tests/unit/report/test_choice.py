"""Which reporter a build gets."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from rich.console import Console

from samix.messages.note import Note
from samix.options.reporting import LogOrder, Reporting, Verbosity
from samix.report.choice import reporter_for
from samix.report.ci.detect import find_platform
from samix.report.console import PlainConsole, RichConsole
from samix.report.live.reporter import LiveReporter

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from samix.options.merge import BuildOptions


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("file", "environ", "verbosity", "is_live"),
    [
        pytest.param(Terminal, {"TERM": "xterm"}, Verbosity.NORMAL, True, id="a terminal"),
        pytest.param(Terminal, {"TERM": "xterm"}, Verbosity.VERBOSE, True, id="a terminal, verbose"),
        pytest.param(Terminal, {"TERM": "xterm"}, Verbosity.QUIET, False, id="a terminal, quiet"),
        pytest.param(Terminal, {"TERM": "dumb"}, Verbosity.NORMAL, False, id="a dumb terminal"),
        pytest.param(Terminal, {"TERM": "xterm", "CI": "true"}, Verbosity.NORMAL, False, id="a terminal that CI has"),
        pytest.param(io.StringIO, {"TERM": "xterm"}, Verbosity.NORMAL, False, id="a pipe"),
        pytest.param(
            io.StringIO, {"TERM": "xterm", "FORCE_COLOR": "1"}, Verbosity.NORMAL, False, id="colours in a pipe"
        ),
    ],
)
def test_only_somebody_who_sits_there_gets_the_display(
    file: type[io.StringIO],
    environ: Mapping[str, str],
    verbosity: Verbosity,
    is_live: bool,
    tmp_path: Path,
    make_options: Callable[..., BuildOptions],
) -> None:
    options = replace(make_options(tmp_path), reporting=Reporting(verbosity=verbosity))
    console = RichConsole(Console(file=file(), _environ=environ))
    with reporter_for(options, console, environ, find_platform(environ)) as reporter:
        assert isinstance(reporter, LiveReporter) == is_live


@pytest.mark.parametrize("order", [None, *LogOrder])
@pytest.mark.parametrize("verbosity", Verbosity)
def test_what_is_quiet_says_nothing_in_any_order_of_logs(
    order: LogOrder | None, verbosity: Verbosity, tmp_path: Path, make_options: Callable[..., BuildOptions]
) -> None:
    options = replace(make_options(tmp_path), reporting=Reporting(log_order=order, verbosity=verbosity))
    output = io.StringIO()
    with reporter_for(options, PlainConsole(output), {}, find_platform({})) as reporter:
        reporter(Note("a note"))
    assert (output.getvalue() == "") == (verbosity is Verbosity.QUIET)
