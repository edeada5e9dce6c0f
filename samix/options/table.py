"""The one table of options, with a row for each: everything that knows options reads it.

The command line (`samix.cli.parser`), its help, completion, the merging of sources, `--save-params`, `--hook-name` and
the reference read it. Reading it needs no command line parser, so that quick answers can do so.
"""

from __future__ import annotations

from functools import partial

from samix.options.option import Command, Completer, Kind, Opt, Panel, Type


def _text(metavar: str, completer: Completer = Completer.NOTHING) -> Type:
    return Type(Kind.TEXT, metavar, completer)


def _texts(metavar: str, completer: Completer) -> Type:
    return Type(Kind.TEXTS, metavar, completer)


def _word(*choices: str) -> Type:
    return Type(Kind.WORD, "|".join(choices), Completer.CHOICES, choices)


_SWITCH = Type(Kind.SWITCH, default=False)
_OFF, _ON, _OPEN = (Type(Kind.SWITCH, has_contrary=True, default=default) for default in (False, True, None))
_FILE, _DIRECTORY = _text("FILE", Completer.FILES), _text("DIR", Completer.DIRECTORIES)
_NAME, _SHELL = _text("NAME"), _text("[SHELL]", Completer.SHELLS)
_RESOURCES = _texts("RESOURCE", Completer.RESOURCES)

SAM_VARIABLE = "SAMIX_SAM"
HELP = Opt("help", _SWITCH, Panel.OTHER, "Show this message and exit.", short="-h")
"""All commands have it: the parser adds it."""

_own = partial(Opt, is_own=True)
_of_report = partial(Opt, is_own=True, is_saved=False)
_in_file = partial(_of_report, type=_FILE, panel=Panel.OUTPUT, writes_file=True)
_OPTIONS = (
    Opt(
        "resource_logical_id",
        _RESOURCES,
        Panel.MAIN,
        "Resources to build, with what they need: names, or globs of full paths such as 'Child/*'. Others stay as the"
        " last build left them. [default: all]",
        is_argument=True,
    ),
    Opt("exclude", _RESOURCES, Panel.STRATEGY, "A resource not to build: a name or a glob. Repeatable.", short="-x"),
    Opt(
        "template_file",
        _FILE,
        Panel.TEMPLATE,
        "The template. [default: template.yaml, .yml or .json]",
        short="-t",
        alias="--template",
        variable="SAM_TEMPLATE_FILE",
        alias_key="template",
        finds_resources=True,
        is_of_clean=True,
    ),
    _own(
        "build_type",
        Type(Kind.TEXTS, "[NAME=]host|container", Completer.BUILD_TYPES, ("host", "container")),
        Panel.BUILD_TYPE,
        "Where to build a resource, such as NativeLayer=container. A name may be a glob of full paths, such as"
        " 'Child/*'; an exact name beats a glob. Without a name: the default for all. Repeatable.",
        is_guessed=True,
    ),
    Opt(
        "use_container",
        _OPEN,
        Panel.BUILD_TYPE,
        "The same as --build-type container, or host.",
        short="-u",
        is_guessed=True,
    ),
    _own(
        "jobs",
        Type(Kind.NUMBER, "N", least=1),
        Panel.STRATEGY,
        "How many units to build side by side. [default: CPUs]",
        short="-j",
    ),
    _own("fail_fast", _OFF, Panel.STRATEGY, "Start nothing more once a unit has failed. [default: build the others]"),
    _own("strict", _OFF, Panel.STRATEGY, "Fail where a source does not exist. [default: do what sam's builder does]"),
    _own(
        "timeout", Type(Kind.SECONDS, "SECONDS"), Panel.STRATEGY, "Stop a unit that takes longer. [default: no limit]"
    ),
    _own(
        "retries",
        Type(Kind.NUMBER, "N", default=0),
        Panel.STRATEGY,
        "How many times to retry a unit after a network failure. [default: 0]",
    ),
    _own("wait", _ON, Panel.STRATEGY, "Wait for another samix in this directory (the default), or fail."),
    _own(
        "sam",
        _text("PROGRAM", Completer.FILES),
        Panel.STRATEGY,
        "Which sam to run; the variable SAMIX_SAM says the same. [default: sam]",
        variable=SAM_VARIABLE,
        suits_hook=True,
    ),
    Opt(
        "base_dir",
        _DIRECTORY,
        Panel.LOCATION,
        "The directory that source paths start from. [default: the template's directory]",
        short="-s",
        finds_resources=True,
    ),
    Opt(
        "build_dir",
        _DIRECTORY,
        Panel.LOCATION,
        "Where the built application goes. [default: .aws-sam/build]",
        short="-b",
        is_of_clean=True,
    ),
    Opt(
        "cache_dir", _DIRECTORY, Panel.LOCATION, "sam's cache. [default: .aws-sam/cache]", short="-cd", is_of_clean=True
    ),
    Opt("manifest", _FILE, Panel.STRATEGY, "Use this manifest instead of requirements.txt and so on.", short="-m"),
    Opt(
        "parameter_overrides",
        _texts("KEY=VALUE", Completer.PARAMETERS),
        Panel.TEMPLATE,
        "Values of template parameters, or file://FILE with them (YAML or TOML). Repeatable.",
        is_greedy=True,
        finds_resources=True,
    ),
    Opt(
        "container_env_var",
        _texts("[NAME.]VAR=VALUE", Completer.VARIABLES),
        Panel.CONTAINER,
        "An environment variable for build containers. Repeatable.",
        short="-e",
        is_guessed=True,
    ),
    Opt("container_env_var_file", _FILE, Panel.CONTAINER, "The same, from a JSON file.", short="-ef", is_guessed=True),
    Opt(
        "build_image",
        _texts("[NAME=]IMAGE", Completer.IMAGES),
        Panel.CONTAINER,
        "The image to build in. Repeatable.",
        short="-bi",
        is_guessed=True,
    ),
    Opt(
        "skip_pull_image",
        _SWITCH,
        Panel.CONTAINER,
        "Use the local build images; do not pull newer ones.",
        variable="SAM_SKIP_PULL_IMAGE",
    ),
    Opt(
        "docker_network",
        _text("NETWORK"),
        Panel.CONTAINER,
        "The network of build containers.",
        variable="SAM_DOCKER_NETWORK",
    ),
    Opt(
        "mount_with",
        Type(Kind.TEXT, "READ|WRITE", Completer.CHOICES, ("READ", "WRITE"), default="READ"),
        Panel.CONTAINER,
        "Mount sources in containers read-only or writable. [default: READ]",
        short="-mw",
    ),
    Opt("mount_symlinks", _OFF, Panel.CONTAINER, "Also mount the targets of links at the top of a source."),
    Opt("use_buildkit", _OFF, Panel.CONTAINER, "Build images with BuildKit."),
    Opt("build_in_source", _OPEN, Panel.STRATEGY, "Build on the host in the source directory, where sam can."),
    Opt("cached", _ON, Panel.STRATEGY, "Reuse earlier builds (the default), or build everything again.", short="-c"),
    Opt("parallel", _SWITCH, Panel.STRATEGY, "Accepted for sam's sake; samix always builds in parallel.", short="-p"),
    Opt(
        "language_extensions",
        _OPEN,
        Panel.TEMPLATE,
        "Expand Fn::ForEach and the other functions of AWS::LanguageExtensions.",
        variable="SAM_CLI_ENABLE_LANGUAGE_EXTENSIONS",  # the weakest source; other variables come before samconfig
        finds_resources=True,
    ),
    Opt("beta_features", _OPEN, Panel.BETA, "Enable sam's beta features.", is_saved=False),
    Opt("hook_name", _text("HOOK"), Panel.EXTENSION, "Let sam do the whole build, for Terraform applications."),
    Opt("skip_prepare_infra", _SWITCH, Panel.EXTENSION, "With --hook-name: passed on to sam.", off="--prepare-infra"),
    Opt("terraform_project_root_path", _DIRECTORY, Panel.TERRAFORM, "With --hook-name: passed on to sam."),
    Opt(
        "output",
        _word("text", "json"),
        Panel.OUTPUT,
        "Print the end as text, or as one JSON document. [default: text]",
        is_saved=False,
    ),
    _of_report(
        "log_order",
        _word("grouped", "stream"),
        Panel.OUTPUT,
        "Show each log when its unit ends, or line by line with the unit's name in front. [default: grouped;"
        " on a terminal, none are shown]",
    ),
    _of_report("quiet", _OFF, Panel.OUTPUT, "Print only what went wrong.", short="-q"),
    _of_report("verbose", _OFF, Panel.OUTPUT, "Also list reused units, and show logs on terminals, too.", short="-v"),
    _in_file("summary", help="Write a summary of the build, as JSON."),
    _in_file("trace", help="Write where the time went, for trace viewers such as Perfetto."),
    Opt("region", _NAME, Panel.CREDENTIALS, "The AWS region.", is_saved=False, finds_resources=True),
    Opt("profile", _NAME, Panel.CREDENTIALS, "The AWS profile.", is_saved=False),
    Opt(
        "config_file",
        _FILE,
        Panel.CONFIGURATION,
        "The samconfig to read. [default: samconfig.toml, .yaml or .yml]",
        is_configured=False,
        is_saved=False,
        finds_resources=True,
        is_of_clean=True,
    ),
    Opt(
        "config_env",
        _text("ENV"),
        Panel.CONFIGURATION,
        "The environment in it. [default: default]",
        is_configured=False,
        is_saved=False,
        finds_resources=True,
        is_of_clean=True,
    ),
    Opt(
        "save_params",
        _SWITCH,
        Panel.CONFIGURATION,
        "Save the options of this command line to samconfig.",
        is_configured=False,
        is_saved=False,
        writes_file=True,
    ),
    Opt("debug", _SWITCH, Panel.OTHER, "Have sam log what it does.", variable="SAM_DEBUG", is_saved=False),
)
ROOT = Command(
    "",
    ("Build each function and layer of an AWS SAM application where it belongs: on the host or in a container.",),
    (
        Opt("version", _SWITCH, Panel.MAIN, "Show the version and exit."),
        Opt(
            "install_completion",
            _SHELL,
            Panel.MAIN,
            "Install completion for bash, zsh or fish. [default: the current shell]",
        ),
        Opt("show_completion", _SHELL, Panel.MAIN, "Print the completion script, so that you can install it yourself."),
    ),
)
BUILD = Command(
    "build",
    (
        "Build every function and layer, each on the host or in a container.",
        (
            "The build type of a resource comes from --build-type, from build_type in samconfig, or from the resource's"
            " Metadata: BuildType. The default is the host."
        ),
    ),
    _OPTIONS,
    (
        "samix build",
        "samix build --build-type NativeLayer=container --build-type 'Child/*=container'",
        "samix build --use-container --build-type GoFunction=host",
        "samix build Api 'Child/*' --exclude Child/Legacy",
    ),
)
PLAN = Command(
    "plan",
    (
        "Show what samix build would do with the same arguments, and why. Builds and writes nothing.",
        (
            "For each RESOURCE that is named it shows more: what decides its build type, what it waits for, and what"
            " it is made from."
        ),
    ),
    (
        Opt(
            "format",
            _word("table", "json", "mermaid", "dot"),
            Panel.OUTPUT,
            "How to show the plan: as a table, as one JSON document (as --output json does), or as a graph for"
            " Mermaid or Graphviz. [default: table]",
        ),
        *_OPTIONS,
    ),
    (
        "samix plan",
        "samix plan NativeLayer",
        "samix plan --format json",
        "samix plan --format mermaid > plan.mmd",
        "samix plan --format dot | dot -Tsvg > plan.svg",
    ),
)
CLEAN = Command(
    "clean",
    ("Remove what samix made, and only that. What sam itself or a person put there stays.",),
    (
        Opt("dry_run", _SWITCH, Panel.MAIN, "Show what would be removed, and remove nothing."),
        *(option for option in _OPTIONS if option.is_of_clean),
    ),
)
COMMANDS = {command.name: command for command in (BUILD, PLAN, CLEAN)}
OPTION = {option.name: option for option in BUILD.options}
"""The options of a build by name."""
