"""The tree of stacks: the root template and the local templates nested in it.

Mirrors `samcli.lib.providers.sam_stack_provider`.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlparse

from samix.errors import TemplateError
from samix.template.esbuild import with_source_map
from samix.template.globals import merge_globals
from samix.template.intrinsics import LAYER_TYPES, PSEUDO_PARAMETERS, Resolver
from samix.template.load import Template, load_template
from samix.template.metadata import checked_name, normalize
from samix.template.resources import FUNCTION_TYPES
from samix.template.value import ValueMapping, as_mapping, as_text

if TYPE_CHECKING:
    from samix.location import Location

NESTED_STACKS = {"AWS::Serverless::Application": "Location", "AWS::CloudFormation::Stack": "TemplateURL"}
_RELEVANT_TYPES = LAYER_TYPES | FUNCTION_TYPES | frozenset(NESTED_STACKS)
REMOTE_PREFIXES = ("s3://", "http://", "https://")


@dataclass(frozen=True)
class Stack:
    """A template in its place in the tree.

    Attributes:
        path: The full path of the stack, empty for the root.
        template: Its template.
        parameters: The values given to its parameters, without defaults.
        raw_paths: Whether local paths are taken as written, which is so when the user gives a base dir.
        parent: The stack that this one is nested in.
        logical_id: Its name in the parent's template.
    """

    path: str
    template: Template
    parameters: ValueMapping
    raw_paths: bool
    parent: Stack | None = None
    logical_id: str = ""

    @property
    def is_linked(self) -> bool:
        """Whether sam's paths start from the working directory: its template is a link, or lies below such a one."""
        return self.template.path.is_symlink() or (self.parent is not None and self.parent.is_linked)

    @cached_property
    def resolver(self) -> Resolver:
        """Resolves this template's intrinsics."""
        defaults = {
            name: declared["Default"]
            for name, declared in as_mapping(self.template.data.get("Parameters")).items()
            if isinstance(declared, dict) and "Default" in declared
        }
        return Resolver(self.template.data, {**PSEUDO_PARAMETERS, **defaults, **self.parameters})

    @cached_property
    def resources(self) -> dict[str, ValueMapping]:
        """The functions, layers and nested stacks, with Globals merged in and intrinsics resolved."""
        found: dict[str, ValueMapping] = {}
        resources = self.template.data.get("Resources")
        has_no_value = "AWS::NoValue" in self.template.text
        for logical_id, resource in as_mapping(resources).items():
            if not isinstance(resource, dict) or _is_loop(logical_id):
                continue
            is_relevant = as_text(resource.get("Type")) in _RELEVANT_TYPES
            if is_relevant:
                checked_name(logical_id, self.locate(str(logical_id)))
            if is_relevant or has_no_value:  # one resource after the other, as the resolver asks for
                merged = merge_globals(self.template.data, str(resource.get("Type")), resource)
                if resource.get("Type") == "AWS::Serverless::Function" and not merged.get("CodeUri"):
                    merged = {**merged, "CodeUri": "."}  # before intrinsics are resolved, and for this type alone
                normalized = normalize(logical_id, {**resource, "Properties": merged})
                resolved = as_mapping(self.resolver.resolve(normalized))
                if is_relevant:
                    found[logical_id] = with_source_map(resolved)
        return found

    def resolve_path(self, path: str) -> str:
        """A local path of this template made absolute, or as written where the user gives a base dir.

        Mirrors `SamLocalStackProvider.normalize_resource_path`.
        """
        if self.raw_paths or os.path.isabs(path):
            return path
        return self.beside_template(path)

    def beside_template(self, path: str) -> str:
        """A path relative to this template's directory, or to where the template really lies if it is a link."""
        template = os.path.realpath(self.template.path) if self.template.path.is_symlink() else self.template.path
        return os.path.normpath(os.path.join(os.path.dirname(template), path))

    def full_path(self, identifier: str) -> str:
        """The name in the application of something in this stack (`provider.get_full_path` in sam)."""
        return f"{self.path}/{identifier}" if self.path else identifier

    def locate(self, logical_id: str, *keys: str) -> Location:
        """Where something about a resource stands in the template."""
        return self.template.locate("Resources", logical_id, *keys)


@dataclass(frozen=True)
class Application:
    """All stacks of an application, the root first, in sam's order.

    Attributes:
        stacks: Each stack before those nested in it.
        remote: Full paths of nested stacks whose templates are not local files; nothing in them is built.
    """

    stacks: tuple[Stack, ...]
    remote: tuple[str, ...]

    @property
    def root(self) -> Stack:
        """The stack of the template that is built."""
        return self.stacks[0]

    @cached_property
    def by_path(self) -> dict[str, Stack]:
        """The stacks by their full path."""
        return {stack.path: stack for stack in self.stacks}


def load_application(
    template: Path, parameters: ValueMapping, *, raw_paths: bool, region: str | None = None
) -> Application:
    """Read a template and all local templates nested in it.

    Args:
        template: The root template's file, absolute.
        parameters: Parameter overrides for the root.
        raw_paths: Whether the user gives a base dir.
        region: The region that the user gives, which unlike the parameters reaches all stacks.

    Raises:
        TemplateError: A template cannot be read, or the stacks are nested in a circle.
    """
    stacks: list[Stack] = []
    remote: list[str] = []
    shared: ValueMapping = {"AWS::Region": region} if region else {}
    _load(Stack("", load_template(template), {**shared, **parameters}, raw_paths), shared, stacks, remote)
    return Application(tuple(stacks), tuple(remote))


def _load(stack: Stack, shared: ValueMapping, stacks: list[Stack], remote: list[str]) -> None:
    ancestor = stack.parent
    while ancestor:
        if ancestor.template.path.resolve() == stack.template.path.resolve():
            raise TemplateError(
                f"The stack {stack.path} is nested in itself: its template is {stack.template.path}",
                where=(stack.parent or stack).locate(stack.logical_id),
            )
        ancestor = ancestor.parent
    if not as_mapping(stack.template.data.get("Resources")):
        raise TemplateError("'Resources' section is required.", where=stack.template.locate("Resources"))
    loop = next((name for name in as_mapping(stack.template.data["Resources"]) if _is_loop(name)), None)
    if loop:
        raise TemplateError(
            "samix does not expand Fn::ForEach yet.",
            where=stack.locate(loop),
            hint="Write the resources out, or build with sam build --language-extensions.",
        )
    _check_shape(stack)
    stacks.append(stack)
    for logical_id, resource in stack.resources.items():
        key = NESTED_STACKS.get(str(resource.get("Type")))
        if key is None:
            continue
        properties = as_mapping(resource.get("Properties"))
        identifier = as_text(as_mapping(resource.get("Metadata")).get("SamResourceId")) or logical_id
        checked_name(identifier, stack.locate(logical_id))
        path = stack.full_path(identifier)
        if not isinstance(properties.get(key), str | dict):
            raise TemplateError(f"The {key} of {path} is missing.", where=stack.locate(logical_id, "Properties", key))
        location = as_text(properties[key])
        if not location or location.startswith(REMOTE_PREFIXES):
            remote.append(path)
            continue
        child = Stack(
            path=path,
            template=_load_nested(stack, logical_id, key, location),
            parameters={**shared, **as_mapping(properties.get("Parameters"))},
            raw_paths=stack.raw_paths,
            parent=stack,
            logical_id=logical_id,
        )
        _load(child, shared, stacks, remote)


def _check_shape(stack: Stack) -> None:
    """Say of a resource that is not a mapping what sam answers with a traceback."""
    for logical_id, resource in as_mapping(stack.template.data.get("Resources")).items():
        if _is_loop(logical_id):
            continue
        if not isinstance(resource, dict):
            raise TemplateError(f"The resource {logical_id} is not a mapping.", where=stack.locate(str(logical_id)))
        for section in ("Properties", "Metadata"):
            is_left_out = section not in resource or (section == "Metadata" and resource[section] is None)
            if not is_left_out and not isinstance(resource[section], dict):
                raise TemplateError(
                    f"The {section} of {logical_id} are not a mapping.", where=stack.locate(str(logical_id), section)
                )


def _is_loop(name: object) -> bool:
    return str(name).startswith("Fn::ForEach::")


def _load_nested(stack: Stack, logical_id: str, key: str, location: str) -> Template:
    if location.startswith("file://"):
        location = unquote(urlparse(location).path)
    elif not os.path.isabs(location):
        location = stack.beside_template(location)
    if not os.path.isfile(location):
        raise TemplateError(
            f"The nested template of {logical_id} does not exist: {location}",
            where=stack.locate(logical_id, "Properties", key),
        )
    return load_template(Path(location))
