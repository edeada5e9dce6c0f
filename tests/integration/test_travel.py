"""`.aws-sam` goes along with its application: to another path, onto a fresh clone, through any change of time stamps.

There samix starts nothing, and what it has written lets both kinds of a bare sam reuse all that it built.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from support.engine import created_containers, own_name, public_image
from support.project import Project, Run, Tree, clean_environment, differences, tree
from support.trapped_sam import trapped_sam

from samix.state.build_toml import read_definitions
from samix.template.value import as_list, as_mapping

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

pytestmark = [pytest.mark.container, pytest.mark.usefixtures("container_engine")]

PYTHON = "python3.11"  # what the build images hold
TEMPLATE = f"""\
Transform: AWS::Serverless-2016-10-31
Globals:
  Function: {{Handler: app.handler, Runtime: {PYTHON}}}
Resources:
  BuiltLayer:
    Type: AWS::Serverless::LayerVersion
    Metadata: {{BuildMethod: makefile, BuildType: container}}
    Properties: {{ContentUri: built-layer, CompatibleRuntimes: [provided.al2023]}}
  PythonLayer:
    Type: AWS::Serverless::LayerVersion
    Metadata: {{BuildMethod: {PYTHON}}}
    Properties: {{ContentUri: python-layer, CompatibleRuntimes: [{PYTHON}]}}
  One:
    Type: AWS::Serverless::Function
    Properties: {{CodeUri: python, Layers: [!Ref PythonLayer]}}
  Two:
    Type: AWS::Serverless::Function
    Properties: {{CodeUri: python, Handler: app.other}}
  Node:
    Type: AWS::Serverless::Function
    Properties: {{CodeUri: node, Runtime: nodejs22.x}}
  Go:
    Type: AWS::Serverless::Function
    Metadata: {{BuildMethod: go1.x}}
    Properties: {{CodeUri: go, Runtime: provided.al2023, Handler: bootstrap}}
  Made:
    Type: AWS::Serverless::Function
    Metadata: {{BuildMethod: makefile, BuildDependsOn: [BuiltLayer]}}
    Properties: {{CodeUri: made, Runtime: provided.al2023, Handler: bootstrap}}
  Contained:
    Type: AWS::Serverless::Function
    Metadata: {{BuildType: container}}
    Properties: {{CodeUri: contained}}
  Asset:
    Type: AWS::Lambda::Function
    Metadata: {{'aws:asset:path': assets/asset.1, 'aws:asset:property': Code}}
    Properties: {{Code: {{S3Bucket: bucket, S3Key: key}}, Handler: app.handler, Runtime: {PYTHON}}}
  Context:
    Type: AWS::Serverless::Function
    Metadata: {{DockerContext: python, Dockerfile: Dockerfile}}
    Properties: {{CodeUri: context}}
  Child:
    Type: AWS::Serverless::Application
    Properties: {{Location: child/template.yaml}}
"""
CHILD = f"""\
Transform: AWS::Serverless-2016-10-31
Resources:
  Inner:
    Type: AWS::Serverless::Function
    Properties: {{CodeUri: ../inner, Handler: app.handler, Runtime: {PYTHON}}}
"""
APP = "def handler(event, context):\n    return 1\n"
FILES = {
    "template.yaml": TEMPLATE,
    "child/template.yaml": CHILD,
    "built-layer/Makefile": "build-BuiltLayer:\n\techo $(ARTIFACTS_DIR) > $(ARTIFACTS_DIR)/built-in.txt\n",
    "python-layer/requirements.txt": "inflection==0.5.1\n",
    "python-layer/own.py": "VALUE = 1\n",
    "python/requirements.txt": "inflection==0.5.1\n",
    "python/app.py": APP,
    "python/package/__init__.py": "",
    "node/package.json": '{"name": "node", "version": "1.0.0", "dependencies": {"ms": "2.1.3"}}\n',
    "node/app.js": "exports.handler = async () => require('ms')('1d')\n",
    "go/go.mod": "module example.com/go\n\ngo 1.20\n",
    "go/main.go": "package main\n\nfunc main() {}\n",
    # what the container leaves is not the same on the host, so this tells whose layer it got
    "made/Makefile": "LAYER := $(or $(SAMIX_ARTIFACTS_BuiltLayer),$(ARTIFACTS_DIR)/../BuiltLayer)\n"
    "build-Made:\n\tinstall -m 755 bootstrap $(ARTIFACTS_DIR)\n",
    "made/bootstrap": "#!/bin/sh\n",
    "contained/requirements.txt": "inflection==0.5.1\n",
    "contained/app.py": APP,
    "assets/asset.1/app.py": APP + "# of an asset\n",
    "assets/asset.1/requirements.txt": "",
    "context/app.py": APP + "# with a context\n",
    "context/requirements.txt": "",
    "inner/app.py": APP + "# nested\n",
    "inner/requirements.txt": "inflection==0.5.1\n",
    ".gitignore": ".aws-sam/\n",
}
# by definition, in the words of sam; the makefile function is no sam's to reuse
INCREMENTAL = {"One, Two", "Node", "Contained", "Asset", "Context", "Child/Inner"}
CACHED = {"BuiltLayer", "Go"}
INCREMENTAL_LAYERS = {"PythonLayer"}
_REUSED = re.compile(r"(?:Valid cache found, copying .* (?:functions|layers)|Manifest is not changed for) \(([^)]*)\)")
_ANOTHER_TIME = 978_307_200  # the first of January 2001


@dataclass(frozen=True)
class Built:
    project: Project
    tree: Tree

    def tree_at(self, place: Path) -> Tree:
        """What was built, as it is at another place: sam writes the DockerContext of a function as a whole path."""
        kind, mode, text = self.tree["template.yaml"]
        moved = text.replace(bytes(self.project.path), bytes(place))
        assert moved != text
        return self.tree | {"template.yaml": (kind, mode, moved)}


@pytest.fixture(scope="module", autouse=True)
def _no_stamp() -> Iterator[None]:
    """Edits make a checkout modified, and Go would write that into its program."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GOFLAGS", "-buildvcs=false")
        yield


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    project = Project.from_files(tmp_path_factory.mktemp("origin") / "app", FILES)
    (project.path / "made" / "bootstrap").chmod(0o755)
    (project.path / "python" / "alias.py").symlink_to("app.py")
    for arguments in (["init", "--quiet"], ["add", "--all"], [*_AUTHOR, "commit", "--quiet", "--message", "All"]):
        _git(project.path, *arguments)
    run = project.samix("build", "--skip-pull-image").succeeded()
    assert {result for _, result in run.results().values()} == {"built"}
    return Built(project, project.built())


_AUTHOR = ("-c", "user.name=a", "-c", "user.email=a@example.com")


def _git(directory: Path, *arguments: str) -> None:
    environment = {**clean_environment(), "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    subprocess.run(["git", *arguments], cwd=directory, env=environment, capture_output=True, timeout=60, check=True)


def _copied(origin: Path, target: Path) -> None:
    shutil.copytree(origin, target, symlinks=True)


def _cloned(origin: Path, target: Path) -> None:
    _git(origin, "clone", "--quiet", "--no-hardlinks", str(origin), str(target))
    shutil.copytree(origin / ".aws-sam", target / ".aws-sam", symlinks=True, copy_function=shutil.copy)


def _at_another_time(origin: Path, target: Path) -> None:
    _copied(origin, target)
    _set_times(target)


def _all_of_it(origin: Path, target: Path) -> None:
    _cloned(origin, target)
    _set_times(target)


def _set_times(root: Path) -> None:
    for directory, names, files in os.walk(root):
        for name in [".", *names, *files]:
            os.utime(os.path.join(directory, name), (_ANOTHER_TIME, _ANOTHER_TIME), follow_symlinks=False)


WAYS: dict[str, Callable[[Path, Path], None]] = {
    "copied": _copied,
    "cloned": _cloned,
    "at another time": _at_another_time,
    "all of it": _all_of_it,
}


@pytest.fixture(params=WAYS)
def travelled(built: Built, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Project]:
    """The application in another place, where nothing was built. Its origin is away: nothing can lead there."""
    target = tmp_path / "another" / "longer" / "path"
    target.parent.mkdir(parents=True)
    WAYS[request.param](built.project.path, target)
    away = built.project.path.with_name("away")
    built.project.path.rename(away)
    yield Project(target)
    away.rename(built.project.path)


def _samix_without_anything(project: Project, directory: Path) -> Run:
    """samix, where every sam and every engine tells that it was started, and fails."""
    started = directory / "started"
    programs = directory / "programs"
    programs.mkdir()
    text = f"import sys\nprint(*sys.argv, file=open({str(started)!r}, 'a'))\nsys.exit(1)\n"
    (programs / "sam").symlink_to(trapped_sam(directory / "trap", started))
    for name in ("docker", "podman", "finch"):
        (programs / name).write_text(f"#!{sys.executable}\n{text}")
        (programs / name).chmod(0o755)
    path = f"{programs}{os.pathsep}{clean_environment()['PATH']}"
    run = project.samix("build", "--skip-pull-image", PATH=path, DOCKER_HOST=f"unix://{directory}/nowhere")
    assert not started.exists(), started.read_text()
    return run


def _reused(run: Run) -> set[str]:
    """The definitions that a sam says it reuses."""
    return set(_REUSED.findall(run.text))


def test_all_is_reused_by_samix_and_by_both_kinds_of_sam(built: Built, travelled: Project, tmp_path: Path) -> None:
    expected = built.tree_at(travelled.path)

    run = _samix_without_anything(travelled, tmp_path).succeeded()

    assert {result for _, result in run.results().values()} == {"reused"}
    assert differences(travelled.built(), expected) == []
    definitions = read_definitions(travelled.path / ".aws-sam" / "build.toml")
    places = {str(definition.fields["codeuri"]) for definition in definitions}
    assert len(definitions) == len(INCREMENTAL | INCREMENTAL_LAYERS | CACHED)
    assert all(place.startswith(f"{travelled.path}/") and os.path.isdir(place) for place in places)
    assert str(built.project.path) not in (travelled.path / ".aws-sam" / "build.toml").read_text()

    kept = travelled.path.with_name("kept")
    travelled.path.rename(kept)  # each sam gets the place as samix left it, at the path that build.toml names
    _copied(kept, travelled.path)
    on_host = travelled.sam("build", "--cached").succeeded()
    assert _reused(on_host) == INCREMENTAL | INCREMENTAL_LAYERS | CACHED
    assert differences(travelled.built(), expected) == []

    shutil.rmtree(travelled.path)
    kept.rename(travelled.path)
    with own_name(public_image(PYTHON)) as image, created_containers(image) as images:
        arguments = ("--use-container", "--skip-pull-image", "--build-image", image)
        in_container = travelled.sam("build", "--cached", *arguments).succeeded()
    assert _reused(in_container) == INCREMENTAL | INCREMENTAL_LAYERS | CACHED
    assert images == [image]  # for the makefile function
    assert differences(travelled.built(), expected) == []


def test_edit_in_the_new_place_builds_only_what_it_concerns(built: Built, tmp_path: Path) -> None:
    target = tmp_path / "path"
    _cloned(built.project.path, target)
    project = Project(target)
    project.write("inner/app.py", APP)
    run = project.samix("build", "--skip-pull-image").succeeded()
    assert [name for name, (_, result) in run.results().items() if result != "reused"] == ["Child/Inner"]
    assert "inner/app.py changed" in run.errors
    assert differences(project.built(), built.tree_at(target)) == ["Child/Inner/app.py"]
    metadata = [as_mapping(one.fields.get("metadata")) for one in read_definitions(target / ".aws-sam/build.toml")]
    assert [one["DockerContext"] for one in metadata if "DockerContext" in one] == [str(target / "python")]
    owners = [as_list(one.fields.get("functions")) for one in read_definitions(target / ".aws-sam/build.toml")]
    assert ["Child/Inner"] in owners
    assert tree(target / ".aws-sam" / "deps") != {}
