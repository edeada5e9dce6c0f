"""The plan: what is built, in which order, and why."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.around import Around
from support.silent import Silent

from samix.messages.errors import BuildTypeError, DependencyError, OldSamError, TemplateError
from samix.options.build_type import BuildType, BuildTypeDefault, BuildTypeRule
from samix.plan.plan import Plan, make_plan
from samix.state.layout import Layout
from samix.state.store import Store
from samix.template.stacks import load_application
from samix.units.outcome import Result
from samix.units.reasons import format_reasons

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from support.fake_sam import FakeSam

    from samix.build.run import Backend
    from samix.options.merge import BuildOptions


TEMPLATE = """\
Transform: AWS::Serverless-2016-10-31
Resources:
  User:
    Type: AWS::Serverless::Function
    Metadata: {BuildDependsOn: [Tool]}
    Properties: {CodeUri: user, Runtime: provided.al2023, Handler: a, Layers: [!Ref Layer]}
  Tool:
    Type: AWS::Serverless::Function
    Properties: {CodeUri: tool, Runtime: provided.al2023, Handler: a}
  Layer:
    Type: AWS::Serverless::LayerVersion
    Metadata: {BuildMethod: provided.al2023}
    Properties: {ContentUri: layer}
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "template.yaml").write_text(TEMPLATE)
    for name in ("user", "tool", "layer"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "file").write_text(name)
    return tmp_path


@pytest.fixture
def options(project: Path, make_options: Callable[..., BuildOptions]) -> BuildOptions:
    return make_options(project, jobs=1)


def _plan(options: BuildOptions) -> Plan:
    store = Store.open(Layout(options.project, options.build_dir, options.cache_dir))
    application = load_application(options.template, options.parameters, raw_paths=False)
    return make_plan(application, options, store, Around())


def _reasons(options: BuildOptions) -> dict[str, str]:
    return {name: format_reasons(planned.reasons) for name, planned in _plan(options).units.items()}


def _build(backend: Backend, options: BuildOptions) -> dict[str, Result]:
    result = backend.build(options, {}, Silent())
    return {outcome.unit.name: outcome.result for outcome in result.outcomes}


def test_a_unit_comes_after_all_that_it_needs(options: BuildOptions) -> None:
    plan = _plan(options)
    assert list(plan.units) == ["Layer", "Tool", "User"]
    assert plan.units["User"].needs == {"Layer", "Tool"}
    assert plan.units["User"].uses == {"Tool": "Tool"}
    assert plan.to_build == list(plan.units.values())


def test_application_without_containers_is_of_one_place(options: BuildOptions, project: Path) -> None:
    assert not _plan(options).is_of_one_place
    assert not _plan(replace(options, resources=("Layer",))).is_of_one_place
    (project / "template.yaml").write_text(TEMPLATE.replace("    Metadata: {BuildDependsOn: [Tool]}\n", ""))
    assert _plan(options).is_of_one_place
    inside = replace(options, default_type=BuildTypeDefault(BuildType.CONTAINER, "default"))
    assert not _plan(inside).is_of_one_place
    (project / "tool" / "Makefile").write_text("build-Tool:\n\tcp $(ARTIFACTS_DIR)/../User/file $(ARTIFACTS_DIR)\n")
    assert not _plan(options).is_of_one_place


def test_a_plan_starts_and_writes_nothing(options: BuildOptions, project: Path) -> None:
    before = sorted(os.listdir(project))
    assert _reasons(options) == {"Layer": "not built yet", "Tool": "not built yet", "User": "not built yet"}
    assert sorted(os.listdir(project)) == before


def test_nothing_is_stale_after_a_build(backend: Backend, options: BuildOptions) -> None:
    assert set(_build(backend, options).values()) == {Result.BUILT}
    assert _reasons(options) == {"Layer": "", "Tool": "", "User": ""}


def test_nothing_is_stale_after_a_build_of_an_earlier_samix(options: BuildOptions, backend: Backend) -> None:
    """Its records say nothing of what builds make and write."""
    _build(backend, options)
    path = Layout(options.project, options.build_dir, options.cache_dir).state_file
    state = json.loads(path.read_text())
    assert state["units"].keys() == {"Layer", "Tool", "User"}
    for record in state["units"].values():
        for key in ("generated", "suspected", "wrote", "watched"):
            del record[key]
    path.write_text(json.dumps(state))
    assert _reasons(options) == {"Layer": "", "Tool": "", "User": ""}


@pytest.mark.parametrize(
    ("changed", "stale"),
    [("layer", {"Layer"}), ("tool", {"Tool", "User"}), ("user", {"User"})],
)
def test_a_change_makes_a_unit_stale_and_who_uses_its_artifact(
    backend: Backend, changed: str, stale: set[str], options: BuildOptions, project: Path
) -> None:
    _build(backend, options)
    (project / changed / "file").write_text("changed")
    reasons = _reasons(options)
    assert {name for name, reason in reasons.items() if reason} == stale
    assert reasons[changed.capitalize()] == f"{changed}/file changed"


def test_who_uses_a_new_artifact_says_whose(options: BuildOptions, project: Path, backend: Backend) -> None:
    _build(backend, options)
    (project / "tool" / "file").write_text("changed")
    assert _reasons(options)["User"] == "Tool is built again"


def test_a_unit_is_reused_if_what_it_uses_comes_out_as_it_was(
    backend: Backend, options: BuildOptions, project: Path, fake_sam: FakeSam
) -> None:
    _build(backend, options)
    fake_sam.built.clear()
    _write(project, TEMPLATE.replace("CodeUri: tool, Runtime: provided.al2023", "CodeUri: tool, Runtime: provided.al2"))
    assert _reasons(options)["User"] == "Tool is built again"
    assert _build(backend, options) == {"Layer": Result.REUSED, "Tool": Result.BUILT, "User": Result.REUSED}
    assert fake_sam.built == ["Tool"]
    assert set(_reasons(options).values()) == {""}


def test_a_unit_that_failed_on_a_new_artifact_stays_stale(
    backend: Backend, options: BuildOptions, project: Path, fake_sam: FakeSam
) -> None:
    """Its earlier artifact was made from the earlier one of the unit that it uses."""
    _build(backend, options)
    (project / "tool" / "file").write_text("changed")
    fake_sam.failing = {"User"}
    assert _build(backend, options) == {"Layer": Result.REUSED, "Tool": Result.BUILT, "User": Result.FAILED}
    fake_sam.failing = set()
    assert _build(backend, options) == {"Layer": Result.REUSED, "Tool": Result.REUSED, "User": Result.BUILT}


def test_everything_is_built_without_the_cache(
    backend: Backend, options: BuildOptions, project: Path, make_options: Callable[..., BuildOptions]
) -> None:
    _build(backend, options)
    assert set(_reasons(make_options(project, cached=False)).values()) == {"--no-cached"}


def test_another_build_type_is_a_reason(
    backend: Backend, options: BuildOptions, project: Path, make_options: Callable[..., BuildOptions]
) -> None:
    _build(backend, options)
    rules = ((BuildTypeRule("Layer", BuildType.CONTAINER, "--build-type"),),)
    reasons = _reasons(make_options(project, rule_sets=rules))
    assert reasons == {"Layer": "build type host → container", "Tool": "", "User": ""}


def test_host_units_get_the_places_of_what_they_use(options: BuildOptions, fake_sam: FakeSam, backend: Backend) -> None:
    _build(backend, options)
    names = {name for name in fake_sam.environments["User"] if name.startswith("SAMIX_ARTIFACTS_")}
    assert names == {"SAMIX_ARTIFACTS_Tool"}


def test_a_moved_project_is_still_up_to_date(
    backend: Backend, options: BuildOptions, project: Path, make_options: Callable[..., BuildOptions]
) -> None:
    _build(backend, options)
    moved = project.with_name("moved")
    project.rename(moved)
    assert set(_reasons(make_options(moved)).values()) == {""}


def _write(project: Path, text: str) -> None:
    (project / "template.yaml").write_text(text)


@pytest.mark.parametrize(
    ("old", "new", "error", "message"),
    [
        ("[Tool]", "[Missing]", DependencyError, "Missing"),
        ("[Tool]", "[User]", DependencyError, "User → User"),
        (
            "{BuildMethod: provided.al2023}",
            "{BuildMethod: provided.al2023, BuildType: docker}",
            BuildTypeError,
            "docker",
        ),
        ("CodeUri: tool", "CodeUri: missing", TemplateError, "does not exist"),
        ("CodeUri: tool", 'CodeUri: "a\\0b"', TemplateError, "is not a path"),
    ],
    ids=["unknown dependency", "circle", "unknown build type", "no sources", "no path"],
)
def test_what_is_wrong_is_known_before_anything_is_built(
    old: str, new: str, error: type[Exception], message: str, options: BuildOptions, project: Path
) -> None:
    assert TEMPLATE.count(old) == 1
    _write(project, TEMPLATE.replace(old, new))
    with pytest.raises(error, match=message):
        _plan(options)


def test_two_dependencies_of_one_name_are_refused(options: BuildOptions, project: Path) -> None:
    child = (
        'Resources:\n  Tool:\n    Type: AWS::Serverless::Function\n    Properties: {CodeUri: ".", Runtime: provided}\n'
    )
    (project / "child").mkdir()
    (project / "child" / "template.yaml").write_text(child)
    nested = "  Child:\n    Type: AWS::Serverless::Application\n    Properties: {Location: child/template.yaml}\n"
    _write(project, TEMPLATE.replace("[Tool]", "[Tool, Child/Tool]") + nested)
    with pytest.raises(DependencyError, match="SAMIX_ARTIFACTS_Tool"):
        _plan(options)


def test_what_is_not_built_is_noted(options: BuildOptions, project: Path) -> None:
    remote = "  Far:\n    Type: AWS::Serverless::Application\n    Properties: {Location: 's3://bucket/template.yaml'}\n"
    _write(project, TEMPLATE + remote)
    [note] = _plan(options).notes
    assert note.text.startswith("Far is a nested stack whose template is not a local file")


IMAGE = """\
  Image:
    Type: AWS::Serverless::Function
    Metadata: {Dockerfile: Dockerfile, DockerContext: image}
    Properties: {PackageType: Image}
"""


@pytest.mark.parametrize(
    ("rules", "default", "noted"),
    [
        ((BuildTypeRule("Image", BuildType.CONTAINER, "--build-type"),), "default", True),
        ((BuildTypeRule("Tool", BuildType.CONTAINER, "--build-type"),), "default", False),
        ((), "--use-container", False),
    ],
    ids=["asked for the image", "asked for another", "asked for all"],
)
def test_a_build_type_that_an_image_ignores_is_noted(
    rules: tuple[BuildTypeRule, ...],
    default: str,
    noted: bool,
    project: Path,
    make_options: Callable[..., BuildOptions],
) -> None:
    (project / "image").mkdir()
    _write(project, TEMPLATE + IMAGE)
    default_type = BuildTypeDefault(BuildType.CONTAINER, default)
    notes = _plan(make_options(project, rule_sets=(rules,), default_type=default_type)).notes
    assert any("no effect on Image" in note.text for note in notes) == noted


def test_a_template_without_functions_is_a_plan_without_units(options: BuildOptions, project: Path) -> None:
    _write(project, "Resources:\n  Topic: {Type: AWS::SNS::Topic}\n")
    assert _plan(options).units == {}


@given(order=st.permutations(["A", "B", "C", "D"]))
def test_units_without_an_order_keep_that_of_the_template(
    order: list[str], tmp_path_factory: pytest.TempPathFactory, make_options: Callable[..., BuildOptions]
) -> None:
    project = tmp_path_factory.mktemp("project")
    resources = ""
    for name in order:
        (project / name).mkdir()
        resources += (
            f"  {name}:\n    Type: AWS::Serverless::Function\n"
            f"    Properties: {{CodeUri: {name}, Runtime: provided.al2023, Handler: a}}\n"
        )
    _write(project, f"Resources:\n{resources}")
    assert list(_plan(make_options(project)).units) == order


@pytest.mark.parametrize(
    ("installed", "reason"),
    [
        ("one", ""),
        ("two", "a:words:1 may have changed in the local repository, and User needs it"),
        (None, "a:words:1 is not in the local repository, and User needs it"),
    ],
)
def test_what_a_unit_needs_is_put_in_the_local_repository_again(
    backend: Backend, options: BuildOptions, project: Path, around: Around, installed: str | None, reason: str
) -> None:
    text = TEMPLATE.replace("{CodeUri: user, Runtime: provided.al2023", "{CodeUri: user, Runtime: java21")
    _write(project, text.replace("BuildMethod: provided.al2023", "BuildMethod: java21"))
    own = "<artifactId>{}</artifactId><groupId>a</groupId><version>1</version>"
    needed = f"<dependencies><dependency>{own.format('words')}</dependency></dependencies>"
    (project / "layer" / "pom.xml").write_text(own.format("words"))
    (project / "layer" / "words-1.jar").write_text("one")
    (project / "user" / "pom.xml").write_text(own.format("user") + needed)
    around.repository = project / "m2"
    if installed:
        jar = project / "m2" / "a" / "words" / "1" / "words-1.jar"
        jar.parent.mkdir(parents=True)
        jar.write_text(installed)

    def reasons() -> dict[str, str]:
        store = Store.open(Layout(options.project, options.build_dir, options.cache_dir))
        application = load_application(options.template, options.parameters, raw_paths=False)
        plan = make_plan(application, options, store, around)
        return {name: format_reasons(planned.reasons) for name, planned in plan.units.items()}

    _build(backend, options)
    assert reasons() == {"Layer": "", "Tool": "", "User": ""}  # nobody needs what is there
    (project / "user" / "file").write_text("new")
    assert reasons() == {"Layer": reason, "Tool": "", "User": "user/file changed"}
    (project / "user" / "file").write_text("user")
    (project / "layer" / "file").write_text("new")
    assert reasons() == {"Layer": "layer/file changed", "Tool": "", "User": "Layer is built again"}
    _build(backend, options)
    assert reasons() == {"Layer": "", "Tool": "", "User": ""}


@pytest.mark.parametrize(("changed", "keeps"), [(["user"], True), (["user", "tool"], False)])
def test_dependencies_are_not_kept_if_installer_input_is_rebuilt(
    backend: Backend, options: BuildOptions, project: Path, changed: list[str], keeps: bool
) -> None:
    _write(project, TEMPLATE.replace("{CodeUri: user, Runtime: provided.al2023", "{CodeUri: user, Runtime: python3.12"))
    (project / "user" / "requirements.txt").write_text("six\n")
    _build(backend, options)
    for name in changed:
        (project / name / "file").write_text("new")
    assert _plan(options).units["User"].keeps_dependencies is keeps


def test_web_function_is_refused_if_sam_passes_it_over(options: BuildOptions, project: Path) -> None:
    web = "  Web:\n    Type: AWS::Serverless::WebFunction\n    Properties: {CodeUri: user, Runtime: nodejs22.x}\n"
    (project / "template.yaml").write_text(TEMPLATE + web)
    application = load_application(options.template, options.parameters, raw_paths=False)
    store = Store.open(Layout(options.project, options.build_dir, options.cache_dir))
    with pytest.raises(OldSamError, match=r"WebFunction needs sam 1\.170 or newer \(this is 1\.169\.0\)") as caught:
        make_plan(application, options, store, Around("1.169.0"))
    assert "--exclude Web" in caught.value.hint
    assert "Web" in make_plan(application, options, store, Around("1.170.0")).units
    others = replace(options, exclude=("Web",))
    assert "Web" not in make_plan(application, others, store, Around("1.169.0")).units
