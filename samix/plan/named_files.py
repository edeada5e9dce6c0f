"""Files that the environment names to the tools of a build: what they say may change an artifact."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from samix.plan.units import Unit

_PIP = ("PIP_CONSTRAINT", "PIP_BUILD_CONSTRAINT", "PIP_REQUIREMENT", "PIP_FIND_LINKS", "PIP_CONFIG_FILE")
_UV = ("UV_CONSTRAINT", "UV_BUILD_CONSTRAINT", "UV_OVERRIDE", "UV_FIND_LINKS", "UV_CONFIG_FILE")
_NPM = ("npm_config_userconfig", "npm_config_globalconfig", "NPM_CONFIG_USERCONFIG", "NPM_CONFIG_GLOBALCONFIG")
# by the beginning of a build method or runtime, the first that fits
_VARIABLES: Mapping[str, Sequence[str]] = {
    "makefile": (),
    "python-uv": _UV,
    "python": _PIP,
    "esbuild": _NPM,
    "nodejs": _NPM,
    "ruby": ("BUNDLE_GEMFILE", "BUNDLE_APP_CONFIG"),
    "java": ("MAVEN_CONFIG",),
}


# of these the value is one path; of the others it is a list of paths with blanks between them
ONE_PATH = frozenset({"PIP_CONFIG_FILE", "UV_CONFIG_FILE", "BUNDLE_GEMFILE", "BUNDLE_APP_CONFIG", *_NPM})


def naming_variables(unit: Unit) -> Sequence[str]:
    """The variables that name files, or lists of them, to the tools of a unit that is built on the host."""
    if unit.needs_engine:
        return ()
    builder = unit.first.build_method or unit.first.runtime or ""
    return next((names for prefix, names in _VARIABLES.items() if builder.startswith(prefix)), ())
