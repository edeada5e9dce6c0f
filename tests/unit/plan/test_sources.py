"""What is said of the files that changed."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samix.builders.generated import is_generated
from samix.files.copies import entries_digest
from samix.plan.sources import changed_entries, describe_changes, take_sources
from samix.state.source_lists import Sources, counted_entries, plain_path

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping
    from pathlib import Path

    from samix.options.merge import BuildOptions
    from samix.template.resources import Resource
    from samix.template.stacks import Application
    from samix.units.unit import Unit

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
        ({"../shared": ONE}, {}, ["shared removed or no longer used"]),
        ({}, {"../shared": ONE}, ["shared added"]),
        ({"..shared": ONE}, {}, ["src/..shared removed"]),
        ({"l//": DIRECTORY, "l//a": ONE}, {"l//": DIRECTORY, "l//a": TWO}, ["src/l/a changed"]),
        ({"l": "link /x", "l//": ONE}, {"l": "link /x", "l//": TWO}, ["src/l changed"]),
        ({"--manifest": ONE}, {"--manifest": TWO}, ["--manifest changed"]),
        ({"": ONE}, {"": TWO}, ["src changed"]),
    ],
)
def test_a_change_is_reported_by_its_name(earlier: dict[str, str], now: dict[str, str], expected: list[str]) -> None:
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


# what counts


@pytest.mark.parametrize(
    ("path", "place", "expected"),
    [
        ("a/b", "src", "a/b"),
        ("", "src", ""),
        ("../lib/x", "src", "../lib/x"),
        ("../src/a", "src", "a"),
        ("../../app/src", "app/src", "."),
        ("../src//a", "src", "../src//a"),
        ("$PIP_CONSTRAINT", "src", "$PIP_CONSTRAINT"),
    ],
)
def test_a_path_has_a_shortest_form(path: str, place: str, expected: str) -> None:
    assert plain_path(path, place) == expected
    assert Sources("", place).plain(path) == expected


WITH_MADE = {
    "": DIRECTORY,
    "a": ONE,
    "out": DIRECTORY,
    "out/x": ONE,
    "deep": DIRECTORY,
    "deep/er": DIRECTORY,
    "deep/er/x": ONE,
    "empty": DIRECTORY,
    "../lib": DIRECTORY,
    "../lib/y": ONE,
    "../src/out/x": ONE,
}


@pytest.mark.parametrize(
    ("generated", "left_out"),
    [
        pytest.param([], set(), id="nothing"),
        pytest.param(["a"], {"a"}, id="a file"),
        pytest.param(["out"], {"out", "out/x", "../src/out/x"}, id="a directory"),
        pytest.param(["out/x"], {"out", "out/x", "../src/out/x"}, id="all in a directory"),
        pytest.param(["deep/er/x"], {"deep", "deep/er", "deep/er/x"}, id="all in deeper directories"),
        pytest.param(["../lib/y"], {"../lib", "../lib/y"}, id="all in a directory outside"),
        pytest.param(["ou", "out/", "x", "empty/x"], set(), id="other names"),
    ],
)
def test_what_builds_make_does_not_count(generated: list[str], left_out: set[str]) -> None:
    assert counted_entries(WITH_MADE, generated, "src") == {
        path: entry for path, entry in WITH_MADE.items() if path not in left_out
    }


INNER = st.lists(st.sampled_from("ab"), min_size=1, max_size=3).map("/".join)


@given(paths=st.sets(INNER), generated=st.sets(INNER, max_size=3), data=st.data())
def test_a_source_counts_as_if_nothing_had_been_made(paths: set[str], generated: set[str], data: st.DataObject) -> None:
    """A directory is there for what else it holds, or because it was there empty."""
    entries = {"": DIRECTORY}
    for path in sorted(paths, key=len, reverse=True):
        around = [path[:end] for end in range(1, len(path), 2)]
        entries |= dict.fromkeys(around, DIRECTORY)
        entries.setdefault(path, data.draw(st.sampled_from([ONE, DIRECTORY])))

    def below(path: str, within: Collection[str]) -> list[str]:
        return [one for one in within if one and os.path.dirname(one) == path]

    left = {path for path in entries if not is_generated(path, generated)}
    while emptied := {path for path in left - {""} if below(path, entries) and not below(path, left)}:
        left -= emptied
    assert counted_entries(entries, generated, "src") == {path: entries[path] for path in left}


@pytest.fixture
def take(
    tmp_path: Path,
    make_application: Callable[..., Application],
    make_options: Callable[..., BuildOptions],
    make_unit: Callable[..., Unit],
    make_resource: Callable[..., Resource],
) -> Callable[..., Sources]:
    """The sources of a function that is built in `src`."""
    application = make_application(tmp_path, {"template.yaml": "Resources: {Topic: {Type: AWS::SNS::Topic}}\n"})
    for name in ("src/app.py", "src/out/x", "src/uv.lock", "src/x.egg-info/y", "constraints.txt"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)

    def run(
        generated: Collection[str] = (),
        *,
        named: Mapping[str, Path] | None = None,
        keeps_whole: bool = False,
        **options: object,
    ) -> Sources:
        metadata = {"BuildMethod": "python-uv"}
        unit = make_unit(make_resource("Fn", runtime="python3.12", code=str(tmp_path / "src"), metadata=metadata))
        return take_sources(
            unit,
            application,
            make_options(tmp_path, **options),
            generated=generated,
            named=named,
            keeps_whole=keeps_whole,
        )

    return run


def test_the_digest_is_of_what_counts(take: Callable[..., Sources], tmp_path: Path) -> None:
    plain, without = take(), take(["out"])
    assert plain.digest != without.digest
    assert without.entries == plain.entries  # what changed is told of all
    (tmp_path / "src" / "out" / "x").write_text("made again")
    assert take(["out"]).digest == without.digest
    assert take().digest != plain.digest
    (tmp_path / "src" / "out" / "x").unlink()
    (tmp_path / "src" / "out").rmdir()
    assert take(["out"]).digest == take().digest == without.digest


def test_what_is_made_counts_for_itself_while_it_exists(take: Callable[..., Sources], tmp_path: Path) -> None:
    """Without what only the builder has to do with."""
    generated = ["out", "uv.lock", "x.egg-info", "gone"]
    before = take(generated).made
    assert before.keys() == {"out", "uv.lock"}
    (tmp_path / "src" / "out" / "x").write_text("made again")
    (tmp_path / "src" / "x.egg-info" / "y").write_text("made again")
    after = take(generated).made
    assert after["out"] != before["out"]
    assert after["uv.lock"] == before["uv.lock"]


def test_another_digest_is_made_of_whole_entries(take: Callable[..., Sources]) -> None:
    kept = take(["out"], keeps_whole=True)
    assert kept.digest_without(["out"]) == kept.digest == take(["out"]).digest
    assert kept.digest_without([]) == take().digest == entries_digest(kept.whole.items())
    assert not take(["out"]).whole


def test_a_file_that_the_environment_names_is_a_source(take: Callable[..., Sources], tmp_path: Path) -> None:
    named = {"UV_CONSTRAINT": tmp_path / "constraints.txt"}
    found = take(named=named)
    assert "$UV_CONSTRAINT" in found.entries
    assert [change.text for change in describe_changes(take().entries, found)] == ["$UV_CONSTRAINT added"]
    (tmp_path / "constraints.txt").write_text("six==1.16")
    assert take(named=named).digest != found.digest


@pytest.mark.parametrize(
    ("options", "path"),
    [
        ("build_dir", "src/build"),
        ("build_dir", "src/.aws-sam/build"),
        ("cache_dir", "src/cache"),
        ("build_dir", "src/out/deep/build"),
    ],
)
def test_results_among_the_sources_do_not_count(
    options: str, path: str, take: Callable[..., Sources], tmp_path: Path
) -> None:
    before = take()
    (tmp_path / path / "Fn").mkdir(parents=True)
    (tmp_path / path / "Fn" / "x").touch()
    assert take(**{options: tmp_path / path}).digest == before.digest


@pytest.mark.parametrize("ending", ["staging", "staging.fresh", "staging.gone", "staging.old", "replaced"])
@pytest.mark.parametrize("other", ["build", "another"])
def test_what_lies_beside_a_build_dir_does_not_count(
    ending: str, other: str, take: Callable[..., Sources], tmp_path: Path
) -> None:
    """It does on another file system than samix's own directory; it may be that of another build dir, too."""
    (tmp_path / "src" / "out" / "mine").mkdir(parents=True)
    before = take()
    (tmp_path / "src" / "out" / f".{other}.samix-{ending}" / "Fn").mkdir(parents=True)
    assert take(build_dir=tmp_path / "src" / "out" / "build").digest == before.digest


@pytest.mark.parametrize("link", ["src/more", "src/out/built"])
def test_results_behind_a_link_do_not_count(link: str, take: Callable[..., Sources], tmp_path: Path) -> None:
    (tmp_path / "far" / "mine").mkdir(parents=True)
    place = tmp_path / link
    place.parent.mkdir(exist_ok=True)
    place.symlink_to(tmp_path / "far" / "built" if link.endswith("built") else tmp_path / "far")
    build_dir = tmp_path / "far" / "built"
    before = take(build_dir=build_dir)
    (build_dir / "Fn").mkdir(parents=True)
    (tmp_path / "far" / ".built.samix-replaced").mkdir()
    (tmp_path / "far" / "build.toml").touch()
    assert take(build_dir=build_dir).digest == before.digest
    (tmp_path / "far" / "mine" / "file").touch()
    assert (take(build_dir=build_dir).digest != before.digest) == (link == "src/more")


def test_what_else_lies_around_results_counts(take: Callable[..., Sources], tmp_path: Path) -> None:
    build_dir = tmp_path / "src" / "out" / "deep" / "build"
    build_dir.mkdir(parents=True)
    (tmp_path / "src" / "out" / "mine").touch()
    found = take(build_dir=build_dir).entries
    assert {path for path in found if path.startswith("out")} >= {"out", "out/mine"}
    assert "out/deep" not in found
