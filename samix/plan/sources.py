"""The files that a unit is made from, and what changed of them."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from samix.builders.generated import is_generated, is_of_builder_alone
from samix.builders.outside import Outside, find_outside, metadata_paths
from samix.builders.search import no_variable
from samix.builders.workflow import WORKFLOWS, workflow_of
from samix.files.access_log import observe
from samix.files.copies import entries_digest, read_digest, tree_entries
from samix.files.names import SAM_DIRECTORY
from samix.messages.errors import MissingSourceError, TemplateError
from samix.state.results import Results
from samix.state.source_lists import DIGEST_LENGTH, Sources, counted_entries, plain_path
from samix.template.resources import Kind
from samix.template.types import CODE_PROPERTIES
from samix.template.value import as_text

if TYPE_CHECKING:
    from samix.files.copies import Digester
    from samix.messages.location import Location
    from samix.options.merge import BuildOptions
    from samix.template.resources import Resource
    from samix.template.stacks import Application
    from samix.units.unit import Unit

# what sam and its builders never copy from the sources
_IGNORED = frozenset({SAM_DIRECTORY, ".git"})
_MANIFEST = "--manifest"


@dataclass(frozen=True)
class Change:
    """What happened to one file: its path relative to the unit's source, and a text for people."""

    path: str
    text: str

    @property
    def is_of_manifest(self) -> bool:
        """Whether the file is one that names dependencies or says how to build."""
        name = os.path.basename(self.path)
        return name == _MANIFEST or any(name in row.manifests for row in WORKFLOWS.values())


def source_path(unit: Unit, options: BuildOptions) -> Path | None:
    """The directory or file that a unit is built from; an image's is its context."""
    written = unit.first.code
    if written is None and unit.kind is Kind.IMAGE:
        written = as_text(unit.first.metadata.get("DockerContext"))
    return None if written is None else options.code_path(written)


def lacks_source(unit: Unit, options: BuildOptions) -> bool:
    """Whether a unit's source does not exist."""
    source = source_path(unit, options)
    return source is not None and not os.path.exists(observe(source))


def goes_on_without_source(unit: Unit) -> bool:
    """Whether sam builds a unit whose source does not exist, and ends well.

    pip, npm and uv copy nothing then and leave no artifact. In a container the engine makes the source, and sam the
    artifact.
    """
    return unit.kind is not Kind.IMAGE and workflow_of(unit).goes_on_without_source(unit)


def missing_source_error(unit: Unit, source: Path | None, application: Application) -> MissingSourceError:
    """The error that a unit's source does not exist."""
    return MissingSourceError(
        f"The source of {unit.label} does not exist: {source}", where=code_location(unit.first, application)
    )


def code_location(resource: Resource, application: Application) -> Location:
    """Where it is written which source a resource has."""
    stack = application.by_path[resource.stack_path]
    return stack.locate_property(resource.logical_id, CODE_PROPERTIES[resource.type])


def take_sources(
    unit: Unit,
    application: Application,
    options: BuildOptions,
    digest: Digester = read_digest,
    *,
    outside: Outside | None = None,
    generated: Collection[str] = (),
    named: Mapping[str, Path] | None = None,
    results: Results | None = None,
    keeps_whole: bool = False,
) -> Sources:
    """Read the files that a unit is made from; with `keeps_whole` another digest can be made (`digest_without`).

    `outside` is what the unit has to do with outside of its source, if that was found already. `generated` is what its
    build makes among the files, by paths relative to its source: that does not count. `named` are files that the
    environment names, by variable. `results` are those of the project, if they are known. `application` is only for
    messages.

    Raises:
        TemplateError: They cannot be read, or they do not exist and sam's builder or `--strict` needs them.
    """
    source = source_path(unit, options)
    if source is None:
        return Sources("")
    is_missing = lacks_source(unit, options)
    if is_missing and (options.strict or not goes_on_without_source(unit)):
        raise missing_source_error(unit, source, application)
    entries: dict[str, str] = {}
    try:
        trees = [*_trees(unit, source, options, outside or find_outside_of(unit, options))]
        trees = trees[1:] if is_missing else trees
        known = {tree for _, tree in trees}
        trees += [(f"${name}", path) for name, path in (named or {}).items() if path not in known]
        results = results or Results.of(options.project, options.build_dir, options.cache_dir)
        for label, tree in trees:
            found = dict(
                tree_entries(
                    tree,
                    ignored=_IGNORED,
                    follow=True,
                    without_caches=workflow_of(unit).marks_output,
                    left_out=results.has,
                    digest=digest,
                )
            )
            emptied = _directories_for(results.places, tree, found)
            entries |= {_join(label, name): entry for name, entry in found.items() if name not in emptied}
    except OSError as error:
        raise TemplateError(f"The source of {unit.label} cannot be read: {error}", where=unit.first.location) from error
    shown = {path: _shorten(entry) for path, entry in entries.items()}
    place = os.path.relpath(source, options.project)
    made = _made_digests(shown, [path for path in generated if not is_of_builder_alone(unit, path)], place)
    counted = counted_entries(entries, generated, place)
    whole = entries if keeps_whole else {}
    return Sources(entries_digest(counted.items()), place, shown, whole, tuple(generated), made, is_missing)


def _made_digests(entries: Mapping[str, str], generated: Collection[str], place: str) -> dict[str, str]:
    """The digest of each of the paths that builds make and that are there."""
    plain = [(plain_path(path, place), entry) for path, entry in entries.items()] if generated else []
    found = ((path, [one for one in plain if is_generated(one[0], [path])]) for path in generated)
    return {path: entries_digest(below)[:DIGEST_LENGTH] for path, below in found if below}


def _directories_for(results: Collection[str], tree: Path, entries: Iterable[str]) -> set[str]:
    """The directories in a tree that contain only results: builds make them."""
    inside = [result for result in results if result.startswith(f"{tree}{os.sep}")]
    around = {os.path.relpath(path, tree) for result in inside for path in _around(result, str(tree))}
    return {path for path in around if not any(name.startswith(f"{path}/") and name not in around for name in entries)}


def _around(path: str, top: str) -> Iterator[str]:
    """The directories around a path that lie in another directory."""
    while (path := os.path.dirname(path)) != top:
        yield path


def _shorten(entry: str) -> str:
    if not entry.startswith("file "):
        return entry
    kind, mode, digest = entry.split(" ")
    return f"{kind} {mode} {digest[:DIGEST_LENGTH]}"


def _trees(unit: Unit, source: Path, options: BuildOptions, outside: Outside) -> Iterator[tuple[str, Path]]:
    """What a unit is made from, and a name of each that does not depend on where the project lies."""
    source = source.resolve()
    yield "", source
    whole = [observe(path).resolve() for path in metadata_paths(unit, options).values()]
    for path in dict.fromkeys([*whole, *outside.read]):
        if (
            observe(path).exists()
            and not any(tree != path and path.is_relative_to(tree) for tree in (source, *whole))
            and path != source
        ):
            yield os.path.relpath(path, source), path
    if options.manifest and observe(options.manifest).exists():
        yield _MANIFEST, options.manifest


def find_outside_of(
    unit: Unit, options: BuildOptions, environment: Callable[[str], str | None] = no_variable
) -> Outside:
    """What the unit's build has to do with outside of its source; nothing where it has none.

    `environment` gives the value of an environment variable.
    """
    source = source_path(unit, options)
    return find_outside(unit, source, options, environment) if source else Outside()


def _join(label: str, name: str) -> str:
    return f"{label}/{name}" if label and name else label or name


def changed_entries(earlier: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    """The paths of the entries that differ, those below a directory that came or went left out."""
    found: list[str] = []
    for path in sorted(earlier.keys() | now.keys(), key=lambda path: path.split("/")):
        inside = bool(found) and path.startswith(f"{found[-1]}/" if found[-1] else "")
        if earlier.get(path) != now.get(path) and not (inside and (found[-1] in earlier) != (found[-1] in now)):
            found.append(path)
    return found


def describe_changes(earlier: Mapping[str, str], now: Sources) -> list[Change]:
    """What happened to each file that changed."""
    changed = changed_entries(earlier, now.entries)
    gone = {earlier[path]: path for path in changed if path not in now.entries}
    described: list[Change] = []
    moved: set[str] = set()
    for path in changed:
        entry = now.entries.get(path, "")
        if path not in earlier and entry.startswith("file") and entry in gone:
            origin = gone.pop(entry)
            moved |= {origin, path}
            described.append(Change(origin, f"{shown_path(origin, now)} renamed to {shown_path(path, now)}"))
    for path in changed:
        if path not in moved:
            what = _what(path, earlier.get(path), now.entries.get(path))
            described.append(Change(path, f"{shown_path(path, now)} {what}"))
    return described


def shown_path(path: str, sources: Sources) -> str:
    """A path among the entries of a unit's sources, for people."""
    if path == _MANIFEST or path.startswith("$"):
        return path
    shown = os.path.normpath(os.path.join(sources.place, path))
    return "".join(one if one.isprintable() else one.encode("unicode_escape").decode() for one in shown)


def _what(path: str, earlier: str | None, now: str | None) -> str:
    """What became of one entry."""
    if earlier is None:
        return "added"
    if now is None:  # a file elsewhere counts only while something names it
        return "removed or no longer used" if path == ".." or path.startswith("../") else "removed"
    was, became = earlier.split(" ", 2), now.split(" ", 2)
    if was[0] == became[0] == "link":
        return f"{earlier.partition(' ')[2]} → {now.partition(' ')[2]}"
    if was[0] == became[0] and was[2:] == became[2:]:
        return f"mode {was[1]} → {became[1]}"
    return "changed"
