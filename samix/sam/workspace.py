"""The workspace of a unit or a batch: what sam finds there, and what it leaves. No two runs share a file."""

from __future__ import annotations

import os
import tempfile
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from samix.builders.esbuild import shows
from samix.builders.workflow import dependency_folder, incremental_workflow, is_bundled, runtime_workflow
from samix.files.atomic import write_atomically
from samix.files.copies import copy_tree, entries_below, find_special, remove_tree
from samix.files.listing import kind_of_special, link_tree
from samix.messages.errors import SamixError
from samix.messages.printable import visible
from samix.sam.neighbours import add_stand_in
from samix.sam.unit_template import batch_template, unit_template
from samix.state.build_toml import Definition, Section, read_definitions, write_definitions
from samix.state.layout import Below, slug
from samix.state.records import checked_uuid
from samix.state.sam_cache import own_definition, present_metadata
from samix.template.dump import dump_for_sam
from samix.template.load import load_template
from samix.template.resources import Kind
from samix.template.value import ValueMapping, as_list, as_mapping, as_text

if TYPE_CHECKING:
    from samix.state.layout import Layout
    from samix.template.stacks import Application
    from samix.units.unit import Unit


@dataclass(frozen=True)
class Workspace:
    """Where one run of sam builds, and where it keeps its state.

    sam runs in the user's working directory and builds as deep below it as it does alone in `.aws-sam/build`: paths in
    makefiles and manifests that are relative to either are the same.
    """

    state: Path  # the template, and sam's build graph, cache and dependencies; for the owner only
    place: Path  # the stand-in for the build dir; for the owner only, too
    stack_path: str  # the stack whose resources are built; empty for the root stack
    is_hosted: bool  # whether sam keeps its state there; if samix cannot choose where, it keeps none
    resource: str  # what sam builds by its name, if it is not hosted

    template = Below("state", "template.yaml")  # what sam builds
    cache_dir = Below("state", "cache")  # sam's cache
    build_toml = Below("state", "build.toml")  # sam's build graph
    deps_dir = Below("state", "deps")  # the dependencies that sam keeps apart
    neighbours = Below("state", "neighbours")  # the source of the layer that brings other artifacts
    no_source = Below("state", "source")  # an empty directory, for a source that does not exist

    @property
    def build_dir(self) -> Path:
        """Where sam builds: the artifacts lie in there under their logical ids."""
        return self.place / self.stack_path

    def remove(self) -> None:
        """Remove all of it.

        Raises:
            OSError: Something cannot be removed.
        """
        remove_tree(self.place)
        remove_tree(self.state)


@dataclass(frozen=True)
class Product:
    """What sam left in a workspace."""

    artifact: Path | None  # the directory of the artifact; None for an image
    deps: Path | None  # the downloaded dependencies, where sam keeps them apart and uses them again
    image: str  # the tag of the image; empty for anything else
    uuid: str  # sam's name for the build definition
    definition: ValueMapping


@dataclass(frozen=True)
class Earlier:
    """What an earlier build left, on which sam builds the source of a unit alone."""

    definition: ValueMapping  # the unit's own
    deps: Path
    digest: str  # of `deps`
    # links among the dependencies of an artifact that is built whole, by path relative to their folder, with where they
    # lead: sam makes copies of them where it keeps the dependencies apart
    links: Mapping[str, str] = field(default_factory=dict)


NOTHING_EARLIER: Mapping[str, Earlier] = MappingProxyType({})
"""For units that are built from nothing."""


def prepare(
    layout: Layout,
    unit: Unit,
    application: Application,
    *,
    is_hosted: bool,
    earlier: Earlier | None = None,
    neighbours: Mapping[str, Path] | None = None,
    lacks_source: bool = False,
    link: Callable[[Path, Path], object] = link_tree,
) -> Workspace:
    """Make a workspace with the unit's template.

    Its name is never used again: a sam that outlives a killed samix cannot write into a later build. `earlier` is what
    the unit is built on, if only its source is built again. `neighbours` are artifacts that its build finds beside its
    own, by their paths in the build dir. `lacks_source` says that its source does not exist: a container engine would
    make it, in the midst of the project. `link` copies a directory by hard links.

    Raises:
        OSError: It cannot be written.
    """
    workspace = _make(layout, unit, is_hosted=is_hosted)
    if lacks_source and unit.in_container:
        workspace.no_source.mkdir()
        first = replace(unit.first, code=os.fspath(workspace.no_source))
        template = unit_template(replace(unit, resources=(first,)), application)
    else:
        template = unit_template(unit, application)
    if neighbours:
        source = workspace.neighbours
        name = add_stand_in(template, unit, neighbours, workspace.place, source, is_named=not is_hosted)
        workspace = replace(workspace, resource=name)
    write_atomically(workspace.template, dump_for_sam(template), mode=0o600)
    _add_earlier(workspace, [(unit, earlier)] if earlier else [], link)
    return workspace


def prepare_batch(
    layout: Layout,
    units: Sequence[Unit],
    application: Application,
    earlier: Mapping[str, Earlier] = NOTHING_EARLIER,
    *,
    link: Callable[[Path, Path], object] = link_tree,
) -> Workspace:
    """Make a workspace with a template of several units of one stack; otherwise like `prepare`.

    `earlier` has by name what units are built on.

    Raises:
        OSError: It cannot be written.
    """
    workspace = _make(layout, units[0], is_hosted=True)
    write_atomically(workspace.template, dump_for_sam(batch_template(units, application)), mode=0o600)
    _add_earlier(workspace, [(unit, earlier[unit.name]) for unit in units if unit.name in earlier], link)
    return workspace


def _make(layout: Layout, unit: Unit, *, is_hosted: bool) -> Workspace:
    """Make an empty workspace that is named after a unit."""
    layout.workspaces.mkdir(parents=True, exist_ok=True)
    state = Path(tempfile.mkdtemp(prefix=f"{slug(unit.name)}.", dir=layout.workspaces))
    place = layout.stand_in(state.name.rpartition(".")[2])
    place.mkdir(mode=0o700)  # sam does not change that; the template that it writes there has all parameters
    return Workspace(state, place, unit.first.stack_path, is_hosted, unit.first.logical_id)


def _add_earlier(
    workspace: Workspace, pairs: Sequence[tuple[Unit, Earlier]], link: Callable[[Path, Path], object]
) -> None:
    """Give sam earlier definitions of units, under new names, and the dependencies."""
    definitions = [_earlier_definition(unit, earlier) for unit, earlier in pairs]
    for definition, (_, earlier) in zip(definitions, pairs, strict=True):
        # the directories of the earlier one do not change until the build is put in place; sam only reads them
        link(earlier.deps, workspace.deps_dir / definition.uuid)
    if definitions:
        write_definitions(workspace.build_toml, definitions)


def _earlier_definition(unit: Unit, earlier: Earlier) -> Definition:
    # the hash of the sources is out of date, and sam would keep it: it takes none for what it builds incrementally
    fields = {name: value for name, value in earlier.definition.items() if name != "source_hash"}
    fields["codeuri"] = unit.first.code
    if unit.kind is Kind.LAYER:
        fields["layer_name"] = fields["layer"] = unit.first.full_path.rpartition("/")[2]
    else:
        written = as_mapping(fields.get("metadata"))
        metadata = present_metadata(written, unit)
        if "aws:asset:path" in metadata:
            metadata["aws:asset:path"] = unit.first.code
        fields |= {"metadata": metadata} if metadata or written else {}
    section = Section.LAYERS if unit.kind is Kind.LAYER else Section.FUNCTIONS
    return Definition(section, str(uuid.uuid4()), fields)


def find_links(artifact: Path, deps: Path, unit: Unit) -> dict[str, str]:
    """The links among the dependencies of an artifact that was built whole, as `Earlier.links` has them.

    Where npm and Bundler install into an artifact, links such as those in `node_modules/.bin` stay links; in an
    artifact that is put together from the dependencies that were kept, sam leaves files.

    Raises:
        OSError: Something cannot be read.
    """
    if is_bundled(unit) or not runtime_workflow(unit).installs_among_sources:
        return {}
    folder = dependency_folder(unit, artifact)
    entries = (os.path.join(name, path) for name in os.listdir(deps) for path, _ in entries_below(str(folder / name)))
    return {path: os.readlink(folder / path) for path in entries if (folder / path).is_symlink()}


def _restore_links(artifact: Path, unit: Unit, links: Mapping[str, str]) -> None:
    folder = dependency_folder(unit, artifact)
    for path, target in links.items():
        copied = folder / path
        is_within = copied.parent.resolve().is_relative_to(folder.resolve())  # not through a link
        if is_within and copied.exists() and not copied.is_symlink():
            remove_tree(copied)
            copied.symlink_to(target)


def shows_dependencies(product: Product, unit: Unit) -> bool:
    """Whether a bundle names the place of the dependencies that it was built on, which a build from nothing never does.

    Raises:
        OSError: It cannot be read.
    """
    return is_bundled(unit) and product.artifact is not None and shows(product.artifact, product.uuid.encode())


def redirect_links(artifact: Path, place: Path, home: Path) -> None:
    """Redirect links in an artifact from `place`, the stand-in for the build dir, to `home`, the build dir itself.

    Raises:
        OSError: One cannot be changed.
    """
    for directory, names, files in os.walk(artifact):
        for name in (*names, *files):
            link = Path(directory, name)
            target = Path(os.readlink(link)) if link.is_symlink() else None
            if target and target.is_relative_to(place):
                link.unlink()
                link.symlink_to(home / target.relative_to(place))


def harvest(workspace: Workspace, unit: Unit, earlier: Earlier | None = None) -> Product | None:
    """Take what sam left in a workspace, and make it equal to a build from nothing; None if sam left no artifact.

    `earlier` is what the unit was built on, if it was.

    Raises:
        ValueError: The name of its definition is not a uuid.
        OSError: The artifact cannot be made equal to what a build from nothing makes.
        SamixError: It cannot be deployed.
    """
    if not workspace.is_hosted:
        return _product(workspace, own_definition(unit), unit)
    definitions = read_definitions(workspace.build_toml)
    found = [one for one in definitions if one.fields.get("codeuri") != str(workspace.neighbours)]
    return _product(workspace, found[0], unit, earlier) if len(found) == 1 else None


def find_oddity(workspace: Workspace, unit: Unit) -> tuple[str, str] | None:
    """What cannot be copied, packed or deployed in what sam left of a unit, in place of its artifact or within it.

    The result is its path, from the name of the artifact on, and a text for people; None if there is nothing.

    Raises:
        OSError: It cannot be read.
    """
    name = unit.first.logical_id
    artifact = workspace.build_dir / name
    if unit.kind is Kind.IMAGE:
        return None
    if not artifact.exists():
        if not artifact.is_symlink():
            return None
        led_to = visible(os.readlink(artifact))
        why = f"the artifact is a link to {led_to}, which does not exist"
        return name, f"{why}: change the build so that it leaves a directory there"
    if not artifact.is_dir():
        kind = kind_of_special(artifact.stat().st_mode) or "file"
        return name, f"the artifact is a {kind}: change the build so that it leaves a directory there"
    found = find_special(artifact.resolve())
    if found is None:
        return None
    inner, kind = found
    why = (
        f"the artifact contains a {kind}, {inner}, which cannot be deployed: change the build so that it leaves it out"
    )
    return f"{name}/{inner}", why


def harvest_batch(
    workspace: Workspace, units: Sequence[Unit], earlier: Mapping[str, Earlier] = NOTHING_EARLIER
) -> dict[str, Product] | None:
    """What sam left of each unit in the workspace of a batch, by its name; None if that is unknown for any.

    `earlier` has by name what units were built on.

    Raises:
        ValueError: The name of a definition is not a uuid.
        OSError: An artifact cannot be read.
        SamixError: One cannot be deployed.
    """
    definitions = {_built_by(definition): definition for definition in read_definitions(workspace.build_toml)}
    products: dict[str, Product] = {}
    for unit in units:
        definition = definitions.get((unit.first.logical_id,))
        product = _product(workspace, definition, unit, earlier.get(unit.name)) if definition else None
        if product is None:
            return None
        products[unit.name] = product
    return products


def _built_by(definition: Definition) -> tuple[str, ...]:
    """The resources that a definition of a workspace is of."""
    if definition.section is Section.LAYERS:
        return (str(definition.fields.get("layer_name")),)
    return tuple(str(name) for name in as_list(definition.fields.get("functions")))


def _product(
    workspace: Workspace, definition: Definition, unit: Unit, earlier: Earlier | None = None
) -> Product | None:
    checked_uuid(definition.uuid)
    if unit.kind is Kind.IMAGE:
        image = _built_image(workspace.build_dir / "template.yaml", unit)
        return Product(None, None, image, definition.uuid, definition.fields) if image else None
    if odd := find_oddity(workspace, unit):
        raise SamixError(odd[1])
    artifact = workspace.build_dir / unit.first.logical_id
    if not artifact.is_dir():
        return None
    if artifact.is_symlink():  # sam keeps in its cache what it leads to
        led_to = artifact.resolve()
        artifact.unlink()
        copy_tree(led_to, artifact)
    if earlier:
        _restore_links(artifact, unit, earlier.links)
    deps = workspace.deps_dir / definition.uuid
    # some builders leave dependencies that they never use again
    is_of_use = incremental_workflow(unit) is not None and deps.is_dir()
    return Product(artifact, deps if is_of_use else None, "", definition.uuid, definition.fields)


def _built_image(template: Path, unit: Unit) -> str:
    if not template.is_file():
        return ""
    resources = as_mapping(load_template(template).data.get("Resources"))
    properties = as_mapping(as_mapping(resources.get(unit.first.logical_id)).get("Properties"))
    found = as_mapping(properties.get("Code")).get("ImageUri") or properties.get("ImageUri")
    return as_text(found) or ""
