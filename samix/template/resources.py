"""The functions and layers of a template, as sam's own providers see them.

Mirrors `samcli.lib.providers.sam_function_provider`, `sam_layer_provider` and `provider.get_function_build_info`.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property, partial
from typing import TYPE_CHECKING

from samix.files.access_log import observe
from samix.messages.errors import TemplateError
from samix.template.types import CODE_PROPERTIES, FUNCTION_TYPES, LAYER_TYPES, WEB_FUNCTION, is_remote
from samix.template.value import Value, ValueMapping, as_list, as_mapping, as_text

if TYPE_CHECKING:
    from samix.messages.location import Location
    from samix.template.stacks import Stack

_DEFAULT_ARCHITECTURE = "x86_64"
_RESOURCE_ID = "SamResourceId"
_ADDED_BY_SAM = frozenset({_RESOURCE_ID, "SamNormalized"})
_DEFAULT_CODE = "."
_DEFAULT_ENTRY_POINT = "index.js"


class Kind(Enum):
    """The kinds of resources that are built in different ways."""

    LAYER = "layer"
    FUNCTION = "function"
    IMAGE = "image"


@dataclass(frozen=True)
class Resource:
    """A function or layer that sam builds."""

    kind: Kind
    type: str  # CloudFormation's
    logical_id: str  # its name in its own template, and that of its directory below the build dir
    full_path: str  # its name in the application, such as `Child/Fn`
    stack_path: str  # the full path of its stack; empty for the root
    properties: ValueMapping  # with Globals merged in and intrinsics resolved
    metadata: ValueMapping  # with intrinsics resolved
    # its source: absolute, or as written if a base dir is given; the archive of an image, None if it has a Dockerfile
    code: str | None
    # its place in its template; with keys, the place of the value under them
    locate: Callable[..., Location] = field(compare=False, repr=False)
    directory: str = ""  # of its template: the source of an image, for sam
    linked_code: str = ""  # its source as sam writes it, if that differs: below a template that is a link; else empty
    # the resource that names the artifact it shares with others; None if it has its own
    shares_with: Resource | None = field(default=None, compare=False, repr=False)

    @property
    def location(self) -> Location:
        """Its place in its template; found only when it is needed, for an error."""
        return self.locate()

    @property
    def code_of_sam(self) -> str | None:
        """Its source as sam writes it to build.toml."""
        return self.linked_code or self.code

    @property
    def compared_metadata(self) -> ValueMapping:
        """Its metadata as sam compares and writes them: without the keys that sam itself adds."""
        return {key: value for key, value in self.metadata.items() if key not in _ADDED_BY_SAM}

    @cached_property
    def workflow(self) -> str:
        """The build method, else the runtime: what sam chooses a workflow by (`samcli.lib.build.workflow_config`)."""
        return self.build_method or self.runtime or ""

    @cached_property
    def runtime(self) -> str | None:
        """The runtime of a function."""
        return as_text(self.properties.get("Runtime"))

    @property
    def handler(self) -> str | None:
        """The handler of a function, or the entry point of a web function."""
        if self.type == WEB_FUNCTION:
            return as_text(self.properties.get("EntryPoint") or _DEFAULT_ENTRY_POINT)
        return as_text(self.properties.get("Handler"))

    @property
    def is_built_by_handler(self) -> bool:
        """Whether its build depends on the handler."""
        return self.build_method == "esbuild" or self.runtime == "go1.x"

    @property
    def is_built_by_makefile(self) -> bool:
        """Whether its metadata have a makefile build it; the runtimes that sam builds like that do not count."""
        return self.build_method == "makefile"

    @cached_property
    def build_method(self) -> str | None:
        """The build method that the metadata names."""
        return as_text(self.metadata.get("BuildMethod"))

    @property
    def has_own_build(self) -> bool:
        """Whether the metadata names the build workflow, so that the runtime does not choose it."""
        return self.kind is not Kind.LAYER and self.build_method is not None

    @property
    def architecture(self) -> str:
        """`x86_64` or `arm64`."""
        if self.kind is Kind.LAYER:
            return as_text(self.metadata.get("BuildArchitecture")) or _DEFAULT_ARCHITECTURE
        if self.type == WEB_FUNCTION:
            return _DEFAULT_ARCHITECTURE
        architectures = as_list(self.properties.get("Architectures"))
        return (as_text(architectures[0]) if architectures else None) or _DEFAULT_ARCHITECTURE

    @property
    def builder(self) -> str | None:
        """What chooses sam's build workflow: the build method of a layer, the runtime of a function."""
        return self.build_method if self.kind is Kind.LAYER else self.runtime

    @cached_property
    def definition(self) -> tuple[object, ...]:
        """What sam compares to find out whether it builds two functions together.

        Mirrors `samcli.lib.build.build_graph.FunctionBuildDefinition.__eq__`; environment values are left out,
        because the plan compares them.
        """
        if self.kind is Kind.LAYER or self.is_built_by_makefile:
            return (self.full_path,)
        return (
            self.type if self.type == WEB_FUNCTION else "function",
            _frozen(self.properties.get("Runtime") or ""),
            self.directory if self.code is None else self.code,
            image_uri(self.type, self.properties) if self.kind is Kind.IMAGE else "",
            self.kind.value,
            self.architecture,
            self.handler or "" if self.is_built_by_handler else "",
            _frozen(self.compared_metadata),
        )


def _frozen(value: Value) -> object:
    """A hashable copy of a value, equal to another if sam's dictionaries are: 1, 1.0 and true are."""
    if isinstance(value, dict):
        return frozenset((key, _frozen(item)) for key, item in value.items())
    if isinstance(value, list):
        return tuple(_frozen(item) for item in value)
    return value


def image_uri(resource_type: str, properties: ValueMapping) -> str | None:
    """The text that names a function's image in its properties, None if there is none."""
    holder = as_mapping(properties.get("Code")) if resource_type == "AWS::Lambda::Function" else properties
    return as_text(holder.get("ImageUri"))


def _archive(stack: Stack, resource_type: str, properties: ValueMapping) -> str | None:
    """The local file of a prebuilt image, if a function names one as its image."""
    written = image_uri(resource_type, properties)
    path = os.path.join(os.path.dirname(stack.template.path), written) if written else ""
    return os.path.normpath(path) if os.path.isfile(observe(path)) else None


def buildable_resources(stack: Stack) -> list[Resource]:
    """The functions and layers of one stack that sam builds, in the template's order.

    As with sam, these are left out: inline code, code in S3, zip files, prebuilt images, `SkipBuild`, and layers
    without a build method.
    """
    found = []
    for logical_id, resource in stack.resources.items():
        resource_type = str(resource.get("Type"))
        if resource_type in LAYER_TYPES or resource_type in FUNCTION_TYPES:
            converted = _convert(stack, logical_id, resource_type, resource)
            if converted and _is_buildable(converted):
                found.append(converted)
    return found


def _convert(stack: Stack, logical_id: str, resource_type: str, resource: ValueMapping) -> Resource | None:
    properties = as_mapping(resource.get("Properties"))
    metadata = dict(as_mapping(resource.get("Metadata")))
    is_image = resource_type in FUNCTION_TYPES and properties.get("PackageType") == "Image"
    kind = Kind.LAYER if resource_type in LAYER_TYPES else Kind.IMAGE if is_image else Kind.FUNCTION
    code: str | None = None
    linked_code = ""
    context = as_text(metadata.get("DockerContext"))
    if context is not None and resource_type in FUNCTION_TYPES - {WEB_FUNCTION}:
        metadata["DockerContext"] = stack.resolve_path(context)
    if kind is Kind.IMAGE:
        code = _archive(stack, resource_type, properties)
    else:
        written = properties.get(CODE_PROPERTIES[resource_type])
        if is_remote(written):
            return None
        text = as_text(written)
        # in every stack, sam takes an empty path for the base directory, that of the root template
        code = text if text == "" else stack.resolve_path(text or _DEFAULT_CODE)
        linked_code = "" if text == "" else stack.path_of_sam(text or _DEFAULT_CODE)
    if "\0" in (code or context or ""):
        raise TemplateError(f"The source of {logical_id} is not a path (null byte).", where=stack.locate(logical_id))
    resource_id = as_text(metadata.get(_RESOURCE_ID)) or logical_id
    return Resource(
        kind=kind,
        type=resource_type,
        logical_id=logical_id,
        full_path=stack.full_path(resource_id),
        stack_path=stack.path,
        properties=properties,
        metadata=metadata,
        code=code,
        locate=partial(stack.locate, logical_id),
        directory=stack.resolve_path(_DEFAULT_CODE),
        linked_code=linked_code,
    )


def _is_buildable(resource: Resource) -> bool:
    if resource.metadata.get("SkipBuild"):
        return False
    if resource.kind is not Kind.IMAGE and resource.code is not None and resource.code.endswith(".zip"):
        return False
    if resource.kind is Kind.LAYER:
        return bool(resource.metadata.get("BuildMethod"))
    if resource.kind is Kind.IMAGE:
        return bool(resource.code or (resource.metadata.get("Dockerfile") and resource.metadata.get("DockerContext")))
    inline = resource.properties.get("InlineCode") or as_mapping(resource.properties.get("Code")).get("ZipFile")
    return not inline
