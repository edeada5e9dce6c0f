"""A planned build: what all its steps share."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from samix.plan.groups import made_in_group
from samix.plan.sources import source_path

if TYPE_CHECKING:
    from samix.build.events import Report
    from samix.host.host import Host
    from samix.options.merge import BuildOptions
    from samix.plan.plan import Plan
    from samix.state.layout import Layout
    from samix.state.store import Store
    from samix.units.unit import Unit


@dataclass(frozen=True)
class PlannedBuild:
    """A build before anything is run."""

    options: BuildOptions  # without those that the installed sam passes over
    environ: Mapping[str, str]  # what sam gets
    report: Report
    layout: Layout
    store: Store
    plan: Plan
    host: Host

    def find_artifacts(self, names: Mapping[str, str]) -> dict[str, Path]:
        """The artifacts of the units with these names, by the keys of the names, without those that have none."""
        found = {key: self.store.find_artifact(self.plan.all_units[name]) for key, name in names.items()}
        return {key: artifact for key, artifact in found.items() if artifact}

    def made_in_group(self, unit: Unit, names: Iterable[str]) -> frozenset[str]:
        """What the builds of the units with these names make in places that a unit reads."""
        return made_in_group(unit, names, self.plan.all_units, self.options, self.store.records)

    def source_of(self, unit: Unit) -> Path | None:
        """Where the source of a unit lies; None if it has none."""
        return source_path(unit, self.options)
