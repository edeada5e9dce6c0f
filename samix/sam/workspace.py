"""The workspace of a unit or a batch: what sam finds there, and what it leaves. Runs side by side share no file."""

from __future__ import annotations

import os
import tempfile
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from samix.builders.esbuild import shows
from samix.builders.workflow import dependency_folder, incremental_workflow, is_bundled, runtime_workflow
from samix.files.atomic import write_atomically
from samix.files.copies import copy_tree, find_special, kind_of_special, link_tree, remove_tree
from samix.messages.errors import SamixError
from samix.messages.printable import visible
from samix.sam.neighbours import add_stand_in
from samix.sam.unit_template import batch_template, unit_template
from samix.state.build_toml import Definition, Section, read_definitions, write_definitions
from samix.state.layout import slug
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

    sam runs in the user's working directory and builds as deep below it as it does alone in `.aws-sam/build`: what a
    makefile or a manifest finds by a path that is relative to either is what it finds there.

    Attributes:
        state: The template, and sam's build graph, cache and dependencies; for the owner only.
        place: What stands for the build dir; for the owner only, too.
        stack_path: The stack whose resources are built; empty for the root stack.
        is_hosted: Whether sam can be told to keep its state there. One that cannot keeps none.
        resource: What it is told to build by its name, if it must be.
    """

    state: Path
    place: Path
    stack_path: str
    is_hosted: bool
    resource: str

    @property
    def template(self) -> Path:
        """The template that sam builds."""
        return self.state / "template.yaml"

    @property
    def build_dir(self) -> Path:
        """Where sam builds: the artifacts lie in there under their logical ids."""
        return self.place / self.stack_path

    @property
    def cache_dir(self) -> Path:
        """sam's cache."""
        return self.state / "cache"

    @property
    def build_toml(self) -> Path:
        """sam's build graph."""
        return self.state / "build.toml"

    @property
    def deps_dir(self) -> Path:
        """The dependencies that sam keeps apart."""
        return self.state / "deps"

    @property
    def neighbours(self) -> Path:
        """The source of the layer that brings other artifacts."""
        return self.state / "neighbours"

    @property
    def no_source(self) -> Path:
        """An empty directory, for a source that does not exist."""
        return self.state / "source"

    def remove(self) -> None:
        """Remove all of it.

        Raises:
            OSError: Something cannot be removed.
        """
        remove_tree(self.place)
        remove_tree(self.state)


@dataclass(frozen=True)
class Product:
    """What sam left in a workspace.

    Attributes:
        artifact: The directory of the artifact; None for an image.
        deps: The downloaded dependencies, where sam keeps them apart and uses them again.
        image: The tag of the image; empty for anything else.
        uuid: sam's name for the build definition.
    """

    artifact: Path | None
    deps: Path | None
    image: str
    uuid: str
    definition: ValueMapping


@dataclass(frozen=True)
class Earlier:
    """What an earlier build of a unit left, on which sam builds its source alone.

    Attributes:
        artifact: The artifact; None if it is gone.
    """

    definition: ValueMapping
    deps: Path
    artifact: Path | None = None


def prepare(
    layout: Layout,
    unit: Unit,
    application: Application,
    *,
    is_hosted: bool,
    earlier: Earlier | None = None,
    neighbours: Mapping[str, Path] | None = None,
    lacks_source: bool = False,
) -> Workspace:
    """Make a workspace with the unit's template.

    Its name is never used again: a sam that outlives a killed samix cannot write into a later build.

    Args:
        layout: Where everything lies.
        unit: The unit.
        application: What it is of.
        is_hosted: Whether sam can be told to keep its state in the workspace.
        earlier: What it is built on, if only its source is built again.
        neighbours: Artifacts that its build finds beside its own, by their paths in the build dir.
        lacks_source: Whether its source does not exist. A container engine would make it, in the midst of the project.

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
    if earlier:
        _bring_along(workspace, unit, earlier)
    return workspace


def prepare_batch(layout: Layout, units: Sequence[Unit], application: Application) -> Workspace:
    """Make a workspace with a template of several units of one stack; otherwise like `prepare`.

    Raises:
        OSError: It cannot be written.
    """
    workspace = _make(layout, units[0], is_hosted=True)
    write_atomically(workspace.template, dump_for_sam(batch_template(units, application)), mode=0o600)
    return workspace


def _make(layout: Layout, unit: Unit, *, is_hosted: bool) -> Workspace:
    """Make an empty workspace that is named after a unit."""
    layout.workspaces.mkdir(parents=True, exist_ok=True)
    state = Path(tempfile.mkdtemp(prefix=f"{slug(unit.name)}.", dir=layout.workspaces))
    place = layout.stand_in(state.name.rpartition(".")[2])
    place.mkdir(mode=0o700)  # sam leaves that as it is; the template that it writes there has all parameters
    return Workspace(state, place, unit.first.stack_path, is_hosted, unit.first.logical_id)


def _bring_along(workspace: Workspace, unit: Unit, earlier: Earlier) -> None:
    """Have sam find its earlier definition of the unit, under a new name, and the dependencies."""
    # that of the sources is no longer true, and sam would keep it: it takes none for what it builds incrementally
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
    name = str(uuid.uuid4())  # the directories of the earlier one stay as they are until the build is put in place
    section = Section.LAYERS if unit.kind is Kind.LAYER else Section.FUNCTIONS
    link_tree(earlier.deps, workspace.deps_dir / name)  # sam reads them only
    write_definitions(workspace.build_toml, [Definition(section, name, fields)])


def _restore_links(artifact: Path, unit: Unit, earlier: Earlier) -> None:
    """Make links again of what sam copied in their place because it kept the dependencies apart.

    Where npm and Bundler install into an artifact, links such as those in `node_modules/.bin` stay links; in an
    artifact that is put together from the dependencies that were kept, sam leaves files.
    """
    if earlier.artifact is None or is_bundled(unit) or not runtime_workflow(unit).installs_among_sources:
        return
    now, before = dependency_folder(unit, artifact), dependency_folder(unit, earlier.artifact)
    for name in os.listdir(earlier.deps):
        for directory, names, files in os.walk(before / name):
            for entry in (*names, *files):
                link = Path(directory, entry)
                copied = now / link.relative_to(before)
                if link.is_symlink() and copied.exists() and not copied.is_symlink():
                    remove_tree(copied)
                    copied.symlink_to(os.readlink(link))


def shows_dependencies(product: Product, unit: Unit) -> bool:
    """Whether a bundle names the place of the dependencies that it was built on, which no build from nothing does.

    Raises:
        OSError: It cannot be read.
    """
    return is_bundled(unit) and product.artifact is not None and shows(product.artifact, product.uuid.encode())


def redirect_links(artifact: Path, place: Path, home: Path) -> None:
    """Make links in an artifact that lead to `place`, the stand-in of the build dir, lead to the build dir, `home`.

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
    """What sam left in a workspace, None if it left no artifact; `earlier` is what the unit was built on, if it was.

    Raises:
        ValueError: Its definition has a name that is no uuid.
        OSError: The artifact cannot be made equal to what a build from nothing makes.
        SamixError: It cannot be deployed.
    """
    if not workspace.is_hosted:
        return _product(workspace, own_definition(unit), unit)
    definitions = read_definitions(workspace.build_toml)
    found = [one for one in definitions if one.fields.get("codeuri") != str(workspace.neighbours)]
    return _product(workspace, found[0], unit, earlier) if len(found) == 1 else None


@dataclass(frozen=True)
class Oddity:
    """Something in the place of an artifact or in one that nobody can copy, pack or deploy.

    Attributes:
        path: Its path, from the name of the artifact on.
    """

    path: str
    told: str


def find_oddity(workspace: Workspace, unit: Unit) -> Oddity | None:
    """What nobody can deploy in what sam left of a unit: in place of its artifact or within it; None if nothing.

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
        told = f"the artifact is a link to {led_to}, which does not exist"
        return Oddity(name, f"{told}: change the build so that it leaves a directory there")
    if not artifact.is_dir():
        kind = kind_of_special(artifact.stat().st_mode) or "file"
        return Oddity(name, f"the artifact is a {kind}: change the build so that it leaves a directory there")
    found = find_special(artifact.resolve())
    if found is None:
        return None
    inner, kind = found
    why = (
        f"the artifact contains a {kind}, {inner}, which cannot be deployed: change the build so that it leaves it out"
    )
    return Oddity(f"{name}/{inner}", why)


def harvest_batch(workspace: Workspace, units: Sequence[Unit]) -> dict[str, Product] | None:
    """What sam left of each unit in the workspace of a batch, by its name; None if it cannot be told for all.

    Raises:
        ValueError: A definition has a name that is no uuid.
        OSError: An artifact cannot be read.
        SamixError: One cannot be deployed.
    """
    definitions = {_built_by(definition): definition for definition in read_definitions(workspace.build_toml)}
    products: dict[str, Product] = {}
    for unit in units:
        definition = definitions.get((unit.first.logical_id,))
        product = _product(workspace, definition, unit) if definition else None
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
        raise SamixError(odd.told)
    artifact = workspace.build_dir / unit.first.logical_id
    if not artifact.is_dir():
        return None
    if artifact.is_symlink():  # sam keeps in its cache what it leads to
        led_to = artifact.resolve()
        artifact.unlink()
        copy_tree(led_to, artifact)
    if earlier:
        _restore_links(artifact, unit, earlier)
    deps = workspace.deps_dir / definition.uuid
    # some builders leave them that never look for them again
    is_of_use = incremental_workflow(unit) is not None and deps.is_dir()
    return Product(artifact, deps if is_of_use else None, "", definition.uuid, definition.fields)


def _built_image(template: Path, unit: Unit) -> str:
    if not template.is_file():
        return ""
    resources = as_mapping(load_template(template).data.get("Resources"))
    properties = as_mapping(as_mapping(resources.get(unit.first.logical_id)).get("Properties"))
    found = as_mapping(properties.get("Code")).get("ImageUri") or properties.get("ImageUri")
    return as_text(found) or ""
