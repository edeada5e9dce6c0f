"""Finds what sam itself, a person or a restored backup changed of what samix put in place."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from samix.files.access_log import observe
from samix.messages.location import display_path
from samix.state.build_toml import read_definitions
from samix.state.sam_cache import expected_definition
from samix.template.resources import Kind
from samix.units.reasons import Cause, Reason

if TYPE_CHECKING:
    from samix.state.build_toml import Definition
    from samix.state.store import Store
    from samix.units.unit import Unit

# these say where an application lies and what shares an artifact: samix writes them again, and they do no harm
_OF_NO_CONSEQUENCE = frozenset({"codeuri", "functions", "handler", "layer_name", "layer", "metadata"})


def find_damage(units: Iterable[Unit], store: Store) -> dict[str, tuple[Reason, ...]]:
    """The damage to units that are up to date and whose artifact is there, by name of the unit.

    Putting the build in place will repair it. Only damaged units are in the result.
    """
    placed = [unit for unit in units if unit.kind is not Kind.IMAGE and unit.name in store.records]
    definitions = {found.uuid: found for found in read_definitions(store.layout.build_toml)} if placed else {}
    damage = {unit.name: tuple(_of_unit(unit, store, definitions)) for unit in placed}
    return {name: reasons for name, reasons in damage.items() if reasons}


def _of_unit(unit: Unit, store: Store, definitions: Mapping[str, Definition]) -> Iterable[Reason]:
    layout, record = store.layout, store.records[unit.name]
    if observe(layout.finished(unit)).exists():  # it was never put in place
        return
    for resource in unit.resources:
        place = observe(layout.artifact(resource))
        if resource.full_path in record.placed and os.path.lexists(place) and not store.holds(place, record.digest):
            yield Reason(
                Cause.ARTIFACT, f"its artifact in {display_path(layout.build_dir)} was altered since the build"
            )
            break
    if not record.kept or not record.uuid:
        return
    yield from _of_directory(Cause.CACHE, layout.cache_dir / record.uuid, record.digest, store)
    if record.deps:
        yield from _of_directory(Cause.DEPS, layout.deps_dir / record.uuid, record.deps, store)
    found = definitions.get(record.uuid)
    if found is None:
        yield Reason(Cause.BUILD_TOML, "its definition in build.toml is gone")
    elif _what_counts(found) != _what_counts(expected_definition(unit, record)):
        yield Reason(Cause.BUILD_TOML, "its definition in build.toml was altered since the build")


def _of_directory(cause: Cause, place: Path, digest: str, store: Store) -> Iterable[Reason]:
    if not observe(place).exists():
        yield Reason(cause, f"{place.parent.name}/{place.name} is gone")
    elif not store.holds(place, digest):
        yield Reason(cause, f"{place.parent.name}/{place.name} was altered since the build")


def _what_counts(definition: Definition) -> dict[str, object]:
    fields = {key: value for key, value in definition.fields.items() if key not in _OF_NO_CONSEQUENCE}
    return {"section": definition.section, **fields}
