"""Units whose dependencies sam downloads apart from building their source, and when it need not download them again.

Mirrors `samcli.lib.build.build_strategy.CachedOrIncrementalBuildStrategyWrapper`, which looks at the manifest alone.
samix also downloads again where something else in the source may have a say in what is installed.
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from samix.plan.reasons import Cause
from samix.plan.sources import changed_entries, source_path
from samix.template.resources import Kind
from samix.template.value import as_mapping

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path
    from typing import Protocol

    from samix.options import BuildOptions
    from samix.plan.fingerprint import Fingerprint
    from samix.plan.reasons import Reason
    from samix.plan.units import Unit

    class Memory(Protocol):
        """What is known of earlier builds."""

        def source_digest(self, unit: Unit) -> str:
            """The digest of what the unit was built from last; empty if that is not known."""

        def listing(self, digest: str) -> Mapping[str, str]:
            """The files behind a digest of sources; empty if they are not known."""

        def has_dependencies(self, unit: Unit) -> bool:
            """Whether the dependencies that were downloaded for the unit are there, unaltered."""


# `CachedOrIncrementalBuildStrategyWrapper.SUPPORTED_RUNTIME_PREFIXES` and their manifests
MANIFESTS = {"python": "requirements.txt", "nodejs": "package.json", "ruby": "Gemfile"}
# why a unit may be built without what is downloaded for it being another
_SPARING = frozenset({Cause.SOURCE, Cause.ARTIFACT})
# what the installers read besides the manifest
_SETTINGS = frozenset({
    "package.json", "package-lock.json", "npm-shrinkwrap.json", ".npmrc", "binding.gyp",
    "Gemfile", "Gemfile.lock", ".bundle", "pip.conf", "requirements.txt", "setup.py", "setup.cfg", "pyproject.toml",
})  # fmt: skip
# a manifest that has the installer read or run something else among the sources
_READS_SOURCES = {
    # options that name files, paths, and direct references to files
    "python": re.compile(
        r"^\s*(-[rce]\b|--(requirement|constraint|editable|find-links)\b|[./~])|file:|[./]/|\.whl\b", re.MULTILINE
    ),
    # lifecycle scripts, and dependencies that are directories or archives
    "nodejs": re.compile(
        r'"(pre|post)?(install|prepare|prepack|pack|prepublish\w*|dependencies)"\s*:\s*"|"(file|link):|:\s*"(\.|~|/)'
        r'|"(workspaces|bundle[dD]?Dependencies|files)"\s*:'
    ),
    "ruby": re.compile(r"\bpath\b|\bgemspec\b|\beval_gemfile\b|\bFile\b|\brequire(_relative)?\b|\bload\b"),
}


def language(unit: Unit) -> str | None:
    """The language that sam builds incrementally on the host, None for a unit that it does not."""
    builder = unit.first.builder or ""
    return next((name for name in MANIFESTS if builder.startswith(name)), None)


def manifest_path(unit: Unit, source: Path, manifest: Path | None) -> Path | None:
    """The file that names a unit's dependencies, None for a unit that sam does not build incrementally.

    Args:
        unit: The unit.
        source: Its source directory.
        manifest: A manifest that replaces the builder's default one.
    """
    spoken = language(unit)
    return source / (manifest or MANIFESTS[spoken]) if spoken else None


def keeps_dependencies(
    unit: Unit, reasons: Sequence[Reason], fingerprint: Fingerprint, memory: Memory, options: BuildOptions
) -> bool:
    """Whether a stale unit can be built on the dependencies that were downloaded for it before.

    Args:
        unit: The unit, with the dependencies of its record.
        reasons: Why it is stale.
        fingerprint: What it is made from now.
        memory: What is known of its earlier builds.
        options: The build's options.
    """
    spoken, source = language(unit), source_path(unit, options)
    if spoken is None or source is None or unit.kind is Kind.IMAGE or unit.in_container or unit.is_in_source:
        return False
    if not _is_built_alike(unit) or not {reason.cause for reason in reasons} <= _SPARING or not reasons:
        return False
    earlier = memory.listing(memory.source_digest(unit))
    changed = changed_entries(earlier, fingerprint.sources.entries)
    if not earlier or any(_concerns_dependencies(path, earlier, fingerprint) for path in changed):
        return False
    manifest = manifest_path(unit, source, options.manifest)
    try:
        text = manifest.read_text(encoding="utf-8") if manifest else ""
    except (OSError, UnicodeDecodeError):
        return False
    return not _READS_SOURCES[spoken].search(text) and memory.has_dependencies(unit)


def _is_built_alike(unit: Unit) -> bool:
    """Whether a build on earlier dependencies makes what a build from nothing makes.

    esbuild finds them by a link, and names where it leads in all that is not minified.
    """
    if unit.first.build_method == "esbuild":
        properties = as_mapping(unit.first.metadata.get("BuildProperties"))
        return properties.get("Minify", True) is True and not properties.get("Sourcemap")
    return not unit.first.has_own_build


def _concerns_dependencies(path: str, earlier: Mapping[str, str], fingerprint: Fingerprint) -> bool:
    """Whether a change may have a say in what is installed, or in what of it is kept apart.

    What the source has at its top is not kept among the dependencies, so a name that goes there may uncover one
    (`aws_lambda_builders.actions.DependencyManager`).
    """
    is_gone_from_top = "/" not in path and path in earlier and path not in fingerprint.sources.entries
    return is_gone_from_top or not _SETTINGS.isdisjoint(path.split(os.sep)) or path.endswith(".gemspec")
