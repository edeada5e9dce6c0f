"""The differences between the versions of sam, in one table that every mirrored rule asks.

samix mirrors the rules of the newest sam. If an older one has another rule that matters to the plan, the arguments of a
run or the built template, the difference is a `Rule` here. What only sam itself does differently needs no entry: sam
does it in its own run. Pure: whoever makes a `SamRules` finds the version.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, TypeAlias

from samix.messages.errors import OldSamError

if TYPE_CHECKING:
    from samix.messages.location import Location

Version: TypeAlias = "tuple[int, int]"

OLDEST: Version = (1, 130)  # older versions are not tested
_BUILDERS = "samcli.lib.build.workflow_config"
# what `OLDEST` and all later versions have builders for
_ALWAYS_BUILT = frozenset({
    *("python3.8", "python3.9", "python3.10", "python3.11", "python3.12", "python3.13"),
    *("nodejs16.x", "nodejs18.x", "nodejs20.x", "nodejs22.x", "esbuild"),
    *("ruby3.2", "ruby3.3", "java8.al2", "java11", "java17", "java21"),
    *("dotnet", "dotnet6", "dotnet7", "dotnet8", "go1.x", "rust-cargolambda"),
    *("makefile", "provided", "provided.al2", "provided.al2023"),
})  # fmt: skip
_VERSION = re.compile(r"(\d+)\.(\d+)\b")


@dataclass(frozen=True)
class Rule:
    """Something that some versions of sam do and others do not."""

    what: str  # what these do, for people
    before: str  # what an older sam does instead
    since: Version  # the first version that does it
    source: str  # its place in sam's code
    until: Version | None = None  # the first version that no longer does it; None if the newest does it
    builds: frozenset[str] = frozenset()  # the runtimes and build methods that it adds builders for

    def holds_in(self, version: str | None) -> bool:
        """Whether a version of sam does it; an unknown version counts as the newest."""
        number = parse_version(version)
        if number is None:
            return self.until is None
        return self.since <= number and (self.until is None or number < self.until)


def _builders(since: Version, *names: str) -> Rule:
    """The rule that a sam has builders for some runtimes and build methods."""
    shown_names = ", ".join(f"`{name}`" for name in names)
    return Rule(f"builds {shown_names}", "refused", since, f"{_BUILDERS}.get_workflow_config", builds=frozenset(names))


def parse_version(version: str | None) -> Version | None:
    """The first two numbers of a version; None if the text is missing or not a version."""
    match = _VERSION.match(version or "")
    return (int(match[1]), int(match[2])) if match else None


def format_version(version: Version) -> str:
    """A version as text, such as `1.161`."""
    return ".".join(map(str, version))


MOUNT_SYMLINKS = Rule(
    "`--mount-symlinks`", "no such option", (1, 134), "samcli.commands._utils.options.mount_symlinks_click_option"
)
RUNTIMES_OF_1_138 = _builders((1, 138), "ruby3.4")
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
UV = _builders((1, 155), "python-uv")
BUILDKIT = Rule(
    "`--use-buildkit`", "no such option", (1, 156), "samcli.commands._utils.options.use_buildkit_click_option"
)
CDK_EXTRA_PARAMS = Rule(
    "`DockerBuildExtraParams`, which the image assets of a CDK app always get",
    "ignored, not added",
    (1, 159),
    "samcli.lib.samlib.resource_metadata_normalizer",
)
RUNTIMES_OF_1_160 = _builders((1, 160), "python3.14", "nodejs24.x", "ruby4.0", "java25", "dotnet10")
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
RUNTIMES_OF_1_170 = _builders((1, 170), "java8.al2023", "java11.al2023", "java17.al2023")
RULES = tuple(rule for rule in globals().values() if isinstance(rule, Rule))
"""All of the above, in the order of the versions that they begin with."""


def known_builders(version: str | None) -> frozenset[str]:
    """The runtimes and build methods that a version of sam is known to have builders for.

    Only sam itself knows about anything else, and about a version that is not known.
    """
    known = version if parse_version(version) else format_version(OLDEST)
    return _ALWAYS_BUILT.union(*(rule.builds for rule in RULES if rule.holds_in(known)))


class SamRules:
    """The rules of one sam, whose version is found only when one of them matters."""

    def __init__(self, find_version: Callable[[], str | None]) -> None:
        self._find_version = find_version

    @cached_property
    def version(self) -> str | None:
        """The version of sam, None if it is not known."""
        return self._find_version()

    def has(self, rule: Rule) -> bool:
        """Whether a rule applies to this sam."""
        return rule.holds_in(self.version)

    def too_old(self, rule: Rule, what: str, *, where: Location | None = None, hint: str = "") -> OldSamError:
        """The error for something that needs a newer sam; `hint` says what else the user can do."""
        newer = "Get a newer one (pip install --upgrade aws-sam-cli)"
        return OldSamError(
            f"{what} needs sam {format_version(rule.since)} or newer (this is {self.version}).",
            where=where,
            hint=f"{newer}, or {hint}." if hint else f"{newer}.",
        )


NEWEST = SamRules(lambda: None)
