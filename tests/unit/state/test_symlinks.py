"""Links in the place of `.aws-sam` and of what is in it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from samix.messages.errors import StateError
from samix.state.layout import Layout
from samix.state.symlinks import check_links, remove_links

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def away(tmp_path: Path) -> Path:
    """A directory with something of the user's, which no build may touch."""
    place = tmp_path / "away"
    place.mkdir()
    (place / "mine.txt").write_text("mine")
    (place / "template.yaml").write_text("Resources: {}\n")
    return place


def check(project: Path) -> None:
    sam = project / ".aws-sam"
    check_links(Layout(project, sam / "build", sam / "cache"))


@pytest.mark.parametrize("name", [".aws-sam", ".aws-sam/build", ".aws-sam/samix"])
def test_a_link_to_something_of_the_users_is_refused(name: str, tmp_path: Path, away: Path) -> None:
    link = tmp_path / "project" / name
    link.parent.mkdir(parents=True)
    link.symlink_to(away)
    with pytest.raises(StateError, match=f"{link} .*link|{link} leads to {away}"):
        check(tmp_path / "project")


@pytest.mark.parametrize("name", [".aws-sam", ".aws-sam/build"])
@pytest.mark.parametrize("there", ["nothing", "an empty directory", "an empty volume", "a file"])
def test_a_link_to_a_place_of_its_own_is_followed(name: str, there: str, tmp_path: Path) -> None:
    link, place = tmp_path / "project" / name, tmp_path / "place"
    link.parent.mkdir(parents=True)
    link.symlink_to(place)
    if there == "a file":
        place.touch()
    elif there == "an empty directory":
        place.mkdir()
    elif there == "an empty volume":
        (place / "lost+found").mkdir(parents=True)
    check(tmp_path / "project")


@pytest.mark.parametrize("known", ["samix/lock", "samix/state.json", "build.toml"])
def test_a_link_to_where_a_build_was_made_is_followed(known: str, tmp_path: Path, away: Path) -> None:
    (tmp_path / "project").mkdir()
    (tmp_path / "project" / ".aws-sam").symlink_to(away)
    (away / known).mkdir(parents=True)
    check(tmp_path / "project")


def test_a_directory_called_samix_is_no_sign_of_a_build(tmp_path: Path, away: Path) -> None:
    (tmp_path / "project").mkdir()
    (tmp_path / "project" / ".aws-sam").symlink_to(away)
    (away / "samix").mkdir()
    with pytest.raises(StateError, match="neither sam nor samix has ever worked there"):
        check(tmp_path / "project")


def test_links_in_samixs_directory_go_and_their_targets_stay(tmp_path: Path, away: Path) -> None:
    layout = Layout(tmp_path, tmp_path / ".aws-sam" / "build", tmp_path / ".aws-sam" / "cache")
    layout.all_finished.mkdir(parents=True)
    (layout.all_finished / "Own").mkdir()
    layout.sets.mkdir()
    links = [layout.logs, layout.workspaces, layout.all_finished / "Fn", layout.sets / "key"]
    for link in links:
        link.symlink_to(away)
    remove_links(layout)
    assert not any(map(os.path.lexists, links))
    assert (layout.all_finished / "Own").is_dir()
    assert (away / "mine.txt").read_text() == "mine"


def test_no_link_is_removed_without_a_directory_of_samix(tmp_path: Path) -> None:
    remove_links(Layout(tmp_path, tmp_path / ".aws-sam" / "build", tmp_path / ".aws-sam" / "cache"))


def test_a_link_to_a_build_is_followed(tmp_path: Path, away: Path) -> None:
    (tmp_path / "project" / ".aws-sam").mkdir(parents=True)
    (tmp_path / "project" / ".aws-sam" / "build").symlink_to(away)
    (away / "template.yaml").write_text("Resources:\n  Fn:\n    Metadata:\n      SamResourceId: Fn\n")
    check(tmp_path / "project")


def test_where_nothing_is_a_link_nothing_is_refused(tmp_path: Path) -> None:
    check(tmp_path)
    (tmp_path / ".aws-sam" / "build").mkdir(parents=True)
    (tmp_path / ".aws-sam" / "build" / "mine.txt").touch()
    check(tmp_path)
