"""Expands the language extensions of a template.

Mirrors `samcli.lib.cfn_language_extensions.sam_integration.expand_language_extensions` and the pipeline of
`...api.create_default_pipeline`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from samix.template.extensions.conditions import decide_all, is_false, resolve_conditions
from samix.template.extensions.errors import ExpansionError, locate_errors
from samix.template.extensions.functions import FUNCTIONS
from samix.template.extensions.loop_shape import check_depth, is_loop
from samix.template.extensions.loops import merge, unroll, unroll_resources
from samix.template.extensions.no_value import resolve_leniently, with_policies, without_absent
from samix.template.extensions.scope import Scope
from samix.template.value import ValueMapping, as_mapping

_TRANSFORM = "AWS::LanguageExtensions"
_SECTIONS = ("Parameters", "Mappings", "Conditions", "Outputs")


@dataclass(frozen=True)
class Expanded:
    """A template without loops and without functions, except those that need a deployment."""

    data: ValueMapping  # read-only: it shares values with the original
    origins: Mapping[str, str]  # for each resource that a loop makes, the loop's key in the original's resources


def uses_extensions(template: ValueMapping) -> bool:
    """Whether a template asks for language extensions."""
    transform = template.get("Transform")
    return transform == _TRANSFORM or (isinstance(transform, list) and _TRANSFORM in transform)


def expand(template: ValueMapping, values: ValueMapping) -> Expanded:
    """Expand a template that asks for language extensions; it is not changed.

    `values` are those of parameters and pseudo parameters, without defaults.

    Raises:
        ExpansionError: The template is invalid, or cannot be expanded before it is deployed.
    """
    _check(template)
    sections = {name: as_mapping(template.get(name)) for name in _SECTIONS}
    scope = Scope(sections["Parameters"], values, sections["Mappings"], sections["Conditions"], FUNCTIONS)
    expanded = dict(template)
    conditions = _unroll_section(expanded, "Conditions", scope)
    resources, origins = unroll_resources(as_mapping(template["Resources"]), scope)
    _unroll_section(expanded, "Outputs", scope)
    try:
        if conditions:
            scope = replace(scope, conditions=conditions, decided={}, deciding=set())
            decide_all(scope)
        _check_conditions(resources, conditions)
        if conditions:
            expanded["Conditions"] = resolve_conditions(scope)
        resolved = without_absent(_resolve_section(scope, "Resources", resources))
        expanded["Resources"] = _with_policies(scope, as_mapping(resolved))
        if "Outputs" in expanded:
            expanded["Outputs"] = _resolve_section(scope, "Outputs", as_mapping(expanded["Outputs"]))
    except ExpansionError as error:
        if error.keys[:1] == ("Resources",):
            error.keys = tuple(origins.get(key, key) for key in error.keys)
        raise
    return Expanded(expanded, origins)


def _check(template: ValueMapping) -> None:
    """Refuse what sam refuses, or what makes it end with a traceback."""
    for name in _SECTIONS:
        if not isinstance(template.get(name) or {}, dict):
            raise ExpansionError(f"The section {name} is not a mapping.", name)
    resources = template.get("Resources")
    if not isinstance(resources, dict):
        raise ExpansionError("The section Resources is not a mapping.", "Resources")
    for logical_id, resource in resources.items():
        if not isinstance(resource, dict | list):
            raise ExpansionError(f"{logical_id} is not a resource.", "Resources", logical_id)
    for name, output in as_mapping(template.get("Outputs")).items():
        if output is None:
            raise ExpansionError(f"The output {name} is empty.", "Outputs", name)
    for section in ("Resources", "Conditions", "Outputs"):
        for key, value in as_mapping(template.get(section)).items():
            with locate_errors(section, key):
                check_depth({key: value})


def _unroll_section(template: ValueMapping, name: str, scope: Scope) -> ValueMapping:
    """Unroll the loops of a section in place, and remove the section if nothing is left in it."""
    unrolled: ValueMapping = {}
    for key, value in as_mapping(template.get(name)).items():
        with locate_errors(name, key):
            made = as_mapping(unroll({key: value}, scope))
            if is_loop(key):
                merge(unrolled, made, key)
            else:
                unrolled |= made
    if unrolled:
        template[name] = unrolled
    else:
        template.pop(name, None)
    return unrolled


def _check_conditions(resources: ValueMapping, conditions: ValueMapping) -> None:
    for logical_id, resource in resources.items():
        name = as_mapping(resource).get("Condition")
        if isinstance(name, str) and name not in conditions:
            problem = f"{logical_id} has the condition {name}, which does not exist."
            raise ExpansionError(problem, "Resources", logical_id)


def _resolve_section(scope: Scope, section: str, entries: ValueMapping) -> ValueMapping:
    resolved: ValueMapping = {}
    for name, entry in entries.items():
        with locate_errors(section, name):
            resolved[name] = resolve_leniently(scope, entry) if is_false(scope, entry) else scope.resolve(entry)
    return resolved


def _with_policies(scope: Scope, resources: ValueMapping) -> ValueMapping:
    checked: ValueMapping = {}
    for logical_id, resource in resources.items():
        with locate_errors("Resources", logical_id):
            if not isinstance(resource, dict):
                raise ExpansionError(f"{logical_id} is not a resource.")
            checked[logical_id] = with_policies(scope, resource)
    return checked
