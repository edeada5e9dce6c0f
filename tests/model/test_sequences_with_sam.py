"""Whatever happened before, one `samix build` makes what a build from nothing makes: with the real sam and containers.

`SAMIX_SEQUENCES=200 pytest tests/model/test_sequences_with_sam.py` tries that many sequences, others each time.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st
from support.project import HOST_PYTHON, Project, Tree, differences, tree

from samix.files.copies import remove_tree, tree_digest
from samix.state.build_toml import Section, read_definitions
from samix.template.value import as_list

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = [pytest.mark.container, pytest.mark.usefixtures("container_engine")]

SEQUENCES = int(os.environ.get("SAMIX_SEQUENCES", "2"))
IN_CONTAINER = ("--use-container", "--skip-pull-image")

TEMPLATE = """\
Transform: AWS::Serverless-2016-10-31
Resources:
  Layer:
    Type: AWS::Serverless::LayerVersion
    Metadata: {BuildMethod: makefile, BuildType: LAYER_IN}
    Properties: {ContentUri: layer, CompatibleRuntimes: [provided.al2023]}
  Made:
    Type: AWS::Serverless::Function
    Metadata: {BuildMethod: makefile, BuildDependsOn: [Layer]}
    Properties: {CodeUri: made, Runtime: provided.al2023, Handler: bootstrap}
  Code:
    Type: AWS::Serverless::Function
    Properties: {CodeUri: code, Runtime: PYTHON, Handler: app.handler}
"""
TWIN = """\
  Twin:
    Type: AWS::Serverless::Function
    Properties: {CodeUri: code, Runtime: PYTHON, Handler: app.other}
"""
# sam copies what it builds in a container to a directory of its own there
LAYER = """\
build-Layer:
	cp -a . $(ARTIFACTS_DIR)
	case $$PWD in /tmp/samcli/*) echo container;; *) echo host;; esac > $(ARTIFACTS_DIR)/where
"""
MADE = """\
build-Made:
	cp -a . $(ARTIFACTS_DIR)
	cat "$(SAMIX_ARTIFACTS_Layer)/where" > $(ARTIFACTS_DIR)/used || echo nothing > $(ARTIFACTS_DIR)/used
"""
BROKEN = "build-Layer:\n\tfalse\n"
NAMES = ("Layer", "Made", "Code")
STATE = ("build", "build.toml", "cache", "deps", "samix", "samix/state.json", "")


@dataclass
class _App:
    """The application as it is by now."""

    top: Path
    project: Project = field(init=False)
    layer_in: str = "container"
    has_twin: bool = False

    def __post_init__(self) -> None:
        self.project = Project.from_files(
            self.top / "here",
            {
                "code/app.py": "def handler(event, context): return 1\n",
                "code/requirements.txt": "six==1.16.0\n",
                "layer/Makefile": LAYER,
                "layer/data.txt": "one\n",
                "made/Makefile": MADE,
                "made/data.txt": "one\n",
            },
        )
        self.write()

    def write(self) -> None:
        text = TEMPLATE + (TWIN if self.has_twin else "")
        self.project.write("template.yaml", text.replace("LAYER_IN", self.layer_in).replace("PYTHON", HOST_PYTHON))

    @property
    def state(self) -> Path:
        return self.project.path / ".aws-sam"


def _edit(app: _App, name: str, text: str) -> None:
    app.project.write(name, text)


def _mode(app: _App, name: str, mode: int) -> None:
    path = app.project.path / name
    if path.exists():
        path.chmod(mode)


def _link(app: _App, name: str, target: str) -> None:
    path = app.project.path / name
    remove_tree(path)
    path.symlink_to(target)


def _remove(app: _App, name: str) -> None:
    remove_tree(app.project.path / name)


def _rename(app: _App, name: str, other: str) -> None:
    path = app.project.path / name
    if path.exists():
        path.rename(app.project.path / other)


def _template(app: _App, layer_in: str, has_twin: bool) -> None:
    app.layer_in, app.has_twin = layer_in, has_twin
    app.write()


def _samix(app: _App, *arguments: str) -> None:
    assert "Traceback" not in app.project.samix("build", "--skip-pull-image", *arguments).text


def _samix_fails(app: _App) -> None:
    text = (app.project.path / "layer" / "Makefile").read_text()
    app.project.write("layer/Makefile", BROKEN)
    app.project.samix("build", "--skip-pull-image").failed_with(1)
    app.project.write("layer/Makefile", text)


def _sam(app: _App, *arguments: str) -> None:
    app.project.sam("build", *arguments)  # it may fail: without a layer's artifact, or without an image


def _damage(app: _App, where: str, which: int) -> None:
    root = app.state / where
    files = [path for path in root.rglob("*") if path.is_file() and not path.is_symlink()]
    # the first name may be one that is drawn anew each time
    files.sort(key=lambda path: (path.relative_to(root).parts[1:], path.read_bytes()))
    if files:
        file = files[which % len(files)]
        if which % 2:  # what is linked to it stays as it was
            file.unlink()
        file.write_text("damaged\n")


def _lose(app: _App, where: str) -> None:
    remove_tree(app.state / where)


def _back_up(app: _App) -> None:
    remove_tree(app.top / "backup")
    if app.state.exists():
        shutil.copytree(app.state, app.top / "backup", symlinks=True)


def _restore(app: _App, where: str) -> None:
    kept, place = app.top / "backup" / where, app.state / where
    if kept.is_dir():
        remove_tree(place)
        shutil.copytree(kept, place, symlinks=True)
    elif kept.exists():
        place.parent.mkdir(exist_ok=True)
        shutil.copyfile(kept, place)


def _move(app: _App) -> None:
    place = app.top / ("there" if app.project.path.name == "here" else "here")
    app.project.path.rename(place)
    app.project = Project(place)


def _touch(app: _App) -> None:
    for path in app.project.path.rglob("*"):
        if path.exists():
            os.utime(path)


_FILES = ("code/app.py", "code/more.py", "layer/data.txt", "made/data.txt")
STEPS: dict[str, tuple[Callable[..., None], st.SearchStrategy[tuple[object, ...]]]] = {
    "edit": (_edit, st.tuples(st.sampled_from(_FILES), st.sampled_from(["one\n", "two\n"]))),
    "require": (_edit, st.tuples(st.just("code/requirements.txt"), st.sampled_from(["", "six==1.16.0\n"]))),
    "mode": (_mode, st.tuples(st.sampled_from(_FILES), st.sampled_from([0o644, 0o755]))),
    "link": (_link, st.tuples(st.sampled_from(["made/link", "layer/link"]), st.sampled_from(["data.txt", "Makefile"]))),
    "remove": (_remove, st.tuples(st.sampled_from(["code/more.py", "code/requirements.txt", "made/link"]))),
    "rename": (_rename, st.just(("code/more.py", "code/other.py"))),
    "template": (_template, st.tuples(st.sampled_from(["host", "container"]), st.booleans())),
    "samix": (_samix, st.sampled_from([(), ("Code",), ("Made",), ("--exclude", "Code"), ("--no-cached", "Layer")])),
    "samix fails": (_samix_fails, st.just(())),
    "sam": (
        _sam,
        st.sampled_from([
            (), ("--cached",), ("--cached",), ("--cached", *IN_CONTAINER), IN_CONTAINER, ("Code",), ("Made",),
            ("--cached", "Code"), ("--cached", "Layer"),
        ]),
    ),
    "damage": (_damage, st.tuples(st.sampled_from(["build", "cache", "deps"]), st.integers(0, 30))),
    "lose": (_lose, st.tuples(st.sampled_from(STATE))),
    "back up": (_back_up, st.just(())),
    "restore": (_restore, st.tuples(st.sampled_from(["build", "build.toml", "cache", "deps", "samix"]))),
    "move": (_move, st.just(())),
    "touch": (_touch, st.just(())),
}  # fmt: skip
_one_step = st.sampled_from(list(STEPS)).flatmap(lambda name: st.tuples(st.just(name), STEPS[name][1]))
# the container's layer built on the host in between, dependencies that were altered, and an old state beside new caches
POISONED = [
    ("edit", ("layer/data.txt", "two\n")),
    ("sam", ("--cached",)),
    ("template", ("container", True)),
    ("sam", ("Code",)),
    ("damage", ("deps", 3)),
    ("edit", ("code/app.py", "two\n")),
]
RESTORED = [
    ("back up", ()),
    ("edit", ("code/app.py", "two\n")),
    ("template", ("host", False)),
    ("samix", ()),
    ("restore", ("samix",)),
    ("restore", ("build.toml",)),
    ("move", ()),
    ("edit", ("code/app.py", "one\n")),
]


def _from_nothing(app: _App, seen: dict[str, Tree]) -> Tree:
    """What a build in a fresh directory makes; of one state of the application once."""
    fresh = app.top / "fresh"
    shutil.copytree(app.project.path, fresh, symlinks=True, ignore=shutil.ignore_patterns(".aws-sam"))
    digest = tree_digest(fresh)
    if digest not in seen:
        project = Project(fresh)
        project.samix("build", "--skip-pull-image").succeeded()
        seen[digest] = project.built()
    remove_tree(fresh)
    return seen[digest]


def _check_state(app: _App) -> None:
    definitions = read_definitions(app.state / "build.toml")
    uuids = {definition.uuid for definition in definitions}
    assert {path.name for path in app.state.glob("cache/*")} == uuids
    assert {path.name for path in app.state.glob("deps/*")} <= uuids
    named = set()
    for definition in definitions:
        fields = definition.fields
        is_layer = definition.section is Section.LAYERS
        for name in [fields["layer"]] if is_layer else as_list(fields["functions"]):
            named.add(name)
            assert tree(app.state / "cache" / definition.uuid) == tree(app.project.build_dir / str(name))
        if str(fields.get("runtime")).startswith("python") and fields.get("manifest_hash"):
            assert (app.state / "deps" / definition.uuid).is_dir()
    assert named == {"Layer", "Code", *(["Twin"] if app.has_twin else [])}


@pytest.fixture(scope="module")
def built_from_nothing() -> dict[str, Tree]:
    return {}


@settings(
    max_examples=SEQUENCES,
    deadline=None,
    derandomize="SAMIX_SEQUENCES" not in os.environ,
    phases=[Phase.explicit, Phase.generate],  # to shrink a sequence of real builds takes hours
    suppress_health_check=list(HealthCheck),
)
@example(steps=POISONED)
@example(steps=RESTORED)
@given(steps=st.lists(_one_step, min_size=4, max_size=8))
def test_any_sequence_ends_in_what_a_build_from_nothing_makes(
    built_from_nothing: dict[str, Tree], steps: list[tuple[str, tuple[object, ...]]]
) -> None:
    with tempfile.TemporaryDirectory() as directory:
        app = _App(Path(directory).resolve())
        app.project.samix("build", "--skip-pull-image").succeeded()
        for name, values in steps:
            STEPS[name][0](app, *values)

        app.project.samix("build", "--skip-pull-image").succeeded()

        assert differences(app.project.built(), _from_nothing(app, built_from_nothing)) == []
        _check_state(app)
        before = tree(app.state)
        again = app.project.samix("build", PATH="/nowhere").succeeded()  # it starts nothing
        assert {result for _, result in again.results().values()} == {"reused"}
        assert [path for path in differences(before, tree(app.state)) if not path.startswith("samix/")] == []
        found = app.project.sam("build", "--cached", *IN_CONTAINER)
        if found.code == 0:  # and so does sam, but for the makefile function
            assert [
                line for line in found.errors.splitlines() if "Cache is invalid" in line and "(Made)" not in line
            ] == []
            changed = differences(before, tree(app.state))
            assert {path.split("/")[1] for path in changed if path.startswith("build/")} <= {"Made"}
