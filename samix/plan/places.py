"""The places where units write beyond their own directories, and which units therefore have to take turns.

sam builds one unit after the other, in the template's order. Side by side, two units that write in one place get each
other's files, and a unit that reads there gets half of another's. What a builder and the texts of manifests say is
known before anything runs; the rest is noticed by `samix.build.lookout`.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from samix.builders.images import image_tag
from samix.builders.search import is_inside
from samix.builders.workflow import workflow_of
from samix.files.access_log import observe
from samix.plan.sources import source_path
from samix.template.resources import Kind

if TYPE_CHECKING:
    from samix.builders.outside import Outside
    from samix.options.merge import BuildOptions
    from samix.state.records import Record
    from samix.units.unit import Unit


@dataclass(frozen=True)
class Turns:
    """What keeps a unit from being built at the same time as others."""

    writes: frozenset[str] = frozenset()  # places where it writes; nothing else may write or read there meanwhile
    reads: frozenset[str] = frozenset()  # places where it only reads
    is_alone: bool = False  # whether nothing at all may be built at the same time

    def excludes(self, other: Turns) -> bool:
        """Whether two units must not be built at the same time."""
        return self.is_alone or other.is_alone or self.meets(other)

    def meets(self, other: Turns) -> bool:
        """Whether one writes where the other writes or reads, so that the template's order counts."""
        return not (
            self.writes.isdisjoint(other.writes)
            and self.writes.isdisjoint(other.reads)
            and self.reads.isdisjoint(other.writes)
        )

    def within(self, places: frozenset[str]) -> Turns:
        """The same, with these places alone."""
        return replace(self, writes=self.writes & places, reads=self.reads & places)

    def and_also(self, places: Iterable[str]) -> Turns:
        """The same, with more places where the unit writes."""
        return replace(self, writes=self.writes | set(places))


NO_TURNS = Turns()


@dataclass(frozen=True)
class Reach:
    """Where a unit's build may read and write; all paths are absolute, with links resolved."""

    own: str  # its source
    near: tuple[str, ...] = ()  # what it reads and writes elsewhere, as far as texts say so
    wide: tuple[str, ...] = ()  # directories in which it may do anything
    runs_code: bool = False  # whether it runs code of the project, which may write anywhere in there

    def holds(self, path: str) -> bool:
        """Whether the unit may read or write a path."""
        return self._holds(path) is not None

    def is_wide_alone(self, path: str) -> bool:
        """Whether a path matters to the unit only as one in a directory in which it may do anything."""
        return self._holds(path) == "wide"

    def concerns(self, path: str, other: Reach) -> bool:
        """Whether a path matters to both units.

        What a unit writes in its own source does not matter to one that merely may do anything around it.
        What is written in the source of one that writes nothing there was written by the other.
        """
        ours, theirs = self._holds(path), other._holds(path)
        if ours is None or theirs is None:
            return False
        owner = self if ours == "own" else other
        return {ours, theirs} != {"own", "wide"} or not owner.runs_code

    def _holds(self, path: str) -> str | None:
        if is_inside(path, self.own):
            return "own"
        if any(is_inside(path, place) for place in self.near):
            return "near"
        return "wide" if any(is_inside(path, place) for place in self.wide) else None

    def meeting_places(self, other: Reach) -> set[str]:
        """The directories and files that concern both units; nested ones are all kept."""
        if not (self.runs_code or other.runs_code):
            return set()
        pairs = ((one, two) for one in self._all() for two in other._all())
        deeper = (one if is_inside(one, two) else two for one, two in pairs if are_nested(one, two))
        return {place for place in deeper if self.concerns(place, other)}

    def _all(self) -> tuple[str, ...]:
        return (self.own, *self.near, *self.wide)


def are_nested(one: str, other: str) -> bool:
    """Whether one of two absolute paths is the other, or lies in it."""
    return is_inside(one, other) or is_inside(other, one)


@dataclass(frozen=True)
class Places:
    """What is known of the places of one unit."""

    reach: Reach | None = None  # where its build may read and write; None for an image
    written: frozenset[str] = frozenset()  # paths where it may write outside of its artifact
    # those that code of the project writes, such as a makefile: the paths that were seen, where an earlier build was
    # watched, otherwise those that its text names
    made: frozenset[str] = frozenset()
    named: frozenset[str] = frozenset()  # what else it writes, by names that are not paths


def places_of(
    unit: Unit, options: BuildOptions, outside: Outside, record: Record | None, *, is_maven_cold: bool
) -> Places:
    """Where a unit is built and where it writes; `is_maven_cold` if the local Maven repository is empty."""
    named = frozenset(_shared_names(unit, is_maven_cold=is_maven_cold))
    source = source_path(unit, options)
    if unit.kind is Kind.IMAGE or source is None:
        return Places(named=named)
    workflow, own = workflow_of(unit), os.path.realpath(observe(source))
    project = options.real_project
    stated = {os.fspath(path) for path in (*outside.written, *outside.within)}
    seen = {os.path.normpath(os.path.join(project, path)) for path in record.wrote} if record else set()
    written = stated | seen | ({own} if unit.is_in_source or workflow.writes_source else set())
    wide = {os.fspath(path) for path in outside.roaming}
    near = {os.fspath(path) for path in (*outside.read, *outside.named)} | (written - wide)
    may_write = not unit.in_container or options.mount_with == "WRITE"
    reach = Reach(
        own,
        tuple(sorted(near)),
        tuple(sorted(wide)),
        runs_code=may_write and (bool(outside.written or seen) or unit.is_in_source or workflow.runs_project_code),
    )
    watched = [os.path.normpath(os.path.join(project, path)) for path in record.watched] if record else []
    made = seen | {path for path in stated if not any(is_inside(path, place) for place in watched)}
    return Places(reach, frozenset(written), frozenset(made if workflow.is_make else ()), named)


def _shared_names(unit: Unit, *, is_maven_cold: bool) -> Iterable[str]:
    """What a unit's builder writes in addition to the files that its texts name."""
    workflow = workflow_of(unit)
    if unit.kind is Kind.IMAGE:
        tag = image_tag(unit)
        if tag is not None:
            yield f"image {tag}"
    elif (
        workflow.shares
        and (workflow.shares_in_containers or not unit.in_container)
        and (is_maven_cold or not workflow.uses_maven)
    ):
        yield workflow.shares


def take_turns(places: Mapping[str, Places]) -> dict[str, Turns]:
    """By name, which turns units take; the places are by name those of all units that are to be built."""
    written: dict[str, list[Reach]] = {}
    for one in places.values():
        if one.reach is not None:
            for path in one.written:
                written.setdefault(path, []).append(one.reach)
    turns = {name: _turns(one, written) for name, one in places.items()}
    found = Counter(place for one in turns.values() for place in (*one.writes, *one.reads))
    shared = frozenset(place for place, count in found.items() if count > 1)
    return {name: one.within(shared) for name, one in turns.items()}


def _turns(one: Places, written: Mapping[str, Sequence[Reach]]) -> Turns:
    if one.reach is None:
        return Turns(writes=one.named)
    writes = {path for path in written if any(are_nested(path, own) for own in one.written)}
    reads = {path for path, writers in written.items() if any(_reads(one.reach, path, writer) for writer in writers)}
    return Turns(one.named | writes, frozenset(reads - writes))


def _reads(reach: Reach, path: str, writer: Reach) -> bool:
    """Whether something that another unit writes at a path matters to a unit."""
    if is_inside(path, reach.own) or any(_meets(path, place, reach.wide) for place in reach.near):
        return True
    # what a unit writes in its own source does not matter to one that merely may do anything around it
    return not is_inside(path, writer.own) and any(are_nested(path, place) for place in reach.wide)


def _meets(path: str, place: str, wide: Iterable[str]) -> bool:
    """Whether something written at a path matters at a place; a wide directory around the place does not."""
    return is_inside(path, place) or (is_inside(place, path) and path not in wide)
