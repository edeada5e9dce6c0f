"""A unit's workspace: what is built there, and what is found there."""

from __future__ import annotations

import os
import shlex
import stat
import uuid
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from samix.sam.unit_template import unit_template
from samix.sam.workspace import (
    Earlier,
    Workspace,
    find_links,
    harvest,
    harvest_batch,
    prepare,
    prepare_batch,
    shows_dependencies,
)
from samix.state.build_toml import Definition, Section, read_definitions, write_definitions
from samix.state.sam_cache import own_definition
from samix.template.load import load_template
from samix.template.resources import Kind
from samix.template.types import WEB_FUNCTION
from samix.template.value import Value, ValueMapping, as_mapping

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from samix.state.layout import Layout
    from samix.template.resources import Resource
    from samix.template.stacks import Application
    from samix.units.unit import Unit

UUID = "0a1b2c3d-0000-4000-8000-00000000000f"


@pytest.fixture
def layout(make_layout: Callable[[Path], Layout], tmp_path: Path) -> Layout:
    return make_layout(tmp_path)


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """One of a unit in the root stack, whose sam keeps its state there."""
    return Workspace(tmp_path / "state", tmp_path / "place", "", is_hosted=True, resource="Fn")


def _resources(workspace: Workspace) -> dict[str, ValueMapping]:
    """The resources of its template."""
    resources = as_mapping(load_template(workspace.template).data["Resources"])
    return {name: as_mapping(resource) for name, resource in resources.items()}


@pytest.mark.parametrize("is_hosted", [True, False])
def test_a_workspace_is_for_its_owner_only(
    is_hosted: bool, units: dict[str, Unit], application: Application, layout: Layout
) -> None:
    workspace = prepare(layout, units["Child/Inner"], application, is_hosted=is_hosted)
    assert workspace.is_hosted == is_hosted
    assert workspace.state.parent == layout.workspaces
    assert [*workspace.state.iterdir()] == [workspace.template]
    assert stat.S_IMODE(workspace.state.stat().st_mode) == 0o700
    assert stat.S_IMODE(workspace.template.stat().st_mode) == 0o600
    assert load_template(workspace.template).data == unit_template(units["Child/Inner"], application)


@pytest.mark.parametrize("name", ["Fn", "Child/Inner"])
def test_sam_builds_as_deep_as_it_does_alone(
    name: str, units: dict[str, Unit], application: Application, layout: Layout
) -> None:
    """A path that is relative to an artifact leads to the same place."""
    unit = units[name]
    workspace = prepare(layout, unit, application, is_hosted=True)
    assert list(workspace.place.iterdir()) == []
    assert stat.S_IMODE(workspace.place.stat().st_mode) == 0o700  # sam writes values of parameters there
    place = workspace.build_dir / unit.first.logical_id
    usual = layout.artifact(unit.first)
    assert os.path.relpath(layout.project, place) == os.path.relpath(layout.project, usual)
    assert workspace.place.parent == layout.build_dir.parent
    assert workspace.place.name == f"samix-unit.{workspace.state.name.rpartition('.')[2]}"


def test_the_state_of_sam_lies_in_its_workspace(
    units: dict[str, Unit], application: Application, layout: Layout
) -> None:
    workspace = prepare(layout, units["Fn"], application, is_hosted=True)
    kept = {workspace.template, workspace.build_toml, workspace.cache_dir, workspace.deps_dir}
    assert {path.parent for path in kept} == {workspace.state}
    assert {path.name for path in kept} == {"template.yaml", "build.toml", "cache", "deps"}


def test_nothing_is_left_of_a_workspace_that_is_removed(
    units: dict[str, Unit], application: Application, layout: Layout
) -> None:
    workspace = prepare(layout, units["Child/Inner"], application, is_hosted=True)
    (workspace.build_dir / "Inner").mkdir(parents=True)
    assert set(layout.stray_workspaces) == {workspace.state.parent, workspace.place}
    workspace.remove()
    assert not workspace.place.exists()
    assert [*layout.workspaces.iterdir()] == []
    workspace.remove()


def test_a_workspace_is_never_used_twice(units: dict[str, Unit], application: Application, layout: Layout) -> None:
    """A sam that outlives a killed samix may still write there."""
    workspaces = [prepare(layout, units["Fn"], application, is_hosted=True) for _ in range(3)]
    assert len({workspace.state for workspace in workspaces}) == 3
    assert len({workspace.place for workspace in workspaces}) == 3


def _leave(workspace: Workspace, *, definitions: int = 1, artifact: bool = True, deps: bool = False) -> None:
    """What sam leaves of `Fn`."""
    workspace.build_dir.mkdir(parents=True)
    workspace.state.mkdir()
    tables = "".join(
        f'[function_build_definitions.{UUID[:-1]}{number}]\ncodeuri = "/app"\nfunctions = ["Fn"]\n'
        for number in range(definitions)
    )
    workspace.build_toml.write_text(tables)
    if artifact:
        (workspace.build_dir / "Fn").mkdir()
    if deps:
        (workspace.deps_dir / f"{UUID[:-1]}0").mkdir(parents=True)


@pytest.mark.parametrize("deps", [True, False])
def test_artifact_dependencies_and_definition_are_found(
    deps: bool, tmp_path: Path, make_unit: Callable[..., Unit], make_resource: Callable[..., Resource]
) -> None:
    workspace = Workspace(tmp_path / "state", tmp_path / "place", "Child", is_hosted=True, resource="Fn")
    _leave(workspace, deps=deps)
    product = harvest(workspace, make_unit(make_resource("Child/Fn", runtime="nodejs22.x")))
    assert product
    assert product.artifact == tmp_path / "place" / "Child" / "Fn"
    assert product.deps == (tmp_path / "state" / "deps" / f"{UUID[:-1]}0" if deps else None)
    assert (product.uuid, product.definition) == (f"{UUID[:-1]}0", {"codeuri": "/app", "functions": ["Fn"]})


def test_dependencies_that_sam_never_uses_again_are_left(
    workspace: Workspace, make_unit: Callable[..., Unit], make_resource: Callable[..., Resource]
) -> None:
    _leave(workspace, deps=True)
    product = harvest(workspace, make_unit(make_resource("Fn", runtime="java21")))
    assert product
    assert product.deps is None


@pytest.mark.parametrize(
    "left",
    [{"artifact": False}, {"definitions": 0}, {"definitions": 2}],
    ids=["no artifact", "no definition", "two definitions"],
)
def test_what_is_not_one_artifact_is_none(
    left: dict[str, int], workspace: Workspace, make_unit: Callable[..., Unit]
) -> None:
    _leave(workspace, **left)  # type: ignore[arg-type]
    assert harvest(workspace, make_unit("Fn")) is None


@pytest.mark.parametrize("is_hosted", [True, False])
def test_an_empty_workspace_holds_nothing(
    is_hosted: bool, workspace: Workspace, make_unit: Callable[..., Unit]
) -> None:
    assert harvest(replace(workspace, is_hosted=is_hosted), make_unit("Fn")) is None


@pytest.mark.parametrize("kind", [Kind.FUNCTION, Kind.LAYER])
@pytest.mark.parametrize("is_first", [True, False])
def test_what_sam_built_beside_a_unit_is_passed_over(
    kind: Kind,
    is_first: bool,
    workspace: Workspace,
    make_unit: Callable[..., Unit],
    make_resource: Callable[..., Resource],
) -> None:
    names: ValueMapping = {"layer_name": "Fn"} if kind is Kind.LAYER else {"functions": ["Fn"]}
    own = _definition(2, codeuri="/app/src", **names)
    stand_in = _definition(1, layer_name="SamixNeighbours", codeuri=str(workspace.neighbours))
    _leave_batch(workspace, *((stand_in, own) if is_first else (own, stand_in)))
    product = harvest(workspace, make_unit(make_resource("Fn", kind=kind)))
    assert product
    assert (product.uuid, product.artifact) == (own.uuid, workspace.build_dir / "Fn")


@pytest.mark.parametrize("kind", [Kind.FUNCTION, Kind.LAYER])
def test_sam_may_know_a_resource_by_another_name(
    kind: Kind, workspace: Workspace, make_unit: Callable[..., Unit], make_resource: Callable[..., Resource]
) -> None:
    """It writes the name that `SamResourceId` gives, and builds in a directory of the logical id."""
    unit = make_unit(replace(make_resource("Fn", kind=kind), full_path="Custom"))
    own = _definition(1, layer_name="Custom") if kind is Kind.LAYER else _definition(1, functions=["Custom"])
    _leave_batch(workspace, own)
    (workspace.build_dir / "Custom").rename(workspace.build_dir / "Fn")
    product = harvest(workspace, unit)
    assert product
    assert (product.uuid, product.artifact) == (own.uuid, workspace.build_dir / "Fn")


def test_what_a_sam_made_that_keeps_no_state_is_found(tmp_path: Path, make_unit: Callable[..., Unit]) -> None:
    workspace = Workspace(tmp_path / "state", tmp_path / "place", "Child", is_hosted=False, resource="Fn")
    (workspace.build_dir / "Fn").mkdir(parents=True)
    unit = make_unit("Child/Fn")
    product = harvest(workspace, unit)
    assert product
    assert product.artifact == tmp_path / "place" / "Child" / "Fn"
    assert product.deps is None
    assert product.definition == own_definition(unit).fields
    assert uuid.UUID(product.uuid).version == 4
    again = harvest(workspace, unit)
    assert again
    assert again.uuid != product.uuid


def test_a_sam_that_keeps_no_state_may_leave_nothing(workspace: Workspace, make_unit: Callable[..., Unit]) -> None:
    _leave(workspace, artifact=False)
    assert harvest(replace(workspace, is_hosted=False), make_unit("Fn")) is None


@pytest.mark.parametrize("is_hosted", [True, False])
@pytest.mark.parametrize(
    ("properties", "expected"),
    [("ImageUri: fn:latest", "fn:latest"), ("Code: {ImageUri: 'fn:other'}", "fn:other"), ("Handler: a", None)],
    ids=["serverless", "lambda", "not built"],
)
def test_the_tag_of_an_image_is_read_from_the_built_template(
    properties: str,
    expected: str | None,
    is_hosted: bool,
    workspace: Workspace,
    make_unit: Callable[..., Unit],
    make_resource: Callable[..., Resource],
) -> None:
    _leave(workspace, artifact=False)
    template = f"Resources:\n  Fn:\n    Properties:\n      {properties}\n"
    (workspace.build_dir / "template.yaml").write_text(template)
    unit = make_unit(make_resource("Fn", kind=Kind.IMAGE))
    product = harvest(replace(workspace, is_hosted=is_hosted), unit)
    assert (product.image if product else None) == expected


@pytest.mark.parametrize("is_hosted", [True, False])
def test_an_image_without_a_built_template_was_not_built(
    is_hosted: bool, workspace: Workspace, make_unit: Callable[..., Unit], make_resource: Callable[..., Resource]
) -> None:
    _leave(workspace, artifact=False)
    unit = make_unit(make_resource("Fn", kind=Kind.IMAGE))
    assert harvest(replace(workspace, is_hosted=is_hosted), unit) is None


def _earlier(root: Path, definition: ValueMapping | None = None) -> Earlier:
    """What npm left of a build: the link is a file where sam kept the dependencies apart."""
    for place in ("earlier/deps", "earlier/artifact"):
        (root / place / "node_modules" / ".bin").mkdir(parents=True)
        (root / place / "node_modules" / "program.js").write_text("program")
    (root / "earlier/deps/node_modules/.bin/program").write_text("program")
    (root / "earlier/artifact/node_modules/.bin/program").symlink_to("../program.js")
    (root / "earlier/artifact/own").symlink_to("of the source")
    return Earlier(definition or {}, root / "earlier/deps", "digest", {"node_modules/.bin/program": "../program.js"})


@pytest.fixture
def node_unit(make_unit: Callable[..., Unit], make_resource: Callable[..., Resource]) -> Unit:
    return make_unit(make_resource("Fn", runtime="nodejs20.x", metadata={"BuildDependsOn": ["A"]}))


def test_sam_finds_definition_and_dependencies_by_a_new_name(
    units: dict[str, Unit], application: Application, layout: Layout, tmp_path: Path
) -> None:
    fields: ValueMapping = {
        "codeuri": "/elsewhere",
        "source_hash": "of the earlier source",
        "manifest_hash": "1",
        "handler": "app.handler",
        "metadata": {"BuildType": "host", "BuildDependsOn": ["Old"], "Kept": "1"},
    }
    earlier = _earlier(tmp_path, fields)
    workspace = prepare(layout, units["Fn"], application, is_hosted=True, earlier=earlier)
    [definition] = read_definitions(workspace.build_toml)
    assert definition.fields == {
        "codeuri": units["Fn"].first.code,
        "manifest_hash": "1",
        "handler": "app.handler",
        "metadata": {"BuildType": "container", "Kept": "1"},
    }
    deps = workspace.deps_dir
    assert [entry.name for entry in deps.iterdir()] == [definition.uuid]
    assert (deps / definition.uuid / "node_modules" / "program.js").read_text() == "program"
    other = prepare(layout, units["Fn"], application, is_hosted=True, earlier=earlier)
    assert read_definitions(other.build_toml)[0].uuid != definition.uuid
    assert fields["codeuri"] == "/elsewhere"


def test_sam_finds_no_definition_of_a_unit_that_is_built_whole(
    units: dict[str, Unit], application: Application, layout: Layout
) -> None:
    workspace = prepare(layout, units["Fn"], application, is_hosted=True)
    assert not workspace.build_toml.exists()
    assert not workspace.deps_dir.exists()


@pytest.mark.parametrize(("name", "expected"), [("Layer", "Layer"), ("Child/Inner", None)])
def test_definition_has_the_name_of_the_unit_in_its_workspace(
    name: str,
    expected: str | None,
    units: dict[str, Unit],
    application: Application,
    layout: Layout,
    tmp_path: Path,
) -> None:
    earlier = _earlier(tmp_path, {"layer_name": "Child/Layer", "layer": "Child/Layer"} if expected else {})
    workspace = prepare(layout, units[name], application, is_hosted=True, earlier=earlier)
    [definition] = read_definitions(workspace.build_toml)
    assert definition.fields["codeuri"] == units[name].first.code
    assert definition.fields.get("layer_name") == definition.fields.get("layer") == expected


def test_the_asset_of_a_definition_lies_where_it_lies_now(
    units: dict[str, Unit], application: Application, layout: Layout, tmp_path: Path
) -> None:
    earlier = _earlier(tmp_path, {"metadata": {"aws:asset:path": "/elsewhere"}})
    workspace = prepare(layout, units["Cdk"], application, is_hosted=True, earlier=earlier)
    [definition] = read_definitions(workspace.build_toml)
    assert as_mapping(definition.fields["metadata"])["aws:asset:path"] == units["Cdk"].first.code


def _put_together(workspace: Workspace) -> Path:
    """An artifact as sam puts it together from dependencies that it kept."""
    _leave(workspace, deps=True)
    artifact = workspace.build_dir / "Fn"
    (artifact / "node_modules" / ".bin").mkdir(parents=True)
    (artifact / "node_modules" / ".bin" / "program").write_text("program")
    (artifact / "own").write_text("of the source")
    return artifact


def test_a_link_among_the_dependencies_is_a_link_again(workspace: Workspace, node_unit: Unit, tmp_path: Path) -> None:
    artifact = _put_together(workspace)
    assert harvest(workspace, node_unit, _earlier(tmp_path))
    assert (artifact / "node_modules" / ".bin" / "program").readlink().as_posix() == "../program.js"
    assert not (artifact / "own").is_symlink()


def test_a_link_to_a_directory_is_a_link_again(workspace: Workspace, node_unit: Unit, tmp_path: Path) -> None:
    artifact = _put_together(workspace)
    (artifact / "node_modules" / "alias").mkdir()
    (artifact / "node_modules" / "alias" / "program").write_text("program")
    harvest(workspace, node_unit, replace(_earlier(tmp_path), links={"node_modules/alias": ".bin"}))
    assert (artifact / "node_modules" / "alias").is_symlink()


def test_the_links_are_those_among_the_dependencies(node_unit: Unit, tmp_path: Path) -> None:
    earlier = _earlier(tmp_path)
    (tmp_path / "earlier/artifact/node_modules/alias").symlink_to(".bin")
    found = find_links(tmp_path / "earlier/artifact", earlier.deps, node_unit)
    assert found == {**earlier.links, "node_modules/alias": ".bin"}


def test_nothing_else_is_changed_in_what_sam_made(workspace: Workspace, node_unit: Unit, tmp_path: Path) -> None:
    artifact = _put_together(workspace)
    harvest(workspace, node_unit, replace(_earlier(tmp_path), links={"node_modules/missing": "elsewhere"}))
    assert not (artifact / "node_modules" / ".bin" / "program").is_symlink()
    assert not os.path.lexists(artifact / "node_modules" / "missing")


@pytest.mark.parametrize("changed", [{"runtime": "python3.12"}, {"metadata": {"BuildMethod": "esbuild"}}])
def test_links_do_not_matter_where_nothing_lies_among_sources(
    changed: dict[str, object],
    tmp_path: Path,
    make_unit: Callable[..., Unit],
    make_resource: Callable[..., Resource],
) -> None:
    unit = make_unit(make_resource("Fn", **({"runtime": "nodejs20.x"} | changed)))
    assert find_links(tmp_path / "earlier/artifact", _earlier(tmp_path).deps, unit) == {}


@pytest.mark.parametrize(
    ("method", "bundle", "expected"),
    [
        ("esbuild", f"// ../deps/{UUID[:-1]}0/node_modules/a.js", True),
        ("esbuild", "var a=1;", False),
        (None, f"// ../deps/{UUID[:-1]}0/node_modules/a.js", False),
    ],
)
def test_a_bundle_shows_the_place_of_its_dependencies(
    method: str | None,
    bundle: str,
    expected: bool,
    workspace: Workspace,
    make_unit: Callable[..., Unit],
    make_resource: Callable[..., Resource],
) -> None:
    metadata: ValueMapping = {"BuildMethod": method} if method else {}
    unit = make_unit(make_resource("Fn", runtime="nodejs20.x", metadata=metadata))
    (_put_together(workspace) / "app.js").write_text(bundle)
    product = harvest(workspace, unit)
    assert product
    assert shows_dependencies(product, unit) is expected


def test_workspaces_of_batches_are_new_each_time(
    units: dict[str, Unit], application: Application, layout: Layout
) -> None:
    places = [prepare_batch(layout, [units["Fn"], units["Plain"]], application) for _ in range(2)]
    assert len({place.state for place in places}) == len({place.place for place in places}) == 2
    assert all(place.is_hosted for place in places)
    assert list(_resources(places[0])) == ["Fn", "Plain"]


def _leave_batch(workspace: Workspace, *definitions: Definition) -> None:
    for definition in definitions:
        for name in definition.fields.get("functions") or [definition.fields.get("layer_name")]:  # type: ignore[union-attr]
            (workspace.build_dir / str(name)).mkdir(parents=True, exist_ok=True)
    workspace.state.mkdir()
    write_definitions(workspace.build_toml, definitions)


def _definition(number: int, **fields: Value) -> Definition:
    section = Section.LAYERS if "layer_name" in fields else Section.FUNCTIONS
    return Definition(section, UUID[:-1] + str(number), fields)


def test_each_unit_of_a_batch_gets_its_own(units: dict[str, Unit], workspace: Workspace) -> None:
    batch = [units[name] for name in ("Fn", "Layer", "Plain")]
    plain, layer = _definition(1, functions=["Plain"]), _definition(2, layer_name="Layer")
    _leave_batch(workspace, plain, layer, _definition(3, functions=["Fn"]))
    (workspace.deps_dir / plain.uuid).mkdir(parents=True)
    products = harvest_batch(workspace, batch)
    assert products
    assert {name: product.uuid[-1] for name, product in products.items()} == {"Fn": "3", "Layer": "2", "Plain": "1"}
    assert products["Plain"].artifact == workspace.build_dir / "Plain"
    assert products["Plain"].deps == workspace.deps_dir / plain.uuid
    assert products["Fn"].deps is None


def test_units_of_a_batch_are_built_on_what_was_installed(
    units: dict[str, Unit], application: Application, layout: Layout, tmp_path: Path
) -> None:
    earlier = {"Plain": _earlier(tmp_path, {"runtime": "nodejs20.x"})}
    workspace = prepare_batch(layout, [units["Fn"], units["Plain"]], application, earlier)
    [definition] = read_definitions(workspace.build_toml)
    assert definition.fields["codeuri"] == units["Plain"].first.code
    [place] = workspace.deps_dir.iterdir()
    assert place.name == definition.uuid
    assert (place / "node_modules/program.js").samefile(tmp_path / "earlier/deps/node_modules/program.js")


def test_a_batch_of_which_sam_took_two_units_for_one_is_none(units: dict[str, Unit], workspace: Workspace) -> None:
    _leave_batch(workspace, _definition(1, functions=["Fn", "Plain"]))
    assert harvest_batch(workspace, [units["Fn"], units["Plain"]]) is None


def test_a_batch_of_which_something_is_missing_is_none(units: dict[str, Unit], workspace: Workspace) -> None:
    _leave_batch(workspace, _definition(1, functions=["Fn"]), _definition(2, functions=["Plain"]))
    (workspace.build_dir / "Plain").rmdir()
    assert harvest_batch(workspace, [units["Fn"], units["Plain"]]) is None


# what a build finds beside its own


@pytest.fixture
def artifact(tmp_path: Path) -> Path:
    """The artifact of a neighbour, in a place whose name is odd to a shell and to make."""
    found = tmp_path / "it's $HOME (1)" / "artifact"
    found.mkdir(parents=True)
    (found / "text").write_text("of the neighbour")
    (found / "link").symlink_to("text")
    return found


@pytest.mark.parametrize("name", ["Fn", "Layer", "Image", "Child/Inner"])
@pytest.mark.parametrize("is_hosted", [True, False])
def test_sam_builds_the_layer_that_brings_the_neighbours_first(
    name: str,
    is_hosted: bool,
    units: dict[str, Unit],
    application: Application,
    layout: Layout,
    artifact: Path,
) -> None:
    """It builds layers before functions, and layers in the order of the template."""
    workspace = prepare(layout, units[name], application, is_hosted=is_hosted, neighbours={"Plain": artifact})
    stand_in, *others = _resources(workspace)
    is_beside = "/" not in name
    assert stand_in == ("Plain" if is_beside else "SamixNeighbours")
    assert others[0] == units[name].first.logical_id
    # a sam that is told a name is told that of a function
    is_called = name == "Layer" and not is_hosted
    assert others[1:] == (["SamixLayers"] if is_called else [])
    assert workspace.resource == ("SamixLayers" if is_called else units[name].first.logical_id)
    assert _resources(workspace)[stand_in] == {
        "Type": "AWS::Serverless::LayerVersion",
        "Properties": {"ContentUri": str(workspace.neighbours)},
        "Metadata": {"BuildMethod": "makefile"},
    }
    assert list(workspace.place.iterdir()) == []  # sam would empty it


def test_neighbours_go_to_where_the_build_looks_for_them(
    units: dict[str, Unit], application: Application, layout: Layout, artifact: Path
) -> None:
    """Wherever in the build dir that is: in the unit's own stack, or those around it and below."""
    paths = ["Fn", "Other/Fn", "Child/Other", "Child/Grand/Fn"]
    neighbours = dict.fromkeys(paths, artifact)
    workspace = prepare(layout, units["Child/Inner"], application, is_hosted=True, neighbours=neighbours)
    _, _, rule, *recipe = (workspace.neighbours / "Makefile").read_text().splitlines()
    assert rule == "build-Other:"
    commands = [shlex.split(line.removeprefix("\t@").replace("$$", "$")) for line in recipe]
    assert commands == [
        command
        for path in paths
        for command in (
            ["mkdir", "-p", str(workspace.place / path)],
            ["cp", "-a", f"{artifact}/.", str(workspace.place / path)],
        )
    ]
    assert all(line.startswith("\t") and "$" not in line.replace("$$", "") for line in recipe)


def test_a_workspace_without_neighbours_has_no_layer_for_them(
    units: dict[str, Unit], application: Application, layout: Layout
) -> None:
    workspace = prepare(layout, units["Fn"], application, is_hosted=True, neighbours={})
    assert list(_resources(workspace)) == ["Fn"]
    assert not workspace.neighbours.exists()


# what sam would write of a unit


def test_the_definition_of_a_function_is_as_sam_writes_it(
    make_unit: Callable[..., Unit], make_resource: Callable[..., Resource]
) -> None:
    resource = make_resource(
        "Child/Fn",
        runtime="python3.12",
        properties={"Handler": "app.handler", "Architectures": ["arm64"]},
        metadata={"Note": "1", "SamResourceId": "Fn", "SamNormalized": True},
    )
    other = make_resource("Child/Other", runtime="python3.12", properties={"Handler": "app.other"})
    definition = own_definition(make_unit(resource, other))
    assert definition.section is Section.FUNCTIONS
    assert uuid.UUID(definition.uuid).version == 4
    assert definition.fields == {
        "codeuri": "/app/src",
        "runtime": "python3.12",
        "architecture": "arm64",
        "handler": "app.handler",
        "manifest_hash": "",
        "packagetype": "Zip",
        "functions": ["Fn"],
        "metadata": {"Note": "1"},
    }


def test_a_definition_without_metadata_and_handler_has_none(make_unit: Callable[..., Unit]) -> None:
    fields = own_definition(make_unit("Fn")).fields
    assert "metadata" not in fields
    assert (fields["handler"], fields["architecture"]) == ("", "x86_64")
    assert own_definition(make_unit("Fn")).uuid != own_definition(make_unit("Fn")).uuid


def test_a_definition_names_a_source_below_a_link_as_sam_does(
    make_unit: Callable[..., Unit], make_resource: Callable[..., Resource]
) -> None:
    resource = replace(make_resource("Fn"), linked_code="/link/src")
    assert own_definition(make_unit(resource)).fields["codeuri"] == "/link/src"


@pytest.mark.parametrize(("properties", "runtimes"), [({"CompatibleRuntimes": ["python3.12"]}, 1), ({}, 0)])
def test_the_definition_of_a_layer_is_as_sam_writes_it(
    properties: ValueMapping, runtimes: int, make_unit: Callable[..., Unit], make_resource: Callable[..., Resource]
) -> None:
    metadata: ValueMapping = {"BuildMethod": "python3.12", "BuildArchitecture": "arm64"}
    definition = own_definition(
        make_unit(make_resource("Child/Layer", kind=Kind.LAYER, properties=properties, metadata=metadata))
    )
    assert definition.section is Section.LAYERS
    assert definition.fields == {
        "layer_name": "Layer",
        "codeuri": "/app/src",
        "build_method": "python3.12",
        "compatible_runtimes": ["python3.12"] * runtimes,
        "architecture": "arm64",
        "manifest_hash": "",
        "layer": "Layer",
    }


def test_the_definition_of_an_image_is_as_sam_writes_it(
    make_unit: Callable[..., Unit], make_resource: Callable[..., Resource]
) -> None:
    metadata: ValueMapping = {"Dockerfile": "Dockerfile", "DockerContext": "/app/image"}
    definition = own_definition(make_unit(make_resource("Image", kind=Kind.IMAGE, metadata=metadata)))
    assert definition.section is Section.FUNCTIONS
    assert definition.fields == {"packagetype": "Image", "functions": ["Image"], "metadata": metadata}


def test_the_definition_of_a_web_function_says_what_it_is(
    make_unit: Callable[..., Unit], make_resource: Callable[..., Resource]
) -> None:
    resource = replace(make_resource("Web", runtime="nodejs22.x"), type=WEB_FUNCTION)
    assert own_definition(make_unit(resource)).fields == {
        "codeuri": "/app/src",
        "runtime": "nodejs22.x",
        "architecture": "x86_64",
        "handler": "index.js",
        "manifest_hash": "",
        "packagetype": "Zip",
        "functions": ["Web"],
        "resource_type": WEB_FUNCTION,
    }
