"""What a unit's build reads from outside of its source, as far as the text of makefiles and manifests says it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from samix.plan.outside.cargo import search_cargo
from samix.plan.outside.dotnet import search_dotnet
from samix.plan.outside.go import search_go
from samix.plan.outside.makefile import search_makefile
from samix.plan.outside.manifests import search_java, search_npm, search_pip, search_ruby
from samix.plan.outside.search import Search
from samix.template.resources import Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from samix.plan.units import Unit

# by the beginning of what chooses sam's build workflow (`samcli.lib.build.workflow_config.get_workflow_config`)
_SEARCHES: Mapping[str, Callable[[Search], None]] = {
    "makefile": search_makefile,
    "provided": search_makefile,
    "python": search_pip,
    "nodejs": search_npm,
    "esbuild": search_npm,
    "go": search_go,
    "rust": search_cargo,
    "dotnet": search_dotnet,
    "java": search_java,
    "ruby": search_ruby,
}


def outside_sources(
    unit: Unit, source: Path, working_directories: Sequence[Path], root: Path, manifest: Path | None = None
) -> list[Path]:
    """The files and directories outside of a unit's source that its build reads.

    Rather too much is named than too little. What only a tool could tell (a script that a makefile calls, an
    import of JavaScript, a macro of Rust) is not named. A tree that holds the source is named where a makefile
    means all of it, as `cd ../..` does where make runs among the sources; one that is only the value of a
    variable whose uses are seen is not.

    In a container a build sees nothing but its source and the directory of its manifest. An image sees its context.

    Args:
        unit: The unit.
        source: What sam takes for its source: the code, or a makefile's `ProjectRootDirectory`.
        working_directories: Where its make runs: `WorkingDirectory`, or the source. For all others where sam is
            started.
        root: Outside of this directory, nothing is named that is written as an absolute path or holds the source,
            and no project is looked for around it. What a link leads to is named as the link.
        manifest: The manifest, where it is not that in the source: of `--manifest`, or in a makefile's `ContextPath`.

    Returns:
        What there is, absolute, with links resolved in all but the last part; sorted, none inside of another,
        none inside of the source, and none in `.aws-sam` or `.git`. Files that cannot be read name nothing.
    """
    workflow = unit.first.build_method or unit.first.runtime or ""
    search_for = next((search for prefix, search in _SEARCHES.items() if workflow.startswith(prefix)), None)
    if search_for is None or unit.kind is Kind.IMAGE:
        return []
    search = Search(
        source=os.path.realpath(source),
        root=os.path.realpath(root),
        manifest=os.path.realpath(manifest) if manifest else None,
        directories=[os.path.realpath(directory) for directory in working_directories],
        runs_in_source=unit.is_in_source,
        names=frozenset({unit.first.logical_id, unit.first.full_path.rpartition("/")[2]}),
    )
    search_for(search)
    if not unit.in_container:
        return [Path(path) for path in search.result()]
    return [Path(path) for path in search.result(os.path.dirname(search.manifest))] if search.manifest else []
