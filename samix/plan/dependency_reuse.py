"""Units whose dependencies sam downloads apart from building their source, and when it need not download them again.

Mirrors `samcli.lib.build.build_strategy.CachedOrIncrementalBuildStrategyWrapper`, which looks at the manifest alone.
samix also downloads again if anything else changed that may affect what is installed: a build on earlier dependencies
makes the same as a build from nothing.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from samix.builders.installs import INSTALLERS
from samix.builders.workflow import dependency_folder, installer_of, is_bundled, runtime_workflow, workflow_of
from samix.files.copies import tree_entries
from samix.files.safe_read import read_text
from samix.plan.sources import changed_entries, source_path
from samix.state.source_lists import DIGEST_LENGTH
from samix.template.artifact import DIRECTORY_MODE
from samix.units.reasons import Cause

if TYPE_CHECKING:
    from samix.builders.installs import Installer
    from samix.options.merge import BuildOptions
    from samix.plan.fingerprint import Fingerprint
    from samix.state.store import Store
    from samix.template.sam_rules import SamRules
    from samix.units.reasons import Reason
    from samix.units.unit import Unit


# with any other cause something other than the sources changed
_SETTLED_BY_SOURCES = frozenset({Cause.SOURCE, Cause.MANIFEST, Cause.ARTIFACT})


def keeps_dependencies(
    unit: Unit, reasons: Sequence[Reason], fingerprint: Fingerprint, store: Store, options: BuildOptions
) -> bool:
    """Whether a stale unit can be built on the dependencies that were downloaded for it before.

    The unit is the whole one, with all its resources. The reasons are why it is stale, and the fingerprint is what it
    is made from now.
    """
    installer, source = INSTALLERS.get(installer_of(unit)), source_path(unit, options)
    if installer is None or source is None:
        return False
    if not reasons or any(reason.cause not in _SETTLED_BY_SOURCES for reason in reasons):
        return False
    earlier, now = store.listings.find(store.source_digest(unit)), fingerprint.sources.entries
    return (
        bool(earlier)
        and reads_the_same(installer, earlier, now)
        and says_remote(installer, source, options.manifest, now)
        and _are_separable(unit, source, store, earlier, options.project)
    )


def can_cache(unit: Unit, rules: SamRules) -> bool:
    """Whether this sam builds a unit with `--cached`, if it builds it without."""
    since = workflow_of(unit).cached_since
    return since is None or rules.has(since)


def _are_separable(unit: Unit, source: Path, store: Store, earlier: Mapping[str, str], project: Path) -> bool:
    """Whether the dependencies are there, and an artifact that is put together from them is like one built whole."""
    deps = store.find_dependencies(unit)
    if deps is None or (not os.listdir(deps) and not has_mode_of_artifacts(source, deps)):
        return False
    artifact = store.find_artifact(unit)
    if is_bundled(unit):
        return workflow_of(unit).bundles_alike(unit, artifact, project)
    if not runtime_workflow(unit).installs_among_sources:
        return True
    return artifact is not None and is_apart(dependency_folder(unit, artifact), deps, earlier)


def has_mode_of_artifacts(source: Path, deps: Path) -> bool:
    """Whether a source has the mode that sam gives directories.

    sam gives an artifact without dependencies the mode of the source, but not if it is built on earlier ones.
    """
    mode = source.stat().st_mode & 0o777
    return mode == DIRECTORY_MODE == deps.stat().st_mode & DIRECTORY_MODE  # the second: a umask that takes from it


def is_steered(unit: Unit, source: Path | None, environ: Mapping[str, str]) -> bool:
    """Whether the environment makes sam do more for a unit than install what its manifest names.

    sam runs tests only where it installs, and variables can name files of the source to the installers.
    """
    if environ.get(runtime_workflow(unit).tests_variable) == "true":
        return True
    prefixes = tuple(installer.prefix for installer in INSTALLERS.values())
    steering = [value for name, value in environ.items() if name.upper().startswith(prefixes)]
    return source is not None and any(os.fspath(source) in value for value in steering)


def reads_the_same(installer: Installer, earlier: Mapping[str, str], now: Mapping[str, str]) -> bool:
    """Whether nothing that an installer reads changed or is a link, which does not show changes of its target.

    `earlier` and `now` are the entries of a unit's sources.
    """
    names = installer.reads.keys() | installer.unfit
    changed = {path.split("/")[0] for path in changed_entries(earlier, now)}
    if changed & {*names, "..", "--manifest"} or not installer.unfit.isdisjoint(now):
        return False
    if any(name.startswith("$") for name in changed):  # a file that the environment names to the installer
        return False
    return not any(now.get(name, "").startswith("link") for name in names)


def says_remote(installer: Installer, source: Path, manifest: Path | None, now: Mapping[str, str]) -> bool:
    """Whether the files that an installer reads name nothing among the sources."""
    read = {source / name: check for name, check in installer.reads.items() if name in now}
    if manifest is not None:
        if not installer.takes_manifest:  # npm packs the manifest's directory, the others do not look at it
            return False
        [check] = installer.reads.values()
        read = {manifest: check}
    try:
        return bool(read) and all(check(read_text(path)) for path, check in read.items())
    except (OSError, UnicodeDecodeError):
        return False


def is_apart(folder: Path, deps: Path, earlier: Mapping[str, str]) -> bool:
    """Whether all that was installed into an artifact is among the dependencies, and the rest is source."""
    known = {entry.rpartition(" ")[2] for entry in earlier.values() if entry.startswith("file")}
    try:
        own = [entry for entry in folder.iterdir() if not os.path.lexists(deps / entry.name)]
        found = [content for entry in own for _, content in tree_entries(entry)]
    except OSError:
        return False
    return all(_digest(content) in known for content in found if not content.startswith("directory"))


def _digest(content: str) -> str:
    return content.rpartition(" ")[2][:DIGEST_LENGTH]
