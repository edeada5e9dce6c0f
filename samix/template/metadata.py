"""A resource's metadata as sam normalises it.

Mirrors `samcli.lib.samlib.resource_metadata_normalizer`: each resource gets its id, and the CDK's metadata on assets
becomes the properties that sam builds from.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from samix.messages.errors import TemplateError
from samix.template.sam_rules import CDK_EXTRA_PARAMS, CDK_PATH_OF_THREE, NEWEST, SamRules
from samix.template.value import ValueMapping, as_mapping, as_text

if TYPE_CHECKING:
    from samix.messages.location import Location

_FEWEST_PATH_PARTS, _MOST_PATH_PARTS = 2, 3
_NESTED_STACK = "AWS::CloudFormation::Stack"
_NESTED_SUFFIX = ".NestedStack"
# only samix reads these; the build type is compared as such, and where a dependency is declared changes no artifact
SAMIX_METADATA = frozenset({"BuildType", "BuildDependsOn"})


def resource_id(logical_id: str, resource: ValueMapping, rules: SamRules = NEWEST) -> str:
    """The id of a resource: the user's, else the CDK's construct id, else the logical id.

    The resource is as its template has it, and the rules are those of the sam that builds it.
    """
    metadata = as_mapping(resource.get("Metadata"))
    custom = as_text(metadata.get("SamResourceId"))
    if custom:
        return custom
    parts = (as_text(metadata.get("aws:cdk:path")) or "").split("/")
    if len(parts) < _FEWEST_PATH_PARTS or (len(parts) > _MOST_PATH_PARTS and rules.has(CDK_PATH_OF_THREE)):
        return logical_id
    is_stack = resource.get("Type") == _NESTED_STACK
    owned = parts[-1] == "Resource" or (is_stack and parts[-2].endswith(_NESTED_SUFFIX))
    found = parts[-2] if owned else parts[-1]
    return found.removesuffix(_NESTED_SUFFIX) if is_stack else found


def check_name(name: object, locate: Callable[[], Location]) -> str:
    """The name, if it can name a directory in the build dir: a logical id or the id of a nested stack.

    `locate` finds the place of the name, for a message.

    Raises:
        TemplateError: It is a path to elsewhere, or is not text.
    """
    if (
        not isinstance(name, str)
        or name in {"", ".", "..", "template.yaml"}
        or "/" in name
        or not name.isprintable()
        or not name.isascii()
    ):
        raise TemplateError(
            f"{name!r} cannot be the name of a directory in the build dir.",
            where=locate(),
            hint="Use letters and digits.",
        )
    return name


def normalize(logical_id: str, resource: ValueMapping, rules: SamRules = NEWEST) -> ValueMapping:
    """A copy of the resource with sam's metadata, and the CDK's assets put into its properties.

    The arguments are those of `resource_id`.
    """
    normalized = dict(resource)
    metadata = dict(as_mapping(resource.get("Metadata")))
    if not metadata.get("SamNormalized"):
        asset_property = as_text(metadata.get("aws:asset:property"))
        asset_path = as_text(metadata.get("aws:asset:path"))
        if asset_property == "Code.ImageUri":
            metadata |= {
                # sam takes both through pathlib
                "Dockerfile": Path(as_text(metadata.get("aws:asset:dockerfile-path")) or "").as_posix(),
                "DockerContext": str(Path(asset_path or "")),
                "DockerBuildArgs": metadata.get("aws:asset:docker-build-args", {}),
            }
            if rules.has(CDK_EXTRA_PARAMS):
                metadata["DockerBuildExtraParams"] = metadata.get("aws:asset:docker-build-extra-params", [])
            asset_path = logical_id.lower()
        if asset_property and asset_path:
            normalized["Properties"] = _with_property(
                as_mapping(resource.get("Properties")), asset_property.split("."), asset_path
            )
            metadata["SamNormalized"] = True
    if metadata.get("aws:asset:is-bundled"):
        metadata["SkipBuild"] = True
    metadata["SamResourceId"] = resource_id(logical_id, resource, rules)
    normalized["Metadata"] = metadata
    return normalized


def _with_property(properties: ValueMapping, keys: list[str], value: str) -> ValueMapping:
    changed = copy.copy(properties)
    target = changed
    for key in keys[:-1]:
        inner: ValueMapping = {}
        target[key] = inner
        target = inner
    target[keys[-1]] = value
    return changed
