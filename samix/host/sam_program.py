"""Which sam is run, and in which environment."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

from samix.files.access_log import observe
from samix.messages.errors import RequirementError
from samix.options.table import BUILD, SAM_VARIABLE
from samix.template.artifact import ARTIFACT_VARIABLE

# what would change the run of a unit in addition to its arguments
_OVERRIDING_VARIABLES = [option.variable for option in BUILD.options if option.variable and not option.is_own]


def find_sam(named: str | None, search_path: str | None) -> Path:
    """The sam to run: a name or path that the user gives, or `sam`.

    Raises:
        RequirementError: There is none.
    """
    found = _which(named or "sam", search_path)
    if not found and not named:
        # pipx and uv put the sam of samix's own extra next to its interpreter, and not on PATH
        found = _which("sam", os.path.dirname(sys.executable))
    if found:
        return Path(os.path.abspath(found))
    if named:
        raise RequirementError(f"{named} is not a program that can be run.", hint=f"Check --sam or {SAM_VARIABLE}.")
    raise RequirementError(
        "sam is not on PATH.",
        hint=f"Install the AWS SAM CLI (pip install aws-sam-cli), or name it with --sam or {SAM_VARIABLE}.",
    )


def _which(name: str, search_path: str | None) -> str | None:
    places = [""] if os.path.dirname(name) else (search_path or os.defpath).split(os.pathsep)
    for place in places:
        observe(os.path.join(place, name))
    return shutil.which(name, path=search_path)


def sam_environment(environ: Mapping[str, str], artifacts: Mapping[str, Path]) -> dict[str, str]:
    """The environment of one run of sam for a unit.

    `artifacts` has the directories of other units' artifacts that the unit may use, by logical id.
    """
    environment = {name: value for name, value in environ.items() if name not in _OVERRIDING_VARIABLES}
    # one build must not count as many, one for each unit
    environment["SAM_CLI_TELEMETRY"] = "0"
    environment |= {f"{ARTIFACT_VARIABLE}{logical_id}": str(path) for logical_id, path in artifacts.items()}
    return environment
