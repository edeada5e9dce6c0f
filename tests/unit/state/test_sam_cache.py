"""sam's own state made to tell the truth."""

from __future__ import annotations

import os
import tempfile
import uuid
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samix.builders.workflow import incremental_workflow
from samix.files.copies import copy_tree, remove_tree, tree_digest
from samix.options.build_type import BuildType
from samix.state.build_toml import Definition, Section, read_definitions, write_if_changed
from samix.state.layout import Layout
from samix.state.records import Record
from samix.state.sam_cache import (
    complete_definition,
    expected_definitions,
    fill_cache,
    prune,
    reusable_by_sam,
    share_disk_space,
)
from samix.state.sam_hashes import file_md5, is_cacheable, sam_hashes, sam_source_hash
from samix.state.store import Store
from samix.template.resources import Kind, Resource

if TYPE_CHECKING:
    from collections.abc import Callable

    from samix.template.value import ValueMapping
    from samix.units.unit import Unit

ENVIRONMENT = (("TOKEN", "s3cr3t-value"),)
MAKEFILE: ValueMapping = {"BuildMethod": "makefile"}


def _layout(project: Path) -> Layout:
    return Layout(project, project / ".aws-sam" / "build", project / ".aws-sam" / "cache")


def _uuid(name: str) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_OID, name))


def _store(project: Path, units: list[Unit]) -> Store:
    store = Store.open(_layout(project))
    for unit in units:
        definition: ValueMapping = {"codeuri": "/elsewhere", "source_hash": "1", "functions": [unit.name]}
        store.records[unit.name] = Record({}, "digest", "", _uuid(unit.name), definition=definition)
    return store


@pytest.fixture
def units(make_unit: Callable[..., Unit], make_resource: Callable[..., Resource]) -> dict[str, Unit]:
    """Units of every sort, by what makes them special."""
    return {
        "host": make_unit(make_resource("Host", code="/app/a")),
        "container": make_unit(make_resource("Container", code="/app/b"), build_type=BuildType.CONTAINER),
        "layer": make_unit(make_resource("Layer", kind=Kind.LAYER, metadata=MAKEFILE)),
        "image": make_unit(make_resource("Image", kind=Kind.IMAGE)),
        "makefile function": make_unit(make_resource("Make", code="/app/c", metadata=MAKEFILE)),
        "environment": make_unit(
            make_resource("Env", code="/app/d"), build_type=BuildType.CONTAINER, environment=ENVIRONMENT
        ),
        "one definition, on the host": make_unit(make_resource("Twin1", code="/app/e")),
        "one definition, in a container": make_unit(
            make_resource("Twin2", code="/app/e"), build_type=BuildType.CONTAINER
        ),
    }


def test_what_a_bare_sam_would_misread_is_left_out(units: dict[str, Unit]) -> None:
    reusable = reusable_by_sam(list(units.values()))
    assert [sort for sort, unit in units.items() if unit in reusable] == ["host", "container", "layer", "image"]


def test_build_toml_never_holds_a_value_of_the_environment(units: dict[str, Unit], tmp_path: Path) -> None:
    unit = units["container"]
    fields: ValueMapping = {"codeuri": "/app/b", "env_vars": {"TOKEN": "s3cr3t-value"}}
    assert "env_vars" not in complete_definition(unit, fields, {})
    every = list(units.values())
    store = _store(tmp_path, every)
    write_if_changed(store.layout.build_toml, expected_definitions(every, store))
    assert "s3cr3t-value" not in store.layout.build_toml.read_text()


def _definitions_of(every: list[Unit], store: Store) -> dict[str, Definition]:
    return {definition.uuid: definition for definition in expected_definitions(every, store)}


@given(data=st.data())
def test_build_toml_is_the_same_in_any_order_and_at_any_time(
    data: st.DataObject, make_unit: Callable[..., Unit], make_resource: Callable[..., Resource]
) -> None:
    sorts = st.tuples(
        st.sampled_from(Kind),
        st.sampled_from(["/a", "/b"]),
        st.sampled_from([{}, MAKEFILE]),
        st.sampled_from(BuildType),
        st.sampled_from([(), ENVIRONMENT]),
    )
    every = [
        make_unit(
            make_resource(f"F{index}", kind=kind, code=code, metadata=metadata),
            build_type=build_type,
            environment=environment,
        )
        for index, (kind, code, metadata, build_type, environment) in enumerate(data.draw(st.lists(sorts, max_size=6)))
    ]
    shuffled = data.draw(st.permutations(every))
    with tempfile.TemporaryDirectory() as directory:
        store = _store(Path(directory), every)
        expected = _definitions_of(every, store)
        assert _definitions_of(shuffled, store) == expected
        write_if_changed(store.layout.build_toml, expected_definitions(every, store))
        first = store.layout.build_toml.read_bytes() if expected else None
        write_if_changed(store.layout.build_toml, expected_definitions(shuffled, store))
        assert {found.uuid: found for found in read_definitions(store.layout.build_toml)} == expected
        if first is not None:
            assert store.layout.build_toml.read_bytes() == first


def test_a_definition_names_the_source_where_it_lies_now(units: dict[str, Unit], tmp_path: Path) -> None:
    """So that a project that was moved or restored is found by sam."""
    [definition] = expected_definitions([units["host"]], _store(tmp_path, [units["host"]]))
    assert definition.section is Section.FUNCTIONS
    assert definition.fields["codeuri"] == "/app/a"


def test_a_definition_has_the_paths_that_the_template_has(
    make_unit: Callable[..., Unit], make_resource: Callable[..., Resource], tmp_path: Path
) -> None:
    """Not those of the workspace: sam compares them."""
    metadata: ValueMapping = {"aws:asset:path": "asset.1", "aws:asset:property": "Code"}
    unit = make_unit(make_resource("Cdk", metadata=metadata))
    store = _store(tmp_path, [unit])
    store.records["Cdk"].definition["metadata"] = {**metadata, "aws:asset:path": "/app/cdk.out/asset.1"}
    [definition] = expected_definitions([unit], store)
    assert definition.fields["metadata"] == metadata


def test_layers_stand_in_their_own_table(units: dict[str, Unit], tmp_path: Path) -> None:
    [definition] = expected_definitions([units["layer"]], _store(tmp_path, [units["layer"]]))
    assert definition.section is Section.LAYERS


def test_a_unit_that_sam_named_nothing_stands_nowhere(units: dict[str, Unit], tmp_path: Path) -> None:
    store = _store(tmp_path, [])
    store.records["Host"] = Record({}, "digest", "", "")
    assert expected_definitions([units["host"]], store) == []


def test_a_definition_that_is_gone_leaves_build_toml(units: dict[str, Unit], tmp_path: Path) -> None:
    every = [units["host"], units["layer"]]
    store = _store(tmp_path, every)
    write_if_changed(store.layout.build_toml, expected_definitions(every, store))
    write_if_changed(store.layout.build_toml, expected_definitions(every[:1], store))
    assert [found.uuid for found in read_definitions(store.layout.build_toml)] == [_uuid("Host")]


def test_a_broken_build_toml_is_written_again(units: dict[str, Unit], tmp_path: Path) -> None:
    store = _store(tmp_path, [units["host"]])
    store.layout.build_toml.parent.mkdir(parents=True)
    store.layout.build_toml.write_text("[broken")
    write_if_changed(store.layout.build_toml, expected_definitions([units["host"]], store))
    assert len(read_definitions(store.layout.build_toml)) == 1


@pytest.mark.parametrize(
    ("kind", "builder", "expected"),
    [
        (Kind.FUNCTION, "python3.12", "python"),
        (Kind.FUNCTION, "nodejs20.x", "nodejs"),
        (Kind.FUNCTION, "ruby3.3", "ruby"),
        (Kind.FUNCTION, "java21", None),
        (Kind.FUNCTION, "provided.al2023", None),
        (Kind.FUNCTION, None, None),
        (Kind.LAYER, "python3.12", "python"),
        (Kind.LAYER, "makefile", None),
    ],
)
def test_sam_builds_three_languages_incrementally(
    kind: Kind,
    builder: str | None,
    expected: str | None,
    make_unit: Callable[..., Unit],
    make_resource: Callable[..., Resource],
) -> None:
    metadata: ValueMapping = {"BuildMethod": builder} if kind is Kind.LAYER else {}
    workflow = incremental_workflow(make_unit(make_resource("Fn", kind=kind, runtime=builder, metadata=metadata)))
    assert (workflow.names[0] if workflow else None) == expected


@pytest.fixture
def source(tmp_path: Path) -> Path:
    directory = tmp_path / "src"
    directory.mkdir()
    (directory / "app.py").write_text("x")
    (directory / "requirements.txt").write_text("six")
    return directory


@pytest.fixture
def python_unit(make_unit: Callable[..., Unit], make_resource: Callable[..., Resource], source: Path) -> Unit:
    return make_unit(make_resource("Fn", runtime="python3.12", code=str(source)))


def test_both_hashes_stand_in_a_definition(python_unit: Unit, source: Path) -> None:
    hashes = sam_hashes(python_unit, source, None)
    completed = complete_definition(python_unit, {"source_hash": "", "manifest_hash": ""}, hashes)
    assert completed["source_hash"] == sam_source_hash(source)
    assert completed["manifest_hash"] == file_md5(source / "requirements.txt")


def test_hashes_that_sam_took_itself_are_kept(python_unit: Unit, source: Path) -> None:
    fields: ValueMapping = {"source_hash": "sam's", "manifest_hash": "sam's too"}
    completed = complete_definition(python_unit, fields, sam_hashes(python_unit, source, None))
    assert (completed["source_hash"], completed["manifest_hash"]) == ("sam's", "sam's too")


def test_the_hash_is_that_of_the_manifest_which_the_user_names(python_unit: Unit, source: Path, tmp_path: Path) -> None:
    manifest = tmp_path / "other.txt"
    manifest.write_text("other")
    assert sam_hashes(python_unit, source, manifest)["manifest_hash"] == file_md5(manifest)


def test_a_missing_manifest_has_an_empty_hash(python_unit: Unit, source: Path) -> None:
    (source / "requirements.txt").unlink()
    assert sam_hashes(python_unit, source, None)["manifest_hash"] == ""


def test_only_what_sam_builds_incrementally_has_a_manifest(make_unit: Callable[..., Unit], source: Path) -> None:
    assert sam_hashes(make_unit("Fn"), source, None) == {"source_hash": sam_source_hash(source)}


@pytest.mark.parametrize("name", [b"link", b"not-utf8-\xff"])
def test_sources_that_sam_cannot_hash_have_no_hash(
    name: bytes, make_unit: Callable[..., Unit], python_unit: Unit, source: Path
) -> None:
    try:
        os.symlink(b"nowhere" if name == b"link" else b"requirements.txt", os.fsencode(source) + b"/" + name)
    except OSError:
        pytest.skip("names are unicode on this file system")
    hashes = sam_hashes(python_unit, source, None)
    assert set(hashes) == {"manifest_hash"}
    assert is_cacheable(python_unit, hashes)  # by the manifest
    in_container = make_unit(python_unit.first, build_type=BuildType.CONTAINER)
    assert not is_cacheable(in_container, hashes)
    assert is_cacheable(in_container, {**hashes, "source_hash": "1"})
    assert not is_cacheable(make_unit("Fn"), {})


def test_an_image_has_no_hash(units: dict[str, Unit], source: Path) -> None:
    assert sam_hashes(units["image"], source, None) == {}


def test_a_definition_of_sams_is_not_changed_in_place(python_unit: Unit, source: Path) -> None:
    fields: ValueMapping = {"env_vars": {"A": "b"}}
    complete_definition(python_unit, fields, sam_hashes(python_unit, source, None))
    assert fields == {"env_vars": {"A": "b"}}


def _built(store: Store, unit: Unit, files: dict[str, str], *, deps: dict[str, str] | None = None) -> Path:
    """An artifact, and its dependencies, as they lie after sam has run."""
    finished = store.layout.finished(unit)
    for directory, content in (("artifact", files), ("deps", deps or {})):
        for name, text in content.items():
            path = finished / directory / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
    digests = {directory: tree_digest(finished / directory) for directory in os.listdir(finished)}
    store.records[unit.name] = Record({}, digests["artifact"], "", _uuid(unit.name), deps=digests.get("deps", ""))
    return finished / "artifact"


def _names(directory: Path) -> set[str]:
    return set(os.listdir(directory))


@pytest.mark.parametrize("names", [["Fn"], ["Fn", "Twin"]], ids=["one function", "two functions"])
def test_cache_is_filled_from_a_waiting_artifact(
    names: list[str], make_unit: Callable[..., Unit], make_resource: Callable[..., Resource], tmp_path: Path
) -> None:
    """The artifact of one function alone stays where it is: it moves to the build dir."""
    source = tmp_path / "src"
    source.mkdir()
    unit = make_unit(*(make_resource(name, runtime="python3.12", code=str(source)) for name in names))
    store = Store.open(_layout(tmp_path))
    waiting = _built(store, unit, {"app.py": "x", "six.py": "six"}, deps={"six.py": "six"})
    cached = store.layout.cache_dir / _uuid("Fn")
    fill_cache(unit, store, store.layout, source)
    assert _names(cached) == {"app.py", "six.py"}
    assert _names(store.layout.deps_dir / _uuid("Fn")) == {"six.py"}
    assert waiting.exists() == (names == ["Fn"])
    assert store.find_artifact(unit) == (waiting if waiting.exists() else cached)


def test_dependencies_not_kept_apart_are_found_in_the_artifact(python_unit: Unit, source: Path, tmp_path: Path) -> None:
    store = Store.open(_layout(tmp_path))
    _built(store, python_unit, {"app.py": "x", "requirements.txt": "six", "six.py": "six", "pkg/a.py": "a"})
    fill_cache(python_unit, store, store.layout, source)
    deps = store.layout.deps_dir / _uuid("Fn")
    assert _names(deps) == {"six.py", "pkg"}
    assert (deps / "pkg" / "a.py").read_text() == "a"


def test_a_directory_may_hold_source_and_dependencies(python_unit: Unit, source: Path, tmp_path: Path) -> None:
    (source / "google").mkdir()
    (source / "google" / "own.py").write_text("own")
    store = Store.open(_layout(tmp_path))
    artifact = {"app.py": "x", "requirements.txt": "six", "google/own.py": "own", "google/api/a.py": "a"}
    _built(store, python_unit, artifact)
    fill_cache(python_unit, store, store.layout, source)
    deps = store.layout.deps_dir / _uuid("Fn")
    assert _names(deps) == {"google"}
    assert _names(deps / "google") == {"api"}


def test_dependencies_that_a_source_covers_are_not_made_up(python_unit: Unit, source: Path, tmp_path: Path) -> None:
    (source / "six.py").write_text("own")
    store = Store.open(_layout(tmp_path))
    downloaded = {"six.py": "six", "attr.py": "attr"}
    artifact = {"app.py": "x", "requirements.txt": "six", **downloaded, "six.py": "own"}
    finished = _built(store, python_unit, artifact, deps=downloaded).parent
    known = replace(store.records["Fn"], deps=tree_digest(finished / "deps"))
    store.records["Fn"] = known
    (finished / "deps" / "attr.py").write_text("altered")
    fill_cache(python_unit, store, store.layout, source)
    assert not (store.layout.deps_dir / _uuid("Fn")).exists()
    assert store.records["Fn"].deps == ""


@pytest.mark.parametrize("listed", ["six.py", "six-1.data/purelib/six.py"])
def test_covered_dependencies_are_not_taken_from_a_container(
    listed: str, python_unit: Unit, source: Path, tmp_path: Path
) -> None:
    (source / "six.py").write_text("own")
    store = Store.open(_layout(tmp_path))
    record = f"{listed},sha256=abc,3\nsix-1.dist-info/RECORD,,\n"
    artifact = {"app.py": "x", "requirements.txt": "six", "six.py": "own", "six-1.dist-info/RECORD": record}
    _built(store, python_unit, artifact)
    store.records["Fn"] = replace(store.records["Fn"], deps="")
    fill_cache(python_unit, store, store.layout, source)
    assert (store.layout.cache_dir / _uuid("Fn")).exists()
    assert not (store.layout.deps_dir / _uuid("Fn")).exists()
    assert store.records["Fn"].deps == ""


def test_uncovered_dependencies_are_known_by_their_listing(python_unit: Unit, source: Path, tmp_path: Path) -> None:
    store = Store.open(_layout(tmp_path))
    record = "six.py,sha256=abc,3\nsix-1.dist-info/RECORD,,\n"
    _built(
        store,
        python_unit,
        {"app.py": "x", "requirements.txt": "six", "six.py": "six", "six-1.dist-info/RECORD": record},
    )
    fill_cache(python_unit, store, store.layout, source)
    assert _names(store.layout.deps_dir / _uuid("Fn")) == {"six.py", "six-1.dist-info"}


def test_the_dependencies_of_a_layer_are_taken_from_its_folder(
    make_unit: Callable[..., Unit], make_resource: Callable[..., Resource], source: Path, tmp_path: Path
) -> None:
    unit = make_unit(make_resource("Layer", kind=Kind.LAYER, metadata={"BuildMethod": "python3.12"}))
    store = Store.open(_layout(tmp_path))
    _built(store, unit, {"python/app.py": "x", "python/six.py": "six"})
    fill_cache(unit, store, store.layout, source)
    assert _names(store.layout.deps_dir / _uuid("Layer")) == {"six.py"}


def test_a_unit_without_a_manifest_has_no_dependencies(python_unit: Unit, source: Path, tmp_path: Path) -> None:
    store = Store.open(_layout(tmp_path))
    _built(store, python_unit, {"app.py": "x", "six.py": "six"}, deps={"six.py": "six"})
    store.records["Fn"] = replace(store.records["Fn"], definition={"manifest_hash": ""})
    fill_cache(python_unit, store, store.layout, source)
    assert not (store.layout.deps_dir / _uuid("Fn")).exists()
    assert store.records["Fn"].deps == ""


def test_a_unit_that_sam_builds_whole_has_no_dependencies(
    make_unit: Callable[..., Unit], source: Path, tmp_path: Path
) -> None:
    unit = make_unit("Fn")
    store = Store.open(_layout(tmp_path))
    _built(store, unit, {"bootstrap": "x"})
    fill_cache(unit, store, store.layout, source)
    assert not store.layout.deps_dir.exists()


def test_a_cache_that_sam_emptied_is_filled_from_the_build_dir(python_unit: Unit, source: Path, tmp_path: Path) -> None:
    store = Store.open(_layout(tmp_path))
    built = _built(store, python_unit, {"app.py": "x"})
    place = store.layout.artifact(python_unit.first)
    place.parent.mkdir(parents=True)
    built.rename(place)
    cached = store.layout.cache_dir / _uuid("Fn")
    fill_cache(python_unit, store, store.layout, source)
    assert tree_digest(cached) == tree_digest(place)
    assert not (cached / "app.py").samefile(place / "app.py")


def test_an_altered_cache_is_put_right(python_unit: Unit, source: Path, tmp_path: Path) -> None:
    store = Store.open(_layout(tmp_path))
    built = _built(store, python_unit, {"app.py": "x"})
    cached = store.layout.cache_dir / _uuid("Fn")
    cached.mkdir(parents=True)
    (cached / "other.py").touch()
    digest = tree_digest(built)
    fill_cache(python_unit, store, store.layout, source)
    assert tree_digest(cached) == digest


def test_altered_dependencies_are_not_left_as_they_are(python_unit: Unit, source: Path, tmp_path: Path) -> None:
    """A bare sam fills deps/ for another manifest under the same uuid."""
    layout = _layout(tmp_path)
    store = Store.open(layout)
    _built(store, python_unit, {"app.py": "x", "six.py": "six"}, deps={"six.py": "six"})
    record = store.records["Fn"]
    fill_cache(python_unit, store, layout, source)
    (layout.deps_dir / _uuid("Fn") / "six.py").unlink()
    (layout.deps_dir / _uuid("Fn") / "other.py").touch()
    later = Store.open(layout)
    later.records["Fn"] = record
    fill_cache(python_unit, later, layout, source)
    deps = layout.deps_dir / _uuid("Fn")
    assert not deps.exists() or _names(deps) == {"six.py"}


def test_filling_twice_changes_nothing(python_unit: Unit, source: Path, tmp_path: Path) -> None:
    store = Store.open(_layout(tmp_path))
    _built(store, python_unit, {"app.py": "x", "six.py": "six"})
    fill_cache(python_unit, store, store.layout, source)
    before = {path: path.lstat().st_ino for path in (tmp_path / ".aws-sam").rglob("*")}
    fill_cache(python_unit, store, store.layout, source)
    assert {path: path.lstat().st_ino for path in (tmp_path / ".aws-sam").rglob("*")} == before


def test_a_cache_on_another_file_system_is_filled_too(
    python_unit: Unit, source: Path, tmp_path: Path, another_device: Path
) -> None:
    layout = Layout(tmp_path, tmp_path / ".aws-sam" / "build", another_device / "cache")
    store = Store.open(layout)
    digest = tree_digest(_built(store, python_unit, {"app.py": "x"}))
    cached = layout.cache_dir / _uuid("Fn")
    fill_cache(python_unit, store, layout, source)
    assert tree_digest(cached) == digest


SHARED = {"app.py": "x", "pkg/data": "y", "six.py": "six", "lib/dep.py": "dep"}
DEPENDENCIES = {"six.py": "six", "lib/dep.py": "dep"}


def _put_in_place(unit: Unit, project: Path, files: dict[str, str], deps: dict[str, str]) -> tuple[Path, Path, Path]:
    """A build in place, its room shared: where it lies in the build dir, in the cache, and its dependencies."""
    store = Store.open(_layout(project))
    _built(store, unit, files, deps=deps)
    cached = store.layout.cache_dir / _uuid(unit.name)
    fill_cache(unit, store, store.layout, Path(unit.first.code or ""))
    for resource in unit.resources:
        copy_tree(cached, store.layout.artifact(resource))
    share_disk_space(unit, store.records[unit.name], store.layout)
    return store.layout.artifact(unit.first), cached, store.layout.deps_dir / _uuid(unit.name)


def _shared(one: Path, other: Path) -> set[str]:
    """The files that two trees share."""
    found = {path.relative_to(one).as_posix() for path in one.rglob("*") if path.is_file()}
    return {name for name in found if (other / name).exists() and (one / name).samefile(other / name)}


def test_cache_shares_files_with_deps_and_the_build_dir(python_unit: Unit, tmp_path: Path) -> None:
    built, cached, deps = _put_in_place(python_unit, tmp_path, SHARED, DEPENDENCIES)
    assert _shared(cached, deps) == DEPENDENCIES.keys()
    assert _shared(cached, built) == SHARED.keys() - DEPENDENCIES.keys()
    assert _shared(built, deps) == set()
    assert tree_digest(cached) == tree_digest(built)
    assert _names(cached.parent) == {cached.name}


def test_source_file_is_not_taken_for_the_dependency_it_replaces(python_unit: Unit, tmp_path: Path) -> None:
    built, cached, deps = _put_in_place(python_unit, tmp_path, {"six.py": "own", "lib/dep.py": "dep"}, DEPENDENCIES)
    assert _shared(cached, deps) == {"lib/dep.py"}
    assert _shared(cached, built) == {"six.py"}
    assert (deps / "six.py").read_text() == "six"


def test_functions_of_one_unit_share_no_file(
    make_unit: Callable[..., Unit], make_resource: Callable[..., Resource], source: Path, tmp_path: Path
) -> None:
    unit = make_unit(*(make_resource(name, runtime="python3.12", code=str(source)) for name in ("One", "Two")))
    built, cached, _ = _put_in_place(unit, tmp_path, SHARED, DEPENDENCIES)
    other = built.with_name("Two")
    assert _shared(other, built) == set()
    assert _shared(other, cached) == set()


def test_the_dependencies_of_a_layer_are_shared_from_its_folder(
    make_unit: Callable[..., Unit], make_resource: Callable[..., Resource], source: Path, tmp_path: Path
) -> None:
    metadata: ValueMapping = {"BuildMethod": "python3.12"}
    unit = make_unit(make_resource("Layer", kind=Kind.LAYER, metadata=metadata, code=str(source)))
    files = {f"python/{name}": text for name, text in SHARED.items()}
    built, cached, deps = _put_in_place(unit, tmp_path, files, DEPENDENCIES)
    assert _shared(cached / "python", deps) == DEPENDENCIES.keys()
    assert _shared(cached, built) == {"python/app.py", "python/pkg/data"}
    assert _names(cached) == {"python"}


def test_the_build_dir_of_a_unit_from_a_container_shares_nothing(
    make_unit: Callable[..., Unit], python_unit: Unit, tmp_path: Path
) -> None:
    """sam reads its cache as a whole."""
    unit = make_unit(python_unit.first, build_type=BuildType.CONTAINER)
    built, cached, deps = _put_in_place(unit, tmp_path, SHARED, DEPENDENCIES)
    assert _shared(built, cached) == set()
    assert _shared(cached, deps) == DEPENDENCIES.keys()


def test_a_unit_that_sam_builds_whole_shares_nothing(
    make_unit: Callable[..., Unit], make_resource: Callable[..., Resource], source: Path, tmp_path: Path
) -> None:
    built, cached, _ = _put_in_place(make_unit(make_resource("Go", code=str(source))), tmp_path, {"bootstrap": "x"}, {})
    assert _shared(built, cached) == set()


def test_room_that_was_copied_apart_is_shared_again(python_unit: Unit, tmp_path: Path) -> None:
    """A backup or another machine makes a file of each name."""
    built, cached, deps = _put_in_place(python_unit, tmp_path, SHARED, DEPENDENCIES)
    for place in (built, cached, deps):
        copy_tree(place, tmp_path / "apart")
        remove_tree(place)
        (tmp_path / "apart").rename(place)
    assert not _shared(cached, deps)
    share_disk_space(python_unit, Record({}, "", "", _uuid("Fn")), _layout(tmp_path))
    assert _shared(cached, deps) == DEPENDENCIES.keys()
    assert _shared(cached, built) == SHARED.keys() - DEPENDENCIES.keys()


def test_only_directories_of_removed_definitions_are_removed(tmp_path: Path) -> None:
    layout = _layout(tmp_path)
    kept, gone = _uuid("kept"), _uuid("gone")
    for directory in (layout.cache_dir, layout.deps_dir):
        for name in (kept, gone, "not-a-uuid"):
            (directory / name).mkdir(parents=True)
        (directory / _uuid("file")).touch()
        (directory / f".{kept}.samix").mkdir()
        (directory / f".{gone}.link").touch()
        (directory / ".not-a-uuid").touch()
    prune(layout, {kept})
    for directory in (layout.cache_dir, layout.deps_dir):
        assert _names(directory) == {kept, "not-a-uuid", ".not-a-uuid", _uuid("file")}


def test_there_may_be_nothing_to_remove(tmp_path: Path) -> None:
    prune(_layout(tmp_path), [])
    assert not (tmp_path / ".aws-sam").exists()
