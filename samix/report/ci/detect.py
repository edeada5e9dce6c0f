"""Which CI system a build runs on."""

from __future__ import annotations

from collections.abc import Mapping

from samix.report.ci.guard import is_github, is_gitlab
from samix.report.ci.platform import Platform


def find_platform(environ: Mapping[str, str]) -> Platform:
    """The CI system that the environment names."""
    if is_github(environ):
        from samix.report.ci.github import GitHub  # noqa: PLC0415 - for steps of GitHub alone

        return GitHub(environ)
    if is_gitlab(environ):
        from samix.report.ci.folding import GitLab  # noqa: PLC0415 - for jobs of GitLab alone

        return GitLab()
    return Platform()
