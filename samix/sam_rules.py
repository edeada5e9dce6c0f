"""What differs between the versions of sam, in one table that every mirrored rule asks.

What samix mirrors are the rules of the newest sam. Where an older one has another rule, and it matters to the plan, the
arguments of a run or the built template, the difference is a `Rule` here. What only sam itself does otherwise needs no
entry: sam does it in its own run. Pure: how the version is found is the business of who makes a `SamRules`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, TypeAlias

from samix.errors import OldSamError

if TYPE_CHECKING:
    from collections.abc import Callable

    from samix.location import Location

Version: TypeAlias = "tuple[int, int]"

OLDEST: Version = (1, 130)  # older ones were not tried
_VERSION = re.compile(r"(\d+)\.(\d+)\b")


@dataclass(frozen=True)
class Rule:
    """Something that a sam does, and others do not.

    Attributes:
        what: What it does, for people.
        before: What an older sam does instead.
        since: The first version that does it.
        source: Where it stands in sam.
        until: The first version that does it no longer; None where the newest does it.
    """

    what: str
    before: str
    since: Version
    source: str
    until: Version | None = None

    def holds_in(self, version: str | None) -> bool:
        """Whether a version of sam does it; where the version is not known, the newest counts."""
        number = parse_version(version)
        if number is None:
            return self.until is None
        return self.since <= number and (self.until is None or number < self.until)


def parse_version(version: str | None) -> Version | None:
    """The two numbers of a version that count; None for none, and for what is no version."""
    match = _VERSION.match(version or "")
    return (int(match[1]), int(match[2])) if match else None


def shown(version: Version) -> str:
    """Such as `1.161`."""
    return ".".join(map(str, version))


MOUNT_SYMLINKS = Rule(
    "`--mount-symlinks`", "no such option", (1, 134), "samcli.commands._utils.options.mount_symlinks_click_option"
)
CDK_PATH_OF_THREE = Rule(
    "`aws:cdk:path` of more than three parts names no resource",
    "its last part is the name",
    (1, 144),
    "samcli.lib.samlib.resource_metadata_normalizer",
)
PARAMETER_FILES = Rule(
    "`parameter_overrides` as a mapping, and `file://`",
    "refused",
    (1, 152),
    "samcli.cli.types.CfnParameterOverridesType",
)
BUILDKIT = Rule(
    "`--use-buildkit`", "no such option", (1, 156), "samcli.commands._utils.options.use_buildkit_click_option"
)
CDK_EXTRA_PARAMS = Rule(
    "`DockerBuildExtraParams`, which the image assets of a CDK app always get",
    "ignored, not added",
    (1, 159),
    "samcli.lib.samlib.resource_metadata_normalizer",
)
EXPANDS_ALWAYS = Rule(
    "language extensions are expanded wherever a template asks for them",
    "never",
    (1, 160),
    "samcli.lib.providers.sam_stack_provider",
    until=(1, 161),
)
LANGUAGE_EXTENSIONS = Rule(
    "`--language-extensions`",
    "no such option",
    (1, 161),
    "samcli.commands._utils.options.language_extensions_click_option",
)
ARTIFACTS_ALONE = Rule(
    "in a template with language extensions, only what is built gets other paths",
    "inline code and nested stacks of loops as well",
    (1, 161),
    "samcli.commands.build.build_context.BuildContext._update_original_template_paths",
)
CACHED_UV = Rule(
    "`--cached` builds `python-uv`", "fails; samix does without", (1, 162), "samcli.lib.utils.osutils.copytree"
)
STRUCTURED_OUTPUT = Rule(
    "`--output`", "no such option", (1, 166), "samcli.commands._utils.options.structured_output_click_option"
)
WEB_FUNCTIONS = Rule(
    "`AWS::Serverless::WebFunction`",
    "not built, and its `CodeUri` not moved",
    (1, 170),
    "samcli.lib.providers.sam_web_function_provider",
)
RULES = (
    MOUNT_SYMLINKS,
    CDK_PATH_OF_THREE,
    PARAMETER_FILES,
    BUILDKIT,
    CDK_EXTRA_PARAMS,
    EXPANDS_ALWAYS,
    LANGUAGE_EXTENSIONS,
    ARTIFACTS_ALONE,
    CACHED_UV,
    STRUCTURED_OUTPUT,
    WEB_FUNCTIONS,
)


class SamRules:
    """The rules of one sam, whose version is looked for only where one of them matters.

    Args:
        find_version: Tells the version, None where it cannot be told.
    """

    def __init__(self, find_version: Callable[[], str | None]) -> None:
        self._find_version = find_version

    @cached_property
    def version(self) -> str | None:
        """The version of sam, None where it cannot be told."""
        return self._find_version()

    def has(self, rule: Rule) -> bool:
        """Whether this sam does what a rule says."""
        return rule.holds_in(self.version)

    def too_old(self, rule: Rule, what: str, *, where: Location | None = None, hint: str = "") -> OldSamError:
        """What to say of something that this sam does not know.

        Args:
            rule: What it must do.
            what: What needs it, for the message.
            where: Where that stands.
            hint: Another way out than a newer sam.
        """
        newer = "Get a newer one (pip install --upgrade aws-sam-cli)"
        return OldSamError(
            f"{what} needs sam {shown(rule.since)} or newer (this is {self.version}).",
            where=where,
            hint=f"{newer}, or {hint}." if hint else f"{newer}.",
        )


NEWEST = SamRules(lambda: None)
