"""The built template of a stack: the one that sam would write next to the artifacts.

Mirrors `ApplicationBuilder.update_template`, which puts the artifacts in, and then
`samcli.commands._utils.template.move_template`, which makes local paths relative to the new place.
"""

from __future__ import annotations

import copy
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from samix.files.access_log import observe
from samix.messages.errors import TemplateError
from samix.template.esbuild import bundle_template
from samix.template.extensions.errors import ExpansionError
from samix.template.extensions.kept_loops import Built, point_at_artifacts
from samix.template.extensions.loop_shape import is_loop, loop_parts
from samix.template.metadata import resource_id
from samix.template.paths import GRAPHQL_API, LOCAL_PATHS, MAPPED_PATHS, METADATA_PATHS, is_generated
from samix.template.sam_rules import ARTIFACTS_ALONE, WEB_FUNCTIONS
from samix.template.types import CODE_PROPERTIES, FUNCTION_TYPES, NESTED_STACKS, REMOTE_PREFIXES, WEB_FUNCTION
from samix.template.value import Value, ValueMapping, as_mapping, as_text, value_at

if TYPE_CHECKING:
    from samix.template.sam_rules import SamRules
    from samix.template.stacks import Application, Stack

TEMPLATE_NAME = "template.yaml"

_ASSET_PATH = "aws:asset:path"


def template_path(build_dir: Path, stack_path: str) -> Path:
    """The path of the built template of a stack."""
    return build_dir / stack_path / TEMPLATE_NAME


def built_template(
    application: Application,
    stack: Stack,
    artifacts: Mapping[str, Path | str],
    build_dir: Path,
    has_file: Callable[[str, str], bool] = lambda _directory, _file: False,
) -> ValueMapping:
    """The template of a stack as it is written to the build dir.

    `artifacts` are directories in the build dir, or tags of images, by full path of a resource. `build_dir` is where
    the template will lie, wherever it is written first. `has_file` says whether the artifact in a directory of the
    build dir has a file.

    Raises:
        TemplateError: sam cannot write the paths of a loop.
    """
    data = copy.deepcopy(stack.data)
    original = stack.template.path.parent.resolve()
    home = build_dir.parent.resolve() / build_dir.name  # not the target of a link, which the build dir will replace
    for logical_id, resource in as_mapping(data.get("Resources")).items():
        if isinstance(resource, dict):
            full_path = stack.full_path(resource_id(logical_id, resource, stack.rules))
            is_stack = full_path in application.by_path and str(resource.get("Type")) in NESTED_STACKS
            place = template_path(build_dir, full_path) if is_stack else artifacts.get(full_path)
            if isinstance(place, Path):
                place = Path(os.path.relpath(home / place.relative_to(build_dir), original))
            if place is not None:
                _put_artifact(stack, logical_id, resource, place)
    if stack.expanded:
        # other changes in the expanded template are lost, as with sam
        data = _template_with_loops(application, stack, data, artifacts)
    else:
        bundle_template(data, stack.resources, has_file)
    _relocate(data, _Move(original, template_path(home, stack.path).parent), stack.rules)
    return data


def check_built_templates(application: Application, built: Iterable[str]) -> None:
    """Refuse, before the build, templates that would make sam fail after it; `built` are full paths of resources.

    Raises:
        TemplateError: sam cannot write the paths of a loop.
    """
    somewhere = application.root.template.path.parent
    artifacts = dict.fromkeys(built, somewhere)
    for stack in application.stacks:
        if stack.expanded:
            built_template(application, stack, artifacts, somewhere)


def _template_with_loops(
    application: Application, stack: Stack, built: ValueMapping, artifacts: Mapping[str, Path | str]
) -> ValueMapping:
    """The template with its loops, in which they refer to the artifacts of the resources that they make."""
    data, is_selective = copy.deepcopy(stack.template.data), stack.rules.has(ARTIFACTS_ALONE)
    try:
        point_at_artifacts(
            data,
            Built(
                built,
                is_built=lambda logical_id: stack.full_path(logical_id) in artifacts or not is_selective,
                is_stack=lambda logical_id: stack.full_path(logical_id) in application.by_path,
                parameters=stack.parameters,
            ),
        )
    except ExpansionError as error:
        raise TemplateError(str(error), where=stack.template.locate(*error.keys)) from error
    return data


def _put_artifact(stack: Stack, logical_id: str, resource: ValueMapping, artifact: Path | str) -> None:
    """Put a path, that of an artifact or of a nested stack's template, or the tag of an image into a resource."""
    resource_type = str(resource.get("Type"))
    # a copy, because the paths in it are changed later
    metadata = copy.deepcopy(as_mapping(stack.resources.get(logical_id, {}).get("Metadata")))
    context = as_text(metadata.get("DockerContext"))
    if context is not None and resource_type in FUNCTION_TYPES - {WEB_FUNCTION}:
        metadata["DockerContext"] = stack.path_of_sam(context)
    resource["Metadata"] = metadata
    properties = resource.setdefault("Properties", {})
    if not isinstance(properties, dict):
        return
    if isinstance(artifact, str):
        image: Value = {"ImageUri": artifact} if resource_type == "AWS::Lambda::Function" else artifact
        properties["Code" if resource_type == "AWS::Lambda::Function" else "ImageUri"] = image
    else:
        properties[NESTED_STACKS.get(resource_type) or CODE_PROPERTIES[resource_type]] = str(artifact)


@dataclass(frozen=True)
class _Move:
    """Makes relative local paths relative to the new place of their template."""

    original: Path  # the directory of the template
    target: Path  # the directory of the built template

    def __call__(self, holder: ValueMapping, key: str) -> None:
        moved = self.moved(holder.get(key))
        if moved is not None:
            holder[key] = moved

    def moved(self, path: Value) -> str | None:
        """A relative local path made relative to the target; None for anything else."""
        if not isinstance(path, str) or path.startswith(REMOTE_PREFIXES) or os.path.isabs(path):
            return None
        return os.path.relpath(os.path.normpath(self.original / path), self.target)


def _relocate(data: ValueMapping, move: _Move, rules: SamRules) -> None:
    """Make the relative local paths in a template relative to its new place."""
    for section, names in METADATA_PATHS.items():
        properties = as_mapping(value_at(data, "Metadata", section))
        for name in names:
            move(properties, name)
    _relocate_resources(as_mapping(data.get("Resources")), move, rules)
    _relocate_mappings(as_mapping(data.get("Mappings")), move)
    _relocate_includes(data, move)


def _relocate_resources(resources: ValueMapping, move: _Move, rules: SamRules) -> None:
    for key, resource in resources.items():
        parts = loop_parts(resource, exact=False) if is_loop(key) else None
        if parts:
            _relocate_resources(parts[2], move, rules)
        elif isinstance(resource, dict):
            _relocate_resource(resource, move, rules)


def _relocate_mappings(mappings: ValueMapping, move: _Move) -> None:
    """Make paths relative to the new place in mappings with names as sam gives them for loops, whoever wrote them."""
    for mapping_name, entries in mappings.items():
        for paths in as_mapping(entries).values() if is_generated(mapping_name) else ():
            for name in MAPPED_PATHS & as_mapping(paths).keys():
                moved = move.moved(as_mapping(paths)[name])
                if moved is not None and (name != "ImageUri" or os.path.isfile(observe(moved))):
                    as_mapping(paths)[name] = moved


def _relocate_resource(resource: ValueMapping, move: _Move, rules: SamRules) -> None:
    resource_type = str(resource.get("Type"))
    if resource_type not in LOCAL_PATHS or (resource_type == WEB_FUNCTION and not rules.has(WEB_FUNCTIONS)):
        return
    properties = as_mapping(resource.get("Properties"))
    is_function = resource_type in {"AWS::Serverless::Function", "AWS::Lambda::Function"}
    if is_function and properties.get("PackageType") == "Image":
        archive = move.moved(properties.get("ImageUri"))
        if archive is None or not os.path.isfile(observe(archive)):
            move(as_mapping(resource.get("Metadata")), _ASSET_PATH)
            return
    for name in LOCAL_PATHS[resource_type]:
        *parents, last = name.split(".")
        move(as_mapping(value_at(properties, *parents)), last)
    if resource_type == GRAPHQL_API:
        for section in ("Resolvers", "Functions"):
            _relocate_code(properties.get(section), move)
    move(as_mapping(resource.get("Metadata")), _ASSET_PATH)


def _relocate_code(value: Value, move: _Move) -> None:
    for key, item in as_mapping(value).items():
        if isinstance(item, dict):
            _relocate_code(item, move)
        elif key == "CodeUri":
            move(as_mapping(value), key)


def _relocate_includes(value: Value, move: _Move) -> None:
    if isinstance(value, list):
        for item in value:
            if isinstance(item, dict):
                _relocate_includes(item, move)
    for key, item in as_mapping(value).items():
        if key != "Fn::Transform":
            _relocate_includes(item, move)
        elif isinstance(item, dict) and item.get("Name") == "AWS::Include":
            move(as_mapping(item.get("Parameters")), "Location")
