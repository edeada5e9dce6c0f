"""What the user should know about the manifests that a build installs from."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from samix.builders.workflow import runtime_workflow, workflow_of
from samix.plan.sources import source_path

if TYPE_CHECKING:
    from samix.messages.note import Note
    from samix.options.merge import BuildOptions
    from samix.units.unit import Unit


def manifest_notes(units: Iterable[Unit], options: BuildOptions, variable: Callable[[str], str | None]) -> list[Note]:
    """The notes on the manifests of units; `variable` gives the value of an environment variable of the host."""
    notes: list[Note] = []
    for unit in units:
        source, workflow = source_path(unit, options), workflow_of(unit)
        find_notes = workflow.find_notes or runtime_workflow(unit).find_notes
        if source and find_notes and (workflow.is_make or not unit.in_container):
            notes += find_notes(unit, source, options, variable)
    return notes
