"""Where units write beyond their own directories, and which of them so take turns."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.around import Around

from samix.builders.outside import Outside
from samix.builders.search import is_inside
from samix.options.build_type import BuildType, BuildTypeRule
from samix.plan.places import NO_TURNS, Places, Reach, Turns, are_nested, places_of, take_turns
from samix.plan.plan import Plan, make_plan
from samix.state.layout import Layout
from samix.state.records import Record
from samix.state.store import Store
from samix.template.resources import Kind
from samix.template.stacks import load_application

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from samix.options.merge import BuildOptions
    from samix.template.resources import Resource
    from samix.units.unit import Unit

# paths


@pytest.mark.parametrize(
    ("path", "directory", "expected"),
    [
        ("/a", "/a", True),
        ("/a/b", "/a", True),
        ("/a/b/c", "/a", True),
        ("/ab", "/a", False),
        ("/", "/a", False),
        ("/a", "/", True),
        ("/a", "/a/b", False),
    ],
)
def test_what_is_inside_of_a_directory(path: str, directory: str, expected: bool) -> None:
    assert is_inside(path, directory) is expected
    assert are_nested(path, directory) is are_nested(directory, path) is (expected or is_inside(directory, path))


# turns

NAMES = st.frozensets(st.sampled_from(["/a", "/b", "image x"]))
TURNS = st.builds(Turns, NAMES, NAMES, st.booleans())


@pytest.mark.parametrize(
    ("one", "other", "meets"),
    [
        pytest.param(NO_TURNS, NO_TURNS, False, id="nothing"),
        pytest.param(Turns(frozenset({"/a"})), Turns(frozenset({"/a"})), True, id="both write"),
        pytest.param(Turns(frozenset({"/a"})), Turns(frozenset(), frozenset({"/a"})), True, id="one reads"),
        pytest.param(Turns(frozenset(), frozenset({"/a"})), Turns(frozenset(), frozenset({"/a"})), False, id="read"),
        pytest.param(Turns(frozenset({"/a"})), Turns(frozenset({"/b"})), False, id="elsewhere"),
        pytest.param(Turns(is_alone=True), Turns(frozenset({"/a"})), False, id="alone"),
    ],
)
def test_units_meet_where_one_of_them_writes(one: Turns, other: Turns, meets: bool) -> None:
    assert one.meets(other) is other.meets(one) is meets


@given(one=TURNS, other=TURNS)
def test_units_that_meet_exclude_each_other(one: Turns, other: Turns) -> None:
    assert one.excludes(other) is other.excludes(one)
    assert one.meets(other) is other.meets(one)
    assert one.excludes(other) is (one.meets(other) or one.is_alone or other.is_alone)


def test_more_places_are_written_besides() -> None:
    turns = Turns(frozenset({"/a"}), frozenset({"/b"}), is_alone=True)
    assert turns.and_also(["/c"]) == replace(turns, writes=frozenset({"/a", "/c"}))
    assert turns.and_also([]) == turns


# reach

PATHS = st.sampled_from(["/p", "/p/a", "/p/a/x", "/p/a/x/1", "/p/b", "/p/b/y", "/o", "/o/z"])
REACHES = st.builds(
    Reach, PATHS, st.lists(PATHS, max_size=2).map(tuple), st.lists(PATHS, max_size=1).map(tuple), st.booleans()
)


@pytest.mark.parametrize(
    ("path", "one", "other", "expected"),
    [
        pytest.param("/p/lib/x", Reach("/p/a", ("/p/lib",)), Reach("/p/b", ("/p/lib",)), True, id="both use it"),
        pytest.param("/p/a/x", Reach("/p/a"), Reach("/p/b", ("/p/a",)), True, id="one reads the source of another"),
        pytest.param("/p/a/x", Reach("/p/a", (), (), True), Reach("/p/b", (), ("/p",)), False, id="own, and around"),
        pytest.param("/p/a/x", Reach("/p/a"), Reach("/p/b", (), ("/p",)), True, id="of one that writes nothing"),
        pytest.param("/p/x", Reach("/p/a", (), ("/p",)), Reach("/p/b", (), ("/p",)), True, id="anything around both"),
        pytest.param("/p/lib", Reach("/p/a", ("/p/lib",)), Reach("/p/b", (), ("/p",)), True, id="used, and around"),
        pytest.param("/p/s/x", Reach("/p/s"), Reach("/p/s"), True, id="one source"),
        pytest.param("/p/s/t/x", Reach("/p/s"), Reach("/p/s/t"), True, id="a source in a source"),
        pytest.param("/p/s/x", Reach("/p/s"), Reach("/p/s/t"), False, id="beside a source in a source"),
        pytest.param("/p/c", Reach("/p/a", ("/p/lib",)), Reach("/p/b", ("/p/lib",)), False, id="nobody uses it"),
        pytest.param("/p/lib2", Reach("/p/a", ("/p/lib",)), Reach("/p/b", ("/p/lib",)), False, id="a longer name"),
    ],
)
def test_a_path_concerns_two_units(path: str, one: Reach, other: Reach, expected: bool) -> None:
    assert one.concerns(path, other) is other.concerns(path, one) is expected


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        pytest.param(Reach("/p/a", ("/p/l",)), Reach("/p/b", ("/p/l",)), set(), id="no code of the project"),
        pytest.param(Reach("/p/a", ("/p/l",), (), True), Reach("/p/b", ("/p/l/x",)), {"/p/l/x"}, id="the deeper one"),
        pytest.param(
            Reach("/p/a", (), ("/p",), True), Reach("/p/b", ("/p/l",), (), True), {"/p/l"}, id="anything, and a place"
        ),
        pytest.param(Reach("/p/a", (), ("/p",), True), Reach("/p/b", (), (), True), set(), id="around a source"),
        pytest.param(Reach("/p/a", (), ("/p",), True), Reach("/p/b"), {"/p/b"}, id="around one that writes nothing"),
        pytest.param(Reach("/p/a", (), ("/p",), True), Reach("/p/b", (), ("/p",), True), {"/p"}, id="around both"),
        pytest.param(Reach("/p/a", ("/p/b",), (), True), Reach("/p/b"), {"/p/b"}, id="another's source"),
    ],
)
def test_the_places_where_two_units_can_meet(one: Reach, other: Reach, expected: set[str]) -> None:
    assert one.meeting_places(other) == other.meeting_places(one) == expected


@given(one=REACHES, other=REACHES, path=PATHS)
def test_all_that_concerns_two_units_is_where_they_can_meet(one: Reach, other: Reach, path: str) -> None:
    assert one.concerns(path, other) is other.concerns(path, one)
    places = one.meeting_places(other)
    assert places == other.meeting_places(one)
    assert all(one.concerns(place, other) for place in places)
    if one.runs_code or other.runs_code:
        assert one.concerns(path, other) <= any(is_inside(path, place) for place in places)
    else:
        assert not places


# what is known of one unit


def _record(*wrote: str, is_watched: bool = True) -> Record:
    return Record({}, "", "", "", wrote=wrote, watched=(".",) if is_watched else ())


@pytest.fixture
def find_places(
    tmp_path: Path,
    make_unit: Callable[..., Unit],
    make_resource: Callable[..., Resource],
    make_options: Callable[..., BuildOptions],
) -> Callable[..., Places]:
    """What is known of the function `Fn` with the source `fn`."""

    def find(
        runtime: str = "provided.al2023",
        method: str | None = "makefile",
        *,
        kind: Kind = Kind.FUNCTION,
        build_type: BuildType = BuildType.HOST,
        is_in_source: bool = False,
        outside: Outside | None = None,
        record: Record | None = None,
        is_maven_cold: bool = False,
        mount_with: str = "READ",
    ) -> Places:
        source = tmp_path / "fn"
        source.mkdir(exist_ok=True)
        metadata = {"BuildMethod": method} if method else {}
        resource = make_resource("Fn", kind=kind, runtime=runtime, code=str(source), metadata=metadata)
        unit = replace(make_unit(resource, build_type=build_type), is_in_source=is_in_source)
        return places_of(
            unit,
            make_options(tmp_path, mount_with=mount_with),
            outside or Outside(),
            record,
            is_maven_cold=is_maven_cold,
        )

    return find


CONTAINER = BuildType.CONTAINER
NAMED: Mapping[str, tuple[dict[str, object], set[str]]] = {
    "cargo": ({"method": "rust-cargolambda"}, {"cargo"}),
    "cargo in a container": ({"method": "rust-cargolambda", "build_type": CONTAINER}, {"cargo"}),
    ".NET": ({"runtime": "dotnet8", "method": None}, {"tool of .NET"}),
    ".NET in a container": ({"runtime": "dotnet8", "method": None, "build_type": CONTAINER}, set()),
    "in source": ({"runtime": "nodejs22.x", "method": None, "is_in_source": True}, set()),
    "a makefile in source": ({"is_in_source": True}, set()),
    "Maven without a repository": (
        {"runtime": "java21", "method": None, "is_maven_cold": True},
        {"repository of Maven"},
    ),
    "Maven": ({"runtime": "java21", "method": None}, set()),
    "Maven in a container": (
        {"runtime": "java21", "method": None, "is_maven_cold": True, "build_type": CONTAINER},
        set(),
    ),
    "Java by a makefile": ({"runtime": "java21", "is_maven_cold": True}, set()),
    "Python": ({"runtime": "python3.12", "method": None}, set()),
    "Go": ({"runtime": "go1.x", "method": None}, set()),
    "a makefile": ({}, set()),
    "an image": ({"kind": Kind.IMAGE}, {"image fn:latest"}),
}


@pytest.mark.parametrize(("values", "expected"), NAMED.values(), ids=NAMED)
def test_what_a_builder_writes_besides_has_a_name(
    values: dict[str, object], expected: set[str], find_places: Callable[..., Places]
) -> None:
    assert find_places(**values).named == expected


@pytest.mark.parametrize(
    "values",
    [
        {"runtime": "dotnet8", "method": None},
        {"runtime": "dotnet8", "method": None, "build_type": CONTAINER},
        {"runtime": "nodejs22.x", "method": None, "is_in_source": True},
        {"is_in_source": True},
    ],
    ids=[".NET", ".NET in a container", "in source", "a makefile in source"],
)
def test_what_builds_in_its_source_writes_there(
    values: dict[str, object], find_places: Callable[..., Places], tmp_path: Path
) -> None:
    assert find_places(**values).written == {str(tmp_path / "fn")}


def test_of_an_image_nothing_else_is_known(find_places: Callable[..., Places], tmp_path: Path) -> None:
    places = find_places(kind=Kind.IMAGE, outside=Outside(written=(tmp_path / "lib",)))
    assert places == Places(named=frozenset({"image fn:latest"}))


def test_a_reach_is_what_texts_and_looks_say(find_places: Callable[..., Places], tmp_path: Path) -> None:
    outside = Outside(
        read=(tmp_path / "read",),
        written=(tmp_path / "told", tmp_path / "wide"),
        roaming=(tmp_path / "wide",),
    )
    places = find_places(outside=outside, record=_record("seen", "fn/../deep/seen"))
    base = str(tmp_path)
    assert places.reach == Reach(
        f"{base}/fn",
        tuple(f"{base}/{name}" for name in ("deep/seen", "read", "seen", "told")),
        (f"{base}/wide",),
        runs_code=True,
    )
    assert places.written == {f"{base}/{name}" for name in ("deep/seen", "seen", "told", "wide")}


def test_a_source_behind_a_link_is_where_it_leads(
    tmp_path: Path, make_unit: Callable[..., Unit], make_resource: Callable[..., Resource],
    make_options: Callable[..., BuildOptions],
) -> None:  # fmt: skip
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    unit = make_unit(make_resource("Fn", code=str(tmp_path / "link")))
    places = places_of(unit, make_options(tmp_path), Outside(), None, is_maven_cold=False)
    assert places.reach
    assert places.reach.own == str(tmp_path / "real")


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        pytest.param({}, True, id="a makefile"),
        pytest.param({"method": None}, True, id="provided"),
        pytest.param({"runtime": "dotnet8", "method": None}, True, id=".NET"),
        pytest.param({"method": "rust-cargolambda"}, True, id="cargo"),
        pytest.param({"runtime": "java21", "method": None}, True, id="Java"),
        pytest.param({"runtime": "python3.12", "method": None}, False, id="Python"),
        pytest.param({"runtime": "python3.12", "method": None, "is_in_source": True}, True, id="in source"),
        pytest.param({"runtime": "python3.12", "method": None, "record": _record("lib")}, True, id="seen writing"),
        pytest.param({"build_type": CONTAINER}, False, id="in a container that reads"),
        pytest.param({"build_type": CONTAINER, "mount_with": "WRITE"}, True, id="in a container that writes"),
    ],
)
def test_some_builds_run_code_of_the_project(
    values: dict[str, object], expected: bool, find_places: Callable[..., Places]
) -> None:
    reach = find_places(**values).reach
    assert reach
    assert reach.runs_code is expected


@pytest.mark.parametrize(
    ("runtime", "method", "record", "expected"),
    [
        pytest.param("provided", "makefile", None, {"told"}, id="nothing is remembered"),
        pytest.param("provided", "makefile", _record("seen"), {"seen"}, id="it was looked at"),
        pytest.param("provided", "makefile", _record(), set(), id="nothing was seen"),
        pytest.param("provided", "makefile", _record(is_watched=False), {"told"}, id="it was not looked at"),
        pytest.param("python3.12", None, _record("seen"), set(), id="a builder of sam's own"),
    ],
)
def test_what_code_of_the_project_makes_is_what_was_seen(
    runtime: str,
    method: str | None,
    record: Record | None,
    expected: set[str],
    find_places: Callable[..., Places],
    tmp_path: Path,
) -> None:
    places = find_places(runtime, method, outside=Outside(written=(tmp_path / "told",)), record=record)
    assert places.made == {str(tmp_path / name) for name in expected}


# who takes turns

SETS = st.frozensets(PATHS, max_size=2)
PLACES = st.builds(Places, st.none() | REACHES, SETS, st.just(frozenset()), st.frozensets(st.just("cargo")))


@given(places=st.dictionaries(st.sampled_from("ABC"), PLACES))
def test_whoever_writes_where_another_does_takes_turns(places: dict[str, Places]) -> None:
    turns = take_turns(places)
    assert turns.keys() == places.keys()
    for one, other in combinations(places, 2):
        first, second = places[one], places[other]
        if first.named & second.named:
            assert turns[one].meets(turns[other])
        if first.reach and second.reach:
            if any(are_nested(a, b) for a in first.written for b in second.written):
                assert turns[one].meets(turns[other])
            if any(is_inside(path, second.reach.own) for path in first.written):
                assert turns[one].meets(turns[other])
        if not (first.written | second.written | first.named | second.named):
            assert not turns[one].excludes(turns[other])


@dataclass(frozen=True)
class Project:
    """An application of functions `One`, `Two` and so on, each with a source of its name.

    Attributes:
        properties: Of each function, by its name.
        metadata: Likewise.
        files: More files, by path.
        more: More of the template.
        options: What is asked for.
        is_cold: Whether Maven has nothing yet.
    """

    properties: Mapping[str, str]
    metadata: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    more: str = ""
    options: Mapping[str, object] = field(default_factory=dict)
    is_cold: bool = False

    def plan(self, root: Path, make_options: Callable[..., BuildOptions]) -> Plan:
        text = "Resources:\n"
        for name, properties in self.properties.items():
            metadata = self.metadata.get(name, "{}")
            code = f"CodeUri: {name.lower()}"
            separate = "" if "CodeUri" in properties or "PackageType" in properties else f"{code}, "
            text += f"  {name}:\n    Type: AWS::Serverless::Function\n    Metadata: {metadata}\n"
            text += f"    Properties: {{{separate}Handler: a.b, {properties}}}\n"
            (root / name.lower()).mkdir(exist_ok=True)
        files = {"template.yaml": text + self.more, **self.files}
        for path, content in files.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text(content)
        options = make_options(root, **self.options)
        store = Store.open(Layout(options.project, options.build_dir, options.cache_dir))
        application = load_application(options.template, options.parameters, raw_paths=False)
        return make_plan(application, options, store, Around(is_cold=self.is_cold))


def _both(properties: str) -> dict[str, str]:
    return {"One": properties, "Two": properties}


def _makefiles(**recipes: str) -> tuple[dict[str, str], dict[str, str]]:
    """The metadata and the makefiles of functions."""
    return (
        dict.fromkeys(recipes, "{BuildMethod: makefile}"),
        {f"{name.lower()}/Makefile": f"build-{name}:\n\t{recipe}\n" for name, recipe in recipes.items()},
    )


def _by_makefiles(**recipes: str) -> Project:
    return Project(dict.fromkeys(recipes, PROVIDED), *_makefiles(**recipes), more="")


def _in_container(*names: str) -> dict[str, object]:
    return {"rule_sets": (tuple(BuildTypeRule(name, CONTAINER, "--build-type") for name in names),)}


PROVIDED = "Runtime: provided.al2023"
RUST = {name: f"{{BuildMethod: rust-cargolambda, Own: {name}}}" for name in ("One", "Two")}
NEST = "  Child:\n    Type: AWS::Serverless::Application\n    Properties: {Location: child/template.yaml}\n"
IMAGE = "PackageType: Image"
IMAGES = {"One": "{DockerContext: one, Dockerfile: Dockerfile}"}
PAIR = {frozenset({"One", "Two"})}
CASES: Mapping[str, tuple[Project, set[frozenset[str]]]] = {
    "cargo": (Project(_both(PROVIDED), RUST), PAIR),
    ".NET on the host": (Project(_both("Runtime: dotnet8")), PAIR),
    ".NET on the host and in a container": (
        Project(_both("Runtime: dotnet8"), options={**_in_container("One"), "mount_with": "WRITE"}),
        set(),
    ),
    ".NET of one source, on the host and in a container": (
        Project(_both("Runtime: dotnet8, CodeUri: one"), options={**_in_container("One"), "mount_with": "WRITE"}),
        PAIR,
    ),
    ".NET that refers to one project": (
        Project(
            _both("Runtime: dotnet8"),
            files={
                "lib/lib.csproj": "<Project />",
                "one/one.csproj": '<ProjectReference Include="../lib/lib.csproj" />',
                "two/two.csproj": '<ProjectReference Include="../lib/lib.csproj" />',
            },
            options={**_in_container("One", "Two"), "mount_with": "WRITE"},
        ),
        set(),
    ),
    "in one source": (
        Project(
            {"One": "Runtime: nodejs22.x, CodeUri: s", "Two": "Runtime: nodejs20.x, CodeUri: s"},
            files={"s/app.js": ""},
            options={"build_in_source": True},
        ),
        PAIR,
    ),
    "each in its source": (Project(_both("Runtime: nodejs22.x"), options={"build_in_source": True}), set()),
    "of one source": (
        Project({"One": "Runtime: nodejs22.x, CodeUri: s", "Two": "Runtime: nodejs20.x, CodeUri: s"},
                files={"s/app.js": ""}),
        set(),
    ),
    "Maven without a repository": (Project(_both("Runtime: java21"), is_cold=True), PAIR),
    "Maven with one": (Project(_both("Runtime: java21")), set()),
    "Maven in containers": (
        Project(_both("Runtime: java21"), is_cold=True, options=_in_container("One", "Two")),
        set(),
    ),
    "images of one tag": (
        Project(
            {"One": IMAGE},
            IMAGES,
            {
                "child/template.yaml": "Resources:\n  One:\n    Type: AWS::Serverless::Function\n"
                "    Metadata: {DockerContext: ., Dockerfile: Dockerfile}\n    Properties: {PackageType: Image}\n"
            },
            NEST,
        ),
        {frozenset({"One", "Child/One"})},
    ),
    "images of two tags": (
        Project(
            {"One": IMAGE, "Two": IMAGE},
            {"One": IMAGES["One"], "Two": "{DockerContext: one, Dockerfile: Dockerfile}"},
        ),
        set(),
    ),
    "a package that pip builds": (
        Project(
            _both("Runtime: python3.12"),
            files={"lib/setup.py": "", "one/requirements.txt": "./lib\n", "two/requirements.txt": "./lib\n"},
        ),
        PAIR,
    ),
    "packages that pip builds": (
        Project(
            _both("Runtime: python3.12"),
            files={
                "lib/setup.py": "",
                "lib2/setup.py": "",
                "one/requirements.txt": "./lib\n",
                "two/requirements.txt": "./lib2\n",
            },
        ),
        set(),
    ),
    "a source that pip builds a package in": (
        Project(_both("Runtime: python3.12"), files={"one/setup.py": "", "two/requirements.txt": "./one\n"}),
        PAIR,
    ),
    "make in one directory": (
        Project(
            _both(PROVIDED),
            dict.fromkeys(("One", "Two"), "{BuildMethod: makefile, WorkingDirectory: shared}"),
            {
                "shared/x": "",
                "one/Makefile": "build-One:\n\ttouch x\n",
                "two/Makefile": "build-Two:\n\ttouch x\n",
            },
        ),
        PAIR,
    ),
    "make in two directories": (
        Project(
            _both(PROVIDED),
            {name: f"{{BuildMethod: makefile, WorkingDirectory: {name.lower()}w}}" for name in ("One", "Two")},
            {
                "onew/x": "",
                "twow/x": "",
                "one/Makefile": "build-One:\n\ttouch x\n",
                "two/Makefile": "build-Two:\n\ttouch x\n",
            },
        ),
        set(),
    ),
    "two that write": (_by_makefiles(One="touch $(PWD)/lib/x", Two="touch $(PWD)/lib/x"), PAIR),
    "two that write beside each other": (_by_makefiles(One="touch $(PWD)/lib/x", Two="touch $(PWD)/lib/y"), set()),
    "a directory and what is in it": (_by_makefiles(One="mkdir -p $(PWD)/lib", Two="touch $(PWD)/lib/y"), PAIR),
    "one that writes and one that reads": (
        replace(
            _by_makefiles(One="cp -r x $(PWD)/lib", Two="cp -r $(PWD)/lib $(ARTIFACTS_DIR)"),
            files={
                **_makefiles(One="cp -r x $(PWD)/lib", Two="cp -r $(PWD)/lib $(ARTIFACTS_DIR)")[1],
                "lib/l": "",
            },
        ),
        PAIR,
    ),
    "two that read": (
        replace(
            _by_makefiles(One="cp -r $(PWD)/lib .", Two="cp -r $(PWD)/lib ."),
            files={**_makefiles(One="cp -r $(PWD)/lib .", Two="cp -r $(PWD)/lib .")[1], "lib/l": ""},
        ),
        set(),
    ),
    "one that writes, three units": (
        _by_makefiles(One="touch $(PWD)/lib/x", Two="cat $(PWD)/one/x", Three="touch $(PWD)/lib/x"),
        {frozenset({"One", "Three"})},
    ),
    "each in its own source": (
        _by_makefiles(One="mkdir -p $(PWD)/one/out && touch y", Two="mkdir -p $(PWD)/two/out && touch y"),
        set(),
    ),
    "own source beside one that may do anything": (
        _by_makefiles(One="touch $(PWD)/one/out", Two="bash $(PWD)/build.sh"),
        set(),
    ),
    "a place beside one that may do anything": (
        _by_makefiles(One="touch $(PWD)/out", Two="bash $(PWD)/build.sh"),
        PAIR,
    ),
    "into the source of another": (_by_makefiles(One="touch $(PWD)/two/x", Two="true"), PAIR),
    "around the source of another": (_by_makefiles(One="touch $(PWD)/twofold", Two="true"), set()),
}  # fmt: skip


@pytest.mark.parametrize(("project", "expected"), CASES.values(), ids=CASES)
def test_units_that_share_a_place_take_turns(
    project: Project, expected: set[frozenset[str]], tmp_path: Path, make_options: Callable[..., BuildOptions]
) -> None:
    turns = {name: planned.turns for name, planned in project.plan(tmp_path, make_options).units.items()}
    assert _excluding(turns) == expected


def _excluding(turns: Mapping[str, Turns]) -> set[frozenset[str]]:
    return {frozenset(pair) for pair in combinations(turns, 2) if turns[pair[0]].excludes(turns[pair[1]])}


@pytest.mark.parametrize("runtime", ["python3.12", "nodejs22.x", "ruby3.3", "go1.x", "java21"])
def test_a_plain_unit_takes_no_turns(runtime: str, tmp_path: Path, make_options: Callable[..., BuildOptions]) -> None:
    [planned] = Project({"One": f"Runtime: {runtime}"}).plan(tmp_path, make_options).units.values()
    assert planned.turns == NO_TURNS


def test_only_what_is_built_takes_turns(tmp_path: Path, make_options: Callable[..., BuildOptions]) -> None:
    """A unit that is left out keeps nobody waiting."""
    project, _ = CASES["two that write"]
    plan = replace(project, options={"resources": ("One",)}).plan(tmp_path, make_options)
    assert plan.units.keys() == {"One"}
    assert plan.units["One"].turns == NO_TURNS


def _among(paths: Iterable[str], root: Path) -> set[str]:
    return {str(Path(path).relative_to(root.resolve())) for path in paths}


def test_a_planned_unit_knows_its_reach_and_places(tmp_path: Path, make_options: Callable[..., BuildOptions]) -> None:
    project, _ = CASES["a place beside one that may do anything"]
    units = project.plan(tmp_path, make_options).units
    assert units["One"].places == ("../out",)
    assert units["Two"].places == ()
    one, two = units["One"].reach, units["Two"].reach
    assert one and two  # noqa: PT018
    assert _among(one.near, tmp_path) == {"out"}
    assert _among(two.wide, tmp_path) == {"."}
    assert one.runs_code and two.runs_code  # noqa: PT018
