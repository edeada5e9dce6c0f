"""What resources and units wait for, and the order of units that follows from it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, TypeAlias

from samix.messages.errors import DependencyError
from samix.template.artifact import ARTIFACT_VARIABLE
from samix.template.references import named_dependencies, referenced_layers
from samix.template.resources import Kind

if TYPE_CHECKING:
    import networkx as nx

    from samix.template.resources import Resource
    from samix.template.stacks import Application
    from samix.units.unit import Unit

_UnitGraph: TypeAlias = "nx.DiGraph[str]"


def find_dependencies(
    application: Application, resources: list[Resource]
) -> tuple[dict[str, list[str]], dict[str, list[Resource]]]:
    """What each resource waits for, and whose artifacts it may use; by full path."""
    known = {resource.full_path: resource for resource in resources}
    layers = {
        (resource.stack_path, resource.logical_id): resource.full_path
        for resource in resources
        if resource.kind is Kind.LAYER
    }
    needs: dict[str, list[str]] = {}
    uses: dict[str, list[Resource]] = {}
    for resource in resources:
        named = named_dependencies(resource, known)
        uses[resource.full_path] = [known[path] for path in named]
        referenced = [] if resource.kind is Kind.LAYER else referenced_layers(application, resource, layers)
        needs[resource.full_path] = [*named, *referenced]
    return needs, uses


def find_used_resources(unit: Unit, uses: Mapping[str, list[Resource]]) -> tuple[Resource, ...]:
    """Whose artifacts a unit may use; each has a logical id of its own, which names it to the build."""
    found: dict[str, Resource] = {}
    for member in unit.resources:
        for resource in uses[member.full_path]:
            earlier = found.setdefault(resource.logical_id, resource)
            if earlier is not resource:
                raise DependencyError(
                    f"{unit.label} depends on {earlier.full_path} and on {resource.full_path}, which would share"
                    f" one name: {ARTIFACT_VARIABLE}{resource.logical_id}.",
                    where=unit.first.location,
                    hint="Rename one of them.",
                )
    return tuple(found.values())


def order_units(units: Sequence[Unit], needs: Mapping[str, Iterable[str]]) -> dict[str, frozenset[str]]:
    """What each unit waits for, in topological order; among equals in the order of the units.

    The arguments are those of `make_graph`, and so is what is raised.
    """
    if not any(needs.values()):  # networkx takes longer to import than such a plan to make
        return {unit.name: frozenset() for unit in units}
    import networkx as nx  # noqa: PLC0415 - see above

    graph = make_graph(units, needs)
    position = {unit.name: index for index, unit in enumerate(units)}
    order = nx.lexicographical_topological_sort(graph, key=lambda name: position[name])
    return {name: frozenset(graph.predecessors(name)) for name in order}


def make_graph(units: Sequence[Unit], needs: Mapping[str, Iterable[str]]) -> _UnitGraph:
    """The graph of units, by name; `needs` says what each resource waits for, both by their full paths.

    Raises:
        DependencyError: Units wait for each other in a circle; the message shows it.
    """
    import networkx as nx  # noqa: PLC0415 - takes its time

    unit_of = {resource.full_path: unit for unit in units for resource in unit.resources}
    graph: _UnitGraph = nx.DiGraph()
    graph.add_nodes_from(unit.name for unit in units)
    for waiting, needed in needs.items():
        for full_path in needed:
            graph.add_edge(unit_of[full_path].name, unit_of[waiting].name)
    try:
        cycle = nx.find_cycle(graph)
    except nx.NetworkXNoCycle:
        return graph
    names = [edge[0] for edge in reversed(cycle)]
    circle = [*names, names[0]]
    what = "These units wait for each other" if len(names) > 1 else "This unit waits for itself"
    raise DependencyError(
        f"{what}: {' → '.join(circle)}",
        where=unit_of[circle[0]].first.location,
        hint="An arrow means “waits for”. Remove one of them from BuildDependsOn or Layers.",
    )
