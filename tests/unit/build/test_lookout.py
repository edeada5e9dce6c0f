"""What is noticed of what is written in places that matter to several units."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samix.build.lookout import Lookout, changes, look_at, shorten_paths
from samix.plan.places import Reach

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A place with a file, a directory, a link and a cache."""
    place = tmp_path / "place"
    (place / "sub" / "__pycache__").mkdir(parents=True)
    (place / "sub" / "file").write_text("one")
    (place / "sub" / "__pycache__" / "x.pyc").write_text("one")
    (tmp_path / "away").mkdir()
    (tmp_path / "away" / "file").write_text("one")
    (place / "sub" / "link").symlink_to("../../away")
    return place


def _let_the_clock_tick(place: Path) -> None:
    """A change from now on has another time stamp than all that is there."""
    latest = max(os.lstat(path).st_ctime_ns for path in (place, *place.rglob("*")))
    probe = place.parent / "probe"
    probe.touch()
    while os.lstat(probe).st_ctime_ns <= latest:
        os.utime(probe)


def _write(place: Path) -> None:
    (place / "sub" / "file").write_text("two")


def _write_the_same(place: Path) -> None:
    (place / "sub" / "file").write_text("one")


def _write_and_put_the_time_back(place: Path) -> None:
    status = os.lstat(place / "sub" / "file")
    _write(place)
    os.utime(place / "sub" / "file", ns=(status.st_atime_ns, status.st_mtime_ns))


def _replace(place: Path) -> None:
    shutil.copy2(place / "sub" / "file", place.parent / "copy")
    (place.parent / "copy").replace(place / "sub" / "file")


def _rename(place: Path) -> None:
    (place / "sub" / "file").rename(place / "sub" / "other")


def _come_and_go(place: Path) -> None:
    (place / "sub" / "new").mkdir()
    (place / "sub" / "new").rmdir()


def _write_and_remove(place: Path) -> None:
    (place / "sub" / "new").touch()
    (place / "sub" / "new").unlink()


def _point_elsewhere(place: Path) -> None:
    (place / "sub" / "link").unlink()
    (place / "sub" / "link").symlink_to("file")


def _make_a_directory_of_a_file(place: Path) -> None:
    (place / "sub" / "file").unlink()
    (place / "sub" / "file").mkdir()


def _make_a_tree(place: Path) -> None:
    (place / "a" / "b").mkdir(parents=True)
    (place / "a" / "b" / "c").touch()


def _make_caches(place: Path) -> None:
    for name in (".git", ".pytest_cache", ".gradle", "__pycache__", ".aws-sam"):
        (place / name).mkdir()
        (place / name / "file").touch()
    for name in ("x.pyc", ".file.swp", "file~"):
        (place / "sub" / name).touch()


def _make_a_cache_and_more(place: Path) -> None:
    _make_caches(place)
    (place / "sub" / "new").touch()


def _remove_a_cache(place: Path) -> None:
    shutil.rmtree(place / "sub" / "__pycache__")


ACTIONS: Mapping[str, tuple[Callable[[Path], object], set[str]]] = {
    "nothing": (lambda _: None, set()),
    "reading": (lambda place: (place / "sub" / "file").read_text(), set()),
    "write": (_write, {"sub/file"}),
    "write the same": (_write_the_same, {"sub/file"}),
    "write, and the time put back": (_write_and_put_the_time_back, {"sub/file"}),
    "touch": (lambda place: os.utime(place / "sub" / "file"), {"sub/file"}),
    "another mode": (lambda place: (place / "sub" / "file").chmod(0o700), {"sub/file"}),
    "replace": (_replace, {"sub", "sub/file"}),
    "rename": (_rename, {"sub", "sub/file", "sub/other"}),
    "add": (lambda place: (place / "sub" / "new").touch(), {"sub", "sub/new"}),
    "add a tree": (_make_a_tree, {"", "a", "a/b", "a/b/c"}),
    "remove": (lambda place: (place / "sub" / "file").unlink(), {"sub", "sub/file"}),
    "remove all": (shutil.rmtree, {"", "sub", "sub/file", "sub/link"}),
    "mkdir and rmdir": (_come_and_go, {"sub"}),
    "add and remove": (_write_and_remove, {"sub"}),
    "a directory for a file": (_make_a_directory_of_a_file, {"sub", "sub/file"}),
    "a link elsewhere": (_point_elsewhere, {"sub", "sub/link"}),
    "behind a link": (lambda place: (place.parent / "away" / "file").write_text("two"), set()),
    "caches come": (_make_caches, set()),
    "a cache goes": (_remove_a_cache, set()),
    "in a cache": (lambda place: (place / "sub" / "__pycache__" / "y.pyc").touch(), set()),
    "caches come with more": (_make_a_cache_and_more, {"sub", "sub/new"}),
}


@pytest.mark.parametrize(("act", "expected"), ACTIONS.values(), ids=ACTIONS)
def test_what_is_written_is_noticed(act: Callable[[Path], object], expected: set[str], place: Path) -> None:
    before = look_at([str(place)])
    _let_the_clock_tick(place)
    act(place)
    found = changes(before, look_at([str(place)]))
    assert {os.path.relpath(path, place).removeprefix(".") for path in found} == expected


def test_places_may_be_files_or_lie_in_each_other_or_not_be(place: Path) -> None:
    inner, missing = place / "sub" / "file", place / "missing"
    whole = look_at([str(place)])
    assert look_at([str(inner)]) == {str(inner): whole[str(inner)]}
    assert look_at([str(missing)]) == {}
    assert look_at([str(inner), str(place), str(missing)]) == whole
    assert look_at([]) == {}


def test_a_place_that_comes_is_noticed(place: Path) -> None:
    missing = place / "missing"
    before = look_at([str(missing)])
    missing.touch()
    assert changes(before, look_at([str(missing)])) == {str(missing)}


# who can meet whom


def test_units_that_can_meet_are_partners(place: Path) -> None:
    lib, sub = str(place / "sub"), str(place / "sub" / "file")
    lookout = Lookout.over({
        "A": Reach("/a", (lib,), runs_code=True),
        "B": Reach("/b", (sub,)),
        "C": Reach("/c", (lib,)),
        "D": Reach("/d", (), ("/elsewhere",), runs_code=True),
    })  # fmt: skip
    assert lookout.partners == {
        "A": {"B": frozenset({sub}), "C": frozenset({lib})},
        "B": {"A": frozenset({sub})},
        "C": {"A": frozenset({lib})},
    }
    assert [name for name in "ABCD" if lookout.watches(name)] == ["A", "B", "C"]


def test_a_unit_looks_where_it_can_meet_others(place: Path) -> None:
    sub = str(place / "sub" / "file")
    reach = Reach("/a", (str(place),), runs_code=True)
    lookout = Lookout.over({"A": reach, "B": Reach("/b", (sub,)), "C": Reach("/c")})
    assert lookout.look(["A"]) == lookout.look(["B"]) == lookout.look(["C", "A"]) == look_at([sub])
    assert lookout.look(["C"]) == lookout.look([]) == {}


def test_units_meet_in_what_matters_to_both() -> None:
    lookout = Lookout.over({
        "A": Reach("/p/a", ("/p/lib",), runs_code=True),
        "B": Reach("/p/b", ("/p/lib", "/p/a"), ("/p",), runs_code=True),
    })  # fmt: skip
    changed = ["/p/lib/y", "/p/other", "/p/lib/x", "/p/b/own", "/p/a/x"]
    assert (
        lookout.shared_changes("A", "B", changed)
        == lookout.shared_changes("B", "A", changed)
        == ["/p/a/x", "/p/lib/x", "/p/lib/y"]
    )


@pytest.mark.parametrize(
    ("name", "paths", "expected"),
    [("A", ["/p/lib/x"], True), ("A", ["/x", "/p/a/y"], True), ("A", ["/p/b"], False), ("A", [], False),
     ("C", ["/p/c"], False)],
)  # fmt: skip
def test_a_path_matters_to_a_unit_that_can_meet_others(name: str, paths: list[str], expected: bool) -> None:
    lookout = Lookout.over({
        "A": Reach("/p/a", ("/p/lib",), runs_code=True),
        "B": Reach("/p/b", ("/p/lib",)),
        "C": Reach("/p/c"),
    })  # fmt: skip
    assert lookout.matters(name, paths) is expected


# paths in short


@pytest.mark.parametrize(
    ("paths", "most", "expected"),
    [
        ([], 2, []),
        (["lib", "lib/x"], 9, ["lib/x"]),
        ([".", "x"], 9, ["x"]),
        (["."], 9, ["."]),
        (["lib/a", "lib/b", "lib/c"], 2, ["lib/"]),
        (["lib/a/1", "lib/a/2", "lib/b/3"], 2, ["lib/a/", "lib/b/"]),
        (["lib/a/1", "lib/a/2", "lib/b"], 2, ["lib/a/", "lib/b"]),
        (["lib/a/1", "lib/b/2", "lib/c/3", "x"], 2, ["lib/", "x"]),
        (["a", "b", "c"], 2, ["a", "b", "c"]),
        (["../o/a", "../o/b"], 1, ["../o/"]),
    ],
)
def test_many_paths_are_reported_by_what_is_around_them(paths: list[str], most: int, expected: list[str]) -> None:
    assert shorten_paths(paths, most) == expected


PATHS = st.lists(st.sampled_from("abc"), min_size=1, max_size=4).map("/".join)


@given(paths=st.sets(PATHS, max_size=12), most=st.integers(1, 5))
def test_each_path_or_what_is_around_it_is_reported(paths: set[str], most: int) -> None:
    found = shorten_paths(paths, most)
    assert found == sorted(set(found))
    for path in paths:
        assert any(
            path == one or one.startswith(f"{path}/") or f"{path}/".startswith(f"{one.rstrip('/')}/") for one in found
        )
    for one in found:
        assert one in paths or (one.endswith("/") and sum(path.startswith(one) for path in paths))
    assert len(found) <= most or all(one.rstrip("/").count("/") == 0 for one in found)
