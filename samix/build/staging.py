"""The next build dir, put together from artifacts and templates."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from samix import __version__
from samix.build.exchange import find_changes
from samix.files.access_log import observe
from samix.files.copies import Copier, copy_like, remove_tree
from samix.files.hardlinks import share_with_present
from samix.files.safe_read import read_bytes
from samix.state.inventory import text_digest
from samix.state.layout import slug
from samix.template.artifact import DIRECTORY_MODE, relative_artifact
from samix.template.built_template import built_template, template_path
from samix.template.dump import dump_template

if TYPE_CHECKING:
    from samix.build.exchange import Changes
    from samix.state.inventory import Inventory
    from samix.state.layout import Layout
    from samix.state.store import Store
    from samix.template.resources import Resource
    from samix.template.stacks import Application
    from samix.template.value import ValueMapping

_WRITERS = f"{__version__} {yaml.__version__}\n".encode()


@dataclass(frozen=True)
class Placed:
    """A resource in the next build dir."""

    resource: Resource
    place: Path | None = None  # where its artifact lies now; None for an image, and for what sam builds of no source
    digest: str = ""  # the digest of the artifact; empty where it stays in the build dir as it lies there
    image: str = ""  # the tag of its image; empty for anything else
    is_waiting: bool = False  # whether the artifact was made for this place alone, and moves there
    # the artifact in sam's cache, if files of it are hard links to those of the one that waits
    cached: Path | None = None


class BuiltTexts:
    """Writes built templates, but only changed ones again, because PyYAML is slow.

    The inventory is that of the last build.

    Attributes:
        origins: Digests of what the templates were written from, by path relative to the build dir.
    """

    def __init__(self, inventory: Inventory, build_dir: Path) -> None:
        self._inventory = inventory
        self._build_dir = build_dir
        self.origins: dict[str, str] = {}

    def text(self, path: Path, data: ValueMapping) -> str:
        """The text of a template (`dump_template`), read from its path in the build dir if it is there already."""
        import pickle  # noqa: PLC0415 - written only, to take a digest of it

        name = path.relative_to(self._build_dir).as_posix()
        with suppress(OSError, ValueError, RecursionError, pickle.PicklingError):
            # an OrderedDict differs from a dict and 1 from true, as in the text; equal contents may look
            # different here, and are then written again
            origin = hashlib.sha256(_WRITERS + pickle.dumps(data, protocol=4)).hexdigest()
            self.origins[name] = origin
            if self._inventory.origins.get(name) == origin:
                content = read_bytes(path)
                if text_digest(content) == self._inventory.templates.get(name):
                    return content.decode()
        return dump_template(data)


def render_templates(
    application: Application, placed: Sequence[Placed], layout: Layout, texts: BuiltTexts
) -> dict[Path, str]:
    """The text of each built template, by its path in the build dir."""
    roots = {one.resource.logical_id: one.place for one in placed if not one.resource.stack_path}

    def has_file(directory: str, file: str) -> bool:
        place = roots.get(directory)
        return place is not None and observe(place / file).is_file()

    artifacts = {one.resource.full_path: one.image or layout.artifact(one.resource) for one in placed}
    places = {stack.path: template_path(layout.build_dir, stack.path) for stack in application.stacks}
    return {
        places[stack.path]: texts.text(
            places[stack.path], built_template(application, stack, artifacts, layout.build_dir, has_file)
        )
        for stack in application.stacks
    }


def _is_written(path: Path, text: str) -> bool:
    """Whether a built template is there already."""
    try:
        return not observe(path).is_symlink() and read_bytes(path) == text.encode()
    except OSError:
        return False


@dataclass(frozen=True)
class Staging:
    """The next build dir, and how it is put together; public methods raise OSError if something cannot be written."""

    templates: Mapping[Path, str]  # by their paths in the build dir
    placed: Sequence[Placed]
    store: Store
    layout: Layout

    @cached_property
    def _altered_templates(self) -> set[Path]:
        return {path for path, text in self.templates.items() if not _is_written(path, text)}

    @property
    def copied(self) -> set[str]:
        """The full paths of the artifacts that are not moved to the build dir, but copied."""
        return {one.resource.full_path for one in self._altered if not one.is_waiting}

    @property
    def moved(self) -> set[str]:
        """The full paths of the artifacts that are moved to the build dir."""
        return {one.resource.full_path for one in self._altered if one.is_waiting}

    @cached_property
    def _altered(self) -> list[Placed]:
        """The artifacts that are not in the build dir yet."""
        return [
            one
            for one in self.placed
            if one.place and one.digest and not self.store.holds(self.layout.artifact(one.resource), one.digest)
        ]

    @cached_property
    def _contents(self) -> dict[Path, set[str]]:
        """The names in the build dir and in each directory of a nested stack in it."""
        directories: dict[Path, set[str]] = {}
        for path in (*self.templates, *(self.layout.artifact(one.resource) for one in self.placed if one.place)):
            directories.setdefault(path.parent, set()).add(path.name)
        for directory in list(directories):
            if directory != self.layout.build_dir:
                directories.setdefault(directory.parent, set()).add(directory.name)
        return directories

    def altered_artifacts(self) -> list[Placed] | None:
        """The artifacts in whose place the build dir contains something else; None if more than artifacts differs.

        That may be a template, or which names there are.
        """
        if self._altered_templates:
            return None
        altered = self._altered
        is_complete = all(
            not directory.is_symlink() and set(os.listdir(observe(directory))) == names
            for directory, names in self._contents.items()
        )
        return altered if is_complete else None

    def stage(self) -> Path:
        """Put the next build dir together next to the present one."""
        staging = self.layout.staging
        remove_tree(staging)
        staging.mkdir(parents=True)
        staging.chmod(DIRECTORY_MODE)
        by_target = {staging / relative_artifact(one.resource): one for one in reversed(self.placed) if one.place}
        for directory in {target.parent for target in by_target}:
            directory.mkdir(parents=True, exist_ok=True)
        altered = {one.resource.full_path for one in self._altered}
        copier = Copier()

        def put(target: Path, one: Placed) -> None:
            if one.resource.full_path in altered:
                self._put(one, target, copier)
            else:  # one of the two goes when the other is in its place
                self.store.link_tree(self.layout.artifact(one.resource), target)

        _side_by_side(partial(put, target, one) for target, one in by_target.items())
        for path, text in self.templates.items():
            target = staging / path.relative_to(self.layout.build_dir)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8")
        return staging

    def stage_changes(self) -> Changes | None:
        """Put a second copy of what changes next to the build dir; the changes, None if the build dir cannot stay.

        `stage` goes before.
        """
        layout = self.layout
        altered = self._altered_templates | {layout.artifact(one.resource) for one in self._altered}
        changes = find_changes(layout.build_dir, self._contents, altered)
        for place in (layout.fresh, layout.gone):
            remove_tree(place)
        if changes:
            layout.gone.mkdir()
            names = (*changes.replaced, *changes.added)
            for parent in {(layout.fresh / name).parent for name in names}:
                parent.mkdir(parents=True, exist_ok=True)
            for name in names:
                self.store.link_tree(layout.staging / name, layout.fresh / name)
        return changes

    def stage_artifact(self, one: Placed) -> Path:
        """Put a copy of one artifact next to the build dir, to take the place of another there."""
        staging = self.layout.staging
        remove_tree(staging)
        target = staging / relative_artifact(one.resource)
        target.parent.mkdir(parents=True)
        self._put(one, target, Copier())
        return target

    def _put(self, one: Placed, target: Path, copier: Copier) -> None:
        """Put an artifact into the next build dir, with hard links to the files that the present one has, too."""
        present = self.layout.artifact(one.resource)
        if one.place is None:
            return
        if not one.is_waiting:
            copy_like(one.place, target, present, self.store.index.digest, copier)
            return
        self.store.move(one.place, target)
        if not present.is_symlink():  # a link leads to what is not samix's
            spare = self.layout.staging.with_name(f"{self.layout.staging.name}.{slug(one.resource.full_path)}.link")
            index = self.store.index
            share_with_present(target, present, spare, index.digest, index.carry, one.cached)


def _side_by_side(tasks: Iterable[Callable[[], object]]) -> None:
    """Do things in several threads: with small files the file system takes most of the time."""
    with ThreadPoolExecutor(os.cpu_count(), "stage") as pool:
        pending = [pool.submit(task) for task in tasks]
        try:
            for one in pending:
                one.result()
        finally:
            pool.shutdown(cancel_futures=True)
