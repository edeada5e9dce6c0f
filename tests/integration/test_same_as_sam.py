"""samix leaves what sam leaves: the same application, byte for byte, and the same build definitions."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest
from support.engine import created_containers, own_name, public_image
from support.project import HOST_PYTHON, REPOSITORY, Project, differences, tree

from samix.state.build_toml import Definition, read_definitions
from samix.template.value import as_mapping

if TYPE_CHECKING:
    from pathlib import Path

PROJECTS = REPOSITORY / "tests" / "projects"
HOST_PROJECTS = sorted(
    path.name for path in PROJECTS.iterdir() if path.name != "image" and not path.name.startswith("foreach-")
)
WRITTEN_PYTHON = "python3.11"


def _project(name: str, path: Path, *, python: str = HOST_PYTHON) -> Project:
    project = Project.copy_of(PROJECTS / name, path)
    for template in [*project.path.rglob("template.yaml"), *project.path.rglob("template.json")]:
        template.write_text(template.read_text().replace(WRITTEN_PYTHON, python))
    return project


def _compare(project: Project, *arguments: str) -> None:
    """Build with sam, then in the same place with samix: paths are part of what is written."""
    project.sam("build", "--cached", *arguments).succeeded()
    sams = project.built()
    definitions = read_definitions(project.path / ".aws-sam" / "build.toml")
    shutil.rmtree(project.path / ".aws-sam")

    project.samix("build", *arguments).succeeded()

    assert differences(project.built(), sams) == []
    ours = {_identity(definition): definition for definition in read_definitions(project.path / ".aws-sam/build.toml")}
    for definition in definitions:
        if as_mapping(definition.fields.get("metadata")).get("BuildMethod") == "makefile":
            assert _identity(definition) not in ours
            continue
        own = ours.pop(_identity(definition))
        for key, value in definition.fields.items():
            if value != "":  # a hash that sam's mode of building does not need
                assert own.fields[key] == value
    assert ours == {}


def _identity(definition: Definition) -> tuple[str, ...]:
    fields = definition.fields
    functions = fields.get("functions")
    names = functions if isinstance(functions, list) else [fields.get("layer")]
    return (definition.section.value, *sorted(str(name) for name in names))


@pytest.mark.parametrize("name", HOST_PROJECTS)
def test_the_same_application(tmp_path: Path, name: str) -> None:
    _compare(_project(name, tmp_path / "app"))


@pytest.mark.parametrize("name", ["shared-code", "nested", "makefiles"])
def test_the_same_application_in_other_directories(tmp_path: Path, name: str) -> None:
    project = _project(name, tmp_path / "app")
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
def test_the_same_application_with_an_image(tmp_path: Path) -> None:
    project = _project("image", tmp_path / "app")
    _compare(project)
    run = project.samix("build").succeeded()
    assert "has no effect on Image" in run.errors
    assert run.results()["Zip"] == ("host", "reused")


@pytest.mark.container
@pytest.mark.usefixtures("container_engine")
@pytest.mark.parametrize("name", ["shared-code", "python-layer", "node"])
def test_the_same_application_in_containers(tmp_path: Path, name: str) -> None:
    _compare(_project(name, tmp_path / "app", python="python3.11"), "--use-container", "--skip-pull-image")


@pytest.mark.container
@pytest.mark.usefixtures("container_engine")
@pytest.mark.parametrize("built_in", ["host", "container"])
@pytest.mark.parametrize("name", ["shared-code", "python-layer", "node"])
def test_both_kinds_of_bare_sam_reuse_what_samix_built(tmp_path: Path, name: str, built_in: str) -> None:
    project = _project(name, tmp_path / "app", python="python3.11" if built_in == "container" else HOST_PYTHON)
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
    project = _project("shared-code", tmp_path / "app")
    (project.path / "deploy").mkdir()
    (project.path / "template.yaml").rename(project.path / "deploy" / "template.yaml")
    _compare(project, "--template-file", "deploy/template.yaml", "--base-dir", ".")
