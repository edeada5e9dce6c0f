"""Sources that do not exist: some of sam's builders go on without one, the others fail."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from samix.builders.workflow import workflow_of
from samix.messages.errors import MissingSourceError
from samix.template.resources import Kind
from samix.template.types import CODE_PROPERTIES

if TYPE_CHECKING:
    from samix.messages.location import Location
    from samix.template.resources import Resource
    from samix.template.stacks import Application
    from samix.units.unit import Unit


def goes_on_without_source(unit: Unit) -> bool:
    """Whether sam builds a unit whose source does not exist, and ends well.

    pip, npm and uv copy nothing then and leave no artifact. In a container the engine makes the source, and sam the
    artifact.
    """
    return unit.kind is not Kind.IMAGE and workflow_of(unit).goes_on_without_source(unit)


def missing_source(unit: Unit, source: Path | None, application: Application) -> MissingSourceError:
    """The error that a unit's source does not exist."""
    return MissingSourceError(
        f"The source of {unit.label} does not exist: {source}", where=code_location(unit.first, application)
    )


def code_location(resource: Resource, application: Application) -> Location:
    """Where it is written which source a resource has."""
    stack = application.by_path[resource.stack_path]
    return stack.locate_property(resource.logical_id, CODE_PROPERTIES[resource.type])
