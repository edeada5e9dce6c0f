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
from support.around import Around

from samix.builders.tool import BUILDERS
from samix.host.platform import C_LIBRARY, CPU, SYSTEM
from samix.messages.errors import TemplateError
from samix.options.build_type import BuildType
from samix.plan.fingerprint import Basis, Fingerprint, take_fingerprint
from samix.state.layout import Layout
from samix.state.store import Store
from samix.template.resources import Kind, Resource
from samix.units.reasons import Cause, Parts, format_reasons

if TYPE_CHECKING:
    from collections.abc import Callable

    from samix.options.merge import BuildOptions
    from samix.template.stacks import Application
    from samix.template.value import ValueMapping
    from samix.units.unit import Unit

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


def _basis(
    application: Application, options: BuildOptions, secret: bytes = SECRET, around: Around | None = None
) -> Basis:
    layout = Layout(options.project, options.build_dir, options.cache_dir)
    return Basis(application, options, Store(layout, secret, {}), around or Around())


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
        around: Around | None = None,
        **options: object,
    ) -> Fingerprint:
        resource = make_resource("Fn", code=str(project / "src"), metadata=metadata, properties=properties)
        unit = make_unit(resource, build_type=build_type, environment=environment, build_image=build_image)
        application = make_application(project, {"template.yaml": TEMPLATE})
        return take_fingerprint(unit, _basis(application, make_options(project, **options), secret, around))

    return fingerprint


def _changes(before: Fingerprint, after: Fingerprint) -> str:
    """What is told of what changed."""
    return format_reasons(after.changes_since(before.parts, lambda _: before.sources.entries))


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


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (_new_byte, "src/app.py changed"),
        (_new_name, "src/app.py renamed to src/other.py"),
        (_executable, "src/app.py mode 644 → 755"),
        (_link_target, "src/link app.py → pkg/data.bin"),
        (_empty_directory, "src/pkg/empty added"),
        (_behind_a_link, "src/shared/common.py changed"),
    ],
)
def test_a_change_in_the_sources_shows(
    change: Callable[[Path], None], told: str, project: Path, take: Callable[..., Fingerprint]
) -> None:
    before = take(project)
    change(project)
    after = take(project)
    assert _changes(before, after) == told
    assert after.parts != before.parts


def test_a_change_of_unknown_files_is_reported_without_names(project: Path, take: Callable[..., Fingerprint]) -> None:
    before = take(project)
    _new_byte(project)
    assert format_reasons(take(project).changes_since(before.parts, lambda _: {})) == "source changed"


def test_of_many_changes_the_first_and_a_count_are_shown(project: Path, take: Callable[..., Fingerprint]) -> None:
    before = take(project)
    _new_byte(project)
    shutil.rmtree(project / "src" / "pkg")
    (project / "src" / "requirements.txt").touch()
    assert _changes(before, take(project)) == "src/requirements.txt added; src/app.py changed and 1 more"


def test_what_cargo_compiles_among_the_sources_is_none_of_them(project: Path, take: Callable[..., Fingerprint]) -> None:
    by_cargo: ValueMapping = {"BuildMethod": "rust-cargolambda"}
    before = take(project), take(project, metadata=by_cargo)
    target = project / "src" / "target"
    target.mkdir()
    (target / "CACHEDIR.TAG").write_text("Signature: 8a477f597d28d172789f06886806bc55\n")
    assert take(project, metadata=by_cargo).parts == before[1].parts
    assert _changes(before[0], take(project)) == "src/target added"  # any other builder may copy it


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
    assert _changes(before, take(project)) == "src/pkg/up added"


def test_a_link_to_nothing_is_a_source_like_any_other(project: Path, take: Callable[..., Fingerprint]) -> None:
    before = take(project)
    (project / "src" / "lost").symlink_to("nowhere")
    assert _changes(before, take(project)) == "src/lost added"


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


def test_value_that_only_contains_the_project_path_is_kept_whole(
    tmp_path: Path, take: Callable[..., Fingerprint]
) -> None:
    (tmp_path / "src").mkdir()
    plain = take(tmp_path, metadata={"BuildProperties": {"Target": "out"}})
    longer = take(tmp_path, metadata={"BuildProperties": {"Target": f"out{tmp_path}"}})
    assert plain.parts != longer.parts


@pytest.mark.parametrize(
    ("environ", "reason"),
    [
        ({"STAGE": "dev"}, "variable STAGE no longer read"),
        ({"STAGE": "prod"}, "variable STAGE removed"),
        ({}, "variable STAGE removed"),
    ],
    ids=["set as before", "set to something else", "not set"],
)
def test_a_variable_that_is_still_set_is_not_called_removed(
    take: Callable[..., Fingerprint], project: Path, environ: dict[str, str], reason: str
) -> None:
    before = take(project, around=Around(environ={"STAGE": "dev"}, values={"STAGE": "dev"}))
    after = take(project, around=Around(environ=environ))
    assert _changes(before, after.with_artifacts({})) == reason


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
        ({"properties": {"Runtime": "python3.13"}}, "Runtime provided.al2023 → python3.13"),
        ({"properties": {"Architectures": ["arm64"]}}, "Architecture x86_64 → arm64"),
        ({"metadata": {"BuildMethod": "makefile"}}, "LogicalId added; Metadata BuildMethod added"),
        ({"metadata": {"BuildProperties": {"Minify": False}}}, "Metadata BuildProperties added"),
        (
            {"build_type": BuildType.CONTAINER},
            "build type host → container",
        ),
    ],
    ids=["runtime", "architecture", "method", "metadata", "build type"],
)
def test_a_change_of_the_definition_shows(
    changed: dict[str, object], part: str, take: Callable[..., Fingerprint], project: Path
) -> None:
    before = take(project)
    after = take(project, **changed)
    assert _changes(before, after) == part


@pytest.mark.parametrize(("mode", "shows"), [("auto", True), ("explicit", False)])
def test_the_handler_shows_where_packages_are_taken_from_it(
    mode: str, shows: bool, take: Callable[..., Fingerprint], project: Path
) -> None:
    metadata = {"BuildProperties": {"ParentPackageMode": mode}}
    before = take(project, metadata=metadata, properties={"Handler": "one.app.handler"})
    after = take(project, metadata=metadata, properties={"Handler": "two.app.handler"})
    assert _changes(before, after) == ("Handler one.app.handler → two.app.handler" if shows else "")


@pytest.mark.parametrize(
    ("changed", "part"),
    [
        ({"build_image": "other"}, "build image image → other"),
        ({"mount_with": "WRITE"}, "--mount-with READ → WRITE"),
        ({"environment": (("NAME", "other"),)}, "container environment value NAME changed"),
        ({"environment": (("NAME", "value"), ("NEW", "value"))}, "container environment value NEW added"),
        ({"environment": ()}, "container environment value NAME removed"),
    ],
    ids=["image", "mount", "value", "new variable", "variable gone"],
)
def test_what_a_container_is_given_shows(
    changed: dict[str, object], part: str, take: Callable[..., Fingerprint], project: Path
) -> None:
    given_before = {"build_type": BuildType.CONTAINER, "environment": (("NAME", "value"),), "build_image": "image"}
    before = take(project, **given_before)
    after = take(project, **(given_before | changed))
    assert _changes(before, after) == part


def test_what_only_a_container_gets_does_not_count_on_the_host(take: Callable[..., Fingerprint], project: Path) -> None:
    plain = take(project)
    given_more = take(project, environment=(("NAME", "value"),), build_image="image", mount_with="WRITE")
    assert given_more.parts == plain.parts


def test_where_a_dependency_is_declared_does_not_show(take: Callable[..., Fingerprint], project: Path) -> None:
    plain = take(project)
    ordered = take(project, metadata={"BuildDependsOn": ["Layer"], "BuildType": "host", "SamResourceId": "Fn"})
    assert ordered.parts == plain.parts


def test_no_value_of_the_environment_is_in_a_fingerprint(take: Callable[..., Fingerprint], project: Path) -> None:
    fingerprint = take(project, build_type=BuildType.CONTAINER, environment=(("TOKEN", TOKEN),))
    assert list(fingerprint.parts[Cause.ENVIRONMENT]) == ["TOKEN"]
    assert TOKEN not in json.dumps([dict(named) for named in fingerprint.parts.values()])
    assert TOKEN not in repr(fingerprint)


def test_digests_of_values_differ_from_project_to_project(take: Callable[..., Fingerprint], project: Path) -> None:
    environment = {"build_type": BuildType.CONTAINER, "environment": (("TOKEN", TOKEN),)}
    one, other = take(project, **environment), take(project, secret=b"o" * 32, **environment)
    assert _changes(other, one) == "container environment value TOKEN changed"


def test_a_value_that_is_no_unicode_has_a_digest(take: Callable[..., Fingerprint], project: Path) -> None:
    value = os.fsdecode(b"caf\xe9")
    fingerprint = take(project, build_type=BuildType.CONTAINER, environment=(("TOKEN", value),))
    assert fingerprint.parts[Cause.ENVIRONMENT]["TOKEN"]


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
    assert _changes(one, two) == "--manifest changed"
    assert _changes(plain, one) == "--manifest added"  # an option and a file, told once
    assert _changes(one, plain) == "--manifest removed"


@pytest.mark.parametrize(
    ("options", "build_type", "expected"),
    [
        ({"mode": "debug"}, BuildType.HOST, "SAM_BUILD_MODE added"),
        (
            {"mode": "debug", "mount_symlinks": True},
            BuildType.CONTAINER,
            "--mount-symlinks added; SAM_BUILD_MODE added",
        ),
        ({"mount_symlinks": True}, BuildType.HOST, ""),
    ],
    ids=["mode", "mounted links", "mounts mean nothing on the host"],
)
def test_options_of_the_build_show(
    options: dict[str, object], build_type: BuildType, expected: str, take: Callable[..., Fingerprint], project: Path
) -> None:
    assert _changes(take(project, build_type=build_type), take(project, build_type=build_type, **options)) == expected


@pytest.mark.parametrize(
    ("earlier", "now", "expected"),
    [
        ({"Lib": "1"}, {"Lib": "2"}, "artifact of Lib changed"),
        ({}, {"Lib": "1"}, "BuildDependsOn Lib added"),
        ({"Lib": "1"}, {}, "BuildDependsOn Lib removed"),
        ({"Lib": "1"}, {"Lib": "1"}, ""),
    ],
)
def test_the_artifacts_of_dependencies_show(earlier: dict[str, str], now: dict[str, str], expected: str) -> None:
    key = Fingerprint({Cause.BUILD_TYPE: {"": "host"}})
    assert _changes(key.with_artifacts(earlier), key.with_artifacts(now)) == expected


@pytest.mark.parametrize(
    ("runtimes", "expected"),
    [
        (["provided.al2"], 'CompatibleRuntimes ["provided.al2023"] → ["provided.al2"]'),
        (["provided.al2", "provided.al2023", "python3.13"], "CompatibleRuntimes changed"),
        (None, "CompatibleRuntimes removed"),
    ],
    ids=["short", "long", "gone"],
)
def test_a_value_is_shown_where_it_is_short(
    runtimes: list[str] | None, expected: str, take: Callable[..., Fingerprint], project: Path
) -> None:
    before = take(project, properties={"CompatibleRuntimes": ["provided.al2023"]})
    now = {} if runtimes is None else {"CompatibleRuntimes": runtimes}
    assert _changes(before, take(project, properties=now)) == expected


@pytest.mark.parametrize("name", ["Handler", "MemorySize", "Environment", "Layers", "Policies"])
def test_what_only_runs_with_the_artifact_does_not_show(
    name: str, take: Callable[..., Fingerprint], project: Path
) -> None:
    assert take(project, properties={name: []}).parts == take(project).parts


def test_a_context_outside_of_the_sources_shows(take: Callable[..., Fingerprint], project: Path) -> None:
    metadata: ValueMapping = {"BuildMethod": "makefile", "ContextPath": "context"}
    (project / "context").mkdir()
    (project / "context" / "Makefile").write_text("one")
    before = take(project, metadata=metadata)
    (project / "context" / "Makefile").write_text("two")
    assert _changes(before, take(project, metadata=metadata)) == "context/Makefile changed"


def test_makefile_units_are_distinguished_by_name(
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
            _basis(application, make_options(project)),
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
    before = take_fingerprint(unit, _basis(application, make_options(project)))
    _new_byte(project)
    after = take_fingerprint(unit, _basis(application, make_options(project)))
    assert _changes(before, after) == "src/app.py changed"


KNOWN = [cause for cause in Cause if cause not in (Cause.SAM, Cause.TOOL, Cause.HOST, Cause.BUILD_IMAGE)]
PARTS = st.dictionaries(
    st.sampled_from(KNOWN),
    st.dictionaries(st.text(max_size=3), st.text(max_size=3), min_size=1, max_size=3),
    max_size=4,
)


@given(one=PARTS, other=PARTS)
def test_keys_are_equal_when_nothing_differs(one: Parts, other: Parts) -> None:
    assert (Fingerprint(one).changes_since(other, lambda _: {}) == []) == (one == other)


LINUX = {SYSTEM: "Linux", CPU: "x86_64", C_LIBRARY: "glibc 2.36"}
MAC = {SYSTEM: "Darwin", C_LIBRARY: "that of Darwin 24"}
OTHER_HOSTS = {
    "C library glibc 2.36 → that of Darwin 24; system Linux → Darwin": MAC,
    "CPU x86_64 → aarch64": {CPU: "aarch64"},
    "C library glibc 2.36 → glibc 2.31": {C_LIBRARY: "glibc 2.31"},
}


@pytest.mark.parametrize("expected", OTHER_HOSTS)
def test_another_host_shows_where_something_may_be_compiled(
    expected: str, project: Path, take: Callable[..., Fingerprint]
) -> None:
    (project / "src" / "requirements.txt").write_text("six\n")
    here, there = Around(platform=LINUX), Around(platform={**LINUX, **OTHER_HOSTS[expected]})
    assert _changes(take(project, around=here), take(project, around=there)) == expected


COPIES: dict[str, tuple[dict[str, str], dict[str, object]]] = {
    "no manifest": ({}, {"properties": {"Runtime": "python3.12"}}),
    "an empty manifest": ({"requirements.txt": "# nothing yet\n"}, {"properties": {"Runtime": "python3.12"}}),
    "Java": ({"pom.xml": "<project/>"}, {"properties": {"Runtime": "java21"}}),
    "a container": ({"requirements.txt": "six\n"}, {"build_type": BuildType.CONTAINER}),
}


@pytest.mark.parametrize("kind", COPIES)
def test_another_host_does_not_show_where_nothing_depends_on_it(
    kind: str, project: Path, take: Callable[..., Fingerprint]
) -> None:
    files, arguments = COPIES[kind]
    for name, text in files.items():
        (project / "src" / name).write_text(text)
    before = take(project, around=Around(platform=LINUX), **arguments)
    assert Cause.HOST not in before.parts
    assert _changes(before, take(project, around=Around(platform={**LINUX, CPU: "aarch64"}), **arguments)) == ""


def test_an_unknown_host_is_the_reason_if_there_is_no_other(project: Path, take: Callable[..., Fingerprint]) -> None:
    (project / "src" / "requirements.txt").write_text("six\n")
    before, here = take(project), Around(platform=LINUX)
    assert _changes(before, take(project, around=here)) == "the host that built it is not recorded"
    assert _changes(take(project, around=here), before) == ""
    in_container = take(project, around=here, build_type=BuildType.CONTAINER)
    assert _changes(in_container, take(project, around=here)) == "build type container → host"
    _new_byte(project)
    assert _changes(before, take(project, around=here)) == "src/app.py changed"


def test_the_builders_of_a_sam_are_part_of_it(project: Path, take: Callable[..., Fingerprint]) -> None:
    def built(version: str, builders: str) -> Fingerprint:
        return take(project, around=Around(version, {BUILDERS: builders}))

    before = built("1.169.0", "1.66.0")
    assert _changes(before, built("1.169.0", "1.67.0")) == "aws-lambda-builders 1.66.0 → 1.67.0"
    assert _changes(before, built("1.170.0", "1.67.0")) == "sam 1.169.0 → 1.170.0"
    assert _changes(before, take(project, around=Around("1.169.0"))) == ""


@pytest.mark.parametrize(
    ("earlier", "now", "expected"),
    [
        (Around("1.169.0"), Around("1.170.0"), "sam 1.169.0 → 1.170.0"),
        (Around(programs={"go": "1.21.4"}), Around(programs={"go": "1.22.0"}), "go 1.21.4 → 1.22.0"),
        (Around("1.169.0", {"go": "1.21.4"}), Around(None, {}), ""),
        (Around(None, {}), Around("1.170.0", {"go": "1.22.0"}), ""),
    ],
    ids=["another sam", "another tool", "no longer there", "not known then"],
)
def test_another_sam_or_tool_shows_where_it_is_known(
    earlier: Around, now: Around, expected: str, take: Callable[..., Fingerprint], project: Path
) -> None:
    assert _changes(take(project, around=earlier), take(project, around=now)) == expected


@pytest.mark.parametrize(
    ("earlier", "now", "expected"),
    [("sha256:a", "sha256:b", "build image changed"), ("sha256:a", "", ""), ("", "sha256:a", "")],
    ids=["another", "not there", "not known then"],
)
def test_another_image_of_the_same_name_counts_if_known(
    earlier: str, now: str, expected: str, take: Callable[..., Fingerprint], project: Path
) -> None:
    def around(content: str) -> Around:
        return Around(images={"default": content} if content else {})

    before, after = (
        take(project, build_type=BuildType.CONTAINER, around=around(content)) for content in (earlier, now)
    )
    assert _changes(before, after) == expected


def test_a_build_in_the_source_is_another(
    project: Path,
    make_unit: Callable[..., Unit],
    make_resource: Callable[..., Resource],
    make_options: Callable[..., BuildOptions],
    make_application: Callable[..., Application],
) -> None:
    unit = make_unit(make_resource("Fn", code=str(project / "src")))
    application, options = make_application(project, {"template.yaml": TEMPLATE}), make_options(project)
    taken = [take_fingerprint(one, _basis(application, options)) for one in (unit, replace(unit, is_in_source=True))]
    assert _changes(taken[0], taken[1]) == "--build-in-source added"
