"""Image functions that sam builds to one tag: it builds them one after the other, and the tag is the last one's."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from samix.note import Note
from samix.plan.graph import order_units
from samix.plan.neighbours import reaches
from samix.template.resources import Kind

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from samix.plan.units import Unit


def image_tag(unit: Unit) -> str | None:
    """The tag that sam gives to the image of a unit; None for what is built to none.

    Mirrors `ApplicationBuilder._build_lambda_image`, without the build mode, which all have in common.
    """
    first = unit.first
    if unit.kind is not Kind.IMAGE or first.code is not None:
        return None
    name, tag = first.metadata.get("DockerImage", first.logical_id), first.metadata.get("DockerTag", "latest")
    return f"{name}".lower() + f":{tag}"


def find_shared_tags(units: Iterable[Unit]) -> dict[str, list[Unit]]:
    """By tag, the units that are built to it, where there are several; in sam's order."""
    found: dict[str, list[Unit]] = {}
    for unit in units:
        tag = image_tag(unit)
        if tag is not None:
            found.setdefault(tag, []).append(unit)
    return {tag: sharing for tag, sharing in found.items() if len(sharing) > 1}


def in_order_of_tags(
    tags: Mapping[str, Sequence[Unit]], units: Sequence[Unit], needs: Mapping[str, Iterable[str]]
) -> dict[str, list[str]]:
    """What resources wait for, those of one tag for the one before as well, unless that waits for them anyway.

    Args:
        tags: The units of each tag that several have.
        units: All units.
        needs: What each resource waits for, by full path.

    Raises:
        DependencyError: They wait for each other in a circle.
    """
    edges = {name: {*others} for name, others in order_units(units, needs).items()}
    more = {name: [*others] for name, others in needs.items()}
    for sharing in tags.values():
        for earlier, later in pairwise(sharing):
            if not reaches(earlier.name, later.name, edges):
                edges[later.name].add(earlier.name)
                more[later.first.full_path].append(earlier.first.full_path)
    return more


def tag_notes(tags: Mapping[str, Sequence[Unit]]) -> list[Note]:
    """That several units are built to one tag."""
    return [
        Note(
            f"{', '.join(unit.label for unit in sharing)} are all built to the image {tag}: as with sam it is that of"
            f" {sharing[-1].label}. Give each a DockerTag of its own.",
            sharing[-1].first.location,
        )
        for tag, sharing in tags.items()
    ]
