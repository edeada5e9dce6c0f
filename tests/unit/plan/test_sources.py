"""What is said of the files that changed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samix.plan.sources import Sources, changed_entries, describe_changes

ONE, TWO = "file 644 0000000000000001", "file 644 0000000000000002"
DIRECTORY = "directory 755"


def _told(earlier: dict[str, str], now: dict[str, str]) -> list[str]:
    return [change.text for change in describe_changes(earlier, Sources("", "src", now))]


@pytest.mark.parametrize(
    ("earlier", "now", "expected"),
    [
        ({"a": ONE}, {"a": TWO}, ["src/a changed"]),
        ({"a": ONE}, {"a": "file 755 0000000000000001"}, ["src/a mode 644 → 755"]),
        ({"a": ONE}, {"a": "file 755 0000000000000002"}, ["src/a changed"]),
        ({"a": ONE}, {"a": "link b"}, ["src/a changed"]),
        ({"a": "link b"}, {"a": "link c d"}, ["src/a b → c d"]),
        ({"d": DIRECTORY}, {"d": "directory 700"}, ["src/d mode 755 → 700"]),
        ({}, {"d": DIRECTORY, "d/a": ONE, "d/b": TWO, "e": ONE}, ["src/d added", "src/e added"]),
        ({"d": DIRECTORY, "d/a": ONE, "d!": ONE}, {}, ["src/d removed", "src/d! removed"]),
        ({"a": ONE}, {"b": ONE}, ["src/a renamed to src/b"]),
        ({"a": ONE}, {"a": TWO, "b": ONE}, ["src/a changed", "src/b added"]),
        ({"a": ONE}, {"b": TWO}, ["src/a removed", "src/b added"]),
        ({"a": ONE, "b": ONE}, {"c": ONE}, ["src/b renamed to src/c", "src/a removed"]),
        ({"../shared": ONE}, {"../shared": TWO}, ["shared changed"]),
        ({"l//": DIRECTORY, "l//a": ONE}, {"l//": DIRECTORY, "l//a": TWO}, ["src/l/a changed"]),
        ({"l": "link /x", "l//": ONE}, {"l": "link /x", "l//": TWO}, ["src/l changed"]),
        ({"--manifest": ONE}, {"--manifest": TWO}, ["--manifest changed"]),
        ({"": ONE}, {"": TWO}, ["src changed"]),
    ],
)
def test_a_change_is_told_by_its_name(earlier: dict[str, str], now: dict[str, str], expected: list[str]) -> None:
    assert _told(earlier, now) == expected


@pytest.mark.parametrize(
    ("path", "is_of_manifest"),
    [("requirements.txt", True), ("deep/package.json", True), ("Makefile", True), ("--manifest", True), ("a", False)],
)
def test_manifests_are_known_by_their_names(path: str, *, is_of_manifest: bool) -> None:
    [change] = describe_changes({path: ONE}, Sources("", "src", {path: TWO}))
    assert change.is_of_manifest == is_of_manifest


TREES = st.dictionaries(st.sampled_from(["a", "b", "d", "d/a", "d/e", "d/e/a", "d!", "l", "l//", "l//a"]),
                        st.sampled_from([ONE, TWO, DIRECTORY, "link a"]))  # fmt: skip


@given(earlier=TREES, now=TREES)
def test_there_is_a_reason_exactly_where_trees_differ(earlier: dict[str, str], now: dict[str, str]) -> None:
    assert bool(_told(earlier, now)) == bool(changed_entries(earlier, now)) == (earlier != now)
