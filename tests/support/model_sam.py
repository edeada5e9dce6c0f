"""A model of sam: its caches and its build.toml as it keeps them, with builders that are quick and tell how they ran.

What is modelled are `samcli.lib.build.build_graph`, `samcli.lib.build.build_strategy` and the ways in which the
workflows of `aws_lambda_builders` handle dependencies. An artifact holds what it was made from and where, so that one
that comes from the wrong builder, or from an earlier state of its source, is not like the right one.
"""

from __future__ import annotations

import hashlib
import json
import shlex
import shutil
import uuid
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from samix.build.staging import BuiltTexts, Placed, render_templates
from samix.files.copies import copy_tree, remove_tree
from samix.state.build_toml import Definition, Section, read_definitions, write_definitions
from samix.state.inventory import Inventory
from samix.state.layout import Below, Layout
from samix.state.sam_hashes import file_md5, sam_source_hash
from samix.template.references import referenced_layers
from samix.template.resources import Kind, Resource, buildable_resources
from samix.template.stacks import Application, load_application
from samix.template.value import ValueMapping, as_list, as_mapping

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from support.around import Around

    from samix.sam.sam_run import SamRun

MANIFESTS = {"python": "requirements.txt", "nodejs": "package.json", "ruby": "Gemfile"}
BROKEN = "broken"  # a source with such a file does not build
_ARTIFACTS = "SAMIX_ARTIFACTS_"
_COPIES = "\tcp -a "  # the recipe of a layer that stands in for an artifact
_OF_SAM = frozenset({"SamResourceId", "SamNormalized"})  # added to metadata, and no part of a definition


class _BuildError(Exception):
    """A build failed."""


@dataclass
class _Known:
    """A definition in sam's build graph, with the resources of this run that it is of."""

    definition: Definition
    resources: list[Resource] = field(default_factory=list)

    @property
    def fields(self) -> ValueMapping:
        return self.definition.fields

    @property
    def first(self) -> Resource:
        return self.resources[0]


@dataclass(frozen=True)
class _Hosted(Layout):
    """Where a sam builds that keeps its build graph and its dependencies in a directory that it is told.

    Attributes:
        state: This directory.
    """

    state: Path

    @cached_property
    def build_toml(self) -> Path:
        return self.state / "build.toml"

    deps_dir = Below("state", "deps")


@dataclass(frozen=True)
class _Place:
    """Where and with what one run of sam builds."""

    in_container: bool
    mark: str
    artifacts: Mapping[str, Path]


@dataclass
class ModelSam:
    """Stands where child processes do, and is the sam that a user calls.

    Attributes:
        around: The programs and images that there are.
        failing: Logical ids that do not build.
        built: Logical ids in the order in which their builders ran.
        downloaded: Those whose dependencies were downloaded.
        hosts: Whether it can be told where to keep its state.
    """

    around: Around
    failing: set[str] = field(default_factory=set)
    built: list[str] = field(default_factory=list)
    downloaded: list[str] = field(default_factory=list)
    are_ended: bool = False
    hosts: bool = True

    def end(self) -> None:
        """Nothing runs."""

    def run(self, run: SamRun) -> int:
        """One run in a workspace, hosted if it can be."""
        arguments, directory, log, state = run.arguments, run.directory, run.log, run.state
        assert (state is not None) == self.hosts
        log.parent.mkdir(parents=True, exist_ok=True)
        log.write_text("built\n")
        names = [name for name in arguments[2:3] if not name.startswith("-")]
        assert len(names) == (0 if self.hosts else 1)
        cached = "--cached" in arguments
        build_dir = Path(_value(arguments, "--build-dir"))
        cache_dir = Path(_value(arguments, "--cache-dir")) if cached else directory / ".aws-sam" / "cache"
        layout = _Hosted(directory, build_dir, cache_dir, state) if state else Layout(directory, build_dir, cache_dir)
        is_good = self._build(
            layout,
            Path(_value(arguments, "--template-file")),
            cached=cached,
            in_container="--use-container" in arguments,
            names=names,
            values=json.loads(run.standard_input)["Parameters"] if run.standard_input else {},
            artifacts={
                name.removeprefix(_ARTIFACTS): Path(path)
                for name, path in run.environment.items()
                if name.startswith(_ARTIFACTS)
            },
        )
        return 0 if is_good else 1

    def build(
        self,
        directory: Path,
        *,
        cached: bool,
        in_container: bool = False,
        names: Iterable[str] = (),
        values: Mapping[str, str] | None = None,
    ) -> bool:
        """`sam build` of a user, in a directory; whether it ended well."""
        return self._build(
            Layout(directory, directory / ".aws-sam" / "build", directory / ".aws-sam" / "cache"),
            directory / "template.yaml",
            cached=cached,
            in_container=in_container,
            names=names,
            values=values or {},
            artifacts={},
        )

    def _build(
        self,
        layout: Layout,
        template: Path,
        *,
        cached: bool,
        in_container: bool,
        names: Iterable[str],
        values: Mapping[str, str],
        artifacts: Mapping[str, Path],
    ) -> bool:
        application = load_application(template, {}, raw_paths=False)
        known = {resource.full_path: resource for resource in buildable_resources(application.stacks[0])}
        chosen = _with_layers(names, known, application) if names else list(known.values())
        remove_tree(layout.build_dir)
        layout.build_dir.mkdir(parents=True)
        graph = _read_graph(layout, chosen, dict(values))
        if not names:
            _write_graph(layout, graph)
        place = _Place(in_container, self._mark(values, in_container=in_container), artifacts)
        try:
            for one in sorted(graph, key=lambda one: one.definition.section is Section.FUNCTIONS):
                self._build_definition(one, layout, place, cached=cached)
        except _BuildError:
            return False
        finally:
            if cached and names:
                _update_hashes(layout, graph)
            elif cached:
                _write_graph(layout, graph)
                _prune(layout, {one.definition.uuid for one in graph})
        placed = [Placed(resource, layout.artifact(resource)) for resource in chosen]
        texts = BuiltTexts(Inventory(), layout.build_dir)
        for path, text in render_templates(application, placed, layout, texts).items():
            path.write_text(text)
        return True

    def _mark(self, values: Mapping[str, str], *, in_container: bool) -> str:
        secret = hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()
        tools = f"container {self.around.images} {secret}" if in_container else f"host {self.around.programs}"
        return f"{tools} sam {self.around.version}"

    def _build_definition(self, one: _Known, layout: Layout, place: _Place, *, cached: bool) -> None:
        """`DefaultBuildStrategy`, `IncrementalBuildStrategy` and `CachedBuildStrategy`."""
        targets = [layout.artifact(resource) for resource in one.resources]
        source = Path(str(one.first.code))
        language = _language(one.first)
        cache = layout.cache_dir / one.definition.uuid
        if not cached:
            self._make(one.first, targets[0], None, place, download=True)
        elif language and not place.in_container:
            deps = layout.deps_dir / one.definition.uuid
            manifest = source / MANIFESTS[language]
            download = True
            if manifest.is_file():
                found = file_md5(manifest)
                download = found != one.fields.get("manifest_hash") or not deps.exists()
                one.fields["manifest_hash"] = found
            self._make(one.first, targets[0], deps, place, download=download)
        else:
            source_hash = _sam_hash(source)
            if cache.exists() and one.fields.get("source_hash") == source_hash:
                copy_tree(cache, targets[0])
            else:
                self._make(one.first, targets[0], None, place, download=True)
                remove_tree(cache)
                one.fields["source_hash"] = source_hash
                copy_tree(targets[0], cache)
        for target in targets[1:]:
            copy_tree(targets[0], target)

    def _make(self, resource: Resource, target: Path, deps: Path | None, place: _Place, *, download: bool) -> None:
        source = Path(str(resource.code))
        if artifact := _stood_in_for(resource, source):
            copy_tree(artifact, target)
            return
        self.built.append(resource.logical_id)
        language = _language(resource)
        mark = f"{resource.builder} {resource.architecture} {place.mark}"
        if language and resource.build_method != "makefile":
            self._download(resource, source, language, mark, deps, download=download)
        if resource.logical_id in self.failing or (source / BROKEN).exists():
            raise _BuildError
        out = target / language if language and resource.kind is Kind.LAYER else target
        try:
            if resource.build_method == "makefile":
                _run_make(resource, source, out, mark, place)
            elif resource.build_method == "esbuild":
                _bundle(resource, source, out, mark, deps, download=download)
            elif language:
                _install_and_copy(source, out, language, mark, deps)
            else:
                _compile(source, out, mark)
        except OSError as error:
            raise _BuildError from error

    def _download(
        self, resource: Resource, source: Path, language: str, mark: str, deps: Path | None, *, download: bool
    ) -> None:
        if not download or not (source / MANIFESTS[language]).is_file():
            return
        self.downloaded.append(resource.logical_id)
        if deps:
            remove_tree(deps)
            if resource.logical_id in self.failing:  # in the middle of it
                deps.mkdir(parents=True)
                raise _BuildError
            _install(source / MANIFESTS[language], deps, mark)


def _value(arguments: Sequence[str], option: str) -> str:
    """What a command line gives an option."""
    return arguments[arguments.index(option) + 1]


def _stood_in_for(resource: Resource, source: Path) -> Path | None:
    """The artifact that a layer stands in for which does nothing but copy one, None for any other resource."""
    makefile = source / "Makefile"
    rule, _, recipe = (makefile.read_text() if makefile.is_file() else "").partition("\n")
    if rule != f"build-{resource.logical_id}:" or not recipe.startswith(_COPIES):
        return None
    *_, artifact, _ = shlex.split(recipe.replace("$$", "$"))
    return Path(artifact)


def _language(resource: Resource) -> str | None:
    return next((name for name in MANIFESTS if (resource.builder or "").startswith(name)), None)


def _sam_hash(source: Path) -> str:
    try:
        return sam_source_hash(source)
    except OSError as error:
        raise _BuildError from error


def _install(manifest: Path, where: Path, mark: str) -> None:
    """What an installer leaves: each line of a manifest is a package."""
    for name in manifest.read_text().split():
        package = where / name
        package.mkdir(parents=True, exist_ok=True)
        (package / "native.so").write_text(f"{name} for {mark}")
        (package / "tool").write_text(name)
        (package / "tool").chmod(0o755)
    where.mkdir(parents=True, exist_ok=True)


def _install_and_copy(source: Path, out: Path, language: str, mark: str, deps: Path | None) -> None:
    """`PythonPipWorkflow`: links among the sources are copied as what they lead to."""
    manifest = source / MANIFESTS[language]
    out.mkdir(parents=True)
    if manifest.is_file():
        if deps:
            shutil.copytree(deps, out, dirs_exist_ok=True)
        else:
            _install(manifest, out, mark)
    shutil.copytree(source, out, dirs_exist_ok=True)


def _bundle(resource: Resource, source: Path, out: Path, mark: str, deps: Path | None, *, download: bool) -> None:
    """`NodejsNpmEsbuildWorkflow`: without Minify the bundle names where the dependencies lay."""
    modules = out.with_name(f".{out.name}.modules")
    manifest = source / MANIFESTS["nodejs"]
    if deps and deps.exists():
        found = _listing(deps)
    elif manifest.is_file():
        _install(manifest, modules, mark)
        found = _listing(modules)
        remove_tree(modules)
    else:
        found = ""
    is_minified = as_mapping(resource.metadata.get("BuildProperties")).get("Minify", True)
    where = "" if is_minified else "scratch" if download else "deps"
    out.mkdir(parents=True)
    (out / "bundle.js").write_text(f"{resource.handler} {where}\n{found}{_listing(source)}")


def _run_make(resource: Resource, source: Path, out: Path, mark: str, place: _Place) -> None:
    """A recipe that copies its source, and what it may use, as it is."""
    copy_tree(source, out)
    used = {
        str(name): _listing(place.artifacts[str(name)]) if str(name) in place.artifacts else "nothing"
        for name in as_list(resource.metadata.get("BuildDependsOn"))
    }
    (out / "made.txt").write_text(f"{resource.logical_id} {mark} {sorted(used.items())}")


def _compile(source: Path, out: Path, mark: str) -> None:
    out.mkdir(parents=True)
    (out / "classes").write_text(f"{mark}\n{_listing(source)}")


def _listing(root: Path) -> str:
    """All files below a directory and what is in them."""
    lines = []
    for path in sorted(root.rglob("*")):
        text = path.read_text() if path.is_file() else ""
        lines.append(f"{path.relative_to(root)} {text!r} {bool(path.stat().st_mode & 0o100)}\n")
    return "".join(lines)


def _with_layers(names: Iterable[str], known: Mapping[str, Resource], application: Application) -> list[Resource]:
    """`sam build NAME` builds the layers that a function refers to as well."""
    layers = {
        (resource.stack_path, resource.logical_id): resource.full_path
        for resource in known.values()
        if resource.kind is Kind.LAYER
    }
    chosen: dict[str, Resource] = {}
    for name in names:
        chosen[name] = known[name]
        if known[name].kind is not Kind.LAYER:
            chosen |= {path: known[path] for path in referenced_layers(application, known[name], layers)}
    return list(chosen.values())


def _read_graph(layout: Layout, resources: Iterable[Resource], values: ValueMapping) -> list[_Known]:
    """`ApplicationBuilder._get_build_graph`."""
    graph = [_Known(definition) for definition in read_definitions(layout.build_toml)]
    for resource in resources:
        fresh = _definition(resource, values)
        found = next((one for one in graph if _is_same(one.definition, fresh)), None)
        if found is None:
            found = _Known(fresh)
            graph.append(found)
        found.resources.append(resource)
    return [one for one in graph if one.resources]


def _definition(resource: Resource, values: ValueMapping) -> Definition:
    fields: ValueMapping = {
        "codeuri": resource.code_of_sam,
        "architecture": resource.architecture,
        "manifest_hash": "",
        **({"env_vars": values} if values else {}),
    }
    if resource.kind is Kind.LAYER:
        fields |= {
            "layer_name": resource.full_path,
            "layer": resource.full_path,
            "build_method": resource.build_method,
            "compatible_runtimes": as_list(resource.properties.get("CompatibleRuntimes")),
        }
        return Definition(Section.LAYERS, str(uuid.uuid4()), fields)
    fields |= {"runtime": resource.runtime, "handler": resource.handler or "", "packagetype": "Zip"}
    if metadata := _own_metadata(resource.metadata):
        fields["metadata"] = metadata
    return Definition(Section.FUNCTIONS, str(uuid.uuid4()), fields)


def _own_metadata(metadata: ValueMapping) -> ValueMapping:
    return {key: value for key, value in metadata.items() if key not in _OF_SAM}


def _is_same(one: Definition, other: Definition) -> bool:
    """`LayerBuildDefinition.__eq__` and `FunctionBuildDefinition.__eq__`."""
    if one.section is not other.section:
        return False
    keys = ["codeuri", "architecture", "env_vars"]
    metadata, others = (_own_metadata(as_mapping(each.fields.get("metadata"))) for each in (one, other))
    if one.section is Section.LAYERS:
        keys += ["layer_name", "build_method", "compatible_runtimes"]
    else:
        method = metadata.get("BuildMethod")
        if method == "makefile" or metadata != others:
            return False
        keys += ["runtime", "packagetype", *(["handler"] if method == "esbuild" else [])]
    return all((one.fields.get(key) or None) == (other.fields.get(key) or None) for key in keys)


def _write_graph(layout: Layout, graph: Iterable[_Known]) -> None:
    for one in graph:
        if one.definition.section is Section.FUNCTIONS:
            one.fields["functions"] = [resource.full_path for resource in one.resources]
    layout.build_toml.parent.mkdir(parents=True, exist_ok=True)
    write_definitions(layout.build_toml, [one.definition for one in graph])


def _update_hashes(layout: Layout, graph: Iterable[_Known]) -> None:
    """`BuildGraph.update_definition_hash`: a build of named resources adds no definition."""
    hashes = ("source_hash", "manifest_hash")
    built = {one.definition.uuid: {key: one.fields[key] for key in hashes if key in one.fields} for one in graph}
    written = read_definitions(layout.build_toml)
    if any(definition.uuid in built for definition in written):
        for definition in written:
            definition.fields.update(built.get(definition.uuid, {}))
        write_definitions(layout.build_toml, written)


def _prune(layout: Layout, uuids: set[str]) -> None:
    for directory in (layout.cache_dir, layout.deps_dir):
        for entry in directory.iterdir() if directory.exists() else ():
            if entry.name not in uuids and entry.is_dir():
                remove_tree(entry)
