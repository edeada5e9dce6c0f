"""What the user should know about a plan: what has no effect, and what was probably meant."""

from __future__ import annotations

from typing import TYPE_CHECKING

from samix.parameters import GLOBAL_SCOPE
from samix.plan.build_type import METADATA_KEY
from samix.spelling import meant
from samix.template.intrinsics import LAYER_TYPES
from samix.template.references import DEPENDS_ON
from samix.template.resources import Kind
from samix.template.stacks import NESTED_STACKS
from samix.template.value import as_mapping

if TYPE_CHECKING:
    from collections.abc import Sequence

    from samix.options import BuildOptions
    from samix.plan.units import Unit
    from samix.template.stacks import Application, Stack
    from samix.template.value import ValueMapping

_METADATA_KEYS = frozenset({METADATA_KEY, DEPENDS_ON, "BuildMethod"})


def take_notes(application: Application, units: Sequence[Unit], options: BuildOptions) -> tuple[str, ...]:
    """The notes on an application's units and on the options that are for them."""
    return (
        *_on_templates(application, units),
        *_on_links(application, options),
        *_on_options(units, options),
        *_on_bare_sam(units),
    )


def _on_bare_sam(units: Sequence[Unit]) -> list[str]:
    """Which units stay out of build.toml for good, so that only samix reuses them."""
    makefiles = [unit for unit in units if unit.is_makefile_function]
    with_values = [unit for unit in units if unit.environment and not unit.is_makefile_function]
    reasons = (
        (makefiles, "sam reuses no makefile function"),
        (with_values, "sam would keep values of container environments in clear in build.toml"),
    )
    return [
        f"A bare sam build --cached builds {', '.join(unit.label for unit in left_out)} anew each time, because {why};"
        " samix build reuses what it built."
        for left_out, why in reasons
        if left_out
    ]


def _on_links(application: Application, options: BuildOptions) -> list[str]:
    """Which templates are links, whose sources sam finds only from the directory of the root template."""
    base = application.root.template.path.resolve().parent
    if application.root.raw_paths or options.project.resolve() == base:
        return []
    return [
        f"{stack.template.locate()}: this template is a link. samix builds what it describes; sam build would leave it"
        f" out, unless it ran in {base}."
        for stack in application.stacks
        if stack.template.path.is_symlink()
    ]


def _on_options(units: Sequence[Unit], options: BuildOptions) -> list[str]:
    """Options for containers that no unit gets."""
    named = {
        "--container-env-var": set(options.environments) - {GLOBAL_SCOPE},
        "--build-image": set(options.build_images) - {""},
    }
    given = {"--container-env-var": bool(options.environments), "--build-image": bool(options.build_images)}
    inside = {resource.logical_id for unit in units if unit.in_container for resource in unit.resources}
    notes = []
    for option, names in named.items():
        if given[option] and not inside:
            notes.append(f"{option} has no effect: nothing is built in a container.")
        elif names - inside:
            missed = ", ".join(sorted(names - inside))
            notes.append(f"{option} has no effect on {missed}: nothing of that name is built in a container.")
    return notes


def _on_templates(application: Application, units: Sequence[Unit]) -> list[str]:
    notes = [
        f"{path} is a nested stack whose template is not a local file: nothing in it is built."
        for path in application.remote
    ]
    built = {(resource.stack_path, resource.logical_id) for unit in units for resource in unit.resources}
    guesses: dict[str, str | None] = {}  # most resources have the same keys
    for stack in application.stacks:
        for logical_id, resource in stack.resources.items():
            notes += _misplaced(stack, logical_id)
            is_built = (stack.path, logical_id) in built
            for key in as_mapping(resource.get("Metadata")):
                known = guesses[key] if key in guesses else guesses.setdefault(key, meant(key, _METADATA_KEYS))
                if known:
                    notes.append(f"{stack.locate(logical_id, 'Metadata', key)}: did you mean {known}, not {key}?")
                elif key in (METADATA_KEY, DEPENDS_ON) and not is_built:
                    where = stack.locate(logical_id, "Metadata", key)
                    notes.append(f"{where}: {key} has no effect: sam does not build {logical_id}.{_advice(resource)}")
    images = [unit.label for unit in units if unit.kind is Kind.IMAGE and not unit.decision.is_default]
    if images:
        notes.append(f"The build type has no effect on {', '.join(images)}: the container engine builds images anyway.")
    return notes


def _misplaced(stack: Stack, logical_id: str) -> list[str]:
    """Keys that belong under Metadata and stand elsewhere, where nobody reads them."""
    written = as_mapping(as_mapping(stack.data.get("Resources")).get(logical_id))
    places = ((written, ()), (as_mapping(written.get("Properties")), ("Properties",)))
    return [
        f"{stack.locate(logical_id, *keys, key)}: {key} of {logical_id} belongs under Metadata; here it has no effect."
        for mapping, keys in places
        for key in (METADATA_KEY, DEPENDS_ON)
        if key in mapping
    ]


def _advice(resource: ValueMapping) -> str:
    """What to do about a resource that is not built although its metadata speaks of building."""
    if resource.get("Type") in LAYER_TYPES:
        return " A layer needs a BuildMethod in its Metadata."
    if resource.get("Type") in NESTED_STACKS:
        return " Write it at the functions and layers of the nested stack."
    return ""
