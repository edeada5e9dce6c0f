"""Sets of dependencies: what several units install alike is installed once.

Units whose manifests ask for the same, for the same runtime, with the same tools and settings, get the same
dependencies. One of them is built whole. The others are built on what that one installed, as sam builds a unit whose
source alone has changed. A later build uses a set again only if every version in it is pinned, because an index may
offer something else by then.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from samix.builders.installs import INSTALLERS
from samix.builders.workflow import installer_of, is_bundled, manifest_path, runtime_workflow, workflow_of
from samix.files.permissions import current_umask
from samix.files.safe_read import read_bytes
from samix.plan.dependency_reuse import can_cache, is_steered, says_remote
from samix.plan.share import Share
from samix.plan.sources import source_path
from samix.template.value import as_mapping
from samix.units.reasons import Cause

if TYPE_CHECKING:
    from pathlib import Path

    from samix.builders.installs import Installer
    from samix.options.merge import BuildOptions
    from samix.plan.fingerprint import Basis
    from samix.plan.planned_unit import PlannedUnit
    from samix.units.unit import Unit

_MOST_READ = 1 << 24  # bytes of a manifest or a lock


def with_shares(planned: Mapping[str, PlannedUnit], basis: Basis) -> dict[str, PlannedUnit]:
    """The units, in the order of the graph; each that must be built says which set of dependencies it needs, if any.

    The first unit that needs a set installs it, so that it never waits for one that waits for it.
    """
    shares = {name: share for name, one in planned.items() if (share := _find_share(one, basis))}
    keys = {share.key for share in shares.values()} if basis.options.cached else set()
    keys -= {share.key for name, share in shares.items() if _may_ignore_lock(planned[name].unit, share, basis)}
    # a build that was interrupted leaves sets that are not pinned, too
    known = {key for key in keys if (found := basis.store.sets.find(key)) and found.is_pinned}
    kept = {key for key in known if basis.store.find_set(key)}
    first: dict[str, str] = {}
    units = dict(planned)
    for name, share in shares.items():
        installer = first.setdefault(share.key, name)
        installs = share.key not in kept and installer == name
        final = replace(
            share,
            installed_by="" if share.key in kept or installs else installer,
            is_kept=share.key in kept,
            is_altered=share.key in known and installs,
        )
        units[name] = replace(units[name], share=final)
    return units


def reassign_installation(units: Iterable[PlannedUnit], installer: str, successor: str = "") -> list[PlannedUnit]:
    """The units that were to be built on what `installer` installs, and now are on what `successor` installs.

    The former installer is one of them. Without a `successor`, `installer` is left out, and the first of the others
    installs.
    """
    left = [
        (one, one.share)
        for one in units
        if one.share and (one.share.installed_by == installer or (successor and one.unit.name == installer))
    ]
    chosen = successor or next((one.unit.name for one, _ in left), "")
    return [
        replace(one, share=replace(share, installed_by="" if one.unit.name == chosen else chosen))
        for one, share in left
    ]


def _find_share(planned: PlannedUnit, basis: Basis) -> Share | None:
    """What a unit installs, if others may share it."""
    unit, options = planned.unit, basis.options
    installer, source = INSTALLERS.get(installer_of(unit)), source_path(unit, options)
    is_unfit = not planned.reasons or planned.keeps_dependencies or not can_cache(unit, basis.host.rules)
    if installer is None or source is None or is_unfit or planned.used_names:
        return None
    entries = planned.fingerprint.sources.entries
    if not installer.unfit.isdisjoint(entries) or is_steered(unit, source, basis.host.environ):
        return None
    names = [*installer.reads, "--manifest"]
    if any(entries.get(name, "").startswith("link") for name in names):
        return None
    is_alike = not is_bundled(unit) or workflow_of(unit).bundles_alike(unit, None, options.project)
    if not is_alike or not says_remote(installer, source, options.manifest, entries):
        return None
    try:
        texts = {name: _read(place) for name, place in _read_files(installer, source, options, entries).items()}
        manifest = manifest_path(unit, source, options.manifest)
        content = read_bytes(manifest) if manifest else b""
    except (OSError, UnicodeDecodeError):
        return None
    key = hashlib.sha256(
        json.dumps(_request(planned, installer, texts), sort_keys=True, default=str).encode()
    ).hexdigest()
    is_empty = runtime_workflow(unit).is_light(manifest)
    return Share(key[:32], hashlib.md5(content, usedforsecurity=False).hexdigest(), texts, is_empty=is_empty)


def _may_ignore_lock(unit: Unit, share: Share, basis: Basis) -> bool:
    return INSTALLERS[installer_of(unit)].may_ignore_lock(share.texts, basis.host.environ)


def _read(path: Path) -> str:
    content = read_bytes(path)
    if len(content) > _MOST_READ:
        raise OSError
    return content.decode()


def _read_files(
    installer: Installer, source: Path, options: BuildOptions, entries: Mapping[str, str]
) -> dict[str, Path]:
    """What an installer reads of a source, by name."""
    if options.manifest is not None:
        return {next(iter(installer.reads)): options.manifest}
    return {name: source / name for name in installer.reads if name in entries}


def _request(planned: PlannedUnit, installer: Installer, texts: Mapping[str, str]) -> list[object]:
    """All that decides what is installed."""
    unit, parts = planned.unit, planned.fingerprint.parts
    properties = as_mapping(unit.first.metadata.get("BuildProperties"))
    entries = planned.fingerprint.sources.entries
    return [
        [unit.workflow, unit.first.runtime or unit.workflow, unit.first.architecture, runtime_workflow(unit).names],
        {name: value for name, value in properties.items() if name not in installer.passes_over},
        {name: installer.reduce.get(name, str)(text) for name, text in texts.items()},
        # what lies outside, and what the environment names to the installer
        {name: entry for name, entry in entries.items() if name.startswith(("..", "$"))},
        dict(parts.get(Cause.OPTION, {})),
        dict(parts.get(Cause.TOOL, {})),
        dict(parts.get(Cause.HOST, {})),
        dict(parts.get(Cause.SAM, {})),
        {name: value for name, value in parts.get(Cause.VARIABLE, {}).items() if _is_read(name, unit, texts)},
        current_umask(),  # what is installed gets modes by it
    ]


def _is_read(variable: str, unit: Unit, texts: Mapping[str, str]) -> bool:
    """Whether a variable that takes part in a build is one of the installer's, or named in what it reads."""
    reading = workflow_of(unit).reading
    is_of_tool = reading is not None and re.fullmatch(reading.tool, variable) is not None
    return is_of_tool or any(variable in text for text in texts.values())
