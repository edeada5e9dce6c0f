"""Where the builds run: in directories of their own, with sam installed as an application, as pipx has it.

The programs of the environment in which this runs are not on their path: sam starts what it finds at a user's. Where
that is a script of pyenv, which chooses a Python at each start, this takes sam as long as the rest of a small function.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path

from support.project import HOST_PYTHON, Project, clean_environment

_TIMEOUT = 7200  # seconds


def project_in(path: Path) -> Project:
    """A directory for an application."""
    # Python keeps what it compiles of samix, as it does where samix is installed
    return Project(path, environment={"PATH": search_path(), "PYTHONDONTWRITEBYTECODE": ""}, timeout=_TIMEOUT)


def search_path() -> str:
    """Where programs are looked for."""
    return os.pathsep.join([_programs().name, *_elsewhere()])


def interpreter(path: str) -> str:
    """Which Python on a path builds the functions, whether it is a script, and what such a script starts."""
    found = shutil.which(HOST_PYTHON, path=path)
    assert found, f"there is no {HOST_PYTHON}"
    if not _is_script(Path(found)):
        return f"{HOST_PYTHON} is {found}, a program"
    asked = [found, "-c", "import sys; print(sys.executable)"]
    done = subprocess.run(asked, env=os.environ | {"PATH": path}, capture_output=True, text=True, check=True)
    return f"{HOST_PYTHON} is {found}, a script that starts {done.stdout.strip()}"


def _is_script(program: Path) -> bool:
    """Whether another program runs this one, as a shell does a shim of pyenv."""
    with program.open("rb") as opened:
        return opened.read(2) == b"#!"


@cache
def _programs() -> tempfile.TemporaryDirectory[str]:
    """A directory with sam, and with a Python for the functions where there is no other."""
    directory = tempfile.TemporaryDirectory(prefix="samix-bench-")
    names = ["sam"] if shutil.which(HOST_PYTHON, path=os.pathsep.join(_elsewhere())) else ["sam", HOST_PYTHON]
    for name in names:
        program = shutil.which(name, path=clean_environment()["PATH"])
        assert program, f"there is no {name}"
        Path(directory.name, name).symlink_to(program)
    return directory


def _elsewhere() -> list[str]:
    own = os.path.dirname(sys.executable)
    return [place for place in os.environ["PATH"].split(os.pathsep) if os.path.realpath(place) != os.path.realpath(own)]
