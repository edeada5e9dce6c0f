"""samix leaves what sam leaves: the same application, byte for byte, and the same build definitions.

The applications are those in tests/projects. What sam itself does not build the same twice is left out of the
comparison, and only that: sam builds each of them twice.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from support.apps import App, all_apps, plan
from support.engine import created_containers, own_name, public_image
from support.gem_server import gem_server
from support.project import HOST_PYTHON, Project, Tree, differences, tree

from samix.state.build_toml import Definition, Section, read_definitions
from samix.template.resources import Kind
from samix.template.value import as_mapping

if TYPE_CHECKING:
    from pathlib import Path

    from samix.template.value import ValueMapping
    from samix.units.unit import Unit

APPS = {app.name: app for app in all_apps()}
_SHARED = re.compile(r"Manifest is not changed for \((.+?)\), running incremental build")
_IN_CONTAINERS = ("--use-container", "--skip-pull-image")

_OF_RUBY = """\
Transform: AWS::Serverless-2016-10-31
Globals:
  Function: {Runtime: ruby3.3, Handler: app.handler}
Resources:
  Layer:
    Type: AWS::Serverless::LayerVersion
    Metadata: {BuildMethod: ruby3.3}
    Properties: {ContentUri: layer, CompatibleRuntimes: [ruby3.3]}
""" + "".join(
    f"  {name}: {{Type: AWS::Serverless::Function, Properties: {{CodeUri: {code}}}}}\n"
    for name, code in {
        "First": "first",
        "Second": "second",
        "LockedA": "locked-a",
        "LockedB": "locked-b",
        "Other": "other",
    }.items()
)
_GEMFILE_LOCK = """\
GEM
  remote: {url}/
  specs:
    first-gem (1.0)
    second-gem (1.0)
      first-gem (>= 1.0)

PLATFORMS
  aarch64-linux
  ruby
  x86_64-linux

DEPENDENCIES
  second-gem (= 1.0)
"""


def _cases() -> list[object]:
    cases: list[object] = []
    for app in APPS.values():
        cases.append(pytest.param(app, id=app.name, marks=pytest.mark.container if app.engine else ()))
        if app.containers:
            inside = replace(app, engine=True, arguments=(*app.arguments, *_IN_CONTAINERS))
            cases.append(pytest.param(inside, id=f"{app.name}-in-containers", marks=pytest.mark.container))
    return cases


@pytest.mark.parametrize("app", _cases())
def test_the_same_application(tmp_path: Path, app: App, request: pytest.FixtureRequest) -> None:
    if app.engine:
        request.getfixturevalue("container_engine")
    in_containers = app.arguments[-len(_IN_CONTAINERS) :] == _IN_CONTAINERS
    project = app.copy(tmp_path / "app", python="python3.11" if in_containers else HOST_PYTHON)
    assert _compare(project, *app.arguments) == sorted(() if in_containers else app.shares)


def _sharing(project: Project) -> list[str]:
    """What was built on dependencies that another unit has installed."""
    logs = (project.path / ".aws-sam" / "samix" / "logs").rglob("*.log")
    return sorted({name for log in logs for name in _SHARED.findall(log.read_text(errors="replace"))})


def _compare(project: Project, *arguments: str) -> list[str]:
    """Build with sam, then in the same place with samix: paths are part of what is written.

    On the host samix imports sam once and forks it, and then, in another build, starts sam for each run.

    Returns:
        What samix built on dependencies that another unit has installed.
    """
    sources = Project.copy_of(project.path, project.path.with_name("sources"))
    project.sam("build", "--cached", *arguments).succeeded()
    sams = project.built()
    definitions = read_definitions(project.path / ".aws-sam" / "build.toml")
    _renew(project, sources)
    units = [planned.unit for planned in plan(project, *arguments).units.values()]
    assert sorted(_planned(unit) for unit in units) == sorted(_written(definition) for definition in definitions)
    differing: dict[str, list[str]] = {}
    sharing: list[str] = []
    for warm in ("",) if _IN_CONTAINERS[0] in arguments else ("", "0"):
        if differing:
            _renew(project, sources)
        project.samix("build", *arguments, SAMIX_WARM_SAM=warm).succeeded()
        differing[warm] = differences(project.built(), sams)
        sharing = sharing or _sharing(project)
        changed = {_identity(definition) for definition in definitions if _is_changed(definition, project, sources)}
        written = read_definitions(project.path / ".aws-sam/build.toml")
        _compare_definitions(definitions, {_identity(definition): definition for definition in written}, changed)
    if any(differing.values()):
        _renew(project, sources)
        unsteady = _unsteady(project, sams, *arguments)
        found = {warm: [path for path in paths if path not in unsteady] for warm, paths in differing.items()}
        assert found == {warm: [] for warm in differing}
    return sharing


def _is_changed(definition: Definition, project: Project, sources: Project) -> bool:
    """Whether its source was changed by being built: nobody can tell what the artifact was made from."""
    code = os.path.relpath(project.path / str(definition.fields.get("codeuri", ".")), project.path)
    return differences(tree(project.path / code), tree(sources.path / code)) != []


def _renew(project: Project, sources: Project) -> None:
    """Remove all that a build left, which for some builders is among the sources as well."""
    shutil.rmtree(project.path)
    Project.copy_of(sources.path, project.path)


def _unsteady(project: Project, sams: Tree, *arguments: str) -> set[str]:
    """The paths at which sam does not build the same twice."""
    project.sam("build", "--cached", *arguments).succeeded()
    return set(differences(project.built(), sams))


def _compare_definitions(
    sams: list[Definition], ours: dict[tuple[str, ...], Definition], changed: set[tuple[str, ...]]
) -> None:
    """What samix writes for a bare sam is what sam writes, but for what sam would never use."""
    left = dict(ours)
    for definition in sams:
        if as_mapping(definition.fields.get("metadata")).get("BuildMethod") == "makefile":
            assert _identity(definition) not in left
            continue
        if _identity(definition) in changed:
            left.pop(_identity(definition), None)
            continue
        own = left.pop(_identity(definition))
        for key, value in definition.fields.items():
            if value != "":  # a hash that sam's mode of building does not need
                assert own.fields[key] == value
    assert left == {}


def _identity(definition: Definition) -> tuple[str, ...]:
    fields = definition.fields
    functions = fields.get("functions")
    names = functions if isinstance(functions, list) else [fields.get("layer")]
    return (definition.section.value, *sorted(str(name) for name in names))


def _planned(unit: Unit) -> str:
    """A unit in the words of build.toml."""
    first = unit.first
    fields: ValueMapping = {"codeuri": first.code_of_sam, "architecture": first.architecture}
    names = sorted(resource.full_path for resource in unit.resources)
    if unit.kind is Kind.LAYER:
        fields |= {"build_method": first.build_method, "runtimes": first.properties.get("CompatibleRuntimes")}
        return _described(Section.LAYERS, names, fields)
    metadata = {key: value for key, value in first.metadata.items() if key not in _NOT_COMPARED}
    if unit.kind is Kind.IMAGE:  # sam writes no more of these
        fields = {}
    fields |= {"runtime": first.runtime, "metadata": metadata}
    return _described(Section.FUNCTIONS, names, fields)


def _written(definition: Definition) -> str:
    written = definition.fields
    section, *names = _identity(definition)
    fields: ValueMapping = {"codeuri": written.get("codeuri"), "architecture": written.get("architecture")}
    if definition.section is Section.LAYERS:
        fields |= {"build_method": written["build_method"], "runtimes": written.get("compatible_runtimes")}
        return _described(definition.section, names, fields)
    metadata = {key: value for key, value in as_mapping(written.get("metadata")).items() if key not in _NOT_COMPARED}
    fields |= {"runtime": written.get("runtime"), "metadata": metadata}
    assert section == Section.FUNCTIONS.value
    return _described(definition.section, names, fields)


_NOT_COMPARED = frozenset({"SamResourceId", "SamNormalized"})  # sam leaves them out as well


def _described(section: Section, names: list[str], fields: ValueMapping) -> str:
    known = {key: value for key, value in fields.items() if value}
    return f"{section.value} {names} {json.dumps(known, sort_keys=True)}"  # TOML keeps no order of its own


def test_the_same_application_of_gems(tmp_path: Path) -> None:
    """Gems come from this machine, so this application is not among the others."""
    with gem_server(tmp_path / "gems") as server:
        server.publish("first-gem", "1.0")
        server.publish("second-gem", "1.0", **{"first-gem": ">= 1.0"})
        gemfile = f'source "{server.url}"\ngem "second-gem", "1.0"\n'
        files = {"template.yaml": _OF_RUBY}
        for name in ("layer", "first", "second", "locked-a", "locked-b"):
            files |= {f"{name}/Gemfile": gemfile, f"{name}/app.rb": f"# {name}\n"}
        for name in ("locked-a", "locked-b"):
            files[f"{name}/Gemfile.lock"] = _GEMFILE_LOCK.format(url=server.url)
        files["other/Gemfile"] = gemfile.replace('"1.0"', '">= 1.0"')
        path = Project.from_files(tmp_path / "app", files).path
        project = Project(path, environment={"GEM_HOME": str(tmp_path / "home")})
        assert _compare(project) == ["First", "LockedB", "Second"]


@pytest.mark.parametrize("name", ["shared-code", "nested", "makefiles"])
def test_the_same_application_in_other_directories(tmp_path: Path, name: str) -> None:
    project = APPS[name].copy(tmp_path / "app")
    arguments = ("--build-dir", "out/built", "--cache-dir", "out/kept")
    project.sam("build", "--cached", *arguments).succeeded()
    sams = tree(project.path / "out" / "built")
    shutil.rmtree(project.path / "out")
    shutil.rmtree(project.path / ".aws-sam")
    run = project.samix("build", *arguments).succeeded()
    assert differences(tree(project.path / "out" / "built"), sams) == []
    assert "sam local invoke -t out/built/template.yaml" in run.output


@pytest.mark.container
@pytest.mark.usefixtures("container_engine")
def test_a_build_type_means_nothing_to_an_image(tmp_path: Path) -> None:
    project = APPS["image"].copy(tmp_path / "app")
    project.samix("build").succeeded()
    run = project.samix("build").succeeded()
    assert "has no effect on Image" in run.errors
    assert run.results()["Zip"] == ("host", "reused")


@pytest.mark.container
@pytest.mark.usefixtures("container_engine")
@pytest.mark.parametrize("built_in", ["host", "container"])
@pytest.mark.parametrize("name", ["shared-code", "python-layer", "node"])
def test_both_kinds_of_bare_sam_reuse_what_samix_built(tmp_path: Path, name: str, built_in: str) -> None:
    project = APPS[name].copy(tmp_path / "app", python="python3.11" if built_in == "container" else HOST_PYTHON)
    project.samix("build", "--skip-pull-image", "--build-type", built_in).succeeded()
    built = project.built()
    runtime = "nodejs22.x" if name == "node" else "python3.11"
    with own_name(public_image(runtime)) as image, created_containers(image) as images:
        on_host = project.sam("build", "--cached").succeeded()
        assert differences(project.built(), built) == []
        arguments = ("--use-container", "--skip-pull-image", "--build-image", image)
        in_container = project.sam("build", "--cached", *arguments).succeeded()
        assert differences(project.built(), built) == []
    assert "Cache is invalid" not in on_host.text + in_container.text
    assert "Manifest file is changed" not in on_host.text
    assert images == []


def test_the_same_application_from_another_base_dir(tmp_path: Path) -> None:
    project = APPS["shared-code"].copy(tmp_path / "app")
    (project.path / "deploy").mkdir()
    (project.path / "template.yaml").rename(project.path / "deploy" / "template.yaml")
    _compare(project, "--template-file", "deploy/template.yaml", "--base-dir", ".")


def test_what_no_repository_holds_is_built_as_well(tmp_path: Path) -> None:
    """Empty directories, directories of tools, odd modes, and links to nothing where sam does not look at them."""
    project = APPS["odd-files"].copy(tmp_path / "app")
    for source in ("python code", "node", "bare", "made"):
        for tool in (".git", ".aws-sam", "deep directory/.git", "deep directory/.aws-sam", "__pycache__"):
            project.write(f"{source}/{tool}/file", "x")
        (project.path / source / "empty directory").mkdir()
        for name, mode in (("read-only", 0o400), ("set-user-id", 0o4755), ("for all", 0o777)):
            project.write(f"{source}/{name}", "x").chmod(mode)
        project.write(f"{source}/closed/file", "x").parent.chmod(0o555)
    for tool in ("python code/.venv", "node/node_modules"):
        (project.path / tool).mkdir()
        (project.path / tool / "nothing").symlink_to("nowhere")
        (project.path / tool / "up").symlink_to("..")
    _compare(project)
    assert {result for _, result in project.samix("build").results().values()} == {"reused"}


def test_what_sam_builds_only_without_its_cache(tmp_path: Path) -> None:
    resource = "{Type: AWS::Serverless::Function, Metadata: {BuildMethod: makefile}, Properties: {CodeUri: src}}"
    project = Project.from_files(
        tmp_path / "app",
        {
            "template.yaml": "Transform: AWS::Serverless-2016-10-31\n"
            "Globals: {Function: {Runtime: provided.al2023, Handler: bootstrap}}\n"
            f"Resources: {{Fn: {resource}}}\n",
            "src/Makefile": "build-Fn:\n\techo built > $(ARTIFACTS_DIR)/bootstrap\n",
            "src/.git/config": "",
        },
    )
    (project.path / "src" / ".git" / "link").symlink_to("nowhere")  # sam's hash covers it, sam's copy does not
    assert "FileNotFoundError" in project.sam("build", "--cached").failed_with(1).errors
    shutil.rmtree(project.path / ".aws-sam")
    project.sam("build").succeeded()
    sams = project.built()
    shutil.rmtree(project.path / ".aws-sam")
    project.samix("build").succeeded()
    assert differences(project.built(), sams) == []
    assert project.samix("build").results()["Fn"] == ("host", "reused")
