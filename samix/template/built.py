"""The built template of a stack: what sam would write beside the artifacts.

Mirrors `ApplicationBuilder.update_template` (artifacts put in), then
`samcli.commands._utils.template.move_template` (local paths made relative to the new place).
"""

from __future__ import annotations

import copy
import os
from typing import TYPE_CHECKING

from samix.template.esbuild import bundle_template
from samix.template.metadata import resource_id
from samix.template.resources import CODE_PROPERTIES, FUNCTION_TYPES, WEB_FUNCTION
from samix.template.stacks import NESTED_STACKS, REMOTE_PREFIXES
from samix.template.value import Value, ValueMapping, as_mapping, as_text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from samix.template.stacks import Application, Stack

TEMPLATE_NAME = "template.yaml"

_RESOURCE_PATHS = {
    "AWS::Serverless::GraphQLApi": ("SchemaUri",),
    "AWS::Serverless::Function": ("CodeUri",),
    WEB_FUNCTION: ("CodeUri",),
    "AWS::Serverless::Api": ("DefinitionUri",),
    "AWS::Serverless::HttpApi": ("DefinitionUri",),
    "AWS::Serverless::StateMachine": ("DefinitionUri",),
    "AWS::AppSync::GraphQLSchema": ("DefinitionS3Location",),
    "AWS::AppSync::Resolver": (
        "RequestMappingTemplateS3Location",
        "ResponseMappingTemplateS3Location",
        "CodeS3Location",
    ),
    "AWS::AppSync::FunctionConfiguration": (
        "RequestMappingTemplateS3Location",
        "ResponseMappingTemplateS3Location",
        "CodeS3Location",
    ),
    "AWS::Lambda::Function": ("Code",),
    "AWS::ApiGateway::RestApi": ("BodyS3Location",),
    "AWS::ApiGatewayV2::Api": ("BodyS3Location",),
    "AWS::ElasticBeanstalk::ApplicationVersion": ("SourceBundle",),
    "AWS::CloudFormation::ModuleVersion": ("ModulePackage",),
    "AWS::CloudFormation::ResourceVersion": ("SchemaHandlerPackage",),
    "AWS::CloudFormation::Stack": ("TemplateURL",),
    "AWS::CloudFormation::StackSet": ("TemplateURL",),
    "AWS::Serverless::Application": ("Location",),
    "AWS::Lambda::LayerVersion": ("Content",),
    "AWS::Serverless::LayerVersion": ("ContentUri",),
    "AWS::Glue::Job": ("Command.ScriptLocation",),
    "AWS::StepFunctions::StateMachine": ("DefinitionS3Location",),
}
_METADATA_PATHS = {"AWS::ServerlessRepo::Application": ("LicenseUrl", "ReadmeUrl")}
_GRAPHQL = "AWS::Serverless::GraphQLApi"
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

    Args:
        application: All stacks.
        stack: The one to write.
        artifacts: By full path of a resource, the directory of its artifact in the build dir or the tag of its
            image.
        build_dir: Where the template will lie, whatever it lies in while it is written.
        has_file: Whether the artifact in a directory of the build dir has a file.
    """
    data = copy.deepcopy(stack.template.data)
    original = stack.template.path.parent.resolve()
    target = template_path(build_dir, stack.path).parent.resolve()
    for logical_id, resource in as_mapping(data.get("Resources")).items():
        if isinstance(resource, dict):
            _put_artifact(application, stack, logical_id, resource, artifacts, build_dir, original)
    bundle_template(data, stack.resources, has_file)
    _relocate(data, original, target)
    return data


def _put_artifact(
    application: Application,
    stack: Stack,
    logical_id: str,
    resource: ValueMapping,
    artifacts: Mapping[str, Path | str],
    build_dir: Path,
    original: Path,
) -> None:
    full_path = stack.full_path(resource_id(logical_id, resource))
    artifact = artifacts.get(full_path)
    resource_type = str(resource.get("Type"))
    child = application.by_path.get(full_path) if resource_type in NESTED_STACKS else None
    if artifact is None and child is None:
        return
    # a copy: the paths in it are moved along
    metadata = copy.deepcopy(as_mapping(stack.resources.get(logical_id, {}).get("Metadata")))
    context = as_text(metadata.get("DockerContext"))
    if context is not None and resource_type in FUNCTION_TYPES - {WEB_FUNCTION}:
        absolute = stack.resolve_path(context)
        is_relative = stack.is_linked and not stack.raw_paths and not os.path.isabs(context)
        metadata["DockerContext"] = os.path.relpath(absolute) if is_relative else absolute
    resource["Metadata"] = metadata
    properties = resource.setdefault("Properties", {})
    if not isinstance(properties, dict):
        return
    if child:
        stored = os.path.relpath(template_path(build_dir, child.path).resolve(), original)
        properties[NESTED_STACKS[resource_type]] = stored
    elif isinstance(artifact, str):
        image: Value = {"ImageUri": artifact} if resource_type == "AWS::Lambda::Function" else artifact
        properties["Code" if resource_type == "AWS::Lambda::Function" else "ImageUri"] = image
    elif artifact is not None:
        properties[CODE_PROPERTIES[resource_type]] = os.path.relpath(artifact.resolve(), original)


def _relocate(data: ValueMapping, original: Path, target: Path) -> None:
    """Make the relative local paths in a template relative to its new place."""
    for section, names in _METADATA_PATHS.items():
        properties = as_mapping(as_mapping(data.get("Metadata")).get(section))
        for name in names:
            _move(properties, name, original, target)
    for resource in as_mapping(data.get("Resources")).values():
        if isinstance(resource, dict):
            _relocate_resource(resource, original, target)
    _relocate_includes(data, original, target)


def _relocate_resource(resource: ValueMapping, original: Path, target: Path) -> None:
    resource_type = str(resource.get("Type"))
    if resource_type not in _RESOURCE_PATHS:
        return
    properties = as_mapping(resource.get("Properties"))
    is_function = resource_type in {"AWS::Serverless::Function", "AWS::Lambda::Function"}
    if is_function and properties.get("PackageType") == "Image":
        archive = _moved(properties.get("ImageUri"), original, target)
        if archive is None or not os.path.isfile(archive):
            _move(as_mapping(resource.get("Metadata")), _ASSET_PATH, original, target)
            return
    for name in _RESOURCE_PATHS[resource_type]:
        *parents, last = name.split(".")
        holder = properties
        for parent in parents:
            holder = as_mapping(holder.get(parent))
        _move(holder, last, original, target)
    if resource_type == _GRAPHQL:
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
