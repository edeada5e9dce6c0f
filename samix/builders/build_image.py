"""The image in which sam builds a container unit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from samix.template.resources import Kind
from samix.template.value import as_list, as_text

if TYPE_CHECKING:
    from samix.template.resources import Resource
    from samix.units.unit import Unit

_DEFAULT_IMAGES = "public.ecr.aws/sam/build"
# `samcli.lib.build.workflow_config.supports_specified_workflow`
_METHODS_WITH_IMAGES = frozenset({"dotnet7"})


def build_image_name(unit: Unit) -> str | None:
    """The name by which sam asks the engine for a unit's build image: the user's, else sam's own for the runtime.

    Mirrors `samcli.local.docker.lambda_build_container.LambdaBuildContainer` and what `_build_function` and
    `_build_layer` of `samcli.lib.build.app_builder.ApplicationBuilder` hand to it. What sam refuses to build may
    have a name too.

    None where the unit is not built in a container, or where sam would find no image.
    """
    if not unit.in_container:
        return None
    if unit.build_image is not None:
        return unit.build_image
    target = _target(unit.first)
    return None if target is None else f"{_DEFAULT_IMAGES}-{target}:latest-{unit.first.architecture}"


def _target(resource: Resource) -> str | None:
    """The part of the image's name that stands for a runtime, or for one of the few build methods that have images."""
    method = resource.build_method
    if method in _METHODS_WITH_IMAGES:
        return method
    if resource.kind is not Kind.LAYER:
        return resource.runtime
    if method != "makefile":
        return method
    runtimes = as_list(resource.properties.get("CompatibleRuntimes"))
    return as_text(runtimes[0]) if runtimes else "provided"
