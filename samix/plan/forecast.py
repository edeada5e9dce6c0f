"""What a build will do with a unit."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from samix.units.reasons import format_reasons

if TYPE_CHECKING:
    from samix.units.reasons import Reason
    from samix.units.unit import Unit


class Action(Enum):
    """What is done."""

    BUILD = "build"
    REUSE = "reuse"
    REPAIR = "repair"


@dataclass(frozen=True)
class Forecast:
    """What a build will do with a unit, if none fails that it waits for.

    Attributes:
        causes: Why it is built or mended; nothing where it is used as it is.
    """

    unit: Unit
    action: Action
    causes: tuple[Reason, ...] = ()

    @property
    def reason(self) -> str:
        """Why, in one line."""
        return format_reasons(self.causes) if self.causes else "up to date"
