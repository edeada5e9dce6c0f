"""Building some resources: what is asked for and what it needs, and nothing else is touched."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest
from support.apps import App, all_apps
from support.project import HOST_PYTHON, Project, differences, tree

from samix.state.build_toml import read_definitions

if TYPE_CHECKING:
    from pathlib import Path

TEMPLATE = f"""\
Transform: AWS::Serverless-2016-10-31
Resources:
  Library:
    Type: AWS::Serverless::LayerVersion
    Metadata: {{BuildMethod: makefile}}
    Properties: {{ContentUri: library, CompatibleRuntimes: [provided.al2023]}}
  User:
    Type: AWS::Serverless::Function
    Properties: {{CodeUri: user, Runtime: {HOST_PYTHON}, Handler: app.handler, Layers: [!Ref Library]}}
  Maker:
    Type: AWS::Serverless::Function
    Metadata: {{BuildMethod: makefile, BuildDependsOn: [Library]}}
    Properties: {{CodeUri: maker, Runtime: provided.al2023, Handler: bootstrap}}
  Api1:
    Type: AWS::Serverless::Function
    Properties: {{CodeUri: api, Runtime: {HOST_PYTHON}, Handler: app.one, FunctionName: first-api}}
  Api2:
    Type: AWS::Serverless::Function
    Properties: {{CodeUri: api, Runtime: {HOST_PYTHON}, Handler: app.two}}
"""


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project.from_files(
        tmp_path / "app",
        {
            "template.yaml": TEMPLATE,
            "library/Makefile": "build-Library:\n\tcp version.txt $(ARTIFACTS_DIR)\n",
            "library/version.txt": "one\n",
            "user/app.py": "VALUE = 1\n",
            "maker/Makefile": "build-Maker:\n\tcp $(SAMIX_ARTIFACTS_Library)/version.txt $(ARTIFACTS_DIR)/bootstrap\n",
            "api/app.py": "VALUE = 1\n",
        },
    )


def _samix_equals_sam(project: Project, *arguments: str) -> None:
    project.sam("build", *arguments).succeeded()
    sams = project.built()
    shutil.rmtree(project.path / ".aws-sam")
    project.samix("build", *arguments).succeeded()
    assert differences(project.built(), sams) == []


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(["User"], id="function and its layer"),
        pytest.param(["Library"], id="layer"),
        pytest.param(["Api2"], id="one of those that share a build"),
        pytest.param(["first-api"], id="function name"),
        pytest.param(["User", "--exclude", "User"], id="asked for and excluded"),
        pytest.param(["User", "--exclude", "Library"], id="its layer excluded"),
        pytest.param(["--exclude", "Maker", "-x", "User"], id="excluded"),
        pytest.param(["--exclude", "Maker", "--exclude", "Api1"], id="one of those that share a build excluded"),
        pytest.param(["--exclude", "Maker", "--exclude", "Nothing"], id="nothing excluded"),
    ],
)
def test_on_its_own_a_selection_is_built_as_sam_builds_it(project: Project, arguments: list[str]) -> None:
    _samix_equals_sam(project, *arguments)


@pytest.mark.parametrize("name", ["Child/Deep/Fn", "Deep/Fn", "Tools"])
def test_a_nested_resource_is_built_as_sam_builds_it(tmp_path: Path, name: str) -> None:
    project = App("nested").copy(tmp_path / "app")
    sams = project.sam("build", name)
    if sams.code:  # sam finds full paths and names, nothing between
        project.samix("build", name).failed_with(sams.code)
        return
    shutil.rmtree(project.path / ".aws-sam")
    _samix_equals_sam(project, name)


@pytest.mark.parametrize("name", ["Hello", "Hello4E5F6071", "Shared"], ids=["construct", "logical id", "layer"])
def test_a_construct_of_the_cdk_is_built_as_sam_builds_it(tmp_path: Path, name: str) -> None:
    app = next(app for app in all_apps() if app.name == "cdk")
    _samix_equals_sam(app.copy(tmp_path / "app"), name, *app.arguments)


def test_several_names_and_globs_are_built_with_what_they_need(project: Project) -> None:
    run = project.samix("build", "Maker", "Api*").succeeded()
    assert set(run.results()) == {"Maker", "Library", "Api1", "Api2"}
    assert (project.build_dir / "Maker" / "bootstrap").read_text() == "one\n"
    assert "User" in run.errors  # it is told that it was never built
    assert not (project.build_dir / "User").exists()


def test_all_else_stays_as_the_last_build_left_it(project: Project) -> None:
    project.samix("build").succeeded()
    before = project.built()
    project.write("user/app.py", "VALUE = 2\n")
    project.write("api/app.py", "VALUE = 2\n")

    run = project.samix("build", "Api1").succeeded()

    assert run.results() == {"Api1": ("host", "built")}
    assert differences(project.built(), before) == ["Api1/app.py"]  # though another function shares its build
    run = project.samix("build").succeeded()
    assert "VALUE = 2" in (project.build_dir / "Api2" / "app.py").read_text()
    assert run.results()["User"] == ("host", "built")
    assert run.results()["Api1"] == run.results()["Maker"] == ("host", "reused")
    assert "VALUE = 2" in (project.build_dir / "User" / "app.py").read_text()


def test_bare_sam_reuses_what_a_partial_build_left(project: Project) -> None:
    project.samix("build").succeeded()
    project.write("user/app.py", "VALUE = 2\n")
    project.samix("build", "Library").succeeded()
    named = {str(definition.fields.get("functions")) for definition in read_definitions(_build_toml(project))}
    assert named == {"None", "['User']", "['Api1', 'Api2']"}
    run = project.sam("build", "--cached", "Library").succeeded()
    assert "Valid cache found" in run.text


def _build_toml(project: Project) -> Path:
    return project.path / ".aws-sam" / "build.toml"


def test_what_is_excluded_is_left_out_and_its_cache_is_kept(project: Project) -> None:
    project.samix("build").succeeded()
    before = project.built()
    project.samix("build", "--exclude", "Maker", "--exclude", "Api*").succeeded()
    assert sorted(path.name for path in project.build_dir.iterdir()) == ["Library", "User", "template.yaml"]

    run = project.samix("build").succeeded()

    assert {result for _, result in run.results().values()} == {"reused"}
    assert differences(project.built(), before) == []


def test_what_is_excluded_can_still_be_used(project: Project) -> None:
    project.samix("build").succeeded()
    project.write("library/version.txt", "two\n")
    project.write("maker/other.txt", "changed\n")
    run = project.samix("build", "--exclude", "Library").succeeded()
    assert run.results()["Maker"] == ("host", "built")
    assert (project.build_dir / "Maker" / "bootstrap").read_text() == "one\n"
    assert not (project.build_dir / "Library").exists()


def test_what_is_excluded_and_was_never_built_cannot_be_used(project: Project) -> None:
    run = project.samix("build", "--exclude", "Library").failed_with(2)
    assert "template.yaml:10: Maker depends on Library, which is excluded and was not built before." in run.errors


def test_an_unknown_name_is_reported_as_sam_does(project: Project) -> None:
    sams = project.sam("build", "Nothing")
    run = project.samix("build", "Nothing").failed_with(sams.code)
    message = "Unable to find a function or layer with name 'Nothing'"
    assert message in sams.text
    assert message in run.errors
    assert "Library" in run.errors


def test_a_selection_that_fails_leaves_the_last_build(project: Project) -> None:
    project.samix("build").succeeded()
    before = project.built()
    project.write("library/Makefile", "build-Library:\n\tfalse\n")
    project.samix("build", "User").failed_with(1)
    assert differences(project.built(), before) == []


def test_a_broken_source_of_what_is_not_asked_for_is_no_error(project: Project) -> None:
    shutil.rmtree(project.path / "user")
    project.samix("build", "Api1").succeeded()


def test_a_selection_may_stand_in_samconfig(project: Project) -> None:
    project.write(
        "samconfig.toml",
        "version = 0.1\n[default.build.parameters]\nresource_logical_id = 'Library'\n",
    )
    assert set(project.samix("build").succeeded().results()) == {"Library"}


def test_another_build_dir_holds_only_what_was_built_there(project: Project) -> None:
    project.samix("build").succeeded()
    project.samix("build", "Library", "--build-dir", "other/build").succeeded()
    assert {path.split("/")[0] for path in tree(project.path / "other" / "build")} == {"Library", "template.yaml"}


MAKERS = """\
Transform: AWS::Serverless-2016-10-31
Resources:
  One:
    Type: AWS::Serverless::Function
    Metadata: {BuildMethod: makefile}
    Properties: {CodeUri: one, Runtime: provided.al2023, Handler: bootstrap}
  Two:
    Type: AWS::Serverless::Function
    Metadata: {BuildMethod: makefile}
    Properties: {CodeUri: two, Runtime: provided.al2023, Handler: bootstrap}
"""


@pytest.fixture
def makers(tmp_path: Path) -> Project:
    """Two functions whose artifacts lie nowhere but in the build dir."""
    files = {"template.yaml": MAKERS}
    for name in ("One", "Two"):
        files[f"{name.lower()}/Makefile"] = f"build-{name}:\n\tcp version.txt $(ARTIFACTS_DIR)\n"
        files[f"{name.lower()}/version.txt"] = "old\n"
    return Project.from_files(tmp_path / "makers", files)


def _version(project: Project, name: str) -> str:
    return (project.build_dir / name / "version.txt").read_text().strip()


def test_each_build_dir_keeps_what_it_holds(makers: Project) -> None:
    makers.samix("build").succeeded()
    before = makers.built()
    makers.samix("build", "One", "--build-dir", "other/build").succeeded()
    makers.samix("build", "One").succeeded()
    assert differences(makers.built(), before) == []


def test_what_sam_built_stays_as_sam_left_it(makers: Project) -> None:
    makers.samix("build").succeeded()
    makers.write("two/version.txt", "new\n")
    makers.sam("build").succeeded()
    before = makers.built()
    makers.samix("build", "One").succeeded()
    assert differences(makers.built(), before) == []


def test_what_only_sam_built_stays(makers: Project) -> None:
    makers.sam("build").succeeded()
    before = makers.built()
    run = makers.samix("build", "One").succeeded()
    assert differences(makers.built(), before) == []
    assert "Not in the build dir" not in run.errors


def test_results_of_a_failed_build_get_in_only_if_asked_for(makers: Project) -> None:
    makers.samix("build").succeeded()
    good = (makers.path / "two" / "Makefile").read_text()
    makers.write("one/version.txt", "new\n")
    makers.write("two/Makefile", "build-Two:\n\tfalse\n")
    makers.samix("build").failed_with(1)

    makers.write("two/Makefile", good)
    makers.samix("build", "Two").succeeded()
    assert _version(makers, "One") == "old"

    # what was made is not lost
    assert makers.samix("build").succeeded().results()["One"] == ("host", "reused")
    assert _version(makers, "One") == "new"


def test_functions_of_one_build_stay_if_another_comes_first(project: Project) -> None:
    project.samix("build").succeeded()
    before = project.built()
    project.write("template.yaml", TEMPLATE.replace("Api1:", "Api0:"))  # which now names what Api2 is built with
    project.samix("build", "Library").succeeded()
    assert not (project.build_dir / "Api1").exists()
    assert (
        differences(
            {path: entry for path, entry in project.built().items() if path.startswith("Api2/")},
            {path: entry for path, entry in before.items() if path.startswith("Api2/")},
        )
        == []
    )


def test_dependencies_are_not_guessed_from_a_changed_source(project: Project) -> None:
    project.write("user/helper.py", "VALUE = 1\n")
    project.write("user/requirements.txt", "")  # without a manifest sam never looks at deps/
    project.samix("build").succeeded()
    shutil.rmtree(project.path / ".aws-sam" / "deps")
    (project.path / "user" / "helper.py").unlink()
    project.samix("build", "Library").succeeded()
    project.sam("build", "--cached", "User").succeeded()
    assert not (project.build_dir / "User" / "helper.py").exists()


def test_what_sam_built_for_a_loop_stays(tmp_path: Path) -> None:
    project = App("foreach-static").copy(tmp_path / "app")
    project.sam("build", "--language-extensions").succeeded()
    before = project.built()
    project.samix("build", "--language-extensions", "AlphaFunction").succeeded()
    assert differences(project.built(), before) == []
