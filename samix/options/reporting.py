"""The options that decide what a build prints."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from samix.options.sources import Given, OptionSources


class LogOrder(Enum):
    """The order in which the logs of successful units are shown."""

    GROUPED = "grouped"
    STREAM = "stream"


class Verbosity(Enum):
    """How much a build prints."""

    QUIET = "quiet"
    NORMAL = "normal"
    VERBOSE = "verbose"


@dataclass(frozen=True)
class Reporting:
    """What a build prints, and which reports it writes."""

    as_json: bool = False  # whether standard output gets one JSON document and nothing else
    log_order: LogOrder | None = None  # None if it depends on where logs are shown
    verbosity: Verbosity = Verbosity.NORMAL
    summary: Path | None = None
    trace: Path | None = None

    @property
    def is_recorded(self) -> bool:
        """Whether a summary or a trace of the build is written."""
        return self.summary is not None or self.trace is not None

    @property
    def can_be_repeated(self) -> bool:
        """Whether the next build, if it has nothing to do, only has to print what this one printed."""
        return not self.is_recorded and self.verbosity is Verbosity.NORMAL


def merge_reporting(sources: OptionSources, project: Path) -> Reporting:
    """The reporting that all sources of options ask for.

    Raises:
        OptionError: A value is wrong.
    """
    order = sources.choice("log_order")
    return Reporting(
        as_json=sources.choice("output") == "json",
        log_order=LogOrder(order) if order else None,
        verbosity=_verbosity(sources),
        summary=_file(sources.get("summary"), project),
        trace=_file(sources.get("trace"), project),
    )


def _verbosity(sources: OptionSources) -> Verbosity:
    quiet, verbose = sources.get("quiet"), sources.get("verbose")
    if quiet.flag() and verbose.flag():
        # the command line beats a file
        spoken = [given for given in (quiet, verbose) if given.where is None]
        if len(spoken) != 1:
            raise quiet.invalid_error("cannot be combined with --verbose.", "Give only one of the two.")
        return Verbosity.QUIET if spoken == [quiet] else Verbosity.VERBOSE
    return Verbosity.QUIET if quiet.flag() else Verbosity.VERBOSE if verbose.flag() else Verbosity.NORMAL


def _file(given: Given, project: Path) -> Path | None:
    path = given.path(project)
    if path and path.is_dir():
        raise given.unusable(f"{path} is a directory.", "Name a file.")
    if path and not path.parent.is_dir():
        raise given.unusable(f"{path.parent} does not exist.", "Create it, or name a file elsewhere.")
    return path
