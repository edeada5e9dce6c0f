"""The next build dir, put together from artifacts and templates."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from samix.build.exchange import find_changes
from samix.files.access_log import observe
from samix.files.copies import Copier, copy_like, link_entry, link_tree, remove_tree
from samix.files.safe_read import read_bytes
from samix.template.artifact import DIRECTORY_MODE, relative_artifact
from samix.template.built_template import built_template, template_path
from samix.template.dump import dump_template

if TYPE_CHECKING:
    from samix.build.exchange import Changes
    from samix.state.layout import Layout
    from samix.state.store import Store
    from samix.template.resources import Resource
    from samix.template.stacks import Application
    from samix.template.value import ValueMapping


@dataclass(frozen=True)
class Placed:
    """A resource in the next build dir.

    Attributes:
        place: Where its artifact lies now; None for an image, and for what sam builds of no source.
        digest: The digest of the artifact; empty where it stays in the build dir as it lies there.
        image: The tag of its image; empty for anything else.
    """

    resource: Resource
    place: Path | None = None
    digest: str = ""
    image: str = ""


def _dumped(_path: Path, data: ValueMapping) -> str:
    return dump_template(data)


def render_templates(
    application: Application,
    placed: Sequence[Placed],
    layout: Layout,
    text: Callable[[Path, ValueMapping], str] = _dumped,
) -> dict[Path, str]:
    """The text of each built template, by its path in the build dir.

    `text` makes it, from that path and the content of the template.
    """
    roots = {one.resource.logical_id: one.place for one in placed if not one.resource.stack_path}

    def has_file(directory: str, file: str) -> bool:
        place = roots.get(directory)
        return place is not None and observe(place / file).is_file()

    artifacts = {one.resource.full_path: one.image or layout.artifact(one.resource) for one in placed}
    places = {stack.path: template_path(layout.build_dir, stack.path) for stack in application.stacks}
    return {
        places[stack.path]: text(
            places[stack.path], built_template(application, stack, artifacts, layout.build_dir, has_file)
        )
        for stack in application.stacks
    }


def altered_artifacts(
    templates: Mapping[Path, str], placed: Sequence[Placed], store: Store, layout: Layout
) -> list[Placed] | None:
    """The artifacts in whose place the build dir holds something else; None if more than artifacts differs.

    That may be a template, or which names there are. The templates are by their path in the build dir.
    """
    if not all(_is_written(path, text) for path, text in templates.items()):
        return None
    altered = [one for one in placed if one.place and not _stays(one, store, layout)]
    is_complete = all(
        not directory.is_symlink() and set(os.listdir(observe(directory))) == names
        for directory, names in _contents(templates, placed, layout).items()
    )
    return altered if is_complete else None


def _is_written(path: Path, text: str) -> bool:
    """Whether a built template is there already."""
    try:
        return not observe(path).is_symlink() and read_bytes(path) == text.encode()
    except OSError:
        return False


def _stays(one: Placed, store: Store, layout: Layout) -> bool:
    """Whether the build dir holds an artifact already."""
    return not one.digest or store.holds(layout.artifact(one.resource), one.digest)


def _contents(templates: Mapping[Path, str], placed: Sequence[Placed], layout: Layout) -> dict[Path, set[str]]:
    """The names in the build dir and in each directory of a nested stack in it."""
    directories: dict[Path, set[str]] = {}
    for path in (*templates, *(layout.artifact(one.resource) for one in placed if one.place)):
        directories.setdefault(path.parent, set()).add(path.name)
    for directory in list(directories):
        if directory != layout.build_dir:
            directories.setdefault(directory.parent, set()).add(directory.name)
    return directories


def stage(templates: Mapping[Path, str], placed: Sequence[Placed], store: Store, layout: Layout) -> Path:
    """Put the next build dir together beside the present one. The templates are by their path in the build dir.

    Raises:
        OSError: It cannot be written.
    """
    staging = layout.staging
    remove_tree(staging)
    staging.mkdir(parents=True)
    staging.chmod(DIRECTORY_MODE)
    by_target = {staging / relative_artifact(one.resource): one for one in reversed(placed) if one.place}
    for directory in {target.parent for target in by_target}:
        directory.mkdir(parents=True, exist_ok=True)
    copier = Copier()

    def put(target: Path, source: Path, present: Path, *, stays: bool) -> None:
        if stays:
            link_tree(present, target)  # of the two, one goes when the other is in its place
        else:
            copy_like(source, target, present, store.index.digest, copier)

    _side_by_side(
        partial(put, target, one.place, layout.artifact(one.resource), stays=_stays(one, store, layout))
        for target, one in by_target.items()
        if one.place
    )
    for path, text in templates.items():
        target = staging / path.relative_to(layout.build_dir)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
    return staging


def _side_by_side(tasks: Iterable[Callable[[], object]]) -> None:
    """Do things in several threads: most of the time of small files is that of the file system."""
    with ThreadPoolExecutor(os.cpu_count(), "stage") as pool:
        pending = [pool.submit(task) for task in tasks]
        try:
            for one in pending:
                one.result()
        finally:
            pool.shutdown(cancel_futures=True)


def stage_changes(
    templates: Mapping[Path, str], placed: Sequence[Placed], store: Store, layout: Layout
) -> Changes | None:
    """Put a second copy of what changes in the build dir beside it; the changes, None if the build dir cannot stay.

    The arguments are those of `stage`, which goes before.

    Raises:
        OSError: It cannot be written.
    """
    altered = {path for path, text in templates.items() if not _is_written(path, text)}
    artifacts = (one for one in placed if one.place and not _stays(one, store, layout))
    altered |= {layout.artifact(one.resource) for one in artifacts}
    changes = find_changes(layout.build_dir, _contents(templates, placed, layout), altered)
    for place in (layout.fresh, layout.gone):
        remove_tree(place)
    if changes:
        layout.gone.mkdir()
        names = (*changes.replaced, *changes.added)
        for parent in {(layout.fresh / name).parent for name in names}:
            parent.mkdir(parents=True, exist_ok=True)
        _side_by_side(partial(link_entry, layout.staging / name, layout.fresh / name) for name in names)
    return changes


def stage_artifact(one: Placed, store: Store, layout: Layout) -> Path:
    """Put a copy of one artifact beside the build dir, to take the place of another there.

    Raises:
        OSError: It cannot be written.
    """
    staging = layout.staging
    remove_tree(staging)
    target = staging / relative_artifact(one.resource)
    target.parent.mkdir(parents=True)
    if one.place is not None:
        copy_like(one.place, target, layout.artifact(one.resource), store.index.digest, Copier())
    return target
