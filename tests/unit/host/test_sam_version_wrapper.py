"""Scripts whose text proves what they start, and such whose text does not."""

from __future__ import annotations

from pathlib import Path

import pytest

from samix.host.sam_version import find_wrapped_program

ENVIRON = {"HOME": "/home/me", "PATH": "/usr/bin"}


@pytest.mark.parametrize(
    ("script", "program"),
    [
        pytest.param('#!/bin/sh\nexec /opt/sam/bin/sam "$@"\n', "/opt/sam/bin/sam", id="exec"),
        pytest.param('#!/bin/sh\n/opt/sam/bin/sam "$@"\n', "/opt/sam/bin/sam", id="without exec"),
        pytest.param("#!/bin/sh\nexec /opt/sam $@", "/opt/sam", id="unquoted"),
        pytest.param('#!/usr/bin/env bash\nexec "/opt/my sam/sam" "$@"\n', "/opt/my sam/sam", id="quoted"),
        pytest.param("#!/bin/bash -e\nexec '/opt/$x/sam' \"$@\"\n", "/opt/$x/sam", id="literal"),
        pytest.param('#!/bin/sh\nexec "$HOME/.local/bin/sam" "$@"\n', "/home/me/.local/bin/sam", id="home"),
        pytest.param('#!/bin/sh\nexec "${HOME}/bin/sam" "$@"\n', "/home/me/bin/sam", id="home in braces"),
        pytest.param('#!/bin/sh\nexec ~/bin/sam "$@"\n', "/home/me/bin/sam", id="tilde"),
        pytest.param('#!/bin/sh\nexec -a "$0" /opt/sam "$@"\n', "/opt/sam", id="under its own name"),
        pytest.param(
            "#!/bin/bash\n# ours\n\nset -eu\nset -euo pipefail\nexport SAM_CLI_TELEMETRY=0\nREGION='eu west'\n"
            'export AWS_PROFILE="dev"\nexec /opt/sam "$@"\n',
            "/opt/sam",
            id="with settings",
        ),
        pytest.param('#!/bin/sh\nexec "$(cat /etc/which)/sam" "$@"\n', None, id="by a file"),
        pytest.param('#!/bin/sh\nexec "$SAM_HOME/bin/sam" "$@"\n', None, id="by a variable"),
        pytest.param('#!/bin/sh\nexec "$(dirname "$0")/../sam" "$@"\n', None, id="by its own place"),
        pytest.param('#!/bin/sh\nexec sam-1.155 "$@"\n', None, id="by PATH"),
        pytest.param('#!/bin/sh\nexec bin/sam "$@"\n', None, id="by the working directory"),
        pytest.param('#!/bin/sh\nexec "~/bin/sam" "$@"\n', None, id="a tilde in quotes"),
        pytest.param("#!/bin/sh\nexec /opt/sam build\n", None, id="with other arguments"),
        pytest.param('#!/bin/sh\nexec /opt/sam --debug "$@"\n', None, id="with more arguments"),
        pytest.param('#!/bin/sh\nexec docker run --rm sam "$@"\n', None, id="docker"),
        pytest.param('#!/bin/sh\nexec /usr/bin/env sam "$@"\n', None, id="env"),
        pytest.param('#!/usr/bin/env bash\n# asdf-plugin: sam 1.1\nexec asdf exec "sam" "$@"\n', None, id="asdf"),
        pytest.param('#!/bin/sh\nPATH=/opt/bin exec /opt/sam "$@"\n', None, id="with a path of its own"),
        pytest.param('#!/bin/sh\nexport PATH=/opt/bin\nexec /opt/sam "$@"\n', None, id="with a path set"),
        pytest.param('#!/bin/sh\nexport PYTHONPATH=/opt/lib\nexec /opt/sam "$@"\n', None, id="with other packages"),
        pytest.param('#!/bin/sh\nexport A=$(date)\nexec /opt/sam "$@"\n', None, id="that runs something"),
        pytest.param('#!/bin/sh\n. /etc/profile\nexec /opt/sam "$@"\n', None, id="that reads another"),
        pytest.param('#!/bin/sh\n[ -e /x ] && exec /one "$@"\nexec /opt/sam "$@"\n', None, id="that chooses"),
        pytest.param('#!/usr/bin/python3\nexec /opt/sam "$@"\n', None, id="no shell"),
        pytest.param("#!/bin/sh\n", None, id="nothing"),
        pytest.param("\x7fELF", None, id="a binary"),
        pytest.param("", None, id="empty"),
    ],
)
def test_what_a_script_leads_to(script: str, program: str | None) -> None:
    assert find_wrapped_program(script, ENVIRON) == (Path(program) if program else None)


def test_without_a_home_nothing_in_it_is_led_to() -> None:
    assert find_wrapped_program('#!/bin/sh\nexec "$HOME/bin/sam" "$@"\n', {}) is None
