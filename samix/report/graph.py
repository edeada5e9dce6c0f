"""A plan as a graph: the units, and for each those that it waits for, in the languages of Mermaid and Graphviz."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from samix.messages.printable import visible
from samix.plan.planned_unit import Action

if TYPE_CHECKING:
    from samix.plan.plan import Plan
    from samix.plan.planned_unit import PlannedUnit

_COLOURS = {
    Action.BUILD: ("#d7f0d7", "#2e7d32"),
    Action.REUSE: ("#eeeeee", "#757575"),
    Action.REPAIR: ("#d9eef7", "#0277bd"),
}
_PLAIN = re.compile(r"[A-Za-z0-9 ./_-]")


def mermaid(plan: Plan) -> str:
    """A flowchart, from left to right in the order of the build."""
    ids = _ids(plan)
    lines = ["flowchart LR"]
    for name, planned in plan.units.items():
        text = "<br/>".join("".join(map(_mermaid_character, line)) for line in _label(plan, planned))
        start, end = ("[[", "]]") if planned.unit.needs_engine else ("[", "]")
        lines.append(f'    {ids[name]}{start}"{text}"{end}:::{plan.forecast(planned).action.value}')
    lines += [f"    {ids[needed]} --> {ids[name]}" for needed, name in _edges(plan)]
    lines += [f"    {ids[installer]} -.-> {ids[name]}" for installer, name in _installations(plan)]
    lines += [f"    classDef {action.value} fill:{fill},stroke:{line}" for action, (fill, line) in _COLOURS.items()]
    return "".join(f"{line}\n" for line in lines)


def dot(plan: Plan) -> str:
    """A directed graph for `dot` of Graphviz, from left to right in the order of the build."""
    ids = _ids(plan)
    lines = ["digraph plan {", "    rankdir=LR", '    node [style=filled fontname="sans-serif"]']
    for name, planned in plan.units.items():
        text = "\\n".join(map(_dot_text, _label(plan, planned)))
        fill, line = _COLOURS[plan.forecast(planned).action]
        shape = "component" if planned.unit.needs_engine else "box"
        lines.append(f'    {ids[name]} [label="{text}" shape={shape} fillcolor="{fill}" color="{line}"]')
    lines += [f"    {ids[needed]} -> {ids[name]}" for needed, name in _edges(plan)]
    lines += [f"    {ids[installer]} -> {ids[name]} [style=dashed]" for installer, name in _installations(plan)]
    return "".join(f"{line}\n" for line in [*lines, "}"])


def _ids(plan: Plan) -> Mapping[str, str]:
    """A name for each unit that both languages accept."""
    return {name: f"unit{number}" for number, name in enumerate(plan.units, start=1)}


def _label(plan: Plan, planned: PlannedUnit) -> list[str]:
    names = [resource.full_path for resource in planned.unit.resources]
    return [*names, f"{planned.unit.place} - {plan.forecast(planned).action.value}"]


def _edges(plan: Plan) -> Iterator[tuple[str, str]]:
    for name, planned in plan.units.items():
        yield from ((needed, name) for needed in plan.units if needed in planned.needs)


def _installations(plan: Plan) -> Iterator[tuple[str, str]]:
    """Units that install dependencies, each with one that is built with these."""
    for name, planned in plan.units.items():
        if planned.share and planned.share.installed_by:
            yield planned.share.installed_by, name


def _mermaid_character(character: str) -> str:
    return character if _PLAIN.fullmatch(character) else f"#{ord(character)};"


def _dot_text(text: str) -> str:
    return visible(text).replace("&", "&amp;").replace("\\", "\\\\").replace('"', '\\"')
