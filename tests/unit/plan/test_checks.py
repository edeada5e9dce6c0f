"""What makes a plan impossible."""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING

import pytest

from samix.files.copies import tree_digest
from samix.messages.errors import DependencyError, OptionError, TemplateError, UnusableOptionError
from samix.options.build_type import BuildType
from samix.plan.checks import (
    guard_sources,
    refuse_linked_results,
    refuse_namesakes,
    refuse_read_only,
    require_artifacts,
)
from samix.state.layout import Layout
from samix.state.records import Record
from samix.state.source_lists import Sources
from samix.state.store import Store
from samix.template.resources import Kind

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from samix.options.merge import BuildOptions
    from samix.template.resources import Resource
    from samix.template.stacks import Application
    from samix.units.unit import Unit


def test_resources_of_one_name_are_refused(make_resource: Callable[..., Resource]) -> None:
    one, other = make_resource("Fn"), make_resource("Fn")
    refuse_namesakes([one, make_resource("Child/Fn"), one])
    with pytest.raises(TemplateError, match="both called Fn"):
        refuse_namesakes([one, other])


@pytest.mark.parametrize(
    ("record", "has_artifact", "kind", "is_refused"),
    [
        pytest.param(False, False, Kind.FUNCTION, True, id="never built"),
        pytest.param(True, True, Kind.FUNCTION, False, id="built"),
        pytest.param(True, False, Kind.FUNCTION, True, id="its artifact is gone"),
        pytest.param(True, False, Kind.IMAGE, False, id="an image"),
    ],
)
def test_what_is_left_out_must_be_there(
    record: bool,
    has_artifact: bool,
    kind: Kind,
    is_refused: bool,
    tmp_path: Path,
    make_unit: Callable[..., Unit],
    make_resource: Callable[..., Resource],
) -> None:
    layout = Layout(tmp_path, tmp_path / ".aws-sam" / "build", tmp_path / ".aws-sam" / "cache")
    store, needed = Store.open(layout), make_unit(make_resource("Tool", kind=kind))
    artifact = layout.artifact(needed.first)
    artifact.mkdir(parents=True)
    if record:
        image = "tool:latest" if kind is Kind.IMAGE else ""
        store.records["Tool"] = Record({}, tree_digest(artifact) if has_artifact else "gone", image, "")
    if is_refused:
        with pytest.raises(DependencyError, match="Fn depends on Tool, which is excluded"):
            require_artifacts(make_unit("Fn"), [needed], store)
    else:
        require_artifacts(make_unit("Fn"), [needed], store)


@pytest.mark.parametrize(
    ("build_dir", "runtime", "is_refused"),
    [
        (".aws-sam/build", "python3.12", False),
        ("src/.aws-sam/build", "python3.12", False),
        ("src/build", "python3.12", True),
        ("src/build", "go1.x", False),
        ("src", "go1.x", True),
        (".", "go1.x", True),
        ("build", "python3.12", False),
    ],
)
def test_results_are_kept_apart_from_sources(
    build_dir: str,
    runtime: str,
    is_refused: bool,
    tmp_path: Path,
    make_application: Callable[..., Application],
    make_options: Callable[..., BuildOptions],
    make_unit: Callable[..., Unit],
    make_resource: Callable[..., Resource],
) -> None:
    (tmp_path / "src").mkdir()
    application = make_application(tmp_path, {"template.yaml": "Resources: {Topic: {Type: AWS::SNS::Topic}}\n"})
    units = (make_unit(make_resource("Fn", runtime=runtime, code=str(tmp_path / "src"))),)
    options = make_options(tmp_path, build_dir=tmp_path / build_dir)
    if is_refused:
        with pytest.raises(UnusableOptionError, match="--build-dir"):
            guard_sources(application, units, options)
    else:
        guard_sources(application, units, options)


@pytest.mark.parametrize(
    ("build_dir", "runtime", "build_type", "is_refused"),
    [
        ("far/build", "python3.12", BuildType.HOST, True),
        ("far/deep/build", "python3.12", BuildType.HOST, True),
        ("far/build", "python3.12", BuildType.CONTAINER, False),
        ("far/build", "go1.x", BuildType.HOST, False),
        (".aws-sam/build", "python3.12", BuildType.HOST, False),
        ("farther/build", "python3.12", BuildType.HOST, False),
    ],
)
def test_a_link_in_a_source_that_is_copied_leads_to_no_results(
    build_dir: str,
    runtime: str,
    build_type: BuildType,
    is_refused: bool,
    tmp_path: Path,
    make_options: Callable[..., BuildOptions],
    make_unit: Callable[..., Unit],
    make_resource: Callable[..., Resource],
) -> None:
    (tmp_path / "src" / "deep").mkdir(parents=True)
    (tmp_path / "src" / "deep" / "out").symlink_to("../../far")
    unit = make_unit(make_resource("Fn", runtime=runtime, code=str(tmp_path / "src")), build_type=build_type)
    sources = Sources("", entries={"": "directory 755", "deep": "directory 755", "deep/out": "link ../../far"})
    options = make_options(tmp_path, build_dir=tmp_path / build_dir)
    with (
        pytest.raises(UnusableOptionError, match=r"in the target of .*deep/out, a link")
        if is_refused
        else nullcontext()
    ):
        refuse_linked_results(unit, sources, options)


@pytest.mark.parametrize(
    ("runtime", "build_type", "mount_with", "is_refused"),
    [
        ("dotnet8", BuildType.CONTAINER, "READ", True),
        ("dotnet8", BuildType.CONTAINER, "WRITE", False),
        ("dotnet8", BuildType.HOST, "READ", False),
        ("python3.12", BuildType.CONTAINER, "READ", False),
    ],
)
def test_what_writes_to_its_source_must_be_allowed_to(
    runtime: str,
    build_type: BuildType,
    mount_with: str,
    is_refused: bool,
    tmp_path: Path,
    make_options: Callable[..., BuildOptions],
    make_unit: Callable[..., Unit],
    make_resource: Callable[..., Resource],
) -> None:
    unit = make_unit(make_resource("Fn", runtime=runtime), build_type=build_type)
    options = make_options(tmp_path, mount_with=mount_with)
    if is_refused:
        with pytest.raises(OptionError, match="needs to write"):
            refuse_read_only([unit], options)
    else:
        refuse_read_only([unit], options)
