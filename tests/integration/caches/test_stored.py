"""A `.aws-sam` that an earlier samix left is up to date: no record is lost because a cause or a key got another name.

`tests/stored` has it as commit 3dbb644 wrote it, with the sources that it was built from. The fingerprints in it are
compared as they are. What they hold of the machine stands around the application again: the versions of the tools and
of sam, as stand-ins that answer nothing else, and the environment. They do not say on which host it was built; that is
added, as if it had been this one.
"""

from __future__ import annotations

import json
import shlex
import shutil
import stat
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from support.project import REPOSITORY, Run, differences, tree
from support.trapped_sam import trapped_sam

from samix.host.platform import C_LIBRARY, CPU, SYSTEM, find_platform
from samix.template.value import as_list, as_mapping

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from support.project import Tree

STORED = REPOSITORY / "tests" / "stored" / "before-issue-18"
# what was installed where it was built
SAM = {"aws-sam-cli": "1.170.0", "aws-lambda-builders": "1.67.0"}
TOOLS = {
    "make": "GNU Make 4.3",
    "node": "v20.20.2",
    "npm": "11.19.1",
    "python3.11": "3.11.2, pip 23.0.1",
}
ENVIRONMENT = {"PIP_NO_INDEX": "1"}
RESOURCES = {"MadeLayer", "PythonLayer", "Plain", "First", "Second", "Wheel", "Node", "Made", "Nested/Inner"}
EMPTY = "deps/9d59d1cf-ea93-4458-a2d5-ce7ca1939cfc"  # of a function without dependencies: git keeps no empty directory


@dataclass(frozen=True)
class Stored:
    """The application and its `.aws-sam` in a directory of their own."""

    path: Path
    around: Path

    @property
    def started(self) -> str:
        """What was started, other than to ask for its version."""
        log = self.around / "started"
        return log.read_text() if log.exists() else ""

    @property
    def built(self) -> Tree:
        return tree(self.path / ".aws-sam" / "build")

    def samix(self, *arguments: str, **environment: str) -> Run:
        home, programs = self.around / "home", self.around / "programs"
        done = subprocess.run(
            [sys.executable, "-m", "samix", *arguments],
            cwd=self.path,
            env={"PATH": str(programs), "HOME": str(home), **ENVIRONMENT, **environment},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        return Run(done.returncode, done.stdout, done.stderr)

    def stale(self, **environment: str) -> dict[str, list[str]]:
        """The causes for which `samix plan` would build a resource, of all that it would build."""
        document = json.loads(self.samix("plan", "--format", "json", **environment).succeeded().output)
        planned = [as_mapping(one) for one in as_list(document["resources"])]
        assert {one["resource_id"] for one in planned} == RESOURCES
        return {
            str(one["resource_id"]): [str(as_mapping(cause)["cause"]) for cause in as_list(one["causes"])]
            for one in planned
            if one["action"] != "reuse"
        }


@pytest.fixture
def stored(tmp_path: Path) -> Stored:
    app, around = tmp_path / "app", tmp_path / "around"
    programs = around / "programs"
    for directory in (around / "home", programs):
        directory.mkdir(parents=True)
    shutil.copytree(STORED / "app", app, symlinks=True)
    shutil.copytree(STORED / "aws-sam", app / ".aws-sam", symlinks=True)
    (app / ".aws-sam" / EMPTY).mkdir(parents=True)
    _set_modes(app)
    _record_host(app, find_platform())
    log = shlex.quote(str(around / "started"))
    for name, answer in TOOLS.items():
        (programs / name).write_text(
            f'#!/bin/sh\ncase "$1" in --version | -c) echo "{answer}" ;; *) echo "$0" "$@" >> {log}; exit 1 ;; esac\n'
        )
        (programs / name).chmod(0o755)
    (programs / "sam").symlink_to(trapped_sam(around / "sam", around / "started", SAM))
    return Stored(app, around)


def _set_modes(root: Path) -> None:
    """Give all the modes that it had when it was built: git keeps only who may run a file."""
    for path in (root, *root.rglob("*")):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or path.stat().st_mode & stat.S_IXUSR else 0o644)


def _record_host(app: Path, platform: Mapping[str, str] | None) -> None:
    """Make all records say on which host they were built; None for on none."""
    file = app / ".aws-sam" / "samix" / "state.json"
    state = json.loads(file.read_text())
    for record in state["units"].values():
        record["parts"].pop("host", None)
        record["parts"] |= {"host": dict(platform)} if platform else {}
    file.write_text(json.dumps(state))


MAY_DIFFER = {"MadeLayer", "Made", "Wheel", "Node"}  # the others are copied


def test_record_without_a_host_is_stale_once(stored: Stored) -> None:
    _record_host(stored.path, None)
    assert stored.stale() == {name: ["host"] for name in MAY_DIFFER}


@pytest.mark.parametrize(("name", "value"), [(SYSTEM, "Darwin"), (CPU, "sparc64"), (C_LIBRARY, "glibc 2.5")])
def test_record_of_another_host_is_stale(name: str, value: str, stored: Stored) -> None:
    _record_host(stored.path, {**find_platform(), name: value})
    document = json.loads(stored.samix("plan", "--format", "json").succeeded().output)
    reasons = {str(as_mapping(one)["resource_id"]): str(as_mapping(one)["reason"]) for one in document["resources"]}
    expected = f"{name} {value} → {find_platform()[name]}"
    assert {unit for unit, reason in reasons.items() if expected in reason} == MAY_DIFFER
    assert {reasons[unit] for unit in RESOURCES - MAY_DIFFER} == {"up to date"}


def test_no_record_of_an_earlier_samix_is_stale(stored: Stored) -> None:
    assert stored.stale() == {}
    assert stored.started == ""


def test_a_build_of_an_earlier_samix_is_left_as_it_is(stored: Stored) -> None:
    before = stored.built
    for _ in range(2):  # the second is answered by what the first has written
        run = stored.samix("build").succeeded()
        assert {result for _, result in run.results().values()} == {"reused"}
        assert stored.started == ""
        assert differences(stored.built, before) == []


def _edit_source(stored: Stored) -> None:
    (stored.path / "plain" / "app.py").write_text("# edited\n")


def _edit_manifest(stored: Stored) -> None:
    with (stored.path / "wheel" / "requirements.txt").open("a") as file:
        file.write("# edited\n")


def _edit_what_a_recipe_reads(stored: Stored) -> None:
    (stored.path / "common" / "settings.json").write_text("{}\n")


def _edit_layer(stored: Stored) -> None:
    (stored.path / "layer-made" / "Makefile").write_text("build-MadeLayer:\n")


def _edit_template(stored: Stored) -> None:
    template = stored.path / "template.yaml"
    template.write_text(template.read_text().replace("Architectures: [arm64]", "Architectures: [x86_64]"))


def _install_another_npm(stored: Stored) -> None:
    npm = stored.around / "programs" / "npm"
    npm.write_text(npm.read_text().replace(TOOLS["npm"], "99.0.0"))


def _install_another_sam(stored: Stored) -> None:
    shutil.rmtree(stored.around / "sam")
    trapped_sam(stored.around / "sam", stored.around / "started", {**SAM, "aws-sam-cli": "1.999.0"})


@pytest.mark.parametrize(
    ("change", "causes"),
    [
        (_edit_source, {"Plain": ["source"]}),
        (_edit_manifest, {"Wheel": ["manifest"]}),
        (_edit_what_a_recipe_reads, {"Made": ["source"]}),
        (_edit_layer, {"MadeLayer": ["manifest"], "Made": ["dependency"]}),
        (_edit_template, {"Made": ["definition"]}),
        (_install_another_npm, {"Node": ["tool"]}),
        (_install_another_sam, {name: ["sam"] for name in RESOURCES}),
    ],
)
def test_a_change_since_an_earlier_samix_has_its_cause(
    change: Callable[[Stored], None], causes: dict[str, list[str]], stored: Stored
) -> None:
    change(stored)
    assert stored.stale() == causes


def test_a_variable_that_changed_since_is_a_cause(stored: Stored) -> None:
    in_python = RESOURCES - {"MadeLayer", "Made", "Node"}
    assert stored.stale(PIP_NO_INDEX="0") == {name: ["variable"] for name in in_python}
