"""What a unit's sources are before and after it is built."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from samix.builders.generated import is_generated, is_of_builder, known_generated, outermost_new
from samix.plan.fingerprint import Basis, take_fingerprint
from samix.plan.sources import changed_entries, describe_changes, shown_path, source_path
from samix.state.source_lists import counted_entries
from samix.state.stat_index import identity_of
from samix.units.reasons import Cause

if TYPE_CHECKING:
    from samix.build.planned_build import PlannedBuild
    from samix.files.copies import Digester
    from samix.plan.fingerprint import Fingerprint
    from samix.plan.planned_unit import PlannedUnit
    from samix.state.source_lists import Sources
    from samix.units.unit import Unit

# sam pulls an image before it builds in it; what is used was built before; of the sources more is known
_PASSED_OVER = frozenset({Cause.BUILD_IMAGE, Cause.DEPENDENCY, Cause.SOURCE, Cause.MANIFEST})
_FOUND_IN_FILES = frozenset({Cause.VARIABLE, Cause.COMMIT})


@dataclass(frozen=True)
class Settlement:
    """What is known after a build about what was written among a unit's sources."""

    generated: frozenset[str] = frozenset()  # what the build makes there, by paths relative to the source
    # what it may make there: if it is written once more while nothing else is built, the build makes it
    suspected: frozenset[str] = frozenset()
    # a description of changes whose author is unknown, so that it is unknown what the artifact was made from; empty
    # if there are none
    unsettled: str = ""


@dataclass(frozen=True)
class SourceWatch:
    """A unit's sources as they were before it is built; public methods raise TemplateError if they cannot be read."""

    planned: PlannedUnit
    build: PlannedBuild
    before: Fingerprint  # what the unit was made from then
    # how its files looked then, by path; None where the plan has seen them last
    looks: Mapping[str, str] | None = field(default=None, repr=False)

    def look(self) -> SourceWatch:
        """The same with the sources as they are now: others may have written there since the plan was made."""
        looks: dict[str, str] = {}

        def digest(path: str, status: os.stat_result) -> str:
            looks[path] = identity_of(status)
            return self.build.store.digest_of_source(path, status)

        return replace(self, before=self._take(digest, self.planned.generated), looks=looks)

    def settle(self) -> tuple[Fingerprint, Settlement]:
        """Look at the sources once more: what the unit is made from now, and what that says."""
        unit, planned = self.planned.unit, self.planned
        source = source_path(unit, self.build.options)
        base = os.path.realpath(source) if source else ""
        touched: list[str] = []

        def digest(path: str, status: os.stat_result) -> str:
            if self._was_touched(path, status):
                touched.append(os.path.relpath(path, base) if path != base else "")
            return self.build.store.digest_of_source(path, status)

        now = self._take(digest, planned.generated)
        made = self.build.made_in_group(unit, planned.group)
        settlement = settle(
            unit,
            self.before.sources,
            now.sources,
            touched,
            planned.places,
            frozenset(planned.generated) | self._made_alike(),
            planned.suspected if planned.turns.is_alone else None,
            made,
        )
        if settlement.generated | made != frozenset(planned.generated):
            now = self.take(tuple(sorted(settlement.generated | made)))
        other = self._other_change(now)
        return now, replace(settlement, unsettled=other or settlement.unsettled)

    def _other_change(self, now: Fingerprint) -> str:
        """What else has changed than the sources, empty if nothing has.

        Which variables and what of the checkout count depends on files: where others count, files have changed.
        """
        before, after = (
            {
                cause: {name: value for name, value in values.items() if name in other.parts.get(cause, {})}
                if cause in _FOUND_IN_FILES
                else values
                for cause, values in one.parts.items()
            }
            for one, other in ((self.before, now), (now, self.before))
        )
        changed = replace(now, parts=after).changes_since(before, lambda _: self.before.sources.entries)
        return next((reason.text for reason in changed if reason.cause not in _PASSED_OVER), "")

    def take(self, generated: Collection[str]) -> Fingerprint:
        """What the unit is made from now; what builds make among its sources (`generated`) does not count."""
        return self._take(self.build.store.digest_of_source, generated)

    def _made_alike(self) -> frozenset[str]:
        """What the builds of others made in places that this one reads, if its own builder makes such as well.

        A unit that is built after another of the same kind finds it there.
        """
        if self.looks is None:
            return frozenset()
        unit = self.planned.unit
        made = self.build.made_in_group(unit, tuple(self.build.store.records))
        return frozenset(path for path in made if is_of_builder(unit, path))

    def _take(self, digest: Digester, generated: Collection[str]) -> Fingerprint:
        around = self.build.host.without_images()
        return take_fingerprint(
            self.planned.unit,
            Basis(self.build.plan.application, self.build.options, self.build.store, around),
            digest,
            generated=generated,
            keeps_whole=bool(self.planned.group) or self.looks is not None,
        )

    def _was_touched(self, path: str, status: os.stat_result) -> bool:
        if self.looks is None:
            return self.build.store.was_touched(path, status)
        return self.looks.get(path, identity_of(status)) != identity_of(status)


def settle(
    unit: Unit,
    before: Sources,
    now: Sources,
    touched: Collection[str],
    places: Collection[str],
    known: Collection[str],
    suspected: Collection[str] | None,
    made_by_others: Collection[str] = (),
) -> Settlement:
    """Judge what was written among a unit's sources while it was built.

    Args:
        unit: The unit.
        before: Its sources as they were before.
        now: Its sources as they are now.
        touched: Files that were written, moved or replaced meanwhile, also where they have the same content as before.
        places: Where its makefile or manifest says that it writes.
        known: What is known to be made by its build.
        suspected: What an earlier build of it wrote there, if this one ran alone; None if it did not.
        made_by_others: What the builds of units that share places with it make there.
    """
    earlier = {now.plain(path): entry for path, entry in before.entries.items()}
    later = {now.plain(path): entry for path, entry in now.entries.items()}
    written = [path for path in changed_entries(earlier, later) if path]
    rest = [path for path in dict.fromkeys([*written, *sorted(touched)]) if not is_generated(path, known)]
    made = known_generated(unit, rest, earlier, later, places, made_by_others)
    # a directory that came with nothing else is not a change
    own = {*known, *made}
    left = {path for entries in (earlier, later) for path in counted_entries(entries, own, now.place)}
    rest = [path for path in rest if path in left and not is_generated(path, made)]
    roots = frozenset(outermost_new(path, earlier, later) for path in rest)
    # only what is written again stays known, and what a builder is known to make
    seen = {*touched, *(path for path in earlier.keys() | later.keys() if earlier.get(path) != later.get(path))}
    kept = {path for path in known if is_of_builder(unit, path) or any(is_generated(one, [path]) for one in seen)}
    if not roots:
        return Settlement(made | kept)
    if suspected is not None and all(is_generated(root, suspected) for root in roots):
        return Settlement(made | kept | roots)
    return Settlement(made | kept, roots, _describe(earlier, replace(now, entries=later), rest))


def _describe(earlier: Mapping[str, str], now: Sources, paths: Collection[str]) -> str:
    """The first of some changes, in words, and how many more there are."""
    were = {path: entry for path, entry in earlier.items() if path in paths}
    are = {path: entry for path, entry in now.entries.items() if path in paths}
    changed = [change.text for change in describe_changes(were, replace(now, entries=are))]
    texts = changed or [f"{shown_path(path, now)} was touched" for path in paths]
    more = f" and {len(texts) - 1} more" if texts[1:] else ""
    return f"{texts[0]}{more}"
