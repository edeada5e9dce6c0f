"""Templates that sam checks and builds nothing of: those of the whole application, with the values of this build."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from samix.sam.unit_template import give_parameters, in_order
from samix.template.types import FUNCTION_TYPES, NESTED_STACKS
from samix.template.value import Value, ValueMapping, as_mapping, as_text

if TYPE_CHECKING:
    from samix.template.stacks import Application, Stack

_RESOURCE_ID = "SamResourceId"
_REPOSITORY_APPLICATION = "AWS::Serverless::Application"
_NO_LAYERS: tuple[Value, ...] = (None, {"Ref": "AWS::NoValue"})
_NOTHING: ValueMapping = {"Type": "AWS::CloudFormation::WaitConditionHandle"}  # sam requires a resource in a template


def checked_templates(application: Application, directory: Path) -> dict[Path, ValueMapping]:
    """By file in a directory, the templates of all stacks; that of the root stack comes first and refers to the others.

    What would end sam while samix builds the rest is left out: applications of the repository, about which sam asks
    AWS, and `Layers` that resolve to nothing.
    """
    files = {
        stack.path: directory / ("template.yaml" if stack.parent is None else f"stack-{number}.yaml")
        for number, stack in enumerate(application.stacks)
    }
    children = {
        (stack.parent.path, stack.logical_id): files[stack.path] for stack in application.stacks if stack.parent
    }
    return {files[stack.path]: _checked_template(stack, children) for stack in application.stacks}


def _checked_template(stack: Stack, children: dict[tuple[str, str], Path]) -> ValueMapping:
    template = as_mapping(in_order(stack.data))
    if stack.parent is None:
        give_parameters(template, stack.parameters)
    resources: ValueMapping = OrderedDict(_resources(stack, as_mapping(template.get("Resources")), children))
    template["Resources"] = resources or {"Nothing": _NOTHING}
    if _has_no_layers(as_mapping(as_mapping(stack.data.get("Globals")).get("Function"))):
        del as_mapping(as_mapping(template["Globals"])["Function"])["Layers"]
    return template


def _resources(
    stack: Stack, resources: ValueMapping, children: dict[tuple[str, str], Path]
) -> Iterator[tuple[str, ValueMapping]]:
    for logical_id, value in resources.items():
        resource = as_mapping(value)
        resource_type, properties = as_text(resource.get("Type")) or "", as_mapping(resource.get("Properties"))
        if isinstance(metadata := resource.get("Metadata"), dict):
            resource["Metadata"] = {key: item for key, item in metadata.items() if not _steers_a_build(key, item)}
        child = children.get((stack.path, logical_id))
        if child:
            properties[NESTED_STACKS[resource_type]] = str(child)
        elif resource_type == _REPOSITORY_APPLICATION:
            continue
        elif resource_type in FUNCTION_TYPES and _has_no_layers(properties):
            del properties["Layers"]
        yield logical_id, resource


def _steers_a_build(key: str, value: Value) -> bool:
    """Whether a key of the metadata gives a resource another name or place, or makes sam read its artifact.

    The CDK's keys do the first (`ResourceMetadataNormalizer`), esbuild the second (`EsbuildBundlerManager`).
    """
    return key.startswith("aws:") or key == _RESOURCE_ID or (key, value) == ("BuildMethod", "esbuild")


def _has_no_layers(properties: ValueMapping) -> bool:
    return "Layers" in properties and properties["Layers"] in _NO_LAYERS
