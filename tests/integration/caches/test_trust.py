"""What anything but samix did to `.aws-sam` is noticed, told, and mended: the end is what a build from nothing gives.

The layer and the makefile function say where they were built, so no artifact of the wrong builder passes for theirs.
"""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
import tomlkit
from support.project import Project, Tree, differences, tree

from samix.state.build_toml import read_definitions
from samix.template.value import as_list

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path
    from typing import TypeAlias

    Step: TypeAlias = "Callable[[Project], object]"
    Place: TypeAlias = "Callable[[Project], Path]"
    Told: TypeAlias = "Mapping[str, tuple[str, str]]"

pytestmark = [pytest.mark.container, pytest.mark.usefixtures("container_engine")]

TEMPLATE = """\
Transform: AWS::Serverless-2016-10-31
Globals: {Function: {Handler: app.handler, Runtime: python3.11}}
Resources:
  Layer:
    Type: AWS::Serverless::LayerVersion
    Metadata: {BuildMethod: makefile, BuildType: container}
    Properties: {ContentUri: layer, CompatibleRuntimes: [provided.al2023]}
  Fn:
    Type: AWS::Serverless::Function
    Properties: {CodeUri: fn, Layers: [!Ref Layer]}
  Twin:
    Type: AWS::Serverless::Function
    Properties: {CodeUri: fn}
  Made:
    Type: AWS::Serverless::Function
    Metadata: {BuildMethod: makefile}
    Properties: {CodeUri: made, Runtime: provided.al2023, Handler: bootstrap}
  Child:
    Type: AWS::Serverless::Application
    Properties: {Location: child/template.yaml}
"""
CHILD = """\
Transform: AWS::Serverless-2016-10-31
Resources:
  Inner:
    Type: AWS::Serverless::LayerVersion
    Metadata: {BuildMethod: makefile}
    Properties: {ContentUri: inner, CompatibleRuntimes: [provided.al2023]}
"""
WHERE = "$(if $(filter /tmp/samcli/%,$(ARTIFACTS_DIR)),container,host)"
FILES = {
    "template.yaml": TEMPLATE,
    "layer/Makefile": f"build-Layer:\n\techo {WHERE} > $(ARTIFACTS_DIR)/built-in\n\tcp text $(ARTIFACTS_DIR)\n",
    "layer/text": "one\n",
    "fn/app.py": "def handler(event, context):\n    return 1\n",
    "fn/requirements.txt": "inflection==0.5.1\n",
    "made/Makefile": f"build-Made:\n\techo {WHERE} > $(ARTIFACTS_DIR)/bootstrap\n\tcp text $(ARTIFACTS_DIR)\n",
    "made/text": "one\n",
    "child/template.yaml": CHILD,
    "child/inner/Makefile": f"build-Inner:\n\techo {WHERE} > $(ARTIFACTS_DIR)/built-in\n",
}
EDITED = ("layer/text", "fn/app.py", "made/text")
BUILD = ("build", "--skip-pull-image")
IN_CONTAINERS = ("--use-container", "--skip-pull-image")
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")

ALTERED = ("repaired", "its artifact in .aws-sam/build was altered since the build")
BUILT_AGAIN = ("built", "artifact was altered since the build")
LOST = ("built", "artifact is gone")
NEW = ("built", "not built yet")
CACHE_ALTERED = ("repaired", "cache/UUID was altered since the build")
CACHE_GONE = ("repaired", "cache/UUID is gone")
DEPS_ALTERED = ("repaired", "deps/UUID was altered since the build")
DEPS_GONE = ("repaired", "deps/UUID is gone")
DEFINITION_ALTERED = ("repaired", "its definition in build.toml was altered since the build")
DEFINITION_GONE = ("repaired", "its definition in build.toml is gone")
ALL = ("Layer", "Child/Inner", "Fn", "Twin", "Made")
WITH_DEFINITION = ("Layer", "Child/Inner", "Fn", "Twin")


@dataclass(frozen=True)
class Built:
    """An application that was built, and a copy of it: each test has it at the path where it was built."""

    project: Project
    copy: Path
    tree: Tree


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    place = tmp_path_factory.mktemp("place")
    project = Project.from_files(place / "app", FILES)
    project.samix(*BUILD).succeeded()
    shutil.copytree(project.path, place / "copy", symlinks=True)
    return Built(project, place / "copy", project.built())


@pytest.fixture
def project(built: Built) -> Project:
    """The application as it was built."""
    shutil.rmtree(built.project.path)
    shutil.copytree(built.copy, built.project.path, symlinks=True)
    return built.project


def _told(project: Project) -> dict[str, tuple[str, str]]:
    """What samix builds and mends, and why."""
    run = project.samix(*BUILD, "--output", "json").succeeded()
    assert "Traceback" not in run.text
    return {
        resource["resource_id"]: (resource["outcome"], _UUID.sub("UUID", resource["reason"]))
        for resource in json.loads(run.output)["resources"]
        if resource["outcome"] != "reused"
    }


def _uuid(project: Project, name: str) -> str:
    definitions = read_definitions(project.path / ".aws-sam" / "build.toml")
    named = {one.uuid: [one.fields.get("layer"), *as_list(one.fields.get("functions"))] for one in definitions}
    return next(uuid for uuid, names in named.items() if name in names)


def _below(name: str) -> Place:
    return lambda project: project.path / ".aws-sam" / name


def _artifact(name: str) -> Place:
    return lambda project: project.build_dir / name


def _cached(name: str) -> Place:
    return lambda project: project.path / ".aws-sam" / "cache" / _uuid(project, name)


def _deps(name: str) -> Place:
    return lambda project: project.path / ".aws-sam" / "deps" / _uuid(project, name)


def _sam(*arguments: str) -> Step:
    return lambda project: project.sam("build", *arguments).succeeded()


def _while_edited(step: Step) -> Step:
    """Something happens while the sources are not what they were, and are again afterwards."""

    def steps(project: Project) -> None:
        for name in EDITED:
            project.write(name, FILES[name] + "# edited\n")
        step(project)
        for name in EDITED:
            project.write(name, FILES[name])

    return steps


def _backup_restored(name: str) -> Step:
    """A backup of something below `.aws-sam` comes back after the application was edited and built."""

    def steps(project: Project) -> None:
        place = project.path / ".aws-sam" / name
        backup = project.path.with_name("backup")
        if backup.exists():
            _remove(backup)
        _copy(place, backup)
        for edited in EDITED:
            project.write(edited, FILES[edited] + "# edited\n")
        project.samix(*BUILD).succeeded()
        _remove(place)
        _copy(backup, place)
        for edited in EDITED:
            project.write(edited, FILES[edited])

    return steps


def _copy(origin: Path, target: Path) -> None:
    if origin.is_dir():
        shutil.copytree(origin, target, symlinks=True)
    else:
        shutil.copy2(origin, target)


def _remove(place: Path) -> None:
    if place.is_dir() and not place.is_symlink():
        shutil.rmtree(place)
    else:
        place.unlink()


def _edited(place: Place, name: str) -> Step:
    return lambda project: (place(project) / name).write_text("by hand\n")


def _gone(place: Place) -> Step:
    return lambda project: _remove(place(project))


def _as_file(place: Place) -> Step:
    def step(project: Project) -> None:
        found = place(project)
        _remove(found)
        found.write_text("a file\n")

    return step


def _as_link(place: Place) -> Step:
    """It lies elsewhere, and a link leads there."""

    def step(project: Project) -> None:
        found = place(project)
        away = project.path / "another" / "place"
        away.parent.mkdir()
        found.rename(away)
        found.symlink_to(away)

    return step


def _as_dead_link(place: Place) -> Step:
    def step(project: Project) -> None:
        found = place(project)
        _remove(found)
        found.symlink_to("nowhere")

    return step


def _with_mode(place: Place, mode: int) -> Step:
    return lambda project: place(project).chmod(mode)


def _rewritten(name: str, pattern: str, replacement: str) -> Step:
    def step(project: Project) -> None:
        file = project.path / ".aws-sam" / name
        text = file.read_text()
        changed = re.sub(pattern, replacement, text, flags=re.DOTALL)
        assert changed != text
        file.write_text(changed)

    return step


def _without_definition(name: str) -> Step:
    def step(project: Project) -> None:
        file = project.path / ".aws-sam" / "build.toml"
        content = tomlkit.parse(file.read_text()).unwrap()
        for table in content.values():
            table.pop(_uuid(project, name), None)
        file.write_text(tomlkit.dumps(content))

    return step


def _swapped(one: Place, other: Place) -> Step:
    def step(project: Project) -> None:
        first, second, aside = one(project), other(project), project.path / "aside"
        first.rename(aside)
        second.rename(first)
        aside.rename(second)

    return step


FUNCTIONS = ("Fn", "Twin")
BY_SAM: dict[str, tuple[Step, Told]] = {
    "sam build --cached of other sources": (
        _while_edited(_sam("--cached")),
        {"Layer": BUILT_AGAIN, "Made": BUILT_AGAIN} | dict.fromkeys(FUNCTIONS, ALTERED),
    ),
    "sam build --cached": (_sam("--cached"), {}),
    "sam build of other sources": (
        _while_edited(_sam()),
        {"Layer": ALTERED, "Made": BUILT_AGAIN} | dict.fromkeys(FUNCTIONS, ALTERED),
    ),
    "sam build": (_sam(), {"Layer": ALTERED}),
    "sam build --use-container": (_sam(*IN_CONTAINERS), {"Child/Inner": ALTERED, "Made": BUILT_AGAIN}),
    "sam build --cached --use-container of other sources": (
        _while_edited(_sam("--cached", *IN_CONTAINERS)),
        {"Layer": BUILT_AGAIN, "Made": BUILT_AGAIN} | dict.fromkeys(FUNCTIONS, BUILT_AGAIN),
    ),
    "sam build RESOURCE": (_sam("Layer"), {"Layer": ALTERED, "Made": LOST}),
    "sam build RESOURCE --cached of other sources": (
        _while_edited(_sam("Layer", "--cached")),
        {"Layer": BUILT_AGAIN, "Made": LOST},
    ),
}
BY_HAND: dict[str, tuple[Step, Told]] = {
    "edited artifact": (_edited(_artifact("Fn"), "app.py"), dict.fromkeys(FUNCTIONS, ALTERED)),
    "edited artifact that no cache has": (_edited(_artifact("Made"), "bootstrap"), {"Made": BUILT_AGAIN}),
    "edited artifact of a nested stack": (_edited(_artifact("Child/Inner"), "built-in"), {"Child/Inner": ALTERED}),
    "mode of an artifact": (_with_mode(_artifact("Layer/built-in"), 0o600), {"Layer": ALTERED}),
    "edited built template": (_edited(_below("build"), "template.yaml"), {}),
    "something else in the build dir": (_edited(_below("build"), "more"), {}),
    "edited cache": (_edited(_cached("Layer"), "built-in"), {"Layer": CACHE_ALTERED}),
    "more in the cache": (_edited(_cached("Fn"), "more"), dict.fromkeys(FUNCTIONS, CACHE_ALTERED)),
    "edited dependencies": (_edited(_deps("Fn"), "inflection/__init__.py"), dict.fromkeys(FUNCTIONS, DEPS_ALTERED)),
    "swapped caches": (
        _swapped(_cached("Layer"), _cached("Fn")),
        {"Layer": CACHE_ALTERED} | dict.fromkeys(FUNCTIONS, CACHE_ALTERED),
    ),
    "no artifact": (_gone(_artifact("Fn")), {}),
    "no artifact that no cache has": (_gone(_artifact("Made")), {"Made": LOST}),
    "no cache": (_gone(_cached("Layer")), {"Layer": CACHE_GONE}),
    "no dependencies": (_gone(_deps("Fn")), dict.fromkeys(FUNCTIONS, DEPS_GONE)),
    "no build dir": (_gone(_below("build")), {"Made": LOST}),
    "no cache dir": (_gone(_below("cache")), dict.fromkeys(WITH_DEFINITION, CACHE_GONE)),
    "no deps dir": (_gone(_below("deps")), dict.fromkeys(FUNCTIONS, DEPS_GONE)),
    "no listings": (_gone(_below("samix/sources.json")), {}),
    "neither artifacts nor cache": (
        lambda project: (_gone(_below("build"))(project), _gone(_below("cache"))(project)),
        dict.fromkeys(ALL, LOST),
    ),
    "a file for an artifact": (_as_file(_artifact("Fn")), dict.fromkeys(FUNCTIONS, ALTERED)),
    "a link for an artifact": (_as_link(_artifact("Layer")), {"Layer": ALTERED}),
    "a dead link for an artifact": (_as_dead_link(_artifact("Layer")), {"Layer": ALTERED}),
    "a link for a nested stack": (_as_link(_artifact("Child")), {}),
    "a link for a built template": (_as_link(_artifact("template.yaml")), {}),
    "a file for a cache": (_as_file(_cached("Layer")), {"Layer": CACHE_ALTERED}),
    "a link for a cache": (_as_link(_cached("Layer")), {"Layer": CACHE_ALTERED}),
    "a dead link for a cache": (_as_dead_link(_cached("Layer")), {"Layer": CACHE_GONE}),
    "a link for dependencies": (_as_link(_deps("Fn")), dict.fromkeys(FUNCTIONS, DEPS_ALTERED)),
    "a file for the deps dir": (_as_file(_below("deps")), dict.fromkeys(FUNCTIONS, DEPS_GONE)),
    "a dead link for the deps dir": (_as_dead_link(_below("deps")), dict.fromkeys(FUNCTIONS, DEPS_GONE)),
    "a dead link for the cache dir": (_as_dead_link(_below("cache")), dict.fromkeys(WITH_DEFINITION, CACHE_GONE)),
    "a link for the deps dir": (_as_link(_below("deps")), {}),
    "a link for the cache dir": (_as_link(_below("cache")), {}),
}
BUILD_TOML: dict[str, tuple[Step, Told]] = {
    "another source hash": (
        _rewritten("build.toml", r'source_hash = "[0-9a-f]{2}', 'source_hash = "zz'),
        dict.fromkeys(WITH_DEFINITION, DEFINITION_ALTERED),
    ),
    "another manifest hash": (
        _rewritten("build.toml", r'manifest_hash = "[0-9a-f]{2}', 'manifest_hash = "zz'),
        dict.fromkeys(FUNCTIONS, DEFINITION_ALTERED),
    ),
    "another architecture": (
        _rewritten("build.toml", "x86_64", "arm64"),
        dict.fromkeys(WITH_DEFINITION, DEFINITION_ALTERED),
    ),
    "another source": (_rewritten("build.toml", r'/fn"', '/made"'), {}),
    "no definition of a layer": (_without_definition("Layer"), {"Layer": DEFINITION_GONE}),
    "no definition of functions": (_without_definition("Fn"), dict.fromkeys(FUNCTIONS, DEFINITION_GONE)),
    "no file": (_gone(_below("build.toml")), dict.fromkeys(WITH_DEFINITION, DEFINITION_GONE)),
    "a broken file": (_rewritten("build.toml", ".+", "}{"), dict.fromkeys(WITH_DEFINITION, DEFINITION_GONE)),
    "a file of something else": (
        _rewritten("build.toml", ".+", "function_build_definitions = 3\n"),
        dict.fromkeys(WITH_DEFINITION, DEFINITION_GONE),
    ),
    "a link": (_as_link(_below("build.toml")), {}),
}
EDITS = {
    "Layer": "layer/text changed",
    "Fn": "fn/app.py changed",
    "Twin": "fn/app.py changed",
    "Made": "made/text changed",
}
BACKUPS: dict[str, tuple[Step, Told]] = {
    "of the build dir": (_backup_restored("build"), {name: ("built", text) for name, text in EDITS.items()}),
    "of the state": (
        _backup_restored("samix/state.json"),
        {"Layer": BUILT_AGAIN, "Made": BUILT_AGAIN}
        | dict.fromkeys(FUNCTIONS, (BUILT_AGAIN[0], f"{BUILT_AGAIN[1]}; with dependencies that were installed before")),
    ),
    "of all": (_backup_restored("."), {}),
}
BROKEN: dict[str, Step] = {
    "an older version": _rewritten("samix/state.json", r'"version":\d+', '"version":1'),
    "a newer version": _rewritten("samix/state.json", r'"version":\d+', '"version":99'),
    "half of it": lambda project: _cut(project.path / ".aws-sam/samix/state.json"),
    "nothing": lambda project: (project.path / ".aws-sam/samix/state.json").write_text(""),
    "a list": lambda project: (project.path / ".aws-sam/samix/state.json").write_text("[]"),
    "no text": lambda project: (project.path / ".aws-sam/samix/state.json").write_bytes(b"\xff\xfe\x00"),
    "another secret": _rewritten("samix/state.json", r'"secret":"[0-9a-f]+"', '"secret":"00"'),
    "records of another kind": _rewritten("samix/state.json", r'"units":\{.*', '"units":[]}'),
}


def _cut(file: Path) -> None:
    text = file.read_text()
    file.write_text(text[: len(text) // 2])


def _check(project: Project, built: Built) -> None:
    """The end: what a build from nothing gives, and nothing is left to do, by samix or by a sam."""
    assert differences(project.built(), built.tree) == []
    assert _told(project) == {}
    root = project.path / ".aws-sam"
    known = {one.uuid for one in read_definitions(root / "build.toml")}
    assert {entry.name for entry in (root / "cache").iterdir()} == known
    assert [entry.name for entry in (root / "deps").iterdir()] == [_uuid(project, "Fn")]
    for name in ("Layer", "Child/Inner", "Fn"):
        assert differences(tree(_cached(name)(project)), tree(project.build_dir / name)) == []
    assert "inflection" in {entry.name for entry in _deps("Fn")(project).iterdir()}


@pytest.mark.parametrize(
    ("step", "told"),
    [
        pytest.param(step, told, id=f"{kind}-{name}")
        for kind, cases in (("sam", BY_SAM), ("hand", BY_HAND), ("build.toml", BUILD_TOML))
        for name, (step, told) in cases.items()
    ],
)
def test_what_something_else_did_is_reported_and_repaired(
    project: Project, built: Built, step: Step, told: Told
) -> None:
    step(project)
    assert _told(project) == told
    _check(project, built)


@pytest.mark.parametrize(("step", "told"), BACKUPS.values(), ids=BACKUPS)
def test_a_restored_backup_is_believed_as_far_as_it_is_true(
    project: Project, built: Built, step: Step, told: Told
) -> None:
    step(project)
    assert _told(project) == told
    _check(project, built)


@pytest.mark.parametrize("step", BROKEN.values(), ids=BROKEN)
def test_a_state_that_cannot_be_used_is_set_aside(project: Project, built: Built, step: Step) -> None:
    step(project)
    state = project.path / ".aws-sam" / "samix" / "state.json"
    broken = state.read_bytes()
    run = project.samix(*BUILD).succeeded()
    assert set(run.results().values()) == {("container", "built"), ("host", "built")}
    assert run.errors.count("a build renames it to state.json.old, and builds everything again.") == 1
    assert "Traceback" not in run.text
    assert state.with_name("state.json.old").read_bytes() == broken
    _check(project, built)


@pytest.mark.parametrize("name", ["build", "cache"])
def test_a_file_where_an_option_names_a_directory_is_left_alone(project: Project, built: Built, name: str) -> None:
    _as_file(_below(name))(project)
    run = project.samix(*BUILD).failed_with(1)
    assert f"--{name}-dir: {project.path}/.aws-sam/{name} is not a directory." in run.errors
    assert (project.path / ".aws-sam" / name).read_text() == "a file\n"
    _gone(_below(name))(project)
    assert _told(project) == ({"Made": LOST} if name == "build" else dict.fromkeys(WITH_DEFINITION, CACHE_GONE))
    _check(project, built)


@pytest.mark.parametrize("what", ["state", "directory", "all"])
def test_without_a_state_all_is_built_again(project: Project, built: Built, what: str) -> None:
    _remove(project.path / ".aws-sam" / {"state": "samix/state.json", "directory": "samix", "all": "."}[what])
    assert _told(project) == dict.fromkeys(ALL, NEW)
    _check(project, built)


PLACES = (
    '{"name": "app", "version": "1.0.0", "scripts": {"install": "case $PWD in /tmp/samcli*) touch inside;; esac"}}\n'
)


def test_functions_that_sam_takes_for_one_are_left_to_it(tmp_path: Path) -> None:
    function = "{Type: AWS::Serverless::Function, Properties: {CodeUri: %s, Handler: app.handler, Runtime: nodejs22.x}}"
    resources = {"One": function % "shared", "Two": function % "shared", "Other": function % "other"}
    lines = [f"  {name}: {text}\n" for name, text in resources.items()]
    files = {f"{place}/package.json": PLACES for place in ("shared", "other")}
    files |= {f"{place}/app.js": "exports.handler = async () => 1\n" for place in ("shared", "other")}
    files["template.yaml"] = f"Transform: AWS::Serverless-2016-10-31\nResources:\n{''.join(lines)}"
    project = Project.from_files(tmp_path / "app", files)
    project.sam("build", "--cached").succeeded()
    by_sam = project.built()
    _remove(project.path / ".aws-sam")
    arguments = (*BUILD, "--build-type", "Two=container")
    run = project.samix(*arguments).succeeded()
    assert run.results() == dict.fromkeys(("One", "Other"), ("host", "built")) | {"Two": ("container", "built")}
    by_samix = project.built()
    assert differences(by_samix, by_sam) == ["Two/inside"]
    assert _functions(project) == [["Other"]]

    bare = project.sam("build", "--cached").succeeded()

    assert "Manifest is not changed for (Other)" in bare.text
    assert "Manifest is not changed for (One" not in bare.text
    assert differences(project.built(), by_sam) == []
    assert sorted(map(sorted, _functions(project))) == [["One", "Two"], ["Other"]]

    again = project.samix(*arguments).succeeded()

    assert {name: result for name, (_, result) in again.results().items()} == {
        "One": "reused",
        "Two": "built",
        "Other": "reused",
    }
    assert "building Two (container): artifact was altered since the build" in again.errors
    assert differences(project.built(), by_samix) == []
    assert _functions(project) == [["Other"]]


def _functions(project: Project) -> list[list[str]]:
    definitions = read_definitions(project.path / ".aws-sam" / "build.toml")
    return [[str(name) for name in as_list(one.fields["functions"])] for one in definitions]
