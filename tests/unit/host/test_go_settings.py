"""What `go env -w` has set."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from samix.host.go_settings import go_settings, is_stamped

if TYPE_CHECKING:
    from pathlib import Path

_FILE = "# GOFLAGS=-x\n GOFLAGS=-y\nnothing\nGOAMD64=v2\nGOFLAGS=-buildvcs=false -ldflags=-X=a=b\nGOAMD64=v3\n"
_SET = {"GOFLAGS": "-buildvcs=false -ldflags=-X=a=b", "GOAMD64": "v3"}
_PLACES = {
    "the user's directory": (".config/go/env", {}),
    "the user's directory on macOS": ("Library/Application Support/go/env", {}),
    "XDG": ("xdg/go/env", {"XDG_CONFIG_HOME": "xdg"}),
    "a file that is named": ("named", {"GOENV": "named"}),
}


@pytest.mark.parametrize("place", _PLACES)
def test_settings_are_read_as_go_reads_them(tmp_path: Path, place: str) -> None:
    path, variables = _PLACES[place]
    file = tmp_path / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(_FILE)
    environ = {"HOME": str(tmp_path), **{name: str(tmp_path / value) for name, value in variables.items()}}
    assert go_settings(environ) == _SET
    assert not is_stamped(environ)
    assert is_stamped({**environ, "GOFLAGS": "-trimpath"})
    assert not is_stamped({**environ, "GOFLAGS": ""})
    assert go_settings({**environ, "GOENV": "off"}) == {}
    assert is_stamped({**environ, "GOENV": "off"})


def test_another_file_has_the_users_own_pass_unread(tmp_path: Path) -> None:
    file = tmp_path / ".config" / "go" / "env"
    file.parent.mkdir(parents=True)
    file.write_text(_FILE)
    assert go_settings({"HOME": str(tmp_path), "GOENV": str(tmp_path / "other")}) == {}
