"""Image tags: if sam builds several functions to one tag, all of them get the image that is built last."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from samix.messages.note import Note
from samix.template.resources import Kind

if TYPE_CHECKING:
    from samix.units.unit import Unit


def image_tag(unit: Unit) -> str | None:
    """The tag that sam gives to the image of a unit; None for what it gives none.

    Mirrors `samcli.lib.build.app_builder.ApplicationBuilder._build_lambda_image`, without the build mode, which all
    have in common. There is no name of a stack in it.
    """
    first = unit.first
    if unit.kind is not Kind.IMAGE or first.code is not None:
        return None
    name = str(first.metadata.get("DockerImage", first.logical_id))
    return f"{name.lower()}:{first.metadata.get('DockerTag', 'latest')}"


def tag_notes(units: Iterable[Unit]) -> list[Note]:
    """The notes about units that are built to the same tag; `units` is in the order in which they are built."""
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
