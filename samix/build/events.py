"""The events that a build reports while it runs.

Units are reported in groups: those that one run of sam builds. A group is known by its first unit.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from samix.messages.note import Note

if TYPE_CHECKING:
    from samix.plan.plan import Plan
    from samix.plan.planned_unit import PlannedUnit
    from samix.units.outcome import Outcome


@dataclass(frozen=True)
class Waiting:
    """Another samix, with the process id `holder`, holds the project."""

    holder: str


@dataclass(frozen=True)
class Planned:
    """The build starts."""

    plan: Plan


@dataclass(frozen=True)
class Started:
    """The sam of a group starts."""

    group: Sequence[PlannedUnit]


@dataclass(frozen=True)
class Heard:
    """The sam of a group printed whole lines, and the beginning of another one (`rest`), which will be heard again."""

    group: Sequence[PlannedUnit]
    lines: Sequence[str]
    rest: str = ""


@dataclass(frozen=True)
class Retrying:
    """A unit has failed and is built once more; why that may help."""

    planned: PlannedUnit
    why: str


@dataclass(frozen=True)
class Finished:
    """What became of the units of a group; those without an outcome will be started again, each alone.

    A group that needed no sam, or was never started, is finished without having been started.
    """

    group: Sequence[PlannedUnit]
    outcomes: Sequence[Outcome]


@dataclass(frozen=True)
class Stopping:
    """The build is interrupted, and what runs is being ended."""


@dataclass(frozen=True)
class Placing:
    """Nothing runs any more, and the build dir is made."""


Event: TypeAlias = Note | Waiting | Planned | Started | Heard | Retrying | Finished | Stopping | Placing
Report: TypeAlias = Callable[[Event], None]
"""What a build calls with each event, from several threads."""
