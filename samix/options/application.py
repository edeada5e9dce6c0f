"""Reads the application that the options of a command name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from samix.template.sam_rules import NEWEST, SamRules
from samix.template.stacks import load_application

if TYPE_CHECKING:
    from samix.options.merge import BuildOptions
    from samix.template.stacks import Application


def read_application(options: BuildOptions, rules: SamRules = NEWEST) -> Application:
    """The application that these options name, by the rules of the sam that builds it.

    Raises:
        TemplateError: A template cannot be read or expanded, or the stacks are nested in a circle.
        OldSamError: The application needs a newer sam.
    """
    return load_application(
        options.template,
        options.parameters,
        raw_paths=options.base_dir is not None,
        region=options.region,
        language_extensions=options.language_extensions,
        rules=rules,
    )
