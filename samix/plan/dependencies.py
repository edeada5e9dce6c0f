"""What resources wait for, and whose artifacts they may use."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from samix.messages.errors import DependencyError
from samix.template.references import named_dependencies, referenced_layers
from samix.template.resources import Kind

if TYPE_CHECKING:
    from samix.template.resources import Resource
    from samix.template.stacks import Application
    from samix.units.unit import Unit


def find_dependencies(
    application: Application, resources: list[Resource]
) -> tuple[dict[str, list[str]], dict[str, list[Resource]]]:
    """What each resource waits for, and whose artifacts it may use; by full path."""
    known = {resource.full_path: resource for resource in resources}
    layers = {
        (resource.stack_path, resource.logical_id): resource.full_path
        for resource in resources
        if resource.kind is Kind.LAYER
    }
    needs: dict[str, list[str]] = {}
    uses: dict[str, list[Resource]] = {}
    for resource in resources:
        named = named_dependencies(resource, known)
        uses[resource.full_path] = [known[path] for path in named]
        referenced = [] if resource.kind is Kind.LAYER else referenced_layers(application, resource, layers)
        needs[resource.full_path] = [*named, *referenced]
    return needs, uses


def find_used_resources(unit: Unit, uses: Mapping[str, list[Resource]]) -> tuple[Resource, ...]:
    """Whose artifacts a unit may use; each has a logical id of its own, which names it to the build."""
    found: dict[str, Resource] = {}
    for member in unit.resources:
        for resource in uses[member.full_path]:
            earlier = found.setdefault(resource.logical_id, resource)
            if earlier is not resource:
                raise DependencyError(
                    f"{unit.label} depends on {earlier.full_path} and on {resource.full_path}, which would share"
                    f" one name: SAMIX_ARTIFACTS_{resource.logical_id}.",
                    where=unit.first.location,
                    hint="Rename one of them.",
                )
    return tuple(found.values())
