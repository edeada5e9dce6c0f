"""The options of a build, merged from all their sources.

For each option the first of these that gives it decides: the command line, sam's environment variable for it,
samconfig, the default (`samix.options.sources.OptionSources.get`). As in sam, there are exceptions: the variables of
`--language-extensions` and `--beta-features` come last, `SAM_BUILD_MODE` has no option, and samconfig may call the
template file `template`. Rules for build types are kept from both: those of the command line come first, and its
`--use-container` before a default in samconfig.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from samix.files.access_log import observe
from samix.files.names import SAM_DIRECTORY
from samix.messages.note import Note
from samix.messages.suggestions import suggest
from samix.options.build_type import BuildType, BuildTypeDefault, BuildTypeRule, parse_rules
from samix.options.parameters import (
    GLOBAL_SCOPE,
    Environments,
    load_environment,
    merge_environments,
    parse_environment,
    parse_overrides,
    takes_newer_sam,
)
from samix.options.reporting import Reporting, merge_reporting
from samix.options.samconfig import DEFAULT_ENVIRONMENT, Samconfig, load_samconfig
from samix.options.sources import DEFAULT_TEMPLATES, Given, OptionSources
from samix.options.table import BUILD, OPTION
from samix.template.sam_rules import (
    BUILDKIT,
    EXPANDS_ALWAYS,
    LANGUAGE_EXTENSIONS,
    MOUNT_SYMLINKS,
    PARAMETER_FILES,
    STRUCTURED_OUTPUT,
    Rule,
)
from samix.template.value import as_text

if TYPE_CHECKING:
    from samix.messages.location import Location
    from samix.template.sam_rules import SamRules
    from samix.template.value import Value, ValueMapping

DEFAULT_BUILD_DIR = f"{SAM_DIRECTORY}/build"
_DEFAULT_CACHE_DIR = f"{SAM_DIRECTORY}/cache"
_ANOTHER_PLACE = "Choose a separate directory."
_MODE_VARIABLE = "SAM_BUILD_MODE"
_MODES = ("debug",)
_NEWER_OPTIONS = {
    "use_buildkit": BUILDKIT,
    "mount_symlinks": MOUNT_SYMLINKS,
    "language_extensions": LANGUAGE_EXTENSIONS,
    "output": STRUCTURED_OUTPUT,
}
_MISSPELT = frozenset(option.name for option in BUILD.options if option.is_guessed)
_BETA_VARIABLES = ("SAM_CLI_BETA_FEATURES", "SAM_CLI_BETA_BUILD_PERFORMANCE")


@dataclass(frozen=True)
class Asked:
    """Something that the user asks for and that only newer versions of sam know."""

    rule: Rule
    name: str  # for messages
    is_refused: bool  # whether a sam that does not know it ends with an error, instead of ignoring it
    where: Location | None = None  # its place in a file, if it comes from one


@dataclass(frozen=True)
class BuildOptions:
    """The options of a build; a field without a comment is the option of that name in `samix.options.table`."""

    project: Path  # the working directory, which has `.aws-sam`
    resources: tuple[str, ...]  # names and globs of what to build; empty for all
    exclude: tuple[str, ...]  # names and globs of what not to build
    template: Path  # the root template, absolute
    base_dir: Path | None  # what source paths are relative to; None if the user does not say
    build_dir: Path  # absolute
    cache_dir: Path  # sam's cache, absolute
    manifest: Path | None  # replaces each builder's default manifest
    parameters: ValueMapping  # parameter overrides, and `AWS::Region` if a region is given
    parameters_from: Location | None  # the place of the overrides in a file, if they come from one
    rule_sets: tuple[tuple[BuildTypeRule, ...], ...]  # build types by name and glob, the strongest source first
    default_type: BuildTypeDefault  # the build type of resources without a rule
    cached: bool
    jobs: int
    wait: bool
    fail_fast: bool
    strict: bool
    timeout: float | None
    retries: int
    sam: str | None
    skip_pull_image: bool
    docker_network: str | None
    mount_with: str
    mount_symlinks: bool
    use_buildkit: bool
    build_in_source: bool | None
    beta_features: bool | None
    shares_artifacts: bool  # whether functions of one definition share an artifact: one of sam's beta features
    language_extensions: bool
    mode: str | None  # the build mode, from the environment: None or `debug`
    reporting: Reporting
    save_params: bool
    hook_name: str | None
    region: str | None
    profile: str | None
    debug: bool
    build_images: Mapping[str, str]  # by logical id; the empty key is for all others
    environments: Environments = field(repr=False)  # of containers; may be secret: only sam may get them
    notes: tuple[Note, ...] = ()
    asked: tuple[Asked, ...] = ()
    relays_output: bool = True  # whether sam gets `--output`

    @cached_property
    def code_root(self) -> Path:
        """The start of relative paths in metadata, as in sam: the base dir, else the template's directory."""
        return self.base_dir or self.template.resolve().parent

    def code_path(self, written: str) -> Path:
        """A path in a template, starting from the code root."""
        found = self._code_paths.get(written)
        if found is None:
            found = self._code_paths[written] = self.code_root / written
        return found

    @cached_property
    def _code_paths(self) -> dict[str, Path]:
        """The results of `code_path`: a plan asks for each many times."""
        return {}

    @cached_property
    def real_project(self) -> str:
        """The working directory, with links resolved."""
        return os.path.realpath(self.project)

    @cached_property
    def real_repository(self) -> str:
        """The repository, with links resolved."""
        return os.path.realpath(self.repository)

    @cached_property
    def repository(self) -> Path:
        """The top directory of the Git repository around the code root; the code root itself if there is none."""
        root = self.code_root
        return next((above for above in (root, *root.parents) if observe(above / ".git").exists()), root)

    def build_image_for(self, logical_id: str) -> str | None:
        """The build image that the user names for a resource."""
        return self.build_images.get(logical_id) or self.build_images.get("")

    def environment_for(self, logical_id: str) -> tuple[tuple[str, str], ...]:
        """The container environment of a resource, sorted by name."""
        values = {**self.environments.get(GLOBAL_SCOPE, {}), **self.environments.get(logical_id, {})}
        return tuple(sorted(values.items()))


def merge_options(command_line: Mapping[str, Value], environ: Mapping[str, str], project: Path) -> BuildOptions:
    """Merge the options of a build from the command line, the environment and samconfig.

    The command line has values by parameter name; None and empty lists count as not given. The project is absolute.

    Raises:
        OptionError: A value is wrong, or asks for what samix does not have.
    """
    sources = _sources(command_line, environ, project)
    samconfig = sources.samconfig
    build_dir, cache_dir = _places(sources, project)
    rule_sets, default = _build_types(sources)
    overrides = sources.get("parameter_overrides")
    parameters = parse_overrides(overrides.value, source=overrides.source, where=overrides.where, directory=project)
    region = sources.get("region").text()
    if region:
        parameters = {"AWS::Region": region, **parameters}
    environment_file = sources.get("container_env_var_file").path(project)
    values = sources.get("container_env_var")
    options = BuildOptions(
        project=project,
        resources=tuple(sources.get("resource_logical_id").texts()),
        exclude=tuple(sources.get("exclude").texts()),
        template=_template(project, sources.get("template_file").text() or as_text(samconfig.get("template"))),
        base_dir=_base_dir(project, sources.get("base_dir")),
        build_dir=build_dir,
        cache_dir=cache_dir,
        manifest=sources.get("manifest").path(project),
        parameters=parameters,
        parameters_from=overrides.where,
        rule_sets=rule_sets,
        default_type=default,
        **_plain_values(sources),
        jobs=_jobs(sources),
        build_in_source=_build_in_source(sources),
        shares_artifacts=_shares_artifacts(sources),
        language_extensions=_language_extensions(sources),
        mode=_mode(environ),
        reporting=merge_reporting(sources, project),
        hook_name=_hook(sources),
        build_images=_build_images(sources.get("build_image")),
        environments=merge_environments(
            load_environment(environment_file) if environment_file else {},
            parse_environment(values.texts(), source=values.source, where=values.where),
        ),
        notes=_notes(samconfig),
        asked=_find_newer_features(sources),
    )
    _refuse_places(options, sources.get("build_dir"), sources.get("cache_dir"))
    _refuse_files(options, sources)
    return options


def merge_places(command_line: Mapping[str, Value], environ: Mapping[str, str], project: Path) -> tuple[Path, Path]:
    """The build dir and the cache dir of a build with these options; the other options are not checked.

    The arguments are those of `merge_options`.

    Raises:
        OptionError: samconfig cannot be read, or one of the two is not a text.
    """
    return _places(_sources(command_line, environ, project), project)


def _plain_values(sources: OptionSources) -> dict[str, Any]:
    """The fields whose values are used as a source gives them; `merge_options` computes all others."""
    interpreted = {"exclude", "base_dir", "build_dir", "cache_dir", "manifest"}
    interpreted |= {"jobs", "build_in_source", "language_extensions", "hook_name"}
    names = (one.name for one in fields(BuildOptions) if one.name not in interpreted)
    return {name: sources.value(name) for name in names if name in OPTION}


def _sources(command_line: Mapping[str, Value], environ: Mapping[str, str], project: Path) -> OptionSources:
    early = OptionSources(command_line, environ, Samconfig())
    template, file, environment = (early.get(name).text() for name in ("template_file", "config_file", "config_env"))
    directory = (project / template).parent if template else project
    samconfig = load_samconfig(directory, file, environment or DEFAULT_ENVIRONMENT)
    return OptionSources(command_line, environ, samconfig)


def _places(sources: OptionSources, project: Path) -> tuple[Path, Path]:
    """The build dir and the cache dir."""
    build_dir = sources.get("build_dir").path(project) or project / DEFAULT_BUILD_DIR
    return _real(build_dir), sources.get("cache_dir").path(project) or project / _DEFAULT_CACHE_DIR


def _find_newer_features(sources: OptionSources) -> tuple[Asked, ...]:
    """What the user asks for and only newer versions of sam know. sam ignores unknown keys of samconfig."""
    found = []
    for name, rule in _NEWER_OPTIONS.items():
        for given in (sources.from_command_line(name), sources.from_samconfig(name)):
            if given.value is not None:
                is_spoken = given.where is None
                found += [Asked(rule, given.source, is_spoken, given.where)] if is_spoken or given.value else []
                break
    overrides = sources.get("parameter_overrides")
    if takes_newer_sam(overrides.value):
        what = f"{overrides.source} as a mapping or with file://"
        found.append(Asked(PARAMETER_FILES, what, is_refused=True, where=overrides.where))
    return tuple(found)


def fit_options(options: BuildOptions, rules: SamRules) -> BuildOptions:
    """The options without those that the installed sam, by its rules, does not know and ignores.

    Raises:
        OldSamError: This sam would end with an error, because of an option of the command line or a value.
    """
    notes = []
    unknown = [asked for asked in options.asked if not rules.has(asked.rule)]
    for asked in unknown:
        if asked.is_refused:
            hint = "leave it out, because this one always expands templates" if rules.has(EXPANDS_ALWAYS) else ""
            raise rules.too_old(
                asked.rule, asked.name, where=asked.where, hint=hint if asked.rule is LANGUAGE_EXTENSIONS else ""
            )
        if asked.rule is not STRUCTURED_OUTPUT:  # samix prints the end itself
            notes.append(Note(f"{asked.name} has no effect: sam {rules.version} does not know it.", asked.where))
    lacking = {asked.rule for asked in unknown}
    return replace(
        options,
        use_buildkit=options.use_buildkit and BUILDKIT not in lacking,
        mount_symlinks=options.mount_symlinks and MOUNT_SYMLINKS not in lacking,
        relays_output=STRUCTURED_OUTPUT not in lacking,
        notes=(*options.notes, *notes),
    )


def _notes(samconfig: Samconfig) -> tuple[Note, ...]:
    """Notes of samconfig, and on misspelt keys of options with `is_guessed`."""
    guesses = ((name, suggest(name, _MISSPELT)) for name in samconfig.parameters or {})
    meant_keys = (
        Note(f"Did you mean {known}, not {name}?", samconfig.locate(name)) for name, known in guesses if known
    )
    return (*samconfig.notes, *meant_keys)


def _refuse_places(options: BuildOptions, build: Given, cache: Given) -> None:
    """Refuse a build dir or cache dir that has another use, because builds replace these (sam refuses them, too)."""
    for protected in (options.project / SAM_DIRECTORY / "samix", options.template.parent, options.base_dir):
        if protected and _lies_in(protected, options.build_dir):
            raise build.unusable(
                f"{options.build_dir} is or contains {protected}; the build would remove everything in that directory.",
                _ANOTHER_PLACE,
            )
    for given, directory, other in (
        (build, options.build_dir, options.cache_dir),
        (cache, options.cache_dir, options.build_dir),
    ):
        own = options.project / SAM_DIRECTORY
        taken = (own / "samix", own / "deps", options.build_dir.parent / "build.toml")
        if observe(directory).exists() and not directory.is_dir():
            raise given.unusable(f"{directory} is not a directory.", _ANOTHER_PLACE)
        if any(_lies_in(directory, place) for place in taken) or _lies_in(directory, other):
            raise given.unusable(f"{directory} is already used for something else.", _ANOTHER_PLACE)


def _refuse_files(options: BuildOptions, sources: OptionSources) -> None:
    """Refuse to write the summary or the trace to a path that has another use."""
    reporting = options.reporting
    read = (sources.samconfig.path, sources.get("container_env_var_file").path(options.project), options.template)
    taken = [
        *(path for path in read if path),
        options.build_dir,
        options.cache_dir,
        *(options.project / SAM_DIRECTORY / name for name in ("samix", "deps", "build.toml")),
    ]
    for name, file in (("summary", reporting.summary), ("trace", reporting.trace)):
        used = next((place for place in taken if file and _lies_in(file, place)), None)
        if used:
            problem = f"{file} is already used for something else: it is {used}, or lies in it."
            raise sources.get(name).unusable(problem, "Name another file.")
        taken += [file] if file else []


def _lies_in(path: Path, directory: Path) -> bool:
    """Whether two paths are the same file or directory, or the first is inside the second."""
    with suppress(OSError):
        if path.samefile(directory):
            return True
    return Path(os.path.realpath(path)).is_relative_to(os.path.realpath(directory))


def _language_extensions(sources: OptionSources) -> bool:
    """Mirrors `resolve_language_extensions_enabled` in sam: for this option the variable comes last."""
    spoken = sources.from_command_line("language_extensions").flag()
    given = sources.from_samconfig("language_extensions").flag() if spoken is None else spoken
    if given is not None:
        return given
    return sources.environ.get(OPTION["language_extensions"].variable, "").strip().lower() in {"1", "true", "yes"}


def _shares_artifacts(sources: OptionSources) -> bool:
    """Mirrors `samcli.commands._utils.experimental.is_experimental_enabled`, to which only 1 means yes."""
    given = sources.get("beta_features").flag()
    return given if given is not None else any(sources.environ.get(name) == "1" for name in _BETA_VARIABLES)


def _build_in_source(sources: OptionSources) -> bool | None:
    spoken = sources.from_command_line("build_in_source")
    if spoken.value is not None and sources.from_command_line("use_container").value is not None:
        raise spoken.invalid_error(
            "cannot be combined with --use-container.", "Use --build-type Name=container for some units."
        )
    return sources.get("build_in_source").flag()


def _hook(sources: OptionSources) -> str | None:
    hook = sources.get("hook_name").text()
    for name in ("skip_prepare_infra", "terraform_project_root_path"):
        given = sources.get(name)
        if given.value and not hook:
            raise given.invalid_error("Missing option --hook-name", "This option only works together with --hook-name.")
    return hook


def _mode(environ: Mapping[str, str]) -> str | None:
    mode = environ.get(_MODE_VARIABLE) or None
    return Given(mode, _MODE_VARIABLE).choice(_MODES)


def _build_types(sources: OptionSources) -> tuple[tuple[tuple[BuildTypeRule, ...], ...], BuildTypeDefault]:
    """The rules of the command line and of samconfig, and the default."""
    spoken, written = sources.from_command_line("build_type"), sources.from_samconfig("build_type")
    rules, default = parse_rules(spoken.texts(), source=spoken.source)
    config_rules, config_default = parse_rules(written.texts(), source=written.source, where=written.where)
    choice = sources.command_line.get("use_container")
    if default is None and choice is not None:
        named = (BuildType.CONTAINER, "--use-container") if choice else (BuildType.HOST, "--no-use-container")
        default = BuildTypeDefault(*named)
    default = default or config_default
    everywhere = sources.from_samconfig("use_container")
    if default is None and everywhere.flag():
        default = BuildTypeDefault(BuildType.CONTAINER, f"{everywhere.where} use_container")
    return (tuple(rules), tuple(config_rules)), default or BuildTypeDefault(BuildType.HOST, "default")


def _template(project: Path, written: str | None) -> Path:
    if written:
        return Path(os.path.normpath(project / written))
    found = (project / name for name in DEFAULT_TEMPLATES)
    return next((path for path in found if observe(path).exists()), project / DEFAULT_TEMPLATES[0])


def _real(directory: Path) -> Path:
    """The target of a link to a directory, because that can be replaced and the link cannot; else the directory."""
    return Path(os.path.realpath(directory)) if observe(directory).is_symlink() else directory


def _base_dir(project: Path, given: Given) -> Path | None:
    path = given.path(project)
    if path and not observe(path).is_dir():
        raise given.invalid_error(f"{path} is not a directory.")
    return path


def _jobs(sources: OptionSources) -> int:
    available = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return sources.get("jobs").number(least=OPTION["jobs"].type.least) or available or 1


def _build_images(given: Given) -> dict[str, str]:
    images: dict[str, str] = {}
    for value in given.texts():
        name, _, image = value.rpartition("=")
        if not image.strip():
            raise given.unusable(f"no image given in {value!r}.", "Write IMAGE, or Resource=IMAGE.")
        images[name.strip()] = image.strip()
    return images
