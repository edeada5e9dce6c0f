"""Sets of dependencies on the disk."""

from __future__ import annotations

import json
import os
import time
from typing import TYPE_CHECKING

import pytest

from samix.files.copies import tree_digest
from samix.state.dependency_sets import DependencySet, DependencySets
from samix.state.store import Store

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from samix.state.layout import Layout

KEY = "0" * 32
DAY = 24 * 3600


@pytest.fixture
def deps(tmp_path: Path) -> Path:
    (tmp_path / "deps" / "lib").mkdir(parents=True)
    (tmp_path / "deps" / "lib" / "a.py").write_text("a")
    (tmp_path / "deps" / "link").symlink_to("lib")
    return tmp_path / "deps"


@pytest.fixture
def sets(tmp_path: Path) -> DependencySets:
    return DependencySets(tmp_path / "sets")


def test_a_set_is_found_as_it_was_kept(sets: DependencySets, deps: Path) -> None:
    known = DependencySet("digest", {".bin/a": "../a"}, is_pinned=True)
    sets.keep(KEY, deps, known)
    found = sets.find(KEY)
    assert found == DependencySet("digest", {".bin/a": "../a"}, is_pinned=True, size=1 + len("lib"))
    assert tree_digest(sets.place(KEY)) == tree_digest(deps)
    assert (sets.place(KEY) / "lib" / "a.py").samefile(deps / "lib" / "a.py")


def test_a_set_replaces_the_one_of_its_name(sets: DependencySets, deps: Path) -> None:
    sets.keep(KEY, deps, DependencySet("old"))
    (deps / "lib" / "b.py").write_text("b")
    sets.keep(KEY, deps, DependencySet("new"))
    found = sets.find(KEY)
    assert found
    assert found.digest == "new"
    assert tree_digest(sets.place(KEY)) == tree_digest(deps)


@pytest.mark.parametrize(
    "content",
    [None, "", "[]", "{}", '{"version": 0}', '{"version": 1, "digest": "d", "links": 5, "is_pinned": true, "size": 1}'],
)
def test_a_set_of_which_nothing_is_known_is_none(sets: DependencySets, deps: Path, content: str | None) -> None:
    sets.keep(KEY, deps, DependencySet("digest"))
    file = sets.root / KEY / "set.json"
    file.unlink() if content is None else file.write_text(content)
    assert sets.find(KEY) is None
    sets.prune({KEY})
    assert not sets.root.exists()


def _kept(sets: DependencySets, deps: Path, ages: dict[str, float], size: int = 0) -> None:
    """Sets that were used so many days ago, before the time `100 * DAY`."""
    for key, age in ages.items():
        sets.keep(key, deps, DependencySet("digest", is_pinned=True))
        file = sets.root / key / "set.json"
        if size:
            file.write_text(json.dumps({**json.loads(file.read_text()), "size": size}))
        os.utime(file, (0, (100 - age) * DAY))


def test_sets_that_no_unit_uses_are_kept_for_a_month(sets: DependencySets, deps: Path) -> None:
    _kept(sets, deps, {"new": 1, "old": 31, "used": 50})
    sets.prune({"used"}, now=100 * DAY)
    assert sorted(os.listdir(sets.root)) == ["new", "used"]


def test_a_set_does_not_age_while_it_is_used(sets: DependencySets, deps: Path) -> None:
    _kept(sets, deps, {"used": 50})
    sets.prune({"used"}, now=100 * DAY)
    sets.prune((), now=time.time() + DAY)
    assert os.listdir(sets.root) == ["used"]


def test_a_set_that_was_used_today_is_left_alone(sets: DependencySets, deps: Path) -> None:
    """A build that finds nothing to do must leave nothing young behind."""
    _kept(sets, deps, {"used": 0.5})
    before = (sets.root / "used" / "set.json").stat().st_mtime_ns
    sets.prune({"used"}, now=100 * DAY)
    assert (sets.root / "used" / "set.json").stat().st_mtime_ns == before


def test_of_sets_that_no_unit_uses_the_newest_are_kept(sets: DependencySets, deps: Path) -> None:
    _kept(sets, deps, {"third": 3, "used": 9, "first": 1, "second": 2}, size=900_000_000)
    sets.prune({"used"}, now=100 * DAY)
    assert sorted(os.listdir(sets.root)) == ["first", "second", "used"]


def test_a_set_that_was_used_is_as_new(sets: DependencySets, deps: Path) -> None:
    _kept(sets, deps, {"old": 31})
    sets.mark_used("old")
    sets.mark_used("missing")
    sets.prune(())
    assert os.listdir(sets.root) == ["old"]


def test_a_set_that_is_not_pinned_is_of_no_use_later(sets: DependencySets, deps: Path) -> None:
    sets.keep(KEY, deps, DependencySet("digest"))
    sets.prune({KEY})
    assert sets.find(KEY) is None


def _change(path: Path) -> None:
    path.write_text("b")


def _replace_by_link(path: Path) -> None:
    path.rename(path.with_name("elsewhere"))
    path.symlink_to(path.with_name("elsewhere"))


@pytest.mark.parametrize(
    ("name", "alter", "expected"),
    [
        ("", None, True),
        ("lib/a.py", _change, False),
        ("lib/a.py", os.unlink, False),
        ("link", os.unlink, False),
        ("lib", _replace_by_link, False),
        ("", _replace_by_link, False),
    ],
)
def test_a_set_that_something_altered_is_none(
    make_layout: Callable[..., Layout],
    tmp_path: Path,
    deps: Path,
    name: str,
    alter: Callable[[Path], None] | None,
    expected: bool,
) -> None:
    store = Store.open(make_layout(tmp_path))
    store.sets.keep(KEY, deps, DependencySet(tree_digest(deps)))
    if alter:
        alter(store.sets.place(KEY) / name if name else store.sets.place(KEY))
    assert bool(store.find_set(KEY)) is expected
    assert store.sets.find(KEY)
