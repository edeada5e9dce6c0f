"""Saves what sam made of units, and decides how far the record of a unit can be trusted."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

from samix.build.lookout import shorten_paths
from samix.build.source_watch import SourceWatch
from samix.builders.generated import is_generated
from samix.builders.installs import INSTALLERS
from samix.builders.workflow import dependency_folder, installer_of, is_bundled, runtime_workflow
from samix.messages.errors import SamixError
from samix.plan.dependency_reuse import is_apart
from samix.plan.places import NO_TURNS
from samix.sam.workspace import find_links
from samix.state.dependency_sets import DependencySet
from samix.state.finished import keep_finished, prepare_cache
from samix.state.records import Record
from samix.state.sam_cache import complete_definition, reusable_by_sam
from samix.units.reasons import Cause

if TYPE_CHECKING:
    from samix.build.lookout import Lookout
    from samix.build.planned_build import PlannedBuild
    from samix.plan.planned_unit import PlannedUnit
    from samix.plan.share import Share
    from samix.sam.workspace import Product
    from samix.state.source_lists import Sources
    from samix.template.value import ValueMapping

_UNACCEPTED = "samix ended"


@dataclass(frozen=True)
class Keeper:
    """Keeps what sam made of units, for this build and later ones."""

    build: PlannedBuild
    lookout: Lookout
    # by name, what is to be remembered of units once it is accepted
    unaccepted: dict[str, Record] = field(default_factory=dict)
    # by name, the sources of units that share places with others
    grouped: dict[str, Sources] = field(default_factory=dict)

    def keep(
        self,
        planned: PlannedUnit,
        product: Product,
        hashes: ValueMapping,
        seconds: float,
        sources: SourceWatch,
        *,
        is_whole: bool = True,
    ) -> None:
        """Put what sam made where the next build finds it, even if this one fails.

        `is_whole` says whether sam installed its dependencies, too; others may share them from now on.
        """
        unit, whole = planned.unit, self.build.plan.all_units[planned.unit.name]
        finished = keep_finished(unit, product.artifact, product.deps, self.build.store)
        definition = complete_definition(unit, product.definition, hashes)
        if product.uuid and unit.name in self._reusable_by_sam:
            source = self.build.source_of(whole)
            finished = prepare_cache(whole, finished, definition, source, self.build.store)
        now, settlement = sources.settle()
        unsettled = settlement.unsettled
        if not unsettled and _saw_another(product, hashes):  # it was changed, and changed back since
            unsettled = "source changed"
        share, set_key = planned.share, ""
        if share and is_whole and not (share.is_shared and self.build.store.find_set(share.key)):
            with suppress(OSError):  # the others install on their own
                self.build.store.remove_set(share.key)  # that of an earlier build is not what was installed now
                if finished.deps and not unsettled and self._keep_set(planned, share, finished.deps, now.sources):
                    set_key = share.key
        elif share and not is_whole:
            self.build.store.sets.mark_used(share.key)
            set_key = share.key
        earlier = self.build.store.records.get(unit.name)
        record = Record(
            parts=now.with_artifacts(self.build.store.digests(planned.used_by_label)).parts,
            digest=finished.artifact,
            image=product.image,
            uuid="" if unsettled else product.uuid,
            resources=tuple(resource.full_path for resource in whole.resources),
            definition=definition,
            deps=finished.deps,
            unsettled=unsettled,
            seconds=round(seconds, 3),
            generated=tuple(sorted(settlement.generated)),
            suspected=tuple(sorted(settlement.suspected)),
            wrote=earlier.wrote if earlier else (),
            watched=earlier.watched if earlier else (),
            beside=tuple(sorted(planned.found)),
            set_key=earlier.set_key if earlier and planned.keeps_dependencies and not is_whole else set_key,
        )
        if self.lookout.watches(unit.name):  # units that still run may yet write where this one read
            self.unaccepted[unit.name] = record
            record = replace(record, uuid="", unsettled=_UNACCEPTED)
        if planned.group or self.lookout.watches(unit.name):
            self.grouped[unit.name] = now.sources
            self._mark_group_overtaken(planned)
        self.build.store.save(unit.name, record, now.sources)

    def _keep_set(self, planned: PlannedUnit, share: Share, digest: str, sources: Sources) -> bool:
        """Make what a unit has installed a set of dependencies, if this build or another can use it; whether it did.

        Raises:
            OSError: Something cannot be read or written.
        """
        unit, layout = planned.unit, self.build.layout
        artifact, deps = layout.finished_artifact(unit), layout.finished_deps(unit)
        is_mixed = runtime_workflow(unit).installs_among_sources and not is_bundled(unit)
        if is_mixed and not is_apart(dependency_folder(unit, artifact), deps, sources.entries):
            return False
        installer, environ = INSTALLERS[installer_of(unit)], self.build.environ
        is_pinned = installer.is_pinned(share.texts, deps) and not installer.may_ignore_lock(share.texts, environ)
        if not is_pinned and self._users_of_sets[share.key] == 1:
            return False
        self.build.store.keep_set(share.key, deps, DependencySet(digest, find_links(artifact, deps, unit), is_pinned))
        return True

    @cached_property
    def _users_of_sets(self) -> Counter[str]:
        """How many units need each set, by its name."""
        return Counter(planned.share.key for planned in self.build.plan.units.values() if planned.share)

    @cached_property
    def _reusable_by_sam(self) -> frozenset[str]:
        return frozenset(unit.name for unit in reusable_by_sam(self.build.plan.all_units.values()))

    def _mark_group_overtaken(self, planned: PlannedUnit) -> None:
        """Mark units that share places with one that was just built, so that they are built as well, now or next time.

        They may not be asked for, may fail, or may not be reached: without the mark they would look up to date.
        """
        for name, path in planned.group.items():
            if name not in self.grouped:
                self._mark_overtaken(name, planned, path)

    def settle_shared_places(self) -> None:
        """Update the records, so that no unit looks stale because of what another wrote later in a shared place.

        To be called when all are built.
        """
        for name, sources in self.grouped.items():
            with suppress(SamixError):  # the next build looks at what cannot be read now
                self._update_shared_sources(self.build.plan.units[name], sources)

    def _update_shared_sources(self, planned: PlannedUnit, sources: Sources) -> None:
        name = planned.unit.name
        record = self.build.store.records[name]
        others = {*planned.group, *self._sharing(planned)}
        if not others:
            return
        group = self.build.made_in_group(planned.unit, others)
        made = tuple(sorted(group | set(record.generated)))
        found = self._source_watch(planned).take(made).parts[Cause.SOURCE]
        source = {**found, "": sources.digest_without(made)}  # of the rest it counts what it was built from
        if source != record.parts[Cause.SOURCE]:
            parts = {**record.parts, Cause.SOURCE: source}
            self.build.store.save(name, replace(record, parts=parts), replace(sources, digest=source[""]))

    def _sharing(self, planned: PlannedUnit) -> Iterator[str]:
        """The units that were seen writing, in this build or an earlier one, where it matters to a unit."""
        project = os.path.realpath(self.build.options.project)
        for name, one in self.build.plan.units.items():
            record = self.build.store.records.get(name)
            if record is None or one.reach is None or planned.reach is None or name == planned.unit.name:
                continue
            paths = (os.path.normpath(os.path.join(project, path)) for path in record.wrote)
            if any(one.reach.concerns(path, planned.reach) for path in paths):
                yield name

    def accept(self, planned: PlannedUnit, changed: Collection[str], meanwhile: Collection[str]) -> None:
        """Accept the outcome of a unit, now that all units that ran at the same time have ended.

        Args:
            planned: The unit.
            changed: What was written meanwhile where it can meet others.
            meanwhile: The names of the units that were built at the same time.
        """
        name = planned.unit.name
        record = self.unaccepted.pop(name, None)
        if record is not None:
            project = os.path.realpath(self.build.options.project)
            watched = [os.path.relpath(place, project) for place in self.lookout.places(name)]
            kept = {path for path in record.wrote if not is_generated(path.rstrip(os.sep), watched)}
            written = self.lookout.own_changes(name, changed, meanwhile)
            wrote = shorten_paths(os.path.relpath(path, project) for path in written)
            record = replace(record, wrote=tuple(sorted(kept.union(wrote))), watched=tuple(sorted(watched)))
            self.build.store.save(name, record)
            self._overtake_readers(planned, written)

    def _overtake_readers(self, planned: PlannedUnit, written: Sequence[str]) -> None:
        """Mark units that are up to date and may read what was written now, so that the next build builds them."""
        for name, one in self.build.plan.units.items():
            path = next((path for path in written if one.reach and one.reach.holds(path)), None)
            if path is not None and not one.reasons:
                self._mark_overtaken(name, planned, os.path.relpath(path, os.path.realpath(self.build.options.project)))

    def _mark_overtaken(self, name: str, planned: PlannedUnit, path: str) -> None:
        """Record that another unit, which uses the same place, was built after a unit and without it."""
        record = self.build.store.records.get(name)
        if record is not None:
            why = f"{planned.unit.name} was built without {name}, and both use {path}"
            self.build.store.save(name, replace(record, overtaken=why))

    def watch(self, planned: PlannedUnit) -> SourceWatch:
        """What a unit's sources are before it is built."""
        watch = self._source_watch(planned)
        is_shared = planned.turns != NO_TURNS or self.lookout.watches(planned.unit.name)
        return watch.look() if is_shared else watch

    def _source_watch(self, planned: PlannedUnit) -> SourceWatch:
        return SourceWatch(planned, self.build, planned.fingerprint)


def _saw_another(product: Product, hashes: ValueMapping) -> bool:
    """Whether sam hashed other sources than samix had seen before; not if it hashed none."""
    seen, known = product.definition.get("source_hash"), hashes.get("source_hash")
    return bool(seen and known) and seen != known
