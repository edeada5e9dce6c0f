"""The build dir put together and swapped in."""

from __future__ import annotations

import json
import os
import stat
import sys
from collections import OrderedDict
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest
from support.silent import Silent

from samix.build.exchange import exchange_artifact, exchange_build
from samix.build.staging import BuiltTexts, Placed, Staging, render_templates
from samix.files.copies import remove_tree, tree_digest
from samix.messages.errors import StateError
from samix.options.build_type import BuildType, BuildTypeDefault
from samix.state.build_toml import read_definitions
from samix.state.inventory import Inventory, read_inventory, text_digest, write_inventory
from samix.state.records import Record
from samix.state.store import Store
from samix.template.dump import dump_template
from samix.template.load import load_template
from samix.template.resources import Kind, buildable_resources
from samix.template.value import as_mapping
from samix.units.decision import Decision
from samix.units.outcome import Result
from samix.units.unit import Unit

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from support.fake_sam import FakeSam

    from samix.build.run import Backend, BuildResult
    from samix.options.merge import BuildOptions
    from samix.state.layout import Layout
    from samix.template.stacks import Application
    from samix.template.value import ValueMapping


ROOT = """\
Resources:
  One:
    Type: AWS::Serverless::Function
    Properties: {CodeUri: src, Runtime: python3.12, Handler: a}
  Two:
    Type: AWS::Serverless::Function
    Properties: {CodeUri: src, Runtime: python3.12, Handler: b}
  Image:
    Type: AWS::Serverless::Function
    Metadata: {Dockerfile: Dockerfile, DockerContext: src}
    Properties: {PackageType: Image}
  Child:
    Type: AWS::Serverless::Application
    Properties: {Location: child/template.yaml}
"""
CHILD = """\
Resources:
  Inner:
    Type: AWS::Serverless::Function
    Properties: {CodeUri: ../src, Runtime: nodejs20.x, Handler: a}
"""


@dataclass
class Site:
    """An application whose units are built, and nothing assembled yet."""

    application: Application
    layout: Layout
    store: Store
    units: list[Unit]
    artifacts: dict[str, Path] = field(default_factory=dict)

    @property
    def placed(self) -> list[Placed]:
        records = self.store.records
        return [
            Placed(resource, self.artifacts.get(unit.name), records[unit.name].digest, records[unit.name].image)
            for unit in self.units
            for resource in unit.resources
        ]

    def templates(self) -> dict[Path, str]:
        return render_templates(
            self.application, self.placed, self.layout, BuiltTexts(Inventory(), self.layout.build_dir)
        )

    def staging(self, store: Store | None = None) -> Staging:
        return Staging(self.templates(), self.placed, store or self.store, self.layout)

    def put(self) -> None:
        self.store.look_again()
        staging = self.staging()
        staging.stage()
        exchange_build(self.layout, staging.stage_changes())

    def is_assembled(self) -> bool:
        fresh = Store(self.layout, self.store.secret, self.store.records)
        return self.staging(fresh).altered_artifacts() == []

    def altered(self) -> list[str] | None:
        fresh = Store(self.layout, self.store.secret, self.store.records)
        found = self.staging(fresh).altered_artifacts()
        return None if found is None else [one.resource.full_path for one in found]


@pytest.fixture
def site(tmp_path: Path, make_application: Callable[..., Application], make_layout: Callable[[Path], Layout]) -> Site:
    application = make_application(tmp_path, {"template.yaml": ROOT, "child/template.yaml": CHILD})
    resources = [resource for stack in application.stacks for resource in buildable_resources(stack)]
    by_path = {resource.full_path: resource for resource in resources}
    host = Decision(BuildType.HOST, "default")
    units = [
        Unit((by_path["One"], by_path["Two"]), host, None, ()),
        Unit((by_path["Image"],), host, None, ()),
        Unit((by_path["Child/Inner"],), host, None, ()),
    ]
    layout = make_layout(tmp_path)
    built = Site(application, layout, Store.open(layout), units)
    for unit in units:
        artifact = layout.finished(unit) / "artifact"
        (artifact / "pkg").mkdir(parents=True)
        (artifact / "pkg" / "app.py").write_text(unit.name)
        (artifact / "run").touch(mode=0o755)
        (artifact / "link").symlink_to("run")
        is_image = unit.kind is Kind.IMAGE
        digest = "" if is_image else tree_digest(artifact)
        built.store.records[unit.name] = Record({}, digest, "image:latest" if is_image else "", "")
        if not is_image:
            built.artifacts[unit.name] = artifact
    return built


def test_only_altered_artifacts_are_named(site: Site) -> None:
    build_dir = site.layout.build_dir
    assert site.altered() is None
    site.put()
    (build_dir / "Child" / "Inner" / "run").unlink()
    assert site.altered() == ["Child/Inner"]
    (build_dir / "Two" / "run").chmod(0o644)
    assert site.altered() == ["Two", "Child/Inner"]
    (build_dir / "stranger").touch()
    assert site.altered() is None
    (build_dir / "stranger").unlink()
    remove_tree(build_dir / "Two")
    assert site.altered() is None


@pytest.mark.parametrize("how", ["edit", "link", "file"])
def test_one_artifact_is_exchanged_and_nothing_else_is_touched(how: str, site: Site) -> None:
    build_dir = site.layout.build_dir
    site.put()
    before = {path: path.lstat().st_ctime_ns for path in (build_dir / "One").rglob("*")}
    place = build_dir / "Child" / "Inner"
    if how == "edit":
        (place / "run").write_text("edited")
    else:
        remove_tree(place)
        if how == "link":
            place.symlink_to(site.artifacts["Child/Inner"])
        else:
            place.touch()
    assert site.altered() == ["Child/Inner"]
    inner = next(one for one in site.placed if one.resource.full_path == "Child/Inner")
    exchange_artifact(site.staging().stage_artifact(inner), place, site.layout)
    assert site.altered() == []
    assert not place.is_symlink()
    assert {path: path.lstat().st_ctime_ns for path in (build_dir / "One").rglob("*")} == before


def test_staging_has_all_artifacts_and_all_templates(site: Site) -> None:
    staging = site.staging().stage()
    assert set(os.listdir(staging)) == {"template.yaml", "One", "Two", "Child"}
    assert set(os.listdir(staging / "Child")) == {"template.yaml", "Inner"}
    for name, unit in (("One", "One"), ("Two", "One"), ("Child/Inner", "Child/Inner")):
        assert tree_digest(staging / name) == tree_digest(site.artifacts[unit])
    assert stat.S_IMODE(staging.stat().st_mode) == 0o755


def test_templates_name_the_artifacts(site: Site) -> None:
    site.put()
    resources = as_mapping(load_template(site.layout.build_dir / "template.yaml").data["Resources"])
    found = {name: as_mapping(as_mapping(resource)["Properties"]) for name, resource in resources.items()}
    assert found["One"]["CodeUri"] == "One"
    assert found["Two"]["CodeUri"] == "Two"
    assert found["Image"]["ImageUri"] == "image:latest"
    assert found["Child"]["Location"] == "Child/template.yaml"


def test_artifacts_share_no_file_with_where_they_came_from(site: Site) -> None:
    staging = site.staging().stage()
    assert not (staging / "One" / "pkg" / "app.py").samefile(site.artifacts["One"] / "pkg" / "app.py")
    assert not (staging / "One" / "pkg" / "app.py").samefile(staging / "Two" / "pkg" / "app.py")


def test_what_the_present_build_dir_has_is_not_copied_again(site: Site) -> None:
    site.put()
    present = site.layout.build_dir / "One" / "pkg" / "app.py"
    inode = present.stat().st_ino
    site.put()
    assert present.stat().st_ino == inode
    remove_tree(site.layout.staging)
    assert present.stat().st_nlink == 1
    assert site.is_assembled()


def test_what_does_not_belong_in_the_build_dir_is_removed(site: Site) -> None:
    (site.layout.build_dir / "Old").mkdir(parents=True)
    site.put()
    assert not (site.layout.build_dir / "Old").exists()


def test_what_an_earlier_staging_left_does_not_get_in(site: Site) -> None:
    (site.layout.staging / "Old").mkdir(parents=True)
    assert not (site.staging().stage() / "Old").exists()


def test_a_complete_build_dir_is_recognised(site: Site) -> None:
    assert not site.is_assembled()
    site.put()
    assert site.is_assembled()


@pytest.mark.parametrize(
    "name",
    ["template.yaml", "Child/template.yaml", "One/pkg/app.py", "Two/pkg/app.py", "Child/Inner/pkg/app.py"],
)
def test_a_build_dir_with_a_changed_file_is_not_complete(name: str, site: Site) -> None:
    site.put()
    (site.layout.build_dir / name).write_text("changed")
    assert not site.is_assembled()


@pytest.mark.parametrize("name", ["New", "Child/New", "One/new", "Child/Inner/new"])
def test_a_build_dir_with_more_in_it_is_not_complete(name: str, site: Site) -> None:
    site.put()
    (site.layout.build_dir / name).touch()
    assert not site.is_assembled()


@pytest.mark.parametrize("name", ["template.yaml", "Child", "One", "One/run"])
def test_a_build_dir_with_less_in_it_is_not_complete(name: str, site: Site) -> None:
    site.put()
    (site.layout.build_dir / name).rename(site.layout.project / "away")
    assert not site.is_assembled()


@pytest.mark.parametrize("name", ["", "template.yaml", "Child", "Child/template.yaml", "One", "Child/Inner"])
def test_a_build_dir_with_a_link_in_it_is_not_complete(name: str, site: Site) -> None:
    site.put()
    away = site.layout.project / "another" / "place"
    away.parent.mkdir()
    (site.layout.build_dir / name).rename(away)
    (site.layout.build_dir / name).symlink_to(away)
    assert not site.is_assembled()
    site.put()
    assert not (site.layout.build_dir / name).is_symlink()
    assert site.is_assembled()


# Whole builds, cut off at each of their steps. An audit hook sees every change of the file system before it happens.


class _CutOffError(BaseException):
    """Stands for the end of the process."""


class _Saw:
    """Cuts a build off: from a certain step on nothing is written any more, as after kill -9."""

    def __init__(self) -> None:
        self.root = ""
        self.left = -1
        self.error: type[BaseException] = _CutOffError
        self.installed = False

    def __call__(self, event: str, arguments: tuple[object, ...]) -> None:
        if self.left < 0 or not _writes(event, arguments) or self.root not in str(arguments):
            return
        if self.left == 0:
            raise OSError(28, "No space left on device") if self.error is OSError else self.error
        self.left -= 1


def _writes(event: str, arguments: tuple[object, ...]) -> bool:
    if event == "open":
        flags = arguments[2]
        return isinstance(flags, int) and bool(flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT))
    return event in {"os.rename", "os.mkdir", "os.remove", "os.rmdir", "os.link", "os.symlink", "os.chmod"}


_saw = _Saw()


@pytest.fixture
def saw(tmp_path: Path) -> Callable[[int, type[BaseException]], None]:
    if not _saw.installed:
        sys.addaudithook(_saw)
        _saw.installed = True
    _saw.root = str(tmp_path)

    def cut(steps: int, error: type[BaseException] = _CutOffError) -> None:
        _saw.left, _saw.error = steps, error

    return cut


MIXED = """\
Resources:
  Layer:
    Type: AWS::Serverless::LayerVersion
    Metadata: {BuildMethod: provided.al2023}
    Properties: {ContentUri: layer}
  Fn:
    Type: AWS::Serverless::Function
    Properties: {CodeUri: src, Runtime: provided.al2023, Handler: a, Layers: [!Ref Layer]}
"""


def _build(backend: Backend, options: BuildOptions) -> BuildResult:
    return backend.build(options, {}, Silent())


def _write(project: Path, text: str) -> None:
    (project / "template.yaml").write_text(MIXED)
    for name in ("layer", "src"):
        (project / name).mkdir(exist_ok=True)
        (project / name / "file").write_text(text)


def _is_sound(layout: Layout) -> bool:
    """Whether build.toml can be read, and what it names in the cache was not cut short."""
    uuids = {definition.uuid for definition in read_definitions(layout.build_toml)}
    cached = [layout.cache_dir / uuid for uuid in uuids]
    return len(uuids) == 2 and all(os.listdir(place) == ["file"] for place in cached if place.exists())


@pytest.mark.parametrize("error", [_CutOffError, OSError], ids=["killed", "disk full"])
def test_the_build_dir_is_old_or_new_wherever_a_build_is_cut_off(
    backend: Backend,
    error: type[BaseException],
    tmp_path: Path,
    make_options: Callable[..., BuildOptions],
    make_layout: Callable[[Path], Layout],
    saw: Callable[..., None],
) -> None:
    options, layout = make_options(tmp_path, jobs=1), make_layout(tmp_path)
    _write(tmp_path, "0")
    assert _build(backend, options).is_complete
    old = tree_digest(layout.build_dir)
    ends: list[str] = []
    steps = 0
    while "complete" not in ends:
        assert steps < 500
        _write(tmp_path, str(steps + 1))
        saw(steps, error)
        try:
            ends.append("complete" if _build(backend, options).is_complete and _saw.left > 0 else "failed")
        except (_CutOffError, StateError, OSError) as caught:
            ends.append(type(caught).__name__)
        finally:
            saw(-1)
        assert layout.build_dir.is_dir(), f"no build dir after {steps} steps"
        now = tree_digest(layout.build_dir)
        if now != old:
            texts = {(layout.build_dir / name / "file").read_text() for name in ("Fn", "Layer")}
            assert texts == {str(steps + 1)}, f"a mixture after {steps} steps"
        assert _is_sound(layout), f"build.toml lies after {steps} steps"
        json.loads(layout.state_file.read_text())
        assert _build(backend, options).is_complete
        assert (layout.build_dir / "Fn" / "file").read_text() == str(steps + 1)
        assert (layout.build_dir / "Layer" / "file").read_text() == str(steps + 1)
        old = tree_digest(layout.build_dir)
        steps += 1
    assert steps > 20


# an artifact for sam's cache with dependencies, one for no cache, and one of two functions
KEPT = """\
Resources:
  Fn:
    Type: AWS::Serverless::Function
    Properties: {CodeUri: src, Runtime: python3.12, Handler: a}
  Made:
    Type: AWS::Serverless::Function
    Metadata: {BuildMethod: makefile}
    Properties: {CodeUri: made, Runtime: provided.al2023, Handler: a}
  One:
    Type: AWS::Serverless::Function
    Properties: {CodeUri: two, Runtime: python3.12, Handler: a}
  Two:
    Type: AWS::Serverless::Function
    Properties: {CodeUri: two, Runtime: python3.12, Handler: b}
"""


def _write_kept(project: Path, text: str) -> None:
    (project / "template.yaml").write_text(KEPT)
    for name in ("src", "made", "two"):
        (project / name).mkdir(exist_ok=True)
        (project / name / "file").write_text(text)
        (project / name / "same").write_text("same")
    (project / "src" / "requirements.txt").write_text("six")


@pytest.mark.parametrize("first", [True, False], ids=["into nothing", "over an earlier build"])
def test_nothing_that_was_kept_is_built_again_after_a_kill(
    backend: Backend,
    first: bool,
    tmp_path: Path,
    make_options: Callable[..., BuildOptions],
    make_layout: Callable[[Path], Layout],
    saw: Callable[..., None],
    fake_sam: FakeSam,
) -> None:
    options, layout = make_options(tmp_path, jobs=1), make_layout(tmp_path)
    steps, is_killed = int(first), True
    while is_killed:
        _write_kept(tmp_path, f"{steps}")
        if first:
            remove_tree(tmp_path / ".aws-sam")
        before = {name: record.digest for name, record in Store.open(layout).records.items()}
        saw(steps)
        with suppress(_CutOffError):
            _build(backend, options)
        is_killed = _saw.left == 0
        saw(-1)
        kept = {name for name, one in Store.open(layout).records.items() if one.digest != before.get(name)}
        built = len(fake_sam.built)
        assert _build(backend, options).is_complete
        assert kept.isdisjoint(fake_sam.built[built:]), f"built again after {steps} steps"
        _check_kept(layout, f"{steps}")
        steps += 2 if len(kept) == 3 else 8  # the rest is putting in place, where the other case has the other steps
    assert steps > 40


def _check_kept(layout: Layout, text: str) -> None:
    """All is there, and shares what it may share."""
    for name in ("Fn", "Made", "One", "Two"):
        assert (layout.build_dir / name / "file").read_text() == text
    [fn, _] = sorted(read_definitions(layout.build_toml), key=lambda one: str(one.fields["functions"]))
    built, cached, deps = layout.build_dir / "Fn", layout.cache_dir / fn.uuid, layout.deps_dir / fn.uuid
    assert tree_digest(built) == tree_digest(cached)
    assert (cached / "six.py").samefile(deps / "six.py")
    assert (cached / "file").samefile(built / "file")
    assert (cached / "same").samefile(built / "same")
    assert not (built / "six.py").samefile(deps / "six.py")
    remove_tree(layout.replaced)
    names = [layout.build_dir / "Made" / "file", layout.build_dir / "Made" / "same", built / "six.py"]
    assert [path.stat().st_nlink for path in names] == [1, 1, 1]


def test_failed_unit_leaves_build_dir_and_build_toml_unchanged(
    backend: Backend,
    tmp_path: Path,
    make_options: Callable[..., BuildOptions],
    make_layout: Callable[[Path], Layout],
    fake_sam: FakeSam,
) -> None:
    options, layout = make_options(tmp_path), make_layout(tmp_path)
    _write(tmp_path, "old")
    _build(backend, options)
    before = tree_digest(layout.build_dir), layout.build_toml.read_bytes(), tree_digest(layout.cache_dir)
    _write(tmp_path, "new")
    fake_sam.failing = {"Fn"}
    assert not _build(backend, options).is_complete
    assert (tree_digest(layout.build_dir), layout.build_toml.read_bytes(), tree_digest(layout.cache_dir)) == before


def test_what_was_built_before_another_failed_is_not_built_again(
    backend: Backend, tmp_path: Path, make_options: Callable[..., BuildOptions], fake_sam: FakeSam
) -> None:
    options = make_options(tmp_path)
    _write(tmp_path, "one")
    fake_sam.failing = {"Fn"}
    _build(backend, options)
    fake_sam.failing = set()
    results = {outcome.unit.name: outcome.result for outcome in _build(backend, options).outcomes}
    assert results == {"Layer": Result.REUSED, "Fn": Result.BUILT}
    assert fake_sam.built == ["Layer", "Fn"]


def test_an_application_that_is_up_to_date_changes_no_file(
    backend: Backend,
    tmp_path: Path,
    make_options: Callable[..., BuildOptions],
    make_layout: Callable[[Path], Layout],
    fake_sam: FakeSam,
) -> None:
    options, layout = make_options(tmp_path), make_layout(tmp_path)
    _write(tmp_path, "one")
    _build(backend, options)
    own = {layout.lock_file, layout.stat_index_file, layout.tree_index_file}
    before = {path: path.lstat() for path in (tmp_path / ".aws-sam").rglob("*") if path not in own and path.is_file()}
    _build(backend, options)
    assert len(fake_sam.built) == 2
    for path, status in before.items():
        now = path.lstat()
        assert (now.st_ino, now.st_mtime_ns) == (status.st_ino, status.st_mtime_ns)


def test_no_workspace_nor_waiting_artifact_is_left(
    backend: Backend, tmp_path: Path, make_options: Callable[..., BuildOptions], make_layout: Callable[[Path], Layout]
) -> None:
    _write(tmp_path, "one")
    _build(backend, make_options(tmp_path))
    root = make_layout(tmp_path).root
    assert {path.name for path in root.parent.iterdir()} == {"build", "build.toml", "cache", "samix"}
    left = {path.relative_to(root).as_posix() for path in root.rglob("*") if not path.is_dir()}
    assert left - {"stats.json", "trees.json"} == {
        "lock",
        "placed.json",
        "state.json",
        "sources.json",
        "logs/Fn.log",
        "logs/Layer.log",
    }


def test_what_killed_builds_left_goes_with_the_next_build(
    backend: Backend, tmp_path: Path, make_options: Callable[..., BuildOptions], make_layout: Callable[[Path], Layout]
) -> None:
    layout = make_layout(tmp_path)
    _write(tmp_path, "one")
    _build(backend, make_options(tmp_path))
    may_be = {layout.stat_index_file, layout.tree_index_file}
    before = {*(tmp_path / ".aws-sam").rglob("*"), *may_be}
    uuid = next(iter(read_definitions(layout.build_toml))).uuid
    for directory in (
        layout.staging,
        layout.staging.with_name("staging.old"),
        layout.filling,
        layout.workspaces / "Fn.1",
        layout.stand_in("abcd1234"),
        layout.cache_dir / f".{uuid}.samix",
        layout.deps_dir / f".{uuid}.samix",
    ):
        directory.mkdir(parents=True)
        (directory / "file").touch()
    layout.stand_in("abcd1234").chmod(0o700)
    (layout.cache_dir / f".{uuid}.link").touch()
    (layout.root / ".state.json.123.tmp").touch()
    (layout.logs / "Gone.log").touch()
    _build(backend, make_options(tmp_path))
    assert set((tmp_path / ".aws-sam").rglob("*")) - {layout.deps_dir} | may_be == before


def test_values_for_containers_are_in_no_file(
    tmp_path: Path, make_options: Callable[..., BuildOptions], backend: Backend
) -> None:
    _write(tmp_path, "one")
    secret = "s3cr3t-value"
    options = make_options(
        tmp_path,
        environments={"Parameters": {"TOKEN": secret}},
        default_type=BuildTypeDefault(BuildType.CONTAINER, "--use-container"),
    )
    assert _build(backend, options).is_complete
    files = [path for path in (tmp_path / ".aws-sam").rglob("*") if path.is_file()]
    assert any(b"/dev/stdin" in path.read_bytes() for path in files)
    assert not [path for path in files if secret.encode() in path.read_bytes()]


DATA: ValueMapping = {"Resources": OrderedDict(Fn=OrderedDict(Type="F", Properties={"b": 1, "a": "0x"}))}


_NOTE = "# as it was\n"


def _put(build_dir: Path, earlier: Inventory, data: ValueMapping = DATA) -> Inventory:
    """Write a template into a build dir, and what samix remembers of it; a new one begins with a note."""
    texts = BuiltTexts(earlier, build_dir)
    place = build_dir / "Child" / "template.yaml"
    text = texts.text(place, data)
    text = text if text.startswith(_NOTE) else _NOTE + text
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(text)
    inventory = Inventory({"Child/template.yaml": text_digest(text.encode())}, origins=texts.origins)
    write_inventory(build_dir.parent / "placed.json", inventory)
    return read_inventory(build_dir.parent / "placed.json")


def test_an_existing_template_is_not_written_again(tmp_path: Path) -> None:
    build_dir = tmp_path / "build"
    earlier = _put(build_dir, Inventory())
    assert BuiltTexts(earlier, build_dir).text(build_dir / "Child" / "template.yaml", DATA) == _NOTE + dump_template(
        DATA
    )
    again = _put(build_dir, earlier)
    assert again == earlier
    assert (build_dir / "Child" / "template.yaml").read_text() == _NOTE + dump_template(DATA)


@pytest.mark.parametrize(
    "other",
    [
        {"Resources": {"Fn": DATA["Resources"]["Fn"]}},  # type: ignore[index,call-overload]
        {"Resources": OrderedDict(Fn=OrderedDict(Type="F", Properties=OrderedDict(b=1, a="0x")))},
        {"Resources": OrderedDict(Fn=OrderedDict(Type="F", Properties={"b": True, "a": "0x"}))},
        {"Resources": OrderedDict(Fn=OrderedDict(Properties={"b": 1, "a": "0x"}, Type="F"))},
    ],
    ids=["another kind of mapping", "another order", "true for 1", "keys moved"],
)
def test_another_content_is_written(other: ValueMapping, tmp_path: Path) -> None:
    build_dir = tmp_path / "build"
    earlier = _put(build_dir, Inventory())
    assert BuiltTexts(earlier, build_dir).text(build_dir / "Child" / "template.yaml", other) == dump_template(other)


@pytest.mark.parametrize("damage", ["edit", "remove", "directory"])
def test_what_is_not_there_as_it_was_is_written(damage: str, tmp_path: Path) -> None:
    earlier = _put(tmp_path / "build", Inventory())
    place = tmp_path / "build" / "Child" / "template.yaml"
    if damage == "edit":
        place.write_text(place.read_text().replace("F", "G"))
    else:
        place.unlink()
        if damage == "directory":
            place.mkdir()
    assert BuiltTexts(earlier, tmp_path / "build").text(place, DATA) == dump_template(DATA)


def test_of_two_templates_each_keeps_its_own(tmp_path: Path) -> None:
    texts = BuiltTexts(Inventory(), tmp_path)
    texts.text(tmp_path / "template.yaml", DATA)
    texts.text(tmp_path / "Child" / "template.yaml", {})
    assert texts.origins.keys() == {"template.yaml", "Child/template.yaml"}
    assert len(set(texts.origins.values())) == 2
