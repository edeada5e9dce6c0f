"""The place of an artifact in a build dir."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from samix.messages.errors import TemplateError

if TYPE_CHECKING:
    from samix.template.resources import Resource

DIRECTORY_MODE = 0o755  # `samcli.lib.utils.osutils.BUILD_DIR_PERMISSIONS`
ARTIFACT_VARIABLE = "SAMIX_ARTIFACTS_"  # before a logical id: the variable with the path of an artifact that is lent
_SHARED = "-Shared"  # `samcli.lib.build.build_graph.FunctionBuildDefinition.get_build_dir`


def named_artifact(build_dir: Path, resource: Resource) -> Path:
    """The path of an artifact by the names in the template; `relative_artifact` refuses names that lead elsewhere."""
    return build_dir / resource.stack_path / resource.logical_id


def relative_artifact(resource: Resource) -> Path:
    """A resource's directory, relative to the build dir (`provider._get_build_dir` in sam).

    Raises:
        TemplateError: The names in the template lead out of the build dir.
    """
    if resource.shares_with is not None:
        own = relative_artifact(resource.shares_with)
        return own.with_name(f"{own.name}{_SHARED}")
    path = Path(resource.stack_path) / resource.logical_id
    if (
        not path.parts
        or path.name != resource.logical_id
        or path.is_absolute()
        or ".." in path.parts
        or "/" in resource.logical_id
    ):
        raise TemplateError(
            f"{resource.full_path} cannot be the name of a directory in the build dir.", where=resource.location
        )
    return path
