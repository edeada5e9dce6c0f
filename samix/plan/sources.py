"""The files that a unit is made from, and what changed of them."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from samix.builders.generated import is_of_builder_alone
from samix.builders.outside import Outside, find_outside, metadata_paths
from samix.builders.search import no_variable
from samix.builders.workflow import WORKFLOWS, workflow_of
from samix.files.access_log import observe
from samix.files.copies import entries_digest, read_digest, tree_entries
from samix.messages.errors import TemplateError
from samix.plan.missing import goes_on_without_source, missing_source
from samix.state.results import SAM_DIRECTORY, Results
from samix.state.source_lists import DIGEST_LENGTH, Sources, _made, counted_entries
from samix.template.resources import Kind
from samix.template.value import as_text

if TYPE_CHECKING:
    from samix.files.copies import Digester
    from samix.options.merge import BuildOptions
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
    return None if written is None else options.code_root / written


def lacks_source(unit: Unit, options: BuildOptions) -> bool:
    """Whether there is nothing where a unit's source should lie."""
    source = source_path(unit, options)
    return source is not None and not os.path.exists(observe(source))


def take_sources(
    unit: Unit,
    application: Application,
    options: BuildOptions,
    digest: Digester = read_digest,
    *,
    outside: Outside | None = None,
    generated: Collection[str] = (),
    named: Mapping[str, Path] | None = None,
    keeps_whole: bool = False,
) -> Sources:
    """Read the files that a unit is made from.

    Args:
        unit: The unit.
        application: Where it stands, for messages.
        options: The build's options.
        digest: Tells the digest of a file.
        outside: What it has to do with outside of its source, if that was found already.
        generated: What its build makes among them, by paths relative to its source; these do not count.
        named: Files that the environment names, by variable.
        keeps_whole: Whether another digest may be asked for (`Sources.digest_without`).

    Raises:
        TemplateError: They cannot be read, or they do not exist and sam's builder or `--strict` needs them.
    """
    source = source_path(unit, options)
    if source is None:
        return Sources("")
    is_missing = lacks_source(unit, options)
    if is_missing and (options.strict or not goes_on_without_source(unit)):
        raise missing_source(unit, source, application)
    entries: dict[str, str] = {}
    try:
        trees = [*_trees(unit, source, options, outside or find_outside_of(unit, options))]
        trees = trees[1:] if is_missing else trees
        known = {tree for _, tree in trees}
        trees += [(f"${name}", path) for name, path in (named or {}).items() if path not in known]
        results = Results.of(options.project, options.build_dir, options.cache_dir)
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
            entries |= {_joined(label, name): entry for name, entry in found.items() if name not in emptied}
    except OSError as error:
        raise TemplateError(f"The source of {unit.label} cannot be read: {error}", where=unit.first.location) from error
    shown = {path: _shortened(entry) for path, entry in entries.items()}
    place = os.path.relpath(source, options.project)
    made = _made(shown, [path for path in generated if not is_of_builder_alone(unit, path)], place)
    counted = counted_entries(entries, generated, place)
    whole = entries if keeps_whole else {}
    return Sources(entries_digest(counted.items()), place, shown, whole, tuple(generated), made, is_missing)


def _directories_for(results: Collection[str], tree: Path, entries: Iterable[str]) -> set[str]:
    """The directories in a tree that hold nothing but results: builds make them."""
    inside = [result for result in results if result.startswith(f"{tree}{os.sep}")]
    around = {os.path.relpath(path, tree) for result in inside for path in _around(result, str(tree))}
    return {path for path in around if not any(name.startswith(f"{path}/") and name not in around for name in entries)}


def _around(path: str, top: str) -> Iterator[str]:
    """The directories around a path that lie in another directory."""
    while (path := os.path.dirname(path)) != top:
        yield path


def _shortened(entry: str) -> str:
    if not entry.startswith("file "):
        return entry
    kind, mode, digest = entry.split(" ")
    return f"{kind} {mode} {digest[:DIGEST_LENGTH]}"


def _trees(unit: Unit, source: Path, options: BuildOptions, outside: Outside) -> Iterator[tuple[str, Path]]:
    """What a unit is made from, and what each is called: the same wherever the project lies."""
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


def _joined(label: str, name: str) -> str:
    return f"{label}/{name}" if label and name else label or name


def changed_entries(earlier: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    """The paths of the entries that differ, those below a directory that came or went left out."""
    found: list[str] = []
    for path in sorted(earlier.keys() | now.keys(), key=lambda path: path.split("/")):
        inside = bool(found) and path.startswith(f"{found[-1]}/" if found[-1] else "")
        if earlier.get(path) != now.get(path) and not (inside and _is_on_one_side(found[-1], earlier, now)):
            found.append(path)
    return found


def _is_on_one_side(path: str, earlier: Mapping[str, str], now: Mapping[str, str]) -> bool:
    return (path in earlier) != (path in now)


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
            what = _what(earlier.get(path), now.entries.get(path))
            described.append(Change(path, f"{shown_path(path, now)} {what}"))
    return described


def shown_path(path: str, sources: Sources) -> str:
    """A path among the entries of a unit's sources, for people."""
    if path == _MANIFEST or path.startswith("$"):
        return path
    shown = os.path.normpath(os.path.join(sources.place, path))
    return "".join(one if one.isprintable() else one.encode("unicode_escape").decode() for one in shown)


def _what(earlier: str | None, now: str | None) -> str:
    """What became of one entry."""
    if earlier is None:
        return "added"
    if now is None:
        return "removed"
    was, became = earlier.split(" ", 2), now.split(" ", 2)
    if was[0] == became[0] == "link":
        return f"{earlier.partition(' ')[2]} → {now.partition(' ')[2]}"
    if was[0] == became[0] and was[2:] == became[2:]:
        return f"mode {was[1]} → {became[1]}"
    return "changed"
