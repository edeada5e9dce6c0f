"""The outcome of a build for a unit."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING

from samix.template.resources import Kind

if TYPE_CHECKING:
    from samix.units.reasons import Reason
    from samix.units.unit import Unit

# what sam puts before the message of a tool: `WorkflowFailedError` of aws-lambda-builders, and each workflow
_ACTION = re.compile(r"^\w+:(\w+) - (?:[\w ]+ failed: )?", re.IGNORECASE)
# the line that matters: of gcc, javac, pip, rustc (with a code) and many others; of go, make and more; of Bundler
_PROBLEMS = (
    re.compile(r"\berror(?:\[\w+\])?:", re.IGNORECASE),
    re.compile(r"^(?!\d+:)[^\s:]+(?::\d+){1,2}: (?!warning|note)", re.IGNORECASE),
    re.compile(r"^Could not "),
)
# first lines of go and npm that do not say what is wrong
_TITLE = re.compile(r"^(?:# \S+|npm (?:error|ERR!) (?:code|errno|syscall|path)\b.*)$")


@dataclass(frozen=True)
class SamError:
    """The error that sam reported for a build that failed."""

    type: str  # sam's name for the kind of error
    message: str

    @property
    def action(self) -> str:
        """The action of aws_lambda_builders that failed; empty if none is named."""
        found = _ACTION.match(self.message)
        return found[1] if found else ""


class Result(Enum):
    """How a build ended for a unit."""

    BUILT = "built"
    REUSED = "reused"
    REPAIRED = "repaired"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True)
class Outcome:
    """The outcome of a build for a unit."""

    unit: Unit
    result: Result
    reason: str  # why it was built, repaired or skipped, or what failed
    seconds: float = 0.0  # 0 if nothing ran
    log: Path | None = None  # of its sam, if one ran
    error: SamError | None = None  # what sam reported, if it failed and reported something
    reasons: tuple[Reason, ...] = ()  # why it had to be built, or what is repaired of it
    is_of_dependencies: bool = False  # whether it failed because its dependencies could not be installed
    said: str = ""  # what sam prints of a unit that is reused, if anything

    @property
    def why(self) -> str:
        """The reason in one line; for a failure, the first line that says what is wrong.

        Before that line, compilers and pip print the place (`In function`) and warnings, and go and npm a title.
        """
        if not self.error:
            return next(iter(self.reason.splitlines()), "")
        every = _ACTION.sub("", self.whole_reason).splitlines()
        problems = (line for pattern in _PROBLEMS for line in every if pattern.search(line))
        untitled = (line for line in every if not _TITLE.search(line))
        return next((line.strip() for lines in (problems, untitled, every) for line in lines), "")

    @property
    def whole_reason(self) -> str:
        """The reason; for a failure, the whole message of sam, if it reported one."""
        return (self.error.message.strip() if self.error else "") or self.reason

    @property
    def is_good(self) -> bool:
        """Whether the unit has an artifact."""
        return self.result in (Result.BUILT, Result.REUSED, Result.REPAIRED)

    @property
    def is_kept(self) -> bool:
        """Whether the unit was built and samix can use the result in the next build, even if this one fails."""
        return self.result is Result.BUILT and self.unit.kind is not Kind.IMAGE and not self.unit.is_in_source

    @property
    def without_repairs(self) -> Outcome:
        """The same outcome without the repair, for a build that is not put in place."""
        if self.result is not Result.REPAIRED:
            return self
        return replace(self, result=Result.REUSED, reason=f"not repaired yet: {self.reason}")
