"""The tree of stacks: the root template and the local templates nested in it.

Mirrors `samcli.lib.providers.sam_stack_provider`.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlparse

from samix.files.access_log import observe
from samix.messages.errors import OldSamError, TemplateError
from samix.template.esbuild import with_source_map
from samix.template.extensions.errors import ExpansionError
from samix.template.extensions.expand import Expanded, expand, uses_extensions
from samix.template.extensions.loop_shape import is_loop, local_web_function
from samix.template.globals import SERVERLESS_PREFIX, merge_globals
from samix.template.intrinsics import PSEUDO_PARAMETERS, Resolver
from samix.template.load import Template, load_template
from samix.template.metadata import check_name, normalize
from samix.template.sam_rules import EXPANDS_ALWAYS, LANGUAGE_EXTENSIONS, NEWEST, SamRules
from samix.template.types import FUNCTION_TYPES, LAYER_TYPES, NESTED_STACKS, REMOTE_PREFIXES
from samix.template.value import ValueMapping, as_mapping, as_text, value_at

if TYPE_CHECKING:
    from samix.messages.location import Location

_RELEVANT_TYPES = LAYER_TYPES | FUNCTION_TYPES | frozenset(NESTED_STACKS)
_INCLUDE = "Fn::Transform"


@dataclass(frozen=True)
class Stack:
    """A template in its place in the tree of nested stacks."""

    path: str  # its full path; empty for the root
    template: Template
    parameters: ValueMapping  # the values given to its parameters, without defaults
    raw_paths: bool  # whether local paths are taken as written: if the user gives a base dir
    parent: Stack | None = None  # the stack that it is nested in; None for the root
    logical_id: str = ""  # its name in the parent's template
    # the template with its language extensions expanded; None if it uses none, or they are not to be expanded
    expanded: Expanded | None = None
    rules: SamRules = field(default=NEWEST, compare=False, repr=False)  # of the sam that builds it

    @property
    def data(self) -> ValueMapping:
        """The content of the template, expanded if it is to be."""
        return self.expanded.data if self.expanded else self.template.data

    @property
    def is_linked(self) -> bool:
        """Whether sam's paths start from the working directory: its template, or one around it, is a link."""
        return self.template.path.is_symlink() or (self.parent is not None and self.parent.is_linked)

    @cached_property
    def resolver(self) -> Resolver:
        """Resolves this template's intrinsics."""
        defaults = {
            name: declared["Default"]
            for name, declared in as_mapping(self.data.get("Parameters")).items()
            if isinstance(declared, dict) and "Default" in declared
        }
        return Resolver(self.data, {**PSEUDO_PARAMETERS, **defaults, **self.parameters})

    @cached_property
    def resources(self) -> dict[str, ValueMapping]:
        """The functions, layers and nested stacks, with Globals merged in and intrinsics resolved."""
        found: dict[str, ValueMapping] = {}
        resources = self.data.get("Resources")
        has_no_value = "AWS::NoValue" in self.template.text
        for logical_id, resource in as_mapping(resources).items():
            if not isinstance(resource, dict) or is_loop(logical_id):
                continue
            is_relevant = as_text(resource.get("Type")) in _RELEVANT_TYPES
            if is_relevant:
                check_name(logical_id, partial(self.locate, str(logical_id)))
            if is_relevant or has_no_value:  # in their order, as the resolver requires
                merged = merge_globals(self.data, str(resource.get("Type")), resource)
                if resource.get("Type") == "AWS::Serverless::Function" and not merged.get("CodeUri"):
                    merged = {**merged, "CodeUri": "."}  # before intrinsics are resolved, and for this type alone
                normalized = normalize(logical_id, {**resource, "Properties": merged}, self.rules)
                resolved = as_mapping(self.resolver.resolve(normalized))
                if is_relevant:
                    found[logical_id] = with_source_map(resolved)
        return found

    def resolve_path(self, path: str) -> str:
        """A local path of this template made absolute, or as written if the user gives a base dir.

        Mirrors `SamLocalStackProvider.normalize_resource_path`.
        """
        if self.raw_paths or os.path.isabs(path):
            return path
        return self.beside_template(path)

    def path_of_sam(self, path: str) -> str:
        """A local path as sam writes it: relative to the working directory below a template that is a link."""
        absolute = self.resolve_path(path)
        return os.path.relpath(absolute) if self.is_linked and not self.raw_paths and path != absolute else absolute

    def beside_template(self, path: str) -> str:
        """A path relative to this template's directory; if the template is a link, to the directory of its target."""
        template = os.path.realpath(self.template.path) if self.template.path.is_symlink() else self.template.path
        return os.path.normpath(os.path.join(os.path.dirname(template), path))

    def full_path(self, identifier: str) -> str:
        """The full path of something in this stack (`provider.get_full_path` in sam)."""
        return f"{self.path}/{identifier}" if self.path else identifier

    def locate(self, logical_id: str, *keys: str) -> Location:
        """The place of a resource, or of something in it, in the template; that of the loop if a loop makes it."""
        origin = self.expanded.origins.get(logical_id) if self.expanded else None
        written = as_mapping(self.template.data.get("Resources"))
        if origin is not None and logical_id not in written:
            return self.template.locate("Resources", origin)
        return self.template.locate("Resources", logical_id, *keys)

    def locate_property(self, logical_id: str, key: str) -> Location:
        """The place of a property of a resource: in the resource, or in the Globals that it comes from."""
        written = as_mapping(value_at(self.template.data, "Resources", logical_id))
        section = str(written.get("Type")).rpartition("::")[2]
        shared = as_mapping(value_at(self.template.data, "Globals", section))
        if key in shared and key not in as_mapping(written.get("Properties")):
            return self.template.locate("Globals", section, key)
        return self.locate(logical_id, "Properties", key)


@dataclass(frozen=True)
class Application:
    """All stacks of an application, the root first, in sam's order."""

    stacks: tuple[Stack, ...]  # each before those nested in it
    # the full paths of nested stacks whose templates are not local files; nothing in them is built
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
    template: Path,
    parameters: ValueMapping,
    *,
    raw_paths: bool,
    region: str | None = None,
    language_extensions: bool = False,
    rules: SamRules = NEWEST,
) -> Application:
    """Read a template and all local templates nested in it.

    `template` is the absolute path of the root template, and `parameters` are the overrides for it; the region of the
    user reaches all stacks. `raw_paths` says whether the user gives a base dir, `language_extensions` whether to expand
    templates that ask for that. The rules are those of the sam that builds the application.

    Raises:
        TemplateError: A template cannot be read or expanded, or the stacks are nested in a circle.
        OldSamError: It needs a newer sam.
    """
    stacks: list[Stack] = []
    remote: list[str] = []
    shared: ValueMapping = {"AWS::Region": region} if region else {}
    root = Stack("", load_template(template), {**shared, **parameters}, raw_paths, rules=rules)
    _load(root, shared, stacks, remote, language_extensions=language_extensions)
    return Application(tuple(stacks), tuple(remote))


def _load(
    stack: Stack, shared: ValueMapping, stacks: list[Stack], remote: list[str], *, language_extensions: bool
) -> None:
    ancestor = stack.parent
    while ancestor:
        if ancestor.template.path.resolve() == stack.template.path.resolve():
            raise TemplateError(
                f"The stack {stack.path} is nested in itself: its template is {stack.template.path}",
                where=(stack.parent or stack).locate(stack.logical_id),
            )
        ancestor = ancestor.parent
    if uses_extensions(stack.template.data) and _are_expanded(stack.rules, is_wanted=language_extensions):
        stack = replace(stack, expanded=_expand_stack(stack))
    if not as_mapping(stack.data.get("Resources")):
        raise TemplateError("'Resources' section is required.", where=stack.template.locate("Resources"))
    loop = next(filter(is_loop, as_mapping(stack.data["Resources"])), None)
    if loop:
        raise _unexpanded_loop_error(stack, loop, is_wanted=language_extensions)
    _check_shape(stack)
    stacks.append(stack)
    for logical_id, resource in stack.resources.items():
        key = NESTED_STACKS.get(str(resource.get("Type")))
        if key is None:
            continue
        properties = as_mapping(resource.get("Properties"))
        identifier = as_text(value_at(resource, "Metadata", "SamResourceId")) or logical_id
        check_name(identifier, partial(stack.locate, logical_id))
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
            rules=stack.rules,
        )
        _load(child, shared, stacks, remote, language_extensions=language_extensions)


def _are_expanded(rules: SamRules, *, is_wanted: bool) -> bool:
    """Whether sam expands a template that asks for it."""
    return rules.has(EXPANDS_ALWAYS) or (is_wanted and rules.has(LANGUAGE_EXTENSIONS))


def _unexpanded_loop_error(stack: Stack, loop: str, *, is_wanted: bool) -> TemplateError | OldSamError:
    """The error for a loop that would make sam fail."""
    where = stack.locate(loop)
    if not stack.rules.has(EXPANDS_ALWAYS) and not stack.rules.has(LANGUAGE_EXTENSIONS):
        return stack.rules.too_old(LANGUAGE_EXTENSIONS, "Fn::ForEach", where=where)
    return TemplateError(
        "Fn::ForEach is only expanded if language extensions are enabled.",
        where=where,
        hint="Add AWS::LanguageExtensions to the template's Transform."
        if is_wanted or stack.rules.has(EXPANDS_ALWAYS)
        else "Build with --language-extensions.",
    )


def _expand_stack(stack: Stack) -> Expanded:
    try:
        expanded = expand(stack.template.data, {**PSEUDO_PARAMETERS, **stack.parameters})
    except ExpansionError as error:
        raise TemplateError(str(error), where=stack.template.locate(*error.keys)) from error
    for loop, parts in as_mapping(stack.template.data.get("Resources")).items():
        name = local_web_function(parts) if is_loop(loop) else None
        if name:
            # mirrors `samcli.lib.providers.sam_web_function_provider.check_no_web_functions_in_foreach`
            raise TemplateError(
                f"{name}: sam does not build an AWS::Serverless::WebFunction in Fn::ForEach.",
                where=stack.template.locate("Resources", loop),
                hint="Write it outside of the loop.",
            )
    resources = as_mapping(expanded.data["Resources"])
    for name, loop in expanded.origins.items():
        resource_type = str(as_mapping(resources.get(name)).get("Type"))
        if resource_type.startswith(SERVERLESS_PREFIX) and not (name.isascii() and name.isalnum()):
            # mirrors `samtranslator.model.Resource._validate_logical_id`
            raise TemplateError(
                f"{loop} makes {name!r}, which is not a valid name for an {resource_type}.",
                where=stack.template.locate("Resources", loop),
                hint="In names, write &{Variable}: it leaves out all but letters and digits.",
            )
    return expanded


def _check_shape(stack: Stack) -> None:
    """Refuse a resource that is not a mapping, for which sam ends with a traceback."""
    for logical_id, resource in as_mapping(stack.data.get("Resources")).items():
        if not isinstance(resource, dict):
            raise TemplateError(f"The resource {logical_id} is not a mapping.", where=stack.locate(str(logical_id)))
        if _INCLUDE in resource and as_text(value_at(stack.resolver.resolve(resource), "Type")) in _RELEVANT_TYPES:
            raise TemplateError(  # sam builds it, but the built template lacks it
                f"The resource {logical_id} is included as a whole, which cannot be built.",
                where=stack.locate(str(logical_id)),
                hint="Write its Type into the template, and include its Properties.",
            )
        for section in ("Properties", "Metadata"):
            is_left_out = section not in resource or (section == "Metadata" and resource[section] is None)
            if not is_left_out and not isinstance(resource[section], dict):
                raise TemplateError(
                    f"The {section} of {logical_id} are not a mapping.", where=stack.locate(str(logical_id), section)
                )


def _load_nested(stack: Stack, logical_id: str, key: str, location: str) -> Template:
    if location.startswith("file://"):
        location = unquote(urlparse(location).path)
    elif not os.path.isabs(location):
        location = stack.beside_template(location)
    if not os.path.isfile(observe(location)):
        raise TemplateError(
            f"The nested template of {logical_id} does not exist: {location}",
            where=stack.locate(logical_id, "Properties", key),
        )
    return load_template(Path(location))
