"""The next build dir, put together from artifacts and templates."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from samix.state.layout import relative_artifact
from samix.template.built import TEMPLATE_NAME, built_template, template_path
from samix.template.dump import dump_template
from samix.template.resources import Kind
from samix.tree import copy_tree, link_tree, remove_tree

if TYPE_CHECKING:
    from collections.abc import Container, Mapping, Sequence
    from pathlib import Path

    from samix.plan.units import Unit
    from samix.state.layout import Layout
    from samix.state.store import Store
    from samix.template.stacks import Application

_DIRECTORY_MODE = 0o755  # `samcli.lib.utils.osutils.BUILD_DIR_PERMISSIONS`


def render_templates(
    application: Application, units: Sequence[Unit], places: Mapping[str, Path], store: Store, layout: Layout
) -> dict[Path, str]:
    """The text of each built template, by its path in the build dir. All units are built, or there from before.

    Args:
        application: All stacks.
        units: All units.
        places: Where each unit's artifact lies, by unit name.
        store: The records of all units.
        layout: Where everything lies.
    """
    root_artifacts = {
        resource.logical_id: places[unit.name]
        for unit in units
        for resource in unit.resources
        if not resource.stack_path and unit.name in places
    }

    def has_file(directory: str, file: str) -> bool:
        return directory in root_artifacts and (root_artifacts[directory] / file).is_file()

    artifacts: dict[str, Path | str] = {}
    for unit in units:
        for resource in unit.resources:
            is_image = unit.kind is Kind.IMAGE
            artifacts[resource.full_path] = store.records[unit.name].image if is_image else layout.artifact(resource)
    return {
        template_path(layout.build_dir, stack.path): dump_template(
            built_template(application, stack, artifacts, layout.build_dir, has_file)
        )
        for stack in application.stacks
    }


def is_assembled(
    templates: Mapping[Path, str], units: Sequence[Unit], store: Store, layout: Layout, kept: Container[str] = ()
) -> bool:
    """Whether the build dir holds just these templates and the artifacts of these units.

    Args:
        templates: The built templates by their path in the build dir.
        units: All units.
        store: The records of the units.
        layout: Where everything lies.
        kept: The names of units whose artifacts stay as they are in the build dir.
    """
    directories: dict[Path, set[str]] = {}
    for path, text in templates.items():
        try:
            if path.read_bytes() != text.encode():
                return False
        except OSError:
            return False
        directories.setdefault(path.parent, set()).add(TEMPLATE_NAME)
    for unit in units:
        if unit.kind is Kind.IMAGE:
            continue
        for resource in unit.resources:
            place = layout.artifact(resource)
            if unit.name not in kept and not store.holds(place, store.records[unit.name].digest):
                return False
            directories.setdefault(place.parent, set()).add(place.name)
    for directory in list(directories):
        if directory != layout.build_dir:
            directories.setdefault(directory.parent, set()).add(directory.name)
    return all(set(os.listdir(directory)) == names for directory, names in directories.items())


def stage(
    templates: Mapping[Path, str],
    units: Sequence[Unit],
    artifacts: Mapping[str, Path],
    store: Store,
    layout: Layout,
    kept: Container[str] = (),
) -> Path:
    """Put the next build dir together beside the present one.

    Args:
        templates: The built templates by their path in the build dir.
        units: All units.
        artifacts: Where each unit's artifact lies, by unit name.
        store: The records of all units.
        layout: Where everything lies.
        kept: The names of units whose artifacts stay as they are in the present build dir.

    Raises:
        OSError: It cannot be written.
    """
    staging = layout.staging
    remove_tree(staging)
    staging.mkdir(parents=True)
    staging.chmod(_DIRECTORY_MODE)
    for unit in units:
        if unit.kind is Kind.IMAGE:
            continue
        for resource in unit.resources:
            target = staging / relative_artifact(resource)
            target.parent.mkdir(parents=True, exist_ok=True)
            present = layout.artifact(resource)
            if unit.name in kept or store.holds(present, store.records[unit.name].digest):
                link_tree(present, target)  # the present build dir goes when the next one is in its place
            else:
                copy_tree(artifacts[unit.name], target)
    for path, text in templates.items():
        target = staging / path.relative_to(layout.build_dir)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
    return staging
