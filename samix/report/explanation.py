"""What a plan knows of one resource: what decided where it is built, what it waits for, what it is made from."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from samix.messages.printable import visible
from samix.template.artifact import ARTIFACT_VARIABLE
from samix.units.reasons import Cause

if TYPE_CHECKING:
    from samix.plan.fingerprint import Fingerprint
    from samix.plan.plan import Plan
    from samix.plan.planned_unit import PlannedUnit

_LONGEST = 100
_DIGEST = 12
# as they stand in a fingerprint; an engine writes the name of the algorithm before those of its images
_DIGESTED = re.compile(rf"((?:sha256:)?[0-9a-f]{{{_DIGEST}}})[0-9a-f]{{{64 - _DIGEST}}}")
_INDENT = "  "


def explanation(plan: Plan, full_path: str) -> str:
    """What is known of the resource with this full path, which is to be built, in lines."""
    planned, resource = next(
        (planned, resource)
        for planned in plan.units.values()
        for resource in planned.unit.resources
        if resource.full_path == full_path
    )
    return "".join(f"{line}\n" for line in (f"{full_path} ({resource.location})", *_lines(plan, planned, full_path)))


def _lines(plan: Plan, planned: PlannedUnit, full_path: str) -> Iterator[str]:
    unit, forecast = planned.unit, plan.forecast(planned)
    yield from _section("Build type", [unit.place, f"because of {unit.decision.reason}"])
    yield from _section("Overruled", unit.decision.overruled)
    yield from _section("What to do", [forecast.action.value, *(cause.text for cause in forecast.reasons)])
    others = [one.full_path for one in unit.resources if one.full_path != full_path]
    yield from _section("Built as one unit with", others)
    yield from _section("Waits for", [plan.units[name].unit.label for name in plan.units if name in planned.needs])
    waiting = [plan.all_units[name].label for name, needed in plan.waits_for.items() if unit.name in needed]
    yield from _section("Needed by", waiting)
    yield from _section("Dependencies", _dependencies(plan, planned))
    on_host = not unit.in_container  # a container sees none of them
    lent = [f"{name} in {ARTIFACT_VARIABLE}{name}" for name in planned.uses if on_host]
    lent += [
        f"{name} in $(ARTIFACTS_DIR)/{path}" for path, name in planned.used_by_label.items() if path.startswith("../")
    ]
    yield from _section("Can use the artifacts of", lent)
    yield from _section("Rebuilt together with", [f"{name}: both use {path}" for name, path in planned.group.items()])
    yield from _section("Is made from", [_format_part(*part) for part in key_parts(planned.fingerprint)])


def _dependencies(plan: Plan, planned: PlannedUnit) -> list[str]:
    """Where the dependencies of a unit that is built come from, and which others are built with those."""
    share = planned.share
    if share is None:
        return []
    if share.is_kept:
        return [f"set {share.key}, installed by an earlier build"]
    if share.installed_by:
        return [f"installed by {share.installed_by}"]
    others = [one.unit.name for one in plan.units.values() if one.share and one.share.installed_by == planned.unit.name]
    return ["installed by its own build", *(f"also for {name}" for name in others)]


def _section(title: str, texts: list[str] | tuple[str, ...]) -> Iterator[str]:
    if texts:
        yield f"{_INDENT}{title}:"
        yield from (f"{_INDENT * 2}{_one_line(text)}" for text in texts)


def key_parts(fingerprint: Fingerprint) -> list[tuple[str, str, str]]:
    """The parts of a fingerprint: the kind of each, its name (if any), and its value or the beginning of its digest.

    Values for containers may be secret: only their names are shown.
    """
    return [
        (cause.value, name, "" if cause is Cause.ENVIRONMENT else _shortened(value))
        for cause, named in fingerprint.parts.items()
        for name, value in sorted(named.items())
    ]


def _shortened(value: str) -> str:
    """A value as it is, or the beginning of a digest."""
    digest = _DIGESTED.fullmatch(value)
    return digest[1] if digest else value


def _format_part(kind: str, name: str, value: str) -> str:
    return " ".join(filter(None, (f"{kind}:", name, value)))


def _one_line(text: str) -> str:
    shown = visible(text)
    return shown if len(shown) <= _LONGEST else f"{shown[: _LONGEST - 3]}..."
