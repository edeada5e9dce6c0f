"""The order of units: a directed acyclic graph whose edges lead from a unit to those that wait for it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, TypeAlias

from samix.messages.errors import DependencyError

if TYPE_CHECKING:
    import networkx as nx

    from samix.messages.location import Location
    from samix.units.unit import Unit

UnitGraph: TypeAlias = "nx.DiGraph[str]"


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


def make_graph(units: Sequence[Unit], needs: Mapping[str, Iterable[str]]) -> UnitGraph:
    """The graph of units, by name; `needs` says what each resource waits for, both by their full paths.

    Raises:
        DependencyError: Units wait for each other in a circle; the message shows it.
    """
    import networkx as nx  # noqa: PLC0415 - takes its time

    unit_of = {resource.full_path: unit for unit in units for resource in unit.resources}
    graph: UnitGraph = nx.DiGraph()
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
        where=_location(unit_of, circle[0]),
        hint="An arrow means “waits for”. Remove one of them from BuildDependsOn or Layers.",
    )


def _location(unit_of: Mapping[str, Unit], name: str) -> Location:
    return unit_of[name].first.location
