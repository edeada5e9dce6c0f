"""The options of a build, merged from all their sources.

For each option the first of these that gives it decides: the command line, sam's environment variable for it,
samconfig, the default.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from samix.errors import OptionError
from samix.parameters import (
    GLOBAL_SCOPE,
    Environments,
    load_environment,
    parse_environment,
    parse_overrides,
)
from samix.plan.build_type import BuildType, BuildTypeDefault, BuildTypeRule, parse_rules
from samix.samconfig import DEFAULT_ENVIRONMENT, Samconfig, load_samconfig
from samix.template.value import as_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from samix.location import Location
    from samix.template.value import Mapping as ValueMapping
    from samix.template.value import Value

DEFAULT_TEMPLATES = ("template.yaml", "template.yml", "template.json")
DEFAULT_BUILD_DIR = ".aws-sam/build"
DEFAULT_CACHE_DIR = ".aws-sam/cache"
SAM_VARIABLE = "SAMIX_SAM"

# options of sam build that samix does not have yet: refused, never dropped
_UNSUPPORTED = frozenset(
    {
        "beta_features",
        "build_in_source",
        "exclude",
        "hook_name",
        "language_extensions",
        "mount_symlinks",
        "output",
        "resource_logical_id",
        "skip_prepare_infra",
        "terraform_project_root_path",
        "use_buildkit",
    }
)
_ENVIRONMENT_VARIABLES = {
    "template_file": "SAM_TEMPLATE_FILE",
    "skip_pull_image": "SAM_SKIP_PULL_IMAGE",
    "docker_network": "SAM_DOCKER_NETWORK",
    "debug": "SAM_DEBUG",
    "sam": SAM_VARIABLE,
}


@dataclass(frozen=True)
class BuildOptions:
    """What a build is asked to do.

    Attributes:
        project: The working directory: `.aws-sam` lies there.
        template: The root template, absolute.
        base_dir: What source paths are relative to, where the user says so.
        build_dir: Where the built application goes, absolute.
        cache_dir: Where sam's cache lies, absolute.
        manifest: A manifest that replaces each builder's default one.
        parameters: Parameter overrides, `AWS::Region` among them where a region is given.
        rule_sets: Build types by name and glob, the strongest source first.
        default_type: The build type of what nothing else speaks of.
        cached: Whether what was built before may be used again.
        jobs: How many units are built side by side.
        sam: The sam to run, a name or a path; None for the one on PATH.
        skip_pull_image: sam's option.
        docker_network: sam's option.
        mount_with: sam's option: READ or WRITE.
        region: sam's option.
        profile: sam's option.
        debug: sam's option.
        build_images: Build images by logical id; the empty key is for all others.
        environments: Values for containers; they must reach sam and nothing else.
    """

    project: Path
    template: Path
    base_dir: Path | None
    build_dir: Path
    cache_dir: Path
    manifest: Path | None
    parameters: ValueMapping
    rule_sets: tuple[tuple[BuildTypeRule, ...], ...]
    default_type: BuildTypeDefault
    cached: bool
    jobs: int
    sam: str | None
    skip_pull_image: bool
    docker_network: str | None
    mount_with: str
    region: str | None
    profile: str | None
    debug: bool
    build_images: Mapping[str, str]
    environments: Environments = field(repr=False)

    @property
    def code_root(self) -> Path:
        """What sam takes relative paths in metadata from: the base dir, else the template's directory."""
        return self.base_dir or self.template.resolve().parent

    def build_image_for(self, logical_id: str) -> str | None:
        """The build image that the user names for a resource."""
        return self.build_images.get(logical_id) or self.build_images.get("")

    def environment_for(self, logical_id: str) -> tuple[tuple[str, str], ...]:
        """The container environment of a resource, sorted by name."""
        values = {**self.environments.get(GLOBAL_SCOPE, {}), **self.environments.get(logical_id, {})}
        return tuple(sorted(values.items()))


@dataclass(frozen=True)
class _Sources:
    command_line: Mapping[str, Value]
    environ: Mapping[str, str]
    samconfig: Samconfig

    def get(self, name: str) -> tuple[Value, str, Location | None]:
        """The value, what its source is called, and where that stands; None where no source gives it."""
        option = f"--{name.replace('_', '-')}"
        given = self.command_line.get(name)
        if given not in (None, [], ()):
            return given, option, None
        variable = _ENVIRONMENT_VARIABLES.get(name)
        if variable and self.environ.get(variable):
            return self.environ[variable], variable, None
        configured = self.samconfig.get(name)
        if configured is not None and self.samconfig.path:
            return configured, name, self.samconfig.locate(name)
        return None, option, None

    def text(self, name: str) -> str | None:
        value, source, where = self.get(name)
        if value is None or isinstance(value, str):
            return value
        raise OptionError(f"{source}: a text is expected, not {value!r}.", where=where)

    def flag(self, name: str, *, default: bool = False) -> bool:
        value, source, where = self.get(name)
        if isinstance(value, str) and value.lower() in {"1", "true", "t", "yes", "y", "on"}:
            return True
        if isinstance(value, str) and value.lower() in {"0", "false", "f", "no", "n", "off"}:
            return False
        if value is None:
            return default
        if isinstance(value, bool):
            return value
        raise OptionError(f"{source}: true or false is expected, not {value!r}.", where=where)

    def texts(self, name: str) -> tuple[list[str], str, Location | None]:
        value, source, where = self.get(name)
        values = value if isinstance(value, list) else [] if value is None else [value]
        texts = [item for item in values if isinstance(item, str)]
        if len(texts) != len(values):
            raise OptionError(f"{source}: a list of texts is expected.", where=where)
        return texts, source, where


def merge_options(command_line: Mapping[str, Value], environ: Mapping[str, str], project: Path) -> BuildOptions:
    """The options of a build.

    Args:
        command_line: What the command line gives, by parameter name; None and empty lists count as not given.
        environ: The environment.
        project: The working directory, absolute.

    Raises:
        OptionError: A value is wrong, or asks for what samix does not have.
    """
    early = _Sources(command_line, environ, Samconfig())
    template = early.text("template_file")
    directory = (project / template).parent if template else project
    samconfig = load_samconfig(directory, early.text("config_file"), early.text("config_env") or DEFAULT_ENVIRONMENT)
    sources = _Sources(command_line, environ, samconfig)
    _refuse_unsupported(samconfig)

    rule_sets, default = _build_types(sources)
    overrides, source, where = sources.get("parameter_overrides")
    parameters = parse_overrides(overrides, source=source, where=where)
    region = sources.text("region")
    if region:
        parameters = {"AWS::Region": region, **parameters}
    file_environment = sources.text("container_env_var_file")
    base_dir = sources.text("base_dir")
    manifest = sources.text("manifest")
    options = BuildOptions(
        project=project,
        template=_template(project, sources.text("template_file") or as_text(samconfig.get("template"))),
        base_dir=_directory(project, base_dir) if base_dir else None,
        build_dir=_real(_absolute(project, sources.text("build_dir") or DEFAULT_BUILD_DIR)),
        cache_dir=_absolute(project, sources.text("cache_dir") or DEFAULT_CACHE_DIR),
        manifest=_absolute(project, manifest) if manifest else None,
        parameters=parameters,
        rule_sets=rule_sets,
        default_type=default,
        cached=sources.flag("cached", default=True),
        jobs=_jobs(sources),
        sam=sources.text("sam"),
        skip_pull_image=sources.flag("skip_pull_image"),
        docker_network=sources.text("docker_network"),
        mount_with=_mount(sources),
        region=region,
        profile=sources.text("profile"),
        debug=sources.flag("debug"),
        build_images=_build_images(sources),
        environments=_merge_environments(
            load_environment(_absolute(project, file_environment)) if file_environment else {},
            parse_environment(sources.texts("container_env_var")[0]),
        ),
    )
    _refuse_build_dir(options)
    return options


def _refuse_build_dir(options: BuildOptions) -> None:
    """The build dir is replaced as a whole, so nothing else may lie in it (sam refuses these as well)."""
    build_dir = Path(os.path.realpath(options.build_dir))
    for protected in (options.project / ".aws-sam" / "samix", options.template.parent, options.base_dir):
        if protected and Path(os.path.realpath(protected)).is_relative_to(build_dir):
            raise OptionError(
                f"--build-dir: {options.build_dir} is or contains {protected}, and all in it would be removed.",
                hint="Choose a directory of its own.",
            )


def _refuse_unsupported(samconfig: Samconfig) -> None:
    for name in sorted(_UNSUPPORTED & set(samconfig.parameters or {})):
        if samconfig.get(name) not in (False, "text"):
            raise OptionError(
                f"samix does not have sam's option {name} yet.",
                where=samconfig.locate(name),
                hint="Take it out, or build with sam build.",
            )


def _build_types(sources: _Sources) -> tuple[tuple[tuple[BuildTypeRule, ...], ...], BuildTypeDefault]:
    """The rules of the command line and of samconfig, and the default."""
    values, source, _ = _Sources(sources.command_line, {}, Samconfig()).texts("build_type")
    rules, default = parse_rules(values, source=source)
    configured = _Sources({}, {}, sources.samconfig)
    values, source, where = configured.texts("build_type")
    config_rules, config_default = parse_rules(values, source=source, where=where)
    choice = sources.command_line.get("use_container")
    if default is None and choice is not None:
        default = (
            BuildTypeDefault(BuildType.CONTAINER, "--use-container")
            if choice
            else BuildTypeDefault(BuildType.HOST, "--no-use-container")
        )
    default = default or config_default
    if default is None and configured.flag("use_container"):
        default = BuildTypeDefault(BuildType.CONTAINER, f"{sources.samconfig.locate('use_container')} use_container")
    return (tuple(rules), tuple(config_rules)), default or BuildTypeDefault(BuildType.HOST, "default")


def _template(project: Path, written: str | None) -> Path:
    if written:
        return _absolute(project, written)
    found = (project / name for name in DEFAULT_TEMPLATES)
    return next((path for path in found if path.exists()), project / DEFAULT_TEMPLATES[0])


def _absolute(project: Path, written: str) -> Path:
    return Path(os.path.normpath(project / written))


def _real(directory: Path) -> Path:
    """What a link leads to, which can be replaced as the link cannot."""
    return Path(os.path.realpath(directory)) if directory.is_symlink() else directory


def _directory(project: Path, written: str) -> Path:
    path = _absolute(project, written)
    if not path.is_dir():
        raise OptionError(f"--base-dir: {path} is not a directory.")
    return path


def _jobs(sources: _Sources) -> int:
    value, source, where = sources.get("jobs")
    if value is None:
        return max(1, len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1)
    if isinstance(value, int) and not isinstance(value, bool) and value > 0:
        return value
    raise OptionError(f"{source}: a number above 0 is expected, not {value!r}.", where=where)


def _mount(sources: _Sources) -> str:
    written = (sources.text("mount_with") or "READ").upper()
    if written not in {"READ", "WRITE"}:
        raise OptionError(f"--mount-with: {written} is not READ or WRITE.")
    return written


def _build_images(sources: _Sources) -> dict[str, str]:
    values, source, where = sources.texts("build_image")
    images: dict[str, str] = {}
    for value in values:
        name, _, image = value.rpartition("=")
        if not image.strip():
            raise OptionError(f"{source}: {value!r} names no image.", where=where)
        images[name.strip()] = image.strip()
    return images


def _merge_environments(from_file: Environments, inline: Environments) -> Environments:
    """Both sources by scope; a value of the command line beats the file's."""
    return {scope: {**from_file.get(scope, {}), **inline.get(scope, {})} for scope in {*from_file, *inline}}
