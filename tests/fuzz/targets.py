"""What reads input that anyone may have written. Wrong input may raise samix's own errors, and nothing else."""

from __future__ import annotations

import json
import os
import shutil
from contextlib import redirect_stderr, redirect_stdout, suppress
from io import StringIO
from typing import TYPE_CHECKING

import yaml
from fuzz.mutation import dumped, encoded, mutated_text, mutated_value
from support.apps import PROJECTS
from support.around import Around
from support.backend import stand_in
from support.model_sam import ModelSam
from support.silent import Silent
from support.template_text import ALL_SECTIONS, function, nested, stack

from samix.cli.fast.recall import recall
from samix.cli.fast.snapshot import take_snapshot, write_snapshot
from samix.files.access_log import ObservedEnvironment, record_observations
from samix.messages.errors import SamixError
from samix.options.merge import BuildOptions, merge_options
from samix.report.ending import Ending, Row
from samix.state.stat_index import has_changed_source
from samix.template.load import load_template

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path
    from random import Random

    from samix.build.run import Backend
    from samix.template.value import Value

SAMCONFIG = """\
version = 0.1
[default.global.parameters]
region = "eu-west-1"
[default.build.parameters]
build_type = ["Layer=container", "Child/*=host"]
parameter_overrides = "Stage=prod Given=x"
container_env_var = ["A=1", "Fn.B=2"]
build_image = ["Fn=image"]
exclude = "Nothing"
jobs = 2
timeout = 10.5
retries = 1
cached = true
skip_pull_image = true
base_dir = "."
"""
TEMPLATE = stack(
    {
        "Fn": function("CodeUri: !Ref Dir\nLayers: [!Ref Layer]", metadata="BuildType: host\nBuildDependsOn: [Layer]"),
        "Same": function("CodeUri: src\nRuntime: !FindInMap [ByStage, !Ref Stage, Runtime]"),
        "Layer": "    Type: AWS::Serverless::LayerVersion\n    Properties: {ContentUri: src}\n"
        "    Metadata: {BuildMethod: makefile, BuildType: container}\n",
        "Child": nested("child.yaml", "{Text: !Sub '${Stage}-${AWS::Region}'}"),
        "Api": "    Type: AWS::Serverless::Api\n    Properties: {StageName: x, DefinitionUri: api.yaml}\n",
    },
    before=f"{ALL_SECTIONS}Globals:\n  Function: {{Timeout: 3, Environment: {{Variables: {{A: !Ref Stage}}}}}}\n",
)
FILES: Mapping[str, str] = {
    "template.yaml": TEMPLATE,
    "child.yaml": stack({"Fn": function("CodeUri: src")}, before="Parameters:\n  Text: {Type: String}\n"),
    "api.yaml": "{}\n",
    "src/app.py": "",
}
STATE = (
    *("build.toml", "samix/state.json", "samix/placed.json", "samix/sources.json", "samix/stats.json"),
    *("samix/trees.json", "samix/versions.json", "samix/state.journal"),
)
SNAPSHOT = "samix/snapshot.json"


class Place:
    """A built application, and nothing else beside it.

    Args:
        root: An empty directory.
    """

    def __init__(self, root: Path) -> None:
        self.project = root / "project"
        self._root = root
        self._saved = root / "saved"
        self._written: list[tuple[Path, bytes]] = []
        self._around = Around()
        (self.project / "src").mkdir(parents=True)
        for name, text in FILES.items():
            (self.project / name).write_text(text)
        self.build()
        journal = self.project / ".aws-sam" / "samix" / "state.journal"
        journal.write_text('{"state": ""}\n{"unit": "Fn"}\n')
        self._take_snapshot()
        shutil.copytree(self.project, self._saved, symlinks=True)

    def restore(self) -> None:
        """Put the application back as it was built, and be there."""
        shutil.rmtree(self.project)
        shutil.copytree(self._saved, self.project, symlinks=True)
        os.chdir(self.project)
        self._written.clear()

    def write(self, path: Path, content: bytes) -> None:
        """Have a file of the application say something else."""
        path.write_bytes(content)
        self._written.append((path, content))

    def written_text(self) -> str:
        """What was written since it was put back, to be shown."""
        return "".join(f"{path.relative_to(self.project)}: {content!r}\n" for path, content in self._written)

    def build(self) -> None:
        """A build with a model of sam.

        Raises:
            SamixError: It cannot be made.
        """
        self._backend().build(self._options(), {"SAMIX_WARM_SAM": "0"}, Silent())

    def plan(self) -> None:
        """A plan.

        Raises:
            SamixError: It cannot be made.
        """
        self._backend().plan(self._options(), {}, Silent())

    def _backend(self) -> Backend:
        return stand_in(self._around, ModelSam(self._around))

    def check(self) -> None:
        """Nothing was written beside the application."""
        assert sorted(entry.name for entry in self._root.iterdir()) == ["project", "saved"]

    def _options(self) -> BuildOptions:
        return merge_options({}, {}, self.project)

    def _take_snapshot(self) -> None:
        ending = Ending([Row("Fn", "host", "default", "reused", "-", "up to date")], "a", "b", is_default=True)
        with record_observations() as observation:
            self.plan()
        observation.paths = {os.fspath(self.project / name) for name in FILES}
        for name in FILES:
            os.utime(self.project / name, (1, 1))
        snapshot = take_snapshot(
            observation,
            ObservedEnvironment({}),
            ["build"],
            os.fspath(self.project),
            started=1 << 62,
            notes=[],
            said=[],
            ending=ending,
        )
        assert snapshot is not None
        write_snapshot(self.project / ".aws-sam" / SNAPSHOT, snapshot)


def templates(place: Place, random: Random) -> None:
    """Templates: those of the test applications and one with a bit of everything, with changes in structure or text."""
    text = random.choice(_texts())
    path = place.project / random.choice(("template.yaml", "template.yaml", "child.yaml"))
    if random.random() < 0.5:
        source = path.with_name("source.yaml")
        source.write_text(text)
        content = dumped(mutated_value(load_template(source).data, random))
    else:
        content = encoded(mutated_text(text, random), random)
    place.write(path, content)
    place.plan()


def samconfigs(place: Place, random: Random) -> None:
    """samconfig, as TOML and as YAML."""
    if random.random() < 0.6:
        path, content = place.project / "samconfig.toml", encoded(mutated_text(SAMCONFIG, random), random)
    else:
        path = place.project / "samconfig.yaml"
        content = dumped(mutated_value({"version": 0.1, "default": {"build": {"parameters": _PARAMETERS}}}, random))
    place.write(path, content)
    place.plan()


_PARAMETERS: Value = {
    "build_type": ["Layer=container", "host"],
    "parameter_overrides": {"Stage": "prod"},
    "container_env_var": "A=1",
    "jobs": 2,
    "timeout": 1.5,
    "retries": 0,
    "use_container": True,
    "build_dir": "out/build",
    "cache_dir": "out/cache",
    "exclude": ["Child/*"],
    "template_file": "template.yaml",
}


def states(place: Place, random: Random) -> None:
    """What an earlier build left, one or two files of it changed, and a build after that."""
    for name in random.sample(STATE, random.choice((1, 1, 2))):
        path = place.project / ".aws-sam" / name
        text = path.read_text() if path.exists() else "{}"
        if random.random() < 0.5 or not name.endswith(".json"):
            content = encoded(mutated_text(text, random), random)
        else:
            content = dumped(mutated_value(json.loads(text), random))
        place.write(path, content)
    has_changed_source(place.project / ".aws-sam" / "samix" / "stats.json")
    place.build()


def snapshots(place: Place, random: Random) -> None:
    """The snapshot."""
    path = place.project / ".aws-sam" / SNAPSHOT
    text = path.read_text()
    if random.random() < 0.5:
        content = encoded(mutated_text(text, random), random)
    else:
        content = dumped(mutated_value(json.loads(text), random))
    place.write(path, content)
    with redirect_stdout(StringIO()), redirect_stderr(StringIO()):
        recall(["build"])


TARGETS: Mapping[str, Callable[[Place, Random], None]] = {
    "templates": templates,
    "samconfigs": samconfigs,
    "states": states,
    "snapshots": snapshots,
}


def read_wrong_input(target: Callable[[Place, Random], None], place: Place, random: Random) -> None:
    """Have one wrong input read.

    Raises:
        Exception: What nobody may see.
    """
    place.restore()
    with suppress(SamixError):
        target(place, random)
    place.check()


def _texts() -> list[str]:
    if not _found:
        _found.extend([TEMPLATE, TEMPLATE, *_readable()])
    return _found


_found: list[str] = []


def _readable() -> Iterator[str]:
    for path in sorted(PROJECTS.glob("*/template.y*ml")):
        with suppress(SamixError, yaml.YAMLError):
            load_template(path)
            yield path.read_text()
