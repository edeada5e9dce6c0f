"""What became of a unit."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from samix.plan.reasons import Reason
    from samix.plan.units import Unit


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
    def is_good(self) -> bool:
        """Whether the unit's artifact is there."""
        return self.result in (Result.BUILT, Result.REUSED, Result.REPAIRED)
