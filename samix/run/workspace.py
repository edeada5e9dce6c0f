"""A unit's workspace: a template that holds this unit alone, and what sam leaves there.

From such a template sam writes just the build definition that it would write for the unit in the whole
application, and runs side by side share no file.
"""

from __future__ import annotations

import copy
import os
import tempfile
import uuid
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from samix.files import write_atomically
from samix.state.build_toml import Definition, Section, read_definitions, write_definitions
from samix.state.layout import slug
from samix.state.records import checked_uuid
from samix.template.dump import dump_template
from samix.template.intrinsics import LAYER_TYPES
from samix.template.load import load_template
from samix.template.references import references
from samix.template.resources import CODE_PROPERTIES, Kind
from samix.template.value import Value, ValueMapping, as_list, as_mapping, as_text
from samix.tree import link_tree

if TYPE_CHECKING:
    from samix.plan.units import Unit
    from samix.template.stacks import Application, Stack

_SECTIONS = ("AWSTemplateFormatVersion", "Transform", "Globals", "Parameters", "Mappings", "Conditions")
_NOT_BUILT = ("Layers", "Events")


@dataclass(frozen=True)
class Product:
    """What sam left in a workspace.

    Attributes:
        artifact: The directory of the artifact; None for an image.
        deps: The downloaded dependencies, where sam keeps them apart.
        image: The tag of the image; empty for anything else.
        uuid: sam's name for the build definition.
        definition: The definition's fields.
    """

    artifact: Path | None
    deps: Path | None
    image: str
    uuid: str
    definition: ValueMapping


def unit_template(unit: Unit, application: Application) -> ValueMapping:
    """A template from which sam builds this unit and nothing else."""
    stack = application.by_path[unit.first.stack_path]
    data = stack.data
    template: ValueMapping = {key: copy.deepcopy(data[key]) for key in _SECTIONS if key in data}
    _drop(as_mapping(as_mapping(template.get("Globals")).get("Function")))
    _give_parameters(template, stack.parameters)
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
        unit.first.logical_id: _in_order(resource),
    }
    _anchor_includes(template, stack)
    return template


def _in_order(value: Value) -> Value:
    """The value with mappings that are written in their own order: sam looks at the first key for a function."""
    if isinstance(value, list):
        return [_in_order(item) for item in value]
    if not isinstance(value, dict):
        return value
    return OrderedDict((key, _in_order(item)) for key, item in value.items())


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


def _give_parameters(template: ValueMapping, values: ValueMapping) -> None:
    """Make the values that the user or a parent stack gives the defaults of the template's parameters.

    sam's notation for overrides cannot say every text, nor every name that its parameter files may hold. To sam a
    value that is empty, zero or false is none, for which it takes the declared default.
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
    """Make what AWS::Include names absolute, where it is a file: sam looks for it in the working directory."""
    for item in value.values() if isinstance(value, dict) else as_list(value):
        _anchor_includes(item, stack)
    include = as_mapping(as_mapping(value).get("Fn::Transform"))
    arguments = as_mapping(include.get("Parameters"))
    location = as_text(stack.resolver.resolve(arguments.get("Location")))
    if include.get("Name") == "AWS::Include" and location and os.path.isfile(location):
        arguments["Location"] = os.path.abspath(location)


@dataclass(frozen=True)
class Earlier:
    """What an earlier build of a unit left, on which sam builds its source alone.

    Attributes:
        definition: The definition that sam wrote for it.
        deps: The dependencies that it downloaded.
    """

    definition: ValueMapping
    deps: Path


def prepare(parent: Path, unit: Unit, application: Application, earlier: Earlier | None = None) -> Path:
    """Make a workspace with the unit's template.

    Its name is never used again: a sam that outlives a killed samix cannot write into a later build.

    Raises:
        OSError: It cannot be written.
    """
    parent.mkdir(parents=True, exist_ok=True)
    directory = Path(tempfile.mkdtemp(prefix=f"{slug(unit.name)}.", dir=parent))
    write_atomically(directory / "template.yaml", dump_template(unit_template(unit, application)), mode=0o600)
    if earlier:
        _bring_along(directory / ".aws-sam", unit, earlier)
    return directory


def _bring_along(root: Path, unit: Unit, earlier: Earlier) -> None:
    """Have sam find its earlier definition of the unit, under a new name, and the dependencies."""
    fields = dict(earlier.definition)
    fields["codeuri"] = unit.first.code
    fields.pop("source_hash", None)  # sam would leave it as it was: an incremental build takes none of the source
    if unit.kind is Kind.LAYER:
        fields["layer_name"] = fields["layer"] = unit.first.full_path.rpartition("/")[2]
    elif "aws:asset:path" in as_mapping(fields.get("metadata")):
        fields["metadata"] = {**as_mapping(fields["metadata"]), "aws:asset:path": unit.first.code}
    name = str(uuid.uuid4())  # the directories of the earlier one stay as they are until the build is put in place
    section = Section.LAYERS if unit.kind is Kind.LAYER else Section.FUNCTIONS
    link_tree(earlier.deps, root / "deps" / name)  # sam reads them only
    write_definitions(root / "build.toml", [Definition(section, name, fields)])


def harvest(directory: Path, unit: Unit) -> Product | None:
    """What sam left in a workspace, None if it left no artifact.

    Raises:
        ValueError: Its definition has a name that is no uuid.
    """
    root = directory / ".aws-sam"
    definitions = read_definitions(root / "build.toml")
    if len(definitions) != 1:
        return None
    definition = definitions[0]
    checked_uuid(definition.uuid)
    if unit.kind is Kind.IMAGE:
        image = _built_image(root / "build" / "template.yaml", unit)
        return Product(None, None, image, definition.uuid, definition.fields) if image else None
    artifact = root / "build" / unit.first.logical_id
    if not artifact.is_dir():
        return None
    deps = root / "deps" / definition.uuid
    return Product(artifact, deps if deps.is_dir() else None, "", definition.uuid, definition.fields)


def _built_image(template: Path, unit: Unit) -> str:
    if not template.is_file():
        return ""
    resources = as_mapping(load_template(template).data.get("Resources"))
    properties = as_mapping(as_mapping(resources.get(unit.first.logical_id)).get("Properties"))
    found = as_mapping(properties.get("Code")).get("ImageUri") or properties.get("ImageUri")
    return as_text(found) or ""
