"""A plan in the languages of Mermaid and Graphviz."""

from __future__ import annotations

import re
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, cast

import pytest

from samix.options.build_type import BuildType
from samix.plan.plan import Plan
from samix.plan.selection import Selection
from samix.plan.share import Share
from samix.report.graph import dot, mermaid
from samix.units.reasons import Cause, Reason

if TYPE_CHECKING:
    from collections.abc import Callable

    from samix.plan.planned_unit import PlannedUnit
    from samix.template.stacks import Application
    from samix.units.unit import Unit

ODD = 'a"b]c --> d;\n<script>#35; \\ é'


@pytest.fixture
def plan(make_unit: Callable[..., Unit], make_planned: Callable[..., PlannedUnit]) -> Plan:
    layer = make_planned(make_unit("Child/Layer", build_type=BuildType.CONTAINER), stale=None)
    twins = make_planned(make_unit("One", "Two"), needs=[layer.unit.name])
    odd = make_planned(make_unit(ODD), needs=[layer.unit.name, twins.unit.name], stale=None)
    units = {planned.unit.name: planned for planned in (layer, twins, odd)}
    return Plan(
        MappingProxyType(units),
        {name: planned.unit for name, planned in units.items()},
        Selection(frozenset(), frozenset(), ()),
        cast("Application", None),  # a graph does not look there
        (),
        damage={odd.unit.name: (Reason(Cause.CACHE, "gone"),)},
    )


def test_mermaid_shows_each_unit_and_what_it_waits_for(plan: Plan) -> None:
    lines = [line.strip() for line in mermaid(plan).splitlines()]
    assert lines[:3] == [
        "flowchart LR",
        'unit1[["Child/Layer<br/>container - reuse"]]:::reuse',
        'unit2["One<br/>Two<br/>host - build"]:::build',
    ]
    assert lines[4:7] == ["unit1 --> unit2", "unit1 --> unit3", "unit2 --> unit3"]
    assert {line.split()[1] for line in lines[7:]} == {"build", "reuse", "repair"}


def test_no_name_breaks_out_of_its_place_in_mermaid(plan: Plan) -> None:
    line = mermaid(plan).splitlines()[3]
    match = re.fullmatch(r'    unit3\["((?:[A-Za-z0-9 ./_-]|#\d+;)+)<br/>host - repair"\]:::repair', line)
    assert match
    assert re.sub(r"#(\d+);", lambda code: chr(int(code[1])), match[1]) == ODD


def test_dot_shows_each_unit_and_what_it_waits_for(plan: Plan) -> None:
    lines = [line.strip() for line in dot(plan).splitlines()]
    assert lines[0] == "digraph plan {"
    assert lines[-1] == "}"
    assert 'unit2 [label="One\\nTwo\\nhost - build" shape=box' in lines[4]
    assert lines[6:9] == ["unit1 -> unit2", "unit1 -> unit3", "unit2 -> unit3"]


def test_no_name_breaks_out_of_its_place_in_dot(plan: Plan) -> None:
    line = dot(plan).splitlines()[5]
    match = re.fullmatch(r'    unit3 \[label="((?:[^"\\\n]|\\.)*)\\nhost - repair" shape=box .*\]', line)
    assert match
    assert re.sub(r"\\(.)", r"\1", match[1]) == ODD.replace("\n", " ")


def test_who_is_built_with_whose_dependencies_is_dotted(plan: Plan) -> None:
    units = dict(plan.units)
    units["One"] = replace(units["One"], share=Share("key", "", {}))
    units[ODD] = replace(units[ODD], share=Share("key", "", {}, installed_by="One"))
    changed = replace(plan, units=units)
    assert "    unit2 -.-> unit3\n" in mermaid(changed)
    assert "    unit2 -> unit3 [style=dashed]\n" in dot(changed)
    assert "-.->" not in mermaid(plan)
    assert "dashed" not in dot(plan)
