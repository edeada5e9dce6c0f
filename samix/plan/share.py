"""The share of a unit in a set of dependencies that several units need."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Share:
    """A set of dependencies that a unit is built on, or that it installs for all units that need the same."""

    key: str  # the name of the set
    manifest_hash: str  # what sam calls the hash of the unit's own manifest
    texts: Mapping[str, str] = field(repr=False)  # what the builder's installer reads of the unit's source, by name
    # the other unit that installs the set in this build; empty if this unit does, or if the set is kept
    installed_by: str = ""
    is_kept: bool = False  # whether an earlier build has installed the set
    is_empty: bool = False  # whether the manifest certainly names nothing to install
    is_altered: bool = False  # whether an earlier build has installed the set, and something changed it since

    @property
    def is_shared(self) -> bool:
        """Whether the unit itself installs nothing."""
        return self.is_kept or bool(self.installed_by)

    @property
    def text(self) -> str:
        """Where the dependencies come from, for people; empty if the unit installs them as it always does."""
        if self.is_empty:
            return ""
        if self.is_kept:
            return "with dependencies that were installed before"
        if self.installed_by:
            return f"with the dependencies of {self.installed_by}"
        if self.is_altered:
            return f"its dependencies are installed again: set {self.key} was changed since it was installed"
        return ""
