"""Units that write to one place: each leaves what it leaves when one sam builds all, one after the other.

What recipes do at the same time is made certain by files that they wait for (`_MEET`), outside of the application.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest
from support.project import HOST_PYTHON, Project, Run, Tree, clean_environment, differences

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_NODE = "nodejs22.x"
_PATIENCE = 30
_NOTICED = "were built together. Both are built again"
# tells that a recipe is there, and waits until the others are, if any are to be: sam builds one after the other
_MEET = """\
#!/bin/sh
name=$1; shift
echo "$name" >> "$MEETING/order"
touch "$MEETING/$name"
test -n "$TOGETHER" || exit 0
for other in "$@"; do while test ! -e "$MEETING/$other"; do sleep 0.02; done; done
"""


def _function(name: str, code: str, metadata: str = "") -> str:
    text = f"BuildMethod: makefile{metadata}"
    return (
        f"  {name}:\n    Type: AWS::Serverless::Function\n    Metadata: {{{text}}}\n"
        f"    Properties: {{CodeUri: {code}, Runtime: provided.al2023, Handler: bootstrap}}\n"
    )


def _layer(name: str, code: str, metadata: str = "") -> str:
    return (
        f"  {name}:\n    Type: AWS::Serverless::LayerVersion\n    Metadata: {{BuildMethod: makefile{metadata}}}\n"
        f"    Properties: {{ContentUri: {code}, CompatibleRuntimes: [provided.al2023]}}\n"
    )


def _stack(name: str, location: str) -> str:
    return f"  {name}:\n    Type: AWS::Serverless::Application\n    Properties: {{Location: {location}}}\n"


def _plain(name: str, code: str, runtime: str) -> str:
    return (
        f"  {name}:\n    Type: AWS::Serverless::Function\n"
        f"    Properties: {{CodeUri: {code}, Runtime: {runtime}, Handler: app.handler}}\n"
    )


def _template(*resources: str) -> str:
    return f"Transform: AWS::Serverless-2016-10-31\nResources:\n{''.join(resources)}"


def _recipe(name: str, *lines: str) -> str:
    return f"build-{name}:\n" + "".join(f"\t{line}\n" for line in lines)


@dataclass(frozen=True)
class _Application:
    """Files that are built in one place, first by sam and then by samix."""

    place: Path
    files: Mapping[str, str]
    arguments: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)

    @property
    def meeting(self) -> Path:
        return self.place / "meeting"

    def fresh(self) -> Project:
        """The application, and nothing that builds left."""
        path = self.place / "app"
        for directory in (path, self.meeting):
            shutil.rmtree(directory, ignore_errors=True)
        self.meeting.mkdir(parents=True)
        Project.from_files(path, self.files)
        for script in path.rglob("*.sh"):
            script.chmod(0o755)
        own = {"MEETING": str(self.meeting), "PWD": str(path), **self.environment}
        return Project(path, own, timeout=_PATIENCE)

    def of_sam(self, changes: Mapping[str, str] | None = None) -> Tree:
        """What sam leaves of the application, changed or not."""
        project = self.fresh()
        for name, content in (changes or {}).items():
            project.write(name, content)
        project.sam("build", *self.arguments).succeeded()
        return project.built()

    def order(self) -> list[str]:
        """The units whose recipes have met, as they began."""
        return (self.meeting / "order").read_text().split()


def _results(run: Run) -> dict[str, str]:
    return {name: result for name, (_, result) in run.succeeded().results().items()}


def _settled(project: Project, *arguments: str, most: int = 2) -> None:
    """Build until nothing is to be built, so many times at most."""
    results: set[str] = set()
    built = project.built()
    for _ in range(most):
        results = set(_results(project.samix("build", *arguments)).values())
        assert differences(project.built(), built) == []
        if results == {"reused"}:
            return
    raise AssertionError(results)


# --- what texts say


# fails if another unit is there at the same time
_EXCLUSIVE = (
    "mkdir {place}.taken",
    "rm -rf {place}; mkdir {place}",
    "cp {main} {place}/bootstrap",
    "sleep 0.2",
    "cp -r {place}/. $(ARTIFACTS_DIR)/",
    "rmdir {place}.taken",
)


def _exclusive(name: str, place: str, main: str) -> str:
    return _recipe(name, *(line.format(place=place, main=main) for line in _EXCLUSIVE))


_ROOT = "$(abspath $(ARTIFACTS_DIR)/../../..)"
_IN_PROJECT = ", WorkingDirectory: ."
_MAINS = {"a/main.txt": "code a\n", "b/main.txt": "code b\n"}
KNOWN = {
    "working-directory": {
        "template.yaml": _template(_function("A", "a", _IN_PROJECT), _function("B", "b", _IN_PROJECT)),
        "a/Makefile": _exclusive("A", "dist", "a/main.txt"),
        "b/Makefile": _exclusive("B", "dist", "b/main.txt"),
    },
    "layer-and-function": {
        "template.yaml": _template(_function("A", "a", _IN_PROJECT), _layer("B", "b", _IN_PROJECT)),
        "a/Makefile": _exclusive("A", "dist", "a/main.txt"),
        "b/Makefile": _exclusive("B", "dist", "b/main.txt"),
    },
    "nested-stack": {
        "template.yaml": _template(_function("A", "a", _IN_PROJECT), _stack("Child", "child.yaml")),
        "child.yaml": _template(_function("B", "b", _IN_PROJECT)),
        "a/Makefile": _exclusive("A", "dist", "a/main.txt"),
        "b/Makefile": _exclusive("B", "dist", "b/main.txt"),
    },
    "one-source": {
        "template.yaml": _template(_function("A", "src"), _function("B", "src")),
        "src/Makefile": _exclusive("A", "$(PWD)/lib", "main.txt") + _exclusive("B", "$(PWD)/lib", "Makefile"),
        "src/main.txt": "code\n",
    },
    "root-of-the-artifact": {
        "template.yaml": _template(_function("A", "a"), _function("B", "b")),
        "a/Makefile": f"ROOT := {_ROOT}\n" + _exclusive("A", "$(ROOT)/lib", "main.txt"),
        "b/Makefile": _exclusive("B", "$(PWD)/lib", "main.txt"),
    },
    "script-in-a-working-directory": {
        "template.yaml": _template(_function("A", "a", _IN_PROJECT), _function("B", "b", _IN_PROJECT)),
        "a/Makefile": _recipe("A", "sh tools/build.sh a"),
        "b/Makefile": _recipe("B", "sh tools/build.sh b"),
        "tools/build.sh": "set -e\nmkdir dist\ncp $1/main.txt dist/bootstrap\nsleep 0.2\n"
        'cp dist/bootstrap "$ARTIFACTS_DIR"\nrm -r dist\n',
    },
    "makefile-of-the-project": {
        "template.yaml": _template(_function("A", "a"), _function("B", "b")),
        "a/Makefile": _recipe("A", "$(MAKE) -C $(PWD) one NAME=a"),
        "b/Makefile": _recipe("B", "$(MAKE) -C $(PWD) one NAME=b"),
        "Makefile": "one:\n\tmkdir dist\n\tcp $(NAME)/main.txt dist/bootstrap\n\tsleep 0.2\n"
        "\tcp dist/bootstrap $(ARTIFACTS_DIR)\n\trm -r dist\n",
    },
}


@pytest.mark.parametrize("name", KNOWN)
def test_what_is_known_to_write_in_one_place_takes_turns(tmp_path: Path, name: str) -> None:
    application = _Application(tmp_path, {**_MAINS, **KNOWN[name]})
    sams = application.of_sam()
    project = application.fresh()
    run = project.samix("build", "--jobs", "2").succeeded()
    assert differences(project.built(), sams) == []
    assert _NOTICED not in run.text
    _settled(project)


def test_units_of_one_place_are_built_together(tmp_path: Path) -> None:
    application = _Application(tmp_path, {**_MAINS, **KNOWN["one-source"], "b/other.txt": "", **_APART})
    project = application.fresh()
    project.samix("build").succeeded()
    changes = {"src/main.txt": "another\n"}
    project.write("src/main.txt", changes["src/main.txt"])
    assert _results(project.samix("build")) == {"A": "built", "B": "built", "Apart": "reused"}
    assert differences(project.built(), application.of_sam(changes)) == []


_APART = {
    "template.yaml": _template(_function("A", "src"), _function("B", "src"), _function("Apart", "apart")),
    "apart/Makefile": _recipe("Apart", "cp Makefile $(ARTIFACTS_DIR)/bootstrap"),
}


def test_one_of_a_group_is_built_as_if_all_were(tmp_path: Path) -> None:
    """Each adds to what those before it left; the one that is changed alone would find what the last one left."""
    recipes = {
        name: (*before, f"echo {name} >> $(PWD)/lib/list", "cp -r $(PWD)/lib main.txt $(ARTIFACTS_DIR)")
        for name, before in {"A": ("rm -rf $(PWD)/lib", "mkdir $(PWD)/lib"), "B": (), "C": ()}.items()
    }
    makefile = "".join(_recipe(name, *lines) for name, lines in recipes.items())
    units = [_function(name, f"{name.lower()}") for name in "ABC"]
    files = {"template.yaml": _template(*units), **{f"{name}/Makefile": makefile for name in "abc"}}
    files |= {f"{name}/main.txt": f"{name}\n" for name in "abc"}
    application = _Application(tmp_path, files)
    project = application.fresh()
    project.samix("build").succeeded()
    assert differences(project.built(), application.of_sam()) == []
    project = application.fresh()
    project.samix("build").succeeded()
    changes = {"b/main.txt": "another\n"}
    project.write("b/main.txt", changes["b/main.txt"])
    assert set(_results(project.samix("build")).values()) == {"built"}
    ours = project.built()
    _settled(project)
    assert differences(ours, application.of_sam(changes)) == []


# --- what nobody knows before


def _meeting(name: str, others: str, *lines: str) -> str:
    return _recipe(name, f"sh meet.sh {name} {others}", *lines)


_PYTHON = """\
import os, pathlib, shutil, sys
artifact = pathlib.Path(os.environ["ARTIFACTS_DIR"])
lib = artifact.parents[2] / "lib"
lib.mkdir(exist_ok=True)
(lib / "made.txt").write_text(sys.argv[1])
shutil.copytree(lib, artifact / "lib")
"""
_SHELL = """\
set -e
lib=$ARTIFACTS_DIR/../../../lib
mkdir -p "$lib"
echo "$1" > "$lib/made.txt"
cp -r "$lib" "$ARTIFACTS_DIR"
"""
_ADDING = """\
set -e
lib=$ARTIFACTS_DIR/../../../lib
mkdir -p "$lib"
echo "$1" > "$lib/$1.txt"
cp -r "$lib" "$ARTIFACTS_DIR"
"""


def _unknown(command: str, scripts: Mapping[str, str], names: str = "AB", **units: str) -> dict[str, str]:
    files = {"template.yaml": _template(*(units.get(name) or _function(name, name.lower()) for name in names))}
    for name in names:
        others = " ".join(other for other in names if other != name)
        code = name.lower()
        files |= {f"{code}/Makefile": _meeting(name, others, f"{command} {name}"), f"{code}/meet.sh": _MEET}
        files |= {f"{code}/{script}": text for script, text in scripts.items() if "/" not in script}
    return {**files, **{script: text for script, text in scripts.items() if "/" in script}}


UNKNOWN = {
    "shell": _unknown("sh $(PWD)/tools/build.sh", {"tools/build.sh": _SHELL}),
    "python": _unknown("python3 $(PWD)/tools/build.py", {"tools/build.py": _PYTHON}),
    "program": _unknown("$(PWD)/tools/build.sh", {"tools/build.sh": f"#!/bin/sh\n{_SHELL}"}),
    "by-the-artifact": _unknown("sh $(ARTIFACTS_DIR)/../../../tools/build.sh", {"tools/build.sh": _SHELL}),
    "layer-and-function": _unknown("sh $(PWD)/tools/build.sh", {"tools/build.sh": _SHELL}, B=_layer("B", "b")),
    "three": _unknown("sh $(PWD)/tools/build.sh", {"tools/build.sh": _SHELL}, "ABC"),
}


@pytest.mark.parametrize("name", UNKNOWN)
def test_what_scripts_write_in_one_place_is_noticed(tmp_path: Path, name: str) -> None:
    files = UNKNOWN[name]
    application = _Application(tmp_path, files)
    sams = application.of_sam()
    units = application.order()
    project = application.fresh()
    run = project.samix("build", "--jobs", str(len(units)), TOGETHER="1").succeeded()
    assert _NOTICED in run.text
    assert differences(project.built(), sams) == []
    assert sorted(application.order()) == sorted(units * 2)
    assert application.order()[len(units) :] == units
    _settled(project)
    project.write("a/main.txt", "another\n")
    again = project.samix("build").succeeded()  # TOGETHER would have them wait for each other without end
    assert _NOTICED not in again.text
    assert differences(project.built(), application.of_sam({"a/main.txt": "another\n"})) == []


@pytest.mark.parametrize("how", ["argument", "samconfig"])
def test_with_one_job_units_are_built_as_by_sam(tmp_path: Path, how: str) -> None:
    files = dict(_unknown("sh $(PWD)/tools/build.sh", {"tools/build.sh": _ADDING}))
    if how == "samconfig":
        files["samconfig.toml"] = "version = 0.1\n[default.build.parameters]\njobs = 1\n"
    application = _Application(tmp_path, files)
    sams = application.of_sam()
    project = application.fresh()
    run = project.samix("build", *(("--jobs", "1") if how == "argument" else ())).succeeded()
    assert _NOTICED not in run.text
    assert application.order() == ["A", "B"]
    assert differences(project.built(), sams) == []
    _settled(project)


def test_what_is_written_in_its_own_source_disturbs_nobody(tmp_path: Path) -> None:
    """A makes a file among its own sources; B runs in the project, and may do anything there."""
    files = {
        "template.yaml": _template(_function("A", "a"), _function("B", "b", _IN_PROJECT)),
        "a/Makefile": _meeting("A", "B", "sh build.sh"),
        "a/build.sh": 'echo made > "$ARTIFACTS_DIR/../../../a/made.txt"\ncp build.sh "$ARTIFACTS_DIR"\n',
        "b/Makefile": _recipe("B", "sh a/meet.sh B A", "sh b/build.sh"),
        "b/build.sh": 'cp b/main.txt "$ARTIFACTS_DIR"\n',
        "b/main.txt": "b\n",
        "a/meet.sh": _MEET,
    }
    application = _Application(tmp_path, files)
    sams = application.of_sam()
    project = application.fresh()
    run = project.samix("build", "--jobs", "2", TOGETHER="1").succeeded()
    assert _NOTICED not in run.text
    assert sorted(application.order()) == ["A", "B"]
    assert differences(project.built(), sams) == []
    # what it writes among its sources is known for its own once it was written with nothing beside it
    _settled(project, most=3)


# --- an editor


# the same as `_MEET`, without a script of the project
_WAITING = (
    'echo $@ >> "$$MEETING/order"; touch "$$MEETING/$@"',
    'test -z "$$TOGETHER" || until test -e "$$MEETING/go"; do sleep 0.02; done',
)


class _Building:
    """A build of two units that go on when the test lets them."""

    def __init__(self, application: _Application, project: Project) -> None:
        self._application = application
        self._process = subprocess.Popen(
            [sys.executable, "-m", "samix", "build", "--jobs", "2"],
            cwd=project.path,
            env={**clean_environment(), **project.environment, "TOGETHER": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def wait_for(self, *names: str) -> None:
        deadline = time.monotonic() + _PATIENCE
        while not all((self._application.meeting / name).exists() for name in names):
            if time.monotonic() > deadline:
                self._process.terminate()
            assert self._process.poll() is None, self._process.communicate()[0]
            time.sleep(0.02)

    def go_on(self) -> str:
        (self._application.meeting / "go").touch()
        output, _ = self._process.communicate(timeout=_PATIENCE)
        assert self._process.returncode == 0, output
        return output


@pytest.mark.parametrize("saved", ["a/main.txt", "shared/notes.txt"])
def test_a_file_saved_meanwhile_ties_no_units_together(tmp_path: Path, saved: str) -> None:
    recipe = (*_WAITING, f"cp $(PWD)/{saved} $(ARTIFACTS_DIR)/saved", "cp main.txt $(ARTIFACTS_DIR)")
    files = {
        "template.yaml": _template(_function("A", "a"), _function("B", "b")),
        "a/Makefile": _recipe("A", *recipe),
        "b/Makefile": _recipe("B", *recipe),
        "shared/notes.txt": "before\n",
        **_MAINS,
    }
    application = _Application(tmp_path, files)
    changes = {saved: "saved meanwhile\n"}
    sams = application.of_sam(changes)
    project = application.fresh()
    building = _Building(application, project)
    building.wait_for("build-A", "build-B")
    project.write(saved, changes[saved])
    building.go_on()
    for _ in range(3):
        if set(_results(project.samix("build")).values()) == {"reused"}:
            break
    assert set(_results(project.samix("build")).values()) == {"reused"}
    assert differences(project.built(), sams) == []
    project.write("b/main.txt", "another\n")
    (application.meeting / "order").unlink()
    project.samix("build").succeeded()
    assert application.order() == ["build-B"]


# --- packages that builders build where they lie


_SETUP = "from setuptools import setup\nsetup(name='common', version='1.0', packages=['common'], {more})\n"
_WRITING = """\
from pathlib import Path
from setuptools import setup
Path(__file__).with_name("common").joinpath("made.py").write_text("MADE = 1\\n")
setup(name="common", version="1.0", packages=["common"])
"""
PACKAGES = {
    "plain": {"common/setup.py": _SETUP.format(more="")},
    "writes-into-the-package": {"common/setup.py": _WRITING},
    "package-data": {
        "common/setup.py": _SETUP.format(more="package_data={'common': ['data/*']}"),
        "common/common/data/table.txt": "1 2 3\n",
    },
}


def _with_package(names: str, more: Mapping[str, str]) -> dict[str, str]:
    files = {"template.yaml": _template(*(_plain(name, name.lower(), HOST_PYTHON) for name in names))}
    for name in names.lower():
        files |= {f"{name}/app.py": f"NAME = {name!r}\n", f"{name}/requirements.txt": "./common\n"}
    return {**files, "common/common/__init__.py": "VALUE = 1\n", **more}


@pytest.mark.parametrize("name", PACKAGES)
def test_functions_of_one_local_package_are_as_by_sam(tmp_path: Path, name: str) -> None:
    names = "ABCD" if name == "plain" else "AB"
    application = _Application(tmp_path, _with_package(names, PACKAGES[name]))
    sams = application.of_sam()
    project = application.fresh()
    run = project.samix("build", "--jobs", "4").succeeded()
    assert _NOTICED not in run.text
    assert differences(project.built(), sams) == []
    _settled(project, most=2 if name == "writes-into-the-package" else 1)


def test_a_lone_function_with_a_local_package_is_reused(tmp_path: Path) -> None:
    application = _Application(tmp_path, _with_package("A", PACKAGES["plain"]))
    project = application.fresh()
    project.samix("build").succeeded()
    built = project.built()
    assert _results(project.samix("build")) == {"A": "reused"}
    # as a fresh checkout with the `.aws-sam` of another build
    shutil.copytree(project.path / ".aws-sam", tmp_path / "kept", symlinks=True)
    fresh = application.fresh()
    assert sorted(path.name for path in (fresh.path / "common").iterdir()) == ["common", "setup.py"]
    shutil.copytree(tmp_path / "kept", fresh.path / ".aws-sam", symlinks=True)
    assert _results(fresh.samix("build")) == {"A": "reused"}
    assert differences(fresh.built(), built) == []
    fresh.write("common/common/__init__.py", "VALUE = 2\n")
    assert _results(fresh.samix("build")) == {"A": "built"}
    assert (fresh.build_dir / "A/common/__init__.py").read_text() == "VALUE = 2\n"


def test_workspaces_of_npm_in_source_are_built_in_turn(tmp_path: Path) -> None:
    files = {
        "template.yaml": _template(*(_plain(name, f"lambdas/{name.lower()}", _NODE) for name in "ABC")),
        "package.json": json.dumps({"name": "shop", "private": True, "workspaces": ["lambdas/*", "packages/*"]}),
        "packages/util/package.json": '{"name": "@shop/util", "version": "1.0.0", "main": "index.js"}',
        "packages/util/index.js": "exports.util = 1;\n",
    }
    for name in "abc":
        package = {"name": f"@shop/{name}", "version": "1.0.0", "dependencies": {"@shop/util": "1.0.0"}}
        files[f"lambdas/{name}/package.json"] = json.dumps(package)
        files[f"lambdas/{name}/app.js"] = "exports.handler = async () => require('@shop/util').util;\n"
    application = _Application(tmp_path, files, ("--build-in-source",))
    sams = application.of_sam()
    project = application.fresh()
    run = project.samix("build", "--build-in-source", "--jobs", "3").succeeded()
    assert _NOTICED not in run.text
    assert differences(project.built(), sams) == []


# --- images


@pytest.mark.container
@pytest.mark.usefixtures("container_engine")
def test_of_two_images_of_one_name_the_later_has_the_tag(tmp_path: Path) -> None:
    name = f"Same{os.urandom(4).hex()}"
    image = (
        f"  {name}:\n    Type: AWS::Serverless::Function\n    Properties: {{PackageType: Image}}\n"
        "    Metadata: {Dockerfile: Dockerfile, DockerContext: CONTEXT, DockerTag: v1}\n"
    )
    files = {
        "template.yaml": _template(_stack("Child", "child.yaml"), image.replace("CONTEXT", "one")),
        "child.yaml": _template(image.replace("CONTEXT", "two")),
        **{f"{each}/Dockerfile": f"FROM scratch\nCOPY text /text\nLABEL of={each}\n" for each in ("one", "two")},
        **{f"{each}/text": f"{each} {name}\n" for each in ("one", "two")},
    }
    application = _Application(tmp_path, files)
    try:
        sams = application.of_sam()
        tagged = _content(f"{name.lower()}:v1")
        project = application.fresh()
        _docker("image", "rm", f"{name.lower()}:v1")
        project.samix("build", "--jobs", "2").succeeded()
        assert _content(f"{name.lower()}:v1") == tagged
        assert differences(project.built(), sams) == []
    finally:
        _docker("image", "rm", f"{name.lower()}:v1")


def _content(image: str) -> str:
    """What an image says it is; its id tells when it was made as well."""
    return _docker("image", "inspect", "--format={{json .Config.Labels}}", image)


def _docker(*arguments: str) -> str:
    done = subprocess.run(["docker", *arguments], capture_output=True, text=True, timeout=60, check=True)
    return done.stdout
