"""When a unit that failed is built once more."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from samix.build.events import Retrying
from samix.host.network_failure import may_be_of_network
from samix.messages.errors import SamixError
from samix.sam.error import lacks_answer, lost_container
from samix.sam.process import StalledError

if TYPE_CHECKING:
    from samix.build.events import Report
    from samix.plan.planned_unit import PlannedUnit
    from samix.sam.process import LostError

_MOST_STALLED = 3


@dataclass
class Retries:
    """How often a unit that fails is built once more."""

    left: int  # how often it may still be built again after a failure of the network
    made: int = 0  # how often it was built again
    _stalled: int = 0
    _had_fault: bool = False

    @property
    def tries_text(self) -> str:
        """How often the unit was tried, to be appended to what became of it; empty if once."""
        return f", tried {self.made + 1} times" if self.made else ""

    def grant_lost(self, error: LostError, planned: PlannedUnit, report: Report) -> None:
        """Count another try after a lost run; it is reported if sam would have waited forever.

        Raises:
            SamixError: That happened so often that it would again.
        """
        if isinstance(error, StalledError):
            self._stalled += 1
            if self._stalled == _MOST_STALLED:
                raise SamixError(
                    f"sam build waited forever for its container, {self._stalled} times: {error}.",
                    hint="The log of the container engine may tell more; on a busy machine try fewer --jobs.",
                )
            self.made += 1
            report(Retrying(planned, f"sam waited forever for its container: {error}"))

    def grant(self, planned: PlannedUnit, log: Path, report: Report) -> bool:
        """Whether a unit is built again, decided from its log; this is reported if so.

        Raises:
            OSError: The log cannot be read.
        """
        why = _fault_of_engine(log) if planned.unit.in_container and not self._had_fault else None
        if why:
            self._had_fault = True
            report(Retrying(planned, why))
        elif self.left > 0 and may_be_of_network(log):
            self.left -= 1
            rest = f"{self.left} more" if self.left else "the last time"
            report(Retrying(planned, f"the network may have caused the failure ({rest})"))
        else:
            return False
        self.made += 1
        return True


def _fault_of_engine(log: Path) -> str | None:
    """Why a build in a container failed, if the engine is to blame and another try may go well; None otherwise."""
    if lacks_answer(log):
        return "sam got no answer from the builder in its container"
    return "the container engine lost its container" if lost_container(log) else None
