"""Where everything lies."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samix.messages.errors import TemplateError
from samix.state.layout import Layout, slug
from samix.template.artifact import relative_artifact

if TYPE_CHECKING:
    from collections.abc import Callable

    from samix.template.resources import Resource
    from samix.units.unit import Unit


def test_own_files_lie_below_the_own_directory(make_unit: Callable[..., Unit]) -> None:
    layout = Layout(Path("/app"), Path("/out/build"), Path("/cache"))
    unit = make_unit("Child/Fn")
    own = Path("/app/.aws-sam/samix")
    for path in (
        layout.state_file,
        layout.lock_file,
        layout.workspaces,
        layout.finished(unit),
        layout.log(unit),
    ):
        assert own in path.parents


def test_sams_files_lie_where_sam_looks() -> None:
    layout = Layout(Path("/app"), Path("/out/build"), Path("/cache"))
    assert layout.build_toml == Path("/out/build.toml")
    assert layout.deps_dir == Path("/app/.aws-sam/deps")


def test_what_stands_for_the_build_dir_lies_as_deep_as_sams_own() -> None:
    """Wherever the build dir is: that is sam's default, by which people write their paths."""
    layout = Layout(Path("/app"), Path("/out/build"), Path("/cache"))
    assert layout.stand_in("1") == Path("/app/.aws-sam/samix-unit.1")
    assert layout.stand_in("1").parent == Path("/app/.aws-sam/build").parent
    assert layout.stand_in("1") != layout.stand_in("2")


def test_workspaces_that_were_left_are_found_and_nothing_else(tmp_path: Path) -> None:
    layout = Layout(tmp_path, tmp_path / ".aws-sam" / "build", tmp_path / ".aws-sam" / "cache")
    stand_ins = {layout.stand_in("abcd_123"), layout.stand_in("00000000")}
    left = [layout.workspaces / "Fn.abcd_123", *(place / "Child" for place in stand_ins)]
    others = [layout.logs, layout.build_dir, layout.cache_dir, layout.deps_dir]
    others += [
        layout.build_dir.with_name(name) for name in ("samix2", "samix-mine", "samix-mine.txt", "samix-prod.20240601")
    ]
    for directory in (*left, *others):
        directory.mkdir(parents=True)
    for place in stand_ins:
        place.chmod(0o700)
    assert set(layout.stray_workspaces) == {layout.workspaces, *stand_ins}
    assert {layout.workspaces, *stand_ins} <= set(layout.leftovers)
    assert not set(others) & set(layout.leftovers)


def test_a_project_without_a_build_has_no_stray_workspaces(tmp_path: Path) -> None:
    layout = Layout(tmp_path, tmp_path / ".aws-sam" / "build", tmp_path / ".aws-sam" / "cache")
    assert [path for path in layout.stray_workspaces if path.exists()] == []


@pytest.mark.parametrize("directory", ["samix-chosen", "samix-chosen.abcd1234"])
@pytest.mark.parametrize("name", ["build_dir", "cache_dir"])
def test_no_directory_of_the_users_is_a_stray_workspace(name: str, directory: str, tmp_path: Path) -> None:
    chosen = tmp_path / ".aws-sam" / directory
    places = {"build_dir": tmp_path / ".aws-sam" / "build", "cache_dir": tmp_path / ".aws-sam" / "cache"}
    layout = Layout(tmp_path, **{**places, name: chosen})
    chosen.mkdir(parents=True)
    assert chosen not in layout.stray_workspaces
    assert chosen not in layout.leftovers


@given(names=st.lists(st.text(min_size=1, max_size=12), unique=True, max_size=6))
def test_names_become_different_file_names(names: list[str]) -> None:
    slugs = [slug(name) for name in names]
    assert len(set(slugs)) == len(names)
    for text in slugs:
        assert Path("/a", text).parent == Path("/a")
        assert text.isascii()
        assert text not in {"", ".", ".."}
        assert len(text) < 100


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("a/b", "a-b"),
        ("a/b", slug("a/b")),
        ("x" * 200 + "a", "x" * 200 + "b"),
    ],
    ids=["slash and hyphen", "a name that looks like another's file name", "long"],
)
def test_names_that_look_alike_become_different_file_names(one: str, other: str) -> None:
    assert slug(one) != slug(other)


def test_a_logical_id_is_its_own_file_name() -> None:
    assert slug("NativeLayer2") == "NativeLayer2"


@pytest.mark.parametrize(("full_path", "expected"), [("Fn", "Fn"), ("Child/Fn", "Child/Fn"), ("A/B/Fn", "A/B/Fn")])
def test_an_artifact_lies_below_its_stack(
    full_path: str, expected: str, make_resource: Callable[..., Resource], tmp_path: Path
) -> None:
    layout = Layout(tmp_path, tmp_path / "build", tmp_path / "cache")
    assert layout.artifact(make_resource(full_path)) == tmp_path / "build" / expected


@pytest.mark.parametrize("full_path", ["../Fn", "a/../../Fn", "/etc/Fn", "..", ".", ""])
def test_a_name_that_leads_out_of_its_place_is_refused(full_path: str, make_resource: Callable[..., Resource]) -> None:
    with pytest.raises(TemplateError, match="cannot be the name of a directory"):
        relative_artifact(make_resource(full_path))


def test_next_build_dir_is_on_the_file_system_of_the_present_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    outside = tmp_path / "outside" / "build"
    layout = Layout(tmp_path / "app", outside, tmp_path / "cache")
    assert layout.staging == layout.root / "staging"
    devices = {True: 1, False: 2}
    monkeypatch.setattr("samix.state.layout._device", lambda path: devices[tmp_path / "app" in path.parents])
    assert layout.staging.parent == layout.replaced.parent == outside.parent
    assert len({layout.staging, layout.replaced, outside}) == 3


def test_leftovers_are_a_projects_own_for_any_build_dir_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    layout = Layout(tmp_path / "app", tmp_path / "out" / "build[12]", tmp_path / "cache")
    monkeypatch.setattr("samix.state.layout._device", lambda path: tmp_path / "app" in path.parents)
    own = [layout.staging, layout.staging.with_name(f"{layout.staging.name}.old"), layout.fresh, layout.gone]
    others = layout.staging.with_name(".build1.samix-staging")
    half_written = layout.build_toml.with_name(".build.toml.17.tmp")
    for directory in (*own, others, layout.replaced):
        directory.mkdir(parents=True)
    half_written.touch()
    assert {path for path in layout.leftovers if path.exists()} == {*own, half_written}
