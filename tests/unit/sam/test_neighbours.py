"""The layer that brings artifacts of other resources to where a build looks for them."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from samix.sam.neighbours import add_stand_in
from samix.sam.unit_template import unit_template
from samix.template.value import as_mapping

if TYPE_CHECKING:
    from samix.template.stacks import Application
    from samix.units.unit import Unit


@pytest.mark.parametrize(
    ("name", "is_named", "layers"),
    [
        pytest.param("Fn", False, None, id="all is built"),
        pytest.param("Fn", True, [{"Ref": "Other"}], id="one function is built"),
        pytest.param("Plain", True, [{"Ref": "Other"}], id="another kind of function"),
        pytest.param("Image", True, [{"Ref": "Other"}], id="an image"),
        pytest.param("Layer", True, None, id="a layer"),
    ],
)
def test_a_function_lists_it_if_sam_gets_a_name(
    name: str, is_named: bool, layers: object, units: dict[str, Unit], application: Application, tmp_path: Path
) -> None:
    """Then sam builds those layers alone that a function lists."""
    template = unit_template(units[name], application)
    neighbours = {"Other": Path("/artifact")}
    add_stand_in(template, units[name], neighbours, Path("/place"), tmp_path / "source", is_named=is_named)
    resources = as_mapping(template["Resources"])
    assert next(iter(resources)) == "Other"
    assert as_mapping(as_mapping(resources[name])["Properties"]).get("Layers") == layers


def test_a_named_layer_gets_a_function_that_uses_it(
    units: dict[str, Unit], application: Application, tmp_path: Path
) -> None:
    """sam builds a layer that it is told by its name, and no other."""
    template, source = unit_template(units["Layer"], application), tmp_path / "source"
    name = add_stand_in(template, units["Layer"], {"Other": Path("/a")}, Path("/p"), source, is_named=True)
    caller = as_mapping(as_mapping(template["Resources"])[name])
    assert caller["Type"] == "AWS::Serverless::Function"
    assert as_mapping(caller["Properties"])["Layers"] == [{"Ref": "Other"}, {"Ref": "Layer"}]
    assert as_mapping(caller["Properties"])["CodeUri"] == str(source)
    assert f"build-{name}:\n\t@true\n" in (source / "Makefile").read_text()


def test_any_place_is_named_as_make_and_the_shell_read_it(
    units: dict[str, Unit], application: Application, tmp_path: Path
) -> None:
    template = unit_template(units["Fn"], application)
    artifact, place = Path("/it's $(HOME) `x` #1/ä\udcff"), Path('/a "b" \\c;&')
    add_stand_in(template, units["Fn"], {"Child/Fn": artifact}, place, tmp_path / "source", is_named=False)
    text = (tmp_path / "source" / "Makefile").read_text(encoding="utf-8", errors="surrogateescape")
    _, make, copy = text.removesuffix("\n").partition("build-SamixNeighbours:")[2].split("\n")
    assert shlex.split(make.removeprefix("\t@").replace("$$", "$")) == ["mkdir", "-p", str(place / "Child/Fn")]
    assert shlex.split(copy.removeprefix("\t@").replace("$$", "$")) == [
        "cp", "-a", f"{artifact}/.", str(place / "Child/Fn")
    ]  # fmt: skip
    assert "$" not in text.replace("$$", "")


def test_a_source_that_already_exists_is_an_error(
    units: dict[str, Unit], application: Application, tmp_path: Path
) -> None:
    template = unit_template(units["Fn"], application)
    with pytest.raises(OSError, match="exists"):
        add_stand_in(template, units["Fn"], {"Other": Path("/a")}, Path("/p"), tmp_path, is_named=False)
