"""Decides where a resource is built, and why.

The first of these that names a build type decides: the command line, samconfig, the resource's metadata, the
default. Within the first two an exact name beats a glob, and the last of several globs counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from samix.messages.errors import BuildTypeError
from samix.messages.suggestions import hint_for_name
from samix.options.build_type import BuildType, BuildTypeDefault, BuildTypeRule, parse_build_type

if TYPE_CHECKING:
    from samix.template.resources import Resource

METADATA_KEY = "BuildType"
_NO_SOURCE = "default"


@dataclass(frozen=True)
class Decision:
    """A resource's build type, and the reason for it."""

    build_type: BuildType
    reason: str
    is_default: bool = False  # whether nothing but the default decides
    # what else names a build type for the resource, the strongest first
    overruled: tuple[str, ...] = field(default=(), compare=False)


def decide(
    resources: Sequence[Resource], rule_sets: Sequence[Sequence[BuildTypeRule]], default: BuildTypeDefault
) -> dict[str, Decision]:
    """The decision for each resource, by full path.

    `rule_sets` are the rules of each source, the strongest source first.

    Raises:
        BuildTypeError: A pattern matches nothing, or a resource's metadata has a wrong value.
    """
    for rules in rule_sets:
        for rule in rules:
            if not any(_matches(rule, resource) for resource in resources):
                raise BuildTypeError(
                    f"{rule.source}: {rule.pattern!r} matches nothing that is built.",
                    where=rule.where,
                    hint=hint_for_name(rule.pattern, [resource.full_path for resource in resources]),
                )
    return {resource.full_path: _decide(resource, rule_sets, default) for resource in resources}


def _decide(resource: Resource, rule_sets: Sequence[Sequence[BuildTypeRule]], default: BuildTypeDefault) -> Decision:
    rules = [rule for rules in rule_sets for rule in _by_strength(rules, resource)]
    others = [f"{rule.origin} {rule.pattern}={rule.build_type.value}" for rule in rules]
    if METADATA_KEY in resource.metadata:
        where = resource.locate("Metadata", METADATA_KEY)
        written = str(resource.metadata[METADATA_KEY] or "")
        if not rules:  # a rule may overrule a value that is wrong
            source = f"{METADATA_KEY} of {resource.full_path}"
            build_type = parse_build_type(written, source=source, where=where)
            return Decision(build_type, f"{where} {METADATA_KEY}", overruled=(_format_default(default),))
        others.append(f"{where} {METADATA_KEY} {written}")
    if not rules:
        return Decision(default.build_type, default.source, is_default=True)
    return Decision(rules[0].build_type, others[0], overruled=(*others[1:], _format_default(default)))


def _by_strength(rules: Sequence[BuildTypeRule], resource: Resource) -> list[BuildTypeRule]:
    """The rules of one source that match a resource, the strongest first."""
    exact = [rule for rule in rules if rule.pattern == resource.full_path]
    globs = [rule for rule in rules if rule.pattern != resource.full_path and _matches(rule, resource)]
    return [*reversed(exact), *reversed(globs)]


def _format_default(default: BuildTypeDefault) -> str:
    return default.source if default.source != _NO_SOURCE else f"{_NO_SOURCE} {default.build_type.value}"


def _matches(rule: BuildTypeRule, resource: Resource) -> bool:
    return rule.pattern == resource.full_path or fnmatchcase(resource.full_path, rule.pattern)
