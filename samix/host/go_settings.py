"""What `go env -w` has set, and whether go writes the commit into what it builds.

With `-buildvcs=auto`, its default, go stamps a program with the commit of the checkout around its source, the commit's
time, and whether the checkout was modified (`cmd/go/internal/load.(*Package).setBuildInfo`, `cmd/go/internal/vcs`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from samix.files.access_log import observe
from samix.files.safe_read import read_text
from samix.host.path_lookup import configuration_directory

_STAMPS = re.compile(r"-?-buildvcs(?:=(\S*))?")
# go ignores other lines (`cmd/go/internal/cfg.readEnvFile`)
_SETTING = re.compile(r"^([A-Z][^=\n]*)=([^\r\n]*)", re.MULTILINE)


def go_settings(environ: Mapping[str, str]) -> dict[str, str]:
    """The variables that `go env -w` has set. A variable of the environment that is not empty overrides the setting."""
    found: dict[str, str] = {}
    for file in _files(environ):
        try:
            found |= dict(_SETTING.findall(read_text(observe(file), errors="replace")))
        except OSError:
            continue
    return found


def is_stamped(environ: Mapping[str, str]) -> bool:
    """Whether go writes the commit into what it builds, as far as its flags show."""
    flags = environ.get("GOFLAGS") or go_settings(environ).get("GOFLAGS", "")
    stamps = [match[1] for match in _STAMPS.finditer(flags)]
    return not stamps or stamps[-1] != "false"


def _files(environ: Mapping[str, str]) -> list[Path]:
    """The files that `go env -w` may write (`os.UserConfigDir` of Go); the last has priority."""
    named = environ.get("GOENV")
    if named:
        return [] if named == "off" else [Path(named)]
    home = environ.get("HOME", "")
    configuration = configuration_directory(environ)
    return [Path(home, "Library", "Application Support", "go", "env"), Path(configuration, "go", "env")]
