"""Artifacts of other resources that a build finds beside its own, as in a build dir that one sam fills.

sam empties its build dir before it builds, so that nothing can be put there in advance. Instead sam first builds a
layer whose makefile copies the artifacts to where the build looks for them: sam builds layers before functions, each in
the template's order (`samcli.lib.build.build_strategy.BuildStrategy.build`).
"""

from __future__ import annotations

import shlex
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from samix.template.resources import Kind
from samix.template.types import CODE_PROPERTIES
from samix.template.value import as_mapping

if TYPE_CHECKING:
    from samix.template.value import ValueMapping
    from samix.units.unit import Unit

_NAME = "SamixNeighbours"
_CALLER = "SamixLayers"
_LAYER, _FUNCTION = "AWS::Serverless::LayerVersion", "AWS::Serverless::Function"


def add_stand_in(
    template: ValueMapping, unit: Unit, neighbours: Mapping[str, Path], place: Path, source: Path, *, is_named: bool
) -> str:
    """Put the layer that brings the neighbours into a unit's template, and return the name of what sam is to build.

    `neighbours` are artifacts by their paths in the build dir, `place` is the stand-in for the build dir, and in
    `source` the source of the layer is made. `is_named` says whether sam gets a name of what to build; it then builds
    only those layers that a function lists. The layer has the name of a neighbour, if it can, so that nothing else lies
    beside the artifact.

    Raises:
        OSError: The source cannot be written.
    """
    resources = as_mapping(template["Resources"])
    name = next((one for one in _in_stack(neighbours, unit) if one not in resources), _NAME)
    recipes = [f"build-{_CALLER}:", "\t@true", f"build-{name}:"]
    for path, artifact in neighbours.items():
        target = _quote(place / path)
        recipes += [f"\t@mkdir -p {target}", f"\t@cp -a {_quote(artifact)}/. {target}"]
    source.mkdir(parents=True)
    (source / "Makefile").write_text("\n".join([*recipes, ""]), encoding="utf-8", errors="surrogateescape")
    template["Resources"] = resources = OrderedDict([(name, _stand_in(_LAYER, source)), *resources.items()])
    if is_named and unit.kind is Kind.LAYER:
        properties: ValueMapping = {
            "Runtime": "provided.al2023",
            "Handler": "none",
            **_layers(name, unit.first.logical_id),
        }
        resources[_CALLER] = _stand_in(_FUNCTION, source, properties)
        return _CALLER
    if is_named:
        as_mapping(as_mapping(resources[unit.first.logical_id])["Properties"]).update(_layers(name))
    return unit.first.logical_id


def _in_stack(neighbours: Iterable[str], unit: Unit) -> Iterator[str]:
    """The logical ids of the neighbours in the unit's own stack."""
    for path in neighbours:
        stack_path, _, logical_id = path.rpartition("/")
        if stack_path == unit.first.stack_path:
            yield logical_id


def _stand_in(kind: str, source: Path, properties: ValueMapping | None = None) -> ValueMapping:
    return {
        "Type": kind,
        "Properties": {CODE_PROPERTIES[kind]: str(source), **(properties or {})},
        "Metadata": {"BuildMethod": "makefile"},
    }


def _layers(*names: str) -> ValueMapping:
    return {"Layers": [{"Ref": name} for name in names]}


def _quote(path: Path) -> str:
    """A path in a recipe, quoted for make and the shell."""
    return shlex.quote(str(path)).replace("$", "$$")
