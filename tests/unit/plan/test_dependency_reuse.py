"""When a unit is built on the dependencies that were downloaded for it before."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from samix.files.copies import remove_tree, tree_entries
from samix.options.build_type import BuildType
from samix.plan.dependency_reuse import is_steered, keeps_dependencies
from samix.plan.fingerprint import Fingerprint
from samix.state.source_lists import Listings, Sources
from samix.template.resources import Kind
from samix.units.reasons import Cause, Reason

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from samix.options.merge import BuildOptions
    from samix.state.store import Store
    from samix.template.resources import Resource
    from samix.template.value import ValueMapping
    from samix.units.unit import Unit

GEMFILE = "source 'https://rubygems.org'\ngem 'rake'\n"
PACKAGE = json.dumps({"name": "a", "version": "1.0.0", "dependencies": {"ms": "~2.1.0"}})
# sources that are built incrementally, and what is installed for them
FILES: dict[str, dict[str, str]] = {
    "python3.12": {"requirements.txt": "six\n", "app.py": "", "lib/a.py": ""},
    "nodejs20.x": {"package.json": PACKAGE, "app.js": "", "lib/package.json": "{}", "lib/a.js": ""},
    "ruby3.3": {"Gemfile": GEMFILE, "app.rb": "", "lib/a.rb": ""},
}
INSTALLED = {"python3.12": "six.py", "nodejs20.x": "node_modules/ms/index.js", "ruby3.3": "vendor/bundle/rake.rb"}
CHANGED = (Reason(Cause.SOURCE, "changed"),)


def _write(root: Path, files: Mapping[str, str]) -> None:
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")


def _entries(root: Path) -> dict[str, str]:
    shortened = {}
    for path, content in tree_entries(root, follow=True):
        kind, *rest = content.split(" ")
        shortened[path] = f"file {rest[0]} {rest[1][:16]}" if kind == "file" else content
    return shortened


@dataclass
class Case:
    """A unit that was built, and what became of its source since."""

    root: Path
    unit: Unit
    options: BuildOptions
    known: Mapping[str, str] = field(default_factory=dict)

    @property
    def source(self) -> Path:
        return self.root / "src"

    @property
    def artifact(self) -> Path:
        return self.root / "artifact"

    @property
    def deps(self) -> Path:
        return self.root / "deps"

    def source_digest(self, unit: Unit) -> str:
        assert unit is self.unit
        return "digest"

    @property
    def listings(self) -> Listings:
        found = Listings(self.root / "sources.json")
        found.keep(Sources("digest", entries=self.known))
        return found

    def find_dependencies(self, unit: Unit) -> Path | None:
        assert unit is self.unit
        return self.deps if self.deps.exists() else None

    def find_artifact(self, unit: Unit) -> Path | None:
        assert unit is self.unit
        return self.artifact if self.artifact.exists() else None

    def keeps(self, reasons: tuple[Reason, ...] = CHANGED) -> bool:
        fingerprint = Fingerprint({}, Sources("now", "src", _entries(self.source)))
        return keeps_dependencies(self.unit, reasons, fingerprint, cast("Store", self), self.options)


@pytest.fixture
def make_case(
    tmp_path: Path,
    make_unit: Callable[..., Unit],
    make_resource: Callable[..., Resource],
    make_options: Callable[..., BuildOptions],
) -> Callable[..., Case]:
    def make(
        runtime: str = "python3.12",
        *,
        kind: Kind = Kind.FUNCTION,
        metadata: ValueMapping | None = None,
        build_type: BuildType = BuildType.HOST,
        files: Mapping[str, str] | None = None,
        **options: object,
    ) -> Case:
        source = tmp_path / "src"
        metadata = {"BuildMethod": runtime} if kind is Kind.LAYER else metadata
        resource = make_resource("Fn", kind=kind, runtime=runtime, code=str(source), metadata=metadata)
        case = Case(tmp_path, make_unit(resource, build_type=build_type), make_options(tmp_path, **options))
        source.mkdir(exist_ok=True)
        _write(source, {**FILES.get(runtime, {}), **(files or {})})
        folders = {"p": "python", "n": "nodejs", "r": "ruby/lib"} if kind is Kind.LAYER else {}
        artifact = case.artifact / folders.get(runtime[0], "")
        installed = {INSTALLED.get(runtime, "x"): "installed"}
        _write(artifact, {**FILES.get(runtime, {}), **installed})
        _write(case.deps, installed)
        case.known = _entries(source)
        return case

    return make


@pytest.mark.parametrize(
    ("of_source", "of_deps", "keeps"), [(0o755, 0o775, True), (0o775, 0o755, False), (0o755, 0o750, False)]
)
@pytest.mark.parametrize("runtime", FILES)
def test_no_dependencies_are_kept_if_modes_are_plain(
    make_case: Callable[..., Case], runtime: str, of_source: int, of_deps: int, *, keeps: bool
) -> None:
    """sam gives the directory of an artifact the mode of the source's only where nothing is installed before."""
    case = make_case(runtime)
    _write(case.source, {"new": ""})
    assert case.keeps()
    for entry in case.deps.iterdir():
        remove_tree(case.artifact / entry.name)
    shutil.rmtree(case.deps)
    case.deps.mkdir()
    case.deps.chmod(of_deps)
    case.source.chmod(of_source)
    assert case.keeps() == keeps


@pytest.mark.parametrize("kind", [Kind.FUNCTION, Kind.LAYER])
@pytest.mark.parametrize("runtime", FILES)
@pytest.mark.parametrize(
    "name", ["app.js", "new", "lib/new/file", "lib/package.json", "lib/requirements.txt", "lib/vendor"]
)
def test_dependencies_outlive_a_change_of_source(
    name: str, runtime: str, kind: Kind, make_case: Callable[..., Case]
) -> None:
    case = make_case(runtime, kind=kind)
    _write(case.source, {name: "changed"})
    assert case.keeps()


@pytest.mark.parametrize("runtime", FILES)
def test_dependencies_outlive_a_file_of_the_source(runtime: str, make_case: Callable[..., Case]) -> None:
    case = make_case(runtime, files={"old": "", "sub/old": ""})
    (case.source / "old").unlink()
    (case.source / "sub" / "old").unlink()
    assert case.keeps()


@pytest.mark.parametrize(
    ("runtime", "name"),
    [
        ("python3.12", "requirements.txt"),
        *(("nodejs20.x", name) for name in (
            "package.json", "package-lock.json", "npm-shrinkwrap.json", "yarn.lock", ".npmrc", "binding.gyp",
        )),
        *(("ruby3.3", name) for name in (
            "Gemfile", "Gemfile.lock", ".bundle/config", "vendor/x", "gems.rb", "gems.locked",
        )),
    ],
)  # fmt: skip
def test_dependencies_do_not_outlive_a_changed_installer_input(
    runtime: str, name: str, make_case: Callable[..., Case]
) -> None:
    case = make_case(runtime)
    path = case.source / name
    _write(case.source, {name: (path.read_text() if path.exists() else "") + "\n"})
    assert not case.keeps()


def test_they_do_not_outlive_a_change_of_a_file_that_is_named(make_case: Callable[..., Case]) -> None:
    """The environment names it to the installer, as PIP_CONSTRAINT does."""
    case = make_case("python3.12")
    (case.source / "app.py").write_text("another")
    assert case.keeps()
    case.known = {**case.known, "$PIP_CONSTRAINT": "file 644 0123456789abcdef"}
    assert not case.keeps()


@pytest.mark.parametrize("name", ["package-lock.json", "yarn.lock", ".npmrc", "binding.gyp"])
def test_dependencies_do_not_outlive_a_removed_installer_input(name: str, make_case: Callable[..., Case]) -> None:
    case = make_case("nodejs20.x", files={name: ""})
    (case.source / name).unlink()
    assert not case.keeps()


@pytest.mark.parametrize(
    ("runtime", "files"),
    [
        ("python3.12", {"requirements.txt": "-r more.txt\n", "more.txt": ""}),
        ("nodejs20.x", {"package.json": '{"dependencies": {"a": "file:lib"}}'}),
        ("nodejs20.x", {"package.json": '{"scripts": {"postinstall": "node app.js"}}'}),
        ("nodejs20.x", {"package-lock.json": '{"packages": {"node_modules/a": {"link": true}}}'}),
        ("nodejs20.x", {".npmrc": "script-shell=./sh\n"}),
        ("nodejs20.x", {"binding.gyp": "{}"}),
        ("ruby3.3", {"Gemfile": "gemspec\n"}),
        ("ruby3.3", {"Gemfile.lock": "PATH\n  remote: .\n"}),
        ("ruby3.3", {"vendor/assets/x": ""}),
        ("ruby3.3", {".bundle/config": ""}),
    ],
)
def test_what_installs_sources_is_installed_again(
    runtime: str, files: dict[str, str], make_case: Callable[..., Case]
) -> None:
    case = make_case(runtime, files=files)
    _write(case.source, {"lib/a": "changed"})
    assert not case.keeps()


@pytest.mark.parametrize("runtime", FILES)
def test_linked_manifest_does_not_vouch_for_its_target(runtime: str, make_case: Callable[..., Case]) -> None:
    case = make_case(runtime)
    manifest = case.source / next(iter(FILES[runtime]))
    manifest.rename(case.source / "real")
    manifest.symlink_to("real")
    case.known = _entries(case.source)
    _write(case.source, {"app": "changed"})
    assert not case.keeps()


@pytest.mark.parametrize(
    "cause", [cause for cause in Cause if cause not in {Cause.SOURCE, Cause.MANIFEST, Cause.ARTIFACT}]
)
def test_they_do_not_outlive_a_change_of_anything_else(cause: Cause, make_case: Callable[..., Case]) -> None:
    case = make_case()
    assert case.keeps()
    assert not case.keeps((*CHANGED, Reason(cause, "")))


def test_a_unit_that_is_up_to_date_needs_none(make_case: Callable[..., Case]) -> None:
    assert not make_case().keeps(())


@pytest.mark.parametrize(
    ("given_case", "runtime"),
    [
        ({"kind": Kind.IMAGE}, "python3.12"),
        ({"build_type": BuildType.CONTAINER}, "python3.12"),
        ({"metadata": {"BuildMethod": "makefile"}}, "python3.12"),
        ({"metadata": {"BuildMethod": "esbuild"}}, "python3.12"),
        ({"metadata": {"BuildMethod": "python-uv"}}, "nodejs20.x"),
        ({}, "java21"),
        ({}, "provided.al2023"),
    ],
)
def test_only_what_sam_builds_incrementally_keeps_them(
    given_case: dict[str, object], runtime: str, make_case: Callable[..., Case]
) -> None:
    assert not make_case(runtime, **given_case).keeps()


def test_the_method_may_say_what_the_runtime_says(make_case: Callable[..., Case]) -> None:
    assert make_case("python3.12", metadata={"BuildMethod": "python3.12"}).keeps()


@pytest.mark.parametrize(
    ("files", "expected"), [({}, True), ({"pyproject.toml": ""}, False), ({"uv.lock": ""}, False)], ids=str
)
def test_uv_keeps_what_it_installed_from_requirements(
    files: dict[str, str], expected: bool, make_case: Callable[..., Case]
) -> None:
    case = make_case("python3.12", metadata={"BuildMethod": "python-uv"}, files=files)
    assert case.keeps() is expected


def test_nothing_is_kept_of_which_nothing_is_known(make_case: Callable[..., Case]) -> None:
    case = make_case()
    case.known = {}
    assert not case.keeps()


@pytest.mark.parametrize(("runtime", "expected"), [("python3.12", True), ("nodejs20.x", False), ("ruby3.3", False)])
def test_what_is_installed_among_sources_stays_with_its_artifact(
    runtime: str, expected: bool, make_case: Callable[..., Case]
) -> None:
    case = make_case(runtime)
    case.artifact.rename(case.root / "gone")
    assert case.keeps() is expected
    (case.root / "deps").rename(case.root / "gone too")
    assert not case.keeps()


@pytest.mark.parametrize("runtime", ["nodejs20.x", "ruby3.3"])
def test_an_installer_that_wrote_among_the_sources_runs_again(runtime: str, make_case: Callable[..., Case]) -> None:
    case = make_case(runtime, files={"generated/x": "source"})
    _write(case.artifact, {"generated/x": "installed"})
    assert not case.keeps()
    _write(case.artifact, {"generated/x": "source"})
    assert case.keeps()


def test_a_manifest_from_elsewhere_is_read_by_pip_alone(make_case: Callable[..., Case], tmp_path: Path) -> None:
    manifest = tmp_path / "other"
    manifest.write_text("six\n")
    assert make_case(manifest=manifest).keeps()
    manifest.write_text("./lib\n")
    assert not make_case(manifest=manifest).keeps()
    manifest.write_text(PACKAGE)
    assert not make_case("nodejs20.x", manifest=manifest).keeps()


def test_a_source_without_a_manifest_has_no_dependencies(make_case: Callable[..., Case]) -> None:
    case = make_case()
    (case.source / "requirements.txt").unlink()
    case.known = _entries(case.source)
    assert not case.keeps()


def test_a_manifest_that_is_no_text_is_not_understood(make_case: Callable[..., Case]) -> None:
    case = make_case()
    (case.source / "requirements.txt").write_bytes(b"six\xff\n")
    case.known = _entries(case.source)
    assert not case.keeps()


@pytest.mark.parametrize(
    ("properties", "bundle", "expected"),
    [
        ({}, "var a=1;", True),
        ({"Minify": False}, "var a=1;", True),
        ({}, "// node_modules/ms/index.js", False),
        ({"Splitting": True}, "", False),
        ({"EntryNames": "[name]-[hash]"}, "", False),
        ({"Loader": [".png=file"], "AssetNames": "a/[hash]"}, "", False),
    ],
)
def test_a_bundle_is_built_on_dependencies_that_it_does_not_show(
    properties: ValueMapping, bundle: str, expected: bool, make_case: Callable[..., Case]
) -> None:
    metadata = {"BuildMethod": "esbuild", "BuildProperties": properties}
    case = make_case("nodejs20.x", metadata=metadata)
    _write(case.artifact, {"app.js": bundle})
    assert case.keeps() is expected


@pytest.mark.parametrize("name", ["node_modules", ".pnp.cjs"])
def test_a_bundle_must_not_find_packages_above_its_dependencies(name: str, make_case: Callable[..., Case]) -> None:
    case = make_case("nodejs20.x", metadata={"BuildMethod": "esbuild"})
    assert case.keeps()
    (case.root / name).mkdir()
    assert not case.keeps()


@pytest.mark.parametrize(
    ("runtime", "environ", "expected"),
    [
        ("nodejs20.x", {"SAM_NPM_RUN_TEST_WITH_BUILD": "true"}, True),
        ("nodejs20.x", {"SAM_NPM_RUN_TEST_WITH_BUILD": "1"}, False),
        ("python3.12", {"SAM_NPM_RUN_TEST_WITH_BUILD": "true"}, False),
        ("python3.12", {"PIP_CONSTRAINT": "{}/limits.txt"}, True),
        ("python3.12", {"PIP_CONSTRAINT": "/elsewhere/limits.txt"}, False),
        ("python3.12", {"HOME": "{}"}, False),
        ("nodejs20.x", {"npm_config_userconfig": "{}/npmrc"}, True),
    ],
)
def test_the_environment_can_steer_an_installer(
    runtime: str, environ: dict[str, str], expected: bool, make_case: Callable[..., Case]
) -> None:
    case = make_case(runtime)
    given_environ = {name: value.format(case.source) for name, value in environ.items()}
    assert is_steered(case.unit, case.source, given_environ) is expected


@given(text=st.text())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=20)
def test_no_manifest_is_too_strange(text: str, make_case: Callable[..., Case]) -> None:
    for runtime, files in FILES.items():
        case = make_case(runtime)
        (case.source / next(iter(files))).write_text(text, encoding="utf-8", newline="")
        assert not case.keeps() or text == next(iter(files.values()))
        case.known = _entries(case.source)
        assert case.keeps() in {True, False}
