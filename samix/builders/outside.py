"""What a unit's build reads and writes outside of its source, as far as the text of makefiles and manifests says."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from samix.builders.search import Search, is_inside, no_variable, outermost
from samix.builders.workflow import npm_directory, workflow_of
from samix.template.artifact import named_artifact
from samix.template.resources import Kind

if TYPE_CHECKING:
    from samix.options.merge import BuildOptions
    from samix.units.unit import Unit


@dataclass(frozen=True)
class Outside:
    """What a unit's build reads, writes and names outside of its source; all paths are absolute and sorted."""

    # existing paths that it reads, with links resolved in all but the last part; none inside of another, none inside of
    # the source, and none in `.aws-sam` or `.git`
    read: tuple[Path, ...] = ()
    # what it may write outside of its source and artifact, whether it exists or not, with links resolved as far as they
    # exist; none inside of another
    written: tuple[Path, ...] = ()
    within: tuple[Path, ...] = ()  # likewise, in its source
    named: tuple[Path, ...] = ()  # what a makefile's own target names in the project, whether it exists or not
    # directories in which a makefile may do anything: where its recipes run, if that is outside of the source, and the
    # project or what contains it, if a recipe changes into that or names it as a whole, or a script finds it
    roaming: tuple[Path, ...] = ()
    # what a makefile's own target, a script that it runs, or a package.json names of other artifacts in the build dir
    # (a directory around artifacts means all of them); below the build dir as given, without resolving links
    neighbours: tuple[Path, ...] = ()
    # what a makefile's own target reads or writes in the build dir by a path that does not begin at its artifact
    misplaced: tuple[Path, ...] = ()
    # what scripts find in the project by a path from the artifact; what a build changes there, it makes
    led: tuple[Path, ...] = ()


def find_outside(
    unit: Unit, source: Path, options: BuildOptions, environment: Callable[[str], str | None] = no_variable
) -> Outside:
    """The files and directories outside of a unit's source that its build reads, writes or names.

    In case of doubt, a path counts. What only a tool knows (an import of JavaScript, a macro of Rust) is not found; in
    a script that a makefile runs, only paths from the artifact count. A directory that contains the source counts if a
    makefile uses all of it, as `cd ../..` does if make runs among the sources, and not if it is only the value of a
    variable whose uses are known. Outside of the repository, absolute paths and directories that contain the source do
    not count, and no project is looked for. Files that cannot be read name nothing.

    In a container a build sees only its source and the directory of its manifest, which it may write if sam mounts them
    so (`samcli.local.docker.lambda_build_container`). An image sees its context.

    `environment` gives the value of an environment variable. Neither the build dir nor the artifact need exist.
    """
    workflow = workflow_of(unit)
    if workflow.search is None or unit.kind is Kind.IMAGE:
        return Outside()
    directory, manifest = options.project, options.manifest
    if workflow.is_make:  # the only workflow that uses the paths in metadata
        named = metadata_paths(unit, options)
        source = named.get("ProjectRootDirectory", source)
        directory, manifest = named.get("WorkingDirectory", source), named_makefile(unit, options)
    artifact = named_artifact(options.build_dir, unit.first)
    search = Search(
        source=os.path.realpath(source),
        root=options.real_repository,
        project=options.real_project,
        build_dir=os.path.normpath(options.build_dir),
        artifact=os.path.normpath(artifact),
        home=os.path.normpath(npm_directory(unit, artifact) or artifact),
        manifest=os.path.realpath(manifest) if manifest else None,
        directory=options.real_project if directory == options.project else os.path.realpath(directory),
        runs_in_source=unit.is_in_source,
        names=rule_names(unit),
        environment=environment,
    )
    workflow.search(search)
    if not unit.in_container:
        return Outside(
            read=_paths(outermost(search.read_paths())),
            written=_paths(outermost(search.written)),
            within=_paths(outermost(search.within)),
            named=_paths(outermost(search.named)),
            roaming=_paths(outermost(search.roaming)),
            neighbours=_paths(search.neighbours),
            misplaced=_paths(search.misplaced),
            led=_paths(outermost(search.led)),
        )
    if not search.manifest:
        return Outside()
    mounted, may_write = os.path.dirname(search.manifest), options.mount_with == "WRITE" or workflow.writes_source
    return Outside(
        read=_paths(outermost(path for path in search.read_paths() if is_inside(path, mounted))),
        written=_paths(outermost(path for path in search.written if is_inside(path, mounted) and may_write)),
    )


def metadata_paths(unit: Unit, options: BuildOptions) -> dict[str, Path]:
    """The paths in a unit's metadata that a makefile's build uses, by key."""
    keys, metadata = ("ContextPath", "ProjectRootDirectory", "WorkingDirectory"), unit.first.metadata
    return {key: options.code_root / str(metadata[key]) for key in keys if metadata.get(key)}


def named_makefile(unit: Unit, options: BuildOptions) -> Path | None:
    """The makefile that `--manifest` or a unit's metadata name; None if it is the one in the source."""
    context = metadata_paths(unit, options).get("ContextPath")
    return options.manifest or (context / "Makefile" if context else None)


def rule_names(unit: Unit) -> frozenset[str]:
    """What the rule that builds a unit may be called, after `build-`."""
    return frozenset({unit.first.logical_id, unit.first.full_path.rpartition("/")[2]})


def _paths(found: Iterable[str]) -> tuple[Path, ...]:
    return tuple(map(Path, sorted(found)))
