"""The lines that sam prints for reused units: samix prints them too, because pipelines look for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from samix.builders.workflow import incremental_workflow
from samix.template.resources import Kind

if TYPE_CHECKING:
    from samix.units.unit import Unit


def reuse_line(unit: Unit, *, has_manifest: bool) -> str:
    """The line that sam prints for a unit that it reuses; empty where it prints none.

    What sam builds incrementally it builds again all the same, so that only the first words of its line would be true.
    samix says them only if there is a manifest of the dependencies.
    Mirrors `CachedBuildStrategy` and `IncrementalBuildStrategy` of `samcli.lib.build.build_strategy`.
    """
    if unit.kind is Kind.IMAGE:
        return ""
    names = ", ".join(resource.full_path for resource in unit.resources)
    if incremental_workflow(unit) and not unit.in_container:
        told = f"Manifest is not changed for ({names}), nor is anything else: reused without running incremental build"
        return told if has_manifest else ""
    kind = "layers" if unit.kind is Kind.LAYER else "functions"
    return f"Valid cache found, copying previously built resources for following {kind} ({names})"
