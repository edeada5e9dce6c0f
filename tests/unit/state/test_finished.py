"""What waits for a whole build to be put in place, and its tree for sam's cache."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import pytest

from samix.files.copies import tree_digest
from samix.options.build_type import BuildType
from samix.state.finished import keep_finished, prepare_cache
from samix.state.layout import Layout
from samix.state.store import Store
from samix.template.resources import Kind, Resource

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from samix.state.finished import Finished
    from samix.units.unit import Unit

FILES = {"app.py": "x", "pkg/data": "y", "six.py": "six", "lib/dep.py": "dep", "tool": "run"}
DEPENDENCIES = {"six.py": "six", "lib/dep.py": "dep"}


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store.open(Layout(tmp_path, tmp_path / ".aws-sam" / "build", tmp_path / ".aws-sam" / "cache"))


@pytest.fixture
def unit(make_unit: Callable[..., Unit], make_resource: Callable[..., Resource]) -> Unit:
    return make_unit(make_resource(runtime="python3.12"))


def _tree(root: Path, files: Mapping[str, str]) -> Path:
    root.mkdir(parents=True)
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(0o755 if name.endswith("tool") else 0o644)
    (root / "link").symlink_to("app.py")
    (root / "empty").mkdir(mode=0o700)
    return root


def _keep(
    unit: Unit,
    store: Store,
    files: Mapping[str, str] = FILES,
    deps: Mapping[str, str] | None = None,
    *,
    source: Path | None = None,
    has_manifest: bool = True,
) -> Finished:
    """Keep what sam left, and make what will lie in its cache."""
    work = store.layout.project / "work"
    artifact, installed = _tree(work / "Fn", files), _tree(work / "deps", deps) if deps else None
    finished = keep_finished(unit, artifact, installed, store)
    return prepare_cache(unit, finished, {} if has_manifest else {"manifest_hash": ""}, source, store)


def _shared(one: Path, other: Path) -> set[str]:
    """The files that two trees share."""
    found = {path.relative_to(one).as_posix() for path in one.rglob("*") if path.is_file() and not path.is_symlink()}
    return {name for name in found if (other / name).exists() and (one / name).samefile(other / name)}


def _places(unit: Unit, store: Store) -> tuple[Path, Path, Path]:
    layout = store.layout
    return layout.finished_artifact(unit), layout.finished_cache(unit), layout.finished_deps(unit)


def test_what_sam_left_waits_and_is_known(unit: Unit, store: Store) -> None:
    finished = _keep(unit, store, deps=DEPENDENCIES)
    artifact, cached, deps = _places(unit, store)
    assert tree_digest(artifact) == tree_digest(cached) == finished.artifact
    assert tree_digest(deps) == finished.deps
    assert not any((store.layout.project / "work").iterdir())
    for place in (artifact, cached, deps):  # nothing is read for that
        (place / "new").touch()
    assert store.holds(artifact, finished.artifact)
    assert store.holds(cached, finished.artifact)
    assert store.holds(deps, finished.deps)


def test_cache_links_to_dependencies_else_to_the_artifact(unit: Unit, store: Store) -> None:
    files = {**FILES, "other.py": "dep", "changed.py": "own", "mode.py": "same"}
    _keep(unit, store, files, {**DEPENDENCIES, "changed.py": "installed", "mode.py": "same", "missing.py": "dep"})
    artifact, cached, deps = _places(unit, store)
    same = {*DEPENDENCIES, "mode.py"}
    assert _shared(cached, deps) == same
    assert _shared(cached, artifact) == files.keys() - same
    assert _shared(artifact, deps) == set()
    assert not store.is_apart(cached)


def test_file_with_another_mode_is_not_that_of_the_dependencies(unit: Unit, store: Store) -> None:
    work = store.layout.project / "work"
    artifact, installed = _tree(work / "Fn", {"six.py": "six"}), _tree(work / "deps", {"six.py": "six"})
    (installed / "six.py").chmod(0o600)
    prepare_cache(unit, keep_finished(unit, artifact, installed, store), {}, None, store)
    artifact, cached, deps = _places(unit, store)
    assert _shared(cached, deps) == set()
    assert _shared(cached, artifact) == {"six.py"}


def test_a_layer_has_its_dependencies_in_a_folder(
    make_unit: Callable[..., Unit], make_resource: Callable[..., Resource], store: Store
) -> None:
    unit = make_unit(make_resource("Layer", kind=Kind.LAYER, metadata={"BuildMethod": "python3.12"}))
    _keep(unit, store, {"python/six.py": "six", "python/app.py": "x", "six.py": "six"}, {"six.py": "six"})
    artifact, cached, deps = _places(unit, store)
    assert _shared(cached / "python", deps) == {"six.py"}
    assert _shared(cached, artifact) == {"python/app.py", "six.py"}


def test_without_a_manifest_there_are_no_dependencies_to_share(unit: Unit, store: Store) -> None:
    _keep(unit, store, deps=DEPENDENCIES, has_manifest=False)
    artifact, cached, _ = _places(unit, store)
    assert _shared(cached, artifact) == FILES.keys()


@pytest.mark.parametrize("case", ["container", "built whole"])
def test_what_shares_nothing_with_the_build_dir_is_copied(
    case: str, unit: Unit, make_unit: Callable[..., Unit], store: Store
) -> None:
    unit = make_unit("Fn") if case == "built whole" else make_unit(unit.first, build_type=BuildType.CONTAINER)
    finished = _keep(unit, store)
    artifact, cached, _ = _places(unit, store)
    assert tree_digest(cached) == finished.artifact
    assert _shared(cached, artifact) == set()


@pytest.mark.parametrize("build_type", BuildType)
def test_dependencies_that_sam_left_in_the_artifact_are_copied(
    build_type: BuildType, unit: Unit, make_unit: Callable[..., Unit], store: Store, tmp_path: Path
) -> None:
    """The build dir shares no file with them, in containers none at all."""
    source = tmp_path / "src"
    for name in ("app.py", "pkg/data"):
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        (source / name).touch()
    unit = make_unit(unit.first, build_type=build_type)
    finished = _keep(unit, store, {**FILES, "pkg/more": "z"}, source=source)
    artifact, cached, deps = _places(unit, store)
    found = {"six.py", "lib/dep.py", "tool", "pkg/more"}
    assert tree_digest(cached) == tree_digest(artifact) == finished.artifact
    assert tree_digest(deps) == finished.deps
    assert _shared(cached, deps) == found
    assert _shared(artifact, deps) == set()
    assert _shared(cached, artifact) == (set() if unit.in_container else FILES.keys() - found)
    assert os.readlink(deps / "link") == "app.py"


def test_dependencies_that_a_source_covers_are_not_found(unit: Unit, store: Store, tmp_path: Path) -> None:
    source = tmp_path / "src"
    source.mkdir()
    (source / "six.py").touch()
    files = {"six.py": "own", "six-1.dist-info/RECORD": "six.py,sha256=abc,3\n"}
    finished = _keep(unit, store, files, source=source)
    artifact, cached, deps = _places(unit, store)
    assert (finished.deps, deps.exists()) == ("", False)
    assert _shared(cached, artifact) == files.keys()


def test_artifact_of_several_functions_is_left_for_later(
    unit: Unit, make_unit: Callable[..., Unit], make_resource: Callable[..., Resource], store: Store
) -> None:
    several = make_unit(unit.first, make_resource("Twin", runtime="python3.12"))
    _keep(several, store, deps=DEPENDENCIES)
    assert not store.layout.finished_cache(several).exists()


def _refuse(*_arguments: object, **_options: object) -> NoReturn:
    raise OSError(errno.EPERM, "no links here")


def test_files_that_cannot_be_linked_are_copied(unit: Unit, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "link", _refuse)
    finished = _keep(unit, store, deps=DEPENDENCIES)
    artifact, cached, deps = _places(unit, store)
    assert tree_digest(cached) == finished.artifact
    assert _shared(cached, artifact) == _shared(cached, deps) == set()


def test_cache_that_cannot_be_made_is_left_for_later(unit: Unit, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "link", _refuse)
    monkeypatch.setattr("samix.state.finished.Copier.__call__", _refuse)
    finished = _keep(unit, store, deps=DEPENDENCIES)
    artifact, cached, _ = _places(unit, store)
    assert not cached.exists()
    assert not store.holds(cached, finished.artifact)
    assert store.holds(artifact, finished.artifact)


def test_what_was_kept_before_goes(unit: Unit, store: Store) -> None:
    before = _keep(unit, store, deps=DEPENDENCIES)
    now = _keep(unit, store, {"app.py": "new"}, has_manifest=False)
    artifact, cached, deps = _places(unit, store)
    assert (artifact / "app.py").read_text() == (cached / "app.py").read_text() == "new"
    assert not deps.exists()
    assert not store.holds(deps, before.deps)
    assert store.holds(cached, now.artifact)
