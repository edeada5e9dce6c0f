"""Images: the one in which sam builds a container unit, and the tags of those that it builds."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from samix.messages.note import Note
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
    `_build_layer` of `samcli.lib.build.app_builder.ApplicationBuilder` hand to it. A unit that sam refuses to build may
    have a name as well. None if the unit is not built in a container, or if sam would find no image.
    """
    if not unit.in_container:
        return None
    if unit.build_image is not None:
        return unit.build_image
    target = _target(unit.first)
    return None if target is None else f"{_DEFAULT_IMAGES}-{target}:latest-{unit.first.architecture}"


def _target(resource: Resource) -> str | None:
    """The part of the image's name that is a runtime, or one of the few build methods that have images."""
    method = resource.build_method
    if method in _METHODS_WITH_IMAGES:
        return method
    if resource.kind is not Kind.LAYER:
        return resource.runtime
    if not resource.is_built_by_makefile:
        return method
    runtimes = as_list(resource.properties.get("CompatibleRuntimes"))
    return as_text(runtimes[0]) if runtimes else "provided"


def image_tag(unit: Unit) -> str | None:
    """The tag that sam gives to the image of a unit; None if it gives none.

    Mirrors `samcli.lib.build.app_builder.ApplicationBuilder._build_lambda_image`, without the build mode, which is the
    same for all. The name of the stack is not a part of it.
    """
    first = unit.first
    if unit.kind is not Kind.IMAGE or first.code is not None:
        return None
    name = str(first.metadata.get("DockerImage", first.logical_id))
    return f"{name.lower()}:{first.metadata.get('DockerTag', 'latest')}"


def tag_notes(units: Iterable[Unit]) -> list[Note]:
    """The notes about units that are built to the same tag: all of them get the image that is built last.

    `units` is in the order in which they are built.
    """
    found: dict[str, list[Unit]] = {}
    for unit in units:
        tag = image_tag(unit)
        if tag is not None:
            found.setdefault(tag, []).append(unit)
    return [
        Note(
            f"{', '.join(unit.label for unit in sharing)} are built to the same image tag {tag}."
            f" As with sam, all get the image of {sharing[-1].label}, which is built last."
            " Give each a DockerTag of its own.",
            sharing[-1].first.location,
        )
        for tag, sharing in found.items()
        if len(sharing) > 1
    ]
