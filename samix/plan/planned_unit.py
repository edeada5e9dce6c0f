"""A unit in the plan: what it is made from, what it waits for, why it must be built, and what a build will do."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

from samix.plan.fingerprint import Fingerprint
from samix.plan.places import NO_TURNS, Turns
from samix.units.reasons import format_reasons

if TYPE_CHECKING:
    from samix.plan.installed import Lender
    from samix.plan.places import Reach
    from samix.plan.share import Share
    from samix.units.reasons import Reason
    from samix.units.unit import Unit

_NO_FINGERPRINT = Fingerprint({})


@dataclass(frozen=True)
class PlannedUnit:
    """A unit in the plan."""

    unit: Unit  # with those of its resources alone that are to be built
    needs: frozenset[str]  # units that must be built before it
    uses: Mapping[str, str]  # whose artifacts it may use (`BuildDependsOn`): units by the resource's logical id
    fingerprint: Fingerprint = _NO_FINGERPRINT
    reasons: tuple[Reason, ...] = ()  # why it must be built; nothing if what was built before can be used again
    keeps_dependencies: bool = False  # whether only its source is built, on dependencies that sam downloaded before
    share: Share | None = None  # the set of dependencies that it is built on or installs; None if it shares none
    expected: float = 0.0  # how many seconds building it took the last time; 0 where that is unknown
    # whose artifacts it finds beside its own: units by the artifact's path in the build dir
    neighbours: Mapping[str, str] = field(default_factory=dict)
    # units that must be built whenever it is, each with a path that one of the two writes and the other uses
    group: Mapping[str, str] = field(default_factory=dict)
    turns: Turns = NO_TURNS
    reach: Reach | None = None  # where its build may read and write; None where that does not matter
    generated: tuple[str, ...] = ()  # what its build makes among its sources, by paths relative to its source
    suspected: tuple[str, ...] = ()  # what it may make there; it is built alone, to know
    places: tuple[str, ...] = ()  # where its texts say that it writes among its sources, likewise
    found: tuple[str, ...] = ()  # those paths of neighbours that no text names, and without which its build failed
    lenders: tuple[Lender, ...] = ()  # units whose builds put into the local Maven repository what it is built with

    @property
    def used_names(self) -> tuple[str, ...]:
        """The units whose artifacts may become part of its own."""
        return tuple(dict.fromkeys(self.used_by_label.values()))

    @property
    def used_by_label(self) -> dict[str, str]:
        """The units whose artifacts it may find, by name in reasons: neighbours by the path from its artifact."""
        used = {name: name for name in self.uses.values()}
        around = os.path.join(self.unit.first.stack_path, os.curdir)
        beside = {f"../{os.path.relpath(path, around)}": name for path, name in self.neighbours.items()}
        installed = {lender.coordinates.key: lender.name for lender in self.lenders}
        return used | installed | {path: name for path, name in beside.items() if name not in used}


class Action(Enum):
    """What a build does with a unit."""

    BUILD = "build"
    REUSE = "reuse"
    REPAIR = "repair"


@dataclass(frozen=True)
class Forecast:
    """What a build will do with a unit, if none fails that it waits for."""

    unit: Unit
    action: Action
    reasons: tuple[Reason, ...] = ()  # why it is built or repaired; nothing where it is used unchanged
    dependencies: str = ""  # whose dependencies it is built with, for people; empty if its own

    @property
    def reason(self) -> str:
        """Why, in one line, and with whose dependencies."""
        why = format_reasons(self.reasons) if self.reasons else "up to date"
        return f"{why}; {self.dependencies}" if self.dependencies else why
