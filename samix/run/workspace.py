"""The workspace of a unit or a batch: what sam finds there, and what it leaves. Runs side by side share no file."""

from __future__ import annotations

import os
import re
import tempfile
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from samix.files import write_atomically
from samix.plan.incremental import dependency_folder, is_bundled, language, shows
from samix.reading import read_text
from samix.run.unit_template import batch_template, unit_template
from samix.state.build_toml import Definition, Section, read_definitions, write_definitions
from samix.state.layout import slug
from samix.state.reconcile import present_metadata
from samix.state.records import checked_uuid
from samix.template.dump import dump_template
from samix.template.load import load_template
from samix.template.resources import Kind
from samix.template.value import ValueMapping, as_list, as_mapping, as_text
from samix.tree import link_tree, remove_tree

if TYPE_CHECKING:
    from collections.abc import Sequence

    from samix.plan.units import Unit
    from samix.template.stacks import Application


@dataclass(frozen=True)
class Product:
    """What sam left in a workspace.

    Attributes:
        artifact: The directory of the artifact; None for an image.
        deps: The downloaded dependencies, where sam keeps them apart and uses them again.
        image: The tag of the image; empty for anything else.
        uuid: sam's name for the build definition.
        definition: The definition's fields.
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
        definition: The definition that sam wrote for it.
        deps: The dependencies that it downloaded.
        artifact: The artifact; None if it is gone.
    """

    definition: ValueMapping
    deps: Path
    artifact: Path | None = None


def prepare(parent: Path, unit: Unit, application: Application, earlier: Earlier | None = None) -> Path:
    """Make a workspace with the unit's template.

    Its name is never used again: a sam that outlives a killed samix cannot write into a later build.

    Raises:
        OSError: It cannot be written.
    """
    directory = _make(parent, unit, unit_template(unit, application))
    if earlier:
        _bring_along(directory / ".aws-sam", unit, earlier)
    return directory


def prepare_batch(parent: Path, units: Sequence[Unit], application: Application) -> Path:
    """Make a workspace with a template of several units of one stack; otherwise like `prepare`.

    Raises:
        OSError: It cannot be written.
    """
    return _make(parent, units[0], batch_template(units, application))


def _make(parent: Path, unit: Unit, template: ValueMapping) -> Path:
    """Make a workspace that is named after a unit and holds a template."""
    parent.mkdir(parents=True, exist_ok=True)
    directory = Path(tempfile.mkdtemp(prefix=f"{slug(unit.name)}.", dir=parent))
    write_atomically(directory / "template.yaml", dump_template(template), mode=0o600)
    return directory


def lend_paths(directory: Path, project: Path, manifest: Path) -> None:
    """Have the paths in a unit's requirements lead to where they lead from the project.

    pip takes a relative path such as `./common` from the directory that sam runs in.

    Args:
        directory: The workspace.
        project: The directory that a bare sam would run in.
        manifest: The requirements; nothing is lent where they cannot be read.

    Raises:
        OSError: A link cannot be made.
    """
    for entry in paths_to_lend(project, manifest):
        if not (directory / entry.name).exists():
            (directory / entry.name).symlink_to(entry)


def paths_to_lend(project: Path, manifest: Path) -> list[Path]:
    """What a unit's requirements may mean by a relative path; the arguments are those of `lend_paths`."""
    try:
        text = read_text(manifest, errors="replace")
    except OSError:
        return []
    if not text.strip():
        return []
    return [
        entry
        for entry in project.iterdir()
        if entry.name != ".aws-sam" and re.search(rf"(?<![\w./-])(?:\./)*{re.escape(entry.name)}(?:/|\s|\[|$)", text)
    ]


def _bring_along(root: Path, unit: Unit, earlier: Earlier) -> None:
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
    link_tree(earlier.deps, root / "deps" / name)  # sam reads them only
    write_definitions(root / "build.toml", [Definition(section, name, fields)])


def _restore_links(artifact: Path, unit: Unit, earlier: Earlier) -> None:
    """Make links again of what sam copied as what a link leads to when it kept the dependencies apart.

    Where npm and Bundler install into an artifact, links such as those in `node_modules/.bin` stay links; in an
    artifact that is put together from the dependencies that were kept, sam leaves files.
    """
    if earlier.artifact is None or language(unit) == "python" or is_bundled(unit):
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


def harvest(directory: Path, unit: Unit, earlier: Earlier | None = None) -> Product | None:
    """What sam left in a workspace, None if it left no artifact.

    Args:
        directory: The workspace.
        unit: The unit.
        earlier: What it was built on, if it was.

    Raises:
        ValueError: Its definition has a name that is no uuid.
        OSError: The artifact cannot be made what a build from nothing makes.
    """
    root = directory / ".aws-sam"
    definitions = read_definitions(root / "build.toml")
    return _product(root, definitions[0], unit, earlier) if len(definitions) == 1 else None


def harvest_batch(directory: Path, units: Sequence[Unit]) -> dict[str, Product] | None:
    """What sam left of each unit in the workspace of a batch, by its name; None if it cannot be told for all.

    Raises:
        ValueError: A definition has a name that is no uuid.
    """
    root = directory / ".aws-sam"
    definitions = {_built_by(definition): definition for definition in read_definitions(root / "build.toml")}
    products: dict[str, Product] = {}
    for unit in units:
        definition = definitions.get((unit.first.logical_id,))
        product = _product(root, definition, unit) if definition else None
        if product is None:
            return None
        products[unit.name] = product
    return products


def _built_by(definition: Definition) -> tuple[str, ...]:
    """The resources that a definition of a workspace is of."""
    if definition.section is Section.LAYERS:
        return (str(definition.fields.get("layer_name")),)
    return tuple(str(name) for name in as_list(definition.fields.get("functions")))


def _product(root: Path, definition: Definition, unit: Unit, earlier: Earlier | None = None) -> Product | None:
    checked_uuid(definition.uuid)
    if unit.kind is Kind.IMAGE:
        image = _built_image(root / "build" / "template.yaml", unit)
        return Product(None, None, image, definition.uuid, definition.fields) if image else None
    artifact = root / "build" / unit.first.logical_id
    if not artifact.is_dir():
        return None
    if earlier:
        _restore_links(artifact, unit, earlier)
    deps = root / "deps" / definition.uuid
    # some builders leave them that never look for them again
    is_of_use = language(unit) is not None and deps.is_dir()
    return Product(artifact, deps if is_of_use else None, "", definition.uuid, definition.fields)


def _built_image(template: Path, unit: Unit) -> str:
    if not template.is_file():
        return ""
    resources = as_mapping(load_template(template).data.get("Resources"))
    properties = as_mapping(as_mapping(resources.get(unit.first.logical_id)).get("Properties"))
    found = as_mapping(properties.get("Code")).get("ImageUri") or properties.get("ImageUri")
    return as_text(found) or ""
