"""Sources that do not exist: samix goes on where sam's builder does, and says so; where that fails it says where."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

import pytest
from support.project import HOST_PYTHON, Project, differences

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

HEAD = "Transform: AWS::Serverless-2016-10-31\n"
CONTAINER = ("--use-container", "--skip-pull-image")
CHILD = "  Child: {Type: AWS::Serverless::Application, Properties: {Location: child/template.yaml}}\n"


def function(name: str, code: str = "gone", runtime: str = HOST_PYTHON, metadata: str = "") -> str:
    more = f"    Metadata: {{BuildMethod: {metadata}}}\n" if metadata else ""
    properties = f"{{CodeUri: {code}, Handler: app.handler, Runtime: {runtime}}}"
    return f"  {name}:\n    Type: AWS::Serverless::Function\n    Properties: {properties}\n{more}"


def layer(name: str, method: str, code: str = "gone") -> str:
    return (
        f"  {name}:\n    Type: AWS::Serverless::LayerVersion\n    Properties: {{ContentUri: {code}}}\n"
        f"    Metadata: {{BuildMethod: {method}}}\n"
    )


def project_with(path: Path, resources: str, files: Mapping[str, str] | None = None, head: str = "") -> Project:
    template = f"{HEAD}{head}Resources:\n{resources}"
    return Project.from_files(path / "app", {"there/app.py": "", "template.yaml": template, **(files or {})})


def compare(project: Project, *arguments: str) -> str:
    """Build with sam, then with samix: all that is built is the same; what samix says beside its results."""
    project.sam("build", *arguments).succeeded()
    sams = project.built()
    for left in ("gone", "lib"):  # a container engine makes them
        if (project.path / left).is_dir():
            (project.path / left).rmdir()
    run = project.samix("build", *arguments).succeeded()
    assert differences(project.built(), sams) == []
    return run.errors


def test_builders_that_copy_go_on_as_with_sam(tmp_path: Path) -> None:
    resources = (
        function("Pip")
        + function("Npm", runtime="nodejs22.x")
        + function("Named", code="!Ref Code")
        + function("There", code="there")
        + function("Dangling", code="dangling")
        + "  Raw:\n    Type: AWS::Lambda::Function\n"
        f"    Properties: {{Code: raw, Handler: app.handler, Runtime: {HOST_PYTHON}}}\n"
        "  Web:\n    Type: AWS::Serverless::WebFunction\n"
        "    Properties: {CodeUri: gone, EntryPoint: index.js, Runtime: nodejs22.x}\n"
        + layer("PipLayer", HOST_PYTHON, "lib")
        + layer("NpmLayer", "nodejs22.x", "lib")
        + CHILD
    )
    child = {"child/template.yaml": f"{HEAD}Resources:\n{function('Fn')}"}
    project = project_with(tmp_path, resources, child, head="Parameters: {Code: {Type: String}}\n")
    (project.path / "dangling").symlink_to("nowhere")

    said = compare(project)

    told = re.findall(r"note: (\S+): The source of (\w+ \S+) does not exist: ", said)
    assert all(count == 2 for count in Counter(told).values())  # above the logs, and at the end
    assert sorted(set(told)) == [
        ("child/template.yaml:5", "function Child/Fn"),
        ("template.yaml:12", "function Named"),
        ("template.yaml:18", "function Dangling"),
        ("template.yaml:21", "function Raw"),
        ("template.yaml:24", "function Web"),
        ("template.yaml:27", "layer PipLayer"),
        ("template.yaml:31", "layer NpmLayer"),
        ("template.yaml:6", "function Pip"),
        ("template.yaml:9", "function Npm"),
    ]


@pytest.mark.parametrize(
    ("metadata", "arguments", "files"),
    [
        pytest.param("python-uv", ("--beta-features",), {}, id="uv"),
        pytest.param("", ("--manifest", "named.txt"), {"named.txt": "six==1.16.0\n"}, id="a named manifest"),
        pytest.param("", ("--base-dir", "there"), {}, id="a base dir"),
    ],
)
def test_so_it_is_with_uv_and_with_options(
    metadata: str, arguments: tuple[str, ...], files: dict[str, str], tmp_path: Path
) -> None:
    said = compare(project_with(tmp_path, function("Fn", metadata=metadata), files), *arguments)
    assert "note: template.yaml:5: The source of function Fn does not exist" in said


FAILING = {
    "esbuild": function("Fn", runtime="nodejs22.x", metadata="esbuild"),
    "makefile": function("Fn", metadata="makefile"),
    "custom runtime": function("Fn", runtime="provided.al2023"),
    "go": function("Fn", runtime="go1.x"),
    "cargo": function("Fn", runtime="provided.al2023", metadata="rust-cargolambda"),
    "maven": function("Fn", runtime="java21"),
    "bundler": function("Fn", runtime="ruby3.3"),
    "layer by a makefile": layer("Fn", "makefile"),
    "layer by maven": layer("Fn", "java21"),
}


@pytest.mark.parametrize("resources", FAILING.values(), ids=FAILING)
def test_what_fails_with_sam_is_an_error_with_its_place(resources: str, tmp_path: Path) -> None:
    project = project_with(tmp_path, resources)
    code = project.sam("build").code
    assert code != 0
    run = project.samix("build").failed_with(code)
    assert "template.yaml:5: The source of Fn does not exist: " in run.errors


def test_functions_that_share_one_go_on_as_well(tmp_path: Path) -> None:
    """sam's log is the same as of one alone; then it ends in a traceback, because there is nothing to copy."""
    project = project_with(tmp_path, function("One") + function("Two"))
    assert "FileNotFoundError" in project.sam("build").failed_with(1).text
    run = project.samix("build").succeeded()
    assert run.errors.count("does not exist: ") >= 2
    assert sorted(project.built()) == ["template.yaml"]
    built = (project.build_dir / "template.yaml").read_text()
    assert re.findall(r"CodeUri: (\S+)", built) == ["One", "Two"]


def test_one_that_comes_is_built_and_one_that_goes_is_reported(tmp_path: Path) -> None:
    project = project_with(tmp_path, function("Fn") + function("There", code="there"))
    for result in ("built", "reused", "reused"):  # the last one from the snapshot
        run = project.samix("build", "--verbose").succeeded()
        assert run.results()["Fn"][1] == result
        assert "template.yaml:5: The source of function Fn does not exist" in run.errors
    assert project.samix("plan").succeeded().output.count("up to date") == 2
    assert (
        project.samix("plan", "--strict").failed_with(1).errors.startswith("Error: template.yaml:5: The source of Fn")
    )

    project.write("gone/app.py", "VALUE = 1\n")
    run = project.samix("build", "--strict").succeeded()
    assert "does not exist" not in run.errors
    assert (project.build_dir / "Fn" / "app.py").read_text() == "VALUE = 1\n"

    (project.path / "gone/app.py").unlink()
    (project.path / "gone").rmdir()
    project.samix("build", "--strict").failed_with(1)
    assert (project.build_dir / "Fn" / "app.py").exists()  # all or nothing
    run = project.samix("build").succeeded()
    assert "does not exist" in run.errors
    assert not (project.build_dir / "Fn").exists()
    project.sam("build", "--cached").succeeded()  # goes on from what samix left
    project.samix("build").succeeded()


def test_a_build_of_others_leaves_it_alone(tmp_path: Path) -> None:
    project = project_with(tmp_path, function("Fn") + function("There", code="there"))
    assert "does not exist" not in project.samix("build", "There").succeeded().errors
    sams = Project.copy_of(project.path, tmp_path / "sams" / "app")
    sams.sam("build", "There").succeeded()
    assert project.built() == sams.built()
    project.samix("build", "--strict", "--exclude", "Fn").succeeded()


def test_on_github_it_is_a_warning_at_its_line(tmp_path: Path) -> None:
    project = project_with(tmp_path, function("Fn"))
    run = project.samix("build", GITHUB_ACTIONS="true", GITHUB_WORKSPACE=str(project.path)).succeeded()
    assert re.search(r"::warning file=template\.yaml,line=5\b.*::.*The source of function Fn does not exist", run.text)


@pytest.mark.container
@pytest.mark.usefixtures("container_engine")
def test_in_a_container_the_artifact_is_empty_as_with_sam(tmp_path: Path) -> None:
    resources = function("One") + function("Two") + layer("Layer", "nodejs22.x", "lib")
    project = project_with(tmp_path, resources.replace(HOST_PYTHON, "python3.11"))

    said = compare(project, *CONTAINER)

    assert [name for name, (kind, *_) in project.built().items() if kind == "file"] == ["template.yaml"]
    assert "the artifact holds nothing of it" in said
    assert not (project.path / "gone").exists()
    run = project.samix("build", *CONTAINER).succeeded()
    assert {result for _, result in run.results().values()} == {"reused"}
    project.samix("build", "--strict", *CONTAINER).failed_with(1)
