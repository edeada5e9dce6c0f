"""A template with one unit alone, or with those of a batch.

From such a template sam writes the same build definition as for the unit in the whole application.
"""

from __future__ import annotations

import copy
import os
from collections import OrderedDict
from collections.abc import Sequence
from typing import TYPE_CHECKING

from samix.template.references import references
from samix.template.resources import Kind
from samix.template.types import CODE_PROPERTIES, LAYER_TYPES
from samix.template.value import Value, ValueMapping, as_list, as_mapping, as_text

if TYPE_CHECKING:
    from samix.template.stacks import Application, Stack
    from samix.units.unit import Unit

_SECTIONS = ("AWSTemplateFormatVersion", "Transform", "Globals", "Parameters", "Mappings", "Conditions")
_NOT_BUILT = ("Layers", "Events")


def unit_template(unit: Unit, application: Application) -> ValueMapping:
    """A template from which sam builds this unit and nothing else."""
    stack = application.by_path[unit.first.stack_path]
    data = stack.data
    template: ValueMapping = {key: copy.deepcopy(data[key]) for key in _SECTIONS if key in data}
    _drop(as_mapping(as_mapping(template.get("Globals")).get("Function")))
    give_parameters(template, stack.parameters)
    resource = copy.deepcopy(as_mapping(as_mapping(data.get("Resources"))[unit.first.logical_id]))
    resource.pop("DependsOn", None)
    properties = as_mapping(resource.setdefault("Properties", {}))
    _drop(properties)
    metadata = as_mapping(resource.get("Metadata"))
    if unit.kind is not Kind.LAYER and "DockerContext" in metadata:
        metadata["DockerContext"] = unit.first.metadata["DockerContext"]
    if unit.kind is Kind.IMAGE:
        if unit.first.code is not None:
            holder = as_mapping(properties["Code"]) if unit.first.type == "AWS::Lambda::Function" else properties
            holder["ImageUri"] = unit.first.code
        elif "aws:asset:path" in metadata:
            metadata["aws:asset:path"] = unit.first.metadata.get("DockerContext")
    elif "aws:asset:path" in metadata and metadata.get("aws:asset:property"):
        metadata["aws:asset:path"] = unit.first.code
    elif unit.first.code is not None:
        properties[CODE_PROPERTIES[unit.first.type]] = unit.first.code
    template["Resources"] = {
        **_stand_ins(metadata, stack, unit.first.logical_id),
        unit.first.logical_id: in_order(resource),
    }
    _anchor_includes(template, stack)
    return template


def batch_template(units: Sequence[Unit], application: Application) -> ValueMapping:
    """A template from which sam builds several units of one stack, and nothing else."""
    first, *others = (unit_template(unit, application) for unit in units)
    for other in others:
        first["Resources"] = {**as_mapping(first["Resources"]), **as_mapping(other["Resources"])}
    return first


def in_order(value: Value) -> Value:
    """The value with mappings that are written in their own order: sam takes the first key for the function."""
    if isinstance(value, list):
        return [in_order(item) for item in value]
    if not isinstance(value, dict):
        return value
    return OrderedDict((key, in_order(item)) for key, item in value.items())


def _stand_ins(metadata: ValueMapping, stack: Stack, own: str) -> ValueMapping:
    """Layers that are not built, for those that metadata refer to: sam sees such a reference as a layer's or a name."""
    found: ValueMapping = {}
    for name, _ in references(metadata):
        resource_type = as_text(as_mapping(as_mapping(stack.data["Resources"]).get(name)).get("Type"))
        if name != own and resource_type in LAYER_TYPES:
            found[name] = {"Type": resource_type, "Properties": {CODE_PROPERTIES[resource_type]: "."}}
    return found


def _drop(properties: ValueMapping) -> None:
    for name in _NOT_BUILT:
        properties.pop(name, None)


def give_parameters(template: ValueMapping, values: ValueMapping) -> None:
    """Make the values that the user or a parent stack gives the defaults of the template's parameters.

    sam's notation for overrides cannot express every text, nor every name that its parameter files may contain. For a
    value that is empty, zero or false sam takes the declared default.
    """
    parameters = as_mapping(template.get("Parameters"))
    for name, value in values.items():
        declared = parameters.get(name)
        is_declared = isinstance(declared, dict)
        is_known = is_declared and "Ref" in value if isinstance(value, dict) else bool(value)
        if is_known or (value is None and is_declared):
            parameters[name] = {"Type": "String", **as_mapping(declared), "Default": value}
    if parameters:
        template["Parameters"] = parameters


def _anchor_includes(value: Value, stack: Stack) -> None:
    """Make paths in AWS::Include absolute, if they are of files: sam looks for them in the working directory."""
    for item in value.values() if isinstance(value, dict) else as_list(value):
        _anchor_includes(item, stack)
    include = as_mapping(as_mapping(value).get("Fn::Transform"))
    arguments = as_mapping(include.get("Parameters"))
    location = as_text(stack.resolver.resolve(arguments.get("Location")))
    if include.get("Name") == "AWS::Include" and location and os.path.isfile(location):
        arguments["Location"] = os.path.abspath(location)
