"""Writes artifacts into a template that keeps its loops.

Mirrors `samcli.commands.build.build_context.BuildContext._update_original_template_paths` and what it calls, such as
`samcli.lib.cfn_language_extensions.sam_integration.resolve_collection`. These know less of loops than the expansion
does: what sam does not find in some kinds of collections and bodies stays as written here, too.
"""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from samix.template.extensions.errors import ExpansionError, locate_errors
from samix.template.extensions.loop_shape import is_loop, loop_name, loop_parts
from samix.template.paths import ARTIFACT_PATHS, leaf
from samix.template.value import Value, ValueMapping, as_mapping, inner_values, value_at

_PLACEHOLDER = re.compile(r"\$\{[^}]*\}")
_NOT_PLAIN = re.compile(r"[^a-zA-Z0-9]")


@dataclass(frozen=True)
class Built:
    """The result of a build, for one stack."""

    template: ValueMapping  # expanded, with the artifacts put in
    is_built: Callable[[str], bool]  # whether a resource has an artifact, by logical id
    is_stack: Callable[[str], bool]  # whether a resource is a local nested stack, by logical id
    parameters: ValueMapping  # the values given to the template's parameters

    def path(self, logical_id: str, name: str) -> Value:
        """The artifact that a property of a resource names, None if there is none."""
        return _get_path(self.properties(logical_id), name) if self.is_built(logical_id) else None

    def properties(self, logical_id: str) -> ValueMapping:
        """The properties of a resource."""
        return as_mapping(value_at(self.template, "Resources", logical_id, "Properties"))


@dataclass(frozen=True)
class _Loop:
    """A loop whose body is being changed: the variables with their values, the outermost first, and its names."""

    variables: tuple[tuple[str, Sequence[str]], ...]
    names: str

    def rounds(self) -> Iterator[dict[str, str]]:
        """The values of all variables in every round, in sam's order: the loop's own variable changes slowest."""
        *outer, own = self.variables
        for value in own[1]:
            for combination in itertools.product(*(values for _, values in outer)):
                yield {**dict(zip((name for name, _ in outer), combination, strict=True)), own[0]: value}

    def logical_id(self, key: str, values: Mapping[str, str]) -> str:
        for name, _ in self.variables:
            key = _with_text(key, name, values[name])
        return key


def point_at_artifacts(template: ValueMapping, built: Built) -> None:
    """Write the artifacts into a template that is not expanded.

    The template is changed, and gets mappings for paths that differ from round to round.

    Raises:
        ExpansionError: The mappings cannot be given names.
    """
    mappings: ValueMapping = {}
    for key, resource in as_mapping(template.get("Resources")).items():
        if is_loop(key):
            with locate_errors("Resources", key):
                mappings |= _change_loop(key, resource, template, built, _Loop((), ""))
        elif isinstance(resource, dict) and (built.is_built(key) or built.is_stack(key)):
            properties = as_mapping(resource.get("Properties"))
            for name in ARTIFACT_PATHS.get(str(resource.get("Type")), ()):
                value = _get_path(built.properties(key), name)
                if value is not None:
                    _set_path(properties, name, value)
    if mappings:
        present = template.setdefault("Mappings", {})
        if not isinstance(present, dict):
            raise ExpansionError("The section Mappings is empty, and sam cannot add to it.", "Mappings")
        present.update(mappings)


def _change_loop(key: str, loop: Value, template: ValueMapping, built: Built, outer: _Loop) -> ValueMapping:
    """Change the body of a loop, and return the mappings that it now refers to."""
    parts = loop_parts(loop, exact=False)
    if parts is None:
        return {}
    variable, collection, body = parts
    values = _collection_texts(collection, template, built.parameters)
    here = _Loop((*outer.variables, (variable, values)), outer.names + loop_name(key))
    paths = (path for inner, resource in body.items() if not is_loop(inner) for path in _paths(resource).items())
    shared = Counter(leaf(name) for name, value in paths if values and _is_dynamic(value, variable))
    mappings: ValueMapping = {}
    for resource_key, resource in body.items():
        if is_loop(resource_key):
            mappings |= _change_loop(resource_key, resource, template, built, here)
            continue
        properties = as_mapping(value_at(resource, "Properties"))
        for name, value in _paths(resource).items():
            if not (values and _is_dynamic(value, variable)):
                _set_static(resource_key, properties, name, built, here)
                continue
            in_key = [outer_name for outer_name, _ in outer.variables if _is_dynamic(value, outer_name)]
            entries = _entries(resource_key, name, built, here, [*in_key, variable])
            if entries:
                mapping = f"SAM{leaf(name)}{here.names}"
                if shared[leaf(name)] > 1:
                    mapping += _suffix(resource_key)
                mappings[mapping] = entries
                _set_path(properties, name, _lookup(mapping, [*in_key, variable], leaf(name)))
    return mappings


def _paths(resource: Value) -> ValueMapping:
    """The paths of artifacts in a resource, by the dotted names of their properties."""
    properties = as_mapping(value_at(resource, "Properties"))
    names = ARTIFACT_PATHS.get(str(value_at(resource, "Type")), ())
    found = {name: value for name in names if (value := _get_path(properties, name)) is not None}
    return {name: value for name, value in found.items() if not any(other.startswith(f"{name}.") for other in found)}


def _set_static(key: str, properties: ValueMapping, name: str, built: Built, loop: _Loop) -> None:
    """Set one path for all rounds: that of the first round."""
    if all(values for _, values in loop.variables):
        logical_id = loop.logical_id(key, {variable: values[0] for variable, values in loop.variables})
        path = built.path(logical_id, name)
        if path is not None:
            _set_path(properties, name, path)


def _entries(key: str, name: str, built: Built, loop: _Loop, in_key: Sequence[str]) -> ValueMapping:
    """The mapping for a path that differs from round to round."""
    entries: ValueMapping = {}
    for values in loop.rounds():
        path = built.path(loop.logical_id(key, values), name)
        entry = "-".join(values[variable] for variable in in_key)
        # if the key has no variables of outer loops, sam keeps the first of several paths
        if path is not None and entry not in entries:
            entries[entry] = {leaf(name): path}
    return entries


def _lookup(mapping: str, variables: Sequence[str], name: str) -> Value:
    references: list[Value] = [{"Ref": variable} for variable in variables]
    key: Value = {"Fn::Join": ["-", references]} if len(references) > 1 else references[0]
    return {"Fn::FindInMap": [mapping, key, name]}


def _suffix(key: str) -> str:
    suffix = _NOT_PLAIN.sub("", _PLACEHOLDER.sub("", key))
    if not suffix:
        raise ExpansionError(
            f"{key} consists of variables only, and shares its loop with others that have such a path, so that sam"
            " cannot name its mapping. Add letters or digits to it."
        )
    return suffix


def _get_path(properties: ValueMapping, name: str) -> Value:
    """The value under a dotted name."""
    return value_at(properties, *name.split("."))


def _set_path(properties: ValueMapping, name: str, value: Value) -> None:
    *parents, last = name.split(".")
    for parent in parents:
        properties = as_mapping(properties.setdefault(parent, {}))
    properties[last] = value


def _collection_texts(collection: Value, template: ValueMapping, parameters: ValueMapping) -> list[str]:
    """The items of a loop's collection; none if it is neither a list nor a parameter.

    `parameters` are the values given to the template's parameters, without defaults.
    """
    if isinstance(collection, list):
        return [str(item) for item in collection if item is not None]
    name = as_mapping(collection).get("Ref")
    if not isinstance(name, str):
        return []
    for value in (parameters.get(name), value_at(template, "Parameters", name, "Default")):
        if isinstance(value, list):
            return [str(item) for item in value]
        if isinstance(value, str):
            return [item.strip() for item in value.split(",")]
    return []


def _is_dynamic(value: Value, variable: str) -> bool:
    """Whether a value differs with the variable of a loop."""
    if isinstance(value, str):
        return f"${{{variable}}}" in value
    if isinstance(value, dict):
        text = value.get("Fn::Sub")
        if isinstance(text, str) or (isinstance(text, list) and text):
            value = {"Fn::Sub": text if isinstance(text, str) else text[0], "Ref": value.get("Ref")}
        if value.get("Ref") == variable:
            return True
    return any(_is_dynamic(item, variable) for item in inner_values(value))


def _with_text(key: str, variable: str, text: str) -> str:
    """A key with a variable replaced.

    Raises:
        ExpansionError: sam ends with a traceback for such a text.
    """
    try:
        return re.sub(rf"\$\{{{re.escape(variable)}\}}", text, key)  # backslashes in the text count, as with sam
    except (re.error, IndexError) as error:
        raise ExpansionError(f"{text!r} cannot be part of a name: {error}.") from error
