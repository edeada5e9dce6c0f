"""The built template of a stack: what sam would write beside the artifacts.

Mirrors `ApplicationBuilder.update_template` (artifacts put in), then
`samcli.commands._utils.template.move_template` (local paths made relative to the new place).
"""

from __future__ import annotations

import copy
import os
from collections.abc import Callable, Iterable, Mapping
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
from samix.template.value import Value, ValueMapping, as_mapping, as_text

if TYPE_CHECKING:
    from samix.template.sam_rules import SamRules
    from samix.template.stacks import Application, Stack

TEMPLATE_NAME = "template.yaml"

_ASSET_PATH = "aws:asset:path"


def template_path(build_dir: Path, stack_path: str) -> Path:
    """Where the built template of a stack lies."""
    return build_dir / stack_path / TEMPLATE_NAME


def built_template(
    application: Application,
    stack: Stack,
    artifacts: Mapping[str, Path | str],
    build_dir: Path,
    has_file: Callable[[str, str], bool] = lambda _directory, _file: False,
) -> ValueMapping:
    """The template of a stack as it stands in the build dir.

    `artifacts` are directories in the build dir, or tags of images, by full path of a resource. `build_dir` is where
    the template will lie, whatever it lies in while it is written. `has_file` says whether the artifact in a directory
    of the build dir has a file.

    Raises:
        TemplateError: sam cannot write the paths of a loop.
    """
    data = copy.deepcopy(stack.data)
    original = stack.template.path.parent.resolve()
    home = _next_place(build_dir)
    target = template_path(home, stack.path).parent
    for logical_id, resource in as_mapping(data.get("Resources")).items():
        if isinstance(resource, dict):
            _put_artifact(application, stack, logical_id, resource, artifacts, build_dir, home, original)
    if stack.expanded:
        # what else was changed in the expanded template is lost, with sam too
        data = _kept(application, stack, data, artifacts)
    else:
        bundle_template(data, stack.resources, has_file)
    _relocate(data, original, target, stack.rules)
    return data


def check_built_templates(application: Application, built: Iterable[str]) -> None:
    """Refuse before the build what would make sam fail after it; `built` are the full paths of what is built.

    Raises:
        TemplateError: sam cannot write the paths of a loop.
    """
    somewhere = application.root.template.path.parent
    artifacts = dict.fromkeys(built, somewhere)
    for stack in application.stacks:
        if stack.expanded:
            built_template(application, stack, artifacts, somewhere)


def _kept(
    application: Application, stack: Stack, built: ValueMapping, artifacts: Mapping[str, Path | str]
) -> ValueMapping:
    """The template with its loops, pointed at the artifacts of what they make."""
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


def _put_artifact(
    application: Application,
    stack: Stack,
    logical_id: str,
    resource: ValueMapping,
    artifacts: Mapping[str, Path | str],
    build_dir: Path,
    home: Path,
    original: Path,
) -> None:
    full_path = stack.full_path(resource_id(logical_id, resource, stack.rules))
    artifact = artifacts.get(full_path)
    resource_type = str(resource.get("Type"))
    child = application.by_path.get(full_path) if resource_type in NESTED_STACKS else None
    if artifact is None and child is None:
        return
    # a copy: the paths in it are moved along
    metadata = copy.deepcopy(as_mapping(stack.resources.get(logical_id, {}).get("Metadata")))
    context = as_text(metadata.get("DockerContext"))
    if context is not None and resource_type in FUNCTION_TYPES - {WEB_FUNCTION}:
        metadata["DockerContext"] = stack.path_of_sam(context)
    resource["Metadata"] = metadata
    properties = resource.setdefault("Properties", {})
    if not isinstance(properties, dict):
        return
    if child:
        stored = os.path.relpath(template_path(home, child.path), original)
        properties[NESTED_STACKS[resource_type]] = stored
    elif isinstance(artifact, str):
        image: Value = {"ImageUri": artifact} if resource_type == "AWS::Lambda::Function" else artifact
        properties["Code" if resource_type == "AWS::Lambda::Function" else "ImageUri"] = image
    elif artifact is not None:
        properties[CODE_PROPERTIES[resource_type]] = os.path.relpath(home / artifact.relative_to(build_dir), original)


def _next_place(build_dir: Path) -> Path:
    """Where the next build dir will lie: a link that is in its place now will be gone by then."""
    return build_dir.parent.resolve() / build_dir.name


def _relocate(data: ValueMapping, original: Path, target: Path, rules: SamRules) -> None:
    """Make the relative local paths in a template relative to its new place."""
    for section, names in METADATA_PATHS.items():
        properties = as_mapping(as_mapping(data.get("Metadata")).get(section))
        for name in names:
            _move(properties, name, original, target)
    _relocate_resources(as_mapping(data.get("Resources")), original, target, rules)
    _relocate_mappings(as_mapping(data.get("Mappings")), original, target)
    _relocate_includes(data, original, target)


def _relocate_resources(resources: ValueMapping, original: Path, target: Path, rules: SamRules) -> None:
    for key, resource in resources.items():
        parts = loop_parts(resource, exact=False) if is_loop(key) else None
        if parts:
            _relocate_resources(parts[2], original, target, rules)
        elif isinstance(resource, dict):
            _relocate_resource(resource, original, target, rules)


def _relocate_mappings(mappings: ValueMapping, original: Path, target: Path) -> None:
    """Make the paths relative to the new place in the mappings that sam writes for loops, whoever wrote them."""
    for mapping_name, entries in mappings.items():
        for paths in as_mapping(entries).values() if is_generated(mapping_name) else ():
            for name in MAPPED_PATHS & as_mapping(paths).keys():
                moved = _moved(as_mapping(paths)[name], original, target)
                if moved is not None and (name != "ImageUri" or os.path.isfile(observe(moved))):
                    as_mapping(paths)[name] = moved


def _relocate_resource(resource: ValueMapping, original: Path, target: Path, rules: SamRules) -> None:
    resource_type = str(resource.get("Type"))
    if resource_type not in LOCAL_PATHS or (resource_type == WEB_FUNCTION and not rules.has(WEB_FUNCTIONS)):
        return
    properties = as_mapping(resource.get("Properties"))
    is_function = resource_type in {"AWS::Serverless::Function", "AWS::Lambda::Function"}
    if is_function and properties.get("PackageType") == "Image":
        archive = _moved(properties.get("ImageUri"), original, target)
        if archive is None or not os.path.isfile(observe(archive)):
            _move(as_mapping(resource.get("Metadata")), _ASSET_PATH, original, target)
            return
    for name in LOCAL_PATHS[resource_type]:
        *parents, last = name.split(".")
        holder = properties
        for parent in parents:
            holder = as_mapping(holder.get(parent))
        _move(holder, last, original, target)
    if resource_type == GRAPHQL_API:
        for section in ("Resolvers", "Functions"):
            _relocate_code(properties.get(section), original, target)
    _move(as_mapping(resource.get("Metadata")), _ASSET_PATH, original, target)


def _relocate_code(value: Value, original: Path, target: Path) -> None:
    for key, item in as_mapping(value).items():
        if isinstance(item, dict):
            _relocate_code(item, original, target)
        elif key == "CodeUri":
            _move(as_mapping(value), key, original, target)


def _relocate_includes(value: Value, original: Path, target: Path) -> None:
    if isinstance(value, list):
        for item in value:
            if isinstance(item, dict):
                _relocate_includes(item, original, target)
    for key, item in as_mapping(value).items():
        if key != "Fn::Transform":
            _relocate_includes(item, original, target)
        elif isinstance(item, dict) and item.get("Name") == "AWS::Include":
            _move(as_mapping(item.get("Parameters")), "Location", original, target)


def _move(holder: ValueMapping, key: str, original: Path, target: Path) -> None:
    moved = _moved(holder.get(key), original, target)
    if moved is not None:
        holder[key] = moved


def _moved(path: Value, original: Path, target: Path) -> str | None:
    """A relative local path seen from the target; None for anything else."""
    if not isinstance(path, str) or path.startswith(REMOTE_PREFIXES) or os.path.isabs(path):
        return None
    return os.path.relpath(os.path.normpath(original / path), target)
