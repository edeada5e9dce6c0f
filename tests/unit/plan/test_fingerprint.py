"""What a unit's artifact is made from."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from samix.errors import TemplateError
from samix.plan.build_type import BuildType
from samix.plan.fingerprint import Fingerprint, take_fingerprint
from samix.template.resources import Kind, Resource

if TYPE_CHECKING:
    from collections.abc import Callable

    from samix.options import BuildOptions
    from samix.plan.units import Unit
    from samix.template.stacks import Application
    from samix.template.value import ValueMapping

SECRET = b"k" * 32
TEMPLATE = """\
Resources:
  Fn:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: src
"""
TOKEN = "s3cr3t-value"
NAMES = st.text(st.characters(codec="utf-8", exclude_characters="/\0"), min_size=1, max_size=8).filter(
    lambda name: name not in {".", "..", ".git", ".aws-sam"}
)


@pytest.fixture(scope="session")
def take(
    make_unit: Callable[..., Unit],
    make_resource: Callable[..., Resource],
    make_options: Callable[..., BuildOptions],
    make_application: Callable[..., Application],
) -> Callable[..., Fingerprint]:
    """The fingerprint of a function built from a project's `src`."""

    def fingerprint(
        project: Path,
        *,
        metadata: ValueMapping | None = None,
        properties: ValueMapping | None = None,
        build_type: BuildType = BuildType.HOST,
        environment: tuple[tuple[str, str], ...] = (),
        build_image: str | None = None,
        secret: bytes = SECRET,
        **options: object,
    ) -> Fingerprint:
        resource = make_resource("Fn", code=str(project / "src"), metadata=metadata, properties=properties)
        unit = make_unit(resource, build_type=build_type, environment=environment, build_image=build_image)
        application = make_application(project, {"template.yaml": TEMPLATE})
        return take_fingerprint(unit, application, make_options(project, **options), secret)

    return fingerprint


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "src" / "pkg").mkdir(parents=True)
    (tmp_path / "src" / "app.py").write_text("x = 1\n")
    (tmp_path / "src" / "pkg" / "data.bin").write_bytes(b"\0\1\2")
    (tmp_path / "src" / "link").symlink_to("app.py")
    (tmp_path / "shared").mkdir()
    (tmp_path / "shared" / "common.py").write_text("y = 1\n")
    (tmp_path / "src" / "shared").symlink_to("../shared")
    return tmp_path


def _new_byte(project: Path) -> None:
    (project / "src" / "app.py").write_text("x = 2\n")


def _new_name(project: Path) -> None:
    (project / "src" / "app.py").rename(project / "src" / "other.py")


def _executable(project: Path) -> None:
    (project / "src" / "app.py").chmod(0o755)


def _link_target(project: Path) -> None:
    (project / "src" / "link").unlink()
    (project / "src" / "link").symlink_to("pkg/data.bin")


def _empty_directory(project: Path) -> None:
    (project / "src" / "pkg" / "empty").mkdir()


def _behind_a_link(project: Path) -> None:
    """sam's builders copy what a link leads to."""
    (project / "shared" / "common.py").write_text("y = 2\n")


@pytest.mark.parametrize("change", [_new_byte, _new_name, _executable, _link_target, _empty_directory, _behind_a_link])
def test_a_change_in_the_sources_shows(
    change: Callable[[Path], None], project: Path, take: Callable[..., Fingerprint]
) -> None:
    before = take(project)
    change(project)
    after = take(project)
    assert after.difference(before.parts) == "source"
    assert after.parts != before.parts


def test_what_cargo_compiles_among_the_sources_is_none_of_them(project: Path, take: Callable[..., Fingerprint]) -> None:
    by_cargo: ValueMapping = {"BuildMethod": "rust-cargolambda"}
    before = take(project), take(project, metadata=by_cargo)
    target = project / "src" / "target"
    target.mkdir()
    (target / "CACHEDIR.TAG").write_text("Signature: 8a477f597d28d172789f06886806bc55\n")
    assert take(project, metadata=by_cargo).parts == before[1].parts
    assert take(project).difference(before[0].parts) == "source"  # any other builder may copy it


def _touch(project: Path) -> None:
    for path in (project / "src").rglob("*"):
        os.utime(path, (1, 1))


def _sam_directory(project: Path) -> None:
    (project / "src" / ".aws-sam" / "build").mkdir(parents=True)


def _git_directory(project: Path) -> None:
    (project / "src" / ".git").mkdir()
    (project / "src" / ".git" / "HEAD").write_text("ref")


def _beside(project: Path) -> None:
    (project / "README").write_text("new")


@pytest.mark.parametrize("change", [_touch, _sam_directory, _git_directory, _beside])
def test_what_no_artifact_is_made_from_does_not_show(
    change: Callable[[Path], None], project: Path, take: Callable[..., Fingerprint]
) -> None:
    before = take(project)
    change(project)
    assert take(project).parts == before.parts


def test_links_in_a_circle_come_to_an_end(project: Path, take: Callable[..., Fingerprint]) -> None:
    before = take(project)
    (project / "src" / "pkg" / "up").symlink_to("..")
    assert take(project).difference(before.parts) == "source"


def test_a_link_to_nothing_is_a_source_like_any_other(project: Path, take: Callable[..., Fingerprint]) -> None:
    before = take(project)
    (project / "src" / "lost").symlink_to("nowhere")
    assert take(project).difference(before.parts) == "source"


@example(name="été")
@example(name='a"b')
@given(name=NAMES)
def test_the_place_of_a_project_does_not_show(name: str, take: Callable[..., Fingerprint]) -> None:
    keys = []
    with tempfile.TemporaryDirectory() as directory:
        for place in (Path(directory).resolve() / "plain", Path(directory).resolve() / "in" / name):
            (place / "src").mkdir(parents=True, exist_ok=True)
            (place / "src" / "app.py").write_text("x")
            metadata: ValueMapping = {"BuildMethod": "makefile", "ContextPath": str(place / "src")}
            keys.append(take(place, metadata=metadata).parts)
    assert keys[0] == keys[1]


def test_a_value_that_merely_contains_the_projects_path_is_kept_whole(
    tmp_path: Path, take: Callable[..., Fingerprint]
) -> None:
    (tmp_path / "src").mkdir()
    plain = take(tmp_path, metadata={"BuildProperties": {"Target": "out"}})
    longer = take(tmp_path, metadata={"BuildProperties": {"Target": f"out{tmp_path}"}})
    assert plain.parts != longer.parts


METADATA = st.dictionaries(
    NAMES, st.recursive(st.text(max_size=5) | st.integers() | st.booleans(), lambda inner: st.lists(inner, max_size=3))
)


@given(metadata=METADATA, data=st.data())
def test_the_order_of_mappings_does_not_show(
    metadata: ValueMapping, data: st.DataObject, take: Callable[..., Fingerprint], project_once: Path
) -> None:
    shuffled = {key: metadata[key] for key in data.draw(st.permutations(list(metadata)))}
    assert take(project_once, metadata=shuffled).parts == take(project_once, metadata=metadata).parts


@pytest.fixture(scope="session")
def project_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    project = tmp_path_factory.mktemp("project")
    (project / "src").mkdir()
    return project


@pytest.mark.parametrize(
    ("changed", "part"),
    [
        ({"properties": {"Runtime": "python3.13"}}, "definition"),
        ({"properties": {"Architectures": ["arm64"]}}, "definition"),
        ({"metadata": {"BuildMethod": "makefile"}}, "definition"),
        ({"build_type": BuildType.CONTAINER}, "build type"),
    ],
    ids=["runtime", "architecture", "metadata", "build type"],
)
def test_a_change_of_the_definition_shows(
    changed: dict[str, object], part: str, take: Callable[..., Fingerprint], project: Path
) -> None:
    before = take(project)
    after = take(project, **changed)
    assert after.difference(before.parts) == part


@pytest.mark.parametrize(("mode", "shows"), [("auto", True), ("explicit", False)])
def test_the_handler_shows_where_packages_are_taken_from_it(
    mode: str, shows: bool, take: Callable[..., Fingerprint], project: Path
) -> None:
    metadata = {"BuildProperties": {"ParentPackageMode": mode}}
    before = take(project, metadata=metadata, properties={"Handler": "one.app.handler"})
    after = take(project, metadata=metadata, properties={"Handler": "two.app.handler"})
    assert (after.difference(before.parts) == "definition") is shows


@pytest.mark.parametrize(
    ("changed", "part"),
    [
        ({"build_image": "other"}, "build image"),
        ({"mount_with": "WRITE"}, "mount"),
        ({"environment": (("NAME", "other"),)}, "environment NAME"),
        ({"environment": (("NAME", "value"), ("NEW", "value"))}, "environment NEW"),
        ({"environment": ()}, "environment NAME"),
    ],
    ids=["image", "mount", "value", "new variable", "variable gone"],
)
def test_what_a_container_is_given_shows(
    changed: dict[str, object], part: str, take: Callable[..., Fingerprint], project: Path
) -> None:
    given_before = {"build_type": BuildType.CONTAINER, "environment": (("NAME", "value"),), "build_image": "image"}
    before = take(project, **given_before)
    after = take(project, **(given_before | changed))
    assert after.difference(before.parts) == part


def test_what_only_a_container_is_given_does_not_show_on_the_host(
    take: Callable[..., Fingerprint], project: Path
) -> None:
    plain = take(project)
    given_more = take(project, environment=(("NAME", "value"),), build_image="image", mount_with="WRITE")
    assert given_more.parts == plain.parts


def test_where_a_dependency_is_declared_does_not_show(take: Callable[..., Fingerprint], project: Path) -> None:
    plain = take(project)
    ordered = take(project, metadata={"BuildDependsOn": ["Layer"], "BuildType": "host", "SamResourceId": "Fn"})
    assert ordered.parts == plain.parts


def test_no_value_of_the_environment_is_in_a_fingerprint(take: Callable[..., Fingerprint], project: Path) -> None:
    fingerprint = take(project, build_type=BuildType.CONTAINER, environment=(("TOKEN", TOKEN),))
    assert "environment TOKEN" in fingerprint.parts
    assert TOKEN not in json.dumps(dict(fingerprint.parts))
    assert TOKEN not in repr(fingerprint)


def test_digests_of_values_differ_from_project_to_project(take: Callable[..., Fingerprint], project: Path) -> None:
    environment = {"build_type": BuildType.CONTAINER, "environment": (("TOKEN", TOKEN),)}
    one, other = take(project, **environment), take(project, secret=b"o" * 32, **environment)
    assert one.difference(other.parts) == "environment TOKEN"


def test_a_value_that_is_no_unicode_has_a_digest(take: Callable[..., Fingerprint], project: Path) -> None:
    value = os.fsdecode(b"caf\xe9")
    fingerprint = take(project, build_type=BuildType.CONTAINER, environment=(("TOKEN", value),))
    assert fingerprint.parts["environment TOKEN"]


def test_a_manifest_of_the_users_choice_shows(take: Callable[..., Fingerprint], project: Path) -> None:
    manifest = project / "requirements-dev.txt"
    plain = take(project)
    missing = take(project, manifest=manifest)
    manifest.write_text("one")
    one = take(project, manifest=manifest)
    manifest.write_text("two")
    two = take(project, manifest=manifest)
    every = [plain, missing, one, two]
    assert [found for found in every if every.count(found) == 1] == every
    assert two.difference(one.parts) == "manifest"


def test_a_context_outside_of_the_sources_shows(take: Callable[..., Fingerprint], project: Path) -> None:
    metadata: ValueMapping = {"BuildMethod": "makefile", "ContextPath": "context"}
    (project / "context").mkdir()
    (project / "context" / "Makefile").write_text("one")
    before = take(project, metadata=metadata)
    (project / "context" / "Makefile").write_text("two")
    assert take(project, metadata=metadata).difference(before.parts) == "source"


def test_makefile_units_are_told_apart_by_name(
    make_unit: Callable[..., Unit],
    make_resource: Callable[..., Resource],
    make_options: Callable[..., BuildOptions],
    make_application: Callable[..., Application],
    project: Path,
) -> None:
    application = make_application(project, {"template.yaml": TEMPLATE})
    keys = {
        (method, name): take_fingerprint(
            make_unit(make_resource(name, code=str(project / "src"), metadata={"BuildMethod": method})),
            application,
            make_options(project),
            SECRET,
        ).parts
        for method in ("makefile", "python3.12")
        for name in ("One", "Two")
    }
    assert keys["makefile", "One"] != keys["makefile", "Two"]  # its target carries the name
    assert keys["python3.12", "One"] == keys["python3.12", "Two"]


def test_missing_sources_are_an_error_that_names_the_line(take: Callable[..., Fingerprint], project: Path) -> None:
    shutil.rmtree(project / "src")
    with pytest.raises(TemplateError, match="The source of Fn does not exist") as caught:
        take(project)
    assert caught.value.where
    assert caught.value.where.line == 5


def test_an_image_is_made_from_its_context(
    make_unit: Callable[..., Unit],
    make_resource: Callable[..., Resource],
    make_options: Callable[..., BuildOptions],
    make_application: Callable[..., Application],
    project: Path,
) -> None:
    metadata: ValueMapping = {"Dockerfile": "Dockerfile", "DockerContext": str(project / "src")}
    unit = make_unit(make_resource("Fn", kind=Kind.IMAGE, metadata=metadata))
    application = make_application(project, {"template.yaml": TEMPLATE})
    before = take_fingerprint(unit, application, make_options(project), SECRET)
    _new_byte(project)
    after = take_fingerprint(unit, application, make_options(project), SECRET)
    assert after.difference(before.parts) == "source"


PARTS = st.dictionaries(st.text(max_size=3), st.text(max_size=3), max_size=4)


@given(one=PARTS, other=PARTS)
def test_keys_are_equal_when_nothing_differs(one: dict[str, str], other: dict[str, str]) -> None:
    same = Fingerprint(one).difference(other) is None
    assert same == (one == other)
    assert same == (Fingerprint(one).parts == Fingerprint(other).parts)


def test_a_build_in_the_source_is_another(
    project: Path,
    make_unit: Callable[..., Unit],
    make_resource: Callable[..., Resource],
    make_options: Callable[..., BuildOptions],
    make_application: Callable[..., Application],
) -> None:
    unit = make_unit(make_resource("Fn", code=str(project / "src")))
    application, options = make_application(project, {"template.yaml": TEMPLATE}), make_options(project)
    taken = [take_fingerprint(one, application, options, SECRET) for one in (unit, replace(unit, is_in_source=True))]
    assert taken[0].difference(taken[1].parts) == "build in source"
