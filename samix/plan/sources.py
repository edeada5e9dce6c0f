"""The files that a unit is made from, and what changed of them."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from samix.errors import TemplateError
from samix.observed import observed
from samix.plan.outside import outside_sources
from samix.template.resources import CODE_PROPERTIES, Kind
from samix.template.value import as_text
from samix.tree import entries_digest, read_digest, tree_entries

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from samix.options import BuildOptions
    from samix.plan.units import Unit
    from samix.template.stacks import Application
    from samix.tree import Digester

# what sam and its builders never copy from the sources
_IGNORED = frozenset({".aws-sam", ".git"})
_METADATA_PATHS = ("ContextPath", "ProjectRootDirectory", "WorkingDirectory")
DIGEST_LENGTH = 16  # of a file, as `Sources.entries` has it
_MANIFEST = "--manifest"
_MANIFESTS = frozenset({
    "requirements.txt", "package.json", "package-lock.json", "npm-shrinkwrap.json", "Gemfile", "Gemfile.lock",
    "pyproject.toml", "uv.lock", "go.mod", "go.sum", "pom.xml", "build.gradle", "build.gradle.kts", "Cargo.toml",
    "Cargo.lock", "Makefile", _MANIFEST,
})  # fmt: skip


@dataclass(frozen=True)
class Sources:
    """The files that a unit is made from.

    Attributes:
        digest: One digest of them all.
        place: Where the unit's source lies, relative to the project; for people.
        entries: What `tree_entries` says of each, by its path relative to the unit's source, with the digest of a
            file cut to what is needed to tell it from another.
    """

    digest: str
    place: str = field(default="", compare=False)
    entries: Mapping[str, str] = field(default_factory=dict, compare=False, repr=False)


@dataclass(frozen=True)
class Change:
    """What happened to one file: its path relative to the unit's source, and a text for people."""

    path: str
    text: str

    @property
    def is_of_manifest(self) -> bool:
        """Whether the file is one that names dependencies or says how to build."""
        return os.path.basename(self.path) in _MANIFESTS


def source_path(unit: Unit, options: BuildOptions) -> Path | None:
    """The directory or file that a unit is built from; an image's is its context."""
    written = unit.first.code
    if written is None and unit.kind is Kind.IMAGE:
        written = as_text(unit.first.metadata.get("DockerContext"))
    return None if written is None else options.code_root / written


def take_sources(
    unit: Unit, application: Application, options: BuildOptions, digest: Digester = read_digest
) -> Sources:
    """Read the files that a unit is made from.

    Args:
        unit: The unit.
        application: Where it stands, for messages.
        options: The build's options.
        digest: Tells the digest of a file.

    Raises:
        TemplateError: They do not exist or cannot be read.
    """
    source = source_path(unit, options)
    if source is None:
        return Sources("")
    if not os.path.exists(observed(source)):
        stack = application.by_path[unit.first.stack_path]
        property_name = CODE_PROPERTIES.get(unit.first.type, "CodeUri")
        raise TemplateError(
            f"The source of {unit.label} does not exist: {source}",
            where=stack.locate(unit.first.logical_id, "Properties", property_name),
        )
    entries: dict[str, str] = {}
    try:
        for label, tree in _trees(unit, source, options):
            # cargo writes what it compiles among the sources, and marks it
            found = tree_entries(
                tree, ignored=_IGNORED, follow=True, without_caches=unit.first.is_built_by_cargo, digest=digest
            )
            entries |= {_joined(label, name): entry for name, entry in found}
    except OSError as error:
        raise TemplateError(f"The source of {unit.label} cannot be read: {error}", where=unit.first.location) from error
    shown = {path: _shortened(entry) for path, entry in entries.items()}
    return Sources(entries_digest(entries.items()), os.path.relpath(source, options.project), shown)


def _shortened(entry: str) -> str:
    if not entry.startswith("file "):
        return entry
    kind, mode, digest = entry.split(" ")
    return f"{kind} {mode} {digest[:DIGEST_LENGTH]}"


def _trees(unit: Unit, source: Path, options: BuildOptions) -> Iterator[tuple[str, Path]]:
    """What a unit is made from, and what each is called: the same wherever the project lies."""
    source = source.resolve()
    yield "", source
    metadata = unit.first.metadata
    named = {key: options.code_root / str(metadata[key]) for key in _METADATA_PATHS if metadata.get(key)}
    whole = [observed(path).resolve() for path in named.values()]
    for path in dict.fromkeys([*whole, *_outside(unit, source, named, options)]):
        if (
            observed(path).exists()
            and not any(tree != path and path.is_relative_to(tree) for tree in (source, *whole))
            and path != source
        ):
            yield os.path.relpath(path, source), path
    if options.manifest and observed(options.manifest).exists():
        yield _MANIFEST, options.manifest


def _outside(unit: Unit, source: Path, named: Mapping[str, Path], options: BuildOptions) -> list[Path]:
    """What the unit's build reads from elsewhere. Makefiles alone heed the paths that metadata name."""
    root = options.repository
    if not (unit.first.build_method or unit.first.runtime or "").startswith(("makefile", "provided")):
        return outside_sources(unit, source, [options.project], root, options.manifest)
    built = named.get("ProjectRootDirectory", source).resolve()
    context = named.get("ContextPath")
    manifest = options.manifest or (context / "Makefile" if context else None)
    return outside_sources(unit, built, [named.get("WorkingDirectory", built)], root, manifest)


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
            described.append(Change(origin, f"{_shown(origin, now)} renamed to {_shown(path, now)}"))
    for path in changed:
        if path not in moved:
            what = _what(earlier.get(path), now.entries.get(path))
            described.append(Change(path, f"{_shown(path, now)} {what}"))
    return described


def _shown(path: str, sources: Sources) -> str:
    if path == _MANIFEST:
        return _MANIFEST
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
