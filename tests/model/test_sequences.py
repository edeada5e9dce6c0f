"""Whatever happened before, one `samix build` makes what a build from nothing makes, and leaves what is so.

A random sequence of edits, of builds of all kinds by samix and by a bare sam, of failures and of damage ends in one
whole build. sam is a model with sam's own caches (`support.model_sam`); `tests/model/test_sequences_with_sam.py` does
the same with the real one. `SAMIX_SEQUENCES=2000 pytest tests/model/test_sequences.py` tries more.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import tempfile
import time
import uuid
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    rule,
    run_state_machine_as_test,
)
from support.around import Around
from support.backend import stand_in
from support.model_sam import BROKEN, ModelSam
from support.project import Tree, differences, tree
from support.silent import Silent

from samix.cli.fast.snapshot import take_snapshot
from samix.files.access_log import ObservedEnvironment, record_observations
from samix.files.copies import remove_tree
from samix.messages.errors import SamixError
from samix.options.merge import merge_options
from samix.report.ending import Ending
from samix.state.build_toml import Section, read_definitions, write_definitions
from samix.template.value import as_list, as_text
from samix.units.outcome import Result

if TYPE_CHECKING:
    from samix.build.run import BuildResult
    from samix.cli.fast.snapshot import Snapshot
    from samix.options.merge import BuildOptions
    from samix.state.build_toml import Definition

SEQUENCES = int(os.environ.get("SAMIX_SEQUENCES", "40"))
STEPS = int(os.environ.get("SAMIX_SEQUENCE_STEPS", "20"))
TICK_SECONDS = 0.02  # longer than any tick of a file system's clock
SECRET = "never-written-anywhere"

LAYERS = ("L1", "L2")
FUNCTIONS = ("F1", "F2", "F3", "F4")
NAMES = (*LAYERS, *FUNCTIONS)
SOURCES = ("one", "two", "three")
FILES = ("app.py", "lib/more.py", "lib/deep/data.txt", "alpha", "requirements.txt", "package.json", BROKEN)
# what killed it came right before this
KILLS = (
    *("keep.keep_finished", "keep.prepare_cache", "publish.decide", "publish.fill_cache", "publish.write_if_changed"),
    *("publish.exchange_build", "publish.exchange_artifact", "publish.share_disk_space", "publish.prune"),
    *("publish._remove_finished", "publish._renew_digests", "publish._remember"),
    *("publish.Staging.stage", "publish.Staging.stage_artifact", "publish.Staging.stage_changes"),
    "staging.share_with_present",
)


class _KilledError(BaseException):
    """The process ended here."""


@dataclass
class _Resource:
    """A function or layer as the template has it."""

    name: str
    source: str = "one"
    method: str = "python"
    place: str = ""
    tagged: str = ""
    depends: tuple[str, ...] = ()
    layers: tuple[str, ...] = ()
    note: str = ""
    handler: str = "app.main"

    def written(self, names: list[str]) -> dict[str, object]:
        is_layer = self.name in LAYERS
        runtime = {"python": "python3.12", "esbuild": "nodejs22.x", "java": "java21", "make": "provided.al2023"}
        runtime["make-python"] = "python3.12"
        runtime["esbuild-plain"] = "nodejs22.x"
        metadata: dict[str, object] = {}
        if self.method.startswith("make"):
            metadata["BuildMethod"] = "makefile"
        elif is_layer:
            metadata["BuildMethod"] = "java21" if self.method == "java" else "python3.12"
        elif self.method.startswith("esbuild"):
            metadata["BuildMethod"] = "esbuild"
            metadata["BuildProperties"] = {"Minify": self.method == "esbuild"}
        before = NAMES[: NAMES.index(self.name)]  # so that none waits for itself
        depends = [name for name in self.depends if name in names and name in before]
        if depends:
            metadata["BuildDependsOn"] = depends
        if self.tagged:
            metadata["BuildType"] = self.tagged
        if self.note:
            metadata["Note"] = self.note
        properties: dict[str, object]
        if is_layer:
            properties = {"ContentUri": self.source, "CompatibleRuntimes": [runtime[self.method]]}
        else:
            properties = {"CodeUri": self.source, "Runtime": runtime[self.method], "Handler": self.handler}
            layers = [{"Ref": name} for name in self.layers if name in names]
            if layers:
                properties["Layers"] = layers
        kind = "AWS::Serverless::LayerVersion" if is_layer else "AWS::Serverless::Function"
        return {"Type": kind, "Metadata": metadata, "Properties": properties}


@dataclass
class _App:
    """The application and what it is built with."""

    resources: dict[str, _Resource] = field(default_factory=dict)
    default: str = "host"
    secret: str = ""
    around: Around = field(default_factory=lambda: Around(programs={"make": "1"}, images={"default": "sha256:1"}))

    def write(self, project: Path) -> None:
        names = list(self.resources)
        written = {name: resource.written(names) for name, resource in self.resources.items()}
        template = {"Transform": "AWS::Serverless-2016-10-31", "Resources": written}
        (project / "template.yaml").write_text(json.dumps(template, indent=1))

    def options(self, project: Path, **values: object) -> BuildOptions:
        rules = [f"{name}={resource.place}" for name, resource in self.resources.items() if resource.place]
        given = {"template_file": "template.yaml", "build_type": [*rules, self.default], "jobs": 1}
        if self.secret:
            given["container_env_var"] = [f"TOKEN={SECRET}{self.secret}"]
        return replace(merge_options(given, {}, project), **values)  # type: ignore[arg-type]


_names = st.sampled_from(NAMES)
_sources = st.sampled_from(["one", *SOURCES])
_files = st.sampled_from(FILES)
_contents = st.sampled_from(["", "alpha", "alpha beta", "gamma"])
_places = st.sampled_from(["", "", "host", "container"])
_methods = st.sampled_from(["python", "python", "python", "make", "java", "esbuild", "esbuild-plain", "make-python"])


def _names_in(definition: Definition) -> list[str]:
    """The full paths of what a definition is of."""
    fields = definition.fields
    found = [fields["layer"]] if definition.section is Section.LAYERS else as_list(fields["functions"])
    return [str(name) for name in found]


def _edit_unseen(path: Path) -> None:
    """Change a file in place and leave its size and mtime as they are."""
    before = path.stat()
    path.write_bytes(bytes(byte ^ 1 for byte in path.read_bytes()))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def _damage_one(path: Path, how: str) -> None:
    if how == "remove":
        remove_tree(path)
    elif path.is_symlink() or not path.exists():
        return
    elif how == "chmod":
        path.chmod(0o711 if path.is_dir() else 0o604)
    elif how == "add" and path.is_dir():
        (path / "stranger").write_text("stranger")
    elif how == "directory" and path.is_file():
        path.unlink()
        path.mkdir()
    elif how == "unseen":
        _edit_unseen(path)
    elif path.is_file():
        if how == "replace":  # what is linked to it stays as it was
            path.unlink()
        path.write_text("damaged")


def _without_notes(found: Tree) -> Tree:
    """All but what any build may write anew: what files look like that were left alone by now, and workspaces."""
    notes = {"samix/stats.json", "samix/trees.json", "samix/units"}
    return {path: what for path, what in found.items() if path not in notes}


class Sequences(RuleBasedStateMachine):
    """One application through all that may happen to it."""

    def __init__(self) -> None:
        super().__init__()
        self.top = Path(tempfile.mkdtemp()).resolve()
        self.project = self.top / "here"
        self.project.mkdir()
        self.backup = self.top / "backup"
        self.app = _App()
        self.sam = ModelSam(self.app.around)
        self.snapshot: Snapshot | None = None
        self.patch = pytest.MonkeyPatch()
        # the files here change faster than anyone types
        self.patch.setattr("samix.state.stat_index._FINE_GRAIN", int(TICK_SECONDS * 0.8e9))
        numbers = random.Random(0)  # noqa: S311 - the same names in each run of the same steps
        for name in ("uuid.uuid4", "samix.state.sam_cache.uuid4"):
            self.patch.setattr(name, lambda: uuid.UUID(int=numbers.getrandbits(128), version=4))
        self.patch.chdir(self.project)

    def teardown(self) -> None:
        try:
            self._heal()
            self.settle()
        finally:
            self.patch.undo()
            shutil.rmtree(self.top)

    # what a user writes

    @initialize(drawn=st.lists(st.tuples(_sources, _methods, _places), min_size=len(NAMES), max_size=len(NAMES)))
    def begin(self, drawn: list[tuple[str, str, str]]) -> None:
        for source in SOURCES:
            (self.project / source).mkdir()
            (self.project / source / "app.py").write_text(source)
        (self.project / "one" / "requirements.txt").write_text("alpha")
        (self.project / "one" / "package.json").write_text("beta")
        self.app.resources = {
            name: _Resource(name, source, method, place)
            for name, (source, method, place) in zip(NAMES, drawn, strict=True)
        }
        self.app.resources["F4"].depends = ("L1",)
        self.app.write(self.project)
        self.settle()

    @rule(source=_sources, name=_files, content=_contents)
    def edit(self, source: str, name: str, content: str) -> None:
        path = self.project / source / name
        if path.parent.is_file() or path.is_dir():
            return
        if path.is_symlink():
            path.unlink()
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)

    @rule(source=_sources, name=_files)
    def edit_unseen(self, source: str, name: str) -> None:
        path = self.project / source / name
        if path.is_file() and not path.is_symlink():
            _edit_unseen(path)

    @rule()
    def do_nothing(self) -> None:
        """Long enough for files to be what they look like."""
        time.sleep(0.12)

    @rule(source=_sources, name=_files)
    def remove(self, source: str, name: str) -> None:
        remove_tree(self.project / source / name)

    @rule(source=_sources, name=_files, other=_files)
    def rename(self, source: str, name: str, other: str) -> None:
        path, target = self.project / source / name, self.project / source / other
        if path.is_file() and not target.exists() and not target.is_symlink() and target.parent.is_dir():
            path.rename(target)

    @rule(
        source=_sources, name=st.sampled_from([*FILES, "lib", "lib/deep"]), mode=st.sampled_from([0o644, 0o755, 0o700])
    )
    def chmod(self, source: str, name: str, mode: int) -> None:
        path = self.project / source / name
        if path.exists():
            path.chmod(mode | 0o100 if path.is_dir() else mode)

    @rule(
        source=_sources,
        name=st.sampled_from(["link", "alpha", "lib/link"]),
        to=st.sampled_from(["app.py", "lib", "../two/app.py", "nowhere"]),
    )
    def link(self, source: str, name: str, to: str) -> None:
        path = self.project / source / name
        if path.parent.is_dir() and not path.is_dir() and not (to == "lib" and name.startswith("lib")):
            path.unlink(missing_ok=True)
            path.symlink_to(to)

    @rule(source=_sources, content=_contents)
    def edit_and_build(self, source: str, content: str) -> None:
        """What happens most."""
        (self.project / source / "new.py").write_text(content)
        self.settle()

    @rule(source=_sources)
    def make_empty_directory(self, source: str) -> None:
        (self.project / source / "empty").mkdir(exist_ok=True)

    @rule(name=_names, source=_sources, method=_methods, place=_places)
    def add(self, name: str, source: str, method: str, place: str) -> None:
        if name not in self.app.resources:
            self.app.resources[name] = _Resource(name, source, method, place)
            self.app.write(self.project)

    @rule(name=_names)
    def take_out(self, name: str) -> None:
        if len(self.app.resources) > 1:
            self.app.resources.pop(name, None)
            self.app.write(self.project)

    @rule(data=st.data())
    def reorder(self, data: st.DataObject) -> None:
        order = data.draw(st.permutations(list(self.app.resources)))
        self.app.resources = {name: self.app.resources[name] for name in order}
        self.app.write(self.project)

    @rule(name=_names, place=_places, in_container=st.booleans())
    def move_and_build(self, name: str, place: str, in_container: bool) -> None:
        self._change(name, place=place)
        self.settle_and_call_bare_sam(in_container)

    @rule(name=_names, place=_places, tagged=_places)
    def move_to(self, name: str, place: str, tagged: str) -> None:
        self._change(name, place=place, tagged=tagged)

    @rule(name=_names, method=_methods)
    def build_by(self, name: str, method: str) -> None:
        self._change(name, method=method)

    @rule(name=_names, source=_sources)
    def take_source(self, name: str, source: str) -> None:
        self._change(name, source=source)

    @rule(name=_names, note=st.sampled_from(["", "x"]), handler=st.sampled_from(["app.main", "app.other"]))
    def annotate(self, name: str, note: str, handler: str) -> None:
        self._change(name, note=note, handler=handler)

    @rule(
        name=_names,
        depends=st.lists(_names, unique=True, max_size=2),
        layers=st.lists(st.sampled_from(LAYERS), unique=True),
    )
    def depend(self, name: str, depends: list[str], layers: list[str]) -> None:
        self._change(name, depends=tuple(depends), layers=tuple(layers))

    def _change(self, name: str, **values: object) -> None:
        if name in self.app.resources:
            self.app.resources[name] = replace(self.app.resources[name], **values)  # type: ignore[arg-type]
            self.app.write(self.project)

    # what else a build depends on

    @rule(version=st.sampled_from(["1.170.0", "1.171.0"]))
    def install_sam(self, version: str) -> None:
        self.app.around.version = version

    @rule(hosts=st.booleans())
    def install_otherwise(self, hosts: bool) -> None:
        """The same sam, of which samix knows the interpreter or not: nothing is built anew for that."""
        self.sam.hosts = hosts

    @rule(version=st.sampled_from(["1", "2"]))
    def install_tool(self, version: str) -> None:
        self.app.around.programs = {"make": version}

    @rule(content=st.sampled_from(["sha256:1", "sha256:2"]))
    def pull_image(self, content: str) -> None:
        self.app.around.images = {"default": content}

    @rule(default=st.sampled_from(["host", "container"]), secret=st.sampled_from(["", "", "1", "2"]))
    def give_options(self, default: str, secret: str) -> None:
        self.app.default, self.app.secret = default, secret

    # builds

    @rule(data=st.data(), cached=st.sampled_from([True, True, False]))
    def build_some(self, data: st.DataObject, cached: bool) -> None:
        names = st.lists(st.sampled_from(sorted(self.app.resources)), unique=True, max_size=3)
        self._samix(resources=tuple(data.draw(names)), exclude=tuple(data.draw(names)), cached=cached)

    @rule(name=_names, cached=st.booleans())
    def fail(self, name: str, cached: bool) -> None:
        self.sam.failing = {name}
        self._samix(cached=cached)
        self.sam.failing = set()

    @rule(where=st.sampled_from(KILLS))
    def be_killed(self, where: str) -> None:
        def end(*_: object, **__: object) -> None:
            raise _KilledError

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(f"samix.build.{where}", end)
            with suppress(_KilledError):
                self._samix()

    @rule(cached=st.booleans(), in_container=st.booleans(), data=st.data(), with_values=st.booleans())
    def bare_sam(self, cached: bool, in_container: bool, data: st.DataObject, with_values: bool) -> None:
        names = data.draw(st.one_of(st.just(None), st.sampled_from(sorted(self.app.resources))))
        self.sam.build(
            self.project,
            cached=cached,
            in_container=in_container,
            names=[names] if names else [],
            values={"TOKEN": SECRET} if with_values and in_container else {},
        )

    @rule(name=_names, cached=st.booleans())
    def bare_sam_fails(self, name: str, cached: bool) -> None:
        self.sam.failing = {name}
        self.sam.build(self.project, cached=cached)
        self.sam.failing = set()

    def _build(self, options: BuildOptions) -> BuildResult:
        return stand_in(self.app.around, self.sam).build(options, {}, Silent())

    def _samix(self, **values: object) -> BuildResult | None:
        try:
            return self._build(self.app.options(self.project, **values))
        except SamixError:
            return None

    # what happens to results

    @rule(
        where=st.sampled_from(["build", "cache", "deps", "samix"]),
        data=st.data(),
        how=st.sampled_from(["edit", "unseen", "replace", "add", "remove", "chmod", "directory"]),
    )
    def damage(self, where: str, data: st.DataObject, how: str) -> None:
        self._damage(where, data, how)

    @rule(
        where=st.sampled_from(["build", "cache", "deps"]),
        source=_sources,
        content=_contents,
        data=st.data(),
        how=st.sampled_from(["edit", "unseen", "replace"]),
    )
    def damage_and_edit(self, where: str, source: str, content: str, data: st.DataObject, how: str) -> None:
        self._damage(where, data, how)
        self.edit_and_build(source, content)

    def _damage(self, where: str, data: st.DataObject, how: str) -> None:
        root = self.project / ".aws-sam" / where
        unsteady = ("samix/lock", "samix/stats.json", "samix/trees.json")  # the same steps may leave it or not
        paths = sorted(path for path in root.rglob("*") if not str(path).endswith(unsteady)) if root.is_dir() else []
        if how in ("edit", "unseen", "replace"):
            paths = [path for path in paths if path.is_file()]
        if paths:
            _damage_one(paths[data.draw(st.integers(0, len(paths) - 1))], how)

    @rule(
        where=st.sampled_from(
            ["", "build", "build.toml", "cache", "deps", "samix"]
            + [f"samix/{name}.json" for name in ("state", "sources", "placed", "versions", "stats")]
        )
    )
    def lose(self, where: str) -> None:
        remove_tree(self.project / ".aws-sam" / where)

    @rule(data=st.data(), how=st.sampled_from(["forget", "source_hash", "manifest_hash", "swap", "garbage"]))
    def damage_definitions(self, data: st.DataObject, how: str) -> None:
        path = self.project / ".aws-sam" / "build.toml"
        if not path.is_file():
            return
        definitions = read_definitions(path)
        if how == "garbage":
            path.write_text("= [")
        elif definitions:
            which = data.draw(st.integers(0, len(definitions) - 1))
            if how == "forget":
                del definitions[which]
            elif how == "swap":
                other = definitions[which - 1]
                definitions[which - 1] = replace(other, uuid=definitions[which].uuid)
                definitions[which] = replace(definitions[which], uuid=other.uuid)
            else:
                definitions[which].fields[how] = "0" * 32
            write_definitions(path, definitions)

    @rule()
    def back_up(self) -> None:
        remove_tree(self.backup)
        if (self.project / ".aws-sam").is_dir():
            shutil.copytree(self.project / ".aws-sam", self.backup, symlinks=True)

    @rule(parts=st.sets(st.sampled_from(["build", "build.toml", "cache", "deps", "samix"]), min_size=1))
    def restore(self, parts: set[str]) -> None:
        for part in parts:
            if (self.backup / part).exists():
                place = self.project / ".aws-sam" / part
                remove_tree(place)
                place.parent.mkdir(exist_ok=True)
                if (self.backup / part).is_dir():
                    shutil.copytree(self.backup / part, place, symlinks=True)
                else:
                    shutil.copyfile(self.backup / part, place)

    @rule()
    def move_project(self) -> None:
        place = self.top / ("there" if self.project.name == "here" else "here")
        self.project.rename(place)
        self.project = place

    @rule()
    def make_all_times_new(self) -> None:
        for path in self.project.rglob("*"):
            if path.exists():
                os.utime(path)

    # what must hold

    def _heal(self) -> None:
        """Let everything be built."""
        self.sam.failing = set()
        for source in SOURCES:
            remove_tree(self.project / source / BROKEN)
            for path in (self.project / source).rglob("*"):
                if path.is_symlink() and not path.exists():
                    path.unlink()

    @rule()
    def settle(self) -> None:
        """One build, and all is as a build from nothing makes it; and a snapshot does not hold if anything is to do."""
        is_as_it_was = self.snapshot is not None and self._holds(self.snapshot)
        done = self._build(self.app.options(self.project))
        assert done.is_unchanged or not is_as_it_was, [vars(outcome) for outcome in done.outcomes]
        fresh_project = self.top / "fresh"
        shutil.copytree(self.project, fresh_project, symlinks=True, ignore=shutil.ignore_patterns(".aws-sam"))
        mine, self.sam = self.sam, ModelSam(self.app.around)
        fresh = self._build(self.app.options(fresh_project))
        self.sam = mine
        expected = tree(fresh_project / ".aws-sam" / "build")
        shutil.rmtree(fresh_project)
        assert done.is_complete == fresh.is_complete, [vars(outcome) for outcome in done.outcomes]
        if not done.is_complete:
            return
        assert differences(tree(self.project / ".aws-sam" / "build"), expected) == []
        self._check_state()
        built = list(self.sam.built)
        before = _without_notes(tree(self.project / ".aws-sam"))
        time.sleep(TICK_SECONDS)
        started = time.time_ns()
        with record_observations() as observation:
            again = self._build(self.app.options(self.project))
        assert {outcome.result for outcome in again.outcomes} == {Result.REUSED}, [vars(one) for one in again.outcomes]
        assert self.sam.built == built
        assert differences(_without_notes(tree(self.project / ".aws-sam")), before) == []
        self.snapshot = take_snapshot(
            observation,
            ObservedEnvironment({}),
            self._request(),
            os.fspath(self.project),
            started=started,
            notes=(),
            said=(),
            ending=Ending([], "", "", is_default=True),
        )
        assert self.snapshot is not None
        assert self._holds(self.snapshot)

    def _holds(self, snapshot: Snapshot) -> bool:
        os.chdir(self.project)
        return snapshot.holds(self._request(), os.fspath(self.project), {})

    def _request(self) -> list[str]:
        """What a build is asked to do, and what it finds around: no file tells that here."""
        rules = [f"{name}={resource.place}" for name, resource in self.app.resources.items() if resource.place]
        return [*rules, self.app.default, self.app.secret, repr(self.app.around)]

    def _check_state(self) -> None:
        """build.toml names what is there and what is so, and nothing else is there."""
        root = self.project / ".aws-sam"
        definitions = read_definitions(root / "build.toml")
        uuids = {definition.uuid for definition in definitions}
        assert {path.name for path in root.glob("cache/*")} == uuids
        assert {path.name for path in root.glob("deps/*")} <= uuids
        seen: Counter[str] = Counter()
        for definition in definitions:
            fields = definition.fields
            names = _names_in(definition)
            assert names
            seen.update(names)
            for name in names:
                assert tree(root / "build" / name) == tree(root / "cache" / definition.uuid)
                assert fields["codeuri"] == str(self.project / self.app.resources[name].source)
            builder = as_text(fields.get("build_method") or fields.get("runtime")) or ""
            if builder.startswith("python") and fields.get("manifest_hash"):  # else sam never looks for one
                assert (root / "deps" / definition.uuid).is_dir()
        assert set(seen.values()) <= {1}
        assert seen.keys() <= self.app.resources.keys()
        for path in root.rglob("*"):
            assert not path.is_file() or SECRET.encode() not in path.read_bytes(), path

    @rule(in_container=st.booleans())
    def settle_and_call_bare_sam(self, in_container: bool) -> None:
        """A bare `sam build --cached` finds all that build.toml speaks of, and samix after it."""
        self.settle()
        root = self.project / ".aws-sam"
        before = tree(root / "build")
        known = {name for one in read_definitions(root / "build.toml") for name in _names_in(one)}
        if not before or self._is_broken():
            return
        built, downloaded = len(self.sam.built), len(self.sam.downloaded)
        assert self.sam.build(self.project, cached=True, in_container=in_container)
        names = {name for name in known if not self._method(name).startswith("esbuild") or in_container}
        after = tree(root / "build")
        for name in names:
            assert [path for path in differences(before, after) if path.split("/")[0] == name] == []
        ran, loaded = set(self.sam.built[built:]), set(self.sam.downloaded[downloaded:])
        assert not (loaded & names)
        if in_container:
            assert not (ran & names)
        built = len(self.sam.built)
        assert self._build(self.app.options(self.project)).is_complete
        assert not (set(self.sam.built[built:]) & names)

    def _method(self, name: str) -> str:
        return self.app.resources[name].method

    def _is_broken(self) -> bool:
        paths = [path for source in SOURCES for path in (self.project / source).rglob("*")]
        return any(path.name == BROKEN or not path.exists() for path in paths)


@pytest.mark.usefixtures("no_process")
def test_any_sequence_ends_in_what_a_build_from_nothing_makes() -> None:
    run_state_machine_as_test(
        Sequences,
        settings=settings(
            max_examples=SEQUENCES,
            stateful_step_count=STEPS,
            deadline=None,
            derandomize="SAMIX_SEQUENCES" not in os.environ,
            suppress_health_check=list(HealthCheck),
        ),
    )


@pytest.mark.usefixtures("no_process")
def test_files_that_a_killed_build_alone_shares_are_shared_anew() -> None:
    state = Sequences()
    try:
        state.begin([("one", "python", "")] * 4 + [("three", "python", ""), ("one", "python", "")])
        state.make_empty_directory(source="one")
        state.be_killed(where="publish.prune")
        state.sam.build(state.project, cached=False)
        state.edit_and_build(content="", source="one")  # nothing is left to do for the build after this one
    finally:
        state.patch.undo()
        shutil.rmtree(state.top)
