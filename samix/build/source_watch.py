"""What a unit's sources are before and after it is built."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from samix.build.settlement import Settlement, settle
from samix.builders.generated import is_of_builder
from samix.plan.fingerprint import Basis, take_fingerprint
from samix.plan.groups import made_in_group
from samix.plan.sources import source_path
from samix.state.stat_index import identity_of
from samix.units.reasons import Cause

if TYPE_CHECKING:
    from samix.files.copies import Digester
    from samix.host.host import Host
    from samix.options.merge import BuildOptions
    from samix.plan.fingerprint import Fingerprint
    from samix.plan.plan import Plan
    from samix.plan.planned_unit import PlannedUnit
    from samix.state.store import Store

# sam pulls an image before it builds in it; what is used was built before; of the sources more is known
_PASSED_OVER = frozenset({Cause.BUILD_IMAGE, Cause.DEPENDENCY, Cause.SOURCE, Cause.MANIFEST})
_TOLD_BY_FILES = frozenset({Cause.VARIABLE, Cause.COMMIT})


@dataclass(frozen=True)
class SourceWatch:
    """A unit's sources as they were before it is built; public methods raise TemplateError if they cannot be read.

    Attributes:
        before: What the unit was made from then.
        looks: How its files looked then, by path; None where the plan has seen them last.
    """

    planned: PlannedUnit
    plan: Plan
    options: BuildOptions
    store: Store
    host: Host
    before: Fingerprint
    looks: Mapping[str, str] | None = field(default=None, repr=False)

    def look(self) -> SourceWatch:
        """The same with the sources as they are now: others may have written there since the plan was made."""
        looks: dict[str, str] = {}

        def digest(path: str, status: os.stat_result) -> str:
            looks[path] = identity_of(status)
            return self.store.digest_of_source(path, status)

        return replace(self, before=self._take(digest, self.planned.generated), looks=looks)

    def settle(self) -> tuple[Fingerprint, Settlement]:
        """Look at the sources once more: what the unit is made from now, and what that says."""
        unit, planned = self.planned.unit, self.planned
        source = source_path(unit, self.options)
        base = os.path.realpath(source) if source else ""
        touched: list[str] = []

        def digest(path: str, status: os.stat_result) -> str:
            if self._was_touched(path, status):
                touched.append(os.path.relpath(path, base) if path != base else "")
            return self.store.digest_of_source(path, status)

        now = self._take(digest, planned.generated)
        made = self._made_in(planned.group)
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
                if cause in _TOLD_BY_FILES
                else values
                for cause, values in one.parts.items()
            }
            for one, other in ((self.before, now), (now, self.before))
        )
        changed = replace(now, parts=after).changes_since(before, lambda _: self.before.sources.entries)
        return next((reason.text for reason in changed if reason.cause not in _PASSED_OVER), "")

    def take(self, generated: Collection[str]) -> Fingerprint:
        """What the unit is made from now; what builds make among its sources (`generated`) does not count."""
        return self._take(self.store.digest_of_source, generated)

    def _made_in(self, group: Iterable[str]) -> frozenset[str]:
        return made_in_group(self.planned.unit, group, self.plan.all_units, self.options, self.store.records)

    def _made_alike(self) -> frozenset[str]:
        """What the builds of others made in places that this one reads, if its own builder makes such as well.

        A unit that is built after another of the same kind finds it there.
        """
        if self.looks is None:
            return frozenset()
        return frozenset(
            path for path in self._made_in(tuple(self.store.records)) if is_of_builder(self.planned.unit, path)
        )

    def _take(self, digest: Digester, generated: Collection[str]) -> Fingerprint:
        around = self.host.without_images()
        return take_fingerprint(
            self.planned.unit,
            Basis(self.plan.application, self.options, self.store, around),
            digest,
            generated=generated,
            keeps_whole=bool(self.planned.group) or self.looks is not None,
        )

    def _was_touched(self, path: str, status: os.stat_result) -> bool:
        if self.looks is None:
            return self.store.was_touched(path, status)
        return self.looks.get(path, identity_of(status)) != identity_of(status)
