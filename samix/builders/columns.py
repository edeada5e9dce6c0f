"""The types of the rows and columns of the table of builders, `samix.builders.workflow`."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from samix.builders.question import Question
    from samix.builders.search import Search
    from samix.builders.tool import Tool
    from samix.messages.note import Note
    from samix.options.merge import BuildOptions
    from samix.template.sam_rules import Rule
    from samix.units.unit import Unit

    FindNotes: TypeAlias = Callable[[Unit, Path, BuildOptions, Callable[[str], str | None]], Iterable[Note]]
    FindTools: TypeAlias = Callable[[str, Path, Path | None, Path | None], Iterable[Tool]]
    FindEnvironment: TypeAlias = Callable[
        [Unit, Path | None, Path | None, Path, Mapping[str, str], Path], dict[str, str]
    ]


@dataclass(frozen=True)
class Reading:
    """What a builder reads of the environment."""

    files: re.Pattern[str] | None  # the names of the files whose words count; None for all
    tool: str = ""  # a pattern for the names of the variables that its tools read
    ignored: str = ""  # a pattern for those among them that change nothing in an artifact
    programs: frozenset[str] = frozenset()  # a makefile that runs one of these reads all this as well
    # by name, manifests and what they contain if they make the builder read variables in all files
    marks: Mapping[str, re.Pattern[bytes]] = field(default_factory=dict)
    is_of_go: bool = False  # whether `go env -w` sets such variables as well


@dataclass(frozen=True, eq=False)
class Stamp:
    """How a tool writes the git commit into what it builds without being asked to."""

    runs: re.Pattern[bytes]  # a command that makes it do so, in a file that a build reads
    prevents: re.Pattern[bytes]  # what keeps it from doing so, in that file
    # whether a unit that sam builds with it gets the commit, by the versions of its tools and by its files
    is_made: Callable[[Mapping[str, str], Collection[str]], bool]
    # what it asks git, by the checkout, the files, the versions of its tools, and a function: does go stamp?
    asks: Callable[[Path, Collection[str], Mapping[str, str], Callable[[], bool]], Question]
    is_certain: bool = False  # whether every unit that sam builds with it gets the commit


@dataclass(frozen=True, eq=False)
class Workflow:
    """One of sam's workflows, as `samcli.lib.build.workflow_config.get_workflow_config` chooses it."""

    # what chooses it
    names: tuple[str, ...]  # runtimes without their versions, and build methods
    retired: tuple[str, ...] = ()  # runtimes that sam no longer builds, and that people still write

    # what it installs, and what sam and samix keep of that
    manifests: tuple[str, ...] = ()  # name dependencies or say how to build; the first is the one that sam looks for
    is_incremental: bool = False  # `CachedOrIncrementalBuildStrategyWrapper.SUPPORTED_RUNTIME_PREFIXES`, on the host
    layer_folder: str = ""  # in the artifact of a layer, `get_layer_subfolder`
    installer: str = ""  # what installs dependencies that can be kept, as `samix.builders.installs` calls it
    keeps_of_layers: bool = True  # whether those of layers can be kept as well
    installs_among_sources: bool = False  # into the artifact, where the sources are
    is_overlaid: bool = False  # whether the source is copied over what was installed, and directories are merged
    # whether a file of a source lies in an artifact where one of a dependency was, by the folders of both
    covers_dependencies: Callable[[Path, Path], bool] = lambda *_: False
    runs_npm: bool = False  # in an artifact, or, for a layer, in a folder of that
    tests_variable: str = ""  # if it is `true`, tests run whenever something is installed
    find_notes: FindNotes | None = None  # what the user should know of the manifest that it takes on the host
    cached_since: Rule | None = None  # without it `--cached` fails
    batched: re.Pattern[str] | None = None  # the runtimes whose units one run of sam can build together
    # whether a unit takes less time than it takes to start sam, by its manifest
    is_light: Callable[[Path | None], bool] = lambda _: False

    # how its actions are shown: the names that `BaseWorkflow.run` of aws_lambda_builders prints, and what each does
    steps: Mapping[str, str] = field(default_factory=dict)

    # whether what it makes on the host may depend on the system, the CPU and the C library there
    is_of_platform: bool = True

    # what it calls on the host
    tools: tuple[Tool, ...] = ()
    find_tools: FindTools = lambda *_: ()  # those that depend on the unit
    is_idle_without_manifest: bool = False  # whether it calls nothing then
    suits_containers: bool = False  # whether sam has an image in which a unit can do without these tools

    # what it reads and writes
    search: Callable[[Search], None] | None = None  # finds what it reads and writes outside of a source
    reading: Reading | None = None  # of the environment
    naming: tuple[str, ...] = ()  # variables that name files to its tools
    find_environment: FindEnvironment = lambda *_: {}  # what samix adds to the environment of sam
    stamp: Stamp | None = None  # how it writes the commit into what it builds
    generated: re.Pattern[str] | None = None  # what it makes among its sources, by whole paths relative to the source
    locks: re.Pattern[str] | None = None  # what it makes there if it is missing, and else reads
    empty: re.Pattern[str] | None = None  # directories there that it makes for what it puts into them
    marks_output: bool = False  # whether it marks what it compiles there as a cache
    finds_neighbours: bool = False  # whether what it runs may find other artifacts next to its own
    goes_on_without_source: Callable[[Unit], bool] = lambda _: False  # whether sam succeeds without a source
    builds_in_source: bool = False  # whether it builds in the source itself, and copies nothing
    writes_source: bool = False  # whether it writes there, for which sam asks in a container
    runs_project_code: bool = False  # whether it runs code of the project in the directory of the sources
    is_make: bool = False  # whether it runs a makefile of the project
    is_bundler: bool = False  # whether it makes one file of a function's source and its dependencies
    # whether it makes the same of dependencies that were kept, by the unit, its last artifact and the project
    bundles_alike: Callable[[Unit, Path | None, Path], bool] = lambda *_: False
    shares: str = ""  # what else it writes, for which its units take turns
    shares_in_containers: bool = False  # whether they do so in containers as well
    uses_maven: bool = False  # whether it reads and fills the local Maven repository; that is shared while it is empty

    def is_called(self, name: str) -> bool:
        """Whether a runtime or build method is one of its names, with or without a version."""
        return name.partition(".")[0].rstrip("0123456789") in self.names


def lazy_function(module: str, function: str) -> Callable[..., Any]:
    """A function of a builder's module that is imported only when it is called, because a build needs few of them."""

    def call(*arguments: object) -> object:
        return getattr(import_module(f"{__package__}.{module}"), function)(*arguments)

    return call
