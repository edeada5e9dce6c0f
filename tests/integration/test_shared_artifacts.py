"""One artifact for functions that share a build, and one tag for several images: as with sam."""

from __future__ import annotations

import subprocess
import uuid
from typing import TYPE_CHECKING

import pytest
from support.project import HOST_PYTHON, Project, differences

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

HEAD = "Transform: AWS::Serverless-2016-10-31\nResources:\n"


def function(name: str, code: str = "src") -> str:
    properties = f"{{CodeUri: {code}, Handler: app.handler, Runtime: {HOST_PYTHON}}}"
    return f"  {name}:\n    Type: AWS::Serverless::Function\n    Properties: {properties}\n"


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """Functions of one definition, alone and with those of a nested stack, and one of another definition."""
    child = "  Child: {Type: AWS::Serverless::Application, Properties: {Location: child/template.yaml}}\n"
    layer = (
        "  Layer:\n    Type: AWS::Serverless::LayerVersion\n    Properties: {ContentUri: other}\n"
        f"    Metadata: {{BuildMethod: {HOST_PYTHON}}}\n"
    )
    resources = child + layer + function("One") + function("Two") + function("Other", "other")
    inner = function("Three", "../src") + function("Four", "../lone") + function("Five", "../lone")
    return Project.from_files(
        tmp_path / "app",
        {
            "template.yaml": f"{HEAD}{resources}",
            "child/template.yaml": f"{HEAD}{inner}",
            **{f"{name}/app.py": f"# {name}\n" for name in ("src", "other", "lone")},
        },
    )


@pytest.mark.parametrize(
    ("arguments", "environment"),
    [
        pytest.param(("--beta-features",), {}, id="option"),
        pytest.param((), {"SAM_CLI_BETA_FEATURES": "1"}, id="variable"),
        pytest.param((), {"SAM_CLI_BETA_BUILD_PERFORMANCE": "1"}, id="variable of this feature"),
        pytest.param((), {"SAM_CLI_BETA_BUILD_PERFORMANCE": "true"}, id="variable with another value"),
        pytest.param(("--no-beta-features",), {"SAM_CLI_BETA_FEATURES": "1"}, id="option beats variable"),
    ],
)
def test_beta_features_share_an_artifact_as_with_sam(
    arguments: tuple[str, ...], environment: dict[str, str], project: Project
) -> None:
    project.sam("build", *arguments, **environment).succeeded()
    sams = project.built()
    project.samix("build", *arguments, **environment).succeeded()
    assert differences(project.built(), sams) == []
    assert ("One-Shared" in sams) == ("One" not in sams)


def test_beta_features_may_come_and_go(project: Project) -> None:
    """What was built stays built; the build dir alone is another."""
    project.samix("build").succeeded()
    plain = project.built()
    run = project.samix("build", "--beta-features").succeeded()
    assert {result for _, result in run.results().values()} == {"reused"}
    shared = project.built()
    assert {"One-Shared", "Child/Four-Shared"} <= shared.keys()
    project.write("src/app.py", "# changed\n")
    project.samix("build", "--beta-features").succeeded()
    assert differences(project.built(), shared) == ["One-Shared/app.py"]
    project.write("src/app.py", "# src\n")
    project.samix("build").succeeded()
    assert project.built() == plain


def test_one_function_of_a_shared_artifact_is_built_by_its_name(project: Project) -> None:
    project.samix("build", "--beta-features").succeeded()
    project.samix("build", "One", "--beta-features").succeeded()
    built = project.built()
    assert {"One/app.py", "One-Shared/app.py"} <= built.keys()
    template = (project.build_dir / "template.yaml").read_text()
    assert "CodeUri: One\n" in template
    assert "CodeUri: One-Shared\n" in template  # that of Two


@pytest.fixture
def tag() -> Iterator[str]:
    """A tag that nothing else on this machine has, without a name; removed afterwards."""
    name = f"samix-test-{uuid.uuid4().hex}"
    try:
        yield name
    finally:
        subprocess.run(["docker", "image", "rm", f"img:{name}"], capture_output=True, timeout=60, check=True)


def _label(tag: str) -> str:
    command = ["docker", "image", "inspect", "--format={{.Config.Labels.samix}}", f"img:{tag}"]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout.strip()


@pytest.mark.container
@pytest.mark.usefixtures("container_engine")
def test_of_images_of_one_tag_the_last_one_wins_as_with_sam(tmp_path: Path, tag: str) -> None:
    names = ("IMG", "img", "Named")  # sam writes names in small letters
    template = HEAD + "".join(
        f"  {name}:\n    Type: AWS::Serverless::Function\n    Properties: {{PackageType: Image}}\n"
        f"    Metadata: {{Dockerfile: Dockerfile, DockerContext: {name}, DockerTag: {tag}{more}}}\n"
        for name, more in zip(names, ("", "", ", DockerImage: Img"), strict=True)
    )
    dockerfiles = {f"{name}/Dockerfile": f"FROM scratch\nLABEL samix={name}\n" for name in names}
    project = Project.from_files(tmp_path / "app", {"template.yaml": template, **dockerfiles})
    project.sam("build").succeeded()
    sams, last = project.built(), _label(tag)

    run = project.samix("build", "--jobs", "3").succeeded()

    assert differences(project.built(), sams) == []
    assert _label(tag) == last == "Named"
    assert f"note: template.yaml:11: IMG, img, Named are built to the same image tag img:{tag}" in run.errors


def test_images_that_nobody_builds_are_reported(tmp_path: Path) -> None:
    metadata = {"A": "{Dockerfile: Dockerfile}", "B": "{DockerContext: src}", "C": "{SkipBuild: true}", "D": "{}"}
    images = "".join(
        f"  {name}:\n    Type: AWS::Serverless::Function\n    Properties: {{PackageType: Image}}\n"
        f"    Metadata: {written}\n"
        for name, written in metadata.items()
    )
    files = {"template.yaml": HEAD + images + function("Fn"), "src/app.py": ""}
    project = Project.from_files(tmp_path / "app", files)
    project.sam("build").succeeded()
    sams = project.built()
    run = project.samix("build").succeeded()
    assert differences(project.built(), sams) == []
    told = [line for line in run.errors.splitlines() if "sam does not build" in line]
    assert told[:3] == told[3:]  # above the logs, and at the end
    assert told[:3] == [
        "note: template.yaml:6: sam does not build A: there is no DockerContext in its Metadata.",
        "note: template.yaml:10: sam does not build B: there is no Dockerfile in its Metadata.",
        "note: template.yaml:18: sam does not build D: there is no Dockerfile and no DockerContext in its Metadata.",
    ]
