"""The resources that a resource needs: the layers that it refers to, and those that `BuildDependsOn` names."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from samix.messages.errors import DependencyError
from samix.messages.suggestions import hint_for_name
from samix.template.globals import merge_globals
from samix.template.value import Value, ValueMapping, as_list, as_mapping, as_text, value_at

if TYPE_CHECKING:
    from samix.template.resources import Resource
    from samix.template.stacks import Application, Stack

DEPENDS_ON = "BuildDependsOn"
NAMED = ("Parameters", "Resources")
"""The sections of a template whose names can be referred to."""

_SUBSTITUTION = re.compile(r"\$\{([^!}][^}]*)\}")


def referenced_layers(application: Application, resource: Resource, layers: Mapping[tuple[str, str], str]) -> list[str]:
    """The layers of the application that a function's `Layers` refer to, through parameters and outputs.

    `layers` are the full paths of the layers that sam builds, by stack path and logical id. The result has full paths,
    each once. Both branches of an `Fn::If` count, because they only order the build.
    """
    stack = application.by_path[resource.stack_path]
    named = _follow(application, stack, written_layers(stack, resource.logical_id), frozenset())
    return list(dict.fromkeys(layers[place] for place in named if place in layers))


def written_layers(stack: Stack, logical_id: str) -> Value:
    """The `Layers` of a function as the template has them, or its Globals."""
    return _written_properties(stack.data, logical_id).get("Layers")


def _written_properties(template: ValueMapping, logical_id: str) -> ValueMapping:
    resource = as_mapping(value_at(template, "Resources", logical_id))
    return merge_globals(template, str(resource.get("Type")), resource)


def _follow(
    application: Application, written_in: Stack, value: Value, seen: frozenset[tuple[str, str]]
) -> Iterator[tuple[str, str]]:
    """The (stack path, logical id) of everything that a value refers to, across stacks."""
    for name, attribute in references(value):
        stack = owner_of(written_in, name)
        key = (stack.path, f"{name}.{attribute}")
        if key in seen:
            continue
        deeper = seen | {key}
        if name in as_mapping(stack.data.get("Parameters")):
            if stack.parent:
                yield from _follow(application, stack.parent, _argument(stack, name), deeper)
        elif attribute.startswith("Outputs."):
            child = next((one for one in application.stacks if one.parent is stack and one.logical_id == name), None)
            if child:
                output = value_at(child.data, "Outputs", attribute.removeprefix("Outputs."), "Value")
                yield from _follow(application, child, output, deeper)
        else:
            yield stack.path, name


def owner_of(stack: Stack, name: str) -> Stack:
    """The stack that a name belongs to: in an expanded nested stack, a name may come from an argument of its parent."""
    while stack.expanded and stack.parent and not any(name in as_mapping(stack.data.get(key)) for key in NAMED):
        stack = stack.parent
    return stack


def _argument(stack: Stack, parameter: str) -> Value:
    """The value that the parent's template gives for a parameter, as written there."""
    parent = stack.parent.data if stack.parent else {}
    return value_at(_written_properties(parent, stack.logical_id), "Parameters", parameter)


def references(value: Value) -> Iterator[tuple[str, str]]:
    """The (name, attribute) pairs that Ref, Fn::GetAtt and Fn::Sub in a value name; a Ref has no attribute."""
    for item in as_list(value):
        yield from references(item)
    for key, item in as_mapping(value).items():
        if key == "Ref" and isinstance(item, str):
            yield item, ""
        elif key == "Fn::GetAtt":
            parts = item.split(".", 1) if isinstance(item, str) else [str(part) for part in as_list(item)]
            yield parts[0] if parts else "", ".".join(parts[1:])
        elif key == "Fn::Sub":
            yield from _substitutions(item)
        else:
            yield from references(item)


def _substitutions(value: Value) -> Iterator[tuple[str, str]]:
    text = as_text(value if isinstance(value, str) else next(iter(as_list(value)), None)) or ""
    variables: ValueMapping = as_mapping(as_list(value)[1]) if len(as_list(value)) > 1 else {}
    yield from references(variables)
    for name in _SUBSTITUTION.findall(text):
        if name not in variables:
            target, _, attribute = name.partition(".")
            yield target, attribute


def written_dependencies(resource: Resource) -> list[str]:
    """The names in a resource's `Metadata: BuildDependsOn`, as they are written.

    Raises:
        DependencyError: The value is neither a name nor a list of names.
    """
    written = resource.metadata.get(DEPENDS_ON)
    names = [written] if isinstance(written, str) else written if written is not None else []
    found = [name for name in names if isinstance(name, str)] if isinstance(names, list) else []
    if found != names:
        raise DependencyError(
            f"{DEPENDS_ON} of {resource.full_path} is not a list of resource names.",
            where=resource.locate("Metadata", DEPENDS_ON),
            hint=f"Write it as {DEPENDS_ON}: [SomeLayer, SomeFunction].",
        )
    return found


def named_dependencies(resource: Resource, known: Mapping[str, Resource]) -> list[str]:
    """The full paths of the resources that a resource's `Metadata: BuildDependsOn` names.

    A name is searched for in the resource's own stack first, then as a full path from the root.

    Raises:
        DependencyError: The value is neither a name nor a list of names, or sam builds nothing of such a name.
    """
    prefix = f"{resource.stack_path}/" if resource.stack_path else ""
    found = []
    for name in written_dependencies(resource):
        full_path = next((path for path in (f"{prefix}{name}", name) if path in known), None)
        if full_path is None:
            raise DependencyError(
                f"{DEPENDS_ON} of {resource.full_path} names {name}, which sam does not build.",
                where=resource.locate("Metadata", DEPENDS_ON),
                hint=hint_for_name(name, list(known), takes_globs=False),
            )
        found.append(full_path)
    return found
