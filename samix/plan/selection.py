"""Which resources a build is asked for, by the names that sam takes and by globs of full paths."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from samix.messages.errors import SelectionError
from samix.messages.note import Note
from samix.messages.suggestions import hint_for_name
from samix.plan.neighbours import find_reached
from samix.template.resources import Kind
from samix.template.types import WEB_FUNCTION
from samix.template.value import as_text

if TYPE_CHECKING:
    from samix.template.resources import Resource


@dataclass(frozen=True)
class Selection:
    """What is built and what is left out, by full paths."""

    chosen: frozenset[str]  # what the user asks for, and what that needs
    excluded: frozenset[str]  # what the user excludes, and the build does not need
    notes: tuple[Note, ...] = ()
    named: tuple[str, ...] = ()  # what is asked for by name, in that order


def select(
    resources: Sequence[Resource], needs: Mapping[str, Iterable[str]], names: Sequence[str], exclude: Sequence[str]
) -> Selection:
    """Select from all `resources` what `names`, names and globs, ask for (all if there are none), and what that needs.

    `needs` says what each resource needs, by full path; `exclude` are names and globs of what is not asked for.

    Raises:
        SelectionError: Nothing that sam builds has a name that is asked for.
    """
    notes: list[Note] = []
    excluded: set[str] = set()
    for name in exclude:
        found = [resource.full_path for resource in resources if _answers(resource, name)]
        excluded.update(found)
        if not found:
            notes.append(Note(f"--exclude {name} has no effect: nothing that is built has this name."))
    if not names:
        return Selection(frozenset(_paths(resources) - excluded), frozenset(excluded), tuple(notes))
    asked: set[str] = set()
    named: dict[str, None] = {}
    for name in dict.fromkeys(names):
        found = _select_by_name(resources, name, notes)
        if _is_glob(name):
            found = [path for path in found if path not in excluded]
        else:
            named |= dict.fromkeys(found)
            if excluded.intersection(found):
                notes.append(Note(f"{name} is both requested and excluded: it is built."))
        asked.update(found)
    chosen = find_reached(asked, needs)
    return Selection(frozenset(chosen), frozenset(excluded - chosen), tuple(notes), tuple(named))


def _paths(resources: Iterable[Resource]) -> set[str]:
    return {resource.full_path for resource in resources}


def _answers(resource: Resource, name: str) -> bool:
    return name in _names(resource) or (_is_glob(name) and fnmatchcase(resource.full_path, name))


def _names(resource: Resource) -> set[str | None]:
    """What a resource is called (`SamFunctionProvider.get`, `SamLayerProvider.get`)."""
    own = resource.full_path.rpartition("/")[2]
    return {resource.full_path, own, resource.logical_id, as_text(resource.properties.get("FunctionName"))}


def _is_glob(name: str) -> bool:
    return any(character in name for character in "*?[")


def _select_by_name(resources: Sequence[Resource], name: str, notes: list[Note]) -> list[str]:
    """What a name asks for: a glob all that it matches, any other name one function and one layer."""
    if name in _paths(resources):
        return [name]
    found = [resource for resource in resources if _answers(resource, name)]
    if not found:
        raise SelectionError(
            f"Unable to find a function or layer with name '{name}'",
            hint=f"{hint_for_name(name, sorted(_paths(resources)))}\n{_not_found(resources, name)}",
        )
    if _is_glob(name):
        return [resource.full_path for resource in found]
    layers = [resource.full_path for resource in found if resource.kind is Kind.LAYER]
    functions = sorted((resource.full_path for resource in found if resource.kind is not Kind.LAYER), key=str.lower)
    first = [*functions[:1], *layers[:1]]
    rest = [*functions[1:], *layers[1:]]
    if rest:
        notes.append(Note(f"{name} is the name of {' and '.join([*first, *rest])}: {' and '.join(first)} is built."))
    return first


def _not_found(resources: Sequence[Resource], name: str) -> str:
    """sam's line with the names in the templates that would be possible (`BuildContext.collect_build_resources`)."""
    functions = [one for one in resources if one.kind is not Kind.LAYER]
    ordered = sorted(functions, key=lambda one: one.type == WEB_FUNCTION)
    ordered += [one for one in resources if one.kind is Kind.LAYER]
    return f"{name} not found. Possible options in your template: {[one.logical_id for one in ordered]}"
