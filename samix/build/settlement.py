"""Judges whether it is known what an artifact was made from if its sources were written to during the build."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from samix.builders.generated import is_generated, is_of_builder, known_generated, outermost_new
from samix.plan.sources import changed_entries, describe_changes, shown_path
from samix.state.source_lists import counted_entries

if TYPE_CHECKING:
    from samix.state.source_lists import Sources
    from samix.units.unit import Unit


@dataclass(frozen=True)
class Settlement:
    """What is known after a build of what was written among a unit's sources.

    Attributes:
        generated: What the build makes there, by paths relative to the source.
        suspected: What it may make there: if it is written once more while nothing else is built, the build makes it.
        unsettled: A description of changes whose author is unknown, so that it is unknown what the artifact was made
            from; empty if there are none.
    """

    generated: frozenset[str] = frozenset()
    suspected: frozenset[str] = frozenset()
    unsettled: str = ""


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
        touched: Files that were written, moved or replaced meanwhile, also where they hold the same as before.
        places: Where its makefile or manifest says that it writes.
        known: What is known to be made by its build.
        suspected: What an earlier build of it wrote there, if this one ran alone; None if it did not.
        made_by_others: What builds of units make there that share places with it.
    """
    earlier = {now.plain(path): entry for path, entry in before.entries.items()}
    later = {now.plain(path): entry for path, entry in now.entries.items()}
    written = [path for path in changed_entries(earlier, later) if path]
    rest = [path for path in dict.fromkeys([*written, *sorted(touched)]) if not is_generated(path, known)]
    made = known_generated(unit, rest, earlier, later, places, made_by_others)
    # a directory that came with nothing but that is none
    own = {*known, *made}
    left = {path for entries in (earlier, later) for path in counted_entries(entries, own, now.place)}
    rest = [path for path in rest if path in left and not is_generated(path, made)]
    roots = frozenset(outermost_new(path, earlier, later) for path in rest)
    # of what was learnt that alone is kept which is written again; what a builder is known to make stays known
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
