"""Sources that do not exist: some of sam's builders go on without one, the others fail."""

from __future__ import annotations

from typing import TYPE_CHECKING

from samix.messages.errors import MissingSourceError
from samix.template.resources import Kind
from samix.template.types import CODE_PROPERTIES

if TYPE_CHECKING:
    from pathlib import Path

    from samix.messages.location import Location
    from samix.template.resources import Resource
    from samix.template.stacks import Application
    from samix.units.unit import Unit

# these copy the source, and it is no error where there is none (`aws_lambda_builders.actions.CopySourceAction`)
_COPYING = ("python", "nodejs")
# Bundler wants to run in the artifact, which is there in a container alone
_COPYING_IN_CONTAINERS = (*_COPYING, "ruby")
_UV = "python-uv"


def goes_on_without_source(unit: Unit) -> bool:
    """Whether sam builds a unit whose source does not exist, and ends well.

    pip, npm and uv copy nothing then and leave no artifact. In a container the engine makes the source, and sam the
    artifact; with uv sam ends with a traceback there, for it knows no manifest of uv.
    """
    method = unit.workflow
    if unit.kind is Kind.IMAGE:
        return False
    if method == _UV:
        return unit.kind is Kind.FUNCTION and not unit.in_container
    return method.startswith(_COPYING_IN_CONTAINERS if unit.in_container else _COPYING)


def missing_source(unit: Unit, source: Path | None, application: Application) -> MissingSourceError:
    """The error that a unit's source does not exist."""
    return MissingSourceError(
        f"The source of {unit.label} does not exist: {source}", where=code_location(unit.first, application)
    )


def code_location(resource: Resource, application: Application) -> Location:
    """Where it is written which source a resource has."""
    stack = application.by_path[resource.stack_path]
    return stack.locate_property(resource.logical_id, CODE_PROPERTIES[resource.type])
