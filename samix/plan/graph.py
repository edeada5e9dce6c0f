"""The order of units: a directed acyclic graph whose edges lead from a unit to those that wait for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import networkx as nx

from samix.errors import DependencyError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from samix.location import Location
    from samix.plan.units import Unit

UnitGraph: TypeAlias = "nx.DiGraph[str]"


def make_graph(units: Sequence[Unit], needs: Mapping[str, Iterable[str]]) -> UnitGraph:
    """The graph of units, by name.

    Args:
        units: All units.
        needs: What each resource waits for; both sides are full paths of resources.

    Raises:
        DependencyError: Units wait for each other in a circle; the message shows it.
    """
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
    what = "These wait for each other" if len(names) > 1 else "This waits for itself"
    raise DependencyError(
        f"{what}: {' → '.join(circle)}",
        where=_location(unit_of, circle[0]),
        hint="An arrow reads “waits for”. Take one of them out of BuildDependsOn or Layers.",
    )


def _location(unit_of: Mapping[str, Unit], name: str) -> Location:
    return unit_of[name].first.location
