"""A unit's workspace: what is built there, and what is found there."""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING

import pytest

from samix.run.unit_template import unit_template
from samix.run.workspace import (
    Earlier,
    harvest,
    harvest_batch,
    lend_paths,
    paths_to_lend,
    prepare,
    prepare_batch,
    shows_dependencies,
)
from samix.state.build_toml import Definition, Section, read_definitions, write_definitions
from samix.template.load import load_template
from samix.template.resources import Kind
from samix.template.value import Value, ValueMapping, as_mapping

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from samix.plan.units import Unit
    from samix.template.resources import Resource
    from samix.template.stacks import Application

UUID = "0a1b2c3d-0000-4000-8000-00000000000f"


def test_a_workspace_is_for_its_owner_only(units: dict[str, Unit], application: Application, tmp_path: Path) -> None:
    workspace = prepare(tmp_path / "units", units["Child/Inner"], application)
    assert workspace.parent == tmp_path / "units"
    assert [path.name for path in workspace.iterdir()] == ["template.yaml"]
    assert stat.S_IMODE(workspace.stat().st_mode) == 0o700
    assert stat.S_IMODE((workspace / "template.yaml").stat().st_mode) == 0o600
    assert load_template(workspace / "template.yaml").data == unit_template(units["Child/Inner"], application)


def test_a_workspace_is_never_used_twice(units: dict[str, Unit], application: Application, tmp_path: Path) -> None:
    """A sam that outlives a killed samix may still write there."""
    workspaces = {prepare(tmp_path / "units", units["Fn"], application) for _ in range(3)}
    assert len(workspaces) == 3


def _leave(workspace: Path, *, definitions: int = 1, artifact: bool = True, deps: bool = False) -> None:
    root = workspace / ".aws-sam"
    (root / "build").mkdir(parents=True)
    tables = "".join(
        f'[function_build_definitions.{UUID[:-1]}{number}]\ncodeuri = "/app"\n' for number in range(definitions)
    )
    (root / "build.toml").write_text(tables)
    if artifact:
        (root / "build" / "Fn").mkdir()
    if deps:
        (root / "deps" / f"{UUID[:-1]}0").mkdir(parents=True)


@pytest.mark.parametrize("deps", [True, False])
def test_artifact_dependencies_and_definition_are_found(
    deps: bool, tmp_path: Path, make_unit: Callable[..., Unit], make_resource: Callable[..., Resource]
) -> None:
    _leave(tmp_path, deps=deps)
    product = harvest(tmp_path, make_unit(make_resource("Child/Fn", runtime="nodejs22.x")))
    assert product
    assert product.artifact == tmp_path / ".aws-sam" / "build" / "Fn"
    assert product.deps == (tmp_path / ".aws-sam" / "deps" / f"{UUID[:-1]}0" if deps else None)
    assert (product.uuid, product.definition) == (f"{UUID[:-1]}0", {"codeuri": "/app"})


def test_dependencies_that_sam_never_uses_again_are_left(
    tmp_path: Path, make_unit: Callable[..., Unit], make_resource: Callable[..., Resource]
) -> None:
    _leave(tmp_path, deps=True)
    product = harvest(tmp_path, make_unit(make_resource("Fn", runtime="java21")))
    assert product
    assert product.deps is None


@pytest.mark.parametrize(
    "left",
    [{"artifact": False}, {"definitions": 0}, {"definitions": 2}],
    ids=["no artifact", "no definition", "two definitions"],
)
def test_what_is_not_one_artifact_is_none(left: dict[str, int], tmp_path: Path, make_unit: Callable[..., Unit]) -> None:
    _leave(tmp_path, **left)  # type: ignore[arg-type]
    assert harvest(tmp_path, make_unit("Fn")) is None


def test_an_empty_workspace_holds_nothing(tmp_path: Path, make_unit: Callable[..., Unit]) -> None:
    assert harvest(tmp_path, make_unit("Fn")) is None


@pytest.mark.parametrize(
    ("properties", "expected"),
    [("ImageUri: fn:latest", "fn:latest"), ("Code: {ImageUri: 'fn:other'}", "fn:other"), ("Handler: a", None)],
    ids=["serverless", "lambda", "not built"],
)
def test_the_tag_of_an_image_is_read_from_the_built_template(
    properties: str,
    expected: str | None,
    tmp_path: Path,
    make_unit: Callable[..., Unit],
    make_resource: Callable[..., Resource],
) -> None:
    _leave(tmp_path, artifact=False)
    template = f"Resources:\n  Fn:\n    Properties:\n      {properties}\n"
    (tmp_path / ".aws-sam" / "build" / "template.yaml").write_text(template)
    product = harvest(tmp_path, make_unit(make_resource("Fn", kind=Kind.IMAGE)))
    assert (product.image if product else None) == expected


def test_an_image_without_a_built_template_was_not_built(
    tmp_path: Path, make_unit: Callable[..., Unit], make_resource: Callable[..., Resource]
) -> None:
    _leave(tmp_path, artifact=False)
    assert harvest(tmp_path, make_unit(make_resource("Fn", kind=Kind.IMAGE))) is None


def _earlier(root: Path, definition: ValueMapping | None = None) -> Earlier:
    """What npm left of a build: the link is a file where sam kept the dependencies apart."""
    for place in ("earlier/deps", "earlier/artifact"):
        (root / place / "node_modules" / ".bin").mkdir(parents=True)
        (root / place / "node_modules" / "program.js").write_text("program")
    (root / "earlier/deps/node_modules/.bin/program").write_text("program")
    (root / "earlier/artifact/node_modules/.bin/program").symlink_to("../program.js")
    (root / "earlier/artifact/own").symlink_to("of the source")
    return Earlier(definition or {}, root / "earlier/deps", root / "earlier/artifact")


@pytest.fixture
def node_unit(make_unit: Callable[..., Unit], make_resource: Callable[..., Resource]) -> Unit:
    return make_unit(make_resource("Fn", runtime="nodejs20.x", metadata={"BuildDependsOn": ["A"]}))


def test_sam_finds_its_definition_and_the_dependencies_under_a_new_name(
    units: dict[str, Unit], application: Application, tmp_path: Path
) -> None:
    fields: ValueMapping = {
        "codeuri": "/elsewhere",
        "source_hash": "of the earlier source",
        "manifest_hash": "1",
        "handler": "app.handler",
        "metadata": {"BuildType": "host", "BuildDependsOn": ["Old"], "Kept": "1"},
    }
    earlier = _earlier(tmp_path, fields)
    workspace = prepare(tmp_path / "units", units["Fn"], application, earlier)
    [definition] = read_definitions(workspace / ".aws-sam" / "build.toml")
    assert definition.fields == {
        "codeuri": units["Fn"].first.code,
        "manifest_hash": "1",
        "handler": "app.handler",
        "metadata": {"BuildType": "container", "Kept": "1"},
    }
    deps = workspace / ".aws-sam" / "deps"
    assert [entry.name for entry in deps.iterdir()] == [definition.uuid]
    assert (deps / definition.uuid / "node_modules" / "program.js").read_text() == "program"
    other = prepare(tmp_path / "units", units["Fn"], application, earlier)
    assert read_definitions(other / ".aws-sam" / "build.toml")[0].uuid != definition.uuid
    assert fields["codeuri"] == "/elsewhere"


def test_sam_finds_no_definition_of_a_unit_that_is_built_whole(
    units: dict[str, Unit], application: Application, tmp_path: Path
) -> None:
    workspace = prepare(tmp_path / "units", units["Fn"], application)
    assert [entry.name for entry in workspace.iterdir()] == ["template.yaml"]


@pytest.mark.parametrize(("name", "expected"), [("Layer", "Layer"), ("Child/Inner", None)])
def test_a_definition_says_what_a_unit_is_called_in_its_workspace(
    name: str, expected: str | None, units: dict[str, Unit], application: Application, tmp_path: Path
) -> None:
    earlier = _earlier(tmp_path, {"layer_name": "Child/Layer", "layer": "Child/Layer"} if expected else {})
    workspace = prepare(tmp_path / "units", units[name], application, earlier)
    [definition] = read_definitions(workspace / ".aws-sam" / "build.toml")
    assert definition.fields["codeuri"] == units[name].first.code
    assert definition.fields.get("layer_name") == definition.fields.get("layer") == expected


def test_the_asset_of_a_definition_lies_where_it_lies_now(
    units: dict[str, Unit], application: Application, tmp_path: Path
) -> None:
    earlier = _earlier(tmp_path, {"metadata": {"aws:asset:path": "/elsewhere"}})
    workspace = prepare(tmp_path / "units", units["Cdk"], application, earlier)
    [definition] = read_definitions(workspace / ".aws-sam" / "build.toml")
    assert as_mapping(definition.fields["metadata"])["aws:asset:path"] == units["Cdk"].first.code


def _put_together(root: Path) -> Path:
    """An artifact as sam puts it together from dependencies that it kept."""
    _leave(root, deps=True)
    artifact = root / ".aws-sam" / "build" / "Fn"
    (artifact / "node_modules" / ".bin").mkdir(parents=True)
    (artifact / "node_modules" / ".bin" / "program").write_text("program")
    (artifact / "own").write_text("of the source")
    return artifact


def test_a_link_among_the_dependencies_is_a_link_again(tmp_path: Path, node_unit: Unit) -> None:
    artifact = _put_together(tmp_path)
    assert harvest(tmp_path, node_unit, _earlier(tmp_path))
    assert (artifact / "node_modules" / ".bin" / "program").readlink().as_posix() == "../program.js"
    assert not (artifact / "own").is_symlink()


def test_a_link_to_a_directory_is_a_link_again(tmp_path: Path, node_unit: Unit) -> None:
    artifact = _put_together(tmp_path)
    earlier = _earlier(tmp_path)
    assert earlier.artifact
    (earlier.artifact / "node_modules" / "alias").symlink_to(".bin")
    (artifact / "node_modules" / "alias").mkdir()
    (artifact / "node_modules" / "alias" / "program").write_text("program")
    harvest(tmp_path, node_unit, earlier)
    assert (artifact / "node_modules" / "alias").is_symlink()


@pytest.mark.parametrize("changed", [{"runtime": "python3.12"}, {"metadata": {"BuildMethod": "esbuild"}}, None])
def test_nothing_else_is_changed_in_what_sam_made(
    changed: dict[str, object] | None,
    tmp_path: Path,
    make_unit: Callable[..., Unit],
    make_resource: Callable[..., Resource],
) -> None:
    artifact = _put_together(tmp_path)
    earlier = _earlier(tmp_path)
    if changed is None:
        earlier = Earlier({}, earlier.deps)
    unit = make_unit(make_resource("Fn", **({"runtime": "nodejs20.x"} | (changed or {}))))
    harvest(tmp_path, unit, earlier)
    assert not (artifact / "node_modules" / ".bin" / "program").is_symlink()


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
    tmp_path: Path,
    make_unit: Callable[..., Unit],
    make_resource: Callable[..., Resource],
) -> None:
    metadata: ValueMapping = {"BuildMethod": method} if method else {}
    unit = make_unit(make_resource("Fn", runtime="nodejs20.x", metadata=metadata))
    (_put_together(tmp_path) / "app.js").write_text(bundle)
    product = harvest(tmp_path, unit)
    assert product
    assert shows_dependencies(product, unit) is expected


@pytest.mark.parametrize(
    ("line", "lent"),
    [
        ("./common", True),
        ("-e ./common[extra]", True),
        ("common/", True),
        ("--find-links=common/wheels", True),
        ("common @ file:common/x.whl", True),
        ("uncommon", False),
        ("common-lib==1.0", False),
        ("../common", False),
    ],
)
def test_a_path_in_requirements_leads_where_it_leads_from_the_project(line: str, lent: bool, tmp_path: Path) -> None:
    project, workspace = tmp_path / "project", tmp_path / "workspace"
    for directory in (project / "common", project / "other", workspace):
        directory.mkdir(parents=True)
    (workspace / "template.yaml").touch()
    (project / "template.yaml").touch()
    requirements = tmp_path / "requirements.txt"
    requirements.write_text(f"six==1.16.0\n{line}\ntemplate.yaml\n")
    lend_paths(workspace, project, requirements)
    links = {path.name: path.readlink() for path in workspace.iterdir() if path.is_symlink()}
    assert links == ({"common": project / "common"} if lent else {})


def test_requirements_that_are_not_there_lend_nothing(tmp_path: Path) -> None:
    lend_paths(tmp_path, tmp_path, tmp_path / "requirements.txt")
    assert list(tmp_path.iterdir()) == []


def test_workspaces_of_batches_are_new_each_time(
    units: dict[str, Unit], application: Application, tmp_path: Path
) -> None:
    places = [prepare_batch(tmp_path / "units", [units["Fn"], units["Plain"]], application) for _ in range(2)]
    assert len(set(places)) == 2
    resources = load_template(places[0] / "template.yaml").data["Resources"]
    assert list(as_mapping(resources)) == ["Fn", "Plain"]


def _leave_batch(workspace: Path, *definitions: Definition) -> None:
    for definition in definitions:
        for name in definition.fields.get("functions") or [definition.fields.get("layer_name")]:  # type: ignore[union-attr]
            (workspace / ".aws-sam" / "build" / str(name)).mkdir(parents=True, exist_ok=True)
    write_definitions(workspace / ".aws-sam" / "build.toml", definitions)


def _definition(number: int, **fields: Value) -> Definition:
    section = Section.LAYERS if "layer_name" in fields else Section.FUNCTIONS
    return Definition(section, UUID[:-1] + str(number), fields)


def test_each_unit_of_a_batch_gets_its_own(units: dict[str, Unit], tmp_path: Path) -> None:
    batch = [units[name] for name in ("Fn", "Layer", "Plain")]
    plain, layer = _definition(1, functions=["Plain"]), _definition(2, layer_name="Layer")
    _leave_batch(tmp_path, plain, layer, _definition(3, functions=["Fn"]))
    (tmp_path / ".aws-sam" / "deps" / plain.uuid).mkdir(parents=True)
    products = harvest_batch(tmp_path, batch)
    assert products
    assert {name: product.uuid[-1] for name, product in products.items()} == {"Fn": "3", "Layer": "2", "Plain": "1"}
    assert products["Plain"].artifact == tmp_path / ".aws-sam" / "build" / "Plain"
    assert products["Plain"].deps == tmp_path / ".aws-sam" / "deps" / plain.uuid
    assert products["Fn"].deps is None


def test_a_batch_of_which_sam_took_two_units_for_one_is_none(units: dict[str, Unit], tmp_path: Path) -> None:
    _leave_batch(tmp_path, _definition(1, functions=["Fn", "Plain"]))
    assert harvest_batch(tmp_path, [units["Fn"], units["Plain"]]) is None


def test_a_batch_of_which_something_is_missing_is_none(units: dict[str, Unit], tmp_path: Path) -> None:
    _leave_batch(tmp_path, _definition(1, functions=["Fn"]), _definition(2, functions=["Plain"]))
    (tmp_path / ".aws-sam" / "build" / "Plain").rmdir()
    assert harvest_batch(tmp_path, [units["Fn"], units["Plain"]]) is None


def test_nothing_is_lent_to_requirements_of_an_index(tmp_path: Path) -> None:
    (tmp_path / "common").mkdir()
    manifest = tmp_path / "requirements.txt"
    manifest.write_text("six==1.16\n")
    assert paths_to_lend(tmp_path, manifest) == []
    manifest.write_text("./common\n")
    assert paths_to_lend(tmp_path, manifest) == [tmp_path / "common"]
