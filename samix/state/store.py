"""What samix knows of earlier builds, and where their artifacts lie.

A record counts only as long as the artifact that it is about is still there, byte for byte.
"""

from __future__ import annotations

import errno
import os
import secrets
import threading
from collections.abc import Container, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from samix.files.access_log import observe
from samix.files.atomic import make_directory, write_state
from samix.files.copies import copy_tree, entries_digest, entries_of, plain_entries, remove_tree
from samix.files.listing import link_listed, link_tree, list_tree
from samix.files.safe_read import read_text
from samix.messages.errors import StateError
from samix.state.dependency_sets import DependencySets
from samix.state.journal import append_record, begin_journal, read_journal
from samix.state.records import (
    NOTHING_ACCEPTED,
    SECRET_BYTES,
    Accepted,
    OtherVersionError,
    Record,
    State,
    dump_state,
    load_state,
)
from samix.state.source_lists import Listings
from samix.state.stat_index import StatIndex, identity_of
from samix.state.tree_index import TreeIndex
from samix.template.artifact import relative_artifact
from samix.template.resources import Kind
from samix.units.reasons import Cause

if TYPE_CHECKING:
    from samix.files.listing import Listed
    from samix.state.dependency_sets import DependencySet
    from samix.state.layout import Layout
    from samix.state.source_lists import Sources
    from samix.template.resources import Resource
    from samix.units.unit import Unit

_MOST_LISTED = 50_000  # entries of sets, of some 500 bytes each


@dataclass
class Store:
    """The records of a project; `save` and `flush` raise a StateError if these cannot be written.

    `listings` has the lists of files that units were built from, `index` the digests of files, `tree_index` the names
    in trees, and `sets` dependencies that several units share. `has_leftovers` says whether a killed build left
    anything.
    """

    layout: Layout
    secret: bytes = field(repr=False)  # the key for digests of environment values, made once for a project
    records: dict[str, Record]  # what is remembered of each unit, by its name
    warning: str = ""  # why an earlier state could not be used; empty if it could
    believes_stats: bool = True  # whether files with the identity of the last read are not read again
    accepted: Accepted = NOTHING_ACCEPTED
    _seen: dict[Path, str] = field(default_factory=dict, repr=False)  # digests of directories, as they were seen last
    _apart: set[Path] = field(default_factory=set, repr=False)  # those with a file that has no other name
    _looks: dict[str, str] = field(default_factory=dict, repr=False)
    # held by the thread that lists, reads or links whole trees: several at once take longer, because of Python's lock
    trees: threading.RLock = field(default_factory=threading.RLock, repr=False)
    # by place, what was seen of directories that are taken in next
    _listed: dict[Path, list[tuple[str, str]]] = field(default_factory=dict, repr=False)
    # by place, what sets of dependencies hold that were kept or linked last, the latest last
    _sets_listed: dict[Path, list[Listed]] = field(default_factory=dict, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)
    _is_changed: bool = False
    _is_journal_begun: bool = False
    _broken: bool = False

    def __post_init__(self) -> None:
        # what a killed build left is removed by this build, and with it names of files that are also elsewhere
        self.has_leftovers = any(os.path.lexists(place) for place in self.layout.leftovers)
        self.listings = Listings(self.layout.listings)
        self.sets = DependencySets(self.layout.sets)
        self.index = StatIndex(self.layout.stat_index_file, is_believed=self.believes_stats)
        self.tree_index = TreeIndex(
            self.layout.tree_index_file, self.layout.project, self.index.digest, is_believed=self.believes_stats
        )

    @classmethod
    def open(cls, layout: Layout, *, believes_stats: bool = True) -> Store:
        """Read the records; a missing, old or broken state gives an empty store."""
        path = layout.state_file
        problem = ""
        try:
            text = read_text(observe(path))
            state = load_state(text)
            records = {**state.records, **read_journal(layout.journal_file, text)}
            return cls(layout, state.secret, records, believes_stats=believes_stats, accepted=state.accepted)
        except FileNotFoundError:
            return cls(layout, secrets.token_bytes(SECRET_BYTES), {}, believes_stats=believes_stats)
        except OtherVersionError:
            problem = "was written by another version of samix"
        except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            problem = f"cannot be read ({error})"
        warning = f"{path} {problem}: a build renames it to {layout.old_state_file.name}, and builds everything again."
        return cls(layout, secrets.token_bytes(SECRET_BYTES), {}, warning, believes_stats, _broken=True)

    def save(self, name: str, record: Record, sources: Sources | None = None) -> None:
        """Write a unit's record to the disk.

        `sources` are the files that it was built from, if they are to be remembered as well; `listings.save` writes
        them.
        """
        with self._lock:
            self.records[name] = record
            if sources is not None:
                self.listings.keep(sources)
            self._write_down(name, record)

    def note(self, name: str, record: Record) -> None:
        """Change a unit's record in memory; `flush` writes it."""
        if self.records.get(name) != record:
            self.records[name] = record
            self._is_changed = True

    def flush(self) -> None:
        """Write what was noted to the disk."""
        with self._lock:
            if self._is_changed or self._is_journal_begun:
                self._write()

    def accept(self, accepted: Accepted) -> None:
        """Remember what sam has accepted; the next record that is saved, or `flush`, writes it to the disk."""
        self.accepted = accepted
        self._is_changed = True

    def adopt(self, units: Iterable[Unit]) -> None:
        """Give each unit without a record that of a former unit that was built for one of its resources.

        A unit is named after its first resource, which may become another.
        """
        names = {unit.name: unit for unit in units}
        orphans = {name: record for name, record in self.records.items() if name not in names}
        for name, unit in names.items():
            if name in self.records:
                continue
            own = {resource.full_path for resource in unit.resources}
            for orphan, record in orphans.items():
                if orphan in self.records and own & set(record.resources):
                    self.records[name] = self.records.pop(orphan)
                    break

    def save_indexes(self, *, is_whole: bool) -> None:
        """Keep what was seen of files and trees; for `is_whole` see `StatIndex.save`."""
        self.index.save(is_whole=is_whole)
        self.tree_index.save(is_whole=is_whole)

    def keep_only(self, names: Container[str]) -> None:
        """Forget all units but these; `flush` writes that to the disk."""
        gone = [name for name in self.records if name not in names]
        for name in gone:
            del self.records[name]
        self._is_changed |= bool(gone)

    def prune(self, names: Iterable[str]) -> None:
        """Remove the lists of files that no record names, and all logs but those of these units and of records."""
        self.listings.keep_only({record.parts.get(Cause.SOURCE, {}).get("", "") for record in self.records.values()})
        self.listings.save()
        kept = {self.layout.log_of(name) for name in (*names, *self.records)}
        with suppress(OSError):
            for log in set(self.layout.logs.iterdir()) - kept:
                remove_tree(log)

    def _write_down(self, name: str, record: Record) -> None:
        """Write the first record of a build with the whole state, each other into the journal."""
        if self._is_journal_begun:
            with suppress(OSError):
                append_record(self.layout.journal_file, name, record)
                return
        text = self._write()
        with suppress(OSError):
            begin_journal(self.layout.journal_file, text)
            self._is_journal_begun = True

    def _write(self) -> str:
        """Write the state whole, which makes the journal obsolete, and return its text."""
        try:
            if self._broken:
                remove_tree(self.layout.old_state_file)
                with suppress(FileNotFoundError):
                    self.layout.state_file.rename(self.layout.old_state_file)
                self._broken = False
            text = dump_state(State(self.secret, self.records, self.accepted))
            write_state(self.layout.state_file, text, mode=0o600)
            self._is_changed = self._is_journal_begun = False
            remove_tree(self.layout.journal_file)
        except OSError as error:
            raise StateError(f"The state of the build cannot be written: {error}") from error
        return text

    def digests(self, names: Mapping[str, str]) -> dict[str, str]:
        """The digests of what units built last, by the keys of `names`; of an image, its tag."""
        found = ((key, self.records.get(name)) for key, name in names.items())
        return {key: record.digest or record.image if record else "" for key, record in found}

    def find_artifact(self, unit: Unit) -> Path | None:
        """Where the unit's artifact lies, unaltered since it was built; None if nowhere."""
        record = self.records.get(unit.name)
        if record is None or unit.kind is Kind.IMAGE or record.left_nothing:
            return None
        return next((place for place in self._places(unit, record) if self.holds(place, record.digest)), None)

    def has_remains(self, unit: Unit, record: Record) -> bool:
        """Whether there is anything where the artifact of a record may lie, even if altered."""
        return any(observe(place).exists() for place in self._places(unit, record))

    def _places(self, unit: Unit, record: Record) -> list[Path]:
        """Where the unit's artifact may lie."""
        places = [self.layout.finished_artifact(unit)]
        places += [self.layout.artifact(resource) for resource in unit.resources]
        if record.uuid:
            places.append(self.layout.cache_dir / record.uuid)
        if self.has_staging:
            places += [place for resource in unit.resources if (place := self.staged_artifact(resource))]
        return places

    @cached_property
    def has_staging(self) -> bool:
        """Whether a build was killed after it had begun to put together the next build dir."""
        return os.path.isdir(observe(self.layout.staging))

    def staged_artifact(self, resource: Resource) -> Path | None:
        """Where a resource's artifact lies in a build dir that is put together; None behind a link."""
        staging = self.layout.staging
        place = staging / relative_artifact(resource)
        above = place.parents[: place.parents.index(staging) + 1]
        return None if any(os.path.islink(observe(one)) for one in above) else place

    def cached_artifact(self, unit: Unit) -> Path | None:
        """The place of the unit's artifact in sam's cache, None if it can have none."""
        record = self.records[unit.name]
        return self.layout.cache_dir / record.uuid if record.uuid else None

    def is_in_cache(self, unit: Unit) -> bool:
        """Whether the unit's artifact lies in sam's cache, unaltered since it was built."""
        record = self.records[unit.name]
        place = self.cached_artifact(unit)
        return place is not None and self.holds(place, record.digest)

    def holds(self, place: Path, digest: str) -> bool:
        """Whether a directory has this digest; one that has is not read again during the life of the store.

        A link does not count: its target is not samix's to move, or to share files with.
        """
        if self._seen.get(place) != digest:
            try:
                if os.path.islink(observe(place)):
                    return False
                self._look(place)
            except OSError:
                return False
        return self._seen[place] == digest

    def _look(self, place: Path) -> None:
        self._apart.discard(place)
        self._seen[place], has_single = self.tree_index.digest(place) or self._list(place)
        if has_single:
            self._apart.add(place)

    def _list(self, place: Path) -> tuple[str, bool]:
        """What `TreeIndex.digest` says of a tree that it does not know."""
        now = self.tree_index.clock()
        listing = list_tree(place)
        digest = entries_digest(entries_of(listing, place, digest=self.index.digest))
        self.tree_index.note(place, listing, now)
        return digest, any(one.is_file and one.status.st_nlink == 1 for one in listing)

    def is_apart(self, place: Path) -> bool:
        """Whether a file in a directory had no other name when the directory was seen last."""
        return place in self._apart

    def believe(self, place: Path, digest: str, *, is_apart: bool = False) -> None:
        """Remember the digest of a directory that was just made, so that it is not read; for `is_apart` see there."""
        self._seen[place] = digest
        self._apart.discard(place)
        if is_apart:
            self.mark_apart(place)

    def mark_apart(self, place: Path) -> None:
        """Remember that a directory may have a file without another name."""
        self._apart.add(place)

    def digest_of_source(self, path: str, status: os.stat_result) -> str:
        """The digest of a file that a unit is built from; its identity is noted for `was_touched`."""
        digest = self.index.digest(path, status)
        self.index.note_source(path, status)
        self._looks.setdefault(path, identity_of(status))
        return digest

    def was_touched(self, path: str, status: os.stat_result) -> bool:
        """Whether a source has been written, moved or replaced since its digest was taken first, if it ever was.

        It may contain the same as before, but something else may have been there meanwhile.
        """
        look = identity_of(status)
        return self._looks.get(path, look) != look

    def look_again(self) -> None:
        """Read directories again, which something may have changed since."""
        self._seen.clear()
        self._apart.clear()
        self.tree_index.look_again()

    def take_in(self, place: Path, target: Path, *, is_linked: bool = False) -> tuple[str, dict[str, str]]:
        """Move a directory that something else has just made; its digest, and its entries (`tree_entries`).

        `is_linked` says whether its files get other names afterwards.

        Raises:
            OSError: It cannot be read, copied or moved.
        """

        def digest_and_mark(path: str, status: os.stat_result) -> str:
            digest = self.index.digest(path, status)
            self.index.mark_linked(status)
            return digest

        with self.trees:
            read = digest_and_mark if is_linked else self.index.digest
            entries = self._listed.pop(place, None) or plain_entries(place, digest=read)
            self.move(place, target)
            digest = entries_digest(entries)
        self.believe(target, digest)
        return digest, dict(entries)

    def digest_before(self, place: Path) -> str:
        """The digest of a directory that is taken in next.

        Raises:
            OSError: It cannot be read.
        """
        with self.trees:
            self._listed[place] = plain_entries(place, digest=self.index.digest)
            return entries_digest(self._listed[place])

    def link_tree(self, source: Path, target: Path) -> None:
        """Copy a directory by hard links if the file system has them, as `samix.files.listing.link_tree` does.

        A set of dependencies is listed once.

        Raises:
            OSError: Something cannot be copied.
        """
        with self.trees:
            if known := self._sets_listed.pop(source, None):
                with suppress(OSError):  # something has changed the set: another look says what it is now
                    link_listed(known, source, target)
                    self._remember_set(source, known)
                    return
                remove_tree(target)
            listing = link_tree(source, target)
            self._mark_linked(listing)
            if source.is_relative_to(self.sets.root):
                self._remember_set(source, listing)

    def keep_set(self, key: str, deps: Path, known: DependencySet) -> None:
        """Make a set of dependencies of a directory, which is not changed in place any more.

        Raises:
            OSError: It cannot be written.
        """
        with self.trees:
            listing = self.sets.keep(key, deps, known)
            self._mark_linked(listing)
            self._remember_set(self.sets.place(key), listing)
            self.believe(self.sets.place(key), known.digest)

    def remove_set(self, key: str) -> None:
        """Remove a set of dependencies, if it is there.

        Raises:
            OSError: It cannot be removed.
        """
        with self.trees:
            self._sets_listed.pop(self.sets.place(key), None)
            self.sets.remove(key)

    def prune_sets(self) -> None:
        """Remove sets of dependencies that are of no use to the next build, as `DependencySets.prune` does."""
        self.sets.prune({record.set_key for record in self.records.values()})

    def _remember_set(self, place: Path, listing: list[Listed]) -> None:
        self._sets_listed.pop(place, None)
        self._sets_listed[place] = listing
        while self._sets_listed and sum(map(len, self._sets_listed.values())) > _MOST_LISTED:
            del self._sets_listed[next(iter(self._sets_listed))]

    def _mark_linked(self, listing: Iterable[Listed]) -> None:
        for one in listing:
            if one.is_file:
                self.index.mark_linked(one.status)

    def copy(self, place: Path, target: Path) -> None:
        """Copy an artifact; it is at its new place as a whole or not at all.

        Raises:
            OSError: It cannot be copied.
        """
        temporary = self.layout.filling
        remove_tree(temporary)
        copy_tree(place, temporary)
        self.move(temporary, target)
        self._apart.add(target)

    def move(self, place: Path, target: Path) -> None:
        """Move an artifact; onto another file system by a copy beside its new place.

        Raises:
            OSError: It cannot be moved.
        """
        make_directory(target.parent)
        self.remove(target)
        is_apart = self.is_apart(place)
        try:
            place.rename(target)
        except OSError as error:
            if error.errno != errno.EXDEV:
                raise
            beside = target.with_name(f".{target.name}.samix")
            remove_tree(beside)
            copy_tree(place, beside)
            beside.rename(target)
            remove_tree(place)
            is_apart = True
        if place in self._seen:
            self.believe(target, self._seen.pop(place), is_apart=is_apart)
        self._apart.discard(place)

    def remove(self, place: Path) -> None:
        """Remove a directory if it is there, and forget what was seen of it.

        Raises:
            OSError: It cannot be removed.
        """
        self._seen.pop(place, None)
        self._apart.discard(place)
        remove_tree(place)

    def find_set(self, key: str) -> DependencySet | None:
        """The set of dependencies with this name, unaltered since it was installed; None if there is none."""
        known = self.sets.find(key)
        return known if known and self.holds(self.sets.place(key), known.digest) else None

    def source_digest(self, unit: Unit) -> str:
        """The digest of what a unit was built from last; empty if it is not known."""
        record = self.records.get(unit.name)
        return record.parts.get(Cause.SOURCE, {}).get("", "") if record else ""

    def find_dependencies(self, unit: Unit) -> Path | None:
        """Where the dependencies lie that sam downloaded for a unit, unaltered since; None if nowhere."""
        record = self.records.get(unit.name)
        if record is None or not record.deps:
            return None
        places = [self.layout.finished_deps(unit)]
        if record.uuid:
            places.append(self.layout.deps_dir / record.uuid)
        return next((place for place in places if self.holds(place, record.deps)), None)
