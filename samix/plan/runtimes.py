"""What sam has builders for, by its version: of anything else it is sam's to say whether it has one.

Read in `samcli.lib.build.workflow_config.get_workflow_config` of the versions that stand here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from samix.sam_rules import parse_version

if TYPE_CHECKING:
    from collections.abc import Collection

    from samix.plan.units import Unit
    from samix.sam_rules import Version

# the first of those versions that has a builder for a runtime or build method; all that follow have it as well
_SINCE: dict[Version, frozenset[str]] = {
    (1, 130): frozenset(
        [
            *("python3.8", "python3.9", "python3.10", "python3.11", "python3.12", "python3.13"),
            *("nodejs16.x", "nodejs18.x", "nodejs20.x", "nodejs22.x", "esbuild"),
            *("ruby3.2", "ruby3.3", "java8.al2", "java11", "java17", "java21"),
            *("dotnet", "dotnet6", "dotnet7", "dotnet8", "go1.x", "rust-cargolambda"),
            *("makefile", "provided", "provided.al2", "provided.al2023"),
        ]
    ),
    (1, 138): frozenset({"ruby3.4"}),
    (1, 155): frozenset({"python-uv"}),
    (1, 160): frozenset({"python3.14", "nodejs24.x", "ruby4.0", "java25", "dotnet10"}),
    (1, 170): frozenset({"java8.al2023", "java11.al2023", "java17.al2023"}),
}


def known_methods(sam: str | None) -> frozenset[str]:
    """The runtimes and build methods that sam is known to have builders for.

    Args:
        sam: The version of sam, None if it cannot be told.
    """
    version = parse_version(sam) or min(_SINCE)
    return frozenset[str]().union(*(methods for since, methods in _SINCE.items() if since <= version))


def has_builder(unit: Unit, methods: Collection[str]) -> bool:
    """Whether one of some `known_methods` builds a unit."""
    return (unit.first.build_method or unit.first.runtime or "") in methods
