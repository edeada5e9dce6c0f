"""What became of a unit."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from samix.plan.reasons import Reason
    from samix.plan.units import Unit

# how gcc, javac, pip, rustc (with a code) and many others begin the line that matters
_ERROR = re.compile(r"\berror(?:\[\w+\])?:", re.IGNORECASE)


@dataclass(frozen=True)
class SamError:
    """What sam said of a build that failed.

    Attributes:
        type: sam's name for the kind of error.
        message: sam's text, of one line or more.
    """

    type: str
    message: str


class Result(Enum):
    """How it ended for a unit."""

    BUILT = "built"
    REUSED = "reused"
    REPAIRED = "repaired"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True)
class Outcome:
    """What became of a unit.

    Attributes:
        unit: The unit.
        result: How it ended.
        reason: Why it was built or mended, why it was skipped, or what failed.
        seconds: How long it took, 0 where nothing ran.
        log: The log of its sam, where one ran.
        error: What sam said, where it failed and said something.
        causes: Why it had to be built, or what is mended of it.
    """

    unit: Unit
    result: Result
    reason: str
    seconds: float = 0.0
    log: Path | None = None
    error: SamError | None = None
    causes: tuple[Reason, ...] = ()

    @property
    def why(self) -> str:
        """The reason in one line: for a failure what sam said first, or what a tool said first after `error:`.

        Compilers and pip begin with where it is (`In function`) and with warnings.
        """
        said = self.whole_reason.splitlines()
        if not self.error:
            return said[0] if said else ""
        return next((line.strip() for line in said if _ERROR.search(line)), said[0] if said else "")

    @property
    def whole_reason(self) -> str:
        """The reason: for a failure all that sam said, of one line or more, where it said something."""
        return (self.error.message.strip() if self.error else "") or self.reason

    @property
    def is_good(self) -> bool:
        """Whether the unit's artifact is there."""
        return self.result in (Result.BUILT, Result.REUSED, Result.REPAIRED)

    @property
    def unmended(self) -> Outcome:
        """What became of the unit in a build that is not put in place: nothing is mended then."""
        if self.result is not Result.REPAIRED:
            return self
        return replace(self, result=Result.REUSED, reason=f"not mended yet: {self.reason}")
