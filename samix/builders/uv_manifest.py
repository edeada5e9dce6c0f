"""Which manifest sam has uv install from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from samix.files.access_log import observed

if TYPE_CHECKING:
    from pathlib import Path

PYPROJECT = "pyproject.toml"
# the order of `aws_lambda_builders.workflows.python_uv.utils.detect_uv_manifest`
_NAMES = ("requirements.txt", "requirements-dev.txt", "requirements-test.txt", "requirements-prod.txt", PYPROJECT)


def uv_manifest(source: Path, manifest: Path | None) -> Path | None:
    """The manifest that the builder `python-uv` installs from; None where it finds none and installs nothing.

    Mirrors `aws_lambda_builders.workflows.python_uv.workflow.PythonUvWorkflow`.

    Args:
        source: The unit's source.
        manifest: What `--manifest` names. The builder looks in the source where that is no file.
    """
    named = [manifest] if manifest else []
    return next((path for path in (*named, *(source / name for name in _NAMES)) if observed(path).is_file()), None)
